"""Runs that break off: a full disk, files that vanish, a kill at any moment."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import dbt_runner
from scripts.database import full_sentence
from scripts.demo import write_demo_estate
from scripts.errors import UserError
from scripts.landing import run, split
from scripts.paths import LOGS, working_name
from scripts.render import landing_sentence
from scripts.replay.compare import compare
from scripts.settings import Settings
from tests.python.conftest import ROOT, BuildResult, Project
from tests.python.test_cli import assert_one_sentence
from tests.python.test_landing import R1, R2, R3, Estate


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


# --- files that cannot be read ---------------------------------------------------------------


def nic_lines(*names: str) -> str:
    rows = ({"id": f"/{name}", "recorded_at": "2026-03-01T00:00:00Z"} for name in names)
    return "\n".join(map(json.dumps, rows))


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch):
    """``listing(change)``: call `change` once, when the folder is listed and nothing is read."""

    def hook(change) -> None:
        list_files = run._list_files

        def changed(*arguments):
            counts = list_files(*arguments)
            monkeypatch.setattr(run, "_list_files", list_files)
            change()
            return counts

        monkeypatch.setattr(run, "_list_files", changed)

    return hook


@pytest.mark.parametrize("bulk_bytes", [run.BULK_FILE_BYTES, 0])
def test_a_file_that_vanishes_before_it_is_read_keeps_what_it_gave(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, listing, bulk_bytes: int
) -> None:
    monkeypatch.setattr(run, "BULK_FILE_BYTES", bulk_bytes)
    gone = estate.flow_logs(f"{R1}\n{{torn", "a/PT1H.json")
    nics = estate.nics(nic_lines("n1"))
    estate.land()
    before = estate.dump()
    estate.flow_logs(f"{R1}\n{R2}", "a/PT1H.json")
    estate.nics(nic_lines("n1", "n2"))
    estate.flow_logs(R3, "b/PT1H.json")
    listing(lambda: (gone.unlink(), nics.unlink()))
    report = estate.land()
    assert (report.files_landed, report.files_unchanged, report.files_unread) == (1, 0, 2)
    assert "2 not to be read now" in landing_sentence(report)
    assert estate.times() == ["01", "03"]
    assert estate.dump()["network_interfaces"] == before["network_interfaces"]
    assert estate.dump()["rejected_records"] == before["rejected_records"]
    # and when it is back, it is read
    estate.flow_logs(f"{R1}\n{R2}", "a/PT1H.json")
    estate.land()
    assert estate.times() == ["01", "02", "03"]
    assert estate.reasons() == []


def test_a_file_that_may_not_be_read_keeps_what_it_gave_and_is_reported_once(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: str, *rest):
        if "/nics.json" in path:
            raise PermissionError(13, "Permission denied")
        return split.split(path, *rest)

    estate.nics(nic_lines("n1"))
    estate.land()
    before = estate.dump()["network_interfaces"]
    estate.nics(nic_lines("n1", "n2"))
    estate.nics(nic_lines("n3"), "others.json")
    with monkeypatch.context() as patched:
        patched.setattr(run, "split", denied)
        for _ in range(2):
            report = estate.land()
            assert report.files_unread == report.rejected["network_interfaces"] == 1
        assert estate.reasons() == ["the file cannot be read: Permission denied"]
        kept = "select * from raw.network_interfaces where file_path like '%/nics.json'"
        assert estate.rows(kept) == before
        assert estate.rows("select count(*) from raw.network_interfaces") == [(2,)]
    estate.land()
    assert estate.reasons() == []
    assert estate.rows("select count(*) from raw.network_interfaces") == [(3,)]


def test_a_file_that_grows_while_it_is_read_is_read_again(estate: Estate, listing) -> None:
    file = estate.flow_logs(R1)
    listing(lambda: file.write_text(f"{R1}\n{R2}"))
    estate.land()
    estate.land()
    assert estate.times() == ["01", "02"]


# --- a full disk -----------------------------------------------------------------------------


def run_limited(file_bytes: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line, no file of which may grow beyond a size: what a full disk looks like."""
    return subprocess.run(
        [sys.executable, "-m", "scripts", *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes)),
    )


