"""Runs the whole project on a Snowflake account once, on the demo, and leaves nothing behind.

    python -m scripts.snowflake.smoke

Makes a database of its own, lands the demo's files into it the way production does (stages, COPY
INTO, the split), runs dbt twice, and compares each mart with a DuckDB build of the same files. The
role needs CREATE DATABASE on the account and USAGE on the warehouse. The account is named by the
variables of profiles/profiles.yml. Exit codes: 0 all is equal; 1 something differs, or a model or a
gate failed; 2 the account cannot be used, one sentence says why.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from scripts.dbt_runner import _DBT, dbt_build
from scripts.demo import write_demo_estate
from scripts.errors import UserError
from scripts.landing import land
from scripts.landing.discover import discover
from scripts.paths import PROJECT_ROOT
from scripts.settings import Settings
from scripts.snowflake.compare import OF_THE_RUN, difference
from scripts.snowflake.statements import set_up, split_statements

# In the place of a storage account's name, and container → its stage in 07_azure_stages.sql.
ACCOUNT = "smoke"
STAGES = {
    "insights-logs-networksecuritygroupflowevent": f"nsg_flow_logs_{ACCOUNT}",
    "insights-logs-flowlogflowevent": f"vnet_flow_logs_{ACCOUNT}",
    "insights-activity-logs": f"activity_logs_{ACCOUNT}",
    "collect": f"collect_{ACCOUNT}",
}
RAW_TABLES = (
    *("flow_logs", "operation_logs", "network_interfaces", "virtual_machines"),
    *("virtual_networks", "rejected_records", "landed_files"),
)
_REQUIRED = ("SNOWFLAKE_ACCOUNT", "SNOWFLAKE_USER")


def connect() -> Any:
    """A session on the account of the environment, with no database.

    Raises:
        UserError: a variable is missing, the key cannot be read, or the account refuses.
    """
    try:
        import snowflake.connector as connector
    except ImportError as error:
        raise UserError(
            "Snowflake's connector is not installed: install requirements-snowflake.txt."
        ) from error
    missing = [name for name in _REQUIRED if not os.environ.get(name)]
    if missing:
        raise UserError(f"{' and '.join(missing)} must be set to reach a Snowflake account.")
    try:
        return connector.connect(
            account=os.environ["SNOWFLAKE_ACCOUNT"],
            user=os.environ["SNOWFLAKE_USER"],
            role=os.environ.get("SNOWFLAKE_ROLE", "transformer"),
            warehouse=os.environ.get("SNOWFLAKE_WAREHOUSE", "transforming"),
            private_key=_private_key(),
            session_parameters={"TIMEZONE": "UTC", "QUERY_TAG": "azure_flow_attribution_smoke"},
            login_timeout=60,
            **{
                option: os.environ[f"SNOWFLAKE_{option.upper()}"]
                for option in ("host", "port", "protocol")
                if os.environ.get(f"SNOWFLAKE_{option.upper()}")
            },
        )
    except connector.errors.Error as error:
        raise UserError(f"Snowflake refuses the session: {_one_line(error)}") from error


def _private_key() -> bytes:
    """The key as the connector takes it, from a file or from a variable that holds its text."""
    from cryptography.hazmat.primitives import serialization

    path = os.environ.get("SNOWFLAKE_PRIVATE_KEY_PATH")
    text = os.environ.get("DBT_ENV_SECRET_SNOWFLAKE_PRIVATE_KEY")
    passphrase = os.environ.get("DBT_ENV_SECRET_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE")
    try:
        pem = Path(path).read_bytes() if path else (text or "").encode()
    except OSError as error:
        raise UserError(f"The key file {path} cannot be read: {error.strerror}.") from error
    if not pem:
        raise UserError(
            "SNOWFLAKE_PRIVATE_KEY_PATH must name the private key of the user; docs/snowflake.md "
            "says how to make one."
        )
    try:
        key = serialization.load_pem_private_key(pem, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError) as error:
        raise UserError(
            "The private key is no PEM text, or DBT_ENV_SECRET_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE is "
            "not its passphrase."
        ) from error
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@contextmanager
def own_database(cursor: Any) -> Iterator[str]:
    """A database with a name of its own, dropped in the end whatever happens.

    Raises:
        UserError: the role may not make one.
    """
    name = f"azure_flows_smoke_{secrets.token_hex(4)}"
    try:
        cursor.execute(f"create database {name}")
    except Exception as error:
        raise UserError(
            f"The role cannot make a database, which takes CREATE DATABASE on the account: "
            f"{_one_line(error)}"
        ) from error
    try:
        cursor.execute(f"use database {name}")
        yield name
    finally:
        try:
            cursor.execute(f"drop database if exists {name}")
        except Exception as error:
            raise UserError(
                f"The database {name} is still there, drop it by hand: {_one_line(error)}"
            ) from error


def make_tables(cursor: Any, *, without_stages: bool) -> None:
    """What the files 04 to 08 make, with internal stages in place of Azure's."""
    for schema in ("raw", "landing"):
        cursor.execute(f"create schema if not exists {schema}")
    for script in ("raw_tables", "landing_tables"):
        for statement in set_up(script):
            cursor.execute(statement)
    if without_stages:
        return
    for statement in set_up("azure_stages"):
        if "create stage" not in statement:
            cursor.execute(statement.replace("&{storage_account}", ACCOUNT))
    for stage in STAGES.values():
        cursor.execute(f"create stage landing.{stage}")
    for script in ("split_documents", "load_documents"):
        for statement in set_up(script):
            cursor.execute(statement)


