"""Snowflake's protocol and dialect in front of DuckDB: fakesnow, with its gaps repaired.

    python -m tests.snowflake.emulator [--port N] [--log FILE]

dbt-snowflake and the real connector talk to it as to an account. A repair takes away a limit that
Snowflake does not have, or gives an answer that Snowflake would give; none lets pass what Snowflake
refuses. Statements that fakesnow would run and answer wrongly are refused. What the emulator
proves, and what it does not, is in docs/snowflake.md.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Any

# A dependency of the connector complains of its neighbours' versions; nothing comes of it.
warnings.filterwarnings("ignore", message="urllib3")

import duckdb  # noqa: E402
import fakesnow.arrow  # noqa: E402
import fakesnow.cursor  # noqa: E402
import fakesnow.instance  # noqa: E402
import fakesnow.macros  # noqa: E402
import fakesnow.server  # noqa: E402
import fakesnow.transforms  # noqa: E402
import fakesnow.variables  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402
import uvicorn  # noqa: E402
from fakesnow.transforms.merge import operations  # noqa: E402
from snowflake.connector.errors import Error as SnowflakeError  # noqa: E402
from snowflake.connector.errors import ProgrammingError  # noqa: E402
from sqlglot import exp  # noqa: E402
from sqlglot import parse_one as parse  # noqa: E402

from tests.snowflake.scripting import Procedure, Raised  # noqa: E402
from tests.snowflake.scripting import call as call_script  # noqa: E402

Cursor = fakesnow.cursor.FakeSnowflakeCursor
Expression = exp.Expr

# Sets an attribute of a module or a class; what was there before is put back in the end.
Patch = Callable[[Any, str, Any], None]


def temporary_tables(patch: Patch) -> None:
    """DuckDB has temporary tables in a catalog of their own alone; dbt names them in full.

    An ordinary table does: dbt drops it when its materialization ends. As a temporary one does, it
    takes the place of one of that name.
    """

    def ordinary(expression: Expression) -> Expression:
        properties = expression.args.get("properties") if _is_create(expression) else None
        kept = [p for p in properties or () if not isinstance(p, exp.TemporaryProperty)]
        if properties and len(kept) < len(properties.expressions):
            properties.set("expressions", kept)
            expression.set("replace", not expression.args.get("exists"))
        return expression

    _before_all(patch, ordinary)


def null_timestamps(patch: Patch) -> None:
    """A null timestamp reaches the client as 1970: fakesnow sends it without a mask."""
    original = fakesnow.arrow.timestamp_to_sf_struct

    def timestamp_to_sf_struct(times: pa.Array | pa.ChunkedArray) -> pa.Array:
        if isinstance(times, pa.ChunkedArray):
            times = times.combine_chunks()
        struct = original(times)
        if not times.null_count:
            return struct
        parts = [part.fill_null(0) for part in struct.flatten()]
        return pa.StructArray.from_arrays(parts, fields=list(struct.type), mask=pc.is_null(times))

    patch(fakesnow.arrow, "timestamp_to_sf_struct", timestamp_to_sf_struct)


def merge(patch: Patch) -> None:
    """fakesnow takes MERGE apart and loses what dbt's snapshots insert; DuckDB has a MERGE."""
    explode, execute = Cursor._transform_explode, Cursor._execute

    def _transform_explode(self: Cursor, expression: Expression) -> list[Expression]:
        return [expression] if isinstance(expression, exp.Merge) else explode(self, expression)

    def _execute(self: Cursor, transformed: Expression, params: Any = None) -> None:
        if not isinstance(transformed, exp.Merge):
            return execute(self, transformed, params)
        sql = f"{transformed.sql(dialect='duckdb')} returning merge_action"
        done = [row[0].lower() for row in self._duck_conn.execute(sql, params).fetchall()]
        verbs = {"inserted": "insert", "updated": "update", "deleted": "delete"}
        counts = [
            f'{done.count(verbs[name])} as "number of rows {name}"'
            for name, clauses in operations(transformed).items()
            if clauses
        ]
        answer = parse(f"select {', '.join(counts)}", read="duckdb")
        answer.set("merge_counts", True)
        return execute(self, answer)

    patch(Cursor, "_transform_explode", _transform_explode)
    patch(Cursor, "_execute", _execute)


def errors(patch: Patch) -> None:
    """What fakesnow does not foresee becomes HTTP 500, which the connector tries again for minutes.

    It is an error of the statement here, and a transaction that DuckDB gave up is rolled back: dbt
    goes on with the session.
    """
    original = Cursor.execute

    def execute(self: Cursor, command: str, *args: Any, **options: Any) -> Cursor:
        try:
            return original(self, command, *args, **options)
        except SnowflakeError:
            _leave_failed_transaction(self)
            raise
        except Exception as error:
            _leave_failed_transaction(self)
            message = f"{type(error).__name__}: {error}"
            raise ProgrammingError(msg=message, errno=100038, sqlstate="22018") from error

    class StatementError(fakesnow.server.ServerError):
        def __post_init__(self) -> None:
            self.status_code = 200

    patch(Cursor, "execute", execute)
    patch(fakesnow.server, "ServerError", StatementError)


