"""Contenders of parsing: VNet flow log blobs become one typed row per tuple.

As in join.py, each prepares and gives back what is measured; all write `OUTPUT` as Parquet.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from scripts.bench.cells import FLOOR, PROJECT
from scripts.bench.job import Job
from scripts.bench.join import WRITE, Parts, Run
from scripts.bench.warehouse import DATABASE, SEEDS, build, models_in, open_warehouse
from scripts.landing import land
from scripts.settings import Settings

HERE = Path(__file__).parent
LANDING = HERE.parent / "landing"
OUTPUT = (
    *("recorded_at", "capture_mac", "flow_log_id", "target_id", "acl_id", "rule_name", "event_at"),
    *("src_ip", "dst_ip", "src_port", "dst_port", "protocol", "direction", "action", "flow_state"),
    *("encryption", "packets_src_to_dst", "bytes_src_to_dst", "packets_dst_to_src"),
    "bytes_dst_to_src",
)
TUPLES = "int_tuples_vnet_v4"
STAGED, TAKEN_UP = "stg_flow_logs__records", "int_records_taken_up"
DIRECTIONS = {"I": "inbound", "O": "outbound"}
STATES = {"B": "begin", "C": "continue", "E": "end", "D": "denied"}
_FILES_AT_ONCE = 20


def floor(job: Job) -> Run:
    """Read all bytes, and write tuples that are ready."""
    db = duckdb.connect(config={"memory_limit": job.memory_limit, "threads": job.threads})
    db.execute("set preserve_insertion_order = false")
    db.execute("set enable_progress_bar = false")
    blobs, tuples = str(job.data.raw / "**" / "*.json"), str(job.data.truth)

    def run() -> None:
        db.execute("select sum(octet_length(content)) from read_blob(?)", [blobs]).fetchall()
        db.read_parquet(tuples).write_parquet(str(job.output / "out.parquet"), compression="snappy")

    return run


def project(job: Job) -> Run:
    """Landing's own SQL reads blobs, the compiled model makes tuples of them, in one go.

    As in landing, each thread has blobs of its own: DuckDB reads them one after another.
    """
    models = models_in(job.models)
    db = _warehouse(job)
    files = [str(file) for file in sorted(job.data.raw.rglob("*.json"))]
    tuples = f"select {', '.join(OUTPUT)} from {models.relations[TUPLES]}"
    blobs = [(LANDING / name).read_text() for name in ("blobs.sql", "bulk_flow_logs.sql")]
    workers = [db.cursor() for _ in range(job.threads)]
    for worker in workers:
        for script in ("time_macros.sql", "flow_log_macros.sql"):
            worker.execute((LANDING / script).read_text())
        worker.execute("set preserve_insertion_order = false")

    def take_up(number: int) -> None:
        own = files[number :: len(workers)]
        workers[number].execute(
            "create or replace temp table batch_files as "
            "select unnest(?::varchar[]) as file_path, file_path as local_path",
            [own],
        )
        workers[number].execute("set variable blob_paths = ?", [own])
        for script in blobs:
            workers[number].execute(script)

    def parse(number: int) -> None:
        out = str(job.output / f"out-{number}.parquet")
        workers[number].sql(tuples).write_parquet(out, compression="snappy")

    def run() -> None:
        for number in range(len(workers)):
            take_up(number)
        # views that every connection has, over what each reads
        workers[0].execute((HERE / "parse.sql").read_text())
        build(workers[0], models, [STAGED])
        workers[0].execute(
            f"create view {models.relations[TAKEN_UP]} as select * from {models.relations[STAGED]}"
        )
        build(workers[0], models, [TUPLES])
        with ThreadPoolExecutor(len(workers)) as pool:
            list(pool.map(parse, range(len(workers))))

    return run


def project_landing(job: Job) -> Run:
    """`land`, which checks and keeps every record and tuple, then the compiled models."""
    models = models_in(job.models)
    names = models.needed(TUPLES, SEEDS | {"raw.flow_logs", "state.runs"})
    tuples = models.relations[TUPLES]
    database = _database(job)
    settings = Settings(database, job.data.raw, job.memory_limit, job.threads)

    def run() -> Parts:
        start = time.perf_counter()
        land(settings)
        landed = time.perf_counter()
        with open_warehouse(database, job.memory_limit, job.threads) as db:
            db.execute(
                "create schema if not exists state; create or replace table state.runs as "
                "select 1::bigint as run_no, now()::timestamp as started_at, "
                "null::timestamp as completed_at, true as is_full_refresh"
            )
            parts = build(db, models, names)
            written = time.perf_counter()
            db.sql(f"select {', '.join(OUTPUT)} from {tuples}").write_parquet(
                str(job.output / "out.parquet"), compression="snappy"
            )
        return {"land": landed - start, **parts, WRITE: time.perf_counter() - written}

    return run


def _database(job: Job) -> Path:
    return Path(shutil.copy(job.models / DATABASE, job.output / DATABASE))


def _warehouse(job: Job) -> duckdb.DuckDBPyConnection:
    return open_warehouse(_database(job), job.memory_limit, job.threads)


def polars(job: Job) -> Run:
    import polars as pl

    text = pl.String
    group = pl.Struct({"rule": text, "flowTuples": pl.List(text)})
    flow = pl.Struct({"aclID": text, "flowGroups": pl.List(group)})
    record = pl.Struct(
        {
            "time": text,
            "macAddress": text,
            "flowLogResourceID": text,
            "targetResourceID": text,
            "flowRecords": pl.Struct({"flows": pl.List(flow)}),
        }
    )
    typed = {
        "recorded_at": pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us"),
        "capture_mac": pl.col("macAddress").str.to_uppercase(),
        "flow_log_id": pl.col("flowLogResourceID").str.to_lowercase(),
        "target_id": pl.col("targetResourceID").str.to_lowercase(),
        "acl_id": pl.col("aclID").str.to_lowercase(),
        "rule_name": pl.col("rule"),
        "event_at": (pl.col("1").cast(pl.Int64) * 1000).cast(pl.Datetime("us")),
        "src_ip": pl.col("2").str.to_lowercase(),
        "dst_ip": pl.col("3").str.to_lowercase(),
        "src_port": pl.col("4").cast(pl.Int32),
        "dst_port": pl.col("5").cast(pl.Int32),
        "protocol": pl.col("6").cast(pl.Int32),
        "direction": pl.col("7").replace_strict(DIRECTIONS),
        "action": pl.when(pl.col("8") == "D").then(pl.lit("denied")).otherwise(pl.lit("allowed")),
        "flow_state": pl.col("8").replace_strict(STATES),
        "encryption": pl.col("9"),
        "packets_src_to_dst": pl.col("10").cast(pl.Int64),
        "bytes_src_to_dst": pl.col("11").cast(pl.Int64),
        "packets_dst_to_src": pl.col("12").cast(pl.Int64),
        "bytes_dst_to_src": pl.col("13").cast(pl.Int64),
    }

    def run() -> None:
        blobs = pl.scan_ndjson(job.data.raw / "**" / "*.json", schema={"records": pl.List(record)})
        fields = pl.col("flowTuples").str.split_exact(",", 12)
        tuples = (
            blobs.explode("records")
            .unnest("records")
            .unnest("flowRecords")
            .explode("flows")
            .unnest("flows")
            .explode("flowGroups")
            .unnest("flowGroups")
            .explode("flowTuples")
            .with_columns(fields.struct.rename_fields([str(i) for i in range(1, 14)]))
            .unnest("flowTuples")
        )
        tuples.select(**typed).sink_parquet(job.output / "out.parquet", compression="snappy")

    return run


def chdb(job: Job) -> Run:
    import chdb

    os.chdir(job.home)
    structure = (
        "records Array(Tuple(time String, macAddress String, flowLogResourceID String, "
        "targetResourceID String, flowRecords Tuple(flows Array(Tuple(aclID String, "
        "flowGroups Array(Tuple(rule String, flowTuples Array(String))))))))"
    )
    query = f"""
        with splitByChar(',', flow_tuple) as fields
        select
            parseDateTime64BestEffort(record.time, 6, 'UTC') as recorded_at,
            upper(record.macAddress) as capture_mac,
            lower(record.flowLogResourceID) as flow_log_id,
            lower(record.targetResourceID) as target_id,
            lower(flow.aclID) as acl_id,
            flow_group.rule as rule_name,
            fromUnixTimestamp64Milli(toInt64(fields[1]), 'UTC') as event_at,
            lower(fields[2]) as src_ip,
            lower(fields[3]) as dst_ip,
            toInt32(fields[4]) as src_port,
            toInt32(fields[5]) as dst_port,
            toInt32(fields[6]) as protocol,
            transform(fields[7], {list(DIRECTIONS)}, {list(DIRECTIONS.values())}, null)
                as direction,
            if(fields[8] = 'D', 'denied', 'allowed') as action,
            transform(fields[8], {list(STATES)}, {list(STATES.values())}, null) as flow_state,
            fields[9] as encryption,
            toInt64(fields[10]) as packets_src_to_dst,
            toInt64(fields[11]) as bytes_src_to_dst,
            toInt64(fields[12]) as packets_dst_to_src,
            toInt64(fields[13]) as bytes_dst_to_src
        from file('raw/**/*.json', 'JSONEachRow', '{structure}') as blobs
        array join blobs.records as record
        array join record.flowRecords.flows as flow
        array join flow.flowGroups as flow_group
        array join flow_group.flowTuples as flow_tuple
        into outfile 'out/{job.contender}/out.parquet' format Parquet
        settings max_threads = {job.threads}, use_hive_partitioning = 0,
            output_format_parquet_compression_method = 'snappy'
    """

    def run() -> None:
        chdb.query(query, "Null")

    return run


def orjson(job: Job) -> Run:
    """What one writes first: a loop over records and tuples, some blobs at a time."""
    import orjson
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_cpu_count(job.threads)
    number = {name: pa.int32() for name in ("src_port", "dst_port", "protocol")}
    counter = {name: pa.int64() for name in OUTPUT[-4:]}
    moment = {name: pa.timestamp("us") for name in ("recorded_at", "event_at")}
    types = number | counter | moment
    schema = pa.schema([(name, types.get(name, pa.string())) for name in OUTPUT])
    files = sorted(job.data.raw.rglob("*.json"))

    def run() -> None:
        with pq.ParquetWriter(job.output / "out.parquet", schema, compression="snappy") as writer:
            for first in range(0, len(files), _FILES_AT_ONCE):
                rows: list[tuple[Any, ...]] = []
                for file in files[first : first + _FILES_AT_ONCE]:
                    rows += _rows(orjson.loads(file.read_bytes()))
                columns = zip(*rows, strict=True)
                arrays = [
                    pa.array(column, field.type)
                    for column, field in zip(columns, schema, strict=True)
                ]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

    return run


def _rows(blob: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for record in blob["records"]:
        # seven digits of a second, of which Python reads six
        recorded_at = datetime.fromisoformat(record["time"][:26]).replace(tzinfo=UTC)
        shared = (
            int(recorded_at.timestamp()) * 1_000_000 + recorded_at.microsecond,
            record["macAddress"].upper(),
            record["flowLogResourceID"].lower(),
            record["targetResourceID"].lower(),
        )
        for flow in record["flowRecords"]["flows"]:
            acl_id = flow["aclID"].lower()
            for group in flow["flowGroups"]:
                rule = group["rule"]
                for flow_tuple in group["flowTuples"]:
                    f = flow_tuple.split(",")
                    yield (
                        *shared,
                        acl_id,
                        rule,
                        int(f[0]) * 1000,
                        f[1].lower(),
                        f[2].lower(),
                        int(f[3]),
                        int(f[4]),
                        int(f[5]),
                        DIRECTIONS.get(f[6]),
                        "denied" if f[7] == "D" else "allowed",
                        STATES.get(f[7]),
                        f[8],
                        int(f[9]),
                        int(f[10]),
                        int(f[11]),
                        int(f[12]),
                    )


CONTENDERS: dict[str, Callable[[Job], Run]] = {
    FLOOR: floor,
    PROJECT: project,
    "project-landing": project_landing,
    "polars": polars,
    "chdb": chdb,
    "orjson": orjson,
}
