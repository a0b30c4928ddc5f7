"""Cuts a file of any shape into its records, one at a time, and says what it could not read.

``bulk_*.sql`` read whole, well-formed blobs. What they cannot read comes here: torn and huge
blobs, block deltas that start with a comma, inventories in the shapes that tools print.
Memory stays at one record and one chunk, whatever the size of the file.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHUNK_CHARACTERS = 1 << 20
# No record of Azure's comes near: an hour of one NIC is some megabytes.
MAX_RECORD_CHARACTERS = 128 << 20
# Inventories up to this size are read as one document, so that what stands around the list
# ("nextLink", "recorded_at") is known for each of its rows.
MAX_DOCUMENT_BYTES = 16 << 20
EXCERPT_CHARACTERS = 200

# Every brace of a torn region may start the next record. After so many characters were parsed in
# vain, only braces that follow the end of another object are tried, and after a third more only
# those that start a line. An attempt costs this much however short it is, and one into a deep nest
# this much, which is about as far as it gets.
MAX_EFFORT = 45_000_000
LEAST_EFFORT = 2_000
NEST_EFFORT = 10_000

_LIST_KEYS = ("records", "value", "data")
_LOG_LIST_KEYS = ("records",)
_SKIPPED = re.compile(r"[\s,\]}\ufeff\x1e]*")
_STRING = r'"(?:[^"\\]|\\.)*"'
_KEY = re.compile(_STRING + r"\s*:\s*")
_WRAPPER = re.compile(r'\{\s*"(?:records|value|data)"\s*:\s*\[')
_STARTS = (
    (MAX_EFFORT, re.compile(r"\{")),
    (MAX_EFFORT * 4 // 3, re.compile(r"(?:\n|\}\s*,)[\s,]*\{")),
    (math.inf, re.compile(r"\n[\s,]*\{")),
)


@dataclass(frozen=True)
class Record:
    """One record as text, in its place (from 1)."""

    row: int
    text: str


@dataclass(frozen=True)
class Envelope:
    """A part of what stood around the list that the records of an inventory came from."""

    around: dict[str, Any]


@dataclass(frozen=True)
class Reject:
    """A piece that could not be read; `row`: the place it would have had (None: the file)."""

    row: int | None
    reason: str
    excerpt: str


def split(
    path: str, raw_table: str, is_record: Callable[[Any], bool]
) -> Iterator[Record | Reject | Envelope]:
    """Yield the records of a file in order, with rejects and parts of its envelope between them.

    Args:
        path: the file; gzip where its name ends in .gz.
        raw_table: inventories are read as whole documents where they are small enough.
        is_record: whether a parsed object is a record of that table; tells, after a torn record,
            where the next one starts.
    Raises:
        OSError: the file cannot be opened or read.
    """
    inventory = raw_table not in ("flow_logs", "operation_logs")
    if inventory and Path(path).stat().st_size <= MAX_DOCUMENT_BYTES:
        document = _document(path)
        if document is not None:
            yield from _rows(document.value)
            return
    with _open(path) as stream:
        keys = _LIST_KEYS if inventory else _LOG_LIST_KEYS
        for piece in _scan(stream, is_record, keys):
            if inventory or not isinstance(piece, Envelope):
                yield piece


def excerpt(text: str) -> str:
    """The start of a text that a person can read in a table."""
    return text[:EXCERPT_CHARACTERS].encode("utf-8", "replace").decode().replace("\x00", "\\0")


def _open(path: str) -> io.TextIOBase:
    # the wrapper that is returned closes it
    raw: Any = Path(path).open("rb")  # noqa: SIM115
    if path.lower().endswith(".gz"):
        raw = io.BufferedReader(_Unpacked(raw))
    start = raw.peek(2)[:2]
    # PowerShell's ">" writes UTF-16
    utf16 = start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    # bytes that are no UTF-8 stay recognisable, so that only their record is lost
    return io.TextIOWrapper(
        raw, encoding="utf-16" if utf16 else "utf-8", errors="surrogateescape", newline=""
    )


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, up to its end or to where it is damaged.

    Attributes:
        damage: what is wrong with the file, once it was read as far as that.
    """

    def __init__(self, file: io.BufferedReader) -> None:
        self._packed, self.damage = gzip.GzipFile(fileobj=file), None
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        if self.damage:
            return 0
        try:
            found = self._packed.read1(len(buffer))
        except _DAMAGED as error:
            self.damage, found = error, b""
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()


