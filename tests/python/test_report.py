"""The report: true to the marts, of a bounded size, and a page that shows data as text alone."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser

from scripts.errors import UserError
from scripts.report import page, read, read_report
from scripts.report.page import ECHARTS_SHA256, ECHARTS_VERSION, escaped_json
from scripts.report.read import bucket_hours
from tests.python.browser import chromium, visit
from tests.python.conftest import ROOT, BuildResult, Project
from tests.python.npm import installed

HOSTILE = "<img src=x onerror=alert(1)>"
HOSTILE_VNET = "/resourcegroups/g/virtualnetworks/</script><script>alert(2)</script>"
BEFORE = datetime(2026, 2, 10, 8)
AFTER = datetime(2026, 2, 10, 11)
ECHARTS = ROOT / "scripts" / "report" / "echarts"


@pytest.fixture(scope="module")
def database(demo: BuildResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's, with some answers corrected, some hours missing, and hostile names in it."""
    # views name the database that they were made in
    copy = tmp_path_factory.mktemp("report") / demo.database.name
    shutil.copy(demo.database, copy)
    with duckdb.connect(str(copy)) as connection:
        for table, column in (
            ("marts.fct_flows", "src_vm_name"),
            ("marts.fct_flows", "dst_vm_name"),
            ("marts.fct_flows", "capture_vm_name"),
            ("marts.dim_nic_ip_windows", "vm_name"),
            ("marts.dim_vms", "vm_name"),
        ):
            connection.execute(
                f"update {table} set {column} = $1 where {column} = 'web-01'", [HOSTILE]
            )
        connection.execute(
            "update marts.dim_nic_ip_windows set vnet_id = $1 where vnet_id like '%/vnet-dev'",
            [HOSTILE_VNET],
        )
        connection.execute(
            """
            update marts.rpt_coverage set vnet_id = $1 where vnet_id like '%/vnet-dev';
            """,
            [HOSTILE_VNET],
        )
        connection.execute(
            "delete from marts.rpt_coverage where vnet_id = $1 and hour = '2026-02-10 09:00'",
            [HOSTILE_VNET],
        )
        connection.execute(
            """
            insert into state.restatements by name
            select 1 as run_no, timestamp '2026-02-11' as restated_at, 'flow-' || n as flow_id,
                timestamp '2026-02-10 08:30' as event_at, 'source' as flow_end,
                'pending' as old_unmatched_reason, 'vm' as new_vm_id, $1 as new_vm_name,
                'open' as new_evidence
            from range(3) as numbers (n)
            """,
            [HOSTILE],
        )
    return copy


