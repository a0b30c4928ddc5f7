"""Replays: a plan delivers all of an estate, the comparison sees a row, replay equals rebuild."""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from scripts.dbt_runner import BuildResult, NodeResult
from scripts.demo import write_demo_estate
from scripts.errors import UserError
from scripts.landing import land
from scripts.replay import MODES, Delivery, Plan, compare, cuts, deliver, make_plan
from scripts.replay.cuts import record_ends
from scripts.settings import Settings
from scripts.simulate import Dials, write_estate

SMALL = {"hours": 4, "machines": 20, "flows": 300}
STEPS = 6


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw_dir = tmp_path_factory.mktemp("estate") / "raw"
    write_estate(Dials(seed=3, **SMALL), raw_dir, raw_dir.parent / "truth.parquet")
    return raw_dir


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def states(plan: Plan) -> dict[str, list[tuple[int, Delivery]]]:
    """Target → (step, delivery), in order."""
    found = defaultdict(list)
    for step, deliveries in enumerate(plan.steps):
        for delivery in deliveries:
            found[delivery.target].append((step, delivery))
    return found


# --- plans -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_byte_has_arrived_at_the_end(estate: Path, tmp_path: Path, seed: int) -> None:
    for deliveries in make_plan(estate, seed=seed, steps=STEPS).steps:
        deliver(deliveries, tmp_path)
    arrived, whole = files_of(tmp_path), files_of(estate)
    assert {name: arrived.get(name) for name in whole} == whole
    assert len(arrived) > len(whole), "nothing came twice"
    for name in whole:
        assert (tmp_path / name).stat().st_mtime_ns == (estate / name).stat().st_mtime_ns


def test_a_users_folder_is_delivered_too(tmp_path: Path) -> None:
    """The demo's files: torn ones among them, all of Azure's layouts, and some of no known kind."""
    raw_dir = tmp_path / "raw"
    write_demo_estate(raw_dir)
    whole = files_of(raw_dir)
    for deliveries in make_plan(raw_dir, seed=1, steps=STEPS).steps:
        deliver(deliveries, tmp_path / "arrived")
    arrived = files_of(tmp_path / "arrived")
    assert {name: content for name, content in arrived.items() if name in whole} == whole


def test_the_same_seed_gives_the_same_plan(estate: Path) -> None:
    assert make_plan(estate, seed=1) == make_plan(estate, seed=1)
    assert make_plan(estate, seed=1) != make_plan(estate, seed=2)


@pytest.mark.parametrize("seed", range(1, 6))
def test_growing_files_only_gain_records(estate: Path, seed: int) -> None:
    torn = closed = 0
    for found in states(make_plan(estate, seed=seed, modes=["grown"], steps=STEPS)).values():
        whole = found[0][1].source.read_bytes()
        steps = [step for step, _ in found]
        lengths = [delivery.cut.length for _, delivery in found if delivery.cut]
        assert steps == sorted(set(steps))
        assert lengths == sorted(set(lengths)) and max(lengths, default=0) < len(whole)
        assert found[-1][1].cut is None and all(delivery.cut for _, delivery in found[:-1])
        for _, delivery in found[:-1]:
            state = whole[: delivery.cut.length] + delivery.cut.closer
            if delivery.cut.closer:
                records = json.loads(state)["records"]
                assert 0 < len(records) < len(json.loads(whole)["records"])
                assert records == json.loads(whole)["records"][: len(records)]
                closed += 1
            elif state.endswith(b"\n"):
                closed += 1
            else:
                torn += 1
    assert torn > 10 and closed > 10


@pytest.mark.parametrize(
    "content",
    ['{"records":[{"a":"é]"},{"a":2}]}', '[\n  {"a": "é]"},\n  {"a": 2}\n]', '{"a":"é"}\n{"a":2}'],
    ids=["wrapper", "list", "lines"],
)
def test_records_end_where_json_says(content: str) -> None:
    whole = content.encode()
    places = record_ends(whole)
    first, second, third = places.ends
    assert json.loads(whole[first:second])["a"].startswith("é")
    assert json.loads(whole[second:third].lstrip(b", \n")) == {"a": 2}
    if places.closer:
        json.loads(whole[:second] + places.closer)


