"""The client of a storage account, with what the environment offers; errors as sentences."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient, ExponentialRetry

from scripts.errors import UserError
from scripts.sources import ACCOUNT_NAME, BlobFolder

# The client's transport keeps this many connections; more threads would open new ones each time.
CONNECTIONS = 10
# Waits of about 1, 3, 5, 9 and 17 s: a busy account answers again within that.
RETRIES = 5
# A wrong name or a network that is down should not take half a minute to be told.
FIRST_RETRIES = 1
# Bounds memory: each connection holds one piece of a blob.
PIECE_BYTES = 8 << 20

# What `az storage` calls them, then what other tools do.
_ACCOUNT = ("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME")
_KEY = ("AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY")
_SAS = ("AZURE_STORAGE_SAS_TOKEN",)
_CONNECTION = ("AZURE_STORAGE_CONNECTION_STRING",)
_CREDENTIALS = (
    "AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_CONNECTION_STRING, "
    "or say az login where a role was given to you"
)

_NOT_ACCEPTED = (
    "AuthenticationFailed",
    "InvalidAuthenticationInfo",
    "KeyBasedAuthenticationNotPermitted",
    "NoAuthenticationInformation",
)

# The clients log what the sentences say; without a handler Python prints it.
logging.getLogger("azure").addHandler(logging.NullHandler())


def connect(folder: BlobFolder, environment: Mapping[str, str] | None = None) -> BlobServiceClient:
    """A client of the account that `folder` lies in; sends nothing yet.

    Credentials are taken from the environment: a connection string, an account key, a SAS, else
    what azure-identity finds (a managed or workload identity, a service principal, `az login`).

    Raises:
        UserError: no account is named, or the connection string is none or another account's.
    """
    environment = os.environ if environment is None else environment
    connection = _first(environment, _CONNECTION)
    if connection:
        return _by_connection_string(connection, folder)
    account = folder.account or _first(environment, _ACCOUNT)
    if not account:
        raise UserError(
            "The storage account is not named: set AZURE_STORAGE_ACCOUNT, or write the URL as "
            "abfss://container@account.dfs.core.windows.net/folder."
        )
    if not ACCOUNT_NAME.fullmatch(account):
        raise UserError(
            f"{account} cannot be the name of a storage account: set AZURE_STORAGE_ACCOUNT "
            "to the name alone, without https:// and domain."
        )
    return BlobServiceClient(
        f"https://{account}.blob.{folder.cloud}",
        credential=_credential(account, environment),
        **_options(),
    )


def base_url(client: BlobServiceClient) -> str:
    """The account's URL without a SAS and without a slash at its end."""
    return client.url.partition("?")[0].rstrip("/")


@contextmanager
def told(client: BlobServiceClient, container: str | None = None) -> Iterator[None]:
    """Turn what the clients raise about a container into one sentence that says what to do.

    Args:
        container: None where it is the account's list of containers that is asked for.

    Raises:
        UserError: in place of every error of Azure's clients.
    """
    place = f"container {container} of {base_url(client)}" if container else base_url(client)
    try:
        yield
    except ResourceNotFoundError as error:
        raise UserError(f"There is no {place}: check the name in the URL.") from error
    except (ServiceRequestError, ServiceResponseError) as error:
        raise UserError(
            f"{base_url(client)} cannot be reached: check the account's name and the network, then "
            "run the same command again, it goes on from what was landed."
        ) from error
    except HttpResponseError as error:
        raise UserError(_answer(error, place)) from error


def _answer(error: HttpResponseError, place: str) -> str:
    if isinstance(error, ClientAuthenticationError) and error.status_code is None:
        # nothing that azure-identity tried gave a token, or a key is no key; the texts are long
        return f"There are no valid credentials for {place}: set {_CREDENTIALS}."
    code = getattr(error, "error_code", None) or error.reason or "no reason given"
    code = getattr(code, "value", code)
    if code in _NOT_ACCEPTED or error.status_code == 401:
        return f"The credentials are not accepted for {place} ({code}): renew {_CREDENTIALS}."
    if error.status_code == 403:
        return (
            f"You may not read {place} ({code}): check the key, or ask for the role Storage Blob "
            "Data Reader or a SAS that may read and list, and whether the firewall lets you in."
        )
    return (
        f"Azure answered {error.status_code} ({code}) for {place}: run the same command again, "
        "it goes on from what was landed."
    )


def _by_connection_string(text: str, folder: BlobFolder) -> BlobServiceClient:
    try:
        client = BlobServiceClient.from_connection_string(text, **_options())
    except ValueError as error:
        # the text of the error may hold the key
        raise UserError(
            "AZURE_STORAGE_CONNECTION_STRING is no connection string: copy it anew from the "
            "account's access keys."
        ) from error
    if folder.account and client.account_name != folder.account:
        raise UserError(
            f"AZURE_STORAGE_CONNECTION_STRING is not of the account {folder.account} that the URL "
            "names: unset it, or name its own account."
        )
    return client


def _credential(
    account: str, environment: Mapping[str, str]
) -> AzureNamedKeyCredential | AzureSasCredential | DefaultAzureCredential:
    key, sas = _first(environment, _KEY), _first(environment, _SAS)
    if key:
        return AzureNamedKeyCredential(account, key)
    return AzureSasCredential(sas) if sas else DefaultAzureCredential()


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)


def _options() -> dict[str, object]:
    return {
        "retry_policy": ExponentialRetry(
            initial_backoff=1, increment_base=2, retry_total=RETRIES, random_jitter_range=1
        ),
        "connection_timeout": 10,
        "read_timeout": 60,
        "max_single_get_size": PIECE_BYTES,
        "max_chunk_get_size": PIECE_BYTES,
    }
