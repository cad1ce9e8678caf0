"""Timm's schedulers that drop, that warm up, stay and decay, and the one that answers to a metric."""

import math
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NoReturn

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, decay, exponential, hold, ramp, table
from stepsize.schedule.chain import chain
from stepsize.twins._metric import refuse
from stepsize.twins._powers import powers
from stepsize.twins._timm_driving import LISTED, Driving, driving, rate, span, steady, steps_of

_STABLE = ("constant", "rsqrt", "power")
_SHAPES = {"linear": "linear", "1-sqrt": "one_minus_sqrt", "cosine": "cosine", "power": "", "exp": ""}
_POWERS = {0.5: "one_minus_sqrt", 1.0: "linear", 2.0: "square"}


def StepLRScheduler(
    lr: Any,
    decay_t: Any,
    decay_rate: Any = 1.0,
    warmup_t: Any = 0,
    warmup_lr_init: Any = 0.0,
    warmup_prefix: Any = True,
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
    """A drop every ``decay_t``, behind a warmup.

    With W = warmup_t, x = t - W where warmup_prefix, else t:
        t < W     warmup_lr_init + (lr - warmup_lr_init) t / W
        W <= t    lr decay_rate^floor(x / decay_t)

    First update warmup_lr_init, or lr without a warmup; peak lr at W; last update as many drops below it as there were;
    after the end it goes on, for there is none.

    Args:
        lr: the base rate of the group; >= 0.
        decay_t: epochs from drop to drop, or updates; > 0.
        decay_rate: the factor of a drop; >= 0.
        warmup_t: epochs of the warmup, or updates; >= 0.
        warmup_lr_init: the rate that the warmup starts at; >= 0.
        warmup_prefix: whether drops are counted from the end of the warmup; else from 0.
        t_in_epochs: whether all lengths are epochs, and the rate moves once an epoch; else all are updates.
        noise_range_t: from which step, or between which two, the rate is noisy; None for nowhere.
        noise_pct: the largest noise, as a share of the rate; in (0, 1].
        noise_std: the standard deviation of the noise, as a share of the rate.
        noise_seed: what the noise is drawn from, together with the step; whole.
        initialize: not of the rate, and not looked at: ``lr`` is what theirs keeps as ``initial_lr``.
        updates_per_epoch: updates of an epoch; whole, >= 1; needed with t_in_epochs.
        steps: updates of the run; whole, >= 1; needed with noise, which is a table, and with nothing else.

    Raises:
        ScheduleError: a number is out of its range, or what is needed is not given. Theirs takes a negative rate.

    Source:
        timm/scheduler/step_lr.py, StepLRScheduler; release 1.0.31.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.timm.StepLRScheduler(1.0, decay_t=30, decay_rate=0.5, updates_per_epoch=10)
    >>> s(0), s(299), s(300), s(600)
    (1.0, 1.0, 0.5, 0.25)
    """
    where = "twins.timm.StepLRScheduler"
    d = driving(where, lr, (warmup_t, warmup_lr_init, warmup_prefix), (t_in_epochs, updates_per_epoch),
                (noise_range_t, noise_pct, noise_std, noise_seed, steps))  # fmt: skip
    every, factor = span(f"{where}.decay_t", decay_t), rate(f"{where}.decay_rate", decay_rate)
    return d.drive(powers(d.lr, factor, steady(every, d.each), stairs=True))


def MultiStepLRScheduler(
    lr: Any,
    decay_t: Any,
    decay_rate: Any = 1.0,
    warmup_t: Any = 0,
    warmup_lr_init: Any = 0.0,
    warmup_prefix: Any = True,
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
    """Drops at milestones, each one step before its milestone, behind a warmup.

    With W = warmup_t, x = t - W where warmup_prefix, else t:
        t = 0, W = 0    lr
        t < W           warmup_lr_init + (lr - warmup_lr_init) t / W
        W <= t          lr decay_rate^(how many of decay_t are <= x + 1)

    First update warmup_lr_init, or lr without a warmup; peak lr at W; last update as many drops below it as there were;
    after the end held.

    Args:
        lr: the base rate of the group; >= 0.
        decay_t: the milestones in order, epochs or updates; >= 0.
        decay_rate: the factor of a drop; >= 0.
        warmup_t: epochs of the warmup, or updates; >= 0.
        warmup_lr_init: the rate that the warmup starts at; >= 0.
        warmup_prefix: whether milestones are counted from the end of the warmup; else from 0.
        t_in_epochs: whether all lengths are epochs, and the rate moves once an epoch; else all are updates.
        noise_range_t: from which step, or between which two, the rate is noisy; None for nowhere.
        noise_pct: the largest noise, as a share of the rate; in (0, 1].
        noise_std: the standard deviation of the noise, as a share of the rate.
        noise_seed: what the noise is drawn from, together with the step; whole.
        initialize: not of the rate, and not looked at: ``lr`` is what theirs keeps as ``initial_lr``.
        updates_per_epoch: updates of an epoch; whole, >= 1; needed with t_in_epochs.
        steps: updates of the run; whole, >= 1; needed with noise, which is a table, and with nothing else.

    Raises:
        ScheduleError: a number is out of its range, or what is needed is not given. Theirs takes a negative rate, and
            milestones out of order, of which it then finds some.

    Source:
        timm/scheduler/multistep_lr.py, MultiStepLRScheduler; release 1.0.31.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.timm.MultiStepLRScheduler(1.0, [30, 60], 0.5, updates_per_epoch=100))
    1 for 2900; 0.5 for 3000; 0.25
    """
    where = "twins.timm.MultiStepLRScheduler"
    d = driving(where, lr, (warmup_t, warmup_lr_init, warmup_prefix), (t_in_epochs, updates_per_epoch),
                (noise_range_t, noise_pct, noise_std, noise_seed, steps))  # fmt: skip
    factor = rate(f"{where}.decay_rate", decay_rate)
    drops = Counter(max(m - 1, 0) for m in steps_of(f"{where}.decay_t", decay_t))
    edges, rates = [0, *drops], [d.lr]
    for times in drops.values():
        rates.append(rates[-1] * factor**times)
    laid = [hold(top, b - a) for top, (a, b) in zip(rates, pairwise(edges), strict=False)]
    return d.drive(chain(*laid, hold(rates[-1])))


def WSDLRScheduler(
    lr: Any,
    t_initial: Any,
    decay_t: Any,
    lr_min: Any = 0.0,
    stable_fn: Any = "constant",
    stable_timescale: Any = None,
    stable_power: Any = 0.5,
    decay_fn: Any = "1-sqrt",
    decay_power: Any = 0.5,
    decay_ratio: Any = 0.1,
    warmup_t: Any = 0,
    warmup_lr_init: Any = 0.0,
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
    """Warm up, stay or fade slowly, and decay; the warmup comes on top of ``t_initial``.

    With W = warmup_t, N = t_initial, x = t - W, f = (x - (N - decay_t)) / decay_t, m = lr_min, s = lr for "constant",
    lr (1 + x / stable_timescale)^-0.5 for "rsqrt", the same with stable_power for "power", and never below m; r is
    decay_ratio:
        t < W                    warmup_lr_init + (lr - warmup_lr_init) t / W
        W <= t, x < N - decay_t  s
        "1-sqrt"                 m + (s - m) (1 - sqrt(f))
        "linear"                 m + (s - m) (1 - f)
        "cosine"                 m + (s - m) (1 + cos(pi f)) / 2
        "power"                  m + (s - m) (1 - f^decay_power)
        "exp"                    m + (s - m) (r^f - r) / (1 - r)
        a function               m + (s - m) decay_fn(f)
        W + N <= t               m

    First update warmup_lr_init, or lr without a warmup; peak lr at W; last update one step short of lr_min; after the
    end held at lr_min.

    Args:
        lr: the base rate of the group; >= 0.
        t_initial: epochs from the end of the warmup to the end, or updates; > 0.
        decay_t: the last ones of these, in which it decays; > 0, at most ``t_initial``.
        lr_min: the end, absolute; >= 0.
        stable_fn: "constant", "rsqrt" or "power".
        stable_timescale: epochs, or updates, that set how slowly it fades; > 0, by default ``warmup_t``.
        stable_power: the exponent of "power"; > 0.
        decay_fn: "1-sqrt", "linear", "cosine", "power", "exp", or a function of f, which becomes a table.
        decay_power: the exponent of "power"; > 0; with others than 0.5, 1 and 2 the decay is a table.
        decay_ratio: how far "exp" falls before it is scaled; in (0, 1).
        warmup_t: epochs of the warmup, or updates; >= 0.
        warmup_lr_init: the rate that the warmup starts at; >= 0.
        t_in_epochs: whether all lengths are epochs, and the rate moves once an epoch; else all are updates.
        noise_range_t: from which step, or between which two, the rate is noisy; None for nowhere.
        noise_pct: the largest noise, as a share of the rate; in (0, 1].
        noise_std: the standard deviation of the noise, as a share of the rate.
        noise_seed: what the noise is drawn from, together with the step; whole.
        initialize: not of the rate, and not looked at: ``lr`` is what theirs keeps as ``initial_lr``.
        updates_per_epoch: updates of an epoch; whole, >= 1; needed with t_in_epochs.
        steps: updates of the run; whole, >= 1; needed with noise, which is a table, and with nothing else.

    Raises:
        ScheduleError: a number is out of its range, a name is unknown, or what is needed is not given.

    Theirs:
        A function that does not end at 0 leaves a fading rate fading on after the end; ours is held there.

    Source:
        timm/scheduler/wsd_lr.py, WSDLRScheduler; release 1.0.31.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.timm.WSDLRScheduler(3e-4, 9500, 2000, warmup_t=500, t_in_epochs=False))
    0 -> 3e-4 in 500; hold for 7500; -> 0 one_minus_sqrt in 2000
    """
    where = "twins.timm.WSDLRScheduler"
    d = driving(where, lr, (warmup_t, warmup_lr_init, True), (t_in_epochs, updates_per_epoch),
                (noise_range_t, noise_pct, noise_std, noise_seed, steps))  # fmt: skip
    length, low = span(f"{where}.t_initial", t_initial), rate(f"{where}.lr_min", lr_min)
    fall = span(f"{where}.decay_t", decay_t)
    if fall > length:
        raise ScheduleError(message(f"{where}.decay_t", f"must not exceed t_initial ({length})", decay_t))
    stay = _accept.whole(length - fall)
    r = rate(f"{where}.decay_ratio", decay_ratio)
    if not 0.0 < r < 1.0:
        raise ScheduleError(message(f"{where}.decay_ratio", "must be in (0, 1)", decay_ratio))
    power = _accept.rate(f"{where}.decay_power", decay_power, above=0.0)
    falling = _falling(d, decay_fn, power, r, stay, fall)
    fading = _fading(d, stable_fn, stable_timescale, stable_power, length)
    if fading is None:
        top = max(d.lr, low)
        return d.drive(hold(top, stay) >> falling(top, low))
    shape = hold(1.0, stay) >> falling(1.0, 0.0)
    if low == 0.0:
        return d.drive(fading * shape)
    return d.drive((fading.clip(low) + hold(-low, length)) * shape + hold(low, length))


def PlateauLRScheduler(lr: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """Lower each time a metric has stopped to improve: always an error, for no schedule knows the metric.

    First update, peak, last update and what comes after the end hang on the metric.

    Args:
        lr: the base rate of the group.
        args: theirs, whatever they are.
        kwargs: theirs, whatever they are.

    Raises:
        ScheduleError: always; ``stepsize.adaptive.plateau`` is what to take.

    Source:
        timm/scheduler/plateau_lr.py, PlateauLRScheduler; release 1.0.31.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.timm.PlateauLRScheduler(0.1, patience_t=5)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    stepsize.errors.ScheduleError: twins.timm.PlateauLRScheduler: the rate answers to a metric, ...
    """
    refuse("twins.timm.PlateauLRScheduler", (lr, *args, kwargs) if kwargs else (lr, *args))


def _falling(
    d: Driving, kind: Any, power: float, ratio: float, stay: Number, steps: Number
) -> Callable[[float, float], Schedule]:
    """The decay, from any rate to any lower one."""
    where = f"{d.where}.decay_fn"
    if not callable(kind) and kind not in _SHAPES:
        rule = f"must be a function or one of {', '.join(map(repr, _SHAPES))}"
        raise ScheduleError(message(where, rule, kind))
    shape = "" if callable(kind) else _SHAPES[kind] or (_POWERS.get(power, "") if kind == "power" else "")
    if shape:
        return lambda top, low: ramp(top, low, steps, shape)
    if kind == "exp":
        return lambda top, low: _exponential(top, low, ratio, steps)
    if steps > LISTED:
        rule = f"must not exceed {LISTED}, where it is a table"
        raise ScheduleError(message(f"{d.where}.decay_t", rule, steps))
    late = d.offset + math.ceil(stay - d.offset) - stay  # how far into the decay its first step stands
    function: Callable[[float], Any] = kind if callable(kind) else lambda f: 1.0 - f**power
    weights = [
        _accept.rate(where, function((k + late) / steps)) if k + late > 0 else 1.0
        for k in range(math.ceil(steps - late))
    ]
    end = _accept.rate(where, function(1.0))
    return lambda top, low: (
        table([low + (top - low) * w for w in weights]) >> hold(low + (top - low) * end, 0)
    )


def _exponential(top: float, low: float, ratio: float, steps: Number) -> Schedule:
    """Falls by ``ratio`` over the whole way, shifted and scaled so that it ends at the low rate."""
    height = (top - low) / (1.0 - ratio)
    if height == 0.0:
        return hold(low, steps)
    return exponential(height, height * ratio, steps) + hold(low - height * ratio, steps) >> hold(low, 0)


def _fading(d: Driving, kind: Any, timescale: Any, power: Any, steps: Number) -> Schedule | None:
    """The stable phase, going on through the decay; None where it is constant."""
    if kind not in _STABLE:
        rule = f"must be one of {', '.join(map(repr, _STABLE))}"
        raise ScheduleError(message(f"{d.where}.stable_fn", rule, kind))
    exponent = _accept.rate(f"{d.where}.stable_power", power, above=0.0)
    if kind == "constant":
        return None
    scale = d.warmup if timescale is None else _accept.length(f"{d.where}.stable_timescale", timescale)
    if scale <= 0:
        remedy = "It is warmup_t by default: give it where there is no warmup."
        raise ScheduleError(message(f"{d.where}.stable_timescale", "must be > 0", timescale, remedy))
    return decay(d.lr, f"power_law({scale!r}, {0.5 if kind == 'rsqrt' else exponent!r})", steps)
