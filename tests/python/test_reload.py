"""Building again changes nothing; half of the files and then all of them is all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.demo import write_demo_estate
from tests.python.conftest import BuildResult

MARTS = ("fct_flows", "dim_nic_ip_windows", "dim_nics", "dim_vms")


def dump(result: BuildResult, without: str = "") -> dict[str, list[tuple]]:
    dumped = {}
    for mart in MARTS:
        columns = f"* exclude ({without})" if without and mart == "fct_flows" else "*"
        dumped[mart] = result.rows(f"select {columns} from marts.{mart} order by all")
    return dumped


def test_half_of_every_blob_and_then_all_of_it(
    build: Callable[..., BuildResult], tmp_path: Path, demo: BuildResult
) -> None:
    raw_dir, database = tmp_path / "raw", tmp_path / "flows.duckdb"
    write_demo_estate(raw_dir)
    whole = {file: file.read_bytes() for file in sorted(raw_dir.rglob("*.json*"))}
    for number, (file, content) in enumerate(whole.items()):
        # a cut at another place in each file, and some files that are not there yet
        cut = len(content) * (number % 7) // 7
        file.write_bytes(content[:cut]) if cut else file.unlink()
    first = build(raw_dir, database=database)
    assert first.exit_code in (0, 1), first.errors
    for file, content in whole.items():
        file.write_bytes(content)
    second = build(raw_dir, database=database)
    assert second.exit_code == 0, second.errors
    assert dump(second, without="loaded_at") == dump(demo, without="loaded_at")

    before = dump(second)
    assert build(raw_dir, database=database).exit_code == 0
    assert dump(second) == before
