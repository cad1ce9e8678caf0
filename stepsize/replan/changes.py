"""The changes themselves: a schedule and a position in, a schedule out."""

import math
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.replan._door import position, room, schedule
from stepsize.schedule import Schedule, linear, ramp

RULES = {"linear": 1.0, "sqrt": 0.5, "none": 0.0}


def keep(s: Schedule, at: Any = 0) -> Schedule:
    """Go on as before; after its end the schedule is held.

    Args:
        s: the schedule.
        at: updates already applied; >= 0. It changes nothing, and is there because all choices take it.

    Raises:
        ScheduleError: ``at`` is out of its range.

    >>> import stepsize as ss
    >>> s = ss.cosine(1.0, 0.0, 100)
    >>> ss.replan.keep(s, 50) == s
    True
    """
    position("keep", s, at)
    return s


def rescale(s: Schedule, at: Any, steps: Any) -> Schedule:
    """Lay the whole curve over another number of updates; the rate at ``at`` jumps to where the new curve is.

        s(t * length / steps)

    Args:
        s: the schedule; it must end.
        at: updates already applied; in [0, steps].
        steps: updates of the whole run; > 0.

    Raises:
        ScheduleError: the schedule never ends, or a number is out of its range.

    >>> import stepsize as ss
    >>> round(ss.replan.rescale(ss.cosine(1.0, 0.0, 100), 50, 200)(50), 6)
    0.853553
    """
    room("rescale", position("rescale", s, at), steps)
    return s.stretch(steps=steps)


def extend(s: Schedule, at: Any, steps: Any, *, end: Any = None, shape: Any = "cosine") -> Schedule:
    """Continue from the present rate to an end, over all updates that are left. There is no jump.

        t < at             s(t)
        at <= t < steps    from s(at) to end along the shape
        steps <= t         end

    Args:
        s: the schedule.
        at: updates already applied; in [0, steps].
        steps: updates of the whole run.
        end: rate at ``steps``; by default the one at which ``s`` ends.
        shape: any of :mod:`stepsize.shapes`.

    Raises:
        ScheduleError: a number is out of its range, or the schedule never ends and ``end`` is left out.

    >>> import stepsize as ss
    >>> s = ss.replan.extend(ss.cosine(1.0, 0.0, 100), 50, 200)
    >>> round(s(50), 12), round(s(125), 12), s(200)
    (0.5, 0.25, 0.0)
    """
    at = position("extend", s, at)
    left = room("extend", at, steps)
    if end is None and math.isinf(s.length):
        rule = "a schedule that never ends has no end to extend to"
        raise ScheduleError(message("replan.extend", rule, s, "Give end=."))
    return s[:at] >> ramp(s(at), s._final if end is None else end, left, shape).on(s.clock)


def cooldown(s: Schedule, at: Any, over: Any, *, end: Any = 0.0, shape: Any = "linear") -> Schedule:
    """Come down from wherever the rate is.

        t < at                s(t)
        at <= t < at + over   from s(at) to end along the shape
        after that            end

    Args:
        s: the schedule; it may be endless.
        at: updates already applied; >= 0.
        over: updates of the cooldown; >= 0.
        end: rate at its end.
        shape: any of :mod:`stepsize.shapes`.

    Raises:
        ScheduleError: a number is out of its range, or the shape is unknown.

    >>> import stepsize as ss
    >>> ss.replan.cooldown(ss.wsd(1.0, float("inf"), warmup=10), 80, 20)
    linear(0.0, 1.0, 10) >> hold(1.0, 70) >> linear(1.0, 0.0, 20)
    """
    at = position("cooldown", s, at)
    return s[:at] >> ramp(s(at), end, over, shape).on(s.clock)


def append(s: Schedule, more: Schedule) -> Schedule:
    """More phases after the end: ``s >> more``.

    Args:
        s: the schedule; it must end.
        more: what follows; on the same clock.

    Raises:
        ScheduleError: the schedule never ends, or the clocks differ.

    >>> import stepsize as ss
    >>> ss.replan.append(ss.linear(1.0, 0.1, 90), ss.hold(0.1, 10)).length
    100
    """
    return schedule("append", s) >> more


