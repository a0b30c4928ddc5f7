"""Replays: an estate that arrives bit by bit must end in the tables of one full rebuild.

`cuts` says where a file may be cut, `plan` in which steps and in what state files arrive, `run`
lands and builds after each step, `compare` holds two databases against each other row by row.
"""

from scripts.replay.compare import TableDifference, compare
from scripts.replay.plan import MODES, Delivery, Plan, deliver, make_plan
from scripts.replay.run import Replay, Size, StepCost, replay
from scripts.replay.table import print_replays

__all__ = [
    "MODES",
    "Delivery",
    "Plan",
    "Replay",
    "Size",
    "StepCost",
    "TableDifference",
    "compare",
    "deliver",
    "make_plan",
    "print_replays",
    "replay",
]
