"""An estate built to mislead, with the truth beside it.

``write_hostile_estate`` writes raw Azure files and a JSONL of what was true of each tuple. What
a plain join on the address gets wrong stands here once as a scenario, named by its label; the
label of an end says which case it is (see `LABELS`). Every right answer can be derived from the
files: where nothing tells, no flow is made.

Run ``python -m tests.python.hostile_estate FOLDER TRUTH --seed N`` to look at one.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

from scripts import azure_files as az
from tests.python.hostile_scenarios import (
    LABELS,
    OTHER_TENANT,
    SUB_A,
    SUB_B,
    SUB_C,
    SUB_D,
    TENANT,
    Estate,
    build_estate,
    check_truth,
)
from tests.python.hostile_traffic import Traffic, make_traffic
from tests.python.hostile_world import HOUR, SECOND, Ms, World

# No tuples: they are rejected, and nothing else happens.
GARBAGE = ("", "garbage", "1772413200,10.1.0.4,10.1.0.5", "soon,10.1.0.4,10.1.0.5,1,2,T,O,A")


# --- files ---------------------------------------------------------------------------------


def _flow_files(traffic: Traffic, rng: random.Random) -> dict[str, str]:
    """Blobs with a record per NIC and minute; some records stand in two blobs."""
    groups: dict[tuple, list[az.Tuple]] = defaultdict(list)
    for capture in traffic.captures:
        nic, flow = capture.nic, capture.flow
        written_at = az.record_time(flow.at_ms, nic.mac)
        log_id = traffic.flow_log(nic, capture.log_format)
        subnet = nic.vnet.subnet_of(nic.configs[0][1][0])
        target = {"vnet": nic.vnet.arm_id, "subnet": subnet, "nic": nic.arm_id}[nic.vnet.target]
        key = (capture.log_format, log_id, target, nic.mac, written_at)
        groups[key].extend([flow] * capture.copies)
    blobs: dict[str, list[az.Json]] = defaultdict(list)
    for (log_format, log_id, target, mac, written_at), flows in sorted(groups.items()):
        rng.shuffle(flows)
        garbage = rng.choice(GARBAGE) if rng.random() < 0.005 else None
        if log_format == "v4":
            spelled = mac.lower() if rng.random() < 0.3 else mac
            aimed_at = rng.choice((target, target, target.lower(), target.upper()))
            record = az.vnet_record(written_at, log_id, aimed_at, spelled, flows)
            path, late = (az.vnet_blob(log_id, mac, written_at + n * HOUR) for n in (0, 1))
            if rng.random() < 0.2:  # the order of keys is not fixed
                record = dict(sorted(record.items()))
        else:
            record = az.nsg_record(written_at, log_id, mac, flows, int(log_format[1]))
            path, late = (az.nsg_blob(log_id, mac, written_at + n * HOUR) for n in (0, 1))
        if garbage is not None:
            _innermost_tuples(record).append(garbage)
        blobs[path].append(record)
        if rng.random() < 0.05:
            blobs[rng.choice((path, late))].append(record)
    return {path: az.records_text(records) for path, records in blobs.items()}


def _innermost_tuples(record: az.Json) -> list[str]:
    """The first list of tuples of a record, of either family."""
    if "flowRecords" in record:
        return record["flowRecords"]["flows"][0]["flowGroups"][0]["flowTuples"]
    return record["properties"]["flows"][0]["flows"][0]["flowTuples"]


def _operation_files(world: World, rng: random.Random) -> dict[str, str]:
    """Activity logs: JSON Lines, a records wrapper or the REST form, by subscription."""
    hours: dict[str, list[az.Json]] = defaultdict(list)
    for when, subscription, event in sorted(world.events, key=lambda entry: entry[0]):
        # Now and then an event is written to the file of an hour after its own.
        late = HOUR if rng.random() < 0.03 else 0
        hours[az.activity_blob(subscription, when + late)].append(event)
        if rng.random() < 0.04:  # delivered once more, in a later hour's file
            hours[az.activity_blob(subscription, when + 2 * HOUR)].append(event)
    files: dict[str, str] = {}
    for number, (path, events) in enumerate(sorted(hours.items())):
        if SUB_B.upper() in path:
            files[path] = az.records_text(events)
        elif SUB_C.upper() in path and "h=0" in path:
            rest = f"insights-activity-logs/rest/activity_{number}.json"
            files[rest] = json.dumps([_as_rest(event) for event in events], indent=2)
        else:
            files[path] = az.lines_text(events)
    broken = "insights-activity-logs/eventhub/broken.json"
    files[broken] = '{"time":"2026-03-02T01:00:00.0000000Z","resourceId":"/SUBSCR\n'
    return files


def _as_rest(event: az.Json) -> az.Json:
    known = {"Started": "Start", "Accepted": "Accept", "Succeeded": "Success", "Failed": "Failure"}
    result = event["resultType"]
    return az.rest_event(event | {"resultType": known.get(result, result)})


def _snapshot_files(estate: Estate, rng: random.Random) -> dict[str, str]:
    """Complete snapshots of all subscriptions in several shapes, and incomplete ones between."""
    files: dict[str, str] = {}
    for number, at in enumerate(estate.snapshots):
        for subscription in (SUB_A, SUB_B, SUB_C, SUB_D):
            if subscription == SUB_D and number == 1:
                continue  # absent from a snapshot: that says nothing
            # A collector lists one kind after the other.
            for kind, moment in (("virtual_machines", at + 2 * SECOND), ("", at)):
                resources = _inventory(estate, subscription, moment)
                kinds = [kind] if kind else ["network_interfaces", "virtual_networks"]
                wanted = {kind: resources[kind] for kind in kinds}
                files |= _snapshot(wanted, subscription, moment, _shape(subscription, number))
    between = pairwise(estate.snapshots)
    for number, (low, high) in enumerate(between):
        for position, subscription in enumerate((SUB_A, SUB_B, SUB_C, SUB_D)):
            at = (low + (high - low) * (position + 2) // 7) // SECOND * SECOND
            resources = _inventory(estate, subscription, at)
            kept = {
                kind: rng.sample(rows, len(rows) // 3)
                for kind, rows in resources.items()
                if kind != "virtual_networks"
            }
            files |= _incomplete(kept, subscription, at, (number + position) % 4)
        at = (low + high) // 2 // SECOND * SECOND
        files |= _half_failed(estate, at)
    return files


def _tenant(subscription: str) -> str:
    return OTHER_TENANT if subscription == SUB_D else TENANT


def _inventory(estate: Estate, subscription: str, at: Ms) -> dict[str, list[az.Json]]:
    """All resources of a subscription at a moment, by kind."""
    world = estate.world
    nics = [
        world.nic_body(nic, at)
        for nic in world.nics
        if nic.vnet.subscription == subscription and nic.addresses(at)
    ]
    nics += [
        _deleting(world.nic_body(nic, nic.end - 1))
        for nic in world.nics
        if nic.vnet.subscription == subscription and nic.end <= at < nic.deleted_at
    ]
    vms = [
        world.vm_body(vm, at)
        for vm in world.vms
        if az.subscription_of(vm.arm_id) == subscription
        and vm.start <= at < vm.end
        and vm.collected
    ]
    vnets = [
        az.vnet_resource(
            world.spell(vnet.arm_id),
            vnet.prefixes,
            vnet.subnets,
            [az.Peering(world.spell(far.arm_id), far.prefixes, state) for far, state in vnet.peers],
        )
        for vnet in estate.vnets.values()
        if vnet.subscription == subscription
    ]
    world.rng.shuffle(nics)
    return {"network_interfaces": nics, "virtual_machines": vms, "virtual_networks": vnets}


def _deleting(body: az.Json) -> az.Json:
    """A NIC that is still listed while its delete runs; its VM is gone already."""
    properties = body["properties"] | {"provisioningState": "Deleting"}
    properties.pop("virtualMachine", None)
    return body | {"properties": properties}


def _shape(subscription: str, number: int) -> str:
    if subscription == SUB_C:
        return "resource_graph" if number % 2 else "az"
    return "pages" if subscription == SUB_D else "rows"


def _snapshot(
    resources: dict[str, list[az.Json]], subscription: str, at: Ms, shape: str
) -> dict[str, str]:
    """One complete snapshot of one subscription. Path → text."""
    stamp, tenant, files = az.azure_time(at), _tenant(subscription), {}
    short = stamp[:19].replace("-", "").replace(":", "") + "Z"
    long = stamp[:19].replace(":", "-") + "Z"
    for kind, rows in resources.items():
        if shape == "rows":
            path = f"collect/{kind}/{subscription}/{short}.jsonl"
            lines = [az.collector_row(row, stamp, tenant) for row in rows]
            # Two files make up one snapshot; pages overlap.
            middle = len(lines) // 2
            files[path] = az.lines_text(lines[: middle + 1])
            files[path.replace(short, f"{short}_2")] = az.lines_text(lines[middle:])
        elif shape == "az":
            path = f"collect/{kind}/{subscription[:4]}_{short}.json"
            flat = [az.az_cli_row(row, old_spelling=n % 2 == 0) for n, row in enumerate(rows)]
            files[path] = json.dumps(flat, indent=2)
        elif shape == "resource_graph":
            path = f"collect/{kind}/{subscription[:4]}/{long}.json"
            data = [az.resource_graph_row(row, tenant) for row in rows]
            whole = {"totalRecords": len(data), "count": len(data), "resultTruncated": "false"}
            files[path] = json.dumps({**whole, "data": data})
        else:
            path = f"collect/{kind}/{subscription[:4]}_{long}.json"
            files[path] = az.compact({"value": rows})
    return files


def _incomplete(
    resources: dict[str, list[az.Json]], subscription: str, at: Ms, how: int
) -> dict[str, str]:
    """A snapshot that lists some resources and is cut short; it must end nothing."""
    stamp, tenant, files = az.azure_time(at), _tenant(subscription), {}
    short = stamp[:19].replace("-", "").replace(":", "") + "Z"
    envelope = {"recorded_at": stamp, "tenant_id": tenant, "subscription_id": subscription}
    error = {"code": "TooManyRequests", "message": "Slow down."}
    for kind, rows in resources.items():
        path = f"collect/{kind}/partial/{subscription}_{short}.json"
        lines = [az.collector_row(row, stamp, tenant) for row in rows]
        if how == 0:  # some rows, and in the next file an API error
            files[path + "l"] = az.lines_text(lines)
            failure = {**envelope, "error": error, "id": None}
            files[path.replace(".json", "_2.jsonl")] = az.lines_text([failure])
        elif how == 1:  # an empty list: one row without an id
            files[path + "l"] = az.lines_text([{**envelope, "error": None, "id": None}])
        elif how == 2:  # a page that has a successor nobody fetched
            link = "https://management.azure.com/next?$skiptoken=abc"
            files[path] = az.compact({"value": rows, "nextLink": link})
        else:  # Resource Graph ran into its limit
            data = [az.resource_graph_row(row, tenant) for row in rows]
            files[path] = az.compact({"count": 1, "resultTruncated": "true", "data": data})
    return files


def _half_failed(estate: Estate, at: Ms) -> dict[str, str]:
    """One file, two subscriptions: all that the one has, and an error for the other."""
    stamp = az.azure_time(at).replace("Z", "+00:00")
    whole, part = _inventory(estate, SUB_B, at), _inventory(estate, SUB_A, at)
    failure = {"recorded_at": stamp, "tenant_id": TENANT, "subscription_id": SUB_A, "id": None}
    files: dict[str, str] = {}
    for kind in ("network_interfaces", "virtual_machines"):
        rows = [*whole[kind], *part[kind][:5]]
        lines = [az.collector_row(row, stamp, TENANT) for row in rows]
        path = f"collect/{kind}/all-subscriptions/{stamp[:10]}-{at}.jsonl"
        files[path] = az.lines_text([*lines, {**failure, "error": "Timeout"}])
    return files


# --- the whole -----------------------------------------------------------------------------


def write_hostile_estate(
    folder: Path,
    truth_path: Path,
    *,
    seed: int,
    hours: int = 12,
    mac_in_events: bool = True,
    scenarios_per_vnet: int = 8,
    density: float = 1.0,
) -> Counter[str]:
    """Write the estate's raw files and its truth.

    Args:
        folder: the raw folder, made if absent.
        truth_path: JSONL, one line per tuple occurrence, apart from whole-record repeats. Ids are
            lower-cased; `src_vm_id`, `src_vm_uuid` and so on are null where that end is no VM.
        hours: length of the estate; at least 8.
        mac_in_events: False leaves MACs and `virtualMachine` out of all events and snapshots.
        density: scales the number of flows.

    Returns:
        How many ends there are of each label.
    """
    estate = build_estate(
        seed=seed, hours=hours, mac_in_events=mac_in_events, scenarios_per_vnet=scenarios_per_vnet
    )
    check_truth(estate)
    traffic = make_traffic(estate, density)
    rng = random.Random(seed + 1)
    files = _flow_files(traffic, rng)
    files |= _snapshot_files(estate, rng)
    files |= _operation_files(estate.world, rng)
    for path, text in files.items():
        az.write_text(folder, path, text)
    labels: Counter[str] = Counter()
    with truth_path.open("w", encoding="utf-8") as out:
        for capture in traffic.captures:
            for _ in range(capture.copies):
                out.write(az.compact(capture.truth) + "\n")
            labels[capture.truth["src_kind"]] += capture.copies
            labels[capture.truth["dst_kind"]] += capture.copies
    return labels


def main() -> None:
    """Command line: write one estate and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=int, default=12)
    parser.add_argument("--density", type=float, default=1.0)
    parser.add_argument("--no-mac", action="store_true", help="no MAC and no VM in any NIC")
    args = parser.parse_args()
    labels = write_hostile_estate(
        args.folder,
        args.truth,
        seed=args.seed,
        hours=args.hours,
        mac_in_events=not args.no_mac,
        density=args.density,
    )
    for label, count in sorted(labels.items(), key=lambda item: -item[1]):
        print(f"{count:8} {label:24} {LABELS[label]}")


if __name__ == "__main__":
    main()
