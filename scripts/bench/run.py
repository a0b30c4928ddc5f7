"""Measures cells: contenders in turn, round by round, each run in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from scripts.bench.cells import FLOOR, Cell
from scripts.bench.job import Job, Measurement
from scripts.bench.warehouse import keep_models
from scripts.compiled import compile_project
from scripts.errors import UserError
from scripts.paths import PROJECT_ROOT

# What became of a contender.
OK, FAILED, UNFINISHED, DIFFERS = "ok", "failed", "not finished", "differs"
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Plan:
    """What is measured, and how.

    Attributes:
        only: contenders; none named means all. The floor always runs.
        rounds: measured runs of each contender, after one that is only held against the truth.
        memory_limit: what DuckDB may use before it spills.
        timeout: seconds after which a run is ended, and its contender is left out of the cell.
        most_memory: bytes at which a run is ended, so that it takes no other process with it.
        folder: where data goes, and stays; None: a temporary folder.
    """

    cells: tuple[Cell, ...]
    only: tuple[str, ...] = ()
    seed: int = 1
    rounds: int = 5
    memory_limit: str = "4GB"
    threads: int = os.cpu_count() or 2
    timeout: float = 300
    most_memory: int = 8 << 30
    folder: Path | None = None


@dataclass(frozen=True)
class Contest:
    """One contender in one cell.

    Attributes:
        state: one of `OK`, `FAILED`, `UNFINISHED`, `DIFFERS`.
        why: where it is not `OK`, a few words.
        runs: one for each round; none where it is not `OK`.
        ratios: seconds, as a multiple of the floor's in the same round.
    """

    contender: str
    state: str = OK
    why: str = ""
    runs: tuple[Measurement, ...] = ()
    ratios: tuple[float, ...] = ()

    @property
    def seconds(self) -> float:
        """The median of its rounds."""
        return median(run.seconds for run in self.runs)

    @property
    def memory_bytes(self) -> int:
        """The most of all rounds."""
        return max(run.memory_bytes for run in self.runs)


@dataclass(frozen=True)
class CellResult:
    """A cell; `digest` is that of its data: the same for the same seed."""

    cell: Cell
    digest: str
    contests: tuple[Contest, ...] = field(default=())

    def of(self, contender: str) -> Contest | None:
        """A contender that was measured to its end."""
        return next((c for c in self.contests if c.contender == contender and c.runs), None)


class _FailedError(Exception):
    """A worker came to no result. args: state, and why."""


Progress = Callable[[str], None]


def run_plan(plan: Plan, on_progress: Progress = lambda _: None) -> Iterator[CellResult]:
    """Measure every cell of a plan; each as soon as it is measured.

    Args:
        on_progress: called with what is done now, in a few words.

    Raises:
        UserError: the project could not be compiled, or a cell's data not be made.
    """
    with contextlib.ExitStack() as opened:
        home = plan.folder or Path(opened.enter_context(tempfile.TemporaryDirectory()))
        on_progress("compiling the project's models")
        with tempfile.TemporaryDirectory() as scratch:
            keep_models(compile_project(Path(scratch), variables={}), home / "models")
        for cell in plan.cells:
            yield measure_cell(plan, cell, home, on_progress)


def measure_cell(
    plan: Plan, cell: Cell, home: Path, on_progress: Progress = lambda _: None
) -> CellResult:
    """Make a cell's data, hold every contender against the truth, then measure those that passed.

    Args:
        home: has the compiled models; see `keep_models`.

    Raises:
        UserError: the data could not be made.
    """
    job = Job(
        task="data",
        cell=cell,
        # absolute: a worker may change its current folder
        home=(home / cell.name.replace(":", "-")).resolve(),
        models=(home / "models").resolve(),
        seed=plan.seed,
        memory_limit=plan.memory_limit,
        threads=plan.threads,
    )
    try:
        on_progress(f"{cell.name}: making data")
        # nobody's contest: no limits
        unlimited = replace(plan, timeout=float("inf"), most_memory=sys.maxsize)
        digest = _work(unlimited, job)
        if cell.kind != "parse":
            _work(unlimited, job.told("fill"))
    except _FailedError as error:
        raise UserError(
            f"The data of {cell.name} could not be made ({error.args[1]}): "
            "mend that, or leave the cell out with --cell."
        ) from error
    names = [n for n in cell.contenders if n == FLOOR or not plan.only or n in plan.only]
    contests = {name: Contest(name) for name in names}
    for name in names:
        on_progress(f"{cell.name}: {name}, held against the truth")
        contests[name] = _verified(plan, job, name)
    for round_ in range(1, plan.rounds + 1):
        floor = None
        for name in names:
            if contests[name].state != OK:
                continue
            on_progress(f"{cell.name}: round {round_} of {plan.rounds}, {name}")
            contests[name] = _measured(plan, job, contests[name], floor)
            if name == FLOOR and contests[name].runs:
                floor = contests[name].runs[-1].seconds
    # kept data stays, what was made of it goes
    for made in ("out", "spill", "windows", "answers", "history"):
        shutil.rmtree(job.home / made, ignore_errors=True)
    if plan.folder is None:
        shutil.rmtree(job.home, ignore_errors=True)
    return CellResult(cell, str(digest), tuple(contests.values()))


def _verified(plan: Plan, job: Job, name: str) -> Contest:
    try:
        _work(plan, job.told("measure", name))
        unlimited = replace(plan, timeout=float("inf"), most_memory=sys.maxsize)
        difference = _work(unlimited, job.told("compare", name))
    except _FailedError as error:
        return Contest(name, *error.args)
    finally:
        shutil.rmtree(job.told("measure", name).output, ignore_errors=True)
    return Contest(name, DIFFERS, str(difference)) if difference else Contest(name)


def _measured(plan: Plan, job: Job, contest: Contest, floor: float | None) -> Contest:
    """One more round of a contender; `floor`: seconds of this round's floor, unless it is that."""
    job = job.told("measure", contest.contender)
    try:
        run = Measurement(**_work(plan, job))
    except _FailedError as error:
        return Contest(contest.contender, *error.args)
    finally:
        shutil.rmtree(job.output, ignore_errors=True)
    if contest.contender == FLOOR:
        floor = run.seconds
    ratios = (*contest.ratios, run.seconds / floor) if floor else contest.ratios
    return replace(contest, runs=(*contest.runs, run), ratios=ratios)


