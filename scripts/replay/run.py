"""Deliver, land and build step by step; then once whole; and compare."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.database import open_database
from scripts.dbt_runner import BuildResult, dbt_build, remove_working_files
from scripts.evaluate import ESTATES
from scripts.landing import land
from scripts.replay.compare import TableDifference, compare
from scripts.replay.plan import MODES, Plan, deliver, make_plan
from scripts.settings import Settings
from scripts.simulate import Dials, write_estate


@dataclass(frozen=True)
class Size:
    """How large a simulated estate is; see `Dials`."""

    hours: int = 6
    machines: int = 30
    flows: int = 800


@dataclass(frozen=True)
class StepCost:
    """What one step brought, and what it took.

    Attributes:
        files, bytes: delivered in this step.
        flows: rows of the mart after it.
        landing, building: seconds.
    """

    files: int
    bytes: int
    flows: int
    landing: float
    building: float


@dataclass(frozen=True)
class Replay:
    """One plan, replayed.

    Attributes:
        seed: of the plan, and of the estate where that was simulated.
        estate: the estate's name.
        planned: steps of the plan.
        latest: by how many steps the latest file followed its own hour.
        steps: what was done; fewer than planned where a step differed or failed.
        rebuild: the last full rebuild; None where there was none.
        tables: the last comparison.
        tuples: flow tuples that the estate holds; None where that is not known.
        failure: the build that could not finish, if one could not.
    """

    seed: int
    estate: str
    planned: int
    latest: int
    tuples: int | None
    steps: tuple[StepCost, ...] = ()
    rebuild: StepCost | None = None
    tables: tuple[TableDifference, ...] = ()
    failure: BuildResult | None = None

    @property
    def differing(self) -> int:
        """Rows that differ in what must be equal."""
        return sum(table.differing for table in self.tables if not table.is_report)

    @property
    def differing_reports(self) -> int:
        return sum(table.differing for table in self.tables if table.is_report)

    @property
    def lost_flows(self) -> int:
        """Tuples of the estate that the mart lacks at the end; negative: that it has too often."""
        is_whole = len(self.steps) == self.planned and self.failure is None
        if self.tuples is None or not is_whole:
            return 0
        return self.tuples - self.steps[-1].flows

    @property
    def is_equal(self) -> bool:
        """Compared at the end, and nothing differed; reports do not count."""
        is_compared = len(self.steps) == self.planned and bool(self.tables)
        return self.failure is None and is_compared and not (self.differing or self.lost_flows)


def replay(
    seeds: Sequence[int],
    *,
    raw_dir: Path | None = None,
    size: Size = Size(),
    steps: int | None = None,
    modes: Sequence[str] = tuple(MODES),
    keep: Path | None = None,
    every_step: bool = False,
    memory_limit: str = Settings.memory_limit,
    threads: int = Settings.threads,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Replay]:
    """Replay one plan per seed.

    Args:
        raw_dir: a whole estate; None: each seed simulates one, of the kinds of `evaluate` in turn.
        steps: per plan; one for each hour of the files' names if None.
        keep: an empty folder for raw files and databases, by seed; None: none stays.
        every_step: rebuild and compare after each step; a replay ends at the first that differs.
        on_progress: called with (steps done, steps in all); a rebuild belongs to its step.

    Raises:
        UserError: `raw_dir` holds no input.
    """
    results = []
    with _folder(keep) as folder:
        for number, seed in enumerate(seeds):

            def advance(done: int, planned: int, before: int = number) -> None:
                if on_progress:
                    on_progress(before * planned + done, len(seeds) * planned)

            home = folder / f"seed-{seed}"
            home.mkdir()
            whole, estate, tuples = raw_dir, "", None
            if whole is None:
                whole = home / "estate" / "raw"
                estate, tuples = _simulate(seed, size, whole)
            plan = make_plan(whole, seed=seed, modes=modes, steps=steps)
            about = Replay(seed, estate or whole.name, len(plan.steps), plan.latest, tuples)
            # The root's own name may say what its files are.
            growing = home / "arrived" / whole.resolve().name
            settings = Settings(home / "replayed.duckdb", growing, memory_limit, threads)
            results.append(_replay(plan, about, settings, every_step, advance))
            if keep is None:
                shutil.rmtree(home)
    return results


def _simulate(seed: int, size: Size, raw_dir: Path) -> tuple[str, int]:
    """Write the seed's estate; returns its kind and its number of flow tuples."""
    kinds = list(ESTATES)
    kind = kinds[(seed - 1) % len(kinds)]
    dials = Dials(seed=seed, **vars(size), **ESTATES[kind])
    raw_dir.mkdir(parents=True)
    return kind, write_estate(dials, raw_dir, raw_dir.parent / "truth.parquet")


def _replay(
    plan: Plan,
    about: Replay,
    settings: Settings,
    every_step: bool,
    advance: Callable[[int, int], None],
) -> Replay:
    """Run one plan in new databases beside `settings.database`."""
    result = about
    rebuilt = replace(settings, database=settings.database.with_name("rebuilt.duckdb"))
    try:
        for number, deliveries in enumerate(plan.steps, start=1):
            size = deliver(deliveries, settings.raw_dir)
            cost, failure = _step(settings, len(deliveries), size)
            result = replace(result, steps=(*result.steps, cost), failure=failure)
            if failure:
                return result
            if every_step or number == len(plan.steps):
                rebuilt.database.unlink(missing_ok=True)
                cost, failure = _step(rebuilt, *_contents(settings.raw_dir), full_refresh=True)
                result = replace(result, rebuild=cost, failure=failure)
                if failure:
                    return result
                tables = compare(
                    settings.database,
                    rebuilt.database,
                    memory_limit=settings.memory_limit,
                    threads=settings.threads,
                )
                result = replace(result, tables=tuple(tables))
                if result.differing:
                    return result
            advance(number, len(plan.steps))
        return result
    finally:
        # The log of a failed build is named to the user.
        if not result.failure:
            remove_working_files(settings.database)
            remove_working_files(rebuilt.database)


def _step(
    settings: Settings, files: int, size: int, *, full_refresh: bool = False
) -> tuple[StepCost, BuildResult | None]:
    """Land and build; what it took, and the build's result where that could not finish."""
    started = time.monotonic()
    land(settings)
    landed = time.monotonic()
    result = dbt_build(settings, data_tests=False, full_refresh=full_refresh)
    built = time.monotonic()
    flows = 0 if result.errors else _flows(settings.database)
    cost = StepCost(files, size, flows, landed - started, built - landed)
    return cost, result if result.errors else None


def _flows(database: Path) -> int:
    with open_database(database) as db:
        [(flows,)] = db.execute("select count(*) from marts.fct_flows").fetchall()
    return flows


def _contents(folder: Path) -> tuple[int, int]:
    """How many files lie below a folder, and their bytes."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)
