"""Rule 11: what comes late corrects what was said, is on record, and nothing else is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scripts.dbt_runner import BuildResult, dbt_build
from scripts.demo import write_demo_estate
from scripts.errors import UserError
from scripts.landing import land
from scripts.replay.compare import compare
from scripts.retention import forget_flows
from scripts.settings import Settings
from scripts.summary import corrected_ends
from tests.python.conftest import ROOT, Models

# Of the demo: build-1 gave this address up, build-2 took it 34 s later.
REUSED_ADDRESS = "10.10.9.20"
FLOWS_OF_THE_DEMO = 1325


@dataclass
class Estate:
    """The demo, built step by step into one database, and what each step left behind.

    Attributes:
        waiting: files that have not arrived yet.
        results, restatements, times: by the name of the step; times are when its run began.
    """

    settings: Settings
    waiting: Path
    results: dict[str, BuildResult] = field(default_factory=dict)
    restatements: dict[str, list[tuple]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)

    def rows(self, sql: str, *values: Any) -> list[tuple]:
        with duckdb.connect(str(self.settings.database), read_only=True) as db:
            return db.execute(sql, values).fetchall()

    def build(self, step: str, **options: Any) -> None:
        land(self.settings)
        result = dbt_build(self.settings, data_tests=False, **options)
        assert not result.errors, result.errors
        self.results[step] = result
        [(self.times[step],)] = self.rows("select max(started_at) from state.runs")
        self.restatements[step] = self.rows(
            "select flow_end, old_vm_name, old_unmatched_reason, new_vm_name, "
            "new_unmatched_reason, new_evidence from marts.rpt_restatements where restated_at = ?",
            self.times[step],
        )

    def differences(self, models: Models, home: Path) -> dict[str, int]:
        """Differing rows per table between this database and one built from its files at once."""
        home.mkdir()
        assert self.settings.raw_dir is not None
        rebuilt = models.build(self.settings.raw_dir, home)
        found = compare(self.settings.database, rebuilt)
        return {table.table: table.differing for table in found if table.differing}


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Flow logs and snapshots first; the operation logs, which say who came between, later."""
    home = tmp_path_factory.mktemp("restated")
    raw, waiting = home / "raw", home / "waiting"
    write_demo_estate(raw)
    waiting.mkdir()
    shutil.move(raw / "insights-activity-logs", waiting)
    estate = Estate(Settings(home / "estate.duckdb", raw, threads=2), waiting)
    estate.build("without operation logs")
    shutil.move(waiting / "insights-activity-logs", raw)
    estate.build("with operation logs")
    yield estate


def test_late_evidence_ends_where_a_rebuild_ends(
    estate: Estate, models: Models, tmp_path: Path
) -> None:
    assert estate.differences(models, tmp_path / "rebuilt") == {}
    assert estate.rows("select count(*) from marts.fct_flows") == [(FLOWS_OF_THE_DEMO,)]


def test_each_corrected_answer_is_on_record_and_no_other(estate: Estate) -> None:
    assert estate.restatements["without operation logs"] == []
    corrected = estate.restatements["with operation logs"]
    assert corrected and corrected_ends(estate.settings.database) == len(corrected)
    # a machine that no snapshot saw, and a reason that was a better one
    assert any(old is None and new == "build-1" for _, old, _, new, *_ in corrected)
    for _, old_vm, old_reason, new_vm, new_reason, evidence in corrected:
        assert (old_vm, old_reason) != (new_vm, new_reason) or old_vm is not None
        assert (old_vm is None) == (old_reason is not None)
        assert (new_vm is None) == (new_reason is not None)
        assert (new_vm is None) == (evidence is None)
    # the answer on record as the new one is the answer in the table
    assert not estate.rows(
        """
        select flow_id from marts.rpt_restatements inner join marts.fct_flows using (flow_id)
        where new_vm_id is distinct from
            case flow_end when 'source' then src_vm_id else dst_vm_id end
        """
    )


