"""DeepSpeed's schedules that begin with a warmup: two updates at its start, then position t = k - 1 of update k."""

import math
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.schedule import Schedule, cosine, hold, linear, table
from stepsize.twins._tables import listed

_TYPES = ("log", "linear")


def WarmupLR(
    lr: Any,
    warmup_min_lr: Any = 0.0,
    warmup_max_lr: Any = None,
    warmup_num_steps: Any = 1000,
    warmup_type: Any = "log",
) -> Schedule:
    """A warmup, by default along a logarithm, and stay.

    With W = max(2, warmup_num_steps), lo = warmup_min_lr, hi = warmup_max_lr, update k at t = max(0, k - 1):
        t < W     lo + (hi - lo) x, x = ln(t + 1) / ln(W) or t / W
        W <= t    hi

    First update lo, and the second too; peak at W with "log", at W + 1 with "linear"; last update hi; after the end
    held at hi.

    Args:
        lr: the base rate of the group; only looked at where warmup_max_lr is None; >= 0.
        warmup_min_lr: the rate at the start, absolute; >= 0.
        warmup_max_lr: the rate at the end of the warmup, absolute; >= 0. None takes lr.
        warmup_num_steps: updates of warmup; an int >= 1, of which theirs makes at least 2.
        warmup_type: "log" or "linear". With "log" the warmup is a table, for no shape is a logarithm.

    Raises:
        ScheduleError: a number is out of its range, or warmup_type is unknown.

    Theirs:
        An unknown warmup_type warns and means "log"; ours raises.

    Source:
        deepspeed/runtime/lr_schedules.py, WarmupLR; release 0.19.8.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.deepspeed.WarmupLR(0.1, warmup_num_steps=10, warmup_type="linear")
    >>> s
    hold(0.0, 1) >> linear(0.0, 0.1, 10)
    """
    where = "twins.deepspeed.WarmupLR"
    base = _accept.rate(f"{where}.lr", lr, least=0.0)
    low = _accept.rate(f"{where}.warmup_min_lr", warmup_min_lr, least=0.0)
    high = base if warmup_max_lr is None else _accept.rate(f"{where}.warmup_max_lr", warmup_max_lr, least=0.0)
    return _warmup(where, low, low, high, warmup_num_steps, warmup_type)


def WarmupDecayLR(
    lr: Any,
    total_num_steps: Any,
    warmup_min_lr: Any = 0.0,
    warmup_max_lr: Any = 0.001,
    warmup_num_steps: Any = 1000,
    warmup_type: Any = "log",
) -> Schedule:
    """A warmup, and a straight line back to where it began.

    With W = max(2, warmup_num_steps), T = total_num_steps, lo = warmup_min_lr, hi = warmup_max_lr, update k at
    t = max(0, k - 1):
        t < W          lo + (hi - lo) x, x = ln(t + 1) / ln(W) or t / W
        W <= t < T     lo + (hi - lo) (T - t) / (T - W)
        max(W, T) <= t lo

    First update lo, and the second too; peak at W with "log", at W + 1 with "linear"; last update two steps above
    lo; after the end held at lo.

    Args:
        lr: the base rate of the group, which theirs replaces by warmup_max_lr; > 0.
        total_num_steps: updates until lo, with the warmup; whole, >= 0. Where the warmup is longer, it goes on, and
            lo follows.
        warmup_min_lr: the rate at the start and at the end, absolute; >= 0.
        warmup_max_lr: the peak, absolute; >= 0.
        warmup_num_steps: updates of warmup; an int >= 1, of which theirs makes at least 2.
        warmup_type: "log" or "linear". With "log" the warmup is a table, for no shape is a logarithm.

    Raises:
        ScheduleError: a number is out of its range, or warmup_type is unknown.

    Theirs:
        The peak is 0.001 whatever the optimizer says, unless warmup_max_lr is given; so is ours. An unknown
        warmup_type warns and means "log"; ours raises.

    Source:
        deepspeed/runtime/lr_schedules.py, WarmupDecayLR; release 0.19.8.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.deepspeed.WarmupDecayLR(0.1, 100, warmup_max_lr=0.1, warmup_num_steps=10, warmup_type="linear")
    >>> s
    hold(0.0, 1) >> linear(0.0, 0.1, 10) >> linear(0.1, 0.0, 90)
    """
    where = "twins.deepspeed.WarmupDecayLR"
    _accept.rate(f"{where}.lr", lr, least=0.0)
    total = _accept.count(f"{where}.total_num_steps", total_num_steps, 0)
    low = _accept.rate(f"{where}.warmup_min_lr", warmup_min_lr, least=0.0)
    high = _accept.rate(f"{where}.warmup_max_lr", warmup_max_lr, least=0.0)
    rise = _warmup(where, low, low, high, warmup_num_steps, warmup_type)
    return rise >> linear(high, low, max(0, total - max(2, warmup_num_steps)))


