"""How far schedules are shown, and on which clock."""

import math
from typing import NamedTuple

from stepsize._accept import Number
from stepsize.cli import horizon as run
from stepsize.cli.source import Given
from stepsize.errors import ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.schedule import picture


class Extent(NamedTuple):
    """The clock, the last position, and what a reader should know about it."""

    clock: str
    end: Number
    notes: tuple[str, ...] = ()


def extent(given: list[Given], until: str | None, horizon: Horizon | None) -> Extent:
    """What was asked for, else the end of the run, else all of the longest schedule.

    Raises:
        ScheduleError: the schedules count on different clocks, or ``until`` is no position.
    """
    clock = common_clock(given)
    if until is not None:
        end = run.position("--until", until, clock, horizon)
        if end <= 0:
            raise ScheduleError(message("--until", "must be > 0", until))
        return Extent(clock, end)
    end_of_run = run.length(clock, horizon)
    if end_of_run is None:
        return Extent(clock, max(picture.horizon(one.schedule, None) for one in given))
    named = len(given) > 1
    notes = (_note(one.name if named else "The schedule", one.schedule.length, end_of_run) for one in given)
    return Extent(clock, end_of_run, tuple(note for note in notes if note))


def common_clock(given: list[Given]) -> str:
    """The clock that all of them count on.

    Raises:
        ScheduleError: they do not.
    """
    clocks = list(dict.fromkeys(one.schedule.clock for one in given))
    if len(clocks) > 1:
        rule = "schedules that are shown together must count on one clock"
        raise ScheduleError(message("SCHEDULE", rule, ", ".join(clocks), "Show them one by one."))
    return clocks[0]


def _note(name: str, length: Number, end: Number) -> str:
    """What the run makes of a schedule that is longer or shorter."""
    if math.isinf(length) or length == end:
        return ""
    what = "its last rate is held" if length < end else "the rest is not used"
    return f"{name} ends at {length:,}, the run at {end:,}: {what}."
