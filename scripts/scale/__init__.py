"""What the models would cost on Snowflake at 1, 10 and 100 billion flows a day: a model on paper.

``python -m scripts.scale`` prints the tables of docs/scale.md, ``--write`` puts them there, and
``--set name=value`` (repeatable) or ``--inputs FILE`` (TOML) changes any number it starts from.
Nothing here was measured on Snowflake. Each input says what it is: *measured* on this project's own
tables, on DuckDB (scripts/measure_widths.py, scripts/measure_growth.py); *public*, a fact that
Snowflake or others publish; or *assumed*.

Work is counted in core-seconds of DuckDB. A credit buys an hour of one node of `cores_per_node`
cores, and a core on Snowflake does `efficiency` times what one did on DuckDB: by far the least
certain number here, which is why every cost comes with a low and a high one.
"""

from scripts.scale.inputs import Inputs, changed
from scripts.scale.model import SIZES, Limit, StoredTable, Volume, limits
from scripts.scale.table import DOC, VOLUMES, print_report, report, with_tables, write_report

__all__ = [
    "DOC",
    "SIZES",
    "VOLUMES",
    "Inputs",
    "Limit",
    "StoredTable",
    "Volume",
    "changed",
    "limits",
    "print_report",
    "report",
    "with_tables",
    "write_report",
]
