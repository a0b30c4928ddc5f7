"""The split on Snowflake gives, row by row, what the harness lands from the same files.

The procedures are run by tests/snowflake/scripting.py, their statements on the emulator, through
the real connector. What COPY INTO does stands in landing.documents: the emulator has no stage whose
files are one text each.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
import snowflake.connector

from scripts.demo import write_demo_estate
from scripts.landing import land
from scripts.landing.discover import INVENTORIES, discover
from scripts.paths import PROJECT_ROOT
from scripts.settings import Settings
from scripts.snowflake.cut import cut
from scripts.snowflake.statements import script, set_up, split_statements
from tests.python.test_landing import LOG, TUPLE, event, record
from tests.snowflake.gate import faults
from tests.snowflake.parity import emulated_account
from tests.snowflake.scripting import Procedure, Raised, call
from tests.snowflake.text import text_of

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
PROCEDURES = {
    procedure.name: procedure
    for name in ("split_documents", "load_documents")
    for procedure in map(Procedure.of, script(name))
    if procedure
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """An emulator of an account, for this module."""
    with emulated_account(tmp_path_factory.mktemp("emulator")) as account:
        yield account.port


_NUMBERS = count(1)
_COPY_HISTORY = re.compile(r"table\(information_schema\.copy_history\(.*?\n\s*\)\)", re.DOTALL)
_NEVER = "2020-01-01"
_CREATES_NO_TABLE = re.compile(r"create (or replace )?(stage|file format|procedure)")


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
        for name in ("raw_tables", "landing_tables", "azure_stages", "load_documents"):
            for statement in set_up(name):
                if not _CREATES_NO_TABLE.search(statement):
                    self.cursor.execute(statement.replace("&{storage_account}", "mylogs"))
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

    def split(self, *, fails: Callable[[str], bool] = lambda _: False) -> int:
        """Call the procedure; how many of its transactions were committed.

        Args:
            fails: whether a statement fails; it is asked after the statement has run.
        """
        committed = 0

        def execute(statement: str) -> list[tuple[Any, ...]]:
            nonlocal committed
            rows = self.rows(statement)
            if fails(statement):
                raise RuntimeError("Snowflake's reason")
            committed += statement == "commit"
            return rows

        call(PROCEDURES, "landing.split_documents", execute)
        return committed

    def load_by_copy(
        self,
        *,
        history: Sequence[tuple[str, ...]] = (),
        fails: Callable[[str], bool] = lambda _: False,
    ) -> list[str]:
        """Call the procedure that loads, with a COPY that loads nothing; the COPYs that it ran.

        Args:
            history: what copy_history() shows: stage, file, status, message, and when.
            fails: whether a COPY fails.
        """
        copies = []
        tries = " union all ".join(
            f"select '{stage}' as stage_location, '{file}' as file_name, '{status}' as status, "
            f"'{message}' as first_error_message, '{at}'::timestamp_ntz as last_load_time"
            for stage, file, status, message, at in history or [("", "", "loaded", "", _NEVER)]
        )

        def execute(statement: str) -> list[tuple[Any, ...]]:
            if statement.startswith("copy into"):
                copies.append(statement)
                if fails(statement):
                    raise RuntimeError("ContainerNotFound: the specified container does not exist")
                return []
            return self.rows(_COPY_HISTORY.sub(f"({tries})", statement))

        call(PROCEDURES, "landing.load_documents", execute)
        return copies

    def raw(self, table: str) -> Counter[str]:
        return comparable(table, self.rows(f"select {COLUMNS[table]} from raw.{table}"))

    def all_rows(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table: sorted(map(repr, self.rows(f"select * from raw.{table}"))) for table in COLUMNS
        }


@pytest.fixture
def account(port: int, request: pytest.FixtureRequest) -> Account:
    name = re.sub(r"\W+", "_", request.node.name)[:50]
    return Account(port, f"landing_{next(_NUMBERS)}_{name}")


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
    "key_twice": _wrapper(record(1)).replace('{"time"', '{"category":"old","time"', 1),
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
    "key_twice": json.dumps([_nic("a"), _nic("b")]).replace('{"id"', '{"name":"old","id"', 1),
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
    "resource_graph_table_with_a_name_twice": json.dumps(
        {
            "data": {
                "columns": [{"name": "id"}, {"name": "name"}, {"name": "id"}, {"name": "unused"}],
                "rows": [["/a", "x", "/b"], ["/c", "y", None]],
            },
        }
    ),
    "resource_graph_table_without_names": json.dumps(
        {"data": {"columns": [], "rows": [["/a", "x"], ["/b", "y"]]}}
    ),
    "resource_graph_table_of_nothing": json.dumps({"data": {"columns": [], "rows": []}}),
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


def test_of_two_versions_in_one_second_the_one_that_was_read_later_is_it(account: Account):
    """A blob's time has whole seconds: the content key tells two versions apart."""
    path = f"{MYLOGS}/insights-logs-flowlogflowevent/PT1H.json"
    moments = [datetime(2026, 3, 1, 0, minute) for minute in range(5)]

    def load(records: int, etag: str, scanned_at: datetime) -> None:
        text = _wrapper(*(record(minute) for minute in range(1, records + 1)))
        account.insert_document("flow_logs", path, text, moments[0], etag, scanned_at)

    def landed() -> list[tuple[Any, ...]]:
        assert account.rows("select count(*) from landing.documents") == [(0,)]
        return account.rows("select count(*), max(etag) from raw.flow_logs, raw.landed_files")

    # in one run, in either order of the table
    load(3, "c", moments[3])
    load(2, "b", moments[2])
    assert account.split() == 1
    assert landed() == [(3, "c")]
    # in two runs
    load(4, "a", moments[4])
    account.split()
    assert landed() == [(4, "a")]
    # at one moment, there is one answer and nothing stays
    load(1, "x", moments[4])
    load(2, "y", moments[4])
    account.split()
    assert landed() == [(2, "y")]


