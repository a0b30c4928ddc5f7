"""Input that somebody damaged or made up: nothing raises, no neighbour is lost, nothing is run."""

from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.demo import write_demo_estate
from tests.python.conftest import Models, Project
from tests.python.test_landing import R1, R2, R3, Estate, event, record

NESTS = [b'{"a":' * depth + b"1" + b"}" * depth for depth in (50, 900, 5000)]
INSERTS = [
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\x1e", b"\x1f", b"\xed\xa0\x80"),
    *(b'"', b"\\", b"\\u0000", b"\\ud800", b"{", b"}", b"[", b"]", b",", b"NaN", b"1e999"),
    *(b"9" * 400, b"9" * 5000, *NESTS),
]
# Where each kind of file puts a text of its own that landing keeps.
MARKS = {"flow_logs": "category", "operation_logs": "jobId"}
MARKED = """
    select category from raw.flow_logs
    union all select event ->> '$.jobId' from raw.operation_logs
    union all select resource ->> '$.etag' from raw.network_interfaces
    union all select resource ->> '$.etag' from raw.virtual_machines
    union all select resource ->> '$.etag' from raw.virtual_networks
"""


def raw_table(path: Path) -> str:
    if "flowevent" in str(path):
        return "flow_logs"
    return "operation_logs" if "activity" in str(path) else "inventory"


class Valid(dict[Path, list[Any]]):
    def __repr__(self) -> str:
        return "the demo's records"


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Valid:
    """The demo's files, all versions and kinds: path below the folder → its records."""
    raw_dir = tmp_path_factory.mktemp("valid")
    write_demo_estate(raw_dir)
    found = Valid()
    for file in sorted(raw_dir.rglob("*.json*")):
        pieces = re.split(r"(?<=\})\n(?=\{)", file.read_text().strip())
        try:
            documents = [json.loads(piece) for piece in pieces]
        except ValueError:
            continue  # the demo has damaged files of its own
        records = [r for d in documents for r in d.get("records", d.get("value", [d]))]
        records = [r for r in records if "not-an-address" not in json.dumps(r)]
        if records:
            found[file.relative_to(raw_dir)] = records
    assert {raw_table(path) for path in found} == {"flow_logs", "operation_logs", "inventory"}
    return found


def damaged(chance: random.Random, text: bytes) -> bytes:
    """A record with one to three places where bytes are flipped, gone, doubled or put in."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(text) + 1)
        end = chance.randrange(at, len(text) + 1)
        text = chance.choice(
            [
                text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :],
                text[:at],
                text[:at] + text[min(end, at + 60) :],
                text[:end] + text[at:],
                text[:at] + chance.choice(INSERTS) + text[at:],
                text[:at] + text[at:].replace(b'"', b"'", 1),
            ]
        )
    return text or b" "


def shapes(table: str) -> list[bytes]:
    lines = [b"%s\n%s\n%s", b"%s\r\n%s\r\n%s", b"[%s,%s,%s]"]
    if table == "inventory":
        return [*lines, b'{"value":[%s,%s,%s]}', b'{"data":[%s,%s,%s],"resultTruncated":"false"}']
    return [*lines, b'{"records":[%s,%s,%s]}', b",%s\r\n,%s\r\n,%s]}"]


def encoded(chance: random.Random, content: bytes, path: Path) -> tuple[Path, bytes]:
    """The same text as other programs write it: with a BOM, in UTF-16, packed."""
    form = chance.randrange(12)
    if form == 0:
        content = b"\xef\xbb\xbf" + content
    if form == 1:
        content = content.decode("utf-8", "replace").encode("utf-16")
    if form == 2:
        return path.with_name(f"{path.name}.gz"), gzip.compress(content)
    return path, content


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(seed=st.integers(0, 1_000_000))
def test_whatever_stands_between_them_neighbours_are_landed(
    valid: Valid, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Forty files of each example: a good record, a damaged one, a good one."""
    chance = random.Random(seed)
    estate = Estate(tmp_path_factory.mktemp("damaged"))
    expected, good = {}, {}
    for number in range(40):
        path = chance.choice(list(valid))
        mark = MARKS.get(raw_table(path), "etag")
        names = [f"before {number}", f"after {number}"]
        first, last = (json.dumps(chance.choice(valid[path]) | {mark: name}) for name in names)
        middle = damaged(chance, json.dumps(chance.choice(valid[path])).encode())
        shape = chance.choice(shapes(raw_table(path)))
        content = shape % (first.encode(), middle, last.encode())
        place, content = encoded(chance, content, path.parent / str(number) / path.name)
        file = estate.write(str(place), content)
        expected |= dict.fromkeys(names, middle)
        good[file] = f"{first}\n{last}".encode()
    estate.land()
    found = {mark for (mark,) in estate.rows(MARKED)}
    lost = {name: middle for name, middle in expected.items() if name not in found}
    assert lost == {}
    before = estate.dump()
    assert estate.land().files_landed == 0
    assert estate.dump() == before
    # and the good file in place of the bad one leaves nothing of it
    for file, content in good.items():
        file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    estate.land()
    assert estate.reasons() == []
    assert estate.rows(f"select count(*) from ({MARKED})") == [(2 * len(good),)]


