"""What Snowflake rejects, or reads otherwise than it is meant, although it parses.

Each rule takes a statement and gives a sentence per fault. What the grammars refuse (FILTER,
FROM before SELECT, options that do not exist, reserved words) has no rule here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sqlglot import exp
from sqlglot.tokens import TokenType

from tests.snowflake.text import Text, word_set

Rule = Callable[[Text], Iterator[str]]

# ---- characters and literals

_OPAQUE = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"]|\"\")*\"|\$\$.*?\$\$|/\*.*?\*/|--[^\n]*|//", re.DOTALL
)


def double_slash(text: Text) -> Iterator[str]:
    """DuckDB's integer division."""
    if any(match[0] == "//" for match in _OPAQUE.finditer(text.sql)):
        yield "// starts a comment: divide by floor(a / b)"


_OPERATORS = {
    "^": "power()",
    "**": "power()",
    "&": "bitand()",
    "|": "bitor()",
    "<<": "bitshiftleft()",
    ">>": "bitshiftright()",
    "->": "a path: x['a']",
    "->>": "a path and a cast: x['a']::varchar",
    "~": "rlike or regexp_like()",
    "~~": "like",
    "~~*": "ilike",
    "<=>": "is not distinct from",
}


def operators(text: Text) -> Iterator[str]:
    """Operators that Snowflake spells as functions or paths."""
    for word in text.words:
        if word in _OPERATORS:
            yield f"there is no operator {word}: write {_OPERATORS[word]}"


_ESCAPES = re.compile(r"\\(.)", re.DOTALL)
_REGEXP_FUNCTIONS = word_set(
    "regexp_like rlike regexp_replace regexp_substr regexp_instr regexp_count"
)


def backslashes(text: Text) -> Iterator[str]:
    """A backslash in a text is taken out, with what it makes of the character behind it."""
    patterns = set(_pattern_literals(text))
    for index, token in enumerate(text.tokens):
        if token.token_type == TokenType.STRING and text.raw(index).startswith("'"):
            kept = "\\'\"nrtfbxu0" if index not in patterns else "\\'\"nrtf"
            for escape in _ESCAPES.finditer(text.raw(index)[1:-1]):
                if escape[1] not in kept:
                    yield f"the backslash of {escape[0]} in a text vanishes: write it twice"
                    break


def patterns(text: Text) -> Iterator[str]:
    """Patterns are POSIX's: nothing lazy, no look-around, no group that is not captured."""
    for index in _pattern_literals(text, replacements=False):
        pattern = text.tokens[index].text
        bare = re.sub(r"\\.|\[\^?\]?(?:\[:\w+:\]|[^\]])*\]", "x", pattern)
        if re.search(r"[*+?}]\?", bare):
            yield f"the pattern {pattern} has a lazy quantifier"
        if "(?" in bare:
            yield f"the pattern {pattern} has a (? group"
        if re.search(r"(?<!\\)(\\\\)*\\[1-9]", pattern):
            yield f"the pattern {pattern} refers to a group of its own"


def _pattern_literals(text: Text, *, replacements: bool = True) -> Iterator[int]:
    """The indexes of the texts in the patterns, and replacements, of regular expressions."""
    for call in text.calls:
        if call.name in _REGEXP_FUNCTIONS and len(call.arguments) > 1:
            last = 3 if replacements and call.name == "regexp_replace" else 2
            for first, end in call.arguments[1:last]:
                for index in range(first, end):
                    if text.tokens[index].token_type in (TokenType.STRING, TokenType.RAW_STRING):
                        yield index
    for index, word in enumerate(text.words[:-1]):
        if word in ("rlike", "regexp") and text.tokens[index + 1].token_type == TokenType.STRING:
            yield index + 1


def quoted_names(text: Text) -> Iterator[str]:
    """A quoted name keeps its case, and unquoted ones are capitals."""
    for index, token in enumerate(text.tokens):
        if token.token_type == TokenType.IDENTIFIER and token.text != token.text.upper():
            start = index
            while text.word(start - 1) == "." and start >= 2:
                start -= 2
            # a key of a VARIANT; dbt's own suffix, which it always quotes
            if text.word(start - 1) != ":" and not token.text.endswith("__dbt_tmp"):
                yield f'"{token.text}" is another name than {token.text}'


