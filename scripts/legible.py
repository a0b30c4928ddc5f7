"""Texts from data as a terminal may show them: none may act on it, or pass for another text."""

from __future__ import annotations

import re

# Control characters move the cursor, clear the screen and break lines; marks of direction and what
# has no width make one name look like another. The report's page replaces the same ones.
_ACTING = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


def legible(text: str) -> str:
    """The text with a replacement character for each one that would act instead of showing."""
    return _ACTING.sub("\ufffd", text)
