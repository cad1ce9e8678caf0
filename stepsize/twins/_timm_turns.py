"""The cycles of timm: of any shape, one after another, whose lengths and peaks may change."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from typing import Any, NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, hold, table
from stepsize.schedule.chain import chain
from stepsize.twins._timm_driving import LISTED, Driving, rate, span, steady

Piece = Callable[[float, float, Number], Schedule]
"""One cycle, from its peak to its end; in proportion to both."""

_FAR = 2**53  # no cycle that begins later is laid
_MANY = 12  # so many cycles are written out, where a repetition alone cannot say them
_MOST = 3000  # more than that make too large a tree


class Cycles(NamedTuple):
    """Cycles from a peak to a low rate: how long, how many, and how both lengths and peaks change."""

    where: str
    peak: float
    low: float
    first: Number
    growth: float
    decay: float
    limit: int

    def laid(self, piece: Piece) -> Schedule:
        """One after another, and then the low rate."""
        even = self.growth == 1.0 or (isinstance(self.first, int) and self.growth.is_integer())
        if self.limit == 0:
            return hold(self.low, 0)
        if self.limit == 1:
            s = piece(self.peak, self.low, self.first)
        elif even and (self.decay == 1.0 or (self.low == 0.0 and 0.0 < self.decay < 1.0)):
            s = self._repeated(piece(self.peak, self.low, self.first), self.decay, self.low)
        elif (
            even and self.limit > _MANY and 0.0 < self.decay < 1.0
        ):  # what is left of the peaks, and of the low rate
            s = self._repeated(piece(self.peak, 0.0, self.first), self.decay, 0.0)
            s += self._repeated(piece(0.0, self.low, self.first), 1.0, 0.0)
        else:
            s = chain(*(piece(top, self.low, n) for _, n, top in self._each()))
        return s if s(s.length) == self.low else s >> hold(self.low, 0)

    def listed(self, weight: Callable[[float], float], offset: float) -> Schedule:
        """The rates themselves, at ``offset`` and each whole step after it, and then the low rate."""
        cycles = self._each()
        if cycles and cycles[-1][0] + cycles[-1][1] > LISTED:
            rule = f"must end by step {LISTED}, where it is a table"
            raise ScheduleError(message(f"{self.where}.t_initial", rule, self.first))
        rates: list[float] = []
        for start, length, top in cycles:
            for t in range(math.ceil(start - offset), math.ceil(start + length - offset)):
                rates.append(self.low + (top - self.low) * weight(float((t + offset - start) / length)))
        return table(rates) >> hold(self.low, 0) if rates else hold(self.low, 0)

    def _repeated(self, one: Schedule, decay: float, floor: float) -> Schedule:
        """As many as begin before ``_FAR``."""
        some = int(_FAR // self.first) + 1 if self.growth == 1.0 else sum(1 for _ in self._turns())
        return one.repeat(
            min(self.limit, some), growth=self.growth, decay=decay, floor=None if decay == 1.0 else floor
        )

    def _each(self) -> list[tuple[Any, Any, float]]:
        """Start, length and peak of each."""
        found = list(islice(self._turns(), _MOST + 1))
        if len(found) > _MOST:
            rule = f"must be at most {_MOST} with such factors"
            raise ScheduleError(message(f"{self.where}.cycle_limit", rule, self.limit))
        return found

    def _turns(self) -> Iterator[tuple[Any, Any, float]]:
        start = Fraction(0)
        for k in range(self.limit):
            if start >= _FAR:
                break
            length = Fraction(self.first) * Fraction(self.growth**k)
            yield _accept.exact(start), _accept.exact(length), self.peak * self.decay**k
            start += length


def cycles_of(
    d: Driving, t_initial: Any, lr_min: Any, cycle_mul: Any, cycle_decay: Any, cycle_limit: Any
) -> Cycles:
    """Check what all that go in cycles take."""
    where, first = d.where, span(f"{d.where}.t_initial", t_initial)
    limit = _accept.count(f"{where}.cycle_limit", cycle_limit, least=0)
    decay = rate(f"{where}.cycle_decay", cycle_decay)
    if decay > 1.0 and limit * math.log(decay) > math.log(1e300):
        rule = f"must not raise a peak beyond 1e300 in {limit} cycles"
        raise ScheduleError(message(f"{where}.cycle_decay", rule, cycle_decay))
    return Cycles(
        where=where,
        peak=d.lr,
        low=rate(f"{where}.lr_min", lr_min),
        first=steady(first, d.each) if limit > 1 else first,
        growth=_accept.rate(f"{where}.cycle_mul", cycle_mul, above=0.0),
        decay=decay,
        limit=limit,
    )
