"""Where the time of a run went, from dbt's own artifact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
class NodeTime:
    """What one node took of a run.

    Attributes:
        name: as in the project, such as ``fct_flows``.
        kind: dbt's resource type.
        seconds: of the run's wall clock; where several nodes ran at once, each has its share, so
            that the nodes of a run add up to the time in which any was running.
    """

    name: str
    kind: str
    seconds: float


@dataclass(frozen=True)
class TimeSpent:
    """Where the time of a dbt run went.

    Attributes:
        nodes: the dearest first.
        dbt_seconds: dbt's own: its start, parsing, and what it does between nodes.
    """

    nodes: tuple[NodeTime, ...] = field(default=())
    dbt_seconds: float = 0.0

    def of(self, *kinds: str) -> Sequence[NodeTime]:
        """The nodes of some kinds."""
        return [node for node in self.nodes if node.kind in kinds]


def time_spent(
    results: Iterable[dict[str, Any]], names: dict[str, str], wall_seconds: float
) -> TimeSpent:
    """Share out what a dbt process took.

    Args:
        results: of ``run_results.json``.
        names: of nodes by their ids; a node without one is called by its id.
        wall_seconds: from dbt's start to its end.
    """
    spans = []
    for result in results:
        times = [part for part in result["timing"] if part.get("started_at")]
        if times:
            start = min(datetime.fromisoformat(part["started_at"]) for part in times)
            end = max(datetime.fromisoformat(part["completed_at"]) for part in times)
            spans.append((result["unique_id"], start.timestamp(), end.timestamp()))
    shares = _shared_out(spans)
    nodes = [
        NodeTime(names.get(node_id, node_id), node_id.split(".")[0], seconds)
        for node_id, seconds in shares.items()
    ]
    nodes.sort(key=lambda node: -node.seconds)
    return TimeSpent(tuple(nodes), max(0.0, wall_seconds - sum(shares.values())))


def _shared_out(spans: Sequence[tuple[str, float, float]]) -> dict[str, float]:
    """Each name's share of the time in which it ran: who ran at once divides a stretch."""
    moments = sorted({moment for _, start, end in spans for moment in (start, end)})
    begins: dict[float, list[str]] = {}
    ends: dict[float, list[str]] = {}
    for name, start, end in spans:
        begins.setdefault(start, []).append(name)
        ends.setdefault(end, []).append(name)
    shares = {name: 0.0 for name, _, _ in spans}
    running: set[str] = set()
    for moment, following in pairwise(moments):
        running -= set(ends.get(moment, ()))
        running |= set(begins.get(moment, ()))
        for name in running:
            shares[name] += (following - moment) / len(running)
    return shares
