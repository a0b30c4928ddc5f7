"""Lands files and blobs into the raw tables; each batch of them is one transaction."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any

import duckdb

from scripts.database import create_database, full_sentence
from scripts.errors import UserError
from scripts.landing.blobs import ARCHIVED, Fetched, ListedBlob, Unread
from scripts.landing.discover import FOLDERS, InputFile, discover
from scripts.landing.split import Envelope, Record, Reject, split
from scripts.landing.warehouse import prepare_warehouse
from scripts.settings import Settings
from scripts.sources import BlobFolder

if TYPE_CHECKING:
    from scripts.landing.blob_store import BlobStore, Place

HERE = Path(__file__).parent
# A batch bounds memory: its text is read at once and parsed to a few times its size.
BATCH_BYTES = 32 << 20
# A smaller one costs more in statements than a second thread saves.
LEAST_BATCH_BYTES = 4 << 20
BATCH_FILES = 5000
# Of the memory limit for each batch that is landed at the same time as others.
WORKER_BYTES = 1 << 30
# Of the memory limit, what is landed between two checkpoints.
CHECKPOINT_SHARE = 1 / 4
# A blob beyond this is cut by split.py, which holds one record at a time.
BULK_FILE_BYTES = 16 << 20
# Pieces that split.py cuts are landed in portions of about this size.
PORTION_CHARACTERS = 16 << 20
PORTION_REJECTS = 10_000
LISTED_AT_ONCE = 10_000
# A flow-log record of more tuples is stored in parts of at most this many (see schema.sql).
PART_TUPLES = 500
# A blob that comes or grows so long after the newest landed hour is found by a full listing alone.
LATE_HOURS = 3
FULL_LISTING_HOURS = 24
# DuckDB says so in several exceptions: a commit that fails is a TransactionException.
_OUT_OF_MEMORY = re.compile(r"Out of Memory|failed to (?:pin|allocate)|could not allocate")
_WHERE_INPUTS_LIE = f"its files must lie below folders named {', '.join(FOLDERS)}"
# Characters that valid JSON never holds unescaped, so that no content can imitate them.
RECORD_SEPARATOR, FIELD_SEPARATOR = "\x1e", "\x1f"
# What makes a row the same one as in the last read of its file.
ROW_KEYS = {"flow_logs": "record_key", "operation_logs": "md5(file_row || event)"}
INVENTORY_ROW_KEY = "md5(file_row || resource)"


@dataclass(frozen=True)
class LandingReport:
    """What one landing did; rows and rejects are counted per raw table, for this run alone.

    Attributes:
        files_not_listed: landed blobs of hours that were passed over.
        files_unread: gone since they were listed, growing all the time, or not to be read: the next
            run tries them again.
        bytes_read: of blobs, as they came over the wire; of files, their sizes.
    """

    files_seen: int
    files_landed: int
    files_unchanged: int
    files_unknown: int
    files_not_listed: int = 0
    files_unread: int = 0
    bytes_read: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)


def land(
    settings: Settings, *, on_progress: Callable[[int, int], None] | None = None
) -> LandingReport:
    """Bring every new or changed file of `settings.sources` into the raw tables.

    Args:
        settings: database, folders, memory and threads.
        on_progress: called with (bytes done, bytes in all).
    Raises:
        UserError: no folder, nothing in it that is an input, a database that cannot be written, or
            a container that cannot be read.
    """
    folders = [source for source in settings.sources if isinstance(source, Path)]
    blob_folders = [source for source in settings.sources if isinstance(source, BlobFolder)]
    for folder in folders:
        _check_folder(folder)
    with ExitStack() as opened:
        store = None
        if blob_folders:
            store = opened.enter_context(_open_store(blob_folders, settings.database))
        connection = opened.enter_context(_connect(settings))
        prepare_warehouse(connection, settings.database)
        moment = datetime.now(UTC).replace(tzinfo=None)
        unknown = _list_files(connection, folders)
        listing = _Listing()
        if store is not None:
            # not before: the database is open, so no other run is at work
            store.tidy()
            listing = _list_blobs(connection, store, moment, is_full=settings.full_listing)
        [(seen,)] = connection.execute(
            "select count(distinct file_path) from listed_files"
        ).fetchall()
        if not seen and not folders and not any(since for _, since in listing.places):
            raise UserError(f"No container there holds an input: {_WHERE_INPUTS_LIE}.")
        connection.execute(f"set variable batch_bytes = {BATCH_BYTES}")
        connection.execute(f"set variable least_batch_bytes = {LEAST_BATCH_BYTES}")
        connection.execute(f"set variable workers = {_most_workers(settings)}")
        connection.execute(f"set variable batch_files = {BATCH_FILES}")
        connection.execute(_sql("changed_files.sql"))
        results = _land_batches(connection, store, settings, moment, on_progress)
        unread = [one for result in results for one in result.unread]
        _keep_listings(connection, listing, moment, unread)
        rows: dict[str, int] = {}
        rejected: dict[str, int] = {}
        for result in results:
            rows[result.raw_table] = rows.get(result.raw_table, 0) + result.rows
            rejected[result.raw_table] = rejected.get(result.raw_table, 0) + result.rejected
        changed = sum(result.changed for result in results)
        return LandingReport(
            files_seen=seen,
            files_landed=sum(result.files for result in results),
            files_unchanged=seen - changed,
            files_unknown=unknown + listing.unknown,
            files_not_listed=_not_listed(connection, listing),
            files_unread=len(unread),
            bytes_read=sum(result.bytes_read for result in results),
            rows=rows,
            rejected=rejected,
        )


def _open_store(folders: Sequence[BlobFolder], database: Path) -> BlobStore:
    # Azure's clients take half a second to load, which most runs need not spend
    from scripts.landing.blob_store import BlobStore

    return BlobStore(folders, blob_home(database))


def blob_home(database: Path) -> Path:
    """Where blobs that may still grow are kept: beside the database they were landed in."""
    return database.resolve().with_name(f"{database.name}.blobs")


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}: name the one that mirrors your containers.")
    if not any(discover(folder)):
        raise UserError(f"{folder} holds no input: {_WHERE_INPUTS_LIE}.")


def _connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
    create_database(settings.database)
    try:
        connection = duckdb.connect(str(settings.database), config=config)
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise UserError(
                f"{settings.database} is open in another program: close it, and run again."
            ) from error
        raise UserError(
            f"{settings.database} cannot be opened as a DuckDB file: name another one."
        ) from error
    except duckdb.Error as error:
        raise UserError(f"DuckDB cannot open {settings.database}: {error}") from error
    # each checkpoint rewrites the last row group, which takes in many batches of records
    between = int(settings.memory_bytes * CHECKPOINT_SHARE)
    connection.execute(f"set checkpoint_threshold = '{between} bytes'")
    # a batch that makes one needs no log
    connection.execute("set auto_checkpoint_skip_wal_threshold = 0")
    return _prepared(connection)


def _prepared(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A connection that lands: settings, macros and variables are each connection's own."""
    # positions are numbered explicitly, and keeping the order costs memory
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set timezone = 'UTC'")
    for script in ("time_macros.sql", "flow_log_macros.sql"):
        connection.execute(_sql(script))
    connection.execute(f"set variable part_tuples = {PART_TUPLES}")
    return connection


