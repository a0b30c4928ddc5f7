"""The summary as text for people: rich tables, at most 100 columns wide.

A terminal gets colours; a pipe or a file gets the same lines as plain text without trailing
blanks, which is what the README shows.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from scripts.dbt_runner import BuildResult, NodeResult
from scripts.landing import LandingReport
from scripts.legible import legible
from scripts.paths import shown
from scripts.summary import EndCount, Example, Flow, Summary
from scripts.time_spent import NodeTime, TimeSpent

if TYPE_CHECKING:
    # it loads Azure's clients
    from scripts.collect.run import Collected

WIDTH = 100
DEAREST_MODELS = 6
# More would make no sentence; the files have all of them.
NAMED_GAPS = 3

REASONS = {
    "internet": "a public address, outside Azure's private ranges",
    "azure_platform": "Azure's own: DNS, health probes, link-local",
    "not_unicast": "multicast, broadcast or unspecified",
    "nic_without_vm": "a known NIC that is no VM's: private endpoint, load balancer, gateway",
    "ambiguous": "several NICs could have held it; none is picked",
    "before_first_seen": "earlier than the first evidence of any holder",
    "after_release": "the last holder had given it up",
    "never_seen": "no NIC that the scope can reach is known to have held it",
    "outside_collection": "no inventory for that VNet or subscription",
    "pending": "newer than the inventory; a later run answers it",
    "invalid_address": "not an address",
}
EVIDENCE = {
    "confirmed": "evidence of this holder before and after the flow",
    "open": "evidence before the flow, none after it yet",
    "extended": "the holding reaches the flow by an inexact bound",
}


def print_summary(summary: Summary, console: Console) -> None:
    """Print all of `summary`; plain text where `console` is no terminal."""
    _print(Group(*_sections(summary)), console)


def _print(page: RenderableType, console: Console) -> None:
    if console.is_terminal:
        console.print(page, width=min(WIDTH, console.width))
        return
    plain = Console(file=io.StringIO(), width=WIDTH, color_system=None, legacy_windows=False)
    plain.print(page)
    lines = plain.file.getvalue().splitlines()
    console.file.write("\n".join(line.rstrip() for line in lines) + "\n")


def print_time_spent(spent: TimeSpent, landing_seconds: float, console: Console) -> None:
    """Print where a build's time went: landing, dbt itself, the dearest models, the tests."""
    models, tests = spent.of("model"), spent.of("test", "unit_test")
    shown_models = models[:DEAREST_MODELS]
    rows = [
        ("landing", landing_seconds),
        ("dbt: start, parsing, between nodes", spent.dbt_seconds),
        *((node.name, node.seconds) for node in shown_models),
        (f"{len(models) - len(shown_models)} other models", _sum(models[DEAREST_MODELS:])),
        ("seeds and snapshots", _sum(spent.of("seed", "snapshot"))),
        (f"{len(tests)} tests", _sum(tests)),
    ]
    total = sum(seconds for _, seconds in rows)
    table = _table("where the time went", "seconds", "share", numbers=("seconds", "share"))
    for what, seconds in rows:
        if seconds:
            table.add_row(what, f"{seconds:,.1f}", f"{seconds / total:.0%}")
    table.add_row("all", f"{total:,.1f}", "")
    _print(table, console)


def _sum(nodes: Iterable[NodeTime]) -> float:
    return sum(node.seconds for node in nodes)


def landing_sentence(report: LandingReport) -> str:
    """What a landing found and read, on one line."""
    megabytes = f"{report.bytes_read / 1_000_000:,.1f} MB read"
    parts = [
        f"{report.files_landed:,} files landed ({megabytes})",
        f"{report.files_unchanged:,} unchanged",
    ]
    for count, what in (
        (report.files_not_listed, "of earlier hours not looked at"),
        (report.files_unread, "not to be read now"),
        (report.files_unknown, "of no known kind"),
    ):
        if count:
            parts.append(f"{count:,} {what}")
    return ", ".join(parts)


