"""What Snowflake refuses when it has parsed a statement: where aggregates stand, how many columns
there are, and which types go together, as far as the statement alone tells.

As in rules.py, each rule takes a statement and gives a sentence per fault. Scopes and types are
sqlglot's. A column of a table has no type here, and a table no columns: only what is derived in the
statement is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import available_timezones

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.tokens import TokenType

from tests.snowflake.functions import functions
from tests.snowflake.text import Text, word_set

# ---- aggregates and windows


def _own(node: exp.Expression) -> Iterator[exp.Expression]:
    """The nodes of an expression that do not belong to a query within it."""
    yield from node.walk(prune=lambda each: isinstance(each, exp.Query) and each is not node)


def _is_aggregate(node: exp.Expression) -> bool:
    """An aggregate, and not a window function."""
    if isinstance(node, exp.Anonymous):
        known = functions().get(node.name.lower())
        is_one = known is not None and known.kind == "aggregate"
    else:
        is_one = isinstance(node, exp.AggFunc) and not isinstance(node, _RANKED)
    return is_one and not isinstance(_around(node), exp.Window)


_RANKED = (
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue,
    exp.NthValue, exp.Ntile,
)  # fmt: skip


def _around(node: exp.Expression) -> exp.Expression | None:
    """What stands around a call, past what belongs to it."""
    around = node.parent
    while isinstance(around, exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup | exp.Filter):
        around = around.parent
    # the OVER is the call's own, where the call is not an argument of what is over
    if isinstance(around, exp.Window) and around.this.find(type(node)) is None:
        return None
    return around


def places_of_aggregates(text: Text) -> Iterator[str]:
    """In WHERE, ON or GROUP BY, or in another aggregate."""
    for select in _selects(text):
        for clause, part in _clauses(select):
            if any(_is_aggregate(node) for node in _own(part)):
                yield f"{clause} takes no aggregate: use HAVING, or a subquery"
    for node in text.nodes:
        if _is_aggregate(node) and any(_is_aggregate(each) for each in _inner(node)):
            yield "an aggregate takes no aggregate: use a subquery"


def places_of_windows(text: Text) -> Iterator[str]:
    """In WHERE, ON, GROUP BY or HAVING, in an aggregate or in another window function."""
    for select in _selects(text):
        having = select.args.get("having")
        for clause, part in (*_clauses(select), *([("HAVING", having)] if having else [])):
            if any(isinstance(node, exp.Window) for node in _own(part)):
                yield f"{clause} takes no window function: use QUALIFY, or a subquery"
    for node in text.nodes:
        if _is_aggregate(node) and any(isinstance(each, exp.Window) for each in _inner(node)):
            yield "an aggregate takes no window function: use a subquery"
        if isinstance(node, exp.Window) and any(
            isinstance(each, exp.Window) for each in _inner(node)
        ):
            yield "a window function takes no window function: use a subquery"


def _selects(text: Text) -> Iterator[exp.Select]:
    yield from (node for node in text.nodes if isinstance(node, exp.Select))


def _clauses(select: exp.Select) -> Iterator[tuple[str, exp.Expression]]:
    for name in ("where", "group"):
        if select.args.get(name):
            yield {"where": "WHERE", "group": "GROUP BY"}[name], select.args[name]
    for join in select.args.get("joins") or ():
        if join.args.get("on"):
            yield "ON", join.args["on"]


def _inner(node: exp.Expression) -> Iterator[exp.Expression]:
    yield from (each for each in _own(node) if each is not node)


def columns_of_groups(text: Text) -> Iterator[str]:
    """A column that is neither grouped by nor in an aggregate."""
    for select in _selects(text):
        group = select.args.get("group")
        plain = [part for part in select.expressions if not part.find(exp.Star)]
        counted = any(_is_aggregate(node) for part in select.expressions for node in _own(part))
        if group is None and not counted:
            continue
        if group is not None and any(
            group.args.get(kind) for kind in ("all", "grouping_sets", "cube", "rollup", "totals")
        ):
            continue
        keys = list(group.expressions) if group is not None else []
        places = {int(key.name) for key in keys if isinstance(key, exp.Literal) and key.is_int}
        grouped = {_normal(key) for key in keys} | {
            _normal(part.unalias())
            for place, part in enumerate(select.expressions, start=1)
            if place in places or part.alias.lower() in {key.name.lower() for key in keys}
        }
        aliases = {part.alias.lower() for part in select.expressions if part.alias}
        for part in plain:
            for column in _ungrouped(part.unalias(), grouped):
                if column.name.lower() not in aliases or column.table:
                    yield f"{column.name} is neither grouped by nor in an aggregate"


def _normal(node: exp.Expression) -> str:
    """An expression as text, without the names of its tables."""
    bare = node.copy()
    for column in list(bare.find_all(exp.Column)):
        column.replace(exp.column(column.name.lower())) if column is not bare else None
    return bare.name.lower() if isinstance(bare, exp.Column) else bare.sql("snowflake").lower()


def _ungrouped(node: exp.Expression, grouped: set[str]) -> Iterator[exp.Column]:
    # what a window function is of may be grouped by its name alone; a query has columns of its own
    passed_over = exp.Window | exp.Query | exp.WithinGroup
    if _is_aggregate(node) or isinstance(node, passed_over) or _normal(node) in grouped:
        return
    if isinstance(node, exp.Column):
        yield node
        return
    for child in node.iter_expressions():
        yield from _ungrouped(child, grouped)


def aliases_of_groups(text: Text) -> Iterator[str]:
    """group by m, where m is max(x)"""
    for select in _selects(text):
        group = select.args.get("group")
        columns = {
            column.name.lower()
            for part in select.expressions
            for column in part.unalias().find_all(exp.Column)
        }
        for part in select.expressions if group else ():
            name = part.alias.lower()
            is_aggregate = any(_is_aggregate(node) for node in _own(part))
            keys = {key.name.lower() for key in group.expressions if isinstance(key, exp.Column)}
            if is_aggregate and name in keys and name not in columns:
                yield f"GROUP BY takes no aggregate, which {name} is"


def orders_of_lists(text: Text) -> Iterator[str]:
    """listagg(x) within group (…) over (… order by …)"""
    for call in text.calls:
        is_list = call.name in ("listagg", "array_agg")
        if is_list and call.window and (call.window.has_order or call.window.frame):
            yield f"the OVER of {call.name}() takes PARTITION BY alone"


def nulls_in_arguments(text: Text) -> Iterator[str]:
    """lag(x ignore nulls, 1)"""
    for call in text.calls:
        for first, end in call.arguments[:-1] if call.name in ("lag", "lead") else ():
            if "nulls" in text.between(first, end):
                yield f"IGNORE NULLS stands behind the arguments of {call.name}()"


# ---- columns


def numbers_of_columns(text: Text) -> Iterator[str]:
    """UNION, INSERT and CREATE … AS with more columns on one side than on the other."""
    for node in text.nodes:
        if isinstance(node, exp.SetOperation) and not node.args.get("by_name"):
            sides = _width(node.this), _width(node.expression)
            if None not in sides and sides[0] != sides[1]:
                yield f"{node.key.upper()} of {sides[0]} and of {sides[1]} columns"
        target = node.this if isinstance(node, exp.Insert | exp.Create) else None
        if isinstance(target, exp.Schema) and isinstance(node.expression, exp.Query | exp.Values):
            named, given = len(target.expressions), _width(node.expression)
            if given is not None and named != given:
                yield f"{named} columns are named and {given} are given"


def _width(query: exp.Expression) -> int | None:
    """How many columns a query has; None where a star hides it."""
    query = query.unnest() if isinstance(query, exp.Subquery) else query
    if isinstance(query, exp.SetOperation):
        return _width(query.this)
    if isinstance(query, exp.Values):
        first = query.expressions[0]
        return len(first.expressions) if isinstance(first, exp.Tuple) else 1
    if not isinstance(query, exp.Select):
        return None
    is_open = any(
        isinstance(part.unalias(), exp.Star) or part.is_star for part in query.expressions
    )
    return None if is_open else len(query.expressions)


def unknown_columns(text: Text) -> Iterator[str]:
    """c.x, where c is a query of this statement that has no x."""
    for tree in text.trees:
        for scope in _scopes(tree):
            for column in scope.columns:
                source = scope.sources.get(column.table)
                names = _names(source.expression) if isinstance(source, Scope) else None
                if names is not None and column.name.upper() not in names:
                    yield f"{column.table} has no column {column.name}"


def _scopes(tree: exp.Expression) -> list[Scope]:
    queries = [tree] if isinstance(tree, exp.Query) else []
    if not queries:
        queries = [
            node
            for node in tree.find_all(exp.Query)
            if node.find_ancestor(exp.Query) is None and not isinstance(node, exp.Subquery)
        ]
    try:
        return [scope for query in queries for scope in traverse_scope(query)]
    except SqlglotError:  # what it cannot resolve is not looked at
        return []


def _names(query: exp.Expression) -> set[str] | None:
    """The columns of a query; None where a star or a list of names hides them."""
    # what a recursive CTE reads is its first side
    while isinstance(query.parent, exp.SetOperation):
        query = query.parent
    around = query.parent
    if isinstance(around, exp.CTE | exp.Subquery):
        alias = around.args.get("alias")
        if alias is not None and alias.args.get("columns"):
            return {name.name.upper() for name in alias.args["columns"]}
    while isinstance(query, exp.SetOperation):
        query = query.this
    if not isinstance(query, exp.Select) or _width(query) is None:
        return None
    return {part.alias_or_name.upper() for part in query.expressions}


def columns_set_twice(text: Text) -> Iterator[str]:
    for node in text.nodes:
        if isinstance(node, exp.Update):
            names = [each.this.name.upper() for each in node.expressions if each.this]
            for name in sorted({name for name in names if names.count(name) > 1}):
                yield f"{name} is set twice"


def primary_keys(text: Text) -> Iterator[str]:
    for node in text.nodes:
        if isinstance(node, exp.Create) and node.kind == "TABLE":
            kinds = exp.PrimaryKeyColumnConstraint | exp.PrimaryKey
            if sum(isinstance(each, kinds) for each in node.walk()) > 1:
                yield "a table has one primary key"


# ---- types


@lru_cache(maxsize=512)
def _typed(sql: str) -> list[exp.Expression]:
    """The nodes of a statement with the types that can be told from it."""
    text = Text(sql)
    for tree in text.trees:
        try:
            annotate_types(tree, dialect="snowflake")
        except SqlglotError:
            return []
    return text.nodes


_OF_VARIANTS = word_set("is_array is_object array_size flatten")
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)


def types_of_arguments(text: Text) -> Iterator[str]:
    """A text where a VARIANT is asked for, a boolean or a text that is reckoned with."""
    for node in _typed(text.sql):
        if isinstance(node, exp.Sum | exp.Avg) and node.this.is_type(exp.DType.BOOLEAN):
            yield f"{node.key.upper()} takes no boolean: use count_if() or iff()"
        if isinstance(node, _ARITHMETIC):
            sides = [side.unnest() for side in (node.left, node.right)]
            if any(side.is_type(exp.DType.BOOLEAN) for side in sides):
                yield f"{node.sql('snowflake')} reckons with a boolean"
            elif all(side.is_type(*exp.DataType.TEXT_TYPES) for side in sides):
                yield f"{node.sql('snowflake')} reckons with texts: they are joined by ||"
    for call in text.calls:
        if call.name in _OF_VARIANTS and call.arguments:
            first, end = call.arguments[0]
            named = text.word(first) == "input" and text.word(first + 1) == "=>"
            first += 2 * named
            if end - first == 1 and text.tokens[first].token_type == TokenType.STRING:
                yield f"{call.name}() takes no text: parse it first"


_TIMES = re.compile(r"(?i)\w+_at")
_NUMBERS = exp.DataType.NUMERIC_TYPES


def casts_of_times(text: Text) -> Iterator[str]:
    """By the project's habit *_at are timestamps, which are no numbers."""
    for node in text.nodes:
        if isinstance(node, exp.Cast) and node.to.is_type(*_NUMBERS):
            inner = node.this.unnest()
            if isinstance(inner, exp.Column) and _TIMES.fullmatch(inner.name):
                yield f"{inner.name} is no number: use date_part(epoch_second, …)"


