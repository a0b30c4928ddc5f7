"""Who had an address at a time, in every VNet that has it."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

import duckdb

from scripts.ask.answer import Answer, Row, Table
from scripts.ask.stored import ask, copy_rows, on_copied_rows, stored
from scripts.errors import UserError

KINDS = {
    "azure_platform": "it is Azure's own (DNS, health probes, link-local), and no VM's",
    "not_unicast": "it is multicast, broadcast, loopback or unspecified, and no machine's",
}
_NOBODY = "no VNet has it or had it, and none has a range that contains it"


def who_had(database: Path, address: str, at: datetime, vnet: str | None = None) -> Answer:
    """The holder at `at`, the ones before and after, and the candidates where several are.

    Args:
        address: in any spelling.
        vnet: a VNet's name or id; all of them if absent.

    Returns:
        tables `holders` (one row per VNet and position: before, at, after) and `candidates`.

    Raises:
        UserError: see `stored`; also where the address is none, or the VNet not known.
    """
    with stored(database) as connection:
        copy_rows(connection, "typed", {"written": address.strip()}, "ask_address_kinds")
        with on_copied_rows(connection):
            [asked] = ask(connection, "address").rows
        if asked["kind"] == "invalid_address":
            raise UserError(
                f"{address!r} is no IP address: write it like 10.0.0.4 or fd00::4, without a port."
            )
        copy_rows(connection, "rows", {"address": asked["address"]}, "ask_addresses", "ask_holders")
        vnets = _vnets(connection, vnet) if vnet else None
        with on_copied_rows(connection):
            named = {"address": asked["address"], "hex": asked["hex"], "at": at, "vnets": vnets}
            found = ask(connection, "who_had", named)
        candidates = _candidates(connection, found, at)
        # all flows are looked through: where there is something to show, they are not asked
        flows = None if found.rows else ask(connection, "flows_with", {"address": asked["address"]})
    return Answer(
        "who_had",
        {"holders": found, "candidates": candidates},
        tuple(_sentences(asked, found, vnet, flows)),
        {"address": asked["address"], "kind": asked["kind"], "at": at},
    )


def _vnets(connection: duckdb.DuckDBPyConnection, vnet: str) -> list[str]:
    """The ids of the VNets of that name or id, of which some may not have the address."""
    wanted = vnet.strip().rstrip("/").lower()

    def meant(known: Table) -> list[str]:
        return [
            row["vnet_id"] for row in known.rows if wanted in (row["vnet_id"], row["vnet_name"])
        ]

    # those that have the address are at hand; all others are looked for where that does not do
    with on_copied_rows(connection):
        chosen = meant(ask(connection, "vnets"))
    if chosen:
        return chosen
    known = ask(connection, "vnets")
    chosen = meant(known)
    if chosen:
        return chosen
    names = sorted({row["vnet_name"] for row in known.rows})
    near = get_close_matches(wanted.rsplit("/", 1)[-1], names, n=3) or names[:5]
    hint = f"there are {', '.join(near)}" if near else "no inventory of VNets was landed"
    raise UserError(f"No source names a VNet {vnet!r}: {hint}.")


def _candidates(connection: duckdb.DuckDBPyConnection, found: Table, at: datetime) -> Table:
    asked = [
        {"vnet": row["vnet_id"], "address": row["known_by"], "at": at}
        for row in found.rows
        if row["position"] == "at" and row["unmatched_reason"] == "ambiguous"
    ]
    tables = [ask(connection, "candidates", one) for one in asked]
    if not tables:
        nothing = {"vnet": None, "address": None, "at": at}
        return ask(connection, "candidates", nothing)
    rows = tuple(row for table in tables for row in table.rows)
    return Table(tables[0].columns, tables[0].types, rows)


def _sentences(asked: Row, found: Table, vnet: str | None, flows: Table | None) -> list[str]:
    if asked["kind"] in KINDS:
        return [f"{asked['address']}: {KINDS[asked['kind']]}."]
    if found.rows:
        return []
    if vnet:
        return [
            f"{asked['address']}: VNet {vnet} neither had it nor contains it; a flow logged there "
            "is answered from the VNets it is peered with: ask without --vnet."
        ]
    if asked["kind"] == "public":
        return [f"{asked['address']} is an internet address: {_NOBODY}."]
    [logged] = flows.rows
    if logged["flows"]:
        first, last = (f"{logged[name]:%Y-%m-%d %H:%M:%S}" for name in ("first_at", "last_at"))
        return [
            f"{asked['address']} is a private address that {logged['flows']:,} flows name "
            f"({first} to {last}) and no inventory does: {_NOBODY}."
        ]
    return [f"{asked['address']} is a private address that was never seen: {_NOBODY}."]
