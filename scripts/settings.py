"""Settings of one run, read once at the command line and passed down."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from scripts.sources import Source


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
    def sources(self) -> tuple[Source, ...]:
        """Where raw files are landed from."""
        if self.raw_dir is None:
            return ()
        return self.raw_dir if isinstance(self.raw_dir, tuple) else (self.raw_dir,)