_ZONES = {zone.lower() for zone in available_timezones()}


def time_zones(text: Text) -> Iterator[str]:
    for call in text.calls:
        if call.name == "convert_timezone":
            zones = call.arguments[:-1] if len(call.arguments) > 1 else ()
            for first, end in zones:
                token = text.tokens[first]
                is_text = end - first == 1 and token.token_type == TokenType.STRING
                if is_text and token.text.lower() not in _ZONES:
                    yield f"there is no time zone {token.text}"


_SCALES = re.compile(r"(try_)?to_timestamp(_\w+)?")


def scales_of_times(text: Text) -> Iterator[str]:
    """to_timestamp_ntz(x, 12)"""
    for call in text.calls:
        if _SCALES.fullmatch(call.name) and len(call.arguments) == 2:
            first, end = call.arguments[1]
            token = text.tokens[first]
            is_number = end - first == 1 and token.token_type == TokenType.NUMBER
            if is_number and not 0 <= float(token.text) <= 9:
                yield f"{call.name}() has a scale from 0 to 9"


# ---- objects


def materialized_views(text: Text) -> Iterator[str]:
    """They read one table, and that without windows, subqueries and set operations."""
    if text.word(0) == "create" and "materialized" in text.words[:5] and "view" in text.words[:6]:
        selects = [node for node in text.nodes if isinstance(node, exp.Select)]
        others = (exp.Join, exp.Window, exp.SetOperation, exp.Having, exp.Order, exp.Limit)
        if len(selects) > 1 or any(isinstance(node, others) for node in text.nodes):
            yield "a materialized view reads one table, without joins, windows and subqueries"


