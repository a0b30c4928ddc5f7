"""What a question is answered with: a few small tables and the sentences that go with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Rows as the warehouse typed them.

    Attributes:
        columns: names in order, whether or not there are rows.
        types: the warehouse's types, in the order of `columns`.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Answer:
    """The answer to one question.

    Attributes:
        question: which one: `who_had`, `vm`, `flows` or `explain`.
        tables: name -> table; the first one is what formats with one table hold.
        sentences: what is to be said beside the tables, for people, in order.
        about: what was asked, as it was understood: canonical address, UTC time.
    """

    question: str
    tables: dict[str, Table]
    sentences: tuple[str, ...] = ()
    about: Row = field(default_factory=dict)

    @property
    def main(self) -> Table:
        """The table that answers the question."""
        return next(iter(self.tables.values()))
