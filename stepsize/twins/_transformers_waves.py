"""Transformers' schedules with cosines: any number of waves, restarts, a minimum; and warmup-stable-decay."""

from fractions import Fraction
from math import nextafter
from typing import Any

from stepsize import _accept, shapes
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear, ramp
from stepsize.twins._transformers_warmups import _base, _run, _updates, _warmed


def get_cosine_schedule_with_warmup(
    lr: Any, num_warmup_steps: Any, num_training_steps: Any, num_cycles: Any = 0.5
) -> Schedule:
    """Up in a straight line from zero, and down along half a cosine wave; or along any number of waves.

        t < W         lr t / W
        W <= t < T    lr (1 + cos(2 pi num_cycles (t - W) / (T - W))) / 2
        T <= t        as it is at T: 0 after half waves, lr after whole ones

    First update 0; peak at W; last update just above the end; after the end held (theirs goes on waving).

    Args:
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup, W; whole, >= 0.
        num_training_steps: updates of the run with its warmup, T; whole, >= 0.
        num_cycles: waves, each down and up again; any number. A half is once down; with 0 it stays at lr.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        After T it rises again, and with a warmup longer than the run it goes on rising; ours is held.

    Source:
        transformers/optimization.py, get_cosine_schedule_with_warmup; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.transformers.cosine(3e-4, num_warmup_steps=500, num_training_steps=10_000))
    0 -> 3e-4 in 500; -> 0 cosine in 9500
    """
    where = "twins.transformers.get_cosine_schedule_with_warmup"
    peak, warmup, steps = _run(where, lr, num_warmup_steps, num_training_steps)
    waves = _waves(where, num_cycles)
    return _warmed(peak, warmup, steps, _waving(peak, 0.0, max(0, steps - warmup), waves))


def get_cosine_with_hard_restarts_schedule_with_warmup(
    lr: Any, num_warmup_steps: Any, num_training_steps: Any, num_cycles: Any = 1
) -> Schedule:
    """Up in a straight line from zero, and down along half a cosine wave, several times.

        t < W         lr t / W
        W <= t < T    lr (1 + cos(pi (num_cycles (t - W) / (T - W) mod 1))) / 2
        T <= t        0

    First update 0; peak at W and at each restart; last update just above 0; after the end held at 0.

    Args:
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup, W; whole, >= 0.
        num_training_steps: updates of the run with its warmup, T; whole, >= 0.
        num_cycles: how often it falls; >= 0. Of a broken number the last fall is cut off at T.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        The quotient is rounded, and with some numbers of cycles (22, 23, 26, 39, 43 and more) a restart that falls on
        an update comes one late, after a rate of 0; ours restarts in time. It takes a negative number, and rises in
        each; ours refuses it. With a warmup longer than the run it goes on rising after T; ours is held.

    Source:
        transformers/optimization.py, get_cosine_with_hard_restarts_schedule_with_warmup; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.transformers.cosine_with_restarts(3e-4, 500, 9500, num_cycles=3))
    linear(0.0, 0.0003, 500) >> cosine(0.0003, 0.0, 3000).repeat(cycles=3)
    """
    where = "twins.transformers.get_cosine_with_hard_restarts_schedule_with_warmup"
    peak, warmup, steps = _run(where, lr, num_warmup_steps, num_training_steps)
    cycles = _accept.rate(f"{where}.num_cycles", num_cycles, least=0.0)
    return _warmed(peak, warmup, steps, _falling(peak, max(0, steps - warmup), cycles))


def get_cosine_with_min_lr_schedule_with_warmup(
    lr: Any,
    num_warmup_steps: Any,
    num_training_steps: Any,
    num_cycles: Any = 0.5,
    *,
    min_lr: Any = None,
    min_lr_rate: Any = None,
    default_lr: Any = None,
) -> Schedule:
    """Up in a straight line from zero, and down along half a cosine wave to a minimum; or along any number of waves.

    With low = lr min_lr_rate, or lr min_lr / default_lr:

        t < W         lr t / W
        W <= t < T    low + (lr - low) (1 + cos(2 pi num_cycles (t - W) / (T - W))) / 2
        T <= t        as it is at T: low after half waves, lr after whole ones

    First update 0; peak at W; last update just above the minimum; after the end held (theirs rises again).

    Args:
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup, W; whole, >= 0.
        num_training_steps: updates of the run with its warmup, T; whole, >= 0.
        num_cycles: waves, each down and up again; any number. A half is once down.
        min_lr: the minimum of a group at the optimizer's own rate, absolute; >= 0.
        min_lr_rate: the minimum as a share of lr; >= 0. One of the two is needed.
        default_lr: the optimizer's own rate, ``optimizer.defaults["lr"]``; that of the group by default.

    Raises:
        ScheduleError: a number is out of its range, or neither or both of ``min_lr`` and ``min_lr_rate`` are given.

    Theirs:
        It measures ``min_lr`` by the optimizer's own rate, so that a group with another has another minimum; so does
        ours, where ``default_lr`` says that rate. After T it rises again; ours is held. A negative minimum it cuts off
        at zero; ours refuses it.

    Source:
        transformers/optimization.py, get_cosine_with_min_lr_schedule_with_warmup; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.transformers.cosine_with_min_lr(3e-4, 500, 10_000, min_lr=3e-5))
    0 -> 3e-4 in 500; -> 3e-5 cosine in 9500
    """
    where = "twins.transformers.get_cosine_with_min_lr_schedule_with_warmup"
    peak, warmup, steps = _run(where, lr, num_warmup_steps, num_training_steps)
    low = _minimum(where, peak, min_lr, min_lr_rate, default_lr)
    fall = _waving(peak, low, max(0, steps - warmup), _waves(where, num_cycles))
    return _warmed(peak, warmup, steps, fall)


