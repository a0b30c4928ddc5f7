"""Azure Blob Storage on this machine: Azurite, and blobs that grow the way Azure grows them."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from azure.storage.blob import BlobBlock, BlobServiceClient, ContainerClient

from tests.python.npm import installed

VERSION = "3.37.0"
ACCOUNT = "estate"
STARTS_WITHIN_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running Azurite, on a port of its own."""

    url: str
    key: str

    @property
    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={self.key};"
            f"BlobEndpoint={self.url};"
        )

    def client(self) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(self.connection_string)

    def container(self, name: str | None = None) -> Container:
        """A new container."""
        return Container(self.client().create_container(name or f"logs-{uuid4().hex[:12]}"))


@dataclass
class Container:
    """A container, and the blocks of the blobs that were written to it here."""

    client: ContainerClient
    blocks: dict[str, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.client.container_name

    def grow(self, blob: str, *records: str, closer: str = "]}") -> int:
        """Put each record as a block before the block that closes the wrapper; bytes that came.

        The first time, the blocks that open and close the wrapper come as well.
        """
        known = self.blocks.setdefault(blob, [])
        is_new = not known
        texts = ['{"records":['] if is_new else []
        for record in records:
            texts.append(record if len(texts) + len(known) == 1 else f",{record}")
        ids = [self.stage(blob, text) for text in texts]
        known += ids
        last = self.stage(blob, closer) if closer else None
        self.commit(blob, [*known, *([last] if last else [])])
        return sum(len(text.encode()) for text in texts) + (len(closer) if is_new else 0)

    def stage(self, blob: str, text: str, name: str | None = None) -> str:
        name = name or uuid4().hex
        self.client.get_blob_client(blob).stage_block(name, text.encode())
        return name

    def commit(self, blob: str, names: list[str]) -> None:
        blocks = [BlobBlock(block_id=name) for name in names]
        self.client.get_blob_client(blob).commit_block_list(blocks)

    def put(self, blob: str, text: str, **options: Any) -> None:
        """A blob in one piece, in place of what is there."""
        self.client.upload_blob(blob, text.encode(), overwrite=True, **options)


@contextmanager
def running() -> Iterator[Server]:
    """Azurite, until the context is left; skips where there is no node to run it."""
    program = installed("azurite", VERSION) / "node_modules" / ".bin" / "azurite-blob"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(str(program), "--blobHost", "127.0.0.1", "--blobPort", str(port)),
        *("--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"),
    ]
    key = base64.b64encode(os.urandom(64)).decode()
    process = subprocess.Popen(
        command,
        env=os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _wait(process, port)
        yield Server(f"http://127.0.0.1:{port}/{ACCOUNT}", key)
    finally:
        process.kill()
        process.communicate()


def _wait(process: subprocess.Popen[str], port: int) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, f"Azurite ended:\n{process.stdout.read()}"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"Azurite did not listen within {STARTS_WITHIN_SECONDS} s")
