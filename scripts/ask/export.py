"""Answers for machines: JSON, CSV or Parquet, with the warehouse's types and null as null."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from scripts.ask.answer import Answer, Table
from scripts.errors import UserError

FORMATS = ("people", "json", "csv", "parquet")


def exported(answer: Answer, form: str, table: str | None) -> bytes:
    """The answer in one of FORMATS but the first.

    Args:
        table: which one, where the format holds one alone; the first if absent. JSON holds all.

    Raises:
        UserError: the answer has no such table.
    """
    if table is not None and table not in answer.tables:
        raise UserError(f"There is no table {table!r} here: there are {', '.join(answer.tables)}.")
    if form == "json":
        tables = {name: one.rows for name, one in answer.tables.items()}
        page = {"question": answer.question} | answer.about | tables
        if table is not None:
            page = tables[table]
        elif answer.sentences:
            page["sentences"] = answer.sentences
        return (json.dumps(page, indent=2, default=_plain) + "\n").encode()
    return _written(answer.tables[table] if table else answer.main, form)


def _plain(value: Any) -> Any:
    """A moment as ISO text, in UTC and saying so."""
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return str(value)


def _written(table: Table, form: str) -> bytes:
    """A table by DuckDB's own writer, which keeps types, and tells null from ''."""
    with duckdb.connect() as memory, tempfile.TemporaryDirectory() as folder:
        columns = ", ".join(
            f'"{name}" {kind}' for name, kind in zip(table.columns, table.types, strict=True)
        )
        memory.execute(f"create table answer ({columns})")
        if table.rows:
            marks = ", ".join("?" for _ in table.columns)
            values = [[row[name] for name in table.columns] for row in table.rows]
            memory.executemany(f"insert into answer values ({marks})", values)
        file = Path(folder) / "answer"
        relation = memory.table("answer")
        if form == "csv":
            relation.write_csv(str(file), header=True)
        else:
            relation.write_parquet(str(file))
        return file.read_bytes()
