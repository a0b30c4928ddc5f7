"""The benchmark at a tiny size: its data, its verdicts, its tables. Times are nobody's here."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from scripts.bench.cells import FLOOR, FULL, INSTALLED, PROJECT, SMALL, Cell, parse_cell
from scripts.bench.compare import compare
from scripts.bench.data import data_of, digest_of, make_data
from scripts.bench.growth import growths, skews
from scripts.bench.job import Job, Measurement, job_of
from scripts.bench.report import Report, keep_report, read_report, together
from scripts.bench.run import (
    DIFFERS,
    FAILED,
    OK,
    UNFINISHED,
    CellResult,
    Contest,
    Plan,
    measure_cell,
)
from scripts.bench.table import print_report, write_report
from scripts.bench.warehouse import Models, keep_models
from scripts.errors import UserError
from tests.python.conftest import ROOT
from tests.python.conftest import Models as Compiled

JOIN, INCREMENT, PARSE = map(
    parse_cell, ("join:3k:800:skewed", "increment:500:800:uniform", "parse:700")
)


@pytest.fixture(scope="module")
def home(models: Compiled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiled models."""
    home = tmp_path_factory.mktemp("bench")
    keep_models(models.compiled, home / "models")
    return home


def plan(**changed: object) -> Plan:
    settings = {"cells": (), "rounds": 1, "threads": 2, "only": tuple(INSTALLED), "timeout": 120}
    return Plan(**settings | changed)


# --- data -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [JOIN, PARSE], ids=lambda cell: cell.name)
def test_the_same_seed_gives_the_same_bytes(cell: Cell, tmp_path: Path) -> None:
    digests = [
        make_data(cell, tmp_path / name, seed, threads=1)
        for name, seed in (("one", 1), ("again", 1), ("other", 2))
    ]
    assert digests[0] == digests[1] != digests[2]
    files = [file for file in (tmp_path / "one").rglob("*") if file.is_file()]
    assert len(files) > 3
    for file in files:
        again = tmp_path / "again" / file.relative_to(tmp_path / "one")
        assert again.read_bytes() == file.read_bytes()


@pytest.mark.parametrize("name", ["join:3k:800:skewed", "join:3k:803:uniform"])
def test_windows_leave_gaps_and_touch_and_never_overlap(name: str, tmp_path: Path) -> None:
    make_data(parse_cell(name), tmp_path, 1, threads=2)
    with duckdb.connect() as db:
        found = db.execute(
            """
            with followed as (
                select *, lead(window_start) over (
                    partition by scope_id, address order by window_start
                ) as next_start
                from read_parquet(?)
            )
            select
                count(*),
                count(*) filter (next_start < window_end or window_start >= window_end),
                count(*) filter (next_start = window_end) > 0,
                count(*) filter (next_start > window_end) > 0,
                count(*) filter (window_end > '2100-01-01') > 0
            from followed
            """,
            [str(data_of(JOIN, tmp_path).windows)],
        ).fetchall()
    assert found == [(parse_cell(name).windows, 0, True, True, True)]


def test_most_flows_of_a_skewed_cell_name_a_hot_address(tmp_path: Path) -> None:
    shares = {}
    for skew in ("uniform", "skewed"):
        cell = parse_cell(f"join:3k:8k:{skew}")
        make_data(cell, tmp_path / skew, 1, threads=2)
        data = data_of(cell, tmp_path / skew)
        with duckdb.connect() as db:
            [(shares[skew],)] = db.execute(
                "select avg((windows > 500)::integer) from read_parquet(?) as flows inner join ("
                "select scope_id, address, count(*) as windows from read_parquet(?) group by all"
                ") as held on flows.scope_id = held.scope_id and flows.src_ip = held.address",
                [str(data.flows), str(data.windows)],
            ).fetchall()
    assert shares["uniform"] == 0
    assert shares["skewed"] > 0.7


