"""Cuts: ``s[a:b]``, the schedule from a to b."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule.chain import chain
from stepsize.schedule.phases import Hold, stretched
from stepsize.schedule.value import Schedule, _as_long


def cut_out(s: Schedule, cut: Any) -> Schedule:
    """``s[a:b]``, with what a user may write between the brackets checked."""
    if not isinstance(cut, slice):
        raise ScheduleTypeError(
            message("schedule[a:b]", "takes a range", cut, "For the rate at a position, call it: s(t).")
        )
    if cut.step is not None:
        raise ScheduleError(
            message("schedule[a:b]", "takes no step", cut.step, "Stretch it instead: s.stretch(factor).")
        )
    a = 0 if cut.start is None else _accept.length("schedule[a:b], a", cut.start)
    b = max(a, s.length) if cut.stop is None else _accept.length("schedule[a:b], b", cut.stop, endless=True)
    if a > b:
        raise ScheduleError(message("schedule[a:b]", "needs a <= b", (a, b)))
    return cut_to(s, a, b)


def cut_to(s: Schedule, a: Number, b: Number) -> Schedule:
    """From a to b, always b - a long; beyond the end it is held."""
    if a == 0 and b == s.length:
        return s
    if a == b:
        return Hold(s._limit(a) if a < s.length else s._final, 0)
    if a >= s.length:
        return Hold(s._final, _accept.whole(b - a))
    inside = (
        s._cut(a, b)
        if b <= s.length
        else chain(s._cut(a, s.length) if a > 0 else s, Hold(s._final, b - s.length))
    )
    return inside


class Slice(Schedule):
    """The part [start, stop) of a schedule that cannot be cut by writing it anew. Built by ``s[a:b]``."""

    schedule: Schedule
    start: Number
    stop: Number

    def __post_init__(self) -> None:
        self.__dict__["start"] = _accept.length("slice.start", self.start)
        self.__dict__["stop"] = _accept.length("slice.stop", self.stop, endless=True)
        if not self.start < self.stop <= self.schedule.length:
            raise ScheduleError(message("slice", "needs start < stop <= length", (self.start, self.stop)))
        super().__post_init__()

    @property
    def _children(self) -> tuple[Schedule, ...]:
        return (self.schedule,)

    @property
    def length(self) -> Number:
        return _accept.whole(self.stop - self.start)

    @property
    def _extent(self) -> Number:
        if self.length < math.inf:
            return self.length
        return max(self.schedule._extent - self.start, 1)

    @property
    def _final(self) -> float:
        return self.schedule._final if self.stop == self.schedule.length else self.schedule._left(self.stop)

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        if _as_long(a, b, self.length):
            zero = a - self.start
            return self.schedule._at(t, zero, zero + self.schedule.length, xp)
        stretch = (b - a) / self.length
        zero = a - self.start * stretch
        return self.schedule._at(t, zero, zero + self.schedule.length * stretch, xp)

    def _left(self, t: Number) -> float:
        return self.schedule._left(t + self.start)

    def _scaled(self, factor: float) -> Schedule:
        return cut_to(self.schedule._scaled(factor), self.start, self.stop)

    def _stretched(self, factor: Fraction) -> Schedule:
        start, stop = (stretched(position, factor) for position in (self.start, self.stop))
        return cut_to(self.schedule._stretched(factor), start, stop)

    def _cut(self, a: Number, b: Number) -> Schedule:
        return cut_to(self.schedule, _accept.whole(self.start + a), _accept.whole(self.start + b))

    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        for i, j, kind in self.schedule._pieces(until + self.start):
            low, high = max(i, self.start) - self.start, min(j, self.stop) - self.start
            if low < high:
                yield low, high, kind
