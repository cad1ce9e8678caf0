"""NeMo's schedules that warm up and anneal until ``max_steps``."""

from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear, polynomial
from stepsize.twins._nemo_phases import below, ended, fallen, over, read, updates, warmed


def WarmupPolicy(
    lr: Any, *, warmup_steps: Any = None, warmup_ratio: Any = None, max_steps: Any = None, min_lr: Any = 0.0
) -> Schedule:
    """Warm up and stay, and fall to ``min_lr`` after the run.

    With W = warmup:
        t <= W, W > 0         lr (t + 1) / (W + 1)
        W < t <= max_steps    lr
        max_steps < t         min_lr

    First update lr / (W + 1); peak at W; last update lr; after the end min_lr, from max_steps + 1 on.

    Args:
        lr: the base rate of the group; > 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.
        max_steps: updates of the run; whole, >= 1, or None for a run without an end.
        min_lr: the rate after the run; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or both a number of updates and a share are given.

    Theirs:
        A min_lr above lr makes the rate rise after the run; ours is held.

    Source:
        nemo/core/optim/lr_scheduler.py, WarmupPolicy; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.WarmupPolicy(1.0, warmup_steps=9, max_steps=100)
    >>> s(0), s(9), s(100), s(101)
    (0.1, 1.0, 1.0, 0.0)
    """
    run = read("twins.nemo.WarmupPolicy", lr, max_steps, min_lr, warmup_steps, warmup_ratio, open_=True)
    if run.steps is None:
        return warmed(run.peak, run.warmup, hold(run.peak))
    stay = hold(run.peak, max(1, run.steps + 1 - run.warmup))
    return ended(warmed(run.peak, run.warmup, stay), run.floor)


def WarmupAnnealHoldPolicy(
    lr: Any, *, warmup_steps: Any = None, warmup_ratio: Any = None, constant_steps: Any = None,
    constant_ratio: Any = None, max_steps: Any = None, min_lr: Any = 0.0,
) -> Schedule:  # fmt: skip
    """Warm up and stay, with ``min_lr`` for the last updates of the run.

    With W = warmup, C = constant updates, D = max_steps - W - C:
        t <= W, W > 0    lr (t + 1) / (W + 1)
        W < t <= W + D   lr
        W + D < t        min_lr

    First update lr / (W + 1); peak at W; last update min_lr, or lr where C <= 1; after the end held at min_lr.

    Args:
        lr: the base rate of the group; > 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.
        constant_steps: last updates of the run, at min_lr; whole, >= 0.
        constant_ratio: the same as a share of max_steps, rounded down; >= 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate at the end; >= 0.

    Raises:
        ScheduleError: a number is out of its range, max_steps is None, or both a number and a share are given.

    Theirs:
        A min_lr above lr makes the rate rise after the run; ours is held.

    Source:
        nemo/core/optim/lr_scheduler.py, WarmupAnnealHoldPolicy; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.WarmupAnnealHoldPolicy(1.0, warmup_steps=9, constant_steps=20, max_steps=100, min_lr=0.1)
    >>> s(0), s(80), s(81)
    (0.1, 1.0, 0.1)
    """
    where = "twins.nemo.WarmupAnnealHoldPolicy"
    run = read(where, lr, max_steps, min_lr, warmup_steps, warmup_ratio)
    constant = updates(where, "constant", constant_steps, constant_ratio, run.steps) or 0
    stay = run.steps - run.warmup - constant
    rest = hold(run.peak, max(0, stay) + 1) if stay >= 0 or run.warmup else over(run)
    if constant <= 1:  # the fall comes after the run
        return ended(warmed(run.peak, run.warmup, rest), run.floor)
    return warmed(run.peak, run.warmup, rest) >> hold(run.floor, constant - 1)


