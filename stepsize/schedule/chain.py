"""Chain: one schedule after another."""

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule.value import Schedule, _as_long
from stepsize.shapes import Rate


def chain(*phases: Schedule) -> Schedule:
    """Join schedules end to end. Chains are spliced, and phases of no length vanish, but for the last one.

    So ``(a >> b) >> c == a >> (b >> c)``, and a warmup of 0 updates leaves no trace.
    """
    flat = [part for phase in phases for part in (phase.joined if isinstance(phase, Chain) else (phase,))]
    for k, part in enumerate(flat[:-1]):
        if math.isinf(part.length):
            remedy = "Give it a length, or cut it: s[:n] >> next."
            raise ScheduleError(
                message(f"phase {k} of a chain", "never ends, so nothing can follow it", part, remedy)
            )
    kept = [part for part in flat[:-1] if part.length > 0] + flat[-1:]
    return kept[0] if len(kept) == 1 else Chain(tuple(kept))


class Chain(Schedule):
    """Schedules end to end. Built by ``a >> b``, which keeps it flat."""

    joined: tuple[Schedule, ...]

    @property
    def _children(self) -> tuple[Schedule, ...]:
        return self.joined

    @cached_property
    def _ends(self) -> tuple[Number, ...]:
        """Where each phase ends; lengths are added exactly, and rounded once."""
        exact = accumulate(Fraction(phase.length) for phase in self.joined if phase.length < math.inf)
        ends = tuple(_whole_if_meant(_accept.exact(end)) for end in exact)
        return ends if len(ends) == len(self.joined) else (*ends, math.inf)

    @property
    def length(self) -> Number:
        return self._ends[-1]

    @property
    def _final(self) -> float:
        return self.joined[-1]._final

    @property
    def _extent(self) -> Number:
        return (0, *self._ends)[-2] + self.joined[-1]._extent

    def _laid(self, a: Any, b: Any) -> list[tuple[Schedule, Any, Any]]:
        """Each phase with its own interval within [a, b); the outer ends are kept exactly."""
        if _as_long(a, b, self.length):
            ends = [a + end for end in self._ends]
        else:
            ends = [a + end * ((b - a) / self.length) for end in self._ends]
        cuts = [a, *ends[:-1], b]
        laid = list(zip(self.joined, cuts[:-1], cuts[1:], strict=True))
        return laid if self.joined[-1].length > 0 else laid[:-1]  # what has no length owns no position

    def _parts(self, a: Any, b: Any, xp: Any) -> tuple[Rate, ...]:
        return tuple(
            part for phase, start, stop in self._laid(a, b) for part in phase._parts(start, stop, xp)
        )

    def _edges(self, a: Any, b: Any) -> tuple[Any, ...]:
        return tuple(edge for phase, start, stop in self._laid(a, b) for edge in phase._edges(start, stop))

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        return xp.select(t, self._edges(a, b)[:-1], self._parts(a, b, xp))

    def _left(self, t: Number) -> float:
        start: Number = 0
        for phase, end in zip(self.joined, self._ends, strict=True):
            if t <= end and phase.length > 0:
                return phase._left(t - start if t < end else phase.length)
            start = end
        return self._final

    def _scaled(self, factor: float) -> Schedule:
        return Chain(tuple(phase._scaled(factor) for phase in self.joined))

    def _stretched(self, factor: Fraction) -> Schedule:
        return Chain(tuple(phase._stretched(factor) for phase in self.joined))

    def _cut(self, a: Number, b: Number) -> Schedule:
        pieces, start = [], 0
        for phase, end in zip(self.joined, self._ends, strict=True):
            low, high = max(a, start), min(b, end)
            if low < high:
                whole = low == start and high == end
                pieces.append(phase if whole else phase._cut(low - start, high - start))
            elif end == start == b:  # a last phase of no length, which sets the held rate
                pieces.append(phase)
            start = end  # type: ignore[assignment]
        return chain(*pieces)

    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        start: Number = 0
        for phase, end in zip(self.joined, self._ends, strict=True):
            if start < until:
                yield from ((start + i, start + j, kind) for i, j, kind in phase._pieces(until - start))
            start = end


def _whole_if_meant(end: Number) -> Number:
    """Lengths such as 5% of 1002 are rounded; a sum that misses a whole number by that is meant whole."""
    return round(end) if abs(end - round(end)) <= 1e-15 * end else end
