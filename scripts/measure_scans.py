"""What fct_flows reads of stored flows in a run with nothing to do, statement by statement.

``python -m scripts.measure_scans flows.duckdb``, on a database whose last run was completed. The
work of `fct_flows` that `measure_growth history` sees has in it what DuckDB rewrites when it
checkpoints; these are its reads alone, in processor time of one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated

import duckdb
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from scripts.database import open_database
from scripts.errors import UserError

USER_ERROR = 2
ROUNDS = 5

# One flow in two hundred, all over the table, in the place of those that a run resolved.
RESOLVED = "create temp table resolved as from marts.fct_flows where hash(flow_id) % 200 = 0"
# As macros/runs/restatements_sql.sql and get_incremental_restate_sql.sql have them.
WITHDRAWN = """
    from intermediate.int_flow_tuples as tuples cross join intermediate.int_run as run
    where tuples.is_withdrawn and tuples.run_no > run.completed_run_no"""
STATEMENTS = {
    "captures and ends": "create or replace temp table ends as from intermediate.int_flow_ends",
    "restatements of one end": """
        select count(*) from marts.fct_flows as before inner join resolved as after
            on before.flow_id = after.flow_id and before.event_at = after.event_at
        where coalesce(before.src_nic_id, '') <> coalesce(after.src_nic_id, '')
            or coalesce(before.src_vm_id, '') <> coalesce(after.src_vm_id, '')
            or coalesce(before.src_vm_uuid, '') <> coalesce(after.src_vm_uuid, '')
            or coalesce(before.src_unmatched_reason, '') <> coalesce(after.src_unmatched_reason, '')
    """,
    "delete": f"""
        select count(*) from marts.fct_flows
        where flow_id in (select flow_id from resolved)
            or flow_id in (select tuples.flow_id {WITHDRAWN})
    """,
    "delete by event_at and flow_id": f"""
        select count(*) from marts.fct_flows
        where (event_at, flow_id) in (
            select event_at, flow_id from resolved
            union all
            select date_trunc('millisecond', tuples.event_at), tuples.flow_id {WITHDRAWN}
        )
    """,
}


def measure_scans(database: Path) -> dict[str, float]:
    """Core-microseconds per stored flow of each of `STATEMENTS`, medians of `ROUNDS`.

    Args:
        database: a DuckDB file whose last run was completed; it is only read.

    Raises:
        UserError: the file is missing, is no DuckDB file, or was not built.
    """
    with open_database(database) as db:
        db.execute("set threads = 1")
        try:
            [(flows,)] = db.execute("select count(*) from marts.fct_flows").fetchall()
            db.execute(RESOLVED)
        except duckdb.CatalogException as error:
            raise UserError(f"{database} was not built: use `build --raw-dir` first.") from error
        return {
            what: median(_seconds(lambda sql=sql: db.execute(sql).fetchall())) / flows * 1e6
            for what, sql in STATEMENTS.items()
        }


def _seconds(run: Callable[[], object]) -> list[float]:
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return taken


def main(
    database: Annotated[Path, typer.Argument(help="A DuckDB file that `build` made.")],
) -> None:
    """Measure what fct_flows reads of what is stored."""
    try:
        scans = measure_scans(database)
    except UserError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USER_ERROR) from error
    table = Table("fct_flows", "µs per stored flow", box=box.SIMPLE_HEAD, pad_edge=False)
    for what, microseconds in scans.items():
        table.add_row(what, f"{microseconds:.3f}")
    Console(highlight=False).print(table)


if __name__ == "__main__":
    typer.run(main)
