"""The whole way, against estates whose truth is known: raw files in, every end right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.hostile_estate import write_hostile_estate
from tests.python.scorer import score

PROJECT = Path(__file__).resolve().parents[2]


def build(raw_dir: Path, database: Path) -> subprocess.CompletedProcess[str]:
    """Run the user's own command on a folder. Returns what it printed and its exit code."""
    command = [sys.executable, "-m", "scripts", "build"]
    command += ["--raw-dir", str(raw_dir), "--database", str(database)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("seed", "mac_in_events"),
    [(1, True), (2, True), (3, True), (4, False)],
    ids=["seed-1", "seed-2", "seed-3", "no-mac-in-any-event"],
)
def test_every_end_of_a_hostile_estate_is_right(
    tmp_path: Path, seed: int, mac_in_events: bool
) -> None:
    raw_dir, truth, database = tmp_path / "raw", tmp_path / "truth.jsonl", tmp_path / "x.duckdb"
    write_hostile_estate(raw_dir, truth, seed=seed, mac_in_events=mac_in_events)

    built = build(raw_dir, database)
    assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-4000:]

    result = score(database, truth)
    assert result.is_perfect, f"\n{result}"
