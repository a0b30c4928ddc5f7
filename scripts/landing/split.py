"""Cuts a file of any shape into its records, one at a time, and says what it could not read.

The bulk way (``bulk.py``) reads whole, well-formed blobs. What it cannot read comes here: torn and
huge blobs, block deltas that start with a comma, inventories in the shapes that tools print.
Memory stays at one record and one chunk, whatever the size of the file.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHUNK_CHARACTERS = 1 << 20
# No record of Azure's comes near: an hour of one NIC is some megabytes.
MAX_RECORD_CHARACTERS = 128 << 20
# Inventories up to this size are read as one document, so that what stands around the list
# ("nextLink", "recorded_at") is known for each of its rows.
MAX_DOCUMENT_BYTES = 64 << 20
EXCERPT_CHARACTERS = 200

_LIST_KEYS = ("records", "value", "data")
_SKIPPED = re.compile(r"[\s,\]}\ufeff\x1e]*")
_WRAPPER = re.compile(r"\{\s*\"(?:records|value|data)\"\s*:\s*\[")
# how the start of a wrapper may look at the end of a chunk
_MAY_BE_WRAPPER = re.compile(
    r"\{\s*(\"(r(e(c(o(r(ds?)?)?)?)?)?|v(a(l(ue?)?)?)?|d(a(ta?)?)?)?\"?\s*:?\s*)?"
)
_LIKELY_START = re.compile(r"\{")


@dataclass(frozen=True)
class Record:
    """One record as text, in its place (from 1); `envelope`: what stood around its list."""

    row: int
    text: str
    envelope: str | None = None


@dataclass(frozen=True)
class Reject:
    """A piece that could not be read; `row`: the place it would have had (None: the file)."""

    row: int | None
    reason: str
    excerpt: str


def split(path: str, raw_table: str, is_record: Callable[[Any], bool]) -> Iterator[Record | Reject]:
    """Yield the records of a file in order, with rejects between them.

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
        with _open(path) as stream:
            document = _document(stream.read(MAX_DOCUMENT_BYTES * 4))
        if document is not None:
            yield from _rows(document.value)
            return
    with _open(path) as stream:
        yield from _scan(stream, is_record)


def excerpt(text: str) -> str:
    """The start of a text that a person can read in a table."""
    return text[:EXCERPT_CHARACTERS].encode("utf-8", "replace").decode().replace("\x00", "\\0")


def _open(path: str) -> io.TextIOBase:
    # the wrapper that is returned closes it
    raw: Any = Path(path).open("rb")  # noqa: SIM115
    if path.lower().endswith(".gz"):
        raw = gzip.GzipFile(fileobj=raw)
    start = raw.read(2)
    raw.seek(0)
    # PowerShell's ">" writes UTF-16
    utf16 = start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    # bytes that are no UTF-8 stay recognisable, so that only their record is lost
    return io.TextIOWrapper(
        raw, encoding="utf-16" if utf16 else "utf-8", errors="surrogateescape", newline=""
    )


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


@dataclass(frozen=True)
class _Document:
    value: Any


def _document(text: str) -> _Document | None:
    """The whole text as one JSON value; None where it is not one."""
    try:
        text.encode("utf-8")
        return _Document(json.loads(text.lstrip("\ufeff"), parse_constant=_no_constant))
    except (ValueError, RecursionError):
        return None


def _rows(document: Any) -> Iterator[Record | Reject]:
    """The resources of an inventory document, each with what stood around its list."""
    elements, envelope = _unwrap(document)
    around = None if envelope is None else json.dumps(envelope)
    if not elements and around is not None:
        # an empty list is a snapshot too: of nothing
        yield Record(1, "{}", around)
    for row, element in enumerate(elements, start=1):
        if isinstance(element, dict):
            yield Record(row, json.dumps(element), around)
        else:
            yield Reject(row, "the element is no JSON object", excerpt(json.dumps(element)))


def _unwrap(document: Any) -> tuple[list[Any], dict[str, Any] | None]:
    if isinstance(document, list):
        return document, {}
    if not isinstance(document, dict):
        return [document], None
    for key in _LIST_KEYS:
        inner = document.get(key)
        around = {name: value for name, value in document.items() if name != key}
        if isinstance(inner, list):
            return inner, around
        # Resource Graph's table form: names once, then rows of values
        if isinstance(inner, dict) and isinstance(inner.get("rows"), list):
            names = [column.get("name") for column in inner.get("columns", [])]
            return [dict(zip(names, row, strict=False)) for row in inner["rows"]], around
    return [document], None


def _scan(stream: io.TextIOBase, is_record: Callable[[Any], bool]) -> Iterator[Record | Reject]:
    """Records from a stream: wrappers and lists are entered, separators passed over."""
    buffer, start, row, at_end, torn = "", 0, 0, False, False

    def read_more(size: int) -> None:
        nonlocal buffer, start, at_end
        try:
            more = stream.read(size)
        except (EOFError, OSError, UnicodeError):
            more = ""  # a gzip file that ends early: what was there has been read
        at_end = at_end or not more
        buffer, start = buffer[start:] + more, 0

    read_more(CHUNK_CHARACTERS)
    while True:
        start = _SKIPPED.match(buffer, start).end()
        if start >= len(buffer):
            if at_end:
                return
            read_more(CHUNK_CHARACTERS)
            continue
        if buffer[start] == "[":
            start += 1
            continue
        if not at_end and _MAY_BE_WRAPPER.fullmatch(buffer, start):
            read_more(CHUNK_CHARACTERS)
            continue
        wrapper = _WRAPPER.match(buffer, start)
        if wrapper:
            start = wrapper.end()
            continue
        try:
            value, end = _DECODER.raw_decode(buffer, start)
        except (ValueError, RecursionError) as error:
            pending = len(buffer) - start
            longest = MAX_RECORD_CHARACTERS // 8 if torn else MAX_RECORD_CHARACTERS
            if not at_end and pending < longest and _may_go_on(error, len(buffer)):
                read_more(max(CHUNK_CHARACTERS, pending))
                continue
            if not torn:
                row += 1
                torn = True
                yield Reject(row, _reason(error, pending), excerpt(buffer[start:][:400]))
            # look for the next record from the next brace on
            following = _LIKELY_START.search(buffer, start + 1)
            start = following.start() if following else len(buffer)
            continue
        text = buffer[start:end]
        start = end
        if isinstance(value, dict) and isinstance(value.get("records"), list):
            # a wrapper whose list is not its first key, or one wrapper inside another
            for element in value["records"]:
                row += 1
                yield from _accept(row, element, json.dumps(element))
            torn = False
            continue
        if torn and not (isinstance(value, dict) and is_record(value)):
            continue  # a part of the torn record, which has been reported as a whole
        torn = False
        row += 1
        yield from _accept(row, value, text)


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