def SquareAnnealing(
    lr: Any, *, max_steps: Any, min_lr: Any = 1e-5, warmup_steps: Any = None, warmup_ratio: Any = None
) -> Schedule:
    """Warm up, and fall as the square of what is left of the run, not below ``min_lr``.

    With W = warmup, N = max_steps - W:
        t <= W, W > 0         lr (t + 1) / (W + 1)
        W < t <= max_steps    max(min_lr, lr (1 - (t - W) / N)^2)
        max_steps < t         min_lr

    First update lr / (W + 1); peak at W; last update min_lr or lr / N^2; after the end held at min_lr.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate that it does not fall below; >= 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or both a number of updates and a share are given.

    Source:
        nemo/core/optim/lr_scheduler.py, SquareAnnealing, _square_annealing; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.SquareAnnealing(1.0, max_steps=100, min_lr=0.01)
    >>> s(0), s(50), s(100)
    (1.0, 0.25, 0.01)
    """
    run = read("twins.nemo.SquareAnnealing", lr, max_steps, min_lr, warmup_steps, warmup_ratio)
    if run.warmup >= run.steps:
        return warmed(run.peak, run.warmup, over(run))
    fall = polynomial(run.peak, 0.0, run.steps - run.warmup, 2)
    return warmed(run.peak, run.warmup, fall.clip(run.floor) if run.floor else fall)


def SquareRootAnnealing(
    lr: Any, *, max_steps: Any, min_lr: Any = 0, warmup_steps: Any = None, warmup_ratio: Any = None
) -> Schedule:
    """Warm up, and fall as the square root of what is left of the run, not below ``min_lr``.

    With W = warmup, T = max_steps:
        t <= W, W > 0    lr (t + 1) / (W + 1)
        W < t <= T       max(min_lr, lr sqrt(1 - t / T))
        T < t            min_lr

    First update lr / (W + 1); peak at W; last update lr / sqrt(T) or min_lr; after the end held at min_lr.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate that it does not fall below; >= 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or both a number of updates and a share are given.

    Theirs:
        The root does not subtract the warmup, so that the rate jumps down after its peak; ours does the same.

    Source:
        nemo/core/optim/lr_scheduler.py, SquareRootAnnealing, _squareroot_annealing; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.SquareRootAnnealing(1.0, max_steps=100, warmup_steps=19)
    >>> s(0), s(19), s(36), s(100)
    (0.05, 1.0, 0.8, 0.0)
    """
    run = read("twins.nemo.SquareRootAnnealing", lr, max_steps, min_lr, warmup_steps, warmup_ratio)
    fall = polynomial(run.peak, 0.0, run.steps, 0.5)[run.warmup :]
    return warmed(run.peak, run.warmup, fall.clip(run.floor) if run.floor else fall)


