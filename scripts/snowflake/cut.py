"""Cuts a file that is too long for Snowflake into parts that are not.

    python -m scripts.snowflake.cut PT1H.json PT1H.json.parts

Snowflake's longest text has 128 MB, and a file is landed as one. The parts are JSON lines; of what
cannot be read the beginning stays in them, so that landing rejects it there. For logs alone: an
inventory in two parts would be two snapshots.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.errors import UserError
from scripts.landing.split import Record, Reject, split

PART_BYTES = 100_000_000


def cut(file: Path, folder: Path, *, part_bytes: int = PART_BYTES) -> int:
    """Write the records of a log into parts in `folder`; how many parts there are.

    Args:
        file: NSG or VNet flow logs, or operation logs; gzip where its name ends in .gz.
        folder: made where it is missing; parts of an earlier cut are written over.
        part_bytes: no part is longer, unless it holds a single record.

    Raises:
        UserError: the file cannot be read, the folder cannot be written, or nothing is in the file.
    """
    parts = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for lines in _parts(_lines(file), part_bytes):
            parts += 1
            (folder / f"part-{parts:04d}.jsonl").write_bytes(b"".join(lines))
    except OSError as error:
        raise UserError(f"{error.filename or file} cannot be used: {error.strerror}.") from error
    if not parts:
        raise UserError(f"{file} holds nothing that could be landed.")
    return parts


def _lines(file: Path) -> Iterator[bytes]:
    pieces = split(
        str(file), "flow_logs", lambda value: "time" in value or "eventTimestamp" in value
    )
    for piece in pieces:
        if isinstance(piece, Record):
            # a line break can only stand between the parts of a record
            text = piece.text.replace("\r", " ").replace("\n", " ")
        elif isinstance(piece, Reject):
            text = (piece.excerpt or piece.reason).replace("\r", " ").replace("\n", " ")
        else:
            continue
        yield text.encode("utf-8", "replace") + b"\n"


def _parts(lines: Iterator[bytes], part_bytes: int) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for line in lines:
        if part and size + len(line) > part_bytes:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line)
    if part:
        yield part


def main() -> int:
    """Cut one file; 2 where it cannot be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        parts = cut(options.file, options.folder)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{parts} parts in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
