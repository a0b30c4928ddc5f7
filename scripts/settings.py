"""Settings of one run, read once at the command line and passed down."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from scripts.errors import UserError
from scripts.sources import Source

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([KMGT])i?B", re.IGNORECASE)


def memory_bytes(limit: str) -> int:
    """A size in DuckDB's own spelling, such as ``4GB``, in bytes.

    Raises:
        UserError: it is no size.
    """
    size = _SIZE.fullmatch(limit.strip())
    if size is None:
        raise UserError(f"--memory-limit {limit} is no size: write it like 4GB or 500MB.")
    return int(float(size[1]) * 1024 ** (1 + "KMGT".index(size[2].upper())))


@dataclass(frozen=True)
class Settings:
    """Where a run reads and writes, and how much of the machine it may use.

    Attributes:
        database: the DuckDB file; made if absent.
        raw_dir: where the raw files lie, in one place or several; None where nothing is landed.
        full_listing: list every blob, as is done once in a while anyway.
        memory_limit: DuckDB's own spelling, such as ``4GB``.
        threads: DuckDB and dbt threads.
    """

    database: Path
    raw_dir: Source | tuple[Source, ...] | None = None
    memory_limit: str = "4GB"
    threads: int = os.cpu_count() or 2
    full_listing: bool = False

    @property
    def memory_bytes(self) -> int:
        """`memory_limit` in bytes.

        Raises:
            UserError: it is no size.
        """
        return memory_bytes(self.memory_limit)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where raw files are landed from."""
        if self.raw_dir is None:
            return ()
        return self.raw_dir if isinstance(self.raw_dir, tuple) else (self.raw_dir,)
