"""The functions that the project's Snowflake SQL may call, and how.

`functions.csv` has one row per function: how many arguments it takes, of which kind it is, and the
page of Snowflake's documentation that says so. A function that is not in it is refused, be it one
of DuckDB's or one that Snowflake has and nobody has looked up yet: look it up, and add a row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.snowflake.text import Call, Text

FILE = Path(__file__).with_name("functions.csv")

# What has a grammar of its own in place of a list of arguments.
_SPECIAL_FORMS = frozenset({"cast", "try_cast", "extract"})


@dataclass(frozen=True)
class Function:
    """A row of functions.csv.

    Attributes:
        name: lower case.
        min_args, max_args: how many arguments; no maximum where it is None.
        kind: `scalar`; `aggregate`, with or without OVER; `window`, with OVER; `ranked`, with OVER
            and ORDER BY but no frame; `framed`, with OVER and ORDER BY, and a frame that is spelled
            out, as Snowflake's default is another one than the standard's; `table`, in TABLE( ) or
            LATERAL.
        page: of the documentation, without its host.
        note: what is surprising, and what was not read on the page but known.
    """

    name: str
    min_args: int
    max_args: int | None
    kind: str
    page: str
    note: str


@cache
def functions() -> dict[str, Function]:
    """What functions.csv holds, by name."""
    with FILE.open(encoding="utf-8", newline="") as rows:
        return {
            row["name"]: Function(
                row["name"],
                int(row["min_args"]),
                int(row["max_args"]) if row["max_args"] else None,
                row["kind"],
                row["page"],
                row["note"],
            )
            for row in csv.DictReader(rows)
        }


def function_faults(text: Text) -> Iterator[tuple[str, str]]:
    """(kind of fault, sentence) for each call that Snowflake would not take."""
    for call in text.calls:
        function = functions().get(call.name)
        if call.name in _SPECIAL_FORMS:
            continue
        if function is None:
            yield "unlisted", f"{call.name}() is not in functions.csv"
            continue
        yield from _arity(function, call, text)
        yield from _place(function, call)


def called(text: Text) -> set[str]:
    """The names of the functions that a statement calls."""
    return {call.name for call in text.calls} - _SPECIAL_FORMS


def _arity(function: Function, call: Call, text: Text) -> Iterator[tuple[str, str]]:
    count = len(call.arguments)
    if count and "in" in text.between(*call.arguments[0]) and function.name == "position":
        count += 1
    if any(first == last for first, last in call.arguments):
        yield "arity", f"{function.name}() has an empty argument"
    elif count < function.min_args:
        yield "arity", f"{function.name}() takes at least {function.min_args} arguments"
    elif function.max_args is not None and count > function.max_args:
        yield "arity", f"{function.name}() takes at most {function.max_args} arguments"


def _place(function: Function, call: Call) -> Iterator[tuple[str, str]]:
    name, kind, window = function.name, function.kind, call.window
    if kind == "table":
        if call.before[1] != "lateral" and call.before != ("table", "("):
            yield "place", f"{name}() is a table function: it stands in TABLE( ) or after LATERAL"
    elif kind == "scalar":
        if window is not None:
            yield "place", f"{name}() takes no OVER"
    elif kind == "aggregate":
        if window is not None and window.frame is not None and not window.has_order:
            yield "place", f"the frame of {name}() has no ORDER BY"
    elif window is None:
        yield "place", f"{name}() is a window function without OVER"
    elif kind in ("ranked", "framed") and not window.has_order:
        yield "place", f"{name}() needs an ORDER BY in its OVER"
    elif kind == "ranked" and window.frame is not None:
        yield "place", f"{name}() takes no frame"
    elif kind == "framed" and window.frame is None:
        yield "place", f"{name}() without a frame sees its whole partition: spell the frame out"
