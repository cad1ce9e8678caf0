"""A schedule that was stepped at another pace: several times an update, or once in many, as once an epoch."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from stepsize.logs.explanation import Told, explains, off_plan
from stepsize.logs.identifying.round import whole
from stepsize.logs.identifying.series import Series

_TIMES = (2, 3, 4, 8, 16)
_GRID = 400  # paces that are tried, evenly in their logarithm, and as many about the best
_ROWS = 400  # of a log that are asked, about


def paces(
    seen: Series, plan: Callable[[Any], Any], o: int, off: Any, per_epoch: float | None
) -> Iterator[Told]:
    """Stepped m times an update, or once in m; m is one of a few, an epoch, or what the treads of the log tell."""
    t = seen.t + o
    for times in _TIMES:
        what = f"The schedule was stepped {times} times an update."
        yield Told("doubled", what, times, explains(seen, off, plan(times * t)))
    for times in _TIMES:
        what = f"The schedule was stepped once in {times} updates."
        told = max(explains(seen, off, plan(t / times)), explains(seen, off, plan(np.floor(t / times))))
        yield Told("doubled", what, 1 / times, told)
    if per_epoch is not None:
        what = "The schedule was stepped once an update, and it counts epochs."
        yield Told("once an update", what, per_epoch, explains(seen, off, plan(t * per_epoch)))
    for each in dict.fromkeys([*([] if per_epoch is None else [per_epoch]), *_tread(seen, plan, t)]):
        epoch = ", once an epoch" if each == per_epoch else ", as once an epoch"
        what = f"The schedule was stepped once in {each:,g} updates{epoch}, and it counts updates."
        yield Told("once an epoch", what, each, explains(seen, off, plan(np.floor(t / each))))


def _tread(seen: Series, plan: Callable[[Any], Any], t: Any) -> Iterator[float]:
    """The updates between two steps of the scheduler that explain most rows; the roundest number of them."""
    rows = np.unique(np.linspace(0, len(t) - 1, _ROWS).astype(int))
    some = Series(seen.t[rows], seen.r[rows], seen.q[rows], ())
    lengths = np.unique(np.geomspace(2, max(float(t[-1]), 4), _GRID).round())
    for _ in range(3):
        left = np.array([float(off_plan(some, plan(np.floor(t[rows] / each))).mean()) for each in lengths])
        best = np.flatnonzero(left == left.min())
        low, high = lengths[max(best[0] - 1, 0)], lengths[min(best[-1] + 1, len(lengths) - 1)]
        within = (float(lengths[best[0]]), float(lengths[best[-1]]))
        if high - low <= len(lengths):
            lengths = np.arange(max(2, low), high + 1)
        else:
            lengths = np.unique(np.linspace(max(2, low), high, _GRID).round())
    if math.isfinite(within[1]) and left.min() < 0.5:
        yield float(whole(within, sum(within) / 2).value)
