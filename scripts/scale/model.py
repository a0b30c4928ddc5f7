"""Rows, bytes, work and costs of a number of flows a day: sums and products of the inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scripts.scale.inputs import Inputs

# Credits an hour of each warehouse: docs.snowflake.com/user-guide/warehouses-overview, Gen1.
SIZES = {
    "X-Small": 1,
    "Small": 2,
    "Medium": 4,
    "Large": 8,
    "X-Large": 16,
    "2X-Large": 32,
    "3X-Large": 64,
    "4X-Large": 128,
    "5X-Large": 256,
    "6X-Large": 512,
}


@dataclass(frozen=True)
class Volume:
    """What a number of flows a day comes to.

    All are plain sums and products of `inputs`; `efficiency` replaces the input of that name, so
    that the same volume can be had at its low and its high end.

    Attributes:
        flows: flow tuples a day.
    """

    flows: float
    inputs: Inputs

    @property
    def machines(self) -> float:
        return self.flows / self.inputs.flows_per_machine_day

    @property
    def windows(self) -> float:
        """All that were ever stated."""
        i = self.inputs
        return self.machines * i.windows_per_machine_day * i.inventory_days

    @property
    def addresses(self) -> float:
        """(scope, address) that any flow ever asked for."""
        i = self.inputs
        return self.flows / 1e6 * i.new_addresses_per_million_flows * i.inventory_days

    @property
    def stored_flows(self) -> float:
        return self.flows * self.inputs.retention_days

    @property
    def runs(self) -> float:
        """A day."""
        return 24 / self.inputs.run_hours

    @property
    def flows_of_a_run(self) -> float:
        """New ones, in the mean."""
        return self.flows / self.runs

    # Rows and bytes

    def tables(self) -> list[StoredTable]:
        """The large tables: rows a day, bytes per row, and days kept."""
        i = self.inputs
        records = self.flows / i.flows_per_record
        addresses = self.addresses / i.inventory_days
        large = [
            ("raw.flow_logs", self.flows, i.flow_logs_bytes, i.flow_logs_stored),
            ("int_flow_tuples", self.flows, i.flow_tuples_bytes, i.flow_tuples_stored),
            ("fct_flows", self.flows, i.fct_flows_bytes, i.fct_flows_stored),
            ("int_flow_records", records, i.flow_records_bytes, i.flow_records_stored),
            ("int_record_counts", records, i.record_counts_bytes, i.record_counts_stored),
        ]
        small = [
            ("int_sightings", self.machines * 24, i.sightings_bytes, i.sightings_stored),
            (
                "answer_fact_history",
                addresses * i.answer_facts_per_address,
                i.answer_facts_bytes,
                i.answer_facts_stored,
            ),
        ]
        return [
            StoredTable(name, rows, width, stored * i.stored_factor, days)
            for kind, days in ((large, i.retention_days), (small, i.inventory_days))
            for name, rows, width, stored in kind
        ]

    @property
    def stored_bytes(self) -> float:
        """Compressed, in tables; with what was replaced and is kept for `kept_days`."""
        i = self.inputs
        rewritten = self.flows * i.rewrites_per_flow * i.fct_flows_stored * i.stored_factor
        return sum(table.stored_bytes for table in self.tables()) + rewritten * i.kept_days

    @property
    def storage_dollars(self) -> float:
        """A month."""
        return self.stored_bytes / 1e12 * self.inputs.storage_dollars_tb

    # Work of one run, in seconds of one node (a warehouse of one credit an hour)

    def node_seconds(self, core_microseconds: float) -> float:
        i = self.inputs
        return core_microseconds / 1e6 / (i.cores_per_node * i.efficiency)

    def flow_seconds(self, flows: float, *, once: bool = False) -> dict[str, float]:
        """Node-seconds for so many new flows, by step.

        Args:
            once: all evidence is there already, so that no later run resolves them again.
        """
        i = self.inputs
        resolved = flows * (1 if once else 1 + i.again_per_flow)
        rewritten = 0 if once else flows * i.rewrites_per_flow
        return {
            "tuples": self.node_seconds(flows * i.tuples_us),
            "attribution": self.node_seconds(resolved * i.attribution_us),
            "rewriting": self.node_seconds(rewritten * i.rewrite_us),
            "reports": self.node_seconds(flows * i.reports_us),
            "tests": self.node_seconds(flows * i.tests_us),
        }

    def standing_seconds(self) -> dict[str, float]:
        """Node-seconds of every run, however little is new, by step."""
        i = self.inputs
        stored = self.stored_flows
        return {
            "windows": self.node_seconds(self.windows * i.window_us),
            "asked addresses": self.node_seconds(self.addresses * i.address_us),
            "stored flows: hours touched": self.node_seconds(
                stored * i.touched_share * (i.reports_us + i.tests_us)
            ),
            "stored flows: changes": self.node_seconds(stored * i.changes_us),
            "stored flows: replaced": self.node_seconds(stored * i.replaced_us),
            "stored flows: compared": self.node_seconds(
                stored * (i.compared_us + i.records_us / i.flows_per_record)
            ),
        }

    @property
    def inventory_seconds(self) -> float:
        """Node-seconds of what knows no hours: windows, and the answers for all asked addresses."""
        standing = self.standing_seconds()
        return standing["windows"] + standing["asked addresses"]

    @property
    def fixed_seconds(self) -> float:
        """Seconds of a run that no larger warehouse shortens."""
        i = self.inputs
        return i.nodes * i.statement_seconds / i.dbt_threads

    def run_seconds(self, size: float, *, busiest: bool = False) -> float:
        """One run on a warehouse of `size` credits an hour."""
        flows = self.flows_of_a_run * (self.inputs.peak_factor if busiest else 1)
        work = sum(self.flow_seconds(flows).values()) + sum(self.standing_seconds().values())
        return self.fixed_seconds + work / size

    @property
    def size(self) -> float | None:
        """The smallest warehouse whose busiest run takes `run_minutes`; None: there is none."""
        limit = self.inputs.run_minutes * 60
        fitting = (
            size
            for size in SIZES.values()
            if size <= self.inputs.largest_size and self.run_seconds(size, busiest=True) <= limit
        )
        return next(fitting, None)

    @property
    def workers(self) -> int | None:
        """Warehouses of `worker_size` that do the busiest run in `run_minutes`, side by side.

        Flows and stored flows are shared out; statements and inventory are not. None: those alone
        take longer.
        """
        i = self.inputs
        alone = self.fixed_seconds + self.inventory_seconds / i.worker_size
        shared = sum(self.flow_seconds(self.flows_of_a_run * i.peak_factor).values())
        shared += sum(self.standing_seconds().values()) - self.inventory_seconds
        left = i.run_minutes * 60 - alone
        return math.ceil(shared / i.worker_size / left) if left > 0 else None

    @property
    def landing_seconds(self) -> float:
        """Node-seconds of a day's landing: what each run costs, and each read of a flow's text."""
        i = self.inputs
        work = self.node_seconds(self.flows * i.text_reads * i.landing_us)
        return 24 / i.landing_hours * i.landing_minutes * 60 + work

    # Costs

    def credits(self) -> dict[str, float]:
        """Credits a day, by step, on the warehouse of `size` (else the largest one)."""
        i = self.inputs
        size = self.size or i.largest_size
        by_step = {"landing": self.landing_seconds / 3600}
        for step, seconds in self.flow_seconds(self.flows).items():
            by_step[step] = seconds / 3600
        for step, seconds in self.standing_seconds().items():
            by_step[step] = self.runs * seconds / 3600
        by_step["statements"] = self.runs * self.fixed_seconds * size / 3600
        by_step["clustering"] = i.clustering_share * (by_step["tuples"] + by_step["attribution"])
        billed = max(0.0, i.cloud_services_share - i.cloud_services_free)
        by_step["cloud services"] = billed * sum(by_step.values())
        return by_step

    @property
    def dollars(self) -> float:
        """Compute a day."""
        return sum(self.credits().values()) * self.inputs.credit_dollars

    # A back-fill

    def backfill_hours(self, workers: int, size: float) -> float:
        """Hours for `backfill_days` by `workers` warehouses of `size`, chunk by chunk of hours.

        The inventory is built once, before; each chunk costs its statements. More workers than may
        write at once are of no use.
        """
        i = self.inputs
        chunks = math.ceil(i.backfill_days * 24 / i.backfill_chunk_hours)
        work = sum(self.flow_seconds(self.flows * i.backfill_days, once=True).values()) / chunks
        inventory = self.inventory_seconds / size
        rounds = math.ceil(chunks / min(workers, i.writers))
        return (inventory + rounds * (self.fixed_seconds + work / size)) / 3600

    def refresh_hours(self, size: float) -> float:
        """Hours for one run that attributes everything stored anew (`--full-refresh`)."""
        work = sum(self.flow_seconds(self.stored_flows, once=True).values())
        work += self.inventory_seconds
        return (self.fixed_seconds + work / size) / 3600


@dataclass(frozen=True)
class StoredTable:
    """A table: rows a day, bytes per row as values and compressed, days that a row is kept."""

    name: str
    rows: float
    bytes_per_row: float
    stored_per_row: float
    days: float

    @property
    def bytes(self) -> float:
        """A day, uncompressed."""
        return self.rows * self.bytes_per_row

    @property
    def stored_bytes(self) -> float:
        """All days, compressed."""
        return self.rows * self.stored_per_row * self.days


@dataclass(frozen=True)
class Limit:
    """Something that breaks.

    Attributes:
        what: the sentence for the table.
        flows: flows a day from which on it is broken.
    """

    what: str
    flows: float


def limits(inputs: Inputs) -> list[Limit]:
    """What breaks at how many flows a day, the first first."""
    largest, worker = inputs.largest_size, inputs.worker_size
    one = Volume(1.0, inputs)  # all work but the statements' is as many times as large as the flows
    refresh = one.refresh_hours(1) * 3600 - one.fixed_seconds
    room = (inputs.full_refresh_hours * 3600 - one.fixed_seconds) * largest
    found = [
        Limit(f"a run on one {size_name(worker)}", _most_flows(inputs, worker)),
        Limit(f"a run on one {size_name(largest)}", _most_flows(inputs, largest)),
        Limit(
            f"a run on one {size_name(worker)}, were stored flows not scanned",
            _most_flows(inputs.bounded, worker),
        ),
        Limit(
            f"a run on one {size_name(largest)}, were stored flows not scanned",
            _most_flows(inputs.bounded, largest),
        ),
        Limit(f"a full refresh on one {size_name(largest)}", _ratio(room, refresh)),
        Limit("numbering the asked addresses in one window", inputs.window_rows / one.addresses),
    ]
    return sorted(found, key=lambda limit: limit.flows)


def _most_flows(inputs: Inputs, size: float) -> float:
    """Flows a day whose busiest run takes `run_minutes` on a warehouse of `size`."""
    one = Volume(1.0, inputs)
    work = one.run_seconds(1, busiest=True) - one.fixed_seconds
    return _ratio((inputs.run_minutes * 60 - one.fixed_seconds) * size, work)


def _ratio(room: float, each: float) -> float:
    """How many of `each` there is room for."""
    return max(0.0, room) / each if each else math.inf


def size_name(credits_an_hour: float) -> str:
    """What Snowflake calls a warehouse of that size."""
    names = {size: name for name, size in SIZES.items()}
    return names.get(credits_an_hour, f"warehouse of {credits_an_hour:g} credits an hour")
