"""Why a flow was answered so, step by step, in sentences that can go into a report."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from scripts.ask.answer import Answer, Row
from scripts.ask.stored import ask, stored
from scripts.ask.who_had import who_had
from scripts.errors import UserError

_PLACES = {
    "vnet_ip": "in the flow's own VNet",
    "peered_vnet_ip": "in the VNets that the flow's own one is peered with",
    "subscription_ip": "in the subscription, since the VNet of the log is not known",
    "tenant_ip": "in the tenant, since no peering of the flow's VNet is known",
}
_REASONS = {
    "internet": "it is a public address that no VNet within reach has or had",
    "azure_platform": "it is Azure's own address (DNS, health probes, link-local)",
    "not_unicast": "it is multicast, broadcast, loopback or unspecified",
    "nic_without_vm": "the NIC that held it belonged to no VM then",
    "ambiguous": "several could have held it, and none is picked",
    "before_first_seen": "the flow is earlier than the first evidence of any holder",
    "after_release": "the last holder had given it up",
    "never_seen": "no NIC within reach is known to have held it then",
    "outside_collection": "there is no inventory of that VNet or subscription",
    "pending": "the flow is newer than the inventory; a later build answers it",
    "invalid_address": "it is no address",
}
# Where nobody is named although somebody had the address before, after or perhaps then.
_BESIDE = {"ambiguous", "before_first_seen", "after_release", "never_seen", "pending"}


def explain(database: Path, flow_id: str) -> Answer:
    """What decided both ends of a flow.

    Returns:
        tables `ends`, `flow` and `events`, and one sentence per step.

    Raises:
        UserError: see `stored`; also where there is no such flow.
    """
    with stored(database) as connection:
        named = {"flow": flow_id.strip()}
        flow = ask(connection, "explain_flow", named)
        if not flow.rows:
            raise UserError(
                f"There is no flow {flow_id!r}: give a whole flow_id of marts.fct_flows; "
                "`flows --vm` with --format json shows them."
            )
        ends = ask(connection, "explain_ends", named)
    beside = {end["flow_end"]: _beside(database, end, flow.rows[0]) for end in ends.rows}
    holders = [row for rows, _ in beside.values() for row in rows]
    with stored(database) as connection:
        named_by = _named_by(*flow.rows, *ends.rows, *holders)
        events = ask(connection, "explain_events", named_by)
    texts = [*_record(flow.rows[0]), *_capture(flow.rows[0])]
    for end in ends.rows:
        texts += _end(end, flow.rows[0], events.rows)
        texts += _neighbours(end, *beside[end["flow_end"]], events.rows)
    tables = {"ends": ends, "flow": flow, "events": events}
    return Answer("explain", tables, tuple(texts), {"flow_id": flow_id})


def _beside(database: Path, end: Row, flow: Row) -> tuple[list[Row], list[Row]]:
    """Who had an unanswered end's address before and after, and who may have had it.

    In the flow's own VNet; where that one never had it, in all others, within reach or not.
    """
    if end["unmatched_reason"] not in _BESIDE:
        return [], []
    found = who_had(database, end["address"], end["event_at"])
    held = [row for row in found.main.rows if row["candidates"]]
    candidates = list(found.tables["candidates"].rows)
    own = flow["vnet_id"]
    if own in {row["vnet_id"] for row in (*held, *candidates)}:
        held, candidates = ([r for r in rows if r["vnet_id"] == own] for rows in (held, candidates))
        # whoever has it there then is what the end's own sentences are about
        return [row for row in held if row["position"] != "at"], candidates
    held_then = {row["vnet_id"] for row in held if row["position"] == "at"}
    return [
        row for row in held if row["position"] == "at" or row["vnet_id"] not in held_then
    ], candidates


def _named_by(*rows: Row) -> dict[str, list[str]]:
    """The evidence that the answers name, and the resources that it is about."""
    columns = ("start_evidence", "end_evidence", "mac_start_evidence", "mac_end_evidence")
    evidence = {_bare(row[name]) for row in rows for name in columns if row.get(name)}
    about = ("capture_nic_id", "capture_vm_id", "search_nic_id", "search_vm_id", "nic_id", "vm_id")
    resources = {row[name] for row in rows for name in about if row.get(name)}
    return {"evidence": sorted(evidence), "resources": sorted(resources)}


def _record(flow: Row) -> list[str]:
    place = flow["place_in_record"].split(".")
    what = f"{flow['direction']} and {flow['action']}"
    return [
        f"The flow is of {_time(flow['event_at'])} UTC: {_socket(flow, 'src')} to "
        f"{_socket(flow, 'dst')}, {flow['protocol_name'] or 'protocol unknown'}, {what}.",
        f"It is tuple {place[2]} of group {place[1]} of flow {place[0]} in a {flow['log_format']} "
        f"record of {_time(flow['recorded_at'])}, which is record {flow['file_row']} of "
        f"{flow['file_path']}.",
    ]


def _capture(flow: Row) -> list[str]:
    nic, mac = flow["capture_nic_id"], flow["capture_mac"]
    if flow["target_nic_id"]:
        first = f"The flow log watches NIC {_name(nic)}, which so wrote the record."
    elif nic:
        said = _told(flow["mac_start_evidence"])
        span = _span(flow["mac_window_start"], flow["mac_window_end"])
        first = f"Its MAC {mac} was NIC {_name(nic)}'s ({span}), by {said}: it wrote the record."
    elif mac:
        first = f"Its MAC {mac} was no known NIC's at that time."
    else:
        first = "The record names no MAC."
    texts = [first]
    if nic and flow["is_capture_flagged_forwarder"]:
        texts.append("That NIC forwards, as a source says: its MAC names neither end.")
    elif nic and flow["is_capture_seen_forwarding"]:
        texts.append("That NIC forwards, as its flows show: its MAC names neither end.")
    if flow["vnet_id"]:
        said = "the flow log" if flow["target_vnet_id"] else "the capturing NIC, or its NSG,"
        texts.append(f"Its addresses are meant in VNet {_name(flow['vnet_id'])}: {said} says so.")
    else:
        texts.append(
            f"Its VNet is not known: its addresses are looked for in subscription "
            f"{flow['subscription_id'] or 'unknown'}."
        )
    return texts


def _end(end: Row, flow: Row, events: tuple[Row, ...]) -> list[str]:
    name, address = end["flow_end"].capitalize(), end["address"]
    answer = _answer(end)
    texts = [f"{name} {address}: {answer}"]
    found = end["search_nic_id"]
    if found:
        held = f"NIC {_name(found)}"
        if end["search_vm_id"]:
            held += f" of VM {_name(end['search_vm_id'])}"
        place = _PLACES[end["search_method"]]
        where = _name(end["window_vnet_id"])
        prefix = "" if end["window_address"] == address else f", within {end['window_address']},"
        texts.append(
            f"{name}: looked for {place}, {held} held it{prefix} in {where} "
            f"({_span(end['window_start'], end['window_end'])})."
        )
        texts.append(f"{name}: {_opened(end, events)}")
        texts.append(f"{name}: {_closed(end, events)}")
    elif end["search_reason"] == "ambiguous":
        place = _PLACES[end["search_method"]]
        texts.append(f"{name}: looked for {place}, {end['search_candidates']} could have held it.")
    mac = _by_mac(end, flow)
    if mac:
        texts.append(f"{name}: {mac}")
    if end["evidence"]:
        texts.append(f"{name}: {_how_sure(end)}")
    return texts


def _neighbours(
    end: Row, held: list[Row], candidates: list[Row], events: tuple[Row, ...]
) -> list[str]:
    name = end["flow_end"].capitalize()
    texts = []
    for row in held:
        when = "then" if row["position"] == "at" else f"{row['position']} that"
        where = f"in {_name(row['vnet_id'])} ({_span(row['window_start'], row['window_end'])})"
        if row["candidates"] > 1:
            texts.append(f"{name}: {when}, several could have held it {where}.")
            continue
        bound = f"opened by {_told(row['start_evidence'], events)}"
        if row["position"] == "before":
            bound = f"closed by {_told(row['end_evidence'], events)}" if row["end_evidence"] else ""
        holder = f"NIC {_name(row['nic_id'])}" if row["nic_id"] else f"MAC {row['nic_mac']}"
        holder += f" of VM {row['vm_name'] or _name(row['vm_id'])}" if row["vm_id"] else ""
        texts.append(f"{name}: {when}, {holder} held it {where}{bound and ', '}{bound}.")
    for row in candidates:
        holder = f"NIC {row['nic_name']}" if row["nic_name"] else f"MAC {row['nic_mac']}"
        holder += f" of VM {row['vm_name'] or _name(row['vm_id'])}" if row["vm_id"] else ""
        texts.append(f"{name}: a candidate in {row['vnet_name']} is {holder}: {row['basis']}.")
    # a candidate may be one by several statements
    return list(dict.fromkeys(texts))


def _answer(end: Row) -> str:
    if end["vm_id"]:
        uuid = f", vmId {end['vm_uuid']}" if end["vm_uuid"] else ", vmId not known"
        return (
            f"VM {end['vm_name']} ({end['vm_id']}{uuid}), method {end['match_method']}, "
            f"evidence {end['evidence']}."
        )
    reason = end["unmatched_reason"]
    return f"no VM, {reason}: {_REASONS.get(reason, 'no further reason is known')}."


def _opened(end: Row, events: tuple[Row, ...]) -> str:
    first = end["first_observed_at"]
    text = f"the window was opened by {_told(end['start_evidence'], events)}"
    if first and end["window_start"] and first > end["window_start"]:
        text += f"; it reaches back from {_time(first)}, when the holder was first seen"
    return text + "."


def _closed(end: Row, events: tuple[Row, ...]) -> str:
    last = f"the NIC was last stated or seen to hold it at {_time(end['last_observed_at'])}"
    if not end["window_end"]:
        return f"nothing has closed it; {last}."
    text = f"it was closed by {_told(end['end_evidence'], events)}"
    if not end["end_evidence"]:
        text = "nothing closed it, the NIC kept the address: what is known of its VM changes there"
    if end["last_observed_at"] and end["last_observed_at"] < end["window_end"]:
        text += f"; {last}"
    return text + "."


def _by_mac(end: Row, flow: Row) -> str | None:
    nic = _name(flow["capture_nic_id"]) if flow["capture_nic_id"] else "no known NIC"
    if end["is_confirmed_by_mac"]:
        return f"the flow was logged at this end, and the record's MAC is {nic}'s too: method mac."
    if end["is_by_mac_alone"]:
        why = end["search_reason"] or "another NIC's is stretched to it"
        return (
            f"no sure window reaches this moment ({why}), but the flow was logged at this end by "
            f"{nic}, which does not forward: the record's MAC names the NIC."
        )
    if end["is_denied_by_mac"]:
        return (
            "the record's MAC is another NIC's than the one that was found in the subscription: "
            "neither is picked."
        )
    return None


def _how_sure(end: Row) -> str:
    if end["evidence"] == "confirmed":
        return "confirmed, since there is evidence of this holder before and after the flow."
    if end["evidence"] == "open":
        return "open, since there is evidence before the flow, and none after it yet."
    bounds = "beyond what evidence of this holder brackets, or right beside a change of hands"
    if end["is_by_mac_alone"]:
        bounds = "outside every window, so that the record's MAC is all there is"
    return f"extended, since the flow lies {bounds}."


def _told(evidence: str | None, events: tuple[Row, ...] = ()) -> str:
    """Evidence in words, with the event where it is one that was asked for."""
    if not evidence:
        return "what is not recorded"
    bare = _bare(evidence)
    kind, _, rest = bare.partition(" ")
    if kind == "collector":
        text = f"the collector's snapshot of {rest}"
    elif kind == "sighting":
        mac, _, at = rest.partition(" ")
        text = f"a flow log of MAC {mac} at {at}"
    else:
        told = [event for event in events if event["evidence"] == bare]
        text = f"operation {rest}"
        if told:
            event = next((e for e in told if e["status"] in ("accept", "success")), told[0])
            by = f" by {event['caller']}" if event["caller"] else ""
            text = (
                f"{event['operation_name']} of {_name(event['resource_id'])} at "
                f"{_time(event['event_at'])}{by} (operation {rest}, event {event['file_row']} of "
                f"{event['file_path']})"
            )
    return f"the next holder, by {text}" if evidence.startswith("next_holder ") else text


def _bare(evidence: str) -> str:
    return re.sub(r"^(next_holder )+", "", evidence)


def _span(start: datetime | None, end: datetime | None) -> str:
    until = f"until {_time(end)}" if end else "and still"
    if start is None or start.year == 1970:
        return f"since before anything was seen, {until}"
    return f"from {_time(start)} {until}"


def _time(moment: datetime | None) -> str:
    return moment.isoformat(" ", "milliseconds") if moment else "an unknown time"


def _socket(flow: Row, end: str) -> str:
    ip, port = flow[f"{end}_ip"], flow[f"{end}_port"]
    if port is None:
        return str(ip)
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _name(arm_id: Any) -> str:
    return str(arm_id).rsplit("/", 1)[-1]
