"""Every number that the model of costs starts from, in one place, each with its source."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from scripts.errors import UserError
from scripts.scale.growth import FLOWS_PER_RECORD, per_flow, per_stored


def _input(kind: str) -> Any:
    def with_source(default: float, source: str) -> Any:
        return field(default=default, metadata={"kind": kind, "source": source})

    return with_source


_measured, _public, _assumed = _input("measured"), _input("public"), _input("assumed")
_WIDTHS = "measure_widths, 2,047,135 flows of 1,253 MACs"
_FLOWS = "measure_growth flows"
_HISTORY = "measure_growth history"
_MACHINES = "measure_growth machines"


@dataclass(frozen=True)
class Inputs:
    """Every number that the model starts from, with what it is and where it is from.

    Bytes are per row of the table that the name begins with, `_bytes` uncompressed and `_stored`
    compressed; `_us` are core-microseconds on DuckDB.
    """

    # the estate
    flows_per_machine_day: float = _assumed(200_000, "139 a minute and NIC: busy servers")
    flows_per_record: float = _assumed(
        100, "a record a minute and NIC; 22.9 and 42.7 measured at 21 and 32 flows a minute"
    )
    peak_factor: float = _assumed(2, "the busiest hour over the mean one")
    windows_per_machine_day: float = _assumed(1, "an address changes hands once a day")
    new_addresses_per_million_flows: float = _assumed(
        500, "(scope, address) that no flow named before; public ones most of all"
    )
    retention_days: float = _assumed(90, "flows, raw and attributed; older ones are forgotten")
    inventory_days: float = _assumed(
        365, "windows, sightings, asked addresses: nothing forgets them"
    )
    # sizes
    raw_text_bytes: float = _measured(94, f"flow logs per flow as Azure writes them; {_WIDTHS}")
    flow_logs_bytes: float = _measured(98.7, f"per flow: 2,243 a row; {_WIDTHS}")
    flow_logs_stored: float = _measured(15.6, f"per flow: 355 a row; {_WIDTHS}")
    flow_tuples_bytes: float = _measured(921, _WIDTHS)
    flow_tuples_stored: float = _measured(21.0, _WIDTHS)
    fct_flows_bytes: float = _measured(1502, _WIDTHS)
    fct_flows_stored: float = _measured(34.2, _WIDTHS)
    flow_records_bytes: float = _measured(291, _WIDTHS)
    flow_records_stored: float = _measured(21.1, _WIDTHS)
    record_counts_bytes: float = _measured(73, _WIDTHS)
    record_counts_stored: float = _measured(24.8, _WIDTHS)
    sightings_bytes: float = _measured(610, _WIDTHS)
    sightings_stored: float = _measured(20.4, _WIDTHS)
    answer_facts_bytes: float = _measured(267, _WIDTHS)
    answer_facts_stored: float = _measured(50.4, _WIDTHS)
    answer_facts_per_address: float = _measured(6.6, f"rows per asked address; {_WIDTHS}")
    stored_factor: float = _assumed(
        1.5, "real flows repeat less: 400 → 1,600 machines made fct_flows 1.21 times as wide"
    )
    # work
    landing_us: float = _measured(
        2.6,
        "per flow, each time its text is read: DuckDB landed 1,342,801 flows; the split does the "
        "same in SQL",
    )
    tuples_us: float = _measured(
        per_flow("tuples"), "per new flow: records, tuples, counts, sightings; " + _FLOWS
    )
    attribution_us: float = _measured(
        per_flow("attribution"),
        "per new flow: captures, asked addresses, ends, fct_flows; " + _FLOWS,
    )
    reports_us: float = _measured(per_flow("reports"), "per new flow: hourly reports; " + _FLOWS)
    tests_us: float = _measured(per_flow("tests"), "per new flow: data tests; " + _FLOWS)
    again_per_flow: float = _measured(
        1.1,
        "flows resolved again per new one; measure_growth history: 30,669 beside 6,221 in the hour "
        "of a snapshot, 2,550 to 4,255 beside 6,743 to 7,285 in others, with one in six hours",
    )
    rewrites_per_flow: float = _assumed(
        6, "a micro-partition is written anew for any of its rows: the runs until the next snapshot"
    )
    rewrite_us: float = _assumed(2, "to write a row of fct_flows once more")
    touched_share: float = _assumed(
        0.3,
        "of stored hours that a run touches, and reports and tests read whole; 3 to 41 of 97 in "
        "measure_growth history: one long-lived address whose answer changes touches all its hours",
    )
    changes_us: float = _measured(
        per_stored("changes"), "per stored flow and run: what may have changed; " + _HISTORY
    )
    replaced_us: float = _measured(
        per_stored("replaced"),
        "per stored flow and run: fct_flows, rows to be replaced; measure_scans, " + _HISTORY,
    )
    compared_us: float = _measured(
        per_stored("compared"), "per stored flow and run: tests of all flows; " + _HISTORY
    )
    records_us: float = _measured(
        round(per_stored("records") * FLOWS_PER_RECORD, 2),
        f"per stored record and run: keys compared; {_HISTORY}, "
        f"{FLOWS_PER_RECORD:g} flows a record",
    )
    window_us: float = _measured(
        700, f"per window and run, 203 nodes: 418 by {_MACHINES}, 987 by {_HISTORY}"
    )
    address_us: float = _measured(
        50, f"per answer and run, 25 nodes; {_MACHINES}; a public address has one answer"
    )
    nodes: float = _measured(265, "models, snapshots, seeds and tests of one build")
    # Snowflake
    cores_per_node: float = _public(8, "select.dev/posts/snowflake-warehouse-sizing")
    efficiency: float = _assumed(0.5, "of a core on DuckDB: remote storage, shared caches, VARIANT")
    efficiency_low: float = _assumed(0.2, "what the costs' high end is made of")
    efficiency_high: float = _assumed(1.0, "as fast as in one process on a local disk")
    statement_seconds: float = _assumed(2, "a node's statements: compiling, queueing, committing")
    dbt_threads: float = _measured(8, "profiles/profiles.yml: at once, on Snowflake")
    credit_dollars: float = _public(3, "about $3, Enterprise, US: specialoffers.com/snowflake")
    storage_dollars_tb: float = _public(23, "a TB and month, US: specialoffers.com/snowflake")
    kept_days: float = _public(
        1,
        "Time Travel of what was replaced; dbt's tables are transient, else 8: "
        "docs.snowflake.com/user-guide/data-cdp-storage-costs",
    )
    clustering_share: float = _assumed(0.15, "automatic clustering, of tuples and attribution")
    cloud_services_share: float = _assumed(0.05, "of compute; billed beyond `cloud_services_free`")
    cloud_services_free: float = _public(
        0.10, "docs.snowflake.com/user-guide/admin-usage-billing: of a day's compute"
    )
    # landing, as scripts/snowflake/09_tasks.sql has it
    landing_hours: float = _assumed(1, "a run of the task every so many hours")
    landing_minutes: float = _assumed(
        3, "of an X-Small, however little there is to land; one of them until it suspends"
    )
    text_reads: float = _assumed(
        1.17,
        "a blob is read whole ten minutes past its hour, and a sixth of the next; 3.5 were it "
        "read every ten minutes",
    )
    # a run
    run_hours: float = _assumed(1, "a run every so many hours")
    run_minutes: float = _assumed(30, "the busiest run shall take no longer")
    worker_size: float = _assumed(8, "credits an hour of each parallel worker: Large")
    largest_size: float = _public(
        128, "4X-Large, the largest everywhere: docs.snowflake.com/user-guide/warehouses-overview"
    )
    backfill_days: float = _assumed(30, "days of flow time that were never there")
    backfill_chunk_hours: float = _assumed(6, "hours of flow time that one worker takes at once")
    writers: float = _public(
        20, "statements that may wait for one table: resultant.com, concurrent write limits"
    )
    full_refresh_hours: float = _assumed(24, "an upgrade shall take no longer")
    window_rows: float = _assumed(1e9, "rows that one `row_number()` without partitions can order")

    @property
    def bounded(self) -> Inputs:
        """The same, were nothing that is stored read but what a run resolves again."""
        return replace(
            self, touched_share=0, changes_us=0, replaced_us=0, compared_us=0, records_us=0
        )


def changed(inputs: Inputs, settings: Iterable[tuple[str, object]]) -> Inputs:
    """`inputs` with some numbers replaced.

    Raises:
        UserError: a name is none, or a value is no number that it can have.
    """
    names = {each.name for each in fields(inputs)}
    values: dict[str, float] = {}
    for name, value in settings:
        if name not in names:
            raise UserError(f"There is no input {name!r}: docs/scale.md lists them.")
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = math.nan
        # a step may be done away with; the rest is divided by, or is nothing without a size
        may_be_zero = name.endswith("_us")
        if not (math.isfinite(number) and (number > 0 or (number == 0 and may_be_zero))):
            least = "zero or more" if may_be_zero else "more than zero"
            raise UserError(f"{name} cannot be {value!r}: give it a number of {least}.")
        values[name] = number
    return replace(inputs, **values)
