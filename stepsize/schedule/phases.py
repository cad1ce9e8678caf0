"""Single phases: hold, ramp, decay, table."""

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from typing import Any

from stepsize import _accept, _numbers, shapes, tails
from stepsize._accept import Number
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule.factor import times
from stepsize.schedule.value import Schedule


def _set(self: Any, **values: Any) -> None:
    for name, value in values.items():
        self.__dict__[name] = value


class Hold(Schedule):
    """The same rate for ``steps`` updates, or for ever."""

    value: float
    steps: Number = math.inf

    def __post_init__(self) -> None:
        _set(
            self,
            value=_accept.rate("hold.value", self.value),
            steps=_accept.length("hold.steps", self.steps, endless=True),
        )
        super().__post_init__()

    @property
    def length(self) -> Number:
        return self.steps

    @property
    def _final(self) -> float:
        return self.value

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        return xp.full(t, self.value)

    def _left(self, t: Number) -> float:
        return self.value

    def _scaled(self, factor: float) -> Schedule:
        return Hold(times(self.value, factor), self.steps)

    def _stretched(self, factor: Fraction) -> Schedule:
        return Hold(self.value, stretched(self.steps, factor))

    def _cut(self, a: Number, b: Number) -> Schedule:
        return Hold(self.value, b - a)

    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        yield 0, self.steps, "hold"


class Ramp(Schedule):
    """From one rate to another in ``steps`` updates, along a shape; with 0 steps it is at its end."""

    start: float
    end: float
    steps: Number
    shape: shapes.Shape = shapes.linear

    def __post_init__(self) -> None:
        shape = shapes.shape("ramp.shape", self.shape)
        name = door(shape)
        _set(
            self,
            start=_accept.rate(f"{name}.start", self.start),
            end=_accept.rate(f"{name}.end", self.end),
            steps=_accept.length(f"{name}.steps", self.steps),
            shape=shape,
        )
        self._mix  # noqa: B018  a shape may refuse its ends, and now is the time
        super().__post_init__()

    @property
    def length(self) -> Number:
        return self.steps

    @property
    def _final(self) -> float:
        return self.end

    @cached_property
    def _mix(self) -> tuple[shapes.Bind, bool]:
        return self.shape.mix(self.start, self.end)

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        return self._parts(a, b, xp)[0](t)

    def _parts(self, a: Any, b: Any, xp: Any) -> tuple[shapes.Rate, ...]:
        bind, backwards = self._mix
        return (bind(b, a, xp) if backwards else bind(a, b, xp),)

    def _left(self, t: Number) -> float:
        return float(self(t))

    def _scaled(self, factor: float) -> Schedule:
        if factor == 0.0:
            return Hold(0.0, self.steps)
        return Ramp(times(self.start, factor), times(self.end, factor), self.steps, self.shape)

    def _stretched(self, factor: Fraction) -> Schedule:
        return Ramp(self.start, self.end, stretched(self.steps, factor), self.shape)

    def _cut(self, a: Number, b: Number) -> Schedule:
        from stepsize.schedule.cut import Slice

        return Slice(self, a, b)

    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        yield 0, self.steps, str(self.shape)


class Decay(Schedule):
    """Fade from ``start`` along a tail, for ``steps`` updates or for ever: start * tail(elapsed)."""

    start: float
    tail: tails.Tail
    steps: Number = math.inf

    def __post_init__(self) -> None:
        _set(
            self,
            start=_accept.rate("decay.start", self.start),
            tail=tails.tail("decay.tail", self.tail),
            steps=_accept.length("decay.steps", self.steps, endless=True),
        )
        super().__post_init__()

    @property
    def length(self) -> Number:
        return self.steps

    @cached_property
    def _final(self) -> float:
        return 0.0 if math.isinf(self.steps) else self._left(self.steps)

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        return self.start * self.tail.at(self._elapsed(t, a, b), xp)

    def _left(self, t: Number) -> float:
        return float(self._at(t, 0, self.steps, _numbers.Python)) if t > 0 else self.start

    def _scaled(self, factor: float) -> Schedule:
        return Decay(times(self.start, factor), self.tail, self.steps)

    def _stretched(self, factor: Fraction) -> Schedule:
        return Decay(self.start, self.tail.stretched(factor), stretched(self.steps, factor))

    def _cut(self, a: Number, b: Number) -> Schedule:
        from stepsize.schedule.cut import Slice

        return Slice(self, a, b) if a > 0 else Decay(self.start, self.tail, b)

    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        yield 0, self.steps, str(self.tail)


class Table(Schedule):
    """The rates themselves: value k on [k * each, (k + 1) * each)."""

    values: tuple[float, ...]
    each: Number = 1

    def __post_init__(self) -> None:
        rule = "must be a sequence of rates"
        given: Any = self.values
        if isinstance(given, (str, bytes, dict, Schedule)) or getattr(given, "shape", (0,)) == ():
            raise ScheduleTypeError(message("table.values", rule, self.values))
        try:
            given = list(given.tolist() if hasattr(given, "tolist") else given)
        except TypeError:
            raise ScheduleTypeError(message("table.values", rule, self.values)) from None
        if not given:
            raise ScheduleError(message("table.values", "must hold at least one rate", given))
        each = _accept.length("table.each", self.each)
        if each <= 0:
            raise ScheduleError(message("table.each", "must be > 0", self.each))
        values = tuple(_accept.rate(f"table.values[{k}]", value) for k, value in enumerate(given))
        _set(self, values=values, each=each)
        super().__post_init__()

    @cached_property
    def length(self) -> Number:
        return _accept.exact(Fraction(self.each) * len(self.values))

    @property
    def _final(self) -> float:
        return self.values[-1]

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        index, _ = xp.wrap(self._elapsed(t, a, b), self.each)
        return xp.take(self.values if xp is _numbers.Python else self._array, index)

    @cached_property
    def _array(self) -> Any:
        return import_module("numpy").asarray(self.values)  # NumPy is loaded when an array comes, not before

    def _left(self, t: Number) -> float:
        tread = math.ceil(Fraction(t) / Fraction(self.each)) - 1
        return self.values[min(max(0, tread), len(self.values) - 1)]  # a rounded length may reach one too far

    def _scaled(self, factor: float) -> Schedule:
        return Table(tuple(times(value, factor) for value in self.values), self.each)

    def _stretched(self, factor: Fraction) -> Schedule:
        return Table(self.values, stretched(self.each, factor))

    def _cut(self, a: Number, b: Number) -> Schedule:
        from stepsize.schedule.cut import Slice

        first, last = Fraction(a) / Fraction(self.each), Fraction(b) / Fraction(self.each)
        if first.denominator == last.denominator == 1:
            return Table(self.values[int(first) : int(last)], self.each)
        return Slice(self, a, b)

    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        yield 0, self.length, "table"


def stretched(steps: Number, factor: Fraction) -> Number:
    """A length times an exact factor."""
    return steps if math.isinf(steps) else _accept.exact(Fraction(steps) * factor)


def door(shape: shapes.Shape) -> str:
    """The public function that builds a ramp of this shape."""
    if isinstance(shape, shapes.power):
        return "polynomial"
    return {"linear": "linear", "cosine": "cosine", "geometric": "exponential"}.get(str(shape), "ramp")
