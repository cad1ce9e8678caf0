"""Repetition: cycles that may grow and shrink, and stairs."""

import math
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any

from stepsize import _accept, _numbers
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule.around import Around
from stepsize.schedule.factor import times
from stepsize.schedule.phases import stretched
from stepsize.schedule.value import Schedule

_MOST_CYCLES = 20_000


@lru_cache(maxsize=64)
def cycle_lengths(first: Number, growth: float, cycles: int | None) -> tuple[int, ...]:
    """round(first * growth^k) for k = 0, 1, ..., ties to even, until ``cycles`` or position 2^63 is reached.

    In 120 decimal digits: more than any tie has (a tie is a multiple of 1/2 below 2^64, and the powers that lead
    to one have at most as many binary places), so the arithmetic is exact wherever the rounding hangs on it.
    """
    exact = Context(prec=120, rounding=ROUND_HALF_EVEN)
    length, ratio = Decimal(first), Decimal(growth)
    lengths: list[int] = []
    reached = 0
    while reached < _accept.FAR and len(lengths) != cycles:
        if len(lengths) == _MOST_CYCLES:
            rule = f"needs more than {_MOST_CYCLES} cycles to reach position 2^63"
            raise ScheduleError(message("repeat.growth", rule, growth, "Take growth=1, or a larger one."))
        lengths.append(int(length.to_integral_value(rounding=ROUND_HALF_EVEN)))
        reached += lengths[-1]
        length = exact.multiply(length, ratio)
    return tuple(lengths)


class Repeat(Schedule):
    """A schedule again and again. Built by ``s.repeat(...)``, which says what its parameters mean."""

    schedule: Schedule
    cycles: int | None = None
    growth: float = 1.0
    decay: float = 1.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        cycles = None if self.cycles is None else _accept.count("repeat.cycles", self.cycles)
        decay = _accept.rate("repeat.decay", self.decay, above=0.0)
        growth = _accept.rate("repeat.growth", self.growth, above=0.0)
        if not 0 < self.schedule.length < math.inf:
            rule = "a cycle must last more than 0 updates, and end"
            raise ScheduleError(message("repeat", rule, self.schedule.length))
        if decay > 1.0:
            raise ScheduleError(message("repeat.decay", "must be in (0, 1]", self.decay))
        if growth < 1.0 and cycles is None:
            raise ScheduleError(
                message(
                    "repeat.growth", "must be >= 1 where it goes on for ever", self.growth, "Give cycles."
                )
            )
        floor = _accept.rate("repeat.floor", self.floor)
        for name, value in (("cycles", cycles), ("growth", growth), ("decay", decay), ("floor", floor)):
            self.__dict__[name] = value
        if growth != 1.0 and not any(self._lengths):
            raise ScheduleError(
                message("repeat", "some cycle must round to at least 1 update", self.schedule.length)
            )
        super().__post_init__()

    @property
    def _children(self) -> tuple[Schedule, ...]:
        return (self.schedule,)

    @cached_property
    def _lengths(self) -> tuple[int, ...]:
        """How long each cycle is, where they differ."""
        return cycle_lengths(self.schedule.length, self.growth, self.cycles)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return (0, *accumulate(self._lengths))[:-1]

    @cached_property
    def length(self) -> Number:
        if self.cycles is None:
            return math.inf
        return self._start(self.cycles)

    def _start(self, k: int) -> Number:
        """Where cycle k begins."""
        if self.growth == 1.0:
            return _accept.exact(Fraction(self.schedule.length) * k)
        return sum(self._lengths[:k])

    @property
    def _extent(self) -> Number:
        return self._start(2) if self.cycles is None else self.length

    @property
    def _final(self) -> float:
        if self.cycles is None:
            return self.floor
        return float(self._shrunk(self.schedule._final, self.cycles - 1, _numbers.Python))

    def _shrunk(self, rate: Any, k: Any, xp: Any) -> Any:
        if self.decay == 1.0:
            return rate
        left = xp.whole_power(self.decay, k)
        return rate * left if self.floor == 0.0 else self.floor * (1.0 - left) + rate * left

    def _find(self, t: Any, xp: Any) -> tuple[Any, Any, Any]:
        """Cycle k that holds position t, the position within it, and its length."""
        if self.growth == 1.0:
            k, local = xp.wrap(t, self.schedule.length)
            return k, local, self.schedule.length
        k = xp.search(self._starts, t)
        return k, t - xp.take(self._starts, k), xp.take(self._lengths, k)

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        k, local, length = self._find(self._elapsed(t, a, b), xp)
        return self._shrunk(self.schedule._at(local, 0, length, xp), k, xp)

    def _left(self, t: Number) -> float:
        k, local, length = self._find(t, _numbers.Python)
        if local == 0:  # at the start of a cycle: the one before, at its end
            k, local, length = self._find(math.nextafter(t, 0.0), _numbers.Python)
            return float(self._shrunk(self.schedule._left(self.schedule.length), k, _numbers.Python))
        return float(
            self._shrunk(self.schedule._left(local * (self.schedule.length / length)), k, _numbers.Python)
        )

    def _scaled(self, factor: float) -> Schedule:
        return Repeat(
            self.schedule._scaled(factor), self.cycles, self.growth, self.decay, times(self.floor, factor)
        )

    def _stretched(self, factor: Fraction) -> Schedule:
        return Repeat(self.schedule._stretched(factor), self.cycles, self.growth, self.decay, self.floor)

    def _cut(self, a: Number, b: Number) -> Schedule:
        from stepsize.schedule.cut import Slice

        return Slice(self, a, b)

    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        k: int = 0
        start: Number = 0
        while start < until and k != self.cycles and (self.growth == 1.0 or k < len(self._lengths)):
            stop = self._start(k + 1) if self.growth == 1.0 else start + self._lengths[k]
            ratio = (
                Fraction(stop - start) / Fraction(self.schedule.length) if self.growth != 1.0 else Fraction(1)
            )
            for i, j, kind in self.schedule._pieces(self.schedule.length) if stop > start else ():
                yield (
                    _accept.whole(start + stretched(i, ratio)),
                    _accept.whole(start + stretched(j, ratio)),
                    kind,
                )
            k, start = k + 1, stop


class Staircase(Around):
    """A schedule that moves only every so many updates. Built by ``s.staircase(every)``."""

    every: Number

    def __post_init__(self) -> None:
        every = _accept.length("staircase.every", self.every)
        if every <= 0:
            raise ScheduleError(message("staircase.every", "must be > 0", self.every))
        self.__dict__["every"] = every
        super().__post_init__()

    @property
    def _final(self) -> float:
        return (
            self.schedule._final if math.isinf(self.length) or self.length == 0 else self._left(self.length)
        )

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        elapsed = self._elapsed(t, a, b)
        _, rest = xp.wrap(elapsed, self.every)
        return self.schedule._select(elapsed - rest, xp)

    def _left(self, t: Number) -> float:
        stairs = math.ceil(Fraction(t) / Fraction(self.every)) - 1
        return float(self.schedule(_accept.exact(stairs * Fraction(self.every))))

    def _scaled(self, factor: float) -> Schedule:
        return Staircase(self.schedule._scaled(factor), self.every)

    def _stretched(self, factor: Fraction) -> Schedule:
        return Staircase(self.schedule._stretched(factor), stretched(self.every, factor))

    def _cut(self, a: Number, b: Number) -> Schedule:
        from stepsize.schedule.cut import Slice

        whole = (Fraction(a) / Fraction(self.every)).denominator == 1
        return Staircase(self.schedule._cut(a, b), self.every) if whole else Slice(self, a, b)
