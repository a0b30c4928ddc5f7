"""Raw Azure files, written the way Azure writes them: flow logs, activity logs, inventories.

Everything below ``write_*`` is a pure function from plain values to the JSON that Azure prints.
Times are UTC epoch milliseconds (int) throughout; ``azure_time`` spells them. Ids are given in
ARM's mixed case; each function changes case where Azure does (activity logs and flow-log ids
shout). Nothing here decides what happened in an estate: `demo` and the test estates do.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Json = dict[str, Any]

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
# A record is written once a minute and trails its tuples by 3.6 to 63.6 seconds.
RECORD_LAG_MS = 3_600
ZERO_GUID = "00000000-0000-0000-0000-000000000000"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NSG_PROTOCOLS = {6: "T", 17: "U"}
_RESULTS = {  # resultType: (REST status, resultSignature, REST eventName)
    "Start": ("Started", "Started.", "BeginRequest"),
    "Accept": ("Accepted", "Accepted.", "EndRequest"),
    "Success": ("Succeeded", "Succeeded.", "EndRequest"),
    "Failure": ("Failed", "Failed.", "EndRequest"),
}


# --- names, ids, times ---------------------------------------------------------------------


def guid(*parts: object) -> str:
    """A GUID that depends on nothing but its parts."""
    return str(uuid.UUID(hashlib.md5("/".join(map(str, parts)).encode()).hexdigest()))


def mac_of(*parts: object) -> str:
    """A MAC of Azure's own block, 12 upper-case hex digits, that depends on its parts alone."""
    return "000D3A" + hashlib.md5("/".join(map(str, parts)).encode()).hexdigest()[:6].upper()


def resource_id(subscription: str, group: str, kind: str, name: str) -> str:
    """An ARM id; `kind` as in ``Microsoft.Network/networkInterfaces``."""
    return f"{group_id(subscription, group)}/providers/{kind}/{name}"


def group_id(subscription: str, group: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def nic_id(subscription: str, group: str, name: str) -> str:
    return resource_id(subscription, group, "Microsoft.Network/networkInterfaces", name)


def vm_id(subscription: str, group: str, name: str) -> str:
    return resource_id(subscription, group, "Microsoft.Compute/virtualMachines", name)


def vnet_id(subscription: str, group: str, name: str) -> str:
    return resource_id(subscription, group, "Microsoft.Network/virtualNetworks", name)


def nsg_id(subscription: str, group: str, name: str) -> str:
    return resource_id(subscription, group, "Microsoft.Network/networkSecurityGroups", name)


def flow_log_id(subscription: str, region: str, name: str) -> str:
    """The id of a VNet flow log: a child of the region's network watcher."""
    watcher = resource_id(
        subscription,
        "NetworkWatcherRG",
        "Microsoft.Network/networkWatchers",
        f"NetworkWatcher_{region}",
    )
    return f"{watcher}/flowLogs/{name}"


def scale_set_vm_id(subscription: str, group: str, scale_set: str, instance: int | str) -> str:
    kind = "Microsoft.Compute/virtualMachineScaleSets"
    return f"{resource_id(subscription, group, kind, scale_set)}/virtualMachines/{instance}"


def subscription_of(arm_id: str) -> str:
    return arm_id.split("/")[2]


def group_of(arm_id: str) -> str:
    return arm_id.split("/")[4]


def azure_time(at_ms: int, *, digits: int = 7, sub_ms: int = 0) -> str:
    """``2026-02-10T08:00:00.1230000Z``; `sub_ms` (0-9999) fills the digits below a millisecond."""
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    fraction = f"{at_ms % 1000:03d}{sub_ms:04d}00"[:digits]
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction}Z"


def epoch_ms(text: str) -> int:
    """Milliseconds of an ISO time such as ``2026-02-10T08:00:00Z``."""
    return round((datetime.fromisoformat(text) - _EPOCH).total_seconds() * 1000)


def arm_mac(mac: str) -> str:
    """ARM's spelling of a MAC: ``00-0D-3A-A1-02-0F``."""
    return "-".join(mac[i : i + 2] for i in range(0, 12, 2)).upper()


# --- ARM resources -------------------------------------------------------------------------


@dataclass(frozen=True)
class IpConfig:
    """One ipConfiguration: an address (or a prefix such as ``172.20.2.16/28``) in a subnet."""

    name: str
    address: str | None
    subnet_id: str
    primary: bool = False


