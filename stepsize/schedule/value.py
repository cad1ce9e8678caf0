"""The schedule: an immutable value that maps a position to a rate. Every type of the language is one of these.

A type says six things about itself: its ``length``; its rate ``_at`` a position inside, laid over an interval
[a, b) (which is how it is stretched); the limit of its rate from the left (``_left``) and the rate it is held at
after its end (``_final``); how it is scaled, stretched and cut, each as a new tree; and the pieces it is made of.
All that users call is written once, here, on top of those.
"""

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize._numbers import Python, curve
from stepsize._value import Value
from stepsize.errors import ScheduleError, message
from stepsize.schedule.verbs import Verbs
from stepsize.shapes import Rate

Line = tuple[tuple[Any, ...], tuple[Rate, ...]]
"""Edges that cut the line of positions, and the rates that speak between them: one more than edges."""

MOST_LEVELS = 64  # deep enough for any schedule, shallow enough for Python's own recursion
MOST_NODES = 10_000
MOST_PIECES = 100_000


class Phase(NamedTuple):
    """One phase of a schedule on the line of positions: it owns [start, stop)."""

    start: Number
    stop: Number
    kind: str
    first: float
    last: float


class Schedule(Verbs, Value, ABC):
    """An immutable value that maps a position, the number of updates already applied, to a rate.

    Update k uses ``s(k)``: the first ``s(0)``, the N-th ``s(N - 1)``. Before 0 the rate is ``s(0)``; after the
    end it stays what the last phase was at its end. Build one from phases (:func:`stepsize.linear`, ...) or take a
    recipe (:func:`stepsize.warmup_cosine`, ...).

    >>> import stepsize as ss
    >>> s = ss.linear(0.0, 1.0, 4) >> ss.polynomial(1.0, 0.0, 8)
    >>> s(0), s(2), s(4), s(8), s(1000)
    (0.0, 0.5, 1.0, 0.5, 0.0)
    >>> s.length, s.edges
    (12, (0, 4, 12))
    """

    __array_ufunc__ = None  # numpy.array(...) * s must come to us, and not become an array of objects
    __array_priority__ = 1000  # the same for libraries that look here

    # What a type says about itself

    @property
    @abstractmethod
    def length(self) -> Number:
        """Updates until it is over; ``inf`` for one without an end."""

    @abstractmethod
    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        """The rate at a position inside [a, b), over which the schedule is laid."""

    @abstractmethod
    def _left(self, t: Number) -> float:
        """The limit of the rate as the position comes to t from below, 0 < t <= length."""

    @property
    @abstractmethod
    def _final(self) -> float:
        """The rate it is held at after its end; of an endless one, its limit."""

    @abstractmethod
    def _scaled(self, factor: float) -> "Schedule": ...

    @abstractmethod
    def _stretched(self, factor: Fraction) -> "Schedule": ...

    @abstractmethod
    def _cut(self, a: Number, b: Number) -> "Schedule":
        """The schedule on [a, b), 0 <= a < b <= length, from position 0 on."""

    @abstractmethod
    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        """Start, stop and kind of each piece that begins before ``until``."""

    def _parts(self, a: Any, b: Any, xp: Any) -> tuple[Rate, ...]:
        """The rates of its pieces in order, as functions of the position, where it is laid over [a, b)."""
        return (lambda t: self._at(t, a, b, xp),)

    def _edges(self, a: Any, b: Any) -> tuple[Any, ...]:
        """Where each of :meth:`_parts` ends."""
        return (b,)

    @property
    def _children(self) -> tuple["Schedule", ...]:
        return ()

    @property
    def _extent(self) -> Number:
        """How far one must look to have seen it all: the length, or two cycles of an endless repetition."""
        return self.length

    def __post_init__(self) -> None:
        """Keep trees small enough to print, hash and walk."""
        depth = 1 + max((child._size[0] for child in self._children), default=0)
        nodes = 1 + sum(child._size[1] for child in self._children)
        if depth > MOST_LEVELS or nodes > MOST_NODES:
            rule = f"a schedule may have {MOST_LEVELS} levels and {MOST_NODES} nodes"
            raise ScheduleError(
                message("schedule", rule, (depth, nodes), "Give the rates as a table(values).")
            )
        if _accept.FAR <= self.length < math.inf:
            raise ScheduleError(message("schedule", "must end below position 2^63", self.length))
        self.__dict__["_size"] = (depth, nodes)

    _size: ClassVar[tuple[int, int]]  # of each instance; a ClassVar, so that it is no field

    # Evaluation

    _numbers: ClassVar[Line]  # for plain numbers, in each instance: Python finds that fastest

    def _line(self, xp: Any) -> Line:
        """The whole line of positions for one kind of number: before 0, each piece, and after the end."""
        name = "_numbers" if xp is Python else f"_line_of_{id(xp)}"
        if name not in self.__dict__:
            edges, parts = (0,), ()  # type: tuple[Any, ...], tuple[Rate, ...]
            if self.length > 0:
                edges, parts = (0, *self._edges(0, self.length)), self._parts(0, self.length, xp)
            first = float(self._parts(0, self.length, Python)[0](0)) if parts else self._final
            self.__dict__[name] = edges, (_constant(first, xp), *parts, _constant(self._final, xp))
        line: Line = self.__dict__[name]
        return line

    def __call__(self, t: Any) -> Any:
        """The rate at a position: a number, or an array of NumPy, JAX or Torch; kind and shape come back.

        >>> import numpy as np, stepsize as ss
        >>> ss.linear(0.0, 1.0, 4)(np.arange(6))
        array([0.  , 0.25, 0.5 , 0.75, 1.  , 1.  ])
        """
        if t.__class__ is int or t.__class__ is float:
            try:
                edges, parts = self._numbers
            except AttributeError:
                edges, parts = self._line(Python)
            try:
                return parts[bisect_right(edges, t)](t)
            except OverflowError:  # an integer beyond the largest float
                return self(math.inf)
        return curve(self, t)

    def _select(self, t: Any, xp: Any) -> Any:
        """The rate at any position, held outside."""
        return xp.select(t, *self._line(xp))

    def _held(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        """The rate at any position, held outside, of the schedule laid over [a, b)."""
        if self.length == 0 or _as_long(a, b, self.length):
            return self._select(t - a, xp)
        first, final = (_constant(value, xp) for value in (self(0), self._final))
        return xp.select(t, (a, *self._edges(a, b)), (first, *self._parts(a, b, xp), final))

    def _elapsed(self, t: Any, a: Any, b: Any) -> Any:
        """Updates of its own since its start, where it is laid over [a, b)."""
        return t - a if _as_long(a, b, self.length) else (t - a) * (self.length / (b - a))

    # What users ask

    @property
    def edges(self) -> tuple[Number, ...]:
        """The positions where the formula changes, 0 and the length included; two cycles of an endless one."""
        pieces = self._bounded_pieces(self._extent)
        return tuple(sorted({0, *(edge for start, stop, _ in pieces for edge in (start, stop))}))

    def phases(self, until: Any = None) -> tuple[Phase, ...]:
        """The phases that begin before ``until``, the last one cut there.

        Args:
            until: a position > 0; without it all of them, or two cycles of an endless schedule.

        >>> import stepsize as ss
        >>> [tuple(p) for p in ss.warmup_cosine(1.0, 10, warmup=2).phases()]
        [(0, 2, 'linear', 0.0, 1.0), (2, 10, 'cosine', 1.0, 0.0)]
        """
        end = self._extent if until is None else _accept.length("phases.until", until)
        found = ((a, min(b, end), kind) for a, b, kind in self._bounded_pieces(end))
        listed = [Phase(a, b, kind, self(a), self._limit(b)) for a, b, kind in found if a < b]
        if end == self.length and (not listed or listed[-1].last != self._final):
            listed.append(Phase(end, end, "held", self._final, self._final))  # a last phase of no length
        return tuple(listed)

    def _limit(self, t: Number) -> float:
        if t > self.length or math.isinf(t):
            return self._final
        return self._left(t) if t > 0 else float(self(0))

    def _bounded_pieces(self, until: Number) -> list[tuple[Number, Number, str]]:
        pieces = list(islice(self._pieces(until), MOST_PIECES + 1))
        if len(pieces) > MOST_PIECES:
            rule = f"at most {MOST_PIECES} phases can be listed"
            raise ScheduleError(
                message("phases", rule, f"more, until {until}", "Cut the schedule first, s[:n].")
            )
        return pieces

    def show(self, until: Any = None, *, width: int = 80, height: int = 13, log: bool = False) -> None:
        """Print the curve as a small picture, with its phases, and its first, last, highest, lowest and mean rate.

        Args:
            until: last position drawn, > 0; without it the whole schedule, or two cycles of an endless one.
            width: columns, 20 to 1000; no line is wider.
            height: rows of the plot, 3 to 1000.
            log: whether the axis of rates is logarithmic.

        Raises:
            ScheduleError: one of them is out of its range, or ``log`` is asked and no rate is above 0.
        """
        from stepsize.schedule.terminal import drawn

        print(drawn([("", self)], until, width=width, height=height, log=log))

    def _repr_svg_(self) -> str:
        from stepsize.schedule.svg import svg

        return svg(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain, versioned JSON; :func:`stepsize.from_dict` reads it."""
        from stepsize.schedule.document import to_dict

        return to_dict(self)

    def __repr__(self) -> str:
        from stepsize.schedule.document import spelled

        return spelled(self)

    def __str__(self) -> str:
        from stepsize.schedule.arrows import arrows

        return arrows(self)


def _constant(value: float, xp: Any) -> Rate:
    return lambda t: xp.full(t, value)


def _as_long(a: Any, b: Any, length: Number) -> bool:
    """Whether [a, b) is as long as the schedule itself, so that nothing is stretched."""
    if not (isinstance(a, (int, float)) and isinstance(b, (int, float))):
        return False
    return b - a == length or abs((b - a) - length) <= 1e-12 * length