@pytest.mark.parametrize("raw_table", ["operation_logs", *INVENTORIES])
def test_what_a_grown_file_had_before_keeps_since_when(account: Account, raw_table: str):
    path = f"{MYLOGS}/collect/{raw_table}/a.json"
    rows = [event(1), event(2)] if raw_table == "operation_logs" else [_nic("a"), _nic("b")]

    def load(text: str, day: int) -> list[tuple[Any, ...]]:
        at = datetime(2026, 3, day)
        account.insert_document(raw_table, path, text, at, str(day), at)
        account.split()
        return account.rows(f"select loaded_at from raw.{raw_table} order by file_row")

    [first] = load(_lines(rows[0]), 1)
    assert load(_lines(*rows), 2)[0] == first < load(_lines(*rows), 3)[1]
    # another row in its place is another row
    assert load(_lines(*rows[::-1]), 4)[0] > first


@pytest.mark.parametrize(("minutes", "is_told"), [(-5, False), (5, True)])
def test_of_a_load_and_a_failure_in_one_run_the_later_one_counts(
    account: Account, minutes: int, is_told: bool
):
    path = f"{MYLOGS}/insights-logs-flowlogflowevent/PT1H.json"
    at = datetime(2026, 3, 1)
    account.insert_document("flow_logs", path, _wrapper(record(1)), at, "a", at)
    for reason, later in (("older", minutes - 1), ("latest", minutes), ("oldest", minutes - 2)):
        account.cursor.execute(
            "insert into landing.failed_files select 'flow_logs', %s, %s, %s::timestamp_ntz",
            [path, reason, str(at + timedelta(minutes=later))],
        )
    account.split()
    assert account.rows("select count(*) from raw.flow_logs") == [(1,)]
    assert account.rows("select reason from raw.rejected_records") == (
        [("the file cannot be loaded: latest",)] if is_told else []
    )


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


MYLOGS = "https://mylogs.blob.core.windows.net"


def test_a_container_that_is_not_there_holds_up_no_other_and_is_told(account: Account):
    def told() -> list[tuple[Any, ...]]:
        return account.rows(
            "select raw_table, file_path, file_row, reason from raw.rejected_records"
        )

    # of flow logs of VNets alone
    copies = account.load_by_copy(fails=lambda text: "networksecuritygroup" in text)
    assert len(copies) == 6
    for _ in range(2):
        account.split()
        [(raw_table, folder, row, reason)] = told()
        assert (raw_table, row) == ("flow_logs", None)
        assert folder == f"{MYLOGS}/insights-logs-networksecuritygroupflowevent/"
        assert reason.startswith("the container cannot be read: ContainerNotFound")
    # once it can be read it is told no more; nor where nobody asks for it
    account.load_by_copy()
    account.split()
    assert told() == []
    account.load_by_copy(fails=lambda text: "flowevent" in text)
    account.cursor.execute("delete from landing.sources where stage like 'landing.nsg%'")
    account.split()
    assert [folder for _, folder, *_ in told()] == [f"{MYLOGS}/insights-logs-flowlogflowevent/"]
    assert len(account.load_by_copy()) == 5


