"""Cuts a file that is too long for Snowflake into parts that are not.

    python -m scripts.snowflake.cut PT1H.json PT1H.json.parts

Snowflake's longest text has 128 MB, and a file is landed as one. The parts are JSON lines; of what
cannot be read the beginning stays in them, so that landing rejects it there. A part's name says how
many there are: the file is told as missing until all of them are landed. For logs alone: an
inventory in two parts would be two snapshots. Exit codes: 0 all is in the parts; 1 the file is
damaged, and the parts hold what could be read; 2 nothing was cut. One sentence says why.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts.errors import UserError
from scripts.landing.split import Record, Reject, split

PART_BYTES = 100_000_000

_DAMAGED = "the file is damaged"


@dataclass
class Cut:
    """What came of a file.

    Attributes:
        parts: how many there are.
        damage: why the end of the file could not be read; None where it could.
        logged: how many records have a time, as those of logs have.
        others: how many have none.
    """

    parts: int = 0
    damage: str | None = None
    logged: int = field(default=0, repr=False)
    others: int = field(default=0, repr=False)


def cut(file: Path, folder: Path, *, part_bytes: int = PART_BYTES) -> Cut:
    """Write the records of a log into parts in `folder`.

    Args:
        file: NSG or VNet flow logs, or operation logs; gzip where its name ends in .gz.
        folder: made where it is missing; the parts of an earlier cut are replaced.
        part_bytes: no part is longer, unless it holds a single record.

    Raises:
        UserError: the file cannot be read or is no log, the folder cannot be written, or nothing is
            in the file.
    """
    found = Cut()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in (*folder.glob("part-*.jsonl"), *folder.glob("part-*.unfinished")):
            old.unlink()
        for lines in _parts(_lines(file, found), part_bytes):
            found.parts += 1
            _unfinished(folder, found.parts).write_bytes(b"".join(lines))
        _check(file, found)
        for part in range(1, found.parts + 1):
            name = f"part-{part:04d}-of-{found.parts:04d}.jsonl"
            _unfinished(folder, part).rename(folder / name)
    except OSError as error:
        raise UserError(f"{error.filename or file} cannot be used: {error.strerror}.") from error
    finally:
        for unfinished in folder.glob("part-*.unfinished"):
            unfinished.unlink()
    return found


def _unfinished(folder: Path, part: int) -> Path:
    return folder / f"part-{part:04d}.unfinished"


def _check(file: Path, found: Cut) -> None:
    if found.others and not found.logged:
        raise UserError(
            f"{file} holds no record of a log: an inventory in parts would be several snapshots, "
            "so let its collector write one file per subscription."
        )
    if found.damage and not found.logged:
        raise UserError(f"{file} cannot be read ({found.damage}): copy the blob again.")
    if not found.parts:
        raise UserError(f"{file} holds nothing that could be landed.")


def _lines(file: Path, found: Cut) -> Iterator[bytes]:
    def is_record(value: object) -> bool:
        return isinstance(value, dict) and ("time" in value or "eventTimestamp" in value)

    for piece in split(str(file), "flow_logs", is_record):
        if isinstance(piece, Record):
            is_logged = is_record(json.loads(piece.text))
            found.logged += is_logged
            found.others += not is_logged
            # a line break can only stand between the parts of a record
            text = piece.text
        elif isinstance(piece, Reject):
            if piece.reason.startswith(_DAMAGED):
                found.damage = piece.reason.partition(": ")[2]
            text = piece.excerpt or piece.reason
        else:
            continue
        yield text.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace") + b"\n"


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
    """Cut one file; the exit codes are above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        found = cut(options.file, options.folder)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{found.parts} parts in {options.folder}")
    if found.damage:
        print(
            f"{options.file} is damaged or ends early ({found.damage}): the parts hold what could "
            "be read, so copy the blob again, and cut it anew, if there is a whole one.",
            file=sys.stderr,
        )
    return 1 if found.damage else 0


if __name__ == "__main__":
    sys.exit(main())