# --- each on its own -------------------------------------------------------------------------


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


def nic(name: str, **more: Any) -> dict[str, Any]:
    arm_id = (
        f"/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/{name}"
    )
    config = {"name": "c", "id": f"{arm_id}/ipConfigurations/c", "properties": {"primary": True}}
    return {
        "id": arm_id,
        "type": "Microsoft.Network/networkInterfaces",
        "properties": {"ipConfigurations": [config]},
        "recorded_at": "2026-03-01T00:00:00Z",
        **more,
    }


def landed_nics(estate: Estate) -> list[str]:
    rows = estate.rows("select resource ->> '$.id' from raw.network_interfaces order by file_row")
    return [arm_id.rsplit("/", 1)[1] for (arm_id,) in rows]


def test_a_part_of_a_torn_nic_is_no_nic(estate: Estate) -> None:
    first, torn, last = (json.dumps(nic(name)) for name in ("n1", "n2", "n3"))
    torn = torn.replace('"id"', '"id', 1)
    estate.nics(f'{{"value":[{first},{torn},{last}]}}')
    estate.land()
    assert landed_nics(estate) == ["n1", "n3"]
    assert len(estate.reasons()) == 1


@pytest.mark.parametrize("cut", [*range(1, len(R2), 23)])
def test_a_record_cut_anywhere_takes_no_neighbour_with_it(estate: Estate, cut: int) -> None:
    estate.flow_logs(f'{{"records":[{R1},{R2[:cut]},{R3}]}}')
    estate.land()
    assert estate.times() == ["01", "03"]
    assert len(estate.reasons()) == 1


def test_half_a_surrogate_pair_around_a_list_stops_nothing(estate: Estate) -> None:
    estate.nics(f'{{"value":[{json.dumps(nic("n1"))}],"nextLink":"\\ud800"}}')
    estate.land()
    assert estate.rows("select envelope ->> '$.nextLink' from raw.network_interfaces") == [("?",)]


@pytest.mark.parametrize("head", ['"a\tb":1', '"a":abc', '"a":"\\q"'])
def test_a_wrapper_with_a_bad_value_before_its_list_is_entered(estate: Estate, head: str) -> None:
    estate.flow_logs(f'{{{head},"records":[{R1},{R2}]}}')
    estate.land()
    assert estate.times() == ["01", "02"]


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00\x00", b"no gzip at all"])
def test_a_packed_file_without_a_beginning_is_rejected(estate: Estate, content: bytes) -> None:
    estate.flow_logs(content, "a.json.gz")
    estate.flow_logs(R1, "b.json")
    estate.land()
    assert estate.times() == ["01"]
    assert len(estate.reasons()) == bool(content)
    assert estate.land().files_landed == 0


def test_a_line_of_100_megabytes_keeps_its_neighbours(estate: Estate) -> None:
    line = json.dumps(record(2) | {"x": "y" * 100_000_000})
    estate.flow_logs("\n".join((R1, line, R3)))
    estate.land(memory_limit="1GB")
    assert estate.times() == ["01", "02", "03"]


# --- through the models ----------------------------------------------------------------------

TEXTS = {
    "sql": "'; drop table raw.canary; --",
    "jinja": "{{ env_var('HOME') }}",
    "statement": "{% do run_query('drop table raw.canary') %}",
    "script": "<script>alert(1)</script>",
    "quotes": "\"a\" 'b' `c` $$d$$ {e} [f] %s \\n",
}


