"""Which files of a folder are inputs, and of which raw table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# A file belongs to the table of the innermost folder with one of these names.
FOLDERS = {
    "insights-logs-networksecuritygroupflowevent": "flow_logs",
    "insights-logs-flowlogflowevent": "flow_logs",
    "insights-activity-logs": "operation_logs",
    "network_interfaces": "network_interfaces",
    "virtual_machines": "virtual_machines",
    "virtual_networks": "virtual_networks",
}
SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")


@dataclass(frozen=True)
class InputFile:
    """One file as it was when the folder was listed.

    Attributes:
        path: absolute, with forward slashes; the file's name in every raw table.
        raw_table: where its rows go.
        size_bytes, modified_at: what the manifest compares; UTC, microseconds.
    """

    path: str
    raw_table: str
    size_bytes: int
    modified_at: datetime


def discover(raw_dir: Path) -> tuple[list[InputFile], int]:
    """The input files below `raw_dir` in path order, and how many files are none."""
    found: list[InputFile] = []
    unknown = 0
    root = raw_dir.resolve()
    for path in _files(root):
        relative = path.relative_to(root).parts[:-1]
        raw_table = _raw_table((root.name, *relative))
        if raw_table is None or not path.name.lower().endswith(SUFFIXES):
            unknown += 1
            continue
        try:
            status = path.stat()
        except OSError:
            continue  # gone, or a dangling link: it is no file any more
        modified_at = datetime.fromtimestamp(status.st_mtime_ns // 1000 / 1e6, UTC)
        found.append(
            InputFile(path.as_posix(), raw_table, status.st_size, modified_at.replace(tzinfo=None))
        )
    return sorted(found, key=lambda file: file.path), unknown


def _files(root: Path) -> Iterator[Path]:
    # links to folders are not followed: they can loop
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if path.is_file() or path.is_symlink():
                yield path


def _raw_table(folders: tuple[str, ...]) -> str | None:
    for folder in reversed(folders):
        if folder.lower() in FOLDERS:
            return FOLDERS[folder.lower()]
    return None
