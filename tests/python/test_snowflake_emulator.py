"""Each repair of the emulator is needed: what it repairs goes wrong without it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import fakesnow.arrow
import fakesnow.cursor
import fakesnow.server
import pyarrow as pa
import pytest
import sqlglot
from fakesnow.instance import FakeSnow
from snowflake.connector.errors import ProgrammingError

from tests.snowflake.emulator import REPAIRS, repaired

MERGE = """
merge into facts as dbt_internal_dest
using (select 1 as key, 'new' as value) as dbt_internal_source
on dbt_internal_source.key = dbt_internal_dest.key
when matched then update set value = 'old'
when not matched then insert ("KEY", "VALUE") values ("KEY", "VALUE")
"""


def rows(*statements: str) -> list[tuple[Any, ...]]:
    """What the last statement gives, in a database of their own."""
    cursor = FakeSnow().connect("AZURE_FLOWS", "ANALYTICS").cursor()
    for statement in statements:
        cursor.execute(statement)
    return cursor.fetchall()


def a_qualified_temporary_table() -> bool:
    create = (
        "create or replace temporary table azure_flows.analytics.flows__dbt_tmp as select 1 as x"
    )
    return rows(create, "select x from azure_flows.analytics.flows__dbt_tmp") == [(1,)]


def a_null_timestamp() -> bool:
    sent = fakesnow.arrow.timestamp_to_sf_struct(pa.array([None, dt.datetime(2026, 2, 10)]))
    return sent.null_count == 1


def a_merge_as_snapshots_write_it() -> bool:
    return rows(
        "create table facts (key integer, value varchar)", MERGE, "select value from facts"
    ) == [("new",)]


def an_error_of_the_statement() -> bool:
    """And the session goes on, although DuckDB gave its transaction up."""
    cursor = FakeSnow().connect("AZURE_FLOWS", "ANALYTICS").cursor()
    cursor.execute("begin")
    with pytest.raises(ProgrammingError):
        cursor.execute("select to_timestamp_ntz(9e18::bigint, 0)")
    return cursor.execute("select 1").fetchall() == [(1,)]


def a_description_without_parsing() -> bool:
    cursor = FakeSnow().connect("AZURE_FLOWS", "ANALYTICS").cursor()
    cursor.execute("select 1 as x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlglot, "parse_one", None)
        return cursor._describe_last_sql()[0][0] == "X"


def a_dollar_in_a_string() -> bool:
    return rows("select '$skipToken' as a -- it's $here\n, 'x' as b") == [("$skipToken", "x")]


def a_grant() -> bool:
    cursor = fakesnow.server.shared_fs.connect("AZURE_FLOWS", "ANALYTICS").cursor()
    cursor.execute("grant select on table azure_flows.marts.fct_flows to role reader")
    return True


def functions_of_snowflake() -> bool:
    return rows(
        "select is_object(parse_json('{}')), is_array(parse_json('{}')), "
        "try_to_timestamp_tz('2026-02-10 10:00:00 +02:00') is not null"
    ) == [(True, False, True)]


def a_text_below_two_keys() -> bool:
    document = """parse_json('{"a": {"b.c": "{\\\\"d\\\\": 1}"}}')"""
    return rows(f"select try_parse_json({document}['a']['b.c']::varchar)['d']::varchar") == [("1",)]


def the_place_in_an_array() -> bool:
    """In arrays below arrays, in many rows: some elements of each would get another's number."""
    double = "insert into numbers select n + (select max(n) from numbers) from numbers"
    misplaced = """
        select count(*)
        from (select parse_json('[["' || n || 'a", "' || n || 'b"], ["' || n || 'c"]]') as d
            from numbers) as documents,
            lateral flatten(input => documents.d) as f,
            lateral flatten(input => f.value) as g
        where right(g.value::varchar, 1) <> substr('abc', f.index * 2 + g.index + 1, 1)
    """
    return rows("create table numbers as select 1 as n", *[double] * 11, misplaced) == [(0,)]


def a_text_filled_up() -> bool:
    return rows("select rpad('a', length('abc')::integer, 'f'), lpad('a', 2, '0')") == [
        ("aff", "0a")
    ]


def an_object_in_an_object() -> bool:
    return rows(
        "select to_json(object_construct('e', 0, 'a', object_construct('b', c, 'd', 1))) "
        "from (select cast(null as varchar) as c)"
    ) == [('{"a":{"d":1},"e":0}',)]


