"""The work of the models that count, as `measure_growth` gave it: core-microseconds on DuckDB."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Growth:
    """One model, or several nodes together.

    Slopes are of log(work above what is fixed) over log(size); None: too little is above it.

    Attributes:
        node: its name, or what they are.
        step: of a run, where its work on new flows is counted.
        per_flow: microseconds per new flow, between the smallest and the largest estate.
        flows_slope: over flows, in a build of everything.
        stored_step: where its work on stored flows is counted.
        per_stored: microseconds per stored flow in a run that adds an hour, likewise.
        history_slope: over stored hours.
        machines_slope: over machines, and so windows, in a build of everything.
    """

    node: str
    step: str | None = None
    per_flow: float = 0
    flows_slope: float | None = None
    stored_step: str | None = None
    per_stored: float = 0
    history_slope: float | None = None
    machines_slope: float | None = None


# In the estate of `history`; work on stored records is per record.
FLOWS_PER_RECORD = 6.0

GROWTH = (
    Growth("int_flow_tuples", "tuples", 8.49, 1.1, "replaced", 0.04),
    Growth("int_record_counts", "tuples", 0.51, 0.8, "records", 0.07, 0.6, 0.2),
    Growth("int_sightings", "tuples", 0.07, 0.6, "changes", 0.09, 0.7, 0.9),
    Growth("int_flow_records", "tuples", 0.05, None, "records", 0.30, 0.9),
    # its reads alone, by measure_scans: 0.19 + 2 * 0.07 + 0.05; with what DuckDB rewrites, 1.00
    Growth("fct_flows", "attribution", 7.49, 0.9, "replaced", 0.38, 0.7, 0.1),
    Growth("int_asked_addresses", "attribution", 0.63, 1.0, "changes", 0.16, 0.7, 0.2),
    Growth("int_flows_reanswered", None, 0, None, "changes", 0.54, 1.1),
    Growth("int_flows_recaptured", None, 0, None, "changes", 0.15, 1.0),
    Growth("rpt_disagreement", "reports", 0.60, 1.0, machines_slope=0.2),
    Growth("rpt_match_rates", "reports", 0.25, 1.1),
    Growth("int_flow_counts", "reports", 0.03),
    Growth("tests of int_flow_captures", "tests", 0.25, 1.0, "changes", 0.20, 1.0),
    Growth("tests of records", None, 0, None, "records", 0.11, 0.9),
    Growth("other tests of flows", "tests", 0.60, 0.9, "compared", 0.15),
    Growth("int_operations", history_slope=1.1, machines_slope=0.8),
    Growth("int_nic_statements", history_slope=1.0, machines_slope=0.9),
    Growth("int_nic_ip_windows", history_slope=1.0, machines_slope=0.8),
    Growth("int_sighted_addresses", history_slope=1.0, machines_slope=0.5),
)


def per_flow(step: str) -> float:
    """Microseconds per new flow of all nodes of a step."""
    return round(sum(growth.per_flow for growth in GROWTH if growth.step == step), 3)


def per_stored(step: str) -> float:
    """Microseconds per stored flow and run of all nodes whose work on what is stored is `step`."""
    return round(sum(growth.per_stored for growth in GROWTH if growth.stored_step == step), 3)
