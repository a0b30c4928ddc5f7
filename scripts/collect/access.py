"""Whether a listing can be the whole: Azure lists what the caller may read, and hides the rest.

A role on a resource group alone may give a list of that group in place of an error. Its NICs are
there, and those of other groups would look deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scripts.collect.arm import Arm, Gap, Resource

VERSION = "2022-04-01"


@dataclass(frozen=True)
class Access:
    """What the caller may do on a whole subscription, or why nobody knows.

    Attributes:
        permissions: Azure's own: `actions`, less `notActions`; one entry per role.
    """

    permissions: tuple[Resource, ...] = ()
    gap: Gap | None = None

    def lacks(self, actions: Iterable[str]) -> Gap | None:
        """What a listing that takes `actions` would pass over; None where it sees everything."""
        if self.gap is not None:
            return Gap(f"whether the role covers the subscription is unknown: {self.gap.reason}")
        missing = [
            action
            for action in actions
            if not any(_allows(role, action) for role in self.permissions)
        ]
        return Gap(f"the role on the subscription lacks {', '.join(missing)}") if missing else None


def access_to(arm: Arm, subscription_id: str) -> Access:
    """Ask what the caller's roles allow on the subscription itself, inherited ones included."""
    path = f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/permissions"
    # these have no id: they are the one list that is no list of resources
    answer = arm.get(path, VERSION)
    if isinstance(answer, Gap):
        return Access(gap=answer)
    value = answer.get("value")
    if not isinstance(value, list):
        return Access(gap=Gap("an answer has no list"))
    roles = [role for role in value if isinstance(role, dict)]
    return Access(tuple(roles))


def _allows(role: Resource, action: str) -> bool:
    return _names(role.get("actions"), action) and not _names(role.get("notActions"), action)


def _names(patterns: object, action: str) -> bool:
    """Whether one of the patterns, in which * is any text, is the action."""
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE)
        for pattern in (patterns if isinstance(patterns, list) else ())
        if isinstance(pattern, str)
    )
