"""What a report shows, read from the marts: bounded, and with what was left out told.

The SQL files beside this one decide what is counted; here stand their limits and the sentences that
say what the limits cut. Everything in the result is JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import duckdb

from scripts.ask.stored import stored
from scripts.errors import UserError

_SQL = Path(__file__).parent
_HOUR = timedelta(hours=1)

# What a screen can show, and what keeps the file a few MB whatever the warehouse holds.
MOST_BUCKETS = 400
MOST_VMS = 50
MOST_ADDRESSES = 400
MOST_WINDOWS_EACH = 200
MOST_WINDOWS = 10_000
MOST_GAPS = 500
MOST_RUNS = 200
MOST_CORRECTIONS = 200

# Widths of a bucket, in hours; beyond the last, multiples of it.
_WIDTHS = (1, 2, 3, 6, 12, 24, 48, 168)
# An operation log may be quiet at night; a day without any event is worth a look.
_LEAST_QUIET_HOURS = 24


@dataclass(frozen=True)
class Report:
    """The data of a report.

    Attributes:
        since, until: whole hours, UTC; `until` is the first one after.
        data: what `page.js` reads. A table is {"columns": […], "rows": [[…], …]}; times are
            milliseconds since 1970, UTC.
        left_out: a sentence for each thing that limits cut.
    """

    since: datetime
    until: datetime
    data: dict[str, Any]
    left_out: tuple[str, ...]


def read_report(
    database: Path,
    since: datetime | None = None,
    until: datetime | None = None,
    addresses: Sequence[str] = (),
) -> Report:
    """Read a report of the flows from `since` until `until`, widened to whole hours.

    Args:
        since, until: UTC; the first and the last flow where absent.
        addresses: in any spelling; their holders are shown, whatever else is.

    Raises:
        UserError: the database cannot be read or has no flows, the span is none, or an address is.
    """
    addresses = [_address(text) for text in addresses]
    with stored(database) as connection:
        first, after_last, flows = _row(connection, "span")
        if not flows:
            raise UserError(f"{database} has no flows yet: land some and build, then report.")
        since = _hour(since or first)
        until = _hour_after(until or after_last)
        if since >= until:
            raise UserError(
                f"The begin, {since}, is not before the end, {until}: name another --from or --to; "
                f"there are flows from {first} until {after_last}."
            )
        return _read(connection, database, since, until, addresses)


def _read(
    connection: duckdb.DuckDBPyConnection,
    database: Path,
    since: datetime,
    until: datetime,
    addresses: Sequence[str],
) -> Report:
    span = {"since": since, "until": until}
    over_time = span | {"bucket_hours": bucket_hours(since, until)}
    tables = {
        "match_rates": _table(connection, "match_rates", over_time),
        "disagreement": _table(connection, "disagreement", over_time),
        "restatements": _table(connection, "restatements", over_time),
        "vms": _table(connection, "vms", span | {"most": MOST_VMS}),
        "windows": _table(
            connection,
            "holders",
            span
            | {
                "most_addresses": MOST_ADDRESSES,
                "most_windows_each": MOST_WINDOWS_EACH,
                "most_windows": MOST_WINDOWS,
                "asked": list(addresses),
            },
        ),
        "gaps": _table(
            connection, "gaps", span | {"least_quiet_hours": _LEAST_QUIET_HOURS, "most": MOST_GAPS}
        ),
        "runs": _table(connection, "correcting_runs", span | {"most": MOST_RUNS}),
        "corrections": _table(connection, "corrections", span | {"most": MOST_CORRECTIONS}),
    }
    windows_in_all, addresses_in_all = _row(connection, "holders_in_all", span)
    vms, windows, _ = _row(connection, "totals")
    missing = sorted(set(addresses) - set(_column(tables["windows"], "nic_ip")))
    data = {
        "database": database.name,
        "since": _milliseconds(since),
        "until": _milliseconds(until),
        "made_at": _milliseconds(datetime.now(UTC).replace(tzinfo=None)),
        "bucket_hours": over_time["bucket_hours"],
        "quiet_hours": _LEAST_QUIET_HOURS,
        "warehouse": {"vms": vms, "windows": windows},
        "addresses_in_all": addresses_in_all,
        "tables": {name: _compact(table) for name, table in tables.items()},
    }
    left_out = (
        *_of_windows(tables["windows"], windows_in_all, addresses_in_all),
        *(
            f"{address} has no window of its own in this time: ask who-had, which knows prefixes."
            for address in missing
        ),
        *_of_vms(tables["vms"]),
        *_of_gaps(tables["gaps"]),
        *_of_restatements(tables["runs"], tables["corrections"], tables["restatements"]),
        *_of_buckets(over_time["bucket_hours"]),
    )
    return Report(since, until, data | {"left_out": left_out}, left_out)


def bucket_hours(since: datetime, until: datetime) -> int:
    """The narrowest bucket of which `MOST_BUCKETS` span the time."""
    hours = (until - since) // _HOUR
    for width in _WIDTHS:
        if hours <= width * MOST_BUCKETS:
            return width
    return _WIDTHS[-1] * -(-hours // (_WIDTHS[-1] * MOST_BUCKETS))


def _address(text: str) -> str:
    try:
        address = ip_address(text.strip())
        # as the models spell it; an interface's name ("%eth0") is no part of an address
        if "%" not in text:
            return str(getattr(address, "ipv4_mapped", None) or address)
        raise ValueError(text)
    except ValueError:
        raise UserError(f"--address {text!r} is no address: write it like 10.0.0.4.") from None


def _of_windows(table: dict[str, Any], windows: int, addresses: int) -> list[str]:
    shown = len(table["rows"])
    if shown == windows:
        return []
    ranks = len(set(_column(table, "address_rank")))
    return [
        f"Holders: {shown:,} of {windows:,} windows, of {ranks:,} of {addresses:,} addresses: "
        "those that changed hands most often and those that most flows name, of each its newest "
        f"{MOST_WINDOWS_EACH} windows at most. Another address: make the report with --address, "
        "or ask who-had."
    ]


def _of_vms(table: dict[str, Any]) -> list[str]:
    *rows, in_all = table["rows"]
    vms = in_all[table["columns"].index("vms")]
    if len(rows) == vms:
        return []
    return [
        f"VMs: {len(rows):,} of {vms:,} that logged flows, the {MOST_VMS} with most bytes, flows "
        "and denied flows each; what all add up to is told beside the charts. Each of them is in "
        "questions.ask_vm_traffic."
    ]


def _of_gaps(table: dict[str, Any]) -> list[str]:
    if not table["rows"]:
        return []
    gaps = table["rows"][0][table["columns"].index("gaps")]
    shown = len(table["rows"])
    if shown == gaps:
        return []
    return [f"Gaps: the {shown:,} longest of {gaps:,}. marts.rpt_coverage has every hour."]


def _of_restatements(
    runs: dict[str, Any], corrections: dict[str, Any], over_time: dict[str, Any]
) -> list[str]:
    ends = sum(_column(over_time, "ends"))
    sentences = []
    if len(corrections["rows"]) < ends:
        sentences.append(
            f"Restatements: the newest {len(corrections['rows']):,} of {ends:,} one by one. "
            "marts.rpt_restatements has all."
        )
    if runs["rows"]:
        in_all = runs["rows"][0][runs["columns"].index("runs")]
        if len(runs["rows"]) < in_all:
            sentences.append(f"Correcting runs: the newest {len(runs['rows'])} of {in_all:,}.")
    return sentences


def _of_buckets(hours: int) -> list[str]:
    if hours == 1:
        return []
    width = f"{hours} hours" if hours < 24 else f"{hours // 24} days" if hours > 24 else "a day"
    return [f"Over time: a point stands for {width}, since the span is long; the marts are hourly."]


def _sql(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _row(
    connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any] | None = None
) -> tuple[Any, ...]:
    [row] = connection.execute(_sql(name), parameters or {}).fetchall()
    return row


def _table(
    connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    found = connection.execute(_sql(name), parameters)
    columns = [column[0] for column in found.description]
    return {"columns": columns, "rows": found.fetchall()}


def _column(table: dict[str, Any], name: str) -> list[Any]:
    place = table["columns"].index(name)
    return [row[place] for row in table["rows"]]


def _compact(table: dict[str, Any]) -> dict[str, Any]:
    """The table with its texts in one list, and their places there in the rows: ids repeat."""
    places: dict[str, int] = {}
    texts = {
        number
        for number in range(len(table["columns"]))
        if any(isinstance(row[number], str) for row in table["rows"])
    }

    def placed(number: int, value: Any) -> Any:
        if number not in texts or value is None:
            return value
        return places.setdefault(value, len(places))

    rows = [[placed(number, value) for number, value in enumerate(row)] for row in table["rows"]]
    return {
        "columns": table["columns"],
        "texts": list(places),
        "text_columns": [table["columns"][number] for number in sorted(texts)],
        "rows": rows,
    }


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _hour_after(moment: datetime) -> datetime:
    hour = _hour(moment)
    if hour == moment:
        return hour
    return hour + _HOUR if hour < _hour(datetime.max) else datetime.max


def _milliseconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)