def _damage(stream: io.TextIOBase) -> Exception | None:
    return getattr(stream.buffer.raw, "damage", None)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


# what a damaged gzip file raises, and bytes that are no UTF-16
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, UnicodeError)
_DECODER = json.JSONDecoder(parse_constant=_no_constant)


@dataclass(frozen=True)
class _Document:
    value: Any


def _document(path: str) -> _Document | None:
    """The whole file as one JSON value; None where it is not one, or too long."""
    try:
        with _open(path) as stream:
            text = stream.read(MAX_DOCUMENT_BYTES + 1)
            if len(text) > MAX_DOCUMENT_BYTES or _damage(stream):
                return None
        text.encode("utf-8")
        return _Document(json.loads(text.lstrip("\ufeff"), parse_constant=_no_constant))
    except (ValueError, RecursionError, *_DAMAGED):
        return None


def _rows(document: Any) -> Iterator[Record | Reject | Envelope]:
    """The resources of an inventory document, and what stood around their list."""
    elements, around = _unwrap(document)
    if around is not None:
        yield Envelope(around)
        if not elements:
            # an empty list is a snapshot too: of nothing
            yield Record(1, "{}")
    for row, element in enumerate(elements, start=1):
        yield from _accept(row, element, json.dumps(element))


def _unwrap(
    document: Any, keys: tuple[str, ...] = _LIST_KEYS
) -> tuple[list[Any], dict[str, Any] | None]:
    if isinstance(document, list):
        return document, {}
    if not isinstance(document, dict) or "id" in document:
        return [document], None
    for key in keys:
        inner = document.get(key)
        around = {name: value for name, value in document.items() if name != key}
        if isinstance(inner, list):
            return inner, around
        # Resource Graph's table form: names once, then rows of values
        if isinstance(inner, dict) and isinstance(inner.get("rows"), list):
            names = [column.get("name") for column in inner.get("columns", [])]
            return [dict(zip(names, row, strict=False)) for row in inner["rows"]], around
    return [document], None


