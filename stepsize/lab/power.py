"""How many seeds a race needs: paired t tests, corrected for many comparisons."""

from collections.abc import Sequence
from math import inf, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit
from scipy.stats import nct

LEVEL = 0.05
_MOST = 1000  # seeds


def p_value(mean: float, deviation: float, many: int) -> float:
    """Of a mean difference of so many pairs being none; two-sided."""
    if many < 2:
        return 1.0
    if deviation == 0:
        return 0.0 if mean else 1.0
    return float(2 * stdtr(many - 1, -abs(mean) * sqrt(many) / deviation))


def holm(p: Sequence[float]) -> list[float]:
    """P values corrected for being several, in the same order.

    Source: Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure.

    >>> [round(one, 3) for one in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order, most, found = sorted(range(len(p)), key=lambda k: p[k]), 0.0, [0.0] * len(p)
    for rank, k in enumerate(order):
        most = max(most, min(1.0, (len(p) - rank) * p[k]))
        found[k] = most
    return found


def settled_by(difference: float, deviation: float, comparisons: int) -> int | None:
    """Seeds with which a difference of this size and spread would be told; None for more than a thousand.

    >>> settled_by(0.1, 0.1, 1)
    7
    """
    for many in range(2, _MOST + 1):
        reach = float(stdtrit(many - 1, 1 - LEVEL / (2 * comparisons))) * deviation / sqrt(many)
        if reach < abs(difference):
            return many
    return None


def detectable(seeds: int, comparisons: int, power: float = 0.8) -> float:
    """The difference that is found with this power, in standard deviations of paired differences.

    The first step of Holm's procedure is counted: a level of 0.05 / comparisons.

    >>> round(detectable(10, 1), 3)
    0.996
    """
    if seeds < 2:
        return inf
    critical = float(stdtrit(seeds - 1, 1 - LEVEL / (2 * comparisons)))

    def short(size: float) -> float:
        shifted = size * sqrt(seeds)
        missed = nct.cdf(critical, seeds - 1, shifted) - nct.cdf(-critical, seeds - 1, shifted)
        return float(np.nan_to_num(1 - missed, nan=1.0)) - power

    top = 1.0
    while short(top) < 0:
        top *= 2
    return float(brentq(short, 0.0, top))
