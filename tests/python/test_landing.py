"""Landing: shapes, torn and bad input, grown blobs, and that landing again changes nothing."""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.errors import UserError
from scripts.landing import LandingReport, land, run, split
from scripts.settings import Settings
from scripts.summary import summarise
from tests.python.conftest import Models

LOG = "/SUBSCRIPTIONS/S1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/W/FLOWLOGS/F"
TUPLE = "1733975962447,10.1.0.4,40.119.6.228,123,123,17,O,C,NX,4,360,4,528"
RAW_TABLES = (
    "flow_logs",
    "operation_logs",
    "network_interfaces",
    "virtual_machines",
    "virtual_networks",
    "rejected_records",
    "landed_files",
)


def record(minute: int, *tuples: str) -> dict[str, Any]:
    """A VNet flow-log record; `minute` makes it another one."""
    group = {"rule": "r", "flowTuples": list(tuples) or [TUPLE]}
    return {
        "time": f"2024-12-12T04:{minute:02d}:24.7770000Z",
        "flowLogVersion": 4,
        "macAddress": "000D3AA1020F",
        "flowLogResourceID": LOG,
        "flowRecords": {"flows": [{"aclID": "a", "flowGroups": [group]}]},
    }


def event(second: int) -> dict[str, Any]:
    return {
        "time": f"2024-12-12T04:00:{second:02d}Z",
        "operationName": "MICROSOFT.NETWORK/NETWORKINTERFACES/WRITE",
        "resourceId": "/subscriptions/s1",
    }


class Estate:
    """A folder of raw files and the database it is landed in."""

    def __init__(self, folder: Path) -> None:
        self.raw_dir, self.database = folder / "raw", folder / "flows.duckdb"

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.raw_dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def flow_logs(self, content: str | bytes, name: str = "PT1H.json") -> Path:
        return self.write(f"insights-logs-flowlogflowevent/{name}", content)

    def nics(self, content: str | bytes, name: str = "nics.json") -> Path:
        return self.write(f"collect/network_interfaces/{name}", content)

    def land(self, **options: Any) -> LandingReport:
        return land(Settings(database=self.database, raw_dir=self.raw_dir, threads=2, **options))

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def times(self) -> list[str]:
        """Record times that were landed, in order of their place in their files."""
        return [
            time[14:16]
            for (time,) in self.rows(
                "select any_value(record_time) from raw.flow_logs "
                "group by file_path, file_row order by file_path, file_row"
            )
        ]

    def reasons(self) -> list[str]:
        return [r for (r,) in self.rows("select reason from raw.rejected_records order by all")]

    def dump(self, without: str = "") -> dict[str, list[tuple]]:
        columns = f"* exclude ({without})" if without else "*"
        return {
            table: self.rows(f"select {columns} from raw.{table} order by all")
            for table in RAW_TABLES
        }


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


R1, R2, R3 = (json.dumps(record(minute)) for minute in (1, 2, 3))


@pytest.mark.parametrize(
    "content",
    [
        f'{{"records":[{R1},{R2}]}}',
        f'{{"records":[{{"records":[{R1},{R2}]}}]}}',
        f"{R1}\n{R2}\n",
        f"{R1}\r\n\r\n{R2}",
        f"[{R1},{R2}]",
        f",{R1},{R2}",
        f",{R1}\r\n,{R2}]}}",
        f'{{"other":1,"records":[{R1},{R2}]}}',
        f'\ufeff{{"records":[{R1},{R2}]}}',
        json.dumps({"records": [record(1), record(2)]}, indent=4),
    ],
    ids=range(10),
)
def test_flow_logs_are_read_in_every_shape(estate: Estate, content: str) -> None:
    estate.flow_logs(content)
    estate.land()
    assert estate.times() == ["01", "02"]
    assert estate.reasons() == []
    assert estate.rows("select file_row from raw.flow_logs order by 1") == [(1,), (2,)]


