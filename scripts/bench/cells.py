"""What is measured: cells (work of one size) and contenders (ways to do it)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.errors import UserError

FLOOR, COPY, PROJECT = "floor", "copy", "project"

# Of a kind of cell: contender → what the tables call it. The order is that of a round.
JOIN = {
    FLOOR: "floor: read and write",
    COPY: "copy of the finished rows",
    PROJECT: "this project",
    "project-whole": "this project, answers made as well",
    "blog": "the blog's inequality join",
    "duckdb-asof": "DuckDB ASOF join",
    "polars": "Polars join_asof",
    "pandas": "pandas merge_asof",
    "chdb": "chDB ASOF join",
}
INCREMENT = {
    FLOOR: "floor: read and write",
    PROJECT: "this project, a month asked before",
    "project-first": "this project, its first hour",
    "blog": "the blog's inequality join",
    "duckdb-asof": "DuckDB ASOF join",
    "polars": "Polars join_asof",
    "pandas": "pandas merge_asof",
    "chdb": "chDB ASOF join",
}
PARSE = {
    FLOOR: "floor: read and write",
    PROJECT: "this project, its SQL alone",
    "project-landing": "this project, landing with all checks",
    "polars": "Polars",
    "chdb": "chDB",
    "orjson": "orjson loop",
}
CONTENDERS = {"join": JOIN, "increment": INCREMENT, "parse": PARSE}
# These need nothing beyond the project's own requirements.
INSTALLED = {
    *(FLOOR, COPY, PROJECT, "project-whole", "project-first", "project-landing"),
    *("blog", "duckdb-asof"),
}

SKEWS = ("uniform", "skewed")
_UNITS = {"": 1, "k": 1_000, "M": 1_000_000}


@dataclass(frozen=True)
class Cell:
    """Work of one size.

    Attributes:
        kind: a key of `CONTENDERS`.
        rows: flows, or tuples where kind is "parse".
        windows: 0 where kind is "parse".
        skew: one of `SKEWS`; "" where kind is "parse".
    """

    kind: str
    rows: int
    windows: int = 0
    skew: str = ""

    @property
    def name(self) -> str:
        """As `parse_cell` reads it: ``join:10M:1M:skewed``."""
        parts = [self.kind, short(self.rows)]
        if self.windows:
            parts += [short(self.windows), self.skew]
        return ":".join(parts)

    @property
    def contenders(self) -> dict[str, str]:
        """Contender → what the tables call it."""
        return CONTENDERS[self.kind]


def _cells(names: str) -> tuple[Cell, ...]:
    return tuple(parse_cell(name) for name in names.split())


def parse_cell(name: str) -> Cell:
    """The cell of a name such as ``join:10M:1M:skewed`` or ``parse:2.4M``.

    Raises:
        UserError: there is no such cell.
    """
    kind, *sizes = name.split(":")
    try:
        if kind == "parse" and len(sizes) == 1:
            return Cell(kind, _number(sizes[0]))
        if kind in CONTENDERS and len(sizes) == 3 and sizes[2] in SKEWS:
            return Cell(kind, _number(sizes[0]), _number(sizes[1]), sizes[2])
    except ValueError:
        pass
    raise UserError(
        f"There is no cell {name!r}: write join:1M:100k:skewed (flows, windows, uniform or "
        "skewed), increment:14k:1M:skewed or parse:240k."
    )


def _number(text: str) -> int:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([kM]?)", text)
    number = round(float(found[1]) * _UNITS[found[2]]) if found else 0
    if not number:
        raise ValueError(text)
    return number


def short(number: int) -> str:
    """``10M``, ``2.4M``, ``14k``, ``750``."""
    for unit in ("M", "k"):
        size = _UNITS[unit]
        if number >= size and number * 1000 % size == 0:
            return f"{number / size:g}{unit}"
    return str(number)


def check_contenders(cells: Sequence[Cell], only: Sequence[str]) -> None:
    """Raises `UserError` where a name is no contender of any of the cells."""
    known = [name for cell in cells for name in cell.contenders]
    for name in only:
        if name not in known:
            raise UserError(
                f"There is no contender {name!r}; there are: {', '.join(dict.fromkeys(known))}."
            )


SMALL = _cells(
    "join:500k:50k:uniform join:500k:50k:skewed join:1.5M:50k:skewed join:500k:200k:skewed "
    "increment:14k:200k:skewed parse:120k parse:480k"
)
FULL = _cells(
    "join:10M:1M:uniform join:10M:1M:skewed join:10M:5M:uniform join:10M:5M:skewed "
    "join:30M:1M:uniform join:30M:1M:skewed join:30M:5M:uniform join:30M:5M:skewed "
    "increment:14k:1M:uniform increment:14k:1M:skewed parse:2.4M parse:7.2M"
)