def get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
    lr: Any,
    num_warmup_steps: Any,
    num_training_steps: Any,
    num_cycles: Any = 0.5,
    *,
    min_lr: Any = None,
    min_lr_rate: Any = None,
    warmup_lr_rate: Any = None,
    default_lr: Any = None,
) -> Schedule:
    """Up in a straight line from lr / W, or a share of lr, and down to a minimum that the last update uses.

    With low = lr min_lr_rate, or lr min_lr / default_lr:

        t < W             lr (t + 1) / W
        or, of a share    lr (r + (1 - r) t / (W - 1)), r = warmup_lr_rate
        W <= t < T        low + (lr - low) (1 + cos(2 pi num_cycles (t - W + 1) / (T - W))) / 2
        T <= t            as it is at T - 1

    First update lr / W, or the share; peak at W - 1; last update low; after the end held at low (theirs rises again).

    Args:
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup, W; whole, >= 0.
        num_training_steps: updates of the run with its warmup, T; whole, >= 0.
        num_cycles: waves, each down and up again; any number. A half is once down.
        min_lr: the minimum of a group at the optimizer's own rate, absolute; >= 0.
        min_lr_rate: the minimum as a share of lr; >= 0. One of the two is needed.
        warmup_lr_rate: the first update, as a share of lr; >= 0, by default 1 / W.
        default_lr: the optimizer's own rate, ``optimizer.defaults["lr"]``; that of the group by default.

    Raises:
        ScheduleError: a number is out of its range, or neither or both of ``min_lr`` and ``min_lr_rate`` are given.

    Theirs:
        It measures ``min_lr`` by the optimizer's own rate, as its sibling does; so does ours, where ``default_lr`` says
        that rate. From T on it rises again; ours is held. A negative minimum it cuts off at zero; ours refuses it.

    Source:
        transformers/optimization.py, get_cosine_with_min_lr_schedule_with_warmup_lr_rate; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.transformers.cosine_warmup_with_min_lr(1.0, 10, 100, min_lr=0.1)
    >>> s(0), s(9), s(99), s(110)
    (0.1, 1.0, 0.1, 0.1)
    """
    where = "twins.transformers.get_cosine_with_min_lr_schedule_with_warmup_lr_rate"
    peak, warmup, steps = _run(where, lr, num_warmup_steps, num_training_steps)
    low = _minimum(where, peak, min_lr, min_lr_rate, default_lr)
    waves, last = _waves(where, num_cycles), max(0, steps - 1)
    first = peak / max(1, warmup)
    if warmup_lr_rate is not None:
        first = peak * _accept.rate(f"{where}.warmup_lr_rate", warmup_lr_rate, least=0.0)
    rise = linear(first, peak, warmup - 1) if warmup > 1 else hold(first, warmup)
    if warmup >= steps:
        return rise[:last]
    fall = _waving(peak, low, steps - warmup, waves)
    return rise >> (fall if warmup > 1 else fall[1:])