def _ip_configuration(owner_id: str, config: IpConfig) -> Json:
    version = "IPv6" if ":" in (config.address or "") else "IPv4"
    properties: Json = {"provisioningState": "Succeeded"}
    if config.address is not None:
        properties["privateIPAddress"] = config.address
        if "/" in config.address:
            properties["privateIPAddressPrefixLength"] = int(config.address.split("/")[1])
    properties |= {
        "privateIPAllocationMethod": "Dynamic",
        "subnet": {"id": config.subnet_id},
        "primary": config.primary,
        "privateIPAddressVersion": version,
    }
    config_id = f"{owner_id}/ipConfigurations/{config.name}"
    return {"name": config.name, "id": config_id, "properties": properties}


def nic_resource(
    arm_id: str,
    ip_configs: Sequence[IpConfig],
    *,
    location: str = "eastus",
    mac: str | None = None,
    vm: str | None = None,
    nsg: str | None = None,
    private_endpoint: str | None = None,
    forwarding: bool = False,
    tags: Json | str | None = None,
    etag: str = "1",
    state: str = "Succeeded",
    incarnation: object = "",
) -> Json:
    """A network interface as ARM prints it; absent parts are absent, as Azure leaves them out.

    `incarnation` tells NICs apart that had the same name: each has its own `resourceGuid`.
    """
    properties: Json = {
        "provisioningState": state,
        "resourceGuid": guid("nic", arm_id.lower(), incarnation),
        "ipConfigurations": [_ip_configuration(arm_id, config) for config in ip_configs],
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
        "enableAcceleratedNetworking": False,
        "enableIPForwarding": forwarding,
        "nicType": "Standard",
    }
    if mac is not None:
        properties["macAddress"] = arm_mac(mac)
    if nsg is not None:
        properties["networkSecurityGroup"] = {"id": nsg}
    if private_endpoint is not None:
        properties["privateEndpoint"] = {"id": private_endpoint}
    if vm is not None:
        properties["primary"] = True
        properties["virtualMachine"] = {"id": vm}
    return {
        "name": arm_id.split("/")[-1],
        "id": arm_id,
        "etag": f'W/"{guid("etag", arm_id, etag)}"',
        "location": location,
        "type": "Microsoft.Network/networkInterfaces",
        "tags": {} if tags is None else tags,
        "properties": properties,
    }


def vm_resource(
    arm_id: str,
    vm_uuid: str,
    nic_ids: Sequence[str],
    *,
    name: str | None = None,
    location: str = "eastus",
    tags: Json | str | None = None,
    state: str = "Succeeded",
) -> Json:
    """A virtual machine as ARM prints it. It names its NICs, and neither address nor MAC."""
    interfaces = [
        {"id": nic, "properties": {"primary": position == 0}} if len(nic_ids) > 1 else {"id": nic}
        for position, nic in enumerate(nic_ids)
    ]
    scale_set_kind = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"
    in_scale_set = "/virtualmachinescalesets/" in arm_id.lower()
    return {
        "name": name or arm_id.split("/")[-1],
        "id": arm_id,
        "type": scale_set_kind if in_scale_set else "Microsoft.Compute/virtualMachines",
        "location": location,
        "tags": {} if tags is None else tags,
        "properties": {
            "vmId": vm_uuid,
            "provisioningState": state,
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {"osDisk": {"osType": "Linux", "createOption": "FromImage"}},
            "osProfile": {"computerName": (name or arm_id.split("/")[-1])[:15]},
            "networkProfile": {"networkInterfaces": interfaces},
        },
    }


@dataclass(frozen=True)
class Peering:
    """One side of a VNet peering."""

    remote_vnet_id: str
    remote_prefixes: tuple[str, ...]
    state: str = "Connected"
    allow_forwarded: bool = True


