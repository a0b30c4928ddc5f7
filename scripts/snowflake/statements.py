"""The statements of the set-up files, one by one, as a client sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent

# A text, a name in quotes, a comment, or a body between $$: a semicolon in one ends nothing.
_OPAQUE = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|\$\$.*?\$\$|;", re.DOTALL)
_TRANSACTION = re.compile(r"begin transaction;\n(.*)\n\s*commit;", re.DOTALL)


def statements(sql: str) -> Iterator[str]:
    """Cut a script at the semicolons that end its statements."""
    start = 0
    for token in _OPAQUE.finditer(sql):
        if token[0] == ";":
            yield sql[start : token.start()].strip()
            start = token.end()
    rest = _without_comments(sql[start:])
    if rest:
        yield rest


def script(name: str) -> list[str]:
    """The statements of one of the numbered files; `name` without its number and ending."""
    [file] = HERE.glob(f"[0-9][0-9]_{name}.sql")
    return list(statements(file.read_text()))


def set_up(name: str) -> list[str]:
    """The statements of a file but for those that choose the production's role and database."""
    return [text for text in script(name) if not _without_comments(text).startswith("use ")]


def split_statements() -> list[str]:
    """What landing.split_batch does between its `begin` and its `commit`, with all files."""
    [procedure] = [text for text in script("split_documents") if "landing.split_batch(most" in text]
    transaction = _TRANSACTION.search(procedure)[1].replace(":most_files", str(10**9))
    return list(statements(transaction))


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql).strip()
