"""Answers to questions are those of the marts, and of the truth, whatever was lost.

`ASK_QUESTIONS=1000` asks as many questions through the whole of `who-had` and `explain`; without it
all flows are compared through the views, and a few dozen through the commands.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from scripts.ask import Answer, Table, explain, exported, flows_of, parse_moment, show, vm, who_had
from scripts.demo import write_demo_estate
from scripts.errors import UserError
from scripts.render import print_summary
from scripts.simulate import Dials, write_estate
from scripts.summary import summarise
from tests.python.conftest import ROOT, BuildResult, Models

QUESTIONS = int(os.environ.get("ASK_QUESTIONS", "40"))
ESTATES = {
    "complete": {},
    "lossy": {"lost_writes": 0.4, "lost_deletes": 0.4, "missing_macs": 0.3},
}
# What fct_flows has of both ends, one row per end.
ENDS = """
    select flow_id, 'source' as flow_end, event_at, vnet_id, src_ip as address,
        src_nic_id as nic_id, src_vm_id as vm_id, src_vm_uuid as vm_uuid,
        src_match_method as match_method,
        src_evidence as evidence, src_unmatched_reason as unmatched_reason,
        src_candidates as candidates
    from marts.fct_flows
    union all
    select flow_id, 'destination', event_at, vnet_id, dst_ip, dst_nic_id, dst_vm_id, dst_vm_uuid,
        dst_match_method, dst_evidence, dst_unmatched_reason, dst_candidates
    from marts.fct_flows
"""
ANSWER = "nic_id, vm_id, vm_uuid, evidence, unmatched_reason, candidates"


@pytest.fixture(scope="module", params=ESTATES)
def estate(request, models: Models, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with estate.duckdb and truth.parquet."""
    home = tmp_path_factory.mktemp(request.param)
    dials = Dials(seed=12, hours=8, machines=30, flows=800, **ESTATES[request.param])
    write_estate(dials, home / "raw", home / "truth.parquet")
    models.build(home / "raw", home)
    return home


def rows(database: Path, sql: str, *values: object) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql, values).fetchall()


def dicts(database: Path, sql: str) -> list[dict]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def sample(found: list, many: int = QUESTIONS) -> list:
    assert len(found) >= min(many, 40)
    return random.Random(7).sample(found, min(many, len(found)))


# ---- agreement with the marts


def test_every_end_of_every_flow_is_explained_as_it_was_answered(estate: Path) -> None:
    [(ends, same)] = rows(
        estate / "estate.duckdb",
        f"""
        with ends as ({ENDS})
        select count(*), count(*) filter (where
            (ends.nic_id, ends.vm_id, ends.vm_uuid, ends.match_method, ends.evidence,
             ends.unmatched_reason, ends.candidates)
            is not distinct from
            (asked.nic_id, asked.vm_id, asked.vm_uuid, asked.match_method, asked.evidence,
             asked.unmatched_reason, asked.candidates))
        from ends inner join questions.ask_flow_ends as asked using (flow_id, flow_end)
        """,
    )
    [(flows,)] = rows(estate / "estate.duckdb", "select count(*) from marts.fct_flows")
    assert ends == same == 2 * flows > 2000


def test_every_search_in_a_flows_own_vnet_found_whom_the_view_names(estate: Path) -> None:
    """The address is looked for in the VNet of the flow: the same holder, evidence, or reason."""
    compared = rows(
        estate / "estate.duckdb",
        """
        select
            coalesce(
                (found.search_nic_id, found.search_vm_id, found.search_reason,
                 found.search_candidates,
                 if(found.search_vm_id is null, null, found.search_evidence))
                is not distinct from
                (holders.nic_id, holders.vm_id, holders.unmatched_reason, holders.candidates,
                 holders.evidence),
                false
            ),
            count(*)
        from questions.ask_flow_ends as found
        inner join marts.fct_flows as flows using (flow_id)
        left join questions.ask_addresses as known
            on flows.vnet_id = known.vnet_id and found.address = known.address
        left join questions.ask_holders as holders
            on flows.vnet_id = holders.vnet_id and found.address = holders.address
            and flows.event_at >= holders.answer_start
            and flows.event_at < coalesce(holders.answer_end, '9999-12-31')
        where found.search_method = 'vnet_ip' and known.address is not null
        group by all
        """,
    )
    assert len(compared) == 1 and compared[0][0] and compared[0][1] > 1000, compared


