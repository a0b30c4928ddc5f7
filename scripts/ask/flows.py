"""The flows of a VM, deleted or not."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from scripts.ask.answer import Answer
from scripts.ask.stored import ask, stored
from scripts.ask.vm import find_vms
from scripts.errors import UserError


def flows_of(
    database: Path,
    wanted: str,
    span: tuple[datetime | None, datetime | None] = (None, None),
    *,
    newest: bool = True,
    most: int = 50,
) -> Answer:
    """Flows with the VM at either end.

    Args:
        wanted: as for `vm`; where it is an incarnation's id, the flows of that machine alone.
        span: first moment and first moment after, either of them open.
        newest: the last ones first.
        most: how many to show.

    Returns:
        table `flows`, and a sentence that says how many there are beside.

    Raises:
        UserError: see `stored`; also where the VM is not known or several are meant, or where the
            span is empty.
    """
    since, until = span
    if since and until and since >= until:
        raise UserError("--between needs two times, the earlier one first.")
    with stored(database) as connection:
        found = find_vms(connection, wanted)
        if len(found) > 1:
            ids = "; ".join(row["vm_id"] for row in found)
            raise UserError(f"{len(found)} VMs answer to {wanted}: name one by its id: {ids}.")
        uuid = found[0]["vm_key"] if found[0]["kind"] == "uuid" else None
        which = {"vm": found[0]["vm_id"], "uuid": uuid, "since": since, "until": until}
        flows = ask(connection, "flows", which | {"newest": newest, "most": most})
        [counted] = ask(connection, "flows_count", which).rows
    name = found[0]["vm_name"]
    return Answer(
        "flows",
        {"flows": flows},
        (_sentence(name, counted["flows"], len(flows.rows), newest, any(span)),),
        {"vm_id": found[0]["vm_id"], "vm_name": name, "since": since, "until": until},
    )


def _sentence(name: str, total: int, shown: int, newest: bool, is_bounded: bool) -> str:
    when = " in that time" if is_bounded else ""
    if not total:
        return f"{name} has no flow{when}."
    if total == shown:
        return f"All {total:,} flows of {name}{when}."
    which = "newest" if newest else "oldest"
    return (
        f"The {which} {shown:,} of {total:,} flows of {name}{when}: "
        f"{total - shown:,} more with a higher --limit."
    )