def CosineAnnealing(
    lr: Any, *, max_steps: Any, min_lr: Any = 0, warmup_steps: Any = None, warmup_ratio: Any = None,
    constant_steps: Any = None, constant_ratio: Any = None, first_lr: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, half a cosine wave down to ``min_lr``, and stay there for the last updates.

    With W = warmup, C = constant updates, N = max_steps - W - C:
        t <= W, W > 0, C = 0    lr (t + 1) / (W + 1)
        t <= W, W > 0, C > 0    lr t / W
        W < t <= W + N          min_lr + (lr - min_lr) (1 + cos(pi (t - W) / N)) / 2
        W + N < t               min_lr

    First update lr / (W + 1), or 0 where C > 0; peak at W; last update just above min_lr; after the end held at
    min_lr.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the minimum; >= 0, at most lr, and less than lr where C > 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.
        constant_steps: last updates of the run, at min_lr; whole, >= 0.
        constant_ratio: the same as a share of max_steps, rounded down; >= 0.
        first_lr: the base rate of the first group, where this is another one; matters only where C > 0.

    Raises:
        ScheduleError: a number is out of its range, both a number of updates and a share are given, or warmup is 0
            and C is the whole run.

    Theirs:
        With constant updates another formula: the warmup starts at 0, and all groups get the rate of the first. Ours
        does the same.

    Source:
        nemo/core/optim/lr_scheduler.py, CosineAnnealing and its two functions; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.nemo.CosineAnnealing(1.0, max_steps=100, warmup_steps=9, min_lr=0.1))
    0.1 -> 1 in 9; -> 0.1 cosine in 91
    >>> print(twins.nemo.CosineAnnealing(1.0, max_steps=100, warmup_steps=9, min_lr=0.1, constant_steps=20))
    0 -> 1 in 9; -> 0.1 cosine in 71; hold for 20
    """
    where = "twins.nemo.CosineAnnealing"
    run = read(where, lr, max_steps, min_lr, warmup_steps, warmup_ratio)
    constant = updates(where, "constant", constant_steps, constant_ratio, run.steps) or 0
    below(where, run.peak, run.floor)
    if constant:
        peak = run.peak if first_lr is None else _accept.rate(f"{where}.first_lr", first_lr, above=0.0)
        return _cosine_constant(
            where, peak, run.floor, run.warmup, run.steps - run.warmup - constant, constant
        )
    if run.warmup >= run.steps:
        return warmed(run.peak, run.warmup, over(run))
    return warmed(run.peak, run.warmup, cosine(run.peak, run.floor, run.steps - run.warmup))


def _cosine_constant(
    where: str, peak: float, floor: float, warmup: int, fall: int, constant: int
) -> Schedule:
    """The formula with constant updates at the end."""
    if floor >= peak:
        raise ScheduleError(message(f"{where}.min_lr", f"must be less than lr ({peak:g})", floor))
    if fall == 0 == warmup:
        rule = "must leave updates for the cosine"
        raise ScheduleError(message(f"{where}.constant_steps", rule, constant, "Give fewer."))
    if fall <= 0:
        top = hold(peak, 1) if warmup else hold(floor, 0)
        return linear(0.0, peak, warmup) >> top >> hold(floor, max(0, fall + constant - 1))
    return linear(0.0, peak, warmup) >> cosine(peak, floor, fall) >> hold(floor, constant)


def WarmupAnnealing(
    lr: Any, *, max_steps: Any, min_lr: Any = 0.0, warmup_steps: Any = None, warmup_ratio: Any = None,
    first_lr: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, and straight down to ``min_lr``.

    With W = warmup, N = max_steps - W, F = first_lr:
        t <= W, W > 0         lr (t + 1) / (W + 1)
        W < t <= max_steps    min_lr + (F - min_lr) (1 - (t - W) / N)
        max_steps < t         min_lr

    First update lr / (W + 1); peak at W; last update just above min_lr; after the end held at min_lr.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate at the end; >= 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.
        first_lr: the base rate of the first group, where this is another one; > 0.

    Raises:
        ScheduleError: a number is out of its range, or both a number of updates and a share are given.

    Theirs:
        After the warmup all groups get the rate of the first; so does ours, given first_lr.

    Source:
        nemo/core/optim/lr_scheduler.py, WarmupAnnealing; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.nemo.WarmupAnnealing(1.0, max_steps=100, warmup_steps=9))
    0.1 -> 1 in 9; -> 0 in 91
    """
    where = "twins.nemo.WarmupAnnealing"
    run = read(where, lr, max_steps, min_lr, warmup_steps, warmup_ratio)
    top = run.peak if first_lr is None else _accept.rate(f"{where}.first_lr", first_lr, above=0.0)
    if run.warmup >= run.steps:
        return warmed(run.peak, run.warmup, over(run))
    return warmed(run.peak, run.warmup, linear(top, run.floor, run.steps - run.warmup))


def PolynomialDecayAnnealing(
    lr: Any, *, max_steps: Any, min_lr: Any = 0.0, power: Any = 1.0, cycle: Any = False,
    warmup_steps: Any = None, warmup_ratio: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, and fall to ``min_lr`` as a power of what is left of the run.

    With W = warmup, N = max_steps - W:
        t <= W, W > 0         lr (t + 1) / (W + 1)
        W < t <= max_steps    min_lr + (lr - min_lr) (1 - (t - W) / N)^power
        max_steps < t         min_lr

    First update lr / (W + 1); peak at W; last update just above min_lr; after the end held at min_lr.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate at the end; >= 0.
        power: the exponent; >= 0, and with 0 the rate stays at its peak.
        cycle: without effect, in theirs too: the run ends with the first cycle.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or both a number of updates and a share are given. Theirs raises
            for a negative power when it comes to max_steps.

    Source:
        nemo/core/optim/lr_scheduler.py, PolynomialDecayAnnealing, _poly_decay; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.nemo.PolynomialDecayAnnealing(1.0, max_steps=100, warmup_steps=9, power=2.0))
    0.1 -> 1 in 9; -> 0 power(2) in 91
    """
    where = "twins.nemo.PolynomialDecayAnnealing"
    run = read(where, lr, max_steps, min_lr, warmup_steps, warmup_ratio)
    exponent = _accept.rate(f"{where}.power", power, least=0.0)
    if run.warmup >= run.steps:
        return warmed(run.peak, run.warmup, over(run))
    fall = fallen(run.peak, run.floor, run.steps - run.warmup, exponent)
    return ended(warmed(run.peak, run.warmup, fall), run.floor)