def test_who_had_names_the_vm_of_the_flow(estate: Path) -> None:
    """1,000 random ends, through the command's own function, in the VNet that answered."""
    database = estate / "estate.duckdb"
    ends = dicts(
        database,
        f"""
        select ends.*, asked.search_method, asked.window_vnet_id, asked.is_by_mac_alone,
            asked.search_nic_id, asked.search_vm_id, asked.search_reason
        from ({ENDS}) as ends inner join questions.ask_flow_ends as asked using (flow_id, flow_end)
        where asked.search_method = 'vnet_ip' or asked.window_vnet_id is not null
        order by flow_id, flow_end
        """,
    )
    for end in sample(ends):
        vnet = end["vnet_id"] if end["search_method"] == "vnet_ip" else end["window_vnet_id"]
        answer = who_had(database, end["address"].upper(), end["event_at"], vnet.upper())
        [at] = [row for row in answer.main.rows if row["position"] == "at"]
        if end["is_by_mac_alone"]:
            # where fct_flows may say more: the record's MAC names the NIC, and no window does
            assert end["match_method"] in ("mac", None) and end["evidence"] in ("extended", None)
            assert at["vm_id"] is None or at["evidence"] == "extended"
            assert (at["nic_id"], at["unmatched_reason"]) == (
                end["search_nic_id"],
                end["search_reason"],
            )
            continue
        assert (at["nic_id"], at["vm_id"], at["vm_uuid"]) == (
            end["nic_id"],
            end["vm_id"],
            end["vm_uuid"],
        ), end
        if end["search_method"] == "vnet_ip":
            assert (at["evidence"], at["unmatched_reason"], at["candidates"]) == (
                end["evidence"],
                end["unmatched_reason"],
                end["candidates"],
            ), end


def test_who_had_names_the_true_machine_or_nobody_surely(estate: Path) -> None:
    """Whatever was lost, a `confirmed` holder is the true one."""
    database = estate / "estate.duckdb"
    found = rows(
        database,
        f"""
        with truth as (
            select distinct event_at, capture_mac, src_ip as address, src_vm_id as vm_id
            from '{estate / "truth.parquet"}' where src_is_capture and direction = 'outbound'
        )
        select truth.vm_id, holders.vm_id, holders.evidence
        from truth
        inner join marts.fct_flows as flows
            on truth.event_at = flows.event_at and truth.capture_mac = flows.capture_mac
            and truth.address = flows.src_ip and flows.direction = 'outbound'
        inner join questions.ask_holders as holders
            on flows.vnet_id = holders.vnet_id and truth.address = holders.address
            and flows.event_at >= holders.answer_start
            and flows.event_at < coalesce(holders.answer_end, '9999-12-31')
        """,
    )
    sure = [row for row in found if row[2] == "confirmed"]
    assert len(sure) > 100
    assert [row for row in sure if row[0] != row[1]] == []


def test_the_stretches_of_an_address_cover_all_of_time_once(estate: Path) -> None:
    broken = rows(
        estate / "estate.duckdb",
        """
        select * from (
            select vnet_id, address, answer_start, answer_end,
                lag(answer_end) over address_time as before,
                row_number() over address_time as place,
                lead(answer_start) over address_time as next
            from questions.ask_holders
            window address_time as (partition by vnet_id, address order by answer_start)
        )
        where (place = 1 and answer_start <> '1970-01-01')
            or (place > 1 and before is distinct from answer_start)
            or (answer_end is null) <> (next is null)
        """,
    )
    assert broken == []


def test_a_vm_has_the_addresses_that_the_windows_give_it(estate: Path) -> None:
    database = estate / "estate.duckdb"
    for (vm_id,) in sample(rows(database, "select vm_id from marts.dim_vms order by 1"), 40)[:25]:
        answer = vm(database, vm_id.upper())
        windows = rows(
            database,
            "select nic_ip, vnet_id, window_start, window_end, vm_uuid "
            "from marts.dim_nic_ip_windows where vm_id = ? order by window_start, nic_ip",
            vm_id,
        )
        shown = ("address", "vnet_id", "window_start", "window_end", "vm_uuid")
        assert [tuple(row[name] for name in shown) for row in answer.main.rows] == windows
        [known] = answer.tables["vms"].rows
        assert rows(
            database,
            "select first_seen_at, last_seen_at, deleted_at from marts.dim_vms where vm_id = ?",
            vm_id,
        ) == [(known["first_seen_at"], known["last_seen_at"], known["deleted_at"])]


