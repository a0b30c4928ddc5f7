"""One run at a time; warehouses of other versions are upgraded whole, or refused untouched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from scripts.errors import UserError
from scripts.landing import warehouse
from scripts.run_lock import run_lock
from tests.python.conftest import ROOT, Project
from tests.python.test_cli import assert_one_sentence
from tests.python.test_landing import R1, R2, Estate

HOLD = (
    "import sys; from pathlib import Path; from scripts.run_lock import run_lock\n"
    "with run_lock(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()"
)
# A run that is killed while a process of its own, as dbt is, goes on.
HOLD_AND_LEAVE = (
    "import subprocess, sys; from pathlib import Path; from scripts.run_lock import run_lock\n"
    "with run_lock(Path(sys.argv[1])):\n"
    "    child = subprocess.Popen(['sleep', '60'], close_fds=False, stdout=subprocess.DEVNULL)\n"
    "    print(child.pid, flush=True); sys.stdin.read()"
)


@contextmanager
def holder(database: Path, code: str = HOLD) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that holds the lock, and the first line that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(database)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.communicate()


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


def texts(folder: Path) -> dict[Path, bytes]:
    return {file: text for file, (text, _) in contents(folder).items()}


# --- two runs at once ------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["land", "build", "demo"])
def test_the_second_run_says_so_and_leaves_everything_alone(
    project: Project, tmp_path: Path, command: str
) -> None:
    estate = Estate(tmp_path)
    estate.database = tmp_path / "azure_flows.duckdb"
    estate.flow_logs(R1)
    estate.land()
    estate.flow_logs(R2, "more/PT1H.json")
    (tmp_path / ".azure-flow-attribution-demo").touch()
    arguments = {
        "land": ("land", estate.raw_dir, "--database", estate.database),
        "build": ("build", "--raw-dir", estate.raw_dir, "--database", estate.database),
        "demo": ("demo", "--folder", tmp_path),
    }[command]
    with holder(estate.database) as (process, _):
        before = contents(tmp_path)
        run = project.run(*arguments)
        assert contents(tmp_path) == before
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "azure_flows.duckdb", f"process {process.pid}", "wait")


def test_a_lock_is_free_when_its_process_is_killed(tmp_path: Path) -> None:
    database = tmp_path / "flows.duckdb"
    with holder(database) as (process, _):
        with pytest.raises(UserError, match=f"process {process.pid}"), run_lock(database):
            pass
        process.kill()
        process.wait()
        with run_lock(database):
            pass
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_started_keeps_the_lock_while_it_lasts(tmp_path: Path) -> None:
    database = tmp_path / "flows.duckdb"
    with holder(database, HOLD_AND_LEAVE) as (process, child):
        process.kill()
        process.wait()
        try:
            with pytest.raises(UserError, match="another run"), run_lock(database):
                pass
        finally:
            os.kill(int(child), signal.SIGKILL)


def test_one_database_under_two_names_is_locked_once(tmp_path: Path) -> None:
    database, link = tmp_path / "flows.duckdb", tmp_path / "link.duckdb"
    database.touch()
    link.symlink_to(database)
    with run_lock(database), pytest.raises(UserError, match=r"link\.duckdb"), run_lock(link):
        pass


def test_dbt_inherits_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scripts import dbt_runner
    from scripts.settings import Settings

    database = tmp_path / "flows.duckdb"
    found = tmp_path / "open files"
    listing = f"import os; open({str(found)!r}, 'w').write(str([os.readlink(f'/proc/self/fd/{{n}}')"
    listing += " for n in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')]))"
    monkeypatch.setattr(dbt_runner, "_DBT", (sys.executable, "-c", listing))
    with run_lock(database):
        dbt_runner._run("build", [], Settings(database), None)
    assert "flows.duckdb.lock" in found.read_text()


# --- versions --------------------------------------------------------------------------------

OFFSETS = ("flow_offset", "group_offset", "tuple_offset")


def aged(estate: Estate, version: int = 0) -> None:
    """Take the database back to the shape before blobs (1), or before versions and parts (0)."""
    with duckdb.connect(str(estate.database)) as db:
        db.execute("alter table raw.landed_files drop column etag")
        db.execute("drop table raw.blob_listings")
        if version == 1:
            db.execute("update raw.warehouse_version set version = 1")
            return
        db.execute("drop table raw.warehouse_version")
        for column in OFFSETS:
            db.execute(f"alter table raw.flow_logs drop column {column}")


@pytest.fixture
def landed(tmp_path: Path) -> Estate:
    estate = Estate(tmp_path)
    estate.flow_logs(R1)
    estate.land()
    return estate


@pytest.mark.parametrize("version", [0, 1])
def test_an_older_warehouse_is_upgraded_by_landing(landed: Estate, version: int) -> None:
    shape = "select table_name, column_name, data_type from duckdb_columns() order by all"
    before = landed.rows(shape)
    aged(landed, version)
    assert landed.rows(shape) != before
    # what was landed then is known now
    assert landed.land().files_landed == 0
    assert landed.rows("select * from raw.warehouse_version") == [(warehouse.WAREHOUSE_VERSION,)]
    assert landed.rows(f"select {', '.join(OFFSETS)} from raw.flow_logs") == [(0, 0, 0)]
    assert landed.rows(shape) == before
    landed.flow_logs(R2, "more/PT1H.json")
    landed.land()
    assert landed.times() == ["01", "02"]


def test_an_upgrade_that_fails_changes_nothing(
    landed: Estate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    aged(landed)
    broken = tmp_path / "schema.sql"
    broken.write_text(warehouse._SCHEMA.read_text() + "select 1 / 'nought';")
    with monkeypatch.context() as patched:
        patched.setattr(warehouse, "_SCHEMA", broken)
        with pytest.raises(duckdb.ConversionException):
            landed.land()
    columns = {name for (name,) in landed.rows("select column_name from duckdb_columns()")}
    assert "record_key" in columns
    assert not columns & {"version", "etag", *OFFSETS}


NEWER = "update raw.warehouse_version set version = version + 1"
OTHERS = [
    "alter table raw.warehouse_version rename column version to edition",
    "create or replace table raw.flow_logs (src varchar, dst varchar)",
    "drop table raw.flow_logs; create view raw.flow_logs as select 1 as src",
    "alter table raw.flow_logs alter record_time type timestamp using record_time::timestamp",
    "alter table raw.flow_logs add column colour varchar",
    "alter table raw.landed_files drop column row_count",
]


@pytest.mark.parametrize(
    ("change", "with_folder"), [(NEWER, False), *((change, True) for change in [NEWER, *OTHERS])]
)
def test_another_warehouse_is_refused_and_left_alone(
    project: Project, landed: Estate, change: str, with_folder: bool
) -> None:
    with duckdb.connect(str(landed.database)) as db:
        db.execute(change)
    landed.flow_logs(R2, "more/PT1H.json")
    before = texts(landed.database.parent)
    folder = ("--raw-dir", landed.raw_dir) if with_folder else ()
    run = project.run("build", *folder, "--database", landed.database)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "flows.duckdb", "another --database")
    assert texts(landed.database.parent) == before


def test_building_upgrades_as_well(
    landed: Estate, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from scripts import cli
    from scripts.dbt_runner import BuildResult

    aged(landed)
    monkeypatch.setattr(cli, "dbt_build", lambda *_, **__: BuildResult())
    monkeypatch.setattr(cli, "corrected_ends", lambda _: 0)
    monkeypatch.setattr(sys, "argv", ["scripts", "build", "--database", str(landed.database)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert (stop.value.code, "Landed" in capsys.readouterr().out) == (0, True)
    assert landed.rows("select max(tuple_offset) from raw.flow_logs") == [(0,)]
