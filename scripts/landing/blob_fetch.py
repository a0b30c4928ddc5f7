"""Brings blobs to this machine; of one that grew by blocks, only what is new."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobClient

from scripts.landing.blobs import Fetched, ListedBlob, Unread

# An hourly blob is written about once a minute, and a quiet one once in its hour at least. One
# that grows after this is read whole, which costs its bytes and nothing else.
GROWS_FOR = timedelta(hours=2)
# A blob may grow while it is read: it is written once a minute and read in a second.
ATTEMPTS = 4
# What follows the blocks that stay, in a blob that grows the way Azure's flow logs do.
CLOSER = b"]}"
GZIP = b"\x1f\x8b"
# This much of what is there is read again and compared, before the new is put behind it.
OVERLAP_BYTES = 128

Blocks = list[tuple[str, int]]


class BlobCache:
    """The bytes of blobs that may still grow, with the block lists that vouch for them.

    A blob has one JSON file that names its file of bytes, with their digest. That one is replaced
    last and at once, so that an interruption leaves the old state or the new one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, path: str) -> tuple[Path, Blocks] | None:
        """The bytes of a blob as they were last read; None where they are not there or damaged."""
        try:
            known = json.loads(self._index(path).read_text())
            data = self._folder / known["file"]
            with data.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            blocks = [(str(name), int(size)) for name, size in known["blocks"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if digest != known["sha256"] or sum(size for _, size in blocks) != data.stat().st_size:
            return None
        return data, blocks

    def keep(self, path: str, etag: str, blocks: Blocks, file: Path) -> Path:
        """Move `file` into the cache in place of what was there of this blob; its new place."""
        index = self._index(path)
        before = self.find(path)
        kept = self._folder / f"{index.stem}-{_digest(etag)}{''.join(file.suffixes)}"
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        file.replace(kept)
        fresh = index.with_suffix(".new")
        fresh.write_text(json.dumps({"file": kept.name, "sha256": digest, "blocks": blocks}))
        fresh.replace(index)
        if before and before[0] != kept:
            before[0].unlink(missing_ok=True)
        return kept

    def prune(self) -> None:
        """Remove what was last written so long ago that it will not grow any more."""
        oldest = time.time() - GROWS_FOR.total_seconds()
        for file in self._folder.iterdir():
            # gone meanwhile, or not ours to touch
            with suppress(OSError):
                if file.is_file() and file.stat().st_mtime < oldest:
                    file.unlink()

    def _index(self, path: str) -> Path:
        return self._folder / f"{_digest(path)}.index"


def fetch(
    client: BlobClient, blob: ListedBlob, cache: BlobCache, scratch: Path
) -> Fetched | Unread:
    """Bring one blob to this machine, at one moment of its life.

    Args:
        client: of this blob.
        blob: as it was listed.
        cache: asked for blobs that may still grow, and given them.
        scratch: a folder for the others; on the cache's file system.

    Raises:
        AzureError: no answer, no permission, no container.
    """
    if blob.is_archived:
        return Unread(blob.path, "the blob is in the archive tier: rehydrate it to have it read")
    for _ in range(ATTEMPTS):
        try:
            if blob.has_blocks and _may_grow(blob.modified_us):
                return _fetch_growing(client, blob.path, cache, scratch)
            return _fetch_whole(client, blob.path, scratch)
        except ResourceModifiedError:
            continue  # it grew since its blocks were listed, or between two pieces
        except ResourceNotFoundError as error:
            if error.error_code == "ContainerNotFound":
                raise
            break
        except HttpResponseError as error:
            if error.error_code != "BlobArchived":
                raise
            return Unread(
                blob.path, "the blob is in the archive tier: rehydrate it to have it read"
            )
    return Unread(blob.path, None)


def vouched_bytes(before: Blocks, now: Blocks) -> int:
    """How many bytes at the start two block lists have in common."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before, now, strict=False))
    return sum(size for (_, size), _ in same)


def _may_grow(modified_us: int) -> bool:
    modified_at = datetime.fromtimestamp(modified_us / 1_000_000, UTC)
    return datetime.now(UTC) - modified_at < GROWS_FOR


def _fetch_whole(client: BlobClient, path: str, scratch: Path, **condition: Any) -> Fetched:
    # the client itself asks for later pieces of the same version alone
    reader = client.download_blob(decompress=False, **condition)
    file = scratch / _digest(path)
    with file.open("wb") as stream:
        size = reader.readinto(stream)
    return _fetched(path, file, reader.properties, size)


def _fetch_growing(client: BlobClient, path: str, cache: BlobCache, scratch: Path) -> Fetched:
    blocks, etag, list_bytes = _block_list(client)
    if not blocks:
        # put at once: nothing vouches for its start when it is put again
        fetched = _fetch_whole(client, path, scratch)
        return replace(fetched, bytes_read=fetched.bytes_read + list_bytes)
    same_version = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
    fetched = _fetch_new(client, path, cache.find(path), blocks, scratch, same_version)
    fetched = fetched or _fetch_whole(client, path, scratch, **same_version)
    return replace(
        fetched,
        local_path=cache.keep(path, etag, blocks, fetched.local_path),
        bytes_read=fetched.bytes_read + list_bytes,
    )


def _fetch_new(
    client: BlobClient,
    path: str,
    cached: tuple[Path, Blocks] | None,
    blocks: Blocks,
    scratch: Path,
    same_version: dict[str, Any],
) -> Fetched | None:
    """The bytes that are there and those that are new; None where the old ones are not sure.

    Names of blocks can be used again: tools that upload a file in pieces number them. So the
    blocks that went must be the closer alone, and the last bytes that stay are compared.
    """
    if cached is None:
        return None
    before, blocks_before = cached
    kept = vouched_bytes(blocks_before, blocks)
    overlap = min(OVERLAP_BYTES, kept)
    if not overlap:
        return None
    file = scratch / _digest(path)
    shutil.copyfile(before, file)
    with file.open("r+b") as stream:
        stream.seek(kept - overlap)
        known, closer = stream.read(overlap), stream.read(len(CLOSER) + 1)
        if closer != CLOSER:
            return None
        reader = client.download_blob(offset=kept - overlap, decompress=False, **same_version)
        new = reader.readall()
        if new[:overlap] != known:
            return None
        stream.seek(kept - overlap)
        stream.write(new)
        stream.truncate()
    return _fetched(path, file, reader.properties, len(new))


def _block_list(client: BlobClient) -> tuple[Blocks, str, int]:
    """The committed blocks of a blob, the version that they make up, and what asking cost."""
    answers = []

    # not raw_response_hook, which the client forgets when it repeats a request that had no answer
    def keep_answer(response: Any, listed: Any, _headers: Any) -> Any:
        answers.append(response.http_response)
        return listed

    committed, _ = client.get_block_list("committed", cls=keep_answer)
    [answer] = answers
    blocks = [(str(block.id), int(block.size)) for block in committed]
    # Azure names no version where there are no blocks
    return blocks, answer.headers.get("etag", ""), len(answer.body())


def _fetched(path: str, file: Path, properties: Any, bytes_read: int) -> Fetched:
    # by its bytes: tools compress a blob under any name, and say so in its Content-Encoding
    with file.open("rb") as stream:
        is_compressed = stream.read(len(GZIP)) == GZIP
    file = file.rename(file.with_suffix(".json.gz" if is_compressed else ".json"))
    return Fetched(
        path,
        file,
        file.stat().st_size,
        int(properties.last_modified.timestamp()) * 1_000_000,
        properties.etag.strip('"'),
        bytes_read,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]
