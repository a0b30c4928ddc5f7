"""A server on this machine that plays Azure Resource Manager: HTTPS, pages, throttling, and lies.

Its certificate is its own, and the real SDK believes it for the reason for which it believes a
company's proxy: REQUESTS_CA_BUNDLE. Beside it, an endpoint hands out tokens as App Service's
managed identity does, so that the command line signs in without a secret or a network.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure.core.credentials import AccessToken
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TENANT = "7e7a0000-0000-4000-8000-000000000001"
TOKEN = "not-a-secret-but-must-not-be-written-anywhere"
READER = [{"actions": ["*/read"], "notActions": []}]


@dataclass(frozen=True)
class Answer:
    """What is sent; `cut_at`: the connection breaks after so many bytes of it."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None


def error(status: int, code: str, **headers: str) -> Answer:
    text = f"The client 'secret-name' with object id 'x' got {code}"
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"error": {"code": code, "message": text}}, names)


@dataclass(frozen=True)
class Asked:
    """A request: lower-case path, page from 1, and how many times it was made so far, from 1."""

    path: str
    page: int
    times: int


@dataclass
class FakeArm:
    """Lists by path (lower case), and what goes wrong.

    Attributes:
        lists: resources per list, as they are now.
        permissions: the caller's, per subscription.
        page_size: resources per page; the link to the next one continues after the last id, so that
            a deleted resource shifts nothing.
        faults: may give another answer to a request, or None.
        asked: all requests, in their order.
        now: what the Date header says; None for the time.
    """

    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    permissions: dict[str, Any] = field(default_factory=dict)
    page_size: int = 100
    faults: Callable[[Asked], Answer | None] | None = None
    asked: list[Asked] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    now: datetime | None = None
    address: str = ""

    def subscription(self, guid: str, state: str = "Enabled") -> Estate:
        """A new subscription without resources, that its Reader may read."""
        one = {"id": f"/subscriptions/{guid}", "tenantId": TENANT, "state": state}
        self.lists.setdefault("/subscriptions", []).append(one)
        self.permissions[guid] = READER
        return Estate(self, guid)

    def answer(self, url: str) -> Answer:
        parts = urlsplit(url)
        path, query = parts.path.lower().rstrip("/"), parse_qs(parts.query)
        after, page = query.get("after", [""])[0], int(query.get("page", ["1"])[0])
        times = 1 + sum((one.path, one.page) == (path, page) for one in self.asked)
        asked = Asked(path, page, times)
        self.asked.append(asked)
        wrong = self.faults(asked) if self.faults else None
        if wrong is not None:
            return wrong
        if "api-version" not in query:
            return error(400, "MissingApiVersionParameter")
        if path.endswith("/providers/microsoft.authorization/permissions"):
            return Answer(body={"value": self.permissions.get(path.split("/")[2], [])})
        if path.count("/") == 2:
            known = [one for one in self.lists["/subscriptions"] if one["id"].lower() == path]
            return Answer(body=known[0]) if known else error(404, "SubscriptionNotFound")
        rows = self.lists.get(path)
        if rows is None:
            return error(404, "NotFound") if "scalesets/" in path else Answer(body={"value": []})
        rows = [row for row in sorted(rows, key=lambda row: row["id"]) if row["id"] > after]
        document: dict[str, Any] = {"value": rows[: self.page_size]}
        if len(rows) > self.page_size:
            last = document["value"][-1]["id"]
            document["nextLink"] = self.link(path, page + 1, last)
        return Answer(body=document)

    def link(self, path: str, page: int, after: str = "") -> str:
        return f"{self.address}{path}?api-version=1&page={page}&after={after}"

    def requests(self, part: str) -> int:
        return sum(part.lower() in one.path for one in self.asked)


