"""The schedules of optax, ``optax.schedules``: functions of the count of updates, the first update at 0.

Optax takes no optimizer here, so the arguments are theirs exactly; a schedule among them is a twin, or any other
schedule of ours. Rates are finite and >= 0, lengths are updates and need not be whole.
"""

from typing import Any, NoReturn

from stepsize.schedule import Schedule, hold, linear, polynomial
from stepsize.twins._metric import refuse
from stepsize.twins._names import suggesting
from stepsize.twins._optax_cosine import cosine_decay_schedule as cosine_decay_schedule
from stepsize.twins._optax_cosine import sgdr_schedule as sgdr_schedule
from stepsize.twins._optax_cosine import warmup_cosine_decay_schedule as warmup_cosine_decay_schedule
from stepsize.twins._optax_numbers import delay, plain, updates
from stepsize.twins._optax_pieces import cosine_onecycle_schedule as cosine_onecycle_schedule
from stepsize.twins._optax_pieces import join_schedules as join_schedules
from stepsize.twins._optax_pieces import linear_onecycle_schedule as linear_onecycle_schedule
from stepsize.twins._optax_pieces import piecewise_constant_schedule as piecewise_constant_schedule
from stepsize.twins._optax_pieces import piecewise_interpolate_schedule as piecewise_interpolate_schedule
from stepsize.twins._powers import powers

__getattr__ = suggesting(__name__)


def constant_schedule(value: Any) -> Schedule:
    """The same rate for ever.

        0 <= t    value

    First update value; peak at 0; last update value; after the end held at value.

    Args:
        value: the rate; >= 0.

    Raises:
        ScheduleError: the rate is not a finite number >= 0.

    Source:
        optax/schedules/_schedule.py, constant_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.optax.constant_schedule(0.1)
    hold(0.1)
    """
    return hold(plain("constant_schedule.value", value))


def linear_schedule(
    init_value: Any, end_value: Any, transition_steps: Any, transition_begin: Any = 0
) -> Schedule:
    """A straight line from one rate to another, after a wait.

    With B = transition_begin, N = transition_steps:
        t < B             init_value
        B <= t < B + N    init_value + (end_value - init_value) (t - B) / N
        B + N <= t        end_value

    First update init_value; peak at 0 or at B + N; last update just before end_value; after the end held at end_value.

    Args:
        init_value: the rate at the beginning; >= 0.
        end_value: the rate at the end; >= 0.
        transition_steps: updates from one to the other; with 0 or fewer it is ``init_value`` for ever.
        transition_begin: updates before that; below 0 counts as 0.

    Raises:
        ScheduleError: a rate is not a finite number >= 0.

    Theirs:
        With no transition steps the rate never leaves init_value, and theirs only logs it. Ours does the same.

    Source:
        optax/schedules/_schedule.py, linear_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.optax.linear_schedule(0.0, 1.0, 100))
    0 -> 1 in 100
    """
    return _straight("linear_schedule", init_value, end_value, transition_steps, transition_begin)


def warmup_constant_schedule(init_value: Any, peak_value: Any, warmup_steps: Any) -> Schedule:
    """Up in a straight line, then stay.

        t < warmup_steps     init_value + (peak_value - init_value) t / warmup_steps
        warmup_steps <= t    peak_value

    First update init_value; peak at warmup_steps; last update peak_value; after the end held at it.

    Args:
        init_value: the rate of the first update; >= 0.
        peak_value: the rate after the warmup; >= 0.
        warmup_steps: updates of the warmup; with 0 or fewer it is ``init_value`` for ever.

    Raises:
        ScheduleError: a rate is not a finite number >= 0.

    Theirs:
        Without a warmup the rate never leaves init_value, often 0, and theirs only logs it. Ours does the same.

    Source:
        optax/schedules/_schedule.py, warmup_constant_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.optax.warmup_constant_schedule(0.0, 1.0, 10)
    >>> s(0), s(9), s(10)
    (0.0, 0.9, 1.0)
    """
    return _straight("warmup_constant_schedule", init_value, peak_value, warmup_steps, 0,
                     ("init_value", "peak_value", "warmup_steps"))  # fmt: skip


def polynomial_schedule(
    init_value: Any, end_value: Any, power: Any, transition_steps: Any, transition_begin: Any = 0
) -> Schedule:
    """A power of what is left, after a wait.

    With B = transition_begin, N = transition_steps:
        t < B             init_value
        B <= t < B + N    end_value + (init_value - end_value) (1 - (t - B) / N)^power
        B + N <= t        end_value

    First update init_value; peak at 0 or at B + N; last update just before end_value; after the end held at end_value.

    Args:
        init_value: the rate at the beginning; >= 0.
        end_value: the rate at the end; >= 0.
        power: the exponent; >= 0, and with 0 the rate stays at ``init_value``.
        transition_steps: updates from one to the other; with 0 or fewer it is ``init_value`` for ever.
        transition_begin: updates before that; below 0 counts as 0.

    Raises:
        ScheduleError: a number is out of its range. Theirs takes a negative power, and is infinite at its end.

    Theirs:
        With no transition steps the rate never leaves init_value, and theirs only logs it. Ours does the same.

    Source:
        optax/schedules/_schedule.py, polynomial_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.optax.polynomial_schedule(1.0, 0.0, 2, 100)(50)
    0.25
    """
    where = "polynomial_schedule"
    exponent = plain(f"{where}.power", power)
    start, end = plain(f"{where}.init_value", init_value), plain(f"{where}.end_value", end_value)
    steps = updates(f"{where}.transition_steps", transition_steps)
    if steps <= 0 or exponent == 0.0:
        return hold(start)
    way = linear(start, end, steps) if exponent == 1.0 else polynomial(start, end, steps, exponent)
    return hold(start, delay(where, transition_begin)) >> way


