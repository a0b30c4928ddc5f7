"""The command line, and the only place that prints.

Results go to standard output; progress, gates and errors to standard error. Exit codes:

    0  all is well
    1  built, and a gate failed: the numbers are there, and are not to be trusted yet;
       or collected, and a listing is not complete: it is written, and marked
    2  something the user can mend: one sentence says what
    3  dbt could not build a model, or this program failed: the sentence names the log
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from scripts import ask
from scripts.database import full_sentence, writing
from scripts.dbt_runner import dbt_build
from scripts.demo import write_demo_estate
from scripts.errors import UserError
from scripts.evaluate import ESTATES, evaluate, print_tables, write_tables
from scripts.landing import land, upgrade_warehouse
from scripts.paths import LOGS, PROJECT_ROOT, shown
from scripts.render import (
    collected_sentence,
    error_sentences,
    gate_sentences,
    incomplete_sentence,
    landing_sentence,
    print_summary,
    print_time_spent,
)
from scripts.replay import (
    MODES,
    Size,
    measure_step_cost,
    print_replays,
    print_step_cost,
    replay,
)
from scripts.report import page, read_report
from scripts.retention import forget_flows
from scripts.run_lock import LOCK_SUFFIX
from scripts.settings import Settings, memory_bytes
from scripts.simulate import Dials, write_estate
from scripts.sources import parse_source
from scripts.summary import corrected_ends, summarise

OK, GATE_FAILED, USER_ERROR, FAILED = 0, 1, 2, 3
INTERRUPTED = 130

# Its presence says that a folder is the demo's own, and may be emptied.
DEMO_MARKER = ".azure-flow-attribution-demo"

app = typer.Typer(
    help="Which VM was behind this address, at the time of this flow?",
    no_args_is_help=True,
    add_completion=False,
    # The trace goes to a log file; see `main`.
    pretty_exceptions_enable=False,
)

RawDir = Annotated[
    list[str],
    typer.Argument(
        help="Folder that mirrors your storage containers, or az://container; several, too.",
        metavar="RAW_DIR...",
    ),
]
RawDirOption = Annotated[
    list[str] | None,
    typer.Option(
        "--raw-dir",
        help="Land this folder or az://container first, and others if repeated; without it, "
        "build what was landed before.",
    ),
]
FullListing = Annotated[
    bool,
    typer.Option("--full-listing", help="Look at blobs of all hours; else once a day."),
]
Database = Annotated[Path, typer.Option("--database", "-d", help="The DuckDB file.")]
# The variables are those of profiles.yml, so that `dbt build` and `build` take the same ones.
MemoryLimit = Annotated[
    str,
    typer.Option("--memory-limit", envvar="MEMORY_LIMIT", help="What DuckDB may use, such as 4GB."),
]
Threads = Annotated[
    int, typer.Option("--threads", envvar="THREADS", min=1, help="For DuckDB and for dbt.")
]
Moment = Annotated[datetime | None, typer.Option(help="UTC, such as 2026-02-01T08:00:00.")]
UnitTests = Annotated[bool, typer.Option("--unit-tests", help="Run dbt's unit tests as well.")]

Form = Annotated[
    str, typer.Option("--format", help="people, json, csv or parquet; all but people keep types.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="A file, where it is not for people.")
]
Which = Annotated[
    str | None, typer.Option("--table", help="Of the answer's tables, this one alone.")
]

LEAST_MEGABYTES = 256
DEFAULT_DATABASE = Path("azure_flows.duckdb")


@app.command("land")
def land_command(
    raw_dir: RawDir,
    database: Database = DEFAULT_DATABASE,
    memory_limit: MemoryLimit = Settings.memory_limit,
    threads: Threads = Settings.threads,
    full_listing: FullListing = False,
) -> None:
    """Read folders of raw Azure files into the tables `raw.*`; unchanged files are skipped."""
    settings = _settings(database, raw_dir, memory_limit, threads, full_listing)
    with writing(settings.database):
        _land(settings)


@app.command("build")
def build_command(
    raw_dir: RawDirOption = None,
    database: Database = DEFAULT_DATABASE,
    memory_limit: MemoryLimit = Settings.memory_limit,
    threads: Threads = Settings.threads,
    unit_tests: UnitTests = False,
    full_listing: FullListing = False,
    rebuild_from: Moment = None,
    rebuild_until: Moment = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Attribute every landed flow anew.")
    ] = False,
) -> None:
    """Land, attribute what is new or may have changed, test the result, print the summary.

    With --rebuild-from and --rebuild-until, the flows of that span are attributed anew as well.
    """
    settings = _settings(database, raw_dir or (), memory_limit, threads, full_listing)
    variables = _rebuilt_span(rebuild_from, rebuild_until)
    if not settings.sources and not settings.database.exists():
        raise UserError(
            f"There is no database {shown(settings.database)}: "
            "name the folder of your raw files with --raw-dir."
        )
    with writing(settings.database):
        raise typer.Exit(
            _build(settings, unit_tests, variables=variables, full_refresh=full_refresh)
        )


@app.command("demo")
def demo_command(
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where it goes; the project's demo/ if absent.")
    ] = None,
    memory_limit: MemoryLimit = Settings.memory_limit,
    threads: Threads = Settings.threads,
    unit_tests: UnitTests = False,
) -> None:
    """Write a small estate as raw Azure files, then do with it what `build` does with yours."""
    home = folder or PROJECT_ROOT / "demo"
    database = home / "azure_flows.duckdb"
    settings = _settings(database, [str(home / "raw")], memory_limit, threads)
    _check_demo(home)
    with writing(settings.database):
        _empty_demo(home, database)
        write_demo_estate(home / "raw")
        raise typer.Exit(_build(settings, unit_tests))


@app.command("simulate")
def simulate_command(
    folder: Annotated[Path, typer.Argument(help="A new folder: raw/ and truth.parquet go there.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = Dials.seed,
    hours: Annotated[int, typer.Option(min=2, help="How long the estate lasts.")] = Dials.hours,
    machines: Annotated[int, typer.Option(min=20, help="VMs at a time.")] = Dials.machines,
    flows: Annotated[
        int, typer.Option(min=1, help="Connections; 2 to 8 tuples each.")
    ] = Dials.flows,
    snapshot_hours: Annotated[float, typer.Option(min=0.1)] = Dials.snapshot_hours,
    operations: Annotated[bool, typer.Option(help="Operation logs at all.")] = True,
    lost_writes: Annotated[float, typer.Option(min=0, max=1, help="Share lost.")] = 0,
    lost_deletes: Annotated[float, typer.Option(min=0, max=1, help="Share lost.")] = 0,
    late: Annotated[float, typer.Option(min=0, max=1, help="Share in a later file.")] = Dials.late,
    failing_snapshots: Annotated[float, typer.Option(min=0, max=1, help="Share cut short.")] = 0,
    missing_macs: Annotated[float, typer.Option(min=0, max=1, help="Share of NICs.")] = 0,
    attach_events: Annotated[bool, typer.Option(help="VM writes, and VMs in NIC events.")] = True,
    skew_seconds: Annotated[float, typer.Option(help="Clocks of the sources.")] = 0,
    flagged_firewall: Annotated[bool, typer.Option(help="It says that it forwards.")] = True,
) -> None:
    """Write an estate as raw Azure files, with the truth about every flow beside it."""
    dials = Dials(**{name: value for name, value in locals().items() if name != "folder"})
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{shown(folder)} is not empty: name a new folder.")
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    truth = folder / "truth.parquet"
    with _progress("Simulating") as advance:
        tuples = write_estate(dials, folder / "raw", truth, on_progress=advance)
    _say(f"{tuples:,} flow tuples below {shown(folder / 'raw')}, their truth in {shown(truth)}")


@app.command("evaluate")
def evaluate_command(
    seeds: Annotated[int, typer.Option(min=1, help="Seeds per estate, from 1.")] = 1,
    estates: Annotated[
        list[str] | None, typer.Option("--estate", help="One of the table's estates; repeatable.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the tables into README.md and docs/.")
    ] = False,
    memory_limit: MemoryLimit = Settings.memory_limit,
    threads: Threads = Settings.threads,
) -> None:
    """Simulate estates, attribute their flows by several methods, and print who is how wrong."""
    unknown = set(estates or ()) - ESTATES.keys()
    if unknown:
        raise UserError(f"There is no estate {min(unknown)!r}; there are: {', '.join(ESTATES)}.")
    with _progress("Evaluating") as advance:
        rows = evaluate(
            estates or list(ESTATES),
            range(1, seeds + 1),
            memory_limit=memory_limit,
            threads=threads,
            on_progress=advance,
        )
    print_tables(rows, _out())
    if write:
        write_tables(rows, PROJECT_ROOT)


@app.command("replay")
def replay_command(
    seeds: Annotated[int, typer.Option(min=1, help="How many replays.")] = 10,
    first_seed: Annotated[
        int, typer.Option(min=1, help="Of the first replay; the same seed gives the same plan.")
    ] = 1,
    raw_dir: Annotated[
        Path | None,
        typer.Option("--raw-dir", help="Replay this folder; without it, simulated estates."),
    ] = None,
    hours: Annotated[int, typer.Option(min=2, help="See `simulate`.")] = Size.hours,
    machines: Annotated[int, typer.Option(min=20, help="See `simulate`.")] = Size.machines,
    flows: Annotated[int, typer.Option(min=1, help="See `simulate`.")] = Size.flows,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Builds per replay; one for each hour if absent.")
    ] = None,
    modes: Annotated[
        list[str] | None,
        typer.Option("--mode", help=f"{', '.join(MODES)}; repeatable, all of them if absent."),
    ] = None,
    every_step: Annotated[
        bool, typer.Option("--every-step", help="Rebuild and compare after each step.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="A new folder for raw files and databases.")
    ] = None,
    memory_limit: MemoryLimit = Settings.memory_limit,
    threads: Threads = Settings.threads,
) -> None:
    """Feed an estate step by step, late, twice and torn; the tables must be those of a rebuild."""
    unknown = set(modes or ()) - MODES.keys()
    if unknown:
        raise UserError(f"There is no mode {min(unknown)!r}; there are: {', '.join(MODES)}.")
    if raw_dir is not None and not raw_dir.is_dir():
        raise UserError(f"There is no folder {shown(raw_dir)}: name one with raw files.")
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise UserError(f"{shown(keep)} is not empty: name a new folder.")
    _check_memory(memory_limit)
    with _progress("Replaying") as advance:
        replays = replay(
            range(first_seed, first_seed + seeds),
            raw_dir=raw_dir,
            size=Size(hours, machines, flows),
            steps=steps,
            modes=modes or list(MODES),
            keep=keep,
            every_step=every_step,
            memory_limit=memory_limit,
            threads=threads,
            on_progress=advance,
        )
    print_replays(replays, _out())
    for one in replays:
        for sentence in error_sentences(one.failure) if one.failure else ():
            _say(f"Seed {one.seed}: {sentence}")
    if any(one.failure for one in replays):
        raise typer.Exit(FAILED)
    unequal = [one.seed for one in replays if not one.is_equal]
    if unequal:
        _say(
            f"{len(unequal)} of {len(replays)} replays differ from their rebuild: look at one with "
            f"--first-seed {unequal[0]} --seeds 1 --every-step --keep FOLDER."
        )
        raise typer.Exit(GATE_FAILED)


@app.command("step-cost")
def step_cost_command(
    hours: Annotated[int, typer.Option(min=1, help="Stored in the short history.")] = 24,
    times: Annotated[int, typer.Option(min=2, help="As many in the long one.")] = 10,
    rounds: Annotated[int, typer.Option(min=1, help="Hours added to both, in turn.")] = 5,
    flows_per_hour: Annotated[
        int, typer.Option(min=1, help="Connections; 2 to 8 tuples each.")
    ] = 2000,
    machines: Annotated[int, typer.Option(min=20, help="See `simulate`.")] = 100,
    memory_limit: MemoryLimit = Settings.memory_limit,
    threads: Threads = Settings.threads,
) -> None:
    """Measure what one more hour costs, with a short history and with a long one."""
    _check_memory(memory_limit)
    with _progress("Measuring") as advance:
        short, long = measure_step_cost(
            hours=hours,
            times=times,
            rounds=rounds,
            flows_per_hour=flows_per_hour,
            machines=machines,
            memory_limit=memory_limit,
            threads=threads,
            on_progress=advance,
        )
    print_step_cost(short, long, _out())


@app.command("collect")
def collect_command(
    folder: Annotated[
        Path, typer.Argument(help="What `land` is given: the files go below its collect/.")
    ],
    subscriptions: Annotated[
        list[str] | None,
        typer.Option(
            "--subscription", help="Its GUID; repeatable, all that you may read if absent."
        ),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Its GUID: sign in there, and collect nothing else.")
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(help="Azure Resource Manager, where AZURE_SDK_CLOUD_CONF cannot name it."),
    ] = None,
) -> None:
    """Write a snapshot of NICs, VMs and VNets, scale sets' included, for each subscription."""
    # Azure's clients take a while to load, and nothing else here needs them.
    from scripts.collect.arm import Arm
    from scripts.collect.run import collect

    with _progress("Collecting") as advance:
        collected = collect(
            folder,
            Arm(endpoint, tenant),
            subscription_ids=subscriptions or (),
            tenant_id=tenant,
            on_progress=advance,
        )
    _out().print(collected_sentence(collected, folder), soft_wrap=True)
    if not collected.is_complete:
        _say(incomplete_sentence(collected))
        raise typer.Exit(GATE_FAILED)


