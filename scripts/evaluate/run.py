"""Simulate estates, build them, score every method on each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import duckdb

from scripts.dbt_runner import dbt_build
from scripts.errors import UserError
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
}
NO_SIGHTINGS = "ours, no sightings"


@dataclass(frozen=True)
class Row:
    """One estate and one method, all seeds together.

    Attributes:
        disagreement: share of compared flows whose two routes disagree; None for other methods.
    """

    estate: str
    method: str
    seeds: int
    score: Score
    disagreement: float | None = None


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
    for estate in estates:
        scores: dict[str, list[Score]] = {}
        rates: list[tuple[int, int]] = []
        for seed in seeds:
            with tempfile.TemporaryDirectory() as folder:
                home = Path(folder)
                dials = Dials(seed=seed, **SIZE, **ESTATES[estate])
                write_estate(dials, home / "raw", home / "truth.parquet")
                settings = Settings(home / "x.duckdb", home / "raw", memory_limit, threads)
                land(settings)
                _build(settings, use_sightings=True)
                for method, result in score(settings.database, home / "truth.parquet").items():
                    scores.setdefault(METHODS[method], []).append(result)
                rates.append(_disagreement(settings.database))
                if estate != "complete":
                    _build(settings, use_sightings=False)
                    without = score(settings.database, home / "truth.parquet", ["ours"])
                    scores.setdefault(NO_SIGHTINGS, []).append(without["ours"])
            done += 1
            if on_progress:
                on_progress(done, len(estates) * len(seeds))
        compared = sum(count for count, _ in rates)
        rate = sum(count for _, count in rates) / compared if compared else None
        for method, results in scores.items():
            is_ours = method == METHODS["ours"]
            rows.append(Row(estate, method, len(seeds), _sum(results), rate if is_ours else None))
    return rows


def _build(settings: Settings, *, use_sightings: bool) -> None:
    # Gates may fail on estates that are broken on purpose; models may not.
    result = dbt_build(settings, variables={"use_sightings": use_sightings})
    if result.errors:
        raise UserError(f"{result.errors[0].name}: {result.errors[0].message}")


def _disagreement(database: Path) -> tuple[int, int]:
    with duckdb.connect(str(database), read_only=True) as db:
        return db.execute(
            "select coalesce(sum(compared_flows), 0)::bigint, "
            "coalesce(sum(disagreeing_flows), 0)::bigint from marts.rpt_disagreement"
        ).fetchone()


def _sum(scores: Sequence[Score]) -> Score:
    counts = [field.name for field in fields(Score) if field.name != "by"]
    return Score(**{name: sum(getattr(one, name) for one in scores) for name in counts})
