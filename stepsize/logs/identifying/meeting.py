"""Where two curves meet, if they do."""

from typing import Any

import numpy as np

from stepsize.logs.identifying.pieces import SHOWS_END, SHOWS_START, Piece

_DOUBTFUL = 4  # units of the rounding, within which a row may lie on either side of a corner


def meeting(left: Piece, right: Piece, t: Any, q: Any) -> float | None:
    """Where two curves meet, about between the last row of the one and the first row of the other."""
    if left.kind == right.kind == "hold":
        return None
    low, high = float(t[left.b]), float(t[right.a])
    before, after = float(t[max(left.b - 2, left.a)]), float(t[min(right.a + 2, right.b)])
    if right.kind in SHOWS_START and before <= right.t0 <= high and _same(left, right, right.t0):
        return right.t0
    if left.kind in SHOWS_END and low <= left.t1 <= after and _same(left, right, left.t1):
        return left.t1
    grid = np.linspace(before, after, 400)
    apart = left.at(grid) - right.at(grid)
    crossing = np.flatnonzero(np.sign(apart[:-1]) * np.sign(apart[1:]) <= 0)
    if not len(crossing):
        return None
    k = int(crossing[np.abs(grid[crossing] - (low + high) / 2).argmin()])
    share = abs(apart[k]) / ((abs(apart[k]) + abs(apart[k + 1])) or 1.0)
    at = float(grid[k] + share * (grid[k + 1] - grid[k]))
    beside = left.b if at < low else right.a  # the row that would lie on the wrong side
    wrong = abs(float(left.at(t[beside])) - float(right.at(t[beside])))
    return at if low <= at <= high or wrong <= _DOUBTFUL * q[beside] else None


def _same(left: Piece, right: Piece, at: float) -> bool:
    """Whether the two rates at a time are near, against how far the pieces go."""
    height = max(abs(left.v0), abs(left.v1), abs(right.v0), abs(right.v1))
    return bool(abs(float(left.at(at)) - float(right.at(at))) <= 0.05 * height)
