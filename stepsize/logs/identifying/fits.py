"""The best curve of a family: a + b f(t), and what else f holds, so that it stays as near as it can to every row.

Least squares first; where they came near, weights move to the farthest rows, which leads to the least maximum.
"""

from typing import Any

import numpy as np

NEAR = 1.5  # how far, in units of the rounding, least squares may leave a curve that fits
_HOPELESS = 0.15  # of the range of the rates: a curve of the grid that is farther off is not looked at again
_SHARPER = 6  # times that the weights move to the farthest rows, where least squares came near
_ROUGHLY, _POLISHED = 6, 14  # steps of Gauss and Newton: with even weights, then with those of the rounding

Found = tuple[float, tuple[float, ...]]
"""How far the best curve of a family stays away, and its numbers: a, b, and those that were searched for."""

NONE: Found = (np.inf, ())
"""No curve of the family may be there."""


def searched(t: Any, r: Any, q: Any, curve: Any, grid: tuple[Any, ...], allowed: Any) -> Found:
    """The best curve a + b f(t, ...) with one or two numbers more: on a grid first, then by Gauss and Newton."""
    if not _one_way(r, q):
        return NONE
    columns = curve(t[None, :], *(values[:, None] for values in grid))
    even = np.ones_like(q)  # where rates near zero have a finer rounding, they would lead astray from afar
    roughly, squares = _regressed(columns, r, even)
    k = int(squares.argmin())
    w = 1 / q**2
    found = [float(values[k]) for values in grid]
    best = _leaves(curve(t, *found), r, q, w, found)
    if best[0] <= NEAR or roughly[k] > _HOPELESS * float(np.ptp(r)):
        return best
    for _ in range(_ROUGHLY):
        found, moved = _polished(t, r, curve, found, allowed, even)
        if not moved:
            break
    for _ in range(_POLISHED):
        found, moved = _polished(t, r, curve, found, allowed, w)
        f = curve(t, *found)
        now = _leaves(f, r, q, w, found)
        best = min(best, now)
        if best[0] <= NEAR or (not moved and now[0] > 4 * NEAR):
            break
        if not moved:
            off = np.abs(now[1][0] + now[1][1] * f - r) / q
            w = w * (0.1 + off / off.max())
    return best


def _leaves(f: Any, r: Any, q: Any, w: Any, found: list[float]) -> Found:
    """How far a + b f stays away, with these weights, and the numbers."""
    a, b = _line_through(f, r, w)
    return float((np.abs(a + b * f - r) / q).max()), (a, b, *found)


def _polished(
    t: Any, r: Any, curve: Any, found: list[float], allowed: Any, w: Any
) -> tuple[list[float], bool]:
    """One step of Gauss and Newton, shortened until it helps; and whether it did, by more than a hair."""
    f = curve(t, *found)
    a, b = _line_through(f, r, w)
    left = r - a - b * f
    before = float((w * left**2).sum())
    columns = np.stack(
        [np.ones_like(t), f, *(_slope(curve, t, found, k) * b for k in range(len(found)))], axis=1
    )
    root = np.sqrt(w)
    if not np.isfinite(columns).all():
        return found, False
    step, *_ = np.linalg.lstsq(columns * root[:, None], left * root, rcond=1e-13)
    for share in (1.0, 0.4, 0.1):
        moved = [value + share * float(one) for value, one in zip(found, step[2:], strict=True)]
        if not np.isfinite(moved).all() or not allowed(*moved):
            continue
        f = curve(t, *moved)
        a, b = _line_through(f, r, w)
        after = float((w * (r - a - b * f) ** 2).sum())
        if after < before:
            return moved, after < 0.98 * before
    return found, False


def _slope(curve: Any, t: Any, found: list[float], k: int) -> Any:
    step = 1e-5 * max(abs(found[k]), 1e-2)
    moved = [[*found[:k], found[k] + sign * step, *found[k + 1 :]] for sign in (1, -1)]
    return (curve(t, *moved[0]) - curve(t, *moved[1])) / (2 * step)


def _one_way(r: Any, q: Any) -> bool:
    """Whether the rates rise, or fall, all the way, as far as their rounding shows."""
    steps = np.diff(r)
    slack = q[1:] + q[:-1]
    return bool((steps <= slack).all() or (steps >= -slack).all())


def _regressed(f: Any, r: Any, q: Any) -> tuple[Any, Any]:
    """How far a + b f stays from r at most, and in squares, for each row of f, by least squares."""
    w = 1 / q**2
    total = w.sum()
    mean_f, mean_r = (f * w).sum(1) / total, (r * w).sum() / total
    apart = f - mean_f[:, None]
    spread = (apart**2 * w).sum(1)
    b = (apart * (r - mean_r) * w).sum(1) / np.where(spread > 0, spread, 1)
    left = np.abs(apart * b[:, None] - (r - mean_r)) / q
    off, squares = left.max(1), (left**2).sum(1)
    return np.where(np.isfinite(off), off, np.inf), np.where(np.isfinite(squares), squares, np.inf)


def _line_through(f: Any, r: Any, w: Any) -> tuple[float, float]:
    total = w.sum()
    mean_f, mean_r = (f * w).sum() / total, (r * w).sum() / total
    apart = f - mean_f
    spread = (apart**2 * w).sum()
    b = float((apart * (r - mean_r) * w).sum() / spread) if spread > 0 else 0.0
    return float(mean_r - b * mean_f), b


def minimax(f: Any, r: Any, q: Any) -> Found:
    """The a + b f nearest to r: by least squares, then with weights that move to the farthest rows."""
    w = 1 / q**2
    best = NONE
    for _ in range(_SHARPER):
        a, b = _line_through(f, r, w)
        off = np.abs(a + b * f - r) / q
        best = min(best, (float(off.max()), (a, b)))
        if best[0] <= NEAR or not best[0] <= 4 * NEAR:
            break
        w = w * (0.1 + off / off.max())
    return best