def description(patch: Patch) -> None:
    """fakesnow parses each long statement anew to describe it: twice the time of `make parity`."""

    def _describe_last_sql(self: Cursor) -> list[tuple[Any, ...]]:
        described = self._duck_conn.execute(f"describe {self._last_sql}", self._last_params)
        return described.fetchall()

    patch(Cursor, "_describe_last_sql", _describe_last_sql)


def _leave_failed_transaction(cursor: Cursor) -> None:
    try:
        cursor._duck_conn.execute("select 1").fetchall()
    except duckdb.Error:
        cursor._duck_conn.execute("rollback")


def session_variables(patch: Patch) -> None:
    """``$name`` inside a string or a comment is text: Azure has a ``$skipToken``."""
    original = fakesnow.variables.Variables.inline_variables
    text = re.compile(r"('(?:[^'\\]|''|\\.)*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/)", re.DOTALL)

    def inline_variables(self: fakesnow.variables.Variables, sql: str) -> str:
        parts = text.split(sql)
        return "".join(
            part if number % 2 else original(self, part) for number, part in enumerate(parts)
        )

    patch(fakesnow.variables.Variables, "inline_variables", inline_variables)


def metadata_statements(patch: Patch) -> None:
    """Comments on columns, grants and query tags change no row: they are answered, not run."""
    patch(
        fakesnow.server.shared_fs,
        "nop_regexes",
        [
            r"\s*alter\s+(table|view)\s+\S+\s+alter\s+\"[^\"]+\"\s+comment\s",
            r"\s*(grant|revoke)\s",
            r"\s*alter\s+session\s+(set|unset)\s+query_tag",
        ],
    )


def functions(patch: Patch) -> None:
    """Functions of Snowflake's that neither fakesnow nor DuckDB has, as DuckDB macros."""
    original = fakesnow.macros.creation_sql

    def creation_sql(catalog: str) -> str:
        return original(catalog) + "".join(
            f"create or replace macro {catalog}.{macro};" for macro in _FUNCTIONS
        )

    patch(fakesnow.macros, "creation_sql", creation_sql)


_FUNCTIONS = (
    "is_array(value) as json_type(to_json(value)) = 'ARRAY'",
    "is_object(value) as json_type(to_json(value)) = 'OBJECT'",
    # Snowflake takes a blank before the offset
    "_fs_rpad(value, length, filling) as rpad(value, cast(length as integer), filling)",
    "_fs_lpad(value, length, filling) as lpad(value, cast(length as integer), filling)",
    "try_to_timestamp_tz(value) as try_cast(replace(value, ' +', '+') as timestamptz)",
)


def flatten_index(patch: Patch) -> None:
    """fakesnow numbers the elements of an array in the order in which DuckDB gives them."""
    patch(fakesnow.macros, "FS_FLATTEN", Template(_FLATTEN))


_FLATTEN = """
create or replace macro ${catalog}._fs_flatten(input) as table
select
    hash(to_json(input)) as seq,
    element.entry.key as key,
    coalesce(element.entry.key, '[' || (element.position - 1) || ']') as path,
    case when element.entry.key is null then cast(element.position - 1 as bigint) end as index,
    element.entry.value as value,
    to_json(input) as this
from unnest(
    case
        when json_type(to_json(input)) = 'OBJECT' then list_transform(
            json_keys(to_json(input)),
            lambda name: {'key': name, 'value': json_extract(to_json(input), '$$."' || name || '"')}
        )
        else list_transform(
            try_cast(to_json(input) as json[]),
            lambda element: {'key': null::varchar, 'value': element}
        )
    end
) with ordinality as element (entry, position)
"""


def pads(patch: Patch) -> None:
    """Every whole number is a bigint to fakesnow, and DuckDB pads to the length of an integer."""

    def change(expression: Expression) -> Expression:
        for pad in list(expression.find_all(exp.Pad)):
            function = "_fs_lpad" if pad.args["is_left"] else "_fs_rpad"
            filling = pad.args.get("fill_pattern") or exp.Literal.string(" ")
            pad.replace(
                exp.Anonymous(this=function, expressions=[pad.this, pad.expression, filling])
            )
        return expression

    _before_all(patch, change)


