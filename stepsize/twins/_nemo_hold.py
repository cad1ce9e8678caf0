"""NeMo's schedules that warm up, hold the peak, and fall until ``max_steps``."""

import math
from typing import Any

from stepsize import _accept, tails
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, decay, hold, linear, ramp
from stepsize.schedule.chain import chain
from stepsize.twins._nemo_phases import Run, ended, fallen, over, read, updates, warmed


def _read(where: str, *given: Any) -> tuple[Run, int]:
    """The numbers, and where the peak ends: at ``hold`` + warmup, or at 0 where no hold is given, as in theirs."""
    *plain, hold_steps, hold_ratio = given
    run = read(where, *plain)
    held = updates(where, "hold", hold_steps, hold_ratio, run.steps)
    return run, 0 if held is None else held + run.warmup


def _held(run: Run, top: int, fade: Schedule) -> Schedule:
    """Warm up, hold until ``top``, and fade; ``fade`` counts from ``top`` on, be it before the warmup's end."""
    start = max(run.warmup, top)
    rest = fade[start - top :] if start <= run.steps else over(run)
    if top > run.warmup:
        rest = hold(run.peak, top - run.warmup) >> rest
    return ended(warmed(run.peak, run.warmup, rest), run.floor)


def WarmupHoldPolicy(
    lr: Any, *, warmup_steps: Any = None, warmup_ratio: Any = None, hold_steps: Any = None,
    hold_ratio: Any = None, max_steps: Any = None, min_lr: Any = 0.0,
) -> Schedule:  # fmt: skip
    """Warm up and stay, and fall to ``min_lr`` after the run.

    With W = warmup, H = W + hold:
        t <= W, W > 0                      lr (t + 1) / (W + 1)
        W < t <= max_steps, or t < H       lr
        beyond both                        min_lr

    First update lr / (W + 1); peak at W; last update lr; after the end min_lr, from max_steps + 1 on.

    Args:
        lr: the base rate of the group; > 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.
        hold_steps: updates at the peak, counted from the end of the warmup; whole, >= 0.
        hold_ratio: the same as a share of max_steps, rounded down; >= 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate after the run; >= 0.

    Raises:
        ScheduleError: a number is out of its range, max_steps is None, or both a number and a share are given.

    Theirs:
        Without max_steps it raises a TypeError as soon as the hold ends. A min_lr above lr makes the rate rise after
        the run; ours is held.

    Source:
        nemo/core/optim/lr_scheduler.py, WarmupHoldPolicy; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.WarmupHoldPolicy(1.0, warmup_steps=9, hold_steps=20, max_steps=100)
    >>> s(0), s(9), s(100), s(101)
    (0.1, 1.0, 1.0, 0.0)
    """
    run, top = _read("twins.nemo.WarmupHoldPolicy",
                     lr, max_steps, min_lr, warmup_steps, warmup_ratio, hold_steps, hold_ratio)  # fmt: skip
    return _held(run, top, hold(run.peak, max(0, run.steps + 1 - top)))


