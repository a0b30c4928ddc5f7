"""The collector, through the real SDK against a server that plays Azure Resource Manager."""

from __future__ import annotations

import gzip
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport

from scripts.collect import access, arm, run, snapshot
from scripts.collect.arm import Arm, Gap
from scripts.collect.listings import KINDS
from scripts.collect.run import Collected, collect
from scripts.errors import UserError
from scripts.landing import split
from scripts.render import collected_sentence, incomplete_sentence
from tests.python.fake_arm import (
    READER,
    TENANT,
    TOKEN,
    Answer,
    Asked,
    FakeArm,
    Token,
    error,
    identity,
    running,
    write_certificate,
)

A, B, C = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
NICS, VMS, VNETS = "network_interfaces", "virtual_machines", "virtual_networks"
NIC_LIST = f"/subscriptions/{A}/providers/microsoft.network/networkinterfaces"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "arm.pem"
    write_certificate(path)
    return path


@pytest.fixture
def fake(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArm]:
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with running(certificate) as fake:
        fake.now = START
        yield fake


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the SDK would have waited; it does not."""
    waited: list[float] = []
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _, seconds: waited.append(seconds))
    return waited


def run_once(fake: FakeArm, folder: Path, **options: Any) -> Collected:
    return collect(folder, Arm(fake.address, credential=Token()), **options)


def documents(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    """The newest document of each subscription."""
    found = {}
    for path in sorted((folder / "collect" / kind).rglob("*.json.gz")):
        with gzip.open(path, "rt") as file:
            document = json.load(file)
        found[document["subscription_id"]] = document
    return found


def names(document: dict[str, Any]) -> list[str]:
    """The last two parts of each id."""
    return ["/".join(row["id"].split("/")[-2:]) for row in document["value"] if "id" in row]


def errors(document: dict[str, Any]) -> list[str]:
    return [row["error"] for row in document["value"] if "error" in row]


# --- what is written -------------------------------------------------------------------------


def test_nics_vms_and_vnets_of_every_subscription(fake, tmp_path):
    one, two = fake.subscription(A), fake.subscription(B)
    one.vnet(peered_with=two.vnet("hub"))
    one.machine("web", "10.0.0.4")
    two.machine("db", "10.0.0.4")
    collected = run_once(fake, tmp_path)
    assert collected.is_complete
    assert names(documents(tmp_path, NICS)[A]) == ["networkInterfaces/web-nic"]
    assert names(documents(tmp_path, VMS)[B]) == ["virtualMachines/db"]
    vnet = documents(tmp_path, VNETS)[A]["value"][0]
    assert vnet["properties"]["virtualNetworkPeerings"][0]["name"] == "p"
    assert {one["tenant_id"] for one in documents(tmp_path, NICS).values()} == {TENANT}
    assert collected_sentence(collected, tmp_path).startswith(
        "2 NICs, 2 VMs and 2 VNets of 2 subscriptions in 6 files below "
    )


def test_uniform_scale_sets_are_listed_apart_and_flexible_ones_are_not(fake, tmp_path):
    one = fake.subscription(A)
    one.machine("web", "10.0.0.4")
    one.scale_set("nodes", 230)
    one.scale_set("flex", 3, mode="Flexible")
    collected = run_once(fake, tmp_path)
    assert collected.is_complete
    nics, vms = documents(tmp_path, NICS)[A], documents(tmp_path, VMS)[A]
    assert len(nics["value"]) == len(vms["value"]) == 1 + 230 + 3
    assert sum("/virtualMachineScaleSets/nodes/" in row["id"] for row in nics["value"]) == 230
    assert fake.requests("scalesets/nodes/networkinterfaces") == 3  # pages of 100
    assert fake.requests("scalesets/flex/") == 0


def test_a_scale_set_without_instances_is_no_gap(fake, tmp_path):
    """The network provider answers 404 for it."""
    fake.subscription(A).scale_set("idle", 0)
    assert run_once(fake, tmp_path).is_complete
    assert fake.requests("scalesets/idle/networkinterfaces") == 1


def test_a_scale_set_with_instances_whose_nics_are_not_found_is_a_gap(fake, tmp_path):
    one = fake.subscription(A)
    set_id = one.scale_set("nodes", 2)
    del fake.lists[f"{set_id}/networkInterfaces".lower()]
    collected = run_once(fake, tmp_path)
    assert [(one.kind, one.gaps[0].status) for one in collected.snapshots if one.gaps] == [
        (NICS, 404)
    ]


@pytest.mark.parametrize(
    "answer",
    [Answer(404, b"<html>Not here</html>"), error(404, "SubscriptionNotFound")],
    ids=["a proxy's", "the subscription's"],
)
def test_a_scale_set_is_gone_where_azure_says_so(fake, tmp_path, answer):
    fake.subscription(A).scale_set("nodes", 2)
    fake.faults = lambda asked: answer if "scalesets/" in asked.path else None
    run_once(fake, tmp_path)
    for kind in (NICS, VMS):
        assert documents(tmp_path, kind)[A]["is_complete"] is False
        assert errors(documents(tmp_path, kind)[A])[0].startswith("404 ")


def test_one_scale_set_that_is_denied_hides_no_other(fake, tmp_path):
    one = fake.subscription(A)
    one.scale_set("a-denied", 2)
    one.scale_set("nodes", 2)
    fake.faults = lambda asked: (
        error(403, "AuthorizationFailed") if "a-denied/networkinterfaces" in asked.path else None
    )
    run_once(fake, tmp_path)
    nics = documents(tmp_path, NICS)[A]
    assert errors(nics) == ["403 AuthorizationFailed"] and len(names(nics)) == 2
    assert documents(tmp_path, VMS)[A]["is_complete"]


def test_an_empty_subscription_is_complete(fake, tmp_path):
    fake.subscription(A)
    assert run_once(fake, tmp_path).is_complete
    assert documents(tmp_path, NICS)[A]["value"] == []
    assert documents(tmp_path, NICS)[A]["is_complete"] is True


def test_a_provider_that_was_never_used_has_nothing(fake, tmp_path):
    fake.subscription(A)
    fake.faults = lambda asked: (
        error(409, "MissingSubscriptionRegistration") if "microsoft.compute" in asked.path else None
    )
    assert run_once(fake, tmp_path).is_complete


def test_files_sort_by_time_and_are_whole_or_not_there(fake, tmp_path, monkeypatch):
    fake.subscription(A).machine("web", "10.0.0.4")
    run_once(fake, tmp_path)
    fake.now = START + timedelta(days=1)
    run_once(fake, tmp_path)
    paths = sorted((tmp_path / "collect" / NICS).rglob("*"))
    days = [path for path in paths if path.is_dir()]
    assert [day.name for day in days] == ["2026-03-01", "2026-03-02"]
    assert all(path.name.endswith(f"Z_{A}.json.gz") for path in paths if path.is_file())
    monkeypatch.setattr(snapshot, "_kept", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_once(fake, tmp_path)
    assert sorted((tmp_path / "collect" / NICS).rglob("*")) == paths


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(fake, tmp_path):
    fake.subscription(A)
    (tmp_path / "collect").write_text("in the way")
    with pytest.raises(UserError, match="cannot be written"):
        run_once(fake, tmp_path)


def test_nothing_secret_is_written_or_logged(fake, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    one = fake.subscription(A)
    one.machine("web", "10.0.0.4")
    one.scale_set("nodes", 1)
    fake.faults = lambda asked: (
        error(403, "AuthorizationFailed") if "virtualnetworks" in asked.path else None
    )
    collected = run_once(fake, tmp_path)
    assert fake.tokens == {f"Bearer {TOKEN}"}
    written = "".join(
        gzip.decompress(path.read_bytes()).decode() for path in tmp_path.rglob("*.json.gz")
    )
    assert "virtualMachines/web" in written
    for secret in (TOKEN, "s3cret", "secret-name"):
        assert secret not in written + caplog.text + incomplete_sentence(collected)


# --- the moment of a snapshot ----------------------------------------------------------------


def test_its_moment_is_before_its_first_request_by_azures_clock(fake, tmp_path):
    """The answers to a listing carry a later time than the snapshot that they make."""
    one = fake.subscription(A)
    for number in range(3):
        one.machine(f"web-{number}", f"10.0.0.{number}")
    fake.page_size = 1

    def slow(asked: Asked) -> None:
        if asked.path == NIC_LIST:
            fake.now += timedelta(seconds=20)

    fake.faults = slow
    run_once(fake, tmp_path)
    document = documents(tmp_path, NICS)[A]
    recorded_at = datetime.fromisoformat(document["recorded_at"])
    assert START <= recorded_at < START + timedelta(seconds=10)
    assert datetime.fromisoformat(document["finished_at"]) >= START + timedelta(seconds=60)


def test_without_an_answer_this_machines_clock_counts():
    before = datetime.now(UTC)
    assert before <= Arm("https://127.0.0.1:9", credential=Token()).now() <= datetime.now(UTC)


def test_a_listing_that_takes_too_long_is_marked(fake, tmp_path, monkeypatch):
    fake.subscription(A).machine("web", "10.0.0.4")
    monkeypatch.setattr(run, "LONGEST_LISTING_SECONDS", -1)
    run_once(fake, tmp_path)
    document = documents(tmp_path, NICS)[A]
    assert names(document) == ["networkInterfaces/web-nic"]
    assert set(errors(document)) == {"it took longer than 300 s"}


# --- pages -----------------------------------------------------------------------------------


def test_a_nic_deleted_between_two_pages(fake, tmp_path):
    """One that a page has shown is stated; one that none has is not; no other one is lost."""
    one = fake.subscription(A)
    for letter in "abcdef":
        one.machine(letter, "10.0.0.4")
    fake.page_size = 2

    def delete(asked: Asked) -> None:
        if (asked.path, asked.page) == (NIC_LIST, 2):
            one.nics[:] = [row for row in one.nics if row["name"] not in ("a-nic", "f-nic")]

    fake.faults = delete
    assert run_once(fake, tmp_path).is_complete
    listed = [name.rpartition("/")[2] for name in names(documents(tmp_path, NICS)[A])]
    assert listed == ["a-nic", "b-nic", "c-nic", "d-nic", "e-nic"]


def test_a_resource_on_two_pages_is_written_once(fake, tmp_path):
    one = fake.subscription(A)
    one.machine("web", "10.0.0.4")
    one.nics.append(dict(one.nics[0], id=one.nics[0]["id"].upper()))
    collected = run_once(fake, tmp_path)
    assert collected.is_complete and len(names(documents(tmp_path, NICS)[A])) == 1


def test_an_empty_page_in_between_is_not_the_end(fake, tmp_path):
    one = fake.subscription(A)
    one.machine("web", "10.0.0.4")
    fake.faults = lambda asked: (
        Answer(body={"value": [], "nextLink": fake.link(asked.path, 2)})
        if (asked.path, asked.page) == (NIC_LIST, 1)
        else None
    )
    assert run_once(fake, tmp_path).is_complete
    assert len(names(documents(tmp_path, NICS)[A])) == 1


def page(*rows: dict[str, Any], **more: Any) -> Answer:
    return Answer(body={"value": list(rows)} | more)


ROW = {
    "id": f"/subscriptions/{A}/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/x"
}
# what the second page may be, and the reason that is written
BROKEN = {
    "server error": (error(500, "InternalServerError"), "500 InternalServerError"),
    "no code": (Answer(502, b"<html>Bad Gateway</html>"), "502 Bad Gateway"),
    "token too old": (error(400, "InvalidSkipToken"), "400 InvalidSkipToken"),
    "denied meanwhile": (error(403, "AuthorizationFailed"), "403 AuthorizationFailed"),
    "no JSON": (Answer(200, b"<html>Sign in to the proxy</html>"), "an answer is no JSON"),
    "a list": (Answer(body=[]), "an answer is no JSON"),
    "no list": (Answer(body={"status": "fine"}), "an answer has no list"),
    "no id": (page({"name": "x"}), "an entry of the list has no id"),
    "redirected": (Answer(302, b"", {"Location": "https://example.com"}), "302 Found"),
    "cut off": (Answer(body={"value": [ROW] * 50}, cut_at=100), "an answer was cut off"),
    "another host": (
        page(ROW, nextLink="https://example.com/x"),
        "its next page is at another host",
    ),
    "plain http": (page(ROW, nextLink="http://127.0.0.1/"), "its next page is at another host"),
    "no link": (page(ROW, nextLink={"href": 1}), "its next page is at another host"),
    # urllib.parse and urllib3 do not agree on whose host these name
    "backslash": (
        page(ROW, nextLink="https://example.com\\@127.0.0.1:{port}/x"),
        "its next page is at another host",
    ),
    "user": (
        page(ROW, nextLink="https://x@127.0.0.1:{port}/x"),
        "its next page is at another host",
    ),
    "no port": (page(ROW, nextLink="https://127.0.0.1:x/"), "its next page is at another host"),
    "no host": (page(ROW, nextLink="https://[::1/"), "its next page is at another host"),
    "no label": (
        page(ROW, nextLink="https://x..127.0.0.1:{port}/"),
        "its next page is at another host",
    ),
    "no ARM id": (page({"id": "x"}), "an entry of the list has no id"),
    "too deep": (Answer(200, b"[" * 100_000), "an answer is no JSON"),
    "no time to wait": (
        error(429, "TooManyRequests", Retry_After="soon"),
        "429 TooManyRequests",
    ),
    "no day to wait for": (
        error(429, "TooManyRequests", Retry_After="Tue, 31 Feb 2026 08:00:00 GMT"),
        "429 TooManyRequests",
    ),
}


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize("case", BROKEN)
def test_a_listing_that_breaks_off_keeps_what_it_had_and_is_marked(fake, tmp_path, case):
    answer, reason = BROKEN[case]
    if isinstance(answer.body, dict) and isinstance(answer.body.get("nextLink"), str):
        link = answer.body["nextLink"].replace("{port}", fake.address.rpartition(":")[2])
        answer = replace(answer, body=answer.body | {"nextLink": link})
    one = fake.subscription(A)
    for letter in "abc":
        one.machine(letter, "10.0.0.4")
    fake.page_size = 2
    fake.faults = lambda asked: answer if (asked.path, asked.page) == (NIC_LIST, 2) else None
    collected = run_once(fake, tmp_path)
    document = documents(tmp_path, NICS)[A]
    assert names(document)[:2] == ["networkInterfaces/a-nic", "networkInterfaces/b-nic"]
    assert errors(document) == [reason]
    assert document["is_complete"] is False
    assert documents(tmp_path, VMS)[A]["is_complete"] is True
    assert reason in incomplete_sentence(collected)


def test_links_that_lead_back_end(fake, tmp_path):
    one = fake.subscription(A)
    one.machine("web", "10.0.0.4")
    fake.faults = lambda asked: (
        page(ROW, nextLink=fake.link(asked.path, 3 - asked.page))
        if asked.path == NIC_LIST
        else None
    )
    run_once(fake, tmp_path)
    assert errors(documents(tmp_path, NICS)[A]) == ["its pages have no end"]
    assert fake.requests(NIC_LIST) == 3


def test_links_that_never_end_do(fake, tmp_path, monkeypatch):
    monkeypatch.setattr(arm, "MOST_PAGES", 7)
    fake.subscription(A)
    fake.faults = lambda asked: (
        page(ROW, nextLink=fake.link(asked.path, asked.page + 1))
        if asked.path == NIC_LIST
        else None
    )
    run_once(fake, tmp_path)
    assert errors(documents(tmp_path, NICS)[A]) == ["its pages have no end"]
    assert fake.requests(NIC_LIST) == 7


# --- throttling ------------------------------------------------------------------------------


def test_retry_after_is_obeyed(fake, tmp_path, waits):
    fake.subscription(A).machine("web", "10.0.0.4")
    fake.faults = lambda asked: (
        error(429, "TooManyRequests", Retry_After="17")
        if asked.path == NIC_LIST and asked.times <= 3
        else None
    )
    assert run_once(fake, tmp_path).is_complete
    assert waits == [17, 17, 17]


def test_it_really_waits(fake, tmp_path):
    fake.subscription(A)
    fake.faults = lambda asked: (
        error(429, "TooManyRequests", Retry_After="1")
        if asked.path == NIC_LIST and asked.times == 1
        else None
    )
    started = time.monotonic()
    assert run_once(fake, tmp_path).is_complete
    assert time.monotonic() - started >= 1


def test_a_queue_without_end_is_left(fake, tmp_path, waits):
    one = fake.subscription(A)
    for number in range(20):
        one.scale_set(f"nodes-{number:02}", 1)
    fake.faults = lambda asked: (
        error(429, "TooManyRequests", Retry_After="9")
        if "/networkinterfaces" in asked.path
        else None
    )
    run_once(fake, tmp_path)
    # the plain list, and the first set: those after it would wait in vain
    assert errors(documents(tmp_path, NICS)[A]) == ["429 TooManyRequests"] * 2
    assert waits == [9] * 2 * arm.RETRIES
    assert documents(tmp_path, VMS)[A]["is_complete"]


def test_a_wait_of_an_hour_is_not_waited(fake, tmp_path, waits):
    fake.subscription(A)
    fake.faults = lambda asked: (
        error(429, "TooManyRequests", Retry_After="3600") if asked.path == NIC_LIST else None
    )
    run_once(fake, tmp_path)
    assert errors(documents(tmp_path, NICS)[A]) == ["429 TooManyRequests"]
    assert waits == []


# --- access ----------------------------------------------------------------------------------


def test_a_subscription_without_access_is_marked_and_the_others_are_written(fake, tmp_path):
    for guid in (A, B, C):
        fake.subscription(guid).machine("web", "10.0.0.4")
    fake.faults = lambda asked: (
        error(403, "AuthorizationFailed") if asked.path.startswith(f"/subscriptions/{B}/") else None
    )
    collected = run_once(fake, tmp_path, subscription_ids=[C, B.upper(), A, A])
    assert {one.subscription_id for one in collected.snapshots if one.gaps} == {B}
    assert len(collected.snapshots) == 9
    assert (
        documents(tmp_path, NICS)[A]["is_complete"] and documents(tmp_path, NICS)[C]["is_complete"]
    )
    assert errors(documents(tmp_path, NICS)[B])[-1] == "403 AuthorizationFailed"
    sentence = incomplete_sentence(collected)
    assert B in sentence and A not in sentence
    assert "\n" not in sentence and sentence.count(". ") == 0


def test_a_subscription_that_does_not_exist_is_marked(fake, tmp_path):
    fake.faults = lambda _: error(404, "SubscriptionNotFound")
    collected = run_once(fake, tmp_path, subscription_ids=[A])
    assert all("404 SubscriptionNotFound" in one.gaps[-1].reason for one in collected.snapshots)


def test_a_role_on_a_resource_group_alone_gives_no_complete_list(fake, tmp_path):
    """Azure then lists that group and says nothing of the others."""
    fake.subscription(A).machine("web", "10.0.0.4")
    fake.permissions[A] = []
    run_once(fake, tmp_path)
    document = documents(tmp_path, NICS)[A]
    assert names(document) == ["networkInterfaces/web-nic"]
    assert "lacks Microsoft.Network/networkInterfaces/read" in errors(document)[0]


def test_permissions_that_cannot_be_read_vouch_for_nothing(fake, tmp_path):
    fake.subscription(A)
    fake.faults = lambda asked: (
        error(403, "AuthorizationFailed") if asked.path.endswith("/permissions") else None
    )
    assert not run_once(fake, tmp_path).is_complete


def role(*actions: str, but: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"actions": list(actions), "notActions": list(but)}


@pytest.mark.parametrize(
    ("roles", "lacking"),
    [
        (READER, set()),
        ([role("*")], set()),
        ([role(*(action for kind in KINDS for action in kind.actions))], set()),
        ([role("microsoft.network/*"), role("Microsoft.Compute/*/READ")], set()),
        ([role("Microsoft.Network/*/read")], {VMS, NICS}),
        ([role("*/read", but=("Microsoft.Network/virtualNetworks/*",))], {VNETS}),
        ([role("*/read", but=("Microsoft.Network/*",)), role("Microsoft.Network/*/read")], set()),
        ([role("Microsoft.Network/networkInterfaces/write", "*/write")], {VMS, NICS, VNETS}),
        ([role("Microsoft.Network/virtualNetworks/r")], {VMS, NICS, VNETS}),
        ([{"actions": None}, {}, role("Microsoft.Compute/*")], {NICS, VNETS}),
        ([], {VMS, NICS, VNETS}),
    ],
)
def test_what_roles_allow(roles, lacking):
    found = access.Access(tuple(roles))
    assert {kind.name for kind in KINDS if found.lacks(kind.actions)} == lacking


# --- what the user can mend ------------------------------------------------------------------


def test_no_credentials(fake, tmp_path):
    class NoToken:
        def get_token(self, *_scopes: str, **_options: Any) -> None:
            raise ClientAuthenticationError("long text of ten lines")

    with pytest.raises(UserError, match="no valid credentials for Azure: say az login"):
        collect(tmp_path, Arm(fake.address, credential=NoToken()))


def test_credentials_that_end_on_the_way_take_nothing_that_was_read(fake, tmp_path):
    class TwoTokens:
        given = 0

        def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            self.given += 1
            if self.given > 2:
                raise ClientAuthenticationError("long text of ten lines")
            return AccessToken(TOKEN, 0)

    fake.subscription(A).machine("web", "10.0.0.4")
    collected = collect(tmp_path, Arm(fake.address, credential=TwoTokens()))
    assert "the credentials gave no new token" in incomplete_sentence(collected)
    assert errors(documents(tmp_path, NICS)[A]) == ["the credentials gave no new token"] * 2


def test_a_bundle_of_certificates_that_is_not_there(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.pem"))
    with pytest.raises(UserError, match=r"No connection to Azure can be made.*absent\.pem"):
        run_once(fake, tmp_path)


@pytest.mark.usefixtures("waits")
def test_no_network(tmp_path):
    with pytest.raises(UserError, match="cannot be reached"):
        collect(tmp_path, Arm("https://127.0.0.1:9", credential=Token()))
    with pytest.raises(UserError, match="cannot be reached"):
        collect(tmp_path, Arm("https://127.0.0.1:9", credential=Token()), subscription_ids=[A])


@pytest.mark.usefixtures("waits")
def test_a_certificate_that_nobody_vouches_for(fake, tmp_path, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    fake.subscription(A)
    with pytest.raises(UserError, match="cannot be reached"):
        run_once(fake, tmp_path)
    assert fake.tokens == set()


def test_no_subscription(fake, tmp_path):
    fake.lists["/subscriptions"] = []
    with pytest.raises(UserError, match="role Reader"):
        run_once(fake, tmp_path)


def test_deleted_subscriptions_and_other_tenants_are_left_out(fake, tmp_path):
    fake.subscription(A)
    fake.subscription(B, state="Deleted")
    fake.subscription(C)
    fake.lists["/subscriptions"][-1]["tenantId"] = "7e7a0000-0000-4000-8000-000000000002"
    run_once(fake, tmp_path, tenant_id=TENANT.upper())
    assert set(documents(tmp_path, NICS)) == {A}
    with pytest.raises(UserError, match="see no subscription of tenant"):
        run_once(fake, tmp_path, tenant_id=A)


@pytest.mark.usefixtures("waits")
def test_a_list_of_subscriptions_that_breaks_off_is_told(fake, tmp_path):
    for guid in (A, B):
        fake.subscription(guid)
    fake.page_size = 1
    fake.faults = lambda asked: (
        error(503, "ServerBusy") if (asked.path, asked.page) == ("/subscriptions", 2) else None
    )
    collected = run_once(fake, tmp_path)
    assert not collected.is_complete and set(documents(tmp_path, NICS)) == {A}
    assert "the subscriptions: 503 ServerBusy" in incomplete_sentence(collected)


@pytest.mark.parametrize("guid", ["production", f"/subscriptions/{A}", f"{A}?x", ""])
def test_a_subscription_is_a_guid(fake, tmp_path, guid):
    with pytest.raises(UserError, match="is no GUID"):
        run_once(fake, tmp_path, subscription_ids=[guid])
    assert fake.asked == []


@pytest.mark.parametrize(
    "endpoint",
    ["http://management.azure.com", "management.azure.com", "https://a/b", "https://u@a"],
)
def test_an_endpoint_is_an_https_address(endpoint):
    with pytest.raises(UserError, match="no address of Azure Resource Manager"):
        Arm(endpoint, credential=Token())


def test_the_cloud_comes_from_the_sdks_own_variable(monkeypatch):
    monkeypatch.setenv("AZURE_SDK_CLOUD_CONF", "AZURE_US_GOVERNMENT")
    assert arm._endpoint(None)[0] == "https://management.usgovcloudapi.net"
    monkeypatch.setenv("AZURE_SDK_CLOUD_CONF", "MARS")
    with pytest.raises(UserError, match="AZURE_SDK_CLOUD_CONF names no cloud"):
        arm._endpoint(None)


def test_it_signs_in_to_the_tenant_that_was_named(fake, tmp_path):
    asked = []

    class Recording(Token):
        def get_token(self, *scopes: str, **options: Any) -> Any:
            asked.append((scopes, options.get("tenant_id")))
            return super().get_token(*scopes)

    fake.subscription(A)
    collect(tmp_path, Arm(fake.address, TENANT, Recording()), tenant_id=TENANT)
    assert asked == [((f"{fake.address}/.default",), TENANT)]


@pytest.mark.parametrize("folder", ["az://collect", "https://x.blob.core.windows.net/collect"])
def test_it_writes_to_this_machine(fake, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no folder of this machine"):
        run_once(fake, Path(folder))
    assert list(tmp_path.iterdir()) == [] and fake.asked == []


# --- what docs/collector.md says --------------------------------------------------------------


def test_what_it_costs_in_requests(fake, tmp_path):
    """One for the subscriptions, six for each, two for each uniform scale set."""
    for guid in (A, B):
        one = fake.subscription(guid)
        one.machine("web", "10.0.0.4")
        one.scale_set("flex", 2, mode="Flexible")
    one.scale_set("nodes", 2)
    one.scale_set("shop", 2)
    run_once(fake, tmp_path)
    assert len(fake.asked) == 1 + 2 * 6 + 2 * 2


def test_the_custom_role_is_what_it_asks_for(project_root):
    text = (project_root / "docs" / "collector.md").read_text()
    role = json.loads(text.partition("```json\n")[2].partition("```")[0])
    needed = {action for kind in KINDS for action in kind.actions}
    assert set(role["Actions"]) == needed | {
        "Microsoft.Resources/subscriptions/read",
        "Microsoft.Authorization/permissions/read",
    }


# --- the command line ------------------------------------------------------------------------


def test_from_the_command_line_with_a_managed_identity(fake, tmp_path, project, monkeypatch):
    fake.subscription(A).machine("web", "10.0.0.4")
    fake.subscription(B).machine("db", "10.0.0.4")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    with identity() as address:
        monkeypatch.setenv("IDENTITY_ENDPOINT", address)
        whole = project.run("collect", tmp_path, "--endpoint", fake.address)
        assert whole.exit_code == 0, whole.errors
        assert whole.output.startswith("2 NICs, 2 VMs and 0 VNets of 2 subscriptions in 6 files")
        assert whole.errors.splitlines()[0].startswith("Collecting took ")
        fake.faults = lambda asked: (
            error(403, "AuthorizationFailed")
            if asked.path.startswith(f"/subscriptions/{B}/")
            else None
        )
        options = ("--subscription", A, "--subscription", B, "--endpoint", fake.address)
        part = project.run("collect", tmp_path, *options)
        assert part.exit_code == 1
        assert B in part.errors and "Traceback" not in part.errors
        assert len(part.errors.splitlines()) == 2, part.errors
        none = project.run("collect", tmp_path, "--subscription", "x")
        assert none.exit_code == 2 and "is no GUID" in none.errors


# --- landed and built ------------------------------------------------------------------------


@dataclass(frozen=True)
class Windows:
    """What was made of the files."""

    database: Path

    def _of(self, nic: str, what: str, *values: str) -> list[tuple]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(
                f"select {what} from marts.dim_nic_ip_windows where nic_id like '%' || $1"
                + (
                    " and $2 >= window_start and $2 < coalesce(window_end, 'infinity')"
                    * len(values)
                ),
                [nic, *(f"2026-03-01 {value}" for value in values)],
            ).fetchall()

    def held(self, nic: str, at: str) -> bool:
        """Whether the NIC had its address then; its VM is the right one."""
        rows = self._of(nic, "vm_name", at)
        assert rows in ([], [(nic.removesuffix("-nic"),)])
        return bool(rows)

    def ends(self, nic: str) -> list[str]:
        """When the NIC held its address no longer, to the second."""
        # evidence ends with its moment, which has no fraction, or one of up to six digits
        moment = r"regexp_extract(end_evidence, '([0-9]{2}:[0-9]{2}:[0-9]{2})[.0-9]*$', 1)"
        return [end for (end,) in self._of(nic, f"distinct {moment}") if end]


@pytest.fixture
def attributed(models, tmp_path) -> Callable[[Path], Windows]:
    """``attributed(raw_dir)``: landed and built anew."""

    def build(raw_dir: Path) -> Windows:
        home = tmp_path / f"home-{len(list(tmp_path.iterdir()))}"
        home.mkdir()
        return Windows(models.build(raw_dir, home))

    return build


def hourly(fake: FakeArm, raw: Path, *steps: Callable[[], object]) -> None:
    """A snapshot, and one after each step, an hour apart."""
    for hour, step in enumerate((lambda: None, *steps)):
        fake.now = START + timedelta(hours=hour)
        step()
        run_once(fake, raw)


def test_a_window_closes_at_the_first_complete_snapshot_without_its_nic(fake, tmp_path, attributed):
    one = fake.subscription(A)
    one.vnet()
    one.machine("web", "10.0.0.4")
    one.machine("old", "10.0.0.5")

    def remove() -> None:
        one.nics.pop()
        one.vms.pop()

    hourly(fake, tmp_path / "raw", remove)
    windows = attributed(tmp_path / "raw")
    assert windows.held("web-nic", "08:30") and windows.held("web-nic", "23:00")
    assert windows.held("old-nic", "08:59:59")
    assert not windows.held("old-nic", "09:00:01")


def test_a_window_does_not_close_at_a_snapshot_that_is_not_complete(fake, tmp_path, attributed):
    one = fake.subscription(A)
    one.vnet()
    for letter in "abc":
        one.machine(letter, f"10.0.0.{ord(letter)}")
    fake.page_size = 2

    def break_off() -> None:
        fake.faults = lambda asked: (
            error(400, "InvalidSkipToken") if (asked.path, asked.page) == (NIC_LIST, 2) else None
        )

    def remove_for_one_who_may_see_a_part() -> None:
        one.nics.pop()
        one.vms.pop()
        fake.permissions[A] = []

    hourly(fake, tmp_path / "raw", break_off)
    windows = attributed(tmp_path / "raw")
    assert all(windows.held(f"{letter}-nic", "23:00") for letter in "abc")
    fake.faults = None
    hourly(fake, tmp_path / "part", lambda: None, remove_for_one_who_may_see_a_part)
    assert attributed(tmp_path / "part").held("c-nic", "23:00")
    fake.permissions[A], fake.now = READER, START + timedelta(hours=3)
    run_once(fake, tmp_path / "part")
    windows = attributed(tmp_path / "part")
    assert windows.held("c-nic", "10:30") and not windows.held("c-nic", "11:00:01")


def test_the_last_nic_of_a_subscription_ends_too(fake, tmp_path, attributed):
    """An empty list says so only where it is known to be the whole one."""
    one = fake.subscription(A)
    one.vnet()
    one.machine("web", "10.0.0.4")

    def empty() -> None:
        one.nics.clear()
        one.vms.clear()

    def empty_for_one_who_may_see_nothing() -> None:
        empty()
        fake.permissions[A] = []

    hourly(fake, tmp_path / "unknown", empty_for_one_who_may_see_nothing)
    assert attributed(tmp_path / "unknown").held("web-nic", "23:00")
    fake.permissions[A] = READER
    one.machine("web", "10.0.0.4")
    hourly(fake, tmp_path / "raw", empty)
    windows = attributed(tmp_path / "raw")
    assert windows.held("web-nic", "08:59:59") and not windows.held("web-nic", "09:00:01")


def test_an_instance_ends_with_its_scale_set_though_it_is_there_again_later(
    fake, tmp_path, attributed
):
    """Of another tool it would look like a list that was not read in between."""
    one = fake.subscription(A)
    one.vnet()
    one.machine("web", "10.0.0.4")
    set_id = one.scale_set("nodes", 1)
    lists = [f"{set_id}/{part}".lower() for part in ("networkInterfaces", "virtualMachines")]
    kept = [list(fake.lists[path]) for path in lists]

    def scale_in() -> None:
        del fake.lists[lists[0]]
        fake.lists[lists[1]] = []

    def scale_out() -> None:
        fake.lists |= zip(lists, kept, strict=True)

    hourly(fake, tmp_path / "raw", scale_in, scale_out)
    windows = attributed(tmp_path / "raw")
    assert windows.ends("/networkinterfaces/nic") == ["09:00:00"]


def test_a_listing_longer_than_landing_reads_whole(fake, tmp_path, attributed, monkeypatch):
    """Its time, its subscription and what it says at its end are known all the same."""
    monkeypatch.setattr(split, "MAX_DOCUMENT_BYTES", 100)
    one = fake.subscription(A)
    one.vnet()
    one.machine("web", "10.0.0.4")
    one.machine("old", "10.0.0.5")

    def remove() -> None:
        one.nics.pop()
        one.vms.pop()

    hourly(fake, tmp_path / "raw", remove)
    windows = attributed(tmp_path / "raw")
    assert windows.held("web-nic", "23:00")
    assert windows.held("old-nic", "08:59:59") and not windows.held("old-nic", "09:00:01")


def test_a_file_that_was_copied_in_part_ends_nothing(fake, tmp_path, attributed):
    """Cut at the end of a line, where JSON lines would look whole."""
    one = fake.subscription(A)
    one.vnet()
    one.machine("a", "10.0.0.4")
    one.machine("b", "10.0.0.5")
    raw = tmp_path / "raw"
    hourly(fake, raw, lambda: None)
    newest = max((raw / "collect" / NICS).rglob("*.json.gz"))
    lines = gzip.decompress(newest.read_bytes()).decode().splitlines(keepends=True)
    newest.with_name(newest.name.removesuffix(".gz")).write_text("".join(lines[:2]))
    newest.unlink()
    windows = attributed(raw)
    assert windows.held("a-nic", "23:00") and windows.held("b-nic", "23:00")


def test_a_gap_is_a_sentence_of_its_own():
    gaps = (Gap("429 TooManyRequests", 429),)
    marked = [run.Snapshot(NICS, guid, Path("x"), 0, gaps) for guid in (A, B, C, "d")]
    sentence = incomplete_sentence(Collected(tuple(marked)))
    assert sentence.startswith("4 listings not complete (network_interfaces of ")
    assert "and 1 more" in sentence