@app.command("forget")
def forget_command(
    before: Annotated[
        datetime, typer.Option(help="Flows logged before this moment (UTC) go: 2026-02-01.")
    ],
    database: Database = DEFAULT_DATABASE,
    memory_limit: MemoryLimit = Settings.memory_limit,
    threads: Threads = Settings.threads,
) -> None:
    """Take old flows out, raw and attributed; windows, and what the flows proved, stay."""
    settings = _settings(database, (), memory_limit, threads)
    if not settings.database.exists():
        raise UserError(f"There is no database {shown(settings.database)}: nothing to forget.")
    with writing(settings.database):
        forgotten = forget_flows(settings, _in_utc(before))
        _say(
            f"{forgotten.flows:,} flows of {forgotten.records:,} records are forgotten; "
            "their files stay known, and are not read again unless they change."
        )
        raise typer.Exit(_build(settings, unit_tests=False))


@app.command("summary")
def summary_command(database: Database = DEFAULT_DATABASE) -> None:
    """Print the summary of an existing database again."""
    print_summary(summarise(database), _out())


@app.command("who-had")
def who_had_command(
    address: Annotated[str, typer.Argument(help="IPv4 or IPv6, in any spelling.")],
    at: Annotated[str, typer.Option("--at", help="When: any ISO form, UTC where none is said.")],
    vnet: Annotated[
        str | None, typer.Option("--vnet", help="A VNet's name or id; all of them if absent.")
    ] = None,
    database: Database = DEFAULT_DATABASE,
    form: Form = "people",
    output: Output = None,
    table: Which = None,
) -> None:
    """Who had an address at a time, before and after, how surely, or why nobody is named."""
    _check_form(form, output, table)
    moment = ask.parse_moment(at, "--at")
    _answer(ask.who_had(database, address, moment, vnet), form, output, table)