def test_a_large_file_is_cut_without_being_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cuts, "PARSED_BYTES", 10)
    (tmp_path / "PT1H.json").write_bytes(b"x" * 1000)
    first, second = cuts.growth(tmp_path / "PT1H.json", random.Random(1), 2)
    assert 0 <= first.length < second.length < 1000 and not first.closer


def test_files_are_late_by_up_to_the_whole_span(estate: Path) -> None:
    plan = make_plan(estate, seed=1, modes=["shuffled"], steps=STEPS)
    assert plan.latest == STEPS - 1
    assert {len(found) for found in states(plan).values()} == {1}


def test_only_the_control_plane_is_late_in_its_mode(estate: Path) -> None:
    in_order = states(make_plan(estate, seed=1, modes=["hourly"], steps=STEPS))
    plan = make_plan(estate, seed=1, modes=["late-control-plane"], steps=STEPS)
    late = {
        name.split("/")[0]
        for name, [(step, _)] in states(plan).items()
        if step > in_order[name][0][0]
    }
    assert late == {"insights-activity-logs", "collect"}


def test_files_in_order_come_hour_by_hour_and_once(estate: Path) -> None:
    plan = make_plan(estate, seed=1, modes=["hourly"])
    hours = [
        {delivery.target.split("/h=")[1][:2] for delivery in deliveries if "/h=" in delivery.target}
        for deliveries in plan.steps
    ]
    assert plan.latest == 0
    assert all(len(hour) == 1 for hour in hours)
    assert [min(hour) for hour in hours] == sorted(min(hour) for hour in hours)
    assert sum(map(len, plan.steps)) == len(files_of(estate))


def test_a_copy_holds_nothing_new_and_stands_in_another_folder(estate: Path) -> None:
    plan = make_plan(estate, seed=1, modes=["duplicated"], steps=STEPS)
    own = files_of(estate)
    copies = [found[0][1] for target, found in states(plan).items() if target not in own]
    assert any(copy.cut for copy in copies) and any(copy.cut is None for copy in copies)
    assert {copy.target.split("/")[0] for copy in copies} > {"again"}
    assert all(copy.source.is_relative_to(estate) for copy in copies)


def test_a_folder_without_input_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no raw files"):
        make_plan(tmp_path, seed=1)


# --- landing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_landing_step_by_step_is_landing_at_once(estate: Path, tmp_path: Path, seed: int) -> None:
    arrived = tmp_path / "arrived"
    stepwise, once = (Settings(tmp_path / f"{name}.duckdb", arrived) for name in ("steps", "once"))
    for deliveries in make_plan(estate, seed=seed, steps=STEPS).steps:
        deliver(deliveries, arrived)
        land(stepwise)
    land(once)
    for table in ("flow_logs", "operation_logs", "network_interfaces", "rejected_records"):
        dumped = []
        for settings in (stepwise, once):
            with duckdb.connect(str(settings.database), read_only=True) as db:
                query = f"select * exclude (loaded_at) from raw.{table} order by all"
                dumped.append(db.execute(query).fetchall())
        assert dumped[0] == dumped[1] and dumped[0], table


# --- comparing -------------------------------------------------------------------------------

TABLES = """
create schema marts;
create schema intermediate;
create table marts.fct_flows as
    select 'f' || i as flow_id, timestamp '2026-01-01' + to_hours(i) as event_at,
        timestamp '2026-01-02' as loaded_at, 'vm-' || i as src_vm_id, null::varchar as dst_vm_id
    from range(10) as numbers (i);
create table marts.dim_nic_ip_windows as
    select 'v' as vnet_id, '10.0.0.4' as nic_ip, timestamp '2026-01-01' as window_start;
create table marts.dim_nics as select 'n' as nic_id;
create table marts.dim_vms as select 'm' as vm_id;
create table intermediate.int_mac_windows as
    select 'M' as mac, 1 as mac_window_no, timestamp '2026-01-01' as window_start;
create table marts.rpt_match_rates as
    select timestamp '2026-01-01' as hour, timestamp '2026-01-02' as loaded_hour,
        10::bigint as flows;
create table marts.rpt_disagreement as select * from marts.rpt_match_rates;
create table marts.rpt_coverage as select * exclude (loaded_hour) from marts.rpt_match_rates;
"""
CompareAfter = Callable[[str], dict[str, object]]


def make_database(file: Path, *changes: str) -> Path:
    with duckdb.connect(str(file)) as db:
        db.execute(TABLES)
        for change in changes:
            db.execute(change)
    return file


