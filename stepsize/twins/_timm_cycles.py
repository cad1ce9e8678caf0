"""Timm's schedulers that go down once or in cycles: along a cosine, a hyperbolic tangent, or a power."""

import math
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear, polynomial, ramp
from stepsize.twins._timm_driving import driving, rate
from stepsize.twins._timm_turns import Cycles, Piece, cycles_of


def CosineLRScheduler(
    lr: Any,
    t_initial: Any,
    lr_min: Any = 0.0,
    cycle_mul: Any = 1.0,
    cycle_decay: Any = 1.0,
    cycle_limit: Any = 1,
    warmup_t: Any = 0,
    warmup_lr_init: Any = 0.0,
    warmup_prefix: Any = False,
    t_in_epochs: Any = True,
    noise_range_t: Any = None,
    noise_pct: Any = 0.67,
    noise_std: Any = 1.0,
    noise_seed: Any = 42,
    k_decay: Any = 1.0,
    initialize: Any = True,
    *,
    updates_per_epoch: Any = None,
    steps: Any = None,
) -> Schedule:
    """Half a cosine wave, or several, behind a warmup that by default hides the beginning of the first.

    With W = warmup_t, x = t - W where warmup_prefix, else t; cycle k lasts n = t_initial cycle_mul^k and starts at
    top = lr cycle_decay^k, and e is the time since its start:
        t < W                    warmup_lr_init + (lr - warmup_lr_init) t / W
        W <= t, k < cycle_limit  lr_min + (top - lr_min) (1 + cos(pi (e / n)^k_decay)) / 2
        after the last cycle     lr_min

    First update warmup_lr_init, or lr without a warmup; peak lr at W with warmup_prefix, else just before W, or at 0
    without a warmup; last update just above lr_min; after the end held at lr_min.

    Args:
        lr: the base rate of the group; >= 0.
        t_initial: epochs of the first cycle, or updates; > 0.
        lr_min: the end of each cycle, absolute; >= 0.
        cycle_mul: how many times as long each cycle is as the one before; > 0.
        cycle_decay: the factor of the peak from cycle to cycle; >= 0.
        cycle_limit: how many cycles; whole, >= 0.
        warmup_t: epochs of the warmup, or updates; >= 0.
        warmup_lr_init: the rate that the warmup starts at; >= 0.
        warmup_prefix: whether the first cycle begins after the warmup; else it begins at 0, and the rate drops from lr
            onto the wave.
        t_in_epochs: whether all lengths are epochs, and the rate moves once an epoch; else all are updates.
        noise_range_t: from which step, or between which two, the rate is noisy; None for nowhere.
        noise_pct: the largest noise, as a share of the rate; in (0, 1].
        noise_std: the standard deviation of the noise, as a share of the rate.
        noise_seed: what the noise is drawn from, together with the step; whole.
        k_decay: the power of the time in the wave; > 0, and with any but 1 the rates are a table.
        initialize: not of the rate, and not looked at: ``lr`` is what theirs keeps as ``initial_lr``.
        updates_per_epoch: updates of an epoch; whole, >= 1; needed with t_in_epochs.
        steps: updates of the run; whole, >= 1; needed with noise, which is a table, and with nothing else.

    Raises:
        ScheduleError: a number is out of its range, or what is needed is not given.

    Theirs:
        At some restarts with a cycle_mul of 3 or 10 (1210 with t_initial=10, cycle_mul=3) gives lr_min, for it finds
        the cycle by a rounded logarithm; ours gives the peak. With cycle_mul < 1 it raises some time after its end;
        ours is held. Takes k_decay <= 0, which gives lr_min or divides by zero; ours refuses it.

    Source:
        timm/scheduler/cosine_lr.py, CosineLRScheduler; release 1.0.31.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.timm.CosineLRScheduler(1.0, 100, 0.1, warmup_t=10, t_in_epochs=False)
    >>> s(0), s(9), round(s(10), 6), round(s(99), 6), s(100)
    (0.0, 0.9, 0.977975, 0.100222, 0.1)
    >>> s = twins.timm.CosineLRScheduler(3e-4, 95, 3e-5, warmup_t=5, warmup_prefix=True, updates_per_epoch=100)
    >>> print(s)
    (linear(0.0, 0.0003, 500) >> cosine(0.0003, 3e-05, 9500)).staircase(every=100) >> hold(3e-05, 0)
    """
    where = "twins.timm.CosineLRScheduler"
    d = driving(where, lr, (warmup_t, warmup_lr_init, warmup_prefix), (t_in_epochs, updates_per_epoch),
                (noise_range_t, noise_pct, noise_std, noise_seed, steps))  # fmt: skip
    cycles = cycles_of(d, t_initial, lr_min, cycle_mul, cycle_decay, cycle_limit)
    k = _accept.rate(f"{where}.k_decay", k_decay, above=0.0)
    if k != 1.0:
        return d.drive(cycles.listed(lambda u: 0.5 * (1.0 + math.cos(math.pi * u**k)), d.offset))
    return d.drive(cycles.laid(cosine))