def json_paths(patch: Patch) -> None:
    """A path in brackets is text with its quotes where a function stands around its cast."""
    texts = (exp.DType.VARCHAR, exp.DType.TEXT)

    def change(expression: Expression) -> Expression:
        for bracket in list(expression.find_all(exp.Bracket)):
            outermost = not isinstance(bracket.parent, exp.Bracket) and bracket.parent
            keys, document = _keys(bracket)
            if not outermost or not keys:
                continue
            path = "$" + "".join(f'."{key}"' for key in keys)
            cast = isinstance(outermost, exp.Cast) and outermost.to.this in texts
            function = "json_extract_string" if cast else "json_extract"
            call = exp.Anonymous(this=function, expressions=[document, exp.Literal.string(path)])
            (outermost if cast else bracket).replace(call)
        return expression

    _before_all(patch, change)


def _keys(bracket: Expression) -> tuple[list[str], Expression]:
    """The text keys of a chain of brackets, and what it starts from; none for other chains."""
    keys: list[str] = []
    while isinstance(bracket, exp.Bracket):
        if len(bracket.expressions) != 1 or not bracket.expressions[0].is_string:
            return [], bracket
        keys.insert(0, bracket.expressions[0].name)
        bracket = bracket.this
    return keys, bracket


def nested_objects(patch: Patch) -> None:
    """An OBJECT_CONSTRUCT in another one keeps its nulls: fakesnow changes the outer one alone.

    And Snowflake keeps the keys of an object in order, where fakesnow has them in any.
    """
    patch(fakesnow.macros, "FS_OBJECT_CONSTRUCT", Template(_OBJECT_CONSTRUCT))

    def change(expression: Expression) -> Expression:
        for struct in reversed(list(expression.find_all(exp.Struct))):
            struct.replace(fakesnow.transforms.object_construct(struct))
        return expression

    _before_all(patch, change)


_OBJECT_CONSTRUCT = """
create or replace macro ${catalog}._fs_object_construct(keys, vals, keep_nulls) as (
    to_json(map_from_entries(list_sort(list_filter(
        list_zip(keys, vals),
        lambda entry: entry[1] is not null and (keep_nulls or entry[2] is not null)
    ))))
);
"""


def formatted_times(patch: Patch) -> None:
    """fakesnow takes no notice of the format that a time is to have as text.

    There are two in the project; others are refused, since they would be answered wrongly.
    """
    # as it is written, and as sqlglot has it where the type of the time is plain to see → DuckDB's
    iso, text = "%Y-%m-%dT%H:%M:%S.%gZ", "%Y-%m-%d %H:%M:%S.%f"
    patterns = {
        'YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"': iso,
        '%Y-%m-%dT%H:%M:%S.%f_three"Z"': iso,
        "YYYY-MM-DD HH24:MI:SS.FF6": text,
        text: text,
    }

    def change(expression: Expression) -> Expression:
        for time in list(expression.find_all(exp.ToChar, exp.TimeToStr)):
            wanted = time.args.get("format")
            if wanted is None:
                continue
            if wanted.name not in patterns:
                raise ProgrammingError(
                    msg=f"TO_VARCHAR(…, {wanted.sql()}) is not emulated", errno=2, sqlstate="0A000"
                )
            pattern = exp.Literal.string(patterns[wanted.name])
            time.replace(exp.Anonymous(this="strftime", expressions=[time.this, pattern]))
        return expression

    _before_all(patch, change)


def silent_flatten(patch: Patch) -> None:
    """fakesnow takes no notice of what FLATTEN is told beside its input, and does not say so."""

    def refuse(expression: Expression) -> Expression:
        for flatten in expression.find_all(exp.Explode):
            for option in (flatten.this, *flatten.expressions):
                if isinstance(option, exp.Kwarg) and option.this.name.lower() != "input":
                    raise ProgrammingError(
                        msg=f"FLATTEN({option.this.name} => …) is not emulated",
                        errno=2,
                        sqlstate="0A000",
                    )
        return expression

    _before_all(patch, refuse)


def values_at_extremes(patch: Patch) -> None:
    """DuckDB's MIN_BY and MAX_BY also leave out rows in which the value that they give is null."""
    functions = {exp.ArgMin: "arg_min_null", exp.ArgMax: "arg_max_null"}

    def change(expression: Expression) -> Expression:
        for call in list(expression.find_all(*functions)):
            arguments = [call.this, call.expression]
            call.replace(exp.Anonymous(this=functions[type(call)], expressions=arguments))
        return expression

    _before_all(patch, change)


