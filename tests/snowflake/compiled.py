"""Every statement that dbt would send to Snowflake, without an account or a network.

The real dbt and the real dbt-snowflake run the project against a stand-in for the connector, which
writes down what it is told and answers what dbt has to know: which relations there are, what their
columns are called, and that every test passed. Nothing is executed, so no row ever comes back; what
follows from rows (a hook that is only run when something was found) does not appear.

`compile` would not do: dbt asks the warehouse whether a table is there as soon as a model asks
``is_incremental()``, and the text of strategies, snapshots, hooks and tests is only made in a run.

    python -m tests.snowflake.compiled FILE

writes one JSON object per line: ``node`` (dbt's unique id, or null), ``sql``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

ROOT = Path(__file__).resolve().parents[2]

# Unit tests read the models with other names in them, and need the columns of what they replace.
_NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")

# A first build, one on top of it, and one that makes anew what grows: each has a text of its own.
_RUNS = (
    ("build", *_NO_UNIT_TESTS),
    ("build", *_NO_UNIT_TESTS, "--exclude-resource-type", "test"),
    ("run", "--full-refresh", "--select", "config.materialized:incremental"),
)
# Tables of products in place of landed files, each adapter once: a product per input.
_INPUTS = ("network_interfaces", "virtual_machines", "virtual_networks", "operation_logs")
_PRODUCTS = (
    ("snowalert", "snowalert", "raw", "snowalert"),
    ("cloudquery", "cloudquery", "cloudquery", "raw"),
    ("steampipe", "steampipe", "steampipe", "raw"),
)
_ADAPTERS = ("build", "--select", "path:models/adapters", *_NO_UNIT_TESTS)
_COMMENT = re.compile(r"\s*/\* (\{(?:(?!\*/).)*\}) \*/;?\s*$", re.DOTALL)


@dataclass(frozen=True)
class Statement:
    """What dbt sent in one go.

    Attributes:
        node: dbt's unique id of the model, test or hook it belongs to, where it is one's.
        sql: the text, without the comment that dbt puts behind it.
    """

    node: str | None
    sql: str


def recorded(file: Path) -> list[Statement]:
    """Run the project against the stand-in, three times and per product whose tables it may read.

    `file` receives what was sent.

    Returns:
        the statements in order, each distinct text of a node once.

    Raises:
        RuntimeError: dbt failed; the message is its output.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.snowflake.compiled", str(file)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return statements_of_log(file)


def statements_of_log(file: Path) -> list[Statement]:
    """The statements of a log with one JSON value per line: an object as above, or bare text."""
    found: dict[Statement, None] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if isinstance(entry, str):
            entry = {"node": None, "sql": entry}
        found[_without_comment(entry["sql"], entry.get("node"))] = None
    return list(found)


def _without_comment(sql: str, node: str | None) -> Statement:
    """Take off dbt's own comment, which is the same statement's name and no part of it."""
    comment = _COMMENT.search(sql)
    if comment:
        node = json.loads(comment.group(1)).get("node_id") or node
        sql = sql[: comment.start()]
    return Statement(node, sql.strip())


# ---- the stand-in


