"""What cuts a file for Snowflake: parts that say how many they are, and what it does not cut."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.conftest import ROOT
from tests.python.test_landing import event, record


def run_cut(file: Path, folder: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.snowflake.cut", str(file), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def wrapper(*records: object) -> bytes:
    return json.dumps({"records": records}).encode()


@pytest.mark.parametrize("text", [wrapper(record(1), record(2)), wrapper(event(1), event(2))])
def test_a_log_is_cut_and_its_parts_say_how_many_they_are(tmp_path: Path, text: bytes):
    (tmp_path / "PT1H.json").write_bytes(text)
    folder = tmp_path / "PT1H.json.parts"
    folder.mkdir()
    (folder / "part-0001-of-0009.jsonl").write_text("of an earlier cut")
    code, told, complaint = run_cut(tmp_path / "PT1H.json", folder)
    assert (code, told, complaint) == (0, f"1 parts in {folder}\n", "")
    assert [part.name for part in folder.iterdir()] == ["part-0001-of-0001.jsonl"]
    assert len((folder / "part-0001-of-0001.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.json", b'[{"id": "/nic", "properties": {}}]', "holds no record of a log: an inventory"),
        ("a.json", b'{"value": [{"id": "/nic"}], "nextLink": "n"}', "holds no record of a log"),
        ("a.json", b"", "holds nothing that could be landed."),
        ("a.json.gz", b"no gz", "cannot be read (Not a gzipped file"),
        ("missing/a.json", None, "cannot be used: No such file or directory."),
    ],
)
def test_what_is_not_cut_is_one_sentence_and_leaves_no_part(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, told, complaint = run_cut(tmp_path / name, tmp_path / "parts")
    assert (code, told) == (2, "")
    assert sentence in complaint and len(complaint.splitlines()) == 1
    assert list((tmp_path / "parts").iterdir()) == []


def test_of_a_damaged_file_what_can_be_read_is_cut_and_that_is_said(tmp_path: Path):
    # it is read a megabyte at a time
    records = [record(number % 50 + 1) for number in range(8000)]
    packed = gzip.compress("\n".join(map(json.dumps, records)).encode(), compresslevel=0)
    (tmp_path / "a.json.gz").write_bytes(packed[: len(packed) // 2])
    code, told, complaint = run_cut(tmp_path / "a.json.gz", tmp_path / "parts")
    assert (code, told) == (1, f"1 parts in {tmp_path / 'parts'}\n")
    assert "is damaged or ends early" in complaint and len(complaint.splitlines()) == 1
    lines = (tmp_path / "parts" / "part-0001-of-0001.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines[:10]] == records[:10]
    # the end of it is something that landing rejects, and tells
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(lines[-1])