def _work(plan: Plan, job: Job) -> object:
    """Have a worker do a job.

    Raises:
        _FailedError: it failed, or was ended.
    """
    # this process stays small: a new one's peak begins with what its parent held
    with tempfile.TemporaryFile("w+") as answer, tempfile.TemporaryFile("w+") as errors:
        worker = subprocess.Popen(
            [sys.executable, "-m", "scripts.bench.worker"],
            cwd=PROJECT_ROOT,
            env=os.environ | {"POLARS_MAX_THREADS": str(plan.threads)},
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=errors,
            text=True,
        )
        try:
            worker.stdin.write(job.to_json())
            worker.stdin.close()
            _wait(plan, worker)
        finally:
            worker.kill()
            worker.wait()
        answer.seek(0)
        errors.seek(0)
        lines = answer.read().strip().split("\n")
        told = json.loads(lines[-1]) if lines[-1].startswith("{") else {}
        if "result" in told:
            return told["result"]
        words = told.get("error") or (errors.read().strip() or "no word").split("\n")[-1]
        if not told and worker.returncode < 0:
            words = f"ended by signal {-worker.returncode}"
        raise _FailedError(FAILED, words[:300])


def _wait(plan: Plan, worker: subprocess.Popen[str]) -> None:
    start = time.monotonic()
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(_POLL_SECONDS)
            return
        if time.monotonic() - start > plan.timeout:
            raise _FailedError(UNFINISHED, f"in {plan.timeout:,.0f} s")
        if _resident_bytes(worker.pid) > plan.most_memory:
            raise _FailedError(FAILED, f"out of memory: more than {plan.most_memory / 1e9:.0f} GB")


def _resident_bytes(pid: int) -> int:
    """What a process holds now; 0 where the machine does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