@app.command("vm")
def vm_command(
    wanted: Annotated[
        str,
        typer.Argument(
            help="Name, id, vmId, NIC id or MAC, in any case; of deleted VMs, too.",
            metavar="NAME|ID",
        ),
    ],
    database: Database = DEFAULT_DATABASE,
    form: Form = "people",
    output: Output = None,
    table: Which = None,
) -> None:
    """What a VM was: every address it held, NICs, incarnations, when it went and by whom."""
    _check_form(form, output, table)
    _answer(ask.vm(database, wanted), form, output, table)


@app.command("flows")
def flows_command(
    wanted: Annotated[str, typer.Option("--vm", help="As for `vm`; of deleted VMs, too.")],
    between: Annotated[
        tuple[str, str] | None,
        typer.Option("--between", help="First moment, and first moment after.", metavar="FROM TO"),
    ] = None,
    oldest: Annotated[
        bool, typer.Option("--oldest-first", help="Else the newest come first.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=1_000_000_000, help="How many at most.")
    ] = 50,
    database: Database = DEFAULT_DATABASE,
    form: Form = "people",
    output: Output = None,
) -> None:
    """The flows of a VM, with what is known of both ends."""
    _check_form(form, output)
    span = tuple(ask.parse_moment(text, "--between") for text in between or ()) or (None, None)
    answer = ask.flows_of(database, wanted, span, newest=not oldest, most=limit)
    _answer(answer, form, output)


@app.command("explain")
def explain_command(
    flow_id: Annotated[str, typer.Argument(help="As in marts.fct_flows.")],
    database: Database = DEFAULT_DATABASE,
    form: Form = "people",
    output: Output = None,
    table: Which = None,
) -> None:
    """Why a flow was answered so: record, capture, windows and the events behind them."""
    _check_form(form, output, table)
    _answer(ask.explain(database, flow_id), form, output, table)


@app.command("report")
def report_command(
    database: Database = DEFAULT_DATABASE,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The HTML file; one that is there is replaced.")
    ] = Path("report.html"),
    since: Annotated[
        str | None, typer.Option("--from", help="First moment; the first flow if absent.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="First moment after; the last flow if absent.")
    ] = None,
    addresses: Annotated[
        list[str] | None,
        typer.Option("--address", help="Show who held it, however rarely it is seen; repeatable."),
    ] = None,
) -> None:
    """Write what a database holds as one HTML file with charts, that opens without a network."""
    report = read_report(
        database,
        ask.parse_moment(since, "--from") if since else None,
        ask.parse_moment(until, "--to") if until else None,
        addresses or (),
    )
    content = page(report).encode()
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UserError(
            f"{shown(output)} cannot be written ({error.strerror}): name another --output."
        ) from error
    for sentence in report.left_out:
        _say(f"Left out. {sentence}")
    _say(f"{shown(output)}, {len(content) / 1e6:.1f} MB: open it in a browser.")


def main() -> None:
    """Entry point: turns every exception into one sentence and an exit code."""
    # A pipe may be ASCII only; a question mark is better than a stack trace.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        app()
    except UserError as error:
        _say(str(error))
        sys.exit(USER_ERROR)
    except KeyboardInterrupt:
        _say("Interrupted: run the same command again, it goes on from what was landed.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader (`head`, say) has seen enough; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(OK)
    except Exception as error:
        full = full_sentence(str(error))
        if full:
            _say(full)
            sys.exit(USER_ERROR)
        log_file = _write_trace()
        _say(
            f"This should not have happened: {type(error).__name__}. "
            f"Please report it with {shown(log_file)}, which holds the details."
        )
        sys.exit(FAILED)


def _check_form(form: str, output: Path | None, table: str | None = None) -> None:
    if form not in ask.FORMATS:
        raise UserError(f"There is no format {form!r}: there are {', '.join(ask.FORMATS)}.")
    if form == "parquet" and output is None:
        raise UserError("Parquet is no text: name a file with --output.")
    if form == "people" and (output or table):
        raise UserError("--output and --table go with --format json, csv or parquet.")


def _answer(answer: ask.Answer, form: str, output: Path | None, table: str | None = None) -> None:
    """Print an answer, or write it."""
    if form == "people":
        ask.show(answer, _out())
        return
    content = ask.exported(answer, form, table)
    if answer.question == "flows":
        # what --limit left out is in no row
        for sentence in answer.sentences:
            _say(sentence)
    if output is None:
        sys.stdout.write(content.decode())
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UserError(
            f"{shown(output)} cannot be written ({error.strerror}): name another --output."
        ) from error
    rows = len((answer.tables[table] if table else answer.main).rows)
    _say(f"{rows:,} rows in {shown(output)}")


def _settings(
    database: Path,
    raw_dirs: Sequence[str],
    memory_limit: str,
    threads: int,
    full_listing: bool = False,
) -> Settings:
    _check_memory(memory_limit)
    return Settings(
        database=database.absolute(),
        raw_dir=tuple(parse_source(raw_dir) for raw_dir in raw_dirs),
        memory_limit=memory_limit,
        threads=threads,
        full_listing=full_listing,
    )


def _rebuilt_span(start: datetime | None, end: datetime | None) -> dict[str, object]:
    """The variables that have a span of flow time attributed anew; none where none was named."""
    if start is None and end is None:
        return {}
    start, end = _in_utc(start), _in_utc(end)
    if start is None or end is None or start >= end:
        raise UserError(
            "A span has two ends, the first before the second: "
            "name --rebuild-from and --rebuild-until."
        )
    return {"rebuild_from": str(start), "rebuild_until": str(end)}


def _in_utc(moment: datetime | None) -> datetime | None:
    """A moment that names its zone in UTC; one that names none is UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment


def _check_memory(limit: str) -> None:
    megabytes = memory_bytes(limit) / (1 << 20)
    if megabytes < LEAST_MEGABYTES:
        raise UserError(
            f"--memory-limit {limit} is too little for any run: give it {LEAST_MEGABYTES}MB."
        )


def _land(settings: Settings) -> None:
    with _progress("Landing", in_bytes=True) as advance:
        report = land(settings, on_progress=advance)
    _say(landing_sentence(report))


def _build(
    settings: Settings,
    unit_tests: bool,
    *,
    variables: dict[str, object] | None = None,
    full_refresh: bool = False,
) -> int:
    """Land where a folder is given, build, print the summary; returns the exit code."""
    started = time.monotonic()
    if settings.sources:
        _land(settings)
    else:
        upgrade_warehouse(settings.database)
        # Says so in a sentence where nothing was ever landed, which dbt would say in many.
        summarise(settings.database)
    landing_seconds = time.monotonic() - started
    with _progress("Building") as advance:
        result = dbt_build(
            settings,
            unit_tests=unit_tests,
            full_refresh=full_refresh,
            variables=variables,
            on_progress=advance,
        )
    if result.why_anew:
        _say(result.why_anew)
    if result.errors:
        for sentence in [*gate_sentences(result), *error_sentences(result)]:
            _say(sentence)
        return FAILED
    print_summary(summarise(settings.database), _out())
    corrected = corrected_ends(settings.database)
    if corrected:
        _say(f"{corrected:,} ends got another answer than before: see marts.rpt_restatements.")
    print_time_spent(result.time_spent, landing_seconds, Console(stderr=True, highlight=False))
    for sentence in gate_sentences(result):
        _say(sentence)
    if not result.failed_gates:
        return OK
    _say(f"Not to be trusted until mended; the full log is {shown(result.log_file)}.")
    return GATE_FAILED


def _check_demo(home: Path) -> None:
    """Make sure that a folder may be the demo's, and mark it.

    Raises:
        UserError: the folder holds something else, or cannot be made.
    """
    marker = home / DEMO_MARKER
    if home.exists() and not marker.exists() and (not home.is_dir() or any(home.iterdir())):
        raise UserError(f"{shown(home)} is not the demo's: name a new or empty --folder.")
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not marker.exists():
            marker.touch()
    except OSError as error:
        raise UserError(
            f"{shown(home)} cannot be written ({error.strerror}): name another --folder."
        ) from error


def _empty_demo(home: Path, database: Path) -> None:
    """Make room for the demo: its raw files, and the database with what DuckDB keeps beside it."""
    shutil.rmtree(home / "raw", ignore_errors=True)
    for leftover in home.glob(f"{database.name}*"):
        if leftover.is_file() and leftover.suffix != LOCK_SUFFIX:
            leftover.unlink()


@contextmanager
def _progress(what: str, *, in_bytes: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, else one line at the end; yields what takes (done, in all)."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn() if in_bytes else MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    started = time.monotonic()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(what, total=None)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield advance
    _say(f"{what} took {time.monotonic() - started:.1f} s")


def _out() -> Console:
    return Console(highlight=False)


def _say(sentence: str) -> None:
    """News, gates and errors: all that is not the result itself."""
    print(sentence, file=sys.stderr)


def _write_trace() -> Path:
    """Write the current exception's trace; returns the file."""
    name = f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    for folder in (LOGS, Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(traceback.format_exc(), encoding="utf-8")
        except OSError:
            continue  # an installation that may not be written to
        return folder / name
    return Path(os.devnull)


if __name__ == "__main__":
    main()
