"""What the rows leave open of the numbers of a chain."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import linprog

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.chain import Chain, moved
from stepsize.logs.identifying.pieces import Piece

_ROWS = 400  # of a window whose intervals are sought
_OF_32_BITS = 6e-8  # of a rate: what is off where it was computed in 32 bits before it was written


def between(chain: Chain, k: int, *asked: Callable[[Piece], float]) -> list[Interval]:
    """What the rows leave open of numbers of piece k, such as its start: one interval each.

    The chain is taken as linear around its numbers, and each interval is what a linear programme gives: all
    numbers that keep every row within its rounding, with the neighbours of the piece free to move along.
    """
    programme, free = _programme(chain, k)
    found = []
    for number in asked:
        middle = number(chain.piece(k))
        aim = np.array([_slope(chain, k, number, s) for s in free])
        low, high = programme.range(aim)
        found.append((middle + low, middle + high))
    return found


def _programme(chain: Chain, k: int) -> tuple["_Programme", list[int]]:
    near = range(max(0, k - 1), min(len(chain.pieces), k + 2))
    rows = np.concatenate([np.arange(chain.pieces[j].a, chain.pieces[j].b + 1) for j in near])
    free = sorted({s for j in near for s in chain.slots[j] if not chain.fixed[s]})
    jacobian = chain.jacobian(free, near)
    left = chain.r[rows] - chain.rates(among=near)
    allowed = chain.q[rows] * max(1.0, float((np.abs(left) / chain.q[rows]).max()) * 1.001)
    allowed = allowed + _OF_32_BITS * np.abs(chain.r[rows])
    if len(rows) > _ROWS:
        kept = np.unique(np.linspace(0, len(rows) - 1, _ROWS).astype(int))
        jacobian, left, allowed = jacobian[kept], left[kept], allowed[kept]
    return _Programme(jacobian, left, allowed), free


def _slope(chain: Chain, k: int, number: Callable[[Piece], float], s: int) -> float:
    """How a number of piece k moves with slot s."""
    if s not in chain.slots[k]:
        return 0.0
    step = 1e-6 * max(abs(chain.x[s]), 1e-3 * float(chain.scale()[s]))
    ends = [number(chain.piece(k, moved(chain.x, s, sign * step))) for sign in (1, -1)]
    return (ends[0] - ends[1]) / (2 * step)


class _Programme:
    """The numbers d with |left - J d| <= allowed, and how far a sum of them can go."""

    def __init__(self, jacobian: Any, left: Any, allowed: Any) -> None:
        rows = jacobian / allowed[:, None]
        size = np.abs(rows).max(axis=0, initial=0.0)
        self.unit = 1 / np.where(size > 0, size, 1.0)  # the solver wants numbers of about 1
        rows = rows * self.unit
        self.matrix = np.concatenate([rows, -rows])
        self.limits = np.concatenate([(left + allowed) / allowed, (allowed - left) / allowed])

    def range(self, aim: Any) -> Interval:
        """The lowest and the highest value of the sum of aim times d."""
        aim = aim * self.unit
        size = float(np.abs(aim).max(initial=0.0))
        if not size or not np.isfinite(size):
            return 0.0, 0.0
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(
                sign * aim / size, A_ub=self.matrix, b_ub=self.limits, bounds=(None, None), method="highs"
            )
            ends.append(sign * size * float(found.fun) if found.status == 0 else -sign * np.inf)
        return ends[0], ends[1]
