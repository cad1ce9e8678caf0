"""A schedule given in updates becomes one in samples or tokens, through the plan of what updates take; and back."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.clocks.plan import COUNTED, Plan, planned
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Chain, Hold, Ramp, Repeat, Schedule
from stepsize.schedule.chain import chain
from stepsize.schedule.value import MOST_NODES


def through(s: Schedule, plan: Any, clock: str) -> Schedule:
    """The same phases on another clock: each edge is where the plan has it, exactly.

    Phases that hold, and ramps along a shape, stay one phase over its new length: a straight line in updates becomes a
    straight line in samples. All else (tables, repetitions, sums, ...) is cut where the plan changes, and
    keeps its rate at every update.

    Args:
        s: the schedule; on "steps", or on "samples" or "tokens" to come back.
        plan: a :class:`Plan`, or what it is made of.
        clock: the clock of the result: "samples" or "tokens"; "steps" to come back.

    Raises:
        ScheduleError: not exactly one of the clocks is "steps", the plan counts something else, or cycles grow to
            lengths that are rounded.

    >>> import stepsize as ss
    >>> from stepsize.clocks import through
    >>> growing = ss.hold(8, 20) >> ss.hold(16)
    >>> through(ss.wsd(1.0, 100, warmup=10, decay=20), growing, "samples")
    (linear(0.0, 1.0, 80) >> hold(1.0, 1040) >> linear(1.0, 0.0, 320)).on('samples')
    """
    if not isinstance(s, Schedule):
        raise ScheduleTypeError(message("through", "converts a schedule", s))
    plan = planned(plan)
    other = clock if s.clock == "steps" else s.clock
    if "steps" not in (s.clock, clock) or other not in COUNTED:
        rule = 'goes from "steps" to "samples" or "tokens", or back'
        raise ScheduleError(message("through", rule, (s.clock, clock)))
    if plan.counts not in (None, other):
        raise ScheduleError(message("through.plan", f'must count "{other}"', plan.counts))
    if plan.first:
        raise ScheduleError(message("through.plan", "must begin with update 0", plan))
    bare = s._bare
    parts = bare.joined if isinstance(bare, Chain) else (bare,)
    ends = bare._ends if isinstance(bare, Chain) else (bare.length,)
    move = _Move(plan, back=s.clock != "steps")
    return chain(*map(move.phase, parts, (0, *ends), ends)).on(clock)


class _Move:
    """From updates to what they take, or back."""

    def __init__(self, plan: Plan, *, back: bool) -> None:
        self._plan, self._back = plan, back
        self._to = plan.updates if back else plan.after

    def phase(self, part: Schedule, a: Number, b: Number) -> Schedule:
        if isinstance(part, (Hold, Ramp)):
            steps = _between(self._to(a), self._to(b))
            if isinstance(part, Hold):
                return Hold(part.value, steps)
            return Ramp(part.start, part.end, steps, part.shape)
        pieces = []
        for low, high, ratio in self._cut(a, b):
            _keep_cycles(part, ratio)
            stop = part.length if high == b else _between(a, high)
            pieces.append(part[_between(a, low) : stop]._stretched(ratio))
            if len(pieces) > MOST_NODES:
                rule = f"the plan may change at most {MOST_NODES} times inside a phase"
                raise ScheduleError(message("through", rule, part, "Round its values, or hold them longer."))
        return chain(*pieces) if pieces else part

    def _cut(self, a: Number, b: Number) -> Iterator[tuple[Number, Number, Fraction]]:
        """The stretches of [a, b) over which the plan is the same, and how much longer each becomes."""
        axis = 1 if self._back else 0
        while a < b:
            runs = self._plan._until(axis, a, "through")
            run = bisect_right(runs[axis], a) - 1
            if run + 1 == len(runs[axis]):  # the last one that is known; perhaps there are more
                self._plan._until(axis, min(b, runs[axis][-1]), "through")
            later = runs[axis][run + 1] if run + 1 < len(runs[axis]) else math.inf
            size = Fraction(runs[2][run])
            yield a, min(later, b), 1 / size if self._back else size
            a = min(later, b)


def _keep_cycles(s: Schedule, ratio: Fraction) -> None:
    """Refuse cycles whose lengths are rounded to whole units of their clock: of another clock they would be others."""
    if isinstance(s, Repeat) and s.growth != 1.0:
        stretched = s._stretched(ratio)
        assert isinstance(stretched, Repeat)
        pairs = zip(s._lengths, stretched._lengths, strict=False)  # both end where no clock counts further
        if any(length * ratio != other for length, other in pairs):
            rule = "cycles that grow to lengths that are rounded have no exact counterpart on another clock"
            remedy = "Write them on that clock, or one by one."
            raise ScheduleError(message("through", rule, s, remedy))
    for child in s._children:
        _keep_cycles(child, ratio)


def _between(a: Number, b: Number) -> Number:
    return b if math.isinf(b) else _accept.exact(Fraction(b) - Fraction(a))
