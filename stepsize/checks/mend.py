"""Schedules that mend: the same one with one thing changed. None where it is not of a form that can be.

Whether one really mends is not decided here: ``check`` asks all rules again, and shows none that does not.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import wraps
from itertools import pairwise
from typing import ParamSpec

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError
from stepsize.schedule import Chain, Hold, Ramp, Repeat, Schedule, Table
from stepsize.schedule.chain import chain

_LONG_WARMUP = 0.2  # of the run: a longer one is stretched with the rest

_LONG_CYCLE = 50  # updates: a longer one is rounded to whole ones

_P = ParamSpec("_P")
_Change = Callable[_P, Schedule | None]


def _attempted(change: _Change[_P]) -> _Change[_P]:
    """A phase that refuses what is asked of it is no mend."""

    @wraps(change)
    def changed(*args: _P.args, **named: _P.kwargs) -> Schedule | None:
        try:
            return change(*args, **named)
        except (ScheduleError, ArithmeticError):  # the latter of rates and lengths beyond all floats
            return None

    return changed


def _phases(s: Schedule) -> list[Schedule]:
    return list(s._bare.joined) if isinstance(s._bare, Chain) else [s._bare]


def _joined(s: Schedule, phases: list[Schedule]) -> Schedule:
    return chain(*phases).on(s.clock)


def _rises(phase: Schedule) -> bool:
    return isinstance(phase, Ramp) and phase.end > phase.start


def _as_long(phase: Schedule, steps: Number) -> Schedule:
    """A phase with another length."""
    if isinstance(phase, Hold):
        return Hold(phase.value, steps)
    if isinstance(phase, Ramp):
        return Ramp(phase.start, phase.end, steps, phase.shape)
    if phase.length == steps:
        return phase
    return _stretched(phase, Fraction(steps) / Fraction(phase.length))


def _stretched(phase: Schedule, factor: Fraction) -> Schedule:
    """A phase stretched; the rates of a table belong to its updates, and no other ones are meant."""
    if _tabled(phase):
        raise ScheduleError("a table is not stretched")
    return phase._stretched(factor)


def _tabled(s: Schedule) -> bool:
    return isinstance(s, Table) or any(_tabled(child) for child in s._children)


def _shorter(phase: Schedule, by: Number) -> Schedule | None:
    """A phase that has given so many updates; one without an end has enough of them."""
    if phase.length == float("inf"):
        return phase
    left = phase.length - by
    return _as_long(phase, _accept.whole(left)) if left > 0 else None


def _digits(value: float) -> float:
    """A rate that one would type."""
    return float(f"{value:.3g}")


@_attempted
def start_above_zero(s: Schedule) -> Schedule | None:
    """The warmup begins at the rate that it had after one update."""
    first, *rest = _phases(s)
    if not (isinstance(first, Ramp) and first.start == 0.0 and first.length >= 1):
        return None
    start = _digits(first.end / first.length)
    return _joined(
        s,
        [
            Hold(first.end, first.length)
            if first.length == 1
            else Ramp(start, first.end, first.length, first.shape),
            *rest,
        ],
    )


@_attempted
def without_zeros(s: Schedule, zeros: Number, run: Number) -> Schedule | None:
    """Without the updates at zero with which it begins or, where ``zeros`` is negative, ends; laid over the run."""
    kept = s[zeros:] if zeros > 0 else s[: s.length + zeros]
    return laid_over(kept, run)


@_attempted
def warmed(s: Schedule, steps: Number) -> Schedule | None:
    """A warmup of so many updates, which what follows it gives or takes."""
    first, *rest = _phases(s)
    if steps <= 0:
        return None
    if not _rises(first):
        first, rest = Ramp(_digits(s(0) / steps), float(s(0)), 0), [first, *rest]
    if not rest or (after := _shorter(rest[0], steps - first.length)) is None:
        return None
    return _joined(s, [_as_long(first, steps), after, *rest[1:]])


@_attempted
def ended(s: Schedule, end: float) -> Schedule | None:
    """The last fall ends at another rate, and is held there where it was held."""
    phases = _phases(s)
    tail: list[Schedule] = []
    while phases and isinstance(phases[-1], Hold):
        tail.insert(0, Hold(end, phases.pop().length))
    if not phases or not isinstance(phases[-1], Ramp):
        return None
    last = phases.pop()
    assert isinstance(last, Ramp)
    return _joined(s, [*phases, Ramp(last.start, end, last.length, last.shape), *tail])


@_attempted
def cooled(s: Schedule, steps: Number) -> Schedule | None:
    """The last fall takes so many updates, which the phase before it gives."""
    *before, flat, last = [Hold(0.0, 0), *_phases(s)]
    if not isinstance(last, Ramp) or (flat_left := _shorter(flat, steps - last.length)) is None:
        return None
    return _joined(s, [*before, flat_left, _as_long(last, steps)])


@_attempted
def laid_over(s: Schedule, run: Number) -> Schedule | None:
    """Laid over the run: a warmup stays as long as it is, the rest is stretched."""
    first, *rest = _phases(s)
    if not rest or not _rises(first) or first.length > _LONG_WARMUP * run:
        return stretched_over(s, run)
    return _joined(s, [first, *_spread(rest, run - first.length)])


@_attempted
def stretched_over(s: Schedule, run: Number) -> Schedule | None:
    """The whole of it, stretched or shrunk to the run."""
    return _joined(s, _spread(_phases(s), run))


def _spread(phases: list[Schedule], steps: Number) -> list[Schedule]:
    """Phases in a row, stretched to so many updates; where they end is rounded to whole ones, if the run is whole."""
    ends = [Fraction(0)]
    for phase in phases:
        if phase.length == float("inf"):
            raise ScheduleError("what has no end cannot be stretched")
        ends.append(ends[-1] + Fraction(phase.length))
    ratio = Fraction(steps) / ends[-1] if ends[-1] else Fraction(1)
    laid = [end * ratio for end in ends]
    if isinstance(steps, int):
        laid = [Fraction(round(end)) for end in laid]
    return [
        _as_long(phase, _accept.exact(b - a)) for phase, (a, b) in zip(phases, pairwise(laid), strict=True)
    ]


@_attempted
def whole_cycles(s: Schedule, cycles: int, run: Number) -> Schedule | None:
    """So many whole cycles, laid over the run behind what stands before them."""
    *before, last = _phases(s)
    if not isinstance(last, Repeat):
        return None
    left = Fraction(run) - sum(Fraction(phase.length) for phase in before)
    whole = Repeat(last.schedule, cycles, last.growth, last.decay, last.floor)
    first = left / Fraction(whole.length) * Fraction(last.schedule.length)
    first = Fraction(round(first)) if isinstance(run, int) and first >= _LONG_CYCLE else first
    cycle = _stretched(last.schedule, first / Fraction(last.schedule.length))
    return _joined(s, [*before, Repeat(cycle, cycles, last.growth, last.decay, last.floor)])


@_attempted
def ending_included(s: Schedule) -> Schedule | None:
    """The last update of each cycle is at the rate with which it ends."""
    *before, last = _phases(s)
    if not isinstance(last, Repeat) or (shorter := _shorter(last.schedule, 1)) is None:
        return None
    cycle = chain(shorter, Hold(last.schedule._final, 1))
    return _joined(s, [*before, Repeat(cycle, last.cycles, last.growth, last.decay, last.floor)])


@_attempted
def not_below_zero(s: Schedule) -> Schedule | None:
    """The last fall ends at 0; else it is held at 0 where it would be below."""
    return ended(s, 0.0) if s._final < 0.0 else s.clip(0.0)


@_attempted
def scaled(s: Schedule, factor: float) -> Schedule | None:
    """Every rate times a factor."""
    return s * factor


@_attempted
def on_progress(s: Schedule) -> Schedule | None:
    """The same numbers as shares of the run."""
    return s._bare.on("progress")


@_attempted
def meeting(s: Schedule, at: Number) -> Schedule | None:
    """The ramp that begins at a position begins at the rate that the phase before it ends with."""
    start, phases = Fraction(0), _phases(s)
    for k, phase in enumerate(phases):
        if k and start == at and isinstance(phase, Ramp):
            met = Ramp(s._limit(at), phase.end, phase.length, phase.shape)
            return _joined(s, [*phases[:k], met, *phases[k + 1 :]])
        start += Fraction(phase.length) if phase.length < float("inf") else 0
    return None
