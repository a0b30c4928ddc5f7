"""Where a run's time went: nodes that ran at once share it, and all of it adds up."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from scripts.render import print_time_spent
from scripts.time_spent import time_spent


def node(node_id: str, start: float, end: float) -> dict:
    """A result of dbt's, from `start` to `end` seconds after noon, compiled in the first half."""
    moments = [f"2026-01-01T12:00:{second:09.6f}Z" for second in (start, (start + end) / 2, end)]
    return {
        "unique_id": node_id,
        "timing": [
            {"name": "compile", "started_at": moments[0], "completed_at": moments[1]},
            {"name": "execute", "started_at": moments[1], "completed_at": moments[2]},
        ],
    }


def test_nodes_that_ran_at_once_share_the_time_and_all_of_it_adds_up() -> None:
    results = [
        node("model.project.alone_then_two", 0, 6),
        node("test.project.inside", 2, 4),
        node("model.project.at_once_with_nothing", 10, 11),
    ]
    spent = time_spent(results, {"model.project.alone_then_two": "alone_then_two"}, 20)
    dearest, *others = spent.nodes
    assert (dearest.name, dearest.kind) == ("alone_then_two", "model")
    assert dearest.seconds == pytest.approx(5)
    assert {one.name: one.seconds for one in others} == pytest.approx(
        {"test.project.inside": 1, "model.project.at_once_with_nothing": 1}
    )
    assert [one.name for one in spent.of("test")] == ["test.project.inside"]
    # 6 s and 1 s in which a node ran; the rest is dbt's own
    assert spent.dbt_seconds == pytest.approx(13)


def test_nodes_that_follow_each_other_share_nothing() -> None:
    spent = time_spent([node("model.p.a", 0, 2), node("model.p.b", 2, 5)], {}, 5)
    assert {one.name: one.seconds for one in spent.nodes} == pytest.approx(
        {"model.p.a": 2, "model.p.b": 3}
    )
    assert spent.dbt_seconds == pytest.approx(0)


def test_a_node_that_never_ran_takes_no_time() -> None:
    skipped = {"unique_id": "model.p.skipped", "timing": []}
    spent = time_spent([skipped, node("model.p.a", 0, 1)], {}, 3)
    assert [one.name for one in spent.nodes] == ["model.p.a"]
    assert spent.dbt_seconds == pytest.approx(2)


def test_the_table_adds_up_and_folds_what_is_small() -> None:
    results = [node(f"model.p.m{number}", number, number + 1) for number in range(9)]
    results += [node("test.p.t", 9, 10), node("seed.p.s", 10, 11)]
    page = io.StringIO()
    print_time_spent(time_spent(results, {}, 15), 5, Console(file=page, width=100))
    lines = {" ".join(line.split()) for line in page.getvalue().splitlines()}
    assert {
        "landing 5.0 25%",
        "dbt: start, parsing, between nodes 4.0 20%",
        "3 other models 3.0 15%",
        "1 tests 1.0 5%",
        "seeds and snapshots 1.0 5%",
        "all 20.0",
    } <= lines