def test_what_was_believed_at_an_earlier_run_about_an_earlier_moment(estate: Estate) -> None:
    question = """
        select vm_name
        from history.nic_ip_window_history
        where nic_ip = $1
            and window_start <= $2 and coalesce(window_end, timestamp '9999-12-31') > $2
            and dbt_valid_from <= $3 and coalesce(dbt_valid_to, timestamp '9999-12-31') > $3
    """
    moment = datetime(2026, 2, 10, 8, 39)
    before = estate.rows(question, REUSED_ADDRESS, moment, estate.times["without operation logs"])
    after = estate.rows(question, REUSED_ADDRESS, moment, estate.times["with operation logs"])
    assert before == []
    assert after == [("build-1",)]


def test_a_build_without_news_resolves_nothing(estate: Estate) -> None:
    before = estate.rows("select * from marts.fct_flows order by all")
    estate.build("nothing new")
    assert estate.rows("select * from intermediate.int_touched_hours") == []
    assert estate.rows("select count(*) from intermediate.int_flow_captures") == [(0,)]
    assert estate.restatements["nothing new"] == []
    assert estate.rows("select * from marts.fct_flows order by all") == before


def test_a_span_is_rebuilt_on_demand_and_nothing_outside_it(estate: Estate) -> None:
    span = "event_at >= '2026-02-10 08:00' and event_at < '2026-02-10 09:00'"
    with duckdb.connect(str(estate.settings.database)) as db:
        db.execute(
            "update marts.fct_flows set src_vm_id = 'nobody', src_vm_name = 'nobody' "
            f"where {span} and src_vm_id is not null"
        )
    estate.build(
        "span",
        variables={"rebuild_from": "2026-02-10 08:00:00", "rebuild_until": "2026-02-10 09:00:00"},
    )
    assert estate.rows("select * from marts.fct_flows where src_vm_id = 'nobody'") == []
    mended = estate.restatements["span"]
    assert mended and all(old == "nobody" != new for _, old, _, new, *_ in mended)
    resolved = estate.rows(f"select count(*), bool_and({span}) from intermediate.int_flow_captures")
    assert resolved == estate.rows(f"select count(*), true from marts.fct_flows where {span}")


def test_a_record_that_its_blob_no_longer_has_is_taken_out(
    estate: Estate, models: Models, tmp_path: Path
) -> None:
    assert estate.settings.raw_dir is not None
    blob = min(estate.settings.raw_dir.rglob("insights-logs-flowlogflowevent/**/PT1H.json"))
    whole = blob.read_bytes()
    records = json.loads(whole)["records"]
    blob.write_text(json.dumps({"records": records[1:]}))
    estate.build("withdrawn")
    [(flows,)] = estate.rows("select count(*) from marts.fct_flows")
    assert flows < FLOWS_OF_THE_DEMO
    assert estate.differences(models, tmp_path / "withdrawn") == {}
    # undone in one run, and gone with the next
    withdrawn = "select count(*) from intermediate.int_flow_tuples where is_withdrawn"
    assert estate.rows(withdrawn) == [(FLOWS_OF_THE_DEMO - flows,)]
    blob.write_bytes(whole)
    estate.build("back")
    assert estate.rows(withdrawn) == [(0,)]
    assert estate.rows("select count(*) from marts.fct_flows") == [(FLOWS_OF_THE_DEMO,)]
    assert estate.differences(models, tmp_path / "back") == {}


def test_other_models_build_everything_anew_and_say_what_that_corrects(estate: Estate) -> None:
    assert estate.results["nothing new"].why_anew is None
    [(spoilt,)] = estate.rows("select count(*) from marts.fct_flows where src_vm_id is not null")
    with duckdb.connect(str(estate.settings.database)) as db:
        db.execute("update state.model_version set version = 'of before'")
        db.execute("update marts.fct_flows set src_vm_id = 'nobody' where src_vm_id is not null")
    estate.build("other models")
    assert estate.results["other models"].why_anew.startswith("The models had changed")
    assert estate.rows("select * from marts.fct_flows where src_vm_id = 'nobody'") == []
    assert len(estate.restatements["other models"]) == spoilt
    assert estate.rows("select * from state.answers_before") == []