# ---- arguments

_POSITIONS = {"regexp_replace": 3, "regexp_substr": 2, "regexp_instr": 2, "regexp_count": 2}


def regexp_positions(text: Text) -> Iterator[str]:
    """DuckDB's and Postgres's flags stand where Snowflake has the position to start from."""
    for call in text.calls:
        place = _POSITIONS.get(call.name, 99)
        if len(call.arguments) > place and _is_text(text, call.arguments[place]):
            yield f"argument {place + 1} of {call.name}() is a position, not flags"


_PARTS = word_set(
    """
    year y yy yyy yyyy yr years yrs month mm mon mons months day d dd days dayofmonth dayofweek
    weekday dow dw weekday_iso dow_iso dw_iso dayofweekiso dayofweek_iso dayofyear yearday doy dy
    week w wk weekofyear woy wy weekiso week_iso weekofyeariso weekofyear_iso quarter q qtr qtrs
    quarters yearofweek yearofweekiso hour h hh hr hours hrs minute m mi min minutes mins second s
    sec seconds secs millisecond ms msec milliseconds microsecond us usec microseconds nanosecond
    ns nsec nanosec nsecond nanoseconds nanosecs nseconds epoch_second epoch epoch_seconds
    epoch_millisecond epoch_milliseconds epoch_microsecond epoch_microseconds epoch_nanosecond
    epoch_nanoseconds timezone_hour tzh timezone_minute tzm
    """
)
_WITH_PARTS = word_set("date_trunc date_part dateadd datediff timestampadd timestampdiff")


def parts_of_times(text: Text) -> Iterator[str]:
    """The names of hours, days and so on that Snowflake knows."""
    for call in text.calls:
        if call.name in _WITH_PARTS | {"extract"} and call.arguments:
            first, end = call.arguments[0]
            if end - first == 1 or call.name == "extract":
                part = text.tokens[first].text.lower()
                if part not in _PARTS:
                    yield f"{call.name}() knows no {part}"


_WITH_FORMATS = re.compile(r"(try_)?to_(char|varchar|date|time|timestamp(_\w+)?)")


def formats(text: Text) -> Iterator[str]:
    """strftime's formats."""
    for call in text.calls:
        if _WITH_FORMATS.fullmatch(call.name):
            for argument in call.arguments[1:]:
                if _is_text(text, argument) and "%" in text.tokens[argument[0]].text:
                    yield f"the format of {call.name}() has no %: write YYYY-MM-DD HH24:MI:SS"


def _is_text(text: Text, argument: tuple[int, int]) -> bool:
    first, end = argument
    return end - first == 1 and text.tokens[first].token_type == TokenType.STRING


# ---- types

_TYPES = word_set(
    """
    number decimal dec numeric int integer bigint smallint tinyint byteint float float4 float8
    double real decfloat varchar char character string text nchar nvarchar nvarchar2 binary
    varbinary boolean date datetime time timestamp timestamp_ltz timestamp_ntz timestamp_tz
    timestampltz timestampntz timestamptz variant object array geography geometry vector
    """
)
_MOST = {
    **dict.fromkeys(("number", "decimal", "numeric", "dec"), 38),
    **dict.fromkeys(("timestamp_ntz", "timestamp_ltz", "timestamp_tz", "time", "datetime"), 9),
    **dict.fromkeys(("varchar", "string", "text"), 134_217_728),
    **dict.fromkeys(("binary", "varbinary"), 67_108_864),
}


