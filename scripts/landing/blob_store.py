"""All blob folders of a run: their clients, their listings, and what is fetched from them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType

from azure.storage.blob import BlobServiceClient

from scripts.errors import UserError
from scripts.landing.blob_account import CONNECTIONS, FIRST_RETRIES, base_url, connect, told
from scripts.landing.blob_fetch import BlobCache, fetch
from scripts.landing.blob_listing import list_folder
from scripts.landing.blobs import Fetched, ListedBlob, Unread
from scripts.landing.discover import FOLDERS, InputFile
from scripts.sources import BlobFolder

# A container's name holds no underscore, so inventories lie in folders of some container.
KNOWN_CONTAINERS = {*FOLDERS, "collect"}


@dataclass(frozen=True)
class Place:
    """A folder of one container, named by the user or found by its known name.

    `url` begins the names of its blobs in the raw tables.
    """

    client: BlobServiceClient
    container: str
    prefix: str
    is_named: bool

    @property
    def url(self) -> str:
        return f"{base_url(self.client)}/{self.container}/{self.prefix}"

    def told(self) -> AbstractContextManager[None]:
        return told(self.client, self.container)


class BlobStore:
    """Lists and fetches blobs, `CONNECTIONS` at a time."""

    def __init__(self, folders: Sequence[BlobFolder], home: Path) -> None:
        """Find the containers that `folders` name, and make sure that they can be listed.

        Args:
            folders: none sends nothing and makes nothing.
            home: for what is fetched; made when there is something. Belongs to one database.

        Raises:
            UserError: no account, no container, no permission, no answer.
        """
        self._home, self._cache = home, BlobCache(home)
        self._pool = ThreadPoolExecutor(CONNECTIONS)
        self.places = [place for folder in folders for place in _places(folder)]
        for place in self.places:
            _check(place)

    def __enter__(self) -> BlobStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        # an interruption need not wait for what nobody will look at
        self._pool.shutdown(wait=kind is None, cancel_futures=True)
        for place in self.places:
            place.client.close()

    def list(self, place: Place, since: datetime | None) -> Iterator[InputFile | None]:
        """See `list_folder`.

        Raises:
            UserError: Azure did not answer, or with a refusal.
        """
        container = place.client.get_container_client(place.container)
        url = f"{base_url(place.client)}/{place.container}"
        with place.told():
            yield from list_folder(container, url, place.prefix, since, self._pool)

    @contextmanager
    def fetched(self, blobs: Sequence[ListedBlob]) -> Iterator[list[Fetched | Unread]]:
        """Bring blobs to this machine, for the time of the context.

        Raises:
            UserError: Azure did not answer, or with a refusal.
        """
        with ExitStack() as opened:
            try:
                self._home.mkdir(parents=True, exist_ok=True)
                scratch = opened.enter_context(
                    tempfile.TemporaryDirectory(
                        dir=self._home, prefix="batch-", ignore_cleanup_errors=True
                    )
                )
                fetched = list(self._pool.map(partial(self._fetch, Path(scratch)), blobs))
            except OSError as error:
                raise UserError(
                    f"Blobs cannot be kept in {self._home} ({error.strerror or error}): make room "
                    "there, then run the same command again."
                ) from error
            yield fetched

    def tidy(self) -> None:
        """Remove what will not be asked for again, and what an interrupted run has left."""
        if self._home.is_dir():
            for left in self._home.glob("batch-*"):
                shutil.rmtree(left, ignore_errors=True)
            self._cache.prune()

    def _fetch(self, scratch: Path, blob: ListedBlob) -> Fetched | Unread:
        place = next(place for place in self.places if blob.path.startswith(place.url))
        name = blob.path.removeprefix(place.url)
        client = place.client.get_blob_client(place.container, place.prefix + name)
        with place.told():
            return fetch(client, blob, self._cache, scratch)


def _places(folder: BlobFolder) -> list[Place]:
    client = connect(folder)
    if folder.container:
        return [Place(client, folder.container, folder.prefix, is_named=True)]
    with told(client):
        names = [found.name for found in client.list_containers(retry_total=FIRST_RETRIES)]
    known = [
        Place(client, name, "", is_named=False)
        for name in sorted(KNOWN_CONTAINERS.intersection(names))
    ]
    if not known:
        raise UserError(
            f"{base_url(client)} has no container of a known name ({', '.join(FOLDERS)}): "
            "name the container, as in az://container."
        )
    return known


def _check(place: Place) -> None:
    container = place.client.get_container_client(place.container)
    with place.told():
        pages = container.list_blobs(
            name_starts_with=place.prefix or None, results_per_page=1, retry_total=FIRST_RETRIES
        ).by_page()
        list(next(pages, ()))
