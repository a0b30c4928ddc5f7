"""Where the project lies and where its own working files go."""

from __future__ import annotations

import hashlib
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
LOGS = PROJECT_ROOT / "logs"


def working_name(database: Path) -> str:
    """A folder name that belongs to one database file, so that two builds never share one."""
    digest = hashlib.sha256(str(database.resolve()).encode()).hexdigest()[:8]
    return f"{database.stem}-{digest}"


def shown(path: Path) -> str:
    """`path` as a user would type it: relative where it lies below the current folder."""
    resolved = path.resolve()
    here = Path.cwd()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(resolved)
