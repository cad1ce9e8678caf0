"""How far a logged rate may be from the real one: half a unit of the last digit that the log writes."""

from decimal import Decimal
from typing import Any

import numpy as np

_LOOKED_AT = 3000  # values whose digits are counted
_SLACK = 1.02  # of half a unit: a digit is rounded by arithmetic that is itself rounded
_SHORT = 3  # significant digits that a log has, also where all its rates happen to be rounder
_MANY = 12  # different rates, from which on it is no chance that all of them are
_LONG = 7  # significant digits, from which on the numbers may be 32 bits wide, written in full
_FULL = 12  # significant digits, from which on a number was written in full
_OF_64_BITS = 1e-9  # of the highest rate: what a recursion in 64 bits may drift
_OF_32_BITS = 1e-6  # of the highest rate: what formulas in 32 bits are off
_HIDDEN = 3e-7  # of the highest rate: the same, where it may hide behind the rounding


def half_units(rates: Any) -> Any:
    """Half a unit of the last digit of each rate, an array.

    Of rates r_i, written with S significant digits or with D decimals, h is the highest:

        decimals       10^-D / 2                          where small rates have no more decimals than large ones
        significant    10^(floor(log10 r_i) - S + 1) / 2  else, with S at least 3 where there are few different rates
        and at least   1e-6 h where numbers are 32 bits wide, 1e-9 h where they are 64, 3e-7 h where they may be either

    >>> half_units(np.array([3.00e-4, 1.25e-4, 9.87e-5])).round(9).tolist()
    [5.1e-07, 5.1e-07, 5.1e-08]
    """
    size = np.abs(rates)
    top = float(size.max()) or 1.0
    some = np.unique(size[size > 0])
    some = some[:: max(1, len(some) // _LOOKED_AT)]
    if not len(some):
        return np.full(len(rates), top * _OF_64_BITS)
    digits, decimals, exponents = np.array([_written(value) for value in some.tolist()]).T
    longest, highest = int(digits.max()), int(exponents.max())
    least = min(longest, _SHORT) if len(some) > _MANY else _SHORT
    narrow = bool((some == some.astype(np.float32)).all()) and longest > _LONG
    if longest >= _FULL:
        return np.full(len(rates), top * (_OF_32_BITS if narrow else _OF_64_BITS))
    floor = top * (_OF_32_BITS if narrow or longest >= _LONG else _HIDDEN)
    if (decimals < decimals.max()).sum() <= (
        digits < longest
    ).sum():  # fewer last digits are 0 than of the other kind
        unit = np.full(len(rates), 10.0 ** -max(int(decimals.max()), least - 1 - highest))
    else:
        with np.errstate(divide="ignore"):
            power = np.floor(np.log10(np.where(size > 0, size, top)))
        unit = np.where(size > 0, 10.0 ** (power - max(longest, least) + 1), 0.0)
    return np.maximum(unit / 2 * _SLACK, floor)


def _written(value: float) -> tuple[int, int, int]:
    """Significant digits, decimals, and the exponent of the first digit, of a number as it is written shortest."""
    _, digits, last = Decimal(repr(value)).normalize().as_tuple()
    return len(digits), max(0, -int(last)), len(digits) - 1 + int(last)
