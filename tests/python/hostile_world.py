"""A small model of Azure that keeps two books: what is true, and what Azure would have told.

A `World` holds NICs and VMs with their whole history. Each change goes through one method, which
writes the true state and logs the operation as the activity log would, quirks included. Truth is
read back with `World.stable` and `World.held`. Times are UTC epoch milliseconds; the moment of a
change is the moment its operation was accepted. Intervals are half-open.
"""

from __future__ import annotations

import ipaddress
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scripts import azure_files as az

Ms = int
SECOND: Ms = 1_000
MINUTE: Ms = az.MINUTE_MS
HOUR: Ms = az.HOUR_MS
FOREVER: Ms = 2**53
LONG_AGO: Ms = az.epoch_ms("2025-06-01T00:00:00Z")

NIC_WRITE = "Microsoft.Network/networkInterfaces/write"
NIC_DELETE = "Microsoft.Network/networkInterfaces/delete"
VM_WRITE = "Microsoft.Compute/virtualMachines/write"
VM_DELETE = "Microsoft.Compute/virtualMachines/delete"
GROUP_DELETE = "Microsoft.Resources/subscriptions/resourceGroups/delete"


@dataclass(eq=False)
class Vnet:
    """A VNet, how it is logged, and a dispenser of its addresses.

    Attributes:
        subnets: name → prefix; addresses are taken from the first unless said otherwise.
        logs: any of ``v1``, ``v2``, ``v4``; nothing captures in a VNet without logs.
        target: what its v4 flow logs are switched on for: ``vnet``, ``subnet`` or ``nic``.
        nsg_on: ``nic`` when NIC bodies name the NSG, ``subnet`` when nothing does.
        nsg_name: two VNets may share one.
        peers: the far VNet and this side's peering state.
    """

    name: str
    tenant: str
    subscription: str
    prefixes: tuple[str, ...]
    subnets: dict[str, str]
    logs: tuple[str, ...]
    target: str = "vnet"
    nsg_on: str = "nic"
    nsg_name: str = ""
    peers: list[tuple[Vnet, str]] = field(default_factory=list)
    _taken: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 3))

    @property
    def group(self) -> str:
        return f"Rg-{self.name}"

    @property
    def arm_id(self) -> str:
        return az.vnet_id(self.subscription, "Rg-Network", self.name)

    @property
    def nsg(self) -> str:
        return az.nsg_id(self.subscription, "Rg-Network", self.nsg_name or f"Nsg-{self.name}")

    @property
    def scope_is_known(self) -> bool:
        """Whether a record of this VNet names it even when its MAC is in no inventory."""
        return "v4" in self.logs or (self.nsg_on == "nic" and not self.nsg_name)

    def take(self, subnet: str | None = None) -> str:
        """The next address of a subnet; VNets with the same range hand out the same ones."""
        name = subnet or next(iter(self.subnets))
        self._taken[name] += 1
        return str(ipaddress.ip_network(self.subnets[name])[self._taken[name]])

    def take_prefix(self, subnet: str, length: int = 28) -> str:
        """The next aligned block of a subnet, such as ``10.1.9.16/28``."""
        network = ipaddress.ip_network(self.subnets[subnet])
        size = 2 ** (network.max_prefixlen - length)
        first = -(-(self._taken[subnet] + 1) // size) * size
        self._taken[subnet] = first + size - 1
        return f"{network[first]}/{length}"

    def subnet_of(self, address: str) -> str:
        """ARM id of the subnet that contains an address or a prefix."""
        inside = ipaddress.ip_address(address.split("/")[0])
        for name, prefix in self.subnets.items():
            if inside in ipaddress.ip_network(prefix):
                return f"{self.arm_id}/subnets/{name}"
        raise ValueError(f"{address} is in no subnet of {self.name}")

    def connected(self) -> list[Vnet]:
        return [far for far, state in self.peers if state == "Connected"]


@dataclass(eq=False)
class Vm:
    """One incarnation of a virtual machine."""

    arm_id: str
    uuid: str
    name: str
    label: str
    start: Ms
    end: Ms = FOREVER
    nics_reversed: bool = False
    collected: bool = True


@dataclass(eq=False)
class Nic:
    """One incarnation of a network interface, with its history.

    Attributes:
        configs: (from, addresses) in time order; an entry holds until the next one.
        attachments: [from, to, VM] in time order.
        untold: spans in which no evidence tells its state; nothing is said of it there.
        silent: spans in which its machine is off, so that it captures nothing.
        deleted_at: when the delete was done, if a snapshot may still list it until then.
        peer_from: earlier than this only its MAC tells whose its address is.
        logged: whether the activity log names it (scale-set NICs are never named).
    """

    arm_id: str
    vnet: Vnet
    mac: str
    label: str
    logged: bool = True
    forwarding: bool = False
    private_endpoint: bool = False
    configs: list[tuple[Ms, tuple[str, ...]]] = field(default_factory=list)
    attachments: list[list] = field(default_factory=list)
    end: Ms = FOREVER
    untold: list[tuple[Ms, Ms]] = field(default_factory=list)
    silent: list[tuple[Ms, Ms]] = field(default_factory=list)
    deleted_at: Ms = LONG_AGO
    peer_from: Ms = LONG_AGO

    @property
    def start(self) -> Ms:
        return self.configs[0][0]

    def addresses(self, at: Ms) -> tuple[str, ...]:
        """Addresses and prefixes held at a moment; empty before birth and after the end."""
        held: tuple[str, ...] = ()
        if at < self.end:
            for since, addresses in self.configs:
                if since <= at:
                    held = addresses
        return held

    def vm_at(self, at: Ms) -> Vm | None:
        for since, until, vm in self.attachments:
            if since <= at < until:
                return vm
        return None

    def changes(self) -> list[Ms]:
        """Every moment at which addresses or VM change, in order."""
        moments = {since for since, _ in self.configs} | {self.end}
        moments |= {moment for since, until, _ in self.attachments for moment in (since, until)}
        return sorted(moment for moment in moments if moment < FOREVER)

    def unchanged(self, low: Ms, high: Ms) -> bool:
        """Whether nothing changes in (low, high] and the whole span is told."""
        quiet = not any(low < moment <= high for moment in self.changes())
        return quiet and not any(low < until and since <= high for since, until in self.untold)


def contains(held: str, address: str) -> bool:
    """Whether an entry of `Nic.addresses` (an address or a prefix) holds an address."""
    if "/" not in held:
        return held == address
    inside = ipaddress.ip_address(address)
    network = ipaddress.ip_network(held, strict=False)
    return inside.version == network.version and inside in network


class World:
    """All NICs and VMs with their history, and the events that told of it."""

    def __init__(self, rng: random.Random, *, mac_in_events: bool) -> None:
        self.rng = rng
        self.mac_in_events = mac_in_events
        self.nics: list[Nic] = []
        self.vms: list[Vm] = []
        self.events: list[tuple[Ms, str, az.Json]] = []  # (time, subscription, event)
        self._serial = 0

    # --- small helpers ---------------------------------------------------------------------

    def serial(self) -> int:
        self._serial += 1
        return self._serial

    def wait(self, low_s: float, high_s: float) -> Ms:
        """A random number of milliseconds between two numbers of seconds."""
        return self.rng.randint(int(low_s * SECOND), int(high_s * SECOND))

    def spell(self, arm_id: str) -> str:
        """An id with its case changed the way Azure changes it from one answer to the next."""
        draw = self.rng.random()
        if draw < 0.4:
            return arm_id
        if draw < 0.5:
            return arm_id.lower()
        if draw < 0.55:
            return arm_id.upper()
        parts = arm_id.split("/")
        parts[4] = parts[4].upper() if draw < 0.8 else parts[4].lower()
        return "/".join(parts)

    def _spell_address(self, entry: str) -> str:
        """An IPv6 address in any of its spellings; anything else as it is."""
        if ":" not in entry or "/" in entry:
            return entry
        parsed = ipaddress.ip_address(entry)
        return self.rng.choice((str(parsed), parsed.exploded, str(parsed).upper()))

    # --- truth -----------------------------------------------------------------------------

    def stable(self, nic: Nic, address: str, low: Ms, high: Ms) -> bool:
        """Whether a NIC holds an address through [low, high], with one VM or none throughout."""
        held = any(contains(entry, address) for entry in nic.addresses(low))
        return held and nic.unchanged(low, high)

    def held(self, vnet: Vnet, address: str, low: Ms, high: Ms) -> bool:
        """Whether any NIC of a VNet holds an address, or might, at any time in [low, high]."""
        for nic in self.nics:
            if nic.vnet is not vnet:
                continue
            moments = [low, high, *(m for m in nic.changes() if low <= m <= high)]
            for moment in moments:
                if any(contains(entry, address) for entry in nic.addresses(moment)):
                    return True
        return False

    # --- what ARM answers ------------------------------------------------------------------

    def nic_body(self, nic: Nic, at: Ms, *, addresses: Sequence[str] | None = None) -> az.Json:
        """A NIC as ARM would print it at a moment."""
        held = nic.addresses(at) if addresses is None else tuple(addresses)
        configs = [
            az.IpConfig(
                f"ipconfig{n}",
                self._spell_address(entry),
                self.spell(nic.vnet.subnet_of(entry)),
                n == 1,
            )
            for n, entry in enumerate(held, start=1)
        ]
        self.rng.shuffle(configs)
        if self.rng.random() < 0.1:  # an IPv6 configuration may have no address
            configs.append(az.IpConfig("ipv6-empty", None, configs[0].subnet_id))
        vm = nic.vm_at(at)
        was_attached = any(since <= at for since, _, _ in nic.attachments)
        endpoint = az.resource_id(
            nic.vnet.subscription, nic.vnet.group, "Microsoft.Network/privateEndpoints", "pe"
        )
        body = az.nic_resource(
            self.spell(nic.arm_id),
            configs,
            mac=nic.mac if self.mac_in_events and was_attached else None,
            vm=self.spell(vm.arm_id) if self.mac_in_events and vm else None,
            nsg=self.spell(nic.vnet.nsg) if nic.vnet.nsg_on == "nic" else None,
            forwarding=nic.forwarding,
            private_endpoint=endpoint if nic.private_endpoint else None,
            tags={"touched": str(self.serial())},
            etag=str(self.serial()),
            incarnation=nic.mac,
        )
        if not nic.logged:  # saved scale-set NICs have neither
            body.pop("location")
            body.pop("tags")
        return body

    def vm_nics(self, vm: Vm, at: Ms) -> list[Nic]:
        """The NICs of a VM at a moment, in the order its body lists them."""
        nics = [nic for nic in self.nics if nic.vm_at(at) is vm]
        return nics[::-1] if vm.nics_reversed else nics

    def vm_body(self, vm: Vm, at: Ms, *, nics: Iterable[Nic] | None = None) -> az.Json:
        """A VM as ARM would print it at a moment; `nics` replaces the ones it has."""
        members = self.vm_nics(vm, at) if nics is None else nics
        return az.vm_resource(
            self.spell(vm.arm_id),
            vm.uuid,
            [self.spell(nic.arm_id) for nic in members],
            name=vm.name,
            tags={"touched": str(self.serial())},
        )

    # --- the activity log ------------------------------------------------------------------

    def log(
        self,
        at: Ms,
        operation: str,
        arm_id: str,
        tenant: str,
        body: az.Json | str | None = None,
        *,
        outcome: str = "Success",
        accept: bool = True,
        body_with: tuple[str, ...] = ("Accept",),
        finish: Ms | None = None,
        status: str = "OK",
        correlation: str | None = None,
        quirks: bool = True,
    ) -> None:
        """Log one operation that was accepted at `at`: Start, Accept, then the outcome.

        Args:
            outcome: ``Success`` or ``Failure``; "" leaves the operation without an end.
            accept: False for operations that are done at once: Start, then the outcome at `at`.
            body_with: which of the results carry the body.
            finish: time of the outcome.
            quirks: lets the body lose its id, be an object, be repeated, and so on.
        """
        rng = self.rng
        correlation = correlation or az.guid("correlation", self.serial())
        steps: list[tuple[str, Ms]] = [("Start", at - self.wait(0.2, 1.5))]
        if accept:
            steps.append(("Accept", at))
        if outcome:
            done = (finish or at + self.wait(2, 35)) if accept else at
            steps.append((outcome, done))
            if not accept:
                body_with = (outcome,)
            elif quirks and body is not None and outcome == "Success" and rng.random() < 0.25:
                body_with = ("Accept", "Success")
        if isinstance(body, dict) and quirks:
            body = self._worn(body)
        as_object = quirks and rng.random() < 0.05
        spelled = self.spell(arm_id)
        for result, moment in steps:
            carried = body if result in body_with else None
            if isinstance(carried, dict):
                settled = "Succeeded" if result == "Success" else "Updating"
                properties = carried["properties"] | {"provisioningState": settled}
                carried = carried | {"properties": properties}
            elif carried is None and rng.random() < 0.1:
                carried = ""  # documented: an empty string where there is no body
            event = az.operation_event(
                at_ms=moment,
                operation=operation,
                arm_id=spelled,
                result=result,
                tenant=tenant,
                correlation=correlation,
                body=carried,
                body_as_object=as_object,
                status_code={"Accept": status, "Failure": "Conflict"}.get(result),
                message="It did not work." if result == "Failure" else None,
                time=self._time(moment) if quirks else None,
            )
            if rng.random() < 0.05:
                event["resultType"] = az.rest_event(event)["status"]["value"]
            subscription = az.subscription_of(arm_id).lower()
            self.events.append((moment, subscription, event))
            if rng.random() < 0.12:  # delivered twice
                self.events.append((moment, subscription, event))
        if quirks and accept and rng.random() < 0.05:  # a second Accept, later, with no body
            late = az.operation_event(
                at_ms=at + 1_500,
                operation=operation,
                arm_id=spelled,
                result="Accept",
                tenant=tenant,
                correlation=correlation,
                message="Still at it.",
            )
            self.events.append((at + 1_500, az.subscription_of(arm_id).lower(), late))

    def _worn(self, body: az.Json) -> az.Json:
        """A body as the activity log keeps it: perhaps without id and type, or censored."""
        worn = dict(body)
        if self.rng.random() < 0.08:
            worn.pop("id")
            worn.pop("type")
        if self.rng.random() < 0.1 and "tags" in worn:
            worn["tags"] = "******"
        return worn

    def _time(self, at: Ms) -> str | None:
        """Now and then, another exact spelling of a moment."""
        draw = self.rng.random()
        if draw < 0.03:
            return az.azure_time(at, digits=6)
        if draw < 0.05:
            return az.azure_time(at, digits=9, sub_ms=1234)
        if draw < 0.07:
            return az.azure_time(at + 2 * HOUR, digits=7).replace("Z", "+02:00")
        if draw < 0.08:  # no zone: UTC, as everything
            return az.azure_time(at, sub_ms=4321).removesuffix("Z")
        if draw < 0.10 and at % 10 == 0:
            return az.azure_time(at, digits=2)
        return None

    # --- changes that are true -------------------------------------------------------------

    def add_nic(
        self,
        vnet: Vnet,
        at: Ms,
        addresses: Sequence[str],
        label: str,
        *,
        name: str | None = None,
        group: str | None = None,
        arm_id: str | None = None,
        mac: str | None = None,
        **traits: bool,
    ) -> Nic:
        """A NIC comes to be, with nothing logged. `at` may be LONG_AGO."""
        name = name or f"Nic-{label}-{self.serial()}"
        nic = Nic(
            arm_id=arm_id or az.nic_id(vnet.subscription, group or vnet.group, name),
            vnet=vnet,
            mac=mac or az.mac_of("hostile", vnet.name, name, self.serial()),
            label=label,
            configs=[(at, tuple(addresses))],
            **traits,
        )
        self.nics.append(nic)
        return nic

    def create_nic(
        self, vnet: Vnet, at: Ms, addresses: Sequence[str], label: str, **more: object
    ) -> Nic:
        """A NIC is created bare, and the activity log tells."""
        nic = self.add_nic(vnet, at, addresses, label, **more)
        self.touch_nic(nic, at, status="Created")
        return nic

    def touch_nic(self, nic: Nic, at: Ms, **how: object) -> None:
        """A NIC write that leaves its state as it is, such as a change of tags."""
        if "accept" not in how and self.rng.random() < 0.1:
            how["accept"] = False
        self.log(at, NIC_WRITE, nic.arm_id, nic.vnet.tenant, self.nic_body(nic, at), **how)

    def readdress(self, nic: Nic, at: Ms, addresses: Sequence[str], **how: object) -> None:
        """A NIC write that changes its addresses."""
        nic.configs.append((at, tuple(addresses)))
        if nic.logged:
            self.touch_nic(nic, at, **how)

    def delete_nic(self, nic: Nic, at: Ms, *, logged_at: Ms | None = None, **how: object) -> None:
        """A NIC is deleted; half of the time the outcome carries the deleted NIC's body."""
        body = self.nic_body(nic, at - 1)
        nic.end = at
        for attachment in nic.attachments:
            attachment[1] = min(attachment[1], at)
        with_body: tuple[str, ...] = ("Success",) if self.rng.random() < 0.5 else ()
        self.log(
            logged_at or at,
            NIC_DELETE,
            nic.arm_id,
            nic.vnet.tenant,
            body,
            body_with=with_body,
            quirks=False,
            **how,
        )

    def add_vm(
        self, nics: Sequence[Nic], at: Ms, label: str, *, arm_id: str | None = None, name: str = ""
    ) -> Vm:
        """A VM comes to be with NICs, with nothing logged."""
        vnet = nics[0].vnet
        name = name or (arm_id.split("/")[-1] if arm_id else f"Vm-{label}-{self.serial()}")
        vm = Vm(
            arm_id=arm_id or az.vm_id(vnet.subscription, vnet.group, name),
            uuid=az.guid("hostile-vm", name, self.serial()),
            name=name,
            label=label,
            start=at,
        )
        self.vms.append(vm)
        for nic in nics:
            nic.attachments.append([at, FOREVER, vm])
        return vm

    def create_vm(self, nics: Sequence[Nic], at: Ms, label: str, **more: str) -> Vm:
        """A VM write names its NICs: the one statement that attaches them."""
        vm = self.add_vm(nics, at, label, **more)
        self.touch_vm(vm, at, nics[0].vnet.tenant, status="Created")
        return vm

    def touch_vm(self, vm: Vm, at: Ms, tenant: str, **how: object) -> None:
        """A VM write that leaves everything as it is."""
        self.log(at, VM_WRITE, vm.arm_id, tenant, self.vm_body(vm, at), **how)

    def rewire(self, vm: Vm, at: Ms, nics: Sequence[Nic], tenant: str) -> None:
        """A VM write after which the VM has exactly these NICs."""
        for nic in self.vm_nics(vm, at):
            if nic not in nics:
                nic.attachments[-1][1] = at
        for nic in nics:
            if nic.vm_at(at) is not vm:
                assert nic.vm_at(at) is None, f"{nic.arm_id} is still attached"
                nic.attachments.append([at, FOREVER, vm])
        self.touch_vm(vm, at, tenant)

    def end_vm(self, vm: Vm, at: Ms) -> None:
        """A VM ceases, with nothing logged; its NICs stay."""
        vm.end = at
        for nic in self.nics:
            for attachment in nic.attachments:
                if attachment[2] is vm:
                    attachment[1] = min(attachment[1], at)

    def delete_vm(self, vm: Vm, at: Ms, tenant: str, **how: object) -> None:
        """A VM is deleted; its NICs stay, bare. The outcome may carry the deleted VM's body."""
        body = self.vm_body(vm, at - 1)
        self.end_vm(vm, at)
        with_body: tuple[str, ...] = ("Success",) if self.rng.random() < 0.5 else ()
        self.log(at, VM_DELETE, vm.arm_id, tenant, body, body_with=with_body, quirks=False, **how)

    # --- shorthands ------------------------------------------------------------------------

    def machine(
        self, vnet: Vnet, at: Ms, label: str, addresses: Sequence[str] = (), **more: object
    ) -> tuple[Vm, Nic, Ms]:
        """A NIC, then its VM a moment later. Returns both and the time of the VM write."""
        nic = self.create_nic(vnet, at, addresses or [vnet.take()], label, **more)
        ready = at + self.wait(0.8, 4)
        return self.create_vm([nic], ready, label), nic, ready

    def tear_down(self, vm: Vm, at: Ms) -> Ms:
        """The VM is deleted, then its NICs. Returns the time of the last NIC delete."""
        nics = self.vm_nics(vm, at)
        tenant = nics[0].vnet.tenant
        # With deleteOption "Delete" the VM takes its NICs along, under one correlation id.
        together = az.guid("together", self.serial()) if self.rng.random() < 0.5 else None
        how = {"correlation": together}
        self.delete_vm(vm, at, tenant, accept=self.rng.random() < 0.9, **how)
        for nic in nics:
            at += self.wait(1.5, 6)
            self.delete_nic(nic, at, accept=self.rng.random() < 0.9, **how)
        return at