@pytest.mark.parametrize("file_bytes", [1_000, 100_000, 280_000, 400_000])
def test_landing_on_a_full_disk_is_one_sentence_and_the_next_run_completes(
    tmp_path: Path, file_bytes: int
) -> None:
    full, whole = Estate(tmp_path), Estate(tmp_path)
    whole.database = tmp_path / "whole.duckdb"
    write_demo_estate(full.raw_dir)
    done = run_limited(file_bytes, "land", full.raw_dir, "--database", full.database)
    assert done.returncode == 2, done.stderr
    assert_one_sentence(done.stderr, "disk is full", "run the same command again")
    full.land()
    whole.land()
    assert full.dump(without="loaded_at") == whole.dump(without="loaded_at")


def test_no_room_for_what_landing_cuts_is_no_damage_of_the_file(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.nics(nic_lines("n1"))

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(run._Pieces, "add", full)
        with pytest.raises(OSError, match="No space left") as error:
            estate.land()
    assert full_sentence(str(error.value))
    assert estate.rows("select * from raw.landed_files") == []
    estate.land()
    assert estate.rows("select count(*) from raw.network_interfaces") == [(1,)]


def test_a_full_disk_under_dbt_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint = "[Errno 28] No space left on device: 'target/manifest.json'"
    monkeypatch.setattr(dbt_runner, "_run", lambda *_: [complaint])
    with pytest.raises(UserError, match="disk is full"):
        dbt_runner.dbt_build(Settings(tmp_path / "flows.duckdb"))


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("[Errno 28] No space left on device: '/data/x'", "No space left on device: '/data/x'"),
        (
            "Runtime Error in model x TransactionContext Error: Failed to commit: Could not write "
            'file "/d/f.duckdb.wal": No space left on device.',
            'Could not write file "/d/f.duckdb.wal": No space left on device',
        ),
        (
            "Out of Memory Error: failed to offload data block of size 256.0 KiB (1.0 MiB/1.0 MiB "
            "used).\nThis limit was set by the 'max_temp_directory_size' setting.",
            "temporary files beside the database",
        ),
        ("Binder Error: no such column", None),
    ],
)
def test_a_full_disk_is_known_by_its_words(message: str, why: str | None) -> None:
    sentence = full_sentence(message)
    assert (sentence is None) == (why is None)
    assert why is None or why in sentence


# --- killed ----------------------------------------------------------------------------------

# `KILLS=50 … pytest tests/python/test_faults.py -k many` kills so many runs more, which takes a
# quarter of an hour.
FILE_TIME = 1_770_800_000
KILLS = int(os.environ.get("KILLS", "0"))
LAND = (
    "import sys; from pathlib import Path\n"
    "from scripts.landing import land, run; from scripts.settings import Settings\n"
    # many small transactions
    "run.BATCH_FILES = 3\n"
    "settings = Settings(Path(sys.argv[1]), Path(sys.argv[2]), threads=2)\n"
    "print('ready', flush=True); land(settings)"
)


def start(*command: str | Path) -> subprocess.Popen[str]:
    """A process of a group of its own, so that what it starts can be killed with it."""
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def start_build(raw_dir: Path, database: Path) -> subprocess.Popen[str]:
    folders = ("--raw-dir", raw_dir, "--database", database)
    return start("-m", "scripts", "build", *folders, "--threads", "2")


def kill(process: subprocess.Popen[str]) -> bool:
    """Kill a process with all that it started; whether it was still running."""
    was_running = process.poll() is None
    if was_running:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return was_running


def kill_when_built(raw_dir: Path, database: Path, nodes: int) -> bool:
    """Kill a build as soon as dbt has finished so many nodes; whether it was still running."""
    log = LOGS / working_name(database) / "dbt.log"
    log.unlink(missing_ok=True)
    process = start_build(raw_dir, database)
    while process.poll() is None:
        if log.exists() and log.read_text(errors="replace").count('"NodeFinished"') >= nodes:
            break
        time.sleep(0.05)
    return kill(process)


