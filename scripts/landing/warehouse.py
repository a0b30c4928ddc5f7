"""The raw layer's shape: made where it is missing, brought up to date where it is older.

A database that a newer version of this project wrote, or whose raw tables are somebody else's, is
refused before anything is written: half of one shape and half of another is worth nothing.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb

from scripts.database import open_database
from scripts.errors import UserError

# Raised with every change of schema.sql, so that an older program leaves the new shape alone.
# 1: records in parts; what was made before has no version, and schema.sql brings it here.
# 2: blobs: etags in the manifest, and when a folder of blobs was listed.
WAREHOUSE_VERSION = 2

_SCHEMA = Path(__file__).with_name("schema.sql")
_COLUMNS = """
    select table_name, column_name, data_type
    from information_schema.columns
    where table_catalog = current_database() and table_schema = 'raw'
"""
_TABLES = "select table_name from information_schema.tables where table_schema = 'raw'"


def upgrade_warehouse(database: Path) -> None:
    """Bring an existing DuckDB file up to date; one into which nothing was landed stays as it is.

    Raises:
        UserError: see `prepare_warehouse` and `scripts.database.open_database`.
    """
    with open_database(database, read_only=False) as connection:
        if ("landed_files",) in connection.execute(_TABLES).fetchall():
            prepare_warehouse(connection, database)


def prepare_warehouse(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Make the raw tables, or bring them up to date, in one transaction.

    Args:
        connection: to `database`, with no transaction open.
        database: for the sentence alone.

    Raises:
        UserError: a newer version wrote the database, or its raw tables are not this project's.
    """
    connection.execute("begin")
    try:
        _refuse_newer(connection, database)
        try:
            connection.execute(_SCHEMA.read_text())
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise _not_ours(database, str(error).splitlines()[0]) from error
        _refuse_other_shape(connection, database)
        _write_version(connection)
        connection.execute("commit")
    except BaseException:
        # a commit that fails has rolled back by itself
        with suppress(duckdb.TransactionException):
            connection.execute("rollback")
        raise


def _refuse_newer(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    if ("warehouse_version",) not in connection.execute(_TABLES).fetchall():
        return
    try:
        written = connection.execute("select max(version) from raw.warehouse_version").fetchone()[0]
        is_newer = written is not None and written > WAREHOUSE_VERSION
    except (duckdb.Error, TypeError) as error:
        raise _not_ours(database, "raw.warehouse_version holds no version") from error
    if is_newer:
        raise UserError(
            f"{database} was written by a newer version of this project (raw layer {written}, this "
            f"one knows {WAREHOUSE_VERSION}): update the project, or name another --database."
        )


def _refuse_other_shape(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """What schema.sql left standing must be what it makes in an empty database."""
    with duckdb.connect() as empty:
        empty.execute(_SCHEMA.read_text())
        expected = set(empty.execute(_COLUMNS).fetchall())
    tables = {table for table, *_ in expected}
    found = {column for column in connection.execute(_COLUMNS).fetchall() if column[0] in tables}
    odd = min(found ^ expected, default=None)
    if odd:
        table, column, kind = odd
        is_missing = odd in expected
        raise _not_ours(
            database,
            f"raw.{table} has {'no' if is_missing else 'a'} column {column} of type {kind[:60]}",
        )


def _write_version(connection: duckdb.DuckDBPyConnection) -> None:
    stored = connection.execute("select version from raw.warehouse_version").fetchall()
    if stored != [(WAREHOUSE_VERSION,)]:
        connection.execute("delete from raw.warehouse_version")
        connection.execute("insert into raw.warehouse_version values (?)", [WAREHOUSE_VERSION])


def _not_ours(database: Path, why: str) -> UserError:
    return UserError(
        f"{database} holds raw tables that are not this project's ({why}): name another --database."
    )
