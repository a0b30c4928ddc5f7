"""Replays: an estate that arrives bit by bit must end in the tables of one full rebuild.

`cuts` says where a file may be cut, `plan` in which steps and in what state files arrive, `run`
lands and builds after each step, `compare` holds two databases against each other row by row,
`step_cost` measures what a step costs where much is stored.
"""

from scripts.replay.compare import TableDifference, compare
from scripts.replay.plan import MODES, Delivery, Plan, deliver, make_plan
from scripts.replay.run import Replay, Size, StepCost, replay
from scripts.replay.step_cost import HistoryCost, measure_step_cost
from scripts.replay.table import print_replays, print_step_cost

__all__ = [
    "MODES",
    "Delivery",
    "HistoryCost",
    "Plan",
    "Replay",
    "Size",
    "StepCost",
    "TableDifference",
    "compare",
    "deliver",
    "make_plan",
    "measure_step_cost",
    "print_replays",
    "print_step_cost",
    "replay",
]