def land_on_snowflake(cursor: Any, raw_dir: Path, *, without_stages: bool) -> None:
    """Land the files below `raw_dir`, twice: the second time changes nothing."""
    if without_stages:
        _insert_documents(cursor, raw_dir)
    else:
        for file in filter(None, discover(raw_dir)):
            path = Path(file.path)
            container, *folders = path.relative_to(raw_dir.resolve()).parent.parts
            folder = "/".join(folders)
            cursor.execute(
                f"put 'file://{path.as_posix()}' '@landing.{STAGES[container]}/{folder}' "
                "auto_compress = false overwrite = true"
            )
    for _ in range(2):
        if without_stages:
            cursor.execute("begin transaction")
            for statement in split_statements():
                cursor.execute(statement)
            cursor.execute("commit")
        else:
            cursor.execute("call landing.load_documents()")
            cursor.execute("call landing.split_documents()")


def _insert_documents(cursor: Any, raw_dir: Path) -> None:
    """What COPY INTO does, for an emulator that has no stages of whole files."""
    for file in filter(None, discover(raw_dir)):
        path = Path(file.path)
        modified_at = datetime.fromtimestamp(file.modified_us / 1_000_000, UTC)
        cursor.execute(
            "insert into landing.documents "
            "(raw_table, file_path, document, file_modified_at, etag, scanned_at) "
            "select %s, %s, %s, %s::timestamp_ntz, %s, %s::timestamp_ntz",
            [
                file.raw_table,
                path.relative_to(raw_dir.resolve()).as_posix(),
                path.read_text(encoding="utf-8"),
                modified_at.strftime("%Y-%m-%d %H:%M:%S.%f"),
                str(file.size_bytes),
                datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
            ],
        )


