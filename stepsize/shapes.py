"""Shapes: how a ramp goes from its start to its end.

A shape is a curve in time. It says how much of the start is left and how much of the end has come, at any
point of the ramp, and it says the same whether the rate rises or falls: with progress u from 0 to 1,

    rate = start * w0(u) + end * w1(u),        w0 + w1 = 1,   w0(0) = 1,   w1(1) = 1

    shape             w0, what is left of the start      falls                     rises
    linear            1 - u                              evenly                    evenly
    cosine            (1 + cos(pi u)) / 2                slow at both ends         slow at both ends
    power(p)          (1 - u)^p                          p > 1: fast first         p > 1: fast first
    one_minus_sqrt    1 - sqrt(u)                        very fast first           very fast first
    square            1 - u^2                            slow first                slow first
    smoothstep        1 - u^2 (3 - 2u)                   slow at both ends         slow at both ends
    tanh(lo, hi)      tanh, scaled to reach both ends    slow at both ends         slow at both ends
    geometric         rate = start^(1-u) end^u           equal ratios              equal ratios
    harmonic          1/rate = (1-u)/start + u/end       fast first                slow first

Each weight is written so that it is accurate near its own zero: there a rate that starts or ends at zero
needs it. A ramp asks only for the weight of its larger end, w, and takes low * (1 - w) + high * w, in which
nothing cancels. A weight is a function of the position t, of the position ``zero`` where it is 0, and of the
position ``one`` where it is 1; differences are taken before anything is divided, so whole steps stay exact.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from stepsize import _accept
from stepsize._spelled import Spelled, read
from stepsize.errors import ScheduleError, message

Rate = Callable[[Any, Any, Any, Any], Any]
"""rate(t, a, b, xp): the rate at position t of a ramp laid over [a, b), with the operations of ``xp``."""

_HALF_PI = math.pi / 2


class Shape(Spelled, ABC):
    """A curve in time from a start to an end. The table of shapes stands in the module's docstring."""

    @abstractmethod
    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        """The weight w1 of the end: 0 at position ``zero``, the start; 1 at position ``one``, the end."""

    def start_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        """The weight w0 of the start: 0 at position ``zero``, the end; 1 at position ``one``, the start.

        Of a shape that is its own mirror image this is the other weight, run backwards.
        """
        return self.end_weight(t, zero, one, xp)

    def mix(self, start: float, end: float) -> tuple[Rate, bool]:
        """The rate of a ramp from ``start`` to ``end``, and whether it counts backwards, from end to start.

        The rate is a function ``rate(t, zero, one, xp)``, where ``zero`` and ``one`` are the two ends of the
        ramp: first and last, or, where it counts backwards, last and first.
        """
        if start == end:
            return (lambda t, zero, one, xp: xp.full(t, end)), False
        if abs(end) >= abs(start):
            return _mix(self.end_weight, start, end), False
        return _mix(self.start_weight, end, start), True


def _mix(weight: Rate, low: float, high: float) -> Rate:
    if low == 0.0:
        return lambda t, zero, one, xp: high * weight(t, zero, one, xp)
    span = high - low
    if low + span == high:  # then this shorter form is exact at both ends, too
        return lambda t, zero, one, xp: low + span * weight(t, zero, one, xp)

    def rate(t: Any, zero: Any, one: Any, xp: Any) -> Any:
        w = weight(t, zero, one, xp)
        return low * (1.0 - w) + high * w

    return rate


class _linear(Shape):
    """Evenly: w1 = u."""

    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        return (t - zero) / (one - zero)


class _cosine(Shape):
    """Half a cosine wave: w1 = (1 - cos(pi u)) / 2 = sin(pi u / 2)^2, the second form cancels nowhere."""

    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        s = xp.sin((t - zero) * (_HALF_PI / (one - zero)))
        return s * s


class _smoothstep(Shape):
    """The cubic that is flat at both ends: w1 = u^2 (3 - 2u)."""

    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        u = (t - zero) / (one - zero)
        return u * u * (1.0 + 2.0 * ((one - t) / (one - zero)))


class power(Shape):
    """Polynomial decay: w0 = (1 - u)^exponent. ``exponent`` > 0: above 1 fast first, below 1 slow first."""

    exponent: float

    def __post_init__(self) -> None:
        self.__dict__["exponent"] = _accept.rate("power.exponent", self.exponent, above=0.0)

    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        return -xp.expm1(-self.exponent * xp.log1p((t - zero) / (one - t)))

    def start_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        return xp.pow((t - zero) / (one - zero), self.exponent)


class _one_minus_sqrt(Shape):
    """The cooldown 1 - sqrt (Haegele et al., 2024, section 3): w0 = 1 - sqrt(u)."""

    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        return xp.sqrt((t - zero) / (one - zero))

    def start_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        return (t - zero) / (one - zero) / (1.0 + xp.sqrt((one - t) / (one - zero)))


