"""A schedule that was stepped once in many updates, as once an epoch: its log is a staircase with equal treads."""

import math
from typing import NamedTuple

import numpy as np

from stepsize.logs.identified import Part
from stepsize.logs.identifying.series import Series

_LEAST = 12  # changes of the rate, from which on equal treads are no chance
_ROWS = 2  # rows of a tread, usually, at least
_UNITS = 3.0  # of the rounding, which a change must be, usually: a slow curve that is rounded looks like stairs, too
_SAME = 1e-9  # of the highest rate
_PHASES = (0, 1, -1)  # where the first tread begins: at step 0, or as the log counts


class Treads(NamedTuple):
    """How many updates a tread is long, and the offset of the log: step n shows update n + offset."""

    each: int
    offset: int


def treads(seen: Series) -> Treads | None:
    """The equal treads of a log, if it has them."""
    changed = np.flatnonzero(np.abs(np.diff(seen.r)) > _SAME * float(seen.r.max()))
    if len(changed) < _LEAST or np.median(np.diff(changed)) < _ROWS:
        return None
    if np.median((np.abs(np.diff(seen.r)) / seen.q[1:])[changed]) < 2 * _UNITS:
        return None
    low, high = seen.t[changed], seen.t[changed + 1]
    usual = float(np.median(np.diff(high)))
    if usual > 1e9:
        return None
    first, last = max(2, math.floor(max(usual - seen.gap, _ROWS * seen.gap))), math.ceil(usual + seen.gap)
    for begin in _PHASES:
        edges = np.arange(first, min(last, first + 100_000) + 1)
        fit = [int(each) for each in edges if _between(low - begin, high - begin, int(each))]
        if fit:
            return Treads(max(fit, key=lambda each: (_zeros(each), -abs(each - usual))), -begin)
    return None


def _between(low: np.ndarray, high: np.ndarray, each: int) -> bool:
    """Whether a multiple of a length lies in every (low, high]."""
    return bool((np.floor(high / each) * each > low).all())


def _zeros(each: int) -> int:
    text = str(each)
    return len(text) - len(text.rstrip("0"))


def once_a_tread(seen: Series, found: Treads) -> Series:
    """The series with one row for each tread, which it counts."""
    place = np.floor((seen.t + found.offset) / found.each)
    _, first = np.unique(place, return_index=True)
    resumed = tuple(float(math.floor((step + found.offset) / found.each)) for step in seen.resumed)
    return Series(place[first], seen.r[first], seen.q[first], resumed)


def in_updates(part: Part, each: int) -> Part:
    """A phase that counts treads, in updates."""
    told = {name: getattr(part, name) for name in Part._fields}
    for name in ("start", "stop", "cut", "begun"):
        told[name] = None if told[name] is None else told[name] * each
    for name in ("start", "stop", "length"):
        low, high = told[f"{name}_between"]
        told[f"{name}_between"] = (low * each, high * each)
    return Part(**told)
