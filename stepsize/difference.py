"""Two schedules compared, update for update: where they first differ, where most, by how much, and why, in words.

Looked for are what makes the schedules of libraries differ: a shift by whole updates, a scale, another start of the
warmup, another peak, another end point, another horizon, and another behaviour after the end.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule

if TYPE_CHECKING:
    from numpy import ndarray

    Rates = ndarray[Any, Any]

_MOST = 1_000_000  # updates that are compared one by one; of a longer run the edges, and so many between them
_SHIFTS = 100  # updates by which a schedule may be shifted, besides those that its peak or its end suggests


def rate(value: float) -> str:
    """A rate in six digits."""
    from stepsize.schedule import words  # when somebody compares, and not whenever stepsize is imported

    return words.rate(value)


class Difference(NamedTuple):
    """How two schedules differ. Its text says it in a few lines.

    Attributes:
        a: one schedule.
        b: the other one.
        steps: updates of the run in which they were compared.
        first: the first update that differs; None where none does.
        most: the update that differs most; None where none does.
        reasons: why, a sentence each; also of what comes after the end.
    """

    a: Schedule
    b: Schedule
    steps: Number
    first: Number | None
    most: Number | None
    reasons: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether they are the same in the run, and after it."""
        return not self.reasons

    def __str__(self) -> str:
        if self.same:
            return f"The same, in {self.steps:,} {self._counted} and after them."
        lines = []
        if self.first is not None and self.most is not None:
            peak = max(abs(self.a(self.most)), abs(self.b(self.most)))
            share = abs(self.a(self.most) - self.b(self.most)) / peak
            lines += [f"First at {self.first:,}: {self._pair(self.first)}"]
            lines += [f"Most at {self.most:,}: {self._pair(self.most)}, {share:.3g} of the larger"]
        return "\n".join([*lines, *(f"- {reason}" for reason in self.reasons)])

    @property
    def _counted(self) -> str:
        return "updates" if self.a.clock == "steps" else self.a.clock

    def _pair(self, t: Number) -> str:
        return f"{rate(self.a(t))} and {rate(self.b(t))}"


def compare(a: Schedule, b: Schedule, steps: Any = None, *, tolerance: float = 1e-12) -> Difference:
    """Compare two schedules over a run, and find out why they differ.

    Args:
        a: one schedule.
        b: the other one, on the same clock.
        steps: updates of the run; > 0, by default those of the longer schedule.
        tolerance: differences up to this share of the highest rate are none; in [0, 1).

    Returns:
        What differs; ``print`` shows it, ``.same``, ``.first``, ``.most`` and ``.reasons`` are its parts.

    Raises:
        ScheduleError: they count on two clocks, or a number is out of its range.

    >>> import stepsize as ss
    >>> s = ss.warmup_cosine(1.0, 100, warmup=10, end=0.1)
    >>> print(ss.compare(s, s[1:]))
    First at 0: 0 and 0.1
    Most at 0: 0 and 0.1, 1 of the larger
    - shifted: update k of the second is update k + 1 of the first
    """
    for s in (a, b):
        if not isinstance(s, Schedule):
            raise ScheduleTypeError(message("compare", "takes two schedules", s))
    if a.clock != b.clock:
        raise ScheduleError(message("compare", "both must be on one clock", (a.clock, b.clock)))
    from stepsize.schedule.picture import horizon

    end = max(horizon(s, steps) for s in (a, b))
    _accept.rate("compare.tolerance", tolerance, least=0.0)
    return _Pair(a, b, end, tolerance).difference()


