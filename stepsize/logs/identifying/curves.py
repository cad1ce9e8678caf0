"""Which simple curves a stretch of logged rates can be: each family is asked how far its best curve stays away.

Every answer is in units of what the log's rounding allows: 1 means that the curve touches the edge of it. For times t
of the stretch, the families are

    hold            r = a
    linear          r = a + b t
    geometric       log r = a + b t
    inverse_sqrt    r^-2 = a + b t
    harmonic        r^-1 = a + b t
    cosine          r = a + b cos(w (t - c)), at most half a wave, c about where the stretch begins
    one_minus_sqrt  r = a + b sqrt(t - c), the same
    power           r = a + b (d - t)^p, d where the stretch ends, or beyond
    faded           r = a + b exp(-w t), with a floor a that is not 0
    tanh            r = a + b tanh(c + (d - c) t)

The last five are curved: they hold one or two numbers more, which are searched for.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from stepsize._value import Value

NEAR = 1.5  # how far, in units of the rounding, least squares may leave a curve that fits
_HOPELESS = (
    0.15  # of the range of the rates: a curve of the grid that stays farther away is not looked at again
)
_SHARPER = 6  # times that the weights move to the farthest rows, where least squares came near
_ROUGHLY, _POLISHED = (
    6,
    14,
)  # steps of Gauss and Newton: first with even weights, then with those of the rounding
_BEFORE = (
    0.0,
    0.004,
    0.012,
    0.03,
    0.06,
    0.1,
    0.16,
    0.24,
)  # shares of the stretch: how early it may have begun
_LONG_BEFORE = (0.3, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3)  # the same, of a log that begins in the middle of a run
_POWERS = (0.5, 0.8, 0.9, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0)
_BEYOND = (0.0, 0.01, 0.03, 0.1, 0.25, 0.6, 1.5, 5.0)  # shares of the stretch: how much later it may end


Found = tuple[float, tuple[float, ...]]
"""How far the best curve of a family stays away, and its numbers: a, b, and those that were searched for."""

_NONE: Found = (np.inf, ())


class Family(Value):
    """One family: its name, what it costs to choose it, the fewest rows that can tell it, and its best curve."""

    name: str
    cost: float
    least: int
    best: Callable[[Any, Any, Any], Found]


def _hold(t: Any, r: Any, q: Any) -> Found:
    middle = ((r - q).max() + (r + q).min()) / 2
    return float((np.abs(r - middle) / q).max()), (float(middle),)


def _line(t: Any, r: Any, q: Any) -> Found:
    return minimax(t, r, q)


def _powered(power: float) -> Callable[[Any, Any, Any], Found]:
    def best(t: Any, r: Any, q: Any) -> Found:
        if (r <= 2 * q).any():
            return _NONE
        x = np.log(r) if power == 0 else r**power
        width = q / r if power == 0 else abs(power) * q * r ** (power - 1)
        return minimax(t, x, width)

    return best


def _cosine(t: Any, r: Any, q: Any) -> Found:
    starts = np.repeat(_BEFORE, 12)
    waves = np.tile(np.geomspace(0.08, 1.0, 12), len(_BEFORE)) * np.pi / (1.0 + starts)
    return _searched(t, r, q, lambda t, c, w: np.cos(w * (t + c)), (starts, waves), _may_be_a_wave)


def _may_be_a_wave(c: Any, w: Any) -> bool:
    return bool(-0.03 <= c <= 0.3 and 0 < w * (1 + c) <= 1.03 * np.pi)


def _begun_wave(t: Any, r: Any, q: Any) -> Found:
    """A cosine that had begun long before: anything from a third of the stretch to three times as long as it."""
    starts = np.repeat(_LONG_BEFORE, 12)
    waves = np.tile(np.geomspace(0.08, 1.0, 12), len(_LONG_BEFORE)) * np.pi / (1.0 + starts)
    return _searched(t, r, q, lambda t, c, w: np.cos(w * (t + c)), (starts, waves), _may_have_begun)


def _may_have_begun(c: Any, w: Any) -> bool:
    return bool(0.2 <= c <= 5 and 0 < w * (1 + c) <= 1.03 * np.pi)


def _root(t: Any, r: Any, q: Any) -> Found:
    first = t[1] if len(t) > 1 else 0.0
    starts = first * np.array([0.0, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0, 1.3])
    return _searched(t, r, q, lambda t, c: np.sqrt(np.maximum(t + c, 0)), (starts,), lambda c: c >= 0)


def _power(t: Any, r: Any, q: Any) -> Found:
    ends, powers = np.repeat(_BEYOND, len(_POWERS)), np.tile(_POWERS, len(_BEYOND))

    def curve(t: Any, d: Any, p: Any) -> Any:
        return np.maximum(1 + d - t, 0) ** p

    return _searched(t, r, q, curve, (ends, powers), lambda d, p: d >= -1e-9 and 0.1 <= p <= 12)


def _faded(t: Any, r: Any, q: Any) -> Found:
    rates = np.concatenate([-np.geomspace(0.3, 12, 12), np.geomspace(0.3, 12, 12)])
    return _searched(t, r, q, lambda t, w: np.exp(-w * t), (rates,), lambda w: 0.05 < abs(w) < 50)


def _tanh(t: Any, r: Any, q: Any) -> Found:
    starts, ends = np.repeat((-8.0, -7.0, -5.0, -3.0, -2.0), 6), np.tile((0.5, 1.5, 2.0, 3.0, 4.0, 6.0), 5)

    def curve(t: Any, low: Any, high: Any) -> Any:
        return np.tanh(low + (high - low) * t)

    return _searched(t, r, q, curve, (starts, ends), lambda low, high: -15 < low < high < 15)


def _searched(t: Any, r: Any, q: Any, curve: Any, grid: tuple[Any, ...], allowed: Any) -> Found:
    """The best curve a + b f(t, ...) with one or two numbers more: on a grid first, then by Gauss and Newton.

    Where least squares came near, weights move to the farthest rows, which leads to the least maximum.
    """
    if not _one_way(r, q):
        return _NONE
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
    best = _NONE
    for _ in range(_SHARPER):
        a, b = _line_through(f, r, w)
        off = np.abs(a + b * f - r) / q
        best = min(best, (float(off.max()), (a, b)))
        if best[0] <= NEAR or not best[0] <= 4 * NEAR:
            break
        w = w * (0.1 + off / off.max())
    return best


PLAIN = (
    Family("hold", 1.0, 1, _hold),
    Family("linear", 2.0, 2, _line),
    Family("geometric", 2.5, 3, _powered(0.0)),
    Family("inverse_sqrt", 2.6, 3, _powered(-2.0)),
    Family("harmonic", 2.9, 3, _powered(-1.0)),
)
CURVED = (
    Family("cosine", 3.0, 4, _cosine),
    Family("one_minus_sqrt", 3.1, 4, _root),
    Family("power", 3.6, 5, _power),
    Family("faded", 3.7, 5, _faded),
    Family("tanh", 4.0, 6, _tanh),
)
BEGUN = Family("cosine", 3.0, 4, _begun_wave)
"""What only a stretch may be before which the log is missing."""
