"""What a database holds after a run, in a handful of small, plain values.

Reads `raw.*` and `marts.*` and nothing else, so it works on any database that this project built,
and on one where a failed gate kept dbt from building some of the marts. Prints nothing; see
`scripts.render`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from scripts.database import open_database
from scripts.errors import UserError

RAW_TABLES = (
    "flow_logs",
    "operation_logs",
    "network_interfaces",
    "virtual_machines",
    "virtual_networks",
)
EXAMPLES = 3


@dataclass(frozen=True)
class RawTable:
    """How much of one input was landed; `rejected` counts pieces, not files."""

    name: str
    files: int
    rows: int
    rejected: int


@dataclass(frozen=True)
class Rejects:
    """One kind of input that stated nothing, with one place where it stands."""

    raw_table: str
    reason: str
    count: int
    file_path: str
    excerpt: str


@dataclass(frozen=True)
class MatchRate:
    """Captured ends of one log format that should and that do have a VM."""

    log_format: str
    flows: int
    judged: int
    matched: int

    @property
    def rate(self) -> float | None:
        """0 to 1; None where nothing is to be judged."""
        return self.matched / self.judged if self.judged else None


@dataclass(frozen=True)
class EndCount:
    """How many source and destination ends share an answer: a reason, or an evidence."""

    name: str
    source: int
    destination: int


@dataclass(frozen=True)
class Flow:
    """One row of `marts.fct_flows`, as far as an example shows it."""

    event_at: datetime
    log_format: str
    direction: str
    action: str
    protocol_name: str | None
    src_ip: str
    src_port: int | None
    src_nic_id: str | None
    src_vm_name: str | None
    src_match_method: str | None
    src_evidence: str | None
    src_unmatched_reason: str | None
    dst_ip: str
    dst_port: int | None
    dst_nic_id: str | None
    dst_vm_name: str | None
    dst_match_method: str | None
    dst_evidence: str | None
    dst_unmatched_reason: str | None
    capture_nic_id: str | None
    capture_vm_name: str | None


@dataclass(frozen=True)
class Example:
    """Flows that show one hard case, and what it is."""

    title: str
    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class Summary:
    """Everything that the closing page of a run says.

    Attributes:
        flows: rows of `marts.fct_flows`; None where that table was not built.
        match_rates: one per log format; empty where `marts.rpt_match_rates` was not built.
        reused_address: an address that two VMs held, to try a query on.
    """

    database: Path
    raw_tables: tuple[RawTable, ...]
    rejects: tuple[Rejects, ...]
    flows: int | None
    first_flow_at: datetime | None
    last_flow_at: datetime | None
    match_rates: tuple[MatchRate, ...]
    unmatched: tuple[EndCount, ...]
    evidence: tuple[EndCount, ...]
    examples: tuple[Example, ...]
    reused_address: str | None


def summarise(database: Path) -> Summary:
    """Read the summary of a database that this project made.

    Raises:
        UserError: no such database, a locked one, or one without this project's tables.
    """
    with open_database(database) as connection:
        tables = _tables(connection)
        if ("raw", "landed_files") not in tables:
            raise UserError(
                f"{database} has no landed files: run `build --raw-dir` with this database first."
            )
        has_flows = ("marts", "fct_flows") in tables
        flows, first_at, last_at = _flow_span(connection) if has_flows else (None, None, None)
        has_windows = ("marts", "dim_nic_ip_windows") in tables
        reuses = _reused_addresses(connection) if has_windows else []
        return Summary(
            database=database,
            raw_tables=tuple(_raw_table(connection, name) for name in RAW_TABLES),
            rejects=_rejects(connection),
            flows=flows,
            first_flow_at=first_at,
            last_flow_at=last_at,
            match_rates=(
                _match_rates(connection) if ("marts", "rpt_match_rates") in tables else ()
            ),
            unmatched=_ends_by(connection, "unmatched_reason") if has_flows else (),
            evidence=_ends_by(connection, "evidence") if has_flows else (),
            examples=_examples(connection, reuses) if has_flows else (),
            reused_address=reuses[0].nic_ip if reuses else None,
        )


def corrected_ends(database: Path) -> int:
    """How many ends of flows the latest run answered otherwise than a run before.

    Raises:
        UserError: see `summarise`.
    """
    with open_database(database) as connection:
        [(count,)] = _rows(
            connection,
            """
            select count(*) from state.restatements
            where run_no = (select max(run_no) from state.runs)
            """,
        )
    return count


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    return connection.execute(sql, values).fetchall()


def _tables(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    found = _rows(connection, "select table_schema, table_name from information_schema.tables")
    return {(schema, name) for schema, name in found}


def _raw_table(connection: duckdb.DuckDBPyConnection, name: str) -> RawTable:
    (row,) = _rows(
        connection,
        """
        select
            (select count(*) from raw.landed_files where raw_table = $1),
            (select coalesce(sum(row_count), 0)::bigint from raw.landed_files where raw_table = $1),
            (select count(*) from raw.rejected_records where raw_table = $1)
        """,
        name,
    )
    return RawTable(name, *row)


def _rejects(connection: duckdb.DuckDBPyConnection) -> tuple[Rejects, ...]:
    found = _rows(
        connection,
        """
        select
            raw_table,
            reason,
            count(*),
            min_by(file_path, (file_path, file_row)),
            coalesce(min_by(excerpt, (file_path, file_row)), '')
        from raw.rejected_records
        group by raw_table, reason
        order by raw_table, count(*) desc, reason
        """,
    )
    return tuple(Rejects(*row) for row in found)


def _flow_span(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[int, datetime | None, datetime | None]:
    ((count, first_at, last_at),) = _rows(
        connection, "select count(*), min(event_at), max(event_at) from marts.fct_flows"
    )
    return count, first_at, last_at


def _match_rates(connection: duckdb.DuckDBPyConnection) -> tuple[MatchRate, ...]:
    found = _rows(
        connection,
        """
        select
            log_format,
            sum(flows)::bigint,
            sum(judged_flows)::bigint,
            sum(matched_captured)::bigint
        from marts.rpt_match_rates
        group by log_format
        order by log_format
        """,
    )
    return tuple(MatchRate(*row) for row in found)


def _ends_by(connection: duckdb.DuckDBPyConnection, column: str) -> tuple[EndCount, ...]:
    """Ends by `src_<column>` and `dst_<column>`, most frequent first; nulls are left out."""
    found = _rows(
        connection,
        f"""
        select
            answer,
            (count(*) filter (where is_source))::bigint,
            (count(*) filter (where not is_source))::bigint
        from (
            select src_{column} as answer, true as is_source from marts.fct_flows
            union all
            select dst_{column}, false from marts.fct_flows
        )
        where answer is not null
        group by answer
        order by count(*) desc, answer
        """,
    )
    return tuple(EndCount(*row) for row in found)


@dataclass(frozen=True)
class _Reuse:
    """One address that went from one VM to another, and the time between."""

    vnet_id: str
    nic_ip: str
    before_vm_id: str
    after_vm_id: str
    changed_at: datetime
    gap_seconds: float


def _reused_addresses(connection: duckdb.DuckDBPyConnection) -> list[_Reuse]:
    """The quickest changes of hands, a few of them; a VM made again under its name comes last."""
    found = _rows(
        connection,
        """
        with neighbours as (
            select
                vnet_id,
                nic_ip,
                vm_id as before_vm_id,
                lead(vm_id) over holders as after_vm_id,
                vm_uuid as before_vm_uuid,
                lead(vm_uuid) over holders as after_vm_uuid,
                window_end,
                lead(window_start) over holders as changed_at
            from marts.dim_nic_ip_windows
            -- between two VMs a NIC holds the address alone, for the seconds a VM takes to start
            where vm_id is not null
            window holders as (partition by vnet_id, nic_ip order by window_start)
        )

        select
            vnet_id,
            nic_ip,
            before_vm_id,
            after_vm_id,
            changed_at,
            epoch(changed_at) - epoch(window_end) as gap_seconds
        from neighbours
        where before_vm_id != after_vm_id or before_vm_uuid != after_vm_uuid
        order by before_vm_id = after_vm_id, gap_seconds, changed_at, vnet_id, nic_ip
        limit 5
        """,
    )
    return [_Reuse(*row) for row in found]


def _flows(
    connection: duckdb.DuckDBPyConnection, where: str, order_by: str, *values: Any
) -> tuple[Flow, ...]:
    """The first flow, if any, for which `where` holds; both are this module's own SQL."""
    columns = ", ".join(Flow.__dataclass_fields__)
    found = _rows(
        connection,
        f"select {columns} from marts.fct_flows where {where} order by {order_by} limit 1",
        *values,
    )
    return tuple(Flow(*row) for row in found)


