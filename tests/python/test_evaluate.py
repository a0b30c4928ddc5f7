"""Answers held against the truth of simulated estates, with nothing lost and with much lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.evaluate.score import Score, score
from scripts.simulate import Dials, write_estate
from tests.python.conftest import Models

SMALL = {"hours": 8, "machines": 30, "flows": 800}


def evaluated(models: Models, home: Path, **dials: object) -> Score:
    home.mkdir(parents=True, exist_ok=True)
    tuples = write_estate(Dials(**SMALL, **dials), home / "raw", home / "truth.parquet")
    database = models.build(home / "raw", home)
    got = score(database, home / "truth.parquet", ["ours"])["ours"]
    assert got.lost == 0 and got.doubled == 0 and got.ends == 2 * tuples
    return got


@pytest.mark.parametrize("seed", [11, 12])
def test_complete_logs_are_answered_in_full(models: Models, tmp_path: Path, seed: int) -> None:
    got = evaluated(models, tmp_path, seed=seed)
    assert (got.wrong, got.spurious, got.abstained) == (0, 0, 0)
    assert (got.wrong_uuid, got.untrue_reasons, got.wrong_confirmed) == (0, 0, 0)


@pytest.mark.parametrize(
    "dials",
    [
        {"lost_writes": 0.1, "lost_deletes": 0.1},
        {"lost_writes": 0.5, "lost_deletes": 0.5},
        {"lost_deletes": 1.0, "flagged_firewall": False},
        {"operations": False, "snapshot_hours": 1},
        {"failing_snapshots": 0.5, "missing_macs": 0.5, "lost_writes": 0.2},
    ],
    ids=["tenth-lost", "half-lost", "no-deletes", "collector-alone", "failing-snapshots"],
)
def test_loss_never_makes_a_wrong_answer_confirmed_nor_a_reason_untrue(
    models: Models, tmp_path: Path, dials: dict[str, object]
) -> None:
    got = evaluated(models, tmp_path, seed=12, **dials)
    assert (got.wrong_confirmed, got.wrong_uuid, got.untrue_reasons) == (0, 0, 0)
    assert got.wrong <= 0.01 * got.ends
