"""The hostile estate's networks, machines and changes: each scenario is one way to go wrong.

A scenario is a function of an estate, a VNet and a start. It lives through its changes with a
`World`, which keeps the truth and logs the operations, and it names spans in which an address has
no VM (`Estate.probe`) for steady machines to call. Its name is the label of the ends it makes;
`LABELS` says what each label means.
"""

from __future__ import annotations

import ipaddress
import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from scripts import azure_files as az
from tests.python.hostile_world import (
    GROUP_DELETE,
    HOUR,
    LONG_AGO,
    MINUTE,
    NIC_DELETE,
    NIC_WRITE,
    SECOND,
    VM_DELETE,
    VM_WRITE,
    Ms,
    Nic,
    Vm,
    Vnet,
    World,
)

START: Ms = az.epoch_ms("2026-03-02T00:00:00Z")
FIRST_SNAPSHOT_AFTER: Ms = 7 * MINUTE
TENANT = "aaaaaaaa-1111-4000-8000-00000000000a"
OTHER_TENANT = "bbbbbbbb-2222-4000-8000-00000000000b"
SUB_A = "0a0a0a0a-0000-4000-8000-00000000aaaa"
SUB_B = "0b0b0b0b-0000-4000-8000-00000000bbbb"
SUB_C = "0c0c0c0c-0000-4000-8000-00000000cccc"
SUB_D = "0d0d0d0d-0000-4000-8000-00000000dddd"

LABELS = {
    "steady": "lives throughout; known from the first snapshot on, no event creates it",
    "dot_255": "an ordinary VM whose address ends in .255",
    "public_range": "a VNet whose range is not private by RFC 1918",
    "multi_nic": "one VM, two or three NICs, listed in any order",
    "multi_ip": "one NIC, several addresses, IPv6 among them",
    "prefix": "a NIC that holds a /28, as AKS nodes do; both edges of the block are used",
    "prefix_six": "a NIC that holds an IPv6 /80: too many addresses to be listed one by one",
    "late_delete_prefix": "late_delete, where the old holder had the address in a /28",
    "prefix_then_single": "an address of a released /28, taken by another NIC seconds later",
    "dual_stack": "IPv6 addresses, logged compressed, exploded and in capitals",
    "firewall": "the firewall's own flows",
    "reuse": "an address handed on within 1 to 30 seconds, several times",
    "late_delete": "an address whose old holder's delete is logged after the new holder's write",
    "seen_while_deleting": "an heir, while a snapshot still lists the old NIC, as Deleting",
    "reuse_at_once": "an address taken before the old holder's delete has succeeded",
    "swap": "two live NICs exchange their addresses",
    "ipconfig": "a secondary address given up, and taken by another NIC",
    "moved_nic": "a NIC moved from VM to VM; the old VM is deleted later, which must not detach it",
    "recreated_vm": "VM deleted and made again: same ARM id, same NIC, another vmId",
    "recreated_nic": "NIC and VM deleted and made again under their names, another address",
    "recreated_elsewhere": "NIC deleted and made again under its name in another VNet",
    "deallocated": "a stopped VM keeps NIC and address",
    "failed_write": "survives writes that failed and whose bodies lie about it",
    "failed_delete": "survives deletes of NIC, VM and group that were accepted, then failed",
    "overlapping_writes": "two writes whose outcomes arrive in the wrong order, with bodies",
    "shared_correlation": "one deployment, many resources; what failed is not this one",
    "one_correlation": "two writes of one NIC under one correlation id",
    "cut_body": "the Accept's body is cut off, the Success has it whole",
    "noise": "tag writes, extension writes and deletes, lock deletes, joins: all state nothing",
    "group_delete": "a resource group deleted; some of its resources never get an event",
    "group_delete_survivor": "the VM went with its group, the NIC lives in another group",
    "mac_reused": "a MAC that belonged to a NIC that is gone",
    "scale_set": "uniform scale-set nodes, known to the collector alone",
    "scale_set_gone": "a node deleted between snapshots",
    "scale_set_born": "a node made between snapshots",
    "scale_set_reuse": "a node that took over another node's address between snapshots",
    "scale_set_recreated": "a node made again under its id between snapshots: another vmId",
    "scale_set_readdressed": "a node whose address changed between snapshots",
    "scale_set_then_logged": "an address that went from a node to a NIC with events",
    "logged_then_scale_set": "an address that went from a NIC with events to a node",
    "beyond_hub": "a VM in a spoke that is reached through the hub's firewall alone",
    "reuse_six": "an IPv6 address handed on",
    "shared_nsg": "two VNets, the same addresses, one NSG: the MAC alone tells them apart",
    # Ends that are no VM:
    "private_endpoint": "a NIC without VM",
    "lb_frontend": "a NIC without VM",
    "bare_nic": "a NIC that never gets a VM",
    "unattached": "a NIC before its VM's first write, after its VM's delete, or between two VMs",
    "gap_while_deleting": "released; a snapshot lists the NIC once more, as Deleting",
    "gap": "an address that was released and is not taken yet",
    "group_gap": "an address released by a group delete alone",
    "failed_claim": "an address that only a failed write ever claimed",
    "never_held": "an address of the VNet that nobody ever held",
    "not_yet": "an address before its first holder was created, by an event",
    "unpeered_twin": "an address held in several VNets, none of them reachable from here",
    "unpeered_only": "an address held once in the tenant, in a VNet not reachable from here",
    "on_premises": "a machine on premises; an unpeered VNet has the same address",
    "internet": "public",
    "platform": "168.63.129.16, 169.254.169.254",
    "not_unicast": "multicast and broadcast",
}