def types(text: Text) -> Iterator[str]:
    """Types that Snowflake lacks, and lists of a type."""
    for index in _types(text):
        name = text.words[index]
        if name not in _TYPES and name != "double precision":
            yield f"there is no type {text.tokens[index].text}"
        after = index + 1
        if text.word(after) == "(":
            size = text.tokens[after + 1]
            most = _MOST.get(name)
            if size.token_type != TokenType.NUMBER:
                yield f"the size of {name} is a number"
            elif most and int(size.text) > most:
                yield f"{name} has at most {most} places"
            scale = text.tokens[after + 3] if text.word(after + 2) == "," else None
            if scale is not None and scale.text.isdigit() and int(scale.text) > int(size.text):
                yield f"of the digits of {name} more stand behind the point than there are"
            after = text.closing[after] + 1
        if text.word(after) == "[" and text.word(after + 1) == "]":
            yield "there are no lists of a type: say array or variant"


def _types(text: Text) -> Iterator[int]:
    """Where types stand: behind ::, in casts, in the columns of a new table."""
    for index, word in enumerate(text.words):
        if word == "::":
            yield index + 1
    for call in text.calls:
        if call.name in ("cast", "try_cast"):
            inside = range(call.at + 2, text.closing[call.at + 1])
            depth_ends = call.at + 2
            for index in inside:
                if index < depth_ends:
                    continue
                if text.words[index] == "as":
                    yield index + 1
                depth_ends = text.closing.get(index, index) + 1
    for node in text.nodes:
        if isinstance(node, exp.Create) and node.kind == "TABLE":
            yield from _column_types(text)
            break


def _column_types(text: Text) -> Iterator[int]:
    """The second word of each column of CREATE TABLE t (…)."""
    opening = next((i for i, word in enumerate(text.words) if word == "("), None)
    before = text.words[:opening]
    if opening is None or "as" in before or "like" in before or "clone" in before:
        return
    index, is_first = opening + 1, True
    while index < text.closing[opening]:
        if is_first and text.words[index] not in _CONSTRAINTS and text.word(index + 1) != ")":
            yield index + 1
        is_first = text.words[index] == ","
        index = text.closing.get(index, index) + 1


_CONSTRAINTS = word_set("primary key unique foreign constraint check like")


_NO_TEXT = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Boolean, exp.Length, exp.Floor, exp.Extract,
    exp.Count, exp.Sum, exp.TimestampTrunc, exp.DateTrunc, exp.CurrentTimestamp, exp.RowNumber,
)  # fmt: skip


def try_cast_of_text(text: Text) -> Iterator[str]:
    """TRY_CAST takes texts, and what stands in a VARIANT is none."""
    for node in text.nodes:
        if isinstance(node, exp.TryCast):
            inner = node.this.unnest()
            if isinstance(inner, exp.JSONExtract | exp.Bracket | exp.ParseJSON):
                yield "TRY_CAST takes no VARIANT: cast it to varchar first"
            elif (
                isinstance(inner, _NO_TEXT)
                or (isinstance(inner, exp.Literal) and not inner.is_string)
                or (type(inner) is exp.Cast and not inner.to.is_type(*exp.DataType.TEXT_TYPES))
            ):
                yield "TRY_CAST takes texts alone"


# ---- intervals and times


def intervals(text: Text) -> Iterator[str]:
    """An interval stands in quotes, unit included, and is added to a time or taken from one."""
    for index, word in enumerate(text.words):
        after = text.tokens[index + 1] if index + 1 < len(text.tokens) else None
        if word == "interval" and after is not None and text.word(index - 1) != ".":
            if after.token_type != TokenType.STRING:
                yield "an interval stands in quotes: interval '5 minutes'"
            elif re.fullmatch(r"\s*-?[\d.]+\s*", after.text):
                yield f"interval '{after.text}' is seconds: the unit stands in the quotes"


def arithmetic_of_intervals(text: Text) -> Iterator[str]:
    """n * interval '1 minute'"""
    for node in text.nodes:
        if isinstance(node, exp.Interval):
            around = node.parent
            while isinstance(around, exp.Paren):
                around = around.parent
            if not isinstance(around, exp.Add | exp.Sub | exp.WindowSpec):
                yield "an interval is added to a time or taken from one, no more: use dateadd()"


_TIMES = re.compile(r"(?i)(\w+_at|hour|(valid|window|piece)_(from|to|start|end))$")


