"""One job in a process of its own: ``python -m scripts.bench.worker``, a `Job` on standard input.

A process that ends gives back its memory, and the most that it held is its own. It answers with one
line of JSON: what came out, or {"error": …}.
"""

from __future__ import annotations

import gc
import json
import resource
import shutil
import sys
import time
from dataclasses import asdict

from scripts.bench import join, parse
from scripts.bench.compare import compare
from scripts.bench.data import make_data
from scripts.bench.job import Job, Measurement, job_of
from scripts.bench.warehouse import fill_warehouse

# ru_maxrss is in kilobytes, but on a Mac in bytes
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def measure(job: Job) -> Measurement:
    """Prepare a contender, run it, and say what it took."""
    shutil.rmtree(job.output, ignore_errors=True)
    job.output.mkdir(parents=True)
    contenders = parse.CONTENDERS if job.cell.kind == "parse" else join.CONTENDERS
    run = contenders[job.contender](job)
    gc.collect()
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    parts = run()
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    return Measurement(
        seconds,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        after.ru_maxrss * _RSS_UNIT,
        parts or {},
    )


def do(job: Job) -> object:
    """What a job comes to, as JSON can say it."""
    if job.task == "data":
        return make_data(job.cell, job.home, job.seed, job.threads)
    if job.task == "fill":
        return fill_warehouse(job.models, job.data, job.cell.kind, job.memory_limit, job.threads)
    if job.task == "measure":
        return asdict(measure(job))
    return compare(job)


def main() -> None:
    try:
        told = {"result": do(job_of(sys.stdin.read()))}
    except Exception as error:
        # the first line: DuckDB adds the query, ClickHouse where it was
        words = (str(error) or type(error).__name__).strip().split("\n")[0]
        told = {"error": f"{type(error).__name__}: {words}"[:300]}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