def TanhLRScheduler(
    lr: Any,
    t_initial: Any,
    lb: Any = -7.0,
    ub: Any = 3.0,
    lr_min: Any = 0.0,
    cycle_mul: Any = 1.0,
    cycle_decay: Any = 1.0,
    cycle_limit: Any = 1,
    warmup_t: Any = 0,
    warmup_lr_init: Any = 0.0,
    warmup_prefix: Any = False,
    t_in_epochs: Any = True,
    noise_range_t: Any = None,
    noise_pct: Any = 0.67,
    noise_std: Any = 1.0,
    noise_seed: Any = 42,
    initialize: Any = True,
    *,
    updates_per_epoch: Any = None,
    steps: Any = None,
) -> Schedule:
    """A hyperbolic tangent, or several, behind a warmup that meets it.

    With W = warmup_t, x = t - W where warmup_prefix, else t; cycle k lasts n = t_initial cycle_mul^k and starts at
    top = lr cycle_decay^k, and e is the time since its start; h is lr where warmup_prefix, else the rate at W:
        t = 0, W = 0             lr
        t < W                    warmup_lr_init + (h - warmup_lr_init) t / W
        W <= t, k < cycle_limit  lr_min + (top - lr_min) (1 - tanh(lb (1 - e / n) + ub e / n)) / 2
        after the last cycle     lr_min

    First update warmup_lr_init, or lr without a warmup; peak at W, or at 0 without a warmup; last update above lr_min,
    onto which it drops; after the end held at lr_min.

    Args:
        lr: the base rate of the group; >= 0.
        t_initial: epochs of the first cycle, or updates; > 0.
        lb: where on the tangent a cycle starts; outside of [-20, 20] the rates are a table.
        ub: where on the tangent a cycle ends; above ``lb``.
        lr_min: the rate after the last cycle, absolute; >= 0.
        cycle_mul: how many times as long each cycle is as the one before; > 0.
        cycle_decay: the factor of the peak from cycle to cycle; >= 0.
        cycle_limit: how many cycles; whole, >= 0.
        warmup_t: epochs of the warmup, or updates; >= 0.
        warmup_lr_init: the rate that the warmup starts at; >= 0.
        warmup_prefix: whether the first cycle begins after the warmup; else it begins at 0.
        t_in_epochs: whether all lengths are epochs, and the rate moves once an epoch; else all are updates.
        noise_range_t: from which step, or between which two, the rate is noisy; None for nowhere.
        noise_pct: the largest noise, as a share of the rate; in (0, 1].
        noise_std: the standard deviation of the noise, as a share of the rate.
        noise_seed: what the noise is drawn from, together with the step; whole.
        initialize: not of the rate, and not looked at: ``lr`` is what theirs keeps as ``initial_lr``.
        updates_per_epoch: updates of an epoch; whole, >= 1; needed with t_in_epochs.
        steps: updates of the run; whole, >= 1; needed with noise, which is a table, and with nothing else.

    Raises:
        ScheduleError: a number is out of its range, or what is needed is not given.

    Theirs:
        At some restarts with a cycle_mul of 3 or 10 gives the end of the cycle before, for it finds the cycle by a
        rounded logarithm; ours gives the start of the next. With cycle_mul < 1 it raises some time after its end; ours
        is held.

    Source:
        timm/scheduler/tanh_lr.py, TanhLRScheduler; release 1.0.31.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.timm.TanhLRScheduler(1.0, 100, lr_min=0.1, t_in_epochs=False)
    >>> s(0), round(s(1), 6), round(s(70), 6), round(s(99), 6), s(100)
    (1.0, 0.999999, 0.55, 0.102717, 0.1)
    """
    where = "twins.timm.TanhLRScheduler"
    d = driving(where, lr, (warmup_t, warmup_lr_init, warmup_prefix), (t_in_epochs, updates_per_epoch),
                (noise_range_t, noise_pct, noise_std, noise_seed, steps))  # fmt: skip
    cycles = cycles_of(d, t_initial, lr_min, cycle_mul, cycle_decay, cycle_limit)
    low, high = _accept.rate(f"{where}.lb", lb), _accept.rate(f"{where}.ub", ub)
    if low >= high:
        raise ScheduleError(message(f"{where}.ub", f"must be > lb ({low:g})", ub))
    rest = _tangents(cycles, low, high, d.offset)
    return d.drive(rest, None if d.prefix else rest(d.warmup))