def differences_of_times(text: Text) -> Iterator[str]:
    """A timestamp minus a timestamp is an error; by the project's habit *_at are timestamps."""
    for node in text.nodes:
        if isinstance(node, exp.Sub) and _is_time(node.left) and _is_time(node.right):
            yield f"{node.sql()} subtracts timestamps: use datediff()"


def times_as_texts(text: Text) -> Iterator[str]:
    """cast(seen_at as varchar), 'at ' || seen_at: in whatever format the session has."""
    for node in text.nodes:
        if isinstance(node, exp.Cast):
            times = [node.this] if node.to.is_type(*exp.DataType.TEXT_TYPES) else []
        elif isinstance(node, exp.ToChar) and not node.args.get("format"):
            times = [node.this]
        elif isinstance(node, exp.DPipe):
            times = [node.left, node.right]
        else:
            times = node.expressions if isinstance(node, exp.Concat) else []
        for time in times:
            if _is_time(time):
                yield f"{time.sql('snowflake')} becomes a text: name the format, in to_varchar()"


def _is_time(node: exp.Expression) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Select) and len(node.expressions) == 1:
        return _is_time(node.expressions[0].unalias())
    if isinstance(node, exp.Column):
        return bool(_TIMES.fullmatch(node.name))
    if isinstance(node, exp.Cast):
        return node.to.is_type(
            exp.DType.TIMESTAMP,
            exp.DType.TIMESTAMPNTZ,
            exp.DType.TIMESTAMPTZ,
            exp.DType.TIMESTAMPLTZ,
        )
    if isinstance(node, exp.Min | exp.Max):
        return _is_time(node.this)
    return isinstance(node, exp.CurrentTimestamp | exp.StrToTime | exp.TsOrDsToTimestamp)


# ---- lists and structs


def slices(text: Text) -> Iterator[str]:
    """x[1:2]; Snowflake reads 1:2 as a path."""
    for opening, closing in text.closing.items():
        if text.words[opening] == "[" and ":" in text.between(opening + 1, closing):
            yield "there are no slices: use array_slice()"


def places_from_the_end(text: Text) -> Iterator[str]:
    """x[-1] is null."""
    for node in text.nodes:
        if isinstance(node, exp.Bracket) and isinstance(node.expressions[0], exp.Neg):
            yield f"{node.sql('snowflake')} is null: places count from 0, at the start"


def constructors(text: Text) -> Iterator[str]:
    """array[1, 2], map {'a': 1}"""
    for index, word in enumerate(text.words):
        if (word, text.word(index + 1)) in (("array", "["), ("map", "{")):
            yield f"{word} stands before no literal: write […] or {{…}}"


def fields_of_structs(text: Text) -> Iterator[str]:
    """{'a': 1}.a"""
    for node in text.nodes:
        if isinstance(node, exp.Dot) and isinstance(node.this.unnest(), exp.Struct):
            yield "an object's fields are reached by a colon or in brackets"


def any_of_a_list(text: Text) -> Iterator[str]:
    """x = any([…])"""
    for node in text.nodes:
        if isinstance(node, exp.Any) and isinstance(node.this.unnest(), exp.Array | exp.Column):
            yield "ANY takes a subquery: use IN or array_contains()"


# ---- queries


def distinct_on(text: Text) -> Iterator[str]:
    for node in text.nodes:
        if isinstance(node, exp.Distinct) and node.args.get("on"):
            yield "DISTINCT ON: use QUALIFY row_number() … = 1"


def kinds_of_joins(text: Text) -> Iterator[str]:
    """A join kind of DuckDB's that is taken for the name of a table."""
    for node in text.nodes:
        if isinstance(node, exp.Table) and node.alias.lower() in ("positional", "semi", "anti"):
            yield f"there is no {node.alias} join"


def lateral_subqueries(text: Text) -> Iterator[str]:
    """An inline view after LATERAL has no limit, and joins inner."""
    for node in text.nodes:
        if isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
            join = node.find_ancestor(exp.Join)
            if node.this.this.args.get("limit"):
                yield "a lateral subquery has no LIMIT: use QUALIFY"
            elif join is not None and join.side:
                yield "a lateral subquery joins inner alone"


