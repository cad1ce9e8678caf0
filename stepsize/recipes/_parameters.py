"""What recipes share: parameters checked under the recipe's own name, and the rise they all begin with."""

import math
from itertools import pairwise
from typing import Any

from stepsize import _accept, shapes
from stepsize._accept import Number
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, linear, ramp


def peak_rate(where: str, value: Any) -> float:
    return _accept.rate(f"{where}.peak", value, above=0.0)


def rate_from_zero(where: str, name: str, value: Any) -> float:
    return _accept.rate(f"{where}.{name}", value, least=0.0)


def all_steps(where: str, value: Any, *, endless: bool = False) -> Number:
    return _accept.length(f"{where}.steps", value, endless=endless)


def warmed(
    where: str, peak: Any, steps: Any, warmup: Any, end: Any, start: Any, shape: shapes.Shape
) -> Schedule:
    """Straight up to the peak, then along ``shape`` to the end."""
    peak, end, start = (
        peak_rate(where, peak),
        rate_from_zero(where, "end", end),
        rate_from_zero(where, "start", start),
    )
    steps = all_steps(where, steps)
    rise = _accept.share(f"{where}.warmup", warmup, steps)
    return linear(start, peak, rise) >> ramp(peak, end, _accept.whole(steps - rise), shape)


def split(where: str, steps: Any, warmup: Any, decay: Any) -> tuple[Number, Number, Number, Number]:
    """Steps, warmup, decay, and what lies between them."""
    steps = all_steps(where, steps, endless=True)
    rise = _accept.share(f"{where}.warmup", warmup, steps)
    last = _accept.share(f"{where}.decay", decay, steps)
    if math.isinf(steps) and last:
        rule = "a decay at the end needs a finite number of steps"
        raise ScheduleError(
            message(f"{where}.decay", rule, decay, "Leave decay out, and append one when the end is known.")
        )
    if rise + last > steps:
        rule = f"warmup + decay must not exceed steps ({steps})"
        raise ScheduleError(message(where, rule, rise + last, "Shorten one, or raise steps."))
    return steps, rise, last, _accept.whole(steps - rise - last)


def rising(where: str, values: Any) -> list[Number]:
    rule = "must be a sequence of rising positions > 0"
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise ScheduleTypeError(message(where, rule, values))
    stops = [_accept.length(f"{where}[{k}]", value) for k, value in enumerate(values)]
    if not stops or any(b <= a for a, b in pairwise((0, *stops))):
        raise ScheduleError(message(where, rule, values))
    return stops
