"""Snowflake Scripting, as far as the set-up's procedures use it: read, checked, and run.

The grammars that the gate asks do not look between the $$ of a procedure, and the emulator has no
procedures. `Procedure` is read from its CREATE statement, and says in one sentence what is wrong
with its body; `call` runs it on whatever runs single statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.snowflake.text import word_set

# Runs one statement with its values in place, and gives its rows.
Execute = Callable[[str], list[tuple[Any, ...]]]

_CREATE = re.compile(
    r"create\s+(?:or\s+replace\s+)?procedure\s+(?P<name>[\w.]+)\s*\((?P<arguments>[^)]*)\)"
    r"(?P<options>.*?)\bas\s*\$\$(?P<body>.*)\$\$\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK = re.compile(r"\s*execute\s+immediate\s*\$\$(?P<body>.*)\$\$", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<text>'(?:[^'\\]|\\.|'')*'|\"[^\"]*\")"
    r"|(?P<word>[A-Za-z_][\w$]*)|(?P<sign>:=|.)",
    re.DOTALL,
)
_SQL = word_set(
    """
    select with insert update delete merge copy commit rollback truncate create drop alter grant
    revoke use show describe list remove put get set unset undrop comment
    """
)
_STATES = frozenset({"sqlerrm", "sqlcode", "sqlstate", "sqlrowcount", "sqlfound", "sqlnotfound"})
_ERRORS = frozenset({"other", "statement_error", "expression_error"})


class ScriptError(Exception):
    """A body that Snowflake would not take; the message is a sentence."""


class Raised(Exception):  # noqa: N818 (an exception of the script, not of Python)
    """A statement of a script failed, and no handler took it."""


@dataclass(frozen=True)
class Sql:
    """A statement that is SQL alone; `into` is the variable that takes its value."""

    text: str
    into: str | None = None


@dataclass(frozen=True)
class Assign:
    name: str
    expression: str


@dataclass(frozen=True)
class Simple:
    """return, raise, null, execute immediate: `kind`, and the expression behind it."""

    kind: str
    expression: str = ""


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class If:
    branches: tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass(frozen=True)
class Loop:
    """while, repeat and for: `head` is the condition, or the cursor that `row` goes over."""

    kind: str
    head: str
    body: tuple[Any, ...]
    row: str = ""


@dataclass(frozen=True)
class Block:
    declared: Mapping[str, str]
    cursors: Mapping[str, str]
    body: tuple[Any, ...]
    handler: tuple[Any, ...] | None


@dataclass(frozen=True)
class Procedure:
    """A procedure in SQL, or a block that is run at once.

    Attributes:
        name: as it is created; empty for a block.
        arguments: the names of its arguments.
        block: its body; None where it cannot be read.
        faults: what is wrong with it, a sentence each.
    """

    name: str
    arguments: tuple[str, ...]
    block: Block | None
    faults: tuple[str, ...]

    @staticmethod
    def of(statement: str) -> Procedure | None:
        """What a statement creates or runs; None where that is no script in SQL."""
        bare = re.sub(r"\A(\s*--[^\n]*\n)*\s*", "", statement)
        immediate = _BLOCK.match(bare)
        if immediate:
            return Procedure._read("", (), immediate["body"], [])
        head = _CREATE.match(bare)
        if not head or not re.search(r"(?i)\blanguage\s+sql\b", head["options"]):
            return None
        pairs = [argument.split() for argument in head["arguments"].split(",") if argument.strip()]
        arguments = tuple(pair[0].lower() for pair in pairs)
        faults = [] if re.search(r"(?i)\breturns\s+\w", head["options"]) else ["it returns nothing"]
        return Procedure._read(head["name"], arguments, head["body"], faults)

    @staticmethod
    def _read(name: str, arguments: tuple[str, ...], body: str, faults: list[str]) -> Procedure:
        try:
            block = _Parser(body).whole()
            faults = faults + _Names(arguments).faults(block)
        except ScriptError as error:
            return Procedure(name, arguments, None, (*faults, str(error)))
        return Procedure(name, arguments, block, tuple(faults))

    def statements(self) -> Iterator[str]:
        """The statements of its body that are SQL alone, without what is Scripting in them."""
        if self.block:
            for part in _walk(self.block):
                if isinstance(part, Sql):
                    yield part.text
                elif isinstance(part, Block):
                    yield from part.cursors.values()

    def calls(self) -> Iterator[Call]:
        """The procedures that it calls."""
        if self.block:
            yield from (part for part in _walk(self.block) if isinstance(part, Call))


def _walk(part: Any) -> Iterator[Any]:
    yield part
    if isinstance(part, Block):
        inner = [*part.body, *(part.handler or ())]
    elif isinstance(part, If):
        inner = [each for _, body in part.branches for each in body]
    else:
        inner = part.body if isinstance(part, Loop) else ()
    for each in inner:
        yield from _walk(each)


# ---- reading


@dataclass
class _Parser:
    text: str
    at: int = 0
    tokens: list[tuple[str, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for token in _TOKEN.finditer(self.text):
            if token.lastgroup != "space":
                is_word = token.lastgroup == "word"
                word = token[0].lower() if is_word or token.lastgroup == "sign" else "''"
                self.tokens.append((word, token.start(), token.end()))

    def word(self, ahead: int = 0) -> str:
        index = self.at + ahead
        return self.tokens[index][0] if index < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        word = self.word()
        if expected and word not in expected:
            raise ScriptError(
                f"{self._place()}: there is {word or 'the end'} in place of "
                f"{' or '.join(expected).upper()}"
            )
        self.at += 1
        return word

    def _place(self) -> str:
        before = self.text[: self.tokens[self.at][1]] if self.at < len(self.tokens) else self.text
        return f"line {before.count(chr(10)) + 1} of the body"

    def until(self, *ends: str) -> str:
        """The text up to a word that stands in no parenthesis, which is not taken."""
        first, depth = self.at, 0
        while self.word() and (depth or self.word() not in ends):
            if self.word() == ";":
                break
            depth += (self.word() == "(") - (self.word() == ")")
            self.at += 1
        if self.word() not in ends:
            raise ScriptError(f"{self._place()}: {' or '.join(ends).upper()} is missing")
        if first == self.at:
            raise ScriptError(f"{self._place()}: something stands before {self.word().upper()}")
        return self.text[self.tokens[first][1] : self.tokens[self.at - 1][2]]

    def whole(self) -> Block:
        block = self.block()
        if self.word() == ";":
            self.take()
        if self.word():
            raise ScriptError(f"{self._place()}: {self.word()} stands behind the last END")
        return block

    def block(self) -> Block:
        declared: dict[str, str] = {}
        cursors: dict[str, str] = {}
        if self.word() == "declare":
            self.take()
            while self.word() != "begin":
                name = self.name()
                if self.word() == "cursor":
                    self.take()
                    self.take("for")
                    cursors[name] = self.until(";")
                else:
                    self.take()  # its type
                    declared[name] = "null"
                    if self.word() == "(":
                        self.until("default", ":=", ";")
                    if self.word() in ("default", ":="):
                        self.take()
                        declared[name] = self.until(";")
                self.take(";")
        self.take("begin")
        body = self.statements("exception", "end")
        handler: tuple[Any, ...] | None = None
        if self.word() == "exception":
            self.take()
            self.take("when")
            self.take(*_ERRORS)
            self.take("then")
            handler = self.statements("end")
        self.take("end")
        return Block(declared, cursors, body, handler)

    def name(self) -> str:
        name = self.take()
        if not re.fullmatch(r"[a-z_]\w*", name):
            raise ScriptError(f"{self._place()}: {name} is no name")
        return name

    def statements(self, *ends: str) -> tuple[Any, ...]:
        found = []
        while self.word() and self.word() not in ends:
            found.append(self.statement())
            self.take(";")
        if not found:
            raise ScriptError(f"{self._place()}: there is no statement before {ends[-1].upper()}")
        return tuple(found)

    def statement(self) -> Any:
        word = self.word()
        if word == "declare" or (word == "begin" and self.word(1) not in ("transaction", ";")):
            return self.block()
        if word in ("if", "while", "repeat", "for"):
            return getattr(self, f"_{word}")()
        if word == "let":
            raise ScriptError(f"{self._place()}: declare variables in DECLARE: handlers see no LET")
        if self.word(1) == ":=":
            name = self.name()
            self.take(":=")
            return Assign(name, self.until(";"))
        if word in ("return", "raise", "null"):
            self.take()
            return Simple(word, self.until(";") if self.word() != ";" else "")
        if word == "execute":
            self.take()
            self.take("immediate")
            return Simple("execute", self.until(";"))
        if word == "call":
            return self._call()
        if word == "begin":
            self.take()
            if self.word() != ";":
                self.take("transaction")
            return Sql("begin transaction")
        if word not in _SQL:
            raise ScriptError(f"{self._place()}: no statement begins with {word}")
        return self._sql()

    def _sql(self) -> Sql:
        text = self.until(";")
        if re.match(r"(?i)(commit|rollback)\b\s*\S", text):
            raise ScriptError(f"{self._place()}: {text.split()[0].upper()} stands alone")
        into = re.search(r"(?i)\binto\s+:(\w+)", text)
        if into and text[:6].lower() == "select":
            return Sql(text[: into.start()] + text[into.end() :], into[1].lower())
        return Sql(text)

    def _call(self) -> Call:
        self.take()
        text = self.until(";")
        call = re.fullmatch(r"([\w.]+)\s*\((.*)\)", text, re.DOTALL)
        if not call:
            raise ScriptError(f"{self._place()}: a call has its arguments in parentheses")
        arguments = [argument.strip() for argument in call[2].split(",")]
        return Call(call[1].lower(), tuple(argument for argument in arguments if argument))

    def _condition(self, *ends: str) -> str:
        if self.word() != "(":
            raise ScriptError(f"{self._place()}: a condition stands in parentheses")
        return self.until(*ends)

    def _if(self) -> If:
        branches = []
        while self.word() in ("if", "elseif"):
            self.take()
            condition = self._condition("then")
            self.take("then")
            branches.append((condition, self.statements("elseif", "else", "end")))
        if self.word() == "else":
            self.take()
            branches.append(("true", self.statements("end")))
        self.take("end")
        self.take("if")
        return If(tuple(branches))

    def _while(self) -> Loop:
        self.take()
        condition = self._condition("do", "loop")
        closing = "while" if self.take() == "do" else "loop"
        body = self.statements("end")
        self.take("end")
        self.take(closing)
        return Loop("while", condition, body)

    def _repeat(self) -> Loop:
        self.take()
        body = self.statements("until")
        self.take("until")
        condition = self._condition("end")
        self.take("end")
        self.take("repeat")
        return Loop("repeat", condition, body)

    def _for(self) -> Loop:
        self.take()
        row = self.name()
        self.take("in")
        cursor = self.name()
        self.take("do")
        body = self.statements("end")
        self.take("end")
        self.take("for")
        return Loop("for", cursor, body, row)


@dataclass
class _Names:
    """Finds variables that nobody declared, and what an SQL statement does not know."""

    arguments: tuple[str, ...]

    def faults(self, block: Block) -> list[str]:
        return list(dict.fromkeys(self._of(block, frozenset(self.arguments), frozenset(), False)))

    def _of(
        self, part: Any, known: frozenset[str], cursors: frozenset[str], handles: bool
    ) -> Iterator[str]:
        if isinstance(part, Block):
            known, cursors = known | set(part.declared), cursors | set(part.cursors)
            for each in part.body:
                yield from self._of(each, known, cursors, handles)
            for each in part.handler or ():
                yield from self._of(each, known, cursors, True)
        elif isinstance(part, If):
            for condition, body in part.branches:
                yield from _unknown(condition, known)
                for each in body:
                    yield from self._of(each, known, cursors, handles)
        elif isinstance(part, Loop):
            if part.kind == "for" and part.head not in cursors:
                yield f"there is no cursor {part.head}"
            if part.kind != "for":
                yield from _unknown(part.head, known)
            for each in part.body:
                yield from self._of(each, known | {part.row}, cursors, handles)
        elif isinstance(part, Sql):
            yield from _unbound(part.text, known)
            if part.into and part.into not in known:
                yield f"the variable {part.into} is not declared"
        elif isinstance(part, Call):
            for argument in part.arguments:
                yield from _unbound(argument, known)
                if re.fullmatch(r"[A-Za-z_]\w*", argument):
                    yield f"the argument {argument} of a call needs a colon"
        elif isinstance(part, Assign):
            if part.name not in known:
                yield f"the variable {part.name} is not declared"
            yield from _unknown(part.expression, known)
        elif part.kind == "raise" and not part.expression and not handles:
            yield "RAISE without a name stands in a handler alone"
        else:
            yield from _unknown(part.expression, known)


def _unbound(sql: str, known: frozenset[str]) -> Iterator[str]:
    for word in re.findall(r"(?<![:\w]):([A-Za-z_]\w*)", _without_texts(sql)):
        if word.lower() not in known:
            yield f"the variable {word} is not declared"
    for word in re.findall(r"\w+", _without_texts(sql)):
        if word.lower() in _STATES:
            yield f"SQL knows no {word.upper()}: assign it to a variable first"


def _unknown(expression: str, known: frozenset[str]) -> Iterator[str]:
    bare = _without_texts(expression)
    for word in re.findall(r"(?<![\w.])([A-Za-z_]\w*)(?!\s*\(|\w)", bare):
        if word.lower() not in known | _STATES | _WORDS:
            yield f"the variable {word} is not declared"


_WORDS = word_set("and or not is null true false in like between distinct from")


def _without_texts(sql: str) -> str:
    return re.sub(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*", "''", sql)


# ---- running


class _Return(Exception):  # noqa: N818 (no error)
    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


def call(procedures: Mapping[str, Procedure], name: str, execute: Execute, *values: Any) -> Any:
    """Run a procedure; what it returns.

    Args:
        procedures: those that there are, by name.
        execute: runs a statement; what it raises, the script's handlers may take.

    Raises:
        Raised: a statement failed and no handler took it.
    """
    procedure = procedures[name]
    assert procedure.block is not None, procedure.faults
    variables = dict(zip(procedure.arguments, values, strict=True))
    try:
        _Run(procedures, execute).block(procedure.block, variables)
    except _Return as returned:
        return returned.value
    return None


@dataclass
class _Run:
    procedures: Mapping[str, Procedure]
    execute: Execute
    cursors: dict[str, str] = field(default_factory=dict)

    def block(self, block: Block, outer: dict[str, Any]) -> None:
        for name, default in block.declared.items():
            outer[name] = self.value(default, outer)
        self.cursors |= block.cursors
        try:
            self.all(block.body, outer)
        except _Return:
            raise
        except Exception as error:
            if block.handler is None:
                raise
            try:
                self.all(block.handler, outer | {"sqlerrm": str(error)}, outer)
            except _Reraise:
                raise Raised(str(error)) from error

    def all(
        self, parts: tuple[Any, ...], variables: dict[str, Any], outer: dict[str, Any] | None = None
    ) -> None:
        for part in parts:
            self.one(part, variables)
            if outer is not None:  # what a handler assigns, its block has assigned
                outer.update({name: variables[name] for name in outer})

    def one(self, part: Any, variables: dict[str, Any]) -> None:
        if isinstance(part, Block):
            self.block(part, variables)
        elif isinstance(part, Sql):
            rows = self.execute(_bound(part.text, variables))
            if part.into:
                variables[part.into] = rows[0][0]
        elif isinstance(part, Assign):
            variables[part.name] = self.value(part.expression, variables)
        elif isinstance(part, If):
            for condition, body in part.branches:
                if self.value(condition, variables):
                    self.all(body, variables)
                    break
        elif isinstance(part, Call):
            values = [self.value(argument, variables) for argument in part.arguments]
            call(self.procedures, part.name, self.execute, *values)
        elif isinstance(part, Loop):
            self.loop(part, variables)
        elif part.kind == "return":
            raise _Return(self.value(part.expression, variables) if part.expression else None)
        elif part.kind == "raise":
            raise _Reraise
        elif part.kind == "execute":
            self.execute(self.value(part.expression, variables))

    def loop(self, loop: Loop, variables: dict[str, Any]) -> None:
        if loop.kind == "for":
            query = self.cursors[loop.head]
            names = re.match(r"(?is)select\s+(.*?)\s+from\b", query)[1].lower().split(",")
            for row in self.execute(query):
                fields = zip((name.strip() for name in names), row, strict=True)
                inner = {f"{loop.row}.{name}": value for name, value in fields}
                self.all(loop.body, variables | inner, variables)
        elif loop.kind == "while":
            while self.value(loop.head, variables):
                self.all(loop.body, variables)
        else:
            self.all(loop.body, variables)
            while not self.value(loop.head, variables):
                self.all(loop.body, variables)

    def value(self, expression: str, variables: dict[str, Any]) -> Any:
        bare = expression.strip().lower().removeprefix(":")
        if bare in variables:
            return variables[bare]

        def literal(match: re.Match[str]) -> str:
            name = match[0].lower().removeprefix(":")
            return _literal(variables[name]) if name in variables else match[0]

        text = re.sub(r"'(?:[^'\\]|\\.|'')*'|:?[A-Za-z_][\w.]*", literal, expression)
        return self.execute(f"select {text}")[0][0]


class _Reraise(Exception):  # noqa: N818 (the script's RAISE)
    pass


def _bound(sql: str, variables: Mapping[str, Any]) -> str:
    def literal(match: re.Match[str]) -> str:
        name = match[2]
        return _literal(variables[name.lower()]) if name else match[0]

    return re.sub(r"('(?:[^'\\]|\\.|'')*'|--[^\n]*)|(?<![:\w]):([A-Za-z_]\w*)", literal, sql)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if isinstance(value, datetime):
        return f"'{value.isoformat(' ')}'::timestamp_ntz"
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"