def test_a_full_refresh_that_was_broken_off_is_done_again(
    estate: Estate, models: Models, tmp_path: Path
) -> None:
    """It has lost sight of what was withdrawn: the record that its blob no longer has."""
    assert estate.settings.raw_dir is not None
    blob = min(estate.settings.raw_dir.rglob("insights-logs-flowlogflowevent/**/PT1H.json"))
    whole = blob.read_bytes()
    blob.write_text(json.dumps({"records": json.loads(whole)["records"][1:]}))
    land(estate.settings)
    with duckdb.connect(str(estate.settings.database)) as db:
        # as one that ended behind its first models leaves them
        db.execute(
            "insert into state.runs select max(run_no) + 1, now(), null, true from state.runs"
        )
        db.execute(
            "delete from intermediate.int_flow_records "
            "where record_key not in (select record_key from raw.flow_logs)"
        )
    estate.build("again")
    assert estate.results["again"].why_anew.startswith("The last full refresh was not finished")
    assert estate.differences(models, tmp_path / "again") == {}
    blob.write_bytes(whole)
    estate.build("whole again")
    assert estate.results["whole again"].why_anew is None


def test_forgotten_flows_leave_what_they_proved(estate: Estate) -> None:
    """The last of the module: it takes flows out."""
    windows = "select * from intermediate.int_nic_ip_windows order by all"
    kept = """
        select * exclude (loaded_at) from marts.fct_flows
        where flow_id in (select flow_id from intermediate.int_flow_tuples
            where recorded_at >= '2026-02-10 09:30')
        order by all
    """
    before, flows = estate.rows(windows), estate.rows(kept)
    forgotten = forget_flows(estate.settings, datetime(2026, 2, 10, 9, 30))
    assert forgotten.records > 0 and 0 < forgotten.flows < FLOWS_OF_THE_DEMO
    result = dbt_build(estate.settings)
    assert not result.errors
    # conservation: what is left is what was landed and not forgotten
    assert not [gate for gate in result.failed_gates if "landed" in gate.name]
    assert estate.rows("select min(recorded_at) >= '2026-02-10 09:30' from marts.fct_flows") == [
        (True,)
    ]
    assert len(flows) == FLOWS_OF_THE_DEMO - forgotten.flows
    assert estate.rows(windows) == before
    assert estate.rows(kept) == flows
    # the files are known, and are not read again
    assert land(estate.settings).files_landed == 0


def test_what_no_build_has_seen_to_its_end_is_not_forgotten(estate: Estate, tmp_path: Path) -> None:
    write_demo_estate(tmp_path / "raw")
    settings = Settings(tmp_path / "estate.duckdb", tmp_path / "raw")
    land(settings)
    with pytest.raises(UserError, match="run `build` first"):
        forget_flows(settings, datetime(2026, 2, 10, 9, 30))
    with duckdb.connect(str(estate.settings.database)) as db:
        db.execute(
            "insert into state.runs select max(run_no) + 1, now(), null, false from state.runs"
        )
    with pytest.raises(UserError, match="run `build` first"):
        forget_flows(estate.settings, datetime(2026, 2, 10, 9, 30))


SELECTED = [["--select", "tag:takes_up_changes"], ["--exclude", "int_asked_addresses"]]


@pytest.mark.parametrize("selection", SELECTED, ids=["tagged", "all-but-one"])
def test_a_selection_that_resolves_flows_with_what_was_left_is_made_good(
    tmp_path: Path, models: Models, selection: list[str]
) -> None:
    """Flows of half of the files, then the others, by a selection; then a whole build."""
    raw, waiting = tmp_path / "raw", tmp_path / "waiting"
    write_demo_estate(raw)
    waiting.mkdir()
    estate = Estate(Settings(tmp_path / "estate.duckdb", raw, threads=2), waiting)
    later = {file: file.read_bytes() for file in sorted(raw.rglob("*.json"))[::2]}
    for file in later:
        file.unlink()
    estate.build("half")
    for file, content in later.items():
        file.write_bytes(content)
    land(estate.settings)
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--quiet", *selection]
    command += ["--exclude-resource-type", "test", "unit_test", "--profiles-dir", "profiles"]
    command += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    environment = os.environ | {"DATABASE": str(estate.settings.database), "THREADS": "2"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    last = (
        "select completed_at is null, is_full_refresh from state.runs order by run_no desc limit 1"
    )
    assert estate.rows(last) == [(True, True)]

    estate.build("whole")
    assert estate.rows(last) == [(False, True)]
    assert estate.differences(models, tmp_path / "rebuilt") == {}
    assert estate.rows("select count(*) from marts.fct_flows") == [(FLOWS_OF_THE_DEMO,)]
