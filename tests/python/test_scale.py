"""The model of costs: what must hold whatever its inputs, and that the docs show what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import duckdb
import pytest
import yaml

from scripts.errors import UserError
from scripts.measure_growth import Size, growths
from scripts.measure_widths import measure_widths
from scripts.scale import (
    DOC,
    SIZES,
    VOLUMES,
    Inputs,
    Volume,
    changed,
    limits,
    report,
    with_tables,
)
from scripts.scale.growth import FLOWS_PER_RECORD, GROWTH
from scripts.snowflake.statements import script

ROOT = Path(__file__).resolve().parents[2]
DEFAULTS = Inputs()


def run_scale(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.scale", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_docs_show_what_the_defaults_give() -> None:
    text = DOC.read_text()
    assert text == with_tables(text, DEFAULTS), "run `python -m scripts.scale --write`"


def test_as_many_threads_as_the_profile_says() -> None:
    profiles = yaml.safe_load((ROOT / "profiles" / "profiles.yml").read_text())
    threads = profiles["azure_flow_attribution"]["outputs"]["snowflake"]["threads"]
    [default] = re.findall(r"env_var\('THREADS', '(\d+)'\)", threads)
    assert int(default) == DEFAULTS.dbt_threads


def test_the_docs_have_a_place_for_each_table() -> None:
    with pytest.raises(UserError, match="no place for the table"):
        with_tables("# Empty", DEFAULTS)


@pytest.mark.parametrize("flows", VOLUMES)
def test_twice_the_flows_are_twice_the_rows_and_bytes(flows: float) -> None:
    one, two = Volume(flows, DEFAULTS), Volume(2 * flows, DEFAULTS)
    for small, large in zip(one.tables(), two.tables(), strict=True):
        assert large.rows == pytest.approx(2 * small.rows)
        assert large.bytes == pytest.approx(2 * small.bytes)
    assert two.stored_bytes == pytest.approx(2 * one.stored_bytes)
    assert two.storage_dollars == pytest.approx(2 * one.storage_dollars)


@pytest.mark.parametrize("flows", VOLUMES)
def test_the_steps_add_up_to_what_the_warehouse_runs(flows: float) -> None:
    volume = Volume(flows, DEFAULTS)
    size = volume.size or DEFAULTS.largest_size
    beside = ("landing", "clustering", "cloud services")
    run = sum(each for step, each in volume.credits().items() if step not in beside)
    assert run == pytest.approx(volume.runs * size * volume.run_seconds(size) / 3600)
    assert volume.dollars == pytest.approx(sum(volume.credits().values()) * DEFAULTS.credit_dollars)


@pytest.mark.parametrize("flows", VOLUMES)
def test_a_larger_warehouse_or_more_of_them_are_never_slower(flows: float) -> None:
    volume = Volume(flows, DEFAULTS)
    runs = [volume.run_seconds(size, busiest=True) for size in SIZES.values()]
    assert runs == sorted(runs, reverse=True)
    backfills = [volume.backfill_hours(workers, 8) for workers in range(1, 60)]
    assert backfills == sorted(backfills, reverse=True)
    assert backfills[-1] == volume.backfill_hours(int(DEFAULTS.writers), 8)


def test_the_chosen_warehouse_is_the_smallest_that_is_in_time() -> None:
    for flows in (1e6, 1e8, *VOLUMES):
        volume = Volume(flows, DEFAULTS)
        in_time = [
            size
            for size in SIZES.values()
            if size <= DEFAULTS.largest_size
            and volume.run_seconds(size, busiest=True) <= DEFAULTS.run_minutes * 60
        ]
        assert volume.size == (min(in_time) if in_time else None)


def test_a_limit_is_where_the_model_itself_breaks() -> None:
    found = limits(DEFAULTS)
    assert [limit.flows for limit in found] == sorted(limit.flows for limit in found)
    at = {limit.what: limit.flows for limit in found}
    largest = at["a run on one 4X-Large"]
    assert Volume(0.99 * largest, DEFAULTS).size is not None
    assert Volume(1.01 * largest, DEFAULTS).size is None
    numbered = at["numbering the asked addresses in one window"]
    assert Volume(numbered, DEFAULTS).addresses == pytest.approx(DEFAULTS.window_rows)
    refresh = Volume(at["a full refresh on one 4X-Large"], DEFAULTS)
    assert refresh.refresh_hours(128) == pytest.approx(DEFAULTS.full_refresh_hours)


def test_faster_cores_cost_less_and_break_later() -> None:
    fast = replace(DEFAULTS, efficiency=DEFAULTS.efficiency_high)
    slow = replace(DEFAULTS, efficiency=DEFAULTS.efficiency_low)
    for flows in VOLUMES:
        costs = [Volume(flows, inputs).dollars for inputs in (fast, DEFAULTS, slow)]
        assert costs == sorted(costs)
    for late, early in zip(limits(fast), limits(slow), strict=True):
        assert late.flows >= early.flows


@pytest.mark.parametrize("flows", VOLUMES)
def test_what_is_not_scanned_costs_nothing_and_nothing_else_changes(flows: float) -> None:
    scanned = Volume(flows, DEFAULTS).standing_seconds()
    bounded = Volume(flows, DEFAULTS.bounded).standing_seconds()
    for step, seconds in scanned.items():
        assert bounded[step] == (0 if step.startswith("stored flows") else seconds)


def test_the_inputs_are_the_sums_of_the_measured_models() -> None:
    assert {growth.step for growth in GROWTH if growth.per_flow} == {
        "tuples",
        "attribution",
        "reports",
        "tests",
    }
    counted = DEFAULTS.tuples_us + DEFAULTS.attribution_us
    counted += DEFAULTS.reports_us + DEFAULTS.tests_us
    assert counted == pytest.approx(sum(growth.per_flow for growth in GROWTH))
    standing = DEFAULTS.changes_us + DEFAULTS.replaced_us + DEFAULTS.compared_us
    standing += DEFAULTS.records_us / FLOWS_PER_RECORD
    assert standing == pytest.approx(sum(growth.per_stored for growth in GROWTH))


@pytest.mark.parametrize("name", [each.name for each in fields(Inputs)])
def test_no_input_that_is_taken_breaks_the_tables(name: str) -> None:
    for value in ("0", "1", "1e12"):
        try:
            inputs = changed(DEFAULTS, [(name, value)])
        except UserError:
            assert value == "0"
        else:
            assert report(inputs)


def test_landing_is_priced_as_its_task_is_scheduled() -> None:
    """A blob is read in each run of its hour, as long as it is then, and whole after it."""
    tasks = "\n".join(script("tasks"))
    minute = int(re.search(r"schedule = 'using cron (\d+) \* \* \* \* UTC'", tasks)[1])
    assert DEFAULTS.landing_hours == 1
    assert DEFAULTS.text_reads == pytest.approx(1 + minute / 60, abs=0.01)
    setup = "\n".join(script("roles_and_warehouses"))
    assert re.search(r"create warehouse if not exists loading\s+warehouse_size = xsmall", setup)


@pytest.mark.parametrize("flows", (0.001, *VOLUMES))
def test_landing_costs_what_its_runs_cost_and_its_text(flows: float) -> None:
    runs = 24 * DEFAULTS.landing_minutes / 60
    once = replace(DEFAULTS, text_reads=1)
    twice = replace(DEFAULTS, text_reads=2)
    landing = [Volume(flows, inputs).credits()["landing"] for inputs in (once, twice)]
    assert landing[1] - runs == pytest.approx(2 * (landing[0] - runs), rel=1e-6, abs=1e-9)
    rarer = replace(DEFAULTS, landing_hours=2, landing_us=0)
    assert Volume(flows, rarer).credits()["landing"] == pytest.approx(runs / 2)


def test_a_limit_of_credits_stops_no_warehouse_that_keeps_to_its_schedule() -> None:
    """Each has its own, and 31 days as 01_roles_and_warehouses.sql counts them fit into it."""
    quotas, monitors = {}, {}
    for text in script("roles_and_warehouses"):
        name = re.search(r"(?:monitor|warehouse) if not exists (\w+)", text)
        if name and "credit_quota" in text:
            quotas[name[1]] = int(re.search(r"credit_quota = (\d+)", text)[1])
        elif name:
            monitors[name[1]] = re.search(r"resource_monitor = (\w+)", text)[1]
    assert len(set(monitors.values())) == len(monitors) == 2
    idle = Volume(1.0, DEFAULTS)
    assert quotas[monitors["loading"]] > 31 * idle.landing_seconds / 3600
    builds = idle.runs * (idle.fixed_seconds + 60) / 3600
    assert quotas[monitors["transforming"]] > 31 * builds


def test_every_input_says_what_it_is_and_where_it_is_from() -> None:
    for each in fields(Inputs):
        assert each.metadata["kind"] in ("measured", "public", "assumed"), each.name
        assert each.metadata["source"], each.name


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        ("speed=3", "There is no input 'speed'"),
        ("efficiency=0", "efficiency cannot be '0'"),
        ("efficiency=fast", "efficiency cannot be 'fast'"),
        ("efficiency=nan", "efficiency cannot be 'nan'"),
        ("efficiency", "--set efficiency has no value"),
    ],
)
def test_a_bad_input_is_one_sentence(assignment: str, sentence: str) -> None:
    done = run_scale("--set", assignment)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1


def test_inputs_come_from_a_file_and_the_command_line_has_the_last_word(tmp_path: Path) -> None:
    file = tmp_path / "inputs.toml"
    file.write_text("retention_days = 30\ncredit_dollars = 4\n")
    done = run_scale("--inputs", file, "--set", "credit_dollars=2")
    assert done.returncode == 0
    assert "fct_flows, 30 days" in done.stdout
    file.write_text("retention_days = ")
    done = run_scale("--inputs", file)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_widths_are_of_the_values_and_of_the_rows(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "flows.duckdb")) as db:
        db.execute(
            "create schema marts; create schema raw; create schema intermediate;"
            "create table marts.fct_flows as select 'abcd' as flow_id, 1::bigint as n, "
            "timestamp '2026-01-01' as event_at, null::varchar as vm from range(2000);"
            "create table raw.flow_logs as select 'r' || range // 4 as record_key, "
            "{'a': [1]} as nested from range(400);"
            "create table raw.landed_files as "
            "select 'flow_logs' as raw_table, 160000 as size_bytes;"
            "create table intermediate.int_sightings as select 'mac' as capture_mac, 1 as hour;"
        )
    measured = measure_widths(tmp_path / "flows.duckdb", least_rows=100)
    by_name = {width.name: width for width in measured.tables}
    assert (measured.flows, measured.records, measured.raw_bytes) == (2000, 100, 160_000)
    assert by_name["marts.fct_flows"].uncompressed == 4 + 8 + 8
    assert by_name["raw.flow_logs"].per_flow == 0.2
    assert 0 < by_name["marts.fct_flows"].compressed < 20
    assert "raw.landed_files" not in by_name


def test_a_slope_is_fitted_above_what_is_fixed() -> None:
    def size(times: int, **seconds: float) -> Size:
        return Size(times, {}, seconds)

    nothing = size(0, linear=1.0, square=0.0, fixed=2.0)
    sizes = [
        size(times, linear=1 + 0.5 * times, square=0.1 * times**2, fixed=2 + 0.01 * times)
        for times in (1, 2, 4, 8)
    ]
    slopes = {growth.node: growth.slope for growth in growths(nothing, sizes)}
    assert slopes["linear"] == pytest.approx(1)
    assert slopes["square"] == pytest.approx(2)
    assert slopes["fixed"] is None
