"""What a VM was: its addresses, NICs and incarnations, when it was seen, and how it ended."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import duckdb

from scripts.ask.answer import Answer, Row
from scripts.ask.stored import ask, stored
from scripts.errors import UserError
from scripts.legible import legible


def vm(database: Path, wanted: str) -> Answer:
    """Everything that is known of a VM.

    Args:
        wanted: its name, id, an incarnation's id (`vmId`), a NIC's id or a MAC, in any case.

    Returns:
        tables `addresses`, `vms`, `incarnations` and `nics`; of several VMs where all are meant.

    Raises:
        UserError: see `stored`; also where no source ever named such a VM.
    """
    with stored(database) as connection:
        found = find_vms(connection, wanted)
        ids = {"vms": [row["vm_id"] for row in found]}
        tables = {
            name: ask(connection, f"vm_{name}", ids)
            for name in ("addresses", "vms", "incarnations", "nics")
        }
    sentences = []
    if len(ids["vms"]) > 1:
        sentences.append(f"{len(found)} VMs answer to {wanted}: all of them are shown.")
    return Answer("vm", tables, tuple(sentences), {"wanted": wanted, "vms": ids["vms"]})


def find_vms(connection: duckdb.DuckDBPyConnection, wanted: str) -> list[Row]:
    """The VMs that a text means, each once, with what the text is of it.

    Raises:
        UserError: there is none.
    """
    text = wanted.strip().rstrip("/")
    found = {row["vm_id"]: row for row in ask(connection, "find_vm", {"wanted": text}).rows}
    if found:
        return list(found.values())
    names = {row["vm_name"].lower(): row["vm_name"] for row in ask(connection, "vm_names").rows}
    near = get_close_matches(text.rsplit("/", 1)[-1].lower(), names, n=3)
    close = [legible(names[name]) for name in near]
    hint = f"there are {', '.join(close)}" if close else "name it by its name, id, vmId or MAC"
    raise UserError(f"No source ever named a VM {wanted!r}: {hint}.")
