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

SQL = Path(__file__).with_name("flows.sql")
REGION = "eastus"
BLOBS_AT_ONCE = 64

# One row per blob of an hour: its text, printed as azure_files prints single records.
_BLOBS = """
with

tuples as (
    select
        *,
        concat_ws(
            ',',
            case log_format when 'vnet_v4' then tuple_ms else tuple_ms // 1000 end,
            src_ip, dst_ip, src_port, dst_port,
            case when log_format = 'vnet_v4' then cast(protocol as varchar)
                when protocol = 17 then 'U' else 'T' end,
            if(is_outbound, 'O', 'I'),
            case log_format
                when 'vnet_v4' then state || ',NX,'
                    || if(state = 'E', concat_ws(',', 1 + i % 90, 60 + i % 9000, 3, 1800), '0,0,0,0')
                when 'nsg_v2' then if(state = 'D', 'D,B', 'A,' || state) || ','
                    || if(state = 'E', concat_ws(',', 1 + i % 90, 60 + i % 9000, 3, 1800), ',,,')
                else if(state = 'D', 'D', 'A')
            end
        ) as flow_tuple
    from captures
    where written_ms >= $hour_ms and written_ms < $hour_ms + 3600000
),

records as (
    select
        log_format, flow_log_id, mac, written_ms,
        '"' || string_agg(flow_tuple, '","' order by tuple_ms, i, is_outbound) || '"' as flow_tuples,
        strftime(make_timestamp(written_ms * 1000), '%Y-%m-%dT%H:%M:%S.%g0000Z') as record_time
    from tuples
    group by log_format, flow_log_id, mac, written_ms
)

select
    log_format, flow_log_id, mac,
    '{"records":[' || string_agg(
        case log_format
            when 'vnet_v4' then format(
                '{{"time":"{}","flowLogVersion":4,"flowLogGUID":"{}","macAddress":"{}",'
                '"category":"FlowLogFlowEvent","flowLogResourceID":"{}","targetResourceID":"{}",'
                '"operationName":"FlowLogFlowEvent","flowRecords":{{"flows":[{{"aclID":"{}",'
                '"flowGroups":[{{"rule":"DefaultRule","flowTuples":[{}]}}]}}]}}}}',
                record_time, md5(flow_log_id), mac, upper(flow_log_id), target_id, $acl, flow_tuples
            )
            else format(
                '{{"time":"{}","systemId":"{}",{}"category":"NetworkSecurityGroupFlowEvent",'
                '"resourceId":"{}","operationName":"NetworkSecurityGroupFlowEvents","properties":'
                '{{"Version":{},"flows":[{{"rule":"DefaultRule","flows":[{{"mac":"{}",'
                '"flowTuples":[{}]}}]}}]}}}}',
                record_time, md5(flow_log_id),
                if(log_format = 'nsg_v1', '', '"macAddress":"' || mac || '",'),
                upper(flow_log_id), log_format[-1:], mac, flow_tuples
            )
        end,
        ',' order by written_ms
    ) || ']}' as blob
from records
inner join vnet_logs using (log_format, flow_log_id)
group by log_format, flow_log_id, mac
order by all
"""

_TRUTH = """
copy (
    select
        make_timestamp(tuple_ms * 1000) as event_at,
        log_format,
        lower(flow_log_id) as flow_log_id,
        mac as capture_mac,
        if(is_outbound, 'outbound', 'inbound') as direction,
        src_ip, src_port, dst_ip, dst_port, protocol,
        lower(nic_id) as capture_nic_id,
        src_vm_id, src_vm_uuid, src_kind, src_reuse_gap_ms, src_had_holder, src_is_capture,
        dst_vm_id, dst_vm_uuid, dst_kind, dst_reuse_gap_ms, dst_had_holder, dst_is_capture
    from captures
    order by event_at, capture_mac, direction, src_ip, src_port, dst_ip, dst_port, log_format
) to '{path}' (format parquet)
"""

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
        db.execute(f"set temp_directory = '{scratch}'")
        # The order of what is written depends on the queries alone.
        _load(db, world, Path(scratch))
        db.execute(SQL.read_text())
        first = START // az.HOUR_MS * az.HOUR_MS
        last = db.execute("select max(written_ms) from captures").fetchone()[0]
        hours = range(first, last + 1, az.HOUR_MS)
        for done, hour in enumerate(hours, start=1):
            _write_hour(db, folder, hour)
            if on_progress:
                on_progress(done, len(hours))
        db.execute(_TRUTH.format(path=str(truth).replace("'", "''")))
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
    blobs = db.execute(_BLOBS, {"hour_ms": hour_ms, "acl": az.ZERO_GUID})
    while rows := blobs.fetchmany(BLOBS_AT_ONCE):
        for log_format, log_id, mac, text in rows:
            place = az.vnet_blob if log_format == "vnet_v4" else az.nsg_blob
            az.write_text(folder, place(log_id, mac, hour_ms), text)