def conditions_on_table_functions(text: Text) -> Iterator[str]:
    """JOIN … FLATTEN( ) ON, or LEFT JOIN FLATTEN( )."""
    for node in text.nodes:
        if isinstance(node, exp.Join) and _is_table_function(node.this):
            if node.args.get("on") or node.args.get("using"):
                yield "a lateral table function takes no ON"
            elif node.side:
                yield "a lateral table function joins inner: use outer => true"


def joins_after_lateral(text: Text) -> Iterator[str]:
    """The comma before LATERAL binds looser than a JOIN behind it, whose left side it then is."""
    for node in text.nodes:
        joins = node.args.get("joins") if isinstance(node, exp.Select) else None
        for earlier, later in zip(joins or [], (joins or [])[1:], strict=False):
            is_comma = not (earlier.kind or earlier.side or earlier.method) and not (
                earlier.args.get("on") or earlier.args.get("using")
            )
            is_join = later.args.get("on") or later.args.get("using") or later.kind or later.side
            if is_comma and is_join and isinstance(earlier.this, exp.Lateral):
                yield "a LATERAL cannot be the left side of a join: put it into a subquery"


def _is_table_function(node: exp.Expression) -> bool:
    if isinstance(node, exp.Lateral):
        return not isinstance(node.this, exp.Subquery)
    return isinstance(node, exp.TableFromRows) or (
        isinstance(node, exp.Table) and isinstance(node.this, exp.Func)
    )


def asof_joins(text: Text) -> Iterator[str]:
    for node in text.nodes:
        is_asof = isinstance(node, exp.Join) and (node.method or "").upper() == "ASOF"
        if is_asof and not node.args.get("match_condition"):
            yield "ASOF JOIN needs MATCH_CONDITION"


def windows_of_qualify(text: Text) -> Iterator[str]:
    for node in text.nodes:
        if isinstance(node, exp.Select) and node.args.get("qualify"):
            parts = [node.args["qualify"], *node.expressions]
            if not any(part.find(exp.Window) for part in parts):
                yield "QUALIFY needs a window function, in it or in the select list"


def distinct_windows(text: Text) -> Iterator[str]:
    """count(distinct x) over (… order by …)"""
    for call in text.calls:
        is_distinct = call.arguments and text.words[call.arguments[0][0]] == "distinct"
        if is_distinct and call.window and (call.window.has_order or call.window.frame):
            yield f"{call.name}(distinct …) takes no ORDER BY in its OVER"


def orders_of_aggregates(text: Text) -> Iterator[str]:
    """list(x order by y)"""
    for call in text.calls:
        inside = text.between(call.at + 2, text.closing[call.at + 1])
        if "order by" in inside:
            yield f"the order of {call.name}() stands in WITHIN GROUP (ORDER BY …)"


_IN_GROUPS = word_set("listagg array_agg percentile_cont percentile_disc")


def within_groups(text: Text) -> Iterator[str]:
    for call in text.calls:
        after = text.closing[call.at + 1] + 1
        if text.word(after) == "within" and call.name not in _IN_GROUPS:
            yield f"{call.name}() has no WITHIN GROUP"


def orders_of_listagg(text: Text) -> Iterator[str]:
    for node in text.nodes:
        # sqlglot puts the ORDER BY of WITHIN GROUP into the call
        if isinstance(node, exp.GroupConcat) and isinstance(node.this, exp.Order):
            distinct = node.this.this
            if isinstance(distinct, exp.Distinct) and any(
                ordered.this not in distinct.expressions for ordered in node.this.expressions
            ):
                yield "LISTAGG(DISTINCT x) is ordered by x alone"


def nulls_at_extremes(text: Text) -> Iterator[str]:
    """min_by(x, y) is null where x is null beside the least y; DuckDB looks for another x."""
    for node in text.nodes:
        if isinstance(node, exp.ArgMin | exp.ArgMax):
            value = node.this.unnest()
            if not (_is_never_null(value) or _is_null_with(node.expression, value)):
                yield f"{node.sql('snowflake')} may be null: order by what is null with the value"


