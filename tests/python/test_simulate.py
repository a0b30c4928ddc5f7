"""Simulated estates: the same bytes each time, and the same tables made of them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from scripts.simulate import Dials, write_estate
from tests.python.conftest import Models

SMALL = {"hours": 8, "machines": 30, "flows": 800}


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


def test_building_again_gives_every_table_again(models: Models, tmp_path: Path) -> None:
    # several events at one moment, on two threads: whatever comes first must not matter
    dials = Dials(seed=14, **SMALL | {"flows": 2_000}, lost_writes=0.2, lost_deletes=0.2)
    write_estate(dials, tmp_path / "raw", tmp_path / "truth.parquet")
    database = models.build(tmp_path / "raw", tmp_path)
    before = contents(database)
    for _ in range(2):
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
