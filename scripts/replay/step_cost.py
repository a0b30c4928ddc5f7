"""What one more hour costs where little is stored, and where ten times as much is.

The same hours are added to two databases in turn, so that whatever else the machine does falls on
both; the ratio of the medians is what a longer history costs.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from scripts.database import open_database
from scripts.dbt_runner import dbt_build
from scripts.errors import UserError
from scripts.landing import land
from scripts.replay.plan import hours_of
from scripts.settings import Settings
from scripts.simulate import Dials, write_estate


@dataclass(frozen=True)
class HistoryCost:
    """One database: the hours and flows that it held at first, and each step's seconds."""

    hours: int
    flows: int
    first_seconds: float
    step_seconds: tuple[float, ...]

    @property
    def median_seconds(self) -> float:
        return median(self.step_seconds)


def measure_step_cost(
    *,
    hours: int = 24,
    times: int = 10,
    rounds: int = 5,
    flows_per_hour: int = 2000,
    machines: int = 100,
    memory_limit: str = Settings.memory_limit,
    threads: int = Settings.threads,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[HistoryCost, HistoryCost]:
    """Simulate one estate and add its last hours, one by one, to a short and to a long history.

    Args:
        hours: of the short history; the long one has `times` as many.
        rounds: steps of one hour each.
        flows_per_hour: connections; each gives two to eight tuples.
        on_progress: called with (builds done, builds in all).

    Raises:
        UserError: a build failed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        estate = home / "estate" / "raw"
        estate.mkdir(parents=True)
        length = hours * times + rounds
        dials = Dials(hours=length, machines=machines, flows=flows_per_hour * length)
        write_estate(dials, estate, home / "estate" / "truth.parquet")
        by_hour = hours_of(estate)
        names = sorted(by_hour)
        # the very last hour is not whole: nothing begins in it
        steps = names[-rounds - 1 : -1]
        first = names.index(steps[0])
        sides = []
        for side, since in (("short", max(0, first - hours)), ("long", 0)):
            settings = Settings(home / f"{side}.duckdb", home / side, memory_limit, threads)
            for name in names[since:first]:
                _link(estate, by_hour[name], settings.raw_dir)
            sides.append((settings, first - since))
        done, builds = 0, 2 + 2 * rounds
        histories = []
        for settings, stored in sides:
            seconds = _step(settings)
            histories.append((stored, _flows(settings.database), seconds, []))
            done += 1
            if on_progress:
                on_progress(done, builds)
        for name in steps:
            for (settings, _), history in zip(sides, histories, strict=True):
                _link(estate, by_hour[name], settings.raw_dir)
                history[3].append(_step(settings))
                done += 1
                if on_progress:
                    on_progress(done, builds)
    short, long = (
        HistoryCost(stored, flows, seconds, tuple(each))
        for stored, flows, seconds, each in histories
    )
    return short, long


def _link(estate: Path, files: list[Path], folder: Path | None) -> None:
    assert folder is not None
    for file in files:
        target = folder / file.relative_to(estate)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, target)


def _step(settings: Settings) -> float:
    """Land and build with the gates, as `build` does; returns seconds."""
    started = time.monotonic()
    land(settings)
    result = dbt_build(settings)
    if result.errors:
        raise UserError(f"A build failed: {result.errors[0].message} See {result.log_file}.")
    return time.monotonic() - started


def _flows(database: Path) -> int:
    with open_database(database) as db:
        [(flows,)] = db.execute("select count(*) from marts.fct_flows").fetchall()
    return flows
