"""Each gate does fail: the demo's tables are damaged in a copy, and dbt must say so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from scripts.demo import write_demo_estate
from tests.python.conftest import ROOT, BuildResult

REJECT = (
    "insert into raw.rejected_records (raw_table, file_path, reason, file_modified_at, loaded_at)"
)
# gate → statements that violate it, and nothing else that it guards
DAMAGE = {
    "match_rate_of_captured_ends": [
        "update marts.rpt_match_rates set matched_captured = floor(judged_flows * 0.99)",
        "update marts.rpt_match_rates set judged_flows = 0, matched_captured = 0",
        "delete from marts.rpt_match_rates",
    ],
    "dim_nic_ip_windows__do_not_overlap": [
        "update marts.dim_nic_ip_windows set window_end = null where nic_ip = '10.10.9.20'",
    ],
    "dim_nic_ip_windows__start_before_end": [
        "update marts.dim_nic_ip_windows set window_end = window_start where nic_ip = '10.30.1.4'",
    ],
    "flows_equal_landed_tuples": [
        "delete from marts.fct_flows where flow_id = (select min(flow_id) from marts.fct_flows)",
        "insert into marts.fct_flows select * from marts.fct_flows limit 1",
        "update marts.fct_flows set bytes_dst_to_src = bytes_dst_to_src + 1"
        " where bytes_dst_to_src is not null",
        "update marts.fct_flows set packets_src_to_dst = 0 where packets_src_to_dst > 0",
    ],
    "fct_flows__every_end_has_a_vm_or_a_reason": [
        "update marts.fct_flows set src_evidence = null where src_vm_id is not null",
        "update marts.fct_flows set dst_unmatched_reason = 'pending' where dst_vm_id is not null",
        "update marts.fct_flows set dst_unmatched_reason = null",
        "update marts.fct_flows set src_candidates = 2 where src_vm_id is not null",
    ],
    "disagreement_of_routes": [
        "update marts.rpt_disagreement set disagreeing_flows = compared_flows",
        "update marts.rpt_disagreement set disagreeing_flows = ceil(0.02 * compared_flows)",
    ],
    "detection_thresholds_are_set": [
        "insert into reference.detection_thresholds select * from reference.detection_thresholds",
        "update reference.detection_thresholds set egress_factor = null",
        "update reference.detection_thresholds set fan_out_minutes = 0",
        "delete from reference.detection_thresholds",
    ],
    "files_could_be_loaded": [
        f"{REJECT} select 'flow_logs', 'a', 'the file cannot be loaded: too long', now(), now()",
    ],
    "containers_could_be_read": [
        # one that has given a file
        f"{REJECT} select raw_table, left(file_path, 5), 'the container cannot be read: gone',"
        " now(), now() from raw.landed_files limit 1",
    ],
    "unique_fct_flows_flow_id": [
        "update marts.fct_flows set flow_id = (select min(flow_id) from marts.fct_flows)",
    ],
}


def failed_gates(database: Path, scratch: Path) -> set[str]:
    """Names of the data tests of error severity that fail on a database."""
    target = scratch / "target"
    command = [str(Path(sys.executable).with_name("dbt")), "test", "--quiet"]
    command += ["--profiles-dir", "profiles", "--target-path", str(target)]
    command += ["--log-path", str(scratch / "logs"), "--select", *DAMAGE]
    environment = os.environ | {"DATABASE": str(database)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    results = json.loads((target / "run_results.json").read_text())["results"]
    assert results, "no gate was selected"
    failed = {r["unique_id"].split(".")[2] for r in results if r["status"] == "fail"}
    # what makes `dbt build` fail in CI
    assert (done.returncode != 0) == bool(failed)
    return failed


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gates")


def test_every_gate_passes_on_the_demo(demo: BuildResult, scratch: Path) -> None:
    assert failed_gates(demo.database, scratch) == set()


@pytest.mark.parametrize("turn", range(max(map(len, DAMAGE.values()))))
def test_every_gate_fails_on_what_it_guards(demo: BuildResult, scratch: Path, turn: int) -> None:
    """One dbt run per turn, which damages what each gate guards in its turn-th way."""
    chosen = {gate: todo[turn] for gate, todo in DAMAGE.items() if turn < len(todo)}
    damaged = scratch / f"damaged-{turn}.duckdb"
    shutil.copy(demo.database, damaged)
    with duckdb.connect(str(damaged)) as connection:
        for statement in chosen.values():
            connection.execute(statement)
    missed = {gate: chosen[gate] for gate in set(chosen) - failed_gates(damaged, scratch)}
    assert not missed


def test_an_estate_without_inventory_fails_the_build_and_shows_the_summary(
    build: Callable[..., BuildResult], tmp_path: Path
) -> None:
    write_demo_estate(tmp_path)
    shutil.rmtree(tmp_path / "collect")
    shutil.rmtree(tmp_path / "insights-activity-logs")
    result = build(tmp_path)
    assert result.exit_code == 1
    assert "Gate failed: match_rate_of_captured_ends" in result.errors
    assert "outside_collection" in result.output


def test_old_flows_are_not_judged_again(demo: BuildResult, scratch: Path) -> None:
    """A bad rate of flows landed before `gate_hours` passes; the same rate now does not."""
    aged = scratch / "aged.duckdb"
    shutil.copy(demo.database, aged)
    with duckdb.connect(str(aged)) as connection:
        connection.execute(
            "insert into marts.rpt_match_rates select * replace ("
            "loaded_hour - interval 30 day as loaded_hour, 0 as matched_captured) "
            "from marts.rpt_match_rates"
        )
    assert "match_rate_of_captured_ends" not in failed_gates(aged, scratch)
