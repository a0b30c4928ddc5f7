"""``python -m scripts.bench``.

Exit codes: 0 measured; 1 a contender's rows are not the true ones, or what the others are held
against was not measured, the floor or this project; 2 something the user can mend.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from scripts.bench.cells import FULL, SMALL, check_contenders, parse_cell
from scripts.bench.machine import machine_facts, memory_bytes
from scripts.bench.report import Report, keep_report, read_report, together
from scripts.bench.run import Plan, run_plan
from scripts.bench.table import print_report, write_report
from scripts.errors import UserError
from scripts.paths import PROJECT_ROOT
from scripts.settings import memory_bytes as limit_bytes

DIFFERS, USER_ERROR, INTERRUPTED = 1, 2, 130
# Of a file or a pipe.
WIDTH = 140
TIMEOUT, FULL_TIMEOUT = 30.0, 300.0
# What a contender may hold of the machine's memory.
MOST_OF_MEMORY = 0.8


def main(
    full: Annotated[bool, typer.Option("--full", help="10 M and 30 M flows; hours.")] = False,
    cell: Annotated[
        list[str] | None,
        typer.Option(
            "--cell",
            help="join:1M:100k:skewed (flows, windows), increment:14k:1M:uniform or parse:240k "
            "(tuples); repeatable.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="A contender; repeatable. Beside the floor.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same rows.")] = Plan.seed,
    rounds: Annotated[int, typer.Option(min=1, help="Of all contenders in turn.")] = Plan.rounds,
    memory_limit: Annotated[
        str, typer.Option("--memory-limit", help="What DuckDB may use before it spills.")
    ] = Plan.memory_limit,
    threads: Annotated[int, typer.Option(min=1, help="For each contender.")] = Plan.threads,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=1,
            help="Seconds after which a contender is left out of a cell; "
            f"{TIMEOUT:.0f} if absent, with --full {FULL_TIMEOUT:.0f}.",
        ),
    ] = None,
    most_memory: Annotated[
        float | None,
        typer.Option(min=0.1, help="GB at which a run is ended; 80 % of the machine's if absent."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where data goes, and stays for the next time.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Keep all runs; written after each cell.")
    ] = None,
    from_files: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help="Measure nothing; show what --json kept. Repeatable: of a cell, the last counts.",
        ),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the tables into README.md and docs/speed.md.")
    ] = False,
) -> None:
    """Measure the project beside what one would use in its place, on identical work."""
    try:
        if from_files:
            report = together([read_report(file) for file in from_files])
        else:
            most = int(most_memory * 1e9) if most_memory else int(memory_bytes() * MOST_OF_MEMORY)
            cells = tuple(map(parse_cell, cell)) if cell else FULL if full else SMALL
            plan = Plan(
                cells=cells,
                only=tuple(only or ()),
                seed=seed,
                rounds=rounds,
                memory_limit=memory_limit,
                threads=threads,
                timeout=timeout or (FULL_TIMEOUT if full else TIMEOUT),
                most_memory=most,
                folder=folder,
            )
            check_contenders(cells, plan.only)
            limit_bytes(memory_limit)
            _check_places(folder, json_file)
            report = _measured(plan, json_file)
        print_report(report, Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH))
        for where, contest in report.differing:
            name = where.contenders[contest.contender]
            _say(f"{where.name}: the rows of {name} are not the true ones: {contest.why}.")
        for where, contest in report.failed:
            name = where.contenders[contest.contender]
            _say(f"{where.name}: {name} could not be measured: {contest.why}.")
        if report.differing or report.failed:
            raise typer.Exit(DIFFERS)
        if write:
            write_report(report, PROJECT_ROOT)
    except UserError as error:
        _say(str(error))
        raise typer.Exit(USER_ERROR) from error
    except KeyboardInterrupt as error:
        _say("Interrupted: what was measured is in the file of --json.")
        raise typer.Exit(INTERRUPTED) from error


def _check_places(folder: Path | None, json_file: Path | None) -> None:
    """Before hours are spent: raises `UserError` where there is no place for what comes out."""
    if folder is not None and folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is no folder: name one with --folder.")
    if json_file is not None and (json_file.is_dir() or not json_file.parent.is_dir()):
        raise UserError(f"{json_file} cannot be written: name a file in a folder that exists.")


def _measured(plan: Plan, json_file: Path | None) -> Report:
    settings = {
        "seed": plan.seed,
        "rounds": plan.rounds,
        "memory_limit": plan.memory_limit,
        "threads": plan.threads,
        "timeout": plan.timeout,
        "most_memory": plan.most_memory,
    }
    report = Report(settings, machine_facts(), ())
    console = Console(stderr=True)
    shown = console.status("") if console.is_terminal else nullcontext()
    with shown as status:

        def tell(what: str) -> None:
            if status is not None:
                status.update(what)

        for result in run_plan(plan, tell):
            report = replace(report, cells=(*report.cells, result))
            if json_file is not None:
                keep_report(report, json_file)
            if status is None:
                _say(f"{result.cell.name} is measured")
    return report


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    typer.run(main)