def collected_sentence(collected: Collected, folder: Path) -> str:
    """What a run of the collector wrote, on one line."""
    rows = Counter()
    for snapshot in collected.snapshots:
        rows[snapshot.kind] += snapshot.rows
    subscriptions = len({snapshot.subscription_id for snapshot in collected.snapshots})
    return (
        f"{rows['network_interfaces']:,} NICs, {rows['virtual_machines']:,} VMs and "
        f"{rows['virtual_networks']:,} VNets of {_counted(subscriptions, 'subscription')} "
        f"in {len(collected.snapshots):,} files below {shown(folder / 'collect')}"
    )


def incomplete_sentence(collected: Collected) -> str:
    """What a run of the collector could not list, and what that means."""
    reasons = [] if collected.gap is None else [f"the subscriptions: {collected.gap.reason}"]
    marked = [snapshot for snapshot in collected.snapshots if snapshot.gaps]
    reasons += [
        f"{snapshot.kind} of {snapshot.subscription_id}: {snapshot.gaps[0].reason}"
        for snapshot in marked
    ]
    more = len(reasons) - NAMED_GAPS
    named = "; ".join(reasons[:NAMED_GAPS]) + (f"; and {more:,} more" if more > 0 else "")
    return (
        f"{_counted(len(reasons), 'listing')} not complete ({named}): what was listed is written "
        "and counts, nothing ends by being absent from it; mend the cause and collect again."
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def gate_sentences(result: BuildResult) -> list[str]:
    """One sentence per gate that failed or warned, failures first."""
    return [
        *(f"Gate failed: {_sentence(node)}" for node in result.failed_gates),
        *(f"Warning: {_sentence(node)}" for node in result.warnings),
    ]


def error_sentences(result: BuildResult) -> list[str]:
    """One sentence per node that could not run, and where the rest is."""
    failed = [f"{node.kind} {_sentence(node)}" for node in result.errors]
    skipped = f" {result.skipped} more did not run because of it." if result.skipped else ""
    return [*failed, f"dbt could not finish.{skipped} The full log is {shown(result.log_file)}."]


def _sentence(node: NodeResult) -> str:
    return f"{node.name}: {node.message.rstrip('.')}."


def _sections(summary: Summary) -> Iterable[RenderableType]:
    yield from _section("Landed", _raw_tables(summary))
    if summary.rejects:
        yield from _section("Rejected (raw.rejected_records)", _rejects(summary))
    if summary.flows is None:
        yield Text("\nmarts.fct_flows was not built: mend what failed and build again.")
        return
    yield from _section(_flows_title(summary), _match_rates(summary))
    if summary.unmatched:
        yield from _section("Ends without a VM", _ends(summary.unmatched, "reason", REASONS))
    if summary.evidence:
        yield from _section("Ends with a VM", _ends(summary.evidence, "evidence", EVIDENCE))
    if summary.examples:
        yield from _section("For example", Text("\n\n".join(map(_example, summary.examples))))
    yield from _section("Next", _next_steps(summary))


def _section(title: str, body: RenderableType) -> list[RenderableType]:
    return [Text(f"\n{title}", style="bold"), body]


def _table(*columns: str, numbers: Iterable[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for column in columns:
        if column in numbers:
            table.add_column(column, justify="right", no_wrap=True)
        else:
            table.add_column(column, overflow="fold")
    return table


def _raw_tables(summary: Summary) -> Table:
    table = _table("raw table", "files", "rows", "rejected", numbers=("files", "rows", "rejected"))
    for raw in summary.raw_tables:
        table.add_row(raw.name, f"{raw.files:,}", f"{raw.rows:,}", f"{raw.rejected:,}")
    return table


def _rejects(summary: Summary) -> Table:
    table = _table("raw table", "count", "reason", "for example", numbers=("count",))
    for reject in summary.rejects:
        excerpt = legible(" ".join(reject.excerpt.split()))
        example = excerpt if len(excerpt) <= 36 else f"{excerpt[:35]}…"
        table.add_row(
            reject.raw_table,
            f"{reject.count:,}",
            Text(reject.reason),
            Text(example or legible(Path(reject.file_path).name)),
        )
    return table


def _flows_title(summary: Summary) -> str:
    if not summary.flows:
        return "No flows"
    span = f"{summary.first_flow_at:%Y-%m-%d %H:%M} to {summary.last_flow_at:%Y-%m-%d %H:%M} UTC"
    return f"{summary.flows:,} flows, {span}"


def _match_rates(summary: Summary) -> RenderableType:
    if not summary.match_rates and not summary.flows:
        return Text("No flow log was landed: there is nothing to match yet.")
    if not summary.match_rates:
        return Text("marts.rpt_match_rates was not built: mend what failed and build again.")
    numbers = ("flows", "captured ends judged", "matched", "match rate")
    table = _table("log format", *numbers, numbers=numbers)
    for rate in summary.match_rates:
        shown_rate = "–" if rate.rate is None else _percent(rate.matched, rate.judged)
        table.add_row(
            rate.log_format, f"{rate.flows:,}", f"{rate.judged:,}", f"{rate.matched:,}", shown_rate
        )
    return table


def _percent(part: int, whole: int) -> str:
    """Two decimals, rounded down: 100.00 % is said only where nothing is missing."""
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def _ends(counts: Iterable[EndCount], what: str, meanings: dict[str, str]) -> Table:
    table = _table(what, "source", "destination", "meaning", numbers=("source", "destination"))
    for count in counts:
        meaning = meanings.get(count.name, "")
        table.add_row(count.name, f"{count.source:,}", f"{count.destination:,}", meaning)
    return table


def _example(example: Example) -> str:
    lines = [f"  {example.title}"]
    for flow in example.flows:
        lines += _flow_lines(flow)
    return "\n".join(lines)


def _flow_lines(flow: Flow) -> list[str]:
    protocol = flow.protocol_name or "protocol unknown"
    ends = f"{_socket(flow.src_ip, flow.src_port)} → {_socket(flow.dst_ip, flow.dst_port)}"
    lines = [
        f"    {flow.event_at:%Y-%m-%d %H:%M:%S}  {ends}  {protocol} {flow.direction} {flow.action}",
        "      source       "
        + _end(
            flow.src_vm_name,
            flow.src_nic_id,
            flow.src_match_method,
            flow.src_evidence,
            flow.src_unmatched_reason,
        ),
        "      destination  "
        + _end(
            flow.dst_vm_name,
            flow.dst_nic_id,
            flow.dst_match_method,
            flow.dst_evidence,
            flow.dst_unmatched_reason,
        ),
    ]
    if flow.capture_nic_id and flow.capture_nic_id not in (flow.src_nic_id, flow.dst_nic_id):
        captured_by = flow.capture_vm_name or _last_part(flow.capture_nic_id)
        lines.append(f"      captured by  {captured_by}")
    return [legible(line) for line in lines]


def _end(
    vm_name: str | None,
    nic_id: str | None,
    method: str | None,
    evidence: str | None,
    reason: str | None,
) -> str:
    if reason is None:
        return f"{vm_name or 'a VM without a name'}  ({method}, {evidence})"
    nic = f" on {_last_part(nic_id)}" if nic_id else ""
    return f"no VM{nic}  ({reason})"


def _socket(ip: str, port: int | None) -> str:
    if port is None:
        return ip
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _last_part(arm_id: str) -> str:
    return arm_id.rsplit("/", 1)[-1]


def _next_steps(summary: Summary) -> RenderableType:
    database = shown(summary.database)
    address = summary.reused_address or _any_address(summary)
    question = (
        "select window_start, window_end, vm_name, vnet_id from marts.dim_nic_ip_windows "
        f"where nic_ip = '{address}' order by window_start"
    )
    lines = [
        f"  The database is {database}: marts.fct_flows has one row per flow.",
        f"  Who held {address}, and when? Start .venv/bin/python and paste:",
        "",
        "    import duckdb",
        f"    db = duckdb.connect({database!r}, read_only=True)",
        f'    db.sql("""{_wrapped(question)}""").show()',
    ]
    return Text("\n".join(lines))


def _any_address(summary: Summary) -> str:
    flows = [flow for example in summary.examples for flow in example.flows]
    return flows[0].src_ip if flows else "10.0.0.4"


def _wrapped(question: str) -> str:
    """The query on a few short lines, each at a clause."""
    for clause in ("from", "where", "order by"):
        question = question.replace(f" {clause} ", f"\n              {clause} ", 1)
    return question