def _is_never_null(value: exp.Expression) -> bool:
    """By its form alone: a column may always be null."""
    if isinstance(value, exp.Coalesce):
        return _is_never_null(value.expressions[-1].unnest())
    if isinstance(value, exp.Cast) and type(value) is exp.Cast:
        return _is_never_null(value.this.unnest())
    return isinstance(value, exp.Literal | exp.Boolean | exp.Count)


def _is_null_with(key: exp.Expression, value: exp.Expression) -> bool:
    """Whether what orders is null wherever the value is: in what it is made of, or by a CASE."""
    key = key.unnest()
    if isinstance(key, exp.DPipe | exp.Add | exp.Sub):
        return any(_is_null_with(part, value) for part in (key.left, key.right))
    if isinstance(key, exp.Case) and key.this is None and not key.args.get("default"):
        return all(_says_not_null(branch.this, value) for branch in key.args["ifs"])
    return key == value


def _says_not_null(condition: exp.Expression, value: exp.Expression) -> bool:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        return any(_says_not_null(part, value) for part in (condition.left, condition.right))
    denied = condition.this.unnest() if isinstance(condition, exp.Not) else None
    return (
        isinstance(denied, exp.Is)
        and isinstance(denied.expression, exp.Null)
        and denied.this.unnest() == value
    )


def correlated_subqueries(text: Text) -> Iterator[str]:
    """A scalar subquery that looks outside must be an aggregate of one row, without LIMIT."""
    for node in text.nodes:
        is_scalar = isinstance(node, exp.Select) and _is_scalar(node)
        if is_scalar and _looks_outside(node) and not _has_one_row(node):
            yield "a correlated scalar subquery must be an aggregate without GROUP BY and LIMIT"


def _is_scalar(query: exp.Select) -> bool:
    subquery = query.parent
    if not isinstance(subquery, exp.Subquery):
        return False
    return not isinstance(
        subquery.parent,
        exp.From | exp.Join | exp.Lateral | exp.In | exp.Exists | exp.Any | exp.All | exp.CTE
        | exp.SetOperation | exp.Insert | exp.Create | exp.Merge | exp.Copy | exp.Subquery
        | exp.Table | None,
    )  # fmt: skip


def _looks_outside(query: exp.Select) -> bool:
    """By the names before the dots: what has none may belong to any table."""
    sources = exp.Table | exp.Subquery | exp.Lateral | exp.CTE
    own = {n.alias_or_name.upper() for n in query.walk() if isinstance(n, sources)}
    every = {n.alias_or_name.upper() for n in query.root().walk() if isinstance(n, sources)}
    used = {column.table.upper() for column in query.find_all(exp.Column)}
    return bool((used & every) - own - {""})


def _has_one_row(query: exp.Select) -> bool:
    return (
        not query.args.get("group")
        and not query.args.get("limit")
        and all(part.find(exp.AggFunc) for part in query.expressions)
    )


def places_of_values(text: Text) -> Iterator[str]:
    """VALUES stands in FROM, or in INSERT."""
    for index, word in enumerate(text.words):
        before = text.word(index - 1)
        is_cte = before == "(" and text.word(index - 2) in ("as", "materialized")
        if word == "values" and (index == 0 or is_cte):
            yield "VALUES stands in FROM alone: select * from (values …)"


def sets_with_all(text: Text) -> Iterator[str]:
    for node in text.nodes:
        if isinstance(node, exp.Except | exp.Intersect) and node.args.get("distinct") is False:
            yield "EXCEPT and INTERSECT have no ALL"


def limits(text: Text) -> Iterator[str]:
    """A limit is a number."""
    for node in text.nodes:
        if isinstance(node, exp.Limit) and not isinstance(
            node.expression, exp.Literal | exp.Null | exp.Placeholder | exp.Parameter
        ):
            yield "LIMIT takes a number, nothing that is computed"
    for index, word in enumerate(text.words):
        if word == "top" and text.word(index + 2) == "percent":
            yield "TOP takes a number of rows"


