"""Every flow in the shapes that SIEMs take: valid there, and nobody's identity on another's end.

    python -m tests.python.test_siem    # writes golden/siem_events.json anew, from demo/

The errors that public parsers of these logs make are tried by name.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from tests.python.conftest import ROOT, BuildResult

VERSION = "1.7.0"
PROFILES = ["cloud", "security_control"]
GOLDEN = Path(__file__).parent / "golden" / "siem_events.json"
OF_THE_RUN = "processed_time"

# One flow of the demo for each way in which its ends are known.
CHOSEN = """
    select min_by(flow_id, (event_at, flow_id))
    from marts.fct_flows
    group by direction, src_match_method, dst_match_method, dst_unmatched_reason
    order by 1
"""

# The documented enumerations of ASIM's NetworkSession and common fields that are used here.
ASIM_VALUES = {
    "EventType": {"EndpointNetworkSession", "NetworkSession", "L2NetworkSession", "IDS", "Flow"},
    "EventSubType": {"Start", "End"},
    "EventResult": {"Success", "Partial", "Failure", "NA"},
    "EventSeverity": {"Informational", "Low", "Medium", "High"},
    "EventSchema": {"NetworkSession"},
    "EventVendor": {"Microsoft"},
    "EventProduct": {"Azure NSG flows"},
    "DvcAction": {
        *("Allow", "Deny", "Drop", "Drop ICMP", "Reset", "Reset Source", "Reset Destination"),
        *("Encrypt", "Decrypt", "VPNroute"),
    },
    "NetworkDirection": {"Inbound", "Outbound", "Local", "External", "NA"},
    "NetworkProtocolVersion": {"IPv4", "IPv6"},
    **{f"{end}IdType": {"AzureResourceId"} for end in ("Dvc", "SrcDvc", "DstDvc")},
}
# Fields of class Mandatory, those of the devices among them.
ASIM_MANDATORY = {
    *("TimeGenerated", "EventCount", "EventStartTime", "EventEndTime", "EventType", "EventResult"),
    *("EventProduct", "EventVendor", "EventSchema", "EventSchemaVersion", "Dvc", "Src", "Dst"),
}
# What the schema's documentation lists, of those that are used here.
ASIM_FIELDS = {
    *ASIM_MANDATORY,
    *ASIM_VALUES,
    *("EventOriginalUid", "EventOriginalType", "EventOriginalSubType", "EventProductVersion"),
    *("DvcId", "DvcHostname", "DvcScopeId", "DvcInterface", "DvcMacAddr", "DvcOriginalAction"),
    *(
        f"{end}{field}"
        for end in ("Src", "Dst")
        for field in (
            *("IpAddr", "PortNumber", "Hostname", "DvcId", "DvcScopeId", "InterfaceName"),
            *("MacAddr", "Bytes", "Packets"),
        )
    ),
    *("NetworkProtocol", "NetworkBytes", "NetworkPackets", "NetworkRuleName", "AdditionalFields"),
}


@pytest.fixture(scope="module")
def complaints() -> Callable[[dict], list[str]]:
    """What OCSF's own schema has against an event, also against its names of what has a number."""
    return _complaints(VERSION)


def _complaints(version: str) -> Callable[[dict], list[str]]:
    raw = get_ocsf_schema(version=version)
    name = "network_activity"
    generated = OcsfJsonSchemaEmbedded(raw).get_class_schema(class_name=name, profiles=PROFILES)
    validator = jsonschema.Draft202012Validator(generated)
    objects, types = raw["objects"], raw.get("types", {})

    def inner(value: dict, attributes: dict, path: str) -> Iterator[str]:
        for key, one in value.items():
            described = attributes.get(key)
            if described is None:
                continue  # the generated schema refuses it, but in `unmapped`
            captions = {
                number: each["caption"] for number, each in described.get("enum", {}).items()
            }
            caption = value.get(described.get("sibling", ""))
            if captions and caption is not None and captions.get(str(one)) != caption:
                yield f"{path}{key}: {one} is not called {caption}"
            low_high = types.get(described["type"], {}).get("range")
            if low_high and not low_high[0] <= one <= low_high[1]:
                yield f"{path}{key}: {one} is out of range"
            if isinstance(one, dict) and described.get("object_type") in objects:
                inside = objects[described["object_type"]]["attributes"]
                yield from inner(one, inside, f"{path}{key}.")

    def told(event: dict) -> list[str]:
        found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(event)]
        return found + list(inner(event, raw["classes"][name]["attributes"], ""))

    return told


