"""Each form of a macro for Snowflake is needed: DuckDB's would be refused there, or be wrong."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from types import SimpleNamespace

import jinja2
import pytest
from fakesnow.instance import FakeSnow
from snowflake.connector.errors import ProgrammingError
from snowflake.connector.util_text import split_statements

from tests.python.conftest import ROOT
from tests.snowflake.emulator import repaired
from tests.snowflake.gate import faults

MACROS = "".join(file.read_text() for file in sorted((ROOT / "macros").rglob("*.sql")))
FORMS = sorted(re.findall(r"macro snowflake__(\w+)", MACROS))

BEHAVIOURS = (ROOT / "tests" / "cross_db" / "macros_mean_the_same.sql").read_text()
# What takes another input on each, so that it is no part of those. SQL that gives no row.
OTHERS = {
    "struct_text": """
        select 1 from (select parse_json('{"rule": "x"}') as flow) as flows
        where {{ struct_text('flow', 'rule') }} is distinct from 'x'
    """,
    "flatten_flow_groups": """
        with records as (
            select
                parse_json('[{"g": [{"rule": "x"}, {"rule": "y"}]}]') as flows,
                1 as flow_offset, 2 as group_offset
        )

        select 1 from {{ flatten_flow_groups('records', 'flows', 'g') }} as flattened
        where flow_group:rule::varchar <> case when flow_index = 2 then
            case group_index when 3 then 'x' when 4 then 'y' end end
    """,
    "flatten_flow_tuples": """
        with groups as (
            select parse_json('{"flowTuples": ["a", "b"]}') as flow_group, 3 as tuple_offset
        )

        select flow_tuple from {{ flatten_flow_tuples('groups') }} as flattened
        where flow_tuple <> case tuple_index when 4 then 'a' when 5 then 'b' end
    """,
    # a statement that fails takes back those before it, whatever the session does next
    "in_one_transaction": """
        create table corrections (flow_id varchar);
        {{ in_one_transaction("insert into corrections values ('done');") }}
        {{ in_one_transaction(
            "insert into corrections values ('undone'); insert into nowhere values ('undone');"
        ) }}
        create table what_dbt_does_next (x integer);
        select 1 from (select max(flow_id) as latest from corrections) as found
        where latest is distinct from 'done'
    """,
    # in a session that is not in UTC, as a reader's may be
    "utc_timestamp": """
        alter session set timezone = 'America/New_York';
        select 1
        from (
            select
                '2026-02-10 10:00:00 +02:00'::timestamp_tz as zoned,
                '2026-02-10 08:00:00'::timestamp_ntz as bare
        ) as moments
        where {{ utc_timestamp('zoned') }} is distinct from '2026-02-10 08:00:00'::timestamp_ntz
            or {{ utc_timestamp('bare') }} is distinct from '2026-02-10 08:00:00'::timestamp_ntz
    """,
}
# Forms that no emulator can tell from DuckDB's: what Snowflake's documentation asks for.
FROM_THE_DOCUMENTATION = {
    # the only place of IGNORE NULLS in the syntax of LAST_VALUE
    "last_known": (
        "{{ last_known('value', 'order by at') }}",
        "last_value(value) ignore nulls over (order by at)",
    ),
    # TIMESTAMP is what TIMESTAMP_TYPE_MAPPING of the account or session says
    "type_ts": ("{{ type_ts() }}", "timestamp_ntz"),
}


def rendered(template: str, without: str | None = None, warehouse: str = "snowflake") -> str:
    """A template of the project as dbt renders it.

    Args:
        without: a macro whose form for the warehouse is not there; its default stands in.
    """

    def dispatch(name: str, *_: object) -> Callable[..., str]:
        form = "default" if name == without else warehouse
        return getattr(module, f"{form}__{name}", None) or getattr(module, f"default__{name}")

    def datediff(first: str, second: str, part: str) -> str:
        return f"datediff({part}, {first}, {second})"

    environment = jinja2.Environment(trim_blocks=True, extensions=["jinja2.ext.do"])
    environment.globals |= {
        "adapter": SimpleNamespace(dispatch=dispatch),
        "return": lambda value: value,
        "dbt": SimpleNamespace(datediff=datediff),
    }
    module = environment.from_string(MACROS).module
    names = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return environment.from_string(template).render(**names)


def is_refused_or_wrong(sql: str) -> bool:
    """Whether the gate refuses a statement, or the last one fails or gives a row.

    The statements are cut as dbt-snowflake cuts them; one before the last may fail, as a model may.
    """
    statements = [part for part, _ in split_statements(StringIO(sql))]
    if any(faults(statement) for statement in statements):
        return True
    with repaired():
        cursor = FakeSnow().connect("AZURE_FLOWS", "ANALYTICS").cursor()
        for statement in statements[:-1]:
            with suppress(ProgrammingError):
                cursor.execute(statement)
        try:
            return bool(cursor.execute(statements[-1]).fetchall())
        except Exception:
            return True


@pytest.fixture(autouse=True)
def deep_statements() -> None:
    """sqlglot goes down into a statement by recursion."""
    sys.setrecursionlimit(20_000)


@pytest.mark.parametrize("template", [BEHAVIOURS, *OTHERS.values()])
def test_macros_mean_what_they_should(template: str) -> None:
    sql = rendered(template)
    assert not is_refused_or_wrong(sql)


@pytest.mark.parametrize("name", sorted(set(FORMS) - FROM_THE_DOCUMENTATION.keys()))
def test_each_form_for_snowflake_is_needed(name: str) -> None:
    assert is_refused_or_wrong(rendered(OTHERS.get(name, BEHAVIOURS), without=name))


@pytest.mark.parametrize("name", FROM_THE_DOCUMENTATION)
def test_a_form_is_as_the_documentation_asks(name: str) -> None:
    template, expected = FROM_THE_DOCUMENTATION[name]
    assert rendered(template).strip() == expected
    assert rendered(template, without=name).strip() != expected
