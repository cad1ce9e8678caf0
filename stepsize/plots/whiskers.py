"""A race as its differences to the best schedule: a dot and an interval a row, on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from stepsize.plots.spans import Span
from stepsize.records import Row

_LONG = 10  # an interval is drawn as far as this many times the largest difference
_FAR = 100  # and nothing is drawn farther than this many times the typical difference


@dataclass(frozen=True)
class Whisker:
    """One row: its difference and its interval as far as they are drawn.

    ``cut_low``, ``cut_high``: the interval, or the difference itself, lies beyond that end.
    """

    name: str
    verdict: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    cut_low: bool = False
    cut_high: bool = False


@dataclass(frozen=True)
class Whiskers:
    """All rows and the axis that holds them and zero."""

    rows: tuple[Whisker, ...]
    span: Span


def whiskers(rows: Sequence[Row]) -> Whiskers:
    """What to draw of a race's table.

    Three seeds can give an interval so wide, and one exploding run a difference so large, that no other row
    could be read. Both are therefore drawn within bounds, and marked where they go on.
    """
    sizes = [abs(row.difference) for row in rows if row.difference]
    reach = min(_LONG * max(sizes), _FAR * median_low(sizes)) if sizes else 1.0
    drawn = tuple(_whisker(row, reach) for row in rows)
    ends = [end for row in drawn for end in (row.low, row.value, row.high) if end is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    air = 0.08 * (high - low) or 1.0
    return Whiskers(drawn, Span(low - air, high + air))


def _whisker(row: Row, reach: float) -> Whisker:
    """One row, cut to what lies between -reach and reach."""
    value, low, high = row.difference, row.difference_low, row.difference_high
    if value is None:
        return Whisker(row.name, row.verdict)
    if low is None or high is None:
        low = high = value
    cut = low < -reach, high > reach
    low, high = max(-reach, min(low, reach)), max(-reach, min(high, reach))
    return Whisker(row.name, row.verdict, value if abs(value) <= reach else None, low, high, *cut)
