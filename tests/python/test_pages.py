"""What pages say of gates, reasons, files and commands is so."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.dbt_runner import NodeResult
from scripts.render import _sentence
from tests.python.conftest import ROOT, BuildResult

RUNBOOK = ROOT / "docs" / "runbook.md"
LIMITS = ROOT / "docs" / "what-it-will-not-tell-you.md"
WORKFLOW = ROOT / "docs" / "examples" / "attribution.yml"
QUERY = re.compile(r"^```sql\n(.*?)^```", re.DOTALL | re.MULTILINE)
OWN = "azure_flow_attribution"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pages")
    subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "parse"),
            *("--profiles-dir", "profiles", "--target-path", str(folder)),
            *("--log-path", str(folder)),
        ],
        cwd=ROOT,
        check=True,
    )
    return json.loads((folder / "manifest.json").read_text())


@pytest.fixture(scope="module")
def gates(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every data test that can fail a build, by name."""
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error"
    }


def entries() -> dict[str, str]:
    """The runbook's entries: what stands below each name in a heading."""
    found = {}
    for part in RUNBOOK.read_text().split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        for name in heading.split(", "):
            assert name not in found, name
            found[name] = body
    return found


def entry_of(gate: str) -> str | None:
    """The name in a heading that a gate is found by: its own, else the longest that begins it."""
    names = entries()
    if gate in names:
        return gate
    begins = [n for n in names if n.endswith("…") and gate.startswith(n.removesuffix("…"))]
    return max(begins, key=len, default=None)


def test_each_gate_has_an_entry_and_each_entry_a_gate(gates: dict[str, Any]) -> None:
    found = {gate: entry_of(gate) for gate in gates}
    assert [gate for gate, entry in found.items() if entry is None] == []
    assert entries().keys() - set(found.values()) == set()


def test_singular_gates_have_an_entry_of_their_own() -> None:
    # tests/snowflake holds statements for Python, which dbt ignores; a warning fails nothing
    singular = {
        file.stem
        for file in (ROOT / "tests").glob("*/*.sql")
        if file.parent.name not in ("generic", "snowflake")
        and "severity='warn'" not in file.read_text()
    }
    assert len(singular) >= 7
    assert singular - entries().keys() == set()


def test_sentences_in_the_runbook_are_those_of_the_command_line(gates: dict[str, Any]) -> None:
    shown = re.findall(r"^Gate failed: (.*)$", RUNBOOK.read_text(), re.MULTILINE)
    for line in shown:
        name, _, rest = line.partition(": ")
        sentence, _, finding = rest.rpartition(" — ")
        assert re.fullmatch(r"(1 row fails|\d+ rows fail)\.", finding), line
        described = gates[name]["description"].strip().split("\n")[0].rstrip(".")
        assert sentence == described, line
        assert f"{name}: {rest}" == _sentence(NodeResult(name, "test", rest)), line
    ours = {name for name, gate in gates.items() if gate["description"]}
    assert ours <= {line.partition(": ")[0] for line in shown}


def test_entries_say_what_it_means_when_it_matters_where_to_look_what_to_do() -> None:
    for name, body in entries().items():
        for part in ("**Means.**", "**Matters**", "**Look**", "**Resolve"):
            assert part in body, (name, part)
        assert QUERY.search(body), name


@pytest.mark.parametrize("page", [RUNBOOK, LIMITS], ids=lambda page: page.stem)
def test_queries_run_on_the_demo(demo: BuildResult, page: Path) -> None:
    queries = QUERY.findall(page.read_text())
    assert queries
    for query in queries:
        demo.rows(query)