def get_wsd_schedule(
    lr: Any,
    num_warmup_steps: Any,
    num_decay_steps: Any,
    num_training_steps: Any = None,
    num_stable_steps: Any = None,
    warmup_type: Any = "linear",
    decay_type: Any = "cosine",
    min_lr_ratio: Any = 0,
    num_cycles: Any = 0.5,
) -> Schedule:
    """Warm up, stay, decay.

    With r = min_lr_ratio, D = num_decay_steps and S = num_stable_steps, or T - W - D:

        t < W                lr (r + (1 - r) w), w = u, (1 - cos(pi u)) / 2 or 1 - sqrt(1 - u), u = t / W
        W <= t < W + S       lr
        then, for D          lr (r + (1 - r) d), d = 1 - u, (1 + cos(2 pi num_cycles u)) / 2 or 1 - sqrt(u),
                             u = (t - W - S) / D
        W + S + D <= t       lr r

    First update lr r; peak from W on; last update just above the end; after the end held at lr r.

    Args:
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup, W; whole, >= 0.
        num_decay_steps: updates of the decay, D; whole, >= 0.
        num_training_steps: updates of the run, T; whole, >= 0. It says S where num_stable_steps does not.
        num_stable_steps: updates at lr, S; whole, >= 0. It goes before num_training_steps.
        warmup_type: "linear", "cosine" or "1-sqrt".
        decay_type: "linear", "cosine" or "1-sqrt".
        min_lr_ratio: where it begins and ends, as a share of lr; >= 0.
        num_cycles: waves of a cosine decay; any number. A half is once down.

    Raises:
        ScheduleError: a number is out of its range, a type is unknown, or nothing says how long the run is.

    Theirs:
        Where W + D > T the decay begins in its middle, with a jump, and ours does the same. With a warmup longer than
        the run it goes on rising after T; ours is held.

    Source:
        transformers/optimization.py, get_wsd_schedule; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.transformers.warmup_stable_decay(3e-4, 500, 2000, 10_000, decay_type="1-sqrt"))
    0 -> 3e-4 in 500; hold for 7500; -> 0 one_minus_sqrt in 2000
    """
    where = "twins.transformers.get_wsd_schedule"
    peak, warmup = _base(where, lr), _updates(where, "num_warmup_steps", num_warmup_steps)
    last = _updates(where, "num_decay_steps", num_decay_steps)
    stable = _stable(where, warmup + last, num_training_steps, num_stable_steps)
    low = peak * _accept.rate(f"{where}.min_lr_ratio", min_lr_ratio, least=0.0)
    up, down = _kind(f"{where}.warmup_type", warmup_type), _kind(f"{where}.decay_type", decay_type)
    rise = ramp(low, peak, warmup, {"1-sqrt": shapes.power(0.5)}.get(up, up))
    if last + stable < 0:
        return rise[: warmup + last + stable]
    waves = _waves(where, num_cycles)
    fall = (
        _waving(peak, low, last, waves)
        if down == "cosine"
        else ramp(peak, low, last, _SHAPES.get(down, down))
    )
    if down == "cosine" and waves != 0.5:
        fall = fall >> hold(low, 0)
    return rise >> hold(peak, max(0, stable)) >> fall[max(0, -stable) :]


_SHAPES = {"1-sqrt": "one_minus_sqrt"}


def _kind(where: str, value: Any) -> str:
    if value not in ("linear", "cosine", "1-sqrt"):
        raise ScheduleError(message(where, "must be 'linear', 'cosine' or '1-sqrt'", value))
    return str(value)


def _stable(where: str, others: int, steps: Any, stable: Any) -> int:
    """Updates at the peak; negative where the others do not fit into the run."""
    if stable is not None:
        return _updates(where, "num_stable_steps", stable)
    if steps is None:
        rule = "must be given, or num_stable_steps"
        raise ScheduleError(message(f"{where}.num_training_steps", rule, steps))
    return _updates(where, "num_training_steps", steps) - others


def _waves(where: str, num_cycles: Any) -> float:
    """How many; a wave is the same forwards and backwards."""
    return abs(_accept.rate(f"{where}.num_cycles", num_cycles))


def _waving(high: float, low: float, steps: int, waves: float) -> Schedule:
    """Down and up along cosines, ``waves`` times in ``steps`` updates, and held as it then is."""
    if waves == 0.0:
        return hold(high, steps)
    if steps == 0 or waves == 0.5:
        return cosine(high, low, steps)
    half: Number = _accept.exact(Fraction(steps) / (2 * Fraction(waves)))
    down, up = cosine(high, low, half), cosine(low, high, half)
    if waves < 0.5:
        return down[:steps]
    if waves <= 1.0:
        return (down >> up)[:steps]
    return (down >> up).repeat()[:steps]


def _falling(high: float, steps: int, cycles: float) -> Schedule:
    """Down along a cosine, ``cycles`` times in ``steps`` updates, and zero then."""
    if cycles == 0.0 or steps == 0:
        return hold(high, steps) >> hold(0.0, 0)
    length = _accept.exact(Fraction(steps) / Fraction(cycles))
    if (
        Fraction(length) * Fraction(cycles) > steps
    ):  # rounded up: a restart that falls on an update would be late
        length = nextafter(length, 0.0)
    fall = cosine(high, 0.0, length)
    if cycles == 1.0:
        return fall
    if cycles.is_integer():
        return fall.repeat(int(cycles))
    return fall.repeat()[:steps] >> hold(0.0, 0)


def _minimum(where: str, peak: float, min_lr: Any, min_lr_rate: Any, default_lr: Any) -> float:
    """The rate at the bottom, from one of the two that say it."""
    if (min_lr is None) == (min_lr_rate is None):
        rule = "needs one of min_lr and min_lr_rate"
        raise ScheduleError(message(where, rule, (min_lr, min_lr_rate), "Give one, and only one."))
    if min_lr is None:
        return peak * _accept.rate(f"{where}.min_lr_rate", min_lr_rate, least=0.0)
    low = _accept.rate(f"{where}.min_lr", min_lr, least=0.0)
    if default_lr is None:
        return low
    return peak * (low / _accept.rate(f"{where}.default_lr", default_lr, above=0.0))
