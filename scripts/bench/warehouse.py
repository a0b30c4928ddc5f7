"""The project's own models on the benchmark's data: what dbt compiled, never a copy of it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from scripts.bench.data import SUBSCRIPTION, Data
from scripts.compiled import CompiledProject
from scripts.errors import UserError

HERE = Path(__file__).parent
DATABASE, MODELS = "estate.duckdb", "models.json"
# What warehouse.sql fills.
FILLED = frozenset(
    {
        *("int_address_windows", "int_nic_ip_windows", "int_subscriptions", "int_vnet_spaces"),
        *("int_vnet_reach", "stg_collectors__virtual_networks"),
        *("int_flow_captures", "int_flow_captures_new", "int_flow_captures_again"),
        *("int_run", "int_flow_tuples", "int_touched_hours", "int_capture_windows"),
    }
)
SEEDS = frozenset({"special_addresses"})
# What is there before any flow comes: of the seeds and the windows alone.
GIVEN = SEEDS | {"int_special_prefixes", "int_own_addresses"}
# What a join starts from: each address asked for, and its windows or reasons.
ANSWERS = frozenset({"int_address_demand", "int_address_answers"})
ENDS = "int_flow_ends"
SLICES = "int_flow_slices"


@dataclass(frozen=True)
class Models:
    """The compiled models.

    Attributes:
        statements: model → the SQL that makes it anew, in an order in which they can be built.
        reads: model → what its SQL names.
        relations: model → its name in SQL.
    """

    statements: dict[str, str]
    reads: dict[str, list[str]]
    relations: dict[str, str]

    def needed(self, model: str, given: Iterable[str]) -> list[str]:
        """The models to build, in order, so that `model` can be read where `given` are there.

        Raises:
            UserError: a source is read that nothing here fills.
        """
        given, wanted, open_ = set(given), set(), [model]
        while open_:
            name = open_.pop()
            if name in wanted or name in given:
                continue
            if name not in self.statements:
                raise UserError(
                    f"{model} reads {name} now, which the benchmark does not fill: add what it "
                    "reads of it to scripts/bench/warehouse.sql."
                )
            wanted.add(name)
            open_ += self.reads[name]
        return [name for name in self.statements if name in wanted]


def keep_models(project: CompiledProject, home: Path) -> None:
    """Put compiled models and the database with the seeds into `home`, for other processes."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(project.template, home / DATABASE)
    kept = {
        "statements": dict(project.statements),
        "reads": project.reads,
        "relations": project.relations,
    }
    (home / MODELS).write_text(json.dumps(kept))


def models_in(home: Path) -> Models:
    """What `keep_models` put there."""
    return Models(**json.loads((home / MODELS).read_text()))


def open_warehouse(database: Path, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file as the project's runs do."""
    config = {"memory_limit": memory_limit, "threads": threads}
    db = duckdb.connect(str(database), config=config)
    db.execute("set enable_progress_bar = false")
    db.execute("set timezone = 'UTC'")
    db.execute("set preserve_insertion_order = false")
    return db


def name_files(db: duckdb.DuckDBPyConnection, data: Data) -> None:
    """What the views of warehouse.sql read; to be said in each session."""
    db.execute("set variable windows_file = ?", [str(data.windows)])
    db.execute("set variable flows_file = ?", [str(data.flows)])
    db.execute("set variable subscription = ?", [SUBSCRIPTION])


def fill_warehouse(
    models_home: Path, data: Data, kind: str, memory_limit: str, threads: int
) -> None:
    """Make the databases that a kind of cell starts from.

    Nobody's time: windows are made when inventories come, not when flows do.
    """
    models = models_in(models_home)
    windows = database_of(data, "windows")
    shutil.copy(models_home / DATABASE, windows)
    with open_warehouse(windows, memory_limit, threads) as db:
        name_files(db, data)
        db.execute((HERE / "warehouse.sql").read_text())
        for model in GIVEN - SEEDS:
            build(db, models, models.needed(model, FILLED | SEEDS))
    further = database_of(data, "answers" if kind == "join" else "history")
    shutil.copy(windows, further)
    with open_warehouse(further, memory_limit, threads) as db:
        name_files(db, data)
        if kind == "join":
            made = {name for model in ANSWERS for name in models.needed(model, FILLED | GIVEN)}
            build(db, models, [name for name in models.statements if name in made])
        else:
            db.execute((HERE / "history.sql").read_text())


def database_of(data: Data, what: str) -> Path:
    """A database of `fill_warehouse`; each lies in a folder of its own, as its name is compiled."""
    folder = data.home / what
    folder.mkdir(exist_ok=True)
    return folder / DATABASE


def build(db: duckdb.DuckDBPyConnection, models: Models, names: Iterable[str]) -> dict[str, float]:
    """Make models anew; seconds that each took."""
    parts = {}
    for name in names:
        start = time.perf_counter()
        db.execute(models.statements[name])
        parts[name] = time.perf_counter() - start
    return parts
