"""Transformers' schedules with a warmup and one plain phase after it, and those that answer to a metric."""

from typing import Any, NoReturn

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, decay, hold, linear, polynomial
from stepsize.tails import power_law
from stepsize.twins import _metric


def get_constant_schedule(lr: Any) -> Schedule:
    """The base rate, for ever.

        0 <= t    lr

    First update lr; peak at 0; last update lr; after the end held at lr.

    Args:
        lr: the base rate of the group; >= 0.

    Raises:
        ScheduleError: lr is out of its range.

    Source:
        transformers/optimization.py, get_constant_schedule; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.transformers.constant(3e-4))
    3e-4
    """
    return hold(_base("twins.transformers.get_constant_schedule", lr))


def get_constant_schedule_with_warmup(lr: Any, num_warmup_steps: Any) -> Schedule:
    """Up in a straight line from zero, and there it stays.

        t < W     lr t / W
        W <= t    lr

    First update 0; peak from W on; last update lr; after the end held at lr.

    Args:
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup, W; whole, >= 0.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        transformers/optimization.py, get_constant_schedule_with_warmup; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.transformers.constant_with_warmup(1.0, num_warmup_steps=4)
    >>> [s(t) for t in (0, 1, 4, 9)]
    [0.0, 0.25, 1.0, 1.0]
    """
    where = "twins.transformers.get_constant_schedule_with_warmup"
    return linear(0.0, _base(where, lr), _updates(where, "num_warmup_steps", num_warmup_steps))


def get_linear_schedule_with_warmup(lr: Any, num_warmup_steps: Any, num_training_steps: Any) -> Schedule:
    """Up in a straight line from zero, and down in one to zero at the end.

        t < W         lr t / W
        W <= t < T    lr (T - t) / (T - W)
        T <= t        0

    First update 0; peak at W; last update lr / (T - W); after the end held at 0.

    Args:
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup, W; whole, >= 0.
        num_training_steps: updates of the run with its warmup, T; whole, >= 0.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        With a warmup that is longer than the run it goes on rising after T; ours is held there.

    Source:
        transformers/optimization.py, get_linear_schedule_with_warmup; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.transformers.linear(3e-4, num_warmup_steps=500, num_training_steps=10_000))
    0 -> 3e-4 in 500; -> 0 in 9500
    """
    where = "twins.transformers.get_linear_schedule_with_warmup"
    peak, warmup, steps = _run(where, lr, num_warmup_steps, num_training_steps)
    return _warmed(peak, warmup, steps, linear(peak, 0.0, max(0, steps - warmup)))


def get_polynomial_decay_schedule_with_warmup(
    lr: Any,
    num_warmup_steps: Any,
    num_training_steps: Any,
    lr_end: Any = 1e-7,
    power: Any = 1.0,
    *,
    default_lr: Any = None,
) -> Schedule:
    """Up in a straight line from zero, and down along a power of what is left.

    With end = lr_end lr / default_lr, which is lr_end for a group at the optimizer's own rate:

        t < W         lr t / W
        W <= t < T    end + (lr - end) ((T - t) / (T - W))^power
        T <= t        end

    First update 0; peak at W; last update one step above the end; after the end held at the end.

    Args:
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup, W; whole, >= 0, and not T.
        num_training_steps: updates of the run with its warmup, T; whole, >= 0.
        lr_end: the rate at T of a group at the optimizer's own rate; >= 0, below that rate.
        power: the exponent; >= 0. With 0 it stays at lr up to T, and drops after it.
        default_lr: the optimizer's own rate, ``optimizer.defaults["lr"]``; that of the group by default.

    Raises:
        ScheduleError: a number is out of its range. Theirs divides by zero where W is T, and takes no ``lr_end`` that
            is not below the optimizer's rate.

    Theirs:
        It measures ``lr_end`` by the optimizer's own rate, so that a group with another ends elsewhere; so does ours,
        where ``default_lr`` says that rate. With a warmup longer than the run it goes on rising after T; ours is held.

    Source:
        transformers/optimization.py, get_polynomial_decay_schedule_with_warmup; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.transformers.polynomial(3e-4, num_warmup_steps=500, num_training_steps=10_000, power=2.0))
    0 -> 3e-4 in 500; -> 1e-7 power(2) in 9500
    """
    where = "twins.transformers.get_polynomial_decay_schedule_with_warmup"
    peak, warmup, steps = _run(where, lr, num_warmup_steps, num_training_steps)
    if warmup == steps:
        remedy = "Theirs divides by what is left after the warmup: shorten it."
        raise ScheduleError(
            message(f"{where}.num_warmup_steps", "must not be num_training_steps", num_warmup_steps, remedy)
        )
    own = peak if default_lr is None else _accept.rate(f"{where}.default_lr", default_lr, above=0.0)
    low = _accept.rate(f"{where}.lr_end", lr_end, least=0.0)
    if not low < own:
        raise ScheduleError(
            message(f"{where}.lr_end", f"must be below the optimizer's rate ({own:g})", lr_end)
        )
    exponent = _accept.rate(f"{where}.power", power, least=0.0)
    end = low if own == peak else peak * (low / own)
    left = max(0, steps - warmup)
    fall = polynomial(peak, end, left, exponent) if exponent else hold(peak, left) >> hold(end, 0)
    return _warmed(peak, warmup, steps, fall)


