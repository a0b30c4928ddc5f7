"""Answers for people: aligned tables and sentences, in colour only on a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from scripts.ask.answer import Answer, Row, Table
from scripts.legible import legible

# Where no terminal folds lines, nothing does: what is pasted into a report stays whole.
WIDTH = 10_000
# Where a window starts whose start nobody saw.
_ALWAYS = 1970

_MEANINGS = {
    "nic_without_vm": "its NIC had no VM then",
    "ambiguous": "several could have had it",
    "before_first_seen": "before the first evidence of any holder",
    "after_release": "the last holder had given it up",
    "never_seen": "no NIC is known to have had it",
    "outside_collection": "no inventory of that subscription",
    "pending": "newer than the inventory",
}


def show(answer: Answer, console: Console) -> None:
    """Print an answer; plain text where `console` is no terminal."""
    page = Group(*_PAGES[answer.question](_legible(answer)))
    if console.is_terminal:
        console.print(page)
        return
    plain = Console(file=io.StringIO(), width=WIDTH, color_system=None, legacy_windows=False)
    plain.print(page)
    lines = plain.file.getvalue().strip("\n").splitlines()
    console.file.write("\n".join(line.rstrip() for line in lines) + "\n")


def _legible(answer: Answer) -> Answer:
    """The answer without what acts on a terminal: names and callers are anybody's to choose."""

    def plain(row: Row) -> Row:
        return {
            name: legible(value) if isinstance(value, str) else value for name, value in row.items()
        }

    return Answer(
        answer.question,
        {
            name: Table(table.columns, table.types, tuple(plain(row) for row in table.rows))
            for name, table in answer.tables.items()
        },
        tuple(legible(sentence) for sentence in answer.sentences),
        plain(answer.about),
    )


def _who_had(answer: Answer) -> Iterable[RenderableType]:
    yield _title(f"{answer.about['address']} at {_time(answer.about['at'])} UTC")
    for sentence in answer.sentences:
        yield Text(sentence)
    by_vnet: dict[str, list[Row]] = {}
    for row in answer.main.rows:
        by_vnet.setdefault(row["vnet_id"], []).append(row)
    names = _told_apart(by_vnet)
    never_held = []
    for vnet_id, rows in by_vnet.items():
        at = next(row for row in rows if row["position"] == "at")
        if at["known_as"] == "VNet range" and not at["candidates"] and len(rows) == 1:
            never_held.append(at)
            continue
        yield _title(f"In {names[vnet_id]}: {_verdict(at)}")
        if at["known_as"] != "address":
            yield Text(f"No NIC had it by itself; it lies in {at['known_by']} ({at['known_as']}).")
        yield _grid(
            ("", "VM", "NIC", "from", "until", "vmId", "gap"),
            [
                (
                    row["position"],
                    row["vm_name"] or (row["unmatched_reason"] if row["candidates"] else "–"),
                    row["nic_name"],
                    _time(row["window_start"]),
                    _time(row["window_end"], "now" if row["candidates"] else "…"),
                    _short(row["vm_uuid"]),
                    _gap(row["gap_seconds"]),
                )
                for row in rows
            ],
        )
        if at["candidates"]:
            yield Text(_bounds(at))
        candidates = [row for row in answer.tables["candidates"].rows if row["vnet_id"] == vnet_id]
        if candidates:
            yield Text("Candidates:")
            yield _grid(
                ("VM", "NIC", "MAC", "why", "evidence"),
                [
                    (row["vm_name"], row["nic_name"], row["nic_mac"], row["basis"], row["evidence"])
                    for row in candidates
                ],
            )
    if never_held:
        yield Text("")
    for at in never_held:
        reason, name = at["unmatched_reason"], names[at["vnet_id"]]
        who = "nobody is known" if reason in ("pending", "outside_collection") else "nobody"
        yield Text(f"In {name}, whose range {at['known_by']} contains it: {who}, {reason}.")


def _verdict(row: Row) -> str:
    if row["vm_id"]:
        uuid = f" (vmId {row['vm_uuid']})" if row["vm_uuid"] else " (vmId not known)"
        return f"VM {row['vm_name']}{uuid}, {row['evidence']}"
    reason = row["unmatched_reason"]
    nic = f" on NIC {row['nic_name']}" if row["nic_name"] else ""
    meaning = _MEANINGS.get(reason)
    return f"no VM{nic}, {reason}" + (f": {meaning}" if meaning else "")


def _bounds(row: Row) -> str:
    lines = [f"Opened by  {row['start_evidence'] or 'nothing that is recorded'}"]
    if row["end_evidence"]:
        lines.append(f"Closed by  {row['end_evidence']}")
    if row["first_observed_at"]:
        first, last = _time(row["first_observed_at"]), _time(row["last_observed_at"])
        until = f" until {last}" if last != first else ""
        lines.append(f"The NIC was stated or seen to hold it at {first}{until}.")
    return "\n".join(lines)


def _vm(answer: Answer) -> Iterable[RenderableType]:
    for sentence in answer.sentences:
        yield Text(sentence)
    for row in answer.tables["vms"].rows:
        yield _title(f"VM {row['vm_name']}")
        yield Text(row["vm_id"])
        facts = [f"Seen from {_time(row['first_seen_at'])} to {_time(row['last_seen_at'])} UTC"]
        if row["location"]:
            facts.append(f"in {row['location']}")
        yield Text(" ".join(facts) + ".")
        if row["deleted_at"]:
            yield Text(f"Deleted at {_time(row['deleted_at'])} UTC {_by_whom(row)}.")
        yield from _vm_sections(answer, row["vm_id"])


