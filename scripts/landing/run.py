"""Lands the files of a folder into the raw tables; each batch of files is one transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from scripts.errors import UserError
from scripts.landing.discover import FOLDERS, InputFile, discover
from scripts.landing.split import Record, Reject, split
from scripts.settings import Settings

HERE = Path(__file__).parent
# A batch bounds memory: its text is read at once and parsed to a few times its size.
BATCH_BYTES = 128 << 20
BATCH_FILES = 2000
# A blob beyond this is cut by split.py, which holds one record at a time.
BULK_FILE_BYTES = 32 << 20
# Pieces that split.py cuts go to DuckDB in files of about this size.
PIECE_CHARACTERS = 32 << 20
# Characters that valid JSON never holds unescaped, so that no content can imitate them.
RECORD_SEPARATOR, FIELD_SEPARATOR = "\x1e", "\x1f"

_TUPLES = '"flowTuples": ["VARCHAR"]'
_RECORD = (
    '{"time": "VARCHAR", "category": "VARCHAR", "macAddress": "VARCHAR",'
    ' "flowLogVersion": "VARCHAR", "flowLogResourceID": "VARCHAR", "resourceId": "VARCHAR",'
    ' "targetResourceID": "VARCHAR", "properties": {"Version": "VARCHAR", "flows":'
    ' [{"rule": "VARCHAR", "flows": [{"mac": "VARCHAR", ' + _TUPLES + "}]}]},"
    ' "flowRecords": {"flows": [{"aclID": "VARCHAR", "flowGroups":'
    ' [{"rule": "VARCHAR", ' + _TUPLES + "}]}]}}"
)


@dataclass(frozen=True)
class LandingReport:
    """What one landing did; rows and rejects are counted per raw table, for this run alone."""

    files_seen: int
    files_landed: int
    files_unchanged: int
    files_unknown: int
    rows: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)


def land(
    settings: Settings, *, on_progress: Callable[[int, int], None] | None = None
) -> LandingReport:
    """Bring every new or changed file of `settings.raw_dir` into the raw tables.

    Args:
        settings: database, folder, memory and threads.
        on_progress: called with (bytes done, bytes in all).
    Raises:
        UserError: no folder, nothing in it that is an input, or a database that cannot be written.
    """
    raw_dir = settings.raw_dir
    if raw_dir is None or not raw_dir.is_dir():
        raise UserError(f"There is no folder {raw_dir}: name the one that mirrors your containers.")
    files, unknown = discover(raw_dir)
    if not files:
        raise UserError(
            f"{raw_dir} holds no input: its files must lie below folders named "
            f"{', '.join(FOLDERS)}."
        )
    with _connect(settings) as connection:
        connection.execute((HERE / "schema.sql").read_text())
        changed = _changed(connection, files)
        total, done = sum(file.size_bytes for file in changed), 0
        rows: dict[str, int] = {}
        rejected: dict[str, int] = {}
        for batch in _batches(changed):
            if on_progress:
                on_progress(done, total)
            counts = _land_batch(connection, batch)
            for counted, by_table in zip(counts, (rows, rejected), strict=True):
                by_table[batch[0].raw_table] = by_table.get(batch[0].raw_table, 0) + counted
            done += sum(file.size_bytes for file in batch)
        if on_progress:
            on_progress(total, total)
        return LandingReport(
            files_seen=len(files),
            files_landed=len(changed),
            files_unchanged=len(files) - len(changed),
            files_unknown=unknown,
            rows=rows,
            rejected=rejected,
        )


def _connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
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
    # positions are numbered explicitly, and keeping the order costs memory
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set timezone = 'UTC'")
    return connection


def _changed(connection: duckdb.DuckDBPyConnection, files: list[InputFile]) -> list[InputFile]:
    """The files that the manifest does not know as they are now."""
    landed = {
        path: (size, modified_at)
        for path, size, modified_at in connection.execute(
            "select file_path, size_bytes, file_modified_at from raw.landed_files"
        ).fetchall()
    }
    return [file for file in files if landed.get(file.path) != (file.size_bytes, file.modified_at)]


def _batches(files: Iterable[InputFile]) -> Iterable[list[InputFile]]:
    """Files of one table at a time, up to BATCH_BYTES; a larger file is a batch of its own."""
    batch: list[InputFile] = []
    size = 0
    for file in sorted(files, key=lambda file: (file.raw_table, file.path)):
        full = size + file.size_bytes > BATCH_BYTES or len(batch) >= BATCH_FILES
        if batch and (full or batch[0].raw_table != file.raw_table):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size_bytes
    if batch:
        yield batch


def _land_batch(connection: duckdb.DuckDBPyConnection, batch: list[InputFile]) -> tuple[int, int]:
    """Replace what the files of a batch gave before by what they give now; rows and rejects."""
    raw_table = batch[0].raw_table
    connection.execute(
        "create or replace temp table batch_files "
        "(file_path varchar, size_bytes bigint, file_modified_at timestamp)"
    )
    connection.executemany(
        "insert into batch_files values (?, ?, ?)",
        [(file.path, file.size_bytes, file.modified_at) for file in batch],
    )
    connection.execute((HERE / "batch.sql").read_text())
    if raw_table == "flow_logs":
        connection.execute(
            f"create or replace temp table parsed "
            f"(file_path varchar, file_row bigint, record {_record_type(connection)})"
        )
    whole = _bulk(connection, raw_table, [f for f in batch if _is_bulk(f)])
    unreadable = _split_files(connection, [f for f in batch if f.path not in whole])
    if raw_table == "flow_logs":
        connection.execute(
            f"insert into parsed select file_path, file_row, from_json(record, '{_RECORD}') "
            "from new_pieces"
        )
        connection.execute((HERE / "flow_logs.sql").read_text())
    elif raw_table == "operation_logs":
        connection.execute((HERE / "operation_logs.sql").read_text())
    else:
        _judge_inventory(connection, raw_table)
    now = datetime.now(UTC).replace(tzinfo=None)
    connection.execute("begin")
    try:
        counts = _store(connection, raw_table, now)
        for path in unreadable:
            connection.execute("delete from raw.landed_files where file_path = ?", [path])
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return counts


def _judge_inventory(connection: duckdb.DuckDBPyConnection, raw_table: str) -> None:
    """Every JSON object is a row, an error too: that a snapshot failed must be known."""
    connection.execute(
        "insert into new_rejected select file_path, file_row, null, null, null, null, "
        "'the element is no JSON', left(record, 200) from new_pieces where not json_valid(record)"
    )
    connection.execute(
        f"create or replace temp table new_{raw_table} as select cast(record as json) as resource, "
        "cast(envelope as json) as envelope, file_path, file_row "
        "from new_pieces where json_valid(record)"
    )


def _record_type(connection: duckdb.DuckDBPyConnection) -> str:
    return connection.execute(f"select typeof(from_json('{{}}', '{_RECORD}'))").fetchall()[0][0]


def _is_bulk(file: InputFile) -> bool:
    return (
        file.raw_table in ("flow_logs", "operation_logs")
        and file.size_bytes <= BULK_FILE_BYTES
        and not file.path.lower().endswith(".gz")
    )


def _bulk(
    connection: duckdb.DuckDBPyConnection, raw_table: str, files: list[InputFile]
) -> set[str]:
    """Read whole blobs at once in DuckDB; returns those that were read to their last byte.

    What is no well-formed wrapper, and for operation logs no well-formed JSON lines, is left to
    split.py. A file that vanishes meanwhile takes the whole list there, file by file.
    """
    if not files:
        return set()
    try:
        connection.execute(
            "create or replace temp table blobs as "
            "select filename as file_path, try(decode(content)) as content from read_blob(?)",
            [[_literal_path(file.path) for file in files]],
        )
    except duckdb.Error:
        return set()
    if raw_table == "flow_logs":
        connection.execute(
            "create or replace temp table whole as "
            f"select file_path, try(from_json(content, '{{\"records\": [{_RECORD}]}}')).records "
            "as records from blobs where json_valid(content) "
            "and json_type(content, '$.records') = 'ARRAY' "
            # a wrapper inside a wrapper, or an element that is no record: split.py says which
            "and len(json_extract(content, '$.records[*].time')) "
            "= json_array_length(content, '$.records')"
        )
        connection.execute(
            "insert into parsed select file_path, generate_subscripts(records, 1), "
            "unnest(records) from whole"
        )
    else:
        connection.execute(
            "create or replace temp table whole as select file_path, "
            "case when json_valid(content) "
            "then try_cast(json_extract(content, '$.records') as json[]) "
            "else list_transform(list_filter(string_split(content, chr(10)), "
            "lambda line: trim(line, ' ' || chr(13)) <> ''), lambda line: try_cast(line as json)) "
            "end as records from blobs"
        )
        connection.execute(
            "delete from whole where records is null or len(list_filter(records, lambda event: "
            "json_type(event) is distinct from 'OBJECT' "
            "or json_type(event, '$.records') is not null)) > 0"
        )
        connection.execute(
            "insert into new_pieces select file_path, generate_subscripts(records, 1), "
            "cast(unnest(records) as varchar), null from whole"
        )
    read = {path for (path,) in connection.execute("select file_path from whole").fetchall()}
    connection.execute("drop table whole")
    connection.execute("drop table blobs")
    return read


def _literal_path(path: str) -> str:
    """A path in which DuckDB finds no pattern."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)


