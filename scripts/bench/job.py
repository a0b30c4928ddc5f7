"""What a worker is told to do, and what it says afterwards."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from scripts.bench.cells import Cell
from scripts.bench.data import Data, data_of


@dataclass(frozen=True)
class Job:
    """One thing that a worker does.

    Attributes:
        task: ``data``, ``fill``, ``measure`` or ``compare``.
        home: where the cell's data lies.
        models: where the compiled models lie; see warehouse.py.
        contender: who is measured, or whose output is compared.
        memory_limit: DuckDB's own spelling; what DuckDB may use before it spills. The others know
            no such limit, or only one at which they fail.
    """

    task: str
    cell: Cell
    home: Path
    models: Path
    seed: int
    memory_limit: str
    threads: int
    contender: str = ""

    @property
    def data(self) -> Data:
        return data_of(self.cell, self.home)

    @property
    def output(self) -> Path:
        """The folder of the contender's Parquet files."""
        return self.home / "out" / self.contender

    def told(self, task: str, contender: str = "") -> Job:
        """The same cell and settings, another thing to do."""
        return replace(self, task=task, contender=contender)

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=str)


def job_of(text: str) -> Job:
    """What `Job.to_json` wrote."""
    told = json.loads(text)
    paths = {name: Path(told[name]) for name in ("home", "models")}
    return Job(**told | paths | {"cell": Cell(**told["cell"])})


@dataclass(frozen=True)
class Measurement:
    """One run of a contender.

    Attributes:
        seconds: on the clock.
        cpu_seconds: of all threads.
        memory_bytes: the most that the process held at a time, its libraries included.
        parts: seconds of steps, where there are several.
    """

    seconds: float
    cpu_seconds: float
    memory_bytes: int
    parts: dict[str, float] = field(default_factory=dict)
