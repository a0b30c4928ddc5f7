"""How many invalid statements the gate, the emulator and both together refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import Error

from tests.snowflake.corpus import statements
from tests.snowflake.gate import faults

HERE = Path(__file__).parent
# Written after the gate; of its own corpus it refuses all.
CORPORA = ("invalid_held_out.sql", "invalid_second_held_out.sql")
SECONDS = 8
# A refusal for a name that was not made here says nothing of the statement.
_ABSENT = ("does not exist", "not found", "unknown schema")


@dataclass(frozen=True)
class Refusals:
    """How a corpus fared: statements refused by the gate, by the emulator, by either."""

    corpus: str
    statements: int
    gate: int
    emulator: int
    either: int
    missed: tuple[str, ...]


def refusals(connection: SnowflakeConnection) -> list[Refusals]:
    """Run each corpus on an account on which the project was built, which they may spoil."""
    return [_refusals(connection, name) for name in CORPORA]


def _refusals(connection: SnowflakeConnection, name: str) -> Refusals:
    corpus = statements(HERE / name)
    by_gate = [bool(faults(text)) for _, text in corpus]
    by_emulator = [_is_refused(connection, text) for _, text in corpus]
    both: Sequence[bool] = [one or other for one, other in zip(by_gate, by_emulator, strict=True)]
    missed = tuple(reason for (reason, _), caught in zip(corpus, both, strict=True) if not caught)
    return Refusals(name, len(corpus), sum(by_gate), sum(by_emulator), sum(both), missed)


def _is_refused(connection: SnowflakeConnection, text: str) -> bool:
    with connection.cursor() as cursor:
        try:
            cursor.execute(text, timeout=SECONDS)
        except Error as error:
            message = str(error).lower()
            return not any(word in message for word in _ABSENT)
    return False
