"""Whether a contender's rows are the true ones: the same rows, as often, in any order."""

from __future__ import annotations

import json

import duckdb

from scripts.bench import join, parse
from scripts.bench.cells import FLOOR
from scripts.bench.job import Job

# Up to so many rows, both are also compared row by row.
ROW_BY_ROW = 1_000_000
EXPECTED = "expected.json"
_MODULUS = 1 << 64


def compare(job: Job) -> str | None:
    """Hold the contender's output against the truth.

    Returns:
        What differs, or None.
    """
    with duckdb.connect(config={"threads": job.threads}) as db:
        db.execute("set timezone = 'UTC'")
        db.execute("set preserve_insertion_order = false")
        db.execute("set temp_directory = ?", [str(job.home / "spill")])
        db.read_parquet(str(job.data.truth)).create_view("expected")
        types = _types(db, "expected")
        columns = _columns(job)
        db.read_parquet(str(job.output / "*.parquet")).create_view("written")
        found = _types(db, "written")
        missing = [name for name in columns if name not in found]
        if missing:
            return f"it has no column {missing[0]}"
        # libraries write a moment in milliseconds or with a zone, and a number in more bytes
        casts = ", ".join(f"cast({name} as {types[name]}) as {name}" for name in columns)
        db.execute(f"create temp view found as select {casts} from written")
        expected = _expected(db, job, columns)
        difference = _difference(expected, _digests(db, "found", columns), columns)
        if difference is None and job.cell.rows <= ROW_BY_ROW:
            return _row_by_row(db, columns)
        return difference


def _types(db: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in db.execute(f"describe {relation}").fetchall()}


def _columns(job: Job) -> tuple[str, ...]:
    """What is compared: all that is written, but of the floor only what is no stand-in."""
    if job.cell.kind == "parse":
        return parse.OUTPUT
    return join.FLOW if job.contender == FLOOR else join.OUTPUT


def _expected(db: duckdb.DuckDBPyConnection, job: Job, columns: tuple[str, ...]) -> dict[str, int]:
    """The digests of the truth, which are worked out once for a cell."""
    file = job.home / EXPECTED
    kept = json.loads(file.read_text()) if file.exists() else {}
    key = " ".join(columns)
    if key not in kept:
        kept[key] = _digests(db, "expected", columns)
        file.write_text(json.dumps(kept))
    return kept[key]


def _digests(
    db: duckdb.DuckDBPyConnection, relation: str, columns: tuple[str, ...]
) -> dict[str, int]:
    """The number of rows, and for each column and for whole rows a sum of hashes."""
    sums = ", ".join(
        f"(coalesce(sum(hash({of})::hugeint), 0) % {_MODULUS})::varchar"
        for of in (*columns, ", ".join(columns))
    )
    [(count, *digests)] = db.execute(f"select count(*), {sums} from {relation}").fetchall()
    return dict(zip(("rows", *columns, "whole rows"), (count, *digests), strict=True))


def _difference(
    expected: dict[str, int], found: dict[str, int], columns: tuple[str, ...]
) -> str | None:
    if expected["rows"] != found["rows"]:
        return f"it has {found['rows']:,} rows of {expected['rows']:,}"
    wrong = [name for name in columns if expected[name] != found[name]]
    if wrong:
        return f"other values in {', '.join(wrong)}"
    if expected["whole rows"] != found["whole rows"]:
        return "the right values in other rows"
    return None


def _row_by_row(db: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> str | None:
    for one, other, what in (("found", "expected", "extra"), ("expected", "found", "missing")):
        names = ", ".join(columns)
        [(count,)] = db.execute(
            f"select count(*) from (select {names} from {one} "
            f"except all select {names} from {other})"
        ).fetchall()
        if count:
            return f"{count:,} rows are {what}"
    return None
