"""How flows are stored: what a column's meta says is what is in the file."""

from __future__ import annotations

import duckdb
import pytest

from tests.python.conftest import BuildResult


@pytest.mark.parametrize("table", ["marts.fct_flows", "intermediate.int_flow_tuples"])
def test_flow_ids_are_stored_by_zstd_and_no_other_column_is(demo: BuildResult, table: str) -> None:
    with duckdb.connect(str(demo.database), read_only=True) as db:
        stored = db.execute(
            "select distinct column_name from pragma_storage_info(?) where compression = 'ZSTD'",
            [table],
        ).fetchall()
    assert stored == [("flow_id",)]
