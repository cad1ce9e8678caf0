"""What a picture of a schedule shows, as plain data: its curve, and where its phases meet.

The terminal, the notebook and matplotlib draw the same. Up to 40 updates are drawn as the treads they are, for
the rate of an update is the rate of all of it; a longer run is drawn as the curve through its updates.
"""

import math
from itertools import islice, pairwise
from typing import Any, NamedTuple

from stepsize import _accept
from stepsize._accept import Number, whole
from stepsize.errors import ScheduleError, message
from stepsize.schedule.stretches import cuts, stretches
from stepsize.schedule.value import Schedule

_UNKNOWN = 1000  # how far to draw a schedule that neither ends nor repeats, if it has no phase before
_FEW = 40  # so many updates are drawn as treads
_IN_A_COLUMN = 8  # points; of more, the first, the lowest, the highest and the last are drawn
_MOST_EDGES = 40
_LARGEST = 1e307  # rate that is drawn; a sum of huge ones may overflow
_UNITS = {"steps": "updates"}

Point = tuple[Number, float]


class Curve(NamedTuple):
    """A line through (position, rate): positions never fall, and a jump has two points at one position."""

    points: tuple[Point, ...]
    edges: tuple[Number, ...] | None  # where phases meet; None, if they are too many to mark
    until: Number
    unit: str


def horizon(s: Schedule, until: Any = None) -> Number:
    """How far to draw: what was asked, the whole schedule, two cycles, or four times its last edge.

    Raises:
        ScheduleError: ``until`` is no position > 0.
    """
    if until is not None:
        end = _accept.length("until", until)
        if end == 0:
            raise ScheduleError(message("until", "must be a position > 0", until))
        return end
    if s._extent < math.inf:
        return s._extent or 1  # what is over at once is shown for an update, held
    return 4 * _last_edge(s) or _UNKNOWN


def _last_edge(s: Schedule) -> Number:
    """The last edge of an endless schedule: where the stretch begins that reaches far beyond all counting."""
    far = 2.0**62
    return whole(max(stretch.at(stretch.a) for stretch in islice(stretches(s, 0, far), 10**5)))


def curve(s: Schedule, until: Any = None, columns: int = 400) -> Curve:
    """The curve of s in so many columns; from one to the next nothing is lost: the lowest and highest rates stay."""
    end = horizon(s, until)
    if s.clock == "steps" and end <= _FEW:
        points = [(place, float(s(k))) for k in range(math.ceil(end)) for place in (k, min(k + 1, end))]
    else:
        grid = pairwise([*(end * k / columns for k in range(columns)), end])
        points = [point for low, high in grid if low < high for point in _column(s, low, high)]
    return Curve(_line(points), _edges(s, end), end, _UNITS.get(s.clock, s.clock))


def _line(points: list[Point]) -> tuple[Point, ...]:
    """The points without repetition: no position is rounded below the one before, and no rate is infinite."""
    line: list[Point] = []
    for place, rate in points:
        rate = rate if abs(rate) <= _LARGEST else math.copysign(_LARGEST, rate)
        point = (max(place, line[-1][0]) if line else place, rate)
        if line[-1:] != [point]:
            line.append(point)
    return tuple(line)


def _column(s: Schedule, low: Number, high: Number) -> list[Point]:
    """The points of the curve on [low, high]."""
    points = []
    for stretch in stretches(s, low, high):
        for a, b in pairwise(cuts(stretch)):
            points += [(stretch.at(a), stretch.rate(a)), (stretch.at(b), stretch.limit(b))]
    if len(points) <= _IN_A_COLUMN:
        return points
    places, rate = range(len(points)), lambda k: points[k][1]
    return [points[k] for k in sorted({0, min(places, key=rate), max(places, key=rate), len(points) - 1})]


def _edges(s: Schedule, end: Number) -> tuple[Number, ...] | None:
    found = list(islice(stretches(s, 0, end), _MOST_EDGES + 1))
    if len(found) > _MOST_EDGES or any(stretch.times != 1 or stretch.rough for stretch in found):
        return None
    return tuple(dict.fromkeys(whole(stretch.at(stretch.b)) for stretch in found[:-1]))
