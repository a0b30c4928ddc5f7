"""The test estates are what they say: valid files, one truth, the same bytes each time."""

from __future__ import annotations

import filecmp
import json
from collections import Counter
from pathlib import Path

import pytest

from scripts.azure_files import canonical_ip, epoch_ms
from scripts.demo import write_demo_estate
from tests.python.hostile_estate import GARBAGE, write_hostile_estate
from tests.python.hostile_scenarios import LABELS, build_estate, check_truth

FIELDS = {"1": 8, "2": 13, "4": 13}


def records_of(folder: Path) -> list[dict]:
    """Every flow-log record below a folder, whole-record repeats counted once."""
    unique: dict[str, dict] = {}
    for path in sorted(folder.glob("insights-logs-*/**/PT1H.json")):
        for record in json.loads(path.read_text())["records"]:
            unique[json.dumps(record, sort_keys=True)] = record
    return list(unique.values())


def tuples_of(record: dict) -> list[tuple[str, list[str]]]:
    """(version, fields) of each tuple in a record of any format."""
    if "flowRecords" in record:
        groups = [g for flow in record["flowRecords"]["flows"] for g in flow["flowGroups"]]
        return [("4", text.split(",")) for group in groups for text in group["flowTuples"]]
    properties = record["properties"]
    groups = [g for flow in properties["flows"] for g in flow["flows"]]
    version = str(properties["Version"])
    return [(version, text.split(",")) for group in groups for text in group["flowTuples"]]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict]]:
    folder = tmp_path_factory.mktemp("hostile")
    write_hostile_estate(folder / "raw", folder / "truth.jsonl", seed=1)
    lines = (folder / "truth.jsonl").read_text().splitlines()
    return folder / "raw", [json.loads(line) for line in lines]


@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize("mac_in_events", [True, False])
def test_no_two_nics_hold_one_address_of_a_vnet_at_once(seed: int, mac_in_events: bool) -> None:
    check_truth(build_estate(seed=seed, mac_in_events=mac_in_events))


def test_the_truth_names_each_tuple_that_was_written(hostile: tuple[Path, list[dict]]) -> None:
    raw, truth = hostile
    garbage = {tuple(text.split(",")) for text in GARBAGE}
    written: Counter[tuple] = Counter()
    for record in records_of(raw):
        for version, fields in tuples_of(record):
            if tuple(fields) in garbage:
                continue
            assert len(fields) == FIELDS[version], fields
            at = int(fields[0]) * (1 if version == "4" else 1000)
            protocol = {"T": 6, "U": 17}.get(fields[5]) or int(fields[5])
            ends = (canonical_ip(fields[1]), canonical_ip(fields[2]), *map(int, fields[3:5]))
            written[version, at, *ends, protocol, fields[6]] += 1
    version_of = {"nsg_v1": "1", "nsg_v2": "2", "vnet_v4": "4"}
    named = Counter(
        (
            version_of[line["log_format"]],
            epoch_ms(line["event_at"]),
            line["src_ip"],
            line["dst_ip"],
            line["src_port"],
            line["dst_port"],
            line["protocol"],
            line["direction"][0].upper(),
        )
        for line in truth
    )
    assert written == named


def test_every_scenario_is_seen_by_some_flow(hostile: tuple[Path, list[dict]]) -> None:
    _, truth = hostile
    seen = {line[f"{side}_kind"] for line in truth for side in ("src", "dst")}
    assert seen == set(LABELS)


def test_every_inventory_and_every_event_but_the_torn_one_is_json(
    hostile: tuple[Path, list[dict]],
) -> None:
    raw, _ = hostile
    broken = []
    for path in sorted(
        [*raw.glob("collect/**/*.json*"), *raw.glob("insights-activity*/**/*.json")]
    ):
        text = path.read_text()
        try:
            json.loads(text)
        except json.JSONDecodeError:
            try:
                for line in text.splitlines():
                    json.loads(line)
            except json.JSONDecodeError:
                broken.append(path.name)
    assert broken == ["broken.json"]


def test_without_macs_no_nic_names_a_mac_or_a_vm(tmp_path: Path) -> None:
    write_hostile_estate(tmp_path / "raw", tmp_path / "truth.jsonl", seed=1, mac_in_events=False)
    for folder in ("collect/network_interfaces", "insights-activity-logs"):
        for path in (tmp_path / "raw" / folder).rglob("*.json*"):
            text = path.read_text()
            assert "macAddress" not in text, path
            assert '"virtualMachine\\"' not in text, path
            assert '"virtualMachine"' not in text, path


def test_the_demo_is_small_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_demo_estate(first)
    write_demo_estate(second)
    files = [path.relative_to(first) for path in sorted(first.rglob("*")) if path.is_file()]
    _, different, missing = filecmp.cmpfiles(first, second, files, shallow=False)
    assert (different, missing) == ([], [])
    assert len(files) < 60
    torn = []
    for path in first.glob("insights-logs-*/**/PT1H.json"):
        try:
            json.loads(path.read_text())
        except json.JSONDecodeError:
            torn.append(path)
    assert len(torn) == 1
