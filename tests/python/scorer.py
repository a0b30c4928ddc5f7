"""Compare ``marts.fct_flows`` with a truth file, end by end.

``python -m tests.python.scorer DATABASE TRUTH`` prints the score and exits with 1 if anything is
wrong, missing, spurious, lost or doubled.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

EXAMPLES = 10

# What names a tuple on both sides. `occurrence` counts identical tuples.
KEY = (
    "event_at",
    "log_format",
    "flow_log_id",
    "capture_mac",
    "src_ip",
    "src_port",
    "dst_ip",
    "dst_port",
    "protocol",
    "direction",
)

_TRUTH = """
create temp table truth as
select
    event_at::timestamp as event_at,
    * exclude (event_at),
    row_number() over (partition by {key}) as occurrence
from read_json(?, format = 'newline_delimited', columns = {{
    event_at: 'VARCHAR', log_format: 'VARCHAR', flow_log_id: 'VARCHAR', capture_mac: 'VARCHAR',
    capture_nic_id: 'VARCHAR', src_ip: 'VARCHAR', src_port: 'INTEGER', dst_ip: 'VARCHAR',
    dst_port: 'INTEGER', protocol: 'INTEGER', direction: 'VARCHAR',
    src_vm_id: 'VARCHAR', src_vm_uuid: 'VARCHAR', src_vm_name: 'VARCHAR', src_kind: 'VARCHAR',
    src_reason: 'VARCHAR', dst_vm_id: 'VARCHAR', dst_vm_uuid: 'VARCHAR', dst_vm_name: 'VARCHAR',
    dst_kind: 'VARCHAR', dst_reason: 'VARCHAR'
}})
"""

_ANSWERS = """
create temp table answers as
with flows as (
    select
        date_trunc('milliseconds', event_at)::timestamp as event_at,
        log_format,
        lower(flow_log_resource_id) as flow_log_id,
        upper(capture_mac) as capture_mac,
        src_ip, src_port::integer as src_port, dst_ip, dst_port::integer as dst_port,
        protocol::integer as protocol, direction,
        vnet_id, capture_nic_id,
        {ends}
    from marts.fct_flows
)
select *, row_number() over (partition by {key}) as occurrence from flows
"""

_END = """
    {s}_nic_id, {s}_vm_id, {s}_vm_uuid::varchar as {s}_vm_uuid, {s}_vm_name,
    {s}_match_method, {s}_evidence,
    {s}_unmatched_reason"""

# One row per end of a tuple that both sides have.
_ENDS = """
create temp table ends as
{selects}
"""

_ENDS_OF = """
select
    '{s}' as side,
    truth.event_at, truth.log_format, answers.vnet_id, truth.direction, truth.capture_mac,
    truth.{s}_ip as address, truth.{s}_kind as label,
    case
        when answers.log_format is null then false
        else truth.direction = case '{s}' when 'src' then 'outbound' else 'inbound' end
    end as is_captured_end,
    truth.{s}_vm_id as true_vm_id, truth.{s}_vm_uuid as true_vm_uuid,
    truth.{s}_reason as true_reason,
    answers.{s}_vm_id as vm_id, answers.{s}_vm_uuid as vm_uuid, answers.{s}_nic_id as nic_id,
    answers.{s}_match_method as match_method, answers.{s}_evidence as evidence,
    answers.{s}_unmatched_reason as reason,
    case
        when truth.{s}_vm_id is null and answers.{s}_vm_id is null then 'none'
        when truth.{s}_vm_id is null then 'spurious'
        when answers.{s}_vm_id is null then 'missing'
        when lower(answers.{s}_vm_id) = truth.{s}_vm_id then 'right'
        else 'wrong'
    end as verdict
