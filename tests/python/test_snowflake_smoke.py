"""The smoke script without an account: what it would send, what it drops, what it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from scripts.demo import write_demo_estate
from scripts.errors import UserError
from scripts.snowflake.compare import difference
from scripts.snowflake.smoke import land_on_snowflake, make_tables, own_database
from tests.python.conftest import ROOT


class Recorder:
    """A cursor that runs nothing and remembers what it was asked."""

    def __init__(self, refuses: Callable[[str], bool] = lambda _: False) -> None:
        self.statements: list[str] = []
        self._refuses = refuses

    def execute(self, statement: str, *_: object) -> Recorder:
        self.statements.append(statement)
        if self._refuses(statement):
            raise RuntimeError("Insufficient privileges\nto operate")
        return self


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_the_database_is_dropped_whatever_happens(error: type[BaseException]):
    cursor = Recorder()
    with pytest.raises(error), own_database(cursor) as name:
        raise error
    assert cursor.statements == [
        f"create database {name}",
        f"use database {name}",
        f"drop database if exists {name}",
    ]


def test_a_role_that_may_not_make_a_database_is_one_sentence_and_drops_nothing():
    cursor = Recorder(lambda statement: statement.startswith("create"))
    sentence = "CREATE DATABASE on the account: Insufficient privileges to operate"
    with pytest.raises(UserError, match=sentence), own_database(cursor):
        raise AssertionError
    assert len(cursor.statements) == 1


def test_a_database_that_cannot_be_dropped_is_named():
    cursor = Recorder(lambda statement: statement.startswith("drop"))
    sentence = r"azure_flows_smoke_\w+ is still there, drop it by hand"
    with pytest.raises(UserError, match=sentence), own_database(cursor):
        pass


def test_files_go_where_the_procedures_look_for_them(tmp_path: Path):
    write_demo_estate(tmp_path)
    cursor = Recorder()
    make_tables(cursor, without_stages=False)
    land_on_snowflake(cursor, tmp_path, without_stages=False)
    text = "\n".join(cursor.statements)
    # nothing of production's: neither its roles nor its database
    assert "azure_flows" not in text and "use role" not in text
    assert text.count("create stage") == 4 and "integration" not in text
    [sources] = [text for text in cursor.statements if "insert into landing.sources" in text]
    puts = [text for text in cursor.statements if text.startswith("put ")]
    assert len(puts) == 39
    for stage in {put.split("@")[1].split("/")[0] for put in puts}:
        name = stage.removeprefix("landing.").removesuffix("_smoke")
        assert f"('{name}', " in sources and "'_smoke'" in sources
    assert cursor.statements[-4:] == 2 * [
        "call landing.load_documents()",
        "call landing.split_documents()",
    ]


def test_equal_values_of_two_warehouses_are_equal():
    ours = [(1, 0.1 + 0.2, "x", datetime(2026, 3, 1), '{"b": 1, "a": null}', None, True)]
    theirs = [
        (Decimal(1), Decimal("0.3"), "x", datetime(2026, 3, 1), '{"a":null,"b":1}', None, True)
    ]
    assert difference(ours, theirs) == ([], [])
    assert difference(ours * 2, theirs) == ([*difference(ours, [])[0]], [])
    assert difference([(1,)], [("1",)]) == ([(1.0,)], [("1",)])


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "SNOWFLAKE_ACCOUNT and SNOWFLAKE_USER must be set to reach a Snowflake account.\n"),
        (
            {"SNOWFLAKE_ACCOUNT": "a", "SNOWFLAKE_USER": "u"},
            "SNOWFLAKE_PRIVATE_KEY_PATH must name the private key of the user; "
            "docs/snowflake.md says how to make one.\n",
        ),
        (
            {
                "SNOWFLAKE_ACCOUNT": "a",
                "SNOWFLAKE_USER": "u",
                "SNOWFLAKE_PRIVATE_KEY_PATH": "no/such/key",
            },
            "The key file no/such/key cannot be read: No such file or directory.\n",
        ),
        (
            {
                "SNOWFLAKE_ACCOUNT": "a",
                "SNOWFLAKE_USER": "u",
                "DBT_ENV_SECRET_SNOWFLAKE_PRIVATE_KEY": "hello",
            },
            "The private key is no PEM text, or DBT_ENV_SECRET_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE is "
            "not its passphrase.\n",
        ),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(variables: dict[str, str], sentence: str):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "scripts.snowflake.smoke"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "ignore"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)
