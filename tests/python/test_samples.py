"""The real files in ../shared/samples, from raw bytes to the mart; never copied in here."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.conftest import BuildResult

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "flow_logs"
NSG, VNET = "insights-logs-networksecuritygroupflowevent", "insights-logs-flowlogflowevent"
FILES = {
    "sumologic_blob_fixtures.json": NSG,
    "azuredocs_nsg_v1_flow-logs-read.json": NSG,
    "sumologic_vnetflowlogs.json": VNET,
    "azuredocs_tutorial_2025_seconds_ts_resourceId_key.json": VNET,
}


@pytest.fixture(scope="module")
def samples(
    build: Callable[..., BuildResult], tmp_path_factory: pytest.TempPathFactory
) -> BuildResult:
    """All samples in one build; without an inventory, so that the match-rate gate fails."""
    if not SAMPLES.is_dir():
        pytest.skip("the public samples in ../shared/samples are not here")
    raw_dir = tmp_path_factory.mktemp("samples")
    for name, container in FILES.items():
        folder = raw_dir / container / Path(name).stem
        folder.mkdir(parents=True)
        shutil.copy(SAMPLES / name, folder / "PT1H.json")
    result = build(raw_dir)
    assert result.exit_code == 1, result.errors
    return result


def of_sample(name: str) -> str:
    return (
        "from marts.fct_flows as flows where split_part(flows.flow_id, ':', 1) in "
        f"(select record_key from raw.flow_logs where file_path like '%/{Path(name).stem}/%')"
    )


def test_nothing_is_rejected(samples: BuildResult) -> None:
    assert samples.rows("select * from raw.rejected_records") == []


def test_the_nsg_v2_sample_gives_its_tuples_by_decision_and_state(samples: BuildResult) -> None:
    counted = samples.rows(
        "select action, flow_state, count(*) "
        + of_sample("sumologic_blob_fixtures.json")
        + " group by all order by all"
    )
    assert counted == [
        ("allowed", "begin", 36),
        ("allowed", "continue", 3),
        ("allowed", "end", 39),
        ("denied", "begin", 75),
    ]


def test_counters_are_null_where_the_nsg_v2_sample_leaves_them_blank(samples: BuildResult) -> None:
    flows = of_sample("sumologic_blob_fixtures.json")
    begun = samples.rows(
        f"select count(bytes_src_to_dst), count(*) {flows} and flow_state = 'begin'"
    )
    assert begun == [(0, 111)]
    others = samples.rows(f"select count(bytes_src_to_dst) {flows} and flow_state <> 'begin'")
    assert others == [(42,)]


def test_repeated_records_count_once_and_identical_tuples_in_a_record_all_count(
    samples: BuildResult,
) -> None:
    flows = of_sample("sumologic_vnetflowlogs.json")
    assert samples.rows(f"select count(*) {flows}") == [(83,)]
    repeated = samples.rows(
        "select count(*) as times "
        + flows
        + " group by split_part(flow_id, ':', 1), event_at, src_ip, src_port, dst_ip, dst_port,"
        " protocol, flow_state, rule_name having count(*) > 1 order by times"
    )
    assert repeated, "identical tuples inside one record must be kept"


def test_the_v4_sample_in_seconds_gets_the_right_time(samples: BuildResult) -> None:
    flows = of_sample("azuredocs_tutorial_2025_seconds_ts_resourceId_key.json")
    [(event_at,)] = samples.rows(f"select strftime(event_at, '%Y-%m-%dT%H:%M:%S') {flows}")
    assert event_at == "2025-08-06T20:39:33"


def test_a_v1_tuple_has_neither_state_nor_counters(samples: BuildResult) -> None:
    flows = of_sample("azuredocs_nsg_v1_flow-logs-read.json")
    [(count, states, counters)] = samples.rows(
        f"select count(*), count(flow_state), count(packets_src_to_dst) {flows}"
    )
    assert count > 0
    assert (states, counters) == (0, 0)