_SIZES = (
    r"(x-?small|small|medium|large|x-?large|xx-?large|2x-?large|xxx-?large|3x-?large|x4-?large"
    r"|4x-?large|x5-?large|5x-?large|x6-?large|6x-?large)"
)
_VALUES = {
    "warehouse_size": _SIZES,
    "user_task_managed_initial_warehouse_size": _SIZES,
    "encoding": r"(utf-?8|utf-?16(be|le)?|utf-?32(be|le)?|iso-?8859-?\d+|windows-?125\d)",
    "compression": "(auto|gzip|bz2|brotli|zstd|deflate|raw_deflate|snappy|lzo|none)",
    **dict.fromkeys(
        (
            *("auto_resume", "initially_suspended", "enabled", "trim_space", "skip_blank_lines"),
            *("empty_field_as_null", "replace_invalid_characters", "skip_byte_order_mark"),
            *("allow_overlapping_execution", "strip_outer_array", "purge", "force"),
        ),
        "(true|false)",
    ),
}


def values_of_options(text: Text) -> Iterator[str]:
    """The values that an option can have."""
    if text.word(0) not in ("create", "alter", "copy"):
        return
    for index, word in enumerate(text.words[:-2]):
        if word in _VALUES and text.words[index + 1] == "=":
            first = text.tokens[index + 2]
            # x-small and 2x-large without quotes are several tokens
            end = index + 3
            while text.word(end) == "-" or (text.word(end - 1) == "-" and end < len(text.tokens)):
                end += 1
            value = text.sql[first.start : text.tokens[end - 1].end + 1].strip("'").lower()
            if not re.fullmatch(_VALUES[word], value):
                yield f"{word.upper()} cannot be {value}"


