"""fairseq's triangles, and the factor by which its cycles shrink."""

import math
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, hold, linear


def shrinks(where: str, lr_shrink: Any) -> float:
    """A factor that does not make the rate grow."""
    shrink = _accept.rate(f"{where}.lr_shrink", lr_shrink, least=0.0)
    if shrink > 1.0:
        raise ScheduleError(message(f"{where}.lr_shrink", "must be in [0, 1]", lr_shrink))
    return shrink


def triangular(
    lr: Any, max_lr: Any, lr_period_updates: Any = 5000, lr_shrink: Any = 0.1, shrink_min: Any = False
) -> Schedule:
    """Up and down in straight lines, again and again, to lower peaks.

    With h = floor(lr_period_updates / 2), in cycle i, x from 0 to 1 and back to 0:
        low_i + (max_lr lr_shrink^i - low_i) x,    low_i = lr lr_shrink^i with shrink_min, else lr

    First update lr; peak at h; last update between both; after the end there is none, it goes on.

    Args:
        lr: the lower rate; > 0.
        max_lr: the peak of the first cycle; > lr.
        lr_period_updates: updates of a cycle; >= 2, and an odd number counts as one less.
        lr_shrink: factor of the peak from cycle to cycle; >= 0, at most 1.
        shrink_min: whether the lower rate shrinks as the peak does.

    Raises:
        ScheduleError: a number is out of its range. Theirs takes an lr_shrink above 1.

    Theirs:
        Without shrink_min the peak of a late cycle is below lr, and the triangle stands on its head; ours does the
        same.

    Source:
        fairseq/optim/lr_scheduler/triangular_lr_scheduler.py, TriangularLRSchedule ("triangular"); release 0.12.2.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.fairseq.triangular(0.1, 1.0, lr_period_updates=100, lr_shrink=0.5)
    >>> s(0), s(50), s(100), s(150)
    (0.1, 1.0, 0.1, 0.5)
    """
    where = "twins.fairseq.triangular"
    low = _accept.rate(f"{where}.lr", lr, above=0.0)
    high = _accept.rate(f"{where}.max_lr", max_lr)
    if high <= low:
        raise ScheduleError(message(f"{where}.max_lr", f"must exceed lr ({low:g})", max_lr))
    shrink = shrinks(where, lr_shrink)
    half = math.floor(_accept.rate(f"{where}.lr_period_updates", lr_period_updates, least=2.0) / 2)
    if shrink == 1.0 or shrink_min:
        return _shrinking(linear(low, high, half) >> linear(high, low, half), shrink)
    peaks = linear(0.0, high, half) >> linear(high, 0.0, half)
    lows = linear(low, 0.0, half) >> linear(0.0, low, half)
    return lows.repeat() + _shrinking(peaks, shrink)


def _shrinking(cycle: Schedule, shrink: float) -> Schedule:
    """Again and again, smaller each time; once and then zero where nothing is left."""
    return cycle.repeat(decay=shrink, floor=0.0) if shrink else cycle >> hold(0.0)
