"""Where raw files lie: a folder of this machine, or one of Azure Blob Storage."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scripts.errors import UserError

FORMS = (
    "write it as az://container/folder, az:// for every known container of the account, "
    "or abfss://container@account.dfs.core.windows.net/folder"
)
_CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9](-?[a-z0-9])*")
ACCOUNT_NAME = re.compile(r"[a-z0-9]{3,24}")
_HOST = re.compile(rf"({ACCOUNT_NAME.pattern})\.(?:dfs|blob)\.([a-z0-9.-]+)")


@dataclass(frozen=True)
class BlobFolder:
    """A folder of blobs, as a URL names it.

    Attributes:
        container: None for every container of the account that has a known name.
        prefix: "" for the whole container, else ends with a slash.
        account: None where the environment names it.
        cloud: what follows ``account.blob.``, such as ``core.windows.net``.
    """

    container: str | None
    prefix: str = ""
    account: str | None = None
    cloud: str = "core.windows.net"


Source = Path | BlobFolder


def parse_source(text: str) -> Source:
    """What a user's RAW_DIR names.

    Raises:
        UserError: a URL of another form; the message repeats no query, which may hold a secret.
    """
    if "://" not in text:
        return Path(text)
    shown = text.partition("?")[0]
    if "?" in text:
        raise UserError(
            f"{shown} has a query, and a SAS stays out of commands: "
            "put it into AZURE_STORAGE_SAS_TOKEN and leave it away here."
        )
    scheme, place, path, *_ = urlsplit(text, allow_fragments=False)
    container, at, host = place.partition("@")
    is_named = _HOST.fullmatch(host) if at else None
    if scheme not in ("az", "abfss") or (is_named is None and (at or scheme == "abfss")):
        raise UserError(f"{shown} is no address that is known: {FORMS}.")
    folder = path.strip("/")
    if not container and (folder or at):
        raise UserError(f"{shown} names no container: {FORMS}.")
    if container and not _CONTAINER.fullmatch(container):
        raise UserError(f"{container} is no container's name: {FORMS}.")
    account, cloud = is_named.groups() if is_named else (None, BlobFolder.cloud)
    return BlobFolder(container or None, f"{folder}/" if folder else "", account, cloud)