def test_each_deleted_vm_was_deleted_by_the_event_that_its_end_names(estate: Path) -> None:
    ends = rows(
        estate / "estate.duckdb",
        "select deletion_evidence like 'operation_log%', deleted_from_ip, count(*) "
        "from questions.ask_vms where deleted_at is not null group by all order by all",
    )
    assert {(logged, address) for logged, address, _ in ends} <= {
        (True, "203.0.113.7"),
        (False, None),
    }
    assert ends[-1][0]


def test_explain_says_each_step_and_the_mac_where_it_decides(estate: Path) -> None:
    database = estate / "estate.duckdb"
    flows = [row[0] for row in rows(database, "select flow_id from marts.fct_flows order by 1")]
    for flow_id in sample(flows, QUESTIONS // 4 or 10):
        answer = explain(database, flow_id)
        told = "\n".join(answer.sentences)
        [flow] = answer.tables["flow"].rows
        assert flow["file_path"] and f"record {flow['file_row']} of {flow['file_path']}" in told
        assert {row["flow_end"] for row in answer.main.rows} == {"source", "destination"}
        for end in answer.main.rows:
            assert (end["vm_id"] or f"no VM, {end['unmatched_reason']}") in told
            if end["match_method"] == "mac":
                assert "method mac" in told


def test_who_is_not_there_any_more_or_not_yet_is_told(estate: Path) -> None:
    """The holders beside an unanswered end are those of the mart."""
    database = estate / "estate.duckdb"
    ends = dicts(
        database,
        f"""
        with ends as ({ENDS})

        select ends.*, windows.nic_id as beside, windows.window_start
        from ends
        inner join marts.dim_nic_ip_windows as windows
            on ends.vnet_id = windows.vnet_id and ends.address = windows.nic_ip
        where
            windows.vm_id is not null
            and case unmatched_reason
                when 'after_release' then windows.window_end <= ends.event_at
                when 'before_first_seen' then windows.window_start > ends.event_at
            end
        qualify row_number() over (
            partition by flow_id, flow_end
            order by
                case when unmatched_reason = 'after_release' then windows.window_start end desc,
                windows.window_start
        ) = 1
        order by ends.flow_id, ends.flow_end
        """,
    )
    assert {end["unmatched_reason"] for end in ends} == {"after_release", "before_first_seen"}
    for end in random.Random(3).sample(ends, 8):
        when = "before" if end["unmatched_reason"] == "after_release" else "after"
        start = f"{end['window_start'].isoformat(' ', 'milliseconds')}"
        nic = end["beside"].rsplit("/", 1)[-1]
        told = [
            sentence
            for sentence in explain(database, end["flow_id"]).sentences
            if sentence.startswith(f"{end['flow_end'].capitalize()}: {when} that, NIC {nic} of VM ")
        ]
        assert any(f"from {start} " in sentence for sentence in told), (end, told)
        assert all(("closed by" if when == "before" else "opened by") in one for one in told)


def test_what_nothing_closed_is_not_called_closed(estate: Path) -> None:
    """A window may end where the VM behind its NIC is another, or not known: nothing closed it."""
    database = estate / "estate.duckdb"
    flows = rows(
        database,
        "select min(flow_id) from questions.ask_flow_ends "
        "where window_end is not null and end_evidence is null group by address limit 3",
    )
    assert flows or estate.name.startswith("complete")
    for (flow,) in flows:
        told = " ".join(explain(database, flow).sentences)
        assert "nothing closed it, the NIC kept the address" in told
        assert "what is not recorded" not in told


def test_the_candidates_of_an_ambiguous_end_are_told_once(estate: Path) -> None:
    database = estate / "estate.duckdb"
    ends = dicts(
        database,
        f"""
        with ends as ({ENDS})

        select ends.flow_id, ends.flow_end, count(*) as statements
        from ends
        inner join questions.ask_candidates as candidates
            on
                ends.vnet_id = candidates.vnet_id and ends.address = candidates.address
                and candidates.nic_id is not null
                and ends.event_at >= candidates.window_start
                and (candidates.window_end is null or ends.event_at < candidates.window_end)
        where ends.unmatched_reason = 'ambiguous'
        group by ends.flow_id, ends.flow_end
        order by statements desc, ends.flow_id
        limit 4
        """,
    )
    assert ends or estate.name.startswith("complete")
    for end in ends:
        sentences = explain(database, end["flow_id"]).sentences
        told = [one for one in sentences if one.startswith(end["flow_end"].capitalize())]
        assert [one for one in told if ": a candidate in " in one and " is NIC " in one]
        assert len(told) == len(set(told))


def test_where_the_mac_alone_decides_who_had_names_nobody_and_explain_says_why(
    models: Models, tmp_path: Path
) -> None:
    """web-01 uses a second address that no source ever stated: fct_flows may say more."""
    write_demo_estate(tmp_path / "raw")
    mine = [
        file
        for file in (tmp_path / "raw" / "insights-logs-flowlogflowevent").rglob("PT1H.json")
        if "macAddress=000D3AFF2FF4" in str(file)
    ]
    assert mine
    for file in mine:
        file.write_text(file.read_text().replace(",10.10.1.5,", ",10.10.1.77,"))
    database = models.build(tmp_path / "raw", tmp_path)
    alone = dicts(
        database,
        """
        select ends.*, flows.vnet_id
        from questions.ask_flow_ends as ends inner join marts.fct_flows as flows using (flow_id)
        where ends.address = '10.10.1.77' and ends.is_captured_end order by ends.flow_id
        """,
    )
    assert {(end["match_method"], end["evidence"], end["vm_name"]) for end in alone} == {
        ("mac", "extended", "web-01")
    }
    for end in alone[:3]:
        answer = who_had(database, "10.10.1.77", end["event_at"], end["vnet_id"])
        [at] = answer.main.rows
        assert (at["vm_id"], at["nic_id"], at["unmatched_reason"], at["known_as"]) == (
            None,
            None,
            "never_seen",
            "VNet range",
        )
        told = "\n".join(explain(database, end["flow_id"]).sentences)
        assert "the record's MAC names the NIC" in told


# ---- the command line, on the demo


def ask(demo: BuildResult, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts", *arguments, "-d", str(demo.database)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100"},
    )


