"""A variable that dbt would take without a word stops a run where it does not say anything."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
import yaml

from scripts.dbt_runner import _DBT
from tests.python.conftest import ROOT

VARIABLES = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
MACRO = (ROOT / "macros" / "runs" / "check_variables.sql").read_text()


class RefusedError(Exception):
    """In place of dbt's compilation error."""


def check(**given: object) -> None:
    """Run the macro as a run does that is given these variables.

    Raises:
        RefusedError: with its sentence.
    """

    def refuse(sentence: str) -> None:
        raise RefusedError(sentence)

    environment = jinja2.Environment()
    environment.globals |= {
        "var": (VARIABLES | given).get,
        "modules": SimpleNamespace(re=re),
        "exceptions": SimpleNamespace(raise_compiler_error=refuse),
        "invocation_args_dict": {"vars": given},
    }
    assert environment.from_string(MACRO).module.check_variables() == ""


def test_what_the_project_says_itself_is_taken():
    check()


@pytest.mark.parametrize(
    "given",
    [
        {"match_rate_threshold": 0.9, "disagreement_threshold": 0, "gate_hours": 1},
        {"match_rate_threshold": "1", "clock_tolerance_seconds": 0, "check_all_hours": True},
        {"rebuild_from": "2026-02-10", "rebuild_until": "2026-02-10 09:00:00.5+00:00"},
        {"snowalert_database": "security", "steampipe_time_column": "asked_at"},
        {"detections_as": "table", "answers_in_slice": 50_000},
    ],
)
def test_good_values_are_taken(given):
    check(**given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"network_interface_from": "snowalert"}, "There is no variable network_interface_from: "),
        ({"match_rate_threshold": 99.75}, "is '99.75', and must be a number from 0 to 1."),
        ({"disagreement_threshold": "none"}, "is 'none', and must be a number from 0 to 1."),
        ({"clock_tolerance_seconds": "five"}, "must be a whole number of seconds, 0 or more."),
        ({"gate_hours": 0}, "must be a whole number of hours, 1 or more."),
        ({"use_sightings": "false"}, "must be true or false."),
        ({"check_all_hours": 1}, "must be true or false."),
        ({"detections_as": "ephemeral"}, "must be view or table."),
        ({"rebuild_from": "yesterday", "rebuild_until": "today"}, "a time such as 2026-03-01"),
        ({"answers_in_slice": 0}, "must be a whole number, 1 or more"),
        ({"rebuild_from": "2026-02-10"}, "Set rebuild_from and rebuild_until together"),
        ({"snowalert_schema": "data; drop"}, "must be a name of letters"),
        ({"snowalert_schema": ""}, "must be a name of letters"),
    ],
)
def test_others_are_refused_in_one_sentence(given, sentence):
    with pytest.raises(RefusedError, match=re.escape(sentence)):
        check(**given)


def test_each_variable_of_the_project_has_a_kind():
    assert set(re.findall(r"^        '(\w+)': ", MACRO, re.MULTILINE)) == VARIABLES.keys()


def test_a_misspelt_variable_stops_a_run_before_anything_is_made(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DATABASE", str(tmp_path / "flows.duckdb"))
    done = subprocess.run(
        [
            *_DBT,
            *("--quiet", "--log-path", str(tmp_path), "seed", "--target-path", str(tmp_path)),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles")),
            *("--vars", "{network_interface_from: snowalert}"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert (
        "There is no variable network_interface_from: name one of answers_in_slice, " in done.stdout
    )
    assert "Traceback" not in done.stdout + done.stderr
