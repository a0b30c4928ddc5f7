"""The demo estate: three hours in a small company's cloud, written as raw Azure files.

Two VNets use the same range, a build farm hands one address from agent to agent within a minute,
a machine is deleted and made again under its name. Each machine below is there for one reason,
named beside it. Everything is fixed (dates, ids, ports), so the files are the same bytes each
time; file times are set to just after the last record.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from scripts import azure_files as az

TENANT = "72f988bf-0000-4000-8000-00000000c0de"
PROD = "11111111-aaaa-4000-8000-000000000001"
DEV = "22222222-bbbb-4000-8000-000000000002"
REGION = "eastus"

START = az.epoch_ms("2026-02-10T08:00:00Z")
FIRST_SNAPSHOT = START - 10 * az.MINUTE_MS
LAST_SNAPSHOT = START + 3 * az.HOUR_MS + 10 * az.MINUTE_MS

INTERNET = "93.184.216.34"
SCANNER = "203.0.113.66"
PLATFORM = "168.63.129.16"  # Azure's own DNS and health probes


def at(clock: str, millis: int = 0) -> int:
    """Epoch milliseconds of a clock time on the demo's day, such as ``08:10:05``."""
    return az.epoch_ms(f"2026-02-10T{clock}Z") + millis


# --- the cast ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vnet:
    """A VNet with one subnet, and how its flows are logged: v1, v2 (NSG), or v4 per target."""

    subscription: str
    name: str
    prefix: str
    log: str
    target: str = "vnet"
    peers: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return f"rg-{self.name.removeprefix('vnet-')}"

    @property
    def arm_id(self) -> str:
        return az.vnet_id(self.subscription, self.group, self.name)

    @property
    def subnet_id(self) -> str:
        return f"{self.arm_id}/subnets/default"

    @property
    def nsg(self) -> str:
        return az.nsg_id(self.subscription, self.group, f"nsg-{self.name.removeprefix('vnet-')}")


@dataclass
class Nic:
    """A network interface and the addresses it holds, the first one primary."""

    vnet: Vnet
    name: str
    addresses: tuple[str, ...]
    forwarding: bool = False
    private_endpoint: bool = False
    scale_set: tuple[str, int] | None = None
    vm: Vm | None = None

    @property
    def arm_id(self) -> str:
        if self.scale_set is not None:
            name, instance = self.scale_set
            owner = az.scale_set_vm_id(self.vnet.subscription, self.vnet.group, name, instance)
            return f"{owner}/networkInterfaces/{self.name}"
        return az.nic_id(self.vnet.subscription, self.vnet.group, self.name)

    @property
    def mac(self) -> str:
        return az.mac_of("demo", self.arm_id)

    def resource(self, *, with_vm: bool = True) -> az.Json:
        """The NIC as ARM prints it. A NIC that never had a VM has no MAC either."""
        attached = self.vm if with_vm else None
        configs = [
            az.IpConfig(f"ipconfig{n}", address, self.vnet.subnet_id, primary=n == 1)
            for n, address in enumerate(self.addresses, start=1)
        ]
        endpoint = az.resource_id(
            self.vnet.subscription,
            self.vnet.group,
            "Microsoft.Network/privateEndpoints",
            self.name.removesuffix("-nic"),
        )
        return az.nic_resource(
            self.arm_id,
            configs,
            location=REGION,
            mac=self.mac if attached else None,
            vm=attached.arm_id if attached else None,
            nsg=self.vnet.nsg if self.vnet.log != "v4" else None,
            forwarding=self.forwarding,
            private_endpoint=endpoint if self.private_endpoint else None,
        )


@dataclass
class Vm:
    """A virtual machine; `incarnation` tells apart machines that had the same name."""

    name: str
    nics: list[Nic]
    incarnation: int = 1
    tags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for nic in self.nics:
            nic.vm = self

    @property
    def arm_id(self) -> str:
        vnet, scale_set = self.nics[0].vnet, self.nics[0].scale_set
        if scale_set is not None:
            return az.scale_set_vm_id(vnet.subscription, vnet.group, *scale_set)
        # Azure changes the case of a resource group from one answer to the next.
        return az.vm_id(vnet.subscription, vnet.group.upper(), self.name)

    @property
    def uuid(self) -> str:
        return az.guid("demo-vm", self.arm_id.lower(), self.incarnation)

    def resource(self) -> az.Json:
        ids = [nic.arm_id for nic in self.nics]
        return az.vm_resource(
            self.arm_id, self.uuid, ids, name=self.name, location=REGION, tags=self.tags
        )