@pytest.mark.parametrize("cell", [JOIN, INCREMENT], ids=lambda cell: cell.name)
def test_the_truth_is_that_of_a_join(cell: Cell, tmp_path: Path) -> None:
    make_data(cell, tmp_path, 1, threads=2)
    data = data_of(cell, tmp_path)
    with duckdb.connect() as db:
        for end in ("src", "dst"):
            right, held, ends = db.execute(
                f"""
                select
                    count(*) filter (
                        windows.nic_id is not distinct from {end}_nic_id
                        and windows.vm_id is not distinct from {end}_vm_id
                        and windows.vm_uuid is not distinct from {end}_vm_uuid
                    ),
                    count(windows.nic_id),
                    -- at the very moment that a window ends
                    count(*) filter (event_at in (select window_end from read_parquet($windows)))
                from read_parquet($truth) as flows
                left join read_parquet($windows) as windows
                    on flows.scope_id = windows.scope_id and flows.{end}_ip = windows.address
                        and flows.event_at >= windows.window_start
                        and flows.event_at < windows.window_end
                """,
                {
                    "windows": str(data.windows),
                    "truth": str(data.truth),
                },
            ).fetchone()
            assert right == cell.rows
            assert cell.rows // 3 < held < cell.rows
            assert ends > 0 or cell.kind == "increment"


def test_data_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    digest = make_data(JOIN, tmp_path, 1, threads=2)
    flows = data_of(JOIN, tmp_path).flows
    flows.write_bytes(b"half")
    (tmp_path / "recipe.json").unlink()
    assert make_data(JOIN, tmp_path, 1, threads=2) == digest
    with duckdb.connect() as db:
        assert f"{digest_of(db, flows):016x}" in digest


# --- contenders -------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [JOIN, INCREMENT, PARSE], ids=lambda cell: cell.name)
def test_contenders_give_the_true_rows_and_are_measured(cell: Cell, home: Path) -> None:
    result = measure_cell(plan(), cell, home)
    assert {c.contender: (c.state, c.why) for c in result.contests} == {
        name: (OK, "") for name in cell.contenders if name in INSTALLED
    }
    for contest in result.contests:
        assert len(contest.runs) == len(contest.ratios) == 1
        assert contest.seconds > 0
        assert 10e6 < contest.memory_bytes < 4e9
    assert result.of(FLOOR).ratios == (1.0,)
    if cell.kind != "parse":
        assert {"int_address_lookup", "int_address_buckets"} < result.of(PROJECT).runs[
            0
        ].parts.keys()


def test_a_run_that_takes_too_long_or_too_much_is_ended(home: Path) -> None:
    late = measure_cell(plan(only=(FLOOR,), timeout=0.01), JOIN, home)
    large = measure_cell(plan(only=(FLOOR,), most_memory=1_000_000), JOIN, home)
    assert [contest.state for contest in late.contests] == [UNFINISHED]
    assert [contest.state for contest in large.contests] == [FAILED]
    assert "out of memory" in large.contests[0].why


def test_a_contender_that_fails_says_why(home: Path) -> None:
    broken = replace(plan(), only=(PROJECT,), memory_limit="1MB")
    contests = {c.contender: c for c in measured_with_data(broken, home).contests}
    assert contests[PROJECT].state == FAILED
    assert "Memory" in contests[PROJECT].why


def measured_with_data(broken: Plan, home: Path) -> CellResult:
    """With the data as it is made with enough memory."""
    made = replace(broken, memory_limit=Plan.memory_limit, folder=home)
    measure_cell(replace(made, only=(FLOOR,)), PARSE, home)
    return measure_cell(replace(broken, folder=home), PARSE, home)


WRONG: dict[str, tuple[str, str]] = {
    "another VM": (
        "select * replace (case when flow_id = 7 then 'x' else src_vm_id end as src_vm_id) "
        "from expected",
        "other values in src_vm_id",
    ),
    "an answer for none": (
        "select * replace (coalesce(dst_nic_id, '') as dst_nic_id) from expected",
        "other values in dst_nic_id",
    ),
    "answers of other flows": (
        "select * replace (lead(src_vm_uuid, 1, (select src_vm_uuid from expected order by flow_id "
        "limit 1)) over (order by flow_id) as src_vm_uuid) from expected",
        "the right values in other rows",
    ),
    "a flow lost": ("from expected where flow_id <> 7", "it has 2,999 rows of 3,000"),
    "a flow doubled": (
        "from expected union all from expected where flow_id = 7",
        "it has 3,001 rows of 3,000",
    ),
    "no uuid": ("select * exclude (dst_vm_uuid) from expected", "it has no column dst_vm_uuid"),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Job]:
    """``written(query)``: the job of a contender that wrote this of the true rows (`expected`)."""
    home = tmp_path_factory.mktemp("compared")
    make_data(JOIN, home, 1, threads=2)
    job = Job("compare", JOIN, home, home, 1, "1GB", 2, "someone")
    job.output.mkdir(parents=True)

    def write(query: str) -> Job:
        with duckdb.connect() as db:
            db.read_parquet(str(job.data.truth)).create_view("expected")
            db.sql(query).write_parquet(str(job.output / "out.parquet"))
        return job

    return write