def test_names_tags_and_ids_come_out_as_the_text_they_are(
    estate: Estate, models: Models, tmp_path: Path
) -> None:
    base = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines"
    machines = [
        {
            "id": f"{base}/{name}",
            "name": text,
            "tags": {"note": text, text: "key"},
            "type": "Microsoft.Compute/virtualMachines",
            "properties": {"vmId": text, "networkProfile": {"networkInterfaces": []}},
            "recorded_at": "2026-03-01T00:00:00Z",
        }
        for name, text in TEXTS.items()
    ]
    estate.write("collect/virtual_machines/vms.json", json.dumps(machines))
    rules = [record(n) for n, _ in enumerate(TEXTS)]
    for rule, text in zip(rules, TEXTS.values(), strict=True):
        rule["flowRecords"]["flows"][0]["aclID"] = text
        rule["flowRecords"]["flows"][0]["flowGroups"][0]["rule"] = text
    estate.flow_logs("\n".join(map(json.dumps, rules)))
    database = models.build(estate.raw_dir, tmp_path)
    with duckdb.connect(str(database)) as db:
        db.execute("create table raw.canary as select 1 as alive")
    models.rebuild(database)
    with duckdb.connect(str(database), read_only=True) as db:
        assert db.execute("select alive from raw.canary").fetchall() == [(1,)]
        found = db.execute("select vm_name, tags ->> 'note' from marts.dim_vms").fetchall()
        assert sorted(found) == sorted((text, text) for text in TEXTS.values())
        named = db.execute("select rule_name, acl_id from marts.fct_flows").fetchall()
        assert sorted(named) == sorted((text, text.lower()) for text in TEXTS.values())


def test_events_and_machines_that_leave_things_out_fail_no_gate(
    estate: Estate, models: Models, tmp_path: Path
) -> None:
    events = [
        event(1) | {"operationName": None, "resourceId": "/subscriptions/s1/x"},
        event(2)
        | {
            "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",
            "resourceId": None,
            "resultType": "Success",
        },
    ]
    estate.write("insights-activity-logs/PT1H.json", "\n".join(map(json.dumps, events)))
    odd = nic("n1")
    odd["properties"]["virtualMachine"] = {"id": "no id of azure's"}
    estate.nics(json.dumps(odd))
    estate.flow_logs(R1)
    with duckdb.connect(str(models.build(estate.raw_dir, tmp_path)), read_only=True) as db:
        keys = db.execute("select attempt_key is null from intermediate.int_operations").fetchall()
        assert keys == [(False,), (False,)]
        assert db.execute("select * from intermediate.int_vm_ends").fetchall() == []
        names = db.execute("select vm_name from intermediate.int_vm_names").fetchall()
        assert names == [("no id of azure's",)]


def test_counters_whose_sum_is_no_bigint_stop_nothing(project: Project, tmp_path: Path) -> None:
    raw_dir, most = tmp_path / "raw", 10**18 - 1
    write_demo_estate(raw_dir)
    (file,) = raw_dir.glob("*flowlogflowevent/**/h=09/**/macAddress=000D3AFF2FF4/PT1H.json")
    # a machine of the demo in a later hour
    large = json.loads(file.read_text())["records"][0]
    large["time"] = "2026-02-10T20:00:31Z"
    tuples = [f"17707536{n:02d}000,10.10.1.4,10.10.1.5,1,443,6,O,E,NX" for n in range(20)]
    group = {"rule": "large", "flowTuples": [f"{one}{f',{most}' * 4}" for one in tuples]}
    large["flowRecords"]["flows"] = [{"aclID": "a", "flowGroups": [group]}]
    other = raw_dir / str(file.relative_to(raw_dir)).replace("h=09", "h=20")
    other.parent.mkdir(parents=True)
    other.write_text(json.dumps({"records": [large]}))
    run = project.build(raw_dir)
    assert run.exit_code == 0, run.errors
    rows = "select count(*), sum(bytes_src_to_dst) from marts.fct_flows where rule_name = 'large'"
    assert run.rows(rows) == [(20, 20 * most)]
    counted = "select max(packets_dst_to_src) from intermediate.int_record_counts"
    assert run.rows(counted) == [(20 * most,)]
    sent = "select max(bytes_sent) from questions.ask_vm_traffic"
    assert run.rows(sent) == [(20 * most,)]
    page = tmp_path / "report.html"
    report = project.run("report", "--database", run.database, "--output", page)
    assert report.exit_code == 0, report.errors
    numbers = map(int, re.findall(r"(?<=[, ])[0-9]{20}(?=[,\]])", page.read_text()))
    assert max(numbers) >= 20 * most


def test_the_same_files_in_two_folders_count_once(
    estate: Estate, models: Models, tmp_path: Path
) -> None:
    homes = [tmp_path / "once", tmp_path / "twice"]
    answers = []
    for home in homes:
        home.mkdir()
        write_demo_estate(estate.raw_dir / "mirror")
        if home.name == "twice":
            write_demo_estate(estate.raw_dir / "backup of the mirror")
        with duckdb.connect(str(models.build(estate.raw_dir, home)), read_only=True) as db:
            answers.append(
                {
                    table: db.execute(
                        "select columns(lambda c: c not in ('loaded_at', 'file_path')) "
                        f"from marts.{table} order by all"
                    ).fetchall()
                    for table in ("fct_flows", "dim_nic_ip_windows", "dim_nics", "dim_vms")
                }
            )
    assert len(answers[0]["fct_flows"]) > 1000
    assert answers[1] == answers[0]