@dataclass
class _Warehouse:
    """What the statements so far would have made: (schema, name) -> kind and columns."""

    log: list[str] = field(default_factory=list)
    schemas: set[str] = field(default_factory=set)
    relations: dict[tuple[str, str], tuple[str, list[str]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names of the result's columns, and its rows."""
        with self.lock:
            self.log.append(sql)
            text = _COMMENT.sub("", sql).strip()
            for pattern, answer in _ANSWERS:
                match = re.match(pattern, text, re.IGNORECASE | re.DOTALL)
                if match:
                    return answer(self, text, match)
            return ["status"], []

    def columns(self, schema: str, name: str) -> list[str]:
        return self.relations.get((schema.upper(), name.upper()), ("TABLE", []))[1]


def _schemas(warehouse: _Warehouse, _sql: str, _match: re.Match[str]):
    return ["created_on", "name"], [(None, name) for name in sorted(warehouse.schemas)]


def _objects(warehouse: _Warehouse, _sql: str, match: re.Match[str]):
    wanted = match["schema"].upper()
    names = ["database_name", "schema_name", "name", "kind", "is_dynamic", "is_iceberg"]
    rows = [
        ("AZURE_FLOWS", schema, name, kind, "N", "N")
        for (schema, name), (kind, _) in sorted(warehouse.relations.items())
        if schema == wanted
    ]
    return names, rows


def _functions(_warehouse: _Warehouse, _sql: str, _match: re.Match[str]):
    return ["catalog_name", "schema_name", "name", "is_builtin"], []


def _describe(warehouse: _Warehouse, _sql: str, match: re.Match[str]):
    columns = warehouse.columns(match["schema"], match["name"])
    return ["name", "type"], [(name, "VARCHAR(16777216)") for name in columns]


def _create_schema(warehouse: _Warehouse, _sql: str, match: re.Match[str]):
    warehouse.schemas.add(match["schema"].upper())
    return ["status"], []


def _create(warehouse: _Warehouse, sql: str, match: re.Match[str]):
    tree = sqlglot.parse_one(sql, read="snowflake")
    if isinstance(tree, exp.Create) and isinstance(tree.expression, exp.Query):
        columns = _names(tree.expression, warehouse)
    elif isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema):
        columns = [part.name.upper() for part in tree.this.expressions if part.name]
    else:
        columns = []
    key = (match["schema"].upper(), match["name"].upper())
    warehouse.relations.setdefault(key, (match["kind"].upper(), columns))
    if " or replace " in match[0].lower():
        warehouse.relations[key] = (match["kind"].upper(), columns)
    return ["status"], []


def _drop(warehouse: _Warehouse, _sql: str, match: re.Match[str]):
    warehouse.relations.pop((match["schema"].upper(), match["name"].upper()), None)
    return ["status"], []


def _test(_warehouse: _Warehouse, _sql: str, _match: re.Match[str]):
    return ["failures", "should_warn", "should_error"], [(0, False, False)]


def _query(warehouse: _Warehouse, sql: str, _match: re.Match[str]):
    """The names alone: a query finds nothing in a warehouse that holds nothing."""
    return _names(sqlglot.parse_one(sql, read="snowflake"), warehouse), []


_NAME = r'(?:"?\w+"?\.)?"?(?P<schema>\w+)"?\."?(?P<name>\w+)"?'
_ANSWERS = (
    (r"show terse schemas\b", _schemas),
    (r'show objects in (?:schema )?(?:"?\w+"?\.)?"?(?P<schema>\w+)', _objects),
    (r"show (?:user |terse )*functions\b", _functions),
    (rf"describe table {_NAME}", _describe),
    (r'create schema if not exists (?:"?\w+"?\.)?"?(?P<schema>\w+)', _create_schema),
    (
        r"create (?:or replace )?\s*(?:(?:transient|temporary)\s+)*(?P<kind>table|view)\s+"
        rf"(?:if not exists\s+)?{_NAME}",
        _create,
    ),
    (rf"drop (?:table|view) if exists {_NAME}", _drop),
    (r"select\s+count\(\*\) as failures\b", _test),
    (r"(?:select|with)\b", _query),
)


def _names(query: exp.Expression, warehouse: _Warehouse) -> list[str]:
    """What the columns of a query are called, in capitals, stars replaced as far as can be told."""
    return _names_within(query, {}, warehouse)


def _names_within(
    query: exp.Expression, known: dict[str, list[str]], warehouse: _Warehouse
) -> list[str]:
    if isinstance(query, exp.Subquery):
        return _names_within(query.this, known, warehouse)
    if isinstance(query, exp.Table):
        own = known.get(query.name.upper()) if not query.db else None
        return own if own is not None else warehouse.columns(query.db, query.name)
    known = dict(known)
    for cte in query.ctes if isinstance(query, exp.Query) else ():
        known[cte.alias.upper()] = _names_within(cte.this, known, warehouse)
    if isinstance(query, exp.SetOperation):
        return _names_within(query.left, known, warehouse)
    if not isinstance(query, exp.Select):
        return []
    source = query.args.get("from_")
    sources = [source] if source else []
    sources = [part.this for part in [*sources, *query.args.get("joins", [])]]
    names: list[str] = []
    for part in query.expressions:
        if not part.is_star:
            names.append(part.alias_or_name.upper())
            continue
        for table in sources:
            wanted = part.table if isinstance(part, exp.Column) else ""
            if wanted.upper() in ("", table.alias_or_name.upper()):
                names += _names_within(table, known, warehouse)
    return list(dict.fromkeys(names))


def _bound(sql: str, bindings: Sequence[Any]) -> str:
    """Put values in the place of each %s, as the connector does."""
    values = iter(bindings)
    return re.sub(r"%s", lambda _: _literal(next(values)), sql) if bindings else sql


def _literal(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float | Decimal):
        return "null" if value is None else str(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


class _Cursor:
    """As much of the connector's cursor as dbt uses."""

    sqlstate = None
    sfqid = None
    stats = None

    def __init__(self, warehouse: _Warehouse) -> None:
        self._warehouse = warehouse
        self.description: list[tuple[Any, ...]] = []
        self._rows: list[tuple[Any, ...]] = []

    @property
    def rowcount(self) -> int:
        return len(self._rows)

    def execute(self, sql: str, bindings: Any = None) -> _Cursor:
        names, self._rows = self._warehouse.answer(_bound(sql, bindings or ()))
        # 2 is the connector's number for text
        self.description = [(name, 2, None, None, None, None, True) for name in names]
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        return self._rows[:size]

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None

    def close(self) -> None:
        pass


class _Connection:
    """As much of the connector's connection as dbt uses."""

    session_id = 0

    def __init__(self, warehouse: _Warehouse) -> None:
        self._warehouse = warehouse

    def cursor(self) -> _Cursor:
        return _Cursor(self._warehouse)

    def close(self) -> None:
        pass

    def is_closed(self) -> bool:
        return False

    def rollback(self) -> None:
        pass

    commit = rollback


def _run(warehouse: _Warehouse, folder: Path) -> Iterator[str]:
    """Run dbt as often as _RUNS says, in this process; gives what it complained of."""
    import snowflake.connector
    from dbt.cli.main import dbtRunner

    snowflake.connector.connect = lambda **_: _Connection(warehouse)
    places = [
        *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles")),
        *("--target", "snowflake", "--target-path", str(folder)),
    ]
    quiet = ("--quiet", "--log-path", str(folder), "--log-level-file", "none")
    parsed = dbtRunner().invoke([*quiet, "parse", *places])
    if parsed.exception or not parsed.success:
        yield str(parsed.exception or "dbt could not parse the project")
        return
    runs = [(dbtRunner(manifest=parsed.result), command) for command in _RUNS]
    for products in _PRODUCTS:
        chosen = {f"{name}_from": one for name, one in zip(_INPUTS, products, strict=True)}
        # other variables make another project: it is parsed again
        runs.append((dbtRunner(), (*_ADAPTERS, "--vars", json.dumps(chosen))))
    for runner, command in runs:
        done = runner.invoke([*quiet, *command, *places])
        if done.exception:
            yield str(done.exception)
        for result in done.result or []:
            # an exposure is no-op
            if result.status not in ("success", "pass", "skipped", "no-op"):
                yield f"{result.node.unique_id}: {result.status} {result.message}"


def main(file: Path) -> int:
    # sqlglot goes down into a statement by recursion, and ours are deep
    sys.setrecursionlimit(20_000)
    threading.stack_size(256 * 1024 * 1024)
    folder = file.parent / "dbt"
    folder.mkdir(exist_ok=True)
    warehouse = _Warehouse()
    complaints = list(_run(warehouse, folder))
    with file.open("w", encoding="utf-8") as log:
        for sql in warehouse.log:
            statement = _without_comment(sql, None)
            log.write(json.dumps({"node": statement.node, "sql": statement.sql}) + "\n")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
