"""Two databases of one project held against each other, table by table."""

from __future__ import annotations

from pathlib import Path

import duckdb

# When something was loaded or judged is the run's own affair; hours of loading are summed over.
OF_THE_RUN = ("loaded_at", "loaded_hour", "restated_at", "first_run_at", "last_run_at")
COMPARED = """
    select schema_name || '.' || table_name
    from duckdb_tables()
    where
        database_name = 'one'
        and (
            schema_name in ('raw', 'marts')
            or schema_name = 'intermediate' and table_name like '%\\_windows' escape '\\'
        )
    order by all
"""


def differing_tables(one: Path, other: Path, *, besides: tuple[str, ...] = ()) -> dict[str, int]:
    """Table → rows that one side has more often than the other; empty where all is the same.

    Compared are the raw tables, the marts and every table of windows, by content, but for the
    columns named in `besides`. Of a table that has other columns in `other`, the count is -1.
    """
    with duckdb.connect() as db:
        db.execute("set timezone = 'UTC'")
        for name, database in (("one", one), ("other", other)):
            db.execute(f"attach '{database}' as {name} (read_only)")
        tables = [table for (table,) in db.execute(COMPARED).fetchall()]
        assert {"raw.flow_logs", "marts.fct_flows"} <= set(tables)
        left_out = {*OF_THE_RUN, *besides}
        counts = {table: _differing_rows(db, table, left_out) for table in tables}
    return {table: count for table, count in counts.items() if count}


def _differing_rows(db: duckdb.DuckDBPyConnection, table: str, left_out: set[str]) -> int:
    columns = {side: _columns(db, side, table, left_out) for side in ("one", "other")}
    if columns["one"] != columns["other"]:
        return -1
    listed = ", ".join(
        f'sum("{name}") as "{name}"' if is_summed else f'"{name}"'
        for name, is_summed in columns["one"].items()
    )
    grouped = " group by all" if any(columns["one"].values()) else ""
    rows = [f"select {listed} from {side}.{table}{grouped}" for side in ("one", "other")]
    [(count,)] = db.execute(
        f"select count(*) from (({rows[0]} except all {rows[1]}) union all "
        f"({rows[1]} except all {rows[0]}))"
    ).fetchall()
    return count


def _columns(
    db: duckdb.DuckDBPyConnection, side: str, table: str, left_out: set[str]
) -> dict[str, bool]:
    """Column → whether it is a count that is split by the hour of loading."""
    found = db.execute(
        "select column_name, data_type from duckdb_columns() where database_name = ? "
        "and schema_name || '.' || table_name = ? order by column_name",
        [side, table],
    ).fetchall()
    is_split = any(name == "loaded_hour" for name, _ in found)
    return {name: is_split and kind == "BIGINT" for name, kind in found if name not in left_out}
