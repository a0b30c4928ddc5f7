"""One estate through dbt-duckdb and through dbt-snowflake: every mart and window must be equal.

    python -m tests.snowflake.parity [--keep FOLDER]

The demo and a simulated estate with churn, in one database, are built twice: first with a part of
their files, then with all of them, so that flows, operation logs and snapshots come late and stored
flows are resolved again. dbt-snowflake and Snowflake's own connector talk to an emulator on
loopback (emulator.py); docs/snowflake.md says what that proves.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

warnings.filterwarnings("ignore", message="urllib3")

import duckdb  # noqa: E402
import pyarrow as pa  # noqa: E402
import snowflake.connector  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from rich import box  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402
from snowflake.connector.constants import FIELD_ID_TO_NAME  # noqa: E402

from scripts.dbt_runner import dbt_build  # noqa: E402
from scripts.demo import write_demo_estate  # noqa: E402
from scripts.errors import UserError  # noqa: E402
from scripts.landing import land  # noqa: E402
from scripts.paths import PROJECT_ROOT  # noqa: E402
from scripts.replay.compare import RAW, TableDifference, compare  # noqa: E402
from scripts.settings import Settings  # noqa: E402
from scripts.simulate import Dials, write_estate  # noqa: E402
from scripts.snowflake.statements import set_up  # noqa: E402
from scripts.sources import parse_source  # noqa: E402
from tests.snowflake.refused import Refusals, refusals  # noqa: E402

DATABASE = "azure_flows"
ESTATE = Dials(seed=5, hours=4, machines=30, flows=500, snapshot_hours=1, lost_deletes=0.1)
# Beside what each replay compares.
FURTHER = (
    *("marts.rpt_restatements", "marts.ocsf_network_activity", "marts.asim_network_session"),
    "marts.detections",
)
# A build seeds them anew; with these there is more to compare than the estate would give.
EASY_DETECTIONS = (
    "update {}reference.detection_thresholds set first_contact_past_hours = 0, "
    "fan_out_addresses = 2, denied_burst_attempts = 2, beacon_contacts = 3, beacon_seconds = 1, "
    "beacon_jitter_percent = 200, egress_past_hours = 1, egress_megabytes = 0, egress_factor = 1",
    "insert into {}reference.detection_port_classes values ('application', 6, 8443)",
)
# Of the files, this share comes with the second build.
LATE_SHARE = 0.35
# A row of values per record; the emulator parses each statement in Python.
ROWS_PER_INSERT = 400

# DuckDB's type → the type that the connector names.
SNOWFLAKE_TYPES = {
    "VARCHAR": "TEXT",
    "BIGINT": "FIXED",
    "INTEGER": "FIXED",
    "DOUBLE": "REAL",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "JSON": "VARIANT",
}


class ParityError(UserError):
    """One of the two sides could not be built."""


@dataclass(frozen=True)
class Account:
    """What stands in for an account: where it listens, and the key that opens it."""

    port: int
    private_key: Path
    statements: Path

    def connect(self) -> snowflake.connector.SnowflakeConnection:
        return snowflake.connector.connect(
            account="emulator",
            user="parity",
            private_key_file=str(self.private_key),
            database=DATABASE,
            host="127.0.0.1",
            port=self.port,
            protocol="http",
        )

    def dbt(self, *arguments: str, target_path: Path) -> None:
        """Run dbt on it; raises ParityError with dbt's own complaints where that fails."""
        done = subprocess.run(
            [
                *(sys.executable, "-c", "from dbt.cli.main import cli; cli()"),
                *("--quiet", "--no-use-colors", "--log-path", str(target_path / "logs")),
                *arguments,
                *("--project-dir", str(PROJECT_ROOT)),
                *("--profiles-dir", str(PROJECT_ROOT / "profiles")),
                *("--target", "snowflake", "--target-path", str(target_path)),
            ],
            cwd=PROJECT_ROOT,
            env=os.environ
            | {
                "SNOWFLAKE_ACCOUNT": "emulator",
                "SNOWFLAKE_USER": "parity",
                "SNOWFLAKE_PRIVATE_KEY_PATH": str(self.private_key),
                "SNOWFLAKE_HOST": "127.0.0.1",
                "SNOWFLAKE_PORT": str(self.port),
                "SNOWFLAKE_PROTOCOL": "http",
                "SNOWFLAKE_DATABASE": DATABASE,
                "THREADS": "2",
                "PYTHONWARNINGS": "ignore",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise ParityError(f"dbt {arguments[0]} failed on the emulator:\n{done.stdout}")


@contextmanager
def emulated_account(folder: Path, *options: str) -> Iterator[Account]:
    """An emulator of its own, with a database, until the block ends.

    Args:
        folder: for the key, the log of statements and what the emulator says.
        options: of tests/snowflake/emulator.py.
    """
    key = folder / "key.p8"
    key.write_bytes(
        rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = Account(port, key, folder / "statements.jsonl")
    command = [sys.executable, "-m", "tests.snowflake.emulator", "--port", str(port)]
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--log", str(account.statements), *options],
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(port, process)
            yield account
        finally:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise ParityError("The emulator did not start: see emulator.log.")


def copy_raw(database: Path, connection: snowflake.connector.SnowflakeConnection) -> None:
    """Put the raw tables of a DuckDB file in place of those of the account."""
    with duckdb.connect(str(database), read_only=True) as source:
        source.execute("set timezone = 'UTC'")
        for table in RAW:
            _copy_table(source, table, connection)


def _copy_table(
    source: duckdb.DuckDBPyConnection,
    table: str,
    connection: snowflake.connector.SnowflakeConnection,
) -> None:
    columns = _columns(source, table)
    nested = [SNOWFLAKE_TYPES.get(kind, "VARIANT") == "VARIANT" for kind in columns.values()]
    texts = ", ".join(
        f"cast(to_json({name}) as varchar)" if is_nested else f"cast({name} as varchar)"
        for name, is_nested in zip(columns, nested, strict=True)
    )
    rows = source.execute(f"select {texts} from {table}").fetchall()
    values = ", ".join(
        f"parse_json(column{number})" if is_nested else f"column{number}::{kind.lower()}"
        for number, (kind, is_nested) in enumerate(
            zip(columns.values(), nested, strict=True), start=1
        )
    )
    row = f"({', '.join('%s' for _ in columns)})"
    with connection.cursor() as cursor:
        cursor.execute(f"delete from {DATABASE}.{table}")
        for start in range(0, len(rows), ROWS_PER_INSERT):
            portion = rows[start : start + ROWS_PER_INSERT]
            cursor.execute(
                f"insert into {DATABASE}.{table} ({', '.join(columns)}) "
                f"select {values} from values {', '.join(row for _ in portion)}",
                [value for one in portion for value in one],
            )


def fetch(
    connection: snowflake.connector.SnowflakeConnection, like: Path, database: Path
) -> list[str]:
    """Write what the account holds into a new DuckDB file, for comparison with `like`.

    Returns:
        A sentence for each column whose type is another one, or that one side alone has.
    """
    faults = []
    with (
        duckdb.connect(str(like), read_only=True) as model,
        duckdb.connect(str(database)) as target,
        connection.cursor() as cursor,
    ):
        target.execute("set timezone = 'UTC'")
        for table in _compared(model):
            columns = _columns(model, table)
            cursor.execute(f"select * from {DATABASE}.{table}")
            # folded there, and DuckDB keeps them as they were written
            written = {name.lower(): name for name in columns}
            found = {
                written.get(column.name.lower(), column.name.lower()): FIELD_ID_TO_NAME[
                    column.type_code
                ]
                for column in cursor.description
            }
            for name in columns.keys() | found.keys():
                expected = SNOWFLAKE_TYPES.get(columns.get(name, ""))
                if found.get(name) != expected:
                    faults.append(f"{table}.{name} is {found.get(name)}, not {expected}")
            rows = cursor.fetchall()
            cells = zip(*rows, strict=True) if rows else ([] for _ in found)
            fetched = pa.table({name: list(cell) for name, cell in zip(found, cells, strict=True)})
            selected = ", ".join(
                f'cast("{name}" as {kind}) as "{name}"'
                for name, kind in columns.items()
                if name in found
            )
            target.execute(f"create schema if not exists {table.split('.')[0]}")
            target.register("fetched", fetched)
            target.execute(f"create table {table} as select {selected} from fetched")
            target.unregister("fetched")
    return faults


def _compared(model: duckdb.DuckDBPyConnection) -> list[str]:
    """Every mart and every table of windows."""
    return [
        name
        for (name,) in model.execute(
            "select distinct schema_name || '.' || table_name from duckdb_columns() "
            "where schema_name = 'marts' or schema_name = 'intermediate' "
            "and table_name like '%\\_windows' escape '\\' order by all"
        ).fetchall()
    ]


def _columns(database: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    found = database.execute(
        "select column_name, data_type from duckdb_columns() "
        "where schema_name || '.' || table_name = ? order by column_index",
        [table],
    ).fetchall()
    return dict(found)


def write_estate_twice(folder: Path) -> Iterator[Path]:
    """Write the raw files of a first delivery, and yield their folder; then those that are late."""
    whole, delivered = folder / "estate", folder / "raw"
    write_demo_estate(whole / "demo")
    (whole / "simulated").mkdir()
    write_estate(ESTATE, whole / "simulated", folder / "truth.parquet")
    files = [file for file in sorted(whole.rglob("*")) if file.is_file()]
    late = {file for file in files if _is_late(file.relative_to(whole))}
    for portion in (set(files) - late, late):
        for file in sorted(portion):
            copy = delivered / file.relative_to(whole)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        yield delivered


def _is_late(file: Path) -> bool:
    """By its name alone, so that every run delivers alike."""
    return hashlib.md5(str(file).encode()).digest()[0] < 256 * LATE_SHARE


def make_raw_tables(connection: snowflake.connector.SnowflakeConnection) -> None:
    """Make the raw tables as the set-up of an account does."""
    with connection.cursor() as cursor:
        cursor.execute(f"create schema if not exists {DATABASE}.raw")
        cursor.execute(f"use schema {DATABASE}.raw")
        for statement in set_up("raw_tables"):
            cursor.execute(statement)


def run(folder: Path, console: Console, *, invalid: bool = False) -> bool:
    """Build both sides twice, and print how they compare.

    Args:
        folder: an empty one, for raw files, databases and logs.
        invalid: run invalid statements on the emulator at the end, and print who refused them.

    Returns:
        Whether nothing differs.

    Raises:
        ParityError: a side could not be built.
    """
    duck = Settings(folder / "duckdb.duckdb", threads=2)
    equal = True
    with emulated_account(folder) as account, account.connect() as connection:
        make_raw_tables(connection)
        for stage, raw_dir in zip(
            ("first", "incremental"), write_estate_twice(folder), strict=True
        ):
            clock = [time.monotonic()]
            land(replace(duck, raw_dir=parse_source(str(raw_dir))))
            built = dbt_build(duck, data_tests=False)
            if built.errors:
                raise ParityError(f"dbt build failed on DuckDB: {built.errors[0].message}")
            clock.append(time.monotonic())
            copy_raw(duck.database, connection)
            clock.append(time.monotonic())
            # tests once, on what the second build leaves
            without = ("unit_test", "test") if stage == "first" else ("unit_test",)
            options = [word for kind in without for word in ("--exclude-resource-type", kind)]
            account.dbt("build", *options, target_path=folder / "target")
            clock.append(time.monotonic())
            with duckdb.connect(str(duck.database)) as ours, connection.cursor() as theirs:
                for statement in EASY_DETECTIONS:
                    ours.execute(statement.format(""))
                    theirs.execute(statement.format(f"{DATABASE}."))
            emulated = folder / f"{stage}.duckdb"
            faults = fetch(connection, duck.database, emulated)
            tables = compare(emulated, duck.database, further=FURTHER)
            clock.append(time.monotonic())
            _print(stage, tables, faults, console)
            steps = ("DuckDB", "raw rows", "emulator", "comparison")
            console.print(
                ", ".join(
                    f"{name} {after - before:.0f} s"
                    for name, (before, after) in zip(steps, pairwise(clock), strict=True)
                )
            )
            equal &= not faults and not any(table.differing for table in tables)
        if invalid:
            _print_refusals(refusals(connection), console)
    return equal


def _print_refusals(corpora: Sequence[Refusals], console: Console) -> None:
    shown = Table(title="invalid statements refused", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("corpus", "statements", "gate", "emulator", "either", "by none"):
        shown.add_column(name, justify="left" if name in ("corpus", "by none") else "right")
    for one in corpora:
        counts = (one.statements, one.gate, one.emulator, one.either)
        shown.add_row(one.corpus, *map(str, counts), "; ".join(one.missed))
    console.print(shown)


def _print(
    stage: str, tables: Sequence[TableDifference], faults: Sequence[str], console: Console
) -> None:
    shown = Table(title=f"{stage} build", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("table", "rows", "only emulator", "only DuckDB"):
        shown.add_column(name, justify="left" if name == "table" else "right", no_wrap=True)
    for table in tables:
        counts = (table.rows, table.only_replayed, table.only_rebuilt)
        shown.add_row(table.table, *(f"{count:,}" for count in counts))
    console.print(shown)
    for fault in faults:
        console.print(fault)
    for table in tables:
        for column, count in list(table.columns.items())[:8]:
            console.print(f"{table.table}.{column} differs in {count:,} rows")
        for example in table.examples[:2]:
            console.print(f"  {example}", markup=False)


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 all equal; 1 something differs, or a side could not be built."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="a new folder for raw files, databases and logs")
    parser.add_argument(
        "--invalid", action="store_true", help="also run invalid statements, and print who refuses"
    )
    options = parser.parse_args(arguments)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)
    with ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            console.print(f"{folder} is not empty: name a new folder.")
            return 2
        began = time.monotonic()
        try:
            equal = run(folder.resolve(), console, invalid=options.invalid)
        except UserError as error:
            console.print(str(error), markup=False)
            return 1
    console.print(
        f"{'No row differs' if equal else 'The two sides differ'}; "
        f"{time.monotonic() - began:.0f} s. Both ran on DuckDB: docs/snowflake.md."
    )
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