def get_inverse_sqrt_schedule(lr: Any, num_warmup_steps: Any, timescale: Any = None) -> Schedule:
    """Up in a straight line from zero, and down as the inverse square root of the updates, for ever.

        t < W     lr t / W
        W <= t    lr / sqrt(1 + (t - W) / timescale)

    First update 0; peak at W; last update wherever it has come to; after the end it goes on.

    Args:
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup, W; whole, >= 0.
        timescale: updates after which the rate is lr / sqrt(2); > 0. By default W, and 10000 where that is 0.

    Raises:
        ScheduleError: a number is out of its range. Theirs divides by zero where ``timescale`` is 0.

    Source:
        transformers/optimization.py, get_inverse_sqrt_schedule; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.transformers.inverse_sqrt(1.0, num_warmup_steps=100)
    >>> [s(t) for t in (0, 50, 100, 400)]
    [0.0, 0.5, 1.0, 0.5]
    """
    where = "twins.transformers.get_inverse_sqrt_schedule"
    peak, warmup = _base(where, lr), _updates(where, "num_warmup_steps", num_warmup_steps)
    scale = (warmup or 10_000) if timescale is None else timescale
    tail = power_law(_accept.rate(f"{where}.timescale", scale, above=0.0), 0.5)
    return linear(0.0, peak, warmup) >> decay(peak, tail)


def get_reduce_on_plateau_schedule(lr: Any, **kwargs: Any) -> NoReturn:
    """Lower each time a metric has stopped to improve: no schedule, but a policy, ``stepsize.adaptive.plateau``.

    First update lr; peak at 0; last update as the metric has it; after the end as the metric has it.

    Args:
        lr: the base rate of the group.
        kwargs: theirs, which are those of PyTorch's ReduceLROnPlateau.

    Raises:
        ScheduleError: always. ``stepsize.adaptive.plateau`` takes the same arguments.

    Source:
        transformers/optimization.py, get_reduce_on_plateau_schedule; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.transformers.reduce_lr_on_plateau(0.1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    stepsize.errors.ScheduleError: ...
    """
    _metric.refuse("twins.transformers.get_reduce_on_plateau_schedule", (lr, kwargs))


def get_greedy_schedule(lr: Any, **kwargs: Any) -> NoReturn:
    """Higher while a metric improves, lower while it does not: no schedule, but a policy, ``stepsize.adaptive.greedy``.

    First update lr; peak as the metric has it; last update as the metric has it; after the end as the metric has it.

    Args:
        lr: the base rate of the group.
        kwargs: theirs, which are those of its GreedyLR.

    Raises:
        ScheduleError: always.

    Theirs:
        Its bounds are absolute, 1e-3 and 1 by default: from 5e-5 it can never fall, and climbs to 1.

    Source:
        transformers/optimization.py, get_greedy_schedule; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.transformers.greedy(0.1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    stepsize.errors.ScheduleError: ...
    """
    _metric.refuse("twins.transformers.get_greedy_schedule", (lr, kwargs))


def _base(where: str, lr: Any) -> float:
    return _accept.rate(f"{where}.lr", lr, least=0.0)


def _updates(where: str, name: str, value: Any) -> int:
    return _accept.count(f"{where}.{name}", value, least=0)


def _run(where: str, lr: Any, warmup: Any, steps: Any) -> tuple[float, int, int]:
    """Rate, warmup and run, checked."""
    return (
        _base(where, lr),
        _updates(where, "num_warmup_steps", warmup),
        _updates(where, "num_training_steps", steps),
    )


def _warmed(peak: float, warmup: int, steps: int, fall: Schedule) -> Schedule:
    """Up from zero, then ``fall``; a warmup longer than the run is cut off with it."""
    rise = linear(0.0, peak, warmup)
    return rise >> fall if warmup <= steps else rise[:steps]
