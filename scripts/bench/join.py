"""Contenders of a join: both ends of each flow get the NIC and the VM that the window says.

Each prepares (imports, opens) and gives back what is measured. All read flows as Parquet and write
`OUTPUT` as Parquet, compressed by snappy. Windows are Parquet as well, and those alone are taken
that overlap the flows' time; the project has them in its database, as in a build.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime

import duckdb

from scripts.bench.cells import COPY, FLOOR, PROJECT
from scripts.bench.job import Job
from scripts.bench.warehouse import (
    ANSWERS,
    ENDS,
    FILLED,
    GIVEN,
    SLICES,
    build,
    database_of,
    models_in,
    name_files,
    open_warehouse,
)

Parts = dict[str, float]
Run = Callable[[], Parts | None]

FLOW = (
    *("flow_id", "event_at", "scope_id", "direction", "src_ip", "src_port", "dst_ip", "dst_port"),
    *("protocol", "packets_src_to_dst", "bytes_src_to_dst", "packets_dst_to_src"),
    "bytes_dst_to_src",
)
HOLDER = ("nic_id", "vm_id", "vm_uuid")
ENDS_OF_FLOW = ("src", "dst")
OUTPUT = (*FLOW, *(f"{end}_{column}" for end in ENDS_OF_FLOW for column in HOLDER))
WRITE = "write"


def floor(job: Job) -> Run:
    """The same columns, the flow's own text in place of answers."""
    stand_ins = ", ".join(
        f"{text} as {end}_{column}"
        for end in ENDS_OF_FLOW
        for column, text in zip(HOLDER, ("scope_id", "scope_id", f"{end}_ip"), strict=True)
    )
    return _duckdb(job, f"select *, {stand_ins} from read_parquet(getvariable('flows_file'))")


def copy(job: Job) -> Run:
    """The finished rows read and written: the floor of those that have the answers for nothing."""
    db = _open(job)
    return lambda: _write(job, db.read_parquet(str(job.data.truth)))


def blog(job: Job) -> Run:
    """Equality on the address, inequality on the time."""
    return _duckdb(job, _joined("left join", "and flows.event_at < {end}.window_end", "{column}"))


def duckdb_asof(job: Job) -> Run:
    """The last window that had started, if it had not ended."""
    held = "case when flows.event_at < {end}.window_end then {column} end"
    return _duckdb(job, _joined("asof left join", "", held))


def _joined(join: str, condition: str, value: str) -> str:
    columns = ", ".join(
        f"{value.format(end=end, column=f'{end}.{column}')} as {end}_{column}"
        for end in ENDS_OF_FLOW
        for column in HOLDER
    )
    joins = " ".join(
        f"{join} windows as {end} on flows.scope_id = {end}.scope_id "
        f"and flows.{end}_ip = {end}.address and flows.event_at >= {end}.window_start "
        f"{condition.format(end=end)}"
        for end in ENDS_OF_FLOW
    )
    return f"""
        with windows as (
            select * from read_parquet(getvariable('windows_file'))
            where window_start < getvariable('end_at') and window_end > getvariable('start_at')
        )
        select flows.*, {columns} from read_parquet(getvariable('flows_file')) as flows {joins}
    """


def _duckdb(job: Job, query: str) -> Run:
    db = _open(job)
    name_files(db, job.data)
    for name, moment in zip(("start_at", "end_at"), _span(job), strict=True):
        db.execute(f"set variable {name} = ?", [moment])
    return lambda: _write(job, db.sql(query))


def _open(job: Job) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(config={"memory_limit": job.memory_limit, "threads": job.threads})
    # DuckDB spills into the current folder by default
    db.execute("set temp_directory = ?", [str(job.home / "spill")])
    db.execute("set enable_progress_bar = false")
    db.execute("set preserve_insertion_order = false")
    return db


def _span(job: Job) -> tuple[datetime, datetime]:
    moments = (job.data.start_ms, job.data.end_ms)
    start, end = (datetime.fromtimestamp(ms / 1000, UTC).replace(tzinfo=None) for ms in moments)
    return start, end


def _write(job: Job, rows: duckdb.DuckDBPyRelation, name: str = "out") -> None:
    rows.write_parquet(str(job.output / f"{name}.parquet"), compression="snappy")


def project(job: Job) -> Run:
    """From answers that are there (a join), or from a month of asked addresses (an increment)."""
    if job.cell.kind == "increment":
        return _project(job, "history", FILLED | GIVEN | {"int_asked_addresses"})
    return _project(job, "answers", FILLED | GIVEN | ANSWERS)


def project_whole(job: Job) -> Run:
    """From the flows and the windows: which addresses are asked for, their answers, the join."""
    return _project(job, "windows", FILLED | GIVEN)


