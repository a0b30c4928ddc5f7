"""Files of statements that stand under their reasons, and scripts of statements alone."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.snowflake.statements import statements as cut

_COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
# What a reader puts in before it runs a script: {name}, &name, &{name}, <% name %>.
_PLACEHOLDER = re.compile(r"&\{\w+\}|&\w+|<%\s*\w+\s*%>|\{\w+\}")


def statements(path: Path) -> list[tuple[str, str]]:
    """Read a corpus: paragraphs, each a comment line with the reason and one statement under it.

    A paragraph begins at a line that starts with two dashes and follows a blank one; the first such
    paragraph, which has no statement, says what the file is.

    Returns:
        (reason, statement) in order, the statement without the semicolon that ends it.
    """
    found = []
    for paragraph in re.split(r"\n\s*\n(?=-- )", path.read_text(encoding="utf-8")):
        lines = paragraph.strip().split("\n")
        comments = 0
        while comments < len(lines) and lines[comments].startswith("-- "):
            comments += 1
        statement = "\n".join(lines[comments:]).strip()
        if statement:
            reason = " ".join(line[3:] for line in lines[:comments])
            found.append((reason, statement.removesuffix(";")))
    return found


def script_statements(text: str) -> list[str]:
    """Cut a script at the semicolons that end its statements; placeholders become a name."""
    found = [_PLACEHOLDER.sub("placeholder", part).strip() for part in cut(text)]
    return [part for part in found if _COMMENTS.sub("", part).strip()]
