"""What published rules read off the curve of a range test, side by side."""

from typing import Any, NamedTuple

import numpy as np

from stepsize.errors import ScheduleError, message
from stepsize.lab.rising import LEAST, Curve


class Suggestion(NamedTuple):
    """A peak that a rule reads off the curve; None where the rule finds nothing."""

    rule: str
    peak: float | None
    source: str


def suggestions(curve: Curve) -> tuple[Suggestion, ...]:
    """What each rule reads off the curve, side by side.

    Raises:
        ScheduleError: fewer than ten rates were tried before the loss exploded.
    """
    rates, raw = curve.tried, curve.losses[:, np.isfinite(curve.losses).all(axis=0)]
    if len(rates) < LEAST:
        rule = f"must try {LEAST} rates before the loss explodes"
        raise ScheduleError(message("range_test", rule, len(rates), "Begin at a lower rate."))
    smooth, logged = curve.smooth, np.log10(rates)
    lowest = int(smooth.argmin())
    begin = len(rates) // 10  # of the first rates, fastai leaves out a tenth
    falls = np.gradient(smooth, logged)[begin : lowest + 1]
    steepest = begin + int(falls.argmin()) if len(falls) else None
    return (
        Suggestion("lowest / 10", float(rates[lowest]) / 10, "fastai, lr_find: minimum"),
        Suggestion("steepest", _rate(rates, steepest), "fastai, lr_find: steep"),
        Suggestion("valley", _rate(rates, _valley(smooth)), "fastai, lr_find: valley, the longest fall"),
        Suggestion("Lightning", _rate(rates, _lightning(raw.mean(axis=0))), "Lightning, Tuner.lr_find: suggestion"),
        Suggestion("Smith", _rate(rates, _before_ragged(smooth)), "arXiv 1506.01186, section 3.3: where it slows"),
    )  # fmt: skip


def _rate(rates: Any, place: int | None) -> float | None:
    return None if place is None else float(rates[place])


def _valley(losses: Any) -> int | None:
    """Two thirds into the longest falling subsequence."""
    many, length, before = len(losses), np.ones(len(losses), int), np.full(len(losses), -1)
    for k in range(1, many):
        lower = np.flatnonzero(losses[:k] > losses[k])
        if len(lower):
            best = lower[length[lower].argmax()]
            length[k], before[k] = length[best] + 1, best
    end = int(length.argmax())
    if length[end] < 3:
        return None
    chain = [end]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    chain = chain[::-1]
    first, last = chain[0], chain[-1]
    return int(first + (last - first) * 2 / 3)


def _lightning(losses: Any) -> int | None:
    """The steepest fall of the raw losses between the first ten and the last one."""
    inner = losses[10:-1]
    return 10 + int(np.gradient(inner).argmin()) if len(inner) > 1 else None


def _before_ragged(smooth: Any) -> int | None:
    """Where 95% of the fall is behind: the loss slows, or turns ragged."""
    lowest = int(smooth.argmin())
    fallen = np.flatnonzero(smooth[0] - smooth[: lowest + 1] >= 0.95 * (smooth[0] - smooth[lowest]))
    return int(fallen[0]) if len(fallen) and smooth[lowest] < smooth[0] else None
