"""The whole way, against estates whose truth is known: raw files in, every end right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.conftest import BuildResult, Models
from tests.python.hostile_estate import write_hostile_estate
from tests.python.scorer import score


def test_every_end_of_a_hostile_estate_is_right_for_a_user(
    build: Callable[..., BuildResult], tmp_path: Path
) -> None:
    write_hostile_estate(tmp_path / "raw", tmp_path / "truth.jsonl", seed=1)
    built = build(tmp_path / "raw")
    assert built.exit_code == 0, built.output[-4000:] + built.errors[-4000:]
    result = score(built.database, tmp_path / "truth.jsonl")
    assert result.is_perfect, f"\n{result}"


@pytest.mark.parametrize(
    ("seed", "mac_in_events"),
    [(2, True), (3, True), (4, False)],
    ids=["seed-2", "seed-3", "no-mac-in-any-event"],
)
def test_every_end_of_a_hostile_estate_is_right(
    models: Models, tmp_path: Path, seed: int, mac_in_events: bool
) -> None:
    raw_dir, truth = tmp_path / "raw", tmp_path / "truth.jsonl"
    write_hostile_estate(raw_dir, truth, seed=seed, mac_in_events=mac_in_events)
    result = score(models.build(raw_dir, tmp_path), truth)
    assert result.is_perfect, f"\n{result}"
