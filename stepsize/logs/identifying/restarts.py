"""A schedule that began anew at a resume, while the steps of the log went on: found, and taken back."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.pieces import SHOWS_END
from stepsize.logs.identifying.series import Series

_ROWS = 400  # after a restart that are compared with the first ones
_LEAST = 3
_MOST = 8  # restarts: more are the cycles of a schedule
_GRID = 240  # places between two rows where a restart may be
_OLDER = 4  # gaps of two rows: how much older a checkpoint may be than the last row before it
_STEP = 0.02  # of the highest rate: a smaller step is none
_DOWN = 0.2  # of its first rate: a curve that falls farther may have come to its end
_SAME = 6.0  # units of the rounding
_HAIR = 1e-5  # of the highest rate: what a rate may be off, also where its rounding is finer


class Restart(NamedTuple):
    """Where update 0 of the schedule was made again, and the step of the first row that shows it."""

    place: float
    row: float


def restarts(seen: Series, chain: Chain, curve: Callable[[Any], Any]) -> list[Restart]:
    """Where the log's rates begin anew, rising.

    A cycle that ends as it should and begins again is none, unless the run was resumed there.

    Args:
        seen: the series of the log.
        chain: what was fitted to it.
        curve: the rates of the chain at any steps.
    """
    found: list[Restart] = []
    candidates = _candidates(seen, chain)
    for k, (i, natural) in enumerate(candidates):
        low, high = float(seen.t[i - 1]), float(seen.t[i])
        if found and high <= found[-1].row + 2 * seen.gap:
            continue
        upto = next((row for row, _ in candidates[k + 1 :] if row > i + _LEAST), len(seen.t))
        known = _known(seen, chain, found[0].place if found else low)
        place = _place(seen, slice(i, min(upto, i + _ROWS)), curve, known)
        if place is None or place <= float(seen.t[0]) or _continues(chain, place, curve):
            continue
        resumed = any(low <= step <= high + seen.gap for step in seen.resumed)
        if resumed or not natural:
            found.append(Restart(place, high))
    return found if len(found) <= _MOST else []


def laid(seen: Series, found: list[Restart]) -> Series:
    """The series in updates of the schedule: what followed a restart lies over what was before it."""
    lap = np.searchsorted([one.row for one in found], seen.t, side="right")
    moved = seen.t - np.array([0.0, *(one.place for one in found)])[lap]
    order = np.argsort(moved, kind="stable")
    return Series(moved[order], seen.r[order], seen.q[order], ())


def unrolled(seen: Series, found: list[Restart]) -> Series:
    """The same, with one row for each update."""
    t, r, q, *_ = laid(seen, found)
    new = np.concatenate([[True], np.diff(t) > 1e-9])
    return Series(t[new], r[new], q[new], ())


def _candidates(seen: Series, chain: Chain) -> list[tuple[int, bool]]:
    """Rows before which the rates jump, or the run was resumed; and whether the curve before had come to its end."""
    found: dict[int, bool] = {}
    for k in range(1, len(chain.pieces)):
        before, row = chain.piece(k - 1), int(np.searchsorted(seen.t, chain.t[chain.pieces[k].a]))
        if chain.corners[k - 1] and not _turns(chain, k):
            continue
        falling = before.v1 < before.v0
        ended = falling and before.kind in SHOWS_END and before.t1 <= float(seen.t[row]) + seen.gap
        lowest = float(seen.r[row - 1]) <= float(seen.r[:row].min()) + float(seen.q[row - 1])
        far = before.kind in ("linear", "one_minus_sqrt") and before.v1 < _DOWN * before.v0
        found[row] = ended or (far and lowest)
    jumps = sorted(found)
    for step in seen.resumed:
        row = int(np.searchsorted(seen.t, step))
        for near in (row, row + 1):
            if 0 < near < len(seen.t) and (
                _level(seen, near) or any(abs(near - jump) <= 1 for jump in jumps)
            ):
                found.setdefault(near, False)
    return sorted(found.items())


def _level(seen: Series, row: int) -> bool:
    """Whether the rates about a row are all the same, so that no jump would show what began there."""
    about = slice(max(row - 2, 0), row + 3)
    return float(np.ptp(seen.r[about])) <= 4 * float(seen.q[about].max())


def _continues(chain: Chain, place: float, curve: Callable[[Any], Any]) -> bool:
    """Whether the curve before comes to the first rate by itself, as a cycle does that goes up and down."""
    before = chain.piece(max(k for k, piece in enumerate(chain.pieces) if chain.t[piece.a] < place or k == 0))
    begun = np.array([0.0, 1.0])  # the step of update 0, in logs that count from 0 or from 1
    apart = np.abs(np.asarray(before.at(place + begun)) - np.asarray(curve(begun)))
    return bool((apart <= _STEP * chain.height).any())


def _turns(chain: Chain, k: int) -> bool:
    """Whether the rate falls before a corner and rises after it, as where a warmup begins anew."""
    before, after = chain.piece(k - 1), chain.piece(k)
    return before.v1 < before.v0 and after.v1 > after.v0


def _known(seen: Series, chain: Chain, limit: float) -> list[Interval]:
    """The stretches of steps before a restart on which the curve is well known: between the rows of longer pieces."""
    ends = [(float(chain.t[piece.a]), float(chain.t[piece.b])) for piece in chain.pieces]
    rows = [
        int(((a <= seen.t) & (seen.t <= b)).sum()) + (piece.kind == "linear" and not piece.a)
        for (a, b), piece in zip(ends, chain.pieces, strict=True)
    ]
    long = [(a, b) for (a, b), many in zip(ends, rows, strict=True) if a < limit and many >= _LEAST]
    begin = float(chain.t[0])
    return [(a - 1 if a == begin else a, b) for a, b in long]


def _place(seen: Series, rows: slice, curve: Callable[[Any], Any], known: list[Interval]) -> float | None:
    """Where before some rows the schedule began anew, if they show what was at its start."""
    low, high = float(seen.t[rows.start - 1]), float(seen.t[rows.start])
    t, r, q = seen.t[rows], seen.r[rows], np.maximum(seen.q[rows], _HAIR * float(seen.r.max()))
    if np.ptp(r[: 2 * _LEAST]) <= 4 * q.max() and np.ptp(r) <= 4 * q.max():
        return _flat(seen, rows, curve)

    def off(here: float) -> float:
        inside = np.any([(a <= t - here) & (t - here <= b) for a, b in known], axis=0) & (t >= here)
        if inside.sum() < _LEAST or np.ptp(r[inside]) <= 4 * q[inside].max():
            return np.inf
        return float((np.abs(np.asarray(curve(t[inside] - here)) - r[inside]) / q[inside]).max())

    # One row earlier, where row n shows update n - 1; and much earlier, where the checkpoint is older than the last row
    for first in (low - 1, low - _OLDER * (high - low)):
        best = _nearest(off, max(first, float(seen.t[0])), high)
        if off(best) <= _SAME:
            return best
    return None


def _nearest(off: Callable[[float], float], low: float, high: float) -> float:
    """The whole step in [low, high] with the least value, the last of several: on a grid first, then about its best."""
    if high - low <= _GRID:
        return float(min(np.arange(np.floor(low), np.floor(high) + 1)[::-1], key=off))
    best = float(min(np.linspace(low, high, _GRID + 1)[:0:-1], key=off))
    each = (high - low) / _GRID
    near = np.linspace(best - each, best + each, min(int(2 * each), 2 * _GRID) + 1).round()
    return float(min((*near, best), key=off))


def _flat(seen: Series, rows: slice, curve: Callable[[Any], Any]) -> float | None:
    """The same, where nothing but the first rate is seen again: at the resume, else right after the row before.

    A rate that falls back to the first one and no run that was resumed is a restart if it rises again as it did before.
    """
    first = float(np.asarray(curve(np.array([0.0])))[0])
    before, after, q = float(seen.r[rows.start - 1]), seen.r[rows], seen.q[rows]
    if len(after) < _LEAST or (np.abs(after - first) > 2 * q).any():
        return None
    low, high = float(seen.t[rows.start - 1]), float(seen.t[rows.start])
    resumed = next((step for step in seen.resumed if low < step <= high), None)
    risen = first - before > _STEP * seen.r.max()
    if not risen and (abs(first - before) <= 2 * q.max() or not (resumed or _again(seen, rows, first))):
        return None
    counted_from = 1.0 if float(seen.t[0]) == seen.gap == 1.0 else 0.0
    return (resumed or float(np.floor(low) + 1)) - counted_from


def _again(seen: Series, rows: slice, first: float) -> bool:
    """Whether the first rate is left after as long, and for the same rate, as at the start of the log."""
    many = int(np.argmax(np.abs(seen.r - first) > 2 * seen.q))
    if not 0 < many < rows.start or rows.stop >= len(seen.t):
        return False
    once = float(seen.t[many - 1]), float(seen.t[many]) + 1
    now = float(seen.t[rows.stop - 1] - seen.t[rows.start]), float(seen.t[rows.stop] - seen.t[rows.start - 1])
    same = abs(float(seen.r[rows.stop] - seen.r[many])) <= 2 * float(seen.q[many])
    return same and once[0] <= now[1] and now[0] <= once[1]
