"""Run dbt on one DuckDB file and say what became of its nodes.

dbt runs as a process of its own: DuckDB allows one set of settings per file and process, and a
process that ends gives back its lock and its memory whatever dbt kept open. Its events come as
JSON lines, which carry the progress; results are read from dbt's own artifacts.

It runs in the database's folder and is told the file's name alone: where the path in the profile is
another, dbt parses the project anew, which takes longer than all models of a small estate.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from scripts.database import full_sentence, lock_sentence
from scripts.errors import UserError
from scripts.model_version import model_version, remember, why_anew
from scripts.paths import LOGS, PROJECT_ROOT, working_name
from scripts.settings import Settings
from scripts.time_spent import TimeSpent, time_spent

# Not `-m dbt.cli.main`, which Python warns about, nor the `dbt` on PATH, which may be another one.
# -P: what lies beside the database is not to be imported.
_DBT = (sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class NodeResult:
    """One model, seed, snapshot or test that did not do what it should.

    Attributes:
        name: as in the project, such as ``fct_flows``.
        kind: dbt's resource type.
        message: one line: what is wrong, for people.
    """

    name: str
    kind: str
    message: str


@dataclass(frozen=True)
class BuildResult:
    """What a dbt run came to.

    Attributes:
        failed_gates: tests that ran and found something.
        warnings: tests of severity warn that found something.
        errors: nodes that could not run, or dbt's own words where it did not come to any node.
        skipped: how many nodes did not run because of those.
        why_anew: a sentence, where everything was built from the raw tables without being asked.
        log_file: dbt's full log.
        time_spent: where the run's time went.
    """

    failed_gates: tuple[NodeResult, ...] = ()
    warnings: tuple[NodeResult, ...] = ()
    errors: tuple[NodeResult, ...] = ()
    skipped: int = 0
    why_anew: str | None = None
    log_file: Path = field(default=LOGS / "dbt.log")
    time_spent: TimeSpent = field(default=TimeSpent())


def dbt_build(
    settings: Settings,
    *,
    unit_tests: bool = False,
    data_tests: bool = True,
    full_refresh: bool = False,
    variables: dict[str, object] | None = None,
    on_progress: Progress | None = None,
) -> BuildResult:
    """Run ``dbt build`` on ``settings.database``.

    Args:
        unit_tests: also run the unit tests; a user's run leaves them to `make test`.
        data_tests: run the gates, which take as long as the models do.
        full_refresh: make incremental models anew; done unasked where the models have changed.
        variables: dbt variables other than those of the project.
        on_progress: called with (nodes finished, nodes in all).

    Raises:
        UserError: another process holds the database, or a disk is full.
    """
    target, log_file = _folders(settings)
    results_file = target / "run_results.json"
    results_file.unlink(missing_ok=True)
    version = model_version(variables or {})
    why = why_anew(settings.database, version)
    full_refresh = full_refresh or why is not None
    options = [] if unit_tests else ["--exclude-resource-type", "unit_test"]
    options += [] if data_tests else ["--exclude-resource-type", "test"]
    options += ["--full-refresh"] if full_refresh else []
    started = time.monotonic()
    complaints = _run("build", options, settings, variables, on_progress)
    took = time.monotonic() - started

    if results_file.exists():
        result = _read_results(results_file, target / "manifest.json", log_file, took)
    else:
        message = complaints[0] if complaints else "dbt stopped without a word"
        result = BuildResult(errors=(NodeResult("dbt", "dbt", message),), log_file=log_file)
    for node in result.errors:
        sentence = lock_sentence(node.message, settings.database) or full_sentence(node.message)
        if sentence:
            raise UserError(sentence)
    if not result.errors:
        # not before: a refresh that was cut short is begun again
        remember(settings.database, version)
    return replace(result, why_anew=why)


def dbt_compile(settings: Settings, *, variables: dict[str, object] | None = None) -> Path:
    """Load the seeds into ``settings.database`` and compile every model for it.

    Returns:
        dbt's manifest, whose models carry their ``compiled_code``.

    Raises:
        UserError: dbt could not do it.
    """
    for command in ("seed", "compile"):
        complaints = _run(command, [], settings, variables)
        if complaints:
            raise UserError(f"dbt {command} failed: {complaints[0]}")
    return _folders(settings)[0] / "manifest.json"


def remove_working_files(database: Path) -> None:
    """Remove what dbt keeps for a database that will not be built again."""
    target, log_file = _folders(Settings(database))
    for folder in (target, log_file.parent):
        shutil.rmtree(folder, ignore_errors=True)


def _folders(settings: Settings) -> tuple[Path, Path]:
    """dbt's target folder and log file: of each database its own, so that two build at once."""
    name = working_name(settings.database)
    return PROJECT_ROOT / "target" / name, LOGS / name / "dbt.log"