from truth join answers using ({key}, occurrence)
"""


@dataclass(frozen=True)
class Score:
    """Counts of ends, unless said otherwise.

    Attributes:
        right, wrong, missing: ends that are VMs: the VM, another VM, no VM.
        none, spurious: ends that are no VM: none named, or one named.
        wrong_confirmed: wrong or spurious, and called ``confirmed``.
        wrong_uuid, unknown_uuid: right VM with another incarnation, or with none.
        wrong_capture: flows whose capturing NIC is another one.
        lost, doubled: tuples of the truth that the mart has not, and the other way round.
        no_reason: ends without VM that give no reason.
        by_label: label → verdict → ends.
        by_reason: (label, reason given) → ends, where no VM was named.
        by_evidence: (verdict, method, evidence) → ends.
        unexpected_reason: (label, expected, given) → ends; of no consequence for `is_perfect`.
        examples: the first errors, with the windows of their address.
    """

    flows: int
    right: int
    wrong: int
    missing: int
    none: int
    spurious: int
    wrong_confirmed: int
    wrong_uuid: int
    unknown_uuid: int
    wrong_capture: int
    lost: int
    doubled: int
    no_reason: int
    by_label: dict[str, Counter[str]] = field(default_factory=dict)
    by_reason: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_evidence: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unexpected_reason: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def is_perfect(self) -> bool:
        """Nothing wrong, missing, spurious, lost, doubled or unexplained."""
        faults = (
            self.wrong,
            self.missing,
            self.spurious,
            self.wrong_confirmed,
            self.wrong_uuid,
            self.wrong_capture,
            self.lost,
            self.doubled,
            self.no_reason,
        )
        return not any(faults)

    def __str__(self) -> str:
        vms, others = self.right + self.wrong + self.missing, self.none + self.spurious
        lines = [
            f"{self.flows} tuples; lost {self.lost}, doubled {self.doubled}",
            f"{vms} ends that are VMs: right {self.right}, wrong {self.wrong}, "
            f"missing {self.missing}; vmId wrong {self.wrong_uuid}, unknown {self.unknown_uuid}",
            f"{others} ends that are no VM: none named {self.none}, spurious {self.spurious}, "
            f"no reason {self.no_reason}",
            f"wrong and confirmed {self.wrong_confirmed}; capturing NIC wrong {self.wrong_capture}",
            "",
            f"{'label':24}{'right':>8}{'none':>8}{'wrong':>8}{'missing':>8}{'spurious':>9}",
        ]
        columns = (("right", 8), ("none", 8), ("wrong", 8), ("missing", 8), ("spurious", 9))
        for label, counts in sorted(self.by_label.items()):
            lines.append(f"{label:24}" + "".join(f"{counts[c] or '':>{w}}" for c, w in columns))
        lines += ["", "verdict, method, evidence"]
        for (verdict, method, evidence), count in sorted(self.by_evidence.items()):
            lines.append(f"{count:8}  {verdict:10}{method:18}{evidence}")
        lines += ["", "no VM named: label, reason"]
        for (label, reason), count in sorted(self.by_reason.items()):
            lines.append(f"{count:8}  {label:24}{reason}")
        if self.unexpected_reason:
            lines += ["", "reasons other than expected: label, expected, given"]
            for (label, expected, given), count in sorted(self.unexpected_reason.items()):
                lines.append(f"{count:8}  {label:24}{expected:20}{given}")
        if self.examples:
            lines += ["", f"first {len(self.examples)} errors", *self.examples]
        return "\n".join(lines)


def score(database: Path, truth_path: Path) -> Score:
    """Score a built database against a truth file of `hostile_estate`.

    Args:
        database: DuckDB file with ``marts.fct_flows`` and ``marts.dim_nic_ip_windows``.
        truth_path: JSONL, one line per tuple occurrence.
    """
    key = ", ".join(KEY)
    with duckdb.connect(str(database), read_only=True) as db:
        db.execute(_TRUTH.format(key=key), [str(truth_path)]).fetchall()
        ends = ",".join(_END.format(s=side) for side in ("src", "dst"))
        db.execute(_ANSWERS.format(key=key, ends=ends)).fetchall()
        selects = "union all".join(_ENDS_OF.format(s=side, key=key) for side in ("src", "dst"))
        db.execute(_ENDS.format(selects=selects)).fetchall()
        return _count(db, key)


def _count(db: duckdb.DuckDBPyConnection, key: str) -> Score:
    def number(sql: str) -> int:
        return db.execute(sql).fetchone()[0]

    def ends_where(condition: str) -> int:
        return number(f"select count(*) from ends where {condition}")

    def grouped(columns: str, condition: str = "true") -> list[tuple]:
        sql = f"select {columns}, count(*) from ends where {condition} group by all"
        return [
            tuple("-" if part is None else part for part in row)
            for row in db.execute(sql).fetchall()
        ]

    by_label: dict[str, Counter[str]] = {}
    for label, verdict, count in grouped("label, verdict"):
        by_label.setdefault(label, Counter())[verdict] += count
    unexpected = (
        "true_reason is not null and verdict = 'none' and reason is distinct from true_reason"
    )
    verdicts = Counter(dict(grouped("verdict")))
    return Score(
        flows=number("select count(*) from truth"),
        right=verdicts["right"],
        wrong=verdicts["wrong"],
        missing=verdicts["missing"],
        none=verdicts["none"],
        spurious=verdicts["spurious"],
        wrong_confirmed=ends_where("verdict in ('wrong', 'spurious') and evidence = 'confirmed'"),
        wrong_uuid=ends_where("verdict = 'right' and lower(vm_uuid) <> true_vm_uuid"),
        unknown_uuid=ends_where("verdict = 'right' and vm_uuid is null"),
        wrong_capture=number(
            f"select count(*) from truth join answers using ({key}, occurrence) "
            "where lower(answers.capture_nic_id) <> truth.capture_nic_id"
        ),
        lost=number(f"select count(*) from truth anti join answers using ({key}, occurrence)"),
        doubled=number(f"select count(*) from answers anti join truth using ({key}, occurrence)"),
        no_reason=ends_where("vm_id is null and reason is null"),
        by_label=by_label,
        by_reason=Counter({(a, b): n for a, b, n in grouped("label, reason", "vm_id is null")}),
        by_evidence=Counter(
            {(a, b, c): n for a, b, c, n in grouped("verdict, match_method, evidence")}
        ),
        unexpected_reason=Counter(
            {(a, b, c): n for a, b, c, n in grouped("label, true_reason, reason", unexpected)}
        ),
        examples=_examples(db, key),
    )


def _examples(db: duckdb.DuckDBPyConnection, key: str) -> list[str]:
    """The first errors in words, worst kinds first, a few of each label."""
    bad = db.execute(
        """
        select verdict, side, event_at, log_format, vnet_id, capture_mac, is_captured_end, address,
               label, true_vm_id, vm_id, match_method, evidence, reason, true_vm_uuid, vm_uuid
        from ends
        where verdict in ('wrong', 'spurious', 'missing')
            or (verdict = 'right' and lower(vm_uuid) <> true_vm_uuid)
        qualify row_number() over (partition by verdict, label order by event_at) <= 2
        order by
            array_position(['wrong', 'spurious', 'right', 'missing'], verdict), label, event_at
        limit ?
        """,
        [EXAMPLES],
    ).fetchall()
    texts = []
    for (
        verdict,
        side,
        at,
        log_format,
        vnet,
        mac,
        captured,
        address,
        label,
        true_vm,
        vm,
        method,
        evidence,
        reason,
        true_uuid,
        uuid,
    ) in bad:
        kind = "captured" if captured else "peer"
        what = "wrong vmId" if verdict == "right" else verdict
        texts.append(
            f"\n{what} ({label}): {side} {address} at {at}, {log_format}, {kind} end, "
            f"captured by {mac} in {vnet}\n"
            f"    truth  {true_vm} {true_uuid or ''}\n"
            f"    answer {vm} {uuid or ''} [{method}, {evidence}, {reason}]"
        )
        texts += _windows(db, address, at)
    lost = db.execute(
        f"select {key} from truth anti join answers using ({key}, occurrence) limit 3"
    ).fetchall()
    extra = db.execute(
        f"select {key} from answers anti join truth using ({key}, occurrence) limit 3"
    ).fetchall()
    texts += [f"lost:    {' '.join(map(str, row))}" for row in lost]
    texts += [f"doubled: {' '.join(map(str, row))}" for row in extra]
    return texts


def _windows(db: duckdb.DuckDBPyConnection, address: str, at: object) -> list[str]:
    """The windows of an address that lie nearest to a moment, in whatever VNet."""
    rows = db.execute(
        """
        select vnet_id, nic_id, vm_id, window_start, window_end, start_evidence, end_evidence
        from marts.dim_nic_ip_windows
        where split_part(nic_ip, '/', 1) = ?
        order by abs(epoch(coalesce(window_start, ?::timestamp)) - epoch(?::timestamp))
        limit 4
        """,
        [address, at, at],
    ).fetchall()
    return [
        f"    window [{start}, {end}) {vnet.split('/')[-1]} {nic.split('/')[-1]} "
        f"→ {(vm or 'no VM').split('/')[-1]} ({start_evidence} … {end_evidence})"
        for vnet, nic, vm, start, end, start_evidence, end_evidence in rows
    ]


def main() -> int:
    """Command line: print the score."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("database", type=Path)
    parser.add_argument("truth", type=Path)
    args = parser.parse_args()
    result = score(args.database, args.truth)
    print(result)
    return 0 if result.is_perfect else 1


if __name__ == "__main__":
    raise SystemExit(main())
