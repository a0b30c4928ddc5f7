"""The README's transcript is what the demo prints; `make readme` writes it anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.python.conftest import BuildResult

PROJECT = Path(__file__).resolve().parents[2]
README = PROJECT / "README.md"
QUESTION = re.compile(
    r"(?P<before><!-- ask -->\n```\n\$ \.venv/bin/python -m scripts )(?P<command>[^\n]+)\n.*?"
    r"```\n<!-- /ask -->",
    re.DOTALL,
)
TRANSCRIPT = re.compile(r"(<!-- demo -->\n).*?(<!-- /demo -->)", re.DOTALL)


def demo_summary(database: Path) -> str:
    """What `make demo` prints of its results, as if it lay in the folder it uses by default."""
    printed = subprocess.run(
        [sys.executable, "-m", "scripts", "summary", "--database", str(database)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
    ).stdout
    home = str(database.parent.relative_to(PROJECT))
    lines = printed.replace(home, "demo").strip().splitlines()
    return "\n".join(line.rstrip() for line in lines)


def with_answers(readme: str, database: Path) -> str:
    """The README with the answers that its questions get of a demo, as if it lay in its place."""

    def answered(marks: re.Match[str]) -> str:
        command = marks.group("command")
        arguments = command.replace("demo/azure_flows.duckdb", str(database)).split()
        printed = subprocess.run(
            [sys.executable, "-m", "scripts", *arguments],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return f"{marks.group('before')}{command}\n{printed.strip()}\n```\n<!-- /ask -->"

    return QUESTION.sub(answered, readme)


def with_transcript(readme: str, summary: str) -> str:
    return TRANSCRIPT.sub(
        lambda marks: f"{marks.group(1)}```\n{summary}\n```\n{marks.group(2)}", readme
    )


def test_the_two_rows_at_the_top_are_the_demos(demo: BuildResult) -> None:
    lines = [line for line in README.read_text().splitlines() if line.startswith("| 2026-02-10")]
    assert len(lines) == 2
    for line in lines:
        at, address, name, uuid, *answer = (cell.strip() for cell in line.strip("|").split("|"))
        found = demo.rows(
            "select src_vm_uuid, src_match_method, src_evidence, dst_unmatched_reason "
            "from marts.fct_flows where event_at = ? and src_ip = ? and src_vm_name = ?",
            *(at, address, name),
        )
        assert [(row[0].startswith(uuid.rstrip("…")), *row[1:]) for row in found] == [
            (True, *answer)
        ]


def test_the_readme_shows_what_the_demo_prints(demo: BuildResult) -> None:
    readme = README.read_text()
    summary = demo_summary(demo.database)
    assert readme == with_transcript(readme, summary), "run `make readme`"


def test_the_readme_shows_what_questions_of_the_demo_are_answered(demo: BuildResult) -> None:
    readme = README.read_text()
    assert len(QUESTION.findall(readme)) == 3
    assert readme == with_answers(readme, demo.database), "run `make readme`"


def test_the_readme_shows_two_flows_of_the_demo(demo: BuildResult) -> None:
    readme = README.read_text()
    tuples = re.findall(r"^\d{13},10\.10\.9\.20,.*$", readme, re.MULTILINE)
    shown = re.findall(r"^\| (2026-\S+ \S+) \| (\S+) \| (\S+) \| (\w+)-… ", readme, re.MULTILINE)
    raw = "".join(file.read_text() for file in (demo.database.parent / "raw").rglob("PT1H.json"))
    assert len(tuples) == 2
    assert all(f'"{flow}"' in raw for flow in tuples)
    held = demo.rows(
        "select strftime(event_at, '%Y-%m-%d %H:%M:%S.%g'), src_ip, src_vm_name, "
        "left(src_vm_uuid, 8) "
        "from marts.fct_flows where epoch_ms(event_at) in (?, ?) and src_ip = '10.10.9.20' "
        "and dst_unmatched_reason = 'internet' order by event_at",
        *(int(flow.split(",")[0]) for flow in tuples),
    )
    assert held == shown


if __name__ == "__main__":
    database = PROJECT / "demo" / "azure_flows.duckdb"
    readme = with_transcript(README.read_text(), demo_summary(database))
    README.write_text(with_answers(readme, database))
