"""The scorer sees what it is meant to see: a perfect mart scores perfect, each fault its count."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.python.hostile_estate import write_hostile_estate
from tests.python.scorer import Score, score

# A mart made out of the truth itself.
_PERFECT = """
create schema marts;
create table marts.dim_nic_ip_windows (
    vnet_id varchar, nic_ip varchar, nic_id varchar, vm_id varchar, window_start timestamp,
    window_end timestamp, start_evidence varchar, end_evidence varchar
);
create table marts.fct_flows as
select
    row_number() over () as flow_no,
    event_at::timestamp as event_at, log_format, upper(flow_log_id) as flow_log_resource_id,
    capture_mac, capture_nic_id, '/vnet' as vnet_id, src_ip, src_port, dst_ip, dst_port, protocol,
    direction,
    null::varchar as src_nic_id, src_vm_id, src_vm_uuid::varchar as src_vm_uuid, src_vm_name,
    if(src_vm_id is null, null, 'vnet_ip') as src_match_method,
    if(src_vm_id is null, null, 'confirmed') as src_evidence,
    if(src_vm_id is null, 'internet', null) as src_unmatched_reason,
    null::varchar as dst_nic_id, dst_vm_id, dst_vm_uuid::varchar as dst_vm_uuid, dst_vm_name,
    if(dst_vm_id is null, null, 'vnet_ip') as dst_match_method,
    if(dst_vm_id is null, null, 'confirmed') as dst_evidence,
    if(dst_vm_id is null, 'internet', null) as dst_unmatched_reason
from read_json('{truth}', format = 'newline_delimited')
"""


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scored")
    write_hostile_estate(folder / "raw", folder / "truth.jsonl", seed=5, hours=8, density=0.3)
    return folder / "truth.jsonl"


def scored(tmp_path: Path, truth: Path, *faults: str) -> Score:
    """The score of a perfect mart after some SQL was done to it."""
    database = tmp_path / "mart.duckdb"
    with duckdb.connect(str(database)) as db:
        for statement in (*_PERFECT.format(truth=truth).split(";"), *faults):
            db.execute(statement).fetchall()
    return score(database, truth)


def test_the_truth_itself_is_perfect(tmp_path: Path, truth: Path) -> None:
    result = scored(tmp_path, truth)
    assert result.is_perfect, f"\n{result}"
    assert result.right > 0
    assert result.unknown_uuid == 0


@pytest.mark.parametrize(
    ("change", "where", "counts"),
    [
        ("src_vm_id = '/another'", "src_vm_id is not null", {"wrong": 1, "wrong_confirmed": 1}),
        (
            "src_vm_id = '/another', src_evidence = 'open'",
            "src_vm_id is not null",
            {"wrong": 1, "wrong_confirmed": 0},
        ),
        (
            "dst_vm_id = null, dst_unmatched_reason = 'never_seen'",
            "dst_vm_id is not null",
            {"missing": 1, "no_reason": 0},
        ),
        ("dst_vm_id = '/some'", "dst_vm_id is null", {"spurious": 1, "wrong_confirmed": 0}),
        ("src_vm_uuid = 'other'", "src_vm_id is not null", {"wrong_uuid": 1, "wrong": 0}),
        ("src_vm_uuid = null", "src_vm_id is not null", {"unknown_uuid": 1, "wrong_uuid": 0}),
        ("dst_unmatched_reason = null", "dst_vm_id is null", {"no_reason": 1}),
        ("capture_nic_id = '/other'", "true", {"wrong_capture": 1}),
        ("src_port = 1", "true", {"lost": 1, "doubled": 1}),
    ],
)
def test_each_fault_is_counted(
    tmp_path: Path, truth: Path, change: str, where: str, counts: dict[str, int]
) -> None:
    one = f"select min(flow_no) from marts.fct_flows where {where}"
    result = scored(tmp_path, truth, f"update marts.fct_flows set {change} where flow_no = ({one})")
    assert {name: getattr(result, name) for name in counts} == counts
    assert result.is_perfect is ("unknown_uuid" in counts)
    assert str(result)


def test_a_doubled_row_is_not_hidden_by_its_twin(tmp_path: Path, truth: Path) -> None:
    again = "insert into marts.fct_flows select * from marts.fct_flows where flow_no = 7"
    assert scored(tmp_path, truth, again).doubled == 1
