"""What operation logs and snapshots tell of a world, with what the dials take away."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from scripts import azure_files as az
from scripts.simulate.world import (
    FIRST_SNAPSHOT_AFTER,
    SECOND,
    START,
    SUB_A,
    SUB_B,
    SUB_C,
    VNETS,
    Ms,
    Nic,
    Operation,
    Vm,
    Vnet,
    World,
)

NAMES = {
    "nic_write": "Microsoft.Network/networkInterfaces/write",
    "nic_delete": "Microsoft.Network/networkInterfaces/delete",
    "vm_write": "Microsoft.Compute/virtualMachines/write",
    "vm_delete": "Microsoft.Compute/virtualMachines/delete",
}


def chance(*parts: object) -> float:
    """0 to 1, from its parts alone: what is lost at 10 % is lost at 50 % too."""
    digest = hashlib.md5("/".join(map(str, parts)).encode()).hexdigest()
    return int(digest[:8], 16) / 2**32


class ControlPlane:
    """Writes a world's operation logs and snapshots below a folder."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.dials, self.folder = world, world.dials, folder

    def write(self) -> None:
        if self.dials.operations:
            self._write_operations()
        self._write_snapshots()

    # --- bodies ----------------------------------------------------------------------------

    def _nic_body(
        self, nic: Nic, at: Ms, *, in_event: bool, claims: tuple[str, ...] = ()
    ) -> az.Json:
        configs = [
            az.IpConfig(f"ipconfig{n}", address, nic.vnet.subnet_of(address), n == 1)
            for n, address in enumerate(claims or nic.held(at), start=1)
        ]
        vm = nic.vm_at(at)
        # A NIC has its MAC from the moment a VM has it.
        told_mac = any(since <= at for _, since, _ in nic.attachments)
        told_mac = told_mac and chance("mac", self.dials.seed, nic.mac) >= self.dials.missing_macs
        told_vm = vm is not None and (self.dials.attach_events or not in_event)
        return az.nic_resource(
            nic.arm_id,
            configs,
            mac=nic.mac if told_mac else None,
            vm=vm.arm_id if vm and told_vm else None,
            nsg=nic.vnet.nsg if nic.vnet.logs and "nsg" in nic.vnet.logs[-1] else None,
            forwarding=nic.forwarding and self.dials.flagged_firewall,
            private_endpoint=f"{nic.arm_id}-pe" if nic.kind == "endpoint" else None,
            etag=str(at),
            incarnation=nic.mac,
        )

    @staticmethod
    def _vm_body(vm: Vm, nics: tuple[Nic, ...]) -> az.Json:
        return az.vm_resource(vm.arm_id, vm.uuid, [nic.arm_id for nic in nics])

    # --- operation logs --------------------------------------------------------------------

    def _write_operations(self) -> None:
        dials = self.dials
        skew = round(dials.skew_seconds * SECOND)
        hours: dict[str, list[tuple[Ms, az.Json]]] = defaultdict(list)
        for number, operation in enumerate(self.world.operations):
            lost = dials.lost_deletes if "delete" in operation.kind else dials.lost_writes
            if chance("lost", dials.seed, number) < lost:
                continue
            if operation.kind == "vm_write" and not dials.attach_events:
                continue
            subscription = operation.vnet.subscription
            for at, event in self._events(operation, number, skew):
                late = chance("late", dials.seed, number, at) < dials.late
                path = az.activity_blob(subscription, at + (3 * az.HOUR_MS if late else 0))
                hours[path].append((at, event))
                if chance("twice", dials.seed, number, at) < 0.05:
                    hours[path].append((at, event))
        for path, events in sorted(hours.items()):
            ordered = [event for _, event in sorted(events, key=lambda entry: entry[0])]
            az.write_text(self.folder, path, az.lines_text(ordered))

    def _events(self, operation: Operation, number: int, skew: Ms) -> Iterator[tuple[Ms, az.Json]]:
        """Start, Accept and the outcome; the body comes with the Accept."""
        resource = operation.resource
        if operation.kind.endswith("delete"):
            body, status = None, "Accepted"
        elif isinstance(resource, Nic):
            body = self._nic_body(resource, operation.at, in_event=True, claims=operation.claims)
            status = "Created" if operation.created else "OK"
        else:
            body, status = self._vm_body(resource, operation.nics), "Created"
        seed = self.dials.seed
        outcome = "Failure" if operation.claims else "Success"
        done = round((1 + 20 * chance("done", seed, number)) * SECOND)
        for result, at in (
            ("Start", operation.at - 600),
            ("Accept", operation.at),
            (outcome, operation.at + done),
        ):
            yield (
                at + skew,
                az.operation_event(
                    at_ms=at + skew,
                    operation=NAMES[operation.kind],
                    arm_id=resource.arm_id,
                    result=result,
                    tenant=operation.vnet.tenant,
                    correlation=az.guid("operation", seed, number),
                    body=body if result == "Accept" else None,
                    status_code={"Accept": status, "Failure": "Conflict"}.get(result),
                ),
            )

    # --- snapshots -------------------------------------------------------------------------

    def _write_snapshots(self) -> None:
        every = round(self.dials.snapshot_hours * az.HOUR_MS)
        at = START + FIRST_SNAPSHOT_AFTER
        while at < self.world.end:
            for subscription in (SUB_A, SUB_B, SUB_C):
                self._write_snapshot(subscription, at)
            at += every

    def _write_snapshot(self, subscription: str, at: Ms) -> None:
        nics = [
            self._nic_body(nic, at, in_event=False)
            for nic in self.world.nics
            if nic.vnet.subscription == subscription and nic.start <= at < nic.end
        ]
        vms = [
            self._vm_body(vm, tuple(nic for nic in nics_of if nic.start <= at < nic.end))
            for vm, nics_of in self.world.vms.items()
            if nics_of[0].vnet.subscription == subscription
            and vm.start <= at < vm.end
            # a uniform scale set's instances are not in the subscription's list of VMs
            and nics_of[0].logged
        ]
        vnets = [self._vnet_body(vnet) for vnet in VNETS if vnet.subscription == subscription]
        stamp = az.azure_time(at - round(self.dials.skew_seconds * SECOND))
        tenant = next(vnet.tenant for vnet in VNETS if vnet.subscription == subscription)
        short = stamp[:19].replace("-", "").replace(":", "") + "Z"
        breaks = chance("breaks", self.dials.seed, subscription, at) < self.dials.failing_snapshots
        for kind, resources in (
            ("network_interfaces", nics),
            ("virtual_machines", vms),
            ("virtual_networks", vnets),
        ):
            rows = [az.collector_row(resource, stamp, tenant) for resource in resources]
            if breaks and kind != "virtual_networks":
                envelope = {k: rows[0][k] for k in ("recorded_at", "tenant_id", "subscription_id")}
                rows = [*rows[: len(rows) // 2], {**envelope, "id": None, "error": "Timeout"}]
            path = f"collect/{kind}/{subscription}/{short}.jsonl"
            az.write_text(self.folder, path, az.lines_text(rows))

    @staticmethod
    def _vnet_body(vnet: Vnet) -> az.Json:
        peerings = [
            az.Peering(VNETS[number].arm_id, VNETS[number].prefixes) for number in vnet.peers
        ]
        return az.vnet_resource(vnet.arm_id, vnet.prefixes, vnet.subnets, peerings)


def write_control_plane(world: World, folder: Path) -> None:
    """Write the operation logs and snapshots of `world` below `folder`, as its dials say."""
    ControlPlane(world, folder).write()
