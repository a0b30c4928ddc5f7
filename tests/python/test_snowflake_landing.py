"""The split on Snowflake gives, row by row, what the harness lands from the same files.

Its statements run on the emulator, through the real connector. What COPY INTO does stands in
landing.documents: the emulator has no stage whose files are one text each.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import snowflake.connector

from scripts.demo import write_demo_estate
from scripts.landing import land
from scripts.landing.discover import INVENTORIES, discover
from scripts.settings import Settings
from scripts.snowflake.cut import cut
from scripts.snowflake.statements import set_up, split_statements
from tests.python.test_landing import LOG, TUPLE, event, record
from tests.snowflake.parity import emulated_account

COLUMNS = {
    "flow_logs": (
        "record_time, category, flow_log_version, mac_address, flow_log_resource_id, "
        "target_resource_id, nsg_flows, vnet_flows, file_path, file_row, file_modified_at"
    ),
    "operation_logs": "event, file_path, file_row, file_modified_at",
    **dict.fromkeys(INVENTORIES, "resource, envelope, file_path, file_row, file_modified_at"),
    "rejected_records": (
        "raw_table, file_path, file_row, record_key is null, flow_index, group_index, tuple_index, "
        "reason, file_modified_at"
    ),
    "landed_files": (
        "file_path, raw_table, size_bytes, file_modified_at, row_count, rejected_count"
    ),
}
JSON_COLUMNS = {"nsg_flows", "vnet_flows", "event", "resource", "envelope"}
# What a DuckDB row keeps of a flow; a VARIANT keeps what else was delivered, too.
KEPT_KEYS = {"rule", "flows", "mac", "flowTuples", "aclID", "flowGroups"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """An emulator of an account, for this module."""
    with emulated_account(tmp_path_factory.mktemp("emulator")) as account:
        yield account.port


class Account:
    """A database of its own on the emulator, with the raw and the landing tables."""

    def __init__(self, port: int, database: str) -> None:
        self._connection = snowflake.connector.connect(
            **{"account": "emulator", "user": "ci", "password": "ci"},
            **{"host": "127.0.0.1", "port": port, "protocol": "http"},
        )
        self.cursor = self._connection.cursor()
        self.cursor.execute(f"create database {database}")
        self.cursor.execute(f"use database {database}")
        for schema in ("raw", "landing"):
            self.cursor.execute(f"create schema {schema}")
        for name in ("raw_tables", "landing_tables"):
            for statement in set_up(name):
                self.cursor.execute(statement)
        self.loads = 0

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.cursor.execute(sql).fetchall()

    def load(self, raw_dir: Path, *, modified_at: datetime | None = None) -> None:
        """What COPY INTO does with the files of a folder, whether or not it has done it before."""
        self.loads += 1
        scanned_at = datetime(2026, 3, 1) + timedelta(minutes=self.loads)
        for file in filter(None, discover(raw_dir)):
            modified = datetime(1970, 1, 1) + timedelta(microseconds=file.modified_us)
            content = Path(file.path).read_bytes()
            self.insert_document(
                file.raw_table,
                file.path,
                content.decode("utf-8-sig"),
                modified_at or modified,
                str(hash(content)),
                scanned_at,
            )

    def insert_document(self, *values: Any) -> None:
        self.cursor.execute(
            "insert into landing.documents (raw_table, file_path, document, file_modified_at, "
            "etag, scanned_at) select %s, %s, %s, %s::timestamp_ntz, %s, %s::timestamp_ntz",
            [str(value) if isinstance(value, datetime) else value for value in values],
        )

    def split(self) -> None:
        self.cursor.execute("begin transaction")
        for statement in split_statements():
            self.cursor.execute(statement)
        self.cursor.execute("commit")

    def raw(self, table: str) -> Counter[str]:
        return comparable(table, self.rows(f"select {COLUMNS[table]} from raw.{table}"))

    def all_rows(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table: sorted(map(repr, self.rows(f"select * from raw.{table}"))) for table in COLUMNS
        }


@pytest.fixture
def account(port: int, request: pytest.FixtureRequest) -> Account:
    name = re.sub(r"\W+", "_", request.node.name)[:50]
    return Account(port, f"landing_{name}")


def comparable(table: str, rows: list[tuple[Any, ...]]) -> Counter[str]:
    """Rows of a raw table in a form that both warehouses share: JSON as values, not as text."""
    names = [name.strip().split(" ")[0] for name in COLUMNS[table].split(",")]

    def value(name: str, cell: Any) -> Any:
        if name not in JSON_COLUMNS or cell is None:
            return str(cell)
        parsed = json.loads(cell)
        return json.dumps(kept(parsed) if name.endswith("_flows") else parsed, sort_keys=True)

    return Counter(
        repr([value(name, cell) for name, cell in zip(names, row, strict=True)]) for row in rows
    )


def kept(flows: Any) -> Any:
    if isinstance(flows, list):
        return [kept(flow) for flow in flows]
    if isinstance(flows, dict):
        return {
            name: kept(part)
            for name, part in flows.items()
            if part is not None and name in KEPT_KEYS
        }
    return flows if flows is None or isinstance(flows, bool) else str(flows)


def harness(raw_dir: Path, database: Path) -> dict[str, Counter[str]]:
    """What the harness lands from the same files."""
    land(Settings(database=database, raw_dir=raw_dir, threads=2))
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return {
            table: comparable(
                table,
                connection.execute(
                    "select "
                    + ", ".join(
                        f"cast(to_json({name}) as varchar)" if name in JSON_COLUMNS else name
                        for name in columns.split(", ")
                    )
                    + f" from raw.{table}"
                ).fetchall(),
            )
            for table, columns in COLUMNS.items()
        }


def assert_equal(account: Account, expected: dict[str, Counter[str]]) -> None:
    for table, rows in expected.items():
        found = account.raw(table)
        alone = sorted((found - rows).elements())[:1], sorted((rows - found).elements())[:1]
        assert alone == ([], []), f"{table}: Snowflake alone, the harness alone"


def test_the_demo_is_landed_row_by_row_as_by_the_harness(account: Account, tmp_path: Path):
    raw_dir = tmp_path / "raw"
    write_demo_estate(raw_dir)
    account.load(raw_dir)
    account.split()
    assert_equal(account, harness(raw_dir, tmp_path / "flows.duckdb"))
    assert account.rows("select count(*) from landing.documents") == [(0,)]
    before = account.all_rows()
    # nothing to split; then the same files once more, and once more
    account.split()
    account.load(raw_dir)
    account.load(raw_dir)
    account.split()
    assert account.all_rows() == before
    assert account.rows("select count(*) from landing.documents") == [(0,)]


def _lines(*values: Any) -> str:
    return "\n".join(map(json.dumps, values))


def _wrapper(*records: Any, key: str = "records", **around: Any) -> str:
    return json.dumps({key: list(records), **around}, separators=(",", ":"))


def _nic(name: str, **more: Any) -> dict[str, Any]:
    resource_id = f"/subscriptions/s/providers/Microsoft.Network/networkInterfaces/{name}"
    return {"id": resource_id, "name": name, "properties": {"macAddress": "00-0D"}, **more}


FLOW_LOG_SHAPES = {
    "wrapper": _wrapper(record(1), record(2)),
    "wrapper_in_a_wrapper": _wrapper(json.loads(_wrapper(record(1), record(2))), record(3)),
    "list": json.dumps([record(1), record(2)]),
    "one_record": json.dumps(record(1)),
    "json_lines": _lines(record(1), record(2)) + "\n",
    "lines_with_a_torn_one": f'{_lines(record(1))}\n{{"time": "2024-\n{_lines(record(2))}\n',
    "cut_off": _wrapper(record(1), record(2), record(3))[:-150],
    "cut_off_after_a_record": _wrapper(record(1), record(2)).removesuffix("]}"),
    "torn_within": _wrapper(record(1)).removesuffix("]}")
    + ',{"time":"20,'
    + _wrapper(record(2)).removeprefix('{"records":['),
    "block_delta": "," + _wrapper(record(1), record(2)).removeprefix('{"records":[')[:-2],
    "empty": "",
    "empty_wrapper": _wrapper(),
    "no_json": "hello",
    # as `collect` writes them
    "collected_in_part": '{"recorded_at": "2024-12-12T04:00:00.000001Z", "tenant_id": null, '
    '"subscription_id": "s", "value": [\n'
    + ",\n".join(map(json.dumps, [_nic("a"), {"error": "429 TooManyRequests"}]))
    + '\n], "finished_at": "2024-12-12T04:00:02.000000Z", "is_complete": false}\n',
    "collected_whole_and_empty": '{"recorded_at": "2024-12-12T04:00:00.000001Z", '
    '"tenant_id": "t", "subscription_id": "s", "value": [\n], '
    '"finished_at": "2024-12-12T04:00:02.000000Z", "is_complete": true}\n',
    "number": "5",
    "elements_that_are_none": _wrapper(record(1), 5, "text", None, []),
    "no_time": _wrapper({k: v for k, v in record(1).items() if k != "time"}),
    "odd_time": _wrapper(record(1) | {"time": "yesterday"}),
    "no_version": _wrapper(record(1) | {"flowLogVersion": None}),
    "unknown_version": _wrapper(record(1) | {"flowLogVersion": 5}),
    "nobody": _wrapper(record(1) | {"flowLogResourceID": None}),
    "resource_id": _wrapper(record(1) | {"flowLogResourceID": None, "resourceId": LOG}),
    "no_flows": _wrapper(record(1) | {"flowRecords": {}}),
    "no_list_of_flows": _wrapper(record(1) | {"flowRecords": {"flows": {"a": 1}}}),
    "no_groups": _wrapper(record(1) | {"flowRecords": {"flows": [{"aclID": "a"}]}}),
    "no_tuples": _wrapper(
        record(1) | {"flowRecords": {"flows": [{"aclID": "a", "flowGroups": [{"rule": "r"}]}]}}
    ),
    "tuples_of_all_kinds": _wrapper(
        record(1, TUPLE, "a,b", TUPLE.replace("17,O", "256,O"), TUPLE.replace("123,123", "65536,1"))
    ),
    "tuples_that_are_no_text": _wrapper(
        record(1)
        | {
            "flowRecords": {
                "flows": [{"aclID": "a", "flowGroups": [{"rule": "r", "flowTuples": [None, 5]}]}]
            }
        }
    ),
    "version_1": _wrapper(
        {
            "time": "2024-12-12T04:00:24Z",
            "resourceId": LOG,
            "properties": {
                "Version": 1,
                "flows": [
                    {
                        "rule": "r",
                        "flows": [
                            {
                                "mac": "000D3AA1020F",
                                "flowTuples": [
                                    "1733975962,10.1.0.4,40.1.6.2,1,2,T,O,A",
                                    "1733975962,10.1.0.4,40.1.6.2,1,2,T,O,A,B",
                                ],
                            }
                        ],
                    }
                ],
            },
        }
    ),
}

OPERATION_LOG_SHAPES = {
    "json_lines": _lines(event(1), event(2)),
    "wrapper": _wrapper(event(1), event(2)),
    "list": json.dumps([event(1), event(2)], indent=2),
    "one_event": json.dumps(event(1), indent=2),
    "torn_line": _lines(event(1), event(2))[:-20],
    "no_time": _lines(event(1) | {"time": None}),
    "rest_form": _lines(
        {"eventTimestamp": "2024-12-12T04:00:24.7+00:00", "operationName": {"value": "w"}}
    ),
    "odd_time": _lines(event(1) | {"time": "2024-12-12T04"}),
    "http_date": _lines(event(1) | {"time": "Tue, 03 Feb 2026 10:00:00 GMT"}),
    "us_date": _lines(event(1) | {"time": "02/03/2026 10:00:00 PM"}),
    "nothing": _lines({"time": "2024-12-12T04:00:24Z"}),
    "text_in_text": _lines(event(1) | {"properties": {"responseBody": '{"a": "b\\"c\\n$skip"}'}}),
}

NIC_SHAPES = {
    "list": json.dumps([_nic("a"), _nic("b")], indent=2),
    "empty_list": "[]",
    "page": _wrapper(_nic("a"), key="value", nextLink="n", recorded_at="2024-12-12T04"),
    "good_page": _wrapper(_nic("a"), key="value", recorded_at="2024-12-12T04:00:00Z"),
    "empty_page": _wrapper(key="value"),
    "resource_graph": _wrapper(_nic("a"), key="data", totalRecords=2, count=1),
    "resource_graph_table": json.dumps(
        {
            "count": 2,
            "data": {
                "columns": [{"name": "id", "type": "string"}, {"name": "tags", "type": "object"}],
                "rows": [["/a", {"x": 1}], ["/b", None]],
            },
        }
    ),
    "one_resource": json.dumps(_nic("a"), indent=2),
    "json_lines": _lines(_nic("a", recorded_at="2024-12-12T04:00:00Z"), {"error": "denied"}),
    "pages_as_lines": _wrapper(_nic("a"), key="value", nextLink="n")
    + "\n"
    + _wrapper(_nic("b"), key="value", count=1),
    "torn_line": _lines(_nic("a"), _nic("b"))[:-30],
    "odd_time": _lines(_nic("a", recorded_at="today"), _nic("b", _cq_sync_time="2024-12-12 04:00")),
    # as `collect` writes them
    "collected_in_part": '{"recorded_at": "2024-12-12T04:00:00.000001Z", "tenant_id": null, '
    '"subscription_id": "s", "value": [\n'
    + ",\n".join(map(json.dumps, [_nic("a"), {"error": "429 TooManyRequests"}]))
    + '\n], "finished_at": "2024-12-12T04:00:02.000000Z", "is_complete": false}\n',
    "collected_whole_and_empty": '{"recorded_at": "2024-12-12T04:00:00.000001Z", '
    '"tenant_id": "t", "subscription_id": "s", "value": [\n], '
    '"finished_at": "2024-12-12T04:00:02.000000Z", "is_complete": true}\n',
    "number": "5",
    "elements_that_are_none": json.dumps([_nic("a"), 5]),
}


def test_every_shape_is_landed_as_by_the_harness(account: Account, tmp_path: Path):
    raw_dir = tmp_path / "raw"
    for folder, shapes in (
        ("insights-logs-flowlogflowevent", FLOW_LOG_SHAPES),
        ("insights-activity-logs", OPERATION_LOG_SHAPES),
        ("collect/network_interfaces", NIC_SHAPES),
    ):
        (raw_dir / folder).mkdir(parents=True)
        for name, text in shapes.items():
            (raw_dir / folder / f"{name}.json").write_text(text)
    account.load(raw_dir)
    account.split()
    assert_equal(account, harness(raw_dir, tmp_path / "flows.duckdb"))


def test_a_grown_blob_replaces_what_it_gave_and_keeps_since_when(account: Account, tmp_path: Path):
    blob = tmp_path / "raw" / "insights-logs-flowlogflowevent" / "PT1H.json"
    blob.parent.mkdir(parents=True)
    moments = [datetime(2026, 3, 1, hour) for hour in range(3)]

    def load(text: str, modified_at: datetime) -> None:
        blob.write_text(text)
        account.load(tmp_path / "raw", modified_at=modified_at)

    def landed() -> list[tuple[Any, ...]]:
        return account.rows(
            "select file_row, record_time, loaded_at from raw.flow_logs order by file_row"
        )

    # as it may be read while it is written: its second record is torn
    load(_wrapper(record(1), record(2))[:-40], moments[0])
    account.split()
    [(row, _, first_loaded_at)] = landed()
    assert row == 1
    assert account.rows("select file_row, reason from raw.rejected_records") == [
        (2, "the record is cut off or no JSON")
    ]
    # two versions at once, the newer one read first
    load(_wrapper(record(1), record(2), record(3)), moments[2])
    load(_wrapper(record(1), record(2)), moments[1])
    account.split()
    times = landed()
    assert [row for row, _, _ in times] == [1, 2, 3]
    assert times[0][2] == first_loaded_at < times[1][2]
    assert account.rows("select count(*) from raw.rejected_records") == [(0,)]
    # an older one that comes late says nothing
    before = account.all_rows()
    load(_wrapper(record(1)), moments[1])
    account.split()
    assert account.all_rows() == before
    assert account.rows("select count(*) from landing.documents") == [(0,)]


def test_a_file_that_cannot_be_loaded_is_told_and_keeps_what_it_gave(
    account: Account, tmp_path: Path
):
    blob = tmp_path / "raw" / "insights-logs-flowlogflowevent" / "PT1H.json"
    blob.parent.mkdir(parents=True)
    blob.write_text(_wrapper(record(1)))
    account.load(tmp_path / "raw", modified_at=datetime(2026, 3, 1))
    account.split()
    for _ in range(2):
        account.cursor.execute(
            "insert into landing.failed_files select 'flow_logs', %s, 'Max LOB size exceeded', "
            "'2026-03-01 02:00:00'::timestamp_ntz",
            [blob.as_posix()],
        )
        account.split()
        assert account.rows("select count(*) from raw.flow_logs") == [(1,)]
        assert account.rows("select file_row, reason from raw.rejected_records") == [
            (None, "the file cannot be loaded: Max LOB size exceeded")
        ]
    blob.write_text(_wrapper(record(1), record(2)))
    account.load(tmp_path / "raw", modified_at=datetime(2026, 3, 1, 3))
    account.split()
    assert account.rows("select count(*) from raw.flow_logs") == [(2,)]
    assert account.rows("select count(*) from raw.rejected_records") == [(0,)]


def test_a_file_that_was_cut_is_landed_by_its_parts_and_told_no_more(
    account: Account, tmp_path: Path
):
    blob = tmp_path / "raw" / "insights-logs-flowlogflowevent" / "PT1H.json"
    blob.parent.mkdir(parents=True)
    # pretty-printed, with a record that is torn, and cut off
    records = [json.dumps(record(minute), indent=2) for minute in range(1, 8)]
    records[3] = records[3][:100]
    blob.write_text('{"records": [' + ",".join(records))
    expected = harness(tmp_path / "raw", tmp_path / "flows.duckdb")
    parts = blob.with_name("PT1H.json.parts")
    assert cut(blob, parts, part_bytes=1500) > 1
    blob.rename(tmp_path / "PT1H.json")
    account.cursor.execute(
        "insert into landing.failed_files select 'flow_logs', %s, 'Max LOB size exceeded', "
        "'2026-03-01 02:00:00'::timestamp_ntz",
        [blob.as_posix()],
    )
    account.load(tmp_path / "raw")
    account.split()
    times = "select record_time from raw.flow_logs order by 1"
    with duckdb.connect(str(tmp_path / "flows.duckdb"), read_only=True) as connection:
        assert account.rows(times) == connection.execute(times).fetchall()
    # what the harness rejects of the file, its parts have rejected
    assert [row for (row,) in account.rows("select reason from raw.rejected_records")] == [
        "the record is cut off or no JSON"
    ] * sum(expected["rejected_records"].values())


def test_a_split_that_fails_changes_nothing(account: Account, tmp_path: Path):
    write_demo_estate(tmp_path / "raw")
    account.load(tmp_path / "raw")
    texts = split_statements()
    account.cursor.execute("begin transaction")
    for statement in texts[:-3]:
        account.cursor.execute(statement)
    account.cursor.execute("rollback")
    assert account.rows("select count(*) from raw.flow_logs") == [(0,)]
    account.split()
    assert_equal(account, harness(tmp_path / "raw", tmp_path / "flows.duckdb"))


def test_equal_records_have_equal_keys(account: Account, tmp_path: Path):
    folder = tmp_path / "raw" / "insights-logs-flowlogflowevent"
    folder.mkdir(parents=True)
    other = record(1) | {"macAddress": "00-0d-3a-a1-02-0f", "flowLogResourceID": LOG.lower()}
    (folder / "a.json").write_text(_wrapper(record(1), record(2)))
    (folder / "b.json").write_text(json.dumps([other], indent=4))
    account.load(tmp_path / "raw")
    account.split()
    assert account.rows("select count(*), count(distinct record_key) from raw.flow_logs") == [
        (3, 2)
    ]


def test_the_raw_tables_have_the_columns_of_the_harness(account: Account, tmp_path: Path):
    """The same names in the same order; JSON, nested lists and offsets have types of their own."""
    write_demo_estate(tmp_path / "raw")
    harness(tmp_path / "raw", tmp_path / "flows.duckdb")
    columns = (
        "select lower(table_name), lower(column_name) from information_schema.columns "
        "where lower(table_schema) = 'raw' order by 1, ordinal_position"
    )
    with duckdb.connect(str(tmp_path / "flows.duckdb"), read_only=True) as connection:
        assert account.rows(columns) == connection.execute(columns).fetchall()
        [version] = connection.execute("select version from raw.warehouse_version").fetchall()
    assert account.rows("select version from raw.warehouse_version") == [version]