def upstream(manifest: dict[str, Any], node_id: str) -> set[str]:
    found: set[str] = set()
    todo = [node_id]
    while todo:
        for parent in manifest["parent_map"].get(todo.pop(), ()):
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def test_gates_hold_back_what_the_runbook_says(
    manifest: dict[str, Any], gates: dict[str, Any]
) -> None:
    """dbt skips a node below all that a failed test reads, as its own graph has it."""
    built = {
        node_id: upstream(manifest, node_id)
        for node_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "snapshot")
    }

    def held_back(gate: str) -> set[str]:
        reads = set(gates[gate]["depends_on"]["nodes"])
        return {node.split(".")[2] for node, above in built.items() if reads and reads <= above}

    rows = re.findall(r"^\| (`.*?) \| (.*?) \|$", RUNBOOK.read_text(), re.MULTILINE)
    pairs = [(name, what) for names, what in rows for name in re.findall(r"`(\w+)`", names)]
    said = dict(pairs)
    assert len(said) == len(pairs), "a gate stands in two rows"
    singular = {name for name in said if name in gates}
    assert singular >= {"match_rate_of_captured_ends", "files_could_be_loaded"}
    for gate in singular:
        held = held_back(gate)
        assert (said[gate] == "nothing") == (not held), (gate, held)
        assert said[gate].startswith("nearly all tables") == ("fct_flows" in held), (gate, held)
    of_flows = held_back("fct_flows__every_end_has_a_vm_or_a_reason")
    assert {"rpt_match_rates", "rpt_disagreement", "ask_flows"} <= of_flows
    assert "dim_nic_ip_windows" not in of_flows
    of_windows = held_back("dim_nic_ip_windows__do_not_overlap")
    assert {"rpt_match_rates", "nic_ip_window_history"} <= of_windows


def accepted(column: str) -> set[str]:
    flows = yaml.safe_load((ROOT / "models" / "marts" / "fct_flows.yml").read_text())
    (entry,) = [c for c in flows["models"][0]["columns"] if c["name"] == column]
    (test,) = [t for t in entry["data_tests"] if "accepted_values" in t]
    return set(test["accepted_values"]["arguments"]["values"])


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("What each evidence means", "src_evidence"),
        ("What each method means", "src_match_method"),
        ("What each reason means", "src_unmatched_reason"),
    ],
)
def test_each_word_of_an_answer_is_explained(heading: str, column: str) -> None:
    section = LIMITS.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^- \*\*`(\w+)`\*\*: ", section, re.MULTILINE)) == accepted(column)


def test_how_often_each_evidence_is_wrong_is_what_was_measured() -> None:
    """The worst estate of docs/evaluation.md, of ends that have a VM."""
    tables = re.findall(
        r"^\| (confirmed|open|extended) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|",
        (ROOT / "docs" / "evaluation.md").read_text(),
        re.MULTILINE,
    )
    worst: dict[str, float] = {}
    for evidence, *cells in tables:
        right, wrong, _, spurious = (int(cell.replace(",", "")) for cell in cells)
        share = (wrong + spurious) / (right + wrong + spurious)
        worst[evidence] = max(worst.get(evidence, 0), share)
    said = LIMITS.read_text()
    assert worst["confirmed"] == 0
    assert f"{worst['open']:.1%}".replace("%", " %") + " of\nthe `open` ones" in said
    assert f"{worst['extended']:.1%}".replace("%", " %") + " of the `extended` ones" in said


def test_the_readme_links_to_the_pages() -> None:
    readme = (ROOT / "README.md").read_text()
    section = readme.split("## What it will not tell you\n")[1]
    assert "(docs/what-it-will-not-tell-you.md)" in section
    assert "(docs/runbook.md)" in readme
    assert "(docs/examples/attribution.yml)" in readme


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))],
    ids=lambda page: page.stem,
)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)]+)\)", page.read_text()):
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in anchors, target


