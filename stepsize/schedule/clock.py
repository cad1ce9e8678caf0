"""Clocks: what a position counts, if not optimizer updates."""

from fractions import Fraction
from typing import Any

from stepsize._accept import Number
from stepsize.errors import ScheduleError, ScheduleTypeError, did_you_mean, message
from stepsize.schedule.around import Around
from stepsize.schedule.value import Schedule

CLOCKS = ("steps", "samples", "tokens", "seconds", "progress")


def on(s: Schedule, clock: Any) -> Schedule:
    """The same curve on another clock; "steps" is the clock of every bare schedule."""
    if not isinstance(clock, str):
        raise ScheduleTypeError(message("on", f"the clock must be one of {', '.join(CLOCKS)}", clock))
    if clock not in CLOCKS:
        remedy = did_you_mean(clock, CLOCKS)
        raise ScheduleError(message("on", f"the clock must be one of {', '.join(CLOCKS)}", clock, remedy))
    return s._bare if clock == "steps" else On(s._bare, clock)


class On(Around):
    """A schedule whose positions count something else than updates. Always outermost; built by ``s.on(clock)``."""

    counts: str

    @property
    def clock(self) -> str:
        return self.counts

    @property
    def _bare(self) -> Schedule:
        return self.schedule

    @property
    def _final(self) -> float:
        return self.schedule._final

    def _at(self, t: Any, a: Any, b: Any, xp: Any) -> Any:
        return self.schedule._at(t, a, b, xp)

    def _parts(self, a: Any, b: Any, xp: Any) -> Any:
        return self.schedule._parts(a, b, xp)

    def _edges(self, a: Any, b: Any) -> Any:
        return self.schedule._edges(a, b)

    def _left(self, t: Number) -> float:
        return self.schedule._left(t)

    def _scaled(self, factor: float) -> Schedule:
        return On(self.schedule._scaled(factor), self.counts)

    def _stretched(self, factor: Fraction) -> Schedule:
        return On(self.schedule._stretched(factor), self.counts)

    def _cut(self, a: Number, b: Number) -> Schedule:
        return On(self.schedule._cut(a, b), self.counts)