ON_PREMISES_SUBNET = "192.168.10.0/24"


# --- the networks --------------------------------------------------------------------------


@dataclass
class Estate:
    """What the scenarios work on, and the addresses that traffic may probe.

    Attributes:
        probes: (VNet, address, NIC or None, from, to, label): in that span the address has no VM.
        snapshots: times of the complete snapshots, in order.
    """

    world: World
    vnets: dict[str, Vnet]
    end: Ms
    snapshots: list[Ms]
    probes: list[tuple[Vnet, str, Nic | None, Ms, Ms, str]] = field(default_factory=list)

    def probe(
        self, vnet: Vnet, address: str, low: Ms, high: Ms, label: str, nic: Nic | None = None
    ) -> None:
        if high - low > 4:
            self.probes.append((vnet, address, nic, low, high, label))


def _build_vnets(rng: random.Random, mac_in_events: bool) -> dict[str, Vnet]:
    """A hub with spokes, and many strangers that use the same ranges."""

    def vnet(name: str, sub: str, base: str, logs: str, **more: object) -> Vnet:
        tenant = OTHER_TENANT if sub == SUB_D else TENANT
        subnets = {
            "default": f"{base}.0.0/20",
            "second": f"{base}.16.0/20",
            "Pods": f"{base}.32.0/20",
            "unused": f"{base}.200.0/24",
        }
        space = (f"{base}.0.0/16",)
        return Vnet(name, tenant, sub, space, subnets, tuple(logs.split()), **more)

    hub = vnet("Hub", SUB_A, "10.0", "v4")
    spoke1 = vnet("Spoke1", SUB_A, "10.1", "v4")
    spoke2 = vnet("Spoke2", SUB_B, "10.2", "v4")
    spoke3 = vnet("Spoke3", SUB_B, "10.3", "v2")
    both = vnet("Both", SUB_A, "10.1", "v2 v4")
    alone = vnet("Alone", SUB_A, "10.6", "v4")
    twin = vnet("Twin", SUB_C, "10.1", "v4")
    lab = vnet("Lab", SUB_C, "10.50", "v4")
    legacy = vnet("Legacy", SUB_B, "10.1", "v1")
    subnet_nsg = vnet("SubnetNsg", SUB_C, "10.70", "v2", nsg_on="subnet")
    squat = vnet("Squat", SUB_D, "25.1", "v4")
    foreign = vnet("Foreign", SUB_D, "10.1", "v2")
    lab.prefixes = (*lab.prefixes, ON_PREMISES_SUBNET)
    lab.subnets = {**lab.subnets, "onprem-like": ON_PREMISES_SUBNET}
    for dual in (spoke1, twin, squat):  # the same IPv6 range, three times
        dual.prefixes = (*dual.prefixes, "fd00:db8:1::/48")
        dual.subnets = {**dual.subnets, "six": "fd00:db8:1:a::/64"}
    for spoke in (spoke1, spoke2, spoke3):
        hub.peers.append((spoke, "Connected"))
        spoke.peers.append((hub, "Connected"))
    spoke2.peers.append((spoke3, "Connected"))
    spoke3.peers.append((spoke2, "Connected"))
    # Peerings that are not: never finished, and torn down on the other side.
    spoke1.peers.append((lab, "Disconnected"))
    lab.peers.append((spoke1, "Initiated"))
    found = [hub, spoke1, spoke2, spoke3, both, alone, twin, lab, legacy, subnet_nsg]
    found += [squat, foreign]
    for watched in found:  # what a flow log is switched on for is anybody's choice
        watched.target = rng.choice(("vnet", "vnet", "subnet", "nic"))
    if mac_in_events:
        for name in ("ShareA", "ShareB"):
            found.append(vnet(name, SUB_B, "10.80", "v2", nsg_name="Nsg-Shared"))
    return {vnet.name: vnet for vnet in found}


# --- what lives throughout -----------------------------------------------------------------


