"""How many rows and bytes each table of an existing database has: the widths behind docs/scale.md.

``python -m scripts.measure_widths flows.duckdb``. Two sizes per row:

* uncompressed: what the values are, as Snowflake counts what goes into a micro-partition: the bytes
  of a text, eight of a timestamp or a big integer, and of nested columns the bytes of their JSON,
  which is what a VARIANT holds;
* compressed: the table exported to Parquet with zstd, columnar and compressed like a
  micro-partition, which nobody can look at without an account.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from scripts.database import open_database
from scripts.errors import UserError

FIXED_BYTES = {
    "BOOLEAN": 1,
    "INTEGER": 4,
    "BIGINT": 8,
    "HUGEINT": 16,
    "DOUBLE": 8,
    "DATE": 4,
    "TIMESTAMP": 8,
}
USER_ERROR = 2


@dataclass(frozen=True)
class Width:
    """One table, as it stands.

    Attributes:
        name: schema and table.
        rows: how many.
        uncompressed: bytes per row, of the values.
        compressed: bytes per row, in zstd Parquet.
        per_flow: rows per row of marts.fct_flows.
    """

    name: str
    rows: int
    uncompressed: float
    compressed: float
    per_flow: float


@dataclass(frozen=True)
class Measured:
    """A database: its flows, the flow-log bytes that were landed for them, and its tables."""

    flows: int
    records: int
    machines: int
    hours: int
    raw_bytes: int
    tables: tuple[Width, ...]


def measure_widths(database: Path, *, least_rows: int = 1000) -> Measured:
    """Measure every table of `database` with at least `least_rows` rows, the widest in all first.

    Args:
        database: a built DuckDB file; it is only read.

    Raises:
        UserError: the file is missing, is no DuckDB file, or holds no flows.
    """
    with open_database(database) as db, tempfile.TemporaryDirectory() as scratch:
        names = db.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' order by 1"
        ).fetchall()
        if ("marts.fct_flows",) not in names or not _one(
            db, "select count(*) from marts.fct_flows"
        ):
            raise UserError(f"{database} holds no flows: build it with `build --raw-dir` first.")
        flows = _one(db, "select count(*) from marts.fct_flows")
        tables = [
            _width(db, name, flows, Path(scratch) / "table.parquet")
            for (name,) in names
            if _one(db, f"select count(*) from {name}") >= least_rows
        ]
        return Measured(
            flows=flows,
            records=_one(db, "select count(distinct record_key) from raw.flow_logs"),
            machines=_one(db, "select count(distinct capture_mac) from intermediate.int_sightings"),
            hours=_one(db, "select count(distinct hour) from intermediate.int_sightings"),
            raw_bytes=_one(
                db, "select sum(size_bytes) from raw.landed_files where raw_table = 'flow_logs'"
            ),
            tables=tuple(sorted(tables, key=lambda width: -width.rows * width.compressed)),
        )


def _width(db: duckdb.DuckDBPyConnection, name: str, flows: int, file: Path) -> Width:
    columns = db.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema || '.' || table_name = ?",
        [name],
    ).fetchall()
    rows = _one(db, f"select count(*) from {name}")
    size = " + ".join(f"coalesce(sum({_bytes(*column)}), 0)" for column in columns)
    uncompressed = _one(db, f"select {size} from {name}")
    db.execute(f"copy {name} to '{file}' (format parquet, compression zstd)")
    return Width(name, rows, uncompressed / rows, file.stat().st_size / rows, rows / flows)


def _bytes(column: str, data_type: str) -> str:
    """SQL for the bytes of one value."""
    if data_type == "VARCHAR":
        return f'strlen("{column}")'
    if data_type in FIXED_BYTES:
        return f'case when "{column}" is not null then {FIXED_BYTES[data_type]} end'
    return f'strlen(cast(to_json("{column}") as varchar))'


def _one(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    [(value,)] = db.execute(sql).fetchall()
    return int(value)


def print_widths(measured: Measured, console: Console) -> None:
    """Print what was measured, a line per table."""
    console.print(
        f"{measured.flows:,} flows of {measured.records:,} records "
        f"({measured.flows / measured.records:.1f} flows in one), "
        f"{measured.machines:,} MACs in {measured.hours:,} hours; "
        f"{measured.raw_bytes / measured.flows:.0f} bytes of flow logs per flow as landed.",
        soft_wrap=True,
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("table", no_wrap=True)
    for header in ("rows", "per flow", "bytes a row", "compressed"):
        table.add_column(header, justify="right")
    for line in _lines(measured.tables):
        table.add_row(*line)
    console.print(table)


def _lines(tables: Iterable[Width]) -> Iterable[Sequence[str]]:
    for width in tables:
        yield (
            width.name,
            f"{width.rows:,}",
            f"{width.per_flow:.4f}",
            f"{width.uncompressed:.0f}",
            f"{width.compressed:.1f}",
        )


def main(
    database: Annotated[Path, typer.Argument(help="A DuckDB file that `build` made.")],
    least_rows: Annotated[int, typer.Option(min=1, help="Leave out smaller tables.")] = 1000,
) -> None:
    """Measure rows, bytes and compressed bytes per row of each table."""
    try:
        measured = measure_widths(database, least_rows=least_rows)
    except UserError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USER_ERROR) from error
    print_widths(measured, Console(highlight=False))


if __name__ == "__main__":
    typer.run(main)
