"""Ignite's schedulers that go round: cycles of half a cosine wave, or of straight lines."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear
from stepsize.twins._cycles import laid

Piece = Callable[[float, float, Number], Schedule]
"""One cycle without its warmup, from its start value to its end value."""


def CosineAnnealingScheduler(
    lr: Any,
    param_name: Any,
    start_value: Any,
    end_value: Any,
    cycle_size: Any,
    cycle_mult: Any = 1.0,
    start_value_mult: Any = 1.0,
    end_value_mult: Any = 1.0,
    warmup_duration: Any = 0,
    save_history: Any = False,
    param_group_index: Any = None,
    *,
    steps: Any = None,
) -> Schedule:
    """Half a cosine wave again and again, with a warmup between two, if so wished.

    In cycle k = 0, 1, ..., with e updates since its start, N its cycle_size, W its warmup_duration, a and b its start
    and end value, a' the next start value; from cycle to cycle each is multiplied, and N and W are cut to whole ones:
        0 <= e < N        a + (b - a) (1 - cos(pi e / N)) / 2
        N <= e < N + W    b + (a' - b) (e - N) / W

    First update start_value; peak at the start of each cycle; last update of a cycle just above end_value, unless it
    warms up; after the end it goes on, for there is none: update cycle_size is back at start_value.

    Args:
        lr: the base rate of the group, which theirs overwrites and does not look at; >= 0.
        param_name: "lr", or what else theirs sets; not looked at.
        start_value: the rate at the start of the first cycle; >= 0.
        end_value: the rate that the first cycle goes to; >= 0.
        cycle_size: updates of the first cycle; whole, >= 2.
        cycle_mult: the factor of both lengths from cycle to cycle; > 0.
        start_value_mult: the factor of the start value; >= 0.
        end_value_mult: the factor of the end value; >= 0.
        warmup_duration: updates of the first warmup, which follows the first cycle; whole, >= 0.
        save_history: not of the rate, and not looked at.
        param_group_index: the group; not looked at.
        steps: updates of the run; whole, >= 1; needed where cycle_mult is not whole or a factor of a value is not in
            (0, 1], and with nothing else: cycles are then laid one by one, and the rate is held after them.

    Raises:
        ScheduleError: a number is out of its range, steps is needed and not given, or a cycle is cut to nothing.

    Source:
        ignite/handlers/param_scheduler.py, CyclicalScheduler, CosineAnnealingScheduler; release 0.5.5.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.ignite.CosineAnnealingScheduler(0.1, "lr", 1.0, 0.1, 100)
    >>> s(0), round(s(99), 6), s(100)
    (1.0, 0.100222, 1.0)
    """
    where = "twins.ignite.CosineAnnealingScheduler"
    _accept.rate(f"{where}.lr", lr, least=0.0)
    return _cycles(
        where,
        start_value,
        end_value,
        cycle_size,
        cycle_mult,
        start_value_mult,
        end_value_mult,
        warmup_duration,
    ).laid(where, cosine, steps)


def LinearCyclicalScheduler(
    lr: Any,
    param_name: Any,
    start_value: Any,
    end_value: Any,
    cycle_size: Any,
    cycle_mult: Any = 1.0,
    start_value_mult: Any = 1.0,
    end_value_mult: Any = 1.0,
    warmup_duration: Any = 0,
    save_history: Any = False,
    param_group_index: Any = None,
    *,
    monotonic: Any = False,
    steps: Any = None,
) -> Schedule:
    """To the end value and back in straight lines, again and again; or only there, with a warmup back if so wished.

    In cycle k = 0, 1, ..., with e updates since its start, N its cycle_size, W its warmup_duration, a and b its start
    and end value, a' the next start value; from cycle to cycle each is multiplied, and N and W are cut to whole ones:
        0 <= e < N        b + (a - b) |e / N - 1/2| 2
        monotonic: e < N  a + (b - a) e / N
        N <= e < N + W    b + (a' - b) (e - N) / W

    First update start_value; peak at the start of each cycle, or in its middle, where it rises first; last update of a
    cycle one step short of start_value, or of end_value; after the end it goes on, for there is none.

    Args:
        lr: the base rate of the group, which theirs overwrites and does not look at; >= 0.
        param_name: "lr", or what else theirs sets; not looked at.
        start_value: the rate at the start of the first cycle; >= 0.
        end_value: the rate in the middle of the first cycle, or at its end where monotonic; >= 0.
        cycle_size: updates of the first cycle; whole, >= 2.
        cycle_mult: the factor of both lengths from cycle to cycle; > 0.
        start_value_mult: the factor of the start value; >= 0.
        end_value_mult: the factor of the end value; >= 0.
        warmup_duration: updates of the first warmup, which follows the first cycle; whole, >= 0; 0 unless monotonic.
        save_history: not of the rate, and not looked at.
        param_group_index: the group; not looked at.
        monotonic: whether it goes one way only.
        steps: updates of the run; whole, >= 1; needed where cycle_mult is not whole or a factor of a value is not in
            (0, 1], and with nothing else: cycles are then laid one by one, and the rate is held after them.

    Raises:
        ScheduleError: a number is out of its range, there is a warmup where it is not monotonic, steps is needed and
            not given, or a cycle is cut to nothing.

    Source:
        ignite/handlers/param_scheduler.py, CyclicalScheduler, LinearCyclicalScheduler; release 0.5.5.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.ignite.LinearCyclicalScheduler(0.1, "lr", 0.0, 1.0, 4)
    >>> [s(t) for t in range(6)]
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
    """
    where = "twins.ignite.LinearCyclicalScheduler"
    _accept.rate(f"{where}.lr", lr, least=0.0)
    cycles = _cycles(
        where,
        start_value,
        end_value,
        cycle_size,
        cycle_mult,
        start_value_mult,
        end_value_mult,
        warmup_duration,
    )
    if cycles.warmup > 0 and not monotonic:
        rule = "must be 0 unless monotonic"
        raise ScheduleError(message(f"{where}.warmup_duration", rule, warmup_duration))
    return cycles.laid(where, linear if monotonic else _there_and_back, steps)


class Cycles(NamedTuple):
    """The first cycle, and by what its lengths and values are multiplied from cycle to cycle."""

    start: float
    end: float
    size: int
    warmup: int
    growth: float
    start_mult: float
    end_mult: float

    def laid(self, where: str, piece: Piece, steps: Any) -> Schedule:
        """For ever where a repetition can say it, else as many as ``steps`` updates need."""
        mults = (self.start_mult, self.end_mult)
        if self.growth.is_integer() and all(0.0 < mult <= 1.0 for mult in mults):
            return self.repeated(piece)
        if steps is None:
            rule = "must be given with such factors"
            remedy = "These cycles are laid one by one: say for how many updates."
            raise ScheduleError(message(f"{where}.steps", rule, None, remedy))
        count = _accept.count(f"{where}.steps", steps)
        return laid(self.each(where, piece, count), count)

    def repeated(self, piece: Piece) -> Schedule:
        """One repetition where both values shrink alike, else the sum of one that has the start and one the end."""
        if self.start_mult == self.end_mult or self.end == 0.0:
            one = self.one(piece, self.start, self.end, self.start * self.start_mult)
            return self.again(one, self.start_mult)
        start = self.one(piece, self.start, 0.0, self.start * self.start_mult)
        end = self.one(piece, 0.0, self.end, 0.0)
        return self.again(start, self.start_mult) + self.again(end, self.end_mult)

    def again(self, one: Schedule, mult: float) -> Schedule:
        """For ever, towards 0 where it shrinks."""
        return one.repeat(growth=self.growth, decay=mult, floor=None if mult == 1.0 else 0.0)

    def one(self, piece: Piece, start: float, end: float, then: float) -> Schedule:
        """A cycle, and the warmup to the next."""
        return (
            piece(start, end, self.size) >> linear(end, then, self.warmup)
            if self.warmup
            else piece(start, end, self.size)
        )

    def each(self, where: str, piece: Piece, steps: int) -> Iterator[Schedule]:
        """The cycles in order; the lengths are cut to whole ones each time, as theirs are."""
        cycle, reached = self, 0
        while reached < steps:
            if cycle.size == 0:
                rule = f"must not cut a cycle to nothing within {steps} updates"
                raise ScheduleError(
                    message(f"{where}.cycle_mult", rule, self.growth, "Theirs divides by zero there.")
                )
            start = cycle.start * cycle.start_mult
            yield cycle.one(piece, cycle.start, cycle.end, start)
            reached += cycle.size + cycle.warmup
            cycle = cycle._replace(
                start=start,
                end=cycle.end * cycle.end_mult,
                size=int(cycle.size * cycle.growth),
                warmup=int(cycle.warmup * cycle.growth),
            )


def _cycles(
    where: str, start: Any, end: Any, size: Any, growth: Any, start_mult: Any, end_mult: Any, warmup: Any
) -> Cycles:
    def rate(name: str, value: Any) -> float:
        return _accept.rate(f"{where}.{name}", value, least=0.0)

    return Cycles(
        start=rate("start_value", start),
        end=rate("end_value", end),
        size=_accept.count(f"{where}.cycle_size", size, least=2),
        warmup=_accept.count(f"{where}.warmup_duration", warmup, least=0),
        growth=_accept.rate(f"{where}.cycle_mult", growth, above=0.0),
        start_mult=rate("start_value_mult", start_mult),
        end_mult=rate("end_value_mult", end_mult),
    )


def _there_and_back(start: float, end: float, steps: Number) -> Schedule:
    if start == end:
        return hold(start, steps)
    return linear(start, end, steps / 2) >> linear(end, start, steps / 2)