def _steady(estate: Estate) -> None:
    """Machines that were there long before, and NICs that never have a machine."""
    world = estate.world
    for vnet in estate.vnets.values():
        shared = bool(vnet.nsg_name)
        for _ in range(3):
            nic = world.add_nic(vnet, LONG_AGO, [vnet.take()], "steady")
            label = "shared_nsg" if shared else "steady"
            world.add_vm([nic], LONG_AGO, "public_range" if vnet.name == "Squat" else label)
        if shared:
            continue
        odd = str(ipaddress.ip_network(vnet.subnets["default"])[511])
        world.add_vm([world.add_nic(vnet, LONG_AGO, [odd], "dot_255")], LONG_AGO, "dot_255")
        nics = [
            world.add_nic(vnet, LONG_AGO, [vnet.take(subnet)], "multi_nic")
            for subnet in ("default", "second", "second")
        ]
        vm = world.add_vm(nics, LONG_AGO, "multi_nic")
        vm.nics_reversed = world.rng.random() < 0.5
        addresses = [vnet.take(), vnet.take(), vnet.take("second")]
        if "six" in vnet.subnets:
            addresses.append(vnet.take("six"))
        world.add_vm([world.add_nic(vnet, LONG_AGO, addresses, "multi_ip")], LONG_AGO, "multi_ip")
        node = [vnet.take("Pods"), vnet.take_prefix("Pods")]
        world.add_vm([world.add_nic(vnet, LONG_AGO, node, "prefix")], LONG_AGO, "prefix")
        if "six" in vnet.subnets:
            pods = [vnet.take("Pods"), "fd00:db8:1:a:77::/80"]
            world.add_vm(
                [world.add_nic(vnet, LONG_AGO, pods, "prefix_six")], LONG_AGO, "prefix_six"
            )
        for label in ("private_endpoint", "lb_frontend"):
            world.add_nic(
                vnet, LONG_AGO, [vnet.take()], label, private_endpoint=label == "private_endpoint"
            )
    hub = estate.vnets["Hub"]
    legs = [
        world.add_nic(hub, LONG_AGO, [hub.take(subnet)], "firewall", forwarding=True)
        for subnet in ("default", "second")
    ]
    world.add_vm(legs, LONG_AGO, "firewall")
    lab = estate.vnets["Lab"]
    for _ in range(6):  # the addresses that machines on premises have too
        nic = world.add_nic(lab, LONG_AGO, [lab.take("onprem-like")], "steady")
        world.add_vm([nic], LONG_AGO, "steady")


# --- scenarios: one function, one way to go wrong -------------------------------------------