def WarmupHoldAnnealOneMinusSquareRoot(
    lr: Any, *, max_steps: Any, min_lr: Any = 0.0, warmup_steps: Any = None, warmup_ratio: Any = None,
    hold_steps: Any = None, hold_ratio: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, hold, and fall as 1 - sqrt of the way to the end of the run, not below ``min_lr``.

    With W = warmup, H = W + hold, or 0 where no hold is given, T = max_steps:
        t <= W, W > 0     lr (t + 1) / (W + 1)
        W < t < H         lr
        beyond, t <= T    max(min_lr, lr (1 - sqrt((t - H) / (T - H))))
        T < t             min_lr

    First update lr / (W + 1); peak at W; last update just above 0, or min_lr; after the end held at min_lr.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate that it does not fall below; >= 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.
        hold_steps: updates at the peak, counted from the end of the warmup; whole, >= 0.
        hold_ratio: the same as a share of max_steps, rounded down; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or both a number of updates and a share are given.

    Theirs:
        Without a hold the fall counts from 0 and not from the end of the warmup, so that the rate jumps down after its
        peak; ours does the same, and hold_steps=0 avoids it. Where the hold ends with the run, theirs divides by zero
        at max_steps; ours is min_lr there.

    Source:
        nemo/core/optim/lr_scheduler.py, WarmupHoldAnnealOneMinusSquareRoot; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.WarmupHoldAnnealOneMinusSquareRoot(1.0, max_steps=100, warmup_steps=9, hold_steps=51)
    >>> print(s)
    0.1 -> 1 in 9; hold for 51; -> 0 one_minus_sqrt in 40
    """
    run, top = _read("twins.nemo.WarmupHoldAnnealOneMinusSquareRoot",
                     lr, max_steps, min_lr, warmup_steps, warmup_ratio, hold_steps, hold_ratio)  # fmt: skip
    fall = ramp(run.peak, 0.0, max(0, run.steps - top), shape="one_minus_sqrt")
    return _held(run, top, fall.clip(run.floor) if run.floor else fall)


def WarmupHoldAnnealLinear(
    lr: Any, *, max_steps: Any, min_lr: Any = 0.0, warmup_steps: Any = None, warmup_ratio: Any = None,
    hold_steps: Any = None, hold_ratio: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, hold, and go straight to ``min_lr``.

    With W = warmup, H = W + hold, or 0 where no hold is given, T = max_steps:
        t <= W, W > 0     lr (t + 1) / (W + 1)
        W < t < H         lr
        beyond, t <= T    lr - (lr - min_lr) (t - H) / (T - H)
        T < t             min_lr

    First update lr / (W + 1); peak at W; last update just above min_lr; after the end held at min_lr.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate at the end; >= 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.
        hold_steps: updates at the peak, counted from the end of the warmup; whole, >= 0.
        hold_ratio: the same as a share of max_steps, rounded down; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or both a number of updates and a share are given.

    Theirs:
        Without a hold the fall counts from 0 and not from the end of the warmup, so that the rate jumps down after its
        peak; ours does the same, and hold_steps=0 avoids it. Where the hold ends with the run, theirs divides by zero
        at max_steps; ours is min_lr there.

    Source:
        nemo/core/optim/lr_scheduler.py, WarmupHoldAnnealLinear; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.nemo.WarmupHoldAnnealLinear(1.0, max_steps=100, warmup_steps=9, hold_steps=51))
    0.1 -> 1 in 9; hold for 51; -> 0 in 40
    """
    run, top = _read("twins.nemo.WarmupHoldAnnealLinear",
                     lr, max_steps, min_lr, warmup_steps, warmup_ratio, hold_steps, hold_ratio)  # fmt: skip
    return _held(run, top, linear(run.peak, run.floor, max(0, run.steps - top)))


def NoamHoldAnnealing(
    lr: Any, *, max_steps: Any, decay_rate: Any = 0.5, min_lr: Any = 0.0, warmup_steps: Any = None,
    warmup_ratio: Any = None, hold_steps: Any = None, hold_ratio: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, hold, and fall as a power of the updates since the hold, not below ``min_lr``.

    With W = warmup, h = hold, T = max_steps, d = decay_rate:
        t <= W                lr (t + 1) / (W + 1)
        W < t < W + h         lr
        W + h <= t <= T       max(min_lr, lr (W / (t - h))^d)
        T < t, W + h <= t     min_lr

    First update lr / (W + 1); peak at W; last update lr (W / (T - 1 - h))^d; after the end min_lr, from T + 1 on.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1.
        decay_rate: the exponent; with 0 or less the rate stays at its peak.
        min_lr: the rate that it does not fall below, and falls to after the run; >= 0.
        warmup_steps: updates of the warmup; whole, >= 1 unless the hold lasts to the end.
        warmup_ratio: the same as a share of max_steps, rounded down; > 0.
        hold_steps: updates at the peak, counted from the end of the warmup; whole, >= 0.
        hold_ratio: the same as a share of max_steps, rounded down; >= 0.

    Raises:
        ScheduleError: a number is out of its range, both a number of updates and a share are given, or there is no
            warmup.

    Theirs:
        A min_lr above the last rate makes it rise after the run; ours is held.

    Source:
        nemo/core/optim/lr_scheduler.py, NoamHoldAnnealing, _noam_hold_annealing; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.NoamHoldAnnealing(1.0, max_steps=1000, warmup_steps=9, hold_steps=40)
    >>> s(0), s(48), s(40 + 36), s(1001)
    (0.1, 1.0, 0.5, 0.0)
    """
    where = "twins.nemo.NoamHoldAnnealing"
    run, top = _read(where, lr, max_steps, min_lr, warmup_steps, warmup_ratio, hold_steps, hold_ratio)
    rate = _accept.rate(f"{where}.decay_rate", decay_rate)
    if run.warmup == 0 and top < run.steps:
        raise ScheduleError(message(f"{where}.warmup_steps", "must be at least 1 update", run.warmup))
    start = max(run.warmup, top)
    left = max(0, run.steps + 1 - start)
    tail = tails.power_law(run.warmup, rate) if rate > 0.0 and run.warmup else None
    fall = decay(run.peak, tail, left) if tail else hold(run.peak, left)
    return _held(run, start, fall.clip(run.floor) if run.floor else fall)


def PolynomialHoldDecayAnnealing(
    lr: Any, *, max_steps: Any, min_lr: Any = 0.0, power: Any = 1.0, cycle: Any = False,
    warmup_steps: Any = None, warmup_ratio: Any = None, hold_steps: Any = None, hold_ratio: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, hold, and fall to ``min_lr`` as a power of what is left.

    With W = warmup, H = W + hold, or 0 where no hold is given, T = max_steps, N = T - max(W, H):
        t <= W, W > 0     lr (t + 1) / (W + 1)
        W < t < H         lr
        beyond, t <= T    min_lr + (lr - min_lr) (1 - (t - H) / N)^power, and min_lr where t - H > N
        T < t             min_lr

    First update lr / (W + 1); peak at W; last update just above min_lr, or min_lr; after the end held at min_lr.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate at the end; >= 0.
        power: the exponent; >= 0, and with 0 the rate stays at its peak.
        cycle: where t - H > N, the fall again with N twice or more times as long; True or False.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.
        hold_steps: updates at the peak, counted from the end of the warmup; whole, >= 0.
        hold_ratio: the same as a share of max_steps, rounded down; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or both a number of updates and a share are given. Theirs raises
            for a negative power when it comes to the end.

    Theirs:
        Without a hold the fall counts from 0 and not from the end of the warmup, but lasts as if it did: the rate
        jumps down after its peak, and is at min_lr before the end. Ours does the same, and hold_steps=0 avoids it.
        Where the hold ends with the run, theirs divides by zero at max_steps; ours is min_lr there.

    Source:
        nemo/core/optim/lr_scheduler.py, PolynomialHoldDecayAnnealing, _poly_decay; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.nemo.PolynomialHoldDecayAnnealing(1.0, max_steps=100, warmup_steps=9, hold_steps=51, power=2.0))
    0.1 -> 1 in 9; hold for 51; -> 0 power(2) in 40
    """
    where = "twins.nemo.PolynomialHoldDecayAnnealing"
    run, top = _read(where, lr, max_steps, min_lr, warmup_steps, warmup_ratio, hold_steps, hold_ratio)
    exponent = _accept.rate(f"{where}.power", power, least=0.0)
    left = run.steps - max(run.warmup, top)
    if left <= 0 or exponent == 0.0:
        return _held(run, top, hold(run.peak, run.steps + 1 - top) if left > 0 else over(run))
    if top or not run.warmup:
        return _held(run, top, fallen(run.peak, run.floor, left, exponent))
    return _held(run, top, _unheld(run, left, exponent, bool(cycle)))


def _unheld(run: Run, left: int, power: float, cycle: bool) -> Schedule:
    """The fall of ``left`` updates that counts from 0 although it begins after the warmup."""
    if not cycle:
        return fallen(run.peak, run.floor, left, power) >> hold(run.floor, run.warmup)
    first, last = math.ceil((run.warmup + 1) / left), math.ceil(run.steps / left)
    starts = [run.warmup, *((k - 1) * left + 1 for k in range(first + 1, last + 1)), run.steps + 1]
    falls = (fallen(run.peak, run.floor, k * left, power) for k in range(first, last + 1))
    laid = (fall[a:b] for fall, a, b in zip(falls, starts, starts[1:], strict=False))
    return chain(hold(run.peak, run.warmup), *laid)