def test_a_missing_container_fails_a_gate_where_it_is_missed(account: Account):
    def told(name: str) -> int:
        sql = (PROJECT_ROOT / "tests" / "conservation" / f"{name}.sql").read_text()
        bare = re.sub(r"\{\{ source\('raw', '(\w+)'\) \}\}", r"raw.\1", sql)
        return len(account.rows(re.sub(r"\{\{.*?\}\}|--[^\n]*", "", bare)))

    def lands(container: str, raw_table: str) -> None:
        account.insert_document(
            raw_table, f"{MYLOGS}/{container}/a.json", "[]", datetime(2026, 3, 1), "e", _NEVER
        )

    def gates() -> tuple[int, int]:
        account.split()
        return told("containers_could_be_read"), told("containers_were_found")

    # there is no flow log: whoever has just begun must see it
    account.load_by_copy(fails=lambda text: "networksecuritygroup" in text)
    assert gates() == (1, 1)
    # flow logs come from elsewhere: the container may be none of theirs
    lands("insights-logs-flowlogflowevent", "flow_logs")
    assert gates() == (0, 1)
    # this one has given files
    lands("insights-logs-networksecuritygroupflowevent", "flow_logs")
    assert gates() == (1, 1)
    account.load_by_copy()
    assert gates() == (0, 0)


def test_each_source_is_copied_from_its_stage_under_its_name(account: Account):
    copies = account.load_by_copy()
    assert [faults(text) for text in copies] == [[]] * 6
    assert {(text.split("@")[1].split()[0], text.split("'")[1]) for text in copies} == {
        ("landing.nsg_flow_logs_mylogs", "flow_logs"),
        ("landing.vnet_flow_logs_mylogs", "flow_logs"),
        ("landing.activity_logs_mylogs", "operation_logs"),
        *(("landing.collect_mylogs", table) for table in INVENTORIES),
    }
    for text in copies:
        container = {"nsg": "insights-logs-n", "vne": "insights-logs-f", "act": "insights-a"}.get(
            text.split("@landing.")[1][:3], "collect/"
        )
        assert f"'{MYLOGS}/{container}" in text
    # a second account beside the first one, and the first one once more
    [sources] = [text for text in script("azure_stages") if "insert into landing.sources" in text]
    for name in ("other", "other", "mylogs"):
        account.cursor.execute(sources.replace("&{storage_account}", name))
    copies = account.load_by_copy()
    assert len(copies) == 12
    assert len([text for text in copies if "'https://other.blob.core.windows.net/" in text]) == 6
    # a name with a quote stays one text
    account.cursor.execute("update landing.sources set folder = 'it''s/', pattern = 'a''b'")
    assert [faults(text) for text in account.load_by_copy()] == [[]] * 12


def test_a_file_that_copy_refused_is_told_under_its_name(account: Account):
    account.load_by_copy(
        history=[
            # the same account's name is the end of another one
            ("azure://mylogs.blob.core.windows.net/collect/", "a/virtual_machines/x.json", *LATER),
            ("azure://eumylogs.blob.core.windows.net/collect/", "virtual_networks/y.json", *LATER),
            ("azure://mylogs.blob.core.windows.net/insights-activity-logs/", "z.json", *LATER),
            ("stages/LANDING.VNET_FLOW_LOGS_MYLOGS", "v.json.gz", *LATER),
            # loaded in the end, and at first
            ("azure://mylogs.blob.core.windows.net/insights-activity-logs/", "w.json", *EARLIER),
            (
                "azure://mylogs.blob.core.windows.net/insights-activity-logs/",
                "w.json",
                *("Loaded", "", "2026-03-01 03:00:00"),
            ),
        ]
    )
    assert account.rows("select raw_table, file_path from landing.failed_files order by 2") == [
        ("flow_logs", "azure://eumylogs.blob.core.windows.net/collect/virtual_networks/y.json"),
        ("virtual_machines", f"{MYLOGS}/collect/a/virtual_machines/x.json"),
        ("operation_logs", f"{MYLOGS}/insights-activity-logs/z.json"),
        ("flow_logs", f"{MYLOGS}/insights-logs-flowlogflowevent/v.json.gz"),
    ]


EARLIER = ("Load failed", "Max LOB size exceeded", "2026-03-01 01:00:00")
LATER = ("Load failed", "Max LOB size exceeded", "2026-03-01 02:00:00")


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
    count_of_parts = cut(blob, parts, part_bytes=1500).parts
    assert count_of_parts > 1
    blob.rename(tmp_path / "PT1H.json")

    def told() -> list[tuple[Any, ...]]:
        account.cursor.execute(
            "insert into landing.failed_files select 'flow_logs', %s, 'Max LOB size exceeded', "
            "'2026-03-01 02:00:00'::timestamp_ntz",
            [blob.as_posix()],
        )
        account.load(tmp_path / "raw")
        account.split()
        return account.rows(
            "select file_path from raw.rejected_records where reason like 'the file cannot be%'"
        )

    # a copy that broke off: the file is missing as long as one of its parts is
    last = parts / f"part-{count_of_parts:04d}-of-{count_of_parts:04d}.jsonl"
    last.rename(tmp_path / "last")
    assert told() == [(blob.as_posix(),)]
    (tmp_path / "last").rename(last)
    assert told() == []
    times = "select record_time from raw.flow_logs order by 1"
    with duckdb.connect(str(tmp_path / "flows.duckdb"), read_only=True) as connection:
        assert account.rows(times) == connection.execute(times).fetchall()
    # what the harness rejects of the file, its parts have rejected
    assert [row for (row,) in account.rows("select reason from raw.rejected_records")] == [
        "the record is cut off or no JSON"
    ] * sum(expected["rejected_records"].values())


