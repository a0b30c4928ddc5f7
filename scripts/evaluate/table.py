"""The evaluation's table, on a terminal and in the README."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from scripts.errors import UserError
from scripts.evaluate.run import Row

BEGIN, END = "<!-- evaluate: begin -->", "<!-- evaluate: end -->"
COLUMNS = (
    "estate",
    "seeds",
    "method",
    "ends",
    "wrong",
    "wrong %",
    "spurious %",
    "abstained %",
    "wrong and confirmed",
    "right: confirmed %",
    "captured, MAC named: right %",
    "untrue reasons",
    "disagreement %",
)


def print_table(rows: Sequence[Row], console: Console) -> None:
    """Print one line per estate and method."""
    table = Table(*COLUMNS, box=box.SIMPLE_HEAD)
    for cells in _cells(rows):
        table.add_row(*cells)
    console.print(table)


def write_readme_table(rows: Sequence[Row], readme: Path) -> None:
    """Replace the table between the two markers of `readme`.

    Raises:
        UserError: the markers are not there.
    """
    text = readme.read_text()
    if BEGIN not in text or END not in text:
        raise UserError(f"{readme.name} has no place for the table: {BEGIN} … {END}.")
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(cells) + " |" for cells in _cells(rows)]
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + after)


def _cells(rows: Iterable[Row]) -> Iterable[tuple[str, ...]]:
    for row in rows:
        counts = row.score
        ours = row.method.startswith(("this", "ours"))
        yield (
            row.estate,
            str(row.seeds),
            row.method,
            f"{counts.ends:,}",
            f"{counts.wrong:,}",
            _percent(counts.wrong, counts.vm_ends, 3),
            _percent(counts.spurious, counts.ends - counts.vm_ends, 2),
            _percent(counts.abstained, counts.vm_ends, 2),
            f"{counts.wrong_confirmed:,}" if ours else "–",
            _percent(counts.right_confirmed, counts.right, 1) if ours else "–",
            _percent(counts.named_right, counts.named, 2),
            f"{counts.untrue_reasons:,}" if ours else "–",
            "–" if row.disagreement is None else f"{100 * row.disagreement:.3f}",
        )


def _percent(part: int, whole: int, digits: int) -> str:
    return f"{100 * part / whole:.{digits}f}" if whole else "–"