def time_zone_of_session(patch: Patch) -> None:
    """fakesnow refuses to set it, and takes what CONVERT_TIMEZONE gets without a zone as UTC."""
    execute = Cursor.execute
    pattern = re.compile(r"(?i)\s*alter\s+session\s+set\s+timezone\s*=\s*'([\w/]+)'\s*;?\s*")

    def run(self: Cursor, command: str, *args: Any, **options: Any) -> Cursor:
        zone = pattern.fullmatch(command)
        if zone:
            self._duck_conn.execute(f"set timezone = '{zone[1]}'")
            command = "select 'Statement executed successfully.' as status"
        return execute(self, command, *args, **options)

    def change(expression: Expression) -> Expression:
        for call in list(expression.find_all(exp.ConvertTimezone)):
            if not call.args.get("source_tz"):
                zoned = exp.cast(call.args["timestamp"], exp.DType.TIMESTAMPTZ)
                arguments = [call.args["target_tz"], zoned]
                call.replace(exp.Anonymous(this="timezone", expressions=arguments))
        return expression

    patch(Cursor, "execute", run)
    _before_all(patch, change)


def types_in_variants(patch: Patch) -> None:
    """A VARIANT knows which of the three kinds of timestamps it holds; to DuckDB it is text."""

    def change(expression: Expression) -> Expression:
        for call in list(expression.find_all(exp.Anonymous)):
            if call.name.lower() == "is_timestamp_ntz":
                variant = call.expressions[0]
                kind = exp.Anonymous(this="typeof", expressions=[variant.this])
                call.replace(exp.EQ(this=kind, expression=exp.Literal.string("TIMESTAMP")))
        return expression

    _before_all(patch, change)


def blocks(patch: Patch) -> None:
    """fakesnow has no EXECUTE IMMEDIATE: scripting.py runs the block, statement by statement."""
    execute = Cursor.execute

    def run(self: Cursor, command: str, *args: Any, **options: Any) -> Cursor:
        block = Procedure.of(command) if re.match(r"(?i)\s*execute\b", command) else None
        if block is None:
            return execute(self, command, *args, **options)
        if block.faults:
            raise ProgrammingError(msg=block.faults[0], errno=1003, sqlstate="42000")
        try:
            call_script({block.name: block}, block.name, lambda sql: execute(self, sql).fetchall())
        except Raised as error:
            raise ProgrammingError(msg=str(error), errno=100183, sqlstate="P0000") from error
        return execute(self, 'select null as "anonymous block"')

    patch(Cursor, "execute", run)


REPAIRS: dict[str, Callable[[Patch], None]] = {
    repair.__name__: repair
    for repair in (
        temporary_tables,
        null_timestamps,
        merge,
        errors,
        description,
        session_variables,
        metadata_statements,
        functions,
        json_paths,
        flatten_index,
        pads,
        nested_objects,
        formatted_times,
        silent_flatten,
        values_at_extremes,
        time_zone_of_session,
        types_in_variants,
        blocks,
    )
}


@contextmanager
def repaired(without: Collection[str] = ()) -> Iterator[None]:
    """fakesnow with the repairs, in this process; as it was afterwards.

    Args:
        without: names of repairs to leave out.
    """
    replaced: list[tuple[Any, str, Any]] = []

    def patch(owner: Any, name: str, value: Any) -> None:
        replaced.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    try:
        for name, repair in REPAIRS.items():
            if name not in without:
                repair(patch)
        yield
    finally:
        for owner, name, value in reversed(replaced):
            setattr(owner, name, value)


def _is_create(expression: Expression) -> bool:
    return isinstance(expression, exp.Create) and expression.kind in ("TABLE", "VIEW")


def _before_all(patch: Patch, change: Callable[[Expression], Expression]) -> None:
    """Change each statement before fakesnow takes it up."""
    explode = Cursor._transform_explode

    def _transform_explode(self: Cursor, expression: Expression) -> list[Expression]:
        return explode(self, change(expression))

    patch(Cursor, "_transform_explode", _transform_explode)


def _log_statements(patch: Patch, log: Path) -> None:
    """Write each statement as one JSON string per line, for the static gate."""
    execute, lock = Cursor.execute, threading.Lock()

    def logged(self: Cursor, command: str, *args: Any, **options: Any) -> Cursor:
        with lock, log.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(command) + "\n")
        return execute(self, command, *args, **options)

    patch(Cursor, "execute", logged)


def main(arguments: list[str] | None = None) -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=18765)
    parser.add_argument("--log", type=Path, help="append every statement to this file")
    options = parser.parse_args(arguments)
    # sqlglot goes down into a statement by recursion, and ours are deep
    sys.setrecursionlimit(20_000)
    threading.stack_size(256 * 1024 * 1024)
    server = threading.Thread(target=_serve, args=(options.port, options.log))
    server.start()
    server.join()
    return 0


def _serve(port: int, log: Path | None) -> None:
    with repaired():
        if log:
            _log_statements(setattr, log)
        config = uvicorn.Config(fakesnow.server.app, host="127.0.0.1", port=port, log_level="error")
        uvicorn.Server(config).run()


if __name__ == "__main__":
    sys.exit(main())
