"""What can be turned in a simulated estate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dials:
    """An estate's size and what goes wrong in it. Shares are 0 to 1.

    The truth depends on `seed`, `hours`, `machines`, `flows` and `flagged_firewall` alone: the
    same estate can be had with and without any loss.

    Attributes:
        machines: addresses that machines come and go on; about so many machines live at a time.
        flows: connections; each gives two to eight tuples, by where it is logged.
        snapshot_hours: time between two snapshots of the collector.
        operations: False leaves out the operation logs altogether.
        lost_writes, lost_deletes: operations of which no event was ever delivered.
        late: events that are delivered with a later hour's file.
        failing_snapshots: snapshots of a subscription that break off half-way.
        missing_macs: NICs whose MAC no source ever names.
        attach_events: False: no VM write is logged, and no NIC body names its VM.
        skew_seconds: how far the clocks of operation logs (late) and collector (early) are off.
        flagged_firewall: False: the firewall's NIC does not say that it forwards.
    """

    seed: int = 1
    hours: int = 24
    machines: int = 120
    flows: int = 20_000
    snapshot_hours: float = 6
    operations: bool = True
    lost_writes: float = 0
    lost_deletes: float = 0
    late: float = 0.05
    failing_snapshots: float = 0
    missing_macs: float = 0
    attach_events: bool = True
    skew_seconds: float = 0
    flagged_firewall: bool = True
