"""Estates with known truth: what happened, what Azure would have logged of it, and what got lost.

`dials` says what can be turned, `world` lives through an estate, `control_plane` writes its
operation logs and snapshots, `flows` its flow logs and the truth about each flow.
"""

from scripts.simulate.dials import Dials
from scripts.simulate.write import write_estate

__all__ = ["Dials", "write_estate"]
