"""Flow logs of a world, and the truth about each flow: made in DuckDB, a blob at a time in memory.

Flows are never Python objects: `flows.sql` makes them, and a query per hour prints their records.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from scripts import azure_files as az
from scripts.simulate.world import START, VNETS, Vnet, World

HERE = Path(__file__).parent
REGION = "eastus"
BLOBS_AT_ONCE = 64
MEMORY_LIMIT = "4GB"

Progress = Callable[[int, int], None]


def write_flows(
    world: World, folder: Path, truth: Path, *, on_progress: Progress | None = None
) -> int:
    """Write the flow logs of `world` below `folder`, and one row per tuple to `truth`.

    Args:
        truth: Parquet file; ids lower-cased, VM columns null where that end is no VM.
        on_progress: called with (hours written, hours in all).

    Returns:
        The number of tuples.
    """
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as db:
        # beyond this DuckDB writes to disk; the order of rows is said where it matters
        db.execute(f"set temp_directory = '{scratch}'")
        db.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        db.execute("set preserve_insertion_order = false")
        _load(db, world, Path(scratch))
        db.execute((HERE / "flows.sql").read_text())
        first = START // az.HOUR_MS * az.HOUR_MS
        last = db.execute("select max(written_ms) from captures").fetchone()[0]
        hours = range(first, last + 1, az.HOUR_MS)
        for done, hour in enumerate(hours, start=1):
            _write_hour(db, folder, hour)
            if on_progress:
                on_progress(done, len(hours))
        db.sql((HERE / "truth.sql").read_text()).write_parquet(str(truth))
        return db.execute("select count(*) from captures").fetchone()[0]


def flow_log_id(vnet: Vnet, log_format: str) -> str:
    """The NSG, or the VNet's own flow log."""
    if log_format != "vnet_v4":
        return vnet.nsg
    return az.flow_log_id(vnet.subscription, REGION, f"Fl-{vnet.name}")


def _load(db: duckdb.DuckDBPyConnection, world: World, scratch: Path) -> None:
    """The world's tables and variables, as `flows.sql` wants them."""
    tables = {
        "segments": world.segments(),
        "nics": [
            {
                "nic_no": nic.number,
                "vnet_no": nic.vnet.number,
                "nic_id": nic.arm_id,
                "mac": nic.mac,
                "offset_ms": int(nic.mac[-4:], 16) % az.MINUTE_MS,
            }
            for nic in world.nics
        ],
        "vnet_logs": [
            {
                "vnet_no": vnet.number,
                "log_format": log_format,
                "flow_log_id": flow_log_id(vnet, log_format),
                "target_id": vnet.arm_id,
            }
            for vnet in VNETS
            for log_format in vnet.logs
        ],
        "reach": [
            {"vnet_no": vnet.number, "peer_vnet_no": number}
            for vnet in VNETS
            for number in (vnet.number, *vnet.peers)
        ],
    }
    for name, rows in tables.items():
        file = scratch / f"{name}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        db.execute(
            f"create table {name} as select * from read_json(?, format='newline_delimited', "
            "sample_size=-1, maximum_object_size=1000000)",
            [str(file)],
        )
    for name, value in {
        "seed": world.dials.seed,
        "connections": world.dials.flows,
        "start_ms": START,
        "end_ms": world.end,
        "firewall_no": world.firewall.number,
        "hub_no": world.firewall.vnet.number,
    }.items():
        db.execute(f"set variable {name} = {value}::bigint")


def _write_hour(db: duckdb.DuckDBPyConnection, folder: Path, hour_ms: int) -> None:
    blobs = db.execute((HERE / "blobs.sql").read_text(), {"hour_ms": hour_ms, "acl": az.ZERO_GUID})
    while rows := blobs.fetchmany(BLOBS_AT_ONCE):
        for log_format, log_id, mac, text in rows:
            place = az.vnet_blob if log_format == "vnet_v4" else az.nsg_blob
            az.write_text(folder, place(log_id, mac, hour_ms), text)
