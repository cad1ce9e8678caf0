"""Planned against logged: whether a run followed its schedule, where it first departed from it, and how."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from stepsize._accept import Number
from stepsize._value import Value
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.logs.explanation import Told, off_plan
from stepsize.logs.explanations import explained
from stepsize.logs.identifying.series import Series, series
from stepsize.records import Trace
from stepsize.schedule import Schedule

KINDS = (
    "as planned", "lag", "doubled", "once an update", "once an epoch", "scaled", "reset at resume", "other horizon",
    "another schedule",
)  # fmt: skip
_OFFSETS = (0, -1)  # of an honest log: step n is update n, or the n-th one
_MOST_OF_THEM = 0.98  # of the rows that an explanation must explain


class Audit(Value):
    """What a log says of the schedule that was planned.

    Args:
        kind: one of ``KINDS``.
        what: the same in a sentence, with its numbers.
        departure: the first logged step that is not as planned; None where all are.
        planned: the rate that was planned there.
        logged: the rate that was logged there.
        share: how much of the logged run is not as planned; in [0, 1].
        offset: step n of the log was held against update n + offset of the plan.
        amount: updates of a lag, how often it was stepped, updates of an epoch, the factor of the rates, the step of
            a reset, or the factor of the horizon; None where the kind has none.
        notes: what was left out of the log, in plain sentences.
    """

    kind: str
    what: str
    departure: Number | None = None
    planned: float | None = None
    logged: float | None = None
    share: float = 0.0
    offset: int = 0
    amount: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def as_planned(self) -> bool:
        """Whether every row is."""
        return self.departure is None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {name: self.__dict__[name] for name in self._fields} | {"notes": list(self.notes)}


_UNEXPLAINED = Told(
    KINDS[-1],
    "The rates are not those of this schedule, nor of one that was shifted, stretched or scaled.",
    math.nan,
    0,
)


def audit(trace: Trace, schedule: Schedule, per_epoch: float | None = None) -> Audit:
    """Hold a log against the schedule that was meant.

    A row is as planned where its rate differs by no more than its rounding. The log's steps may count from 0 or from 1:
    whichever fits better is taken. What departs is explained, if one of these explains 98% of it:

        lag               rate of step n = s(n + k), k other than 0
        doubled           rate of step n = s(m n), stepped m times an update, or once in 1/m of them
        once an update    rate of step n = s(m n) with m updates of an epoch: the schedule counts epochs
        once an epoch     rate of step n = s(floor(n / m)), stepped once in m updates: the schedule counts updates
        scaled            rate of step n = c s(n)
        reset at resume   rate of step n = s(n - n0) from step n0 on
        other horizon     all that follows the warmup takes f times as long

    Args:
        trace: the log, as :func:`stepsize.logs.read` gives it.
        schedule: the plan, in updates.
        per_epoch: updates of an epoch, where they are known; > 0.

    Raises:
        ScheduleError: the log has fewer than three rates, or the schedule counts something else than updates.

    >>> import numpy as np, stepsize as ss
    >>> from stepsize.records import Trace
    >>> plan, steps = ss.warmup_cosine(3e-4, 10_000, warmup=1_000), np.arange(0, 10_000, 50)
    >>> found = audit(Trace("run", steps, plan(np.minimum(2 * steps, 10_000)), np.full(200, np.nan)), plan)
    >>> found.kind, found.departure, round(found.share, 3)
    ('doubled', 50, 0.997)
    """
    if not isinstance(schedule, Schedule):
        raise ScheduleTypeError(message("audit.schedule", "must be a schedule", schedule))
    if schedule.clock not in ("steps", trace.counts):
        rule = f"a schedule on {schedule.clock} cannot be held against a log that counts {trace.counts}"
        raise ScheduleError(message("audit.schedule", rule, str(schedule), "Give it in updates."))
    seen = series(trace)
    plan = _plan(schedule)
    departed = {o: off_plan(seen, plan(seen.t + o)) for o in _OFFSETS if seen.t[0] + o >= 0}
    usual = -1 if trace.format == "trainer" else 0
    likely = sorted(departed, key=lambda o: (int(departed[o].sum()), o != usual))
    if not departed[likely[0]].any():
        return Audit(
            KINDS[0], f"All {len(seen.t):,} rates are as planned.", offset=likely[0], notes=seen.notes
        )
    told, offset = _best(seen, schedule, plan, {o: departed[o] for o in likely}, per_epoch)
    off = departed[offset]
    first = int(off.argmax())
    amount = None if math.isnan(told.amount) else told.amount
    step = float(seen.t[first])
    return Audit(
        told.kind, told.what, int(step) if step.is_integer() else step, float(plan(seen.t[first] + offset)),
        float(seen.r[first]), _share(seen, off), offset, amount, seen.notes,
    )  # fmt: skip


def _best(
    seen: Series,
    schedule: Schedule,
    plan: Callable[[Any], Any],
    departed: dict[int, Any],
    per_epoch: float | None,
) -> tuple[Told, int]:
    """What explains the departed rows, and under which offset; the likelier offset comes first."""
    for o, off in departed.items():
        every = explained(seen, schedule, plan, o, off, per_epoch)
        told = max(every, key=lambda one: one.explains, default=_UNEXPLAINED)
        if told.explains >= _MOST_OF_THEM:
            return told, o
    return _UNEXPLAINED, next(iter(departed))


def _plan(schedule: Schedule) -> Callable[[Any], Any]:
    """The rates of a schedule, whatever it counts."""
    bare = schedule if schedule.clock == "steps" else schedule._bare
    return lambda t: np.asarray(bare(np.asarray(t, dtype=float)), dtype=float)


def _share(seen: Series, off: Any) -> float:
    """How much of the logged run the departed rows stand for: each as far as half way to its neighbours."""
    if len(off) < 2:
        return float(off.mean())
    edges = np.concatenate([[seen.t[0]], (seen.t[1:] + seen.t[:-1]) / 2, [seen.t[-1]]])
    return float((np.diff(edges) * off).sum() / (edges[-1] - edges[0]))
