"""The bound on the last iterate of convex optimisation, exactly and as a law."""

from typing import Any, NamedTuple

import numpy as np

from stepsize.laws.forms import Form, Options
from stepsize.laws.path import Path

_NEAR, _RATIO = 128, 1.04  # updates before a step that are summed one by one; how blocks grow before those
_TINY = 1e-300
_BACK = np.unique(np.r_[np.arange(_NEAR), np.rint(_NEAR * _RATIO ** np.arange(700)).astype(np.int64)])[::-1]
"""Distances of the places before a step, the farthest first."""


class _Terms(NamedTuple):
    one: Any
    distance: Any
    noise: Any


def terms(rates: Any, steps: Any, *, exact: bool = False) -> tuple[Any, Any]:
    """T1 and T2 of the bound after update ``steps``: T1 / g + g T2 bounds the loss at rates g times these, D = G = 1.

        T1 = 1 / (2 S_t),    S_t = sum of the rates to t, Q_t = of their squares
        T2 = Q_t / (2 S_t) + 1/2 sum_{k<t} eta_k / (S_t - S_k) * (Q_t - Q_{k-1}) / (S_t - S_{k-1})

    Sums over the last 128 updates are exact; those before are taken in blocks whose length is 4% of their distance, or
    exactly as well.

    Source: 2310.07831 Theorem 10; 2501.18965 Theorem 1, in which the last update is the one after t.
    """
    moving = np.flatnonzero(rates > 0)
    last = moving[
        np.maximum(np.searchsorted(moving, steps, side="right") - 1, 0)
    ]  # an update at 0 moves nothing
    s, q = np.r_[0.0, np.cumsum(rates)], np.r_[0.0, np.cumsum(rates**2)]
    inner = {int(t): _inner(s, q, int(t), exact=exact) for t in np.unique(last)}
    found = np.array([inner[int(t)] for t in last])
    total = s[last + 1]
    return 1 / (2 * total), q[last + 1] / (2 * total) + found / 2


def _inner(s: Any, q: Any, t: int, *, exact: bool) -> float:
    """The sum over k < t, nodes being the places between updates; place k is before update k."""
    edges = np.arange(t + 1) if exact else _edges(t)
    at, last = s[edges], s[t + 1]
    low, high = (
        (edges[:-1] + edges[1:] - 1) // 2,
        (edges[:-1] + edges[1:]) // 2,
    )  # the middle, or both beside it
    gone, rest = at[1:] - at[:-1], last - (s[low + 1] + s[high + 1]) / 2
    here = (q[t + 1] - (q[low] + q[high]) / 2) / np.maximum(last - (s[low] + s[high]) / 2, _TINY)
    moved = (gone > 0) & (rest > 0)  # of a million rates, the last ones may be lost in the sum
    return float((gone[moved] / rest[moved] * here[moved]).sum())


def _edges(t: int) -> Any:
    """Places 0 .. t, one by one near the end, ever farther apart before it."""
    return np.r_[0, t - _BACK[np.searchsorted(-_BACK, -t, side="right") :]]


def _prepare(path: Path, steps: Any, options: Options) -> _Terms:
    distance, noise = terms(path.rates, steps)
    return _Terms(np.ones(len(distance)), distance, noise)


def _columns(seen: _Terms, shape: tuple[float, ...]) -> list[Any]:
    return [seen.one, seen.distance, seen.noise]


def _none(seen: _Terms, shape: tuple[float, ...], linear: tuple[float, ...]) -> list[Any]:
    return []


CONVEX = Form(
    "convex",
    "convex last-iterate bound",
    {"L0": 1, "c1": 1, "c2": 1},
    (),
    _prepare,
    _columns,
    _none,
    ((),),
    {},
)
