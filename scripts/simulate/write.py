"""One estate, written: raw files below a folder, the truth beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.simulate.control_plane import write_control_plane
from scripts.simulate.dials import Dials
from scripts.simulate.flows import write_flows
from scripts.simulate.world import World


def write_estate(
    dials: Dials,
    raw_dir: Path,
    truth: Path,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Simulate an estate; the same dials give the same bytes.

    Args:
        raw_dir: where the raw Azure files go; must not hold another estate.
        truth: Parquet file, one row per flow tuple.
        on_progress: called with (hours of flows written, hours in all).

    Returns:
        The number of flow tuples.
    """
    world = World(dials)
    write_control_plane(world, raw_dir)
    return write_flows(world, raw_dir, truth, on_progress=on_progress)
