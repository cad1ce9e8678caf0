"""OLMo-core's schedules that stay or fall slowly, and then fall to the end."""

from typing import Any

from stepsize import _accept, tails
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, exponential, hold
from stepsize.schedule import decay as decay_
from stepsize.twins._olmo_core_parts import after, last
from stepsize.twins._olmo_core_run import begun, end, part, peak, read, warmed


def ConstantScheduler(
    lr: Any, *, units: Any = "steps", max_steps: Any = None, max_tokens: Any = None,
    tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """The base rate, for ever.

        lr

    First update lr; peak at 0; last update lr; after the end held at lr.

    Args:
        lr: the base rate of the group; > 0.
        units: what is counted, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        max_steps: updates of the run, the trainer's; whole, >= 1. Needed for nothing.
        max_tokens: the same in tokens, where they are counted.
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        olmo_core/optim/scheduler.py, ConstantScheduler; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.olmo_core.ConstantScheduler(0.5)
    hold(0.5)
    """
    run = read("ConstantScheduler", units, max_steps, max_tokens, tokens_per_update)
    return begun(run, hold(peak(run, lr)))


def ConstantWithWarmup(
    lr: Any, *, warmup: Any = None, warmup_steps: Any = None, warmup_fraction: Any = None,
    warmup_min_lr: Any = 0.0, units: Any = "steps", max_steps: Any = None, max_tokens: Any = None,
    tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """Up in a straight line, and stay.

    With c = t + 1, W = warmup:
        c <= W    warmup_min_lr + (lr - warmup_min_lr) c / W
        W < c     lr

    First update lr / W; peak at W - 1; last update lr; after the end held at lr.

    Args:
        lr: the base rate of the group; > 0.
        warmup: updates, or tokens, of the warmup; whole, >= 0.
        warmup_steps: its old name.
        warmup_fraction: the same as a share of the run, rounded half to even; from 0 to 1. One of the two must be
            given.
        warmup_min_lr: the rate that the warmup starts from; >= 0, less than its end.
        units: what is counted, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        max_steps: updates of the run, the trainer's; whole, >= 1. Needed with warmup_fraction.
        max_tokens: the same in tokens, where they are counted.
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range, or not exactly one of a length and its share is given.

    Source:
        olmo_core/optim/scheduler.py, ConstantWithWarmup; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.olmo_core.ConstantWithWarmup(1.0, warmup=10))
    0.1 -> 1 in 9; hold
    """
    run = read("ConstantWithWarmup", units, max_steps, max_tokens, tokens_per_update)
    top = peak(run, lr)
    rise = part(run, "warmup", warmup, warmup_steps, warmup_fraction, None)
    return begun(run, warmed(run, top, rise, warmup_min_lr, hold(top)))


def WSD(
    lr: Any, *, warmup: Any = None, warmup_steps: Any = None, warmup_fraction: Any = None,
    decay: Any = None, decay_steps: Any = None, decay_fraction: Any = 0.1, warmup_min_lr: Any = 0.0,
    decay_min_lr: Any = 0.0, units: Any = "steps", max_steps: Any = None, max_tokens: Any = None,
    tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, stay, and fall in a straight line.

    With c = t + 1, W = warmup, D = decay, T the end:
        c <= W            warmup_min_lr + (lr - warmup_min_lr) c / W
        W < c < T - D     lr
        T - D <= c        decay_min_lr + (lr - decay_min_lr) (T - c) / D

    First update lr / W; peak at W - 1; last update decay_min_lr, often 0; after the end held at it.

    Args:
        lr: the base rate of the group; > 0.
        warmup: updates, or tokens, of the warmup; whole, >= 0.
        warmup_steps: its old name.
        warmup_fraction: the same as a share of the run, rounded half to even; from 0 to 1. One of the two must be
            given.
        decay: updates, or tokens, of the last fall; whole, >= 1. Give decay_fraction=None beside it.
        decay_steps: its old name.
        decay_fraction: the same as a share of the run, rounded half to even; from 0 to 1.
        warmup_min_lr: the rate that the warmup starts from; >= 0, less than its end.
        decay_min_lr: the rate at the end; >= 0, less than the rate that falls there.
        units: what is counted, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        max_steps: updates of the run, the trainer's; whole, >= 1. Needed where units are steps.
        max_tokens: the same in tokens, where they are counted.
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range, not exactly one of a length and its share is given, or the fall
            comes to 0 updates (theirs then divides by zero in the last update).

    Theirs:
        Beyond the run it falls below zero; ours is held.

    Source:
        olmo_core/optim/scheduler.py, WSD; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.olmo_core.WSD(1.0, warmup=10, max_steps=100))
    0.1 -> 1 in 9; hold for 80; -> 0 in 10
    """
    run = read("WSD", units, max_steps, max_tokens, tokens_per_update)
    top, total = peak(run, lr), end(run)
    rise = part(run, "warmup", warmup, warmup_steps, warmup_fraction, total)
    fall = last(run, top, decay, decay_steps, decay_fraction, decay_min_lr)
    rest = after(hold(top, max(0, total - rise - int(fall.length))), fall, total - rise - int(fall.length))
    return begun(run, warmed(run, top, rise, warmup_min_lr, rest, whole=True))


def PowerLR(
    lr: Any, *, b: Any = -0.51, warmup: Any = None, warmup_steps: Any = None, warmup_fraction: Any = None,
    warmup_min_lr: Any = 0.0, decay: Any = None, decay_steps: Any = None, decay_fraction: Any = 0.1,
    decay_min_lr: Any = 0.0, units: Any = "steps", max_steps: Any = None, max_tokens: Any = None,
    tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, fall as a power of the updates, and at last in a straight line.

    With c = t + 1, W = warmup, D = decay, T the end:
        c <= W            warmup_min_lr + (lr - warmup_min_lr) c / W
        W < c < T - D     lr (c / W)^b
        T - D <= c        decay_min_lr + (lr ((T - D) / W)^b - decay_min_lr) (T - c) / D

    First update lr / W; peak at W - 1; last update decay_min_lr, often 0; after the end held at it.

    Args:
        lr: the base rate of the group; > 0.
        b: the exponent; < 0.
        warmup: updates, or tokens, of the warmup; whole, >= 0.
        warmup_steps: its old name.
        warmup_fraction: the same as a share of the run, rounded half to even; from 0 to 1. One of the two must be
            given.
        warmup_min_lr: the rate that the warmup starts from; >= 0, less than its end.
        decay: updates, or tokens, of the last fall; whole, >= 1. Give decay_fraction=None beside it.
        decay_steps: its old name.
        decay_fraction: the same as a share of the run, rounded half to even; from 0 to 1.
        decay_min_lr: the rate at the end; >= 0, less than the rate that falls there.
        units: what is counted, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        max_steps: updates of the run, the trainer's; whole, >= 1. Needed where units are steps.
        max_tokens: the same in tokens, where they are counted.
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range, not exactly one of a length and its share is given, there is no
            warmup, or the fall comes to 0 updates or to the whole run (theirs then divides by zero).

    Theirs:
        Beyond the run it falls below zero; ours is held.

    Source:
        olmo_core/optim/scheduler.py, PowerLR; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.olmo_core.PowerLR(1.0, b=-0.5, warmup=100, max_steps=1000)
    >>> s(0), s(99), s(399), s(999)
    (0.01, 1.0, 0.5, 0.0)
    """
    run = read("PowerLR", units, max_steps, max_tokens, tokens_per_update)
    top, total = peak(run, lr), end(run)
    exponent = _accept.rate(f"{run.where}.b", b)
    rise = part(run, "warmup", warmup, warmup_steps, warmup_fraction, total)
    tail = part(run, "decay", decay, decay_steps, decay_fraction, total)
    for name, bad, given in (
        ("b", exponent >= 0.0, b),
        ("warmup", rise == 0, rise),
        ("decay", tail >= total > rise, tail),
    ):
        if bad:
            rule = {
                "b": "must be < 0",
                "warmup": "must be at least 1",
                "decay": "must leave some of the run",
            }[name]
            raise ScheduleError(message(f"{run.where}.{name}", rule, given))
    if rise >= total:
        return begun(run, warmed(run, top, rise, warmup_min_lr, hold(top, 0)))
    fall = last(run, top * ((total - tail) / rise) ** exponent, tail, None, None, decay_min_lr)
    left = total - rise - tail
    rest = after(decay_(top, tails.power_law(rise, -exponent), max(0, left)), fall, left)
    return begun(run, warmed(run, top, rise, warmup_min_lr, rest, whole=True))


def ExponentialScheduler(
    lr: Any, *, lr_min: Any = 1e-9, units: Any = "steps", max_steps: Any = None, max_tokens: Any = None,
    tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """Rise by equal ratios from ``lr_min`` to the base rate.

    With c = t + 1, T the end:
        lr_min (lr / lr_min)^(c / T)

    First update just above lr_min; peak at the last update, lr; after the end held at lr.

    Args:
        lr: the base rate of the group; > 0.
        lr_min: the rate before the first update; > 0.
        units: what is counted, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        max_steps: updates of the run, the trainer's; whole, >= 1. Needed where units are steps.
        max_tokens: the same in tokens, where they are counted.
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        olmo_core/optim/scheduler.py, ExponentialScheduler; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.olmo_core.ExponentialScheduler(1.0, lr_min=0.01, max_steps=100)
    >>> round(s(49), 12), s(99)
    (0.1, 1.0)
    """
    run = read("ExponentialScheduler", units, max_steps, max_tokens, tokens_per_update)
    start = _accept.rate(f"{run.where}.lr_min", lr_min, above=0.0)
    return begun(run, exponential(start, peak(run, lr), end(run)))