def recursive_unions(text: Text) -> Iterator[str]:
    """A CTE that reads itself."""
    for node in text.nodes:
        if isinstance(node, exp.CTE) and isinstance(node.this, exp.Union):
            reads = [table.name.upper() for table in node.this.find_all(exp.Table) if not table.db]
            if node.alias.upper() in reads and node.this.args.get("distinct"):
                yield "a recursive CTE takes UNION ALL alone"


def orders_by_all(text: Text) -> Iterator[str]:
    for index, word in enumerate(text.words):
        if word == "order by" and text.word(index + 1) == "all":
            select = next((n for n in text.nodes if isinstance(n, exp.Select)), None)
            if select is not None and any(
                isinstance(part.unalias(), exp.AggFunc) for part in select.expressions
            ):
                yield "ORDER BY ALL takes no select list with aggregates"


# ---- statements


def ctes_before_changes(text: Text) -> Iterator[str]:
    """with x as (…) insert into …"""
    for tree in text.trees:
        is_change = isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge)
        if is_change and text.word(0) == "with":
            yield "a CTE stands behind INSERT INTO t, before its SELECT"


def functions_in_values(text: Text) -> Iterator[str]:
    """insert into … values (parse_json('{}'))"""
    for node in text.nodes:
        values = node.expression if isinstance(node, exp.Insert) else None
        if isinstance(values, exp.Values) and values.find(exp.ParseJSON, exp.Struct, exp.Array):
            yield "VALUES of INSERT takes no VARIANT: insert from a SELECT"


def replace_if_not_exists(text: Text) -> Iterator[str]:
    for node in text.nodes:
        if isinstance(node, exp.Create) and node.args.get("replace") and node.args.get("exists"):
            yield "OR REPLACE and IF NOT EXISTS exclude each other"


def drops(text: Text) -> Iterator[str]:
    if text.word(0) == "drop" and "," in text.between(0, len(text.tokens)):
        yield "DROP takes one name"


def checks(text: Text) -> Iterator[str]:
    for node in text.nodes:
        if isinstance(node, exp.CheckColumnConstraint):
            yield "there are no CHECK constraints"


_SETTINGS = word_set(
    """
    access_mode default_null_order default_order enable_progress_bar enable_object_cache
    max_memory memory_limit preserve_insertion_order search_path temp_directory threads timezone
    worker_threads schema
    """
)


def settings(text: Text) -> Iterator[str]:
    """set threads = 2 makes a variable, and changes nothing."""
    name = text.word(2) if text.word(1) in ("global", "session", "local") else text.word(1)
    if text.word(0) == "set" and name in _SETTINGS:
        yield f"{name} is a setting of DuckDB: here it would be a variable"


# ---- loading

_METADATA = word_set(
    """
    metadata$filename metadata$file_row_number metadata$file_content_key
    metadata$file_last_modified metadata$start_scan_time metadata$action metadata$isupdate
    metadata$row_id
    """
)


def metadata_columns(text: Text) -> Iterator[str]:
    for word in text.words:
        if word.startswith("metadata$") and word not in _METADATA:
            yield f"there is no {word}"


_NOT_IN_COPY = (
    "where", "joins", "group", "having", "order", "limit", "distinct", "qualify", "laterals",
)  # fmt: skip


def copy_queries(text: Text) -> Iterator[str]:
    """COPY INTO t FROM (SELECT …) picks and casts columns, and does nothing else."""
    for node in _copies(text):
        for source in node.args.get("files") or ():
            query = source.this if isinstance(source, exp.Subquery) else None
            if not isinstance(query, exp.Select):
                continue
            found = [part for part in _NOT_IN_COPY if query.args.get(part)]
            if query.find(exp.Subquery):
                found.append("subquery")
            if found or query.find(exp.Window):
                yield f"the query of COPY takes no {(found or ['window'])[0].upper()}"
            if any(param.name.lower() == "match_by_column_name" for param in node.args["params"]):
                yield "MATCH_BY_COLUMN_NAME takes no query"


def _copies(text: Text) -> Iterator[exp.Copy]:
    for node in text.nodes:
        if isinstance(node, exp.Copy):
            yield node
    if text.word(0) == "create" and "pipe" in text.words and "copy" in text.words:
        start = text.tokens[text.words.index("copy")].start
        yield from _copies(Text(text.sql[start:]))


