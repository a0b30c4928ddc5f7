"""The tables of docs/scale.md, on a terminal and between their markers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from scripts.errors import UserError
from scripts.paths import PROJECT_ROOT
from scripts.scale.growth import GROWTH
from scripts.scale.inputs import Inputs
from scripts.scale.model import Volume, limits, size_name

VOLUMES = (1e9, 10e9, 100e9)
WORKERS = (1, 4, 16)
DOC = PROJECT_ROOT / "docs" / "scale.md"

Cells = Sequence[str]


def report(inputs: Inputs) -> dict[str, list[Cells]]:
    """The tables of docs/scale.md by the name of their markers; the first line is the header."""
    volumes = [Volume(flows, inputs) for flows in VOLUMES]
    return {
        "inputs": [("input", "value", "kind", "from"), *_input_cells(inputs)],
        "rows": [("table, a day", *_headers()), *_row_cells(volumes)],
        "growth": [
            (
                "on DuckDB",
                "µs per new flow",
                "slope over flows",
                "µs per stored flow and run",
                "slope over stored hours",
                "slope over machines",
            ),
            *_growth_cells(),
        ],
        "storage": [("stored", *_headers()), *_storage_cells(volumes)],
        "credits": [("credits a day", *_headers()), *_credit_cells(volumes)],
        "sizing": [("an hourly schedule", *_headers()), *_sizing_cells(volumes)],
        "backfill": [(f"{inputs.backfill_days:g} days", *_headers()), *_backfill_cells(volumes)],
        "limits": [("what breaks", "at flows a day", "low", "high"), *_limit_cells(inputs)],
    }


def _headers() -> list[str]:
    return [f"{flows / 1e9:g} billion" for flows in VOLUMES]


def _input_cells(inputs: Inputs) -> Iterable[Cells]:
    for each in fields(inputs):
        value = getattr(inputs, each.name)
        yield each.name, f"{value:,g}", each.metadata["kind"], each.metadata["source"]


def _row_cells(volumes: Sequence[Volume]) -> Iterable[Cells]:
    for tables in zip(*(volume.tables() for volume in volumes), strict=True):
        yield tables[0].name, *(f"{_count(t.rows)} rows, {_bytes(t.bytes)}" for t in tables)
    yield "flow logs as text", *(_bytes(v.flows * v.inputs.raw_text_bytes) for v in volumes)
    yield "micro-partitions of fct_flows", *(_partitions(volume) for volume in volumes)


def _partitions(volume: Volume) -> str:
    size = volume.flows * volume.inputs.fct_flows_bytes
    return f"{_count(size / 500e6)} to {_count(size / 50e6)}"


def _growth_cells() -> Iterable[Cells]:
    for growth in GROWTH:
        yield (
            growth.node,
            _work(growth.per_flow),
            _slope(growth.flows_slope),
            _work(growth.per_stored),
            _slope(growth.history_slope),
            _slope(growth.machines_slope),
        )
    yield "**all**", *_sums()


def _sums() -> Cells:
    flow, stored = (
        sum(getattr(growth, name) for growth in GROWTH) for name in ("per_flow", "per_stored")
    )
    return f"**{_work(flow)}**", "", f"**{_work(stored)}**", "", ""


def _work(microseconds: float) -> str:
    return _number(microseconds) if microseconds else "–"


def _slope(slope: float | None) -> str:
    return "–" if slope is None else f"{slope:.1f}"


def _storage_cells(volumes: Sequence[Volume]) -> Iterable[Cells]:
    for tables in zip(*(volume.tables() for volume in volumes), strict=True):
        yield (
            f"{tables[0].name}, {tables[0].days:g} days",
            *(_bytes(t.stored_bytes) for t in tables),
        )
    yield "all, with what was replaced", *(_bytes(volume.stored_bytes) for volume in volumes)
    yield "dollars a month", *(_dollars(volume.storage_dollars) for volume in volumes)


def _credit_cells(volumes: Sequence[Volume]) -> Iterable[Cells]:
    steps = [volume.credits() for volume in volumes]
    for step in steps[0]:
        yield step, *(_number(each[step]) for each in steps)
    yield "all", *(_number(sum(each.values())) for each in steps)
    yield "dollars a day", *(_dollars(volume.dollars) for volume in volumes)
    ranges = [[each.dollars for each in _ends(volume)] for volume in volumes]
    yield "from … to", *(f"{_dollars(low)} … {_dollars(high)}" for low, high in ranges)
    yield from _other_dollars(volumes, "a run every 6 hours", lambda inputs: _rarer(inputs, 6))
    yield from _other_dollars(volumes, "were stored flows not scanned", lambda i: i.bounded)


def _other_dollars(
    volumes: Sequence[Volume], what: str, otherwise: Callable[[Inputs], Inputs]
) -> Iterable[Cells]:
    others = [replace(volume, inputs=otherwise(volume.inputs)) for volume in volumes]
    yield f"dollars a day, {what}", *(_dollars(other.dollars) for other in others)
    ends = [_ends(other) for other in others]
    yield (
        "from … to",
        *(f"{_dollars(low.dollars)} … {_dollars(high.dollars)}" for low, high in ends),
    )


def _rarer(inputs: Inputs, hours: float) -> Inputs:
    """A run every so many hours, that may take as much longer."""
    longer = inputs.run_minutes * hours / inputs.run_hours
    return replace(inputs, run_hours=hours, run_minutes=longer)


def _sizing_cells(volumes: Sequence[Volume]) -> Iterable[Cells]:
    i = volumes[0].inputs
    yield "flows in the busiest run", *(_count(v.flows_of_a_run * i.peak_factor) for v in volumes)
    yield "smallest warehouse", *(_size(volume) for volume in volumes)
    ends = [[_size(each) for each in _ends(volume)] for volume in volumes]
    yield "from … to", *(f"{low} … {high}" for low, high in ends)
    yield "minutes of its busiest run", *(_minutes(volume) for volume in volumes)
    name = size_name(i.worker_size)
    yield f"or so many {name} side by side", *(_number(volume.workers) for volume in volumes)
    ends = [[_number(each.workers) for each in _ends(volume)] for volume in volumes]
    yield "from … to", *(f"{low} … {high}" for low, high in ends)
    bounded = [replace(volume, inputs=i.bounded) for volume in volumes]
    yield "smallest, were stored flows not scanned", *(_size(volume) for volume in bounded)
    ends = [[_size(each) for each in _ends(volume)] for volume in bounded]
    yield "from … to", *(f"{low} … {high}" for low, high in ends)


def _backfill_cells(volumes: Sequence[Volume]) -> Iterable[Cells]:
    size = volumes[0].inputs.worker_size
    for workers in WORKERS:
        yield (
            f"{workers} × {size_name(size)}, hours",
            *(_number(volume.backfill_hours(workers, size)) for volume in volumes),
        )
        yield (
            "from … to",
            *(
                " … ".join(_number(each.backfill_hours(workers, size)) for each in _ends(volume))
                for volume in volumes
            ),
        )
    size = volumes[0].inputs.largest_size
    yield (
        f"a full refresh of {volumes[0].inputs.retention_days:g} days on one "
        f"{size_name(size)}, hours",
        *(_number(volume.refresh_hours(size)) for volume in volumes),
    )


def _limit_cells(inputs: Inputs) -> Iterable[Cells]:
    low = {limit.what: limit.flows for limit in limits(_with_efficiency(inputs, "low"))}
    high = {limit.what: limit.flows for limit in limits(_with_efficiency(inputs, "high"))}
    for limit in limits(inputs):
        flows = (limit.flows, low[limit.what], high[limit.what])
        yield limit.what, *(_count(each) for each in flows)


def _ends(volume: Volume) -> tuple[Volume, Volume]:
    """The volume at its cheapest and at its dearest."""
    return (
        replace(volume, inputs=_with_efficiency(volume.inputs, "high")),
        replace(volume, inputs=_with_efficiency(volume.inputs, "low")),
    )


def _with_efficiency(inputs: Inputs, end: str) -> Inputs:
    return replace(inputs, efficiency=getattr(inputs, f"efficiency_{end}"))


def _size(volume: Volume) -> str:
    return "none" if volume.size is None else size_name(volume.size)


def _minutes(volume: Volume) -> str:
    size = volume.size or volume.inputs.largest_size
    return _number(volume.run_seconds(size, busiest=True) / 60)


def _number(value: float | None) -> str:
    """Two digits: nothing here is known better. Whole numbers of things as they are."""
    if value is None:
        return "none"
    if isinstance(value, int) or value == 0:
        return f"{value:,.0f}"
    digits = 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return f"{rounded:,.0f}" if digits <= 0 else f"{rounded:.{digits}f}"


def _dollars(value: float) -> str:
    return f"${_number(value)}"


def _count(value: float) -> str:
    if math.isinf(value):
        return "never"
    for unit, size in (("trillion", 1e12), ("billion", 1e9), ("million", 1e6)):
        if value >= size:
            return f"{_number(value / size)} {unit}"
    return _number(value)


def _bytes(value: float) -> str:
    for unit, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if value >= size:
            return f"{_number(value / size)} {unit}"
    return f"{_number(value / 1e6)} MB"


def print_report(inputs: Inputs, console: Console) -> None:
    """Print every table but those of what the model starts from."""
    for name, (header, *lines) in report(inputs).items():
        if name in ("inputs", "growth"):
            continue
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column(header[0])
        for column in header[1:]:
            table.add_column(column, justify="right")
        for line in lines:
            table.add_row(*line)
        console.print(table)


def write_report(inputs: Inputs, doc: Path = DOC) -> None:
    """Put the tables between their markers in `doc`.

    Raises:
        UserError: a marker is not there.
    """
    doc.write_text(with_tables(doc.read_text(), inputs))


def with_tables(text: str, inputs: Inputs) -> str:
    """`text` with each table between its markers.

    Raises:
        UserError: a marker is not there.
    """
    for name, lines in report(inputs).items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        if begin not in text or end not in text:
            raise UserError(f"docs/scale.md has no place for the table: {begin} … {end}.")
        header, *rows = lines
        table = [header, ["---"] * len(header), *rows]
        markdown = "\n".join("| " + " | ".join(line) + " |" for line in table)
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{markdown}\n{end}{rest.split(end)[1]}"
    return text
