"""What the rates of a stretch sum up to: over its updates, or as the area below its curve."""

import math
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Any

from stepsize._accept import Number
from stepsize.schedule.phases import Hold, Table
from stepsize.schedule.repeat import Staircase
from stepsize.schedule.stretches import Stretch, scattered

_ENDS = 16  # updates at both ends of a stretch that are asked one by one, for there a shape may be steep
_SAMPLES = 2048  # of what is rough
_HALVINGS = 200

_OUTER = math.sqrt(5 + 2 * math.sqrt(10 / 7)) / 3  # Gauss's five points on [-1, 1], and their weights
_INNER = math.sqrt(5 - 2 * math.sqrt(10 / 7)) / 3
_WEIGHTS = tuple((322 + sign * 13 * math.sqrt(70)) / 900 for sign in (-1, 1))


def total(stretch: Stretch, updates: bool) -> float:
    """The sum of the rates of its updates, or else the area below its curve, with all that it stands for."""
    if stretch.loose:  # what falls where evens out, and the area is as good a guess
        updates = False
    size = _size(stretch, stretch.a, stretch.b, updates)
    if size == 0 or stretch.times == 0:
        return 0.0
    return stretch.scales * _leaf_total(stretch, size, updates) + stretch.shifts * size


def added(values: Iterable[float]) -> float:
    """Their sum, rounded once; of rates so huge that it overflows, infinity or nan."""
    values = list(values)
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):
        return sum(values)


def _size(stretch: Stretch, a: Number, b: Number, updates: bool) -> Number:
    """How many updates lie in a part of it, or how long that is."""
    if updates:
        return math.ceil(stretch.at(b)) - math.ceil(stretch.at(a))
    return (b - a) * stretch.ratio


def _leaf_total(stretch: Stretch, size: Number, updates: bool) -> float:
    leaf = stretch.leaf
    if isinstance(leaf, Hold):
        return leaf.value * size
    if stretch.rough:
        return _sampled(stretch, updates) * size
    if stretch.tread is not None:
        return _treads_total(stretch, stretch.tread, updates)
    if updates:
        return _sum(lambda k: float(leaf(stretch.back(k))), math.ceil(stretch.at(stretch.a)), int(size))
    return integral(leaf, stretch.a, stretch.b) * stretch.ratio


def _sampled(stretch: Stretch, updates: bool) -> float:
    """The mean of rates at places without a pattern."""
    length = (stretch.b - stretch.a) / _SAMPLES
    places = (stretch.a + length * (k + scattered(k)) for k in range(_SAMPLES))
    if updates:
        places = (stretch.back(math.floor(stretch.at(place))) for place in places)
    return added(float(stretch.leaf(place)) for place in places) / _SAMPLES


def _treads_total(stretch: Stretch, width: Number, updates: bool) -> float:
    """Parts of treads at both ends, and the whole treads between them."""
    leaf, a, b = stretch.leaf, stretch.a, stretch.b
    first, last = math.ceil(a / width), int(b // width)
    if first > last:
        return float(leaf((a + b) / 2)) * _size(stretch, a, b, updates)
    ends = ((a, first * width), (last * width, b))
    total = added(float(leaf((i + j) / 2)) * _size(stretch, i, j, updates) for i, j in ends if i < j)
    each = width * stretch.ratio
    if updates and each % 1:
        edges = ((k * width, (k + 1) * width) for k in range(first, last))
        return total + added(float(leaf((i + j) / 2)) * _size(stretch, i, j, True) for i, j in edges)
    if isinstance(leaf, Staircase):
        return total + _sum(lambda k: float(leaf.schedule(k * width)), first, last - first) * each
    if isinstance(leaf, Table):
        return total + added(leaf.values[first:last]) * each
    return total + added(float(leaf((k + 0.5) * width)) for k in range(first, last)) * each


def _sum(f: Callable[[Number], float], first: int, count: int) -> float:
    """f(first) + f(first + 1) + ...: asked near the ends, and between them the area, with Euler's correction."""
    if count <= 4 * _ENDS:
        return added(f(k) for k in range(first, first + count))
    low, high = first + _ENDS, first + count - _ENDS
    ends = added(f(k) for k in (*range(first, low), *range(high, first + count)))
    slopes = (f(high) - f(high - 1)) - (f(low) - f(low - 1))
    return ends + integral(f, low - 0.5, high - 0.5) - slopes / 24


def integral(f: Callable[[Any], Any], a: Number, b: Number) -> float:
    """The area below f on [a, b] by Gauss's rule; the panel that is known worst is halved until all are known."""
    panels = [_panel(f, a, b)]
    for _ in range(_HALVINGS):
        if -added(panel[0] for panel in panels) <= 1e-9 * added(abs(panel[3]) for panel in panels):
            break
        _, a, b, _ = heappop(panels)
        heappush(panels, _panel(f, a, (a + b) / 2))
        heappush(panels, _panel(f, (a + b) / 2, b))
    return added(panel[3] for panel in panels)


def _panel(f: Callable[[Any], Any], a: Number, b: Number) -> tuple[float, Number, Number, float]:
    """Minus how well it is known, a, b, and the area."""
    middle = (a + b) / 2
    area = _gauss(f, a, middle) + _gauss(f, middle, b)
    return -abs(area - _gauss(f, a, b)), a, b, area


def _gauss(f: Callable[[Any], Any], a: Number, b: Number) -> float:
    half, middle = (b - a) / 2, (a + b) / 2
    total = 128 / 225 * f(middle)
    for weight, node in zip(_WEIGHTS, (_OUTER, _INNER), strict=True):
        total += weight * (f(middle - half * node) + f(middle + half * node))
    return float(total * half)
