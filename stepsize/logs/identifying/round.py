"""Round numbers, as people write them: the one with the fewest digits in an interval."""

import math
from typing import Any, NamedTuple

import numpy as np

from stepsize.logs.identified import Interval

_DIGITS = 16
_ODD = 3  # digits of a distance of two rows that nobody chose
_SLACK = 1e-4  # updates: a position that near to a whole one is it


class Round(NamedTuple):
    """A number in an interval with the fewest significant digits, how many those are, and how telling that is.

    ``telling`` is how many digits shorter it is than a number that merely happens to lie in such an interval.
    """

    value: float
    digits: int
    telling: float


def roundest(within: Interval, near: float) -> Round:
    """The number with the fewest digits within an interval; of several, the nearest to ``near``.

    >>> roundest((996.2, 1003.9), 999.9).value, roundest((2.98e-5, 3.04e-5), 3.01e-5).value
    (1000.0, 3e-05)
    """
    low, high = within
    if not (math.isfinite(low) and math.isfinite(high)):
        return Round(near, _DIGITS, 0.0)
    if low <= 0 <= high:
        return Round(0.0, 0, 2.0)
    top = math.floor(math.log10(max(abs(low), abs(high))))
    free = -math.log10(max((high - low) / max(abs(low), abs(high)), 1e-16))  # digits that the interval fixes
    for digits in range(1, _DIGITS):
        unit = 10.0 ** (top - digits + 1)
        n = min(max(round(near / unit), math.ceil(low / unit - 1e-9)), math.floor(high / unit + 1e-9))
        if low <= n * unit * (1 + 1e-12) and n * unit * (1 - 1e-12) <= high and n:
            return Round(float(f"{n}e{top - digits + 1}"), digits, free - digits)
    return Round(near, _DIGITS, 0.0)


def epoch_of(t: Any) -> int:
    """Updates of an epoch, if each row is that of a whole one: nobody logs every 391 updates by choice. Else 0."""
    if len(t) < 2 or not np.array_equal(t, np.rint(t)):
        return 0
    apart = int(np.gcd.reduce(np.diff(t).astype(np.int64)))
    plain = len(str(apart).rstrip("0")) < _ODD
    return 0 if plain or int(t[0]) % apart not in (0, apart - 1) else apart


def whole(within: Interval, near: float, epoch: int = 0) -> Round:
    """A whole number of updates within an interval, the roundest; where there is none, half of one, or ``near``.

    Where an epoch is known, whole epochs go first.
    """
    low, high = within
    if not (math.isfinite(low) and math.isfinite(high)):
        return Round(near, _DIGITS, 0.0)
    first, last = math.ceil(low - _SLACK), math.floor(high + _SLACK)
    if epoch and first <= (value := _multiple(first, last, near, epoch)) <= last:
        return Round(float(value), _ODD, 0.0)
    if first > last:
        half = round(near * 2) / 2
        return Round(half if low - _SLACK <= half <= high + _SLACK else near, _DIGITS, 0.0)
    if first <= 0 <= last:
        return Round(0.0, 0, 2.0 - math.log10(last - first + 1))
    zeros = max(z for z in range(12) if first <= _multiple(first, last, near, 10**z) <= last)
    value = _multiple(first, last, near, 10**zeros)
    if not zeros and first <= (nearest := _multiple(first, last, near, 5)) <= last:
        value, zeros_told = nearest, 0.7
    else:
        zeros_told = float(zeros)
        if first <= (even := _multiple(first, last, near, 5 * 10**zeros)) <= last:
            value, zeros_told = even, zeros + 0.3
    return Round(float(value), len(str(value).rstrip("0")), zeros_told - math.log10(last - first + 1))


def _multiple(first: int, last: int, near: float, unit: int) -> int:
    """The multiple of a unit nearest to ``near``, moved into [first, last] where another one lies there."""
    n = round(near / unit) * unit
    if n < first:
        return -(-first // unit) * unit
    return last // unit * unit if n > last else n
