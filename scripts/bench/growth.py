"""How seconds grow from one size to the next, and what skew costs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.bench.cells import short
from scripts.bench.run import CellResult


@dataclass(frozen=True)
class Series:
    """Numbers by contender.

    Attributes:
        kind: of its cells.
        what: what grows, and from where to where.
        beside: what stays.
        numbers: contender → its number; those that were not measured are absent.
    """

    kind: str
    what: str
    beside: str
    numbers: dict[str, float]


def growths(cells: Sequence[CellResult]) -> list[Series]:
    """Exponents: 1 where twice the size takes twice the time. Least squares of the logarithms."""
    found = []
    for size, other in (("rows", "windows"), ("windows", "rows")):
        alike: dict[tuple, list[CellResult]] = defaultdict(list)
        for result in cells:
            cell = result.cell
            alike[cell.kind, getattr(cell, other), cell.skew].append(result)
        for (kind, kept, skew), results in alike.items():
            results = sorted(results, key=lambda result: getattr(result.cell, size))
            sizes = [getattr(result.cell, size) for result in results]
            if len(set(sizes)) < 2 or not sizes[0]:
                continue
            names = {"rows": "tuples" if kind == "parse" else "flows", "windows": "windows"}
            beside = f"{short(kept)} {names[other]}, {skew}" if kept else ""
            what = f"{names[size]}, {' to '.join(short(number) for number in sizes)}"
            found.append(Series(kind, what, beside, _exponents(results, sizes)))
    return found


def _exponents(results: Sequence[CellResult], sizes: Sequence[int]) -> dict[str, float]:
    exponents = {}
    for contender in results[0].cell.contenders:
        contests = [result.of(contender) for result in results]
        points = [
            (math.log(size), math.log(contest.seconds))
            for size, contest in zip(sizes, contests, strict=True)
            if contest
        ]
        if len(points) > 1:
            exponents[contender] = _slope(points)
    return exponents


def _slope(points: Sequence[tuple[float, float]]) -> float:
    x_mean, y_mean = (sum(each) / len(points) for each in zip(*points, strict=True))
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread


def skews(cells: Sequence[CellResult]) -> list[Series]:
    """Seconds of a skewed cell, as a multiple of those of the uniform one of the same size."""
    by_name = {result.cell.name: result for result in cells}
    found = []
    for name, uniform in by_name.items():
        skewed = by_name.get(name.replace(":uniform", ":skewed"))
        if uniform.cell.skew != "uniform" or skewed is None:
            continue
        pairs = {c: (uniform.of(c), skewed.of(c)) for c in uniform.cell.contenders}
        numbers = {
            name: two.seconds / one.seconds for name, (one, two) in pairs.items() if one and two
        }
        cell = uniform.cell
        beside = f"{short(cell.rows)} flows, {short(cell.windows)} windows"
        found.append(Series(cell.kind, "skewed ÷ uniform", beside, numbers))
    return found