def vnet_resource(
    arm_id: str,
    prefixes: Sequence[str],
    subnets: dict[str, str],
    peerings: Sequence[Peering] = (),
    *,
    location: str = "eastus",
) -> Json:
    """A virtual network with its subnets (name → prefix) and its side of each peering."""
    return {
        "name": arm_id.split("/")[-1],
        "id": arm_id,
        "type": "Microsoft.Network/virtualNetworks",
        "location": location,
        "properties": {
            "provisioningState": "Succeeded",
            "addressSpace": {"addressPrefixes": list(prefixes)},
            "subnets": [
                {
                    "name": name,
                    "id": f"{arm_id}/subnets/{name}",
                    "properties": {"addressPrefix": prefix},
                }
                for name, prefix in subnets.items()
            ],
            "virtualNetworkPeerings": [
                {
                    "name": f"to-{peering.remote_vnet_id.split('/')[-1]}",
                    "id": f"{arm_id}/virtualNetworkPeerings/"
                    f"to-{peering.remote_vnet_id.split('/')[-1]}",
                    "properties": {
                        "peeringState": peering.state,
                        "remoteVirtualNetwork": {"id": peering.remote_vnet_id},
                        "allowVirtualNetworkAccess": True,
                        "allowForwardedTraffic": peering.allow_forwarded,
                        "remoteAddressSpace": {"addressPrefixes": list(peering.remote_prefixes)},
                    },
                }
                for peering in peerings
            ],
        },
    }


# --- collector shapes ----------------------------------------------------------------------


def collector_row(resource: Json, recorded_at: str, tenant: str) -> Json:
    """The canonical collector line: the ARM resource and where and when it was read."""
    return {
        "recorded_at": recorded_at,
        "tenant_id": tenant,
        "subscription_id": subscription_of(resource["id"]).lower(),
        **resource,
    }


def az_cli_row(resource: Json, *, old_spelling: bool = True) -> Json:
    """What ``az network nic list`` and its sisters print: `properties` flattened at every level."""

    def flatten(value: Any) -> Any:
        if isinstance(value, list):
            return [flatten(item) for item in value]
        if not isinstance(value, dict):
            return value
        flat: Json = {}
        for key, part in value.items():
            if key == "properties" and isinstance(part, dict):
                flat |= flatten(part)
            elif key.startswith("privateIPA") and not old_spelling:
                flat[key.replace("privateIP", "privateIp")] = part
            else:
                flat[key] = flatten(part)
        return flat

    tags = resource.get("tags")
    return flatten({k: v for k, v in resource.items() if k != "tags"}) | {
        "resourceGroup": group_of(resource["id"]),
        "tags": tags or None,
    }


def resource_graph_row(resource: Json, tenant: str) -> Json:
    """A Resource Graph row: lower-case type, no etag, the ARM nesting kept."""
    return {
        "id": resource["id"],
        "name": resource["name"],
        "type": resource["type"].lower(),
        "tenantId": tenant,
        "kind": "",
        "location": resource.get("location", ""),
        "resourceGroup": group_of(resource["id"]).lower(),
        "subscriptionId": subscription_of(resource["id"]).lower(),
        "managedBy": "",
        "properties": resource["properties"],
        "tags": resource.get("tags"),
        "identity": None,
        "zones": None,
    }


# --- activity log --------------------------------------------------------------------------


def operation_event(
    *,
    at_ms: int,
    operation: str,
    arm_id: str,
    result: str,
    tenant: str,
    correlation: str,
    body: Json | str | None = None,
    body_as_object: bool = False,
    status_code: str | None = None,
    message: str | None = None,
    time: str | None = None,
) -> Json:
    """One event of the activity log, in the form that diagnostic settings export.

    Args:
        operation: such as ``Microsoft.Network/networkInterfaces/write``.
        result: ``Start``, ``Accept``, ``Success`` or ``Failure``.
        body: the response; a dict is put in as a JSON string, a str as it stands.
        body_as_object: leaves a dict body as an object, as some exporters do.
        time: replaces the usual spelling of `at_ms`.
    """
    subscription = subscription_of(arm_id)
    properties: Json = {
        "eventCategory": "Administrative",
        "entity": arm_id,
        "message": operation,
        "hierarchy": f"{tenant}/contoso-root/{subscription}",
    }
    if status_code is not None:
        properties |= {"statusCode": status_code, "serviceRequestId": guid("srv", correlation)}
    if message is not None:
        properties["statusMessage"] = message
    if body is not None:
        plain = isinstance(body, str) or body_as_object
        properties["responseBody"] = body if plain else json.dumps(body, separators=(",", ":"))
    return {
        "RoleLocation": "East US",
        "ReleaseVersion": "6.2025.48.1",
        "time": time or azure_time(at_ms, sub_ms=_sub_ms(correlation, result)),
        "resourceId": arm_id.upper(),
        "operationName": operation.upper(),
        "category": "Administrative",
        "resultType": result,
        "resultSignature": f"{_RESULTS[result][1]}{status_code or ''}",
        "durationMs": "0" if result == "Start" else str(80 + at_ms % 900),
        "callerIpAddress": "203.0.113.7",
        "correlationId": correlation,
        "identity": {
            "authorization": {"scope": arm_id, "action": operation, "evidence": {"role": "Owner"}},
            "claims": {
                "aud": "https://management.core.windows.net/",
                "idtyp": "app",
                "appid": "5f2c1a3e-7a44-4d0f-9b58-6f1d0c2b7e90",
            },
        },
        "level": "Error" if result == "Failure" else "Information",
        "location": "global",
        "tenantId": tenant,
        "properties": properties,
    }