def _sql(script: str, **names: str) -> str:
    """The text of a script; `names` are this module's own, never a user's."""
    text = (HERE / script).read_text()
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@dataclass(frozen=True)
class _Listing:
    """How blobs were listed: each place with its first hour (None: all of them)."""

    places: tuple[tuple[Place, datetime | None], ...] = ()
    unknown: int = 0


def _list_files(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> int:
    """Put what lies in the folders into `listed_files`; how many files there are no inputs."""
    connection.execute(
        "create or replace temp table listed_files "
        "(file_path varchar, raw_table varchar, size_bytes bigint, file_modified_at timestamp, "
        "etag varchar, is_archived boolean, has_blocks boolean)"
    )
    return sum(_keep_listed(connection, discover(folder))[1] for folder in folders)


def _list_blobs(
    connection: duckdb.DuckDBPyConnection, store: BlobStore, moment: datetime, *, is_full: bool
) -> _Listing:
    """Put the blobs that may have changed since the last run into `listed_files`."""
    places, unknown = [], 0
    for place in store.places:
        found = connection.execute(
            _sql("listing_start.sql"),
            {
                "folder": place.url,
                "now": moment,
                "late_hours": LATE_HOURS,
                "full_listing_hours": FULL_LISTING_HOURS,
            },
        ).fetchone()
        since = None if is_full or found is None else found[0]
        inputs, others = _keep_listed(connection, store.list(place, since))
        if place.is_named and since is None and not inputs:
            raise UserError(f"{place.url} holds no input: {_WHERE_INPUTS_LIE}.")
        unknown += others
        places.append((place, since))
    return _Listing(tuple(places), unknown)


def _keep_listed(
    connection: duckdb.DuckDBPyConnection, found: Iterator[InputFile | None]
) -> tuple[int, int]:
    """Add inputs to `listed_files`; how many of what was found are inputs, and how many none."""
    inputs = unknown = 0
    while listed := list(islice(found, LISTED_AT_ONCE)):
        files = [file for file in listed if file]
        inputs, unknown = inputs + len(files), unknown + len(listed) - len(files)
        connection.execute(
            "insert into listed_files select unnest(?::varchar[]), unnest(?::varchar[]), "
            "unnest(?::bigint[]), make_timestamp(unnest(?::bigint[])), unnest(?::varchar[]), "
            "unnest(?::boolean[]), unnest(?::boolean[])",
            [
                [file.path for file in files],
                [file.raw_table for file in files],
                [file.size_bytes for file in files],
                [file.modified_us for file in files],
                [file.etag for file in files],
                [file.is_archived for file in files],
                [file.has_blocks for file in files],
            ],
        )
    return inputs, unknown


def _keep_listings(
    connection: duckdb.DuckDBPyConnection,
    listing: _Listing,
    moment: datetime,
    unread: Sequence[Unread],
) -> None:
    """What was listed and landed to its end need not be listed again from its start."""
    missed = [one.path for one in unread if one.reason != ARCHIVED]
    for place, since in listing.places:
        if any(path.startswith(place.url) for path in missed):
            continue
        connection.execute("set variable folder = ?", [place.url])
        connection.execute("set variable listed_at = ?", [moment])
        connection.execute("set variable is_full = ?", [since is None])
        connection.execute(_sql("listed.sql"))


def _not_listed(connection: duckdb.DuckDBPyConnection, listing: _Listing) -> int:
    """How many landed blobs lie in hours that were passed over."""
    folders = [place.url for place, since in listing.places if since]
    if not folders:
        return 0
    [(count,)] = connection.execute(_sql("not_listed.sql"), {"folders": folders}).fetchall()
    return int(count)


@dataclass(frozen=True)
class _Batch:
    """Changed files of one raw table, as `changed_files` has them, and when they are landed."""

    raw_table: str
    size_bytes: int
    files: tuple[tuple[Any, ...], ...]
    loaded_at: datetime


def _most_workers(settings: Settings) -> int:
    """How many batches may be landed at the same time."""
    return max(1, min(settings.threads, settings.memory_bytes // WORKER_BYTES))


@dataclass(frozen=True)
class _BatchResult:
    """What came of a batch: files that had changed and were landed, rows, rejects, bytes."""

    raw_table: str
    changed: int
    files: int
    rows: int
    rejected: int
    unread: tuple[Unread, ...]
    bytes_read: int


def _land_batches(
    connection: duckdb.DuckDBPyConnection,
    store: BlobStore | None,
    settings: Settings,
    moment: datetime,
    on_progress: Callable[[int, int], None] | None,
) -> list[_BatchResult]:
    """Land all that changed, several batches at once.

    DuckDB shares out rows, and a batch has few: one thread parses it, whatever --threads says.
    """
    sizes = connection.execute(
        "select batch, raw_table, sum(size_bytes) from changed_files group by all order by batch"
    ).fetchall()
    total = int(sum(size for *_, size in sizes))
    done = dict.fromkeys(range(len(sizes)), 0)
    reading = Lock()

    def take(place: int) -> _Batch:
        batch, raw_table, size = sizes[place]
        with reading:
            files = connection.execute(
                "select * exclude (batch) from changed_files where batch = ?", [batch]
            ).fetchall()
        # the order of batches is that of their times, whichever ends first
        loaded_at = moment + timedelta(microseconds=place)
        return _Batch(raw_table, int(size), tuple(files), loaded_at)

    def advance(place: int, part: int) -> None:
        with reading:
            done[place] = min(part, int(sizes[place][2]))
            if on_progress:
                on_progress(sum(done.values()), total)

    def land_one(place: int) -> _BatchResult:
        worker = workers.get()
        try:
            advance(place, 0)
            batch = take(place)
            result = _land_batch(worker, store, batch, partial(advance, place))
            advance(place, batch.size_bytes)
            return result
        except duckdb.Error as error:
            if _OUT_OF_MEMORY.search(str(error)) and not full_sentence(str(error)):
                raise UserError(
                    f"The raw files need more than {settings.memory_limit} of memory: run the "
                    "same command again with a larger --memory-limit, it goes on from what "
                    "was landed."
                ) from error
            raise
        finally:
            workers.put(worker)

    count = max(1, min(len(sizes), _most_workers(settings)))
    connections = [connection.cursor() for _ in range(count)]
    workers: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    for one in connections:
        workers.put(_prepared(one))
    pool = ThreadPoolExecutor(count)
    try:
        return list(pool.map(land_one, range(len(sizes))))
    except KeyboardInterrupt:
        for one in connections:
            one.interrupt()
        raise
    finally:
        # after an error, what was begun is landed to its end, and nothing else is begun
        pool.shutdown(wait=True, cancel_futures=True)
        for one in connections:
            one.close()


def _land_batch(
    connection: duckdb.DuckDBPyConnection,
    store: BlobStore | None,
    batch: _Batch,
    advance: Callable[[int], None],
) -> _BatchResult:
    """Replace what the files of a batch gave before by what they give now.

    A file that cannot be read keeps what it gave before, and is tried again by the next run.
    """
    _take_up(connection, batch)
    wanted = connection.execute(
        "select file_path, epoch_us(file_modified_at), is_archived, has_blocks from changed_files "
        "where etag is not null"
    ).fetchall()
    if store is None or not wanted:
        return _land_readable(connection, batch, [], advance)
    with store.fetched([ListedBlob(*blob) for blob in wanted]) as blobs:
        return _land_readable(connection, batch, blobs, advance)


def _take_up(connection: duckdb.DuckDBPyConnection, batch: _Batch) -> None:
    """Give a worker's connection the files of its batch: temporary tables are each one's own."""
    connection.execute("set variable loaded_at = ?", [batch.loaded_at])
    columns = list(zip(*batch.files, strict=True))
    connection.execute(_sql("changed_files_of_batch.sql"), [list(column) for column in columns])


def _land_readable(
    connection: duckdb.DuckDBPyConnection,
    batch: _Batch,
    blobs: Sequence[Fetched | Unread],
    advance: Callable[[int], None],
) -> _BatchResult:
    """Land a batch but for what cannot be read; `blobs` says where its blobs lie."""
    fetched = [blob for blob in blobs if isinstance(blob, Fetched)]
    unread = [blob for blob in blobs if isinstance(blob, Unread)]
    while True:
        try:
            return _replace_batch(connection, batch, fetched, unread, advance)
        except _FilesUnreadError as error:
            unread += error.files


class _FilesUnreadError(Exception):
    """Files that could be listed and not read: the batch begins anew without them."""

    def __init__(self, files: Sequence[Unread]) -> None:
        super().__init__(files)
        self.files = files


def _replace_batch(
    connection: duckdb.DuckDBPyConnection,
    batch: _Batch,
    fetched: Sequence[Fetched],
    unread: Sequence[Unread],
    advance: Callable[[int], None],
) -> _BatchResult:
    """One transaction: all of a batch but for what is known not to be read.

    Raises:
        _FilesUnreadError: there is more of it; nothing was changed.
    """
    raw_table = batch.raw_table
    connection.execute(_sql("batch.sql"))
    _keep_unread(connection, unread)
    _place_blobs(connection, fetched)
    files = connection.execute(
        "select file_path, local_path, size_bytes from batch_files "
        "where file_path not in (select file_path from unread) order by file_path"
    ).fetchall()
    bulk = [local for _, local, size in files if _is_bulk(local, size, raw_table)]
    whole = _judge_blobs(connection, raw_table, bulk)
    row_key = ROW_KEYS.get(raw_table, INVENTORY_ROW_KEY)
    connection.execute("begin")
    try:
        connection.execute(_sql("clear.sql", raw_table=raw_table, row_key=row_key))
        if whole:
            connection.execute(_sql(f"{raw_table}.sql"))
        left = [(path, local) for path, local, _ in files if path not in whole]
        more_unread = _split_files(connection, raw_table, left, advance)
        if more_unread:
            raise _FilesUnreadError(more_unread)
        rows, rejected = _store(connection, raw_table)
        connection.execute("commit")
    except BaseException:
        # a commit that fails has rolled back by itself
        with suppress(duckdb.TransactionException):
            connection.execute("rollback")
        raise
    of_files = sum(size for path, local, size in files if path == local)
    of_blobs = sum(blob.bytes_read for blob in fetched)
    return _BatchResult(
        raw_table=raw_table,
        changed=len(batch.files),
        files=len(files),
        rows=rows,
        rejected=rejected,
        unread=tuple(unread),
        bytes_read=of_files + of_blobs,
    )


def _keep_unread(connection: duckdb.DuckDBPyConnection, unread: Sequence[Unread]) -> None:
    connection.execute(
        "insert into unread select unnest(?::varchar[]), unnest(?::varchar[])",
        [[one.path for one in unread], [one.reason for one in unread]],
    )


def _place_blobs(connection: duckdb.DuckDBPyConnection, fetched: Sequence[Fetched]) -> None:
    """Let `batch_files` say what was fetched, and where it lies."""
    connection.execute(
        "insert into fetched select unnest(?::varchar[]), unnest(?::varchar[]), "
        "unnest(?::bigint[]), make_timestamp(unnest(?::bigint[])), unnest(?::varchar[])",
        [
            [blob.path for blob in fetched],
            [str(blob.local_path) for blob in fetched],
            [blob.size_bytes for blob in fetched],
            [blob.modified_us for blob in fetched],
            [blob.etag for blob in fetched],
        ],
    )
    connection.execute(_sql("fetched.sql"))


def _unread(path: str, error: OSError) -> Unread:
    """Why a file was not read; one that is gone since it was listed is no input."""
    # a name that is no UTF-8 is never found: discover.py wrote it with backslashes
    if isinstance(error, FileNotFoundError) and "\\" not in path:
        return Unread(path, None)
    return Unread(path, f"the file cannot be read: {error.strerror or error}")


def _is_bulk(path: str, size_bytes: int, raw_table: str) -> bool:
    return (
        raw_table in ROW_KEYS and size_bytes <= BULK_FILE_BYTES and not path.lower().endswith(".gz")
    )


def _judge_blobs(
    connection: duckdb.DuckDBPyConnection, raw_table: str, paths: list[str]
) -> set[str]:
    """Read small blobs and judge what the well-formed ones hold; which files those are.

    The others go to split.py, and all of them where a file vanishes meanwhile. That ends a
    transaction, so this is done before one begins.
    """
    if not paths:
        return set()
    connection.execute("set variable blob_paths = ?", [[_literal_path(path) for path in paths]])
    try:
        for script in ("blobs.sql", f"bulk_{raw_table}.sql", f"judged_{raw_table}.sql"):
            connection.execute(_sql(script))
    except duckdb.IOException:
        return set()
    judged = connection.execute("select distinct file_path from judged").fetchall()
    return {path for (path,) in judged}


def _literal_path(path: str) -> str:
    """A path in which DuckDB finds no pattern."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)


def _split_files(
    connection: duckdb.DuckDBPyConnection,
    raw_table: str,
    files: list[tuple[str, str]],
    advance: Callable[[int], None],
) -> list[Unread]:
    """Cut files (name, local path) into pieces and land those; which could not be read, and why."""
    unread: list[Unread] = []
    with tempfile.TemporaryDirectory() as folder:
        pieces = _Pieces(connection, raw_table, Path(folder) / "pieces.txt", advance)
        for path, local in files:
            around = None
            for piece in _pieces_of(local, raw_table):
                if isinstance(piece, OSError):
                    unread.append(_unread(path, piece))
                elif isinstance(piece, Envelope):
                    around = (around or {}) | piece.around
                else:
                    pieces.add(path, piece)
            if around is not None:
                connection.execute(
                    "insert into new_envelopes values (?, ?)", [path, _json_text(around)]
                )
        pieces.land()
        pieces.close()
    if raw_table not in ROW_KEYS:
        # only the end of a file tells what stands around its rows
        connection.execute(_sql("inventories.sql", raw_table=raw_table))
    return unread


def _json_text(value: Any) -> str:
    """JSON that DuckDB reads: half of a surrogate pair, which only Python takes, is a "?"."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


def _pieces_of(path: str, raw_table: str) -> Iterator[Record | Reject | Envelope | OSError]:
    """What `split` yields, and last the error where the file cannot be read.

    An error of the caller's own (a full disk, say) never comes out of here.
    """
    try:
        yield from split(path, raw_table, _is_record(raw_table))
    except OSError as error:
        yield error


class _Pieces:
    """Lands what split.py cuts, in portions of bounded size: row by row is slow."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        raw_table: str,
        file: Path,
        advance: Callable[[int], None],
    ) -> None:
        self._connection, self._raw_table, self._file = connection, raw_table, file
        self._advance, self._characters, self._landed = advance, 0, 0
        self._paths: list[str] = []
        self._rejects: list[tuple[str, Reject]] = []
        self._stream = file.open("w", encoding="utf-8", newline="")

    def add(self, path: str, piece: Record | Reject) -> None:
        if isinstance(piece, Reject):
            self._rejects.append((path, piece))
        else:
            if not self._paths or self._paths[-1] != path:
                self._paths.append(path)
            fields = (str(len(self._paths)), str(piece.row), piece.text)
            self._stream.write(FIELD_SEPARATOR.join(fields) + RECORD_SEPARATOR)
            self._characters += len(piece.text)
        if self._characters >= PORTION_CHARACTERS or len(self._rejects) >= PORTION_REJECTS:
            self.land()

    def close(self) -> None:
        self._stream.close()

    def land(self) -> None:
        self._stream.close()
        self._connection.execute(
            "insert into new_rejected (file_path, file_row, reason, excerpt) "
            "select unnest(?::varchar[]), unnest(?::bigint[]), "
            "unnest(?::varchar[]), unnest(?::varchar[])",
            [
                [path for path, _ in self._rejects],
                [reject.row for _, reject in self._rejects],
                [reject.reason for _, reject in self._rejects],
                [reject.excerpt for _, reject in self._rejects],
            ],
        )
        self._connection.execute("set variable portion_paths = ?", [self._paths])
        self._connection.execute("set variable portion_file = ?", [str(self._file)])
        self._connection.execute(_sql("portion.sql"))
        if self._raw_table in ROW_KEYS:
            for script in (f"judged_{self._raw_table}.sql", f"{self._raw_table}.sql"):
                self._connection.execute(_sql(script))
        else:
            self._connection.execute("insert into resources select * from portion")
        self._landed += self._characters
        self._advance(self._landed)
        self._paths, self._rejects, self._characters = [], [], 0
        self._stream = self._file.open("w", encoding="utf-8", newline="")


def _is_record(raw_table: str) -> Callable[[Any], bool]:
    """What tells a record of a table from a part of one."""
    if raw_table == "flow_logs":
        return lambda value: "time" in value and ("properties" in value or "flowRecords" in value)
    if raw_table == "operation_logs":
        return lambda value: (
            ("time" in value or "eventTimestamp" in value) and ("operationName" in value)
        )
    # an ip configuration of a torn NIC looks like a resource, and its id says that it is none
    resource_id = re.compile(rf".*/{raw_table.replace('_', '')}/[^/]+", re.IGNORECASE | re.DOTALL)
    return lambda value: (
        "id" in value
        and ("properties" in value or "type" in value)
        and ("/providers/" not in str(value["id"]) or resource_id.fullmatch(str(value["id"])))
    )


def _store(connection: duckdb.DuckDBPyConnection, raw_table: str) -> tuple[int, int]:
    """Keep the rejects of a batch, and its files as landed; the numbers of rows and rejects."""
    connection.execute(_sql("store.sql", raw_table=raw_table))
    [(rows, rejected)] = connection.execute(
        "select (select coalesce(sum(row_count), 0) from new_counts), "
        "(select count(*) from new_rejected)"
    ).fetchall()
    return int(rows), rejected
