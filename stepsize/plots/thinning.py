"""Long curves made short: a million updates in about four hundred points, and nothing visible lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Indices = NDArray[np.intp]

POINTS = 400
_JUMP = 0.01  # a step of more than 1% of the whole range is drawn as the step it is


@dataclass(frozen=True)
class Line:
    """A curve to draw: positions (in updates) and values, all finite."""

    x: tuple[float, ...]
    y: tuple[float, ...]


def thin(values: Sequence[float], points: int = POINTS) -> Line:
    """Value k at position k, in about ``points`` points: both ends, every extreme, both sides of a jump.

    A curve that is short enough keeps every point. A longer one is cut into buckets, of which the lowest and
    the highest point stay, so that a one-update spike survives; the largest jumps keep both their sides, so
    that a cliff stays a cliff. What is not finite is left out.
    """
    y = np.asarray(values, dtype=np.float64)
    x = np.flatnonzero(np.isfinite(y))
    y = y[x]
    kept = np.arange(len(x)) if len(x) <= points else _kept(y, points)
    return Line(tuple(x[kept].astype(float).tolist()), tuple(y[kept].tolist()))


def means(values: Sequence[float], width: int) -> Line:
    """Means of stretches of ``width`` updates, each at the middle of its stretch: a noisy loss made readable.

    Each value counts in exactly one mean, so nothing lags behind and nothing is counted twice. A shorter
    rest at the end has its own mean; a mean that is not finite is left out.
    """
    y = np.asarray(values, dtype=np.float64)
    starts = np.arange(0, len(y), width)
    counts = np.diff(np.append(starts, len(y)))
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging loss may overflow
        mean = np.add.reduceat(y, starts) / counts if len(y) else y
    middle = starts + (counts - 1) / 2
    good = np.isfinite(mean)
    return Line(tuple(middle[good].tolist()), tuple(mean[good].tolist()))


def stretch(steps: int) -> int:
    """How many updates share one mean in a run of ``steps``: about 80 means in all, and 1 in a short run."""
    return max(1, -(-steps // 80))


def _kept(y: Values, points: int) -> Indices:
    """Indices worth keeping: a quarter of the points for jumps (two each), three quarters for buckets."""
    edges = np.linspace(0, len(y), points * 3 // 8 + 1).astype(int)
    buckets = list(pairwise(edges))
    lowest = [a + int(y[a:b].argmin()) for a, b in buckets]
    highest = [a + int(y[a:b].argmax()) for a, b in buckets]
    before = _jumps(y, points // 8)
    return np.unique(np.concatenate([[0, len(y) - 1], lowest, highest, before, before + 1]).astype(int))


def _jumps(y: Values, most: int) -> Indices:
    """Indices just before the largest jumps."""
    with np.errstate(over="ignore"):
        heights = np.abs(np.diff(y))
        floor = _JUMP * (y.max() - y.min())
    candidates = np.flatnonzero(heights > floor)
    return candidates[np.argsort(heights[candidates], kind="stable")[-most:]]
