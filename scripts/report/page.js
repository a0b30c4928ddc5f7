"use strict";
// Draws the report from the JSON in this file. What comes from data reaches the page as text alone:
// `textContent` in elements, plain strings on canvases. There is no innerHTML here, and none is needed.
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const HOUR = 3600e3;
  const ROWS_SHOWN = 24;
  const BARS_SHOWN = 20;
  const TABLE_ROWS = 1000;

  // ---- data

  // Rows as objects; texts stand in one list of the table.
  const rowsOf = (name) => {
    const table = data.tables[name];
    const isText = new Set(table.text_columns);
    return table.rows.map((row) =>
      Object.fromEntries(
        table.columns.map((column, place) => {
          const value = row[place];
          return [column, isText.has(column) && value !== null ? table.texts[value] : value];
        }),
      ),
    );
  };

  // Control characters and those that turn the direction of text could make a name look like another.
  const clean = (text) =>
    String(text ?? "").replace(
      /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
      "\ufffd",
    );
  const lastPart = (id) => clean(id).split("/").pop();
  const partOf = (id, kind) => {
    const parts = clean(id).split("/");
    const place = parts.indexOf(kind);
    return place < 0 ? "" : parts[place + 1];
  };
  const number = (value) => (value === null ? "–" : value.toLocaleString("en-US"));
  // on an axis, where there is little room
  const short = (value) => value.toLocaleString("en-US", { notation: "compact" });
  const shortId = (id) => (id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id);
  // Never rounded to 100 % or to 0 % where it is neither.
  const percent = (part, whole) => {
    if (!whole) return "–";
    const value = (100 * part) / whole;
    let text = value.toFixed(2);
    if (text === "100.00" && part !== whole) text = ">99.99";
    if (text === "0.00" && part !== 0) text = "<0.01";
    return `${text} %`;
  };
  const bytes = (value) => {
    const units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let at = 0;
    while (value >= 1000 && at < units.length - 1) {
      value /= 1000;
      at += 1;
    }
    return `${at ? +value.toFixed(value < 10 ? 2 : 1) : value} ${units[at]}`;
  };
  const time = (moment) =>
    moment === null ? "–" : new Date(moment).toISOString().replace("T", " ").slice(0, 19);
  const minute = (moment) => time(moment).slice(0, 16);
  const hours = (count) =>
    count < 48 ? `${number(count)} h` : `${number(Math.floor(count / 24))} d ${count % 24} h`;
  // What each id is called: by its name, and by its group, and subscription, as far as names are alike.
  const toldApart = (ids, nameOf = lastPart) => {
    const called = new Map();
    const kinds = ["resourcegroups", "subscriptions"];
    const part = (id, kind) => (kind === "subscriptions" ? shortId(partOf(id, kind)) : partOf(id, kind));
    for (let alike = distinct(ids), used = 0; alike.length && used <= kinds.length; used += 1) {
      for (const id of alike) {
        const parts = kinds.slice(0, used).map((kind) => part(id, kind));
        called.set(id, parts.length ? `${nameOf(id)} (${parts.join(", ")})` : nameOf(id));
      }
      const times = new Map();
      for (const id of alike) times.set(called.get(id), (times.get(called.get(id)) ?? 0) + 1);
      alike = alike.filter((id) => times.get(called.get(id)) > 1);
    }
    return called;
  };
  const sum = (rows, column) => rows.reduce((total, row) => total + row[column], 0);
  const many = (count, one, more = `${one}s`) => `${number(count)} ${count === 1 ? one : more}`;
  const distinct = (values) => [...new Set(values)];

  // ---- elements

  const el = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.map((child) => (child instanceof Node ? child : clean(child))));
    return made;
  };
  const byId = (id) => document.getElementById(id);

  // columns: [title, row => text, kind ("number", "time" or none)]
  const tableOf = (caption, columns, rows) => {
    const kind = (column) => (column[2] ? { class: column[2] } : {});
    const shown = rows.slice(0, TABLE_ROWS);
    const table = el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...columns.map((c) => el("th", { scope: "col", ...kind(c) }, c[0])))),
      el(
        "tbody",
        {},
        ...shown.map((row) => el("tr", {}, ...columns.map((c) => el("td", kind(c), c[1](row))))),
      ),
    );
    const parts = [
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table),
    ];
    if (shown.length < rows.length)
      parts.push(el("p", {}, `The first ${number(shown.length)} of ${number(rows.length)} rows.`));
    return parts;
  };

  // A table that is made when it is opened: thousands of cells, which most readers never look at.
  const foldedTable = (caption, columns, rows) => {
    const folded = el("details", {}, el("summary", {}, `Table: ${caption}`));
    folded.addEventListener("toggle", () => {
      if (folded.open && folded.children.length === 1) folded.append(...tableOf(caption, columns, rows()));
    });
    folded.renew = () => {
      while (folded.children.length > 1) folded.lastChild.remove();
      if (folded.open) folded.append(...tableOf(caption, columns, rows()));
    };
    return folded;
  };

  // What a chart shows under the pointer: an element, so that no name is ever read as markup.
  const tip = (title, pairs) =>
    el(
      "div",
      { class: "tip" },
      el("b", {}, title),
      el("dl", {}, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    );

  // ---- charts

  let ink = {};
  const readTheme = () => {
    const style = getComputedStyle(document.documentElement);
    const get = (name) => style.getPropertyValue(`--${name}`).trim();
    ink = Object.fromEntries(
      ["paper", "panel", "ink", "quiet", "line", "grid", "none", "bad"].map((name) => [name, get(name)]),
    );
    ink.colours = Array.from({ length: 11 }, (_, at) => get(`c${at}`));
  };
  const isNarrow = () => window.innerWidth < 640;

  // A name in so many px: those that begin alike are told apart by their ends.
  const fit = (text, room) => {
    const letters = Math.max(Math.floor(room / 6.5), 3);
    if (text.length <= letters) return text;
    const end = Math.ceil((letters - 1) * 0.6);
    return `${text.slice(0, letters - 1 - end)}…${text.slice(-end)}`;
  };
  const nameLabel = (widest, shorten = fit) => ({
    color: ink.ink,
    formatter: (name, at) => shorten(name, isNarrow() ? 110 : widest, at),
    interval: 0,
  });

  const charts = [];
  // spec: {title, label(): what a screen reader says, rows(): [] where nothing is to draw, option(),
  // columns: of its table, height(): in px}
  const chart = (name, spec) => {
    const home = document.querySelector(`[data-chart="${name}"]`);
    const caption = el("figcaption", { id: `${name}-caption` }, spec.title);
    const canvas = el("div", { class: "chart", role: "img" });
    const nothing = el("p", { class: "empty" }, spec.nothing ?? "Nothing in this time.");
    const table = foldedTable(spec.title, spec.columns, spec.rows);
    const figure = el("figure", { "aria-labelledby": `${name}-caption` }, caption);
    if ("zoom" in home.dataset) figure.append(zoomButtons(() => one.drawn, spec.title));
    figure.append(canvas, nothing, table);
    home.append(figure);
    const one = { drawn: null };
    one.draw = () => {
      const isEmpty = spec.rows().length === 0;
      nothing.hidden = !isEmpty;
      canvas.hidden = isEmpty;
      table.hidden = isEmpty;
      table.renew();
      if (isEmpty) return;
      canvas.setAttribute("aria-label", `${spec.title}. ${spec.label()} The table below has the numbers.`);
      if (spec.height) canvas.style.height = `${spec.height()}px`;
      one.drawn ??= echarts.init(canvas, null, { renderer: "canvas" });
      one.drawn.resize();
      const kept = spec.keepsZoom ? zoomOf(one.drawn) : null;
      one.drawn.setOption({ ...base(), ...spec.option(kept) }, { notMerge: true });
    };
    one.resize = () => one.drawn && !canvas.hidden && one.drawn.resize();
    new ResizeObserver(one.resize).observe(canvas);
    charts.push(one);
    return one;
  };

  const base = () => ({
    animation: false,
    backgroundColor: "transparent",
    color: ink.colours,
    textStyle: { color: ink.ink, fontFamily: getComputedStyle(document.body).fontFamily },
    useUTC: true,
  });
  const tooltip = (extra) => ({
    backgroundColor: ink.paper,
    borderColor: ink.line,
    confine: true,
    transitionDuration: 0,
    ...extra,
  });
  const axis = (extra) => ({
    axisLabel: { color: ink.quiet, hideOverlap: true },
    axisLine: { lineStyle: { color: ink.line } },
    axisTick: { lineStyle: { color: ink.line } },
    nameTextStyle: { color: ink.quiet },
    splitLine: { lineStyle: { color: ink.grid } },
    ...extra,
  });
  const timeAxis = (extra) =>
    axis({
      axisLabel: {
        color: ink.quiet,
        formatter: {
          day: "{MM}-{dd}",
          hour: "{HH}:{mm}",
          minute: "{HH}:{mm}",
          month: "{MM}-{dd}",
          year: "{yyyy}-{MM}-{dd}",
        },
        hideOverlap: true,
        showMaxLabel: false,
      },
      max: data.until,
      min: data.since,
      splitLine: { show: false },
      type: "time",
      ...extra,
    });
  const legend = (extra) => ({
    inactiveColor: ink.none,
    itemGap: 12,
    pageIconColor: ink.ink,
    pageIconInactiveColor: ink.none,
    pageTextStyle: { color: ink.quiet },
    textStyle: { color: ink.ink },
    top: 0,
    type: "scroll",
    ...extra,
  });
  const grid = (extra) => ({ bottom: 8, containLabel: true, left: 8, right: 24, top: 40, ...extra });

  const width = data.bucket_hours * HOUR;
  // the buckets that rows name, and those between them that none names: a line must break there
  const allBuckets = (rows) => {
    const named = rows.map((row) => row.bucket);
    if (!named.length) return [];
    const found = [];
    for (let at = Math.min(...named); at <= Math.max(...named); at += width) found.push(at);
    return found;
  };
  const bucketName = (moment) =>
    width === HOUR ? `${minute(moment)} UTC` : `${minute(moment)} to ${minute(moment + width)} UTC`;
  // a bucket may begin before the report and end after it: its middle must be on the axis
  const bucketAxis = (all) =>
    timeAxis({ max: Math.max(data.until, ...all.map((at) => at + width)), min: Math.min(data.since, ...all) });
  const middle = (bucket) => bucket + width / 2;

  // Shares of flows over time as lines; a stretch without flows is a hole.
  const lines = (rows, kind, part, whole, from0) => {
    const at = new Map(rows.map((row) => [`${row[kind]} ${row.bucket}`, row]));
    const all = allBuckets(rows);
    const kinds = distinct(rows.map((row) => row[kind]));
    const isAlone = all.length === 1;
    return {
      grid: grid(),
      legend: legend(),
      tooltip: tooltip({
        trigger: "axis",
        formatter: (points) => {
          const bucket = points[0].value[0] - width / 2;
          return tip(
            bucketName(bucket),
            kinds.map((one) => {
              const row = at.get(`${one} ${bucket}`);
              const text = row ? `${percent(row[part], row[whole])} of ${number(row[whole])}` : "–";
              return [one, text];
            }),
          );
        },
      }),
      xAxis: bucketAxis(all),
      yAxis: axis({
        axisLabel: { color: ink.quiet, formatter: (value) => `${+value.toFixed(3)} %` },
        max: from0 ? undefined : 100,
        // a rate of 100 % all along needs some room below it
        min: from0 ? 0 : (shown) => Math.max(0, Math.floor(shown.min - (100 - shown.min) / 5 - 0.1)),
        minInterval: 0.001,
        scale: !from0,
        type: "value",
      }),
      series: kinds.map((one, place) => ({
        connectNulls: false,
        data: all.map((bucket) => {
          const row = at.get(`${one} ${bucket}`);
          return [middle(bucket), row && row[whole] ? (100 * row[part]) / row[whole] : null];
        }),
        itemStyle: { color: ink.colours[place] },
        lineStyle: { type: ["solid", "dashed", "dotted"][place % 3], width: 2 },
        name: clean(one),
        showSymbol: isAlone || all.length < 60,
        symbol: ["circle", "rect", "triangle"][place % 3],
        symbolSize: 6,
        type: "line",
      })),
    };
  };

  // Counts over time as stacked bars.
  const stacks = (rows, kinds, countOf, colourOf) => {
    const all = allBuckets(rows);
    return {
      grid: grid(),
      legend: legend(),
      tooltip: tooltip({
        axisPointer: { type: "shadow" },
        trigger: "axis",
        formatter: (points) =>
          tip(
            bucketName(points[0].value[0] - width / 2),
            kinds.map((kind) => [kind, number(countOf(kind, points[0].value[0] - width / 2))]),
          ),
      }),
      xAxis: bucketAxis(all),
      yAxis: axis({
        axisLabel: { color: ink.quiet, formatter: short },
        minInterval: 1,
        type: "value",
      }),
      series: kinds.map((kind) => ({
        barCategoryGap: "10%",
        barMaxWidth: 60,
        data: all.map((bucket) => [middle(bucket), countOf(kind, bucket)]),
        itemStyle: { color: colourOf(kind) },
        name: clean(kind),
        stack: "all",
        type: "bar",
      })),
    };
  };

  // Counts as horizontal bars, the first on top. rows: with name, title; series: [name, row => value, colour]
  const bars = (rows, series, show) => ({
    grid: grid({ right: 28, top: series.length > 1 ? 40 : 8 }),
    legend: series.length > 1 ? legend() : { show: false },
    tooltip: tooltip({
      axisPointer: { type: "shadow" },
      trigger: "axis",
      formatter: (points) => {
        const row = rows[points[0].dataIndex];
        return tip(
          row.title ?? row.name,
          series.map(([name, valueOf]) => [name, show(valueOf(row))]),
        );
      },
    }),
    xAxis: axis({
      axisLabel: {
        color: ink.quiet,
        formatter: show === number ? short : show,
        hideOverlap: true,
      },
      minInterval: 1,
      splitNumber: isNarrow() ? 2 : 5,
      type: "value",
    }),
    yAxis: axis({
      axisLabel: nameLabel(220),
      data: rows.map((row) => clean(row.name)),
      inverse: true,
      type: "category",
    }),
    series: series.map(([name, valueOf, colour]) => ({
      barMaxWidth: 22,
      data: rows.map((row) => valueOf(row)),
      itemStyle: { color: colour },
      name,
      stack: "all",
      type: "bar",
    })),
  });

  // Bars on rows over time. rows: names, which `shorten` fits in so many px; items: {row, start, innerStart, innerEnd, end, text, colour, tip()}
  const gantt = (rows, items, kept, widest, shorten) => {
    const rectangle = (params, api, from, to, opacity, colour) => {
      const [x0, y] = api.coord([from, api.value(0)]);
      const [x1] = api.coord([to, api.value(0)]);
      const height = api.size([0, 1])[1] * 0.72;
      const shape = echarts.graphic.clipRectByRect(
        // a holder of seconds in a month is still there to see
        { height, width: Math.max(x1 - x0, 2), x: x0, y: y - height / 2 },
        params.coordSys,
      );
      return shape && { shape, style: { fill: colour, opacity }, type: "rect" };
    };
    const renderItem = (params, api) => {
      const item = items[params.dataIndex];
      const outer = rectangle(params, api, item.start, item.end, 0.35, item.colour);
      if (!outer) return null;
      const children = [outer];
      if (item.innerStart < item.innerEnd) {
        const inner = rectangle(params, api, item.innerStart, item.innerEnd, 1, item.colour);
        if (inner) {
          children.push(inner);
          if (inner.shape.width > 36) {
            const text = fit(clean(item.text), inner.shape.width - 8);
            inner.textContent = { style: { fill: ink.paper, fontSize: 11, text } };
            inner.textConfig = { position: "inside" };
          }
        }
      }
      return { children, type: "group" };
    };
    return {
      dataZoom: [
        {
          ...kept,
          bottom: 4,
          brushSelect: false,
          borderColor: ink.line,
          dataBackground: { areaStyle: { opacity: 0 }, lineStyle: { opacity: 0 } },
          fillerColor: "rgba(128,160,200,0.25)",
          filterMode: "none",
          handleStyle: { borderColor: ink.quiet, color: ink.panel },
          height: 24,
          moveHandleStyle: { color: ink.none },
          showDataShadow: false,
          labelFormatter: (value) => minute(value),
          textStyle: { color: ink.quiet },
          type: "slider",
        },
        { ...kept, filterMode: "none", moveOnMouseWheel: false, type: "inside", zoomOnMouseWheel: "ctrl" },
      ],
      grid: grid({ bottom: 44, top: 8 }),
      tooltip: tooltip({ trigger: "item", formatter: (point) => items[point.dataIndex].tip() }),
      xAxis: timeAxis({ position: "top", splitLine: { lineStyle: { color: ink.grid }, show: true } }),
      yAxis: axis({
        axisLabel: nameLabel(widest, shorten),
        data: rows.map(clean),
        inverse: true,
        splitLine: { lineStyle: { color: ink.grid }, show: true },
        type: "category",
      }),
      series: [
        {
          clip: true,
          data: items.map((item) => [item.row, item.start, item.end]),
          encode: { x: [1, 2], y: 0 },
          renderItem,
          type: "custom",
        },
      ],
    };
  };

  const zoomOf = (drawn) => {
    const zoom = drawn?.getOption()?.dataZoom?.[0];
    return zoom ? { end: zoom.end, start: zoom.start } : null;
  };

  // For those without a wheel or a pointer.
  function zoomButtons(drawn, title) {
    const change = (to) => () => {
      const chart = drawn();
      const { start, end } = zoomOf(chart) ?? { end: 100, start: 0 };
      let [first, last] = to(start, end);
      const span = Math.min(last - first, 100);
      first = Math.max(0, Math.min(first, 100 - span));
      last = first + span;
      for (const dataZoomIndex of [0, 1])
        chart.dispatchAction({ dataZoomIndex, end: last, start: first, type: "dataZoom" });
    };
    const middleOf = (start, end, factor) => {
      const half = ((end - start) / 2) * factor;
      return [(start + end) / 2 - half, (start + end) / 2 + half];
    };
    const step = (start, end) => (end - start) / 2;
    const buttons = [
      ["Zoom in", (start, end) => middleOf(start, end, 0.5)],
      ["Zoom out", (start, end) => middleOf(start, end, 2)],
      ["Earlier", (start, end) => [start - step(start, end), end - step(start, end)]],
      ["Later", (start, end) => [start + step(start, end), end + step(start, end)]],
      ["All of it", () => [0, 100]],
    ];
    return el(
      "div",
      { "aria-label": `Time shown: ${title}`, class: "buttons", role: "group" },
      ...buttons.map(([name, to]) => {
        const button = el("button", { type: "button" }, name);
        button.addEventListener("click", change(to));
        return button;
      }),
    );
  }

  // The same VM has the same colour wherever it stands; never the last one, a grey, which says no VM.
  const colourOf = (key) => {
    let hash = 2166136261;
    for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 16777619);
    return ink.colours[(hash >>> 0) % (ink.colours.length - 1)];
  };

  // ---- sections

  const REASONS = {
    internet: "a public address, outside Azure's private ranges",
    azure_platform: "Azure's own: DNS, health probes, link-local",
    not_unicast: "multicast, broadcast or unspecified",
    nic_without_vm: "a NIC that is no VM's: private endpoint, load balancer, gateway",
    ambiguous: "several NICs could have been meant",
    before_first_seen: "before anything was known of the address",
    after_release: "after its last holder gave it up",
    never_seen: "no source ever showed the address",
    outside_collection: "no inventory of that VNet or subscription",
    pending: "newer than the inventory",
    invalid_address: "no address",
  };
  const NO_VM = ["internet", "azure_platform", "not_unicast", "nic_without_vm"];

  const matchRates = rowsOf("match_rates");
  const disagreement = rowsOf("disagreement");
  const restated = rowsOf("restatements");

  const about = () => {
    byId("about").textContent =
      `${clean(data.database)}: flows from ${minute(data.since)} until ${minute(data.until)} UTC, ` +
      `in whole hours. All times are UTC. Made ${minute(data.made_at)}.`;
    const judged = sum(matchRates, "judged_flows");
    const compared = sum(disagreement, "compared_flows");
    const disagreeing = sum(disagreement, "disagreeing_flows");
    const open = Object.keys(REASONS).filter((reason) => !NO_VM.includes(reason));
    const totals = [
      [number(sum(matchRates, "flows")), "flows"],
      [percent(sum(matchRates, "matched_captured"), judged), `matched, of ${number(judged)} judged`],
      [percent(disagreeing, compared), `disagree, of ${number(compared)} compared`],
      [
        number(open.reduce((total, reason) => total + sum(matchRates, reason), 0)),
        "ends without a VM that may hide one",
      ],
      [number(sum(restated, "ends")), "ends answered otherwise later"],
      [number(data.warehouse.vms), "VMs ever known"],
      [number(data.addresses_in_all), "addresses with a holder"],
    ];
    byId("totals").append(
      ...totals.map(([value, name]) => el("li", {}, el("b", {}, value), el("span", {}, name))),
    );
    const leftOut = data.left_out.length ? data.left_out : ["Nothing: all there is in this time is here."];
    byId("left-out-list").append(...leftOut.map((sentence) => el("li", {}, sentence)));
  };

  const matching = () => {
    const judged = sum(matchRates, "judged_flows");
    chart("match-rate", {
      columns: [
        ["From (UTC)", (row) => minute(row.bucket), "time"],
        ["Log format", (row) => row.log_format],
        ["Flows", (row) => number(row.flows), "number"],
        ["Judged", (row) => number(row.judged_flows), "number"],
        ["Matched", (row) => number(row.matched_captured), "number"],
        ["Match rate", (row) => percent(row.matched_captured, row.judged_flows), "number"],
      ],
      label: () => `In all ${percent(sum(matchRates, "matched_captured"), judged)}.`,
      option: () => lines(matchRates, "log_format", "matched_captured", "judged_flows", false),
      rows: () => matchRates,
      title: "Match rate of captured ends",
    });
    const compared = sum(disagreement, "compared_flows");
    const names = {
      mac_and_address: "MAC against address",
      two_logs: "the logs of both NICs",
    };
    const rows = disagreement.map((row) => ({ ...row, routes: names[row.routes] ?? row.routes }));
    chart("disagreement", {
      columns: [
        ["From (UTC)", (row) => minute(row.bucket), "time"],
        ["Routes", (row) => row.routes],
        ["Compared", (row) => number(row.compared_flows), "number"],
        ["Disagreeing", (row) => number(row.disagreeing_flows), "number"],
        ["Disagreement", (row) => percent(row.disagreeing_flows, row.compared_flows), "number"],
      ],
      label: () => `In all ${percent(sum(disagreement, "disagreeing_flows"), compared)}.`,
      nothing: "No flow in this time had two routes to compare.",
      option: () => lines(rows, "routes", "disagreeing_flows", "compared_flows", true),
      rows: () => rows,
      title: "Disagreement of two routes",
    });
  };

  const reasons = () => {
    const kind = byId("reason-kind");
    const inAll = Object.fromEntries(Object.keys(REASONS).map((name) => [name, sum(matchRates, name)]));
    const ofBucket = new Map();
    for (const row of matchRates) {
      const found = ofBucket.get(row.bucket) ?? {};
      for (const reason of Object.keys(REASONS)) found[reason] = (found[reason] ?? 0) + row[reason];
      ofBucket.set(row.bucket, found);
    }
    const shown = () =>
      Object.keys(REASONS)
        .filter((reason) => inAll[reason] && (kind.value === "all" || !NO_VM.includes(reason)))
        .sort((one, other) => inAll[other] - inAll[one]);
    const colour = (reason) => ink.colours[Object.keys(REASONS).indexOf(reason)];
    const overTime = () =>
      [...ofBucket].flatMap(([bucket, found]) =>
        shown()
          .filter((reason) => found[reason])
          .map((reason) => ({ bucket, ends: found[reason], reason })),
      );
    const drawn = [
      chart("reasons-over-time", {
        columns: [
          ["From (UTC)", (row) => minute(row.bucket), "time"],
          ["Reason", (row) => row.reason],
          ["Ends", (row) => number(row.ends), "number"],
        ],
        label: () => `${shown().length} reasons.`,
        nothing: "No end is without a VM for such a reason.",
        option: () =>
          stacks(matchRates, shown(), (reason, bucket) => ofBucket.get(bucket)?.[reason] ?? 0, colour),
        rows: overTime,
        title: "Ends without a VM over time",
      }),
      chart("reasons-total", {
        columns: [
          ["Reason", (row) => row.name],
          ["Ends", (row) => number(row.ends), "number"],
          ["Meaning", (row) => REASONS[row.name]],
        ],
        label: () => `Most often ${shown()[0]}, ${number(inAll[shown()[0]])} ends.`,
        nothing: "No end is without a VM for such a reason.",
        option: () => {
          const rows = shown().map((name) => ({ ends: inAll[name], name, title: `${name}: ${REASONS[name]}` }));
          const option = bars(rows, [["ends", (row) => row.ends, ""]], number);
          option.series[0].itemStyle.color = (point) => colour(rows[point.dataIndex].name);
          return option;
        },
        rows: () => shown().map((name) => ({ ends: inAll[name], name })),
        title: "Ends without a VM in all",
      }),
    ];
    kind.addEventListener("change", () => drawn.forEach((one) => one.draw()));
  };

  const holders = () => {
    const windows = rowsOf("windows");
    const addresses = new Map();
    for (const row of windows) {
      const key = row.address_rank;
      if (!addresses.has(key)) addresses.set(key, { ...row, windows: [] });
      addresses.get(key).windows.push(row);
    }
    const all = [...addresses.values()];
    const vnets = distinct(all.map((one) => one.vnet_id)).sort();
    const called = toldApart(vnets);
    const vnetName = (id) => called.get(id);
    const [address, vm, vnet] = ["holder-address", "holder-vm", "holder-vnet"].map(byId);
    vnet.append(
      el("option", { value: "" }, `all ${number(vnets.length)}`),
      ...vnets.map((id, at) => el("option", { value: String(at) }, vnetName(id))),
    );
    let page = 0;
    const holder = (row) => clean(row.vm_name ?? (row.vm_id ? lastPart(row.vm_id) : lastPart(row.nic_id)));
    const has = (text, part) => clean(text).toLowerCase().includes(part);
    const found = () => {
      const ofAddress = address.value.trim().toLowerCase();
      const ofVm = vm.value.trim().toLowerCase();
      return all.filter(
        (one) =>
          has(one.nic_ip, ofAddress) &&
          (vnet.value === "" || one.vnet_id === vnets[Number(vnet.value)]) &&
          (!ofVm ||
            one.windows.some((row) => [row.vm_name, row.vm_id, row.vm_uuid, row.nic_id].some((t) => has(t, ofVm)))),
      );
    };
    const paged = () => found().slice(page * ROWS_SHOWN, (page + 1) * ROWS_SHOWN);
    const rows = () => paged().flatMap((one) => one.windows);
    const from = (row) => (row.starts_before ? `before ${time(data.since)}` : time(row.outer_start));
    const until = (row) => (row.ends_after ? (row.is_current ? "still held" : "later") : time(row.outer_end));
    const certain = (row) =>
      row.inner_start < row.inner_end ? `${time(row.inner_start)} to ${time(row.inner_end)}` : "no moment of it";
    const timeline = chart("holders-timeline", {
      columns: [
        ["Address", (row) => row.nic_ip],
        ["VNet", (row) => vnetName(row.vnet_id)],
        ["VM", (row) => (row.vm_id ? holder(row) : "no VM")],
        ["Incarnation", (row) => row.vm_uuid ?? "not known"],
        ["NIC", (row) => lastPart(row.nic_id)],
        ["From (UTC)", from, "time"],
        ["Until (UTC)", until, "time"],
        ["Certain (UTC)", certain, "time"],
      ],
      height: () => Math.max(paged().length, 3) * 26 + 90,
      keepsZoom: true,
      label: () => `${paged().length} addresses, ${rows().length} holdings.`,
      nothing: "No address with a holder in this report matches the filter.",
      option: (kept) => {
        const items = paged().flatMap((one, row) =>
          one.windows.map((held) => ({
            colour: held.vm_id ? colourOf(held.vm_uuid ?? held.vm_id) : ink.none,
            end: held.outer_end,
            innerEnd: held.inner_end,
            innerStart: held.inner_start,
            row,
            start: held.outer_start,
            text: holder(held),
            tip: () =>
              tip(`${held.nic_ip}: ${holder(held)}`, [
                ["VNet", vnetName(held.vnet_id)],
                ["VM", held.vm_id ?? "none"],
                ["incarnation", held.vm_uuid ?? "not known"],
                ["NIC", lastPart(held.nic_id)],
                ["from", from(held)],
                ["until", until(held)],
                ["certain", certain(held)],
              ]),
          })),
        );
        const name = (one) => (vnets.length > 1 ? `${one.nic_ip}  ${vnetName(one.vnet_id)}` : one.nic_ip);
        // the address is what a row is: where there is little room, the VNet gives way
        const shorten = (text, room, at) => {
          const ip = clean(paged()[at]?.nic_ip);
          const rest = room - 6.5 * (ip.length + 2);
          return rest < 40 ? fit(ip, room) : ip + (text.length > ip.length ? `  ${fit(text.slice(ip.length + 2), rest)}` : "");
        };
        return gantt(paged().map(name), items, kept, 260, shorten);
      },
      rows,
      title: "Timeline of holders",
    });
    const [before, after] = ["rows-before", "rows-after"].map(byId);
    const show = () => {
      const many = found().length;
      page = Math.max(0, Math.min(page, Math.ceil(many / ROWS_SHOWN) - 1));
      before.disabled = page === 0;
      after.disabled = (page + 1) * ROWS_SHOWN >= many;
      const span = many ? `${page * ROWS_SHOWN + 1} to ${Math.min((page + 1) * ROWS_SHOWN, many)} of ` : "";
      const more = data.addresses_in_all - all.length;
      byId("holder-count").textContent =
        `Addresses ${span}${number(many)} that match, of ${number(all.length)} in this report` +
        (more > 0 ? `; ${number(more)} more are in the database.` : ".");
      timeline.draw();
    };
    const first = () => {
      page = 0;
      show();
    };
    for (const input of [address, vm]) input.addEventListener("input", first);
    vnet.addEventListener("change", first);
    vnet.form.addEventListener("submit", (event) => event.preventDefault());
    // the fields are empty only after the event
    vnet.form.addEventListener("reset", () => setTimeout(first));
    before.addEventListener("click", () => ((page -= 1), show()));
    after.addEventListener("click", () => ((page += 1), show()));
    return show;
  };

  const vms = () => {
    const found = rowsOf("vms");
    const inAll = found.find((row) => row.vm_id === null);
    const known = found.filter((row) => row.vm_id !== null);
    const names = new Map(known.map((row) => [row.vm_id, clean(row.vm_name ?? lastPart(row.vm_id))]));
    const called = toldApart(names.keys(), (id) => names.get(id));
    for (const row of known) {
      row.name = called.get(row.vm_id);
      row.title = row.vm_id;
      row.bytes = row.bytes_sent + row.bytes_received;
      row.denied = row.denied_inbound_flows + row.denied_outbound_flows;
    }
    const by = (column) => (one, other) => other[column] - one[column];
    const measures = {
      bytes: ["bytes", bytes],
      flows: ["flows", number],
      received: ["bytes_received", bytes],
      sent: ["bytes_sent", bytes],
    };
    const [measure, vm] = ["talker-measure", "talker-vm"].map(byId);
    const matching = () =>
      known.filter((row) => `${row.name} ${clean(row.vm_id)}`.toLowerCase().includes(vm.value.trim().toLowerCase()));
    const talkers = () => {
      const [column] = measures[measure.value];
      return matching().filter((row) => row[column]).sort(by(column));
    };
    const columns = [
      ["VM", (row) => row.name],
      ["Flows", (row) => number(row.flows), "number"],
      ["Bytes sent", (row) => number(row.bytes_sent), "number"],
      ["Bytes received", (row) => number(row.bytes_received), "number"],
      ["Denied to it", (row) => number(row.denied_inbound_flows), "number"],
      ["Denied from it", (row) => number(row.denied_outbound_flows), "number"],
      ["Id", (row) => row.vm_id],
    ];
    const height = (rows) => () => Math.max(Math.min(rows().length, BARS_SHOWN), 3) * 26 + 80;
    const drawn = chart("talkers-bars", {
      columns,
      height: height(talkers),
      label: () => `First is ${talkers()[0].name}.`,
      nothing: "No VM in this report matches.",
      option: () => {
        const [column, show] = measures[measure.value];
        const both = [
          ["sent", (row) => row.bytes_sent, ink.colours[0]],
          ["received", (row) => row.bytes_received, ink.colours[1]],
        ];
        const series = measure.value === "bytes" ? both : [[column.replace("_", " "), (row) => row[column], ink.colours[0]]];
        return bars(talkers().slice(0, BARS_SHOWN), series, show);
      },
      rows: talkers,
      title: "VMs that talk most",
    });
    measure.addEventListener("change", drawn.draw);
    vm.addEventListener("input", drawn.draw);
    vm.form.addEventListener("submit", (event) => event.preventDefault());
    const denied = () => known.filter((row) => row.denied).sort(by("denied"));
    chart("denied-bars", {
      columns: [columns[0], columns[4], columns[5], columns[1], columns[6]],
      height: height(denied),
      label: () => `First is ${denied()[0].name}.`,
      nothing: "No flow of a VM was denied in this time.",
      option: () =>
        bars(
          denied().slice(0, BARS_SHOWN),
          [
            ["denied to it", (row) => row.denied_inbound_flows, ink.colours[6]],
            ["denied from it", (row) => row.denied_outbound_flows, ink.colours[4]],
          ],
          number,
        ),
      rows: denied,
      title: "VMs with most denied flows",
    });
    const formats = distinct(matchRates.map((row) => row.log_format));
    const isTwice = formats.some((one) => one.startsWith("nsg")) && formats.some((one) => one.startsWith("vnet"));
    byId("talkers-note").textContent =
      `What a VM's own NICs logged: ${many(inAll.flows, "flow")} of ${many(inAll.vms, "VM")}, ` +
      `${bytes(inAll.bytes_sent)} sent and ${bytes(inAll.bytes_received)} received. ` +
      `The bars are the first ${BARS_SHOWN}, the table has up to ${number(known.length)}.` +
      (inAll.flows_without_bytes
        ? ` ${number(inAll.flows_without_bytes)} of the flows have no bytes in their log and add none.`
        : "") +
      (isTwice ? " There are NSG and VNet flow logs: a flow that both have counts twice." : "");
    const deniedInAll = inAll.denied_inbound_flows + inAll.denied_outbound_flows;
    byId("denied-note").textContent =
      `By the same logs, ${many(deniedInAll, "flow")} of ${many(inAll.denied_vms, "VM")} were denied by a rule: ` +
      `${number(inAll.denied_inbound_flows)} to a VM, ${number(inAll.denied_outbound_flows)} from one. ` +
      `The bars are the first ${BARS_SHOWN}.`;
  };

  const gaps = () => {
    const found = rowsOf("gaps");
    const called = toldApart(found.filter((row) => row.vnet_id).map((row) => row.vnet_id));
    const name = (row) => {
      const subscription = shortId(clean(row.subscription_id ?? "no subscription"));
      return `${row.input}: ${row.vnet_id ? called.get(row.vnet_id) : subscription}`;
    };
    const key = (row) => JSON.stringify([row.input, row.subscription_id, row.vnet_id]);
    const scopes = distinct(
      [...found].sort((one, other) => other.scope_hours - one.scope_hours).map(key),
    ).slice(0, ROWS_SHOWN);
    const shown = found.filter((row) => scopes.includes(key(row)));
    const inAll = found.length ? found[0].gaps : 0;
    byId("gaps-note").textContent =
      `${many(inAll, "gap")}: whole hours without a flow log of a VNet that had one before; without a ` +
      "complete snapshot for more than twice a subscription's usual pause; without any operation-log event " +
      `for ${data.quiet_hours} hours or more. A VNet that is gone and a subscription that was quiet look the same. ` +
      `The chart shows the ${ROWS_SHOWN} inputs that miss most hours.`;
    const colours = { "flow log": 6, "NIC snapshots": 0, "VM snapshots": 4, "operation log": 1 };
    chart("gaps-timeline", {
      columns: [
        ["Input", (row) => row.input],
        ["Subscription", (row) => row.subscription_id ?? "not known"],
        ["VNet", (row) => (row.vnet_id ? called.get(row.vnet_id) : row.input === "flow log" ? "not known" : "all")],
        ["From (UTC)", (row) => minute(row.gap_start), "time"],
        ["Until (UTC)", (row) => minute(row.gap_end), "time"],
        ["Hours", (row) => number(row.gap_hours), "number"],
        ["Ever there", (row) => (row.was_there ? "yes" : "not in this time")],
      ],
      height: () => Math.max(scopes.length, 3) * 26 + 90,
      keepsZoom: true,
      label: () => `${scopes.length} inputs with gaps.`,
      nothing: "No gap in this time.",
      option: (kept) =>
        gantt(
          scopes.map((scope) => name(shown.find((row) => key(row) === scope))),
          shown.map((row) => ({
            colour: ink.colours[colours[row.input]],
            end: row.gap_end,
            innerEnd: row.gap_end,
            innerStart: row.gap_start,
            row: scopes.indexOf(key(row)),
            start: row.gap_start,
            text: hours(row.gap_hours),
            tip: () =>
              tip(name(row), [
                ["from", minute(row.gap_start)],
                ["until", minute(row.gap_end)],
                ["missing", hours(row.gap_hours)],
                ["subscription", row.subscription_id ?? "not known"],
              ]),
          })),
          kept,
          300,
        ),
      rows: () => found,
      title: "Timeline of gaps",
    });
  };

  const restatements = () => {
    const kinds = distinct(restated.map((row) => row.change));
    const at = new Map(restated.map((row) => [`${row.change} ${row.bucket}`, row.ends]));
    chart("restatements-over-time", {
      columns: [
        ["Flows from (UTC)", (row) => minute(row.bucket), "time"],
        ["Change", (row) => row.change],
        ["Ends", (row) => number(row.ends), "number"],
      ],
      label: () => `${number(sum(restated, "ends"))} ends.`,
      nothing: "No answer of this time was corrected.",
      option: () =>
        stacks(
          restated,
          kinds,
          (kind, bucket) => at.get(`${kind} ${bucket}`) ?? 0,
          (kind) => ink.colours[kinds.indexOf(kind)],
        ),
      rows: () => restated,
      title: "Corrected ends over the time of their flows",
    });
    if (!restated.length) return;
    const [runs, corrections] = [rowsOf("runs"), rowsOf("corrections")];
    const said = (row, when) =>
      row[`${when}_vm_name`] !== null
        ? `${clean(row[`${when}_vm_name`])} (${row[`${when}_evidence`] ?? "–"})`
        : (row[`${when}_unmatched_reason`] ?? "–");
    byId("restatement-tables").append(
      foldedTable(
        "What each run corrected",
        [
          ["Run (UTC)", (row) => time(row.restated_at), "time"],
          ["Ends", (row) => number(row.ends), "number"],
          ["Flows", (row) => number(row.flows), "number"],
          ["First flow (UTC)", (row) => time(row.first_event_at), "time"],
          ["Last flow (UTC)", (row) => time(row.last_event_at), "time"],
        ],
        () => runs,
      ),
      foldedTable(
        "The newest corrections",
        [
          ["Run (UTC)", (row) => time(row.restated_at), "time"],
          ["Flow (UTC)", (row) => time(row.event_at), "time"],
          ["End", (row) => row.flow_end],
          ["Said before", (row) => said(row, "old")],
          ["Said since", (row) => said(row, "new")],
          ["Flow id", (row) => row.flow_id],
        ],
        () => corrections,
      ),
    );
  };

  // ---- all of it

  readTheme();
  about();
  matching();
  reasons();
  const showHolders = holders();
  vms();
  gaps();
  restatements();
  const drawAll = () => {
    readTheme();
    charts.forEach((one) => one.draw());
  };
  drawAll();
  showHolders();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  matchMedia("print").addEventListener("change", drawAll);
  let widthBefore = window.innerWidth;
  window.addEventListener("resize", () => {
    if ((widthBefore < 640) !== isNarrow()) drawAll();
    widthBefore = window.innerWidth;
  });
  document.documentElement.dataset.drawn = String(charts.filter((one) => one.drawn).length);
})();
