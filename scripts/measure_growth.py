"""How the work of each model grows with flows, with machines and with history, on DuckDB.

``python -m scripts.measure_growth flows`` (or ``machines``, ``history``) builds the same estate at
several sizes, all sizes once per round; the median of the rounds counts. A node's work is the
processor's time between dbt's events of its start and its end, with one thread: the execution
times in `run_results.json` came out up to six times as long where other work shared the cores. Of
a small build nearly all work is fixed (dbt, planning SQL): what a build of next to nothing takes is
taken off before the slope of log(seconds) over log(size) is fitted. docs/scale.md shows what came
out.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from scripts.database import open_database
from scripts.errors import UserError
from scripts.landing import land
from scripts.paths import PROJECT_ROOT
from scripts.replay.plan import hours_of
from scripts.settings import Settings
from scripts.simulate import Dials, write_estate

DIALS = ("flows", "machines", "history")
# At the first size; the others are multiples of one of them.
BASE = Dials(hours=24, machines=50, flows=25_000)
HISTORY_HOURS, HISTORY_FLOWS_PER_HOUR = 12, 2000
NEXT_TO_NOTHING = Dials(hours=2, machines=20, flows=50)
ALL_NODES = "all nodes"
USER_ERROR = 2
# A slope is told where the last size takes this many times the fixed time.
LEAST_OVER_FIXED = 2.0

# What a size is told by; "new" and "again" are the flows that the last build resolved.
COUNTED = {
    "flows": "marts.fct_flows",
    "records": "intermediate.int_flow_records",
    "windows": "marts.dim_nic_ip_windows",
    "addresses": "intermediate.int_asked_addresses",
    "answers": "intermediate.int_address_answers",
    "sightings": "intermediate.int_sightings",
    "new": "intermediate.int_flow_tuples where run_no = (select max(run_no) from state.runs)",
    "recaptured": "intermediate.int_flows_recaptured",
    "reanswered": "intermediate.int_flows_reanswered",
    "hours touched": "intermediate.int_touched_hours",
}

Seconds = dict[str, float]


@dataclass(frozen=True)
class Size:
    """One size of the estate.

    Attributes:
        times: how many times the first size it is.
        rows: of some tables after the last round, by what they count.
        seconds: of the processor, by node, medians of the rounds; of a build of everything (flows,
            machines), or of a build that adds one hour (history).
    """

    times: int
    rows: dict[str, int]
    seconds: Seconds


@dataclass(frozen=True)
class Growth:
    """How one node grows: seconds ~ fixed + (times ** slope).

    Attributes:
        fixed: seconds in a build of next to nothing.
        seconds: at each size, the fixed ones included.
        slope: of log(seconds − fixed) over log(times); None where it is lost in the fixed time.
    """

    node: str
    fixed: float
    seconds: tuple[float, ...]
    slope: float | None


def measure(dial: str, sizes: Sequence[int], rounds: int, folder: Path) -> tuple[Size, list[Size]]:
    """Build the estate at each of `sizes` (multiples of the first) `rounds` times, in turn.

    Args:
        dial: one of `DIALS`.
        folder: a new folder; estates and databases stay there.

    Returns:
        A build of next to nothing, and one `Size` for each of `sizes`.

    Raises:
        UserError: a build failed.
    """
    nothing = _database(folder / "nothing", NEXT_TO_NOTHING)
    if dial == "history":
        builds = _histories(folder, sizes, rounds)
    else:
        builds = [_rebuilds(folder / f"x{times}", dial, times) for times in sizes]
    timed: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(rounds):
        anew = dial != "history" or number == 0
        for size, build in enumerate([lambda anew=anew: _seconds(nothing, anew), *builds]):
            for node, seconds in build().items():
                timed[size][node].append(seconds)
    medians = {
        size: {node: median(each) for node, each in nodes.items()} for size, nodes in timed.items()
    }
    stored = [_rows(folder / f"x{times}" / "estate.duckdb") for times in sizes]
    return (
        Size(0, _rows(nothing.database), medians[0]),
        [
            Size(times, rows, medians[number])
            for number, (times, rows) in enumerate(zip(sizes, stored, strict=True), start=1)
        ],
    )


def growths(nothing: Size, sizes: Sequence[Size]) -> list[Growth]:
    """The growth of each node, those that take longest at the last size first."""
    found = []
    for node, at_last in sizes[-1].seconds.items():
        seconds = tuple(size.seconds.get(node, math.nan) for size in sizes)
        fixed = min(nothing.seconds.get(node, 0.0), *seconds)
        told = at_last >= LEAST_OVER_FIXED * fixed
        found.append(Growth(node, fixed, seconds, _slope(sizes, seconds, fixed) if told else None))
    return sorted(found, key=lambda growth: -growth.seconds[-1])


def _slope(sizes: Sequence[Size], seconds: Sequence[float], fixed: float) -> float | None:
    """Least squares through (log times, log (seconds − fixed)), where that is above zero."""
    points = [
        (math.log(size.times), math.log(each - fixed))
        for size, each in zip(sizes, seconds, strict=True)
        if each > 1.2 * fixed
    ]
    if len(points) < 2:
        return None
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread


def _rebuilds(folder: Path, dial: str, times: int) -> Callable[[], Seconds]:
    dials = replace(BASE, **{dial: getattr(BASE, dial) * times})
    settings = _database(folder, dials)
    return lambda: _seconds(settings, anew=True)


def _histories(folder: Path, sizes: Sequence[int], rounds: int) -> list[Callable[[], Seconds]]:
    """For each size a build that adds one hour to as many stored ones; the hours are the same."""
    longest = HISTORY_HOURS * max(sizes)
    # two more than are added: flows that begin in the last hours end after them, or never
    length = longest + rounds + 2
    estate = folder / "estate" / "raw"
    _write(replace(BASE, hours=length, flows=HISTORY_FLOWS_PER_HOUR * length), estate)
    by_hour = hours_of(estate)
    names = sorted(by_hour)[: longest + rounds]
    builds = []
    for times in sizes:
        home = folder / f"x{times}"
        settings = _settings(home)
        for name in names[longest - HISTORY_HOURS * times : longest]:
            _link(estate, by_hour[name], home / "raw")
        land(settings)
        _seconds(settings, anew=True)
        builds.append(_steps(settings, estate, [by_hour[name] for name in names[longest:]]))
    return builds


def _steps(settings: Settings, estate: Path, hours: list[list[Path]]) -> Callable[[], Seconds]:
    def steps() -> Iterator[Seconds]:
        for files in hours:
            _link(estate, files, settings.database.parent / "raw")
            land(settings)
            yield _seconds(settings, anew=False)

    return steps().__next__


def _database(folder: Path, dials: Dials) -> Settings:
    """An estate, simulated and landed."""
    _write(dials, folder / "raw")
    settings = _settings(folder)
    land(settings)
    return settings


def _settings(folder: Path) -> Settings:
    # one thread: seconds are those of one core, and no model shares its time with another
    return Settings(folder / "estate.duckdb", folder / "raw", threads=1)


def _write(dials: Dials, raw_dir: Path) -> None:
    raw_dir.mkdir(parents=True)
    write_estate(dials, raw_dir, raw_dir.parent / "truth.parquet")


def _link(estate: Path, files: Sequence[Path], folder: Path) -> None:
    for file in files:
        target = folder / file.relative_to(estate)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, target)


def _seconds(settings: Settings, anew: bool) -> Seconds:
    """Build with the gates, in a process of its own; processor seconds by node, and of all."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_build, settings, anew).result()