@contextmanager
def _shared_parse(target: Path, *told: object) -> Iterator[None]:
    """Let dbt begin from what it parsed when it was `told` the same, for whatever database."""
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    shared = PROJECT_ROOT / "target" / "parsed" / digest[:16]
    own = target / "partial_parse.msgpack"
    for parsed in (own, shared):
        _forget_outdated_parse(parsed)
    # Where there is none, or another run replaces it just now, dbt parses.
    with suppress(OSError):
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy2(shared, own)
    yield
    with suppress(OSError):
        if _changed_at(own) > _changed_at(shared):
            shared.parent.mkdir(parents=True, exist_ok=True)
            whole = shared.with_name(f"{shared.name}-{os.getpid()}")
            shutil.copy2(own, whole)
            whole.replace(shared)


def _forget_outdated_parse(parsed: Path) -> None:
    """Have dbt parse a changed project anew: else it loses sight of snapshots in YAML."""
    sources = ("models", "macros", "snapshots", "seeds", "tests")
    files = [file for name in sources for file in (PROJECT_ROOT / name).rglob("*.*")]
    files.append(PROJECT_ROOT / "dbt_project.yml")
    if max(map(_changed_at, files)) > _changed_at(parsed):
        parsed.unlink(missing_ok=True)


def _changed_at(file: Path) -> float:
    return file.stat().st_mtime if file.exists() else 0.0


def _run(
    command: str,
    options: list[str],
    settings: Settings,
    variables: dict[str, object] | None,
    on_progress: Progress | None = None,
) -> list[str]:
    """Run one dbt command to its end; returns what it complained of, in order."""
    target, log_file = _folders(settings)
    database = settings.database.resolve()
    arguments = [
        *("--log-format", "json", "--no-use-colors", "--no-send-anonymous-usage-stats"),
        *("--log-path", str(log_file.parent), "--partial-parse"),
        command,
        *("--project-dir", str(PROJECT_ROOT), "--profiles-dir", str(PROJECT_ROOT / "profiles")),
        *("--target", "duckdb", "--target-path", str(target)),
        *("--vars", json.dumps(variables or {})),
        *options,
    ]
    profile = {
        # with a folder: a file may be called :memory:
        "DATABASE": f"./{database.name}",
        "MEMORY_LIMIT": settings.memory_limit,
        "THREADS": str(settings.threads),
    }
    complaints: list[str] = []
    finished: set[int] = set()
    with (
        _shared_parse(target, profile, variables or {}),
        subprocess.Popen(
            [*_DBT, *arguments],
            cwd=database.parent,
            env=os.environ | profile,
            # dbt inherits the run's lock (see run_lock.py); Python opens everything else for itself
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for event in _events(process.stdout):
            info, data = event["info"], event["data"]
            if info["level"] == "error" and info["msg"].strip():
                complaints.append(_one_line(info["msg"]))
            # Events that carry a place in the run come when a node starts and when it ends.
            if "total" in data and data.get("execution_time") is not None:
                finished.add(data["index"])
                if on_progress:
                    on_progress(len(finished), data["total"])
    return complaints


def _events(lines: IO[str]) -> Iterator[dict[str, Any]]:
    """dbt's JSON events; a line that is none (Python's own last words) becomes an error event."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict) and {"info", "data"} <= event.keys():
            yield event
        elif "Error" in line:
            yield {"info": {"level": "error", "msg": line}, "data": {}}


def _read_results(
    results_file: Path, manifest_file: Path, log_file: Path, took: float
) -> BuildResult:
    results = json.loads(results_file.read_text())["results"]
    manifest = json.loads(manifest_file.read_text())
    described = manifest["nodes"] | manifest.get("unit_tests", {})
    by_status: dict[str, list[NodeResult]] = {"fail": [], "warn": [], "error": []}
    for result in results:
        if result["status"] in by_status:
            node = described.get(result["unique_id"], {})
            by_status[result["status"]].append(_node_result(result, node))
    return BuildResult(
        failed_gates=tuple(by_status["fail"]),
        warnings=tuple(by_status["warn"]),
        errors=tuple(by_status["error"]),
        skipped=sum(result["status"] == "skipped" for result in results),
        log_file=log_file,
        time_spent=time_spent(
            results, {node_id: node["name"] for node_id, node in described.items()}, took
        ),
    )


def _node_result(result: dict[str, Any], node: dict[str, Any]) -> NodeResult:
    kind, _, rest = result["unique_id"].partition(".")
    name = node.get("name") or rest
    message = result.get("message") or ""
    description = (node.get("description") or "").strip().split("\n")[0].rstrip(".")
    if result["status"] != "error":
        message = " — ".join(filter(None, [description, _finding(kind, result["failures"])]))
    return NodeResult(name=name, kind=kind, message=_one_line(message))


def _finding(kind: str, failures: int | None) -> str:
    if kind == "unit_test":
        return "the model gives other rows than the unit test expects"
    return "1 row fails" if failures == 1 else f"{failures or 0:,} rows fail"


def _one_line(text: str, limit: int = 300) -> str:
    """`text` without colours and line ends, cut where it becomes a page."""
    # dbt ends with the chain of macros that led there, which the log has as well.
    flat = " ".join(_COLOUR.sub("", text).split()).split(" > in macro")[0]
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