AT = "2026-02-10T08:39:56.900"


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-10T08:39:56.900",
        "2026-02-10 08:39:56.9Z",
        "2026-02-10T08:39:56.900000000Z",
        "2026-02-10T10:39:56.900+02:00",
        "2026-02-10 10:39:56.900 +0200",
        "20260210T083956.900Z",
        "2026-02-10 08:39:56.900 UTC",
        "2026-041T08:39:56.900Z",
        "2026-W07-2T08:39:56,9",
    ],
)
def test_a_moment_in_any_iso_form_is_the_same_moment(text: str) -> None:
    assert parse_moment(text, "--at") == datetime.fromisoformat(AT)


def test_a_date_is_its_first_moment() -> None:
    for text in ("2026-02-10", "2026-02-10Z", "20260210", "2026-041", "2026041"):
        assert parse_moment(text, "--at") == datetime(2026, 2, 10)


def test_the_end_of_a_day_is_the_next_ones_first_moment() -> None:
    for text in ("2026-02-09T24:00", "2026-02-09 24:00:00.000Z", "20260209T24", "2026-040T24:00"):
        assert parse_moment(text, "--at") == datetime(2026, 2, 10)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-13-01", "10/02/2026", "infinity", "08:39"),
        *("2026-366", "2026-000", "2026-02-10T24:01", "9999-12-31T24:00"),
    ],
)
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(UserError, match="is no time"):
        parse_moment(text, "--at")


@pytest.mark.parametrize("address", ["10.10.9.20", " 10.10.9.20 ", "::FFFF:10.10.9.20"])
def test_an_address_in_any_spelling_is_the_same(demo: BuildResult, address: str) -> None:
    answer = who_had(demo.database, address, parse_moment(AT, "--at"))
    assert answer.about["address"] == "10.10.9.20"
    [at] = [row for row in answer.main.rows if row["position"] == "at" and row["vm_id"]]
    assert (at["vm_name"], at["evidence"], at["vnet_name"]) == ("build-1", "confirmed", "vnet-shop")
    after = [row["vm_name"] for row in answer.main.rows if row["position"] == "after"]
    assert "build-2" in after


