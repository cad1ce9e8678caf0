"""The rates of a log as one series: rows that a resumed run wrote again count once, and resumes are remembered."""

from typing import Any, NamedTuple

import numpy as np

from stepsize.errors import ScheduleError, message
from stepsize.logs.identifying.rounding import half_units
from stepsize.records import Trace

LEAST = 3  # rows with a rate


class Series(NamedTuple):
    """Steps, rising; the rate at each, how far it may be off; and the steps at which a run was resumed."""

    t: Any
    r: Any
    q: Any
    resumed: tuple[float, ...]

    @property
    def gap(self) -> float:
        """The usual distance of two rows."""
        return float(np.median(np.diff(self.t))) if len(self.t) > 1 else 1.0


def series(trace: Trace) -> Series:
    """The rates of a log, in order; where a run went back to a checkpoint, what it did afterwards.

    Raises:
        ScheduleError: there are fewer than three rates, or one of them is negative.
    """
    known = np.isfinite(trace.rates)
    t, r = trace.steps[known], trace.rates[known]
    if len(t) < LEAST:
        rule = f"a schedule shows in {LEAST} rows with a rate, at least"
        raise ScheduleError(message(trace.name, rule, len(t), "Log more often, or name the column: --rate."))
    if not np.unique(t).size >= LEAST:
        raise ScheduleError(
            message(trace.name, f"must have {LEAST} different steps, at least", np.unique(t).size)
        )
    kept = np.ones(len(t), dtype=bool)
    lowest = np.minimum.accumulate(t[::-1])[::-1]  # of this row and all later ones
    kept[:-1] = t[:-1] < lowest[1:]  # a row is over where a later one has the same step, or an earlier one
    back = np.flatnonzero(np.diff(t) < 0)
    resumed = tuple(float(step) for step in np.unique(t[back + 1]))
    q = half_units(r)
    return Series(t[kept], r[kept], q[kept], resumed)
