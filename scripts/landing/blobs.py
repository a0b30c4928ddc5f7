"""What landing and the readers of blobs tell each other; loads none of Azure's clients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ListedBlob:
    """A changed blob as it was listed; `path` is its URL, the other attributes are InputFile's."""

    path: str
    modified_us: int
    is_archived: bool
    has_blocks: bool


@dataclass(frozen=True)
class Fetched:
    """A blob on this machine, as it was when it was read: later, maybe, than when it was listed.

    Attributes:
        local_path: holds its bytes for as long as its batch is landed.
        size_bytes, modified_us, etag: what the manifest gets; see InputFile.
        bytes_read: what came over the wire, its list of blocks included.
    """

    path: str
    local_path: Path
    size_bytes: int
    modified_us: int
    etag: str
    bytes_read: int


@dataclass(frozen=True)
class Unread:
    """A blob that was not read; `reason` is None where the next run will find it or not."""

    path: str
    reason: str | None