def _vm_sections(answer: Answer, vm_id: str) -> Iterable[RenderableType]:
    """What belongs to one of the VMs: names do not tell them apart."""
    found = {
        name: [row for row in answer.tables[name].rows if row["vm_id"] == vm_id]
        for name in ("addresses", "incarnations", "nics")
    }
    rows = (*found["addresses"], *found["nics"])
    vnets = _told_apart({row["vnet_id"] for row in rows if row["vnet_id"]})
    yield from _section(
        "Addresses",
        ("address", "VNet", "NIC", "from", "until", "vmId"),
        [
            (
                *(row["address"], vnets.get(row["vnet_id"]), row["nic_name"]),
                *(_time(row["window_start"]), _time(row["window_end"], "now")),
                _short(row["vm_uuid"]),
            )
            for row in found["addresses"]
        ],
    )
    yield from _section(
        "Incarnations",
        ("vmId", "first seen", "last seen", "deleted", "by"),
        [
            (
                *(row["vm_uuid"], _time(row["first_seen_at"]), _time(row["last_seen_at"])),
                *(_time(row["deleted_at"], None), row["deleted_by"]),
            )
            for row in found["incarnations"]
        ],
    )
    yield from _section(
        "NICs",
        ("NIC", "MAC", "VNet", "from", "until"),
        [
            (
                *(row["nic_name"], row["nic_mac"], vnets.get(row["vnet_id"])),
                *(_time(row["window_start"]), _time(row["window_end"], "now")),
            )
            for row in found["nics"]
        ],
    )


def _by_whom(row: Row) -> str:
    if not (row["deletion_evidence"] or "").startswith("operation_log"):
        return "or before: it was missing from a snapshot, and no event says who did it"
    who = row["deleted_by"] or "whom the log does not name"
    where = f" from {row['deleted_from_ip']}" if row["deleted_from_ip"] else ""
    with_what = ""
    if row["deleted_resource_id"] and row["deleted_resource_id"] != row["vm_id"]:
        with_what = f", with all of {row['deleted_resource_id'].rsplit('/', 1)[-1]}"
    return f"by {who}{where}{with_what}"


def _flows(answer: Answer) -> Iterable[RenderableType]:
    yield _title(f"Flows of {answer.about['vm_name']}")
    rows = answer.main.rows
    if rows:
        yield _grid(
            ("time (UTC)", "", "source", "destination", "", "bytes →", "bytes ←", "evidence"),
            [
                (
                    _time(row["event_at"]),
                    f"{row['direction']} {row['action']}",
                    _party(row, "src"),
                    _party(row, "dst"),
                    row["protocol_name"],
                    _number(row["bytes_src_to_dst"]),
                    _number(row["bytes_dst_to_src"]),
                    "/".join(row[f"{end}_evidence"] or "–" for end in ("src", "dst")),
                )
                for row in rows
            ],
            numbers=(5, 6),
        )
    for sentence in answer.sentences:
        yield Text(sentence)


def _party(row: Row, end: str) -> str:
    ip, port = row[f"{end}_ip"], row[f"{end}_port"]
    socket = ip if port is None else f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
    return f"{row[end]} {socket}"


def _explain(answer: Answer) -> Iterable[RenderableType]:
    yield _title(f"Flow {answer.about['flow_id']}")
    for number, sentence in enumerate(answer.sentences, 1):
        grid = Grid.grid(padding=(0, 1))
        grid.add_column(justify="right", no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(f"{number}.", Text(sentence))
        yield grid


_PAGES = {"who_had": _who_had, "vm": _vm, "flows": _flows, "explain": _explain}


def _section(title: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Iterable[Any]:
    if rows:
        yield from (_title(title), _grid(columns, rows))


def _told_apart(ids: Iterable[str]) -> dict[str, str]:
    """The name of each id; with its group, or its group and subscription, where names are alike."""
    ids = set(ids)
    told: dict[str, str] = {}
    for arm_id in ids:
        parts = arm_id.split("/")
        name, group, subscription = (
            parts[-1],
            *(
                parts[parts.index(kind) + 1] if kind in parts else "?"
                for kind in ("resourcegroups", "subscriptions")
            ),
        )
        alike = {other for other in ids - {arm_id} if other.rsplit("/", 1)[-1] == name}
        if any(f"/resourcegroups/{group}/" in other for other in alike):
            told[arm_id] = f"{name} ({group}, subscription {subscription})"
        else:
            told[arm_id] = f"{name} ({group})" if alike else name
    return told


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _grid(
    columns: tuple[str, ...], rows: list[tuple[Any, ...]], numbers: tuple[int, ...] = ()
) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for place, column in enumerate(columns):
        grid.add_column(column, justify="right" if place in numbers else "left", overflow="fold")
    for row in rows:
        # Text: what comes from the data is never taken for markup
        grid.add_row(*(Text("" if value is None else str(value)) for value in row))
    return grid


def _time(moment: datetime | None, nothing: str | None = "–") -> str | None:
    if moment is None:
        return nothing
    if moment.year == _ALWAYS:
        return "always"
    return moment.isoformat(" ", "milliseconds")


def _short(uuid: str | None) -> str | None:
    """The first part of an id: enough to tell two machines of one name apart."""
    return f"{uuid[:8]}…" if uuid and len(uuid) > 9 else uuid


def _gap(seconds: float | None) -> str | None:
    """A gap as people say it; none where there is none."""
    if seconds is None:
        return None
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    if 0 < seconds < 0.1:
        return f"{seconds * 1000:g} ms"
    return f"{seconds:.1f} s" if seconds else "none"


def _number(value: int | None) -> str | None:
    return None if value is None else f"{value:,}"
