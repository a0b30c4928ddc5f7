"""Methods of attribution held against the truth of simulated estates."""

from scripts.evaluate.run import ESTATES, Row, evaluate
from scripts.evaluate.table import print_tables, write_tables

__all__ = ["ESTATES", "Row", "evaluate", "print_tables", "write_tables"]
