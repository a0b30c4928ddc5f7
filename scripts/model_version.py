"""Which version of the models a database was built with, since stored answers are theirs.

A run resolves only what changed in the data. What changed in the models would never reach the flows
that were resolved before, so a database whose models were others is built anew from its raw tables.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import yaml

from scripts.database import open_database
from scripts.paths import PROJECT_ROOT

# What the text of the models is made of; descriptions and tests give no answers.
_SOURCES = ("models/**/*.sql", "macros/**/*.sql", "snapshots/*.yml", "seeds/*.csv")
# What only reads the answers: a change of it leaves every stored one as it is.
_READERS = (
    *("models/questions/", "models/siem/", "models/detections/", "seeds/detection_"),
    *("macros/siem/", "macros/detections/"),
)
# The variables that an answer depends on; thresholds of gates, for example, are none.
_VARIABLES = ("clock_tolerance_seconds", "use_sightings")


def model_version(variables: dict[str, object], root: Path = PROJECT_ROOT) -> str:
    """A digest of all that answers depend on beside the data.

    Args:
        variables: dbt variables other than those of the project.
    """
    digest = hashlib.sha256()
    for pattern in _SOURCES:
        for file in sorted(root.glob(pattern)):
            name = file.relative_to(root).as_posix()
            if name.startswith(_READERS):
                continue
            digest.update(name.encode() + b"\0")
            digest.update(file.read_bytes() + b"\0")
    project = yaml.safe_load((root / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    chosen = {name: (project | variables).get(name) for name in _VARIABLES}
    digest.update(json.dumps(chosen, sort_keys=True).encode())
    return digest.hexdigest()


def why_anew(database: Path, version: str) -> str | None:
    """Why everything in a database must be built from its raw tables; None where it need not be.

    Returns:
        A sentence: other models than those of `version` made what is there, or a full refresh was
        begun and not finished.

    Raises:
        UserError: the database cannot be opened.
    """
    if not database.exists():
        return None
    with open_database(database) as connection:
        tables = {
            f"{schema}.{name}"
            for schema, name in connection.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
        }
        if "state.runs" in tables:
            [(unfinished,)] = connection.execute(
                "select count(*) from state.runs where is_full_refresh and run_no > "
                "(select coalesce(max(run_no), 0) from state.runs where completed_at is not null)"
            ).fetchall()
            if unfinished:
                return "The last full refresh was not finished: every flow was attributed anew."
        if "marts.fct_flows" not in tables:
            return None
        found = []
        if "state.model_version" in tables:
            found = connection.execute("select version from state.model_version").fetchall()
    if found == [(version,)]:
        return None
    return "The models had changed since the last build: every flow was attributed anew."


def remember(database: Path, version: str) -> None:
    """Note that every table of the database was made by the models of `version`."""
    with open_database(database, read_only=False) as connection:
        connection.execute("create schema if not exists state")
        connection.execute("create or replace table state.model_version (version varchar)")
        connection.execute("insert into state.model_version values (?)", [version])