class Cast:
    """Everything that exists at some time in the demo."""

    def __init__(self) -> None:
        # Peered: shop - data - hub - shop. The dev VNets stand alone, and reuse shop's range.
        self.shop = Vnet(PROD, "vnet-shop", "10.10.0.0/16", "v4", peers=("vnet-data", "vnet-hub"))
        self.data = Vnet(
            PROD, "vnet-data", "10.30.0.0/16", "v4", "subnet", peers=("vnet-shop", "vnet-hub")
        )
        self.hub = Vnet(
            PROD, "vnet-hub", "10.20.0.0/16", "v4", "nic", peers=("vnet-shop", "vnet-data")
        )
        self.dev = Vnet(DEV, "vnet-dev", "10.10.0.0/16", "v2")
        self.legacy = Vnet(DEV, "vnet-legacy", "10.40.0.0/16", "v1")
        self.vnets = [self.shop, self.data, self.hub, self.dev, self.legacy]

        # There from before the first snapshot until after the last one.
        self.web = Vm(  # one NIC with two addresses
            "web-01",
            [Nic(self.shop, "web-01-nic", ("10.10.1.4", "10.10.1.5"))],
            tags={"app": "shop"},
        )
        self.node = Vm(  # a scale-set node: no event of the activity log ever names it
            "vmss-shop_0",
            [Nic(self.shop, "vmss-shop-nic", ("10.10.2.4",), scale_set=("vmss-shop", 0))],
        )
        self.db = Vm(  # one VM with two NICs
            "db-01",
            [
                Nic(self.data, "db-01-front", ("10.30.1.4",)),
                Nic(self.data, "db-01-back", ("10.30.2.4",)),
            ],
        )
        self.firewall = Vm(  # forwards: its NIC captures flows that are not its own
            "fw-01", [Nic(self.hub, "fw-01-nic", ("10.20.0.4",), forwarding=True)]
        )
        self.dev_web = Vm(  # holds 10.10.1.4 at the same time as web-01, in another VNet
            "dev-web-01", [Nic(self.dev, "dev-web-01-nic", ("10.10.1.4",))]
        )
        self.legacy_app = Vm("legacy-01", [Nic(self.legacy, "legacy-01-nic", ("10.40.0.4",))])
        self.endpoint = Nic(  # a private endpoint: a NIC, and no VM behind it
            self.data, "pe-storage-nic", ("10.30.3.10",), private_endpoint=True
        )

        # Short lives, told by the activity log: three build agents take turns at 10.10.9.20.
        self.agents = [
            Vm(f"build-{n}", [Nic(self.shop, f"build-{n}-nic", ("10.10.9.20",))]) for n in (1, 2, 3)
        ]
        # Deleted and made again under its name: same ARM id, same NIC, another vmId.
        api_nic = Nic(self.dev, "api-01-nic", ("10.10.1.7",))
        self.api_before = Vm("api-01", [api_nic], incarnation=1)
        self.api_after = Vm("api-01", [api_nic], incarnation=2)
        api_nic.vm = self.api_before


# --- what the activity log says ------------------------------------------------------------


