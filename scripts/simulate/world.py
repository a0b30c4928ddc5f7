"""An estate lived through: VNets, NICs, VMs and every change, with nothing lost yet.

Machines come and go on slots: a slot is one address of one VNet, held, released and held again.
Lifetimes follow the shape of the public Azure VM trace (Cortez et al., SOSP 2017): most machines
live minutes to hours, a few for weeks. The time until an address is taken again is drawn evenly
on a logarithmic scale from one second to two days. Times are UTC epoch milliseconds; windows are
half-open.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from scripts import azure_files as az
from scripts.simulate.dials import Dials

Ms = int
SECOND: Ms = 1_000
START: Ms = az.epoch_ms("2026-03-02T00:00:00Z")
LONG_AGO: Ms = az.epoch_ms("2025-06-01T00:00:00Z")
FOREVER: Ms = 2**53
# No machine that was there before the estate goes before the first snapshot could list it.
FIRST_SNAPSHOT_AFTER: Ms = 300 * SECOND

TENANT = "aaaaaaaa-1111-4000-8000-00000000000a"
OTHER_TENANT = "bbbbbbbb-2222-4000-8000-00000000000b"
SUB_A = "0a0a0a0a-0000-4000-8000-00000000aaaa"
SUB_B = "0b0b0b0b-0000-4000-8000-00000000bbbb"
SUB_C = "0c0c0c0c-0000-4000-8000-00000000cccc"

# share of machines, seconds: exponential lifetimes of that mean
LIFETIMES = ((0.3, 600), (0.4, 5_400), (0.24, 28_800), (0.06, 1_209_600))
LONGEST_GAP_SECONDS = 172_800


@dataclass(frozen=True)
class Vnet:
    """A VNet, its range `10.x`, and the formats its flows are logged in."""

    number: int
    name: str
    subscription: str
    base: str
    logs: tuple[str, ...]
    share: float
    peers: tuple[int, ...] = ()
    has_six: bool = False

    @property
    def tenant(self) -> str:
        return OTHER_TENANT if self.subscription == SUB_C else TENANT

    @property
    def group(self) -> str:
        return f"Rg-{self.name}"

    @property
    def arm_id(self) -> str:
        return az.vnet_id(self.subscription, "Rg-Network", self.name)

    @property
    def nsg(self) -> str:
        return az.nsg_id(self.subscription, "Rg-Network", f"Nsg-{self.name}")

    @property
    def prefixes(self) -> tuple[str, ...]:
        six = (f"fd00:{self.number}::/48",) if self.has_six else ()
        return (f"{self.base}.0.0/16", *six)

    def subnet_of(self, address: str) -> str:
        return f"{self.arm_id}/subnets/{'six' if ':' in address else 'default'}"

    @property
    def subnets(self) -> dict[str, str]:
        names = ("default", "six")
        return dict(zip(names, self.prefixes, strict=False))


# The spokes are peered with the hub and with each other; half of what goes between them passes
# the hub's firewall. The twins use the first spoke's range, the lab that of the own premises.
VNETS = (
    Vnet(0, "hub", SUB_A, "10.0", ("vnet_v4",), 0.1, (1, 2)),
    Vnet(1, "spoke-1", SUB_A, "10.1", ("vnet_v4", "nsg_v2"), 0.25, (0, 2)),
    Vnet(2, "spoke-2", SUB_B, "10.2", ("vnet_v4",), 0.25, (0, 1), True),
    Vnet(3, "twin-1", SUB_B, "10.1", ("nsg_v2",), 0.15),
    Vnet(4, "twin-2", SUB_C, "10.1", ("vnet_v4",), 0.15),
    Vnet(5, "legacy", SUB_C, "10.3", ("nsg_v1",), 0.08),
    Vnet(6, "lab", SUB_B, "192.168", (), 0.02),
)


@dataclass(eq=False)
class Vm:
    """One incarnation of a virtual machine."""

    arm_id: str
    uuid: str
    start: Ms
    end: Ms


@dataclass(eq=False)
class Nic:
    """One incarnation of a network interface and all that it held.

    Attributes:
        addresses: (address, from, to).
        attachments: (VM, from, to), in order.
        logged: whether operation logs name it; scale-set NICs are known to the collector alone.
        kind: what a flow's end at it is called in the truth.
    """

    number: int
    arm_id: str
    vnet: Vnet
    mac: str
    start: Ms
    end: Ms
    kind: str
    logged: bool = True
    forwarding: bool = False
    addresses: list[tuple[str, Ms, Ms]] = field(default_factory=list)
    attachments: list[tuple[Vm, Ms, Ms]] = field(default_factory=list)

    def held(self, at: Ms) -> list[str]:
        return [address for address, since, until in self.addresses if since <= at < until]

    def vm_at(self, at: Ms) -> Vm | None:
        return next((vm for vm, since, until in self.attachments if since <= at < until), None)


@dataclass(frozen=True)
class Operation:
    """One operation of the control plane, as it was. `resource`: a `Nic` or a `Vm`.

    Attributes:
        body_at: the resource's state at that moment is the body; None for deletes.
        nics: the NICs that a VM write names.
        claims: addresses that a failed NIC write claimed.
    """

    at: Ms
    kind: str  # "nic_write", "nic_delete", "vm_write" or "vm_delete"
    resource: Nic | Vm
    vnet: Vnet
    created: bool = False
    nics: tuple[Nic, ...] = ()
    claims: tuple[str, ...] = ()


class World:
    """All of an estate: `nics`, `vms` (each with its NICs) and `operations`."""

    def __init__(self, dials: Dials) -> None:
        self.dials = dials
        self.rng = random.Random(dials.seed)
        self.end: Ms = START + round(dials.hours * 3600) * SECOND
        self.nics: list[Nic] = []
        self.vms: dict[Vm, tuple[Nic, ...]] = {}
        self.operations: list[Operation] = []
        self.slots: list[tuple[Vnet, str]] = []
        self._taken: dict[tuple[int, str], int] = {}
        for vnet in VNETS:
            for _ in range(max(1, round(dials.machines * vnet.share))):
                self._live_on_slot(vnet, self._address(vnet, "slots"))
            self._static_nics(vnet)
        self._scale_sets()
        self.operations.sort(key=lambda operation: operation.at)

    # --- small helpers ---------------------------------------------------------------------

    def _address(self, vnet: Vnet, block: str) -> str:
        """The next address of a block: slots from x.0, extras x.64, fixed x.128, nodes x.160."""
        first = {"slots": 0, "extras": 64, "fixed": 128, "nodes": 160, "six": 0}[block]
        position = self._taken.get((vnet.number, block), 4)
        self._taken[vnet.number, block] = position + 1
        if block == "six":
            return f"fd00:{vnet.number}::{position:x}"
        third, fourth = divmod(position, 250)
        return f"{vnet.base}.{first + third}.{fourth + 2}"

    def _wait(self, low: float, high: float) -> Ms:
        return self.rng.randint(round(low * SECOND), round(high * SECOND))

    def _lifetime(self) -> Ms:
        draw = self.rng.random()
        mean = LIFETIMES[-1][1]
        for share, mean_of_share in LIFETIMES:
            draw -= share
            if draw < 0:
                mean = mean_of_share
                break
        return max(60 * SECOND, round(self.rng.expovariate(1 / mean) * SECOND))

    def _gap(self) -> Ms:
        return round(math.exp(self.rng.uniform(0, math.log(LONGEST_GAP_SECONDS))) * SECOND)

    def _nic(self, vnet: Vnet, name: str, start: Ms, end: Ms, kind: str, **more: bool) -> Nic:
        number = len(self.nics)
        nic = Nic(
            number,
            az.nic_id(vnet.subscription, vnet.group, name),
            vnet,
            # Numbered, so that no two are the same by chance.
            f"000D3A{number:06X}",
            start,
            end,
            kind,
            **more,
        )
        self.nics.append(nic)
        return nic

    def _vm(self, vnet: Vnet, name: str, start: Ms, end: Ms, nics: tuple[Nic, ...]) -> Vm:
        vm = Vm(
            az.vm_id(vnet.subscription, vnet.group, name),
            az.guid("simulated-vm", self.dials.seed, len(self.vms)),
            start,
            end,
        )
        self.vms[vm] = nics
        for nic in nics:
            nic.attachments.append((vm, start, end))
        return vm

    def _log(self, at: Ms, kind: str, resource: Nic | Vm, vnet: Vnet, **more: object) -> None:
        if START <= at < self.end:
            self.operations.append(Operation(at, kind, resource, vnet, **more))

    # --- machines --------------------------------------------------------------------------

    def _live_on_slot(self, vnet: Vnet, address: str) -> None:
        """One address, holder after holder."""
        self.slots.append((vnet, address))
        number = len(self.slots)
        at = LONG_AGO if self.rng.random() < 0.5 else START + min(self._gap(), 12 * 3600 * SECOND)
        names: list[str] = []
        while at < self.end:
            if at == LONG_AGO:
                end = START + max(self._lifetime(), FIRST_SNAPSHOT_AFTER + 600 * SECOND)
            else:
                end = at + self._lifetime()
            # Names come back: the same ARM id, another machine.
            if names and self.rng.random() < 0.2:
                name = names[-1]
            else:
                name = f"{vnet.name}-{number}-{len(names)}"
                names.append(name)
            self._live_once(vnet, address, name, at, end)
            at = end + self._gap()

    def _live_once(self, vnet: Vnet, address: str, name: str, start: Ms, end: Ms) -> None:
        """One holder of an address, from its NIC's creation to its deletion."""
        draw, length = self.rng.random(), end - max(start, START)
        kind = "plain"
        if draw < 0.08:
            kind = "two_addresses"
        elif draw < 0.16:
            kind = "two_nics"
        elif draw < 0.22 and vnet.has_six:
            kind = "dual_stack"
        elif draw < 0.26 and length > 1_200 * SECOND:
            kind = "recreated_vm"
        elif draw < 0.275 and length > 1_200 * SECOND:
            kind = "moved_nic"
        nic = self._nic(vnet, f"Nic-{name}", start, end, kind)
        nic.addresses.append((address, start, end))
        nics = [nic]
        if kind == "two_addresses":
            since = start if start == LONG_AGO else start + self._wait(5, 20)
            nic.addresses.append((self._address(vnet, "extras"), since, end))
        if kind == "dual_stack":
            nic.addresses.append((self._address(vnet, "six"), start, end))
        if kind == "two_nics":
            second = self._nic(vnet, f"Nic-{name}-b", start, end, kind)
            second.addresses.append((self._address(vnet, "extras"), start, end))
            nics.append(second)
        born = start if start == LONG_AGO else start + self._wait(0.8, 4)
        died = max(end - self._wait(2, 8), born + SECOND)
        self._lives_of_vms(kind, vnet, name, tuple(nics), born, died)
        for member in nics:
            self._log(start, "nic_write", member, vnet, created=True)
            for _, since, _ in member.addresses:
                if since > start:
                    self._log(since, "nic_write", member, vnet)
            if self.rng.random() < 0.3 and length > 300 * SECOND:
                # before the first snapshot nothing tells of what was there before
                first_told = START + FIRST_SNAPSHOT_AFTER + SECOND
                known = first_told if born == LONG_AGO else born
                touched = self.rng.randint(known, died)
                lies = (f"{vnet.base}.127.9",) if self.rng.random() < 0.2 else ()
                self._log(touched, "nic_write", member, vnet, claims=lies)
            self._log(end, "nic_delete", member, vnet)

    def _lives_of_vms(
        self, kind: str, vnet: Vnet, name: str, nics: tuple[Nic, ...], born: Ms, died: Ms
    ) -> None:
        """The VMs of a NIC: one, or the same name twice, or two names."""
        spans = [(f"Vm-{name}", born, died)]
        if kind in ("recreated_vm", "moved_nic"):
            first = max(born, START)
            low, high = first + (died - first) // 3, first + (died - first) * 2 // 3
            parted = self.rng.randint(low, high)
            again = parted + self._wait(5, 240)
            second = f"Vm-{name}" if kind == "recreated_vm" else f"Vm-{name}-heir"
            spans = [(f"Vm-{name}", born, parted), (second, again, died)]
        for vm_name, since, until in spans:
            vm = self._vm(vnet, vm_name, since, until, nics)
            self._log(since, "vm_write", vm, vnet, created=True, nics=nics)
            self._log(until, "vm_delete", vm, vnet, nics=nics)

    def _static_nics(self, vnet: Vnet) -> None:
        """What stands still: private endpoints, and the hub's firewall."""
        for number in range(2):
            nic = self._nic(vnet, f"Nic-pe-{vnet.name}-{number}", LONG_AGO, FOREVER, "endpoint")
            nic.addresses.append((self._address(vnet, "fixed"), LONG_AGO, FOREVER))
        if vnet.name == "hub":
            nic = self._nic(vnet, "Nic-fw", LONG_AGO, FOREVER, "firewall", forwarding=True)
            nic.addresses.append((self._address(vnet, "fixed"), LONG_AGO, FOREVER))
            self._vm(vnet, "Vm-fw", LONG_AGO, FOREVER, (nic,))
            self.firewall = nic

    def _scale_sets(self) -> None:
        """Nodes known to the collector alone; those of AKS hold many addresses each."""
        for number in range(max(2, self.dials.machines // 15)):
            vnet = VNETS[(1, 2, 4)[number % 3]]
            is_aks = number % 2 == 0
            since, until = LONG_AGO, FOREVER
            if self.rng.random() < 0.3:
                since = START + self._wait(3_600, self.dials.hours * 1_800)
            if self.rng.random() < 0.3:
                until = self.end - self._wait(1, self.dials.hours * 1_200)
            kind = "aks_node" if is_aks else "scale_set"
            nic = self._nic(vnet, f"node-{number}", since, until, kind, logged=False)
            scale_set = f"{'aks-pool' if is_aks else 'vmss'}-{vnet.name}"
            owner = az.scale_set_vm_id(vnet.subscription, vnet.group, scale_set, number)
            nic.arm_id = f"{owner}/networkInterfaces/nic-{number}"
            for _ in range(30 if is_aks else 1):
                nic.addresses.append((self._address(vnet, "nodes"), since, until))
            vm = self._vm(vnet, f"node-{number}", since, until, (nic,))
            vm.arm_id = owner

    # --- truth -----------------------------------------------------------------------------

    def segments(self) -> list[dict[str, object]]:
        """Who held which address, when, with which VM or none: one row per stretch."""
        rows: list[dict[str, object]] = []
        for nic in self.nics:
            for address, since, until in nic.addresses:
                cursor = since
                spans: list[tuple[Ms, Ms, Vm | None]] = []
                for vm, first, last in nic.attachments:
                    low, high = max(first, since), min(last, until)
                    if low >= high:
                        continue
                    if cursor < low:
                        spans.append((cursor, low, None))
                    spans.append((low, high, vm))
                    cursor = high
                if cursor < until:
                    spans.append((cursor, until, None))
                for low, high, vm in spans:
                    rows.append(
                        {
                            "vnet_no": nic.vnet.number,
                            "address": address,
                            "nic_no": nic.number,
                            "held_from_ms": since,
                            "from_ms": low,
                            "to_ms": high,
                            "vm_id": vm.arm_id.lower() if vm else None,
                            "vm_uuid": vm.uuid if vm else None,
                            "kind": nic.kind if vm else "nic_without_vm",
                            "is_slot": nic.logged,
                        }
                    )
        return rows
