"""Simulated estates: the same bytes each time, truth for every tuple, and no wrong answer."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from scripts.evaluate.score import Score, score
from scripts.simulate import Dials, write_estate
from tests.python.conftest import Models

SMALL = {"hours": 8, "machines": 30, "flows": 800}


def evaluated(models: Models, home: Path, **dials: object) -> Score:
    home.mkdir(parents=True, exist_ok=True)
    tuples = write_estate(Dials(**SMALL, **dials), home / "raw", home / "truth.parquet")
    database = models.build(home / "raw", home)
    got = score(database, home / "truth.parquet", ["ours"])["ours"]
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


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_complete_logs_are_answered_in_full(models: Models, tmp_path: Path, seed: int) -> None:
    got = evaluated(models, tmp_path, seed=seed)
    assert (got.wrong, got.spurious, got.abstained) == (0, 0, 0)
    assert (got.wrong_uuid, got.untrue_reasons, got.wrong_confirmed) == (0, 0, 0)


@pytest.mark.parametrize(
    "dials",
    [
        {"lost_writes": 0.1, "lost_deletes": 0.1},
        {"lost_writes": 0.5, "lost_deletes": 0.5},
        {"lost_deletes": 1.0, "flagged_firewall": False},
        {"operations": False, "snapshot_hours": 1},
        {"failing_snapshots": 0.5, "missing_macs": 0.5, "lost_writes": 0.2},
    ],
    ids=["tenth-lost", "half-lost", "no-deletes", "collector-alone", "failing-snapshots"],
)
def test_loss_never_makes_a_wrong_answer_confirmed_nor_a_reason_untrue(
    models: Models, tmp_path: Path, dials: dict[str, object]
) -> None:
    got = evaluated(models, tmp_path, seed=12, **dials)
    assert (got.wrong_confirmed, got.wrong_uuid, got.untrue_reasons) == (0, 0, 0)
    assert got.wrong <= 0.01 * got.ends


def test_building_again_gives_every_table_again(models: Models, tmp_path: Path) -> None:
    # several events at one moment, on two threads: whatever comes first must not matter
    dials = Dials(seed=14, **SMALL | {"flows": 3_000}, lost_writes=0.2, lost_deletes=0.2)
    write_estate(dials, tmp_path / "raw", tmp_path / "truth.parquet")
    database = models.build(tmp_path / "raw", tmp_path)
    before = contents(database)
    for _ in range(3):
        models.rebuild(database)
        assert contents(database) == before


def contents(database: Path) -> dict[str, tuple]:
    """table → its rows, as their number and a sum of hashes."""
    with duckdb.connect(str(database), read_only=True) as db:
        tables = db.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('intermediate', 'marts')"
        ).fetchall()
        return {
            table: db.execute(
                f"select count(*), sum(hash(t)::hugeint) from {table} as t"
            ).fetchone()
            for (table,) in tables
        }
