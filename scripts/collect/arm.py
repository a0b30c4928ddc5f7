"""Azure Resource Manager, page by page; what goes wrong comes as a `Gap` in place of resources.

Through `azure-mgmt-core`, the pipeline below Azure's management clients, with its retries and
credentials. The clients generated on top of it are left out: they read an answer without a list as
an empty list, take the token to whatever host a `nextLink` names, and know of a resource what their
version knew.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import (
    HeadersPolicy,
    RequestIdPolicy,
    RetryPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest, HttpResponse
from azure.core.settings import settings
from azure.identity import DefaultAzureCredential
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.core.tools import get_arm_endpoints

from scripts.errors import UserError

# A throttled answer says when to come again. A wait that is longer than this, or a sixth one for
# the same page, ends the listing: the next run is nearer than the end of such a queue.
LONGEST_WAIT_SECONDS = 60
RETRIES = 5
# The moment of a snapshot is the one before its first request: what is read long after is blurred.
LONGEST_LISTING_SECONDS = 300
# Azure's largest pages hold hundreds of resources; nobody has a listing of this many.
MOST_PAGES = 10_000

# The clients log what the sentences say; without a handler Python prints it.
logging.getLogger("azure").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a listing lacks something: in its place among the resources.

    Attributes:
        reason: words for a file and a sentence; Azure's code of the error, never its text.
        status: of HTTP; None where there was no answer.
        code: Azure's own name of the error.
    """

    reason: str
    status: int | None = None
    code: str | None = None


Resource = dict[str, Any]


class _BoundedRetry(RetryPolicy):
    """The SDK's policy, which obeys Retry-After whatever it says; here, up to a bound."""

    def get_retry_after(self, response: PipelineResponse) -> float | None:
        try:
            return super().get_retry_after(response)
        except (ValueError, OverflowError):
            # no number and no date: the policy's own pauses
            return None

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse) -> bool:
        wait = self.get_retry_after(response) or 0
        return wait <= LONGEST_WAIT_SECONDS and super().is_retry(settings, response)


class _OfTenant:
    """A credential that signs in to one tenant, whichever of them its own default is."""

    def __init__(self, credential: TokenCredential, tenant: str) -> None:
        self._credential, self._tenant = credential, tenant

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return self._credential.get_token(*scopes, **(options | {"tenant_id": self._tenant}))