def exponential_decay(
    init_value: Any,
    transition_steps: Any,
    decay_rate: Any,
    transition_begin: Any = 0,
    staircase: Any = False,
    end_value: Any = None,
) -> Schedule:
    """A power of time, falling or rising, after a wait and up to a bound.

    With B = transition_begin, N = transition_steps, x = (t - B) / N, or its whole part where ``staircase``:
        t < B     init_value
        B <= t    init_value decay_rate^x, not below end_value; not above it where decay_rate >= 1

    First update init_value; peak at 0, where it falls; last update above end_value; after the end held at end_value.

    Args:
        init_value: the rate at the beginning; >= 0.
        transition_steps: updates in which the rate is multiplied by ``decay_rate`` once; with 0 or fewer it is
            ``init_value`` for ever.
        decay_rate: the ratio; >= 0, and with 0 it is ``init_value`` for ever.
        transition_begin: updates before that; below 0 counts as 0.
        staircase: whether the rate moves only every ``transition_steps`` updates.
        end_value: the bound; >= 0, or None for none.

    Raises:
        ScheduleError: a number is out of its range. Theirs takes a negative ratio, and gives nan.

    Theirs:
        With a ratio above 1 and no bound it rises to infinity; ours is held at 1e300.

    Source:
        optax/schedules/_schedule.py, exponential_decay; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.optax.exponential_decay(1.0, 100, 0.5)(200)
    0.25
    """
    return _fading(
        "exponential_decay", init_value, transition_steps, decay_rate, transition_begin, staircase, end_value
    )


def warmup_exponential_decay_schedule(
    init_value: Any,
    peak_value: Any,
    warmup_steps: Any,
    transition_steps: Any,
    decay_rate: Any,
    transition_begin: Any = 0,
    staircase: Any = False,
    end_value: Any = None,
) -> Schedule:
    """Up in a straight line, then ``exponential_decay``, whose counts begin after the warmup.

    With W = warmup_steps, B = W + transition_begin, x = (t - B) / transition_steps, whole where ``staircase``:
        t < W         init_value + (peak_value - init_value) t / W
        W <= t < B    peak_value
        B <= t        peak_value decay_rate^x, not below end_value; not above it where decay_rate >= 1

    First update init_value; peak at W; last update above end_value; after the end held at end_value.

    Args:
        init_value: the rate of the first update; >= 0.
        peak_value: the rate after the warmup; >= 0.
        warmup_steps: updates of the warmup; >= 0.
        transition_steps: updates in which the rate is multiplied by ``decay_rate`` once; with 0 or fewer it stays.
        decay_rate: the ratio; >= 0, and with 0 the rate stays.
        transition_begin: updates between the warmup and the decay; below 0 counts as 0.
        staircase: whether the rate moves only every ``transition_steps`` updates.
        end_value: the bound of the decay; >= 0, or None for none.

    Raises:
        ScheduleError: a number is out of its range. Theirs takes a negative ratio, and gives nan.

    Theirs:
        With a ratio above 1 and no bound it rises to infinity; ours is held at 1e300.

    Source:
        optax/schedules/_schedule.py, warmup_exponential_decay_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.optax.warmup_exponential_decay_schedule(0.0, 1.0, 10, 100, 0.5)
    >>> s(0), s(9), s(10), s(110)
    (0.0, 0.9, 1.0, 0.5)
    """
    where = "warmup_exponential_decay_schedule"
    up = linear(plain(f"{where}.init_value", init_value), plain(f"{where}.peak_value", peak_value),
                updates(f"{where}.warmup_steps", warmup_steps, least=0))  # fmt: skip
    return up >> _fading(
        where, peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value
    )


def reduce_on_plateau(*args: Any, **kwargs: Any) -> NoReturn:
    """``optax.contrib.reduce_on_plateau``: always an error, for its rate answers to a metric.

    First update, peak, last update and what comes after the end hang on the metric.

    Args:
        args: theirs, whatever they are.
        kwargs: theirs, whatever they are.

    Raises:
        ScheduleError: always; ``stepsize.adaptive.plateau`` is what to take.

    Source:
        optax/contrib/_reduce_on_plateau.py, reduce_on_plateau; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.optax.reduce_on_plateau(0.5)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    stepsize.errors.ScheduleError: twins.optax.reduce_on_plateau: the rate answers to a metric, ...
    """
    refuse("twins.optax.reduce_on_plateau", args or kwargs)


def _straight(
    where: str,
    start: Any,
    end: Any,
    steps: Any,
    begin: Any,
    names: tuple[str, str, str] = ("init_value", "end_value", "transition_steps"),
) -> Schedule:
    first, last, length = (f"{where}.{name}" for name in names)
    a, b, n = plain(first, start), plain(last, end), updates(length, steps)
    return hold(a, delay(where, begin)) >> linear(a, b, n) if n > 0 else hold(a)


def _fading(where: str, start: Any, steps: Any, ratio: Any, begin: Any, stairs: Any, bound: Any) -> Schedule:
    first, factor = plain(f"{where}.init_value", start), plain(f"{where}.decay_rate", ratio)
    every = updates(f"{where}.transition_steps", steps)
    limit = None if bound is None else plain(f"{where}.end_value", bound)
    if every <= 0 or factor == 0.0:
        return hold(first)
    way = powers(first, factor, every, stairs=bool(stairs), limit=limit)
    return hold(way(0), delay(where, begin)) >> way
