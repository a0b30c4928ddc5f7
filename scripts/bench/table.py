"""The benchmark's tables: on a terminal, in the README and in docs/speed.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from scripts.bench.cells import CONTENDERS, FLOOR, PROJECT, Cell, short
from scripts.bench.growth import Series, growths, skews
from scripts.bench.report import Report, spread
from scripts.bench.run import DIFFERS, CellResult, Contest
from scripts.regions import markdown_table, replace_region

ENOUGH_ROUNDS = 5
# The second "× floor" is that of the processor's seconds, which other work moves less.
HEADER = (
    "",
    "× floor: median",
    "min – max",
    "seconds",
    "min – max",
    "CPU s",
    "× floor",
    "peak memory",
)
# What the README shows, where it was measured; else the first few of what was.
HEADLINE = (
    *("join:10M:1M:skewed", "join:10M:5M:skewed", "join:30M:1M:skewed"),
    *("increment:14k:1M:skewed", "parse:2.4M"),
)
MOST_HEADLINES = 5
DOC, README = Path("docs", "speed.md"), Path("README.md")


def print_report(report: Report, console: Console) -> None:
    """Print every table."""
    console.print(_settings(report))
    for result in report.cells:
        _print(console, title(result.cell), HEADER, _rows(result))
        parts = _parts(result)
        if parts:
            _print(console, f"{title(result.cell)}: where time went", parts[0], parts[1:])
    for kind in CONTENDERS:
        for name, series in (("growth exponents", growths), ("skew", skews)):
            found = [one for one in series(report.cells) if one.kind == kind]
            if found:
                header, *lines = _series(kind, found)
                _print(console, f"{kind}: {name}", header, lines)


def _print(
    console: Console, name: str, header: Sequence[str], lines: Iterable[Sequence[str]]
) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=name, title_justify="left")
    for number, column in enumerate(header):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for line in lines:
        table.add_row(*line)
    console.print(table)


def write_report(report: Report, root: Path) -> None:
    """Put the tables between their markers in README.md and docs/speed.md below `root`.

    Raises:
        UserError: a marker is not there.
    """
    doc = root / DOC
    facts = [(name, value) for name, value in report.machine.items()]
    replace_region(
        doc, "machine", [*markdown_table(("fact", "value"), facts), "", _settings(report)]
    )
    for kind in CONTENDERS:
        replace_region(doc, kind, _markdown(report, kind))
    replace_region(root / README, "bench", [_settings(report), "", *_headline(report)])


def _markdown(report: Report, kind: str) -> Iterable[str]:
    for result in report.cells:
        if result.cell.kind == kind:
            yield from (f"**{title(result.cell)}**", "")
            yield from (*markdown_table(HEADER, _rows(result)), "")
            parts = _parts(result)
            if parts:
                yield from (*markdown_table(parts[0], parts[1:]), "")
    for what, series in (("Growth exponents", growths), ("Skew", skews)):
        found = [one for one in series(report.cells) if one.kind == kind]
        if found:
            header, *lines = _series(kind, found)
            yield from (f"**{what}**", "", *markdown_table(header, lines), "")


def title(cell: Cell) -> str:
    """A cell, for people."""
    if cell.kind == "parse":
        return f"{short(cell.rows)} tuples"
    what = "flows" if cell.kind == "join" else "flows of one hour"
    return f"{short(cell.rows)} {what}, {short(cell.windows)} windows, {cell.skew}"


def _settings(report: Report) -> str:
    told = report.settings
    rounds = f"{told['rounds']} rounds"
    if told["rounds"] < ENOUGH_ROUNDS:
        rounds = f"{told['rounds']} of the {ENOUGH_ROUNDS} rounds that a median needs"
    return (
        f"{rounds}, {told['threads']} threads, seed {told['seed']}; "
        f"DuckDB may use {told['memory_limit']} before it spills."
    )


def _rows(result: CellResult) -> Iterable[tuple[str, ...]]:
    measured = result.of(FLOOR)
    floor = measured and spread([run.cpu_seconds for run in measured.runs])["median"]
    for contest in result.contests:
        name = result.cell.contenders[contest.contender]
        if not contest.runs:
            yield name, _told(contest), *[""] * (len(HEADER) - 2)
            continue
        seconds = spread([run.seconds for run in contest.runs])
        cpu = spread([run.cpu_seconds for run in contest.runs])
        yield (
            name,
            *_ratio(contest),
            _number(seconds["median"]),
            f"{_number(seconds['min'])} – {_number(seconds['max'])}",
            _number(cpu["median"]),
            f"{cpu['median'] / floor:.2f}" if floor else "–",
            memory(contest),
        )


def _told(contest: Contest) -> str:
    words = f"{contest.state} {contest.why}".strip()
    return words if len(words) <= 60 else f"{words[:59]}…"


def _ratio(contest: Contest) -> tuple[str, str]:
    if not contest.ratios:
        return "–", "–"
    ratio = spread(contest.ratios)
    return f"{ratio['median']:.2f}", f"{ratio['min']:.2f} – {ratio['max']:.2f}"


def memory(contest: Contest) -> str:
    """The peak of a contender, the highest of its rounds."""
    return f"{contest.memory_bytes / 1e9:.2f} GB"


def _number(seconds: float) -> str:
    """Three digits or so."""
    return f"{seconds:.{3 if seconds < 1 else 2 if seconds < 10 else 1}f}"


def _parts(result: CellResult) -> list[tuple[str, ...]]:
    """Seconds of the steps of those that have several, medians; the first line is the header."""
    contests = [contest for contest in result.contests if contest.runs and contest.runs[0].parts]
    if not contests:
        return []
    # those that have more steps say in which order
    longest = sorted(contests, key=lambda contest: -len(contest.runs[0].parts))
    steps = dict.fromkeys(step for contest in longest for step in contest.runs[0].parts)
    return [
        ("seconds, medians", *(result.cell.contenders[c.contender] for c in contests)),
        *((step, *(_part(contest, step) for contest in contests)) for step in steps),
    ]


def _part(contest: Contest, step: str) -> str:
    if step not in contest.runs[0].parts:
        return ""
    return _number(spread([run.parts[step] for run in contest.runs])["median"])


def _series(kind: str, found: Sequence[Series]) -> list[tuple[str, ...]]:
    contenders = [name for name in CONTENDERS[kind] if any(name in one.numbers for one in found)]
    return [
        ("", "beside", *contenders),
        *(
            (
                one.what,
                one.beside,
                *(
                    f"{one.numbers[name]:.2f}" if name in one.numbers else "–"
                    for name in contenders
                ),
            )
            for one in found
        ),
    ]


def _headline(report: Report) -> list[str]:
    """Contenders by cells: × floor, and peak memory. The best of a cell is bold."""
    results = [result for result in report.cells if result.cell.name in HEADLINE]
    results = results or [result for result in report.cells if result.cell.skew != "uniform"]
    results = results[:MOST_HEADLINES]
    names: dict[str, str] = {}
    for result in results:
        for contender, name in result.cell.contenders.items():
            names.setdefault(contender, name)
    # what a row is called holds in each of its cells
    names |= {PROJECT: "this project", "polars": "Polars", "pandas": "pandas", "chdb": "chDB"}
    shown = [c for c in names if not c.startswith(f"{PROJECT}-")]
    header = ("× floor, peak memory", *(title(result.cell) for result in results))
    lines = [
        (names[contender], *(_headline_cell(result, contender) for result in results))
        for contender in shown
    ]
    return markdown_table(header, lines)


def _headline_cell(result: CellResult, contender: str) -> str:
    contest = next((c for c in result.contests if c.contender == contender), None)
    if contest is None:
        return "–"
    if not contest.ratios:
        return contest.state if contest.state == DIFFERS else _told(contest)
    others = [c for c in result.contests if c.ratios and c.contender != FLOOR]
    best = min((spread(c.ratios)["median"] for c in others), default=0)
    ratio = spread(contest.ratios)["median"]
    told = f"**{ratio:.2f}**" if ratio == best and contender != FLOOR else f"{ratio:.2f}"
    return f"{told}, {memory(contest)}"
