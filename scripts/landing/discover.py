"""Which files of a folder are inputs, and of which raw table."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
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
INVENTORIES = ("network_interfaces", "virtual_machines", "virtual_networks")
SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file as it was when the folder was listed.

    Attributes:
        path: absolute, with forward slashes, or a blob's URL; the file's name in every raw table.
        raw_table: where its rows go.
        size_bytes, modified_us: what the manifest compares; microseconds since 1970, UTC.
        etag: of a blob, and compared as well; None for a local file.
        is_archived, has_blocks: of a blob: it cannot be read; it is made of blocks.
    """

    path: str
    raw_table: str
    size_bytes: int
    modified_us: int
    etag: str | None = None
    is_archived: bool = False
    has_blocks: bool = False


def discover(raw_dir: Path) -> Iterator[InputFile | None]:
    """The input files below `raw_dir`, in no order, and None for each file that is none."""
    root = raw_dir.resolve()
    # links to folders are not followed: they can loop
    for folder, _, names in os.walk(root):
        # a Path per folder is slow: Azure has one for each hour of each NIC
        below = folder[len(os.fspath(root)) :]
        raw_table = raw_table_of((root.name, *below.split(os.sep)))  # noqa: PTH206 (the same)
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 (a Path per file is slow)
            try:
                status = os.stat(path)  # noqa: PTH116
            except OSError:
                continue  # gone, or a dangling link: it is no file any more
            if not stat.S_ISREG(status.st_mode):
                continue
            if raw_table is None or not name.lower().endswith(SUFFIXES):
                yield None
            else:
                yield InputFile(
                    _printable(path), raw_table, status.st_size, status.st_mtime_ns // 1000
                )


def _printable(path: str) -> str:
    """A path that a table can hold; one that is no UTF-8 cannot be opened by it."""
    return os.fsencode(path).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def raw_table_of(folders: tuple[str, ...]) -> str | None:
    """The table of the innermost folder of a known name; None where there is none."""
    for folder in reversed(folders):
        if folder.lower() in FOLDERS:
            return FOLDERS[folder.lower()]
    return None