def test_true_rows_pass_in_any_order_and_type(written: Callable[[str], Job]) -> None:
    assert compare(written("from expected order by hash(flow_id)")) is None
    zoned = (
        "select * replace (event_at at time zone 'UTC' as event_at, protocol::bigint as protocol)"
    )
    assert compare(written(f"{zoned} from expected")) is None


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_contender_is_found(wrong: str, written: Callable[[str], Job]) -> None:
    query, difference = WRONG[wrong]
    assert compare(written(query)) == difference


def test_a_model_that_reads_what_is_not_filled_is_named() -> None:
    models = Models({"ends": "", "answers": ""}, {"ends": ["answers"], "answers": ["raw.x"]}, {})
    assert models.needed("ends", {"answers"}) == ["ends"]
    with pytest.raises(UserError, match=r"ends reads raw\.x now"):
        models.needed("ends", ())


# --- names and numbers ------------------------------------------------------------------------


def test_a_cell_is_named_as_it_is_read() -> None:
    for cell in (*SMALL, *FULL, JOIN, INCREMENT, PARSE):
        assert parse_cell(cell.name) == cell
    for name in ("join:1M", "join:1M:1k:even", "parse:x", "parse:0", "sort:1M", ""):
        with pytest.raises(UserError, match="There is no cell"):
            parse_cell(name)


def test_a_job_is_read_as_it_was_told(tmp_path: Path) -> None:
    job = Job("measure", JOIN, tmp_path, tmp_path / "models", 3, "1GB", 2, PROJECT)
    assert job_of(job.to_json()) == job


def contest(contender: str, *seconds: float, floor: float = 1.0) -> Contest:
    runs = tuple(Measurement(each, 2 * each, 500_000_000, {"write": each / 2}) for each in seconds)
    return Contest(contender, OK, "", runs, tuple(each / floor for each in seconds))


def report(*changed: CellResult) -> Report:
    cells = changed or (
        CellResult(
            parse_cell("join:1M:100k:uniform"),
            "a",
            (contest(FLOOR, 1, 1, 1), contest(PROJECT, 1.5, 1.4, 1.9)),
        ),
        CellResult(
            parse_cell("join:1M:100k:skewed"),
            "b",
            (
                contest(FLOOR, 1, 1, 1),
                contest(PROJECT, 1.8, 1.7, 2.4),
                Contest("blog", UNFINISHED, "in 30 s"),
                contest("polars", 1.2, 1.3, 1.1),
            ),
        ),
        CellResult(
            parse_cell("join:4M:100k:skewed"), "c", (contest(FLOOR, 4), contest(PROJECT, 3.6))
        ),
    )
    settings = {"seed": 1, "rounds": 3, "memory_limit": "4GB", "threads": 2}
    return Report(settings, {"cores": "2"}, cells)


def test_growth_and_skew() -> None:
    [flows] = growths(report().cells)
    assert (flows.what, flows.beside) == ("flows, 1M to 4M", "100k windows, skewed")
    # four times the flows in four times and in twice the time; who was measured once has none
    assert flows.numbers == pytest.approx({FLOOR: 1.0, PROJECT: 0.5})
    [skew] = skews(report().cells)
    assert skew.numbers == pytest.approx({FLOOR: 1.0, PROJECT: 1.2})


def test_tables_show_who_was_measured_and_who_was_not() -> None:
    told = io.StringIO()
    print_report(report(), Console(file=told, width=140))
    lines = [" ".join(line.split()) for line in told.getvalue().splitlines()]
    assert "this project 1.80 1.70 – 2.40 1.80 1.70 – 2.40 3.60 1.80 0.50 GB" in lines
    assert "the blog's inequality join not finished in 30 s" in lines
    # too few rounds are said, never hidden
    assert lines[0].startswith("3 of the 5 rounds that a median needs, 2 threads, seed 1;")


