"""No answer can change without a fact that changes: else a stored flow would never hear of it.

Each column that resolution joins to a flow is changed by hand, one after the other; columns that
are added later are found by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from scripts.demo import write_demo_estate
from tests.python.conftest import Models

# Table → the facts that must show a change in it, and columns that give no answer: numbers of one
# build, how long a window is asked for, and ids that another column of the same row repeats.
WATCHED = {
    "int_address_answers": ("int_answer_facts", {"address_no", "address_window_no"}),
    "int_capture_windows": ("int_capture_facts", set()),
    "int_nsg_vnet_windows": ("int_capture_facts", set()),
    "int_vm_names": ("int_answer_facts", set()),
    "int_subscriptions": (
        "int_answer_facts",
        # they are part of what int_address_answers says
        {"last_evidence_at", "has_nic_inventory"},
    ),
    # ever held; when its NIC may capture is in int_capture_windows
    "int_own_addresses": ("int_answer_facts", {"window_start", "window_end"}),
}
# The same for what reports read beside the flows: table → facts, and the columns that they read.
READ_BY_REPORTS = {
    "int_forwarding_macs": ("int_capture_facts", {"capture_mac"}),
    # what dim_nics says of a NIC
    "int_nic_observations": ("int_capture_facts", {"nic_id", "forwards"}),
    "int_stated_vm_windows": (
        "int_answer_facts",
        {"vnet_id", "nic_ip", "vm_id", "gap_seconds", "window_start", "window_end"},
    ),
}
OTHER_VALUE = {
    "VARCHAR": ["coalesce({column}, '') || ' of another'"],
    "BOOLEAN": ["not coalesce({column}, false)"],
    # a bound may lie beyond what is asked for, to one side
    "TIMESTAMP": ["{column} + interval '1 hour'", "{column} - interval '1 hour'"],
}


@pytest.fixture(scope="module")
def db(
    tmp_path_factory: pytest.TempPathFactory, models: Models
) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("facts")
    write_demo_estate(home / "raw")
    with duckdb.connect(str(models.build(home / "raw", home))) as connection:
        yield connection


def columns_of(db: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return db.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'intermediate' and table_name = ?",
        [table],
    ).fetchall()


@pytest.mark.parametrize("table", WATCHED)
def test_each_column_that_resolution_reads_is_in_a_fact(
    db: duckdb.DuckDBPyConnection, table: str
) -> None:
    facts, left_out = WATCHED[table]
    names = {name for name, _ in columns_of(db, table)}
    assert left_out <= names
    assert columns_in_no_fact(db, table, facts, names - left_out) == []


@pytest.mark.parametrize("table", READ_BY_REPORTS)
def test_each_column_that_reports_read_is_in_a_fact(
    db: duckdb.DuckDBPyConnection, table: str
) -> None:
    facts, read = READ_BY_REPORTS[table]
    assert columns_in_no_fact(db, table, facts, read) == []


def columns_in_no_fact(
    db: duckdb.DuckDBPyConnection, table: str, facts: str, chosen: set[str]
) -> list[str]:
    """The chosen columns of a table that can change without a fact that changes."""
    columns = [(name, kind) for name, kind in columns_of(db, table) if name in chosen]
    assert len(columns) == len(chosen)
    seen = f"select fact_key from intermediate.{facts}"
    before = set(db.execute(seen).fetchall())
    unseen = []
    for column, kind in columns:
        after = []
        for value in OTHER_VALUE.get(kind, ["coalesce({column}, 0) + 1"]):
            db.execute("begin")
            db.execute(f"update intermediate.{table} set {column} = {value.format(column=column)}")
            after.append(set(db.execute(seen).fetchall()))
            db.execute("rollback")
        if all(facts_seen == before for facts_seen in after):
            unseen.append(column)
    return unseen


def test_nothing_else_is_joined_to_a_flow(models: Models) -> None:
    """What int_flow_ends and its captures read beside the flow itself is watched, and all of it."""
    read = set()
    for name, sql in models.compiled.statements:
        if name in {"int_flow_ends", "int_flow_captures_new", "int_flow_captures_again"}:
            read |= {word for word in WATCHED if word in sql}
            unknown = {
                part.strip('"')
                for part in sql.replace(".", " ").split()
                if part.strip('"').startswith("int_")
            } - WATCHED.keys()
            # the flows themselves, and the answers of this run by bucket
            unknown -= {"int_flow_tuples", "int_flow_captures", "int_run", name}
            unknown -= {"int_flows_recaptured", "int_flows_reanswered"}
            unknown -= {"int_flow_captures_new", "int_flow_captures_again"}
            assert unknown <= {"int_address_lookup", "int_address_buckets"}
    assert {"int_capture_windows", "int_address_answers"} <= read


def test_reports_read_nothing_else_beside_the_flows(models: Models) -> None:
    known = READ_BY_REPORTS.keys() | {"int_address_demand", "int_touched_hours"}
    for name, sql in models.compiled.statements:
        if name in {"rpt_match_rates", "rpt_disagreement"}:
            parts = {part.strip('"') for part in sql.replace(".", " ").split()}
            assert {part for part in parts if part.startswith("int_")} <= known


def test_answers_are_looked_up_as_they_are(db: duckdb.DuckDBPyConnection) -> None:
    """What a run knows of them, and buckets, are keys of answers: nothing is made of them there."""
    answers = dict(columns_of(db, "int_address_answers"))
    key = ("address_no", "window_start", "window_end")
    for model, own in {
        "int_spanned_answers": {"spanned_start", "spanned_end"},
        "int_address_buckets": {"bucket"},
    }.items():
        columns = dict(columns_of(db, model))
        assert columns.keys() == {*key, *own}
        assert all(columns[column] == answers[column] for column in key)
        keys = f"select {', '.join(key)} from intermediate"
        assert db.execute(f"select count(*) > 0 from intermediate.{model}").fetchone() == (True,)
        assert not db.execute(f"{keys}.{model} except {keys}.int_address_answers").fetchall()


def test_evidence_that_holds_for_one_moment_is_a_fact(db: duckdb.DuckDBPyConnection) -> None:
    [(address, moment)] = db.execute(
        "select address_no, window_start + (window_end - window_start) / 2 "
        "from intermediate.int_address_answers where nic_id is not null order by all limit 1"
    ).fetchall()
    seen = "select fact_key from intermediate.int_answer_facts"
    found = []
    for first, last in (("9999-12-31", "1970-01-01"), (moment, moment)):
        db.execute("begin")
        db.execute(
            "update intermediate.int_address_answers "
            "set confirmed_from = $1, confirmed_until = $2, extended_after = $2 "
            "where address_no = $3",
            [first, last, address],
        )
        found.append(set(db.execute(seen).fetchall()))
        db.execute("rollback")
    assert found[0] != found[1]