@pytest.fixture
def compare_after(tmp_path: Path) -> CompareAfter:
    """``compare_after(sql) → {table: difference}``: of two equal databases, the replay changed."""

    def run(change: str) -> dict[str, object]:
        replayed = make_database(tmp_path / "a.duckdb", change)
        rebuilt = make_database(tmp_path / "b.duckdb")
        return {table.table: table for table in compare(replayed, rebuilt)}

    return run


def differing(tables: dict[str, object]) -> dict[str, tuple[int, int]]:
    return {
        name: (table.only_replayed, table.only_rebuilt)
        for name, table in tables.items()
        if table.differing
    }


def test_equal_databases_do_not_differ(compare_after: CompareAfter) -> None:
    tables = compare_after("select 1")
    assert differing(tables) == {}
    assert tables["marts.fct_flows"].rows == 10
    assert len(tables) == 8


def test_a_changed_row_is_named_with_its_columns(compare_after: CompareAfter) -> None:
    tables = compare_after("update marts.fct_flows set dst_vm_id = 'x' where flow_id = 'f3'")
    assert differing(tables) == {"marts.fct_flows": (1, 1)}
    [row] = tables["marts.fct_flows"].examples
    assert row.key == {"flow_id": "f3"} and row.columns == (("dst_vm_id", "x", None),)
    assert tables["marts.fct_flows"].columns == {"dst_vm_id": 1}


def test_examples_are_the_first_few_and_columns_count_all(compare_after: CompareAfter) -> None:
    table = compare_after("update marts.fct_flows set src_vm_id = 'x'")["marts.fct_flows"]
    assert (table.only_replayed, table.only_rebuilt, table.columns) == (10, 10, {"src_vm_id": 10})
    assert [row.key["flow_id"] for row in table.examples] == ["f0", "f1", "f2"]


def test_a_missing_row_is_seen(compare_after: CompareAfter) -> None:
    tables = compare_after("delete from marts.fct_flows where flow_id = 'f3'")
    assert differing(tables) == {"marts.fct_flows": (0, 1)}
    [row] = tables["marts.fct_flows"].examples
    assert (row.key, row.replayed, row.rebuilt) == ({"flow_id": "f3"}, 0, 1)


def test_a_doubled_row_is_seen(compare_after: CompareAfter) -> None:
    tables = compare_after(
        "insert into marts.fct_flows select * from marts.fct_flows where flow_id = 'f3'"
    )
    assert differing(tables) == {"marts.fct_flows": (1, 0)}
    [row] = tables["marts.fct_flows"].examples
    assert (row.key, row.replayed, row.rebuilt) == ({"flow_id": "f3"}, 1, 0)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("update marts.dim_nics set nic_id = 'o'", {"marts.dim_nics": (1, 1)}),
        ("delete from marts.dim_vms", {"marts.dim_vms": (0, 1)}),
        (
            "update intermediate.int_mac_windows set window_start = timestamp '2025-12-31'",
            {"intermediate.int_mac_windows": (1, 1)},
        ),
        ("update marts.rpt_coverage set flows = 9", {"marts.rpt_coverage": (1, 1)}),
        ("drop table intermediate.int_mac_windows", {"intermediate.int_mac_windows": (0, 1)}),
        ("alter table marts.dim_nics add column more int default 1", {"marts.dim_nics": (1, 1)}),
        ("alter table marts.dim_vms add column more int", {}),
        ("update marts.fct_flows set loaded_at = now()::timestamp", {}),
        ("update intermediate.int_mac_windows set mac_window_no = 7", {}),
        (
            "update marts.rpt_match_rates set flows = 4; insert into marts.rpt_match_rates "
            "select hour, loaded_hour + interval 1 hour, 6 from marts.rpt_match_rates",
            {},
        ),
    ],
    ids=[
        *("nic", "vm", "window", "report", "no-table", "column", "empty-column"),
        *("loaded-later", "numbered-otherwise", "loaded-in-two-hours"),
    ],
)
def test_what_counts_as_a_difference(
    compare_after: CompareAfter, change: str, expected: dict[str, tuple[int, int]]
) -> None:
    assert differing(compare_after(change)) == expected


