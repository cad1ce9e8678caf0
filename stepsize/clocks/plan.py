"""The plan: how many samples or tokens each update takes, and the sums of that, in whole numbers."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import Any

from stepsize import _accept, _length
from stepsize._accept import Number
from stepsize._value import Value
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Chain, Hold, Ramp, Schedule, Table

COUNTED = ("samples", "tokens")
_MARK = 4096  # updates after which a run is cut, so that no search for the next one is long
_MOST_RUNS = 2_000_000  # to be found for one answer


class Plan(Value):
    """How many samples, or tokens, each update takes: the same always, or what a schedule says.

    A schedule on "steps" says it at update k; one on "samples" or "tokens" says it after so many of them, as batch
    ramps are often published. An update takes a whole number: what the schedule says is rounded, ties to even.

    Args:
        per_update: a whole number >= 1, a text such as "0.5M", or a schedule whose values are such numbers.
        first: the update with which the plan begins; whole, >= 0.
        taken: what was taken before; whole, >= 0.

    Raises:
        ScheduleError: a number is out of its range, or an update takes less than 1.

    >>> import stepsize as ss
    >>> from stepsize.clocks import Plan
    >>> plan = Plan(ss.hold(8, 20) >> ss.hold(16))
    >>> plan.after(20), plan.after(100), plan.updates(1120), plan.takes(20)
    (160, 1440, 80, 16)
    """

    per_update: int | Schedule
    first: int = 0
    taken: int = 0

    def __post_init__(self) -> None:
        given = self.per_update
        if isinstance(given, Plan):
            raise ScheduleTypeError(message("Plan.per_update", "takes what a plan is made of", given))
        self.__dict__["per_update"] = _checked(given) if isinstance(given, Schedule) else _number(given)
        for name in ("first", "taken"):
            self.__dict__[name] = _accept.count(f"Plan.{name}", getattr(self, name), least=0)

    @property
    def counts(self) -> str | None:
        """What it counts, where its schedule is on "samples" or "tokens"; else None, and it may be either."""
        s = self.per_update
        return s.clock if isinstance(s, Schedule) and s.clock != "steps" else None

    def after(self, updates: Any) -> Number:
        """What has been taken when so many updates are applied; within an update in proportion.

        Args:
            updates: a number >= ``first``; it may be infinite.

        Raises:
            ScheduleError: it is less than ``first``.

        >>> from stepsize.clocks import Plan
        >>> Plan("0.5M").after(10)
        5000000
        """
        k = updates if updates.__class__ is int else _accept.length("Plan.after", updates, endless=True)
        if math.isinf(k):
            return k
        starts, totals, sizes = self._until(0, k, "Plan.after")
        run = bisect_right(starts, k) - 1
        if k.__class__ is int:
            return totals[run] + (k - starts[run]) * sizes[run]
        return _accept.exact(totals[run] + (Fraction(k) - starts[run]) * sizes[run])

    def updates(self, total: Any) -> Number:
        """How many updates take so much: the inverse of :meth:`after`, not rounded.

        Args:
            total: samples or tokens, >= ``taken``; it may be infinite.

        Raises:
            ScheduleError: it is less than ``taken``.

        >>> from stepsize.clocks import Plan
        >>> Plan(16).updates(160), Plan(16).updates(24)
        (10, 1.5)
        """
        n = _accept.length("Plan.updates", total, endless=True)
        if math.isinf(n):
            return n
        starts, totals, sizes = self._until(1, n, "Plan.updates")
        run = bisect_right(totals, n) - 1
        return _accept.exact(starts[run] + (Fraction(n) - totals[run]) / sizes[run])

    def takes(self, update: Any) -> int:
        """How many samples or tokens update k takes: the size of the batch to load.

        Args:
            update: its number, from 0; whole, >= ``first``.

        Raises:
            ScheduleError: it is no whole number, or less than ``first``.

        >>> import stepsize as ss
        >>> from stepsize.clocks import Plan
        >>> [Plan(ss.linear(8, 16, 4)).takes(k) for k in range(6)]
        [8, 10, 12, 14, 16, 16]
        """
        k = _accept.count("Plan.takes", update, least=0)
        starts, _, sizes = self._until(0, k, "Plan.takes")
        return sizes[bisect_right(starts, k) - 1]

    def since(self, update: Any, taken: Any) -> "Plan":
        """The same plan, taking over at an update before which another one was followed.

        Args:
            update: updates already applied; whole, >= 0.
            taken: what they took; whole, >= 0.

        Raises:
            ScheduleError: a number is out of its range.

        >>> from stepsize.clocks import Plan
        >>> Plan(16).since(20, 160).after(30)
        320
        """
        return Plan(self.per_update, update, taken)

    @cached_property
    def _runs(self) -> tuple[list[int], list[int], list[int]]:
        """As far as they are known: where runs of equal updates begin, in updates and in total, and their size."""
        return [], [], []

    @cached_property
    def _further(self) -> Iterator[tuple[int, int, int]]:
        return self._walk()

    def _until(self, axis: int, value: Number, where: str) -> tuple[list[int], list[int], list[int]]:
        """The runs, known at least to where ``value`` lies on the axis of updates (0) or totals (1)."""
        if value < (begin := (self.first, self.taken)[axis]):
            rule = f"the plan begins at {begin}; what was before, another one says"
            raise ScheduleError(message(where, rule, value))
        found, runs = 0, self._runs
        while not runs[axis] or runs[axis][-1] <= value:
            if (run := next(self._further, None)) is None:
                break
            for known, number in zip(runs, run, strict=True):
                known.append(number)
            if (found := found + 1) > _MOST_RUNS:
                rule = f"the plan changes more than {_MOST_RUNS} times on the way there"
                raise ScheduleError(message(where, rule, value, "Write it as phases that hold."))
        return runs

    def _walk(self) -> Iterator[tuple[int, int, int]]:
        """Runs of equal updates, in order: the first of them, what was taken before, and what each takes."""
        k, n, mark, before = self.first, self.taken, 0, 0
        own = self.counts is not None
        for stop, size in _stretches(self.per_update):
            while (at := n if own else k) < stop:
                each = size or _size(self.per_update(at))  # type: ignore[operator]  # a number has its size
                if each != before or k - mark >= _MARK:
                    yield k, n, each
                    mark, before = k, each
                if size and stop == math.inf:
                    return
                many = math.ceil((Fraction(stop) - at) / (each if own else 1)) if size else 1
                k, n = k + many, n + many * each

    def __repr__(self) -> str:
        more = f", first={self.first}, taken={self.taken}" if self.first or self.taken else ""
        return f"Plan({self.per_update!r}{more})"


def planned(given: Any) -> Plan:
    """A plan, as it is or of what it is made of."""
    return given if isinstance(given, Plan) else Plan(given)


def _stretches(per_update: int | Schedule) -> Iterator[tuple[Number, int]]:
    """Where each stretch of a plan ends, and what its updates take; 0 where that varies."""
    if not isinstance(per_update, Schedule):
        yield math.inf, per_update
        return
    bare = per_update._bare
    parts = bare.joined if isinstance(bare, Chain) else (bare,)
    ends = bare._ends if isinstance(bare, Chain) else (bare.length,)
    for part, start, stop in zip(parts, (0, *ends), ends, strict=False):
        if isinstance(part, Table):
            each = Fraction(part.each)
            for k, value in enumerate(part.values, start=1):
                yield _accept.exact(Fraction(start) + k * each), _size(value)
        else:
            yield stop, _size(part.value) if isinstance(part, Hold) else 0
    if bare.length < math.inf:
        yield math.inf, _size(bare._final)


def _size(value: float) -> int:
    if not (math.isfinite(value) and (size := round(value)) >= 1):
        raise ScheduleError(message("Plan.per_update", "an update must take at least 1", value))
    return size


def _checked(s: Schedule) -> Schedule:
    """A plan's schedule, refused now where its phases or their ends say too little."""
    if s.clock not in ("steps", *COUNTED):
        rule = 'must be on the clock "steps", "samples" or "tokens"'
        raise ScheduleError(message("Plan.per_update", rule, s.clock))
    for _ in _stretches(s):
        pass
    bare = s._bare
    for part in bare.joined if isinstance(bare, Chain) else (bare,):
        if isinstance(part, Ramp) and part.steps > 0:
            _size(part.start), _size(part.end)
    return s


def _number(given: Any) -> int:
    where = "Plan.per_update"
    if not isinstance(given, str):
        if given is None or isinstance(given, (list, tuple)):
            remedy = "Give a number, or a schedule such as hold(8, 20) >> hold(16)."
            raise ScheduleTypeError(message(where, "must be a whole number or a schedule", given, remedy))
        return _accept.count(where, given)
    length = _length.read(where, given)
    if length.unit not in ("", *COUNTED):
        raise ScheduleError(message(where, "must be a number of samples or tokens", given))
    return _accept.count(where, _accept.exact(length.amount))