def test_contributing_names_only_what_is_there() -> None:
    """Files, folders and models in backticks; a recipe outlives the move of what it names."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    # with a slash before, so that `cli.py` is the end of `/scripts/cli.py` alone
    files = [f"/{file}" for file in listed]
    stems = {Path(file).stem for file in listed}
    gone = []
    # what is spelled as a pattern, made by a command or lies in a storage account
    patterns = re.compile(r"[<*…$ {\[]|^(target|logs|demo|\.venv)\b|\.(duckdb|md#)|^\.sql|^az:")
    for token in sorted(set(re.findall(r"`([^`\n]+)`", text))):
        if patterns.search(token):
            continue
        if token.endswith("/"):
            there = any(f"/{token}" in file for file in files)
        elif re.search(r"\.(py|sql|yml|toml|in|txt|md)$", token):
            there = any(file.endswith(f"/{token}") for file in files)
        elif re.fullmatch(r"(int|stg|fct|dim|rpt|ask)_\w+", token):
            there = token in stems
        elif "/" in token:
            there = any(f"/{token}" in file for file in files)
        else:
            continue
        if not there:
            gone.append(token)
    assert gone == []


# --- the workflow ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    return yaml.safe_load(WORKFLOW.read_text())


def steps_of(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    (job,) = workflow["jobs"].values()
    return job["steps"]


def step_that(workflow: dict[Any, Any], **wanted: str) -> dict[str, Any]:
    """The one step whose `uses` begins with, or whose `id` is, what is wanted."""
    (found,) = [
        step
        for step in steps_of(workflow)
        if all(step.get(key, "").startswith(value) for key, value in wanted.items())
    ]
    return found


def test_the_workflow_is_inactive_here() -> None:
    """It needs a tenant: a schedule in this repository would fail there and in each fork."""
    assert not (ROOT / ".github" / "workflows" / WORKFLOW.name).exists()


def test_the_workflow_runs_by_schedule_alone_and_never_twice(workflow: dict[Any, Any]) -> None:
    # YAML 1.1 reads the key `on` as true
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}
    group = workflow["concurrency"]
    assert group == {"group": "attribution", "cancel-in-progress": False}
    assert "${{" not in group["group"]


def test_the_workflow_logs_in_without_a_secret(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read", "id-token": "write"}
    login = step_that(workflow, uses="azure/login@")
    assert {"client-id", "tenant-id"} <= login["with"].keys()
    assert "creds" not in login["with"]
    assert "secrets." not in WORKFLOW.read_text()
    order = [step.get("id") or step.get("uses") or step.get("name") for step in steps_of(workflow)]
    assert order.index(login["uses"]) == order.index("build") - 1


def test_the_workflow_keeps_the_database_under_one_key_and_one_path(
    workflow: dict[Any, Any],
) -> None:
    """GitHub finds a cache by its paths as well as by its key."""
    restore = step_that(workflow, uses="actions/cache/restore@")["with"]
    save = step_that(workflow, uses="actions/cache/save@")
    assert restore["path"] == save["with"]["path"]
    assert restore["key"] == save["with"]["key"]
    assert restore["key"].startswith(restore["restore-keys"])
    (job,) = workflow["jobs"].values()
    assert restore["path"] == f"{job['env']['DATABASE']}*"
    assert save["if"].startswith("always()")
    artifact = step_that(workflow, uses="actions/upload-artifact@")
    assert artifact["if"] == "always()"
    assert {"summary.txt", "messages.txt"} <= set(artifact["with"]["path"].split())


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_workflows_build_ends_with_the_commands_exit_code(
    workflow: dict[Any, Any], tmp_path: Path, code: int
) -> None:
    """Its own text, by the shell that GitHub gives it, with a command that ends with that code."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        "#!/bin/bash\n"
        'echo "asked: $*"\n'
        "echo 'Gate failed: match_rate_of_captured_ends: too few — 1 row fails.' >&2\n"
        f"exit {code}\n"
    )
    python.chmod(0o755)
    (job,) = workflow["jobs"].values()
    environment = {
        "PATH": "/usr/bin:/bin",
        "RAW_DIR": job["env"]["RAW_DIR"],
        "DATABASE": job["env"]["DATABASE"],
        "GITHUB_STEP_SUMMARY": str(tmp_path / "step_summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    done = subprocess.run(
        [str(shutil.which("bash")), "-e", "-c", step_that(workflow, id="build")["run"]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    asked = "asked: -m scripts build --raw-dir az:// --database flows.duckdb"
    assert asked in (tmp_path / "summary.txt").read_text()
    assert asked in (tmp_path / "step_summary").read_text()
    assert "::error title=Attribution::Gate failed: match_rate" in done.stdout
    assert (tmp_path / "output").read_text() == f"exit_code={code}\n"
