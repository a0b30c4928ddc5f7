"""What `dbt docs` shows: every column there is, no column there is not, macros, lineage, readers.

The columns are those of the demo's database; the descriptions are dbt's own manifest.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from scripts.dbt_runner import _DBT
from tests.python.conftest import ROOT, BuildResult

Manifest = dict[str, Any]
Columns = dict[str, list[str]]

OWN = "azure_flow_attribution"
# landing's and the harness's own books: they have no models, and are described nowhere else
BOOKS = {"raw.warehouse_version"}


def command_for_docs() -> list[str]:
    """What README and CONTRIBUTING tell a reader to run, without its environment."""
    commands = {
        line.split(".venv/bin/dbt ", 1)[1]
        for page in ("README.md", "CONTRIBUTING.md")
        for line in (ROOT / page).read_text().splitlines()
        if ".venv/bin/dbt docs generate" in line
    }
    assert len(commands) == 1, commands
    return shlex.split(commands.pop())


@pytest.fixture(scope="module")
def scratch(demo: BuildResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the demo, since dbt opens databases to write, and dbt's target."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copy(demo.database, folder / "flows.duckdb")
    done = subprocess.run(
        [
            *_DBT,
            *command_for_docs(),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        ],
        cwd=ROOT,
        env=os.environ | {"DATABASE": str(folder / "flows.duckdb")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def manifest(scratch: Path) -> Manifest:
    return json.loads((scratch / "target" / "manifest.json").read_text())


@pytest.fixture(scope="module")
def columns(scratch: Path) -> Columns:
    """Columns of each table in order, by schema and name."""
    found: Columns = {}
    copied = BuildResult(0, "", "", scratch / "flows.duckdb")
    for table, column in copied.rows(
        "select table_schema || '.' || table_name, column_name from information_schema.columns "
        "order by table_schema, table_name, ordinal_position"
    ):
        found.setdefault(table, []).append(column)
    return found


def tables(manifest: Manifest) -> Iterable[tuple[str, dict[str, Any]]]:
    """Each model, seed, snapshot and source of ours, with its place in the database."""
    for node in [*manifest["nodes"].values(), *manifest["sources"].values()]:
        if node["resource_type"] in ("model", "seed", "snapshot", "source"):
            name = node.get("identifier") or node.get("alias") or node["name"]
            yield f"{node['schema']}.{name}", node


def faults_of_columns(manifest: Manifest, columns: Columns) -> list[str]:
    """A sentence per column or table that lacks its description, or that is not there."""
    faults = []
    described = dict(tables(manifest))
    for table, node in described.items():
        if not node["description"].strip():
            faults.append(f"{table} has no description")
        if node.get("source_name") in products(manifest):
            continue  # not in this database
        if table not in columns:
            faults.append(f"{table} is described, and there is no such table")
            continue
        texts = {name: entry["description"] for name, entry in node["columns"].items()}
        there = columns[table]
        faults += [f"{table}.{c} is not described" for c in there if not texts.get(c, "").strip()]
        faults += [f"{table}.{c} is described, and not there" for c in texts if c not in there]
        if set(texts) == set(there) and list(texts) != there:
            faults.append(f"the columns of {table} are described in another order than they have")
    nobody = columns.keys() - described.keys() - BOOKS
    faults += [f"{table} is described by nobody" for table in sorted(nobody)]
    return faults


def products(manifest: Manifest) -> set[str]:
    """Sources that other products fill."""
    return {
        source["source_name"]
        for source in manifest["sources"].values()
        if source["original_file_path"].startswith("models/adapters/")
    }


def faults_of_macros(manifest: Manifest) -> list[str]:
    """A sentence per macro or argument without a description.

    A form for one warehouse (`snowflake__…`) is described by the macro that chooses it, and has its
    arguments.
    """
    own = {m["name"]: m for m in manifest["macros"].values() if m["package_name"] == OWN}
    faults = []
    for name, macro in own.items():
        arguments = [argument["name"] for argument in macro["arguments"]]
        chooser = own.get(name.partition("__")[2])
        if chooser and chooser["description"]:
            if arguments != [argument["name"] for argument in chooser["arguments"]]:
                faults.append(f"{name} has other arguments than {chooser['name']}")
            continue
        if not macro["description"]:
            faults.append(f"{name} has no description")
        faults += [
            f"{name}: {argument['name']} is not described"
            for argument in macro["arguments"]
            if not argument.get("description")
        ]
    return faults


def test_every_column_that_is_there_is_described_and_no_other(
    manifest: Manifest, columns: Columns
) -> None:
    assert faults_of_columns(manifest, columns) == []


def test_a_column_without_its_description_is_named(manifest: Manifest, columns: Columns) -> None:
    damaged, there = copy.deepcopy(manifest), copy.deepcopy(columns)
    nodes = dict(tables(damaged))
    nodes["marts.fct_flows"]["columns"]["src_ip"]["description"] = " "
    del nodes["state.runs"]["columns"]["run_no"]
    nodes["reference.protocols"]["description"] = ""
    there["intermediate.int_run"].remove("started_at")
    there["history.answer_fact_history"].reverse()
    there["marts.new_table"] = ["x"]
    assert sorted(faults_of_columns(damaged, there)) == [
        "intermediate.int_run.started_at is described, and not there",
        "marts.fct_flows.src_ip is not described",
        "marts.new_table is described by nobody",
        "reference.protocols has no description",
        "state.runs.run_no is not described",
        "the columns of history.answer_fact_history are described in another order than they have",
    ]


def test_every_macro_and_argument_is_described(manifest: Manifest) -> None:
    assert faults_of_macros(manifest) == []


def test_a_macro_without_its_description_is_named(manifest: Manifest) -> None:
    damaged = copy.deepcopy(manifest)
    macros = {m["name"]: m for m in damaged["macros"].values() if m["package_name"] == OWN}
    macros["arm_id"]["description"] = ""
    macros["in_window"]["arguments"][1]["description"] = ""
    macros["snowflake__json_get"]["arguments"].pop()
    assert sorted(faults_of_macros(damaged)) == [
        "arm_id has no description",
        "in_window: w is not described",
        "snowflake__json_get has other arguments than json_get",
    ]


def test_adapters_are_described_with_the_columns_of_the_raw_table_they_stand_for(
    manifest: Manifest, columns: Columns
) -> None:
    """They are switched off where files are landed, and so not in the demo."""
    disabled = [node for nodes in manifest["disabled"].values() for node in nodes]
    adapters = [node for node in disabled if node["resource_type"] == "model"]
    assert len(adapters) == 10
    for node in adapters:
        raw_table = node["name"].partition("__")[2]
        # events are what the operation logs of SnowAlert are made from
        assert raw_table == "events" or list(node["columns"]) == columns[f"raw.{raw_table}"]
        assert node["columns"], node["name"]
        assert all(entry["description"] for entry in node["columns"].values()), node["name"]


def test_what_is_described_of_a_products_table_is_what_its_adapter_reads(
    manifest: Manifest,
) -> None:
    for source in manifest["sources"].values():
        product = source["source_name"]
        if product not in products(manifest):
            continue
        files = [
            *(ROOT / "macros" / "adapters").glob(f"{product}_*.sql"),
            *(ROOT / "models" / "adapters" / product).glob("*.sql"),
        ]
        text = "\n".join(file.read_text() for file in files)
        unread = [name for name in source["columns"] if not re.search(rf"\b{name}\b", text)]
        assert source["columns"], source["unique_id"]
        assert not unread, (source["unique_id"], unread)


def ancestors(manifest: Manifest, node_id: str) -> set[str]:
    found: set[str] = set()
    todo = [node_id]
    while todo:
        for parent in manifest["parent_map"][todo.pop()]:
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def test_lineage_leads_from_raw_files_to_readers(manifest: Manifest, scratch: Path) -> None:
    reached = ancestors(manifest, f"exposure.{OWN}.gate_in_ci")
    inputs = {"flow_logs", "operation_logs", "network_interfaces", "virtual_machines"}
    assert {f"source.{OWN}.raw.{name}" for name in inputs} <= reached
    assert f"model.{OWN}.fct_flows" in reached
    page = (scratch / "target" / "static_index.html").read_text()
    assert "Which NIC and VM stood behind each address of each VNet, when." in page


def test_generating_docs_opens_no_run(scratch: Path, demo: BuildResult) -> None:
    """Else the next build would take up changes twice, and think this one was killed."""
    runs = "select * from state.runs order by run_no"
    assert BuildResult(0, "", "", scratch / "flows.duckdb").rows(runs) == demo.rows(runs)


def named_tables(files: Iterable[Path]) -> set[str]:
    text = "\n".join(file.read_text() for file in files)
    return set(re.findall(r"\b(?:marts|questions|raw|state)\.[a-z_]+", text))


@pytest.mark.parametrize(
    ("exposure", "sources"),
    [
        ("build_summary", [ROOT / "scripts" / "summary.py"]),
        ("responders_questions", sorted((ROOT / "scripts" / "ask").glob("*.*"))),
        ("report", sorted((ROOT / "scripts" / "report").glob("*.sql"))),
    ],
)
def test_an_exposure_depends_on_what_its_code_reads(
    manifest: Manifest, exposure: str, sources: list[Path]
) -> None:
    """A responder's questions also have views that nobody but people reads: all of the schema."""
    node = manifest["exposures"][f"exposure.{OWN}.{exposure}"]
    by_id = {n["unique_id"]: table for table, n in tables(manifest)}
    declared = {by_id[parent] for parent in node["depends_on"]["nodes"]}
    read = named_tables(sources)
    if exposure == "responders_questions":
        read |= {table for table in by_id.values() if table.startswith("questions.")}
        read -= {"marts.fct_flows"}  # in a sentence
    assert declared == read
    assert node["description"].strip()


def test_dbt_parses_without_a_complaint_about_descriptions(tmp_path: Path) -> None:
    """`validate_macro_args` warns of an argument that is described and not there."""
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--no-partial-parse"),
            *("parse", "--profiles-dir", "profiles", "--target-path", str(tmp_path)),
            *("--log-path", str(tmp_path)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "in the yaml for macro" not in done.stdout
