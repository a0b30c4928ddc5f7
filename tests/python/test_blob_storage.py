"""Azure Blob Storage as the source: what is listed, what is read, and what is never believed."""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.storage.blob import BlobSasPermissions, ContentSettings, generate_container_sas

from scripts import cli
from scripts.demo import write_demo_estate
from scripts.errors import UserError
from scripts.landing import LandingReport, blob_account, blob_fetch, blob_store, land, run
from scripts.landing.blob_listing import is_over
from scripts.landing.run import blob_home
from scripts.render import landing_sentence
from scripts.settings import Settings
from scripts.sources import BlobFolder, Source, parse_source
from tests.python.azurite import ACCOUNT, Container, Server, running
from tests.python.test_landing import RAW_TABLES, TUPLE, event, record

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
LOGS = "insights-logs-flowlogflowevent"
R1, R2, R3 = (json.dumps(record(minute)) for minute in (1, 2, 3))
LARGE = json.dumps(record(9, *[TUPLE] * 300))
AZURE = "AZURE_"


def hour_blob(hours_ago: int = 0, mac: str = "000D3AA1020F", log: str = "LOG") -> str:
    hour = NOW - timedelta(hours=hours_ago)
    return (
        f"{LOGS}/flowLogResourceID=/S1_NETWORKWATCHERRG/NETWORKWATCHER_EASTUS_{log}/"
        f"{hour:y=%Y/m=%m/d=%d/h=%H}/m=00/macAddress={mac}/PT1H.json"
    )


@dataclass
class Wire:
    """What came from the server: (kind of request, bytes)."""

    answers: list[tuple[str, int]] = field(default_factory=list)

    def see(self, request: Any, response: Any, stream: bool) -> None:
        kinds = {"comp=blocklist": "blocks", "comp=list": "list"}
        kind = next((kinds[part] for part in kinds if part in request.url), "blob")
        # a body that is streamed has not come yet; others, and errors, may come without a length
        size = int(response.headers.get("content-length", 0)) if stream else len(response.body())
        self.answers.append((kind, size))

    def requests(self, kind: str) -> int:
        return sum(known == kind for known, _ in self.answers)

    def bytes_read(self) -> int:
        """Of blobs and of their block lists."""
        return sum(size for kind, size in self.answers if kind != "list")


@dataclass
class Estate:
    """A database, and a container that is landed into it."""

    container: Container
    database: Path
    wire: Wire

    def land(self, *more: Source, **options: Any) -> LandingReport:
        """Land the container; `wire` then has what this landing alone took."""
        self.wire.answers.clear()
        sources = more or (BlobFolder(self.container.name),)
        return land(Settings(self.database, sources, threads=2, **options))

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def times(self) -> list[str]:
        """Minutes of the records that were landed, by file and place."""
        return [
            written[14:16]
            for (written,) in self.rows(
                "select record_time from raw.flow_logs order by file_path, file_row"
            )
        ]

    def reasons(self) -> list[str]:
        return [r for (r,) in self.rows("select reason from raw.rejected_records order by all")]

    def is_as_if_landed_at_once(self) -> bool:
        """Whether a new database would hold the same, in rows and in what it knows of blobs."""
        anew = Estate(self.container, self.database.with_name("anew.duckdb"), Wire())
        anew.database.unlink(missing_ok=True)
        anew.land(full_listing=True)
        return dump(self.database) == dump(anew.database)


