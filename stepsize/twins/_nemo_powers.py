"""NeMo's schedules that fall as the inverse square root of the updates."""

from typing import Any

from stepsize import _accept, tails
from stepsize.schedule import Schedule, decay, hold, linear
from stepsize.twins._nemo_phases import below, ended, over, read, updates, warmed


def NoamAnnealing(
    lr: Any, *, d_model: Any, warmup_steps: Any = None, warmup_ratio: Any = None, max_steps: Any = None,
    min_lr: Any = 0.0,
) -> Schedule:  # fmt: skip
    """Up in a straight line and down as the inverse square root of the updates, for ever.

    With W = warmup, s = max(1, t), k = lr / sqrt(d_model):
        s <= W    k s / W^1.5
        W < s     max(min_lr, k / sqrt(s))

    First update k / W^1.5, as the second; peak k / sqrt(W) at W; last update k / sqrt(t); after the end it goes on.

    Args:
        lr: the factor of the group; > 0.
        d_model: the width of the model; > 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.
        max_steps: updates of the run, for warmup_ratio only; whole, >= 1.
        min_lr: the rate that it does not fall below after the warmup; >= 0, at most lr.

    Raises:
        ScheduleError: a number is out of its range, both a number of updates and a share are given, or min_lr exceeds
            lr.

    Source:
        nemo/core/optim/lr_scheduler.py, NoamAnnealing; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.NoamAnnealing(1.0, d_model=4, warmup_steps=100)
    >>> [round(s(t), 6) for t in (0, 1, 50, 100, 400)]
    [0.0005, 0.0005, 0.025, 0.05, 0.025]
    """
    where = "twins.nemo.NoamAnnealing"
    run = read(where, lr, max_steps, min_lr, warmup_steps, warmup_ratio, open_=True)
    below(where, run.peak, run.floor)
    scale = run.peak * _accept.rate(f"{where}.d_model", d_model, above=0.0) ** -0.5
    if run.warmup == 0:
        s = hold(scale, 1) >> decay(scale, tails.power_law(1, 0.5))
        return s.clip(run.floor) if run.floor else s
    first, peak = scale * run.warmup**-1.5, scale * run.warmup**-0.5
    fall = decay(peak, tails.power_law(run.warmup, 0.5))
    if run.floor:
        fall = fall.clip(run.floor) if run.floor <= peak else hold(peak, 1) >> hold(run.floor)
    return hold(first, 1) >> linear(first, peak, run.warmup - 1) >> fall


def InverseSquareRootAnnealing(
    lr: Any, *, max_steps: Any, min_lr: Any = 0.0, warmup_steps: Any = None, warmup_ratio: Any = None
) -> Schedule:
    """Warm up, fall as the inverse square root of the updates, and to ``min_lr`` after the run.

    With W = warmup:
        t <= W, W > 0         lr (t + 1) / (W + 1)
        W < t <= max_steps    lr sqrt((W + 1) / (t + 1))
        max_steps < t         min_lr

    First update lr / (W + 1); peak at W; last update lr sqrt((W + 1) / max_steps); after the end min_lr.

    Args:
        lr: the base rate of the group; > 0.
        max_steps: updates of the run; whole, >= 1, or None for a run without an end.
        min_lr: the rate after the run; >= 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        warmup_ratio: the same as a share of max_steps, rounded down; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or both a number of updates and a share are given.

    Theirs:
        A min_lr above the last rate makes it rise after the run; ours is held.

    Source:
        nemo/core/optim/lr_scheduler.py, InverseSquareRootAnnealing; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.InverseSquareRootAnnealing(1.0, max_steps=100, warmup_steps=9)
    >>> s(0), s(9), s(39), s(101)
    (0.1, 1.0, 0.5, 0.0)
    """
    run = read(
        "twins.nemo.InverseSquareRootAnnealing", lr, max_steps, min_lr, warmup_steps, warmup_ratio, open_=True
    )
    tail = tails.power_law(run.warmup + 1, 0.5)
    if run.steps is None:
        return warmed(run.peak, run.warmup, decay(run.peak, tail))
    left = run.steps + 1 - run.warmup
    rest = decay(run.peak, tail, left) if left > 0 else over(run)
    return ended(warmed(run.peak, run.warmup, rest), run.floor)


