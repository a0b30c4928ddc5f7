"""A statement as the rules look at it: its tokens, its trees, the calls in it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

# sqlglot says of each command it does not parse that it does not; so do the rules that care.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_NO_WORDS = {
    TokenType.STRING,
    TokenType.RAW_STRING,
    TokenType.NUMBER,
    TokenType.HEX_STRING,
    TokenType.IDENTIFIER,
}
# A parenthesis behind one of these words opens no list of arguments.
_NO_FUNCTIONS = word_set(
    """
    all and any as asc at before bernoulli between block by case changes check cluster comment
    connect cross cube directory
    desc distinct else end except exclude exists fetch from full group having ilike in inner
    input intersect into is join key lateral like limit match_condition minus natural not null of
    offset on or order outer over partition pivot qualify recursive references rename restrict
    rollup sample select set sets some start system table tablesample tag then to union unique
    unpivot update using values view when where with within
    """
)
# A parenthesis behind a name that follows one of these opens a list of columns.
_BEFORE_COLUMNS = word_set("into table view exists references as procedure function call")


@dataclass(frozen=True)
class Window:
    """The OVER of a call: which of its parts are there.

    Attributes:
        has_order: ORDER BY.
        frame: 'rows', 'range', 'groups' or none.
    """

    has_order: bool
    frame: str | None


@dataclass(frozen=True)
class Call:
    """A call of a function, as it is written.

    Attributes:
        name: lower case, with what stands before it and a dot, if anything does.
        at: the index of its name's last token.
        arguments: (first, last) token of each argument, last not included.
        before: the two words before it, lower case, the nearer one last.
        window: its OVER, where it has one.
    """

    name: str
    at: int
    arguments: tuple[tuple[int, int], ...]
    before: tuple[str, str]
    window: Window | None


class Text:
    """A statement; `tokens` is empty where it cannot even be cut into tokens."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens: list[Token] = []
        self.trees: list[exp.Expression] = []
        self.error: str | None = None
        try:
            self.tokens = sqlglot.tokenize(sql, read="snowflake")
            self.trees = [tree for tree in sqlglot.parse(sql, read="snowflake") if tree]
        except SqlglotError as error:
            self.error = str(error).splitlines()[0]

    @cached_property
    def words(self) -> list[str]:
        """Each token as it is compared: lower case, or '' where it is a text or a quoted name."""
        return [
            "" if token.token_type in _NO_WORDS else token.text.lower() for token in self.tokens
        ]

    @cached_property
    def nodes(self) -> list[exp.Expression]:
        return [node for tree in self.trees for node in tree.walk()]

    @cached_property
    def closing(self) -> dict[int, int]:
        """Opening parenthesis, bracket or brace -> the one that closes it."""
        pairs, open_ones = {}, []
        for index, token in enumerate(self.tokens):
            if token.token_type in _OPENING:
                open_ones.append(index)
            elif token.token_type in _CLOSING and open_ones:
                pairs[open_ones.pop()] = index
        return pairs

    @cached_property
    def depth(self) -> list[int]:
        """How many parentheses, brackets and braces each token stands in."""
        found, depth, closings = [], 0, set(self.closing.values())
        for index in range(len(self.tokens)):
            depth -= index in closings
            found.append(depth)
            depth += index in self.closing
        return found

    @cached_property
    def calls(self) -> list[Call]:
        return list(self._calls())

    def raw(self, index: int) -> str:
        """A token as it is written, quotes included."""
        token = self.tokens[index]
        return self.sql[token.start : token.end + 1]

    def between(self, first: int, last: int) -> list[str]:
        """The words from one token to another that stand in no parenthesis of their own."""
        found, index = [], first
        while index < last:
            found.append(self.words[index])
            index = self.closing.get(index, index) + 1
        return found

    def word(self, index: int) -> str:
        return self.words[index] if 0 <= index < len(self.words) else ""

    def _calls(self) -> Iterator[Call]:
        for opening, closing in self.closing.items():
            at = opening - 1
            name = self.word(at)
            if self.tokens[opening].token_type != TokenType.L_PAREN or not name[:1].isalpha():
                continue
            if " " in name:  # GROUPING SETS and the like are one token
                continue
            start = at
            while self.word(start - 1) == "." and start >= 2:
                start -= 2
            before = (self.word(start - 2), self.word(start - 1))
            dotted = "".join(token.text for token in self.tokens[start : at + 1]).lower()
            if start == at and name in _NO_FUNCTIONS:
                continue
            if before[1] in _BEFORE_COLUMNS or self._is_no_call(name, start, opening, before):
                continue
            window = self._window(closing + 1)
            yield Call(dotted, at, tuple(self._arguments(opening, closing)), before, window)

    def _is_no_call(self, name: str, start: int, opening: int, before: tuple[str, str]) -> bool:
        after = self.closing[opening] + 1
        # a CTE with the names of its columns; the columns of MERGE's INSERT; what a star replaces
        return (
            (self.word(after) == "as" and self.word(after + 1) == "(")
            or (name == "insert" and before[1] == "then")
            or (name in ("replace", "rename") and before[1] == "*")
            or before[1] in ("::", "@")
            or self._stands_for_a_type(start, opening)
        )

    def _stands_for_a_type(self, start: int, opening: int) -> bool:
        """varchar(10) in a list of columns or a cast: a type, which types() looks at."""
        numbers = self.tokens[opening + 1 : self.closing[opening]]
        return (
            self.words[start] in _SIZED_TYPES
            and self.words[start - 1] not in ("", "(", ",", "select", "=", "||", "+")
            and all(
                token.token_type == TokenType.NUMBER or token.text in (",", "max")
                for token in numbers
            )
        )

    def _arguments(self, opening: int, closing: int) -> Iterator[tuple[int, int]]:
        first, index = opening + 1, opening + 1
        while index < closing:
            if self.words[index] == ",":
                yield first, index
                first = index + 1
            index = self.closing.get(index, index) + 1
        if opening + 1 < closing:
            yield first, closing

    def _window(self, index: int) -> Window | None:
        """The OVER that follows a call, past what may stand between them."""
        while self.word(index) in ("within", "group", "ignore", "respect", "nulls", "("):
            if self.word(index) == "(":
                if self.word(index - 1) != "group":
                    return None
                index = self.closing[index]
            index += 1
        if self.word(index) != "over":
            return None
        if self.word(index + 1) != "(":
            return Window(True, None)
        inside = self.between(index + 2, self.closing[index + 1])
        frames = [word for word in inside if word in ("rows", "range", "groups")]
        return Window("order by" in inside, frames[0] if frames else None)


_SIZED_TYPES = word_set(
    """
    varchar char character string text binary varbinary number decimal numeric time timestamp
    timestamp_ntz timestamp_ltz timestamp_tz datetime vector
    """
)


@lru_cache(maxsize=4096)
def text_of(sql: str) -> Text:
    return Text(sql)
