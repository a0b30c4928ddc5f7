"""Two databases of one project held against each other, row by row.

The only place that knows what must be equal, and what may differ from one run to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from scripts.database import open_database
from scripts.errors import UserError
from scripts.settings import Settings

REPLAYED, REBUILT = "replayed", "rebuilt"
HERE = Path(__file__).parent

# Table → what names a row of it; a table of windows that is not here goes by its first column.
_KEYS = {
    "marts.fct_flows": ("flow_id",),
    "marts.dim_nic_ip_windows": ("vnet_id", "nic_ip", "window_start"),
    "marts.dim_nics": ("nic_id",),
    "marts.dim_vms": ("vm_id",),
    "marts.rpt_restatements": ("flow_id", "flow_end"),
    "marts.ocsf_network_activity": ("metadata__uid",),
    "marts.asim_network_session": ("EventOriginalUid",),
    "intermediate.int_address_windows": ("vnet_id", "nic_ip", "window_start"),
    "intermediate.int_nic_ip_windows": ("vnet_id", "nic_ip", "window_start"),
    "intermediate.int_stated_ip_windows": ("vnet_id", "nic_ip", "window_start"),
}
MARTS = ("marts.fct_flows", "marts.dim_nic_ip_windows", "marts.dim_nics", "marts.dim_vms")
# Their counts are split by the hour of loading, so that only sums over it can be equal.
REPORTS = ("marts.rpt_match_rates", "marts.rpt_disagreement", "marts.rpt_coverage")
RAW = (
    *("raw.flow_logs", "raw.operation_logs", "raw.network_interfaces", "raw.virtual_machines"),
    *("raw.virtual_networks", "raw.rejected_records", "raw.landed_files"),
)
# When and from where a row was loaded, and when it was corrected, is the run's own affair.
_OF_THE_RUN = (
    *("loaded_at", "loaded_hour", "file_path", "file_row", "file_modified_at", "restated_at"),
)
# Numbers that a run gives to rows, in an order that ties may decide.
_NUMBER_SUFFIX = "_no"
# The type of what a report counts; its other columns say of what.
_COUNT = "BIGINT"


@dataclass(frozen=True)
class DifferingRow:
    """One key whose rows differ.

    Attributes:
        key: column → value.
        columns: (column, value in the replay, value in the rebuild), where each side has one row.
        replayed, rebuilt: rows of that key that the other side has not.
    """

    key: dict[str, Any]
    columns: tuple[tuple[str, Any, Any], ...]
    replayed: int
    rebuilt: int


@dataclass(frozen=True)
class TableDifference:
    """What became of one table; equal if both counts are 0.

    Attributes:
        table: with its schema.
        rows: in the replay.
        only_replayed, only_rebuilt: rows that one side has more often than the other.
        is_report: its rows are sums over the hours of loading.
        columns: in how many keys that both sides have each column differs, most often first.
        examples: the first few by key.
    """

    table: str
    rows: int
    only_replayed: int
    only_rebuilt: int
    is_report: bool
    columns: dict[str, int]
    examples: tuple[DifferingRow, ...]

    @property
    def differing(self) -> int:
        return self.only_replayed + self.only_rebuilt


def compare(
    replayed: Path,
    rebuilt: Path,
    *,
    with_raw: bool = False,
    further: Sequence[str] = (),
    examples: int = 3,
    memory_limit: str = Settings.memory_limit,
    threads: int = Settings.threads,
) -> list[TableDifference]:
    """Compare the marts, the reports and every table of windows of two databases.

    Args:
        replayed, rebuilt: DuckDB files, opened read-only; in no order, but named so in the result.
        with_raw: compare what was landed as well, but for where from and when.
        further: other tables, with their schema.
        examples: differing keys to show per table.

    Raises:
        UserError: a file cannot be read, or neither has a table that each build makes.
    """
    sides = {REPLAYED: replayed, REBUILT: rebuilt}
    for database in sides.values():
        open_database(database).close()  # says in a sentence what is wrong with it
    config = {"memory_limit": memory_limit, "threads": threads}
    with duckdb.connect(config=config) as db:
        db.execute("set timezone = 'UTC'")
        db.execute("set preserve_insertion_order = false")
        for side, database in sides.items():
            path = str(database.resolve()).replace("'", "''")
            db.execute(f"attach '{path}' as {side} (read_only)")
        tables = [*(RAW if with_raw else ()), *_tables(db), *further]
        return [_compare_table(db, table, examples) for table in tables]


def _tables(db: duckdb.DuckDBPyConnection) -> list[str]:
    found = db.execute(
        "select distinct schema_name || '.' || table_name from duckdb_columns() "
        "where schema_name = 'intermediate' and table_name like '%\\_windows' escape '\\' "
        "order by all"
    ).fetchall()
    return [*MARTS, *(table for (table,) in found), *REPORTS]


def _compare_table(db: duckdb.DuckDBPyConnection, table: str, examples: int) -> TableDifference:
    columns = {side: _columns(db, side, table) for side in (REPLAYED, REBUILT)}
    if not any(columns.values()):
        raise UserError(f"Neither database has {table}: build both to the end, and compare again.")
    is_report = table in REPORTS
    # Names that one side alone has come with null on the other: such rows differ, and show it.
    united = columns[REPLAYED] | columns[REBUILT]
    script = (HERE / "differing_rows.sql").read_text()
    db.execute(
        script.format(
            columns=", ".join(f'"{name}"' for name in united),
            replayed=_rows_of(REPLAYED, table, columns[REPLAYED], is_report=is_report),
            rebuilt=_rows_of(REBUILT, table, columns[REBUILT], is_report=is_report),
        )
    )
    only_replayed, only_rebuilt = db.execute(
        "select coalesce(sum(greatest(_surplus, 0)), 0)::bigint, "
        "coalesce(sum(greatest(-_surplus, 0)), 0)::bigint from differing_rows"
    ).fetchone()
    rows = 0
    if columns[REPLAYED]:
        [(rows,)] = db.execute(f"select count(*) from {REPLAYED}.{table}").fetchall()
    key = _key(table, united)
    return TableDifference(
        table,
        rows,
        only_replayed,
        only_rebuilt,
        is_report,
        _differing_columns(db, key, [name for name in united if name not in key]),
        tuple(_examples(db, key, examples)),
    )


def _columns(db: duckdb.DuckDBPyConnection, side: str, table: str) -> dict[str, str]:
    """Column → type, of those that must be equal; empty where there is no such table."""
    schema, name = table.split(".")
    found = db.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [side, schema, name],
    ).fetchall()
    return {
        column: kind
        for column, kind in found
        if column not in _OF_THE_RUN and not column.endswith(_NUMBER_SUFFIX)
    }


def _rows_of(side: str, table: str, columns: dict[str, str], *, is_report: bool) -> str:
    """A query for the compared rows of one side, `_side` 1 or -1."""
    sign = 1 if side == REPLAYED else -1
    if not columns:
        return f"select {sign} as _side where false"
    selected = [
        f'sum("{column}") as "{column}"' if is_report and kind == _COUNT else f'"{column}"'
        for column, kind in columns.items()
    ]
    summed = " group by all" if is_report else ""
    return f"select {', '.join(selected)}, {sign} as _side from {side}.{table}{summed}"


def _key(table: str, columns: dict[str, str]) -> list[str]:
    names = list(columns)
    if table in _KEYS:
        return [name for name in _KEYS[table] if name in names]
    if table in REPORTS:
        return [name for name, kind in columns.items() if kind != _COUNT]
    return [names[0], *(name for name in names[1:] if name == "window_start")]


def _differing_columns(
    db: duckdb.DuckDBPyConnection, key: Sequence[str], others: Sequence[str]
) -> dict[str, int]:
    if not others:
        return {}
    counts = [
        f'count(*) filter (replayed."{name}" is distinct from rebuilt."{name}")' for name in others
    ]
    # A key may be null, as the VNet is in a report.
    same_key = " and ".join(
        f'replayed."{name}" is not distinct from rebuilt."{name}"' for name in key
    )
    found = db.execute(
        f"select {', '.join(counts)} from differing_rows as replayed "
        f"inner join differing_rows as rebuilt on {same_key} "
        "where replayed._surplus > 0 and rebuilt._surplus < 0"
    ).fetchone()
    by_count = sorted(zip(others, found, strict=True), key=itemgetter(1), reverse=True)
    return {name: count for name, count in by_count if count}


def _examples(
    db: duckdb.DuckDBPyConnection, key: Sequence[str], limit: int
) -> Iterator[DifferingRow]:
    ordered = ", ".join(f'"{name}"' for name in key)
    cursor = db.execute(
        f"select * from differing_rows qualify dense_rank() over (order by {ordered}) <= {limit} "
        f"order by {ordered}, _surplus desc limit {100 * limit}"
    )
    header = [description[0] for description in cursor.description]
    rows = [dict(zip(header, row, strict=True)) for row in cursor.fetchall()]
    for values, members in groupby(rows, key=itemgetter(*key)):
        yield _differing_row(key, values if len(key) > 1 else (values,), list(members))


def _differing_row(
    key: Sequence[str], values: Sequence[Any], rows: list[dict[str, Any]]
) -> DifferingRow:
    surplus = [row.pop("_surplus") for row in rows]
    columns: list[tuple[str, Any, Any]] = []
    if surplus == [1, -1]:
        here, there = rows
        columns = [(name, here[name], there[name]) for name in here if here[name] != there[name]]
    return DifferingRow(
        dict(zip(key, values, strict=True)),
        tuple(columns),
        sum(count for count in surplus if count > 0),
        -sum(count for count in surplus if count < 0),
    )
