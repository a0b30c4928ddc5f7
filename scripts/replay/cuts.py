"""Where a growing file may be cut: behind a record, as Azure leaves it, or in the middle of one."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

# Of a larger file no record ends are sought: it is cut anywhere.
PARSED_BYTES = 16 << 20

_OPENING = re.compile(r'\s*(\{\s*"(?:records|value|data)"\s*:\s*)?\[')
_BETWEEN = re.compile(r"[\s,]*")
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Cut:
    """A file as it was for a while: its first `length` bytes and then `closer`."""

    length: int
    closer: bytes = b""


@dataclass(frozen=True)
class Places:
    """Byte offsets in a file: `ends[0]` where its records begin, then the end of each.

    Attributes:
        closer: what makes the bytes up to an end whole; empty for JSON lines.
    """

    ends: tuple[int, ...]
    closer: bytes


def record_ends(content: bytes) -> Places:
    """The places of a file that is one list, or of lines; of a torn one, those before the tear."""
    # One character per byte, so that places in the text are places in the file.
    text = content.decode("latin-1")
    opening = _OPENING.match(text)
    if opening is None:
        return Places((0, *(line.end() for line in _LINE.finditer(text))), b"")
    ends = [opening.end()]
    while (start := _BETWEEN.match(text, ends[-1]).end()) < len(text) and text[start] != "]":
        try:
            ends.append(_DECODER.raw_decode(text, start)[1])
        except ValueError:
            break
    return Places(tuple(ends), b"]}" if opening[1] else b"]")


def growth(file: Path, chance: random.Random, count: int) -> list[Cut]:
    """At most `count` states of a file before it is whole, each longer than the one before.

    Half of them are well-formed, with one record less than the file at most; the others end within
    a record, or before the first one.
    """
    size = file.stat().st_size
    if size > PARSED_BYTES:
        return [Cut(length) for length in sorted(chance.sample(range(size), count))]
    places = record_ends(file.read_bytes())
    records = len(places.ends) - 1
    return [
        _cut(places, whole, chance)
        for whole in sorted(chance.sample(range(records), min(count, records)))
    ]


def _cut(places: Places, whole: int, chance: random.Random) -> Cut:
    """A state of `whole` records, or of these and a part of the next one."""
    if whole and chance.random() < 0.5:
        return Cut(places.ends[whole], places.closer)
    return Cut(chance.randrange(places.ends[whole], places.ends[whole + 1]))
