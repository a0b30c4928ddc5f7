"""Runs that break off: a full disk, files that vanish, a kill at any moment."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import dbt_runner
from scripts.database import full_sentence
from scripts.demo import write_demo_estate
from scripts.errors import UserError
from scripts.landing import run, split
from scripts.settings import Settings
from tests.python.conftest import ROOT
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
    assert (report.files_landed, report.files_unchanged) == (1, 0)
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
        estate.land()
        estate.land()
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
