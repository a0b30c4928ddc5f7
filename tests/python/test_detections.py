"""Detections on rows of fct_flows: what they rest on is a machine, never the bare address."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.python.conftest import BuildResult

DETECTIONS = ("first_contact", "fan_out", "denied_burst", "beacon", "egress")
# So that three hours of the demo have something to tell.
EASY = {
    "first_contact_past_hours": 0,
    "fan_out_addresses": 2,
    "denied_burst_attempts": 2,
    "beacon_contacts": 3,
    "beacon_seconds": 1,
    "beacon_jitter_percent": 200,
    "egress_past_hours": 1,
    "egress_megabytes": 0,
    "egress_factor": 1,
}
# What one machine would do to be told by each detection, from 10.9.9.9. SQL that gives its flows.
BEHAVIOUR = """
    with calls as (
        -- a call each five minutes, thrice as much as before in the last hour
        select
            'beacon' as part, number,
            timestamp '2026-02-10 08:00:00' + to_minutes(5 * number) as event_at,
            '198.51.100.7' as dst_ip, 443 as dst_port, 'allowed' as action, 'begin' as flow_state,
            case when number >= 24 then 90000000 else 100000 end as bytes, 'internet' as reason
        from (select cast(unnest(range(36)) as integer) as number)
        union all
        select
            'scan', number, timestamp '2026-02-10 10:00:00' + to_seconds(number),
            '10.9.9.' || number, 445, 'denied', 'denied', 0, 'never_seen'
        from (select cast(unnest(range(60)) as integer) as number)
    )

    select
        part || number as flow_id, event_at, event_at as recorded_at, event_at as loaded_at,
        'vnet_v4' as log_format, 'outbound' as direction, action, flow_state, '10.9.9.9' as src_ip,
        50000 + number as src_port, dst_ip, dst_port, 6 as protocol, 'TCP' as protocol_name,
        bytes as bytes_src_to_dst, reason as dst_unmatched_reason, 1 as src_candidates,
        0 as dst_candidates, number
    from calls
"""
OF_ONE = "'/vm/one' as src_vm_id, 'uuid' as src_vm_uuid, 'confirmed' as src_evidence"
# In turn: each machine did half of it.
OF_TWO = """
    case when number % 2 = 0 then '/vm/one' else '/vm/two' end as src_vm_id, 'uuid' as src_vm_uuid,
    'confirmed' as src_evidence
"""
OF_TWO_INCARNATIONS = """
    '/vm/one' as src_vm_id, case when number % 2 = 0 then 'uuid' else 'uuid-2' end as src_vm_uuid,
    'confirmed' as src_evidence
"""
IN_DOUBT = "'/vm/one' as src_vm_id, 'uuid' as src_vm_uuid, 'extended' as src_evidence"
OF_NOBODY = "cast(null as varchar) as src_vm_id, 'ambiguous' as src_unmatched_reason"


@pytest.fixture
def db(demo: BuildResult, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the demo that a test may change."""
    copy = shutil.copy(demo.database, tmp_path / demo.database.name)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def set_thresholds(db: duckdb.DuckDBPyConnection, **thresholds: int) -> None:
    changes = ", ".join(f"{name} = {value}" for name, value in thresholds.items())
    db.execute(f"update reference.detection_thresholds set {changes}")


def make_it_easy(db: duckdb.DuckDBPyConnection) -> None:
    """Nothing is administered in the demo, and no machine of it is denied anything."""
    set_thresholds(db, **EASY)
    db.execute("insert into reference.detection_port_classes values ('application', 6, 8443)")
    db.execute("update marts.fct_flows set action = 'denied' where dst_port = 8081")


def detected(db: duckdb.DuckDBPyConnection, identity: str) -> set[str]:
    """Which detections tell of BEHAVIOUR, if `identity` says whose it was."""
    set_thresholds(
        db, fan_out_addresses=50, denied_burst_attempts=50, beacon_contacts=30, egress_past_hours=2
    )
    db.execute("delete from marts.fct_flows")
    db.execute(
        "insert into marts.fct_flows by name select * exclude (number) from (select *, "
        f"'nic' as src_nic_id, 'nic' as capture_nic_id, {identity} from ({BEHAVIOUR}))"
    )
    return {name for (name,) in db.execute("select detection from marts.detections").fetchall()}


def test_a_machine_that_did_it_is_told(db) -> None:
    assert detected(db, OF_ONE) == {"fan_out", "denied_burst", "beacon", "egress"}


@pytest.mark.parametrize("identity", [OF_TWO, OF_TWO_INCARNATIONS, IN_DOUBT, OF_NOBODY])
def test_an_address_by_itself_is_nobody(db, identity: str) -> None:
    """The egress of a half is still as much as the other's: of who is not in doubt it is told."""
    told = detected(db, identity)
    assert told <= ({"egress"} if identity in (OF_TWO, OF_TWO_INCARNATIONS) else set())


def test_the_list_has_each_of_them_and_names_it_once(db) -> None:
    make_it_easy(db)
    counts = dict(
        db.execute("select detection, count(*) from marts.detections group by 1").fetchall()
    )
    assert counts.keys() == set(DETECTIONS)
    for name in DETECTIONS:
        [(alone,)] = db.execute(f"select count(*) from marts.detection_{name}").fetchall()
        assert counts[name] == alone
    [(ids,)] = db.execute("select count(distinct detection_id) from marts.detections").fetchall()
    assert ids == sum(counts.values())


def test_each_detection_says_who_and_why_and_by_which_flow(db) -> None:
    make_it_easy(db)
    untold = db.execute(
        """
        select detection, detection_id
        from marts.detections as found
        left join marts.fct_flows as flows on found.flow_id = flows.flow_id
        where reason is null or found.vm_id is distinct from flows.src_vm_id
            or found.vm_uuid is distinct from flows.src_vm_uuid
            or flows.src_evidence not in ('confirmed', 'open')
            or found.evidence not in ('confirmed', 'open')
            or first_at > last_at or found.measured < found.threshold
        """
    ).fetchall()
    assert untold == []


def test_a_name_that_nobody_knows_does_not_hide_a_reason(db) -> None:
    make_it_easy(db)
    query = "select count(*), count(reason) from marts.detections"
    before = db.execute(query).fetchone()
    db.execute("update marts.fct_flows set src_vm_name = null, dst_vm_name = null")
    db.execute("update marts.fct_flows set protocol_name = null")
    assert db.execute(query).fetchone() == before
    assert before[0] == before[1] > 0