def a_time_in_a_format() -> bool:
    """Of those that are known; another one would be answered as if nothing had been said."""
    written = "select to_varchar('2026-02-10 08:00:00.25'::timestamp_ntz, '{}')"
    with pytest.raises(ProgrammingError, match="not emulated"):
        rows(written.format("YYYY"))
    in_a_column = "select to_varchar(event_at, 'YYYY-MM-DD HH24:MI:SS.FF6') from events"
    events = "create table events as select '2026-02-10 08:00:00.25'::timestamp_ntz as event_at"
    iso = rows(written.format('YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"'))
    return (iso, rows(events, in_a_column)) == (
        [("2026-02-10T08:00:00.250Z",)],
        [("2026-02-10 08:00:00.250000",)],
    )


def what_flatten_is_told() -> bool:
    """Refused, since it would be answered as if nothing had been said."""
    with pytest.raises(ProgrammingError, match="not emulated"):
        rows("select f.value from lateral flatten(input => parse_json('[]'), outer => true) as f")
    return True


def an_unknown_value_at_the_least_moment() -> bool:
    """MIN_BY and MAX_BY leave a row out for its second argument alone."""
    return rows(
        "select min_by(vm, hour), max_by(vm, -hour) "
        "from values (null, 1), ('web', 2) as statements (vm, hour)"
    ) == [(None, None)]


def a_session_elsewhere() -> bool:
    return rows(
        "alter session set timezone = 'America/New_York'",
        "select convert_timezone('UTC', noon)::timestamp_ntz "
        "from (select '2026-02-10 12:00:00'::timestamp_ntz as noon) as moments",
    ) == [(dt.datetime(2026, 2, 10, 17),)]


def a_timestamp_without_a_zone() -> bool:
    return rows(
        "select is_timestamp_ntz(to_variant(bare)), is_timestamp_ntz(to_variant(zoned)) from "
        "(select '2026-02-10'::timestamp_ntz as bare, '2026-02-10 +02:00'::timestamp_tz as zoned)"
    ) == [(True, False)]


def a_block() -> bool:
    cursor = FakeSnow().connect("AZURE_FLOWS", "ANALYTICS").cursor()
    cursor.execute("create table facts (key integer)")
    ends = "exception when other then rollback; raise; end; $$"
    block = f"execute immediate $$ begin begin transaction; %s commit; {ends}"
    cursor.execute(block % "insert into facts values (1); insert into facts values (2);")
    with pytest.raises(ProgrammingError, match="NOWHERE"):
        cursor.execute(block % "insert into facts values (3); insert into nowhere values (3);")
    with pytest.raises(ProgrammingError, match="no statement begins with exceptions"):
        cursor.execute("execute immediate $$ begin commit; exceptions when other then end; $$")
    return cursor.execute("select sum(key) from facts").fetchall() == [(3,)]


PROBES: dict[str, Callable[[], bool]] = {
    "temporary_tables": a_qualified_temporary_table,
    "null_timestamps": a_null_timestamp,
    "merge": a_merge_as_snapshots_write_it,
    "errors": an_error_of_the_statement,
    "description": a_description_without_parsing,
    "session_variables": a_dollar_in_a_string,
    "metadata_statements": a_grant,
    "functions": functions_of_snowflake,
    "json_paths": a_text_below_two_keys,
    "flatten_index": the_place_in_an_array,
    "pads": a_text_filled_up,
    "nested_objects": an_object_in_an_object,
    "formatted_times": a_time_in_a_format,
    "silent_flatten": what_flatten_is_told,
    "time_zone_of_session": a_session_elsewhere,
    "types_in_variants": a_timestamp_without_a_zone,
    "blocks": a_block,
    "values_at_extremes": an_unknown_value_at_the_least_moment,
}


def test_every_repair_has_a_probe() -> None:
    assert PROBES.keys() == REPAIRS.keys()


@pytest.mark.parametrize("name", REPAIRS)
def test_each_repair_is_needed(name: str) -> None:
    def holds() -> bool:
        try:
            return PROBES[name]()
        except (Exception, pytest.fail.Exception):
            return False

    with repaired():
        assert PROBES[name]()
    with repaired(without=[name]):
        assert not holds()


def test_fakesnow_is_left_as_it_was() -> None:
    before = fakesnow.cursor.FakeSnowflakeCursor.execute
    with repaired():
        assert fakesnow.cursor.FakeSnowflakeCursor.execute is not before
    assert fakesnow.cursor.FakeSnowflakeCursor.execute is before