def test_a_table_that_neither_has_is_no_equality(tmp_path: Path) -> None:
    files = [make_database(tmp_path / f"{n}.duckdb", "drop table marts.fct_flows") for n in "ab"]
    with pytest.raises(UserError, match=r"marts\.fct_flows"):
        compare(*files)


# --- the command -----------------------------------------------------------------------------


def run_with(monkeypatch: pytest.MonkeyPatch, build: Callable, *options: str) -> int:
    """Run the command in this process, `build` in dbt's place; returns the exit code."""
    from scripts import cli
    from scripts.replay import run

    monkeypatch.setattr(run, "dbt_build", build)
    small = ("--seeds", "2", "--hours", "2", "--machines", "20", "--flows", "10", "--steps", "3")
    monkeypatch.setattr(sys, "argv", ["scripts", "replay", *small, *options])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code


def pretended_build(*changes: str) -> Callable[..., BuildResult]:
    """A build that makes the tables above, and in the replay `changes` them from step 2 on."""

    def build(settings: Settings, *, full_refresh: bool, **_: object) -> BuildResult:
        with duckdb.connect(str(settings.database)) as db:
            is_first = not db.execute(
                "select count(*) from duckdb_tables() where table_name = 'fct_flows'"
            ).fetchone()[0]
            if is_first:
                db.execute(TABLES)
            elif not full_refresh:
                for change in changes:
                    db.execute(change)
        return BuildResult()

    return build


def test_a_difference_is_an_exit_code_and_the_rows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    build = pretended_build("update marts.fct_flows set dst_vm_id = 'x' where flow_id = 'f3'")
    options = ("--every-step", "--keep", str(tmp_path / "kept"))
    assert run_with(monkeypatch, build, *options) == 1
    printed = capsys.readouterr()
    assert "seed 1, marts.fct_flows: dst_vm_id 1\n  flow_id = f3\n" in printed.out
    assert "dst_vm_id: x in the replay, None in the rebuild" in printed.out
    # After the first step that differs there is nothing to learn.
    assert "2 of 3" in printed.out
    assert "2 of 2 replays differ" in printed.err and "--first-seed 1" in printed.err
    assert (tmp_path / "kept" / "seed-2" / "replayed.duckdb").exists()


def test_a_container_by_itself_is_replayed(
    monkeypatch: pytest.MonkeyPatch, estate: Path, tmp_path: Path
) -> None:
    """The folder that grows has the container's name, which tells what its files are."""
    container = tmp_path / "insights-logs-flowlogflowevent"
    shutil.copytree(estate / container.name, container)
    options = ("--raw-dir", str(container), "--keep", str(tmp_path / "kept"))
    assert run_with(monkeypatch, pretended_build(), *options) == 0
    replayed = tmp_path / "kept" / "seed-1" / "replayed.duckdb"
    with duckdb.connect(str(replayed), read_only=True) as db:
        [(landed,)] = db.execute("select count(*) from raw.landed_files").fetchall()
    assert landed >= len(files_of(container)) > 0


def test_flows_that_both_lost_are_a_difference(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The estate's own number of tuples is held against the mart's, whatever the rebuild says."""
    assert run_with(monkeypatch, pretended_build()) == 1
    assert "2 of 2 replays differ" in capsys.readouterr().err


def test_a_failed_model_ends_the_replay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = NodeResult("fct_flows", "model", "Binder Error: no such column")
    assert run_with(monkeypatch, lambda *_, **__: BuildResult(errors=(broken,))) == 3
    assert "Seed 1: model fct_flows: Binder Error: no such column." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "word"),
    [(("--mode", "backwards"), "backwards"), (("--raw-dir", "nowhere"), "nowhere")],
)
def test_wrong_options_are_the_users_to_mend(project, options, word) -> None:
    run = project.run("replay", *options)
    assert run.exit_code == 2
    assert word in run.errors and "Traceback" not in run.errors
    assert len(run.errors.splitlines()) == 1


def test_replay_equals_rebuild(project) -> None:
    """Small, through dbt: all modes at once. `python -m scripts replay` does it at any scale."""
    small = ("--hours", "3", "--machines", "20", "--flows", "200", "--steps", "2")
    run = project.run("replay", "--seeds", "1", "--first-seed", "2", *small, "--threads", "2")
    assert run.exit_code == 0, run.output + run.errors
    assert "marts.fct_flows" in run.output
    assert all(mode in project.run("replay", "--help").output for mode in MODES)
