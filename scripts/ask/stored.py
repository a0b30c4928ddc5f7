"""The database that questions are put to: opened read-only, asked by the SQL files beside this."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from scripts.ask.answer import Table
from scripts.database import ASKED_ROWS, open_database
from scripts.errors import UserError
from scripts.paths import shown

_SQL = Path(__file__).parent


@contextmanager
def stored(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database that questions can be put to.

    Raises:
        UserError: there is none, it is open elsewhere, or it has not the views that are asked.
    """
    with open_database(database) as connection:
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            # a view or a column that this version asks for, and the build did not make
            raise UserError(
                f"{shown(database)} was built by another version of this project, or not to its "
                f"end: build it once more with `build --database {shown(database)}`."
            ) from error


def ask(
    connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any] | None = None
) -> Table:
    """The rows that a SQL file of this package gives for `parameters`."""
    sql = (_SQL / f"{name}.sql").read_text(encoding="utf-8")
    found = connection.execute(sql, parameters or {})
    columns = tuple(column[0] for column in found.description)
    types = tuple(str(column[1]) for column in found.description)
    rows = tuple(dict(zip(columns, row, strict=True)) for row in found.fetchall())
    return Table(columns, types, rows)


def copy_rows(
    connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any], *views: str
) -> None:
    """Copy rows into memory, by a SQL file of this package, and make stored views on top of them.

    DuckDB does not carry a filter through the windows and joins of `ask_holders`: of a million
    windows it would work out all to show one. The views are the stored ones, word for word.

    Args:
        name: the file; its tables go to `asked_rows`, under the names that the views read.
        views: of schema questions, in an order in which they can be made.
    """
    for statement in connection.extract_statements((_SQL / f"{name}.sql").read_text("utf-8")):
        named = {each: parameters[each] for each in statement.named_parameters}
        connection.execute(statement, named)
    stored_views = connection.execute(
        "select view_name, sql from duckdb_views() "
        "where database_name = current_database() and schema_name = 'questions'"
    ).fetchall()
    text_of = dict(stored_views)
    missing = set(views) - text_of.keys()
    if missing:
        raise duckdb.CatalogException(f"There is no view {min(missing)}.")
    with on_copied_rows(connection):
        for view in views:
            connection.execute(text_of[view])


@contextmanager
def on_copied_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What is asked meanwhile reads the copied rows, by the names that the stored tables have."""
    [(home,)] = connection.execute("select current_database()").fetchall()
    connection.execute(f"use {ASKED_ROWS}")
    # so few rows that planning takes longer than anything that it could save
    connection.execute("pragma disable_optimizer")
    try:
        yield
    finally:
        connection.execute("pragma enable_optimizer")
        connection.execute('use "{}"'.format(home.replace('"', '""')))
