"""One run at a time on one database.

A run is several processes one after the other, and between them DuckDB's own lock is free: a second
run could land files into the middle of a build. So a run holds a lock of its own from its first
write to its last, on a file beside the database, which the kernel frees whatever ends the run.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.errors import UserError

LOCK_SUFFIX = ".lock"


@contextmanager
def run_lock(database: Path) -> Iterator[None]:
    """Hold the lock of `database`, whose folder exists, for as long as the context lasts.

    Raises:
        UserError: another run holds it, or the folder cannot be written; nothing was touched.
    """
    # one file under two names, or behind a link, is one database
    path = database.resolve()
    path = path.with_name(path.name + LOCK_SUFFIX)
    try:
        held = _lock(path, database)
    except OSError as error:
        raise UserError(
            f"A run cannot write beside {database} ({error.strerror}): make room or change the "
            "folder's permissions, or name another --database."
        ) from error
    try:
        yield
    finally:
        # unlinked before it is freed, so that nobody else's lock can be
        with suppress(OSError):
            path.unlink()
        os.close(held)


def _lock(path: Path, database: Path) -> int:
    """The descriptor of the locked file.

    Raises:
        OSError: the file cannot be made.
        UserError: another run holds it.
    """
    while True:
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_same_file(held, path):
                # the run before has just ended and taken the file away: this is nobody's lock
                os.close(held)
                continue
            os.ftruncate(held, 0)
            os.write(held, str(os.getpid()).encode())
        except BlockingIOError:
            holder = _holder(held)
            os.close(held)
            who = f"process {holder}" if holder else "another run"
            raise UserError(
                f"{database} is being written by {who}: wait for it to end, then run this again."
            ) from None
        except OSError:
            os.close(held)
            raise
        # dbt inherits it: where this process is killed and dbt is not, dbt is still writing
        os.set_inheritable(held, True)
        return held


def _is_same_file(held: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(held), path.stat())
    except FileNotFoundError:
        return False


def _holder(held: int) -> int | None:
    """The process that wrote its id into the file, where it still runs."""
    with suppress(OSError, ValueError):
        process = int(os.pread(held, 32, 0))
        os.kill(process, 0)
        return process
    return None