class ActivityLog:
    """Events as they are logged: Start, Accept (which carries the body), Success."""

    def __init__(self) -> None:
        self.events: list[tuple[int, az.Json]] = []

    def operation(
        self,
        accepted_at: int,
        operation: str,
        arm_id: str,
        body: az.Json | None,
        outcome: str = "Success",
        body_with: str = "Accept",
    ) -> None:
        """Log one operation; it starts 0.9 s before and ends 4 s after it was accepted."""
        steps = [("Start", -900), ("Accept", 0), (outcome, 4_000)]
        for result, delay in steps:
            event = az.operation_event(
                at_ms=accepted_at + delay,
                operation=operation,
                arm_id=arm_id,
                result=result,
                tenant=TENANT,
                correlation=az.guid("demo-op", operation, arm_id, accepted_at),
                body=body if result == body_with else None,
                status_code="Created" if result == "Accept" else None,
            )
            self.events.append((accepted_at + delay, event))

    def create_machine(self, vm: Vm, accepted_at: int) -> None:
        """A NIC is made bare; three seconds later the VM write alone says whose it is."""
        for nic in vm.nics:
            body = nic.resource(with_vm=False)
            self.operation(
                accepted_at, "Microsoft.Network/networkInterfaces/write", nic.arm_id, body
            )
        self.write_vm(vm, accepted_at + 3_000)

    def write_vm(self, vm: Vm, accepted_at: int, outcome: str = "Success") -> None:
        operation = "Microsoft.Compute/virtualMachines/write"
        self.operation(accepted_at, operation, vm.arm_id, vm.resource(), outcome)

    def delete_vm(self, vm: Vm, accepted_at: int) -> None:
        operation = "Microsoft.Compute/virtualMachines/delete"
        self.operation(accepted_at, operation, vm.arm_id, None)

    def delete_nic(self, nic: Nic, accepted_at: int) -> None:
        """A delete answers with what it deleted: a body that is no statement of a live state."""
        operation = "Microsoft.Network/networkInterfaces/delete"
        body = nic.resource(with_vm=False)
        self.operation(accepted_at, operation, nic.arm_id, body, body_with="Success")


def log_operations(cast: Cast) -> ActivityLog:
    """The demo's changes. Agents live 08:20-08:40, 08:40-09:05 and from 09:05 on."""
    log = ActivityLog()
    first, second, third = cast.agents
    log.create_machine(first, at("08:20:00", 125))
    log.delete_vm(first, at("08:40:02", 400))
    log.delete_nic(first.nics[0], at("08:40:10", 310))
    log.create_machine(second, at("08:40:22", 70))
    log.delete_vm(second, at("09:05:00", 800))
    log.delete_nic(second.nics[0], at("09:05:06", 20))
    log.create_machine(third, at("09:05:15", 555))

    log.delete_vm(cast.api_before, at("09:30:00", 45))
    log.write_vm(cast.api_after, at("09:31:10", 900))

    # A failed write of a VM that wanted web-01's NIC: it states nothing.
    thief = Vm("web-02", [])
    thief.nics = [cast.web.nics[0]]
    log.write_vm(thief, at("09:45:00", 10), outcome="Failure")
    # A write that changes a tag, and no address: it must not split web-01's window.
    nic = cast.web.nics[0]
    tagged = nic.resource() | {"tags": {"owner": "shop-team"}}
    operation = "Microsoft.Network/networkInterfaces/write"
    log.operation(at("10:00:00", 600), operation, nic.arm_id, tagged)
    return log


# --- what the flow logs say ----------------------------------------------------------------


class FlowLogs:
    """Tuples by capturing NIC. One call, one connection, seen at one NIC or at both."""

    def __init__(self) -> None:
        self.captured: dict[str, tuple[Nic, list[az.Tuple]]] = {}
        self._port = 49_152

    def _capture(self, nic: Nic, flow: az.Tuple) -> None:
        self.captured.setdefault(nic.arm_id, (nic, []))[1].append(flow)

    def connection(
        self,
        when: int,
        src_ip: str,
        dst_ip: str,
        port: int,
        *,
        out: tuple[Nic, ...] = (),
        into: tuple[Nic, ...] = (),
        protocol: int = 6,
        lasts: int = 3_250,
    ) -> None:
        """A begin and an end, logged outbound by the NICs of `out`, inbound by those of `into`."""
        self._port += 1
        size = 400 + self._port % 977
        for outbound, nics in ((True, out), (False, into)):
            rule = "DefaultRule_AllowVnetOutBound" if outbound else "UserRule_allow-app"
            for nic in nics:
                begin = az.Tuple(
                    when, src_ip, dst_ip, self._port, port, protocol, outbound, "B", None, rule
                )
                counters = (9, size, 12, 7 * size)
                end = az.Tuple(
                    when + lasts,
                    src_ip,
                    dst_ip,
                    self._port,
                    port,
                    protocol,
                    outbound,
                    "E",
                    counters,
                    rule,
                )
                self._capture(nic, begin)
                self._capture(nic, end)

    def denied(self, when: int, src_ip: str, dst_ip: str, port: int, nic: Nic, copies: int) -> None:
        """Refused attempts from outside; real logs repeat the same text for each of them."""
        self._port += 1
        rule = "DefaultRule_DenyAllInBound"
        flow = az.Tuple(when, src_ip, dst_ip, self._port, port, 6, False, "D", None, rule)
        for _ in range(copies):
            self._capture(nic, flow)


