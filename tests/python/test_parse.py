"""The dbt project parses for both warehouses on a machine that has nothing but the code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.dbt_runner import _DBT

# Folders of models/ that show the flows to others, and give no answer.
READERS = {"siem", "detections"}


@pytest.fixture(scope="module", params=["duckdb", "snowflake"])
def manifest(request, project_root, tmp_path_factory):
    """The manifest of `dbt parse`, run without any environment variable but the path."""
    folder = tmp_path_factory.mktemp(request.param)
    done = subprocess.run(
        [
            *_DBT,
            *("--quiet", "--log-path", str(folder), "parse", "--target", request.param),
            *("--project-dir", str(project_root), "--profiles-dir", str(project_root / "profiles")),
            *("--target-path", str(folder)),
        ],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # Parsing opened no database.
    assert not list(folder.glob("*.duckdb"))
    return json.loads((folder / "manifest.json").read_text())


def own(manifest: dict, kind: str) -> list[dict]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == kind]


def test_schemas_are_named_as_they_are(manifest):
    schemas = {node["schema"] for node in own(manifest, "model")}
    assert schemas == {"staging", "intermediate", "marts", "questions"}
    assert {node["schema"] for node in own(manifest, "seed")} <= {"reference"}


def test_layers_keep_their_rules(manifest):
    for model in own(manifest, "model"):
        if model["schema"] == "marts":
            # the record of corrections is kept elsewhere, and only shown; others show the flows
            shown = model["name"] == "rpt_restatements" or model["fqn"][1] in READERS
            kinds = ("view",) if shown else ("table", "incremental")
            assert model["config"]["materialized"] in kinds, model["name"]
            assert model["config"]["contract"]["enforced"], model["name"]
            assert model["access"] == "public", model["name"]


def test_what_only_reads_answers_gives_none(manifest):
    """A change there makes no stored answer another version's: see scripts/model_version.py."""
    readers = {
        n["unique_id"]: n["fqn"][1] for n in own(manifest, "model") if n["fqn"][1] in READERS
    }
    assert set(readers.values()) == READERS
    for node in manifest["nodes"].values():
        if node["resource_type"] in ("model", "snapshot") and node["unique_id"] not in readers:
            assert not readers.keys() & set(node["depends_on"]["nodes"]), node["name"]


def test_staging_alone_reads_what_azure_wrote(manifest):
    """Landing's own book-keeping (which files, which rejects, when) is no input of Azure's."""
    book_keeping = ("landed_files", "rejected_records")
    # conservation counts what was landed by a way of its own
    others = {"int_clock", "int_record_counts"}
    readers = {
        model["name"]
        for model in own(manifest, "model")
        for parent in model["depends_on"]["nodes"]
        if parent.startswith("source.azure_flow_attribution.raw.")
        and not parent.endswith(book_keeping)
    }
    assert all(name.startswith("stg_") for name in readers - others), readers


def test_no_model_asks_for_its_target(project_root: Path):
    asks = re.compile(r"target\.(type|name)")
    found = [p.name for p in (project_root / "models").rglob("*.*") if asks.search(p.read_text())]
    assert found == []


def test_python_is_new_enough():
    assert sys.version_info >= (3, 11)