def _sub_ms(*parts: object) -> int:
    """Digits below the millisecond, as real times have them: 0 to 9999."""
    return int(hashlib.md5("/".join(map(str, parts)).encode()).hexdigest()[:8], 16) % 10_000


def rest_event(event: Json) -> Json:
    """The same event as ``az monitor activity-log list`` prints it."""
    status, _, event_name = _RESULTS[event["resultType"]]
    properties = event["properties"]
    arm_id = properties["entity"]
    return {
        "authorization": event["identity"]["authorization"],
        "caller": "deploy@contoso.example",
        "category": {"localizedValue": "Administrative", "value": "Administrative"},
        "claims": event["identity"]["claims"],
        "correlationId": event["correlationId"],
        "description": "",
        "eventDataId": guid("event", event["correlationId"], status, event["time"], arm_id),
        "eventName": {"localizedValue": event_name, "value": event_name},
        "eventTimestamp": event["time"],
        "level": event["level"],
        "operationId": event["correlationId"],
        "operationName": {"localizedValue": "", "value": properties["message"]},
        "properties": properties,
        "resourceGroupName": group_of(arm_id),
        "resourceId": arm_id,
        "status": {"localizedValue": status, "value": status},
        "subStatus": {"localizedValue": "", "value": properties.get("statusCode", "")},
        "submissionTimestamp": event["time"],
        "subscriptionId": subscription_of(arm_id),
        "tenantId": event["tenantId"],
    }


# --- flow logs -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Tuple:
    """One flow tuple, format aside.

    Attributes:
        at_ms: epoch milliseconds; NSG logs keep the whole second.
        protocol: IANA number; NSG logs know 6 and 17 alone.
        state: B, C, E or D (denied).
        counters: packets and bytes src→dst, packets and bytes dst→src; None for B and D.
        rule: the rule that decided.
    """

    at_ms: int
    src_ip: str
    dst_ip: str
    src_port: int
    dst_port: int
    protocol: int
    outbound: bool
    state: str
    counters: tuple[int, int, int, int] | None = None
    rule: str = "DefaultRule_AllowVnetOutBound"