def _build(settings: Settings, anew: bool) -> Seconds:
    # here and not above: dbt takes a second to load, and only this process needs it
    from dbt.cli.main import dbtRunner

    started: dict[str, float] = {}
    nodes: Seconds = {}

    def note(event: Any) -> None:
        if event.info.name == "NodeStart":
            started[event.data.node_info.unique_id] = time.process_time()
        elif event.info.name == "NodeFinished":
            node = event.data.node_info.unique_id
            nodes[node.split(".")[2]] = time.process_time() - started[node]

    os.environ |= {
        "DATABASE": str(settings.database),
        "MEMORY_LIMIT": settings.memory_limit,
        "THREADS": str(settings.threads),
    }
    folder = settings.database.parent
    arguments = [
        *("--quiet", "--no-send-anonymous-usage-stats", "--log-path", str(folder / "logs")),
        *("build", "--project-dir", str(PROJECT_ROOT)),
        *("--profiles-dir", str(PROJECT_ROOT / "profiles"), "--target", "duckdb"),
        *("--target-path", str(folder / "target"), "--exclude-resource-type", "unit_test"),
        *(["--full-refresh"] if anew else []),
    ]
    result = dbtRunner(callbacks=[note]).invoke(arguments)
    if result.exception is not None:
        raise UserError(f"dbt could not build {settings.database}: {result.exception}.")
    return nodes | {ALL_NODES: sum(nodes.values())}


def _rows(database: Path) -> dict[str, int]:
    with open_database(database) as db:
        return {
            what: db.execute(f"select count(*) from {table}").fetchall()[0][0]
            for what, table in COUNTED.items()
        }


def main(
    dial: Annotated[str, typer.Argument(help=f"What grows: {', '.join(DIALS)}.")],
    rounds: Annotated[int, typer.Option(min=1, help="Builds of each size, in turn.")] = 2,
    most: Annotated[int, typer.Option(min=2, help="Times the first size, by doubling.")] = 8,
    least_seconds: Annotated[float, typer.Option(help="Leave out what is shorter.")] = 0.1,
    save: Annotated[Path | None, typer.Option(help="Keep the medians, as JSON.")] = None,
) -> None:
    """Measure how each model grows; some ten minutes."""
    if dial not in DIALS:
        raise typer.BadParameter(f"{dial!r} is none of {', '.join(DIALS)}.")
    sizes = [2**power for power in range(int(math.log2(most)) + 1)]
    with tempfile.TemporaryDirectory() as scratch:
        try:
            nothing, measured = measure(dial, sizes, rounds, Path(scratch) / "measured")
        except UserError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(USER_ERROR) from error
    if save:
        save.write_text(json.dumps([vars(size) for size in (nothing, *measured)], indent=1))
    table = Table("node", "fixed", *(f"× {size.times}" for size in measured), "slope")
    for what, count in nothing.rows.items():
        table.add_row(what, f"{count:,}", *(f"{size.rows[what]:,}" for size in measured), "")
    for growth in growths(nothing, measured):
        if growth.seconds[-1] >= least_seconds:
            slope = "–" if growth.slope is None else f"{growth.slope:.2f}"
            seconds = (f"{each:.2f}" for each in growth.seconds)
            table.add_row(growth.node, f"{growth.fixed:.2f}", *seconds, slope)
    Console(highlight=False).print(table)


if __name__ == "__main__":
    typer.run(main)