def test_ipv6_in_full_is_as_the_models_have_it(demo: BuildResult) -> None:
    answer = who_had(demo.database, "FD00:0:0:0::0004", parse_moment(AT, "--at"))
    assert (answer.about["address"], answer.about["kind"]) == ("fd00::4", "private")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("168.63.129.16", "Azure's own"),
        ("224.0.0.1", "no machine's"),
        ("93.184.216.34", "is an internet address"),
        ("10.99.0.4", "never seen"),
    ],
)
def test_what_is_nobodys_is_told_as_what_it_is(
    demo: BuildResult, address: str, sentence: str
) -> None:
    answer = who_had(demo.database, address, parse_moment(AT, "--at"))
    assert sentence in " ".join(answer.sentences)


def test_what_only_flows_name_was_seen(demo: BuildResult, tmp_path: Path) -> None:
    copy = tmp_path / "strange.duckdb"
    copy.write_bytes(demo.database.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update marts.fct_flows set dst_ip = '10.99.0.4' where dst_ip = '10.30.1.4'"
        )
        [(many,)] = connection.execute(
            "select count(*) from marts.fct_flows where dst_ip = '10.99.0.4'"
        ).fetchall()
    [sentence] = who_had(copy, "10.99.0.4", parse_moment(AT, "--at")).sentences
    assert f"{many:,} flows name" in sentence and "never seen" not in sentence


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("who-had", "10.10.9.300", "--at", AT), "'10.10.9.300' is no IP address"),
        (("who-had", "10.10.9.20", "--at", "noon"), "--at 'noon' is no time"),
        (("who-had", "10.10.9.20", "--at", AT, "--vnet", "vnet-shp"), "there are vnet-shop"),
        (("vm", "buidl-2"), "No source ever named a VM 'buidl-2': there are build-2"),
        (("flows", "--vm", "nobody-like-this"), "No source ever named a VM"),
        (("flows", "--vm", "web-01", "--between", "2026-02-11", "2026-02-10"), "--between"),
        (("explain", "no-flow"), "There is no flow 'no-flow'"),
        (("vm", "web-01", "--format", "xml"), "There is no format 'xml'"),
        (("vm", "web-01", "--format", "parquet"), "name a file with --output"),
        (("vm", "web-01", "--format", "csv", "--table", "x"), "There is no table 'x'"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(
    demo: BuildResult, arguments: tuple[str, ...], sentence: str
) -> None:
    done = ask(demo, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_database_of_an_older_version_is_told(tmp_path: Path) -> None:
    old = tmp_path / "old.duckdb"
    with duckdb.connect(str(old)) as connection:
        connection.execute("create schema marts; create table marts.dim_vms (vm_id varchar)")
    for question in (
        lambda: vm(old, "web-01"),
        lambda: who_had(old, "10.0.0.4", datetime(2026, 2, 10)),
        lambda: who_had(old, "10.0.0.4", datetime(2026, 2, 10), "vnet-a"),
        lambda: explain(old, "x"),
        lambda: flows_of(old, "web-01"),
    ):
        with pytest.raises(UserError, match="built by another version"):
            question()


def test_a_database_that_is_open_elsewhere_or_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no database"):
        vm(tmp_path / "none.duckdb", "web-01")
    busy = tmp_path / "busy.duckdb"
    script = f"import duckdb, sys; c = duckdb.connect({str(busy)!r}); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        holder.stdout.readline()
        with pytest.raises(UserError, match="is open in"):
            vm(busy, "web-01")
        holder.communicate("\n")


def test_a_database_under_another_name_answers_as_well(demo: BuildResult, tmp_path: Path) -> None:
    copy = tmp_path / "case 4711.duckdb"
    copy.write_bytes(demo.database.read_bytes())
    answer = who_had(copy, "10.10.9.20", parse_moment(AT, "--at"))
    assert "build-1" in {row["vm_name"] for row in answer.main.rows}
    assert vm(copy, "build-1").main.rows


def test_a_name_that_is_a_schemas_is_told(demo: BuildResult, tmp_path: Path) -> None:
    for name in ("marts", "questions", "asked_rows"):
        copy = tmp_path / f"{name}.duckdb"
        copy.write_bytes(demo.database.read_bytes())
        with pytest.raises(UserError, match="cannot be read under that name"):
            who_had(copy, "10.10.9.20", parse_moment(AT, "--at"))
            vm(copy, "build-1")


def test_a_sqlite_file_is_told_without_a_look_at_the_network(tmp_path: Path) -> None:
    file = tmp_path / "lite.duckdb"
    with sqlite3.connect(file) as connection:
        connection.execute("create table flows (id)")
    with pytest.raises(UserError, match="is not a DuckDB file"):
        vm(file, "web-01")


@pytest.mark.parametrize("at", [datetime(1969, 12, 31), datetime(1, 1, 1), datetime(1970, 1, 1)])
def test_before_all_evidence_an_address_is_still_known(demo: BuildResult, at: datetime) -> None:
    answer = who_had(demo.database, "10.10.9.20", at, "vnet-shop")
    told = [(row["position"], row["vm_name"], row["unmatched_reason"]) for row in answer.main.rows]
    assert told[0] == ("at", None, "before_first_seen")
    assert ("after", "build-1", None) in told
    assert answer.sentences == ()


def test_a_question_changes_nothing(demo: BuildResult) -> None:
    before = demo.database.read_bytes()
    for arguments in (("who-had", "10.10.9.20", "--at", AT), ("vm", "build-1")):
        assert ask(demo, *arguments).returncode == 0
    assert demo.database.read_bytes() == before


@pytest.mark.parametrize("wanted", ["build-2", "BUILD-2"])
def test_vm_says_when_it_went_and_by_whom(demo: BuildResult, wanted: str) -> None:
    [known] = vm(demo.database, wanted).tables["vms"].rows
    assert known["deleted_by"] == "5f2c1a3e-7a44-4d0f-9b58-6f1d0c2b7e90"
    assert known["deleted_from_ip"] == "203.0.113.7"
    assert known["deleted_at"] == datetime(2026, 2, 10, 9, 5, 0, 800485)


def test_a_vm_is_found_by_uuid_and_by_mac(demo: BuildResult) -> None:
    [(name, uuid)] = demo.rows("select vm_name, vm_uuid from marts.dim_vms where vm_name = 'db-01'")
    [(mac,)] = demo.rows("select min(nic_mac) from marts.dim_nics where vm_name = 'db-01'")
    dashed = "-".join(mac[place : place + 2] for place in range(0, 12, 2)).lower()
    for wanted in (uuid.upper(), dashed, mac):
        assert [row["vm_name"] for row in vm(demo.database, wanted).tables["vms"].rows] == [name]


def test_no_time_is_spoken_of_where_none_was_named(demo: BuildResult) -> None:
    for most in (1, 100_000):
        assert "in that time" not in flows_of(demo.database, "build-1", most=most).sentences[0]
    done = ask(demo, "flows", "--vm", "build-1", "--limit", "99999999999999999999")
    assert done.returncode == 2 and "--limit" in done.stderr


def test_flows_are_those_of_the_mart_in_order_with_what_is_left_out(demo: BuildResult) -> None:
    expected = demo.rows(
        "select flow_id from marts.fct_flows where 'build-2' in (src_vm_name, dst_vm_name) "
        "order by event_at desc, flow_id"
    )
    answer = flows_of(demo.database, "build-2", most=5)
    assert [(row["flow_id"],) for row in answer.main.rows] == expected[:5]
    assert f"{len(expected) - 5} more with a higher --limit" in answer.sentences[0]
    everything = flows_of(demo.database, "build-2", newest=False, most=10_000)
    times = [row["event_at"] for row in everything.main.rows]
    assert times == sorted(times) and len(times) == len(expected)
    middle = times[len(times) // 2]
    early = flows_of(demo.database, "build-2", (None, middle), most=10_000).main.rows
    late = flows_of(demo.database, "build-2", (middle, None), most=10_000).main.rows
    assert len(early) + len(late) == len(expected)
    assert all(row["event_at"] < middle for row in early)


def test_machines_get_types_and_nulls(demo: BuildResult, tmp_path: Path) -> None:
    asked = ("who-had", "10.10.9.20", "--at", AT, "--vnet", "vnet-shop")
    page = json.loads(ask(demo, *asked, "--format", "json").stdout)
    at = next(row for row in page["holders"] if row["position"] == "at")
    assert (at["candidates"], at["gap_seconds"], at["unmatched_reason"]) == (1, None, None)
    assert page["at"] == "2026-02-10T08:39:56.900000Z"
    assert page["candidates"] == []
    text = ask(demo, *asked, "--format", "csv").stdout
    [line] = [row for row in csv.DictReader(io.StringIO(text)) if row["position"] == "at"]
    assert (line["vm_name"], line["gap_seconds"]) == ("build-1", "")
    file = tmp_path / "holders.parquet"
    assert ask(demo, *asked, "--format", "parquet", "--output", str(file)).returncode == 0
    with duckdb.connect() as memory:
        found = memory.execute(
            f"select candidates, window_start, gap_seconds from '{file}' where position = 'at'"
        )
        assert [column[1] for column in found.description] == ["INTEGER", "TIMESTAMP", "DOUBLE"]
        assert found.fetchall() == [(1, datetime.fromisoformat(at["window_start"][:-1]), None)]


def test_every_table_of_every_answer_can_be_exported(demo: BuildResult) -> None:
    [(flow,)] = demo.rows("select min(flow_id) from marts.fct_flows")
    for answer in (
        who_had(demo.database, "10.99.0.4", parse_moment(AT, "--at")),
        vm(demo.database, "build-1"),
        flows_of(demo.database, "build-1"),
        explain(demo.database, flow),
    ):
        for name in answer.tables:
            for form in ("json", "csv", "parquet"):
                assert exported(answer, form, name)


def test_people_get_no_colour_in_a_pipe_and_no_markup_from_data(demo: BuildResult) -> None:
    for arguments in (("who-had", "10.10.9.20", "--at", AT), ("vm", "build-1")):
        done = ask(demo, *arguments)
        assert done.returncode == 0 and "\x1b" not in done.stdout and "build-1" in done.stdout
    answer = vm(demo.database, "build-1")
    row = dict(answer.main.rows[0], nic_name="[bold]x[/bold]")
    table = answer.main.__class__(answer.main.columns, answer.main.types, (row,))
    changed = answer.__class__("vm", answer.tables | {"addresses": table})
    file = io.StringIO()
    show(changed, Console(file=file))
    assert "[bold]x[/bold]" in file.getvalue()


def shown(answer: Answer) -> str:
    file = io.StringIO()
    show(answer, Console(file=file))
    return file.getvalue()


def changed(
    answer: Answer, table: str, rows: list[dict], sentences: tuple[str, ...] = ()
) -> Answer:
    """The answer with other rows in one of its tables."""
    held = answer.tables[table]
    tables = answer.tables | {table: Table(held.columns, held.types, tuple(rows))}
    return Answer(answer.question, tables, sentences or answer.sentences, answer.about)


# What clears a screen, starts a line of its own, or turns a name around.
ACTING = "a\x1b[2Jb\nc\rd\x07e\x9bf\u202eg\u200bh\u2066i"


def test_no_name_acts_on_a_terminal_or_passes_for_another(demo: BuildResult) -> None:
    [(flow,)] = demo.rows("select min(flow_id) from marts.fct_flows")
    answers = (
        who_had(demo.database, "10.10.9.20", parse_moment(AT, "--at")),
        vm(demo.database, "build-1"),
        flows_of(demo.database, "build-1", most=1),
        explain(demo.database, flow),
    )
    for answer in answers:
        lines = len(shown(answer).splitlines())
        texts = {name for name in answer.main.columns if name.endswith("_name") or name == "src"}
        rows = [row | dict.fromkeys(texts, ACTING) for row in answer.main.rows]
        sentences = tuple(f"{sentence} {ACTING}" for sentence in answer.sentences)
        page = shown(changed(answer, next(iter(answer.tables)), rows, sentences))
        assert "a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg\ufffdh\ufffdi" in page
        assert not set(ACTING) - set("abcdefghi[2J") & set(page.replace("\n", ""))
        assert len(page.splitlines()) == lines


def test_vnets_and_vms_of_one_name_are_told_apart(demo: BuildResult) -> None:
    answer = who_had(demo.database, "10.10.9.20", parse_moment(AT, "--at"))
    [known] = {row["vnet_id"] for row in answer.main.rows if row["vnet_name"] == "vnet-shop"}
    rows = [
        row | {"vnet_id": known.replace("/subscriptions/1", "/subscriptions/2")}
        if row["vnet_id"] != known
        else row
        for row in answer.main.rows
    ]
    page = shown(changed(answer, "holders", rows))
    [_, subscription, *_] = known.split("/")[1:]
    assert f"In vnet-shop (rg-shop, subscription {subscription}): VM build-1" in page
    assert f"In vnet-shop (rg-shop, subscription 2{subscription[1:]})" in page
    alone = who_had(demo.database, "10.10.9.20", parse_moment(AT, "--at"), "vnet-shop")
    assert "In vnet-shop: VM build-1" in shown(alone)


def test_each_of_several_vms_has_its_own_addresses(demo: BuildResult, tmp_path: Path) -> None:
    copy = tmp_path / "twins.duckdb"
    copy.write_bytes(demo.database.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update marts.dim_vms set vm_name = 'db-01' where vm_name = 'web-01'")
    _, *parts = shown(vm(copy, "db-01")).split("\nVM db-01\n")
    assert len(parts) == 2
    for part, mine, others in zip(
        parts, ("/db-01\n", "/web-01\n"), ("web-01-nic", "db-01-nic"), strict=True
    ):
        assert mine in part and "\nAddresses\n" in part and others not in part


def test_one_of_several_before_is_not_nobody(demo: BuildResult) -> None:
    answer = who_had(demo.database, "10.10.9.20", parse_moment(AT, "--at"), "vnet-shop")
    nobody = dict.fromkeys(("vm_id", "vm_name", "nic_id", "nic_name"))
    doubtful = nobody | {"candidates": 2, "unmatched_reason": "ambiguous"}
    first, *others = answer.main.rows
    page = shown(changed(answer, "holders", [first | doubtful, *others]))
    assert "before   ambiguous " in page


def test_what_waits_for_its_inventory_is_not_nobody(demo: BuildResult) -> None:
    page = shown(who_had(demo.database, "10.10.9.20", datetime(2026, 2, 11)))
    assert "contains it: nobody is known, pending." in page


def test_a_gap_of_a_millisecond_is_one(demo: BuildResult) -> None:
    answer = who_had(demo.database, "10.10.9.20", parse_moment(AT, "--at"), "vnet-shop")
    first, *others = answer.main.rows
    page = shown(changed(answer, "holders", [first | {"gap_seconds": 0.001}, *others]))
    assert " 1 ms\n" in page and " 0.0 s" not in page


def test_no_name_in_the_summary_acts_on_a_terminal(demo: BuildResult) -> None:
    summary = summarise(demo.database)
    [first, *_] = summary.examples
    flows = tuple(replace(flow, src_vm_name=ACTING, dst_vm_name=ACTING) for flow in first.flows)
    rejects = tuple(replace(reject, excerpt=ACTING) for reject in summary.rejects)
    file = io.StringIO()
    hostile = replace(summary, examples=(replace(first, flows=flows),), rejects=rejects)
    print_summary(hostile, Console(file=file))
    page = file.getvalue()
    assert "a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg\ufffdh\ufffdi" in page
    assert not set(ACTING) - set("abcdefghi[2J\n") & set(page)


def test_machines_are_told_what_the_limit_leaves_out(demo: BuildResult) -> None:
    for form in ("csv", "json"):
        done = ask(demo, "flows", "--vm", "build-1", "--limit", "2", "--format", form)
        assert "The newest 2 of " in done.stderr
    assert len(ask(demo, "flows", "--vm", "build-1", "--format", "csv").stdout) > 0


def test_an_incarnations_id_means_its_flows_however_it_is_written(demo: BuildResult) -> None:
    [(uuid,)] = demo.rows("select vm_uuid from marts.dim_vms where vm_name = 'build-1'")
    expected = flows_of(demo.database, uuid).main.rows
    assert expected
    assert flows_of(demo.database, f" {uuid.upper()}/ ").main.rows == expected


def test_the_name_of_several_vms_is_not_picked_from(demo: BuildResult, tmp_path: Path) -> None:
    copy = tmp_path / "twins.duckdb"
    copy.write_bytes(demo.database.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update marts.dim_vms set vm_name = 'build-1' where vm_name = 'build-2'")
    with pytest.raises(UserError, match="2 VMs answer to build-1: name one by its id: /sub"):
        flows_of(copy, "build-1")
    assert len(vm(copy, "build-1").tables["vms"].rows) == 2
