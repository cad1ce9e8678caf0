"""What an axis covers.

All panels of a race share their axes, so one exploding run must not flatten the others.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_high, median_low

_HEAD = 0.2  # losses of the first fifth of a run fall fast; an axis made for them shows nothing of the end
_ABSURD = 30  # times the typical loss, and ...
_UNTRAINED = 2  # ... times the typical first loss: beyond both a curve leaves the picture at the top
_DECADES = 1e-4  # the least part of its top that a logarithmic axis reaches down to
_CURVED = 5  # an axis whose ends differ by more than this factor is logarithmic
EDGE = 1e30  # nothing is drawn beyond it, nor told apart below 1 / EDGE: the arithmetic of pictures overflows


@dataclass(frozen=True)
class Span:
    """The ends of an axis, low < high, and whether it is logarithmic."""

    low: float
    high: float
    log: bool = False


def rate_span(values: Iterable[float]) -> Span:
    """Zero and every rate, with a little air."""
    finite = [0.0, *(value for value in values if math.isfinite(value))]
    return _airy(max(min(finite), -EDGE), min(max(finite), EDGE))


def loss_span(curves: Iterable[tuple[Iterable[float], Iterable[float]]], steps: float) -> Span:
    """The losses after the first fifth of the run, from curves given as (positions, losses).

    Losses far above both the typical curve and an untrained model are left above the picture. The axis is
    logarithmic where its ends differ by more than a factor of five.
    """
    curves = [(tuple(x), tuple(y)) for x, y in curves]
    tails = [tail for x, y in curves if (tail := _tail(x, y, steps * _HEAD))]
    if not tails:
        return Span(0.0, 1.0)
    low, high = max(min(map(min, tails)), -EDGE), min(max(map(max, tails)), EDGE)
    if low > 1 / EDGE:
        start = median_low(_tail(x, y, 0.0)[0] for x, y in curves if _tail(x, y, 0.0))
        usual = max(_ABSURD * median_low(map(median_high, tails)), _UNTRAINED * start)
        high = max(low, min(high, usual))
        if high > _CURVED * low:
            return Span(max(low, high * _DECADES) / 1.1, high * 1.1, log=True)
    return _airy(low, high)


def _tail(x: Iterable[float], y: Iterable[float], head: float) -> list[float]:
    """The losses at and after ``head``; all of them where none is so late."""
    pairs = [(position, loss) for position, loss in zip(x, y, strict=True) if math.isfinite(loss)]
    return [loss for position, loss in pairs if position >= head] or [loss for _, loss in pairs]


def _airy(low: float, high: float) -> Span:
    """The span from low to high and 5% more where there is data, never empty."""
    air = next(air for air in (0.05 * (high - low), 0.05 * abs(high), 0.5) if air > 1 / EDGE)
    return Span(low - air if low else 0.0, high + air)
