"""The project's own SQL, compiled by dbt once and run on many databases.

For measurements that build hundreds of small estates: dbt's start-up and its tests cost more there
than the models do. What runs is the text that dbt would run for a first build; contracts and tests
are left out, and snapshots see each database once.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from scripts.dbt_runner import dbt_compile
from scripts.settings import Settings


@dataclass(frozen=True)
class CompiledProject:
    """Models in the order in which they can be built, and a database that holds the seeds.

    Attributes:
        template: a DuckDB file with the seeds; databases that are to be built start as its copy,
            under its own name, which compiled SQL spells out.
        statements: (model, SQL that makes it anew).
        reads: model → the models, seeds and sources (as ``raw.flow_logs``) that its SQL names.
        relations: model → its name in SQL.
    """

    template: Path
    statements: tuple[tuple[str, str], ...]
    reads: dict[str, tuple[str, ...]]
    relations: dict[str, str]

    def new_database(self, folder: Path) -> Path:
        """A database in `folder`, ready to be landed into."""
        return Path(shutil.copy(self.template, folder / self.template.name))

    def build(self, settings: Settings) -> None:
        """Make every model of `settings.database`, which `new_database` made, anew."""
        config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
        with duckdb.connect(str(settings.database), config=config) as db:
            db.execute("set enable_progress_bar = false")
            db.execute("set timezone = 'UTC'")
            db.execute("set preserve_insertion_order = false")
            for _, statement in self.statements:
                db.execute(statement)


def compile_project(folder: Path, *, variables: dict[str, object]) -> CompiledProject:
    """Compile the project for databases called ``estate.duckdb``.

    Args:
        folder: where the template goes.
        variables: dbt variables other than those of the project.

    Raises:
        UserError: dbt could not compile it.
    """
    template = folder / "estate.duckdb"
    manifest = json.loads(dbt_compile(Settings(template), variables=variables).read_text())
    nodes = manifest["nodes"]
    built = [node for node in nodes.values() if node["resource_type"] in _BUILT]
    return CompiledProject(
        template,
        tuple(_statements(nodes)),
        {node["name"]: _read_by(node) for node in built},
        {node["name"]: node["relation_name"] for node in built},
    )


_BUILT = {"model", "snapshot"}


def _statements(nodes: dict[str, dict]) -> Iterator[tuple[str, str]]:
    built = {name: node for name, node in nodes.items() if node["resource_type"] in _BUILT}
    needs = {name: set(node["depends_on"]["nodes"]) & built.keys() for name, node in built.items()}
    for name in TopologicalSorter(needs).static_order():
        node = built[name]
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        query = node["compiled_code"]
        if node["resource_type"] == "snapshot":
            query = _FIRST_SNAPSHOT.format(query=query)
        yield (
            node["name"],
            (
                f'create schema if not exists "{node["schema"]}"; '
                f"create or replace {kind} {node['relation_name']} as {query}"
            ),
        )


def _read_by(node: dict) -> tuple[str, ...]:
    # source.project.raw.flow_logs, model.project.int_run
    named = [name.split(".") for name in node["depends_on"]["nodes"]]
    return tuple(".".join(parts[2:]) if parts[0] == "source" else parts[2] for parts in named)


# The columns that dbt adds to what a snapshot sees for the first time.
_FIRST_SNAPSHOT = """
    select
        *,
        (select max(started_at) from state.runs) as dbt_valid_from,
        cast(null as timestamp) as dbt_valid_to
    from ({query})
"""