def T5InverseSquareRootAnnealing(
    lr: Any, *, max_steps: Any, min_lr: Any = 0.0, constant_steps: Any = None, constant_ratio: Any = None
) -> Schedule:
    """Stay, then fall as the inverse square root of the updates, whatever the base rate is.

    With C = constant_steps:
        t <= C                1 / sqrt(C)
        C < t <= max_steps    1 / sqrt(t)
        beyond both           min_lr

    First update 1 / sqrt(C); peak from 0 to C; last update 1 / sqrt(max_steps - 1); after the end min_lr.

    Args:
        lr: the base rate of the group; > 0. It changes nothing, in theirs too.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate after the run; >= 0.
        constant_steps: updates at the first rate; whole, >= 1.
        constant_ratio: must be None.

    Raises:
        ScheduleError: a number is out of its range, or constant_steps is not given. Theirs raises a TypeError there,
            also where constant_ratio is given in its place.

    Theirs:
        A min_lr above the last rate makes it rise after the run; ours is held.

    Source:
        nemo/core/optim/lr_scheduler.py, T5InverseSquareRootAnnealing, SquareRootConstantPolicy; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.T5InverseSquareRootAnnealing(1.0, max_steps=1000, constant_steps=100)
    >>> s(0), s(100), s(400), s(1001)
    (0.1, 0.1, 0.05, 0.0)
    """
    where = "twins.nemo.T5InverseSquareRootAnnealing"
    first, flat, left, floor = _constant(where, lr, max_steps, min_lr, constant_steps, constant_ratio)
    fall = decay(first, tails.power_law(flat, 0.5), left + 1) if left > 0 else hold(first, 1)
    return ended(hold(first, flat) >> fall, floor)


def SquareRootConstantPolicy(
    lr: Any,
    *,
    constant_steps: Any = None,
    constant_ratio: Any = None,
    max_steps: Any = None,
    min_lr: Any = 0.0,
) -> Schedule:
    """Stay at 1 / sqrt(constant_steps), then at the base rate, and fall to ``min_lr`` after the run.

    With C = constant_steps:
        t <= C                1 / sqrt(C)
        C < t <= max_steps    lr
        beyond both           min_lr

    First update 1 / sqrt(C); peak the higher of 1 / sqrt(C) and lr; last update lr; after the end min_lr.

    Args:
        lr: the base rate of the group; > 0.
        constant_steps: updates at the first rate; whole, >= 1.
        constant_ratio: must be None.
        max_steps: updates of the run; whole, >= 1.
        min_lr: the rate after the run; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or constant_steps is not given. Theirs raises a TypeError there,
            also where constant_ratio is given in its place.

    Theirs:
        A min_lr above the last rate makes it rise after the run; ours is held.

    Source:
        nemo/core/optim/lr_scheduler.py, SquareRootConstantPolicy; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nemo.SquareRootConstantPolicy(0.5, constant_steps=100, max_steps=1000)
    >>> s(0), s(100), s(101), s(1001)
    (0.1, 0.1, 0.5, 0.0)
    """
    where = "twins.nemo.SquareRootConstantPolicy"
    peak = _accept.rate(f"{where}.lr", lr, above=0.0)
    first, flat, left, floor = _constant(where, lr, max_steps, min_lr, constant_steps, constant_ratio)
    return ended(hold(first, flat + 1) >> hold(peak if left > 0 else first, max(0, left)), floor)


def _constant(
    where: str, lr: Any, max_steps: Any, min_lr: Any, constant_steps: Any, constant_ratio: Any
) -> tuple[float, int, int, float]:
    """The first rate, how long it stays, how many updates are left, and the floor."""
    run = read(where, lr, max_steps, min_lr, None, None)
    updates(where, "constant", constant_steps, constant_ratio, run.steps)
    flat = _accept.count(f"{where}.constant_steps", constant_steps)
    return flat**-0.5, flat, run.steps - flat, run.floor
