"""Which blobs of a container are inputs, without walking what cannot have changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import datetime
from functools import partial

from azure.storage.blob import BlobPrefix, BlobProperties, ContainerClient

from scripts.landing.discover import INVENTORIES, SUFFIXES, InputFile, raw_table_of

# Azure's hour folders: …/y=2026/m=02/d=10/h=08/m=00/macAddress=…/PT1H.json
_TIME_FOLDER = re.compile(r"(?:^|/)y=(\d{4})/(?:m=(\d\d)/(?:d=(\d\d)/(?:h=(\d\d)/)?)?)?$")
MONTH_LEVEL, HOUR_LEVEL = 2, 4


def list_folder(
    container: ContainerClient, url: str, prefix: str, since: datetime | None, pool: Executor
) -> Iterator[InputFile | None]:
    """The inputs below `prefix`, in no order, and None for each blob that is none.

    Folders are walked level by level. Of flow and operation logs, hours before `since` are passed
    over; inventories, which have no hour folders, are listed whole.

    Args:
        container: its client.
        url: the container's; begins every blob's name in the raw tables.
        prefix: "" or a folder, with its slash.
        since: the first hour (UTC) to look at; None for all.
        pool: lists that many folders at a time.
    """
    read = partial(_read_folder, container, url, since)
    folders = [prefix]
    while folders:
        deeper: list[str] = []
        for files, below in pool.map(read, folders):
            yield from files
            deeper += below
        folders = deeper


def is_over(folder: str, since: datetime | None) -> bool:
    """Whether all hours of a folder of a year, a month, a day or an hour lie before `since`."""
    parts = _time_of(folder)
    if since is None:
        return False
    return parts < (since.year, since.month, since.day, since.hour)[: len(parts)]


def _read_folder(
    container: ContainerClient, url: str, since: datetime | None, folder: str
) -> tuple[list[InputFile | None], list[str]]:
    """What a folder holds, and the folders in it that remain to be read."""
    name = container.container_name
    if _is_listed_whole(name, folder, since):
        blobs = container.list_blobs(name_starts_with=folder or None)
        return [file for blob in blobs for file in _input(name, url, blob)], []
    files: list[InputFile | None] = []
    below: list[str] = []
    for entry in container.walk_blobs(name_starts_with=folder or None, delimiter="/"):
        if isinstance(entry, BlobPrefix):
            below += [] if is_over(entry.name, since) else [entry.name]
        else:
            files += _input(name, url, entry)
    return files, below


def _is_listed_whole(container: str, folder: str, since: datetime | None) -> bool:
    """One request for up to 5,000 blobs, where folder by folder would not save any blob.

    By months, for several can be listed at a time, and one has room in memory.
    """
    time = _time_of(folder)
    if time:
        return len(time) == (MONTH_LEVEL if since is None else HOUR_LEVEL)
    return _table(container, folder) in INVENTORIES


def _time_of(folder: str) -> tuple[int, ...]:
    found = _TIME_FOLDER.search(folder)
    return tuple(int(part) for part in found.groups() if part) if found else ()


def _table(container: str, folder: str) -> str | None:
    return raw_table_of((container, *folder.split("/")))


def _input(container: str, url: str, blob: BlobProperties) -> list[InputFile | None]:
    folder, _, name = blob.name.rpartition("/")
    is_input = name.lower().endswith(SUFFIXES)
    if not is_input and not blob.size:
        return []  # what stands for a folder, in accounts that have them
    raw_table = _table(container, folder)
    if raw_table is None or not is_input:
        return [None]
    return [
        InputFile(
            path=f"{url}/{blob.name}",
            raw_table=raw_table,
            size_bytes=blob.size,
            modified_us=int(blob.last_modified.timestamp()) * 1_000_000,
            etag=blob.etag.strip('"'),
            is_archived=blob.blob_tier == "Archive",
            has_blocks=blob.blob_type == "BlockBlob",
        )
    ]
