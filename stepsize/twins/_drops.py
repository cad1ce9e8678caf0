"""Drops at milestones, as several peers have them."""

from collections.abc import Iterable

from stepsize._accept import Number
from stepsize.schedule import Schedule, hold
from stepsize.schedule.chain import chain


def drops(rate: float, factor: float, milestones: Iterable[Number]) -> Schedule:
    """``rate * factor^(milestones <= t)``; one that is given twice counts twice."""
    parts, start = [], 0  # type: list[Schedule], Number
    for stop in sorted(milestones):
        parts.append(hold(rate, stop - start))
        rate, start = rate * factor, stop
    return chain(*parts, hold(rate))
