"""Methods of attribution held against the truth of simulated estates."""

from scripts.evaluate.run import ESTATES, Row, evaluate
from scripts.evaluate.table import print_table, write_readme_table

__all__ = ["ESTATES", "Row", "evaluate", "print_table", "write_readme_table"]