def log_flows(cast: Cast) -> FlowLogs:
    """Three hours of traffic, told machine by machine."""
    logs = FlowLogs()
    web, node, firewall = cast.web.nics[0], cast.node.nics[0], cast.firewall.nics[0]
    front, back = cast.db.nics
    dev_web, legacy = cast.dev_web.nics[0], cast.legacy_app.nics[0]
    endpoint = cast.endpoint.addresses[0]

    for minute in range(2, 176, 6):
        now = START + minute * az.MINUTE_MS
        # web-01 uses both of its addresses; the database logs the same flows on its side.
        for offset, (address, nic) in enumerate(zip(web.addresses, (front, back), strict=True)):
            when = now + 1_500 * offset + 37
            logs.connection(when, address, nic.addresses[0], 5432, out=(web,), into=(nic,))
        logs.connection(now + 4_111, web.addresses[0], PLATFORM, 53, out=(web,), protocol=17)
        logs.connection(
            now + 5_020, node.addresses[0], web.addresses[0], 443, out=(node,), into=(web,)
        )
        logs.connection(now + 6_300, back.addresses[0], endpoint, 443, out=(back,))
        # Same address as web-01's, another VNet: not the same machine.
        logs.connection(now + 7_000, dev_web.addresses[0], INTERNET, 443, out=(dev_web,))
        logs.connection(now + 8_000, legacy.addresses[0], INTERNET, 443, out=(legacy,))
        # Through the firewall, which logs the flow on its way: neither end is the firewall's.
        logs.connection(
            now + 9_450,
            node.addresses[0],
            front.addresses[0],
            8443,
            out=(node, firewall),
            into=(firewall, front),
        )
        logs.connection(now + 11_000, firewall.addresses[0], INTERNET, 443, out=(firewall,))
        logs.denied(now + 12_345, SCANNER, web.addresses[0], 22, web, copies=1 + minute % 3)

    agents = [
        (cast.agents[0], at("08:20:04"), at("08:40:02")),
        (cast.agents[1], at("08:40:26"), at("09:05:00")),
        (cast.agents[2], at("09:05:20"), at("10:56:00")),
    ]
    for vm, first, last in agents:
        nic = vm.nics[0]
        # Seconds after it was made, at steady times, and seconds before it is gone.
        moments = [first + 500, *range(first + 90_000, last - 90_000, 240_000), last - 6_000]
        for when in moments:
            logs.connection(when, nic.addresses[0], web.addresses[1], 8081, out=(nic,), into=(web,))
            logs.connection(when + 900, nic.addresses[0], INTERNET, 443, out=(nic,))

    api = cast.api_before.nics[0]
    for first, last in [(at("08:01:00"), at("09:29:00")), (at("09:31:20"), at("10:56:00"))]:
        for when in range(first, last, 420_000):
            logs.connection(
                when, dev_web.addresses[0], api.addresses[0], 8080, out=(dev_web,), into=(api,)
            )
    return logs


# --- writing -------------------------------------------------------------------------------


