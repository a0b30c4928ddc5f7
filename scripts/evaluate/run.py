"""Simulate estates, build them, score every method on each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
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
    seeds: Iterable[int],
    *,
    memory_limit: str = Settings.memory_limit,
    threads: int = Settings.threads,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Score every method on every estate.

    Args:
        estates: names from `ESTATES`.
        on_progress: called with (estates done, estates in all).
    """
    seeds = list(seeds)
    rows: list[Row] = []
    done = 0
    with tempfile.TemporaryDirectory() as scratch:
        project, no_sightings = (
            _compiled(Path(scratch, name), use_sightings=name == "with") for name in ("with", "no")
        )
        for estate in estates:
            scores: dict[str, list[Score]] = {}
            estimates: list[Estimate] = []
            for seed in seeds:
                with tempfile.TemporaryDirectory(dir=scratch) as home:
                    dials = Dials(seed=seed, **SIZE, **ESTATES[estate])
                    truth = Path(home, "truth.parquet")
                    write_estate(dials, Path(home, "raw"), truth)
                    settings = Settings(
                        project.new_database(Path(home)), Path(home, "raw"), memory_limit, threads
                    )
                    land(settings)
                    project.build(settings)
                    for method, result in score(settings.database, truth).items():
                        scores.setdefault(METHODS[method], []).append(result)
                    estimates.append(_estimate(settings.database, scores[OURS][-1]))
                    if estate != "complete":
                        no_sightings.build(settings)
                        without = score(settings.database, truth, ["ours"])["ours"]
                        scores.setdefault(NO_SIGHTINGS, []).append(without)
                done += 1
                if on_progress:
                    on_progress(done, len(estates) * len(seeds))
            for method, results in scores.items():
                told = tuple(estimates) if method == OURS else ()
                rows.append(Row(estate, method, len(seeds), sum(results, Score()), told))
    return rows


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
