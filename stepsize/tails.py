"""Tails: how a decay fades from its start, for ever.

tail                         what is left of the start after e updates
power_law(timescale, p)      (1 + e / timescale)^-p;  p = 1/2 is the inverse square root
exponential(factor, every)   factor^(e / every);  factor = 1/2 makes ``every`` a half-life
"""

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import Any

from stepsize import _accept
from stepsize._spelled import Spelled, read
from stepsize.errors import ScheduleError, message


class Tail(Spelled, ABC):
    """A curve from 1 towards 0 that never ends: ``at(e)``, with e updates elapsed."""

    @abstractmethod
    def at(self, elapsed: Any, xp: Any) -> Any:
        """What is left of the start after ``elapsed`` updates."""

    @abstractmethod
    def stretched(self, factor: Fraction) -> "Tail":
        """The same curve in ``factor`` times the time."""


class power_law(Tail):
    """(1 + e / timescale)^-exponent; ``timescale`` in updates > 0, ``exponent`` > 0."""

    timescale: float
    exponent: float

    def __post_init__(self) -> None:
        _positive(self)

    def at(self, elapsed: Any, xp: Any) -> Any:
        return xp.pow((self.timescale + elapsed) / self.timescale, -self.exponent)

    def stretched(self, factor: Fraction) -> Tail:
        return power_law(_accept.exact(Fraction(self.timescale) * factor), self.exponent)


class exponential(Tail):
    """factor^(e / every); ``factor`` in (0, 1), ``every`` in updates > 0. Whole powers are split off first."""

    factor: float
    every: float = 1

    def __post_init__(self) -> None:
        _positive(self)
        if self.factor >= 1.0:
            raise ScheduleError(message("exponential.factor", "must be < 1", self.factor))

    def at(self, elapsed: Any, xp: Any) -> Any:
        times, rest = xp.wrap(elapsed, self.every)
        return xp.whole_power(self.factor, times) * xp.pow(self.factor, rest / self.every)

    def stretched(self, factor: Fraction) -> Tail:
        return exponential(self.factor, _accept.exact(Fraction(self.every) * factor))


def _positive(tail: Tail) -> None:
    for name in tail._fields:
        value = _accept.rate(f"{type(tail).__name__}.{name}", getattr(tail, name), above=0.0)
        tail.__dict__[name] = _accept.whole(value) if name in ("timescale", "every") else value


KNOWN = {"power_law": power_law, "exponential": exponential}


def tail(where: str, given: Any) -> Tail:
    """Read a tail: itself, or its spelling, such as ``"power_law(1000, 0.5)"``."""
    found: Tail = read(where, given, "a tail", KNOWN)
    return found
