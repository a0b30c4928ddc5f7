"""Resolving flows slice by slice gives what resolving them at once does."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from scripts.dbt_runner import dbt_build
from scripts.demo import write_demo_estate
from scripts.landing.run import land
from scripts.settings import Settings
from tests.python.conftest import BuildResult
from tests.python.test_reload import dump
from tests.python.test_snowflake_macros import rendered

FEW = {"answers_in_slice": 4}


def build_in_slices(settings: Settings) -> list[tuple]:
    """Land and build; where the flow time was cut."""
    land(settings)
    result = dbt_build(settings, variables=FEW, data_tests=False)
    assert not result.errors, result.errors
    with duckdb.connect(str(settings.database), read_only=True) as db:
        return db.execute("from intermediate.int_flow_slices order by all").fetchall()


def test_a_build_and_a_later_one_in_slices_are_one_at_once(
    tmp_path: Path, demo: BuildResult
) -> None:
    raw_dir, database = tmp_path / "raw", tmp_path / "flows.duckdb"
    write_demo_estate(raw_dir)
    settings = Settings(database, raw_dir, threads=2)
    flow_logs = sorted(raw_dir.rglob("PT1H.json"))
    later = {file: file.read_bytes() for file in flow_logs[::2]}
    for file in later:
        file.unlink()
    first = build_in_slices(settings)
    for file, content in later.items():
        file.write_bytes(content)
    second = build_in_slices(settings)

    for slices in (first, second):
        assert len(slices) > 3
        # each begins where the one before ends, the first and the last with the hours of the run
        assert [end for _, end in slices[:-1]] == [start for start, _ in slices[1:]]
        assert all(slices[i][j].minute == 0 for i, j in ((0, 0), (-1, 1)))
    built = BuildResult(0, "", "", database)
    assert dump(built, without="loaded_at") == dump(demo, without="loaded_at")


MOMENTS = [None, *(f"2026-03-01 {hour}:00:00" for hour in ("09", "10", "11", "12"))]
WINDOWS = [("08", "10"), ("09", "11"), ("10", "11"), ("11", "12"), ("08", "13")]


@pytest.mark.parametrize(
    ("bounds", "moments", "windows"),
    [
        # half-open, both
        (("10", "11"), ["2026-03-01 10:00:00"], [("09", "11"), ("10", "11"), ("08", "13")]),
        (("09", "11"), MOMENTS[1:3], [*WINDOWS[:3], WINDOWS[4]]),
        # without extent: what has no time
        (("10", "10"), [None], [("09", "11"), ("08", "13")]),
        # no slice at hand: a reader of the views
        (None, MOMENTS, WINDOWS),
    ],
)
def test_what_is_of_a_slice(
    bounds: tuple[str, str] | None,
    moments: list[str | None],
    windows: list[tuple[str, str]],
) -> None:
    def chosen(relation: str, condition: str) -> list[tuple]:
        text = rendered(condition, warehouse="duckdb")
        return db.execute(f"from {relation} where {text} order by all").fetchall()

    with duckdb.connect() as db:
        db.execute("create table flows (event_at timestamp)")
        db.executemany("insert into flows values (?)", [[moment] for moment in MOMENTS])
        db.execute("create table windows (window_start timestamp, window_end timestamp)")
        stretches = [[f"2026-03-01 {hour}:00:00" for hour in window] for window in WINDOWS]
        db.executemany("insert into windows values (?, ?)", stretches)
        if bounds:
            for name, hour in zip(("slice_start", "slice_end"), bounds, strict=True):
                db.execute(f"set variable {name} = timestamp '2026-03-01 {hour}:00:00'")
        found = chosen("flows", "{{ in_slice('event_at') }}")
        assert {str(moment) for (moment,) in found} == {str(moment) for moment in moments}
        found = chosen("windows", "{{ overlaps_slice('windows') }}")
        assert {(f"{start:%H}", f"{end:%H}") for start, end in found} == set(windows)