def WarmupCosineLR(
    lr: Any,
    total_num_steps: Any,
    warmup_min_ratio: Any = 0.0,
    warmup_num_steps: Any = 1000,
    cos_min_ratio: Any = 0.0001,
    warmup_type: Any = "log",
) -> Schedule:
    """A warmup, and half a cosine wave that is one update ahead of it.

    With W = max(2, warmup_num_steps), T = total_num_steps, c = cos_min_ratio, r = warmup_min_ratio; the first update
    has the rate 0, and update k > 0 is at t = k - 1:
        t < W     lr (r + (1 - r) x), x = ln(t + 1) / ln(W) or t / W
        W <= t    lr (c + (1 - c) (1 + cos(pi min(1, (t - W + 1) / max(1, T - W)))) / 2)

    First update 0, whatever r is; peak at W with "log", and never quite lr with "linear"; last update one step
    above lr c; after the end held at lr c.

    Args:
        lr: the base rate of the group; >= 0.
        total_num_steps: updates until the minimum, with the warmup; whole, >= 0. Where the warmup is longer, it
            goes on, and the minimum follows.
        warmup_min_ratio: start of the warmup, as a share of lr; >= 0.
        warmup_num_steps: updates of warmup; an int >= 1, of which theirs makes at least 2.
        cos_min_ratio: the minimum, as a share of lr; >= 0.
        warmup_type: "log" or "linear". With "log" the warmup is a table, for no shape is a logarithm.

    Raises:
        ScheduleError: a number is out of its range, or warmup_type is unknown.

    Theirs:
        An unknown warmup_type warns and means "log"; ours raises.

    Source:
        deepspeed/runtime/lr_schedules.py, WarmupCosineLR; release 0.19.8.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.deepspeed.WarmupCosineLR(1.0, 100, 0.0, 10, 0.1, warmup_type="linear")
    >>> s(0), s(1), s(9), s(10), round(s(99), 6)
    (0.0, 0.0, 0.8, 0.9, 0.100274)
    """
    where = "twins.deepspeed.WarmupCosineLR"
    peak = _accept.rate(f"{where}.lr", lr, least=0.0)
    total = _accept.count(f"{where}.total_num_steps", total_num_steps, 0)
    start, low = (
        peak * _accept.rate(f"{where}.{name}", ratio, least=0.0)
        for name, ratio in (("warmup_min_ratio", warmup_min_ratio), ("cos_min_ratio", cos_min_ratio))
    )
    rise = _warmup(where, 0.0, start, peak, warmup_num_steps, warmup_type)
    return rise >> cosine(peak, low, max(1, total - max(2, warmup_num_steps)))[1:]


def _warmup(where: str, first: float, low: float, high: float, steps: Any, kind: Any) -> Schedule:
    """The first update, and then the warmup from its start."""
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise ScheduleError(message(f"{where}.warmup_num_steps", "must be an int >= 1", steps))
    if kind not in _TYPES:
        remedy = did_you_mean(str(kind), _TYPES)
        raise ScheduleError(message(f"{where}.warmup_type", 'must be "log" or "linear"', kind, remedy))
    length = max(2, steps)
    if kind == "linear":
        return hold(first, 1) >> linear(low, high, length)
    shares = [math.log(t + 1) / math.log(length) for t in range(listed(f"{where}.warmup_num_steps", length))]
    return table([first] + [low + (high - low) * share for share in shares])