class _Pair:
    """The rates of two schedules at the same positions, and the questions that are asked of them."""

    def __init__(self, a: Schedule, b: Schedule, end: Number, tolerance: float) -> None:
        import numpy as np  # when somebody compares, and not before

        self.np, self.a, self.b, self.end = np, a, b, end
        self.at = _positions(np, a, b, end)
        self.ra, self.rb = (np.asarray(s(self.at), float) for s in (a, b))
        self.slack = tolerance * float(max(abs(self.ra).max(), abs(self.rb).max()))

    def difference(self) -> Difference:
        apart = abs(self.ra - self.rb)
        found = self.np.flatnonzero(apart > self.slack)
        first = most = None
        if found.size:
            farthest = (apart >= apart.max() * (1 - 1e-9)).argmax()  # the first of those that are as far
            first, most = (_accept.whole(float(self.at[k])) for k in (found[0], farthest))
        over = min(self.a.length, self.b.length)
        reasons = [*self._within()] if first is not None and first < over else []
        reasons += [] if reasons[:1] and reasons[0].startswith("scaled") else [*self._after()]
        if first is not None and not reasons:  # one is held, and the other comes to that rate later
            lengths = " and ".join(
                "no end" if math.isinf(s.length) else f"{s.length:,}" for s in (self.a, self.b)
            )
            reasons = [f"another horizon: {lengths}"]
        return Difference(self.a, self.b, self.end, first, most, tuple(reasons))

    def alike(self, x: "Rates", y: "Rates") -> bool:
        return bool((abs(x - y) <= self.slack).all())

    def _within(self) -> Iterator[str]:
        if (factor := self._scale(slice(None))) is not None:
            yield f"scaled: the second is {factor:.6g} of the first"
        elif (shift := self._shift(0, self.end)) is not None:
            yield _shifted("", shift)
        else:
            yield from self._by_parts()

    def _by_parts(self) -> Iterator[str]:
        """The warmup and what follows it, each by itself; split where both have reached their peak."""
        tops = [int((rates >= rates.max() - self.slack).argmax()) for rates in (self.ra, self.rb)]
        peaks = [_accept.whole(float(self.at[top])) for top in tops]
        split = self.at[max(tops)]
        highest = float(self.ra.max()), float(self.rb.max())
        if abs(highest[0] - highest[1]) > self.slack:
            yield f"another peak: {rate(highest[0])} at {peaks[0]:,}, and {rate(highest[1])} at {peaks[1]:,}"
        before, after = self.at < split, self.at >= split
        if not self.alike(self.ra[before], self.rb[before]):
            yield self._warmup(split, before, peaks)
        if not self.alike(self.ra[after], self.rb[after]):
            yield from self._rest(split, after)

    def _warmup(self, split: float, part: "Rates", peaks: list[Number]) -> str:
        if (shift := self._shift(0, split)) is not None:
            return _shifted("in the warmup ", shift)
        if (factor := self._scale(part)) is not None:
            return f"in the warmup scaled: the second is {factor:.6g} of the first"
        if peaks[0] == peaks[1] and abs(self.ra[0] - self.rb[0]) <= self.slack:
            return "another curve of the warmup: " + " and ".join(self._curve(s, 0) for s in (self.a, self.b))
        starts = f"from {rate(self.ra[0])} and from {rate(self.rb[0])}"
        if peaks[0] == peaks[1]:
            return f"another warmup start: {starts}, with the peak at {peaks[0]:,}"
        return f"another warmup: {starts}, with the peak at {peaks[0]:,} and at {peaks[1]:,}"

    def _rest(self, split: float, part: "Rates") -> Iterator[str]:
        if (shift := self._shift(split, self.end)) is not None:
            yield _shifted("after the warmup ", shift)
            return
        if (factor := self._scale(part)) is not None:
            yield f"after the warmup scaled: the second is {factor:.6g} of the first"
            return
        lengths = [s.length for s in (self.a, self.b)]
        lasts = [s(min(s.length, self.end)) for s in (self.a, self.b)]
        if lengths[0] != lengths[1]:
            yield "another horizon: " + " and ".join("no end" if math.isinf(n) else f"{n:,}" for n in lengths)
        if abs(lasts[0] - lasts[1]) > self.slack:
            yield f"another end point: {rate(lasts[0])} and {rate(lasts[1])}"
        if lengths[0] == lengths[1] and abs(lasts[0] - lasts[1]) <= self.slack:
            yield "another curve after the warmup: " + " and ".join(
                self._curve(s, split) for s in (self.a, self.b)
            )

    def _curve(self, s: Schedule, split: float) -> str:
        """The phase that follows the warmup, in words."""
        phase = next(phase for phase in s.phases(self.end) if phase.stop > split)
        stop = min(phase.stop, self.end)
        return f"{phase.kind} from {rate(s(split))} to {rate(s(stop))} in {stop - split:,.7g}"

    def _after(self) -> Iterator[str]:
        """What they do when the run is over, where a longer one would go on."""
        beyond = self.np.asarray([self.end * x for x in (1.0, 1.25, 2.0)]) + 1.0
        ra, rb = (self.np.asarray(s(beyond), float) for s in (self.a, self.b))
        if not self.alike(ra, rb):
            k = int(abs(ra - rb).argmax())
            yield f"another behaviour after the end: {rate(ra[k])} and {rate(rb[k])} at {beyond[k]:,.7g}"

    def _scale(self, part: Any) -> float | None:
        """The factor between them in a part of the run, where there is one."""
        ra, rb = self.ra[part], self.rb[part]
        k = int(abs(ra).argmax())
        if not ra[k] or not rb[k]:
            return None
        factor = float(rb[k] / ra[k])
        return factor if self.alike(ra * factor, rb) and abs(factor - 1) > 1e-12 else None

    def _shift(self, low: Any, high: Any) -> int | None:
        """By how many updates they are shifted between two positions, where a shift makes them equal."""
        ends = [s.length for s in (self.a, self.b)]
        likely = [int(ends[0] - ends[1])] if max(ends) < math.inf else []
        shifts: list[int] = sorted({*range(-_SHIFTS, _SHIFTS + 1), *likely} - {0}, key=abs)
        for n in shifts:
            inside = (self.at >= low) & (self.at <= high) & (self.at + n >= low) & (self.at + n <= high)
            places = self.at[inside]
            if places.size < 2 or 2 * abs(n) > high - low:
                continue
            moved = self.np.asarray(self.a(places + n), float)
            if self.alike(moved, self.rb[inside]) and not self.alike(moved, moved[:1]):
                return n
        return None


def _positions(np: Any, a: Schedule, b: Schedule, end: Number) -> "Rates":
    """Every update of a run, or where it is too long, its edges with their neighbours and a million between them."""
    if a.clock != "progress" and end <= _MOST:
        every: Rates = np.arange(math.ceil(end), dtype=float)
        return every
    between = np.linspace(0, end, _MOST, endpoint=False)
    between = between if a.clock == "progress" else np.floor(between)
    edges = [edge + near for s in (a, b) for edge in s.edges[:1000] for near in (-1, 0, 1) if edge < end]
    some: Rates = np.unique(np.clip(np.concatenate([between, edges]), 0, end))
    return some


def _shifted(where: str, n: int) -> str:
    sign = "+" if n > 0 else "-"
    return f"{where}shifted: update k of the second is update k {sign} {abs(n)} of the first"
