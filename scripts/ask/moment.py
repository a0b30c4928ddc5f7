"""Moments as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scripts.errors import UserError

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
        moment = datetime.fromisoformat(bare)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise UserError(
            f"{option} {text!r} is no time: write it like 2026-02-10T08:39:56 (UTC), "
            "or with an offset."
        ) from None
