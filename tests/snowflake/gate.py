"""Whether a statement is Snowflake's SQL, as far as can be told without an account.

Three layers: two grammars, a list of the functions that are allowed, and rules for what parses and is
refused all the same. None of them knows the tables: a column that there is none of is not their
business, nor is a type that only the columns would tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache

from sqlfluff.core import FluffConfig, Linter
from sqlfluff.core.dialects import dialect_selector
from sqlglot import exp
from sqlglot.tokens import TokenType

from tests.snowflake.corpus import script_statements
from tests.snowflake.functions import function_faults, functions
from tests.snowflake.rules import RULES
from tests.snowflake.text import Text, text_of


@dataclass(frozen=True)
class Fault:
    """Something that Snowflake would refuse, or read otherwise.

    Attributes:
        rule: what found it: `sqlglot`, `sqlfluff`, a kind of fault of a function (`unlisted`,
            `arity`, `place`), or the name of a rule.
        sentence: what it is, for people.
    """

    rule: str
    sentence: str


def faults(statement: str) -> list[str]:
    """What is wrong with a statement, a sentence each; empty where it is valid.

    Never raises: a text that cannot be read at all is a fault as well.
    """
    return [fault.sentence for fault in findings(statement)]


def faults_of(statements: Iterable[str], processes: int = 2) -> dict[str, list[str]]:
    """`faults` of many statements, each text once; those without a fault are left out.

    Args:
        statements: texts, which may repeat.
        processes: how many processes share the work of sqlfluff, which is nearly all of it.
    """
    texts = list(dict.fromkeys(statements))
    pieces = {key: piece for text in texts for key, piece in _pieces(text).items()}
    # the long ones first: they take as long as all the others
    order = sorted(pieces, key=lambda key: -len(pieces[key]))
    if processes > 1 and len(order) > 1:
        with ProcessPoolExecutor(processes) as pool:
            told = pool.map(_fluff, [pieces[key] for key in order], chunksize=4)
            _KNOWN.update(zip(order, told, strict=True))
    found = {text: faults(text) for text in texts}
    return {text: sentences for text, sentences in found.items() if sentences}


def findings(statement: str) -> tuple[Fault, ...]:
    """As `faults`, with the rule that found each."""
    return tuple(dict.fromkeys(_findings(statement)))


@lru_cache(maxsize=4096)
def _findings(statement: str) -> tuple[Fault, ...]:
    text = text_of(statement)
    found = [*_sqlglot_faults(text), *_sqlfluff_faults(statement)]
    found += [Fault(kind, sentence) for kind, sentence in function_faults(text)]
    found += [Fault(rule.__name__, sentence) for rule in RULES for sentence in rule(text)]
    for inner in _body(text):
        found += _findings(inner)
    return tuple(found)


# ---- sqlglot

# sqlglot reads these as a word and a text; sqlfluff has a grammar for them.
_COMMANDS = frozenset(
    """
    create alter drop show desc describe undrop grant revoke call execute list ls remove rm explain
    """.split()
)


def _sqlglot_faults(text: Text) -> Iterator[Fault]:
    if text.error is not None:
        yield Fault("sqlglot", f"sqlglot: {text.error}")
    for tree in text.trees:
        if isinstance(tree, exp.Command) and text.word(0) not in _COMMANDS:
            yield Fault("sqlglot", f"sqlglot knows no statement {str(tree.this).upper()}")


# ---- sqlfluff

_KNOWN: dict[str, tuple[str, ...]] = {}


def _sqlfluff_faults(statement: str) -> Iterator[Fault]:
    for key, piece in _pieces(statement).items():
        if key not in _KNOWN:
            _KNOWN[key] = _fluff(piece)
        for sentence in _KNOWN[key]:
            yield Fault("sqlfluff", f"sqlfluff: {sentence}")


def _fluff(piece: str) -> tuple[str, ...]:
    return tuple(
        " ".join(violation.desc().split())[:160]
        for violation in _linter().parse_string(piece + "\n").violations
    )


@cache
def _linter() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "snowflake", "templater": "raw"}))


@cache
def _keywords() -> frozenset[str]:
    dialect = dialect_selector("snowflake")
    return frozenset(dialect.sets("reserved_keywords") | dialect.sets("unreserved_keywords"))


def _pieces(statement: str) -> dict[str, str]:
    """The statement with its subqueries taken out, and each of them: shape -> text.

    sqlfluff takes longer than everything else together, and dbt's statements are alike: a model is
    asked for its columns, and made; tests differ in the names of columns; macros come again and
    again. The grammar does not look at a name that is no keyword, and a subquery is a SELECT and a
    call an expression, whatever stands in it.
    """
    text = text_of(statement)
    if not text.tokens:
        return {statement: statement}
    pieces: dict[str, str] = {}
    _take_out(text, 0, len(text.tokens), pieces)
    return pieces


def _take_out(
    text: Text, first: int, last: int, pieces: dict[str, str], around: str = "{}"
) -> None:
    """Put the tokens from `first` to `last` into `pieces`, in the place of the braces of `around`."""
    tokens, words = text.tokens, text.words
    # the texts of options are a part of the grammar, those of queries are not
    is_query = words[first] in _QUERIES or around != "{}"
    parts, shape = [], [around]
    written, index = tokens[first].start, first
    while index < last:
        end, replacement = index, _replacements(text).get(index)
        closing = text.closing.get(index, index)
        if index > first and closing - index > _WORTH_TAKING_OUT and words[index] == "(":
            function = functions().get(words[index - 1])
            if words[index + 1] in ("select", "with"):
                _take_out(text, index + 1, closing, pieces)
                replacement, end = "(select 1)", closing
            elif function and function.kind == "scalar":
                _take_out(text, index + 1, closing, pieces, f"select {function.name}({{}})")
                replacement, end = "(1)", closing
        if replacement is not None:
            parts.append(text.sql[written : tokens[index].start] + replacement)
            written = tokens[end].end + 1
        shape.append(replacement or _shape(text, index, is_query))
        index = end + 1
    parts.append(text.sql[written : tokens[last].start if last < len(tokens) else None])
    before, after = around.split("{}")
    pieces[" ".join(shape)] = before + "".join(parts) + "\n" + after


_WORTH_TAKING_OUT = 12
_QUERIES = frozenset("select with insert update delete merge".split())


def _shape(text: Text, index: int, is_query: bool) -> str:
    token = text.tokens[index]
    if token.token_type in (TokenType.VAR, TokenType.IDENTIFIER):
        return token.text.upper() if token.text.upper() in _keywords() else "x"
    if is_query and token.token_type in (TokenType.STRING, TokenType.NUMBER):
        return token.token_type.name
    return text.raw(index)


@lru_cache(maxsize=64)
def _replacements(text: Text) -> dict[int, str]:
    """What sqlfluff does not know although the documentation has it: token -> what it knows.

    POSITION(a IN b) where a is a call; ORDER BY ALL.
    """
    found = {}
    for call in text.calls:
        if call.name == "position" and len(call.arguments) == 1:
            first, last = call.arguments[0]
            for index in range(first, last):
                if text.words[index] == "in" and text.depth[index] == text.depth[first]:
                    found[index] = ","
    for index, word in enumerate(text.words):
        if word == "all" and text.word(index - 1) == "order by":
            found[index] = "1"
    return found


# ---- bodies

_SQL = re.compile(
    r"(?i)(select|with|insert|update|delete|merge|create|drop|alter|truncate|copy|call|grant)\b"
)
_SCRIPTING = re.compile(r"(?i)^(begin(?!\s+transaction)|declare|exception|then|else|do)\b\s*")


def _body(text: Text) -> Iterator[str]:
    """The statements between the $$ of a procedure in SQL, as far as they are SQL alone."""
    if text.word(0) == "create" and re.search(r"(?i)\blanguage\s+sql\b", text.sql):
        for token in text.tokens:
            if token.token_type == TokenType.RAW_STRING:
                for part in script_statements(token.text):
                    bare = _SCRIPTING.sub("", _without_comments(part))
                    if _SQL.match(bare):
                        yield bare


def _without_comments(part: str) -> str:
    return re.sub(r"\A(\s*(--[^\n]*\n|/\*.*?\*/))*\s*", "", part, flags=re.DOTALL)
