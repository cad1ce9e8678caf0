"""What a schedule looks like from outside: its peak, and the updates near which a warmup, a decay, a cycle may end.

Libraries differ by an update or two in where they put an edge, so each is a few candidates and not one number.
"""

import math
from fractions import Fraction
from typing import Any, NamedTuple

from stepsize._accept import Number
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.schedule import Schedule
from stepsize.schedule.picture import horizon
from stepsize.training import Training

MOST = 1_000_000  # updates that are all compared; of a longer run so many, and those around the edges
_EDGES = 400
_AT_THE_PEAK = 1e-9
_JUMP = 0.05  # of the peak: a rise within one update that is a restart


class Outline(NamedTuple):
    """A schedule in updates, and what is seen of it.

    Attributes:
        schedule: the schedule, counting updates.
        steps: updates of the run.
        at: the updates that are looked at, in order.
        rates: their rates.
        peak: the highest of them.
        aim: the highest rate at the end of a phase, which may be above that of any update.
        first: the rate of the first update.
        warm: updates near which it has come to the peak.
        stay: updates near which it leaves the peak for good.
        ends: updates near which it comes to its last rate.
        end: that rate.
        cycles: how often it falls.
        period: updates from the peak to the first restart, or to the end.
    """

    schedule: Schedule
    steps: int
    at: Any
    rates: Any
    peak: float
    aim: float
    first: float
    warm: tuple[int, ...]
    stay: tuple[int, ...]
    ends: tuple[int, ...]
    end: float
    cycles: int
    period: int

    def near(self, update: float) -> tuple[int, ...]:
        """An update and its neighbours, within the run."""
        k = round(update)
        return tuple(n for n in (k, k - 1, k + 1, k + 2) if 0 <= n <= self.steps + 2)


def in_updates(s: Schedule, training: Training | None) -> Schedule:
    """The schedule as it counts updates.

    Raises:
        HorizonNeeded: it counts something else, and nothing says what an update takes of that.
        ScheduleError: it counts seconds.
    """
    if s.clock == "steps":
        return s
    run = training.horizon if training else None
    each: dict[str, Number | None] = {
        "tokens": run.tokens_per_step if run else None,
        "samples": run.samples_per_step if run else None,
        "progress": Fraction(1, run.steps) if run and run.steps else None,  # type: ignore[dict-item]
    }
    if s.clock == "seconds":
        raise ScheduleError(message("convert", "a configuration counts updates", s.clock))
    if each[s.clock] is None:
        option = {"progress": "--steps"}.get(s.clock, f"--{s.clock}-per-step")
        rule = f"the schedule counts {s.clock}, and a configuration updates"
        raise HorizonNeeded(message("convert", rule, None, f"Add {option}."))
    return s._bare._stretched(1 / Fraction(each[s.clock]))  # type: ignore[arg-type]


def outline(schedule: Schedule, training: Training | None) -> Outline:
    """Look at a schedule over its run.

    Raises:
        ScheduleError: its rates are all zero, or one is negative.
    """
    import numpy as np

    s = in_updates(schedule, training)
    steps = (training.steps if training else None) or math.ceil(horizon(s))
    at = places(s, steps)
    rates = np.asarray(s(at), float)
    peak = float(rates.max())
    if not (peak > 0 and rates.min() >= 0):
        rule = "a configuration has rates >= 0, and some above"
        raise ScheduleError(message("convert", rule, (float(rates.min()), peak)))
    top = np.flatnonzero(rates >= peak * (1 - _AT_THE_PEAK))
    last = np.flatnonzero(np.abs(rates - rates[-1]) > peak * 1e-12)
    fallen = int(at[last[-1]]) + 1 if last.size else 0
    warm, stay = int(at[top[0]]), int(at[top[-1]])
    jumps: Any = np.flatnonzero((np.diff(rates) > _JUMP * peak) & (at[1:] > warm)) + 1 if steps > 2 else []
    found = Outline(
        s, steps, at, rates, peak, _aim(s, steps, peak), float(rates[0]), (), (), (),
        float(s(steps)) if fallen >= steps - 1 else float(rates[-1]),
        1 + len(jumps), int(at[jumps[0]]) - warm if len(jumps) else steps - warm,
    )  # fmt: skip
    ends = (steps, steps - 1, steps + 1) if fallen >= steps - 1 else found.near(fallen)
    return found._replace(warm=found.near(warm), stay=found.near(stay), ends=ends)


def _aim(s: Schedule, steps: int, peak: float) -> float:
    """The highest rate at which a phase of the run begins or ends, where that is a little above the peak."""
    ends = [rate for phase in s.phases(steps)[:_EDGES] for rate in (phase.first, phase.last)]
    above = [rate for rate in ends if peak * (1 + _AT_THE_PEAK) < rate < 2 * peak]
    return max(above, default=peak)


def places(s: Schedule, steps: int, most: int = MOST) -> Any:
    """The updates at which a run is looked at: all, or so many with those around the edges."""
    import numpy as np

    if steps <= most:
        return np.arange(steps)
    edges = np.asarray([edge for edge in s.edges[:_EDGES] if edge < steps], float)
    around = np.floor(edges)[:, None] + np.arange(-3, 4)
    between = np.linspace(0, steps - 1, most)
    ends = np.concatenate([np.arange(4), np.arange(steps - 4, steps)])
    found = np.unique(np.concatenate([around.ravel(), np.round(between), ends]))
    return found[(found >= 0) & (found < steps)].astype(np.int64)
