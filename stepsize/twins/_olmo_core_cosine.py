"""OLMo-core's schedules that fall to a share of the base rate."""

from typing import Any

from stepsize import _accept, tails
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear
from stepsize.schedule import decay as decay_
from stepsize.twins._olmo_core_parts import _half, fallen, last
from stepsize.twins._olmo_core_run import begun, end, part, peak, read, warmed


def LinearWithWarmup(
    lr: Any, *, alpha_f: Any = 0.1, t_max: Any = None, warmup: Any = None, warmup_steps: Any = None,
    warmup_fraction: Any = None, warmup_min_lr: Any = 0.0, units: Any = "steps", max_steps: Any = None,
    max_tokens: Any = None, tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """Up in a straight line, and straight down.

    With c = t + 1, W = warmup, T the end:
        c < W     warmup_min_lr + (lr - warmup_min_lr) c / W
        W <= c    lr - (lr - alpha_f lr) (c - W) / (T - W)
        T <= c    alpha_f lr

    First update lr / W; peak at W - 1; last update alpha_f lr; after the end held at it.

    Args:
        lr: the base rate of the group; > 0.
        alpha_f: the rate at the end, as a share of lr; >= 0.
        t_max: the end, in place of the trainer's; whole, >= 1.
        warmup: updates, or tokens, of the warmup; whole, >= 0.
        warmup_steps: its old name.
        warmup_fraction: the same as a share of the run, rounded half to even; from 0 to 1. One of the two must be
            given.
        warmup_min_lr: the rate that the warmup starts from; >= 0, less than its end.
        units: what is counted, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        max_steps: updates of the run, the trainer's; whole, >= 1. Needed unless t_max is given.
        max_tokens: the same in tokens, where they are counted.
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range, or not exactly one of a length and its share is given.

    Source:
        olmo_core/optim/scheduler.py, LinearWithWarmup; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.olmo_core.LinearWithWarmup(1.0, warmup=10, max_steps=100))
    0.1 -> 1 in 9; -> 0.1 in 90
    """
    run = read("LinearWithWarmup", units, max_steps, max_tokens, tokens_per_update)
    total = end(run) if t_max is None else _accept.count(f"{run.where}.t_max", t_max)
    return begun(
        run, fallen(run, lr, alpha_f, total, (warmup, warmup_steps, warmup_fraction), warmup_min_lr, linear)
    )


def CosWithWarmup(
    lr: Any, *, warmup: Any = None, warmup_steps: Any = None, warmup_fraction: Any = None,
    alpha_f: Any = 0.1, t_max: Any = None, warmup_min_lr: Any = 0.0, units: Any = "steps",
    max_steps: Any = None, max_tokens: Any = None, tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """Up in a straight line, and down half a cosine wave.

    With c = t + 1, W = warmup, T the end:
        c < W     warmup_min_lr + (lr - warmup_min_lr) c / W
        W <= c    alpha_f lr + (lr - alpha_f lr) (1 + cos(pi (c - W) / (T - W))) / 2
        T <= c    alpha_f lr

    First update lr / W; peak at W - 1; last update alpha_f lr; after the end held at it.

    Args:
        lr: the base rate of the group; > 0.
        warmup: updates, or tokens, of the warmup; whole, >= 0.
        warmup_steps: its old name.
        warmup_fraction: the same as a share of the run, rounded half to even; from 0 to 1. One of the two must be
            given.
        alpha_f: the rate at the end, as a share of lr; >= 0.
        t_max: the end, in place of the trainer's; whole, >= 1.
        warmup_min_lr: the rate that the warmup starts from; >= 0, less than its end.
        units: what is counted, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        max_steps: updates of the run, the trainer's; whole, >= 1. Needed unless t_max is given.
        max_tokens: the same in tokens, where they are counted.
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range, or not exactly one of a length and its share is given.

    Source:
        olmo_core/optim/scheduler.py, CosWithWarmup; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.olmo_core.CosWithWarmup(1.0, warmup=10, max_steps=100))
    0.1 -> 1 in 9; -> 0.1 cosine in 90
    """
    run = read("CosWithWarmup", units, max_steps, max_tokens, tokens_per_update)
    total = end(run) if t_max is None else _accept.count(f"{run.where}.t_max", t_max)
    return begun(
        run, fallen(run, lr, alpha_f, total, (warmup, warmup_steps, warmup_fraction), warmup_min_lr, cosine)
    )


def HalfCosWithWarmup(
    lr: Any, *, warmup: Any = None, warmup_steps: Any = None, warmup_fraction: Any = None,
    alpha_f: Any = 0.1, t_max: Any = None, warmup_min_lr: Any = 0.0, units: Any = "steps",
    max_steps: Any = None, max_tokens: Any = None, tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """Up to half of it in a straight line, and down the second half of a cosine wave.

    With c = t + 1, W = warmup, T the end:
        c < W     warmup_min_lr + (h - warmup_min_lr) c / W,    h = (lr + alpha_f lr) / 2
        W <= c    alpha_f lr + (lr - alpha_f lr) (1 + cos(pi (1 + (c - W) / (T - W)) / 2)) / 2
        T <= c    alpha_f lr

    First update (lr + alpha_f lr) / 2 / W; peak at W - 1; last update alpha_f lr; after the end held at it.

    Args:
        lr: the base rate of the group; > 0.
        warmup: updates, or tokens, of the warmup; whole, >= 0.
        warmup_steps: its old name.
        warmup_fraction: the same as a share of the run, rounded half to even; from 0 to 1. One of the two must be
            given.
        alpha_f: the rate at the end, as a share of lr; >= 0.
        t_max: the end, in place of the trainer's; whole, >= 1.
        warmup_min_lr: the rate that the warmup starts from; >= 0, less than its end.
        units: what is counted, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        max_steps: updates of the run, the trainer's; whole, >= 1. Needed unless t_max is given.
        max_tokens: the same in tokens, where they are counted.
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range, or not exactly one of a length and its share is given.

    Source:
        olmo_core/optim/scheduler.py, HalfCosWithWarmup; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.olmo_core.HalfCosWithWarmup(1.0, warmup=10, alpha_f=0.0, max_steps=100)
    >>> s(0), round(s(9), 12), s(99)
    (0.05, 0.5, 0.0)
    """
    run = read("HalfCosWithWarmup", units, max_steps, max_tokens, tokens_per_update)
    total = end(run) if t_max is None else _accept.count(f"{run.where}.t_max", t_max)
    return begun(
        run, fallen(run, lr, alpha_f, total, (warmup, warmup_steps, warmup_fraction), warmup_min_lr, _half)
    )


def InvSqrtWithWarmup(
    lr: Any, *, alpha_f: Any = 0.1, warmup: Any = None, warmup_steps: Any = None,
    warmup_fraction: Any = None, warmup_min_lr: Any = 0.0, units: Any = "steps", max_steps: Any = None,
    max_tokens: Any = None, tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """Up in a straight line, and down as the inverse square root of the updates, for ever.

    With c = t + 1, W = warmup:
        c < W     warmup_min_lr + (lr - warmup_min_lr) c / W
        W <= c    alpha_f lr + (lr - alpha_f lr) sqrt(W / c)

    First update lr / W; peak at W - 1; last update above alpha_f lr; after the end it goes on.

    Args:
        lr: the base rate of the group; > 0.
        alpha_f: the rate that it goes to, as a share of lr; >= 0.
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

    Theirs:
        Without a warmup the rate is alpha_f lr from the first update on; ours does the same.

    Source:
        olmo_core/optim/scheduler.py, InvSqrtWithWarmup; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.olmo_core.InvSqrtWithWarmup(1.0, alpha_f=0.0, warmup=100)
    >>> s(0), s(99), s(399)
    (0.01, 1.0, 0.5)
    """
    run = read("InvSqrtWithWarmup", units, max_steps, max_tokens, tokens_per_update)
    top = peak(run, lr)
    bottom = top * _accept.rate(f"{run.where}.alpha_f", alpha_f, least=0.0)
    rise = part(run, "warmup", warmup, warmup_steps, warmup_fraction, None)
    if rise == 0 or bottom == top:
        return begun(run, warmed(run, top, rise, warmup_min_lr, hold(bottom)))
    fall = decay_(top - bottom, tails.power_law(rise, 0.5))
    return begun(run, warmed(run, top, rise, warmup_min_lr, hold(bottom) + fall if bottom else fall))


def CosWithWarmupAndLinearDecay(
    lr: Any, *, warmup: Any = None, warmup_steps: Any = None, warmup_fraction: Any = None,
    alpha_f: Any = 0.1, t_max: Any = None, warmup_min_lr: Any = 0.0, decay: Any = None,
    decay_steps: Any = None, decay_fraction: Any = 0.1, decay_min_lr: Any = 0.0, units: Any = "steps",
    max_steps: Any = None, max_tokens: Any = None, tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """The cosine of CosWithWarmup, cut short by a straight line down.

    With c = t + 1, D = decay, T the trainer's end:
        c < T - D     CosWithWarmup at c
        T - D <= c    decay_min_lr + (CosWithWarmup at T - D, less decay_min_lr) (T - c) / D

    First update lr / W; peak at W - 1; last update decay_min_lr, often 0; after the end held at it.

    Args:
        lr: the base rate of the group; > 0.
        warmup: updates, or tokens, of the warmup; whole, >= 0.
        warmup_steps: its old name.
        warmup_fraction: the same as a share of the run, rounded half to even; from 0 to 1. One of the two must be
            given.
        alpha_f: the rate at the end, as a share of lr; >= 0.
        t_max: the end of the cosine, in place of the trainer's; whole, >= 1.
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
        ScheduleError: a number is out of its range, not exactly one of a length and its share is given, or the fall
            comes to 0 updates (theirs then divides by zero in the last update) or to more than the run.

    Theirs:
        Beyond the run it falls below zero; ours is held.

    Source:
        olmo_core/optim/scheduler.py, CosWithWarmupAndLinearDecay; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> given = {"decay": 45, "decay_fraction": None, "max_steps": 100}
    >>> s = twins.olmo_core.CosWithWarmupAndLinearDecay(1.0, warmup=10, alpha_f=0.0, **given)
    >>> s(9), round(s(54), 12), s(99)
    (1.0, 0.5, 0.0)
    """
    run = read("CosWithWarmupAndLinearDecay", units, max_steps, max_tokens, tokens_per_update)
    total = end(run)
    main = fallen(run, lr, alpha_f, total if t_max is None else _accept.count(f"{run.where}.t_max", t_max),
                  (warmup, warmup_steps, warmup_fraction), warmup_min_lr, cosine)  # fmt: skip
    tail = part(run, "decay", decay, decay_steps, decay_fraction, total)
    if tail > total:
        raise ScheduleError(message(f"{run.where}.decay", f"must not exceed the run ({total})", tail))
    top = main(total - tail)
    return begun(run, main[: total - tail] >> last(run, top, tail, None, None, decay_min_lr))