def _examples(connection: duckdb.DuckDBPyConnection, reuses: list[_Reuse]) -> tuple[Example, ...]:
    """Up to `EXAMPLES` cases that a plain join on the address gets wrong, hardest first."""
    # Not every change of hands has flows on both sides of it.
    shown = (_reuse_example(connection, reuse) for reuse in reuses)
    examples = list(islice((example for example in shown if example), 1))
    for title, where in _CASES:
        if len(examples) == EXAMPLES:
            break
        flows = _flows(connection, where, "event_at, flow_id")
        if flows and flows[0] not in [flow for example in examples for flow in example.flows]:
            examples.append(Example(title, flows))
    return tuple(examples)


# What each case shows, and the flows that show it; tried in this order.
_CASES = (
    (
        "A firewall captured a flow between two other machines",
        """
        src_vm_id is not null and dst_vm_id is not null
        and capture_nic_id not in (src_nic_id, dst_nic_id)
        """,
    ),
    (
        "The far end is a NIC without a VM: a private endpoint, say",
        """
        src_vm_id is not null
        and dst_nic_id is not null and dst_unmatched_reason = 'nic_without_vm'
        """,
    ),
    (
        "The same VNet's log names both ends",
        "src_vm_id is not null and dst_vm_id is not null and src_vm_id != dst_vm_id",
    ),
    ("One end is a VM, the other is none", "(src_vm_id is null) != (dst_vm_id is null)"),
)


def _reuse_example(connection: duckdb.DuckDBPyConnection, reuse: _Reuse) -> Example | None:
    """The last flow of the one holder and the first one of the next; None where one has none."""
    held_by = "((src_ip = $1 and src_vm_id = $2) or (dst_ip = $1 and dst_vm_id = $2))"
    before = f"{held_by} and event_at < $3"
    after = f"{held_by} and event_at >= $3"
    ip, moment = reuse.nic_ip, reuse.changed_at
    flows = (
        *_flows(connection, before, "event_at desc, flow_id", ip, reuse.before_vm_id, moment),
        *_flows(connection, after, "event_at, flow_id", ip, reuse.after_vm_id, moment),
    )
    if len(flows) < 2:
        return None
    gap = "at once" if reuse.gap_seconds < 1 else f"within {reuse.gap_seconds:,.0f} s"
    return Example(f"One address, two VMs: {ip} changed hands {gap}", flows)
