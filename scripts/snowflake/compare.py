"""Rows of two warehouses in a form in which equal ones are equal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# Keys made from Snowflake's text of a record, and when this very run landed it.
OF_THE_RUN = ("flow_id", "loaded_at", "loaded_hour")
# Beyond this the two warehouses may round a quotient otherwise.
DECIMALS = 9


def comparable(value: Any) -> Any:
    """One value: numbers by size, times without a zone, JSON by what it says."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float, Decimal)):
        return float(round(value, DECIMALS))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.dumps(json.loads(value), sort_keys=True)
        except ValueError:
            return value
    return value


def difference(
    left: Iterable[Sequence[Any]], right: Iterable[Sequence[Any]]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The rows that only the left side has, and those that only the right one has.

    A row that one side has twice and the other once is a difference.
    """
    counted = [Counter(tuple(map(comparable, row)) for row in side) for side in (left, right)]
    return (
        sorted((counted[0] - counted[1]).elements(), key=repr),
        sorted((counted[1] - counted[0]).elements(), key=repr),
    )
