"""The set-up's files agree with each other: what one names, another makes.

The gate reads each statement by itself; a stage, a grant or a task that is missing passes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlglot import exp

from scripts.snowflake.statements import script
from tests.snowflake.scripting import Procedure
from tests.snowflake.text import Text

FILES = (
    *("roles_and_warehouses", "database", "azure_integration", "raw_tables", "landing_tables"),
    *("split_documents", "azure_stages", "load_documents", "tasks"),
)
STATEMENTS = [
    re.sub(r"\A(\s*--[^\n]*\n)*\s*", "", text).replace("&{storage_account}", "mylogs")
    for name in FILES
    for text in script(name)
]
PROCEDURES = {each.name: each for each in map(Procedure.of, STATEMENTS) if each}


def made(kind: str) -> dict[str, str]:
    """Name -> the statement that makes it."""
    pattern = re.compile(
        rf"create (?:or replace )?(?:transient )?{kind}(?: if not exists)? ([\w.]+)", re.IGNORECASE
    )
    return {match[1]: text for text in STATEMENTS if (match := pattern.match(text))}


def run() -> Iterator[str]:
    """The statements that are run: those of the files, and those in the procedures."""
    yield from (text for text in STATEMENTS if not Procedure.of(text))
    for procedure in PROCEDURES.values():
        yield from procedure.statements()


def columns_of(table: str) -> set[str]:
    [tree] = Text(made("table")[table]).trees
    return {column.name for column in tree.find_all(exp.ColumnDef)}


def test_what_is_read_and_written_is_made():
    there = made("table").keys() | made("view").keys()
    used = {
        f"{table.db}.{table.name}"
        for text in run()
        for tree in Text(text).trees
        if isinstance(tree, exp.Query | exp.DML) or (tree.args.get("kind") in ("TABLE", "VIEW"))
        for table in tree.find_all(exp.Table)
        if table.db in ("raw", "landing")
    }
    assert len(used) >= 20
    assert used - there == set()


def test_what_is_written_has_the_columns_that_are_written():
    inserts = [
        tree.this
        for text in run()
        for tree in Text(text).trees
        if isinstance(tree, exp.Insert) and isinstance(tree.this, exp.Schema)
    ]
    assert len(inserts) >= 12
    for target in inserts:
        names = {column.name for column in target.expressions}
        assert names <= columns_of(f"{target.this.db}.{target.this.name}"), target.sql()
    [copy] = re.findall(r"copy into landing\.documents \(([^)]*)\)", "\n".join(STATEMENTS))
    assert {name.strip() for name in copy.split(",")} == columns_of("landing.documents")


def test_procedures_are_made_before_they_are_called_and_run_as_their_caller():
    called = {call.name for procedure in PROCEDURES.values() for call in procedure.calls()}
    called |= set(re.findall(r"\bas\s+call ([\w.]+)\(", "\n".join(STATEMENTS)))
    assert called == set(PROCEDURES)
    for procedure, text in made("procedure").items():
        # the load history shows what the caller may see
        assert "execute as caller" in text, procedure


def test_a_split_is_rolled_back_where_it_fails():
    text = made("procedure")["landing.split_batch"]
    assert re.search(r"^begin\s+begin transaction;", text.split("$$")[1].strip())
    ending = r"commit;\s+return 'split';\s+exception\s+when other then\s+rollback;\s+raise;\s+end;"
    assert re.search(ending, text)


def test_each_source_has_a_stage_at_its_container_that_may_be_read():
    [sources] = [text for text in STATEMENTS if text.startswith("insert into landing.sources")]
    rows = re.findall(r"\('(\w+)', '([\w-]+)', '(\w+)', '[^']*'\)", sources)
    assert len(rows) == 6
    stages = made("stage")
    assert {f"landing.{stage}_mylogs" for stage, *_ in rows} == set(stages)
    integrations = made("storage integration")
    for stage, container, raw_table in rows:
        text = stages[f"landing.{stage}_mylogs"]
        url = f"azure://mylogs.blob.core.windows.net/{container}/"
        assert f"url = '{url}'" in text
        [integration] = re.findall(r"storage_integration = (\w+)", text)
        assert f"'{url}'" in integrations[integration]
        assert f"grant usage on integration {integration} to role loader" in STATEMENTS
        assert f"raw.{raw_table}" in made("table")


def test_a_file_is_one_text_byte_for_byte():
    [(name, text)] = made("file format").items()
    assert f"format_name = ''{name}''" in made("view")["landing.load_statements"]
    options = dict(re.findall(r"^\s+(\w+) = (.*)$", text, re.MULTILINE))
    delimiters = ("record_delimiter", "field_delimiter", "escape", "escape_unenclosed_field")
    assert {options[name] for name in (*delimiters, "field_optionally_enclosed_by")} == {"none"}
    assert options["null_if"] == "()" and options["encoding"] == "'UTF8'"
    switches = ("trim_space", "skip_blank_lines", "empty_field_as_null")
    assert {options[name] for name in (*switches, "replace_invalid_characters")} == {"false"}
    assert options["skip_byte_order_mark"] == "true" and options["compression"] == "auto"


def test_tasks_run_one_after_the_other_and_run_at_all():
    tasks = made("task")
    warehouses = made("warehouse")
    resumed = [text.split()[2] for text in STATEMENTS if re.match(r"alter task \S+ resume", text)]
    # the one that starts the others is resumed last
    assert sorted(resumed) == sorted(tasks)
    assert [name for name in resumed if " schedule" in tasks[name]] == resumed[-1:]
    for name, text in tasks.items():
        assert re.search(r"warehouse = (\w+)", text)[1] in warehouses, name
        after = re.search(r"\bafter ([\w.]+)", text)
        assert bool(after) != (" schedule = " in text), name
        assert after is None or after[1] in tasks, name


GRANTS = """
    role loader to role sysadmin
    role transformer to role sysadmin
    role reader to role sysadmin
    usage on warehouse loading to role loader
    usage on warehouse transforming to role transformer
    execute task on account to role loader
    role loader to user azure_flows_loader
    role transformer to user azure_flows_transformer
    usage on database azure_flows to role loader
    usage on database azure_flows to role transformer
    usage on database azure_flows to role reader
    create schema on database azure_flows to role transformer
    usage on schema azure_flows.raw to role transformer
    select on future tables in schema azure_flows.raw to role transformer
    usage on schema azure_flows.marts to role reader
    select on future tables in schema azure_flows.marts to role reader
    select on future views in schema azure_flows.marts to role reader
    usage on schema azure_flows.history to role reader
    select on future tables in schema azure_flows.history to role reader
    ownership on schema azure_flows.raw to role loader
    ownership on schema azure_flows.landing to role loader
    ownership on schema azure_flows.staging to role transformer
    ownership on schema azure_flows.intermediate to role transformer
    ownership on schema azure_flows.marts to role transformer
    ownership on schema azure_flows.reference to role transformer
    ownership on schema azure_flows.state to role transformer
    ownership on schema azure_flows.history to role transformer
    ownership on schema azure_flows.analytics to role transformer
    usage on integration azure_flows_mylogs to role loader
"""


def test_each_role_may_what_it_needs_and_no_more():
    """A grant that is missing is an error in the first night; of one too many nobody hears."""
    found = [
        text.removeprefix("grant ").removesuffix(" copy current grants")
        for text in STATEMENTS
        if text.startswith("grant ")
    ]
    assert found == [line.strip() for line in GRANTS.strip().splitlines()]
    # a schema that changes hands keeps what was granted on it
    for text in STATEMENTS:
        assert not text.startswith("grant ownership") or text.endswith(" copy current grants")


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_no_procedure_has_a_fault(procedure: str):
    assert PROCEDURES[procedure].faults == ()