def dbt_on_snowflake(database: str, folder: Path, *, unit_tests: bool) -> list[str]:
    """Run ``dbt build`` in a database; a line per node that failed."""
    results = folder / "run_results.json"
    results.unlink(missing_ok=True)
    done = subprocess.run(
        [
            *_DBT,
            *("--quiet", "--no-use-colors", "--no-send-anonymous-usage-stats"),
            *("--log-path", str(folder), "build", "--target", "snowflake"),
            *("--project-dir", str(PROJECT_ROOT), "--profiles-dir", str(PROJECT_ROOT / "profiles")),
            *("--target-path", str(folder)),
            *([] if unit_tests else ["--exclude-resource-type", "unit_test"]),
        ],
        cwd=PROJECT_ROOT,
        env=os.environ | {"SNOWFLAKE_DATABASE": database},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if not results.exists():
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        return [f"dbt: {' '.join(lines[-3:])}"]
    return [
        f"{node['unique_id'].split('.')[2]}: {_one_line(node['message'])}"
        for node in json.loads(results.read_text())["results"]
        if node["status"] in ("error", "fail")
    ]


def build_on_duckdb(raw_dir: Path, database: Path) -> None:
    """The same files, landed and built by the harness."""
    settings = Settings(database=database, raw_dir=raw_dir, threads=2)
    land(settings)
    result = dbt_build(settings, data_tests=False)
    if result.errors:
        raise UserError(f"The demo cannot be built on DuckDB: {result.errors[0].message}")


def compare(cursor: Any, database: Path) -> Iterator[tuple[bool, str]]:
    """For each raw table and each mart whether it is equal, and a line that says so."""
    with duckdb.connect(str(database), read_only=True) as other:
        other.execute("set timezone = 'UTC'")
        for table in RAW_TABLES:
            count = f"select count(*) from raw.{table}"
            [(ours,)], [(theirs,)] = other.sql(count).fetchall(), cursor.execute(count).fetchall()
            yield ours == theirs, f"raw.{table}: {theirs:,} rows, {ours:,} on DuckDB"
        marts = other.sql(
            "select table_name, list(column_name order by ordinal_position) "
            "from information_schema.columns "
            "where table_schema = 'marts' and table_catalog = current_database() "
            "group by table_name order by table_name"
        ).fetchall()
        for table, columns in marts:
            kept = ", ".join(column for column in columns if column not in OF_THE_RUN)
            query = f"select {kept} from marts.{table}"
            theirs, ours = cursor.execute(query).fetchall(), other.sql(query).fetchall()
            alone, missing = difference(theirs, ours)
            verdict = "equal"
            if alone or missing:
                example = (alone or missing)[0]
                verdict = f"{len(alone)} rows here alone, {len(missing)} missing, such as {example}"
            yield not (alone or missing), f"marts.{table}: {len(theirs):,} rows, {verdict}"


def smoke(*, without_stages: bool, unit_tests: bool) -> bool:
    """Whether everything went as it should; prints a line per step and per table."""
    cursor = connect().cursor()
    failures = 0
    with tempfile.TemporaryDirectory() as scratch, own_database(cursor) as database:
        folder = Path(scratch)
        raw_dir = folder / "raw"
        write_demo_estate(raw_dir)
        print(f"database {database}: made")
        make_tables(cursor, without_stages=without_stages)
        land_on_snowflake(cursor, raw_dir, without_stages=without_stages)
        print("files: landed, twice")
        for run in (1, 2):
            failed = dbt_on_snowflake(database, folder, unit_tests=unit_tests and run == 1)
            print(f"dbt build {run}: {'ok' if not failed else 'failed'}")
            for line in failed:
                print(f"  {line}")
            failures += len(failed)
            if any(line.startswith("dbt:") for line in failed):
                return False
        build_on_duckdb(raw_dir, folder / "demo.duckdb")
        for is_equal, line in compare(cursor, folder / "demo.duckdb"):
            print(line)
            failures += not is_equal
    print("database: dropped")
    return not failures


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:300]


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """The command; see the exit codes above."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--without-stages",
        action="store_true",
        help="insert the files' texts and run the split's statements one by one, for an emulator",
    )
    parser.add_argument(
        "--no-unit-tests", action="store_true", help="leave dbt's unit tests out of the first build"
    )
    options = parser.parse_args()
    # a scheduler's stop drops the database as well
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        is_well = smoke(without_stages=options.without_stages, unit_tests=not options.no_unit_tests)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; what it had made was dropped.", file=sys.stderr)
        return 2
    except Exception as error:
        print(f"Snowflake could not go on: {_one_line(error)}", file=sys.stderr)
        return 1
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