def rewarm(
    s: Schedule, at: Any, steps: Any, *, peak: Any, warmup: Any, end: Any = 0.0, shape: Any = "cosine"
) -> Schedule:
    """Warm up again from the present rate, and come down once more: how a finished model is trained on.

    With W = warmup:
        t < at                 s(t)
        at <= t < at + W       from s(at) to peak in a straight line
        at + W <= t < steps    from peak to end along the shape
        steps <= t             end

    Args:
        s: the schedule.
        at: updates already applied; in [0, steps].
        steps: updates of the whole run.
        peak: rate after the warmup; > 0, and not below the present one.
        warmup: updates of the warmup, or a share of those that are left.
        end: rate at ``steps``.
        shape: any of :mod:`stepsize.shapes`.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        Ibrahim et al., Simple and Scalable Strategies to Continually Pre-train Large Language Models, 2024 (arXiv
        2403.08763), re-warming and re-decaying.

    >>> import stepsize as ss
    >>> s = ss.replan.rewarm(ss.linear(1.0, 0.0, 100), 100, 200, peak=0.5, warmup="10%", shape="linear")
    >>> s(100), s(110), s(155), s(200)
    (0.0, 0.5, 0.25, 0.0)
    """
    at = position("rewarm", s, at)
    left = room("rewarm", at, steps)
    peak = _accept.rate("replan.rewarm.peak", peak, above=0.0)
    if peak < s(at):
        rule = f"must not be below the present rate, {s(at):g}"
        remedy = "To come down from there, extend or cooldown."
        raise ScheduleError(message("replan.rewarm.peak", rule, peak, remedy))
    rise = _accept.share("replan.rewarm.warmup", warmup, left)
    again = linear(s(at), peak, rise) >> ramp(peak, end, _accept.whole(left - rise), shape)
    return s[:at] >> again.on(s.clock)


def truncate(s: Schedule, at: Any) -> Schedule:
    """End here: what was planned after ``at`` is dropped, and the rate held that was reached.

    Args:
        s: the schedule.
        at: where it ends; >= 0.

    Raises:
        ScheduleError: ``at`` is out of its range.

    >>> import stepsize as ss
    >>> s = ss.replan.truncate(ss.linear(1.0, 0.0, 100), 40)
    >>> s.length, s(40), s(1000)
    (40, 0.6, 0.6)
    """
    return s[: position("truncate", s, at)]


def change_batch(s: Schedule, at: Any, factor: Any, *, rule: Any = "linear") -> Schedule:
    """Go on with batches ``factor`` times as large: 1/factor as many updates for the same data, at another rate.

        t < at     s(t)
        at <= t    s(at + (t - at) * factor) * factor^p,   p = 1 (linear), 1/2 (sqrt) or 0 (none)

    Args:
        s: the schedule, on the clock "steps": other clocks need no change, for they count what the batch holds.
        at: updates already applied; >= 0.
        factor: new batch size / old one; > 0.
        rule: how the rate follows the batch: "linear" for SGD, "sqrt" for Adam and its kin, "none".

    Raises:
        ScheduleError: a number is out of its range, the rule is unknown, or the clock is not "steps".

    Source:
        Goyal et al., Accurate, Large Minibatch SGD, 2017 (arXiv 1706.02677), section 2.1, the linear rule; Malladi et
        al., On the SDEs and Scaling Rules for Adaptive Gradient Algorithms, 2022 (arXiv 2205.10287), the square root.

    >>> import stepsize as ss
    >>> s = ss.replan.change_batch(ss.linear(1.0, 0.0, 100), 50, 2)
    >>> s(49), s(50), s.length
    (0.51, 1.0, 75)
    """
    at = position("change_batch", s, at)
    factor = _accept.rate("replan.change_batch.factor", factor, above=0.0)
    if s.clock != "steps":
        remedy = f"On {s.clock} only the rate may change: s[:at] >> s[at:] * factor."
        raise ScheduleError(message("replan.change_batch", 'is for the clock "steps"', s.clock, remedy))
    if not isinstance(rule, str) or rule not in RULES:
        raise ScheduleError(message("replan.change_batch.rule", f"must be one of {', '.join(RULES)}", rule))
    rest: Schedule = s[at:] * factor ** RULES[rule]
    return s[:at] >> (rest if rest.length == 0 else rest.stretch(1 / factor))