@dataclass(frozen=True)
class Estate:
    """One subscription's resources."""

    arm: FakeArm
    guid: str

    @property
    def _group(self) -> str:
        return f"/subscriptions/{self.guid}/resourceGroups/RG-Web/providers"

    def _list(self, provider_and_type: str) -> list[dict[str, Any]]:
        path = f"/subscriptions/{self.guid}/providers/{provider_and_type}".lower()
        return self.arm.lists.setdefault(path, [])

    @property
    def nics(self) -> list[dict[str, Any]]:
        return self._list("Microsoft.Network/networkInterfaces")

    @property
    def vms(self) -> list[dict[str, Any]]:
        return self._list("Microsoft.Compute/virtualMachines")

    def vnet(self, name: str = "vnet", peered_with: str | None = None) -> str:
        vnet_id = f"{self._group}/Microsoft.Network/virtualNetworks/{name}"
        peerings = [
            {
                "name": "p",
                "properties": {"peeringState": "Connected", "remoteVirtualNetwork": {"id": to}},
            }
            for to in filter(None, [peered_with])
        ]
        self._list("Microsoft.Network/virtualNetworks").append(
            {
                "id": vnet_id,
                "name": name,
                "properties": {
                    "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]},
                    "subnets": [{"id": f"{vnet_id}/subnets/s", "properties": {}}],
                    "virtualNetworkPeerings": peerings,
                },
            }
        )
        return vnet_id

    def machine(self, name: str, ip: str) -> None:
        """A VM with one NIC, as a flexible scale set's instances are as well."""
        vm_id = f"{self._group}/Microsoft.Compute/virtualMachines/{name}"
        nic_id = f"{self._group}/Microsoft.Network/networkInterfaces/{name}-nic"
        self.vms.append(vm(vm_id, name, nic_id))
        self.nics.append(nic(nic_id, self._subnet, ip, vm_id))

    def scale_set(self, name: str, instances: int, mode: str = "Uniform", first: int = 0) -> str:
        set_id = f"{self._group}/Microsoft.Compute/virtualMachineScaleSets/{name}"
        self._list("Microsoft.Compute/virtualMachineScaleSets").append(
            {"id": set_id, "name": name, "properties": {"orchestrationMode": mode}}
        )
        if mode == "Flexible":
            for number in range(instances):
                self.machine(f"{name}_{number:04}", f"10.2.{number // 250}.{number % 250}")
            # the compute provider lists them here too; the network provider knows no such set
            self.arm.lists[f"{set_id}/virtualMachines".lower()] = list(self.vms[-instances:])
            return set_id
        machines = self.arm.lists[f"{set_id}/virtualMachines".lower()] = []
        nics = []
        for number in range(first, first + instances):
            vm_id = f"{set_id}/virtualMachines/{number}"
            nic_id = f"{vm_id}/networkInterfaces/nic"
            machines.append(vm(vm_id, f"{name}_{number}", nic_id))
            nics.append(nic(nic_id, self._subnet, f"10.1.{number // 250}.{number % 250}", vm_id))
        if instances:
            self.arm.lists[f"{set_id}/networkInterfaces".lower()] = nics
        return set_id

    @property
    def _subnet(self) -> str:
        return f"{self._group}/Microsoft.Network/virtualNetworks/vnet/subnets/s"


def nic(nic_id: str, subnet_id: str, ip: str, vm_id: str | None) -> dict[str, Any]:
    return {
        "id": nic_id,
        "name": nic_id.rpartition("/")[2],
        "location": "westeurope",
        "properties": {
            "provisioningState": "Succeeded",
            "virtualMachine": {"id": vm_id},
            "ipConfigurations": [
                {"name": "c", "properties": {"privateIPAddress": ip, "subnet": {"id": subnet_id}}}
            ],
        },
    }


def vm(vm_id: str, name: str, nic_id: str) -> dict[str, Any]:
    return {
        "id": vm_id,
        "name": name,
        "location": "westeurope",
        "resources": [{"properties": {"settings": {"password": "s3cret-extension"}}}],
        "properties": {
            "vmId": f"uuid-of-{name}",
            "osProfile": {"adminUsername": "s3cret-admin"},
            "userData": "s3cret-user-data",
            "networkProfile": {"networkInterfaces": [{"id": nic_id}]},
        },
    }


class _Handler(BaseHTTPRequestHandler):
    """Tokens below /msi, all else Azure Resource Manager's."""

    protocol_version = "HTTP/1.1"
    arm: FakeArm

    def do_GET(self) -> None:
        if self.path.startswith("/msi"):
            life = str(int((datetime.now(UTC) + timedelta(days=1)).timestamp()))
            self._send(
                Answer(body={"access_token": TOKEN, "expires_on": life, "token_type": "Bearer"})
            )
            return
        self.arm.tokens.add(self.headers["Authorization"] or "")
        self._send(self.arm.answer(self.path))

    def _send(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: answer.cut_at])
        if answer.cut_at is not None:
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """What the Date header says."""
        if self.arm.now is None:
            return super().date_time_string(timestamp)
        return format_datetime(self.arm.now, usegmt=True)

    def log_message(self, *arguments: Any) -> None:
        """Nothing on the tests' output."""


class Token:
    """A credential of the SDK's shape, for runs within the test's own process."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(TOKEN, int(datetime.now(UTC).timestamp()) + 86400)


@contextmanager
def running(certificate: Path) -> Iterator[FakeArm]:
    """A server over TLS until the block ends; its certificate is written where it was made."""
    arm = FakeArm()
    handler = type("Handler", (_Handler,), {"arm": arm})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    arm.address = f"https://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield arm


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def identity() -> Iterator[str]:
    """The address of a managed identity's endpoint, which is plain HTTP where Azure has it too."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Msi", (_Handler,), {"arm": FakeArm()}))
    with serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}/msi/token"


def write_certificate(path: Path) -> None:
    """A key and a certificate for 127.0.0.1 that signs itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