def starts_of_tasks(text: Text) -> Iterator[str]:
    """A task has a schedule, or comes after others, or waits for a stream."""
    if text.word(0) == "create" and "task" in text.words[:5] and "as" in text.words:
        head = text.words[: text.words.index("as")]
        if "schedule" in head and "after" in head:
            yield "a task with AFTER takes no SCHEDULE"


_NAMED = {
    "flatten": word_set("input path outer recursive mode"),
    "information_schema.copy_history": word_set("table_name start_time end_time"),
}


def names_of_arguments(text: Text) -> Iterator[str]:
    for call in text.calls:
        for first, _ in call.arguments if call.name in _NAMED else ():
            name, sign = text.word(first), text.word(first + 1)
            if sign == "=>" and name not in _NAMED[call.name]:
                yield f"{call.name}() has no argument {name}"
            if sign == "=":
                yield f"an argument of {call.name}() is named by =>"


RULES = (
    places_of_aggregates,
    places_of_windows,
    columns_of_groups,
    aliases_of_groups,
    orders_of_lists,
    nulls_in_arguments,
    numbers_of_columns,
    unknown_columns,
    columns_set_twice,
    primary_keys,
    types_of_arguments,
    casts_of_times,
    time_zones,
    scales_of_times,
    materialized_views,
    values_of_options,
    starts_of_tasks,
    names_of_arguments,
)
