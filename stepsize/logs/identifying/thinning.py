"""The few rows of a log that tell its curve: as many as straight lines between them need to come near all others."""

import heapq
import itertools
from typing import Any

import numpy as np

_EVENLY = 40  # rows that are kept whatever they say
_MOST = 160
_MOVES = 0.02  # of the highest rate
_MOST_STEEP, _BETWEEN = 30, 3


def telling(t: Any, r: Any, q: Any) -> Any:
    """Indices of rows, rising: those farthest from the lines between the others, until none is off by more than q.

    Args:
        t: positions, rising.
        r: rates.
        q: how far each may be off.
    """
    n = len(t)
    if n <= _MOST:
        return np.arange(n)
    kept = sorted({*np.linspace(0, n - 1, _EVENLY).round().astype(int).tolist()})
    waiting = [_farthest(t, r, q, a, b) for a, b in itertools.pairwise(kept)]
    heapq.heapify(waiting)
    chosen = {*kept}
    while waiting and len(chosen) < _MOST:
        far, k, a, b = heapq.heappop(waiting)
        if -far <= 1.0:
            break
        chosen.add(k)
        for left, right in ((a, k), (k, b)):
            heapq.heappush(waiting, _farthest(t, r, q, left, right))
    return _measured(np.array(sorted(chosen)), r)


def _measured(rows: Any, r: Any) -> Any:
    """The same, with more rows where the rate moves between two of them: two tell a line, but do not measure it."""
    moved = np.abs(np.diff(r[rows])) >= _MOVES * float(np.abs(r).max())
    steep = [(rows[k], rows[k + 1]) for k in np.flatnonzero(moved & (np.diff(rows) > 1))[:_MOST_STEEP]]
    between = [np.linspace(a, b, _BETWEEN + 2).round().astype(int) for a, b in steep]
    return np.unique(np.concatenate([rows, *between]))


def _farthest(t: Any, r: Any, q: Any, a: int, b: int) -> tuple[float, int, int, int]:
    """How far the farthest row between two is from the line through them, in units of q, negative for a heap."""
    if b - a < 2:
        return 0.0, a, a, b
    inside = slice(a + 1, b)
    line = r[a] + (r[b] - r[a]) * (t[inside] - t[a]) / (t[b] - t[a])
    off = np.abs(r[inside] - line) / q[inside]
    k = int(off.argmax())
    return -float(off[k]), a + 1 + k, a, b
