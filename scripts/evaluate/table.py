"""The evaluation's tables: on a terminal, in the README and in the docs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from scripts.evaluate.run import NO_SIGHTINGS, OURS, Row
from scripts.regions import markdown_table, replace_region

Cells = tuple[str, ...]

SCORES = (
    "estate",
    "method",
    "wrong",
    "wrong %",
    "spurious %",
    "abstained %",
    "wrong and confirmed",
    "wrong uuid",
    "untrue reasons",
    "right: confirmed %",
    "captured, MAC named: right %",
)
ESTIMATES = (
    "estate",
    "compared flows",
    "disagree %",
    "wrong at captured ends %",
    "wrong or spurious, all ends %",
    "bounds captured",
    "bounds all",
)
VERDICTS = ("right", "wrong", "abstained", "spurious", "none")
DIMENSIONS = {
    "kind": "By scenario",
    "reuse_gap": "By the time that the address was free before",
    "evidence": "By evidence",
    "reason": "By reason",
}


def print_tables(rows: Sequence[Row], console: Console) -> None:
    """Print the scores, and the self-measured disagreement beside the true error."""
    console.print(_size(rows))
    for header, cells in ((SCORES, _scores(rows)), (ESTIMATES, _estimates(rows))):
        table = Table(*header, box=box.SIMPLE_HEAD)
        for line in cells:
            table.add_row(*line)
        console.print(table)


def write_tables(rows: Sequence[Row], root: Path) -> None:
    """Put the tables between their markers in README.md and the docs below `root`.

    Raises:
        UserError: a marker is not there.
    """
    size = _size(rows)
    replace_region(
        root / "README.md", "evaluate", [size, "", *markdown_table(SCORES, _scores(rows))]
    )
    estimates = markdown_table(ESTIMATES, _estimates(rows))
    replace_region(root / "docs" / "disagreement.md", "study", [size, "", *estimates])
    replace_region(root / "docs" / "evaluation.md", "breakdown", [size, *_breakdown(rows)])


def _size(rows: Sequence[Row]) -> str:
    ours = [row for row in rows if row.method == OURS]
    seeds, ends = ours[0].seeds, sum(row.score.ends for row in ours)
    many = "1 seed" if seeds == 1 else f"{seeds} seeds"
    return f"{many} per estate, {ends / len(ours):,.0f} ends of flows in each estate's row."


def _scores(rows: Iterable[Row]) -> Iterable[Cells]:
    for row in rows:
        counts = row.score
        ours = row.method in (OURS, NO_SIGHTINGS)
        yield (
            row.estate,
            row.method,
            f"{counts.wrong:,}",
            _percent(counts.wrong, counts.vm_ends, 3),
            _percent(counts.spurious, counts.ends - counts.vm_ends, 2),
            _percent(counts.abstained, counts.vm_ends, 2),
            f"{counts.wrong_confirmed:,}" if ours else "–",
            f"{counts.wrong_uuid:,}" if ours else "–",
            f"{counts.untrue_reasons:,}" if ours else "–",
            _percent(counts.right_confirmed, counts.right, 1) if ours else "–",
            _percent(counts.named_right, counts.named, 2),
        )


def _estimates(rows: Iterable[Row]) -> Iterable[Cells]:
    for row in rows:
        if not row.estimates:
            continue
        told = [(e.rate, e) for e in row.estimates if e.rate is not None]
        count = len(row.estimates)
        yield (
            row.estate,
            f"{sum(e.compared for e in row.estimates):,}",
            "–" if row.disagreement is None else f"{100 * row.disagreement:.3f}",
            f"{100 * sum(e.captured_error for e in row.estimates) / count:.3f}",
            f"{100 * sum(e.error for e in row.estimates) / count:.3f}",
            f"{sum(rate >= e.captured_error for rate, e in told)} of {len(told)}",
            f"{sum(rate >= e.error for rate, e in told)} of {len(told)}",
        )


def _breakdown(rows: Iterable[Row]) -> Iterable[str]:
    for row in rows:
        if row.method != OURS:
            continue
        yield from ("", f"## {row.estate}")
        for dimension, title in DIMENSIONS.items():
            cells = [
                (value, *(f"{verdicts.get(verdict, 0):,}" for verdict in VERDICTS))
                for (name, value), verdicts in sorted(row.score.by.items())
                if name == dimension
            ]
            yield from ("", *markdown_table((title, *VERDICTS), cells))


def _percent(part: int, whole: int, digits: int) -> str:
    return f"{100 * part / whole:.{digits}f}" if whole else "–"