class Arm:
    """A connection to one cloud's Azure Resource Manager; several threads may use it."""

    def __init__(
        self,
        endpoint: str | None = None,
        tenant: str | None = None,
        credential: TokenCredential | None = None,
    ) -> None:
        """Sends nothing yet.

        Args:
            endpoint: None for the cloud that AZURE_SDK_CLOUD_CONF names, the public one without it.
            tenant: to sign in to; None for the credential's own.
            credential: None for what azure-identity finds in the environment.

        Raises:
            UserError: the endpoint is no https address, or the cloud is unknown.
        """
        address, scopes = _endpoint(endpoint)
        self._address = address
        credential = credential or DefaultAzureCredential(
            additionally_allowed_tenants=[tenant] if tenant else []
        )
        self._client = ARMPipelineClient(
            address,
            policies=[
                RequestIdPolicy(),
                HeadersPolicy({"Accept": "application/json"}),
                UserAgentPolicy(base_user_agent="azure-flow-attribution"),
                _BoundedRetry(retry_total=RETRIES, retry_status=RETRIES, retry_backoff_max=30),
                ARMChallengeAuthenticationPolicy(
                    _OfTenant(credential, tenant) if tenant else credential, *scopes
                ),
            ],
            connection_timeout=10,
            read_timeout=60,
        )
        # Azure's time and ours when it answered last
        self._clock: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """A moment that is not later than now by Azure's clock, UTC.

        Azure's own clock stamps the operation logs and the flows, and this machine's may be wrong.
        Up to a second early, as HTTP dates are cut to whole ones.
        """
        if self._clock is None:
            return datetime.now(UTC)
        answered_at, at = self._clock
        return answered_at + timedelta(seconds=time.monotonic() - at)

    def get(self, path: str, version: str) -> Resource | Gap:
        """One resource, by its id."""
        return self._get(f"{self._address}{path}?api-version={version}")

    def resources(
        self, path: str, version: str, is_over: Callable[[], bool] = lambda: False
    ) -> Iterator[Resource | Gap]:
        """All resources of a list, page after page; a Gap is the last item there is.

        Args:
            is_over: asked after each page: whether the listing has taken too long.
        """
        url, seen = f"{self._address}{path}?api-version={version}", set()
        while True:
            if url in seen or len(seen) >= MOST_PAGES:
                yield Gap("its pages have no end")
                return
            seen.add(url)
            page = self._get(url)
            if isinstance(page, Gap):
                yield page
                return
            rows = page.get("value")
            if not isinstance(rows, list):
                yield Gap("an answer has no list")
                return
            for row in rows:
                if not isinstance(row, dict) or not _is_id(row.get("id")):
                    yield Gap("an entry of the list has no id")
                    return
                yield row
            # after the last page as well: it may have waited for its turn
            if is_over():
                yield Gap(f"it took longer than {LONGEST_LISTING_SECONDS} s")
                return
            url = page.get("nextLink")
            if not url:
                return
            if not self._is_own(url):
                yield Gap("its next page is at another host")
                return

    def _get(self, url: str) -> Resource | Gap:
        try:
            response = self._client.send_request(HttpRequest("GET", url))
        except ClientAuthenticationError as error:
            if self._clock is not None:
                # it had one: the others' listings and this one's beginning are worth keeping
                return Gap("the credentials gave no new token")
            # nothing that azure-identity tried gave a token; its texts are long
            raise UserError(
                "There are no valid credentials for Azure: say az login, or set AZURE_TENANT_ID, "
                "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run where a managed identity is."
            ) from error
        except HttpResponseError:
            return Gap("an answer was cut off")
        except AzureError:
            return Gap(f"{urlsplit(self._address).netloc} cannot be reached")
        except OSError as error:
            # what requests says of REQUESTS_CA_BUNDLE; all else it wraps
            raise UserError(f"No connection to Azure can be made: {error}.") from error
        self._set_clock(response)
        try:
            document = response.json()
        except (ValueError, RecursionError, HttpResponseError):
            document = None
        if response.status_code != 200:
            code = _code(document)
            return Gap(
                f"{response.status_code} {code or response.reason}", response.status_code, code
            )
        if not isinstance(document, dict):
            return Gap("an answer is no JSON", response.status_code)
        return document

    def _set_clock(self, response: HttpResponse) -> None:
        try:
            answered_at = parsedate_to_datetime(response.headers.get("Date") or "")
        except ValueError:
            return
        self._clock = answered_at.astimezone(UTC), time.monotonic()

    def _is_own(self, url: Any) -> bool:
        """Whether the token may go there: a link is part of an answer, and could be anything.

        By its letters, not by taking it apart: what takes it apart to send it may do so otherwise.
        """
        own = re.escape(urlsplit(self._address).netloc.lower().removesuffix(":443"))
        host = rf"https://([a-z0-9-]{{1,63}}\.)*{own}(:443)?[/?][^\s\\]*"
        return isinstance(url, str) and re.fullmatch(host, url, re.IGNORECASE) is not None


def _endpoint(endpoint: str | None) -> tuple[str, list[str]]:
    if endpoint is None:
        try:
            known = get_arm_endpoints(settings.azure_cloud())
        except ValueError as error:
            raise UserError(
                "AZURE_SDK_CLOUD_CONF names no cloud: write AZURE_PUBLIC_CLOUD, AZURE_CHINA_CLOUD "
                "or AZURE_US_GOVERNMENT."
            ) from error
        return known["resource_manager"].rstrip("/"), known["credential_scopes"]
    address = endpoint.rstrip("/")
    if not re.fullmatch(r"https://[^/?#@]+", address):
        raise UserError(
            f"--endpoint {endpoint.partition('?')[0]} is no address of Azure Resource Manager: "
            "write it like https://management.azure.com."
        )
    return address, [f"{address}/.default"]


def _is_id(text: Any) -> bool:
    """Whether it names a resource: what does not would be landed as no NIC and no gap."""
    return (
        isinstance(text, str) and re.match(r"/subscriptions/[^/]", text, re.IGNORECASE) is not None
    )


def _code(document: Any) -> str | None:
    """Azure's name of an error, which says more than the status; only what looks like a name."""
    error = document.get("error") if isinstance(document, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"\w{1,80}", code) else None
