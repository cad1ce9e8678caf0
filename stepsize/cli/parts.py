"""The phases that were found in a log, a line each."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stepsize.schedule.axes import position
from stepsize.schedule.words import rate as spoken

if TYPE_CHECKING:
    from stepsize.logs import Identified, Part
    from stepsize.records import Trace

_MOST, _FEW = 24, 6  # phases that are shown, and of what follows no schedule


def lines(trace: "Trace", found: "Identified") -> Iterator[str]:
    """A line a phase: where it is, what it does, how long, and between which bounds, where they are apart."""
    many = found.parts[: _MOST if found.fits else _FEW]
    unit = "epochs" if trace.counts == "epochs" else "updates"
    rows = [
        (
            f"{position(part.start)}..{position(part.stop)}",
            part.kind,
            _ends(part),
            f"{part.points:,} rows",
            _bounds(part, unit),
        )
        for part in many
    ]
    wide = [max(len(row[k]) for row in rows) for k in range(4)]
    for row in rows:
        cells = (f"{cell:<{w}}" for cell, w in zip(row, (*wide, 0), strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
    if len(found.parts) > len(many):
        yield f"  and {len(found.parts) - len(many):,} more phases: --json has them all"
    steps = trace.steps[trace.rates == trace.rates] + found.offset
    first = float(steps.min())
    if first - float(many[0].start) > 2 * float(steps.max() - first) / len(steps):
        yield f"  What lies before {position(first)}, the first row, is a guess."


def _ends(part: "Part") -> str:
    if part.kind == "hold":
        return spoken(part.first, 4)
    return f"{spoken(part.first, 4)} -> {spoken(part.last, 4)}"


def _bounds(part: "Part", unit: str) -> str:
    """The length, where it is not known to a percent."""
    low, high = part.length_between
    length = part.stop - part.start
    if high - low <= 0.02 * max(length, 1):
        return ""
    if high == float("inf"):
        return f"at least {max(low, 0):,.0f} {unit}"
    return f"{max(low, 0):,.0f} to {high:,.0f} {unit}"
