"""What is asked of Azure Resource Manager for a subscription's NICs, VMs and VNets.

Lists of Azure Resource Manager, not Resource Graph. That one takes fewer requests, but it is an
index that trails the providers and does not say by how much: a NIC that is deleted by then would be
stated to be there, and one just made would be missing from a complete snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from scripts.collect.arm import Arm, Gap, Resource

# From 2024-10-01 on a NIC's address may be a prefix; older versions show its first address alone.
NETWORK = "2024-10-01"
COMPUTE = "2024-07-01"
# The one version that lists the NICs of scale sets.
SCALE_SET_NETWORK = "2018-10-01"

# What Azure calls it where a scale set, or its resource group, is gone. Another 404 (a proxy's, a
# subscription that is not found) says nothing of its instances.
_GONE = ("NotFound", "ResourceNotFound", "ParentResourceNotFound", "ResourceGroupNotFound")

_COMPUTE_READ = "Microsoft.Compute/virtualMachineScaleSets/read"
_INSTANCES_READ = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read"

IsOver = Callable[[], bool]
Rows = Iterator[Resource | Gap]


@dataclass(frozen=True)
class Kind:
    """One kind of inventory.

    Attributes:
        name: of its folder and its raw table.
        actions: what the caller must be allowed to on the whole subscription.
        rows: lists it; sends its first request when the first row is asked for.
    """

    name: str
    actions: tuple[str, ...]
    rows: Callable[[Arm, str, IsOver], Rows]


def _network_interfaces(arm: Arm, subscription_id: str, is_over: IsOver) -> Rows:
    path = f"/subscriptions/{subscription_id}/providers/Microsoft.Network/networkInterfaces"
    yield from _registered(arm.resources(path, NETWORK, is_over))
    yield from _of_each_set(arm, subscription_id, is_over, _scale_set_nics)


def _virtual_machines(arm: Arm, subscription_id: str, is_over: IsOver) -> Rows:
    path = f"/subscriptions/{subscription_id}/providers/Microsoft.Compute/virtualMachines"
    yield from _registered(arm.resources(path, COMPUTE, is_over))
    yield from _of_each_set(arm, subscription_id, is_over, _scale_set_vms)


def _virtual_networks(arm: Arm, subscription_id: str, is_over: IsOver) -> Rows:
    path = f"/subscriptions/{subscription_id}/providers/Microsoft.Network/virtualNetworks"
    yield from _registered(arm.resources(path, NETWORK, is_over))


# NICs first: the snapshot's moment is nearest to what is listed first, and addresses are theirs.
KINDS = (
    Kind(
        "network_interfaces",
        (
            "Microsoft.Network/networkInterfaces/read",
            _COMPUTE_READ,
            _INSTANCES_READ,
            "Microsoft.Compute/virtualMachineScaleSets/networkInterfaces/read",
        ),
        _network_interfaces,
    ),
    Kind(
        "virtual_machines",
        ("Microsoft.Compute/virtualMachines/read", _COMPUTE_READ, _INSTANCES_READ),
        _virtual_machines,
    ),
    Kind("virtual_networks", ("Microsoft.Network/virtualNetworks/read",), _virtual_networks),
)


def _of_each_set(
    arm: Arm,
    subscription_id: str,
    is_over: IsOver,
    rows_of: Callable[[Arm, str, IsOver], Rows],
) -> Rows:
    """The rows of every uniform scale set; a flexible one's are in the plain lists already."""
    path = f"/subscriptions/{subscription_id}/providers/Microsoft.Compute/virtualMachineScaleSets"
    # The sets first and whole: what they list may take long, and page tokens do not live long.
    for scale_set in list(_registered(arm.resources(path, COMPUTE, is_over))):
        if isinstance(scale_set, Gap):
            yield scale_set
            continue
        properties = scale_set.get("properties")
        mode = properties.get("orchestrationMode") if isinstance(properties, dict) else None
        if mode == "Flexible":
            continue
        for row in rows_of(arm, scale_set["id"], is_over):
            yield row
            # An answer about this set alone says nothing of the next; throttling and a broken
            # network do, and each further set would wait in vain.
            if isinstance(row, Gap) and row.status not in (403, 404, 409):
                return


def _scale_set_vms(arm: Arm, scale_set_id: str, is_over: IsOver) -> Rows:
    for row in arm.resources(f"{scale_set_id}/virtualMachines", COMPUTE, is_over):
        # gone since the sets were listed, and its instances with it
        if not (isinstance(row, Gap) and row.status == 404 and row.code in _GONE):
            yield row


def _scale_set_nics(arm: Arm, scale_set_id: str, is_over: IsOver) -> Rows:
    for row in arm.resources(f"{scale_set_id}/networkInterfaces", SCALE_SET_NETWORK, is_over):
        if isinstance(row, Gap) and row.status == 404:
            # The network provider knows no set without NICs: one that is gone, or has no instance.
            # Whether that is why, the compute provider says.
            instance = next(_scale_set_vms(arm, scale_set_id, is_over), None)
            if instance is None:
                return
            yield instance if isinstance(instance, Gap) else row
            return
        yield row


def _registered(rows: Rows) -> Rows:
    """Rows; none, and no gap, where the subscription has never used the provider."""
    for row in rows:
        if not (isinstance(row, Gap) and row.code == "MissingSubscriptionRegistration"):
            yield row


def with_gap(gap: Gap | None, rows: Rows) -> Rows:
    """Rows, and before them what is known to be missing."""
    return chain(() if gap is None else (gap,), rows)