@pytest.fixture(scope="module")
def file(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page") / "report.html"
    target.write_text(page(read_report(database)), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def column(report: read.Report, table: str, name: str) -> list:
    held = report.data["tables"][table]
    place = held["columns"].index(name)
    values = [row[place] for row in held["rows"]]
    if name not in held["text_columns"]:
        return values
    return [None if value is None else held["texts"][value] for value in values]


def rows(database: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


# ---- what it says


def test_it_says_what_the_marts_say(database: Path) -> None:
    report = read_report(database)
    assert (report.since, report.until) == (BEFORE, AFTER)
    [(flows, internet)] = rows(
        database,
        """
        select count(*), count(*) filter (src_unmatched_reason = 'internet')
            + count(*) filter (dst_unmatched_reason = 'internet')
        from marts.fct_flows
        """,
    )
    assert sum(column(report, "match_rates", "flows")) == flows > 1000
    assert sum(column(report, "match_rates", "internet")) == internet > 100
    [(windows, addresses)] = rows(
        database, "select count(*), count(distinct (vnet_id, nic_ip)) from marts.dim_nic_ip_windows"
    )
    assert len(column(report, "windows", "nic_ip")) == windows
    assert report.data["addresses_in_all"] == addresses
    [(denied,)] = rows(
        database,
        """
        select count(*) from marts.fct_flows
        where action = 'denied' and direction = 'inbound' and capture_vm_id = dst_vm_id
        """,
    )
    *of_vms, in_all = column(report, "vms", "denied_inbound_flows")
    assert sum(of_vms) == in_all == denied > 0
    assert sum(column(report, "restatements", "ends")) == 3
    assert report.left_out == ()


def test_a_span_is_whole_hours_and_bounds_everything(database: Path) -> None:
    moment = BEFORE + timedelta(minutes=59)
    report = read_report(database, moment, moment + timedelta(minutes=1))
    assert (report.since, report.until) == (BEFORE, BEFORE + timedelta(hours=1))
    [(flows,)] = rows(
        database, "select count(*) from marts.fct_flows where event_at < '2026-02-10 09:00'"
    )
    assert 0 < sum(column(report, "match_rates", "flows")) == flows
    # build-2 and build-3 came to their address after that hour
    assert "build-1" in column(report, "windows", "vm_name")
    assert "build-3" not in column(report, "windows", "vm_name")
    assert max(column(report, "windows", "outer_end")) == report.data["until"]


def test_what_limits_cut_is_told(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MOST_VMS", "MOST_ADDRESSES", "MOST_GAPS", "MOST_CORRECTIONS", "MOST_BUCKETS"):
        monkeypatch.setattr(read, limit, 1)
    report = read_report(database, addresses=["10.30.3.10", "203.0.113.9"])
    told = "\n".join(report.left_out)
    assert "1 of 22 windows, of 1 of 11 addresses" in told
    assert "203.0.113.9 has no window" in told
    assert re.search(r"VMs: \d of \d", told) and "the newest 1 of 3 one by one" in told
    assert "a point stands for 3 hours" in told
    # asked for, so there although nothing else of its kind is
    assert column(report, "windows", "nic_ip") == ["10.30.3.10"]
    assert told == "\n".join(report.data["left_out"])


def test_an_address_with_more_windows_than_fit_shows_its_newest(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "MOST_WINDOWS_EACH", 1)
    report = read_report(database)
    held = dict(
        zip(column(report, "windows", "nic_ip"), column(report, "windows", "vm_name"), strict=True)
    )
    assert held["10.10.9.20"] == "build-3"


@pytest.mark.parametrize(
    ("hours", "width"), [(1, 1), (400, 1), (401, 2), (9600, 24), (9601, 48), (1_000_000, 2520)]
)
def test_buckets_widen_until_they_are_few(hours: int, width: int) -> None:
    assert bucket_hours(BEFORE, BEFORE + timedelta(hours=hours)) == width
    assert hours / width <= read.MOST_BUCKETS


def gaps(coverage: list[tuple], since: int, until: int) -> list[tuple]:
    """Gaps, in hours; coverage: (hour, VNet, flows, events, NIC snapshots, VM snapshots)."""
    day = datetime(2026, 3, 1)
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema marts;
            create table marts.rpt_coverage (hour timestamp, subscription_id varchar,
                vnet_id varchar, flows bigint, operation_events bigint,
                complete_nic_snapshots bigint, complete_vm_snapshots bigint)
            """
        )
        for hour, vnet, *inputs in coverage:
            connection.execute(
                "insert into marts.rpt_coverage values ($1, 's', $2, $3, $4, $5, $6)",
                [day + timedelta(hours=hour), vnet, *inputs],
            )
        found = connection.execute(
            (ROOT / "scripts" / "report" / "gaps.sql").read_text(),
            {
                "since": day + timedelta(hours=since),
                "until": day + timedelta(hours=until),
                "least_quiet_hours": 24,
                "most": 100,
            },
        ).fetchall()
    start = day.timestamp() - datetime(1970, 1, 1).timestamp()
    return [
        (row[0], row[2], int(row[3] / 3.6e6 - start / 3600), int(row[4] / 3.6e6 - start / 3600))
        for row in sorted(found)
    ]


ALL = (0, 5, 1, 1)


def test_an_hour_without_flows_is_a_gap_of_its_vnet() -> None:
    flows = [(hour, "v", 9, 0, 0, 0) for hour in (2, 3, 6)] + [(5, "w", 1, 0, 0, 0)]
    inventory = [(hour, None, *ALL) for hour in range(8)]
    assert gaps([*flows, *inventory], 0, 8) == [
        ("flow log", "v", 4, 6),
        ("flow log", "v", 7, 8),
        ("flow log", "w", 6, 8),
    ]
    # a VNet that had flows before the span, and has none in it
    assert ("flow log", "v", 7, 8) in gaps([*flows, *inventory], 7, 8)


def test_snapshots_are_missed_by_their_own_pace_and_operation_logs_after_a_day() -> None:
    flows = [(hour, "v", 9, 0, 0, 0) for hour in range(72)]
    nics = [(hour, None, 0, 0, 1, 0) for hour in range(0, 72, 6) if hour not in (24, 30)]
    events = [(hour, None, 0, 1, 0, 0) for hour in (0, 23, 48, 71)]
    assert gaps([*flows, *nics, *events], 0, 72) == [
        ("NIC snapshots", None, 19, 36),
        ("VM snapshots", None, 0, 72),
        ("operation log", None, 24, 48),
    ]
    # as much of a gap as lies in the span
    assert ("NIC snapshots", None, 20, 30) in gaps([*flows, *nics, *events], 20, 30)
    # the pause of six hours reaches out of the span: none is missed
    assert [one for one in gaps([*flows, *nics, *events], 1, 5) if one[0] == "NIC snapshots"] == []


# ---- the command line


def test_an_address_is_found_in_any_spelling(database: Path) -> None:
    for text in ("10.10.9.20", " ::ffff:10.10.9.20", "::FFFF:0a0a:914"):
        report = read_report(database, addresses=[text])
        assert not [sentence for sentence in report.left_out if "no window" in sentence]
    with pytest.raises(UserError, match="is no address"):
        read_report(database, addresses=["fe80::1%eth0"])


def test_the_end_of_time_is_no_error(database: Path) -> None:
    last = datetime(9999, 12, 31, 23, 59)
    report = read_report(database, until=last)
    assert sum(column(report, "match_rates", "flows"))
    assert page(report)


def test_the_command_writes_the_file_and_says_so(
    project: Project, database: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.html"
    done = project.run("report", "-d", database, "--output", target, "--from", "2026-02-10T09:00Z")
    assert (done.exit_code, done.output) == (0, "")
    assert "out.html, 1." in done.errors and "MB: open it in a browser." in done.errors
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_errors_are_sentences(project: Project, database: Path, tmp_path: Path) -> None:
    here = ("report", "-d", database, "-o", tmp_path / "r.html")
    for arguments, sentence in (
        ((*here, "--from", "2027-01-01"), "is not before"),
        ((*here, "--to", "yesterday"), "is no time"),
        ((*here, "--address", "10.0.0"), "is no address"),
        (("report", "-d", database, "-o", tmp_path), "cannot be written"),
        (("report", "-d", tmp_path / "none.duckdb"), "There is no database"),
    ):
        done = project.run(*arguments)
        assert done.exit_code == 2 and sentence in done.errors, done.errors
        assert "Traceback" not in done.errors and not (tmp_path / "r.html").exists()


def test_a_database_without_flows_has_no_report(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / database.name
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from marts.rpt_match_rates")
    with pytest.raises(UserError, match="no flows yet"):
        read_report(copy)


# ---- the page as text


def test_json_cannot_end_its_element() -> None:
    value = [HOSTILE_VNET, "<!--", "a&b", "\u2028\u2029", "\ud800"]
    text = escaped_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == [*value[:-1], "?"]


def test_the_page_names_nothing_to_fetch(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert HOSTILE not in text and HOSTILE_VNET not in text
    own = text.replace((ECHARTS / "echarts.min.js").read_text(encoding="utf-8"), "")
    assert own.count("href=") == own.count('href="#') > 5
    assert not re.search(r"""\b(src|action)\s*=\s*["']|url\(|@import|https?://""", own)
    assert "innerHTML" not in own.replace("no innerHTML here", "")
    assert len(text) < 10e6


def test_echarts_is_npms_own() -> None:
    ours = (ECHARTS / "echarts.min.js").read_bytes()
    assert hashlib.sha256(ours).hexdigest() == ECHARTS_SHA256
    assert ECHARTS_SHA256 in (ECHARTS / "README.md").read_text()
    theirs = installed("echarts", ECHARTS_VERSION) / "node_modules" / "echarts"
    for name in ("dist/echarts.min.js", "LICENSE", "NOTICE", "licenses/LICENSE-d3"):
        assert (ECHARTS / Path(name).name).read_bytes() == (theirs / name).read_bytes(), name


# ---- the page in a browser

CHARTS = [
    "match-rate",
    "disagreement",
    "reasons-over-time",
    "reasons-total",
    "holders-timeline",
    "talkers-bars",
    "denied-bars",
    "gaps-timeline",
    "restatements-over-time",
]
# How many colours a chart's canvas has: a blank one has one.
COLOURS = """
name => {
    const canvas = document.querySelector(`[data-chart="${name}"] canvas`);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
}
"""


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_and_nothing_is_said_or_asked(
    browser: Browser, file: Path, scheme: str, width: int
) -> None:
    with visit(browser, file, scheme=scheme, width=width) as visited:
        drawn = visited.page.eval_on_selector_all(
            "[data-chart]", "all => all.map(one => one.dataset.chart)"
        )
        assert drawn == CHARTS
        assert [name for name in CHARTS if visited.page.evaluate(COLOURS, name) < 10] == []
        # nothing to scroll to sideways
        assert visited.page.evaluate("document.documentElement.scrollWidth") == width
        assert visited.said == []
        assert visited.asked == [file.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, file: Path, scheme: str) -> None:
    with visit(browser, file, scheme=scheme) as visited:
        assert visited.violations() == []
        visited.page.eval_on_selector_all("details", "all => all.forEach(one => (one.open = true))")
        visited.page.wait_for_selector("td")
        assert visited.violations() == []


def test_names_stay_text_wherever_they_stand(browser: Browser, file: Path) -> None:
    with visit(browser, file) as visited:
        shown = visited.page
        shown.eval_on_selector_all("details", "all => all.forEach(one => (one.open = true))")
        for section in ("holders", "talkers", "denied", "restatements"):
            shown.wait_for_selector(f"#{section} td")
            assert HOSTILE in shown.text_content(f"#{section}"), section
        assert "</script>" not in shown.text_content("h1")
        assert "script>" in shown.text_content("#gaps")
        for field in ("holder-vm", "talker-vm"):
            shown.fill(f"#{field}", HOSTILE)
        # what hangs over a bar is made when the pointer is there
        for chart in ("holders-timeline", "talkers-bars", "denied-bars"):
            canvas = shown.locator(f'[data-chart="{chart}"] canvas')
            canvas.scroll_into_view_if_needed()
            box = canvas.bounding_box()
            for across in (0.3, 0.5, 0.9):
                for down in (40, 60):
                    shown.mouse.move(box["x"] + box["width"] * across, box["y"] + down)
            shown.wait_for_selector(f'[data-chart="{chart}"] .tip')
        assert HOSTILE in shown.text_content('[data-chart="holders-timeline"] .tip')
        assert shown.locator("img").count() == 0
        assert shown.locator("script").count() == 3
        assert visited.said == [] and len(visited.asked) == 1


def test_filters_choose_holders(browser: Browser, file: Path) -> None:
    with visit(browser, file) as visited:
        shown = visited.page
        count = shown.locator("#holder-count")
        assert "11 that match, of 11" in count.inner_text()
        shown.fill("#holder-address", "10.10.9.")
        assert "Addresses 1 to 1 of 1 that match" in count.inner_text()
        shown.click('[data-chart="holders-timeline"] summary')
        shown.wait_for_selector("#holders td")
        cells = shown.locator("#holders td:nth-child(3)")
        assert [name for name in cells.all_inner_texts() if name != "no VM"] == [
            "build-1",
            "build-2",
            "build-3",
        ]
        shown.fill("#holder-vm", "web-99")
        assert "Addresses 0 that match" in count.inner_text()
        assert shown.locator("#holders .empty").is_visible()
        shown.click("#holders button[type=reset]")
        shown.get_by_text("11 that match").wait_for()
        shown.select_option("#holder-vnet", label="vnet-data")
        assert "3 that match" in count.inner_text()
        assert visited.said == []


# How many pixels of the timeline have a colour of the page's.
PIXELS = """
name => {
    const [red, green, blue] = getComputedStyle(document.documentElement)
        .getPropertyValue(`--${name}`).trim().slice(1).match(/../g).map(two => parseInt(two, 16));
    const canvas = document.querySelector('[data-chart="holders-timeline"] canvas');
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let many = 0;
    for (let at = 0; at < data.length; at += 4)
        many += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
    return many;
}
"""
# The bounds of a chart's time, and the points of its first series.
AXIS = """
name => {
    const home = document.querySelector(`[data-chart="${name}"] .chart`);
    const { xAxis, series } = echarts.getInstanceByDom(home).getOption();
    return [{ min: xAxis[0].min, max: xAxis[0].max }, series[0].data];
}
"""
# What stands beside the rows of a chart, as it is drawn.
LABELS = """
name => {
    const home = document.querySelector(`[data-chart="${name}"] .chart`);
    const [axis] = echarts.getInstanceByDom(home).getOption().yAxis;
    return axis.data.map((row, at) => axis.axisLabel.formatter(row, at));
}
"""


def test_a_wide_bucket_at_either_end_is_on_the_axis(
    browser: Browser, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "_WIDTHS", (24,))
    file = tmp_path / "days.html"
    since, until = BEFORE - timedelta(hours=30), AFTER + timedelta(hours=30)
    for span in ((since, until), (BEFORE + timedelta(hours=1), AFTER)):
        file.write_text(page(read_report(database, *span)), encoding="utf-8")
        with visit(browser, file) as visited:
            for chart in ("match-rate", "reasons-over-time"):
                axis, data = visited.page.evaluate(AXIS, chart)
                assert data and all(axis["min"] <= at <= axis["max"] for at, _ in data), chart


@pytest.fixture(scope="module")
def twins(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of an estate with VNets and VMs of one name and group in two subscriptions."""
    copy = tmp_path_factory.mktemp("twins") / database.name
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)) as connection:
        [(shop,)] = connection.execute(
            "select distinct vnet_id from marts.dim_nic_ip_windows where vnet_id like '%/vnet-shop'"
        ).fetchall()
        twin = shop.replace("/subscriptions/1", "/subscriptions/2")
        for table in ("dim_nic_ip_windows", "rpt_coverage"):
            connection.execute(
                f"update marts.{table} set vnet_id = $1 where vnet_id like '%/vnet-data'", [twin]
            )
        connection.execute("delete from marts.rpt_coverage where hour = '2026-02-10 09:00'")
        [(vm,)] = connection.execute(
            "select vm_id from marts.dim_vms where vm_name = 'build-2'"
        ).fetchall()
        connection.execute(
            "update marts.fct_flows set src_vm_id = $1, src_vm_name = 'build-2', "
            "capture_vm_id = $1 where src_vm_name = 'build-1' and direction = 'outbound'",
            [vm.replace("/subscriptions/1", "/subscriptions/2")],
        )
    target = copy.parent / "report.html"
    target.write_text(page(read_report(copy)), encoding="utf-8")
    return target


def test_what_has_one_name_is_told_apart(browser: Browser, twins: Path) -> None:
    with visit(browser, twins) as visited:
        shown = visited.page
        options = shown.locator("#holder-vnet option").all_inner_texts()
        assert "vnet-shop (rg-shop, 11111111…0001)" in options
        assert "vnet-shop (rg-shop, 21111111…0001)" in options
        for chart in ("holders-timeline", "talkers-bars", "gaps-timeline"):
            labels = shown.evaluate(LABELS, chart)
            assert len(labels) == len(set(labels)), chart
        assert {name for name in shown.evaluate(LABELS, "talkers-bars") if "build-2" in name} == {
            "build-2 (rg-shop, 11111111…0001)",
            "build-2 (rg-shop, 21111111…0001)",
        }
        assert any("21111111…0001" in label for label in shown.evaluate(LABELS, "gaps-timeline"))
        assert visited.said == []


def test_no_vm_is_grey_as_what_has_none(browser: Browser, database: Path, tmp_path: Path) -> None:
    copy = tmp_path / database.name
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)) as connection:
        # with so many machines, each colour is some machine's
        connection.execute(
            "insert into marts.dim_nic_ip_windows by name select windows.* replace ("
            "nic_ip || '.' || n as nic_ip, md5(n::varchar) as vm_uuid) "
            "from marts.dim_nic_ip_windows as windows, range(23) as numbers (n) "
            "where vm_name = 'db-01'"
        )
    file = tmp_path / "grey.html"
    file.write_text(page(read_report(copy)), encoding="utf-8")
    with visit(browser, file) as visited:
        visited.page.fill("#holder-vm", "db-01")
        assert visited.page.evaluate(PIXELS, "c0") + visited.page.evaluate(PIXELS, "c1") > 0
        # the edges of letters have all greys; a bar has thousands of pixels
        assert visited.page.evaluate(PIXELS, "c10") < 200


def test_a_narrow_screen_shows_each_address_whole(browser: Browser, file: Path) -> None:
    with visit(browser, file, width=390) as visited:
        visited.page.click('[data-chart="holders-timeline"] summary')
        visited.page.wait_for_selector("#holders td")
        cells = visited.page.locator("#holders td:first-child").all_inner_texts()
        labels = visited.page.evaluate(LABELS, "holders-timeline")
        assert {label.split()[0] for label in labels} == set(cells)


def test_other_filters_change_what_is_drawn(browser: Browser, file: Path) -> None:
    with visit(browser, file) as visited:
        shown = visited.page
        shown.click('[data-chart="reasons-total"] summary')
        shown.wait_for_selector("#reasons td")
        assert "internet" in shown.inner_text("#reasons table")
        shown.select_option("#reason-kind", "open")
        # the demo has no such end
        assert shown.locator('[data-chart="reasons-total"] .empty').is_visible()
        shown.click('[data-chart="talkers-bars"] summary')
        shown.wait_for_selector("#talkers td")
        before = shown.locator("#talkers tbody tr").all_inner_texts()
        shown.select_option("#talker-measure", "received")
        after = shown.locator("#talkers tbody tr").all_inner_texts()
        assert sorted(before) == sorted(after) and before != after
        shown.fill("#talker-vm", "build-")
        assert shown.locator("#talkers tbody tr").count() == 3
        assert visited.said == []


def test_the_timeline_zooms_with_the_keyboard(browser: Browser, file: Path) -> None:
    zoom = """() => {
        const canvas = document.querySelector('[data-chart="holders-timeline"] .chart');
        const { start, end } = echarts.getInstanceByDom(canvas).getOption().dataZoom[0];
        return [start, end];
    }"""
    with visit(browser, file) as visited:
        buttons = visited.page.get_by_role("group", name="Time shown: Timeline of holders")

        def press(name: str) -> list[float]:
            buttons.get_by_role("button", name=name).press("Enter")
            return visited.page.evaluate(zoom)

        assert press("Zoom in") == [25, 75]
        assert press("Later") == [50, 100]
        # a filter keeps the time that is looked at
        visited.page.fill("#holder-address", "10.10.9.")
        assert visited.page.evaluate(zoom) == [50, 100]
        assert press("Earlier") == [25, 75]
        assert press("All of it") == [0, 100]
        assert visited.said == []


def test_the_policy_keeps_the_page_from_asking_anything(browser: Browser, file: Path) -> None:
    with visit(browser, file) as visited:
        refused = visited.page.evaluate(
            """async () => {
                const image = new Image();
                const failed = new Promise((done) => (image.onerror = () => done("image")));
                image.src = "http://127.0.0.1:9/x.png";
                const script = document.createElement("script");
                script.textContent = "window.ran = true";
                document.body.append(script);
                return [
                    await failed,
                    await fetch("http://127.0.0.1:9/").then(() => "", () => "fetch"),
                    window.ran ?? "script",
                ];
            }"""
        )
        assert refused == ["image", "fetch", "script"]
        assert sum("Content Security Policy" in said for said in visited.said) >= 3


def test_a_change_of_scheme_and_print_draw_anew(browser: Browser, file: Path) -> None:
    # whether bytes that were sent have the colour that they have on a light, or on a dark page
    colours = """async () => {
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const canvas = document.querySelector('[data-chart="talkers-bars"] canvas');
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const found = new Set(new Uint32Array(data.buffer));
        return [found.has(0xffcb6b0b), found.has(0xfff5a95a)];
    }"""
    light, dark = [True, False], [False, True]
    with visit(browser, file, scheme="dark") as visited:
        assert visited.page.evaluate(colours) == dark
        visited.page.emulate_media(color_scheme="light")
        assert visited.page.evaluate(colours) == light
        visited.page.emulate_media(color_scheme="dark")
        assert visited.page.evaluate(colours) == dark
        visited.page.emulate_media(media="print")
        assert visited.page.evaluate(colours) == light
        assert not visited.page.locator("nav").is_visible()
        # of this test's own reading
        assert [said for said in visited.said if "willReadFrequently" not in said] == []
