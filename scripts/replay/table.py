"""What replays came to, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.replay.compare import DifferingRow, TableDifference
from scripts.replay.run import Replay, StepCost
from scripts.replay.step_cost import HistoryCost

# latest: by how many steps the latest file followed its hour; differing: rows that must be equal.
REPLAYS = (
    "seed",
    "estate",
    "steps",
    "latest",
    "flows",
    "lost",
    "differing",
    "in reports",
)
TABLES = ("table", "rows", "only replayed", "only rebuilt")
HISTORIES = ("hours stored", "flows stored", "first build s", "one more hour s", "each")
COSTS = ("step", "files", "MB", "flows in all", "landing s", "building s")
# Of one row; a flow that got another VM differs in many.
SHOWN_COLUMNS = 8


def print_replays(replays: Sequence[Replay], console: Console) -> None:
    """Print one line per replay, one per table, the first differing rows, and what a step costs."""
    _print_table(console, REPLAYS, map(_replay, replays))
    _print_table(console, TABLES, _tables(replays))
    for one in replays:
        for table in one.tables:
            for line in _differences(one.seed, table):
                console.print(Text(line), soft_wrap=True)
    _print_table(console, COSTS, _costs(replays))


def print_step_cost(short: HistoryCost, long: HistoryCost, console: Console) -> None:
    """Print what one more hour took in both databases, and the ratio of the medians."""
    lines = [
        (
            str(one.hours),
            f"{one.flows:,}",
            f"{one.first_seconds:.1f}",
            f"{one.median_seconds:.1f}",
            " ".join(f"{seconds:.1f}" for seconds in one.step_seconds),
        )
        for one in (short, long)
    ]
    _print_table(console, HISTORIES, lines)
    console.print(f"Ratio of the medians: {long.median_seconds / short.median_seconds:.2f}")


def _print_table(console: Console, header: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for name in header:
        is_text = name in ("estate", "table")
        table.add_column(name, justify="left" if is_text else "right", no_wrap=is_text)
    for line in lines:
        table.add_row(*line)
    console.print(table)


def _replay(one: Replay) -> tuple[str, ...]:
    done = len(one.steps)
    return (
        str(one.seed),
        one.estate,
        str(done) if done == one.planned else f"{done} of {one.planned}",
        str(one.latest),
        f"{one.steps[-1].flows:,}",
        "–" if one.tuples is None else f"{one.lost_flows:,}",
        f"{one.differing:,}" if one.tables else "–",
        f"{one.differing_reports:,}" if one.tables else "–",
    )


def _tables(replays: Sequence[Replay]) -> Iterable[tuple[str, ...]]:
    """One line per table, all replays together."""
    names = dict.fromkeys(table.table for one in replays for table in one.tables)
    for name in names:
        same = [table for one in replays for table in one.tables if table.table == name]
        rows = sum(table.rows for table in same)
        replayed = sum(table.only_replayed for table in same)
        rebuilt = sum(table.only_rebuilt for table in same)
        yield name, f"{rows:,}", f"{replayed:,}", f"{rebuilt:,}"


def _differences(seed: int, table: TableDifference) -> Iterable[str]:
    if not table.differing:
        return
    counts = [f"{name} {count:,}" for name, count in table.columns.items()]
    yield f"seed {seed}, {table.table}: {', '.join(counts) or 'whole rows'}"
    for example in table.examples:
        yield from _example(example)


def _example(row: DifferingRow) -> Iterable[str]:
    yield "  " + ", ".join(f"{name} = {value}" for name, value in row.key.items())
    if not row.columns:
        yield f"    {row.replayed:,} only in the replay, {row.rebuilt:,} only in the rebuild"
    for name, replayed, rebuilt in row.columns[:SHOWN_COLUMNS]:
        yield f"    {name}: {replayed} in the replay, {rebuilt} in the rebuild"
    if len(row.columns) > SHOWN_COLUMNS:
        yield f"    and {len(row.columns) - SHOWN_COLUMNS} columns more"


def _costs(replays: Sequence[Replay]) -> Iterable[tuple[str, ...]]:
    """One line per step, means over the replays that came so far; then the rebuild's."""
    for number, costs in enumerate(zip_longest(*(one.steps for one in replays)), start=1):
        yield _cost(str(number), [cost for cost in costs if cost])
    rebuilds = [one.rebuild for one in replays if one.rebuild]
    if rebuilds:
        yield _cost("rebuild", rebuilds)


def _cost(name: str, costs: Sequence[StepCost]) -> tuple[str, ...]:
    count = len(costs)
    return (
        name,
        f"{sum(cost.files for cost in costs) / count:,.0f}",
        f"{sum(cost.bytes for cost in costs) / count / 1e6:,.2f}",
        f"{sum(cost.flows for cost in costs) / count:,.0f}",
        f"{sum(cost.landing for cost in costs) / count:.1f}",
        f"{sum(cost.building for cost in costs) / count:.1f}",
    )
