"""What came out, as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from scripts.bench.cells import FLOOR, PROJECT, Cell, parse_cell
from scripts.bench.growth import growths, skews
from scripts.bench.job import Measurement
from scripts.bench.run import DIFFERS, FAILED, CellResult, Contest
from scripts.errors import UserError

# What runs have in common that can be shown together.
COMPARED = ("seed", "rounds", "memory_limit", "threads")


@dataclass(frozen=True)
class Report:
    """A run of the benchmark.

    Attributes:
        settings: seed, rounds, memory_limit, threads, timeout, most_memory; as told.
        machine: see machine.py.
    """

    settings: dict[str, object]
    machine: dict[str, str]
    cells: tuple[CellResult, ...]

    @property
    def differing(self) -> list[tuple[Cell, Contest]]:
        """Contenders whose rows are not the true ones."""
        return self._where(lambda contest: contest.state == DIFFERS)

    @property
    def failed(self) -> list[tuple[Cell, Contest]]:
        """Where the floor or the project itself came to no result."""
        return self._where(
            lambda contest: (
                contest.state == FAILED and contest.contender.split("-")[0] in (FLOOR, PROJECT)
            )
        )

    def _where(self, holds: Callable[[Contest], bool]) -> list[tuple[Cell, Contest]]:
        return [
            (result.cell, contest)
            for result in self.cells
            for contest in result.contests
            if holds(contest)
        ]


def keep_report(report: Report, file: Path) -> None:
    """Write a report as JSON, with what follows from its rounds."""
    kept = {
        "settings": report.settings,
        "machine": report.machine,
        "cells": [
            {
                "name": result.cell.name,
                **asdict(result.cell),
                "digest": result.digest,
                "contenders": [_contest(contest) for contest in result.contests],
            }
            for result in report.cells
        ],
        "growth": [asdict(growth) for growth in growths(report.cells)],
        "skew": [asdict(skew) for skew in skews(report.cells)],
    }
    # beside and moved: a run of hours writes it after each cell
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(json.dumps(kept, indent=1) + "\n")
    fresh.replace(file)


def _contest(contest: Contest) -> dict[str, object]:
    kept = asdict(contest)
    if contest.ratios:
        kept["ratio"] = spread(contest.ratios)
    if contest.runs:
        kept["seconds"] = spread([run.seconds for run in contest.runs])
        kept["memory_bytes"] = contest.memory_bytes
    return kept


def spread(values: Sequence[float]) -> dict[str, float]:
    """The least, the median and the most."""
    return {"min": min(values), "median": median(values), "max": max(values)}


def read_report(file: Path) -> Report:
    """A report that `keep_report` wrote.

    Raises:
        UserError: it is none.
    """
    try:
        kept = json.loads(file.read_text())
        settings = dict(kept["settings"])
        if any(name not in settings for name in COMPARED):
            raise ValueError(settings)
        settings["rounds"] = int(settings["rounds"])
        return Report(settings, dict(kept["machine"]), tuple(map(_read_cell, kept["cells"])))
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        UserError,
    ) as error:
        raise UserError(f"{file} is no report of the benchmark: name one of --json.") from error


def together(reports: Sequence[Report]) -> Report:
    """One report of several runs; of a cell that two have, the later run's.

    Raises:
        UserError: their settings differ, but for when a contender is ended.
    """
    *_, last = reports
    for report in reports:
        if any(report.settings.get(name) != last.settings.get(name) for name in COMPARED):
            raise UserError(
                f"The reports differ in {' or '.join(COMPARED)}: name those measured alike."
            )
    machine = {
        fact: ", ".join(dict.fromkeys(report.machine.get(fact, "?") for report in reports))
        for fact in last.machine
    }
    cells = {result.cell: result for report in reports for result in report.cells}
    return Report(last.settings, machine, tuple(cells.values()))


def _read_cell(kept: dict) -> CellResult:
    cell = parse_cell(kept["name"])
    return CellResult(
        cell, kept["digest"], tuple(_read_contest(cell, contest) for contest in kept["contenders"])
    )


def _read_contest(cell: Cell, kept: dict) -> Contest:
    cell.contenders[kept["contender"]]
    return Contest(
        kept["contender"],
        kept["state"],
        kept["why"],
        tuple(Measurement(**run) for run in kept["runs"]),
        tuple(kept["ratios"]),
    )
