"""What must not depend on how the same evidence arrives, checked on whole builds."""

from __future__ import annotations

import json
import random
import re
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.evaluate.score import score
from scripts.simulate import Dials, write_estate
from tests.python.conftest import Models

DIALS = Dials(seed=21, hours=5, machines=24, flows=250, late=0)
ANSWERS = """
    select event_at::varchar, log_format, capture_mac, direction,
        src_ip, src_port, dst_ip, dst_port,
        capture_nic_id, src_nic_id, src_vm_id, src_vm_uuid, src_match_method, src_evidence,
        src_unmatched_reason, dst_nic_id, dst_vm_id, dst_vm_uuid, dst_match_method, dst_evidence,
        dst_unmatched_reason
    from marts.fct_flows order by all
"""
# A build takes seconds: few examples, other ones in every run of CI.
FEW = settings(
    max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


class Estate:
    """A small estate on disk, and what was answered about it."""

    def __init__(self, models: Models, home: Path) -> None:
        self.models = models
        self.home = home
        self.truth = home / "truth.parquet"
        write_estate(DIALS, home / "raw", self.truth)
        self.operations = sorted(
            file.relative_to(home / "raw")
            for file in (home / "raw" / "insights-activity-logs").rglob("*.json")
        )
        self.answers = answers(models.build(home / "raw", home))


OVERLAPS = """
    select count(*) from (
        select window_start < lag(coalesce(window_end, '9999-12-31')) over (
            partition by vnet_id, nic_ip order by window_start
        ) as is_overlap
        from marts.dim_nic_ip_windows
    ) where is_overlap
"""


def answers(database: Path) -> list[tuple]:
    """The answers of a built database, whose windows must not overlap whatever came in."""
    with duckdb.connect(str(database), read_only=True) as db:
        assert db.execute(OVERLAPS).fetchone() == (0,)
        return db.execute(ANSWERS).fetchall()


def copied(estate: Estate, target: Path) -> Path:
    for file in (estate.home / "raw").rglob("*"):
        if file.is_file():
            place = target / file.relative_to(estate.home / "raw")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())
    return target


@pytest.fixture(scope="module")
def estate(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return Estate(models, tmp_path_factory.mktemp("estate"))


@FEW
@given(seed=st.integers(0, 10_000))
def test_order_splitting_and_repetition_of_events_change_nothing(
    estate: Estate, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = random.Random(seed)
    raw = copied(estate, tmp_path_factory.mktemp("shuffled") / "raw")
    for path in estate.operations:
        lines = (raw / path).read_text().splitlines(keepends=True)
        lines += rng.sample(lines, len(lines) // 4)
        rng.shuffle(lines)
        cut = rng.randint(0, len(lines))
        (raw / path).write_text("".join(lines[:cut]))
        (raw / path).with_name("PT1H_2.json").write_text("".join(lines[cut:]))
    assert answers(estate.models.build(raw, raw.parent)) == estate.answers


@FEW
@given(days=st.integers(-400, 400), seconds=st.integers(0, 59))
def test_shifting_all_times_shifts_the_answers(
    estate: Estate, tmp_path_factory: pytest.TempPathFactory, days: int, seconds: int
) -> None:
    shift = timedelta(days=days, seconds=seconds)
    raw = copied(estate, tmp_path_factory.mktemp("shifted") / "raw")
    for file in (f for f in raw.rglob("*") if f.is_file()):
        file.write_text(_shifted(file.read_text(), shift))
    shifted = answers(estate.models.build(raw, raw.parent))
    back = [(str(datetime.fromisoformat(row[0]) - shift), *row[1:]) for row in shifted]
    plain = [(str(datetime.fromisoformat(row[0])), *row[1:]) for row in estate.answers]
    assert sorted(back, key=str) == sorted(plain, key=str)


def _shifted(text: str, shift: timedelta) -> str:
    """All times of a file, ISO or epoch, moved by whole seconds."""

    def iso(match: re.Match[str]) -> str:
        moved = datetime.fromisoformat(match[1]) + shift
        return moved.isoformat(timespec="seconds") + match[2]

    def epoch(match: re.Match[str]) -> str:
        unit = 1000 if len(match[1]) == 13 else 1
        return f'"{int(match[1]) + int(shift.total_seconds()) * unit},'

    text = re.sub(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+Z)", iso, text)
    return re.sub(r'"(\d{10}|\d{13}),', epoch, text)


@FEW
@given(draw=st.floats(0, 1, exclude_max=True))
def test_an_event_that_is_missing_never_confirms_a_wrong_answer(
    estate: Estate, tmp_path_factory: pytest.TempPathFactory, draw: float
) -> None:
    raw = copied(estate, tmp_path_factory.mktemp("missing") / "raw")
    events = [
        (path, number, json.loads(line)["correlationId"])
        for path in estate.operations
        for number, line in enumerate((raw / path).read_text().splitlines())
    ]
    gone = events[int(draw * len(events))][2]
    for path in estate.operations:
        lines = (raw / path).read_text().splitlines(keepends=True)
        (raw / path).write_text("".join(line for line in lines if gone not in line))
    database = estate.models.build(raw, raw.parent)
    assert len(answers(database)) == len(estate.answers)
    got = score(database, estate.truth, ["ours"])["ours"]
    assert (got.wrong_confirmed, got.wrong_uuid) == (0, 0)
