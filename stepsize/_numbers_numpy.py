"""NumPy positions: float64 throughout, in blocks that stay in the processor's cache."""

import math
from bisect import bisect_right
from typing import Any

import numpy as np

from stepsize._numbers import Arrays
from stepsize.errors import ScheduleTypeError, message

_BLOCK = 24_576  # 192 KiB of float64: a formula's passes over a block run in cache, not in memory


class NumPy(Arrays):
    """NumPy's operations, and a ``select`` that runs only the parts that a block meets."""

    def wrap(self, t: Any, period: Any) -> tuple[Any, Any]:
        """How many whole periods lie in t >= 0, and the rest; a block within one period takes one subtraction."""
        if not isinstance(period, int):
            return super().wrap(t, period)
        first, last = np.floor_divide(t.min(), period), np.floor_divide(t.max(), period)
        times = first if first == last else np.floor(t / period)
        rest = t - times * period
        if rest.min() < 0:  # t / period was rounded up to the next whole number
            times = times - (rest < 0)
            rest = t - times * period
        return times, rest

    def search(self, edges: Any, t: Any) -> Any:
        """Index of the interval of ``edges`` that holds each t, a single one where they share it."""
        first = bisect_right(edges, t.min())
        if first == bisect_right(edges, t.max()):
            return first - 1
        return np.searchsorted(np.asarray(edges, dtype=np.float64), t, side="right") - 1

    def take(self, values: Any, index: Any) -> Any:
        """``values[index]``, the index held inside."""
        if isinstance(index, int):
            return values[min(max(index, 0), len(values) - 1)]
        table = np.asarray(values, dtype=np.float64)
        return table[np.clip(index, 0, len(table) - 1).astype(np.int64)]

    def select(self, t: Any, edges: Any, parts: Any) -> Any:
        """A block mostly lies in one part; where it does not, each part gets its own positions only."""
        if any(isinstance(edge, np.ndarray) for edge in edges):  # cycles of different lengths in one block
            return super().select(t, edges, parts)
        low, high = np.minimum.reduce(t, axis=None), np.maximum.reduce(t, axis=None)
        first, last = bisect_right(edges, low), bisect_right(edges, high)
        if first == last and low == low:
            return parts[first](t)
        owner = np.searchsorted(np.asarray(edges, dtype=np.float64), t, side="right")
        out = np.empty_like(t)
        for k in np.unique(owner):
            own = owner == k
            out[own] = parts[k](t[own])
        return out


NUMPY = NumPy(np)


def curve(schedule: Any, t: Any) -> Any:
    """Rates in float64, in the shape of t; a NumPy scalar gives a NumPy scalar."""
    positions = np.asarray(t)
    if positions.dtype.kind not in "biuf":
        rule = "positions must be real numbers"
        raise ScheduleTypeError(message("schedule(t)", rule, f"an array of {positions.dtype}"))
    flat = positions.reshape(-1)
    out = np.empty(flat.shape, dtype=np.float64)
    with np.errstate(all="ignore"):
        for start in range(0, len(flat), _BLOCK):
            block = flat[start : start + _BLOCK].astype(np.float64, copy=False)
            rates = schedule._select(block, NUMPY)
            out[start : start + _BLOCK] = rates
            if positions.dtype.kind == "f" and math.isnan(block.min()):
                out[start : start + _BLOCK][np.isnan(block)] = np.nan
    return out.reshape(positions.shape)[()] if isinstance(t, np.generic) else out.reshape(positions.shape)