def PolyLRScheduler(
    lr: Any,
    t_initial: Any,
    power: Any = 0.5,
    lr_min: Any = 0.0,
    cycle_mul: Any = 1.0,
    cycle_decay: Any = 1.0,
    cycle_limit: Any = 1,
    warmup_t: Any = 0,
    warmup_lr_init: Any = 0.0,
    warmup_prefix: Any = False,
    t_in_epochs: Any = True,
    noise_range_t: Any = None,
    noise_pct: Any = 0.67,
    noise_std: Any = 1.0,
    noise_seed: Any = 42,
    k_decay: Any = 1.0,
    initialize: Any = True,
    *,
    updates_per_epoch: Any = None,
    steps: Any = None,
) -> Schedule:
    """A power of what is left, once or in cycles, behind a warmup that by default hides the beginning of the first.

    With W = warmup_t, x = t - W where warmup_prefix, else t; cycle k lasts n = t_initial cycle_mul^k and starts at
    top = lr cycle_decay^k, and e is the time since its start:
        t < W                    warmup_lr_init + (lr - warmup_lr_init) t / W
        W <= t, k < cycle_limit  lr_min + (top - lr_min) (1 - (e / n)^k_decay)^power
        after the last cycle     lr_min

    First update warmup_lr_init, or lr without a warmup; peak lr at W with warmup_prefix, else just before W, or at 0
    without a warmup; last update above lr_min; after the end held at lr_min.

    Args:
        lr: the base rate of the group; >= 0.
        t_initial: epochs of the first cycle, or updates; > 0.
        power: the exponent; >= 0, and with 0 the rate stays until the cycle ends.
        lr_min: the end of each cycle, absolute; >= 0.
        cycle_mul: how many times as long each cycle is as the one before; > 0.
        cycle_decay: the factor of the peak from cycle to cycle; >= 0.
        cycle_limit: how many cycles; whole, >= 0.
        warmup_t: epochs of the warmup, or updates; >= 0.
        warmup_lr_init: the rate that the warmup starts at; >= 0.
        warmup_prefix: whether the first cycle begins after the warmup; else it begins at 0, and the rate drops from lr
            onto the curve.
        t_in_epochs: whether all lengths are epochs, and the rate moves once an epoch; else all are updates.
        noise_range_t: from which step, or between which two, the rate is noisy; None for nowhere.
        noise_pct: the largest noise, as a share of the rate; in (0, 1].
        noise_std: the standard deviation of the noise, as a share of the rate.
        noise_seed: what the noise is drawn from, together with the step; whole.
        k_decay: the power of the time in it; > 0. With any but 1 the rates are a table, but for 2 and 0.5 where
            ``power`` is 1.
        initialize: not of the rate, and not looked at: ``lr`` is what theirs keeps as ``initial_lr``.
        updates_per_epoch: updates of an epoch; whole, >= 1; needed with t_in_epochs.
        steps: updates of the run; whole, >= 1; needed with noise, which is a table, and with nothing else.

    Raises:
        ScheduleError: a number is out of its range, or what is needed is not given.

    Theirs:
        At some restarts with a cycle_mul of 3 or 10 gives lr_min, for it finds the cycle by a rounded logarithm; ours
        gives the peak. With cycle_mul < 1 it raises some time after its end; ours is held. Takes a negative power,
        which rises, and k_decay <= 0; ours refuses both.

    Source:
        timm/scheduler/poly_lr.py, PolyLRScheduler; release 1.0.31.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.timm.PolyLRScheduler(1.0, 100, 1.0, 0.1, warmup_t=10, warmup_prefix=True, t_in_epochs=False))
    0 -> 1 in 10; -> 0.1 in 100
    """
    where = "twins.timm.PolyLRScheduler"
    d = driving(where, lr, (warmup_t, warmup_lr_init, warmup_prefix), (t_in_epochs, updates_per_epoch),
                (noise_range_t, noise_pct, noise_std, noise_seed, steps))  # fmt: skip
    cycles = cycles_of(d, t_initial, lr_min, cycle_mul, cycle_decay, cycle_limit)
    p, k = rate(f"{where}.power", power), _accept.rate(f"{where}.k_decay", k_decay, above=0.0)
    piece = _power(p, k)
    if piece is None:
        return d.drive(cycles.listed(lambda u: (1.0 - u**k) ** p, d.offset))
    return d.drive(cycles.laid(piece))


def _tangents(cycles: Cycles, lower: float, upper: float, offset: float) -> Schedule:
    """Theirs stops short of both rates; the language's tangent reaches its ends, so these are put where theirs are."""
    if lower < -20.0 or upper > 20.0:
        return cycles.listed(lambda u: 0.5 * (1.0 - math.tanh(lower * (1.0 - u) + upper * u)), offset)
    start, end = 0.5 * (1.0 - math.tanh(lower)), 0.5 * (1.0 - math.tanh(upper))
    shape = f"tanh({lower!r}, {upper!r})"
    return cycles.laid(lambda top, low, n: ramp(low + (top - low) * start, low + (top - low) * end, n, shape))


def _power(exponent: float, k: float) -> Piece | None:
    """One cycle of a polynomial; None where the language cannot say it."""
    if exponent == 0.0:
        return lambda top, low, n: hold(top, n)
    if exponent == 1.0 and k in (2.0, 0.5):
        shape = "square" if k == 2.0 else "one_minus_sqrt"
        return lambda top, low, n: ramp(top, low, n, shape)
    if k != 1.0:
        return None
    return linear if exponent == 1.0 else lambda top, low, n: polynomial(top, low, n, exponent)
