"""The truth: the phases of a schedule, each a curve with its formula, written down without stepsize."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def _left(kind: str, u: Array) -> Array:
    """What is left of the first rate at progress u in [0, 1]."""
    name, _, rest = kind.rstrip(")").partition("(")
    numbers = [float(number) for number in rest.split(",") if number]
    match name:
        case "linear":
            return 1 - u
        case "cosine":
            return (1 + np.cos(np.pi * u)) / 2
        case "power":
            return np.maximum(1 - u, 0) ** numbers[0]
        case "one_minus_sqrt":
            return 1 - np.sqrt(u)
        case "tanh":
            low, high = (math.tanh(number) for number in numbers)
            return (high - np.tanh(numbers[0] + (numbers[1] - numbers[0]) * u)) / (high - low)
    raise ValueError(kind)


@dataclass(frozen=True)
class Curve:
    """One phase: it owns [start, stop) in positions of the schedule.

    ``scale`` is the timescale of an inverse square root; ``open`` says that nothing scheduled its stop; ``whole`` are
    the start and the first rate of the curve where the phase shows only its rest.
    """

    kind: str
    start: float
    stop: float
    first: float
    last: float
    scale: float | None = None
    open: bool = False
    whole: tuple[float, float] | None = None

    def at(self, t: Array) -> Array:
        """The rates at positions."""
        if self.kind == "hold":
            return np.full(t.shape, self.first)
        if self.kind == "inverse_sqrt":
            return self.first / np.sqrt(1 + (t - self.start) / (self.scale or 1.0))
        start, first = self.whole or (self.start, self.first)
        u = np.clip((t - start) / (self.stop - start), 0, 1)
        if self.kind == "geometric":
            return first * (self.last / first) ** u
        left = _left(self.kind, u)
        return first * left + self.last * (1 - left)

    def moved(self, shift: float, each: float = 1) -> "Curve":
        """The same ``shift`` updates later, gone through ``each`` times as fast."""

        def put(position: float) -> float:
            return position / each + shift

        whole = self.whole and (put(self.whole[0]), self.whole[1])
        scale = self.scale and self.scale / each
        return replace(self, start=put(self.start), stop=put(self.stop), scale=scale, whole=whole)


def value(curves: Sequence[Curve], t: Array) -> Array:
    """The rates of phases in a row; on an edge the later one speaks."""
    starts = [curve.start for curve in curves]
    owner = np.clip(np.searchsorted(starts, t, side="right") - 1, 0, None)
    rates = np.empty(t.shape)
    for k in np.unique(owner):
        rates[owner == k] = curves[k].at(t[owner == k])
    return rates


def hold(start: float, rate: float, stop: float = math.inf) -> Curve:
    """A rate that stays."""
    return Curve("hold", start, stop, rate, rate, open=math.isinf(stop))


def row(*parts: tuple[str, float, float, float]) -> list[Curve]:
    """Phases one after the other: (kind, length, first, last); those without a length are left out."""
    curves, at = [], 0.0
    for kind, length, first, last in parts:
        if length > 0:
            kind = "linear" if kind == "power(1)" else kind  # the same curve
            curves.append(Curve(kind, at, at + length, first, last, open=math.isinf(length)))
            at += length
    return curves


def steps(rates: Sequence[float], edges: Sequence[float]) -> list[Curve]:
    """Holds, the next at each edge."""
    starts, stops = [0.0, *edges], [*edges, math.inf]
    return [hold(a, rate, b) for a, b, rate in zip(starts, stops, rates, strict=True) if b > a]