def _scan(
    stream: io.TextIOBase, is_record: Callable[[Any], bool], keys: tuple[str, ...]
) -> Iterator[Record | Reject | Envelope]:
    """Records from a stream: wrappers and lists are entered, separators passed over."""
    buffer, start, row, at_end, torn = "", 0, 0, False, False
    # nothing but separators has been seen; the last separators closed a list
    first, closed = True, False
    # lists that were entered and not left
    open_lists = 0
    effort, longest_record = 0, 0
    damage = None
    # a wrapper may have simple values before its list, where it is the first thing in the file
    first_wrapper = re.compile(
        rf'(\{{\s*(?:{_STRING}\s*:\s*(?:{_STRING}|[-+.\w]+)\s*,\s*)*)"(?:{"|".join(keys)})"\s*:\s*\['
    )

    def read_more(size: int) -> None:
        nonlocal buffer, start, at_end, damage
        try:
            more = stream.read(size)
        except UnicodeError as error:
            more, damage = "", error
        damage = damage or _damage(stream)
        at_end = at_end or not more
        buffer, start = buffer[start:] + more, 0

    read_more(CHUNK_CHARACTERS)
    while True:
        skipped = _SKIPPED.match(buffer, start).end()
        closed = closed or "]" in buffer[start:skipped]
        open_lists -= buffer.count("]", start, skipped)
        start = skipped
        if start >= len(buffer):
            if not at_end:
                read_more(CHUNK_CHARACTERS)
                continue
            if damage:
                yield Reject(None, f"the file is damaged or ends early: {damage}", "")
            elif open_lists > 0 and not torn:
                yield Reject(None, "the file ends within its list", "")
            return
        if buffer[start] == "[":
            if first:
                yield Envelope({})
            start, first, closed = start + 1, False, False
            open_lists += 1
            continue
        wrapper = (first_wrapper if first else _WRAPPER).match(buffer, start)
        if wrapper:
            head = wrapper[1].rstrip(", \t\r\n") + "}" if first else "{}"
            yield Envelope(_simple(head) or {})
            start, first, closed = wrapper.end(), False, False
            open_lists += 1
            continue
        if torn and buffer[start] != "{":
            # no text is read on its own here: a torn one ends where the next record's first begins
            following = _STARTS[0][1].search(buffer, start)
            start = following.start() if following else len(buffer)
            continue
        # what follows the list of a wrapper: "nextLink": …
        key = _KEY.match(buffer, start) if closed and not torn else None
        try:
            value, end = _DECODER.raw_decode(buffer, key.end() if key else start)
            if end == len(buffer) and not at_end and not isinstance(value, dict):
                read_more(CHUNK_CHARACTERS)
                continue
            if end - start > MAX_RECORD_CHARACTERS:
                raise ValueError
        except (ValueError, RecursionError) as error:
            pending = len(buffer) - start
            longest = MAX_RECORD_CHARACTERS // 8 if torn else MAX_RECORD_CHARACTERS
            if not at_end and pending < longest and _may_go_on(error, len(buffer)):
                read_more(max(CHUNK_CHARACTERS, min(max(pending, longest_record), longest)))
                continue
            if not torn:
                row += 1
                torn = True
                yield Reject(row, _reason(error, pending), excerpt(buffer[start:][:400]))
            # look for the next record from the next brace on
            effort += _effort(error, start)
            start, first = _next_start(buffer, start + 1, effort), False
            continue
        if key and not (isinstance(value, dict) and is_record(value)):
            yield Envelope({_simple(key[0].rstrip(": \t\r\n")) or "": value})
            start = end
            continue
        if torn and not is_record(value) and _holds_record(value, is_record):
            # the closing braces of a torn record are missing, and it took the next one's instead
            effort += LEAST_EFFORT + end - start
            start = _next_start(buffer, start + 1, effort)
            continue
        text = buffer[key.end() if key else start : end]
        start, first, closed = end, False, False
        elements, around = _unwrap(value, keys)
        if around is not None:
            # a wrapper whose list is not its first key, or one wrapper inside another
            yield Envelope(around)
            for element in elements:
                row += 1
                yield from _accept(row, element, json.dumps(element))
            torn = False
            continue
        if torn and not (isinstance(value, dict) and is_record(value)):
            continue  # a part of the torn record, which has been reported as a whole
        torn, effort = False, 0
        row += 1
        longest_record = max(longest_record, len(text))
        yield from _accept(row, value, text)


def _simple(text: str) -> Any:
    """A key, or an object of simple values, as their patterns find them; None: it is no JSON."""
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return None


def _effort(error: Exception, start: int) -> int:
    """Characters that were parsed from `start` on, before there was an error."""
    if isinstance(error, json.JSONDecodeError):
        return LEAST_EFFORT + error.pos - start
    return NEST_EFFORT


def _next_start(buffer: str, start: int, effort: int) -> int:
    """Where the next record may start, after so much effort in a torn region."""
    likely = next(pattern for limit, pattern in _STARTS if effort <= limit)
    following = likely.search(buffer, start)
    return following.end() - 1 if following else len(buffer)


def _holds_record(value: Any, is_record: Callable[[Any], bool]) -> bool:
    """Whether a record lies anywhere within a parsed value."""
    inner = [value]
    while inner:
        value = inner.pop()
        if isinstance(value, dict):
            if is_record(value):
                return True
            inner.extend(value.values())
        elif isinstance(value, list):
            inner.extend(value)
    return False


def _accept(row: int, value: Any, text: str) -> Iterator[Record | Reject]:
    if not isinstance(value, dict):
        yield Reject(row, "the element is no JSON object", excerpt(text))
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        yield Reject(row, "the record holds bytes that are not UTF-8", excerpt(text))
        return
    yield Record(row, text)


def _may_go_on(error: Exception, length: int) -> bool:
    """Whether the text may become JSON with more of it: the error is at its end, or in a string."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.pos > length - 64 or error.msg.startswith("Unterminated string")


def _reason(error: Exception, pending: int) -> str:
    if isinstance(error, RecursionError):
        return "the record is nested too deeply"
    if pending >= MAX_RECORD_CHARACTERS:
        return f"the record is longer than {MAX_RECORD_CHARACTERS >> 20} million characters"
    return "the record is cut off or no JSON"
