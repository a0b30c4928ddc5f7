"""Simulate estates, build them, score every method on each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import duckdb

from scripts.compiled import CompiledProject, compile_project
from scripts.evaluate.score import METHODS, Score, score
from scripts.landing import land
from scripts.settings import Settings
from scripts.simulate import Dials, write_estate

SIZE = {"hours": 24, "machines": 60, "flows": 6_000}
ESTATES: dict[str, dict[str, object]] = {
    "complete": {},
    "lost-10": {"lost_writes": 0.1, "lost_deletes": 0.1},
    "lost-50": {"lost_writes": 0.5, "lost_deletes": 0.5},
    "no-deletes": {"lost_deletes": 1.0},
    "collector-alone": {"operations": False, "snapshot_hours": 1},
    "no-macs": {"missing_macs": 1.0, "lost_writes": 0.1, "lost_deletes": 0.1},
    "hidden-firewall": {"flagged_firewall": False, "lost_writes": 0.1, "lost_deletes": 0.1},
    "failing-snapshots": {"failing_snapshots": 0.5, "lost_writes": 0.1, "lost_deletes": 0.1},
    "skewed-clocks": {"skew_seconds": 4},
}
OURS = METHODS["ours"]
NO_SIGHTINGS = "ours, no sightings"


@dataclass(frozen=True)
class Estimate:
    """What one estate's `rpt_disagreement` says of the error, and what the error was.

    Attributes:
        compared, disagreeing: flows.
        captured_error: share of wrong VMs among the answers to captured ends, 0 to 1.
        error: share of wrong or spurious VMs among all answers, 0 to 1.
    """

    compared: int
    disagreeing: int
    captured_error: float
    error: float

    @property
    def rate(self) -> float | None:
        """Disagreeing flows among those compared; None where nothing was."""
        return self.disagreeing / self.compared if self.compared else None


@dataclass(frozen=True)
class Row:
    """One estate and one method, all seeds together; `estimates`: one per seed, ours alone."""

    estate: str
    method: str
    seeds: int
    score: Score
    estimates: tuple[Estimate, ...] = field(default=())

    @property
    def disagreement(self) -> float | None:
        """Share of all compared flows whose two routes disagree; None where none was compared."""
        compared = sum(estimate.compared for estimate in self.estimates)
        return sum(e.disagreeing for e in self.estimates) / compared if compared else None


def evaluate(
    estates: Sequence[str],
    seeds: Sequence[int],
    *,
    memory_limit: str = Settings.memory_limit,
    threads: int = Settings.threads,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Score every method on every estate.

    Args:
        estates: names from `ESTATES`.
        threads: how many estates are made and built at a time, each on one thread.
        on_progress: called with (estates done, estates in all).
    """
    jobs = [(estate, seed) for estate in estates for seed in seeds]
    results: dict[str, list[_Result]] = {estate: [] for estate in estates}
    with tempfile.TemporaryDirectory() as scratch:
        projects = tuple(
            _compiled(Path(scratch, name), use_sightings=name == "with") for name in ("with", "no")
        )
        # spawned, as DuckDB's threads do not survive a fork
        with ProcessPoolExecutor(threads, mp_context=get_context("spawn")) as workers:
            running = [
                workers.submit(_score_estate, projects, estate, seed, scratch, memory_limit)
                for estate, seed in jobs
            ]
            for done, future in enumerate(running, start=1):
                results[jobs[done - 1][0]].append(future.result())
                if on_progress:
                    on_progress(done, len(jobs))
    return [row for estate in estates for row in _rows(estate, results[estate])]


@dataclass(frozen=True)
class _Result:
    """One estate of one seed: method → score."""

    scores: dict[str, Score]
    estimate: Estimate


def _score_estate(
    projects: tuple[CompiledProject, CompiledProject],
    estate: str,
    seed: int,
    scratch: str,
    memory_limit: str,
) -> _Result:
    project, no_sightings = projects
    with tempfile.TemporaryDirectory(dir=scratch) as home:
        truth = Path(home, "truth.parquet")
        write_estate(Dials(seed=seed, **SIZE, **ESTATES[estate]), Path(home, "raw"), truth)
        database = project.new_database(Path(home))
        settings = Settings(database, Path(home, "raw"), memory_limit, threads=1)
        land(settings)
        project.build(settings)
        scores = {METHODS[method]: result for method, result in score(database, truth).items()}
        estimate = _estimate(database, scores[OURS])
        if estate != "complete":
            no_sightings.build(settings)
            scores[NO_SIGHTINGS] = score(database, truth, ["ours"])["ours"]
        return _Result(scores, estimate)


def _rows(estate: str, results: Sequence[_Result]) -> Iterator[Row]:
    for method in results[0].scores:
        total = sum((result.scores[method] for result in results), Score())
        told = tuple(result.estimate for result in results) if method == OURS else ()
        yield Row(estate, method, len(results), total, told)


def _compiled(folder: Path, *, use_sightings: bool) -> CompiledProject:
    folder.mkdir()
    return compile_project(folder, variables={"use_sightings": use_sightings})


def _estimate(database: Path, ours: Score) -> Estimate:
    with duckdb.connect(str(database), read_only=True) as db:
        compared, disagreeing = db.execute(
            "select coalesce(sum(compared_flows), 0)::bigint, "
            "coalesce(sum(disagreeing_flows), 0)::bigint from marts.rpt_disagreement"
        ).fetchone()
    return Estimate(
        compared,
        disagreeing,
        ours.captured_wrong / max(ours.captured_wrong + ours.captured_right, 1),
        (ours.wrong + ours.spurious) / max(ours.wrong + ours.spurious + ours.right, 1),
    )
