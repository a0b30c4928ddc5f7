"""Simulated estates: the same bytes each time, truth for every tuple, and no wrong answer."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from scripts.dbt_runner import dbt_build
from scripts.evaluate.score import Score, score
from scripts.landing import land
from scripts.settings import Settings
from scripts.simulate import Dials, write_estate

SMALL = {"hours": 8, "machines": 30, "flows": 800}


def evaluated(home: Path, **dials: object) -> Score:
    home.mkdir(parents=True, exist_ok=True)
    tuples = write_estate(Dials(**SMALL, **dials), home / "raw", home / "truth.parquet")
    settings = Settings(home / "x.duckdb", home / "raw")
    land(settings)
    result = dbt_build(settings)
    assert not result.errors, result.errors
    got = score(home / "x.duckdb", home / "truth.parquet", ["ours"])["ours"]
    assert got.lost == 0 and got.doubled == 0 and got.ends == 2 * tuples
    return got


def test_the_same_dials_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        dials = Dials(seed=3, hours=3, machines=20, flows=100)
        write_estate(dials, tmp_path / name / "raw", tmp_path / name / "truth.parquet")
    one, other = (
        {file.relative_to(tmp_path / name): file.read_bytes() for file in files}
        for name in ("one", "other")
        for files in [[f for f in (tmp_path / name).rglob("*") if f.is_file()]]
    )
    assert one == other


def test_losing_events_leaves_the_truth_as_it_was(tmp_path: Path) -> None:
    rows = []
    for name, lost in (("whole", 0.0), ("lossy", 0.5)):
        dials = Dials(seed=3, hours=3, machines=20, flows=100, lost_writes=lost, lost_deletes=lost)
        truth = tmp_path / f"{name}.parquet"
        write_estate(dials, tmp_path / name, truth)
        rows.append(duckdb.sql(f"select * from '{truth}' order by all").fetchall())
    assert rows[0] == rows[1]


def test_complete_logs_are_answered_in_full(tmp_path: Path) -> None:
    got = evaluated(tmp_path, seed=11)
    assert (got.wrong, got.spurious, got.abstained, got.wrong_uuid) == (0, 0, 0, 0)
    assert got.untrue_reasons == 0 and got.wrong_confirmed == 0


@pytest.mark.parametrize(
    "dials",
    [
        {"lost_writes": 0.5, "lost_deletes": 0.5},
        {"lost_deletes": 1.0, "flagged_firewall": False},
        {"operations": False, "snapshot_hours": 1},
    ],
    ids=["half-lost", "no-deletes", "collector-alone"],
)
def test_a_wrong_answer_is_never_confirmed(tmp_path: Path, dials: dict[str, object]) -> None:
    got = evaluated(tmp_path, seed=12, **dials)
    assert got.wrong_confirmed == 0
    assert got.wrong <= 0.01 * got.ends
