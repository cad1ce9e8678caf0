"""The axes of a picture: round rates in the middle of rows, and round positions, with what is written there."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from stepsize._accept import Number, whole
from stepsize.errors import ScheduleError, message
from stepsize.schedule import arrows
from stepsize.schedule.picture import Curve

_DEEPEST = 1e-12  # times the highest rate is as far as a logarithmic axis goes
_LETTERS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


class Axis(NamedTuple):
    """The axis of rates over some rows: ticks are round numbers, and lie in the middle of a row."""

    low: float  # in the middle of the lowest row
    row: float  # what a row is worth: rates, or on a logarithmic axis decades
    ticks: tuple[float, ...]
    log: bool = False

    def height(self, rate: float) -> float:
        """How many rows a rate lies above the lowest; -inf for what a logarithmic axis has no place for."""
        if not self.log:
            return rate / self.row - self.low / self.row
        return (math.log10(rate) - math.log10(self.low)) / self.row if rate > 0 else -math.inf

    def rate(self, height: float) -> float:
        """The rate so many rows above the lowest."""
        return float(self.low * 10.0 ** (self.row * height)) if self.log else self.low + self.row * height


def axis(curves: Sequence[Curve], rows: int, log: bool = False) -> Axis:
    """The axis of rates that fits these curves; without ``log`` zero lies on it.

    Raises:
        ScheduleError: ``log``, and no rate is above zero.
    """
    rates = [rate for curve in curves for _, rate in curve.points]
    if not log:
        return _even(min(0.0, *rates), max(0.0, *rates), rows)
    highest = max(rates)
    if highest <= 0:
        rule = "a logarithmic axis needs a rate above 0"
        raise ScheduleError(message("log", rule, f"a highest rate of {highest:g}", "Draw it without log."))
    return _decades(_lowest(curves, highest), highest, rows)


def _even(low: float, high: float, rows: int) -> Axis:
    """The finest row that is a round step divided by a whole number of rows, with three ticks or more."""
    high = 1.0 if low == high else high
    exponent = max(math.floor(math.log10(max(-low, high))), -300)
    unit = 10.0**exponent
    low, high = low / unit, high / unit
    fits = (
        (step / apart, step, math.floor(low / step + 1e-9))
        for step in (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5, 10)
        for apart in range(1 + (rows > 6), max(rows // 2, 1) + 1)
        if high - math.floor(low / step + 1e-9) * step <= step / apart * (rows - 0.5)
    )
    row, step, first = min(fits)
    ticks = (k * step for k in range(first, first + 1 + int((rows - 1) * row / step + 1e-9)))
    return Axis(first * step * unit, row * unit, tuple(float(f"{tick:.9g}e{exponent}") for tick in ticks))


def _lowest(curves: Sequence[Curve], highest: float) -> float:
    """Where a logarithmic axis begins: at the lowest rate above zero that an edge has, twelve decades down at most;
    where some rate is zero or below, a decade further down, to show the way there.
    """
    low = min((rate for curve in curves for rate in _named(curve) if rate > 0), default=highest)
    if any(rate <= 0 for curve in curves for _, rate in curve.points):
        low = min(low / 10, highest / 100)
    return max(low, highest * _DEEPEST, 5e-324)


def _named(curve: Curve) -> list[float]:
    """The rates at both ends and on both sides of the edges; where edges are too many, all of a curve above zero."""
    if curve.edges is None:
        return [rate for _, rate in curve.points] if all(rate > 0 for _, rate in curve.points) else []
    at = {0, *curve.edges, curve.until}
    return [rate for place, rate in curve.points if place in at]


def _decades(low: float, high: float, rows: int) -> Axis:
    """The finest rows on which 1, 2 and 5 come to lie, or at least the decades, or some of them."""
    for apart in (20, 13, 10, 7, 6, 4, 3, 2, 1, 0.5, 0.25, 0.125, 0.0625):
        for digits, starts in (((1, 2, 5), (1, 2, 5)), ((1, 2, 5), (1,)), ((1,), (1,))):
            rule = _rows(low, high, apart, digits, starts)
            rule = rule._replace(ticks=tuple(tick for tick in rule.ticks if rule.height(tick) < rows - 0.5))
            placed = all(abs(row - round(row)) < 0.25 for row in map(rule.height, rule.ticks))
            if placed and rule.height(high) <= rows - 0.5 and (len(rule.ticks) > 1 or apart <= 3):
                return rule
    return rule


def _rows(low: float, high: float, apart: float, digits: tuple[int, ...], starts: tuple[int, ...]) -> Axis:
    """So many rows to a decade, from a number that begins with one of ``starts``; ticks where ``digits`` begin one."""
    each = math.ceil(1 / apart)
    tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + each, each)
    begins = (float(f"{digit}e{tens[0]}") for digit in starts)
    first = max((begin for begin in begins if 0 < begin <= low * (1 + 1e-9)), default=low)
    ticks = (float(f"{digit}e{ten}") for ten in tens for digit in digits)
    return Axis(first, 1 / apart, tuple(tick for tick in ticks if tick >= first), log=True)


def labels(rule: Axis) -> list[str]:
    """What is written at its ticks: all in decimals, or all with an exponent; on a logarithmic axis what is shorter."""
    if rule.log:
        return [arrows.rate(tick) for tick in rule.ticks]
    if 0.01 <= max(map(abs, rule.ticks)) < 10**5:
        return [f"{tick:.9g}" for tick in rule.ticks]
    return [_scientific(tick) if tick else "0" for tick in rule.ticks]


def _scientific(value: float) -> str:
    digits, exponent = f"{value:.6e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"


def places(until: Number, unit: str, most: int) -> list[tuple[Number, str]]:
    """Round positions from 0 to ``until``, at most ``most`` + 1, each with what is written there: 2.5k, 300B."""
    exponent = max(math.floor(math.log10(until)) - 2, -300)
    steps = (m * 10.0**e for e in range(exponent, exponent + 5) for m in (1, 2, 2.5, 5))
    fits = (
        step for step in steps if until / step <= most and (step % 1 == 0 or until < 1 or unit != "updates")
    )
    step = next(fits, until)
    marks = [whole(float(f"{k * step:.12g}")) for k in range(int(until / step * (1 + 1e-12)) + 1)]
    return [(mark, _short(mark) if until >= 10_000 else f"{mark:.9g}") for mark in marks]


def _short(t: Number) -> str:
    size, letter = _letter(t)
    return f"{t / size:.9g}{letter}"


def _letter(size: Number) -> tuple[int, str]:
    return next(((each, letter) for each, letter in _LETTERS if size >= each), (1, ""))


def position(t: Number) -> str:
    """A position in words: 10,000 or 0.125; 375M or 259.625B, where that is all of it."""
    t = whole(t)
    if isinstance(t, float):
        return f"{t:,.7g}" if t < 10**6 else f"{t:,.1f}"
    size, letter = _letter(t)
    short = f"{t / size:.7g}"
    return (
        short + letter if size >= 10**6 and "e" not in short and round(float(short) * size) == t else f"{t:,}"
    )
