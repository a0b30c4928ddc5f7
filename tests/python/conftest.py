"""One small object that runs the project the way a user does: as a process, on files."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scripts.compiled import CompiledProject, compile_project
from scripts.landing import land
from scripts.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class BuildResult:
    """What a run of the command line left behind.

    Attributes:
        exit_code: see scripts/cli.py.
        output: what it printed as its result.
        errors: what it printed beside that: progress, gates, complaints.
        database: the DuckDB file, whether or not it came to be.
    """

    exit_code: int
    output: str
    errors: str
    database: Path

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query on the database, opened read-only."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql, values).fetchall()


@dataclass(frozen=True)
class Project:
    """The project's command line; each run gets a folder of its own below `scratch`."""

    scratch: Path

    def run(
        self, *arguments: str | Path, cwd: Path = ROOT, database: Path | None = None
    ) -> BuildResult:
        """Run ``python -m scripts …`` to its end; never raises on a non-zero exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "scripts", *map(str, arguments)],
            cwd=cwd,
            env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return BuildResult(
            done.returncode, done.stdout, done.stderr, database or self.scratch / "none.duckdb"
        )

    def build(self, raw_dir: Path, *options: str, database: Path | None = None) -> BuildResult:
        """Land `raw_dir` and build it; a database in a new folder unless one is given.

        Two threads: CI has two cores, and two test workers share them.
        """
        database = database or self._new_folder() / "flows.duckdb"
        where = ("--raw-dir", raw_dir, "--database", database, "--threads", "2")
        return self.run("build", *where, *options, database=database)

    def _new_folder(self) -> Path:
        number = sum(1 for _ in self.scratch.iterdir())
        folder = self.scratch / f"build-{number}"
        folder.mkdir()
        return folder


@dataclass(frozen=True)
class Models:
    """The models alone, compiled once: a build takes a second or two instead of a dbt run."""

    compiled: CompiledProject

    def build(self, raw_dir: Path, home: Path) -> Path:
        """Land `raw_dir` into a new database in the folder `home` and build it."""
        settings = Settings(self.compiled.new_database(home), raw_dir, threads=2)
        land(settings)
        self.compiled.build(settings)
        return settings.database

    def rebuild(self, database: Path) -> None:
        """Build what `build` made once more."""
        self.compiled.build(Settings(database, threads=2))


@pytest.fixture(scope="session")
def project_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(compile_project(tmp_path_factory.mktemp("compiled"), variables={}))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def build(project: Project):
    """``build(raw_dir, *options, database=None) -> BuildResult``"""
    return project.build


@pytest.fixture(scope="session")
def demo(project: Project) -> BuildResult:
    """The demo estate, built; the one that `make test` has just made, where there is one."""
    ready = os.environ.get("TEST_DEMO")
    folder = ROOT / ready if ready else project.scratch / "demo"
    database = folder / "azure_flows.duckdb"
    if ready and database.exists():
        return project.run("summary", "--database", database, database=database)
    return project.run("demo", "--folder", folder, "--threads", "2", database=database)
