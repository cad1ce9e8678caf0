"""Cycles that no ``repeat`` can say, such as those whose lengths are not rounded: laid one after another."""

import math
from collections.abc import Iterable
from fractions import Fraction

from stepsize._accept import Number
from stepsize.schedule import Schedule, table
from stepsize.schedule.chain import chain
from stepsize.twins._tables import listed

_MOST = 3000  # more cycles than that make too large a tree


def laid(cycles: Iterable[Schedule], steps: Number) -> Schedule:
    """Cycles in order until ``steps`` updates are covered, and cut there."""
    parts, reached = [], Fraction(0)
    for cycle in cycles:
        if reached >= steps:
            break
        parts.append(cycle)
        listed("twins: cycles", 100 * len(parts))  # each is at least some updates
        reached += Fraction(cycle.length)
    if len(parts) <= _MOST:
        return chain(*parts)[:steps]
    listed("twins: the updates of so many cycles", steps)
    return _listed(parts)[:steps]


def _listed(parts: list[Schedule]) -> Schedule:
    """The rates of all updates, one by one."""
    values, start = [], Fraction(0)
    for part in parts:
        stop = start + Fraction(part.length)
        values += [part(float(t - start)) for t in range(math.ceil(start), math.ceil(stop))]
        start = stop
    return table(values)