def _split_files(connection: duckdb.DuckDBPyConnection, files: list[InputFile]) -> list[str]:
    """Cut files into pieces and load those; returns the files that could not be read."""
    unreadable = []
    with tempfile.TemporaryDirectory() as folder:
        pieces = _PieceWriter(connection, Path(folder))
        for file in files:
            try:
                for piece in split(file.path, file.raw_table, _is_record(file.raw_table)):
                    if isinstance(piece, Record):
                        pieces.write(file.path, piece)
                    else:
                        _reject(connection, file.path, piece)
            except (OSError, EOFError) as error:
                unreadable.append(file.path)
                reason = f"the file cannot be read: {getattr(error, 'strerror', None) or error}"
                _reject(connection, file.path, Reject(None, reason, ""))
        pieces.flush()
    return unreadable


class _PieceWriter:
    """Hands pieces to DuckDB in files of bounded size: inserting row by row is slow."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection, self._folder = connection, folder
        self._pieces: list[str] = []
        self._characters = 0

    def write(self, path: str, record: Record) -> None:
        fields = (path, str(record.row), record.envelope or "", record.text)
        self._pieces.append(FIELD_SEPARATOR.join(fields))
        self._characters += len(record.text)
        if self._characters >= PIECE_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        if not self._pieces:
            return
        file = self._folder / "pieces.txt"
        file.write_text(RECORD_SEPARATOR.join(self._pieces), encoding="utf-8", newline="")
        self._connection.execute((HERE / "pieces.sql").read_text(), [str(file)])
        self._pieces, self._characters = [], 0


def _reject(connection: duckdb.DuckDBPyConnection, path: str, reject: Reject) -> None:
    connection.execute(
        "insert into new_rejected values (?, ?, null, null, null, null, ?, ?)",
        [path, reject.row, reject.reason, reject.excerpt],
    )


def _is_record(raw_table: str) -> Callable[[Any], bool]:
    """What tells a record of a table from a part of one."""
    if raw_table == "flow_logs":
        return lambda value: "time" in value and ("properties" in value or "flowRecords" in value)
    if raw_table == "operation_logs":
        return lambda value: (
            ("time" in value or "eventTimestamp" in value) and ("operationName" in value)
        )
    return lambda value: "id" in value and ("properties" in value or "type" in value)


def _store(connection: duckdb.DuckDBPyConnection, raw_table: str, now: datetime) -> tuple[int, int]:
    """Move the batch into the raw tables; a row that was there keeps its `loaded_at`."""
    columns = [
        name
        for (name,) in connection.execute(
            "select column_name from information_schema.columns "
            "where table_schema = 'raw' and table_name = ? order by ordinal_position",
            [raw_table],
        ).fetchall()
    ]
    own = [name for name in columns if name not in ("file_modified_at", "loaded_at")]
    # what makes a row the same one as in the last read of its file
    same = {
        "flow_logs": ["file_path", "record_key"],
        "operation_logs": ["file_path", "file_row", "event"],
    }.get(raw_table, ["file_path", "file_row", "resource"])
    listed = ", ".join(own)
    connection.execute(
        f"create or replace temp table stored as "
        f"select {', '.join(f'new_{raw_table}.{name}' for name in own)}, "
        f"batch_files.file_modified_at, coalesce(earlier.loaded_at, ?) as loaded_at "
        f"from new_{raw_table} inner join batch_files using (file_path) "
        f"left join (select {', '.join(same)}, min(loaded_at) as loaded_at from raw.{raw_table} "
        f"where file_path in (select file_path from batch_files) group by all) as earlier "
        f"on {' and '.join(f'new_{raw_table}.{name} = earlier.{name}' for name in same)}",
        [now],
    )
    for table in (raw_table, "rejected_records", "landed_files"):
        connection.execute(
            f"delete from raw.{table} where file_path in (select file_path from batch_files)"
        )
    connection.execute(
        f"insert into raw.{raw_table} ({listed}, file_modified_at, loaded_at) "
        f"select {listed}, file_modified_at, loaded_at from stored"
    )
    connection.execute(
        "insert into raw.rejected_records select ?, new_rejected.file_path, file_row, record_key, "
        "flow_index, group_index, tuple_index, reason, excerpt, file_modified_at, ? "
        "from new_rejected inner join batch_files using (file_path)",
        [raw_table, now],
    )
    connection.execute(
        "insert into raw.landed_files select file_path, ?, size_bytes, file_modified_at, "
        "(select count(*) from stored where stored.file_path = batch_files.file_path), "
        "(select count(*) from new_rejected where new_rejected.file_path = batch_files.file_path), "
        "? from batch_files",
        [raw_table, now],
    )
    counts = connection.execute(
        "select (select count(*) from stored), (select count(*) from new_rejected)"
    ).fetchall()[0]
    connection.execute("drop table stored")
    connection.execute(f"drop table new_{raw_table}")
    return counts