def reuse(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """An address goes from machine to machine, free for 1 to 30 seconds in between."""
    _hand_on(estate, vnet, at, vnet.take(), "reuse")


def reuse_six(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """The same with an IPv6 address, beside an IPv4 address of each NIC's own."""
    if "six" in vnet.subnets:
        _hand_on(estate, vnet, at, vnet.take("six"), "reuse_six")


def _hand_on(estate: Estate, vnet: Vnet, at: Ms, address: str, label: str) -> None:
    world, six = estate.world, ":" in address
    estate.probe(vnet, address, at - 3 * MINUTE, at, "not_yet")
    for _ in range(world.rng.randint(3, 5)):
        held = [vnet.take(), address] if six else [address]
        vm, nic, ready = world.machine(vnet, at, label, held)
        estate.probe(vnet, address, at, ready, "unattached", nic)
        if world.rng.random() < 0.4:
            world.touch_nic(nic, ready + world.wait(20, 40))
        gone = at + world.wait(100, 500)
        released = world.tear_down(vm, gone)
        estate.probe(vnet, address, gone, released, "unattached", nic)
        at = released + world.wait(1, 30)
        estate.probe(vnet, address, released, at, "gap")
    world.machine(vnet, at, label, [vnet.take(), address] if six else [address])


def reuse_at_once(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """The old holder's delete was accepted, not yet finished, when the next NIC is accepted."""
    world, address = estate.world, vnet.take()
    vm, nic, _ = world.machine(vnet, at, "reuse_at_once", [address])
    at += world.wait(120, 300)
    world.delete_vm(vm, at, vnet.tenant)
    at += world.wait(3, 6)
    world.delete_nic(nic, at, finish=at + 25 * SECOND)
    world.machine(vnet, at + world.wait(0.3, 2), "reuse_at_once", [address])


def late_delete(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """The heir's write is logged two seconds before the delete that made room for it."""
    world = estate.world
    vm, nic, _ = world.machine(vnet, at, "late_delete")
    gone = at + world.wait(120, 300)
    world.delete_vm(vm, gone - 5 * SECOND, vnet.tenant)
    world.delete_nic(nic, gone, logged_at=gone + 2 * SECOND)
    world.machine(vnet, gone, "late_delete", nic.addresses(at))


def late_delete_prefix(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """The same, where the old holder had the address in a block and the heir takes it alone."""
    world, block = estate.world, vnet.take_prefix("Pods")
    inside = str(ipaddress.ip_network(block)[9])
    vm, nic, _ = world.machine(vnet, at, "late_delete_prefix", [vnet.take("Pods"), block])
    gone = at + world.wait(120, 300)
    world.delete_vm(vm, gone - 5 * SECOND, vnet.tenant)
    world.delete_nic(nic, gone, logged_at=gone + 9 * SECOND)
    world.machine(vnet, gone, "late_delete_prefix", [inside])


def seen_while_deleting(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """A delete is accepted before a complete snapshot, and has its success after it.

    One address is free by then, the other has an heir: the snapshot lists both of its NICs.
    """
    world, snapshot = estate.world, estate.snapshots[1]
    for is_inherited in (False, True):
        vm, nic, _ = world.machine(vnet, min(at, snapshot - 5 * MINUTE), "seen_while_deleting")
        world.delete_vm(vm, snapshot - 40 * SECOND, vnet.tenant)
        gone, done = snapshot - 20 * SECOND, snapshot + 30 * SECOND
        addresses = nic.addresses(gone - 1)
        world.delete_nic(nic, gone, finish=done)
        nic.deleted_at = done
        if is_inherited:
            world.machine(vnet, gone + world.wait(1, 10), "seen_while_deleting", addresses)
        else:
            estate.probe(vnet, addresses[0], snapshot, done + 900_000, "gap_while_deleting")


def swap(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """Two NICs exchange addresses, through a third one, within seconds."""
    world = estate.world
    _, left, _ = world.machine(vnet, at, "swap")
    _, right, _ = world.machine(vnet, at + 2_000, "swap")
    (x,), (y,) = left.addresses(at + 10_000), right.addresses(at + 10_000)
    for _ in range(2):
        at += world.wait(200, 400)
        spare = vnet.take()
        world.readdress(left, at, [spare])
        world.readdress(right, at + 3_000, [x])
        world.readdress(left, at + 6_000, [y])
        estate.probe(vnet, x, at, at + 3_000, "gap")
        x, y = y, x


def ipconfig(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """A NIC gives up a secondary address; another NIC takes it as its own secondary."""
    world, extra = estate.world, vnet.take()
    _, giver, _ = world.machine(vnet, at, "ipconfig")
    _, taker, _ = world.machine(vnet, at, "ipconfig")
    own, other = giver.addresses(at)[0], taker.addresses(at)[0]
    world.readdress(giver, at + 60_000, [own, extra])
    world.readdress(giver, at + 240_000, [own])
    taken = at + 240_000 + world.wait(1, 20)
    estate.probe(vnet, extra, at + 240_000, taken, "gap")
    world.readdress(taker, taken, [extra, other])


def prefix_then_single(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """A /28 is released; one of its addresses is taken alone, and the other way round."""
    world, block = estate.world, vnet.take_prefix("Pods")
    inside = str(ipaddress.ip_network(block)[5])
    vm, _, _ = world.machine(vnet, at, "prefix", [vnet.take("Pods"), block])
    released = world.tear_down(vm, at + 200_000)
    taken = released + world.wait(1, 30)
    estate.probe(vnet, inside, released, taken, "gap")
    single, _, _ = world.machine(vnet, taken, "prefix_then_single", [inside])
    again = world.tear_down(single, taken + 200_000) + world.wait(1, 30)
    world.machine(vnet, again, "prefix", [vnet.take("Pods"), block])


def moved_nic(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """A NIC changes VMs. Later the VM it left is deleted, which must not take it along."""
    world, tenant = estate.world, vnet.tenant
    old, old_nic, _ = world.machine(vnet, at, "moved_nic")
    new, new_nic, _ = world.machine(vnet, at + 1_000, "moved_nic")
    mover = world.create_nic(vnet, at + 5_000, [vnet.take()], "moved_nic")
    world.rewire(old, at + 20_000, [old_nic, mover], tenant)
    for source, target, kept, own in ((old, new, old_nic, new_nic), (new, old, new_nic, old_nic)):
        at += world.wait(180, 300)
        there = at + world.wait(1, 20)
        world.rewire(source, at, [kept], tenant)
        estate.probe(vnet, mover.addresses(at)[0], at, there, "unattached", mover)
        world.rewire(target, there, [mover, own], tenant)
        world.touch_vm(source, there + 40_000, tenant)
    world.delete_vm(new, at + 200_000, tenant)
    world.touch_nic(mover, at + 260_000)


def recreated_vm(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """Deleted, made again under its name on the same NIC; three times over."""
    world = estate.world
    vm, nic, _ = world.machine(vnet, at, "recreated_vm")
    for _ in range(3):
        at += world.wait(120, 600)
        world.delete_vm(vm, at, vnet.tenant)
        again = at + world.wait(15, 90)
        estate.probe(vnet, nic.addresses(at)[0], at, again, "unattached", nic)
        vm = world.create_vm([nic], again, "recreated_vm", arm_id=vm.arm_id)
        at = again


def recreated_nic(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """Same names, new address; the old address goes to a stranger."""
    world = estate.world
    vm, nic, _ = world.machine(vnet, at, "recreated_nic")
    old_address = nic.addresses(at)[0]
    released = world.tear_down(vm, at + world.wait(200, 400))
    again = released + world.wait(2, 10)
    heir = world.create_nic(vnet, again, [vnet.take()], "recreated_nic", arm_id=nic.arm_id)
    world.create_vm([heir], again + 2_000, "recreated_nic", arm_id=vm.arm_id)
    estate.probe(vnet, old_address, released, again + 12_000, "gap")
    world.machine(vnet, again + 12_000, "recreated_nic", [old_address])


def recreated_elsewhere(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """Same name, same address, another VNet of the subscription."""
    world = estate.world
    others = [
        far
        for far in estate.vnets.values()
        if far.subscription == vnet.subscription and far is not vnet and not far.nsg_name
    ]
    if not others:
        return
    far = others[0]
    vm, nic, _ = world.machine(vnet, at, "recreated_elsewhere")
    address = nic.addresses(at)[0]
    released = world.tear_down(vm, at + world.wait(200, 400))
    estate.probe(vnet, address, released, released + 300_000, "gap")
    again = released + world.wait(5, 20)
    heir = world.create_nic(far, again, [far.take()], "recreated_elsewhere", arm_id=nic.arm_id)
    world.create_vm([heir], again + 2_000, "recreated_elsewhere", arm_id=vm.arm_id)


def deallocated(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """Stopped and started: it captures nothing meanwhile, and others still call its address."""
    world = estate.world
    vm, nic, ready = world.machine(vnet, at, "deallocated")
    off, on = ready + 300_000, ready + 900_000
    nic.silent.append((off, on))
    world.log(off, "Microsoft.Compute/virtualMachines/deallocate/action", vm.arm_id, vnet.tenant)
    world.log(on, "Microsoft.Compute/virtualMachines/start/action", vm.arm_id, vnet.tenant)


def failed_write(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """Writes that failed, before or after they were accepted, with bodies that are not true."""
    world = estate.world
    vm, nic, ready = world.machine(vnet, at, "failed_write")
    bystander_vm, bystander, _ = world.machine(vnet, at + 500, "failed_write")
    own, wanted, nobody = nic.addresses(at)[0], bystander.addresses(at + 500)[0], vnet.take()
    tenant = vnet.tenant
    moments = [ready + 120_000 * n for n in range(1, 6)]
    lies = [[own, wanted], [nobody], [wanted]]
    for moment, addresses in zip(moments, lies, strict=False):
        body = world.nic_body(nic, moment, addresses=addresses)
        world.log(moment, NIC_WRITE, nic.arm_id, tenant, body, outcome="Failure")
    body = world.nic_body(nic, moments[3], addresses=[nobody])
    world.log(moments[3], NIC_WRITE, nic.arm_id, tenant, body, outcome="Failure", accept=False)
    # A VM write that wanted the other machine's NIC, and one that would have dropped its own.
    body = world.vm_body(vm, moments[3], nics=[nic, bystander])
    world.log(moments[3] + 5_000, VM_WRITE, vm.arm_id, tenant, body, outcome="Failure")
    body = world.vm_body(bystander_vm, moments[4], nics=[nic])
    world.log(moments[4], VM_WRITE, bystander_vm.arm_id, tenant, body, outcome="Failure")
    # A NIC that never came to be, and a write that was only ever started.
    phantom = az.nic_id(vnet.subscription, vnet.group, f"Nic-phantom-{world.serial()}")
    body = world.nic_body(nic, moments[2], addresses=[nobody]) | {"id": phantom}
    world.log(moments[2] + 9_000, NIC_WRITE, phantom, tenant, body, outcome="Failure")
    world.log(moments[2] + 19_000, NIC_WRITE, phantom, tenant, accept=False, outcome="")
    estate.probe(vnet, nobody, moments[0], moments[4] + 300_000, "failed_claim")


def failed_delete(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """Deletes that were accepted and then failed; the machine lives on."""
    world, tenant = estate.world, vnet.tenant
    group = f"Rg-stays-{world.serial()}"
    vm, nic, ready = world.machine(vnet, at, "failed_delete", group=group)
    body = world.nic_body(nic, ready)
    world.log(
        ready + 200_000,
        NIC_DELETE,
        nic.arm_id,
        tenant,
        body,
        outcome="Failure",
        body_with=("Failure",),
        quirks=False,
    )
    world.log(ready + 300_000, VM_DELETE, vm.arm_id, tenant, outcome="Failure")
    world.log(ready + 400_000, NIC_DELETE, nic.arm_id, tenant, outcome="Failure", accept=False)
    group_id = az.group_id(vnet.subscription, group)
    world.log(ready + 500_000, GROUP_DELETE, group_id, tenant, outcome="Failure")


def overlapping_writes(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """The first write's Success, with its body, comes after the second write was accepted."""
    world, extra = estate.world, vnet.take()
    vm, nic, ready = world.machine(vnet, at, "overlapping_writes")
    own = nic.addresses(at)[0]
    first, second = ready + 200_000, ready + 204_000
    late = ("Accept", "Success")
    world.readdress(
        nic, first, [own, extra], finish=first + 40_000, body_with=late, quirks=False, accept=True
    )
    world.readdress(
        nic, second, [own], finish=second + 8_000, body_with=late, quirks=False, accept=True
    )
    taken = second + world.wait(2, 20)
    estate.probe(vnet, extra, second, taken, "gap")
    world.machine(vnet, taken, "overlapping_writes", [extra])
    # The same of a VM: a write without the second NIC overtakes the end of a write with it.
    spare = world.create_nic(vnet, ready + 300_000, [vnet.take()], "overlapping_writes")
    begin = ready + 320_000
    spare.attachments.append([begin, begin + 60_000, vm])
    for moment, done in ((begin, begin + 90_000), (begin + 60_000, begin + 65_000)):
        world.touch_vm(vm, moment, vnet.tenant, finish=done, body_with=late, quirks=False)
    address = spare.addresses(begin)[0]
    estate.probe(vnet, address, begin + 60_000, begin + 400_000, "unattached", spare)


def one_correlation(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """A deployment writes the same NIC twice; both writes carry its correlation id."""
    world, extra = estate.world, vnet.take()
    _, nic, ready = world.machine(vnet, at, "one_correlation")
    own, correlation = nic.addresses(at)[0], az.guid("deployment", world.serial())
    how = {"correlation": correlation, "quirks": False, "accept": True}
    first = ready + 120_000
    world.readdress(nic, first, [own, extra], finish=first + 2_000, **how)
    world.readdress(nic, first + 150_000, [own], finish=first + 152_000, **how)
    estate.probe(vnet, extra, first + 150_000, first + 500_000, "gap")


def shared_correlation(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """One deployment makes two machines; the second VM fails, and so does a clean-up delete."""
    world, tenant = estate.world, vnet.tenant
    how = {"correlation": az.guid("deployment", world.serial())}
    left, right = (
        world.add_nic(vnet, at + n * 700, [vnet.take()], "shared_correlation") for n in (0, 1)
    )
    for nic in (left, right):
        world.touch_nic(nic, nic.start, status="Created", **how)
    ready = at + 4 * SECOND
    vm = world.add_vm([left], ready, "shared_correlation")
    world.touch_vm(vm, ready, tenant, **how)
    failed = az.vm_id(vnet.subscription, vnet.group, f"Vm-failed-{world.serial()}")
    body = world.vm_body(vm, ready, nics=[right]) | {"id": failed}
    world.log(ready + 500, VM_WRITE, failed, tenant, body, outcome="Failure", **how)
    world.log(ready + 60_000, NIC_DELETE, left.arm_id, tenant, outcome="Failure", **how)
    address = right.addresses(ready)[0]
    estate.probe(vnet, address, ready, ready + 600_000, "unattached", right)
    world.create_vm([right], ready + 600_000, "shared_correlation")


def cut_body(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """The Accept's body ends in the middle; only the Success tells the address."""
    world = estate.world
    nic = world.add_nic(vnet, at + 12_000, [vnet.take()], "cut_body")
    whole = world.nic_body(nic, at + 12_000)
    correlation = az.guid("cut", world.serial())
    how = {"correlation": correlation, "quirks": False}
    world.log(at, NIC_WRITE, nic.arm_id, vnet.tenant, json.dumps(whole)[:300], outcome="", **how)
    world.log(at + 12_000, NIC_WRITE, nic.arm_id, vnet.tenant, whole, accept=False, **how)
    world.create_vm([nic], at + 15_000, "cut_body")


def noise(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """Operations on or below a machine and its NIC that change nothing of what counts."""
    world, tenant = estate.world, vnet.tenant
    vm, nic, ready = world.machine(vnet, at, "noise")
    extension = f"{vm.arm_id}/extensions/AADSSHLogin"
    lock = "/providers/Microsoft.Authorization/locks/keep"
    public = az.resource_id(
        vnet.subscription, vnet.group, "Microsoft.Network/publicIPAddresses", "pip"
    )
    settings = {"name": "AADSSHLogin", "properties": {"settings": "******", "vmId": None}}
    public_body = {
        "id": public,
        "properties": {
            "ipAddress": "20.1.2.3",
            "ipConfiguration": {"id": f"{nic.arm_id}/ipConfigurations/ipconfig1"},
        },
    }
    compute, network = "Microsoft.Compute/virtualMachines", "Microsoft.Network"
    happenings: list[tuple[str, str, az.Json | None]] = [
        (f"{compute}/extensions/write", extension, settings | {"id": extension}),
        (f"{compute}/extensions/delete", extension, settings | {"id": extension}),
        (f"{compute}/restart/action", vm.arm_id, None),
        (f"{compute}/runCommand/action", vm.arm_id, None),
        (f"{network}/networkInterfaces/join/action", nic.arm_id, None),
        (f"{network}/networkInterfaces/effectiveRouteTable/action", nic.arm_id, None),
        (
            f"{network}/networkInterfaces/tapConfigurations/delete",
            f"{nic.arm_id}/tapConfigurations/tap",
            None,
        ),
        ("Microsoft.Authorization/locks/delete", f"{nic.arm_id}{lock}", None),
        ("Microsoft.Authorization/locks/delete", f"{vm.arm_id}{lock}", None),
        (
            "Microsoft.Insights/diagnosticSettings/delete",
            f"{vm.arm_id}/providers/Microsoft.Insights/diagnosticSettings/d",
            None,
        ),
        (f"{network}/publicIPAddresses/write", public, public_body),
        (f"{network}/publicIPAddresses/delete", public, public_body),
        ("Microsoft.Authorization/policies/audit/action", nic.arm_id, None),
    ]
    for operation, arm_id, body in happenings:
        ready += world.wait(20, 60)
        world.log(ready, operation, arm_id, tenant, body, quirks=False)
        if world.rng.random() < 0.5:
            world.touch_nic(nic, ready + 4_000)
        if world.rng.random() < 0.3:
            vm.nics_reversed = not vm.nics_reversed
            world.touch_vm(vm, ready + 9_000, tenant)


def group_delete(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """A group goes with three machines: all events, the NIC's alone missing, none at all."""
    world, tenant = estate.world, vnet.tenant
    group = f"Rg-eph-{world.serial()}"
    cast = [world.machine(vnet, at + 3_000 * n, "group_delete", group=group) for n in range(3)]
    # A machine of this group whose NIC lives elsewhere.
    stranger = world.create_nic(vnet, at + 12_000, [vnet.take()], "group_delete_survivor")
    guest = world.create_vm(
        [stranger],
        at + 15_000,
        "group_delete_survivor",
        arm_id=az.vm_id(vnet.subscription, group, f"Vm-guest-{world.serial()}"),
    )
    gone, done = at + 400_000, at + 460_000
    (vm0, nic0, _), (vm1, nic1, _), (vm2, nic2, _) = cast
    world.delete_vm(vm0, gone + 5_000, tenant)
    world.delete_nic(nic0, gone + 15_000)
    world.delete_vm(vm1, gone + 7_000, tenant)
    for vm in (vm2, guest):
        world.end_vm(vm, done)
    for nic in (nic1, nic2):
        nic.end = done
    for nic in (nic0, nic1, nic2, stranger):
        nic.untold.append((gone, done))
    world.log(
        gone, GROUP_DELETE, az.group_id(vnet.subscription, group), tenant, finish=done, quirks=False
    )
    for nic in (nic1, nic2):
        address = nic.addresses(at + 20_000)[0]
        taken = done + world.wait(60, 200)
        estate.probe(vnet, address, done, taken, "group_gap")
        world.machine(vnet, taken, "group_delete", [address])
    address = stranger.addresses(gone)[0]
    estate.probe(vnet, address, done, done + 600_000, "group_delete_survivor", stranger)


def mac_reused(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """Azure hands a MAC out again after its NIC is gone."""
    world = estate.world
    vm, nic, ready = world.machine(vnet, at, "mac_reused")
    world.touch_nic(nic, ready + 15_000)
    gone = world.tear_down(vm, at + 300_000)
    _, heir, again = world.machine(vnet, gone + world.wait(60, 300), "mac_reused", mac=nic.mac)
    world.touch_nic(heir, again + 15_000)


def bare_nic(estate: Estate, vnet: Vnet, at: Ms) -> None:
    """A NIC that is made and deleted without ever having a machine."""
    world = estate.world
    nic = world.create_nic(vnet, at, [vnet.take()], "bare_nic")
    world.touch_nic(nic, at + 50_000)
    world.delete_nic(nic, at + 500_000)
    address = nic.addresses(at)[0]
    estate.probe(vnet, address, at, at + 500_000, "bare_nic", nic)
    estate.probe(vnet, address, at + 500_000, at + 700_000, "gap")


SCENARIOS: tuple[Callable[[Estate, Vnet, Ms], None], ...] = (
    reuse,
    reuse_six,
    reuse_at_once,
    late_delete,
    late_delete_prefix,
    seen_while_deleting,
    swap,
    ipconfig,
    prefix_then_single,
    moved_nic,
    recreated_vm,
    recreated_nic,
    recreated_elsewhere,
    deallocated,
    failed_write,
    failed_delete,
    overlapping_writes,
    one_correlation,
    shared_correlation,
    cut_body,
    noise,
    group_delete,
    mac_reused,
    bare_nic,
)


def scale_sets(estate: Estate, vnet: Vnet) -> None:
    """A uniform scale set: no event names it, so all that is known comes from the snapshots.

    Changes fall between the first and the second complete snapshot. Where only a MAC can tell
    whose an address was, the NIC's `peer_from` says so.
    """
    world = estate.world
    name = f"Vmss-{vnet.name}"
    first, second = estate.snapshots[0], estate.snapshots[1]
    instances = iter(range(100))

    def node(label: str, since: Ms, address: str, instance: int | None = None) -> tuple[Vm, Nic]:
        number = next(instances) if instance is None else instance
        vm_id = az.scale_set_vm_id(vnet.subscription, vnet.group, name, number)
        nic = world.add_nic(
            vnet, since, [address], label, arm_id=f"{vm_id}/networkInterfaces/nic0", logged=False
        )
        return world.add_vm([nic], since, label, arm_id=vm_id, name=f"{name}_{number}"), nic

    def part(share: float) -> Ms:
        return first + int((second - first) * share) + world.wait(0, 60)

    def end(vm: Vm, nic: Nic, at: Ms) -> None:
        world.end_vm(vm, at)
        nic.end = at

    for _ in range(2):
        node("scale_set", LONG_AGO, vnet.take())
    end(*node("scale_set_gone", LONG_AGO, vnet.take()), part(0.4))
    node("scale_set_born", part(0.5), vnet.take())

    address, change = vnet.take(), part(0.5)
    end(*node("scale_set_reuse", LONG_AGO, address), change)
    _, heir = node("scale_set_reuse", change + 20_000, address)
    heir.peer_from = second

    # Made again under its id: the model's second NIC has the same ARM id and address.
    address, change = vnet.take(), part(0.6)
    vm, nic = node("scale_set_recreated", LONG_AGO, address, instance=90)
    end(vm, nic, change)
    node("scale_set_recreated", change + 30_000, address, instance=90)

    _, moved = node("scale_set_readdressed", LONG_AGO, vnet.take())
    moved.configs.append((part(0.5), (vnet.take(),)))
    moved.peer_from = LONG_AGO  # its old address; the new one is dealt with in `Traffic`

    address, change = vnet.take(), part(0.3)
    end(*node("scale_set_then_logged", LONG_AGO, address), change)
    world.machine(vnet, change + world.wait(5, 60), "scale_set_then_logged", [address])

    address, change = vnet.take(), part(0.3)
    vm, nic, ready = world.machine(vnet, change, "logged_then_scale_set", [address])
    released = world.tear_down(vm, ready + 300_000)
    node("logged_then_scale_set", released + world.wait(5, 60), address)


# --- the whole -----------------------------------------------------------------------------


def build_estate(
    *, seed: int, hours: int = 12, mac_in_events: bool = True, scenarios_per_vnet: int = 8
) -> Estate:
    """Live through `hours` of the estate: its networks, machines, changes and events."""
    rng = random.Random(seed)
    world = World(rng, mac_in_events=mac_in_events)
    end = START + hours * HOUR
    middle = range(START + 6 * HOUR, end - HOUR, 6 * HOUR)
    snapshots = [START + FIRST_SNAPSHOT_AFTER, *middle, end + 10 * MINUTE]
    estate = Estate(world, _build_vnets(rng, mac_in_events), end, snapshots)
    _steady(estate)
    # Every scenario plays somewhere, and each VNet sees several; the seed says which and when.
    hosts = [vnet for vnet in estate.vnets.values() if not vnet.nsg_name]
    plays = [(scenario, rng.choice(hosts)) for scenario in SCENARIOS for _ in range(2)]
    plays += [(rng.choice(SCENARIOS), vnet) for vnet in hosts for _ in range(scenarios_per_vnet)]
    for scenario, vnet in plays:
        if scenario is mac_reused and not (mac_in_events and "v4" in vnet.logs):
            continue
        scenario(estate, vnet, _quiet_start(estate, rng))
    for name in ("Spoke1", "Both", "Legacy"):
        scale_sets(estate, estate.vnets[name])
    for vm in world.vms:  # this collector lists the NICs of that scale set, and not its VMs
        vm.collected = "/Vmss-Legacy/" not in vm.arm_id
    return estate


def _quiet_start(estate: Estate, rng: random.Random) -> Ms:
    """A start after the first snapshot such that a scenario is over before the end."""
    return rng.randint(estate.snapshots[0] + 5 * MINUTE, estate.end - HOUR - 20 * MINUTE)


def check_truth(estate: Estate) -> None:
    """Raise where two NICs hold one address of one VNet at once: truth would be no truth."""
    spans: dict[tuple[str, str], list[tuple[Ms, Ms, Nic]]] = defaultdict(list)
    for nic in estate.world.nics:
        bounds = [*nic.configs, (nic.end, ())]
        for (since, addresses), (until, _) in pairwise(bounds):
            for held in addresses:
                is_block = "/" in held and ":" not in held
                members = ipaddress.ip_network(held) if is_block else [held]
                for address in members:
                    spans[nic.vnet.name, str(address)].append((since, min(until, nic.end), nic))
    for (vnet, address), held in spans.items():
        held.sort(key=lambda span: span[:2])
        for (_, until, before), (since, _, after) in pairwise(held):
            if since < until:
                raise AssertionError(f"{vnet} {address}: {before.label} and {after.label} overlap")
