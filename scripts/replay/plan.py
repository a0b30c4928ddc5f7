"""A plan: which files of an estate arrive in which step, and in what state."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scripts.errors import UserError
from scripts.landing.discover import discover
from scripts.replay.cuts import Cut, growth

MODES = {
    "hourly": "files arrive in the order of their hours",
    "shuffled": "files arrive in any order",
    "late-control-plane": "operation logs and snapshots come up to the whole span late",
    "duplicated": "files, or a part of their records, come again in another folder",
    "grown": "files come with a part of their records first, some of them torn",
}
# Shares of the files that a mode is for, 0 to 1.
GROWN = 0.5
DUPLICATED = 0.2
# States of a growing file, the whole one among them.
STATES = 3

_HOUR_FOLDERS = re.compile(r"/y=(\d{4})/m=(\d{2})/d=(\d{2})/h=(\d{2})/")
_HOUR_IN_NAME = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})[T_ -]?(\d{2})[^/]*$")
_CONTAINERS = ("insights-logs-networksecuritygroupflowevent", "insights-logs-flowlogflowevent")


@dataclass(frozen=True)
class Delivery:
    """A file that appears, or changes, in the growing folder.

    Attributes:
        source: the file of the estate.
        target: where its bytes go, below the growing folder.
        cut: the state in which it arrives; None: whole.
        states_to_come: how many later deliveries grow it.
    """

    source: Path
    target: str
    cut: Cut | None = None
    states_to_come: int = 0


@dataclass(frozen=True)
class Plan:
    """Deliveries by step; a step may have none, but the first one has some.

    Attributes:
        latest: by how many steps the latest file follows its own hour.
    """

    steps: tuple[tuple[Delivery, ...], ...]
    latest: int


@dataclass(frozen=True)
class _File:
    path: Path
    name: str
    is_flow_log: bool
    hour: str


def make_plan(
    raw_dir: Path,
    *,
    seed: int,
    modes: Collection[str] = tuple(MODES),
    steps: int | None = None,
) -> Plan:
    """Plan how the files of a folder arrive; the same folder and seed give the same plan.

    Args:
        raw_dir: a whole estate; its files are read, never changed.
        modes: names from `MODES`. Of those that order files each file follows one by chance;
            where there is none, files arrive by hour.
        steps: how many; one for each hour of the files' names if None.

    Raises:
        UserError: the folder holds no input.
    """
    files = _files(raw_dir)
    if not files:
        raise UserError(f"{raw_dir} holds no raw files: name the folder of a whole estate.")
    hours = sorted({file.hour for file in files})
    last = steps or len(hours)
    chance = random.Random(seed)
    taken = {file.name for file in files}
    by_step: list[list[Delivery]] = [[] for _ in range(last)]
    latest = 0
    for file in files:
        own = hours.index(file.hour) * last // len(hours)
        arrival = _arrival(file, own, last, modes, chance)
        states = _states(file, arrival, last, modes, chance)
        for number, (step, cut) in enumerate(states, start=1):
            to_come = len(states) - number
            by_step[step].append(Delivery(file.path, file.name, cut, to_come))
        latest = max(latest, states[-1][0] - own)
        if "duplicated" in modes and chance.random() < DUPLICATED:
            by_step[chance.randrange(last)].append(_copy(file, taken, chance))
    first = next(step for step, deliveries in enumerate(by_step) if deliveries)
    return Plan(tuple(map(tuple, by_step[first:])), latest)


def deliver(deliveries: Sequence[Delivery], folder: Path) -> int:
    """Bring deliveries into `folder`; returns the bytes written."""
    written = 0
    for delivery in deliveries:
        target = folder / delivery.target
        target.parent.mkdir(parents=True, exist_ok=True)
        if delivery.cut is None:
            shutil.copyfile(delivery.source, target)
        else:
            with delivery.source.open("rb") as source:
                target.write_bytes(source.read(delivery.cut.length) + delivery.cut.closer)
        # A snapshot that states no time takes the file's; and a state may be as long as the last.
        status = delivery.source.stat()
        modified = status.st_mtime_ns - delivery.states_to_come * 1_000_000_000
        os.utime(target, ns=(modified, modified))
        written += target.stat().st_size
    return written


def hours_of(raw_dir: Path) -> dict[str, list[Path]]:
    """The input files of a folder by the hour (``YYYYMMDDHH``) that they belong to."""
    found: dict[str, list[Path]] = {}
    for file in _files(raw_dir):
        found.setdefault(file.hour, []).append(file.path)
    return found


def _files(raw_dir: Path) -> list[_File]:
    root = raw_dir.resolve()
    files = []
    for found in discover(raw_dir):
        if found is not None:
            path = Path(found.path)
            name = path.relative_to(root).as_posix()
            hour = _hour(f"/{name}", found.modified_us)
            files.append(_File(path, name, found.raw_table == "flow_logs", hour))
    return sorted(files, key=lambda file: file.name)


def _hour(name: str, modified_us: int) -> str:
    """``YYYYMMDDHH`` of a file: by its folders, its name, or when it was written."""
    told = _HOUR_FOLDERS.search(name) or _HOUR_IN_NAME.search(name)
    if told:
        return "".join(told.groups())
    return f"{datetime.fromtimestamp(modified_us / 1e6, UTC):%Y%m%d%H}"


def _arrival(
    file: _File, own: int, last: int, modes: Collection[str], chance: random.Random
) -> int:
    """The step (from 0) in which a file first appears; `own`: that of its hour."""
    possible = []
    if "hourly" in modes:
        possible.append(own)
    if "shuffled" in modes:
        possible.append(chance.randrange(last))
    if "late-control-plane" in modes and not file.is_flow_log:
        possible.append(chance.randrange(own, last))
    return chance.choice(possible or [own])


def _states(
    file: _File, arrival: int, last: int, modes: Collection[str], chance: random.Random
) -> list[tuple[int, Cut | None]]:
    """(step, state) of a file, in order; the last one is whole."""
    count = min(STATES, last - arrival) - 1
    is_grown = "grown" in modes and not file.name.lower().endswith(".gz")
    if not is_grown or count < 1 or chance.random() >= GROWN:
        return [(arrival, None)]
    cuts: list[Cut | None] = [*growth(file.path, chance, count), None]
    later = sorted(chance.sample(range(arrival + 1, last), len(cuts) - 1))
    return list(zip([arrival, *later], cuts, strict=True))


def _copy(file: _File, taken: set[str], chance: random.Random) -> Delivery:
    """The file once more, in a folder or a container of another name; of logs perhaps a part."""
    target = f"again/{file.name}"
    here = next((name for name in _CONTAINERS if f"{name}/" in file.name), None)
    if here is not None and chance.random() < 0.5:
        # The records tell their format, whatever the container is called.
        other = file.name.replace(here, _CONTAINERS[1 - _CONTAINERS.index(here)])
        target = target if other in taken else other
    taken.add(target)
    is_cut = not file.name.lower().endswith(".gz") and chance.random() < 0.5
    is_snapshot = not file.is_flow_log and "insights-activity-logs/" not in f"/{file.name}"
    if not is_cut or is_snapshot:
        # A part of a snapshot would state that the other resources are gone.
        return Delivery(file.path, target)
    cuts = growth(file.path, chance, 1)
    return Delivery(file.path, target, cuts[0] if cuts else None)