def pipes(text: Text) -> Iterator[str]:
    """A pipe copies, and its COPY does not take every option."""
    if text.word(0) == "create" and "pipe" in text.words[:6]:
        if "copy" not in text.words:
            yield "a pipe is made as COPY INTO"
        for option in ("purge", "force", "size_limit", "files", "validation_mode"):
            at = text.words.index(option) if option in text.words else None
            if at and text.word(at + 1) == "=":
                yield f"a pipe takes no {option.upper()}"


_SCHEDULE = re.compile(r"(?i)using cron (\S+ ){5}\S+|\d+ (m|minutes?|h|hours?|s|seconds?)")


def schedules(text: Text) -> Iterator[str]:
    for index, word in enumerate(text.words):
        if word == "schedule" and "task" in text.words[:6] and text.word(index + 1) == "=":
            value = text.tokens[index + 2].text
            if not _SCHEDULE.fullmatch(value):
                yield f"the schedule '{value}' is neither 'n minutes' nor 'using cron …'"


_NEEDED = {
    "storage integration": (
        "type", "storage_provider", "enabled", "storage_allowed_locations", "azure_tenant_id",
    ),
    "notification integration": (
        "type", "enabled", "azure_storage_queue_primary_uri", "azure_tenant_id",
    ),
}  # fmt: skip


def integrations(text: Text) -> Iterator[str]:
    """The options without which an integration with Azure is refused."""
    head = " ".join(text.words[:8])
    for kind, needed in _NEEDED.items():
        if text.word(0) == "create" and kind in head and "aws" not in text.sql.lower():
            for option in needed:
                if option not in text.words:
                    yield f"a {kind} needs {option.upper()}"


_PRIVILEGES = {
    "database": "usage monitor modify ownership reference_usage create",
    "schema": "usage monitor modify ownership create add",
    "schemas": "usage monitor modify ownership create add",
    "table": "select insert update delete truncate references evolve ownership rebuild",
    "tables": "select insert update delete truncate references evolve ownership rebuild",
    "view": "select references ownership",
    "views": "select references ownership",
    "stage": "usage read write ownership",
    "warehouse": "usage operate monitor modify ownership applybudget",
    "integration": "usage use_any_role ownership",
    "pipe": "monitor operate ownership applybudget",
    "task": "monitor operate ownership applybudget",
    "stream": "select ownership",
}


def privileges(text: Text) -> Iterator[str]:
    """grant p on object"""
    if text.word(0) != "grant" or "on" not in text.words:
        return
    on = text.words.index("on")
    kinds = [word for word in text.words[on + 1 :] if word not in ("all", "future")]
    known = _PRIVILEGES.get(kinds[0] if kinds else "", "").split()
    for index in range(1, on):
        is_first = index == 1 or text.words[index - 1] == ","
        name = text.words[index]
        if known and is_first and name not in known and name not in ("all", "all privileges"):
            yield f"{kinds[0]} has no privilege {name.upper()}"


RULES: tuple[Rule, ...] = (
    double_slash,
    operators,
    backslashes,
    patterns,
    quoted_names,
    regexp_positions,
    parts_of_times,
    formats,
    types,
    try_cast_of_text,
    intervals,
    arithmetic_of_intervals,
    differences_of_times,
    times_as_texts,
    slices,
    places_from_the_end,
    constructors,
    fields_of_structs,
    any_of_a_list,
    distinct_on,
    kinds_of_joins,
    lateral_subqueries,
    conditions_on_table_functions,
    joins_after_lateral,
    asof_joins,
    windows_of_qualify,
    distinct_windows,
    orders_of_aggregates,
    within_groups,
    orders_of_listagg,
    nulls_at_extremes,
    correlated_subqueries,
    places_of_values,
    sets_with_all,
    limits,
    recursive_unions,
    orders_by_all,
    ctes_before_changes,
    functions_in_values,
    replace_if_not_exists,
    drops,
    checks,
    settings,
    metadata_columns,
    copy_queries,
    pipes,
    schedules,
    integrations,
    privileges,
)