@pytest.fixture(scope="module")
def db(demo: BuildResult) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo.database), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


@pytest.fixture(scope="module")
def flows(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    return _rows(db, "select * from marts.fct_flows", "flow_id")


@pytest.fixture(scope="module")
def ocsf(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    return _events(db, "ocsf_network_activity")


@pytest.fixture(scope="module")
def asim(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    return _events(db, "asim_network_session")


def _rows(
    db: duckdb.DuckDBPyConnection, sql: str, key: str, *values: Any
) -> dict[str, dict[str, Any]]:
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert len({row[key] for row in rows}) == len(rows)
    return {row[key]: row for row in rows}


def _events(db: duckdb.DuckDBPyConnection, view: str) -> dict[str, dict[str, Any]]:
    key = {"ocsf_network_activity": "metadata__uid", "asim_network_session": "EventOriginalUid"}
    found = _rows(db, f"select {key[view]}, event from marts.{view}", key[view])
    return {uid: json.loads(row["event"]) for uid, row in found.items()}


# ---- the schemas


def test_every_event_is_valid_ocsf(ocsf, complaints) -> None:
    found = Counter(text for event in ocsf.values() for text in complaints(event))
    assert found == {}


@pytest.mark.parametrize("version", ["1.1.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0", "1.8.0"])
def test_for_other_versions_the_observation_point_is_all_that_has_to_go(ocsf, version) -> None:
    """docs/siem.md says so."""
    told = _complaints(version)
    newer = ("observation_point_id", "observation_point") if version < "1.7.0" else ()
    sample = [event for number, event in enumerate(ocsf.values()) if number % 25 == 0]
    for event in sample:
        event = json.loads(json.dumps(event))
        if newer:
            assert told(event), version
        for key in newer:
            del event[key]
        assert told(event) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda e: e.pop("class_uid"),
        lambda e: e.update(class_uid="4001"),
        lambda e: e.update(activity_id=42),
        lambda e: e.update(activity_name="Denied"),
        lambda e: e["metadata"].pop("product"),
        lambda e: e.update(src_endpoint={"ip": "10.0.0.4", "vm": "web"}),
        lambda e: e.update(src_endpoint={"port": 4}),
        lambda e: e["dst_endpoint"].update(port=70000),
        lambda e: e["connection_info"].update(direction="Inside"),
        lambda e: e["traffic"].update(bytes="many"),
        lambda e: e["cloud"].update(region=None),
    ],
)
def test_the_validation_can_fail(ocsf, complaints, damage) -> None:
    event = next(event for event in ocsf.values() if {"traffic", "dst_endpoint"} <= event.keys())
    event = json.loads(json.dumps(event))
    assert complaints(event) == []
    damage(event)
    assert complaints(event)


def test_every_event_is_what_asim_documents(asim) -> None:
    for event in asim.values():
        assert event.keys() <= ASIM_FIELDS
        assert event.keys() >= ASIM_MANDATORY
        for field, values in ASIM_VALUES.items():
            assert event.get(field, next(iter(values))) in values, (field, event[field])
        for device in ("Dvc", "SrcDvc", "DstDvc"):
            assert (f"{device}Id" in event) == (f"{device}IdType" in event)
        denied = event["DvcAction"] == "Deny"
        assert event["EventResult"] == ("Failure" if denied else "Success")
        assert event["EventSeverity"] == ("Low" if denied else "Informational")
    assert {"Allow", "Deny"} == {event["DvcAction"] for event in asim.values()}


@pytest.mark.parametrize("view", ["ocsf_network_activity", "asim_network_session"])
def test_columns_and_event_say_the_same(db, view) -> None:
    """`a__b` is b in a; a null is not there."""
    cursor = db.execute(f"select * from marts.{view}")
    names = [column[0] for column in cursor.description]
    for row in cursor.fetchall():
        columns = dict(zip(names, row, strict=True))
        event, flat = json.loads(columns.pop("event")), {}
        _flatten(event, "", flat)
        if "AdditionalFields" in columns:
            _flatten(json.loads(columns.pop("AdditionalFields")), "AdditionalFields__", columns)
            for name in ("TimeGenerated", "EventStartTime", "EventEndTime"):
                moment = columns[name].isoformat(timespec="milliseconds")
                columns[name] = f"{moment}Z"
        else:
            assert flat.pop("metadata__profiles") == PROFILES
        assert flat == {name: value for name, value in columns.items() if value is not None}


def _flatten(value: dict, prefix: str, into: dict) -> None:
    for key, one in value.items():
        if isinstance(one, dict):
            _flatten(one, f"{prefix}{key}__", into)
        else:
            into[f"{prefix}{key}"] = one


# ---- the errors of public parsers


def test_the_mac_is_on_the_end_that_it_belongs_to(demo, ocsf, asim, flows) -> None:
    """Elastic and two mappings to OCSF put it on the source, always: wrong for what comes in.

    Held against the raw records, read by Python alone: who captured, and which way.
    """
    captured = set(_captured(demo.database.parent / "raw"))
    ends = {"inbound": ("dst", "src"), "outbound": ("src", "dst")}
    reported, seen = set(), set()
    for uid, flow in flows.items():
        if flow["log_format"] != "vnet_v4":
            continue
        event, session = ocsf[uid], asim[uid]
        here, there = (event[f"{end}_endpoint"] for end in ends[flow["direction"]])
        source, destination = event["src_endpoint"], event["dst_endpoint"]
        reported.add((
            session["DvcMacAddr"], flow["direction"], event["time"],
            source["ip"], destination["ip"], source["port"], destination["port"],
        ))  # fmt: skip
        assert "mac" not in there
        assert session.get("SrcMacAddr") == source.get("mac")
        assert session.get("DstMacAddr") == destination.get("mac")
        if "mac" in here:
            assert here["mac"] == session["DvcMacAddr"]
            assert here["interface_uid"] == session["DvcInterface"]
        point = event["observation_point"]
        expected = {"outbound": "Source", "inbound": "Destination"}[flow["direction"]]
        assert point == expected if "mac" in here else point in ("Neither", "Unknown")
        seen.add((flow["direction"], point, session.get("DvcHostname")))
    assert reported == captured
    # a firewall captured some of both directions, and is neither end of them
    assert {("inbound", "Neither", "fw-01"), ("outbound", "Neither", "fw-01")} <= seen
    assert not [each for each in seen if each[1] == "Neither" and each[2] != "fw-01"]


def _captured(raw: Path) -> Iterator[tuple]:
    """(MAC with colons, direction, time, addresses, ports) of each tuple of the VNet flow logs."""
    for file in sorted(raw.glob("**/insights-logs-flowlogflowevent/**/*.json")):
        text = file.read_text()
        if not text.endswith("]}"):  # one blob of the demo is cut off within its last record
            text = text[: text.rindex(',{"time"')] + "]}"
        for record in json.loads(text)["records"]:
            mac = record["macAddress"]
            mac = ":".join(mac[place : place + 2] for place in range(0, 12, 2))
            for flow in record["flowRecords"]["flows"]:
                for line in (line for group in flow["flowGroups"] for line in group["flowTuples"]):
                    time, source, destination, source_port, port, _, way, *_ = line.split(",")
                    direction = {"I": "inbound", "O": "outbound"}[way]
                    ports = int(source_port), int(port)
                    yield mac, direction, int(time), source, destination, *ports


def test_the_name_of_an_end_is_its_own(ocsf, asim, flows) -> None:
    """Microsoft's parser for NTANetAnalytics cuts the destination's name out of the source's VM."""
    different = 0
    for uid, flow in flows.items():
        event = ocsf[uid]
        for end in ("src", "dst"):
            name = flow[f"{end}_vm_name"]
            assert event[f"{end}_endpoint"].get("name") == name
            assert asim[uid].get(f"{end.capitalize()}Hostname") == name
        different += flow["src_vm_name"] != flow["dst_vm_name"]
    assert different > len(flows) / 2


def test_a_tuple_is_an_event(ocsf, asim, flows) -> None:
    """Elastic merges the tuples of a record into arrays."""
    assert ocsf.keys() == asim.keys() == flows.keys()
    for uid in flows:
        flat: dict[str, Any] = {}
        _flatten(ocsf[uid] | asim[uid], "", flat)
        assert [key for key, value in flat.items() if isinstance(value, list)] == [
            "metadata__profiles"
        ]
        assert asim[uid]["EventCount"] == 1


def test_an_address_is_no_hostname(asim) -> None:
    for event in asim.values():
        for end in ("Src", "Dst"):
            assert event.get(f"{end}Hostname") != event[f"{end}IpAddr"]


# ---- flows by hand


def _by_hand(database: Path, **changes: Any) -> tuple[dict, dict]:
    """The two events of one flow of the demo in which columns were changed."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("begin")
        [(uid,)] = connection.execute(
            "select min(flow_id) from marts.fct_flows where log_format = 'vnet_v4' "
            "and direction = 'outbound' and src_match_method = 'mac' and dst_vm_id is not null"
        ).fetchall()
        for column, value in changes.items():
            connection.execute(
                f"update marts.fct_flows set {column} = ? where flow_id = ?", [value, uid]
            )
        events = tuple(
            _events(connection, view)[uid]
            for view in ("ocsf_network_activity", "asim_network_session")
        )
        connection.execute("rollback")
    return events


@pytest.fixture(scope="module")
def database(demo: BuildResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(demo.database, tmp_path_factory.mktemp("siem") / demo.database.name))


NONE = {
    f"src_{column}": None
    for column in ("nic_id", "vm_id", "vm_uuid", "vm_name", "match_method", "evidence")
}


def test_a_text_is_a_text(database, complaints) -> None:
    name = "<img src=x onerror=alert(1)>\"'\\é\n"
    event, session = _by_hand(database, src_vm_name=name, rule_name='a,b;\t"c"')
    assert complaints(event) == []
    assert event["src_endpoint"]["name"] == session["SrcHostname"] == name


def test_what_is_not_known_is_not_there(database, complaints) -> None:
    event, session = _by_hand(
        database, **NONE, src_unmatched_reason="ambiguous", src_candidates=2, tenant_id=None,
        subscription_id=None, rule_name=None, vnet_id=None, capture_nic_id=None,
        bytes_src_to_dst=None, bytes_dst_to_src=None, packets_src_to_dst=None,
        packets_dst_to_src=None, flow_state=None, protocol_name=None,
    )  # fmt: skip
    assert complaints(event) == []
    assert event["src_endpoint"].keys() == {"ip", "port"}
    assert event["unmapped"]["src"] == {"unmatched_reason": "ambiguous", "candidates": 2}
    assert event["cloud"] == {"provider": "Azure"}
    assert not {"traffic", "firewall_rule"} & event.keys()
    assert (event["activity_id"], event["observation_point_id"]) == (6, 0)
    assert session["Src"] == session["SrcIpAddr"]
    assert not {"SrcDvcId", "SrcDvcIdType", "SrcHostname", "EventSubType", "NetworkBytes"} & (
        session.keys()
    )


def test_an_unknown_nic_is_no_end(database, complaints) -> None:
    """It may be a firewall's that no inventory has: its MAC is nobody's."""
    event, session = _by_hand(database, capture_nic_id=None, src_match_method="vnet_ip")
    assert complaints(event) == []
    assert "mac" not in event["src_endpoint"] and "mac" not in event["dst_endpoint"]
    assert event["unmapped"]["capture"]["mac"] and session["DvcMacAddr"]
    assert event["observation_point"] == "Unknown"


def test_an_address_that_nobody_can_read_is_no_endpoint(database, complaints) -> None:
    event, session = _by_hand(
        database, **NONE, src_unmatched_reason="invalid_address", src_ip="not-an-address"
    )
    assert complaints(event) == []
    assert "src_endpoint" not in event
    assert event["unmapped"]["src"]["address"] == "not-an-address"
    assert event["connection_info"]["direction"] == "Unknown"
    assert "SrcIpAddr" not in session and session["NetworkDirection"] == "NA"
    assert session["Src"] == "not-an-address" and session.keys() >= ASIM_MANDATORY


def test_ipv6_and_bytes_beyond_32_bits(database, complaints) -> None:
    event, session = _by_hand(
        database, src_ip="2001:db8::1", bytes_src_to_dst=2**62, bytes_dst_to_src=1, protocol=50,
        protocol_name="ESP",
    )  # fmt: skip
    assert complaints(event) == []
    assert event["connection_info"]["protocol_ver_id"] == 6
    assert event["connection_info"]["protocol_name"] == "esp"
    assert event["traffic"]["bytes_out"] == session["SrcBytes"] == 2**62
    assert event["traffic"]["bytes_in"] == session["DstBytes"] == 1
    assert session["NetworkProtocolVersion"] == "IPv6"


def test_a_vnet_is_named_where_it_is_certain(database) -> None:
    """A NIC made again in another VNet, under its name, was in two: which one when is not asked."""
    event, _ = _by_hand(database, dst_match_method="peered_vnet_ip")
    nic = event["dst_endpoint"]["interface_uid"]
    assert event["dst_endpoint"]["vpc_uid"]
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "insert into marts.dim_nic_ip_windows by name select * replace ('/another' as vnet_id) "
            "from (select * from marts.dim_nic_ip_windows where nic_id = ? limit 1)",
            [nic],
        )
    try:
        event, session = _by_hand(database, dst_match_method="peered_vnet_ip")
        assert "vpc_uid" not in event["dst_endpoint"]
        assert "DstVNetId" not in session["AdditionalFields"]
    finally:
        with duckdb.connect(str(database)) as connection:
            connection.execute("delete from marts.dim_nic_ip_windows where vnet_id = '/another'")


# ---- shipping


def test_what_is_documented_ships_each_event_in_a_line(
    database, ocsf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [query] = re.findall(
        r"```sql\n(copy .*?)```", (ROOT / "docs" / "siem.md").read_text(), re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    with duckdb.connect(str(database)) as connection:
        connection.execute("begin")
        connection.execute(
            "update marts.fct_flows set rule_name = 'a\"b,\n\x01' where dst_port = 443"
        )
        connection.execute(query)
        connection.execute("rollback")
    lines = (tmp_path / "events.json").read_text().splitlines()
    shipped = [json.loads(line) for line in lines]
    assert {event["metadata"]["uid"] for event in shipped} == ocsf.keys()
    assert len(lines) == len(ocsf)
    assert {event["firewall_rule"]["name"] for event in shipped} >= {'a"b,\n\x01'}


# ---- golden


def golden(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """The chosen flows in both shapes, without what belongs to a run."""
    chosen = [uid for (uid,) in db.execute(CHOSEN).fetchall()]
    ocsf, asim = _events(db, "ocsf_network_activity"), _events(db, "asim_network_session")
    for event in ocsf.values():
        del event["metadata"][OF_THE_RUN]
    return {uid: {"ocsf": ocsf[uid], "asim": asim[uid]} for uid in chosen}


def test_the_demo_has_the_events_that_were_looked_at(db) -> None:
    assert golden(db) == json.loads(GOLDEN.read_text())


def main() -> int:
    with duckdb.connect(str(ROOT / "demo" / "azure_flows.duckdb"), read_only=True) as db:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(json.dumps(golden(db), indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