def test_a_report_is_written_and_read_back(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    regions = {"README.md": ["bench"], "docs/speed.md": ["machine", "join", "increment", "parse"]}
    for file, names in regions.items():
        markers = "\n".join(f"<!-- {n}: begin -->\nold\n<!-- {n}: end -->" for n in names)
        (tmp_path / file).write_text(f"before\n{markers}\nafter\n")
    keep_report(report(), tmp_path / "kept.json")
    assert read_report(tmp_path / "kept.json") == report()
    write_report(read_report(tmp_path / "kept.json"), tmp_path)
    readme, doc = ((tmp_path / file).read_text() for file in regions)
    # the best of a cell is bold, whoever it is
    assert "| Polars | **1.20**, 0.50 GB | – |" in readme
    assert "| this project | 1.80, 0.50 GB | **3.60**, 0.50 GB |" in readme
    assert "| the blog's inequality join | not finished in 30 s |" in readme
    assert "**1M flows, 100k windows, skewed**" in doc
    for text in (readme, doc):
        assert text.startswith("before\n")
        assert text.endswith("after\n")
        assert "old" not in text
    (tmp_path / "README.md").write_text("no marker")
    with pytest.raises(UserError, match=r"README\.md has no place"):
        write_report(report(), tmp_path)


KEPT = {"settings": {"seed": 1, "rounds": 3, "memory_limit": "4GB", "threads": 2}, "machine": {}}


@pytest.mark.parametrize(
    "content",
    [
        *("", "null", "[]", "[" * 100_000, json.dumps(KEPT)),
        *(json.dumps(KEPT | {"cells": [], "settings": told}) for told in ([], {}, {"seed": 1})),
        json.dumps(KEPT | {"cells": [], "machine": None}),
        json.dumps(KEPT | {"cells": [{"name": "jion:1M:1M:skewed"}]}),
        json.dumps(
            KEPT
            | {"cells": [{"name": "parse:1k", "digest": "", "contenders": [{"contender": "zzz"}]}]}
        ),
    ],
)
def test_what_is_no_report_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "kept.json").write_text(content)
    with pytest.raises(UserError, match="is no report of the benchmark"):
        read_report(tmp_path / "kept.json")


def test_reports_of_several_runs_are_one_and_the_later_counts() -> None:
    first = CellResult(JOIN, "a", (contest(FLOOR, 1),))
    other = CellResult(PARSE, "b", (contest(FLOOR, 2),))
    again = CellResult(JOIN, "a", (contest(FLOOR, 3),))
    later = replace(report(again), machine={"cores": "4"})
    both = together([report(first, other), later])
    assert both.cells == (again, other)
    assert both.machine == {"cores": "2, 4"}
    slower = replace(later, settings=later.settings | {"threads": 1})
    with pytest.raises(UserError, match="The reports differ in"):
        together([later, slower])


def test_docs_have_a_place_for_each_table(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for file in ("README.md", "docs/speed.md"):
        (tmp_path / file).write_text((ROOT / file).read_text())
    write_report(report(), tmp_path)


def run_bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.bench", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_fails_where_rows_differ_or_the_user_erred(tmp_path: Path) -> None:
    wrong = Contest("polars", DIFFERS, "other values in src_vm_id")
    keep_report(report(CellResult(JOIN, "a", (contest(FLOOR, 1), wrong))), tmp_path / "x.json")
    differs = run_bench("--from", tmp_path / "x.json", "--write")
    assert differs.returncode == 1
    assert (
        "join:3k:800:skewed: the rows of Polars join_asof are not the true ones: "
        "other values in src_vm_id." in differs.stderr
    )
    failed = Contest(PROJECT, FAILED, "no disk")
    keep_report(report(CellResult(JOIN, "a", (contest(FLOOR, 1), failed))), tmp_path / "y.json")
    told = run_bench("--from", tmp_path / "y.json")
    assert told.returncode == 1
    assert "this project could not be measured: no disk." in told.stderr
    for arguments, sentence in (
        (("--cell", "join:1M"), "There is no cell 'join:1M'"),
        (("--cell", "parse:1k", "--only", "pandas"), "There is no contender 'pandas'"),
        (("--from", tmp_path / "none.json"), "is no report of the benchmark"),
        (("--memory-limit", "foo"), "--memory-limit foo is no size"),
        (("--folder", ROOT / "README.md"), "is no folder"),
        (("--json", tmp_path / "none" / "x.json"), "cannot be written"),
        (("--json", tmp_path), "cannot be written"),
    ):
        told = run_bench(*arguments)
        assert told.returncode == 2
        assert sentence in told.stderr
        assert "Traceback" not in told.stderr
