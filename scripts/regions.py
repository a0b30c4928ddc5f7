"""The parts of Markdown files that commands write: between ``<!-- name: begin -->`` and its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from scripts.errors import UserError


def replace_region(file: Path, name: str, lines: Iterable[str]) -> None:
    """Put `lines` between the markers of `name`.

    Raises:
        UserError: a marker is not there.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = file.read_text()
    if begin not in text or end not in text:
        raise UserError(f"{file.name} has no place for the table: {begin} … {end}.")
    before, rest = text.split(begin)
    file.write_text(before + begin + "\n" + "\n".join(lines) + "\n" + end + rest.split(end)[1])


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]