def test_a_shape_does_not_change_the_key_of_a_record(estate: Estate) -> None:
    estate.flow_logs(f'{{"records":[{R1}]}}', "a/PT1H.json")
    estate.flow_logs(R1, "b/PT1H.json")
    estate.flow_logs(json.dumps(dict(reversed(record(1).items()))), "c/PT1H.json")
    estate.flow_logs(gzip.compress(R1.encode()), "d/PT1H.json.gz")
    estate.land()
    assert estate.rows("select count(*), count(distinct record_key) from raw.flow_logs") == [(4, 1)]


@pytest.mark.parametrize(
    ("torn", "reason"),
    [
        (R2[:90], "cut off"),
        (R2.replace('"flowLogVersion"', "flowLogVersion"), "cut off or no JSON"),
        (R2.replace("10.1.0.4", "10.1\x00.4"), "cut off or no JSON"),
        (R2.replace('"time"', '"tyme"'), "no time"),
        (R2.replace("2024-12-12T04", "some time"), "does not parse"),
        (R2.replace('"flowLogVersion": 4', '"flowLogVersion": 9'), "unknown flow log version 9"),
        (R2.replace('"flows":', '"flown":'), "no list of flows"),
        (R2.replace(LOG, "\udcff"), "not UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ("5", "no JSON object"),
    ],
)
def test_a_bad_record_loses_itself_alone(estate: Estate, torn: str, reason: str) -> None:
    lines = f"{R1}\n{torn}\n{R3}\n".encode("utf-8", "surrogateescape")
    estate.flow_logs(lines)
    estate.land()
    assert estate.times() == ["01", "03"]
    assert any(reason in given for given in estate.reasons()) or reason == "nested too deeply"


def test_bad_tuples_are_named_by_their_place(estate: Estate) -> None:
    bad = ["", TUPLE + ",1", TUPLE.replace(",123,", ",70000,"), TUPLE.replace(",O,", ",X,")]
    estate.flow_logs(json.dumps({"records": [record(1, bad[0], TUPLE, *bad[1:])]}))
    estate.land()
    places = estate.rows(
        "select flow_index, group_index, tuple_index from raw.rejected_records order by all"
    )
    assert places == [(1, 1, 1), (1, 1, 3), (1, 1, 4), (1, 1, 5)]
    assert "the tuple has 14 fields, a version 4 tuple has 13" in estate.reasons()


def test_a_flow_without_a_list_of_tuples_is_not_lost_silently(estate: Estate) -> None:
    broken = record(1)
    broken["flowRecords"]["flows"].append({"aclID": "b", "flowGroups": [{"rule": "r"}]})
    broken["flowRecords"]["flows"].append({"aclID": "c"})
    estate.flow_logs(json.dumps({"records": [broken]}))
    estate.land()
    assert estate.reasons() == ["a flow of the record has no list of tuples"] * 2


def test_landing_twice_changes_nothing(estate: Estate) -> None:
    estate.flow_logs(f'{{"records":[{R1},{R2[:50]}')
    estate.write("insights-activity-logs/PT1H.json", f"{json.dumps(event(1))}\n{{torn")
    estate.nics(json.dumps({"value": [{"id": "/n"}], "nextLink": "x"}))
    estate.land()
    before = estate.dump()
    report = estate.land()
    assert report.files_landed == 0
    assert estate.dump() == before


def test_a_grown_blob_keeps_what_was_there_and_heals_what_was_torn(estate: Estate) -> None:
    whole = f'{{"records":[{R1},{R2},{R3}]}}'
    estate.flow_logs(whole[: whole.index(R2) + 60])
    estate.land()
    assert len(estate.reasons()) == 1
    first = estate.rows("select loaded_at from raw.flow_logs")
    estate.flow_logs(whole)
    estate.land()
    assert estate.reasons() == []
    assert estate.times() == ["01", "02", "03"]
    assert estate.rows("select loaded_at from raw.flow_logs where file_row = 1") == first


@pytest.mark.parametrize("part", [1, 40, 300, 500, 700])
def test_half_a_blob_and_then_all_of_it_is_all_of_it(tmp_path: Path, part: int) -> None:
    half, whole = Estate(tmp_path), Estate(tmp_path)
    whole.database = tmp_path / "whole.duckdb"
    content = f'{{"records":[{R1},{R2},{R3}]}}'
    half.flow_logs(content[:part])
    half.land()
    half.flow_logs(content)
    half.land()
    whole.land()
    assert half.dump(without="loaded_at") == whole.dump(without="loaded_at")


def test_a_file_that_is_gone_keeps_its_rows(estate: Estate) -> None:
    gone = estate.flow_logs(R1, "a/PT1H.json")
    estate.flow_logs(R2, "b/PT1H.json")
    estate.land()
    gone.unlink()
    estate.land()
    assert estate.times() == ["01", "02"]


def test_a_huge_blob_is_cut_to_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk, cut = Estate(tmp_path), Estate(tmp_path)
    cut.database = tmp_path / "cut.duckdb"
    bulk.flow_logs(json.dumps({"records": [record(n, *[TUPLE] * n) for n in range(1, 50)]}))
    bulk.land()
    monkeypatch.setattr("scripts.landing.run.BULK_FILE_BYTES", 10)
    monkeypatch.setattr("scripts.landing.split.CHUNK_CHARACTERS", 97)
    cut.land()
    assert cut.dump(without="loaded_at") == bulk.dump(without="loaded_at")


def test_a_record_beyond_the_cap_is_rejected_and_its_neighbours_stay(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.landing.run.BULK_FILE_BYTES", 10)
    monkeypatch.setattr("scripts.landing.split.CHUNK_CHARACTERS", 100)
    monkeypatch.setattr("scripts.landing.split.MAX_RECORD_CHARACTERS", 5_000)
    estate.flow_logs(f"{R1}\n{json.dumps(record(2, *[TUPLE] * 500))}\n{R3}")
    estate.land()
    assert estate.times() == ["01", "03"]
    assert len(estate.reasons()) == 1


def large_records(cut: int | None = None) -> list[dict[str, Any]]:
    """A small, a large VNet and a large NSG record; gaps, rejects and repeated tuples in them."""
    tuples: list[Any] = [TUPLE.replace(",123,", f",{port},", 1) for port in range(20)]
    tuples[4], tuples[9], tuples[12] = "no tuple", None, tuples[11]
    group = {"rule": "r", "flowTuples": tuples[:cut]}
    vnet = record(2)
    vnet["flowRecords"]["flows"] = [
        {"aclID": "none"},
        {"aclID": "empty", "flowGroups": []},
        {"aclID": "a", "flowGroups": [{"rule": "x"}, group, {"rule": "e", "flowTuples": []}]},
        None,
        {"aclID": "a", "flowGroups": [group, {"rule": "one", "flowTuples": [TUPLE]}]},
    ]
    nsg_tuple = "1733975962,10.1.0.4,40.119.6.228,{},443,T,O,A,C,1,2,3,4"
    nsg_tuples = [nsg_tuple.format(port) for port in range(7)]
    flows = [{"mac": "000D3AA1020F", "flowTuples": nsg_tuples}, {"mac": None, "flowTuples": ["x"]}]
    nsg = {
        "time": "2024-12-12T04:03:00Z",
        "resourceId": "/subscriptions/s1/networksecuritygroups/n",
        "properties": {"Version": 2, "flows": [{"rule": "r", "flows": flows}] * 2},
    }
    return [record(1), vnet, nsg]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.landing.run.PART_TUPLES", 3)


PART_SIZES = """
    select
        list_sum(list_transform(coalesce(nsg_flows, []), lambda f: list_sum(
            list_transform(f.flows, lambda g: len(g."flowTuples"))))),
        list_sum(list_transform(coalesce(vnet_flows, []), lambda f: list_sum(
            list_transform(f."flowGroups", lambda g: len(g."flowTuples")))))
    from raw.flow_logs
"""


def attributed(database: Path) -> dict[str, list[tuple]]:
    """What a build makes of the landed records, with the place of every tuple."""
    tables = (
        "intermediate.int_flow_records",
        "intermediate.int_flow_tuples",
        "marts.fct_flows",
        "raw.rejected_records",
        "raw.landed_files",
    )
    with duckdb.connect(str(database), read_only=True) as db:
        return {
            table: db.execute(
                f"select columns(lambda c: c <> 'loaded_at') from {table} order by all"
            ).fetchall()
            for table in tables
        }


def test_a_large_record_is_the_same_flows_in_parts(
    estate: Estate, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps({"records": large_records()})
    estate.flow_logs(content, "a/PT1H.json")
    # delivered twice, the second time in another shape
    estate.flow_logs("\n".join(map(json.dumps, large_records())), "b/PT1H.json")
    homes = [tmp_path / "whole", tmp_path / "parts"]
    for home in homes:
        home.mkdir()
    whole = attributed(models.build(estate.raw_dir, homes[0]))
    monkeypatch.setattr("scripts.landing.run.PART_TUPLES", 3)
    estate.database = models.build(estate.raw_dir, homes[1])
    assert attributed(estate.database) == whole
    assert len(whole["intermediate.int_flow_records"]) == 3
    # of the large records: 2 lists of 20 and one of 1, with 2 rejects in each long one; 2 of 7
    assert len(whole["marts.fct_flows"]) == 1 + 2 * 18 + 1 + 2 * 7
    sizes = [(nsg or 0) + (vnet or 0) for nsg, vnet in estate.rows(PART_SIZES)]
    assert max(sizes) == 3
    assert sum(sizes) == 2 * (1 + 41 + 16)
    assert estate.rows("select row_count from raw.landed_files") == [(3,), (3,)]


@pytest.mark.usefixtures("small_parts")
def test_a_large_record_counts_as_one_row(estate: Estate) -> None:
    estate.flow_logs(json.dumps({"records": large_records()}))
    assert estate.land().rows == {"flow_logs": 3}
    assert summarise(estate.database).raw_tables[0].rows == 3
    before = estate.dump()
    assert estate.land().files_landed == 0
    assert estate.dump() == before


@pytest.mark.usefixtures("small_parts")
def test_a_grown_blob_keeps_its_large_records(tmp_path: Path) -> None:
    grown, whole = Estate(tmp_path), Estate(tmp_path)
    whole.database = tmp_path / "whole.duckdb"
    content = json.dumps({"records": [*large_records(), record(4)]})
    grown.flow_logs(json.dumps({"records": large_records()})[:-2])
    grown.land()
    first = grown.rows("select distinct file_row, loaded_at from raw.flow_logs order by 1")
    grown.flow_logs(content)
    grown.land()
    whole.land()
    assert grown.dump(without="loaded_at") == whole.dump(without="loaded_at")
    assert first == grown.rows(
        "select distinct file_row, loaded_at from raw.flow_logs where file_row <= 3 order by 1"
    )


@pytest.mark.usefixtures("small_parts")
def test_a_large_record_that_grew_replaces_its_parts(tmp_path: Path) -> None:
    grown, whole = Estate(tmp_path), Estate(tmp_path)
    whole.database = tmp_path / "whole.duckdb"
    grown.flow_logs(json.dumps({"records": large_records(cut=8)}))
    grown.land()
    grown.flow_logs(json.dumps({"records": large_records()}))
    grown.land()
    whole.land()
    assert grown.dump(without="loaded_at") == whole.dump(without="loaded_at")


def test_a_warehouse_of_an_earlier_version_is_landed_into(
    estate: Estate, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offsets = ("flow_offset", "group_offset", "tuple_offset")
    estate.flow_logs(json.dumps({"records": large_records()}), "a/PT1H.json")
    estate.database = models.build(estate.raw_dir, tmp_path)
    before = attributed(estate.database)
    with duckdb.connect(str(estate.database)) as db:
        for column in offsets:
            db.execute(f"alter table raw.flow_logs drop column {column}")
    monkeypatch.setattr("scripts.landing.run.PART_TUPLES", 3)
    # a record that was landed whole comes again, in parts
    estate.flow_logs(json.dumps({"records": large_records()}), "b/PT1H.json")
    assert estate.land().files_landed == 1
    models.rebuild(estate.database)
    assert attributed(estate.database)["marts.fct_flows"] == before["marts.fct_flows"]
    whole, parts = "'%/a/PT1H.json'", "'%/b/PT1H.json'"
    placed = "select count(*), max(tuple_offset) from raw.flow_logs where file_path like "
    assert estate.rows(placed + whole) == [(3, 0)]
    assert estate.rows(placed + parts) == [(1 + 7 + 7 + 1 + 2 * 4, 18)]


INVENTORIES = {
    "array": ('[{"id":"/n1"},{"id":"/n2"}]', 2, "{}"),
    "page": ('{"value":[{"id":"/n1"}],"nextLink":"x"}', 1, '{"nextLink": "x"}'),
    "graph": ('{"data":[{"id":"/n1"}],"resultTruncated":"true"}', 1, '{"resultTruncated": "true"}'),
    "table": ('{"data":{"columns":[{"name":"id"}],"rows":[["/n1"],["/n2"]]}}', 2, "{}"),
    "lines": ('{"id":"/n1"}\n{"id":"/n2"}', 2, None),
    "empty": (
        '{"value":[],"recorded_at":"2026-03-01T00:00:00Z"}',
        1,
        '{"recorded_at": "2026-03-01T00:00:00Z"}',
    ),
    "nothing": ("[]", 1, "{}"),
    "error": ('{"error":{"code":"Throttled"}}', 1, None),
}


# Shapes of which a large one cannot be: they are known by their whole text, or are empty.
SMALL_ALONE = ("empty", "nothing")


@pytest.mark.parametrize("shape", INVENTORIES)
def test_inventories_are_read_in_every_shape(estate: Estate, shape: str) -> None:
    content, rows, envelope = INVENTORIES[shape]
    estate.nics(content)
    estate.nics(content.encode("utf-16"), "powershell.json")
    estate.land()
    landed = estate.rows("select file_path, envelope from raw.network_interfaces")
    assert len(landed) == 2 * rows
    assert {found for _, found in landed} == {envelope}
    assert estate.reasons() == []


@pytest.mark.parametrize(
    "content",
    [
        '{"value": [{"id": "/n1"},',
        '{"value": [{"id": "/n1"}',
        '[{"id": "/n1"}, ',
        '{"recorded_at": "2026-03-01T00:00:00Z", "value": [{"id": "/n1"}, {"id": "/n2"}',
    ],
)
def test_a_list_that_is_not_closed_is_told(estate: Estate, content: str) -> None:
    # every row of it is whole, but who says that there are no more of them?
    estate.nics(content)
    estate.flow_logs(json.dumps({"records": [record(0), record(1)]})[:-2], "torn.json")
    estate.land()
    assert estate.rows("select count(*) from raw.network_interfaces")[0][0] >= 1
    assert estate.rows("select count(*) from raw.flow_logs") == [(2,)]
    assert estate.reasons() == ["the file ends within its list"] * 2


def test_a_snapshot_whose_time_does_not_parse_is_no_other_snapshot(estate: Estate) -> None:
    rows = [
        {"id": "/n1", "recorded_at": "yesterday"},
        {"id": "/n2", "recorded_at": "2026-03-01T00:00Z"},
    ]
    estate.nics("\n".join(map(json.dumps, rows)))
    estate.land()
    assert estate.rows("select resource ->> '$.id' from raw.network_interfaces") == [("/n2",)]
    assert "does not parse: yesterday" in estate.reasons()[0]


SPELLINGS = {
    "2026-03-10T04:05:06.1234567Z": "2026-03-10 04:05:06.123456",
    "2026-03-10T04:05:06.123456789+02:00": "2026-03-10 02:05:06.123456",
    "2026-03-10 04:05:06.000 +0000": "2026-03-10 04:05:06",
    "2026-03-10 04:05:06+00": "2026-03-10 04:05:06",
    "2026-03-10 04:05:06 +0000 UTC": "2026-03-10 04:05:06",
    "2026-03-10 04:05:06 UTC": "2026-03-10 04:05:06",
    "2026-03-10T04:05Z": "2026-03-10 04:05:00",
    "2026-03-10T04:05:06": "2026-03-10 04:05:06",
    "Tue, 10 Mar 2026 04:05:06 GMT": "2026-03-10 04:05:06",
    "03/10/2026 04:05:06": "2026-03-10 04:05:06",
    "3/10/2026 4:05:06 PM": "2026-03-10 16:05:06",
    "infinity": None,
    "2026-13-40T00:00:00Z": None,
    "2026-03-10T:05:06Z": None,
    "2026-03-10": None,
    "1773100800": None,
    "": None,
}


def test_times_are_read_in_every_spelling_by_landing_and_staging_alike(
    estate: Estate, models: Models, tmp_path: Path
) -> None:
    rows = [{"id": f"/n{n}", "recorded_at": at} for n, at in enumerate(SPELLINGS)]
    estate.nics("\n".join(map(json.dumps, rows)))
    database = models.build(estate.raw_dir, tmp_path)
    with duckdb.connect(str(database), read_only=True) as db:
        read = db.execute(
            "select cast(recorded_at as varchar) from staging.stg_collectors__network_interfaces "
            "order by file_row"
        ).fetchall()
        rejected = db.execute("select file_row from raw.rejected_records order by 1").fetchall()
    assert read == [(at,) for at in SPELLINGS.values() if at]
    assert [SPELLINGS[list(SPELLINGS)[row - 1]] for (row,) in rejected] == [None] * len(rejected)
    assert len(read) + len(rejected) == len(SPELLINGS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": None}, "the event has no time"),
        ({"time": "8/1/2024 1:00 PM"}, "does not parse"),
        ({"operationName": None, "resourceId": None}, "names neither"),
    ],
)
def test_an_event_that_states_nothing_is_rejected(
    estate: Estate, change: dict[str, Any], reason: str
) -> None:
    bad = {key: value for key, value in (event(1) | change).items() if value is not None}
    lines = "\n".join(map(json.dumps, (event(0), bad, event(2))))
    estate.write("insights-activity-logs/PT1H.json", lines)
    estate.land()
    assert estate.rows("select file_row from raw.operation_logs order by 1") == [(1,), (3,)]
    assert reason in estate.reasons()[0]


def test_names_and_ids_are_inert(estate: Estate) -> None:
    hostile = "'; drop table raw.flow_logs; -- {{ env_var('HOME') }}"
    estate.flow_logs(
        json.dumps({"records": [record(1) | {"flowLogResourceID": hostile}]}), "a'b [x]*.json"
    )
    estate.land()
    assert estate.rows("select flow_log_resource_id from raw.flow_logs") == [(hostile,)]


def test_a_failed_batch_leaves_the_earlier_ones_whole(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.flow_logs(R1, "a/PT1H.json")
    estate.flow_logs(R2, "b/PT1H.json")
    monkeypatch.setattr("scripts.landing.run.BATCH_FILES", 1)
    store = run._store

    def failing(connection: Any, raw_table: str) -> Any:
        counts = store(connection, raw_table)
        [(path,)] = connection.execute("select file_path from batch_files").fetchall()
        if "/b/" in path:
            raise RuntimeError("killed")
        return counts

    monkeypatch.setattr("scripts.landing.run._store", failing)
    with pytest.raises(RuntimeError, match="killed"):
        estate.land()
    assert estate.times() == ["01"]
    monkeypatch.setattr("scripts.landing.run._store", store)
    estate.land()
    assert estate.times() == ["01", "02"]


def test_what_the_user_can_mend_is_one_sentence(estate: Estate) -> None:
    with pytest.raises(UserError, match="no folder"):
        estate.land()
    estate.write("notes.txt", "hello")
    with pytest.raises(UserError, match="holds no input"):
        estate.land()
    estate.flow_logs(R1)
    estate.database.write_text("this is no database, and it is long enough to be read as one" * 99)
    with pytest.raises(UserError):
        estate.land()


def test_an_unreadable_file_is_reported_and_read_later(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    estate.flow_logs(gzip.compress(R1.encode()), "PT1H.json.gz")
    with monkeypatch.context() as patched:
        patched.setattr("scripts.landing.run.split", denied)
        estate.land()
    assert estate.reasons() == ["the file cannot be read: Permission denied"]
    estate.land()
    assert estate.reasons() == []
    assert estate.times() == ["01"]


def test_large_blobs_are_landed_in_little_memory(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty times the text that is held at once, so that holding on to it shows."""
    monkeypatch.setattr("scripts.landing.run.BATCH_BYTES", 4 << 20)
    monkeypatch.setattr("scripts.landing.run.PORTION_CHARACTERS", 4 << 20)
    blob = json.dumps({"records": [record(n % 60, *[TUPLE] * 500) for n in range(50)]})
    for name in range(20):
        estate.flow_logs(blob, f"{name}/PT1H.json")
    estate.flow_logs("\n".join([blob] * 20), "large/PT1H.json")
    report = estate.land(memory_limit="200MB")
    assert report.rows == {"flow_logs": 2000}


def test_too_little_memory_is_one_sentence(estate: Estate) -> None:
    estate.flow_logs(json.dumps({"records": [record(1, *[TUPLE] * 100_000)]}))
    with pytest.raises(UserError, match="larger --memory-limit"):
        estate.land(memory_limit="20MB")
    estate.land()
    assert estate.times() == ["01"]


@pytest.mark.parametrize("shape", [shape for shape in INVENTORIES if shape not in SMALL_ALONE])
@pytest.mark.parametrize("chunk", [7, 1 << 20])
def test_a_large_inventory_is_cut_to_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str, chunk: int
) -> None:
    whole, cut = Estate(tmp_path), Estate(tmp_path)
    cut.database = tmp_path / "cut.duckdb"
    whole.nics(INVENTORIES[shape][0])
    whole.land()
    monkeypatch.setattr("scripts.landing.split.MAX_DOCUMENT_BYTES", 5)
    monkeypatch.setattr("scripts.landing.split.CHUNK_CHARACTERS", chunk)
    cut.land()
    columns = "json_value(resource, '$.id'), cast(envelope as varchar), file_row"
    sql = f"select {columns} from raw.network_interfaces order by all"
    assert cut.rows(sql) == whole.rows(sql)
    assert cut.reasons() == []


def test_pages_in_one_file_keep_what_stands_around_them(estate: Estate) -> None:
    estate.nics('{"value":[{"id":"/n1"}],"nextLink":"x"}\n{"count":1,"value":[{"id":"/n2"}]}')
    estate.land()
    assert estate.rows(
        "select resource ->> '$.id', envelope ->> '$.nextLink' from raw.network_interfaces "
        "order by file_row"
    ) == [("/n1", "x"), ("/n2", "x")]
    assert estate.reasons() == []


def test_a_record_behind_a_stray_key_is_kept(estate: Estate) -> None:
    estate.flow_logs(f'[{R1}]\n"stray": {R2}\n{R3}')
    estate.land()
    assert estate.times() == ["01", "02", "03"]


@pytest.mark.parametrize("damage", ['{"a": ', '{"a": {"b" ', '[{"a":1},{"b": [[['])
def test_damage_takes_time_in_proportion_to_its_length(estate: Estate, damage: str) -> None:
    estate.flow_logs(f"{R1}\n{damage * 100_000}\n{R3}")
    # its own processor time: what else runs on the machine is no fault of it
    start = time.process_time()
    estate.land()
    assert time.process_time() - start < 5
    assert estate.times() == ["01", "03"]


def test_a_neighbour_of_a_deep_nest_on_one_line_is_kept(estate: Estate) -> None:
    nest = '{"a":' * 5000 + "1" + "}" * 5000
    estate.nics(f'[{{"id":"/n1","type":""}},{{"id":"/n2","x":{nest}}},{{"id":"/n3","type":""}}]')
    estate.land()
    landed = "select resource ->> '$.id' from raw.network_interfaces order by 1"
    assert estate.rows(landed) == [("/n1",), ("/n3",)]
    assert estate.reasons() == ["the record is nested too deeply"]


@pytest.mark.parametrize("damage", ["cut off", "bad bytes", "bytes behind its end"])
@pytest.mark.parametrize("raw_table", ["flow_logs", "nics"])
def test_a_damaged_gzip_file_says_so_and_gives_what_it_can(
    estate: Estate, damage: str, raw_table: str
) -> None:
    rows = [record(1) | {"id": f"/n{n}", "type": "", "x": uuid4().hex * 9} for n in range(200)]
    packed = bytearray(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    half = len(packed) // 2
    if damage == "bytes behind its end":
        packed += b"\xff" * half
    else:
        packed[half:] = b"" if damage == "cut off" else b"\xff" * half
    write = estate.flow_logs if raw_table == "flow_logs" else estate.nics
    write(bytes(packed), "PT1H.json.gz")
    estate.land()
    assert any("the file is damaged or ends early" in reason for reason in estate.reasons())
    [(landed,)] = estate.rows("select row_count from raw.landed_files")
    assert landed == 200 if damage == "bytes behind its end" else landed > 50


def test_a_name_that_is_no_text_is_reported(estate: Estate) -> None:
    file = estate.flow_logs(R1)
    try:
        file.rename(os.fsdecode(bytes(file.parent) + b"/\xff.json"))
    except OSError:
        pytest.skip("this file system has text names alone")
    estate.flow_logs(R2)
    estate.land()
    assert estate.times() == ["02"]
    assert len(estate.reasons()) == 1


def test_what_only_python_reads_as_json_is_rejected(estate: Estate) -> None:
    bad = R2.replace('"macAddress": "', '"macAddress": "\\ud800')
    estate.flow_logs(f"{R1}\n{bad}\n{R3}")
    estate.land()
    assert estate.times() == ["01", "03"]
    assert estate.rows("select file_row, excerpt is null from raw.rejected_records") == [(2, False)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damage_never_reaches_an_untouched_line(tmp_path_factory, data: st.DataObject) -> None:
    """Any bytes in place of the middle record: the first and the last one stay."""
    junk = data.draw(st.binary(max_size=80).filter(lambda b: b"\n" not in b and b'"' not in b))
    at = data.draw(st.integers(0, len(R2)))
    damaged = R2.encode()[:at] + junk
    file = tmp_path_factory.mktemp("fuzz") / "PT1H.json"
    file.write_bytes(R1.encode() + b"\n" + damaged + b"\n" + R3.encode())
    pieces = split.split(str(file), "flow_logs", lambda v: "time" in v and "flowRecords" in v)
    found = [piece.text for piece in pieces if isinstance(piece, split.Record)]
    assert found[0] == R1
    assert found[-1] == R3
