"""The cosines of optax."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from stepsize._accept import Number
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, cosine, linear, table
from stepsize.schedule.chain import chain
from stepsize.twins._optax_numbers import plain, updates
from stepsize.twins._tables import listed


def cosine_decay_schedule(
    init_value: Any, decay_steps: Any, alpha: Any = 0.0, exponent: Any = 1.0
) -> Schedule:
    """Half a cosine wave down to a share of the rate, or a power of it.

        t < decay_steps     init_value ((1 - alpha) ((1 + cos(pi t / decay_steps)) / 2)^exponent + alpha)
        decay_steps <= t    init_value alpha

    First update init_value; peak at 0; last update just above init_value alpha; after the end held at init_value alpha.

    Args:
        init_value: the rate of the first update; >= 0.
        decay_steps: updates to the end; > 0.
        alpha: the end, as a share of ``init_value``; >= 0.
        exponent: the power; > 0. Another than 1 makes a table of all updates.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        optax/schedules/_schedule.py, cosine_decay_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.optax.cosine_decay_schedule(1.0, 100, alpha=0.1))
    1 -> 0.1 cosine in 100
    """
    where = "cosine_decay_schedule"
    start, share = plain(f"{where}.init_value", init_value), plain(f"{where}.alpha", alpha)
    steps = updates(f"{where}.decay_steps", decay_steps, least=0)
    return _falling(where, start, start * share, steps, exponent)


def warmup_cosine_decay_schedule(
    init_value: Any,
    peak_value: Any,
    warmup_steps: Any,
    decay_steps: Any,
    end_value: Any = 0.0,
    exponent: Any = 1.0,
) -> Schedule:
    """Up in a straight line, then down along half a cosine wave; the warmup is part of ``decay_steps``.

    With W = warmup_steps, N = decay_steps:
        t < W         init_value + (peak_value - init_value) t / W
        W <= t < N    end_value + (peak_value - end_value) ((1 + cos(pi (t - W) / (N - W))) / 2)^exponent
        N <= t        end_value

    First update init_value; peak at W; last update just above end_value; after the end held at end_value.

    Args:
        init_value: the rate of the first update, where there is a warmup; >= 0.
        peak_value: the rate after the warmup; >= 0. With 0 the end is 0, whatever ``end_value`` says.
        warmup_steps: updates of the warmup; >= 0.
        decay_steps: all updates, warmup included; more than those of the warmup.
        end_value: the end, absolute; >= 0.
        exponent: the power; > 0. Another than 1 makes a table of the updates after the warmup.

    Raises:
        ScheduleError: a number is out of its range, or nothing is left after the warmup.

    Source:
        optax/schedules/_schedule.py, warmup_cosine_decay_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.optax.warmup_cosine_decay_schedule(0.0, 3e-4, 500, 10_000, 3e-5))
    0 -> 3e-4 in 500; -> 3e-5 cosine in 9500
    """
    where = "warmup_cosine_decay_schedule"
    warmup = updates(f"{where}.warmup_steps", warmup_steps, least=0)
    steps = updates(f"{where}.decay_steps", decay_steps, least=0)
    if steps <= warmup:
        rule = f"must be more than warmup_steps ({warmup})"
        raise ScheduleError(
            message(f"twins.optax.{where}.decay_steps", rule, decay_steps, "They include the warmup.")
        )
    peak, end = plain(f"{where}.peak_value", peak_value), plain(f"{where}.end_value", end_value)
    up = linear(plain(f"{where}.init_value", init_value), peak, warmup)
    return up >> _falling(where, peak, end if peak > 0.0 else 0.0, steps - warmup, exponent)


def sgdr_schedule(cosine_kwargs: Any) -> Schedule:
    """Warm restarts: one ``warmup_cosine_decay_schedule`` after another.

    With s_k the schedule of cycle k, and e_k the sum of the decay_steps of the cycles before it:
        e_k <= t < e_(k+1)     s_k(t - e_k)
        the sum of all <= t    the end_value of the last

    First update the first init_value; peak where a warmup ends; last update above the last end; after the end held.

    Args:
        cosine_kwargs: the cycles, each a dict of the arguments of ``warmup_cosine_decay_schedule``; at least one.

    Raises:
        ScheduleError: there is no cycle, or the arguments of one are not right.

    Source:
        optax/schedules/_schedule.py, sgdr_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> cycle = dict(init_value=0.0, peak_value=1.0, warmup_steps=10, decay_steps=100)
    >>> print(twins.optax.sgdr_schedule([cycle, cycle]))
    0 -> 1 in 10; -> 0 cosine in 90; -> 1 in 10; -> 0 cosine in 90
    """
    where, rule = "twins.optax.sgdr_schedule.cosine_kwargs", "must be a sequence of dicts, at least one"
    if not isinstance(cosine_kwargs, Iterable) or isinstance(cosine_kwargs, (str, Mapping)):
        raise ScheduleTypeError(message(where, rule, cosine_kwargs))
    cycles = list(cosine_kwargs)
    if not all(isinstance(cycle, Mapping) and {*cycle} <= _WORDS and {*cycle} >= _NEEDED for cycle in cycles):
        remedy = f"Each holds {', '.join(sorted(_NEEDED))}, and may hold end_value and exponent."
        raise ScheduleTypeError(message(where, rule, cosine_kwargs, remedy))
    if not cycles:
        raise ScheduleError(message(where, rule, cosine_kwargs))
    laid = [warmup_cosine_decay_schedule(**cycle) for cycle in cycles]
    cut = [s[: cycle["decay_steps"]] for s, cycle in zip(laid[:-1], cycles, strict=False)]
    return chain(*cut, laid[-1])


_NEEDED = {"init_value", "peak_value", "warmup_steps", "decay_steps"}
_WORDS = _NEEDED | {"end_value", "exponent"}


def _falling(where: str, start: float, end: float, steps: Number, exponent: Any) -> Schedule:
    """A cosine; where it is raised to a power, which no shape is, all its updates."""
    power = plain(f"{where}.exponent", exponent)
    if not steps > 0 or not power > 0.0:
        name, given = ("decay_steps", steps) if power > 0.0 else ("exponent", exponent)
        raise ScheduleError(message(f"twins.optax.{where}.{name}", "must be > 0", given))
    if power == 1.0:
        return cosine(start, end, steps)
    many = listed(f"twins.optax.{where}.decay_steps", steps)
    waves = ((1.0 + math.cos(math.pi * t / steps)) / 2.0 for t in range(many))
    return table([*(end + (start - end) * wave**power for wave in waves), end])
