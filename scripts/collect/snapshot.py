"""Writes one listing as one file, whole or not at all.

One document with the list inside, as Azure's own pages are: a copy of it that was cut off is known
by its missing end. JSON lines that were cut off between two would pass for a shorter list.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scripts.collect.arm import Gap, Resource
from scripts.errors import UserError

# Below the folder that is landed; the name is the one that az:// looks for as a container.
HOME = "collect"
# Nothing attributes by these, and they may hold what nobody should copy: names and keys of
# administrators, settings of extensions.
_LEFT_OUT = ("osProfile", "userData", "extensionProfile")


@dataclass(frozen=True)
class Snapshot:
    """What one listing gave.

    Attributes:
        path: its file.
        rows: resources written.
        gaps: why it is not complete; empty where it is.
    """

    kind: str
    subscription_id: str
    path: Path
    rows: int
    gaps: tuple[Gap, ...]


def write_snapshot(
    folder: Path,
    kind: str,
    subscription_id: str,
    tenant_id: str | None,
    recorded_at: datetime,
    rows: Iterable[Resource | Gap],
    now: Callable[[], datetime],
) -> Snapshot:
    """Write the rows of one listing below `folder`, page by page as they come.

    Args:
        recorded_at: the snapshot's moment: before the first request for it, see `run.py`.
        now: what the moment of the end is taken from.

    Raises:
        UserError: the folder cannot be written to.
    """
    day = folder / HOME / kind / f"{recorded_at:%Y-%m-%d}"
    path = day / f"{recorded_at:%Y%m%dT%H%M%S.%fZ}_{subscription_id}.json.gz"
    # no suffix that landing knows
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    head = {
        "recorded_at": _text(recorded_at),
        "tenant_id": tenant_id,
        "subscription_id": subscription_id,
    }
    seen: set[str] = set()
    gaps: list[Gap] = []
    try:
        day.mkdir(parents=True, exist_ok=True)
        with gzip.open(unfinished, "wt", encoding="utf-8") as file:
            # landing does not read a long document whole, but what stands around its list it does
            file.write(json.dumps(head)[:-1] + ', "value": [')
            separator = "\n"
            for row in rows:
                if isinstance(row, Gap):
                    gaps.append(row)
                    # a row that states an error: the others count, and absence from them does not
                    line = json.dumps({"error": row.reason})
                elif row["id"].lower() in seen:
                    # moved to a later page meanwhile; the first is nearer to the snapshot's moment
                    continue
                else:
                    seen.add(row["id"].lower())
                    line = json.dumps(_kept(row))
                file.write(separator + line)
                separator = ",\n"
            tail = {"finished_at": _text(now()), "is_complete": not gaps}
            file.write("\n], " + json.dumps(tail)[1:] + "\n")
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise UserError(
            f"{error.filename or path} cannot be written ({error.strerror}): name another folder, "
            "or make room."
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return Snapshot(kind, subscription_id, path, len(seen), tuple(gaps))


def _kept(resource: Resource) -> Resource:
    """A resource as Azure wrote it, without what is none of our business."""
    kept = {name: value for name, value in resource.items() if name != "resources"}
    properties = kept.get("properties")
    if isinstance(properties, dict):
        kept["properties"] = {
            name: value for name, value in properties.items() if name not in _LEFT_OUT
        }
    return kept


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"
