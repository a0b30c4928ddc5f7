"""Moments as people write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from scripts.errors import UserError

# Forms that Python's own reader does not know: the day of a year, and a day's last moment.
_DAY_OF_YEAR = re.compile(r"(\d{4})-?(\d{3})(?=$|[T ])", re.IGNORECASE)
_END_OF_DAY = re.compile(r"([T ])24(?=$|[-+Z]|:?00(:?00([.,]0+)?)?($|[-+Z]))", re.IGNORECASE)
_ZONE_NAME = re.compile(r" ?(utc|gmt|z)$", re.IGNORECASE)


def parse_moment(text: str, option: str) -> datetime:
    """A moment in any ISO form as UTC without a zone; one that names no zone is UTC.

    Args:
        text: a date, or date and time with "T" or a blank, fractions of a second, "Z" or an offset.
        option: where it was given, for the complaint.

    Raises:
        UserError: it is no moment.
    """
    bare = _ZONE_NAME.sub("+00:00", " ".join(text.split()))
    # an offset may stand apart from the time, as databases print it
    bare = re.sub(r" ([+-]\d\d(:?\d\d)?)$", r"\1", bare)
    if re.fullmatch(r"\d{4}-?\d\d-?\d\d\+00:00", bare):
        bare = bare.removesuffix("+00:00")
    try:
        moment = _moment(bare)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise UserError(
            f"{option} {text!r} is no time: write it like 2026-02-10T08:39:56 (UTC), "
            "or with an offset."
        ) from None


def _moment(text: str) -> datetime:
    """As `datetime.fromisoformat`, with the forms that it does not know."""
    by_day = _DAY_OF_YEAR.match(text)
    if by_day:
        year = int(by_day[1])
        day = date(year, 1, 1) + timedelta(days=int(by_day[2]) - 1)
        if day.year != year:
            raise ValueError(f"{year} has no day {by_day[2]}")
        text = f"{day}{text[by_day.end() :]}"
    ended = _END_OF_DAY.sub(r"\g<1>00", text, count=1)
    return datetime.fromisoformat(ended) + timedelta(days=ended != text)