def test_landing_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    whole = Estate(tmp_path)
    whole.database = tmp_path / "whole.duckdb"
    write_demo_estate(whole.raw_dir)
    started = time.monotonic()
    whole.land()
    duration = 3 * (time.monotonic() - started)  # in small transactions it takes longer
    expected = whole.dump(without="loaded_at")
    killed = tried = 0
    while killed < max(KILLS, 4):
        broken = Estate(tmp_path)
        broken.database = tmp_path / f"{tried}.duckdb"
        process = start("-c", LAND, broken.database, broken.raw_dir)
        process.stdout.readline()
        # spread over the landing, with chance within each part
        time.sleep(duration * (tried % 6 + random.random()) / 6)
        if kill(process):
            killed += 1
        else:
            # it was done before: how long it takes hangs on what else the machine does
            duration *= 0.7
        tried += 1
        broken.land()
        assert broken.dump(without="loaded_at") == expected


class TwoLoads:
    """The demo's files, in two loads: first a part of each, and some not at all; then all."""

    def __init__(self, folder: Path) -> None:
        self.raw_dir = folder / "raw"
        write_demo_estate(self.raw_dir)
        files = sorted(file for file in self.raw_dir.rglob("*") if file.is_file())
        self._whole = {file: file.read_bytes() for file in files}

    def load(self, number: int) -> None:
        """Lay out the files of the first or the second load, the same each time."""
        for place, (file, content) in enumerate(self._whole.items()):
            thirds = 3 if number == 2 else place % 4
            if thirds == 0:
                file.unlink(missing_ok=True)
                continue
            if thirds < 3 or not file.exists() or file.stat().st_size != len(content):
                file.write_bytes(content[: len(content) * thirds // 3])
            os.utime(file, (FILE_TIME + number, FILE_TIME + number))


def differing(one: Path, other: Path) -> dict[str, int]:
    """Table, raw ones and reports among them → rows that one database has and the other has not."""
    found = compare(one, other, with_raw=True)
    return {table.table: table.differing for table in found if table.differing}


def test_a_build_killed_in_two_loads_is_the_undisturbed_one(
    project: Project, demo: BuildResult, tmp_path: Path
) -> None:
    loads, database = TwoLoads(tmp_path), tmp_path / "flows.duckdb"
    loads.load(1)
    process = start_build(loads.raw_dir, database)
    while not database.exists():
        time.sleep(0.005)
    assert kill(process)
    assert kill_when_built(loads.raw_dir, database, random.randint(40, 70))
    loads.load(2)
    assert kill_when_built(loads.raw_dir, database, random.randint(1, 8))
    assert kill_when_built(loads.raw_dir, database, random.randint(10, 40))
    run = project.build(loads.raw_dir, database=database)
    assert run.exit_code == 0, run.errors
    assert differing(database, demo.database) == {}


@pytest.mark.skipif(not KILLS, reason="takes a quarter of an hour: KILLS=50 asks for it")
def test_builds_killed_many_times_are_the_undisturbed_one(project: Project, tmp_path: Path) -> None:
    loads = TwoLoads(tmp_path)
    undisturbed, first = tmp_path / "undisturbed.duckdb", tmp_path / "first.duckdb"
    durations = []
    for number in (1, 2):
        loads.load(number)
        started = time.monotonic()
        run = project.build(loads.raw_dir, database=undisturbed)
        assert run.exit_code in (0, 1), run.errors
        durations.append(time.monotonic() - started)
        if number == 1:
            shutil.copy(undisturbed, first)
    database = tmp_path / "flows.duckdb"
    killed = 0
    while killed < KILLS:
        # every other time also the first load is disturbed, and so never ran to its end alone
        database.unlink(missing_ok=True)
        database.with_name("flows.duckdb.wal").unlink(missing_ok=True)
        if killed % 2:
            shutil.copy(first, database)
        else:
            loads.load(1)
            killed += killed_at_random(loads.raw_dir, database, durations[0])
        loads.load(2)
        for _ in range(random.randint(1, 2)):
            killed += killed_at_random(loads.raw_dir, database, durations[1])
        run = project.build(loads.raw_dir, database=database)
        assert run.exit_code == 0, run.errors
        assert differing(database, undisturbed) == {}
        print(f"{killed} killed", flush=True)


def killed_at_random(raw_dir: Path, database: Path, duration: float) -> bool:
    """Kill a build after some of its seconds; whether it was still running."""
    process = start_build(raw_dir, database)
    # a build lands in its first second, and has a moment of its own for that every third time
    time.sleep(random.choice((random.uniform(0.3, 1.2), *[random.uniform(0, duration)] * 2)))
    return kill(process)
