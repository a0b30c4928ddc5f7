"""Whether a contender's rows are the true ones: the same rows, as often, in any order."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from scripts.bench import join, parse
from scripts.bench.cells import FLOOR
from scripts.bench.data import set_variables
from scripts.bench.job import Job

HERE = Path(__file__).parent
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
        set_variables(db, job.cell, job.data, job.seed)
        db.execute((HERE / "windows.sql").read_text())
        types = _expected_view(db, job)
        columns = _columns(job)
        db.execute("set variable out_files = ?", [str(job.output / "*.parquet")])
        found = {
            name: kind
            for name, kind, *_ in db.execute(
                "describe from read_parquet(getvariable('out_files'))"
            ).fetchall()
        }
        missing = [name for name in columns if name not in found]
        if missing:
            return f"it has no column {missing[0]}"
        # libraries write a moment in milliseconds or with a zone, and a number in more bytes
        casts = ", ".join(f"cast({name} as {types[name]}) as {name}" for name in columns)
        db.execute(
            f"create temp view found as select {casts} from read_parquet(getvariable('out_files'))"
        )
        return _difference(
            _expected(db, job, columns), _digests(db, "found", columns), columns
        ) or (_row_by_row(db, columns) if job.cell.rows <= ROW_BY_ROW else None)


def _columns(job: Job) -> tuple[str, ...]:
    """What is compared: all that is written, but of the floor only what is no stand-in."""
    if job.cell.kind == "parse":
        return parse.OUTPUT
    return join.FLOW if job.contender == FLOOR else join.OUTPUT


def _expected_view(db: duckdb.DuckDBPyConnection, job: Job) -> dict[str, str]:
    """Make the view `expected`; the type of each of its columns."""
    db.execute("set variable truth_file = ?", [str(job.data.truth)])
    db.execute("set variable flows_file = ?", [str(job.data.flows)])
    if job.cell.kind == "parse":
        query = "select * from read_parquet(getvariable('truth_file'))"
    else:
        answers = ", ".join(
            f"{macro}({end}_window_no) as {end}_{column}"
            for end in join.ENDS_OF_FLOW
            for column, macro in zip(join.HOLDER, ("nic_of", "vm_of", "uuid_of"), strict=True)
        )
        query = (
            f"select flows.*, {answers} from read_parquet(getvariable('flows_file')) as flows "
            "inner join read_parquet(getvariable('truth_file')) as truth using (flow_id)"
        )
    db.execute(f"create temp view expected as {query}")
    return {name: kind for name, kind, *_ in db.execute("describe expected").fetchall()}


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
