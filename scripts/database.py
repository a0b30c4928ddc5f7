"""Opening the DuckDB file, with the errors that a user can mend told apart from the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from scripts.errors import UserError
from scripts.run_lock import run_lock

# Where questions copy rows to; a name that no file of a user is likely to have.
ASKED_ROWS = "asked_rows"

_NO_DUCKDB = "not a valid DuckDB database file"
_SQLITE = b"SQLite format 3\0"

# The process id that DuckDB names in its message, where it can tell.
_HOLDER = re.compile(r"\(PID (\d+)\)")

# How the kernel and DuckDB say that a disk is full, with the file where they name it.
_FULL = re.compile(
    r"(?:Could not [^\n]*?: )?(?:No space left on device|Disk quota exceeded|File too large)"
    r"(?:: '[^'\n]*')?"
)
# DuckDB takes no more of a disk for what does not fit into memory than there is.
_NO_ROOM_TO_SPILL = "max_temp_directory_size"

# DuckDB names a database after its file, and `raw.flow_logs` must not mean two things.
_TAKEN_NAMES = {
    *("raw", "staging", "intermediate", "marts", "questions", "reference", "scratch", "state"),
    *("main", "temp", "system", "information_schema", "pg_catalog"),
}


def lock_sentence(message: str, database: Path) -> str | None:
    """What to tell the user if `message` is DuckDB's complaint about a locked file, else None."""
    if "Could not set lock" not in message:
        return None
    holder = _HOLDER.search(message)
    who = f"process {holder[1]}" if holder else "another process"
    return f"{database} is open in {who}: close it there, then run this again."


def full_sentence(message: str) -> str | None:
    """What to tell the user if `message` says that a disk is full, else None."""
    found = _FULL.search(message)
    if found is None and _NO_ROOM_TO_SPILL not in message:
        return None
    why = found[0] if found else "no room for DuckDB's temporary files beside the database"
    return (
        f"The disk is full ({why}): make room, then run the same command again, it goes on from "
        "what was landed."
    )


def create_database(database: Path) -> None:
    """Make an empty DuckDB file where there is none.

    DuckDB writes a new file in several steps, and does not open one that ends between them: so it
    comes under its name when it is whole.

    Raises:
        UserError: the file cannot be made.
    """
    if database.exists():
        return
    new = database.with_name(database.name + ".new")
    try:
        new.unlink(missing_ok=True)
        duckdb.connect(str(new)).close()
        new.replace(database)
    except (OSError, duckdb.Error) as error:
        raise UserError(_sentence(str(error), database)) from error


def open_database(database: Path, *, read_only: bool = True) -> duckdb.DuckDBPyConnection:
    """Open an existing DuckDB file.

    Raises:
        UserError: the file is missing, is no DuckDB file, is locked, or cannot be read, under its
            name or at all.
    """
    if not database.exists():
        raise UserError(f"There is no database {database}: make it with `build --raw-dir` first.")
    if not database.is_file():
        raise UserError(f"{database} is a folder: name a DuckDB file with --database.")
    if _is_sqlite(database):
        raise UserError(_sentence(_NO_DUCKDB, database))
    if database.stem.lower() in _TAKEN_NAMES | {ASKED_ROWS}:
        raise UserError(
            f"{database} cannot be read under that name, which a schema has too: give it the name "
            "that it was built under, or any other."
        )
    try:
        return duckdb.connect(str(database), read_only=read_only)
    except duckdb.Error as error:
        raise UserError(_sentence(str(error), database)) from error


@contextmanager
def writing(database: Path) -> Iterator[None]:
    """Keep other runs away from `database` while this one lasts, and make sure that it can write.

    Makes the folder that the file goes into, where it is missing.

    Raises:
        UserError: see `open_database` and `run_lock`; also where the folder cannot be made, or
            where the file's name cannot be a database's name.
    """
    _check_name(database)
    if database.is_dir():
        raise UserError(f"{database} is a folder: name a DuckDB file with --database.")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The folder of {database} cannot be made ({error.strerror}): name another --database."
        ) from error
    with run_lock(database):
        if database.exists():
            open_database(database, read_only=False).close()
        yield


def _check_name(database: Path) -> None:
    if database.stem.lower() in _TAKEN_NAMES or {"'", '"'} & set(database.stem):
        raise UserError(
            f"{database.name} cannot be the database's name: DuckDB calls the database so in SQL, "
            "where it is taken or no name; name another --database."
        )


def _is_sqlite(database: Path) -> bool:
    """DuckDB would ask the network for an extension that reads such a file."""
    try:
        with database.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False  # DuckDB says why


def _sentence(message: str, database: Path) -> str:
    locked = lock_sentence(message, database)
    if locked:
        return locked
    full = full_sentence(message)
    if full:
        return full
    if _NO_DUCKDB in message:
        return f"{database} is not a DuckDB file: name another one with --database."
    if "Permission denied" in message:
        return f"{database} may not be opened by this user: change its permissions."
    first_line = message.splitlines()[0].rstrip(".")
    return f"{database} cannot be opened ({first_line}): name another one with --database."