def nsg_tuple(flow: Tuple, version: int) -> str:
    """``seconds,src,dst,sport,dport,T|U,I|O,A|D`` and, in v2, the state and four counters."""
    decision = "D" if flow.state == "D" else "A"
    fields = [
        str(flow.at_ms // 1000),
        flow.src_ip,
        flow.dst_ip,
        str(flow.src_port),
        str(flow.dst_port),
        _NSG_PROTOCOLS[flow.protocol],
        "O" if flow.outbound else "I",
        decision,
    ]
    if version == 1:
        return ",".join(fields)
    state = "B" if flow.state == "D" else flow.state
    counters = [""] * 4 if flow.counters is None else [str(n) for n in flow.counters]
    return ",".join([*fields, state, *counters])


def vnet_tuple(flow: Tuple, encryption: str = "NX") -> str:
    """``millis,src,dst,sport,dport,protocol,I|O,B|C|E|D,encryption`` and four counters."""
    counters = flow.counters or (0, 0, 0, 0)
    ends = f"{flow.src_ip},{flow.dst_ip},{flow.src_port},{flow.dst_port},{flow.protocol}"
    direction = "O" if flow.outbound else "I"
    numbers = ",".join(map(str, counters))
    return f"{flow.at_ms},{ends},{direction},{flow.state},{encryption},{numbers}"


def record_time(at_ms: int, mac: str) -> int:
    """When the record that holds a tuple of this time is written; a moment fixed per NIC."""
    offset = int(mac[-4:], 16) % MINUTE_MS
    return -((offset - at_ms - RECORD_LAG_MS) // MINUTE_MS) * MINUTE_MS + offset


def _by_rule(flows: Iterable[Tuple]) -> dict[str, list[Tuple]]:
    grouped: dict[str, list[Tuple]] = defaultdict(list)
    for flow in flows:
        grouped[flow.rule].append(flow)
    return dict(sorted(grouped.items()))


def nsg_record(time_ms: int, nsg: str, mac: str, flows: Iterable[Tuple], version: int = 2) -> Json:
    """One NSG flow-log record; v1 has no `macAddress` of its own."""
    rules = [
        {
            "rule": rule,
            "flows": [{"mac": mac, "flowTuples": [nsg_tuple(f, version) for f in members]}],
        }
        for rule, members in _by_rule(flows).items()
    ]
    return {
        "time": azure_time(time_ms, sub_ms=_sub_ms(mac, time_ms)),
        "systemId": guid("system", nsg.lower()),
        **({"macAddress": mac} if version > 1 else {}),
        "category": "NetworkSecurityGroupFlowEvent",
        "resourceId": nsg.upper(),
        "operationName": "NetworkSecurityGroupFlowEvents",
        # A rule without flows is written all the same.
        "properties": {
            "Version": version,
            "flows": [*rules, {"rule": "UserRule_ssh-from-nowhere", "flows": []}],
        },
    }


def vnet_record(
    time_ms: int, flow_log: str, target: str, mac: str, flows: Iterable[Tuple], acl: str = ZERO_GUID
) -> Json:
    """One VNet flow-log record (version 4); `target` is a VNet, a subnet or a NIC."""
    groups = [
        {"rule": rule, "flowTuples": [vnet_tuple(f) for f in members]}
        for rule, members in _by_rule(flows).items()
    ]
    # One aclID may stand in several flows[] of a record.
    entries = [{"aclID": acl, "flowGroups": [group]} for group in groups]
    return {
        "time": azure_time(time_ms, sub_ms=_sub_ms(mac, time_ms)),
        "flowLogVersion": 4,
        "flowLogGUID": guid("flow-log", flow_log.lower()),
        "macAddress": mac,
        "category": "FlowLogFlowEvent",
        "flowLogResourceID": flow_log.upper(),
        "targetResourceID": target,
        "operationName": "FlowLogFlowEvent",
        "flowRecords": {"flows": entries},
    }


# --- where Azure puts them, and writing ----------------------------------------------------


def _hour_folder(at_ms: int) -> str:
    return f"{_EPOCH + timedelta(milliseconds=at_ms):y=%Y/m=%m/d=%d/h=%H/m=00}"


def nsg_blob(nsg: str, mac: str, record_time_ms: int) -> str:
    """Path of the hourly blob below the raw folder."""
    container = "insights-logs-networksecuritygroupflowevent"
    hour = _hour_folder(record_time_ms)
    return f"{container}/resourceId={nsg.upper()}/{hour}/macAddress={mac}/PT1H.json"


def vnet_blob(flow_log: str, mac: str, record_time_ms: int) -> str:
    """Path of the hourly blob below the raw folder; the watcher and the log share one folder."""
    parts = flow_log.upper().split("/")
    subscription, group, watcher, name = parts[2], parts[4], parts[8], parts[10]
    hour = _hour_folder(record_time_ms)
    log = f"flowLogResourceID=/{subscription}_{group}/{watcher}_{name}"
    return f"insights-logs-flowlogflowevent/{log}/{hour}/macAddress={mac}/PT1H.json"


def activity_blob(subscription: str, at_ms: int) -> str:
    folder = f"insights-activity-logs/resourceId=/SUBSCRIPTIONS/{subscription.upper()}"
    return f"{folder}/{_hour_folder(at_ms)}/PT1H.json"


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def records_text(records: Iterable[Json]) -> str:
    """``{"records":[…]}`` on one line, as the blocks of a blob add up."""
    return '{"records":[' + ",".join(map(compact, records)) + "]}"


def lines_text(rows: Iterable[Json]) -> str:
    """JSON Lines, with an end of line after the last one."""
    return "".join(compact(row) + "\n" for row in rows)


def write_text(folder: Path, path: str, text: str) -> Path:
    """Write `text` to `folder`/`path`, making folders as needed. Returns the file."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


def canonical_ip(text: str) -> str:
    """Lower-case, compressed; a prefix keeps its length."""
    return str(ipaddress.ip_interface(text)) if "/" in text else str(ipaddress.ip_address(text))
