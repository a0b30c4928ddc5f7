"""Whether a statement is Snowflake's SQL, as far as can be told without an account.

Four layers: two grammars, a list of the functions that are allowed, rules for what parses and is
refused all the same, and a reader of what Snowflake Scripting stands around the SQL of a procedure.
None of them knows the tables: a column that a table has not is not their business, nor is a type
that only the columns would tell.
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

from tests.snowflake.functions import function_faults, functions
from tests.snowflake.rules import RULES
from tests.snowflake.scripting import Procedure
from tests.snowflake.semantics import RULES as SEMANTIC_RULES
from tests.snowflake.text import Text, text_of, word_set

ALL_RULES = (*RULES, *SEMANTIC_RULES)


@dataclass(frozen=True)
class Fault:
    """Something that Snowflake would refuse, or read otherwise.

    Attributes:
        rule: what found it: `sqlglot`, `sqlfluff`, a kind of fault of a function (`unlisted`,
            `arity`, `place`), `scripting`, or the name of a rule.
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
    found += [Fault(rule.__name__, told) for rule in ALL_RULES for told in rule(text)]
    procedure = Procedure.of(statement)
    if procedure is not None:
        found += [Fault("scripting", sentence) for sentence in procedure.faults]
        for inner in procedure.statements():
            found += _findings(inner)
    return tuple(found)


# ---- sqlglot

# sqlglot reads these as a word and a text; sqlfluff has a grammar for them.
_COMMANDS = word_set(
    """
    create alter drop show desc describe undrop grant revoke call execute list ls remove rm explain
    """
)


def _sqlglot_faults(text: Text) -> Iterator[Fault]:
    if text.error is not None or not text.trees:
        yield Fault("sqlglot", f"sqlglot: {text.error or 'there is no statement'}")
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
    try:
        violations = _linter().parse_string(piece + "\n").violations
    except RuntimeError as error:  # a grammar of its own that it cannot build
        return (str(error).splitlines()[0],)
    return tuple(
        re.sub(r"^Line \d+, Position \d+: ", "", " ".join(violation.desc().split()))[:160]
        for violation in violations
    )


@cache
def _linter() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "snowflake", "templater": "raw"}))


@cache
def _keywords() -> frozenset[str]:
    dialect = dialect_selector("snowflake")
    return frozenset(dialect.sets("reserved_keywords") | dialect.sets("unreserved_keywords"))


def _pieces(statement: str) -> dict[str, str]:
    """The parts of a statement that sqlfluff has to see: shape -> text.

    sqlfluff takes longer than everything else together, and dbt's statements are alike: a model is
    asked for its columns, and made; tests differ in names; macros come again and again. Its grammar
    does not look at a name that is no keyword; a subquery is a SELECT and a call an expression,
    whatever stands in it; and a list may be long or short. So subqueries and calls are taken out
    and looked at by themselves, and of the items of a list that have one shape the first is kept.
    """
    text = text_of(statement)
    if not text.tokens:
        return {statement: statement}
    pieces: dict[str, str] = {}
    _Cutter(text, pieces).cut(0, len(text.tokens))
    return pieces


_QUERIES = word_set("select with insert update delete merge")
_NEW_LISTS = frozenset({"select", "from", "group by", "order by", "partition by", "set", "values"})
_WORTH_TAKING_OUT = 12


class _Cutter:
    """Cuts one statement; `pieces` receives what comes of it."""

    def __init__(self, text: Text, pieces: dict[str, str]) -> None:
        self.text = text
        self.pieces = pieces
        self.substitutes = _substitutes(text)

    def cut(self, first: int, last: int, around: str = "{}") -> None:
        """Make a piece of the tokens from `first` to `last`, in the place of the braces."""
        # the texts of options are a part of the grammar, those of queries are not
        is_query = self.text.words[first] in _QUERIES or around != "{}"
        shape, sql = self._short(first, last, is_query)
        before, after = around.split("{}")
        self.pieces[f"{before}{shape}{after}"] = f"{before}{sql}\n{after}"

    def _short(self, first: int, last: int, is_query: bool) -> tuple[str, str]:
        """The shape and the text of some tokens."""
        words, items, item, seen = self.text.words, [], [], set()
        index = first
        while index < last:
            word = words[index]
            item.append(self._part(index, is_query))
            if word in _NEW_LISTS:
                seen.clear()
            if word == "," and is_query:
                shape = " ".join(part[0] for part in item)
                if shape not in seen:
                    items += item
                seen.add(shape)
                item = []
            index = self.text.closing.get(index, index) + 1
        items += item
        return " ".join(part[0] for part in items), "".join(part[1] for part in items)

    def _part(self, index: int, is_query: bool) -> tuple[str, str]:
        """The shape and the text of a token, or of what stands in parentheses."""
        text, words = self.text, self.text.words
        closing = text.closing.get(index)
        space = text.sql[text.tokens[index - 1].end + 1 if index else 0 : text.tokens[index].start]
        if closing is None:
            written = self.substitutes.get(index, text.raw(index))
            return self._shape(index, is_query), space + written
        opens, closes = text.raw(index), text.raw(closing)
        if closing - index > _WORTH_TAKING_OUT and opens == "(" and index:
            function = functions().get(words[index - 1])
            if words[index + 1] in ("select", "with"):
                self.cut(index + 1, closing)
                return "(select 1)", space + "(select 1)"
            if function and function.kind == "scalar":
                self.cut(index + 1, closing, f"select {function.name}({{}})")
                return "(1)", space + "(1)"
        shape, sql = self._short(index + 1, closing, is_query)
        end = text.sql[text.tokens[closing - 1].end + 1 : text.tokens[closing].start]
        return f"{opens} {shape} {closes}", f"{space}{opens}{sql}{end}{closes}"

    def _shape(self, index: int, is_query: bool) -> str:
        token = self.text.tokens[index]
        if index in self.substitutes:
            return self.substitutes[index]
        if token.token_type in (TokenType.VAR, TokenType.IDENTIFIER):
            return token.text.upper() if token.text.upper() in _keywords() else "x"
        if is_query and token.token_type in (TokenType.STRING, TokenType.NUMBER):
            return token.token_type.name
        return self.text.raw(index)


def _substitutes(text: Text) -> dict[int, str]:
    """What sqlfluff does not know although the documentation has it: token -> what it knows.

    POSITION(a IN b) where a is a call; ORDER BY ALL; a session's time zone as an option of a user.
    """
    found = {}
    for call in text.calls:
        if call.name == "position" and len(call.arguments) == 1:
            first, last = call.arguments[0]
            for index in range(first, last):
                if text.words[index] == "in" and text.depth[index] == text.depth[first]:
                    found[index] = ","
    is_user = text.word(0) == "create" and "user" in text.words[:4]
    for index, word in enumerate(text.words):
        if word == "all" and text.word(index - 1) == "order by":
            found[index] = "1"
        if is_user and word == "timezone" and text.word(index + 1) == "=":
            found |= dict.fromkeys(range(index, index + 3), "")
    return found
