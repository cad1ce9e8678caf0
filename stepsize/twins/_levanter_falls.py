"""How Levanter's schedules fall after the warmup: its ``lr_schedule``, by name or with parameters."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from stepsize import _accept, tails
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear, ramp, table
from stepsize.schedule import decay as _decay
from stepsize.twins._tables import listed


class Fall(NamedTuple):
    """What a fall knows of its cycle."""

    peak: float
    low: float
    steps: int  # of the fall; below zero where the warmup is longer than the cycle
    warmup: int


_PARAMETERS: dict[str, dict[str, Any]] = {
    "constant": {},
    "cosine": {"exponent": 1.0},
    "linear": {},
    "inv_sqrt": {"timescale": 10_000},
    "inv": {},
    "power": {"batch_size": None, "seq_length": None, "a": 4.6, "b": -0.51},
}


def fall(where: str, given: Any) -> Callable[[str, Fall], Schedule]:
    """Read an ``lr_schedule``."""
    named = dict(given) if isinstance(given, Mapping) else {"type": given}
    kind = named.pop("type", None)
    if kind not in _PARAMETERS or (kind == "power" and not isinstance(given, Mapping)):
        raise ScheduleError(
            message(where, f"must be one of {', '.join(_PARAMETERS)}, or a dict with type", given)
        )
    if unknown := set(named) - set(_PARAMETERS[kind]):
        raise ScheduleError(message(where, f"{kind} takes no {', '.join(sorted(unknown))}", given))
    numbers = {
        key: _accept.rate(f"{where}.{key}", value) for key, value in (_PARAMETERS[kind] | named).items()
    }
    return lambda where, f: _FORMS[kind](where, f, **numbers)


def _constant(where: str, f: Fall) -> Schedule:
    return hold(f.peak, max(0, f.steps))


def _cosine(where: str, f: Fall, exponent: float) -> Schedule:
    if f.steps <= 0:
        raise ScheduleError(message(where, "a cosine needs updates after the warmup", f.steps))
    if exponent == 1.0:
        return cosine(f.peak, f.low, f.steps)
    weights = ((1.0 + math.cos(math.pi * s / f.steps)) / 2.0 for s in range(listed(where, f.steps)))
    return table([f.low + (f.peak - f.low) * weight**exponent for weight in weights]) >> hold(f.low, 0)


def _linear(where: str, f: Fall) -> Schedule:
    return linear(f.peak, f.low, f.steps) if f.steps > 0 else hold(f.peak, 0)


def _inv_sqrt(where: str, f: Fall, timescale: float) -> Schedule:
    if timescale <= 0.0:
        raise ScheduleError(message(f"{where}.timescale", "must be > 0", timescale))
    if f.steps <= 0:  # what it would have been: a rewarmup begins there
        return hold(max(f.low, f.peak * min(1.0, (timescale / max(f.steps + f.warmup, 1)) ** 0.5)), 0)
    begin = max(timescale, f.warmup, 1)
    top = f.peak * (timescale / begin) ** 0.5
    if top <= f.low:
        return hold(f.low, f.steps)
    fading = _decay(top, tails.power_law(begin, 0.5))
    floor = timescale * (f.peak / f.low) ** 2 if f.low else math.inf  # where it comes down to the minimum
    if floor < f.warmup + f.steps:
        fading = fading[: floor - begin] >> hold(f.low)
    return (hold(top, begin - f.warmup) >> fading)[: f.steps]


def _inv(where: str, f: Fall) -> Schedule:
    if f.low == 0.0:
        raise ScheduleError(message(where, "inv needs a min_lr_ratio > 0", f.low, "Theirs divides by it."))
    if f.low >= f.peak or f.steps == 0:
        return hold(f.low, max(0, f.steps))
    slope = 1.0 + (f.peak / f.low - 1.0) / f.steps  # below zero steps it is no fall; a rewarmup begins there
    first = max(f.low, f.peak * (min(1.0, 1.0 / slope) if slope else 1.0))
    if f.steps <= 1:
        return hold(first, max(0, f.steps))
    return hold(first, 1) >> ramp(first, f.low, f.steps - 1, shape="harmonic")


def _power(where: str, f: Fall, batch_size: float, seq_length: float, a: float, b: float) -> Schedule:
    if a <= 0.0 or b >= 0.0 or batch_size <= 0.0 or seq_length <= 0.0:
        raise ScheduleError(message(where, "power needs a, batch_size and seq_length > 0, and b < 0", (a, b)))
    if f.steps == 0:
        raise ScheduleError(message(where, "power needs updates after the warmup", f.steps))
    factor = a * batch_size * (batch_size * seq_length) ** b
    begin = _accept.whole((factor / f.peak) ** (-1.0 / b))  # where the power comes down to the peak
    return (hold(f.peak, begin) >> _decay(f.peak, tails.power_law(begin, -b)))[: max(0, f.steps)]


_FORMS: dict[str, Callable[..., Schedule]] = {
    "constant": _constant,
    "cosine": _cosine,
    "linear": _linear,
    "inv_sqrt": _inv_sqrt,
    "inv": _inv,
    "power": _power,
}