def dump(database: Path, without: str = "loaded_at") -> dict[str, list[tuple]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return {
            table: connection.execute(
                f"select * exclude ({without}) from raw.{table} order by all"
            ).fetchall()
            for table in RAW_TABLES
        }


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(AZURE)]:
        monkeypatch.delenv(name)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Every answer to a request, repeated ones too."""
    wire, send = Wire(), RequestsTransport.send

    def send_and_see(self: RequestsTransport, request: Any, **options: Any) -> Any:
        response = send(self, request, **options)
        if request.method == "GET":
            wire.see(request, response, bool(options.get("stream")))
        return response

    monkeypatch.setattr(RequestsTransport, "send", send_and_see)
    return wire


@pytest.fixture
def estate(server: Server, tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Estate:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", server.connection_string)
    return Estate(server.container(), tmp_path / "flows.duckdb", wire)


@pytest.fixture
def before_reading(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """``before_reading(action)``: done once, after blobs were listed and before one is read."""

    def arrange(action: Callable[[], None]) -> None:
        left, fetch = [action], blob_fetch.fetch

        def act_and_fetch(*arguments: Any) -> Any:
            if left:
                left.pop()()
            return fetch(*arguments)

        monkeypatch.setattr(blob_store, "fetch", act_and_fetch)

    return arrange


# --- the same as from a folder -----------------------------------------------------------------


def test_containers_give_what_their_mirror_gives(
    server: Server, estate: Estate, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    write_demo_estate(mirror)
    containers = {
        folder.name: server.container(folder.name) for folder in mirror.iterdir() if folder.is_dir()
    }
    try:
        files = [file for file in mirror.rglob("*") if file.is_file()]
        for file in files:
            name, _, blob = file.relative_to(mirror).as_posix().partition("/")
            containers[name].client.upload_blob(blob, file.read_bytes())
        # all containers of the account that have a known name, the collector's among them
        report = estate.land(BlobFolder(None))
        assert report.files_landed == len(files)
        land(Settings(tmp_path / "mirror.duckdb", mirror, threads=2))
        own = "loaded_at, file_modified_at, file_path"
        tables = dump(estate.database, without=own), dump(tmp_path / "mirror.duckdb", without=own)
        for dumped in tables:
            dumped["landed_files"] = [row[:-1] for row in dumped["landed_files"]]
        assert tables[0] == tables[1]
        assert len(tables[0]["flow_logs"]) > 300
        assert estate.land(BlobFolder(None)).files_landed == 0
    finally:
        for container in containers.values():
            container.client.delete_container()


def test_a_blob_is_named_by_its_url_without_a_sas(
    server: Server, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.container.put(hour_blob(), R1)
    sas = generate_container_sas(
        ACCOUNT,
        estate.container.name,
        server.key,
        permission=BlobSasPermissions(read=True, list=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    by_sas = f"BlobEndpoint={server.url};SharedAccessSignature={sas}"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", by_sas)
    estate.land()
    [(path,)] = estate.rows("select file_path from raw.flow_logs")
    assert path == f"{server.url}/{estate.container.name}/{hour_blob()}"
    assert estate.rows("select folder from raw.blob_listings") == [
        (f"{server.url}/{estate.container.name}/",)
    ]


def test_a_folder_in_another_counts_once(estate: Estate) -> None:
    estate.container.grow(hour_blob(), R1, R2)
    inner = BlobFolder(estate.container.name, f"{LOGS}/")
    report = estate.land(BlobFolder(estate.container.name), inner)
    assert (report.files_seen, report.files_landed) == (1, 1)
    assert estate.times() == ["01", "02"]
    assert estate.land(inner).files_landed == 0


def test_inventories_events_and_other_files(estate: Estate) -> None:
    estate.container.put("collect/network_interfaces/2026/nics.json", '{"value":[{"id":"/n"}]}')
    estate.container.put("collect/network_interfaces/readme.txt", "hello")
    lines = estate.container.client.get_blob_client("insights-activity-logs/a/PT1H.json")
    lines.create_append_blob()
    lines.append_block(json.dumps(event(1)) + "\n")
    first = estate.land()
    assert (first.files_landed, first.files_unknown) == (2, 1)
    lines.append_block(json.dumps(event(2)) + "\n")
    assert estate.land().files_landed == 1
    assert estate.rows("select count(*) from raw.operation_logs") == [(2,)]
    assert estate.rows("select count(*) from raw.network_interfaces") == [(1,)]
    assert estate.is_as_if_landed_at_once()


def test_compressed_blobs_are_known_by_their_bytes(estate: Estate) -> None:
    text = f'{{"records":[{R1}]}}'
    encoded = ContentSettings(content_encoding="gzip")
    for mac, content, options in (
        ("ENCODED", gzip.compress(text.encode()), {"content_settings": encoded}),
        ("PLAIN", text.encode(), {}),
    ):
        estate.container.client.upload_blob(hour_blob(mac=mac), content, **options)
        estate.container.client.upload_blob(f"{hour_blob(mac=mac)}.gz", content, **options)
    estate.land()
    assert (estate.times(), estate.reasons()) == (["01"] * 4, [])


def test_an_empty_blob_that_fills(estate: Estate) -> None:
    estate.container.put(hour_blob(), "")
    assert estate.land().files_landed == 1
    estate.container.grow(hour_blob(), R1)
    estate.land()
    assert (estate.times(), estate.reasons()) == (["01"], [])


# --- what is listed, and what is read ----------------------------------------------------------


def test_of_many_blobs_those_that_grew_are_read_and_of_those_what_is_new(estate: Estate) -> None:
    for mac in range(10):
        estate.container.grow(hour_blob(0, f"{mac:012X}"), R1, LARGE)
    for hour in range(1, 6):
        for mac in range(4):
            estate.container.put(hour_blob(hour, f"{mac:012X}"), f'{{"records":[{R1}]}}')
    whole = estate.land()
    assert (whole.files_landed, whole.files_unchanged) == (30, 0)
    grown = sum(estate.container.grow(hour_blob(0, f"{mac:012X}"), LARGE) for mac in range(5))
    second = estate.land()
    # 3 hours before the newest landed one, and that
    assert (second.files_landed, second.files_unchanged, second.files_not_listed) == (5, 17, 8)
    assert grown < estate.wire.bytes_read() <= 1.1 * grown
    assert second.bytes_read == estate.wire.bytes_read()
    assert estate.wire.requests("blob") == estate.wire.requests("blocks") == 5
    assert estate.is_as_if_landed_at_once()
    sentence = f"5 files landed ({grown / 1e6:.1f} MB read), 17 unchanged"
    assert landing_sentence(second) == f"{sentence}, 8 of earlier hours not looked at"
    assert landing_sentence(estate.land(full_listing=True)) == (
        "0 files landed (0.0 MB read), 30 unchanged"
    )
    assert estate.wire.bytes_read() == 0


def test_another_version_is_read_though_its_size_and_time_are_the_same(estate: Estate) -> None:
    estate.container.put(hour_blob(), f'{{"records":[{R1}]}}')
    estate.land()
    assert estate.land().files_landed == 0
    # times are whole seconds: as if what was landed had been another version of the same one
    with duckdb.connect(str(estate.database)) as connection:
        connection.execute("update raw.landed_files set etag = 'another'")
    assert estate.land().files_landed == 1


def test_a_late_blob_is_found_by_the_next_full_listing(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.container.grow(hour_blob(), R1)
    assert estate.land().files_landed == 1
    estate.container.grow(hour_blob(hours_ago=30), R2)
    assert estate.land().files_landed == 0
    monkeypatch.setattr(run, "FULL_LISTING_HOURS", 0)
    assert estate.land().files_landed == 1


def test_hours_are_counted_from_the_newest_landed_one(estate: Estate) -> None:
    # a container that stood still for weeks: what comes next is of the hours after that
    estate.container.grow(hour_blob(hours_ago=1000), R1)
    estate.land()
    estate.container.grow(hour_blob(hours_ago=1000), R2)
    estate.container.grow(hour_blob(hours_ago=700), R3)
    assert estate.land().files_landed == 2


def test_hours_of_the_future_do_not_hide_those_of_today(estate: Estate) -> None:
    estate.container.grow(hour_blob(hours_ago=-10_000), R1)
    estate.land()
    estate.container.grow(hour_blob(), R2)
    assert estate.land().files_landed == 1


@pytest.mark.parametrize(
    ("folder", "over"),
    [
        ("a/y=2025/", True),
        ("a/y=2026/", False),
        ("a/y=2026/m=02/d=09/", True),
        ("a/y=2026/m=02/d=10/", False),
        ("a/y=2026/m=02/d=10/h=04/", True),
        ("a/y=2026/m=02/d=10/h=05/", False),
        ("a/y=2026/m=03/", False),
        ("a/y=2026/m=02/d=10/h=04/m=00/", False),
        ("a/year/", False),
    ],
)
def test_folders_of_hours_that_are_over(folder: str, over: bool) -> None:
    assert is_over(folder, datetime(2026, 2, 10, 5, 59)) is over
    assert not is_over(folder, None)


# --- what is never believed --------------------------------------------------------------------


def test_a_torn_blob_is_rejected_and_taken_back_by_a_later_read(estate: Estate) -> None:
    estate.container.grow(hour_blob(), R1, R2[:90], closer="")
    estate.land()
    assert estate.times() == ["01"]
    assert len(estate.reasons()) == 1
    estate.container.blocks[hour_blob()].pop()
    estate.container.grow(hour_blob(), R2, R3)
    estate.land()
    assert (estate.times(), estate.reasons()) == (["01", "02", "03"], [])
    assert estate.is_as_if_landed_at_once()


def test_a_blob_that_vanishes_before_it_is_read_keeps_what_it_gave(
    estate: Estate, before_reading: Callable
) -> None:
    estate.container.grow(hour_blob(), R1)
    estate.container.grow(hour_blob(mac="OTHER"), R1)
    estate.land()
    estate.container.grow(hour_blob(), R2)
    estate.container.grow(hour_blob(mac="OTHER"), R2)
    blob = estate.container.client.get_blob_client(hour_blob())
    before_reading(blob.delete_blob)
    listed = estate.rows("select * from raw.blob_listings")
    report = estate.land()
    assert (report.files_landed, report.files_unread, report.rejected["flow_logs"]) == (1, 1, 0)
    assert estate.times() == ["01", "01", "02"]
    # the hours of this run are listed again
    assert estate.rows("select * from raw.blob_listings") == listed
    estate.container.put(hour_blob(), f'{{"records":[{R1},{R2},{R3}]}}')
    assert estate.land().files_landed == 1
    assert estate.times() == ["01", "02", "03", "01", "02"]
    assert estate.rows("select * from raw.blob_listings") != listed


def test_a_blob_that_grows_between_listing_and_reading_is_one_version(
    estate: Estate, before_reading: Callable
) -> None:
    estate.container.grow(hour_blob(), R1)
    before_reading(lambda: estate.container.grow(hour_blob(), R2))
    estate.land()
    assert estate.times() == ["01", "02"]
    # what was read is what is known: nothing is read once more
    assert estate.land().files_landed == 0


@pytest.mark.parametrize("is_known", [False, True])
def test_a_blob_that_grows_while_it_is_read_is_read_again(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    estate.container.grow(hour_blob(), R1)
    if is_known:
        estate.land()
    estate.container.grow(hour_blob(), R2)
    left, block_list = [R3], blob_fetch._block_list

    def list_and_grow(client: Any) -> Any:
        listed = block_list(client)
        if left:
            estate.container.grow(hour_blob(), left.pop())
        return listed

    monkeypatch.setattr(blob_fetch, "_block_list", list_and_grow)
    estate.land()
    assert estate.wire.requests("blocks") == 2
    assert estate.times() == ["01", "02", "03"]
    assert estate.is_as_if_landed_at_once()


def test_requests_without_an_answer_are_repeated(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.container.grow(hour_blob(), R1, LARGE)
    estate.land()
    estate.container.grow(hour_blob(), R2)
    send, failed = RequestsTransport.send, set()

    def fail_once(self: RequestsTransport, request: Any, **options: Any) -> Any:
        if request.url not in failed:
            failed.add(request.url)
            raise ServiceResponseError("the connection was closed")
        return send(self, request, **options)

    monkeypatch.setattr(RequestsTransport, "send", fail_once)
    monkeypatch.setattr(HttpTransport, "sleep", lambda *_: None)
    estate.land()
    # one answer each, though every request was sent twice
    assert estate.wire.requests("blob") == estate.wire.requests("blocks") == 1
    assert estate.is_as_if_landed_at_once()


def test_a_blob_that_never_stands_still_is_tried_next_time(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.container.grow(hour_blob(), R1)
    block_list = blob_fetch._block_list

    def list_and_grow(client: Any) -> Any:
        listed = block_list(client)
        estate.container.grow(hour_blob(), R2)
        return listed

    monkeypatch.setattr(blob_fetch, "_block_list", list_and_grow)
    report = estate.land()
    assert (report.files_landed, report.files_unread) == (0, 1)
    monkeypatch.setattr(blob_fetch, "_block_list", block_list)
    assert estate.land().files_landed == 1
    assert estate.is_as_if_landed_at_once()


MASKED = LARGE.replace("40.119.6.228", "99.999.9.999")
MASKED_FIRST = LARGE.replace("40.119.6.228", "99.999.9.999", 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # tools number the pieces of a file: the same names and sizes, and other bytes
        (['{"records":[', LARGE, "]}"], ['{"records":[', MASKED, f",{R2}", "]}"]),
        # and where the blob is no list of records that is closed by its last block
        ([LARGE[:4000], LARGE[4000:]], [MASKED_FIRST[:4000], LARGE[4000:] + f"\n{R2}"]),
        # blocks that were taken out or put elsewhere
        (['{"records":[', R1, f",{R2}", "]}"], ['{"records":[', R1, "]}"]),
        (['{"records":[', R1, f",{R2}", "]}"], ['{"records":[', f"{R2},", R1, "]}"]),
    ],
    ids=["masked", "pieces", "cut", "moved"],
)
def test_a_blob_that_was_written_anew_is_read_anew(
    estate: Estate, before: list[str], after: list[str]
) -> None:
    for blocks in (before, after):
        names = [
            estate.container.stage(hour_blob(), text, f"{n:04d}") for n, text in enumerate(blocks)
        ]
        estate.container.commit(hour_blob(), names)
        estate.land()
    assert estate.is_as_if_landed_at_once()


@pytest.mark.parametrize("harm", ["bytes", "blocks", "index", "all"])
def test_a_damaged_or_missing_cache_is_not_used(estate: Estate, harm: str) -> None:
    estate.container.grow(hour_blob(), R1, LARGE)
    estate.land()
    for file in blob_home(estate.database).iterdir():
        if harm == "all":
            file.unlink()
        elif file.suffix == ".index":
            if harm == "blocks":
                file.write_text(file.read_text().replace(", 2]", ", 3]"))
            elif harm == "index":
                file.write_text("{")
        elif harm == "bytes":
            file.write_bytes(file.read_bytes().replace(b"40.119.6.228", b"99.999.9.999", 1))
    estate.container.grow(hour_blob(), R2)
    estate.land()
    size = estate.container.client.get_blob_client(hour_blob()).get_blob_properties().size
    assert estate.wire.bytes_read() > size
    assert estate.is_as_if_landed_at_once()


def test_the_cache_holds_each_blob_once_and_no_blob_that_is_over(estate: Estate) -> None:
    for text in (R1, R2, R3):
        estate.container.grow(hour_blob(), text)
        estate.land()
    home = blob_home(estate.database)
    assert sorted(file.suffix for file in home.iterdir()) == [".index", ".json"]
    (home / "batch-left-behind").mkdir()
    long_ago = time.time() - blob_fetch.GROWS_FOR.total_seconds() - 1
    for file in home.iterdir():
        os.utime(file, (long_ago, long_ago))
    estate.land()
    assert list(home.iterdir()) == []


def test_an_archived_blob_is_told_and_read_when_it_is_back(estate: Estate) -> None:
    estate.container.put(hour_blob(), f'{{"records":[{R1}]}}')
    blob = estate.container.client.get_blob_client(hour_blob())
    blob.set_standard_blob_tier("Archive")
    for _ in range(2):
        report = estate.land()
        assert report.files_unread == 1
        assert estate.reasons() == ["the blob is in the archive tier: rehydrate it to have it read"]
    blob.set_standard_blob_tier("Hot")
    estate.land()
    assert (estate.times(), estate.reasons()) == (["01"], [])


# --- what the user can mend --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("az://logs", BlobFolder("logs")),
        ("az://logs/a/b/", BlobFolder("logs", "a/b/")),
        ("az://", BlobFolder(None)),
        ("az://logs@acc.blob.core.windows.net/a", BlobFolder("logs", "a/", "acc")),
        ("abfss://logs@acc.dfs.core.windows.net/", BlobFolder("logs", "", "acc")),
        (
            "abfss://logs@acc.dfs.core.chinacloudapi.cn/a",
            BlobFolder("logs", "a/", "acc", "core.chinacloudapi.cn"),
        ),
        ("some/folder", Path("some/folder")),
    ],
)
def test_urls(url: str, source: Source) -> None:
    assert parse_source(url) == source


@pytest.mark.parametrize(
    "url",
    [
        "abfss://logs/a",
        "abfss://@acc.dfs.core.windows.net/a",
        "abfss://logs@acc.example.com/a",
        "az:///a",
        "az://My_Logs/a",
        "s3://logs/a",
        "https://acc.blob.core.windows.net/logs",
    ],
)
def test_urls_of_another_form(url: str) -> None:
    with pytest.raises(UserError, match="write it as az://container/folder"):
        parse_source(url)


def test_a_sas_in_a_url_is_not_repeated() -> None:
    with pytest.raises(UserError, match="AZURE_STORAGE_SAS_TOKEN") as told:
        parse_source("az://logs/a?sv=2024&sig=secret")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("environment", "credential"),
    [
        (
            {"AZURE_STORAGE_KEY": "a2V5", "AZURE_STORAGE_SAS_TOKEN": "sig=s"},
            "SharedKeyCredentialPolicy",
        ),
        ({"AZURE_STORAGE_ACCOUNT_KEY": "a2V5"}, "SharedKeyCredentialPolicy"),
        ({"AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=s"}, "AzureSasCredential"),
        ({}, "DefaultAzureCredential"),
    ],
)
def test_credentials_of_the_environment(environment: dict[str, str], credential: str) -> None:
    account = {"AZURE_STORAGE_ACCOUNT": "other"}
    client = blob_account.connect(BlobFolder("logs", account="acc"), environment | account)
    assert type(client.credential).__name__ == credential
    # the URL's own account, and nothing of a SAS
    assert blob_account.base_url(client) == "https://acc.blob.core.windows.net"
    client = blob_account.connect(BlobFolder("logs"), environment | account)
    assert blob_account.base_url(client) == "https://other.blob.core.windows.net"


SERVER, KEY = "{server}", "{key}"


@pytest.mark.parametrize(
    ("url", "environment", "words"),
    [
        ("az://not-there", {"CONNECTION_STRING": SERVER}, "There is no container not-there"),
        ("az://", {"CONNECTION_STRING": SERVER}, "has no container of a known name"),
        ("az://empty", {"CONNECTION_STRING": SERVER}, "empty/ holds no input"),
        ("az://empty", {"CONNECTION_STRING": KEY}, "You may not read container empty"),
        ("az://empty", {"CONNECTION_STRING": "x=secret"}, "is no connection string"),
        ("abfss://empty@other.dfs.core.windows.net/", {"CONNECTION_STRING": SERVER}, "other"),
        ("az://empty", {}, "set AZURE_STORAGE_ACCOUNT"),
        ("az://empty", {"ACCOUNT": "acc"}, "There are no valid credentials for"),
        ("az://empty", {"ACCOUNT": "acc", "KEY": "secret"}, "There are no valid credentials for"),
        ("az://empty", {"CONNECTION_STRING": "{closed}"}, "cannot be reached"),
        ("az://empty", {"ACCOUNT": "https://acc/", "KEY": "c2VjcmV0"}, "AZURE_STORAGE_ACCOUNT"),
    ],
)
def test_what_the_user_can_mend(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    environment: dict[str, str],
    words: str,
) -> None:
    # a port that nobody listens on
    closed = server.connection_string.replace(server.url, "http://127.0.0.1:1/estate")
    empty = server.client().get_container_client("empty")
    if not empty.exists():
        empty.create_container()
    values = {
        SERVER: server.connection_string,
        KEY: server.connection_string.replace(server.key, "c2VjcmV0"),
        "{closed}": closed,
    }
    for name, value in environment.items():
        monkeypatch.setenv(f"AZURE_STORAGE_{name}", values.get(value, value))
    # of the many places that may offer credentials, the one that is asked in no time
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    monkeypatch.setattr(blob_store, "FIRST_RETRIES", 0)
    with pytest.raises(UserError) as told:
        land(Settings(tmp_path / "flows.duckdb", parse_source(url), threads=2))
    message = str(told.value)
    assert words in message
    assert "secret" not in message and server.key not in message
    assert "\n" not in message and message.endswith(".")


def test_a_container_that_may_not_be_listed(server: Server, estate: Estate, monkeypatch) -> None:
    sas = generate_container_sas(
        ACCOUNT,
        estate.container.name,
        server.key,
        permission=BlobSasPermissions(read=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    by_sas = f"BlobEndpoint={server.url};SharedAccessSignature={sas}"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", by_sas)
    with pytest.raises(UserError, match="You may not read container") as told:
        estate.land()
    assert "sig=" not in str(told.value)


def test_the_command_line_lands_a_container(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def run_command(*arguments: str) -> tuple[object, list[str]]:
        monkeypatch.setattr(
            sys, "argv", ["scripts", "land", *arguments, "-d", str(estate.database)]
        )
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return stop.value.code, capsys.readouterr().err.splitlines()

    estate.container.grow(hour_blob(), R1, R2)
    code, lines = run_command(f"az://{estate.container.name}", "--full-listing")
    assert (code, lines[-1]) == (0, "1 files landed (0.0 MB read), 0 unchanged")
    code, lines = run_command(f"az://{estate.container.name}", "az://not-there")
    assert code == 2
    assert lines[-1].startswith("There is no container not-there")