def test_a_file_on_which_the_split_fails_is_set_aside_and_told(account: Account, tmp_path: Path):
    folder = tmp_path / "raw" / "insights-logs-flowlogflowevent"
    folder.mkdir(parents=True)
    for minute in range(1, 8):
        (folder / f"{minute}.json").write_text(_wrapper(record(minute)))
    bad = (folder / "4.json").as_posix()

    def fails(statement: str) -> bool:
        """The split cannot land it: found by what stands in the tables at that statement."""
        return "insert into raw.landed_files" in statement and bool(
            account.rows(f"select 1 from landing.new_documents where file_path = '{bad}'")
        )

    def told() -> list[tuple[Any, ...]]:
        return account.rows("select file_path, file_row, reason from raw.rejected_records")

    account.load(tmp_path / "raw")
    account.split(fails=fails)
    reason = "the file cannot be loaded: the split fails on it: Snowflake's reason"
    assert told() == [(bad, None, reason)]
    landed = account.rows("select file_path from raw.landed_files order by 1")
    assert landed == [((folder / f"{n}.json").as_posix(),) for n in (1, 2, 3, 5, 6, 7)]
    # it does not hold up the next ones, and is kept
    (folder / "8.json").write_text(_wrapper(record(8)))
    account.load(tmp_path / "raw")
    assert account.split(fails=fails) == 1
    assert account.rows("select count(*) from raw.landed_files") == [(7,)]
    assert told() == [(bad, None, reason)]
    # tried again after a day, or where it has changed
    account.cursor.execute(
        "update landing.set_aside set set_aside_at = dateadd('day', -2, set_aside_at)"
    )
    account.split(fails=fails)
    assert account.rows("select count(*) from landing.set_aside") == [(1,)]
    Path(bad).write_text(_wrapper(record(4), record(5)))
    account.load(tmp_path / "raw", modified_at=datetime(2030, 1, 1))
    account.split()
    assert told() == account.rows("select * from landing.set_aside") == []
    assert account.rows("select count(*) from raw.landed_files") == [(8,)]
    assert account.rows("select count(*) from landing.documents") == [(0,)]


def test_a_split_that_fails_whatever_it_is_given_sets_nothing_aside(
    account: Account, tmp_path: Path
):
    write_demo_estate(tmp_path / "raw")
    account.load(tmp_path / "raw")
    with pytest.raises(Raised, match="Snowflake's reason"):
        account.split(fails=lambda statement: statement.startswith("delete from raw.flow_logs"))
    with pytest.raises(Raised, match="Snowflake's reason"):
        account.split(fails=lambda statement: "insert into raw.landed_files" in statement)
    assert account.rows("select * from landing.set_aside") == []
    assert account.rows("select * from raw.landed_files") == []
    account.split()
    assert account.rows("select count(*) from landing.documents") == [(0,)]


def test_nothing_stays_in_the_work_tables(account: Account, tmp_path: Path):
    write_demo_estate(tmp_path / "raw")
    for _ in range(2):  # the second time there are earlier rows
        account.load(tmp_path / "raw", modified_at=datetime(2026, 3, 1) + timedelta(account.loads))
        account.split()
    for table in ("new_documents", "new_pieces", "new_envelopes", "new_records", "earlier"):
        assert account.rows(f"select count(*) from landing.{table}") == [(0,)], table


def test_a_split_locks_a_row_before_all_else():
    """An update of a row holds its lock to the commit; a delete of nothing may hold none."""
    first, *rest = split_statements()
    assert "update landing.split_lock\n" in first
    assert not [text for text in rest if "update landing.split_lock" in text]


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


def test_a_key_that_an_object_has_twice_is_asked_for_everywhere():
    """Without its option Snowflake parses no such object; the emulator does."""
    calls = [call for text in split_statements() for call in text_of(text).calls]
    found = [len(call.arguments) for call in calls if call.name == "try_parse_json"]
    assert len(found) >= 6
    assert set(found) == {2}


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