class _square(Shape):
    """Slow first: w0 = 1 - u^2."""

    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        u = (t - zero) / (one - zero)
        return u * u

    def start_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        return (t - zero) / (one - zero) * (1.0 + (one - t) / (one - zero))


class tanh(Shape):
    """Hyperbolic tangent between ``lower`` and ``upper``, scaled so that both ends are reached.

    w1 = (tanh x - tanh lower) / (tanh upper - tanh lower) with x = lower + (upper - lower) u; both numbers lie
    in [-20, 20], lower < upper. Hsueh et al., 2019, equation 2, before the scaling.
    """

    lower: float = -6.0
    upper: float = 3.0

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            self.__dict__[name] = _accept.rate(f"tanh.{name}", getattr(self, name))
        if not -20.0 <= self.lower < self.upper <= 20.0:
            rule = "needs -20 <= lower < upper <= 20"
            raise ScheduleError(message("tanh", rule, (self.lower, self.upper)))

    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        return _s_curve(t, zero, one, xp, self.lower, self.upper)

    def start_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        return _s_curve(t, zero, one, xp, -self.upper, -self.lower)


def _s_curve(t: Any, zero: Any, one: Any, xp: Any, lower: float, upper: float) -> Any:
    """The scaled tanh, each half from the end where it is near 0 or 1, so that neither cancels."""
    u, rest = (t - zero) / (one - zero), (one - t) / (one - zero)
    return xp.where(u < rest, _foot(u, xp, lower, upper), 1.0 - _foot(rest, xp, -upper, -lower))


def _foot(u: Any, xp: Any, lower: float, upper: float) -> Any:
    """Tanh x - tanh lower = 2 (1 - q) / (1 + e^(2 lower)) / (1 + q e^(-2 lower)), q = e^(-2 (x - lower)); scaled."""
    whole = math.expm1(-2.0 * (upper - lower))
    part = xp.expm1(-2.0 * (upper - lower) * u)
    low, high = math.exp(lower), math.exp(-lower)
    here, there = (
        low + high * q for q in (xp.exp(-2.0 * (upper - lower) * u), math.exp(-2.0 * (upper - lower)))
    )
    return part / whole * (there / here)


class _geometric(Shape):
    """Equal ratios in equal times: rate = start^(1-u) end^u; both ends on the same side of zero."""

    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        raise AssertionError("a geometric ramp mixes in the exponent: see mix")

    def mix(self, start: float, end: float) -> tuple[Rate, bool]:
        """Fold the ramp at its middle, so that the exponent, and with it its rounding, is at most a half."""
        ratio = end / start if start else math.nan
        if not 0.0 < ratio < math.inf:
            rule = "start and end must lie on the same side of zero, and neither be zero"
            remedy = "A geometric ramp never reaches zero: end at a small rate, or take another shape."
            raise ScheduleError(message("exponential", rule, (start, end), remedy))

        def rate(t: Any, zero: Any, one: Any, xp: Any) -> Any:
            u, rest = (t - zero) / (one - zero), (one - t) / (one - zero)
            early = u < rest
            return xp.where(early, start, end) * xp.pow(ratio, xp.where(early, u, -rest))

        return rate, False


class _harmonic(Shape):
    """The inverse of the rate goes in a straight line: 1 / rate = (1 - u) / start + u / end; neither end is zero."""

    def end_weight(self, t: Any, zero: Any, one: Any, xp: Any) -> Any:
        raise AssertionError("a harmonic ramp mixes inverses: see mix")

    def mix(self, start: float, end: float) -> tuple[Rate, bool]:
        """Start and end, weighted as inverses."""
        if not start * end > 0.0:
            rule = "start and end must lie on the same side of zero, and neither be zero"
            raise ScheduleError(message("harmonic", rule, (start, end)))

        def rate(t: Any, zero: Any, one: Any, xp: Any) -> Any:
            rest, u = (one - t) / (one - zero), (t - zero) / (one - zero)
            return start / (rest + u * (start / end))

        return rate, False


linear, cosine, smoothstep = _linear(), _cosine(), _smoothstep()
one_minus_sqrt, square = _one_minus_sqrt(), _square()
geometric, harmonic = _geometric(), _harmonic()

_KNOWN = {
    **{str(s): s for s in (linear, cosine, one_minus_sqrt, square, geometric, smoothstep, harmonic)},
    "power": power,
    "tanh": tanh,
}


def shape(where: str, given: Any) -> Shape:
    """Read a shape: itself, or its spelling, such as ``"cosine"`` or ``"power(2)"``."""
    found: Shape = read(where, given, "a shape", _KNOWN)
    return found
