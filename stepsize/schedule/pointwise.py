"""Sum, product and clip: rates combined position by position."""

import itertools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule.around import Around
from stepsize.schedule.cut import cut_to
from stepsize.schedule.factor import times
from stepsize.schedule.value import Schedule, _as_long


def total(a: Schedule, b: Schedule) -> Schedule:
    """``a + b``, sums spliced."""
    return Sum((*_spliced(a, Sum), *_spliced(b, Sum)))


def product(a: Schedule, b: Schedule) -> Schedule:
    """``a * b``, products spliced."""
    return Product((*_spliced(a, Product), *_spliced(b, Product)))


def _spliced(schedule: Schedule, kind: type["_Terms"]) -> tuple[Schedule, ...]:
    return schedule.terms if isinstance(schedule, kind) else (schedule,)


class _Terms(Schedule):
    """Several schedules at once, as long as the longest; a shorter one is held."""

    terms: tuple[Schedule, ...]

    @property
    def _children(self) -> tuple[Schedule, ...]:
        return self.terms

    @property
    def length(self) -> Number:
        return max(term.length for term in self.terms)

    @property
    def _extent(self) -> Number:
        extents = [term._extent for term in self.terms]
        finite = [extent for extent in extents if extent < math.inf]
        return self.length if self.length < math.inf else max(finite, default=math.inf)

    @property
    def _final(self) -> float:
        return float(self._fold([term._final for term in self.terms]))

    def _fold(self, rates: list[Any]) -> Any:
        raise AssertionError("Sum and Product say how")

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        fixed = self.length == 0 or math.isinf(self.length)
        stretch = 1 if fixed or _as_long(a, b, self.length) else (b - a) / self.length
        return self._fold([term._held(t, a, a + term.length * stretch, xp) for term in self.terms])

    def _left(self, t: Number) -> float:
        return float(self._fold([term._limit(t) for term in self.terms]))

    def _stretched(self, factor: Fraction) -> Schedule:
        return type(self)(tuple(term._stretched(factor) for term in self.terms))

    def _cut(self, a: Number, b: Number) -> Schedule:
        return type(self)(tuple(cut_to(term, a, b) for term in self.terms))

    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        cuts = sorted(
            {edge for term in self.terms for i, j, _ in term._bounded_pieces(until) for edge in (i, j)}
        )
        kind = type(self).__name__.lower()
        yield from ((i, j, kind) for i, j in itertools.pairwise(cuts) if i < until)


class Sum(_Terms):
    """The sum of the rates."""

    def _fold(self, rates: list[Any]) -> Any:
        return _folded(rates, lambda x, y: x + y)

    def _scaled(self, factor: float) -> Schedule:
        return Sum(tuple(term._scaled(factor) for term in self.terms))


class Product(_Terms):
    """The product of the rates."""

    def _fold(self, rates: list[Any]) -> Any:
        return _folded(rates, lambda x, y: x * y)

    def _scaled(self, factor: float) -> Schedule:
        return Product((self.terms[0]._scaled(factor), *self.terms[1:]))


def _folded(rates: list[Any], join: Callable[[Any, Any], Any]) -> Any:
    result = rates[0]
    for rate in rates[1:]:
        result = join(result, rate)
    return result


class Clip(Around):
    """A schedule held between two rates; None leaves that side open."""

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            if getattr(self, name) is not None:
                self.__dict__[name] = _accept.rate(f"clip.{name}", getattr(self, name))
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ScheduleError(message("clip", "needs low <= high", (self.low, self.high)))
        super().__post_init__()

    @property
    def _final(self) -> float:
        return self._plain(self.schedule._final)

    def _plain(self, rate: float) -> float:
        rate = rate if self.low is None else max(rate, self.low)
        return rate if self.high is None else min(rate, self.high)

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        rate = self.schedule._at(t, a, b, xp)
        for bound, hold in ((self.low, xp.maximum), (self.high, xp.minimum)):
            rate = rate if bound is None else hold(rate, xp.full(t, bound))
        return rate

    def _left(self, t: Number) -> float:
        return self._plain(self.schedule._left(t))

    def _scaled(self, factor: float) -> Schedule:
        low, high = (None if bound is None else times(bound, factor) for bound in (self.low, self.high))
        bounds = (low, high) if factor >= 0.0 else (high, low)
        return Clip(self.schedule._scaled(factor), *bounds)

    def _stretched(self, factor: Fraction) -> Schedule:
        return Clip(self.schedule._stretched(factor), self.low, self.high)

    def _cut(self, a: Number, b: Number) -> Schedule:
        return Clip(self.schedule._cut(a, b), self.low, self.high)