def _flow_files(logs: FlowLogs) -> dict[str, list[az.Json]]:
    """Blob path → records in time order, one record per NIC and minute."""
    blobs: dict[str, list[az.Json]] = defaultdict(list)
    for nic, flows in logs.captured.values():
        by_record: dict[int, list[az.Tuple]] = defaultdict(list)
        for flow in flows:
            by_record[az.record_time(flow.at_ms, nic.mac)].append(flow)
        for written_at, members in sorted(by_record.items()):
            vnet = nic.vnet
            if vnet.log == "v4":
                targets = {"vnet": vnet.arm_id, "subnet": vnet.subnet_id, "nic": nic.arm_id}
                log_id = az.flow_log_id(vnet.subscription, REGION, f"{vnet.name}-flowlog")
                path = az.vnet_blob(log_id, nic.mac, written_at)
                target = targets[vnet.target]
                blobs[path].append(az.vnet_record(written_at, log_id, target, nic.mac, members))
            else:
                version = int(vnet.log[1])
                path = az.nsg_blob(vnet.nsg, nic.mac, written_at)
                blobs[path].append(az.nsg_record(written_at, vnet.nsg, nic.mac, members, version))
    return blobs


def _snapshot_files(cast: Cast, recorded_at: int, living: list[Vm]) -> dict[str, str]:
    """One complete snapshot: NICs, VMs and VNets, as JSON Lines. Path → text."""
    stamp = az.azure_time(recorded_at)
    name = stamp[:19].replace("-", "").replace(":", "") + "Z.jsonl"
    nics = [nic for vm in living for nic in vm.nics] + [cast.endpoint]
    by_name = {vnet.name: vnet for vnet in cast.vnets}
    vnets = [
        az.vnet_resource(
            vnet.arm_id,
            [vnet.prefix],
            {"default": vnet.prefix},
            [az.Peering(by_name[p].arm_id, (by_name[p].prefix,)) for p in vnet.peers],
            location=REGION,
        )
        for vnet in cast.vnets
    ]
    kinds = {
        "network_interfaces": [nic.resource() for nic in nics],
        "virtual_machines": [vm.resource() for vm in living],
        "virtual_networks": vnets,
    }
    return {
        f"collect/{kind}/{name}": az.lines_text(
            az.collector_row(resource, stamp, TENANT) for resource in resources
        )
        for kind, resources in kinds.items()
    }


def _spoil(blobs: dict[str, list[az.Json]], cast: Cast) -> dict[str, str]:
    """Texts of the flow-log blobs, two of them damaged as real ones are.

    legacy-01's last blob was read while Azure was writing it, so its tail is torn off; and one of
    dev-web-01's tuples is no tuple. Both belong in raw.rejected_records and stop nothing.
    """
    mine = sorted(path for path in blobs if cast.dev_web.nics[0].mac in path)
    flows = blobs[mine[0]][0]["properties"]["flows"][0]["flows"][0]
    flows["flowTuples"].append("1770710522,10.10.1.4,not-an-address,T")
    texts = {path: az.records_text(records) for path, records in blobs.items()}
    torn = max(path for path in blobs if cast.legacy_app.nics[0].mac in path)
    texts[torn] = texts[torn][:-2] + ',{"time":"2026-02-10T10:59:31.4470000Z","systemId":"5b1a'
    return texts


def write_demo_estate(folder: Path) -> None:
    """Write the demo's raw Azure files below `folder`: flow logs, activity logs, snapshots."""
    cast = Cast()
    files = _spoil(_flow_files(log_flows(cast)), cast)

    hours: dict[str, list[az.Json]] = defaultdict(list)
    for when, event in sorted(log_operations(cast).events, key=lambda entry: entry[0]):
        subscription = az.subscription_of(event["properties"]["entity"])
        hours[az.activity_blob(subscription, when)].append(event)
    files |= {path: az.lines_text(events) for path, events in hours.items()}

    steady = [cast.web, cast.node, cast.db, cast.firewall, cast.dev_web, cast.legacy_app]
    cast.api_before.nics[0].vm = cast.api_before
    files |= _snapshot_files(cast, FIRST_SNAPSHOT, [*steady, cast.api_before])
    cast.api_after.nics[0].vm = cast.api_after
    files |= _snapshot_files(cast, LAST_SNAPSHOT, [*steady, cast.api_after, cast.agents[2]])

    written_at = LAST_SNAPSHOT / 1000
    for path, text in sorted(files.items()):
        os.utime(az.write_text(folder, path, text), (written_at, written_at))
