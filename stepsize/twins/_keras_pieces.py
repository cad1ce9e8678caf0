"""What Keras takes for a number, and its cycles, laid one after another."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear, polynomial


def rate(where: str, name: str, value: Any) -> float:
    """A rate, a ratio or a power: finite, >= 0."""
    return _accept.rate(f"twins.keras.{where}.{name}", value, least=0.0)


def length(where: str, value: Any, name: str = "decay_steps") -> Number:
    """A number of updates, > 0, whole or not."""
    found = _accept.length(f"twins.keras.{where}.{name}", value)
    if found <= 0:
        raise ScheduleError(message(f"twins.keras.{where}.{name}", "must be > 0", value))
    return found


def needed(where: str, steps: Any, why: str) -> int:
    """The updates of the run, where they must be given."""
    if steps is None:
        remedy = "Give the updates of the run."
        raise ScheduleError(message(f"twins.keras.{where}.steps", f"is needed {why}", steps, remedy))
    return _accept.count(f"twins.keras.{where}.steps", steps)


def waves(start: float, share: float, first: Number, growth: float, shrink: float) -> Iterator[Schedule]:
    """Half cosine waves of lengths that are not rounded, for ever."""
    low = start * share
    for k in count():
        yield cosine(low + (start - low) * shrink**k, low, first * growth**k)


def fall(start: float, end: float, steps: Number, power: float) -> Schedule:
    """A power of what is left."""
    return linear(start, end, steps) if power == 1.0 else polynomial(start, end, steps, power)


def anew(start: float, end: float, steps: int, power: float) -> Iterator[Schedule]:
    """Falls that start anew in the update after the one that has the end: the k-th is a part of one k times as long."""
    yield fall(start, end, steps, power) >> hold(end, 1)
    for k in count(2):
        yield fall(end + (start - end) / k**power, end, steps, power)[1:] >> hold(end, 1)
