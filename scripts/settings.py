"""Settings of one run, read once at the command line and passed down."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where a run reads and writes, and how much of the machine it may use.

    Attributes:
        database: the DuckDB file; made if absent.
        raw_dir: folder that mirrors the storage containers; None where nothing is landed.
        memory_limit: DuckDB's own spelling, such as ``4GB``.
        threads: DuckDB and dbt threads.
    """

    database: Path
    raw_dir: Path | None = None
    memory_limit: str = "4GB"
    threads: int = os.cpu_count() or 2
