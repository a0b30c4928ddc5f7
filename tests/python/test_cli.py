"""The command line: what it says, where, and with which exit code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from scripts import dbt_runner
from scripts.dbt_runner import BuildResult as DbtResult
from scripts.dbt_runner import NodeResult
from scripts.render import WIDTH, error_sentences, gate_sentences
from scripts.settings import Settings

COMMANDS = ("land", "build", "demo", "summary", "collect")


def assert_one_sentence(errors: str, *words: str) -> None:
    """One line, no stack trace, and it names what the user has to look at."""
    lines = [line for line in errors.splitlines() if not line.startswith(("Landing", "Building"))]
    assert len(lines) == 1, errors
    assert "Traceback" not in errors
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(project, command):
    run = project.run(command, "--help")
    assert run.exit_code == 0
    assert "Usage" in run.output


def test_help_lists_the_commands(project):
    run = project.run("--help")
    assert run.exit_code == 0
    assert all(command in run.output for command in COMMANDS)


def test_an_unknown_option_is_the_users_to_mend(project):
    run = project.run("build", "--no-such-option")
    assert run.exit_code == 2
    assert "Traceback" not in run.errors


# --- what the user can mend ------------------------------------------------------------------


def test_a_missing_folder(project, tmp_path):
    database = tmp_path / "flows.duckdb"
    run = project.build(tmp_path / "nowhere", database=database)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "nowhere")


@pytest.mark.parametrize("limit", ["1KB", "much", "200 MB"])
def test_a_memory_limit_that_no_run_can_keep(project, tmp_path, limit):
    run = project.build(tmp_path, "--memory-limit", limit)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "--memory-limit", limit)


def test_limits_from_the_environment_as_for_dbt_itself(project, tmp_path, monkeypatch):
    """``make build MEMORY_LIMIT=2GB THREADS=1`` says so to all that it runs."""
    monkeypatch.setenv("MEMORY_LIMIT", "3KB")
    run = project.run("build", "--raw-dir", tmp_path, "--database", tmp_path / "flows.duckdb")
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "--memory-limit 3KB")
    monkeypatch.setenv("THREADS", "none")
    run = project.run("build", "--raw-dir", tmp_path, "--database", tmp_path / "flows.duckdb")
    assert run.exit_code == 2
    assert "THREADS" in run.errors and "Traceback" not in run.errors


def test_an_empty_folder(project, tmp_path):
    (tmp_path / "raw").mkdir()
    run = project.build(tmp_path / "raw")
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "raw")


def test_a_folder_of_unknown_files(project, tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "holiday.txt").write_text("sun, sea")
    run = project.build(tmp_path / "raw")
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "raw")


def test_an_address_of_a_store_that_is_not_known(project):
    run = project.build("s3://logs/here")
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "s3://logs/here", "az://container")


def test_a_file_that_is_no_database(project, tmp_path):
    file = tmp_path / "notes.duckdb"
    file.write_text("not a database at all, but long enough to be read as one\n" * 100)
    run = project.build(tmp_path, database=file)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "notes.duckdb", "not a DuckDB file")
    assert file.read_text().startswith("not a database")


def test_a_folder_in_place_of_a_database(project, tmp_path):
    run = project.build(tmp_path, database=tmp_path)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "is a folder")


def test_forgetting_where_no_database_is(project, tmp_path):
    database = tmp_path / "none.duckdb"
    run = project.run("forget", "--before", "2026-02-01", "--database", database)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "none.duckdb", "nothing to forget")
    assert not database.exists()


@pytest.mark.parametrize(
    "name", ["raw.duckdb", "main.duckdb", "questions.duckdb", "state.duckdb", "Bob's.duckdb"]
)
def test_a_name_that_no_database_can_have(project, tmp_path, name):
    run = project.build(tmp_path, database=tmp_path / name)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, name, "cannot be the database's name")
    assert not (tmp_path / name).exists()


def test_a_database_that_was_renamed_to_what_no_database_can_be_called(project, tmp_path):
    database = tmp_path / "marts.duckdb"
    duckdb.connect(str(database)).close()
    run = project.run("summary", "--database", database)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "marts.duckdb", "cannot be read under that name")


@pytest.mark.parametrize("command", ["build", "summary"])
def test_a_database_that_another_process_holds(project, tmp_path, command):
    database = tmp_path / "flows.duckdb"
    duckdb.connect(str(database)).close()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys\n"
            f"connection = duckdb.connect({str(database)!r})\n"
            "print('held', flush=True)\n"
            "sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        run = project.run(command, "--database", database)
    finally:
        holder.communicate()
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "flows.duckdb", "close it")


@pytest.mark.parametrize("command", ["build", "summary"])
def test_a_database_that_is_not_there(project, tmp_path, command):
    run = project.run(command, "--database", tmp_path / "none.duckdb")
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "none.duckdb", "--raw-dir")
    assert not (tmp_path / "none.duckdb").exists()


@pytest.mark.parametrize("command", ["build", "summary"])
def test_a_database_of_something_else(project, tmp_path, command):
    database = tmp_path / "other.duckdb"
    duckdb.connect(str(database)).close()
    run = project.run(command, "--database", database)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "other.duckdb", "no landed files")


def test_the_demo_empties_no_folder_but_its_own(project, tmp_path):
    keep = tmp_path / "raw" / "mine.json"
    keep.parent.mkdir()
    keep.write_text("{}")
    run = project.run("demo", "--folder", tmp_path)
    assert run.exit_code == 2
    assert_one_sentence(run.errors, "is not the demo's")
    assert keep.read_text() == "{}"


# --- what a run says -------------------------------------------------------------------------


def test_the_demo_builds_and_says_what_came_out(demo):
    assert demo.exit_code == 0, demo.errors
    for heading in ("Landed", "Rejected", "flows,", "Ends without a VM", "For example", "Next"):
        assert heading in demo.output


def test_the_summary_is_plain_text(demo):
    lines = demo.output.splitlines()
    assert "\x1b" not in demo.output
    assert all(len(line) <= WIDTH and line == line.rstrip() for line in lines)


def test_the_query_that_the_summary_offers_runs(demo, project_root):
    code = demo.output[demo.output.index("    import duckdb") :]
    code = "\n".join(line.removeprefix("    ") for line in code.splitlines())
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project_root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "vm_name" in done.stdout


def test_a_build_runs_from_any_folder(project, demo, tmp_path):
    shutil.copytree(demo.database.parent / "raw", tmp_path / "raw with blanks")
    arguments = ("build", "--raw-dir", "raw with blanks", "--database", "my flows.duckdb")
    run = project.run(*arguments, cwd=tmp_path)
    assert run.exit_code == 0, run.errors
    assert (tmp_path / "my flows.duckdb").exists()
    assert "The database is my flows.duckdb" in run.output


def test_a_failed_gate_is_a_sentence_after_the_summary(monkeypatch, capsys, demo):
    from scripts import cli

    gate = NodeResult("match_rate", "test", "The captured end finds its VM — 1 row fails")
    monkeypatch.setattr(cli, "dbt_build", lambda *_, **__: DbtResult(failed_gates=(gate,)))
    monkeypatch.setattr(sys, "argv", ["scripts", "build", "--database", str(demo.database)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    printed = capsys.readouterr()
    assert stop.value.code == 1
    assert "Landed" in printed.out
    sentence = "Gate failed: match_rate: The captured end finds its VM — 1 row fails."
    assert sentence in printed.err


def test_a_failed_model_names_the_log(tmp_path, monkeypatch, capsys, demo):
    from scripts import cli

    log_file = tmp_path / "dbt.log"
    broken = NodeResult("fct_flows", "model", "Binder Error: no such column")
    monkeypatch.setattr(
        cli, "dbt_build", lambda *_, **__: DbtResult(errors=(broken,), skipped=2, log_file=log_file)
    )
    monkeypatch.setattr(sys, "argv", ["scripts", "build", "--database", str(demo.database)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    printed = capsys.readouterr()
    assert stop.value.code == 3
    assert "model fct_flows: Binder Error: no such column." in printed.err
    assert str(log_file) in printed.err


def test_a_defect_is_one_sentence_and_a_log(tmp_path, monkeypatch, capsys):
    from scripts import cli

    def broken(*_: object) -> None:
        raise ZeroDivisionError("one by nought")

    monkeypatch.setattr(cli, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(cli, "summarise", broken)
    monkeypatch.setattr(sys, "argv", ["scripts", "summary"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 3
    (log_file,) = (tmp_path / "logs").iterdir()
    assert_one_sentence(capsys.readouterr().err, "ZeroDivisionError", str(log_file))
    assert "one by nought" in log_file.read_text()


# --- dbt's own words -------------------------------------------------------------------------


def test_results_are_told_apart(tmp_path):
    results = tmp_path / "run_results.json"
    nodes = [
        ("model.p.a", "success", "OK", None),
        ("test.p.b", "fail", "Got 2 results", 2),
        ("test.p.c", "warn", "Got 1 result", 1),
        ("model.p.d", "error", "Bad\n  SQL", None),
        ("model.p.e", "skipped", None, None),
    ]
    names = ("unique_id", "status", "message", "failures")
    rows = [dict(zip(names, node, strict=True)) | {"timing": []} for node in nodes]
    results.write_text(json.dumps({"results": rows}))
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"nodes": {"test.p.b": {"name": "b", "description": "No flow is lost."}}}')
    result = dbt_runner._read_results(results, manifest, tmp_path / "dbt.log", 1.0)
    assert result.failed_gates == (NodeResult("b", "test", "No flow is lost — 2 rows fail"),)
    assert [node.message for node in result.warnings] == ["1 row fails"]
    assert [node.message for node in result.errors] == ["Bad SQL"]
    assert result.skipped == 1
    assert gate_sentences(result)[0] == "Gate failed: b: No flow is lost — 2 rows fail."
    assert "1 more did not run" in error_sentences(result)[-1]


def test_what_dbt_parsed_serves_other_databases_of_the_name_and_no_other_variables(tmp_path):
    def is_parsed_anew(folder: str, **variables: object) -> bool:
        settings = Settings(tmp_path / folder / "parsed once.duckdb")
        settings.database.parent.mkdir(exist_ok=True)
        # what lies there is not imported
        (settings.database.parent / "yaml.py").write_text("1 / 0")
        assert dbt_runner._run("parse", [], settings, variables) == []
        log_file = dbt_runner._folders(settings)[1]
        words = log_file.read_text()
        log_file.unlink()
        return "Starting full parse" in words or "Unable to do partial parsing" in words

    is_parsed_anew("first")
    assert not is_parsed_anew("second")
    assert is_parsed_anew("second", answers_in_slice=2)
    # of two that fit this database, the one that fits the variables
    assert not is_parsed_anew("second")


# --- make ------------------------------------------------------------------------------------


def make(project_root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # What `make test` exports must not reach the inner make.
    outer = ("RAW_DIR", "DATABASE", "ARGS", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(
        ["make", *arguments],
        cwd=project_root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_lists_the_targets(project_root):
    done = make(project_root)
    assert done.returncode == 0
    for target in ("demo", "build", "test", "lint"):
        assert f"make {target} " in done.stdout


def test_make_build_asks_for_its_folder(project_root):
    done = make(project_root, "build")
    assert done.returncode != 0
    assert "RAW_DIR is missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_make_build_takes_blanks_and_quotes_in_paths(project_root):
    paths = ("RAW_DIR=/data/Bob's raw", "DATABASE=my flows.duckdb")
    done = make(project_root, "--dry-run", "build", *paths)
    assert done.returncode == 0, done.stderr
    assert '--raw-dir "$RAW_DIR" --database "$DATABASE"' in done.stdout
