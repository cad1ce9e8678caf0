"""The rates of a log as one series: rows that a resumed run wrote again count once, and resumes are remembered."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from stepsize.errors import ScheduleError, message
from stepsize.logs.identifying.rounding import half_units
from stepsize.records import Trace

LEAST = 3  # rows with a rate
LOWEST, HIGHEST = 1e-15, 1e9  # between which the highest rate of a run must be
MOST_STEPS = 1e15  # beyond which two updates may be the same number
# A log whose steps go back so often, and of which so few rows would count, is in no order.
_OFTEN, _HARDLY = 1 / 4, 1 / 3


class Series(NamedTuple):
    """Steps, rising; the rate at each, how far it may be off; where a run was resumed; and what was left out."""

    t: Any
    r: Any
    q: Any
    resumed: tuple[float, ...]
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """The usual distance of two rows."""
        return float(np.median(np.diff(self.t))) if len(self.t) > 1 else 1.0


def series(trace: Trace) -> Series:
    """The rates of a log, in order; where a run went back to a checkpoint, what it did afterwards.

    Raises:
        ScheduleError: there are fewer than three rates, or a step or a rate can be none.
    """
    known = np.isfinite(trace.rates)
    t, r = trace.steps[known], trace.rates[known]
    kept = _counting(t)
    back = np.flatnonzero(np.diff(t) < 0)
    notes: tuple[str, ...] = ()
    if len(back) > _OFTEN * len(t) and kept.sum() < _HARDLY * len(t):
        t, r = _sorted(trace.name, t, r)
        kept, back, notes = (
            _counting(t),
            back[:0],
            ("the steps are in no order: the rows were sorted by them",),
        )
    _must_be_rates(trace.name, t[kept], r[kept], len(t))
    resumed = tuple(float(step) for step in np.unique(t[back + 1]))
    notes += tuple(_made_again(t, back, kept))
    return Series(t[kept], r[kept], half_units(r)[kept], resumed, notes)


def _counting(t: Any) -> Any:
    """Which rows count: a row is over where a later one has the same step, or an earlier one."""
    kept = np.ones(len(t), dtype=bool)
    lowest = np.minimum.accumulate(t[::-1])[::-1]  # of this row and all later ones
    kept[:-1] = t[:-1] < lowest[1:]
    return kept


def _sorted(where: str, t: Any, r: Any) -> tuple[Any, Any]:
    """The rows by their steps.

    Raises:
        ScheduleError: a step has two rates, so that these are several runs.
    """
    order = np.argsort(t, kind="stable")
    t, r = t[order], r[order]
    twice = np.flatnonzero((np.diff(t) == 0) & (np.abs(np.diff(r)) > 2 * half_units(r)[1:]))
    if len(twice):
        rule = "must be the log of one run, in the order of its steps"
        got = f"rates {r[twice[0]]:g} and {r[twice[0] + 1]:g} at step {t[twice[0]]:g}, in no order"
        raise ScheduleError(message(where, rule, got, "Sort it by its steps, and keep one run."))
    return t, r


def _made_again(t: Any, back: Any, kept: Any) -> Iterator[str]:
    """What was left out where steps go back."""
    gone = int((~kept).sum())
    if not len(back) or not gone:
        return
    first = f"from {t[back[0]]:,.0f} to {t[back[0] + 1]:,.0f}"
    where = f"{first}" if len(back) == 1 else f"{len(back):,} times, first {first}"
    yield f"the steps go back {where}: of rows that were made again {gone:,} are left out, and the later ones count"


def _must_be_rates(where: str, t: Any, r: Any, rows: int) -> None:
    """One clear error for what no schedule can have made."""
    rule = f"a schedule shows in {LEAST} rows with a rate, at least"
    remedy = "Log more often, or name the column: --rate."
    if rows < LEAST:
        raise ScheduleError(message(where, rule, rows, remedy))
    if len(t) < LEAST:
        raise ScheduleError(message(where, f"must have {LEAST} different steps, at least", len(t), remedy))
    if t[0] < 0 or t[-1] > MOST_STEPS:
        worst = t[0] if t[0] < 0 else t[-1]
        rule = f"steps must be numbers from 0 to {MOST_STEPS:g}"
        raise ScheduleError(message(where, rule, f"{worst:g}", "Name the column: --step."))
    low, high = float(r.min()), float(r.max())
    if low < 0 or high > HIGHEST or 0 < high < LOWEST:
        rule = f"learning rates must be >= 0, the highest one from {LOWEST:g} to {HIGHEST:g}"
        raise ScheduleError(message(where, rule, f"{low if low < 0 else high:g}", "Name the column: --rate."))
