"""One run: three listings of every subscription, each of them complete or marked."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from scripts.collect.access import access_to
from scripts.collect.arm import LONGEST_LISTING_SECONDS, Arm, Gap
from scripts.collect.listings import KINDS, with_gap
from scripts.collect.snapshot import Snapshot, write_snapshot
from scripts.errors import UserError

VERSION = "2022-12-01"
# Azure counts requests per subscription, so several of them side by side are not throttled sooner.
# One at a time within each: 25 requests a second are refilled, and one thread makes ten.
SUBSCRIPTIONS_AT_ONCE = 4

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Subscription:
    """A subscription to collect; `tenant_id` is None where it may not be asked."""

    id: str
    tenant_id: str | None


@dataclass(frozen=True)
class Collected:
    """What a run wrote.

    Attributes:
        snapshots: one per subscription and kind, in that order.
        gap: why there may be more subscriptions than these.
    """

    snapshots: tuple[Snapshot, ...]
    gap: Gap | None = None

    @property
    def is_complete(self) -> bool:
        return self.gap is None and not any(snapshot.gaps for snapshot in self.snapshots)


def collect(
    folder: Path,
    arm: Arm,
    *,
    subscription_ids: Sequence[str] = (),
    tenant_id: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Collected:
    """List NICs, VMs and VNets of subscriptions, and write a file for each list.

    Args:
        folder: what `land` will be given; the files go below its `collect/`.
        subscription_ids: GUIDs; empty for every subscription that the credentials see.
        tenant_id: GUID; then only subscriptions of that tenant.

    Raises:
        UserError: nothing can be collected at all: no credentials, no subscription, no network, no
            room for the files.
    """
    if re.match(r"[a-z]+:/", str(folder)):
        raise UserError(
            f"{folder} is no folder of this machine: name one, and copy it to your storage with "
            "azcopy."
        )
    for name, guids in (
        ("--subscription", subscription_ids),
        ("--tenant", filter(None, [tenant_id])),
    ):
        for guid in guids:
            if not _GUID.fullmatch(guid.lower()):
                raise UserError(f"{name} {guid} is no GUID: copy the id from az account list.")
    if subscription_ids:
        wanted = list(dict.fromkeys(guid.lower() for guid in subscription_ids))
        subscriptions, gap = [_named(arm, guid, tenant_id) for guid in wanted], None
    else:
        subscriptions, gap = _visible(arm, tenant_id)
    done: list[Snapshot] = []
    total = len(subscriptions) * len(KINDS)
    with ThreadPoolExecutor(SUBSCRIPTIONS_AT_ONCE) as pool:
        pending = [pool.submit(_collect_one, folder, arm, one) for one in subscriptions]
        try:
            for ready in as_completed(pending):
                done.extend(ready.result())
                if on_progress:
                    on_progress(len(done), total)
        except BaseException:
            # what runs is finished and written; nothing else is begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    done.sort(key=lambda snapshot: (snapshot.subscription_id, snapshot.kind))
    return Collected(tuple(done), gap)


def _collect_one(folder: Path, arm: Arm, subscription: Subscription) -> list[Snapshot]:
    """Write the three listings of a subscription as of one moment, before their first request.

    Before, so that a NIC that is deleted while lists are read is never stated after its delete,
    which would bring it back until the next snapshot. What is made meanwhile seems older than it
    is, by as long as the lists took. One moment for all three: at two, however near, a NIC whose VM
    has ended would be one without a VM in between.
    """
    access = access_to(arm, subscription.id)
    recorded_at = arm.now()
    snapshots = []
    for kind in KINDS:
        end = time.monotonic() + LONGEST_LISTING_SECONDS
        rows = kind.rows(arm, subscription.id, lambda end=end: time.monotonic() > end)
        snapshots.append(
            write_snapshot(
                folder,
                kind.name,
                subscription.id,
                subscription.tenant_id,
                recorded_at,
                with_gap(access.lacks(kind.actions), rows),
                arm.now,
            )
        )
    return snapshots


def _visible(arm: Arm, tenant_id: str | None) -> tuple[list[Subscription], Gap | None]:
    """The subscriptions that the credentials see, by id; a Gap where their list broke off."""
    found, gap = [], None
    for row in arm.resources("/subscriptions", VERSION):
        if isinstance(row, Gap):
            gap = row
            continue
        one = Subscription(row["id"].rpartition("/")[2].lower(), _lower(row.get("tenantId")))
        # A deleted one keeps its name for weeks, and has nothing any more.
        if row.get("state") != "Deleted" and (
            tenant_id is None or one.tenant_id == tenant_id.lower()
        ):
            found.append(one)
    if gap is not None and not found:
        raise UserError(f"The subscriptions cannot be listed: {_next_step(gap)}.")
    if not found:
        raise UserError(
            "The credentials see no subscription"
            + (f" of tenant {tenant_id}" if tenant_id else "")
            + ": give their identity the role Reader on each one, or on a management group."
        )
    return sorted(found, key=lambda one: one.id), gap


def _named(arm: Arm, subscription_id: str, tenant_id: str | None) -> Subscription:
    """A subscription that the user named; whether it can be read at all, its listings show."""
    answer = arm.get(f"/subscriptions/{subscription_id}", VERSION)
    if isinstance(answer, Gap):
        if answer.status is None:
            raise UserError(f"Nothing can be collected: {_next_step(answer)}.")
        return Subscription(subscription_id, _lower(tenant_id))
    return Subscription(subscription_id, _lower(answer.get("tenantId") or tenant_id))


def _next_step(gap: Gap) -> str:
    if gap.status is None:
        return f"{gap.reason}, check the network and try again"
    return f"Azure answered {gap.reason}, check the identity's roles and tenant, then try again"


def _lower(text: object) -> str | None:
    return text.lower() if isinstance(text, str) else None
