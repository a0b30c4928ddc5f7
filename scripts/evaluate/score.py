"""Score methods on a built estate against its truth, end by end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
METHODS = {
    "ours": "this project",
    "blog": "the blog's SQL",
    "latest_snapshot": "latest snapshot wins",
    "event_stream": "event stream, 15 min hold-back",
}

_VERDICTS = """
create or replace temp table verdicts as
select
    ends.*,
    answers.vm_id, answers.vm_uuid, answers.evidence, answers.reason,
    case
        when true_vm_id is null and answers.vm_id is null then 'none'
        when true_vm_id is null then 'spurious'
        when answers.vm_id is null then 'abstained'
        when answers.vm_id = true_vm_id then 'right'
        else 'wrong'
    end as verdict,
    case
        when answers.vm_id is not null or answers.reason is null then false
        when kind = 'internet' then answers.reason <> 'internet'
        when kind = 'platform' then answers.reason <> 'azure_platform'
        when kind = 'not_unicast' then answers.reason <> 'not_unicast'
        when answers.reason in ('internet', 'azure_platform', 'not_unicast', 'invalid_address')
            then true
        when answers.reason = 'nic_without_vm' then kind <> 'nic_without_vm'
        when answers.reason = 'after_release' then kind = 'on_premises' or not had_holder
        else false
    end as is_reason_untrue,
    case
        when reuse_gap_ms is null then 'first holder'
        when reuse_gap_ms < 10000 then '< 10 s'
        when reuse_gap_ms < 60000 then '< 1 min'
        when reuse_gap_ms < 900000 then '< 15 min'
        when reuse_gap_ms < 7200000 then '< 2 h'
        else '2 h and more'
    end as reuse_gap
from true_ends as ends
left join ({method}) as answers using (flow_id, side)
"""

_COUNTS = """
select
    count(*) filter (verdict = 'right') as right_,
    count(*) filter (verdict = 'wrong') as wrong,
    count(*) filter (verdict = 'abstained') as abstained,
    count(*) filter (verdict = 'spurious') as spurious,
    count(*) filter (verdict = 'none') as none_,
    count(*) filter (verdict in ('wrong', 'spurious') and evidence = 'confirmed'),
    count(*) filter (verdict = 'right' and evidence = 'confirmed'),
    count(*) filter (verdict = 'right' and vm_uuid <> true_vm_uuid),
    count(*) filter (is_reason_untrue),
    count(*) filter (is_captured_end and is_mac_named),
    count(*) filter (is_captured_end and is_mac_named and verdict = 'right'),
    count(*) filter (is_captured_end and verdict = 'right'),
    count(*) filter (is_captured_end and verdict = 'wrong')
from verdicts
"""


@dataclass(frozen=True)
class Score:
    """Counts of flow ends, unless said otherwise.

    Attributes:
        right, wrong, abstained: ends that are VMs: the VM, another one, none.
        spurious, none: ends that are no VM: one named, or none.
        wrong_confirmed: wrong or spurious, and called ``confirmed``.
        right_confirmed: right, and called ``confirmed``.
        wrong_uuid: the right VM with another incarnation's uuid.
        untrue_reasons: abstentions whose reason the truth denies.
        named, named_right: captured ends of a MAC that any source named; of these, right.
        captured_right, captured_wrong: captured ends, whether or not their MAC was named.
        lost, doubled: flow tuples of the truth that are missing from the mart, or surplus.
        by: ("kind", "reuse_gap", "evidence" or "reason", its value) → verdict → ends.
    """

    right: int = 0
    wrong: int = 0
    abstained: int = 0
    spurious: int = 0
    none: int = 0
    wrong_confirmed: int = 0
    right_confirmed: int = 0
    wrong_uuid: int = 0
    untrue_reasons: int = 0
    named: int = 0
    named_right: int = 0
    captured_right: int = 0
    captured_wrong: int = 0
    lost: int = 0
    doubled: int = 0
    by: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def __add__(self, other: Score) -> Score:
        counts = [each.name for each in fields(self) if each.name != "by"]
        by = {key: dict(verdicts) for key, verdicts in self.by.items()}
        for key, verdicts in other.by.items():
            mine = by.setdefault(key, {})
            for verdict, count in verdicts.items():
                mine[verdict] = mine.get(verdict, 0) + count
        return Score(**{name: getattr(self, name) + getattr(other, name) for name in counts}, by=by)

    @property
    def vm_ends(self) -> int:
        return self.right + self.wrong + self.abstained

    @property
    def ends(self) -> int:
        return self.vm_ends + self.spurious + self.none


def score(database: Path, truth: Path, methods: Sequence[str] = tuple(METHODS)) -> dict[str, Score]:
    """Score each method on a built database.

    Args:
        database: as `build` leaves it.
        truth: as `simulate` writes it.

    Returns:
        method → score.
    """
    with duckdb.connect(str(database), read_only=True) as db:
        db.execute("set timezone = 'UTC'")
        path = str(truth).replace("'", "''")
        db.execute(f"create temp view truth as select * from read_parquet('{path}')")
        db.execute((HERE / "ends.sql").read_text())
        lost, found = db.execute(
            "select count(*) filter (flow_id is null), count(flow_id) from true_flows"
        ).fetchone()
        doubled = db.execute("select count(*) from marts.fct_flows").fetchone()[0] - found
        scores = {}
        for method in methods:
            sql = (HERE / "methods" / f"{method}.sql").read_text()
            db.execute(_VERDICTS.format(method=sql))
            counts = db.execute(_COUNTS).fetchone()
            by = _breakdown(db)
            scores[method] = Score(*counts, lost=lost, doubled=doubled, by=by)
        return scores


def _breakdown(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, int]]:
    by: dict[tuple[str, str], dict[str, int]] = {}
    for dimension in ("kind", "reuse_gap", "evidence", "reason"):
        rows = db.execute(
            f"select coalesce({dimension}, '–'), verdict, count(*) from verdicts "
            "group by all order by all"
        ).fetchall()
        for value, verdict, count in rows:
            by.setdefault((dimension, value), {})[verdict] = count
    return by
