"""Flows over the hostile estate, recorded where Azure would record them, with their truth."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

from scripts import azure_files as az
from tests.python.hostile_scenarios import FIRST_SNAPSHOT_AFTER, ON_PREMISES_SUBNET, Estate
from tests.python.hostile_world import HOUR, SECOND, Ms, Nic, Vnet

REGION = "eastus"

EXPECTED_REASON = {
    "internet": "internet",
    "platform": "azure_platform",
    "not_unicast": "not_unicast",
    "private_endpoint": "nic_without_vm",
    "lb_frontend": "nic_without_vm",
    "bare_nic": "nic_without_vm",
    "unattached": "nic_without_vm",
    "group_delete_survivor": "nic_without_vm",
    "gap": "after_release",
    "gap_while_deleting": "after_release",
    "group_gap": "after_release",
    "never_held": "never_seen",
    "failed_claim": "never_seen",
    "not_yet": "before_first_seen",
}

# Ends whose address nobody of the VNet holds at that moment.
FREE = ("gap_while_deleting", "gap", "group_gap", "never_held", "failed_claim", "not_yet")

INTERNET = ("93.184.216.34", "151.101.1.69", "203.0.113.9", "20.60.40.4", "2606:2800:220:1::34")
SIX = {"internet": INTERNET[-1], "platform": "fe80::1234:5678:9abc", "not_unicast": "ff02::fb"}
PLATFORM = ("168.63.129.16", "169.254.169.254")
NOT_UNICAST = ("224.0.0.251", "239.255.255.250", "255.255.255.255")


@dataclass(frozen=True)
class End:
    """One end of a flow: an address, its NIC where it has one, and what it is."""

    address: str
    nic: Nic | None
    label: str


@dataclass(frozen=True)
class Capture:
    """One tuple in one log, and its truth."""

    nic: Nic
    log_format: str
    flow: az.Tuple
    truth: az.Json
    copies: int = 1


class Traffic:
    """Makes flows whose truth is certain, and records them where Azure would.

    A record is made only if both ends stay as they are from a millisecond before to a millisecond
    after the tuple (v4) or through its whole second (NSG), and if evidence can tell them.
    """

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.world = estate.world
        self.rng = estate.world.rng
        self.captures: list[Capture] = []
        self._port = 1_100
        self._by_vnet: dict[str, list[Nic]] = defaultdict(list)
        for nic in self.world.nics:
            self._by_vnet[nic.vnet.name].append(nic)
        self.firewalls = [nic for nic in self.world.nics if nic.forwarding]

    # --- is it so, and can it be known? ----------------------------------------------------

    def _certain(self, end: End, capture: Nic, own: bool, low: Ms, high: Ms) -> bool:
        nic = end.nic
        if nic is None:
            return end.label not in FREE or not (
                self.world.held(capture.vnet, end.address, low, high)
            )
        if not self.world.stable(nic, end.address, low, high):
            return False
        told = own and self.world.mac_in_events
        if low < nic.peer_from and not told:
            return False
        if not nic.logged and low > nic.start and nic.configs[-1][0] > nic.start:
            # Re-addressed between snapshots: the new address is told by the MAC until the next.
            seen = next(s for s in self.estate.snapshots if s >= nic.configs[-1][0])
            if nic.configs[-1][0] <= low < seen and not told:
                return False
        return True

    def _capturing(self, nic: Nic, low: Ms, high: Ms) -> bool:
        """Whether a NIC has a running machine and its VNet is logged."""
        off = any(low < until and since <= high for since, until in nic.silent)
        return bool(nic.vnet.logs) and nic.vm_at(low) is not None and not off

    # --- recording -------------------------------------------------------------------------

    def record(
        self,
        at: Ms,
        src: End,
        dst: End,
        capture: Nic,
        *,
        outbound: bool,
        state: str = "B",
        protocol: int = 6,
        ports: tuple[int, int] = (0, 0),
        copies: int = 1,
    ) -> None:
        """Log one tuple at one NIC, in each of its VNet's formats, if its truth is certain."""
        own, peer = (src, dst) if outbound else (dst, src)
        forwarded = own.nic is not capture
        for log_format in capture.vnet.logs:
            whole = log_format != "v4"
            moment = -(-at // SECOND) * SECOND if whole else at
            low, high = (moment - 1, moment + SECOND) if whole else (moment - 1, moment + 1)
            if whole and protocol not in (6, 17):
                continue
            if not capture.unchanged(low, high) or not self._capturing(capture, low, high):
                continue
            if not self._certain(own, capture, not forwarded, low, high):
                continue
            if not self._certain(peer, capture, False, low, high):
                continue
            counted = state in "CE" and log_format != "v1"
            numbers = (self.rng.randint(1, 90), self.rng.randint(60, 9000), 3, 1800)
            flow = az.Tuple(
                at_ms=moment,
                src_ip=self._spell_ip(src.address),
                dst_ip=self._spell_ip(dst.address),
                src_port=ports[0],
                dst_port=ports[1],
                protocol=protocol,
                outbound=outbound,
                state=state,
                counters=numbers if counted else None,
                rule=self.rng.choice(("DefaultRule_AllowVnetOutBound", "UserRule_any", "Other")),
            )
            truth = {
                "event_at": az.azure_time(moment, digits=3),
                "log_format": {"v4": "vnet_v4"}.get(log_format, f"nsg_{log_format}"),
                "flow_log_id": self.flow_log(capture, log_format).lower(),
                "capture_mac": capture.mac,
                "capture_nic_id": capture.arm_id.lower(),
                "src_ip": az.canonical_ip(src.address),
                "src_port": ports[0],
                "dst_ip": az.canonical_ip(dst.address),
                "dst_port": ports[1],
                "protocol": protocol,
                "direction": "outbound" if outbound else "inbound",
                **self._who("src", src, moment),
                **self._who("dst", dst, moment),
            }
            self.captures.append(Capture(capture, log_format, flow, truth, copies))

    def _who(self, side: str, end: End, at: Ms) -> az.Json:
        vm = end.nic.vm_at(at) if end.nic else None
        return {
            f"{side}_vm_id": vm.arm_id.lower() if vm else None,
            f"{side}_vm_uuid": vm.uuid if vm else None,
            f"{side}_vm_name": vm.name if vm else None,
            f"{side}_kind": end.label,
            f"{side}_reason": None if vm else EXPECTED_REASON.get(end.label),
        }

    def _spell_ip(self, address: str) -> str:
        if ":" not in address:
            return address
        parsed = ipaddress.ip_address(address)
        return self.rng.choice((str(parsed), parsed.exploded, str(parsed).upper()))

    def flow_log(self, nic: Nic, log_format: str) -> str:
        """ARM id of the flow log (v4) or the NSG that a NIC's records name."""
        if log_format != "v4":
            return nic.vnet.nsg
        suffix = {
            "vnet": "",
            "subnet": "-" + nic.vnet.subnet_of(nic.configs[0][1][0]).split("/")[-1],
            "nic": "-" + nic.arm_id.split("/")[-1],
        }[nic.vnet.target]
        return az.flow_log_id(nic.vnet.subscription, REGION, f"Fl-{nic.vnet.name}{suffix}")

    def connect(self, at: Ms, src: End, dst: End, *, last: Ms | None = None) -> None:
        """A connection, logged wherever a NIC saw it.

        Args:
            last: latest time of its last tuple; the ends are checked tuple by tuple anyway.
        """
        self._port = self._port + 1 if self._port < 65_000 else 1_100
        ports = (self._port, self.rng.choice((22, 53, 443, 5432, 8080)))
        protocol = 17 if ports[1] == 53 else 6
        pattern = self.rng.choice(("B", "BE", "E", "D", "BCE"))
        gap = min(self.rng.randint(1_200, 40_000), max(1_001, ((last or at) - at) // 2))
        for step, state in enumerate(pattern):
            moment = at + step * gap
            copies = self.rng.choice((1, 1, 2, 3)) if state in "BD" else 1
            how = {"state": state, "protocol": protocol, "ports": ports, "copies": copies}
            refused_inbound = state == "D" and dst.nic is not None
            if src.nic is not None and not refused_inbound:
                self.record(moment, src, dst, src.nic, outbound=True, **how)
            if dst.nic is not None:
                self.record(moment, src, dst, dst.nic, outbound=False, **how)

    def through_firewall(self, at: Ms, src: End, dst: End, *, both_legs: bool = True) -> None:
        """A forwarded flow: the source's NIC, the firewall's legs, the destination's NIC."""
        self._port += 1
        how = {"state": "E", "ports": (self._port, 443)}
        if src.nic is not None:
            self.record(at, src, self._seen_from(src, dst), src.nic, outbound=True, **how)
        if dst.nic is not None:
            self.record(at, self._seen_from(dst, src), dst, dst.nic, outbound=False, **how)
        entry, leave = self.firewalls
        self.record(at + 1, src, dst, entry, outbound=False, **how)
        if both_legs:
            self.record(at + 2, src, dst, leave, outbound=True, **how)

    def _seen_from(self, here: End, there: End) -> End:
        """The far end, labelled ``beyond_hub`` where no peering joins the two VNets."""
        if here.nic is None or there.nic is None:
            return there
        if there.nic.vnet in (here.nic.vnet, *here.nic.vnet.connected()):
            return there
        return replace(there, label="beyond_hub")

    # --- who talks to whom -----------------------------------------------------------------

    def _end_of(self, nic: Nic, at: Ms, held: str | None = None) -> End | None:
        held = held or self.rng.choice(nic.addresses(at) or ("",))
        if not held:
            return None
        address = held
        if "/" in held:
            network = ipaddress.ip_network(held)
            address = str(network[self.rng.choice((0, 1, 7, -1))])
        vm = nic.vm_at(at)
        label = vm.label if vm else nic.label
        if vm is None and label not in ("private_endpoint", "lb_frontend", "bare_nic"):
            label = "unattached"
        if ":" in address and label == "multi_ip":
            label = "dual_stack"
        return End(address, nic, label)

    def _neighbour(self, vnet: Vnet, at: Ms, like: str) -> End | None:
        """Some address held in a VNet at a moment, of the same IP version."""
        six = ":" in like
        for _ in range(40 if six else 12):
            nic = self.rng.choice(self._by_vnet[vnet.name])
            held = [entry for entry in nic.addresses(at) if (":" in entry) == six]
            if held:
                return self._end_of(nic, at, self.rng.choice(held))
        return None

    def _peer(self, nic: Nic, like: str, at: Ms) -> End | None:
        """Someone for a NIC to talk to at a moment."""
        vnet, draw = nic.vnet, self.rng.random()
        if draw < 0.45:
            return self._neighbour(vnet, at, like)
        if ":" in like:
            label = self.rng.choice(tuple(SIX))
            return End(SIX[label], None, label)
        far = vnet.connected()
        if draw < 0.62 and far and vnet.scope_is_known:
            return self._neighbour(self.rng.choice(far), at, like)
        if draw < 0.70 and vnet.scope_is_known and not vnet.nsg_name:
            return End(str(ipaddress.ip_network(vnet.subnets["unused"])[77]), None, "never_held")
        if draw < 0.75:
            return End(self.rng.choice(PLATFORM), None, "platform")
        if draw < 0.79:
            return End(self.rng.choice(NOT_UNICAST), None, "not_unicast")
        return End(self.rng.choice(INTERNET[:-1]), None, "internet")

    def tenures(self, per_segment: int) -> None:
        """For each span in which a NIC's state stands still: its first and last moments, and
        `per_segment` more in between, for each address."""
        begin, end = self.estate.snapshots[0] - FIRST_SNAPSHOT_AFTER, self.estate.end
        for nic in self.world.nics:
            edges = [max(begin, nic.start), *nic.changes(), end]
            moments = sorted({edge for edge in edges if begin <= edge <= end})
            for low, high in pairwise(moments):
                if high - low < 5 or nic.vm_at(low) is None:
                    continue
                for held in nic.addresses(low):
                    times = [low + 2, high - 3, -(-low // SECOND) * SECOND]
                    times += [self.rng.randint(low + 2, high - 3) for _ in range(per_segment)]
                    for at in times:
                        self._talk(nic, held, at, high)

    def _talk(self, nic: Nic, held: str, at: Ms, last: Ms) -> None:
        me = self._end_of(nic, at, held)
        peer = self._peer(nic, held.split("/")[0], at) if me else None
        if me is None or peer is None or peer.nic is nic:
            return
        outward_only = peer.label in ("platform", "not_unicast", "never_held")
        outward_only |= peer.nic is not None and peer.nic.vm_at(at) is None
        outbound = outward_only or self.rng.random() < 0.6
        src, dst = (me, peer) if outbound else (peer, me)
        self.connect(at, src, dst, last=last)

    def probes(self) -> None:
        """Steady machines call addresses that have no VM at that moment."""
        for vnet, address, nic, low, high, label in self.estate.probes:
            wanted = "multi_ip" if ":" in address else "steady"
            callers = [c for c in self._by_vnet[vnet.name] if c.label == wanted]
            target = End(address, nic, label)
            for at in {low + 2, high - 3, self.rng.randint(low + 2, high - 3)}:
                caller = self.rng.choice(callers)
                own = caller.configs[0][1]
                me = self._end_of(caller, at, own[-1] if ":" in address else own[0])
                if me is not None and at < self.estate.end:
                    self.connect(at, me, target)

    def hub_and_spokes(self, count: int) -> None:
        """Spoke to spoke and on-premises flows through the firewall; calls to unpeered twins."""
        vnets = self.estate.vnets
        spokes = [vnets["Spoke1"], vnets["Spoke2"], vnets["Spoke3"]]
        on_premises = [str(ipaddress.ip_network(ON_PREMISES_SUBNET)[n]) for n in range(4, 10)]
        first = self.estate.snapshots[0]
        twin_only, lab_only = (
            [
                nic.configs[0][1][0]
                for nic in self._by_vnet[name]
                if nic.label == "steady" and nic.configs[0][1][0].startswith(base)
            ]
            for name, base in (("Twin", "10.1."), ("Lab", "10.50."))
        )
        for number in range(count):
            at = self.rng.randint(first, self.estate.end - HOUR // 2)
            near, far = self.rng.sample(spokes, 2)
            src, dst = self._neighbour(near, at, "10."), self._neighbour(far, at, "10.")
            if src and dst and src.nic.vm_at(at) and dst.nic.vm_at(at):
                self.through_firewall(at, src, dst)
            if src and src.nic.vm_at(at):
                outside = End(self.rng.choice(on_premises), None, "on_premises")
                # Few replies are logged outbound by the firewall: their captured end is no VM.
                self.through_firewall(at + 40, src, outside, both_legs=True)
                if number % 8 == 0:
                    self.through_firewall(at + 80, outside, src, both_legs=False)
                self.connect(at + 95, src, outside)
                self.connect(at + 120, outside, src)
                self.through_firewall(
                    at + 160, src, End(INTERNET[0], None, "internet"), both_legs=False
                )
            me = self._neighbour(vnets["Alone"], at, "10.")
            if me and me.nic.vm_at(at):
                for label, addresses in (("unpeered_twin", twin_only), ("unpeered_only", lab_only)):
                    other = End(self.rng.choice(addresses), None, label)
                    self.connect(at + 200, me, other)
                    self.connect(at + 220, other, me)


def make_traffic(estate: Estate, density: float = 1.0) -> Traffic:
    """All flows of an estate, with their truth."""
    traffic = Traffic(estate)
    traffic.tenures(per_segment=max(1, round(3 * density)))
    traffic.probes()
    traffic.hub_and_spokes(count=max(5, round(120 * density)))
    return traffic
