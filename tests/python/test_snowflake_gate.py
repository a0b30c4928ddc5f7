"""Every statement that is run on Snowflake is Snowflake's SQL, and the gate is good."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.snowflake import compiled
from tests.snowflake.corpus import script_statements, statements
from tests.snowflake.functions import FILE as FUNCTIONS
from tests.snowflake.functions import called, functions
from tests.snowflake.gate import ALL_RULES, faults, faults_of, findings
from tests.snowflake.text import text_of

HERE = Path(compiled.__file__).parent
LAYERS = ("sqlglot", "sqlfluff", "unlisted", "arity", "place", "scripting")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> list[compiled.Statement]:
    """What dbt sends in a first build, in one on top of it, and in a full refresh."""
    return compiled.recorded(tmp_path_factory.mktemp("recorded") / "statements.jsonl")


@pytest.fixture(scope="module")
def set_up(project_root) -> dict[str, str]:
    """The statements of the set-up scripts -> the file they stand in."""
    return {
        statement: file.name
        for file in sorted((project_root / "scripts" / "snowflake").glob("*.sql"))
        for statement in script_statements(file.read_text())
    }


@pytest.fixture(scope="module")
def invalid() -> list[tuple[str, str]]:
    return statements(HERE / "invalid.sql")


# ---- the project


def test_what_dbt_sends_is_valid(recorded):
    assert faults_of(statement.sql for statement in recorded) == {}


def test_what_sets_a_warehouse_up_is_valid(set_up):
    found = {f"{set_up[text]}: {text[:60]}": told for text, told in faults_of(set_up).items()}
    assert found == {}


def test_everything_that_dbt_sends_is_recorded(recorded, project_root):
    def says(pattern: str) -> bool:
        return any(re.search(pattern, statement.sql) for statement in recorded)

    models = {path.stem for path in (project_root / "models").rglob("*.sql")}
    nodes = {(statement.node or "").split(".")[-1] for statement in recorded}
    assert models <= nodes
    # a first build and one on top of it, with strategies of the project's own and of dbt's
    assert says(r"(?i)create or replace transient table azure_flows\.marts\.fct_flows\b")
    assert says(r"(?i)insert into azure_flows\.state\.restatements")
    assert says(r'(?i)insert into azure_flows\.marts\.fct_flows \("FLOW_ID"')
    # snapshots, hooks before and after the run, tests
    assert says(r"(?i)merge into .*WINDOW_HISTORY")
    assert says(r"(?i)insert into azure_flows\.state\.runs")
    assert says(r"(?i)update azure_flows\.state\.runs")
    assert says(r"(?i)as failures")
    # seeds, with their values in place
    assert says(r"(?is)insert overwrite into azure_flows\.reference\.protocols .*\('?6'?,'TCP'\)")


# ---- the corpora


def test_valid_statements_pass():
    corpus = statements(HERE / "valid.sql")
    assert len(corpus) >= 50
    assert {reason: faults(text) for reason, text in corpus if faults(text)} == {}


# What was written after the gate was finished tells how good it is: docs/snowflake.md says so.
@pytest.mark.parametrize(
    ("name", "least"),
    [("invalid.sql", 1), ("invalid_held_out.sql", 0.9), ("invalid_second_held_out.sql", 0.5)],
)
def test_invalid_statements_are_caught(name, least, capsys):
    corpus = statements(HERE / name)
    missed = [reason for reason, text in corpus if not faults(text)]
    rate = 1 - len(missed) / len(corpus)
    with capsys.disabled():
        print(f"\n{name}: {len(corpus) - len(missed)} of {len(corpus)} caught, {rate:.1%}")
    assert round(rate, 2) >= least, missed


def test_the_corpus_is_large_and_says_nothing_twice(invalid):
    assert len(invalid) >= 75
    for part in zip(*invalid, strict=True):
        assert len(set(part)) == len(part)


@pytest.mark.parametrize("rule", [*LAYERS, *(rule.__name__ for rule in ALL_RULES)])
def test_each_rule_is_needed(rule, invalid):
    """There is a statement that it alone catches: without it that one would pass."""
    assert any({fault.rule for fault in findings(text)} == {rule} for _, text in invalid)


# ---- the functions


def test_functions_are_in_order():
    with FUNCTIONS.open(newline="") as rows:
        names = [row["name"] for row in csv.DictReader(rows)]
    assert names == sorted(set(names))
    for function in functions().values():
        assert function.kind in ("scalar", "aggregate", "window", "ranked", "framed", "table")
        assert function.max_args is None or function.min_args <= function.max_args
        assert re.fullmatch(r"sql-reference/functions/\w+", function.page), function.name


def test_functions_that_nobody_calls_are_not_listed(recorded, set_up):
    texts = [statement.sql for statement in recorded]
    texts += [text for _, text in statements(HERE / "valid.sql")]
    for text in set_up:
        texts += [text, *(part for body in text.split("$$")[1::2] for part in body.split(";"))]
    assert functions().keys() <= {name for text in texts for name in called(text_of(text))}


# ---- reading


def test_a_corpus_is_read_by_paragraphs(tmp_path):
    file = tmp_path / "corpus.sql"
    file.write_text(
        "-- What this is.\n\n-- one\nselect 1;\n\n"
        "-- two,\n-- in two lines\nselect 2 -- why\n\n  from t;\n"
    )
    assert statements(file) == [
        ("one", "select 1"),
        ("two, in two lines", "select 2 -- why\n\n  from t"),
    ]


def test_a_script_is_cut_at_the_ends_of_its_statements():
    script = """
        -- a comment; and no end
        select ';' as "a;b"; /* ; */ create procedure p() as $$ begin select 1; end; $$;
        use &{database}; select {name}; -- the end
    """
    first, second, *rest = script_statements(script)
    assert first.endswith("select ';' as \"a;b\"")
    assert second.endswith("$$ begin select 1; end; $$")
    assert rest == ["use placeholder", "select placeholder"]


def test_a_log_of_statements_is_read_with_or_without_names(tmp_path):
    file = tmp_path / "log.jsonl"
    comment = '/* {"app": "dbt", "node_id": "model.p.m"} */'
    entries = ["select 1", f"select 2\n{comment};", {"node": "a", "sql": "select 3"}, "select 1"]
    file.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    assert compiled.statements_of_log(file) == [
        compiled.Statement(None, "select 1"),
        compiled.Statement("model.p.m", "select 2"),
        compiled.Statement("a", "select 3"),
    ]


def test_a_text_that_is_no_sql_is_a_fault():
    for text in ("", "select 'a", "select (", "\x00", "gibberish"):
        assert faults(text), text