def _project(job: Job, database: str, given: frozenset[str]) -> Run:
    models = models_in(job.models)
    wanted = {*models.needed(ENDS, given), *models.needed(SLICES, given)}
    names = [name for name in models.statements if name in wanted]
    slices, ends = models.relations[SLICES], models.relations[ENDS]
    # a copy, so that no run finds what another left
    file = job.output / "estate.duckdb"
    shutil.copy(database_of(job.data, database), file)
    db = open_warehouse(file, job.memory_limit, job.threads)
    name_files(db, job.data)
    query = f"select {', '.join(OUTPUT)} from {ends}"

    def run() -> Parts:
        parts = build(db, models, names)
        start = time.perf_counter()
        # as create_table_as of the project does
        cuts = db.execute(f"from {slices} order by slice_start").fetchall()
        for number, (slice_start, slice_end) in enumerate(cuts):
            db.execute("set variable slice_start = ?", [slice_start])
            db.execute("set variable slice_end = ?", [slice_end])
            _write(job, db.sql(query), f"out-{number}")
        return parts | {WRITE: time.perf_counter() - start}

    return run


def polars(job: Job) -> Run:
    import polars as pl

    def run() -> None:
        start, end = _span(job)
        joined = pl.scan_parquet(job.data.flows).sort("event_at")
        windows = (
            pl.scan_parquet(job.data.windows)
            .filter(pl.col("window_start") < end, pl.col("window_end") > start)
            .sort("window_start")
        )
        for side in ENDS_OF_FLOW:
            names = {column: f"{side}_{column}" for column in HOLDER}
            joined = joined.join_asof(
                windows.rename(names),
                left_on="event_at",
                right_on="window_start",
                by_left=["scope_id", f"{side}_ip"],
                by_right=["scope_id", "address"],
                # sorted above, by time alone
                check_sortedness=False,
            )
            is_held = pl.col("event_at") < pl.col("window_end")
            joined = joined.with_columns(
                pl.when(is_held).then(pl.col(name)).alias(name) for name in names.values()
            ).drop("window_start", "window_end")
        joined.select(OUTPUT).sink_parquet(job.output / "out.parquet", compression="snappy")

    return run


def pandas(job: Job) -> Run:
    import pandas as pd
    import pyarrow as pa

    pa.set_cpu_count(job.threads)
    start, end = (pd.Timestamp(moment) for moment in _span(job))

    def run() -> None:
        # Arrow's types: Python objects would take several times the memory
        joined = pd.read_parquet(job.data.flows, dtype_backend="pyarrow").sort_values("event_at")
        windows = pd.read_parquet(
            job.data.windows,
            dtype_backend="pyarrow",
            filters=[("window_start", "<", end), ("window_end", ">", start)],
        ).sort_values("window_start")
        for side in ENDS_OF_FLOW:
            names = {column: f"{side}_{column}" for column in HOLDER}
            joined = pd.merge_asof(
                joined,
                windows.rename(columns=names),
                left_on="event_at",
                right_on="window_start",
                left_by=["scope_id", f"{side}_ip"],
                right_by=["scope_id", "address"],
            )
            is_held = (joined.event_at < joined.window_end).fillna(False)
            for name in names.values():
                joined[name] = joined[name].where(is_held)
            joined = joined.drop(columns=["window_start", "window_end", "address"])
        joined[list(OUTPUT)].to_parquet(
            job.output / "out.parquet", compression="snappy", index=False
        )

    return run


def chdb(job: Job) -> Run:
    import chdb

    # its SQL names files, as these lie in the current folder
    os.chdir(job.home)
    start, end = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in _span(job))
    flow = ", ".join(f"flows.{column} as {column}" for column in FLOW)
    columns = ", ".join(
        f"if(flows.event_at < {side}.window_end, {side}.{column}, null) as {side}_{column}"
        for side in ENDS_OF_FLOW
        for column in HOLDER
    )
    joins = " ".join(
        f"asof left join windows as {side} on flows.scope_id = {side}.scope_id "
        f"and flows.{side}_ip = {side}.address and flows.event_at >= {side}.window_start"
        for side in ENDS_OF_FLOW
    )
    query = f"""
        with windows as (
            select * from file('windows.parquet')
            where window_start < toDateTime64('{end}', 6, 'UTC')
                and window_end > toDateTime64('{start}', 6, 'UTC')
        )
        select {flow}, {columns} from file('flows.parquet') as flows {joins}
        into outfile 'out/{job.contender}/out.parquet' format Parquet
        settings join_use_nulls = 1, max_threads = {job.threads},
            output_format_parquet_compression_method = 'snappy'
    """

    def run() -> None:
        chdb.query(query, "Null")

    return run


CONTENDERS: dict[str, Callable[[Job], Run]] = {
    FLOOR: floor,
    COPY: copy,
    PROJECT: project,
    "project-whole": project_whole,
    "project-first": project_whole,
    "blog": blog,
    "duckdb-asof": duckdb_asof,
    "polars": polars,
    "pandas": pandas,
    "chdb": chdb,
}
