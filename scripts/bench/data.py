"""The data of a cell: made from a seed by DuckDB, the same rows for the same seed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from scripts import azure_files
from scripts.bench.cells import Cell

HERE = Path(__file__).parent
SUBSCRIPTION = "5b0c2f7e-3a41-4c8e-9d57-0e2f6a1b4c90"
START_MS = 1_767_225_600_000  # 2026-01-01
HOUR_MS = 3_600_000
SPAN_MS = 30 * 24 * HOUR_MS
# A hot address has so many windows; half of all windows are theirs.
HOT_WINDOWS = 5_000
RECORDS_IN_BLOB, TUPLES_IN_RECORD = 60, 80
BLOBS_AT_ONCE = 50
RECIPE, DIGEST = "recipe.json", "digest.json"


@dataclass(frozen=True)
class Data:
    """Where the data of a cell lies. All Parquet but the blobs.

    Attributes:
        home: a folder of its own.
        start_ms, end_ms: the time of the flows, half-open.
    """

    home: Path
    start_ms: int
    end_ms: int

    @property
    def flows(self) -> Path:
        return self.home / "flows.parquet"

    @property
    def windows(self) -> Path:
        return self.home / "windows.parquet"

    @property
    def truth(self) -> Path:
        """What every contender has to write."""
        return self.home / "truth.parquet"

    @property
    def raw(self) -> Path:
        """The folder of the blobs, as landing finds them."""
        return self.home / "raw"


def data_of(cell: Cell, home: Path) -> Data:
    """Where the data of a cell lies, made or not."""
    end_ms = START_MS + SPAN_MS
    start_ms = end_ms - HOUR_MS if cell.kind == "increment" else START_MS
    return Data(home, start_ms, end_ms)


def make_data(cell: Cell, home: Path, seed: int, threads: int) -> str:
    """Make the data of a cell, unless it is there already; its digest."""
    recipe = json.dumps({"cell": asdict(cell), "seed": seed, "duckdb": duckdb.__version__})
    done, digest_file = home / RECIPE, home / DIGEST
    if done.exists() and done.read_text() == recipe:
        return digest_file.read_text()
    home.mkdir(parents=True, exist_ok=True)
    done.unlink(missing_ok=True)
    data = data_of(cell, home)
    with duckdb.connect(config={"threads": threads}) as db:
        set_variables(db, cell, data, seed)
        db.execute((HERE / "windows.sql").read_text())
        parts = _make_tuples(db, data) if cell.kind == "parse" else _make_flows(db, data)
        digest = ":".join(f"{digest_of(db, part):016x}" for part in parts)
    digest_file.write_text(digest)
    # last, so that data that was cut short is made anew
    done.write_text(recipe)
    return digest


def set_variables(db: duckdb.DuckDBPyConnection, cell: Cell, data: Data, seed: int) -> None:
    """What windows.sql, flows.sql and tuples.sql read."""
    # at least as many as a cold address has
    hot_windows = min(HOT_WINDOWS, cell.windows // 8) if cell.skew == "skewed" else 0
    tuples_in_record = min(TUPLES_IN_RECORD, max(2, cell.rows // RECORDS_IN_BLOB // 4))
    network = "/resourcegroups/network/providers/microsoft.network"
    where = f"/subscriptions/{SUBSCRIPTION}{network}"
    variables = {
        "seed": seed,
        "windows": cell.windows,
        "hot_addresses": cell.windows // 2 // hot_windows if hot_windows else 0,
        "hot_windows": hot_windows,
        "start_ms": START_MS,
        "span_ms": SPAN_MS,
        "flows": cell.rows,
        "flows_start_ms": data.start_ms,
        "flows_span_ms": data.end_ms - data.start_ms,
        "subscription": SUBSCRIPTION,
        "tuples": cell.rows,
        "tuples_in_record": tuples_in_record,
        "records_in_blob": RECORDS_IN_BLOB,
        "flow_log_id": f"{where}/networkwatchers/watcher/flowlogs/vnet-0",
        "target_id": f"{where}/virtualnetworks/vnet-0",
        "acl_id": f"{where}/networksecuritygroups/app",
    }
    for name, value in variables.items():
        db.execute(f"set variable {name} = ?", [value])


def digest_of(db: duckdb.DuckDBPyConnection, parquet: Path) -> int:
    """One number for the rows of a Parquet file, whatever their order."""
    [(digest,)] = db.execute(
        "select coalesce(sum(hash(rows_)::hugeint) % 18446744073709551616, 0)::ubigint "
        "from read_parquet(?) as rows_",
        [str(parquet)],
    ).fetchall()
    return digest


def _make_flows(db: duckdb.DuckDBPyConnection, data: Data) -> list[Path]:
    db.execute((HERE / "flows.sql").read_text())
    made = {"flows": data.flows, "windows": data.windows, "truth": data.truth}
    for view, file in made.items():
        db.table(view).write_parquet(str(file))
    return list(made.values())


def _make_tuples(db: duckdb.DuckDBPyConnection, data: Data) -> list[Path]:
    db.execute((HERE / "tuples.sql").read_text())
    db.table("tuples").write_parquet(str(data.truth))
    [(blobs, flow_log)] = db.execute(
        "select max(blob_no) + 1, getvariable('flow_log_id') from drawn_tuples"
    ).fetchall()
    for first in range(0, blobs, BLOBS_AT_ONCE):
        found = db.execute(
            "from blobs_between($first, $last)", {"first": first, "last": first + BLOBS_AT_ONCE}
        )
        for mac, record_ms, blob in found.fetchall():
            azure_files.write_text(data.raw, azure_files.vnet_blob(flow_log, mac, record_ms), blob)
    return [data.truth]
