"""What all changes ask of their arguments."""

from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule


def schedule(where: str, s: Any) -> Schedule:
    if not isinstance(s, Schedule):
        raise ScheduleTypeError(message(f"replan.{where}", "changes a schedule", s))
    return s


def position(where: str, s: Any, at: Any) -> Number:
    schedule(where, s)
    return _accept.length(f"replan.{where}.at", at)


def room(where: str, at: Number, steps: Any) -> Number:
    """The updates that are left of ``steps``."""
    steps = _accept.length(f"replan.{where}.steps", steps)
    if steps < at:
        rule = f"must not be less than the {at} updates that are applied already"
        raise ScheduleError(message(f"replan.{where}.steps", rule, steps))
    return _accept.whole(steps - at)
