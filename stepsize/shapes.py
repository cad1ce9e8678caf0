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
nothing cancels. A weight is first bound to the position ``zero`` where it is 0, the position ``one`` where it is
1, and a kind of number; what comes is a function of t alone. Differences are taken before anything is divided,
so whole steps stay exact.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from stepsize import _accept
from stepsize._spelled import Spelled, read
from stepsize.errors import ScheduleError, message

Rate = Callable[[Any], Any]
"""A rate, or a weight, as a function of the position alone."""

Bind = Callable[[Any, Any, Any], Rate]
"""bind(zero, one, xp): the function for a ramp between these two positions, with the operations of ``xp``."""

_HALF_PI = math.pi / 2
_BELOW_ONE = math.nextafter(1.0, 0.0)


class Shape(Spelled, ABC):
    """A curve in time from a start to an end. The table of shapes stands in the module's docstring."""

    @abstractmethod
    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        """The weight w1 of the end: 0 at position ``zero``, the start; 1 at position ``one``, the end."""

    def start_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        """The weight w0 of the start: 0 at position ``zero``, the end; 1 at position ``one``, the start.

        Of a shape that is its own mirror image this is the other weight, run backwards.
        """
        return self.end_weight(zero, one, xp)

    def mix(self, start: float, end: float) -> tuple[Bind, bool]:
        """The ramp from ``start`` to ``end``, and whether it counts backwards, from its end to its start.

        The ramp is a function ``bind(zero, one, xp)`` that gives ``rate(t)``; ``zero`` and ``one`` are the two
        ends of the interval: first and last, or, where it counts backwards, last and first.
        """
        if start == end:
            return (lambda zero, one, xp: lambda t: xp.full(t, end)), False
        if abs(end) >= abs(start):
            return _mix(self.end_weight, start, end), False
        return _mix(self.start_weight, end, start), True


def _mix(weight_of: Bind, low: float, high: float) -> Bind:
    span = high - low

    def bind(zero: Any, one: Any, xp: Any) -> Rate:
        weight = weight_of(zero, one, xp)
        if low == 0.0:
            return lambda t: high * weight(t)
        if low + span == high:  # then this shorter form is exact at both ends, too
            return lambda t: low + span * weight(t)

        def rate(t: Any) -> Any:
            w = weight(t)
            return low * (1.0 - w) + high * w

        return rate

    return bind


class _linear(Shape):
    """Evenly: w1 = u."""

    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        length = one - zero
        return lambda t: (t - zero) / length


class _cosine(Shape):
    """Half a cosine wave: w1 = (1 - cos(pi u)) / 2 = sin(pi u / 2)^2, the second form cancels nowhere."""

    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        sin, quarter = xp.sin, _HALF_PI / (one - zero)

        def weight(t: Any) -> Any:
            s = sin((t - zero) * quarter)
            return s * s

        return weight


class _smoothstep(Shape):
    """The cubic that is flat at both ends: w1 = u^2 (3 - 2u)."""

    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        length = one - zero

        def weight(t: Any) -> Any:
            u = (t - zero) / length
            return u * u * (1.0 + 2.0 * ((one - t) / length))

        return weight


class power(Shape):
    """Polynomial decay: w0 = (1 - u)^exponent. ``exponent`` > 0: above 1 fast first, below 1 slow first."""

    exponent: float

    def __post_init__(self) -> None:
        self.__dict__["exponent"] = _accept.rate("power.exponent", self.exponent, above=0.0)

    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        # The quotient is infinite where a position in a cut rounds to the end of its cycle: the weight is 1.
        return lambda t: -xp.expm1(-self.exponent * xp.log1p(xp.quotient(t - zero, one - t)))

    def start_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        length = one - zero
        return lambda t: xp.pow((t - zero) / length, self.exponent)


class _one_minus_sqrt(Shape):
    """The cooldown 1 - sqrt (Haegele et al., 2024, section 3): w0 = 1 - sqrt(u)."""

    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        length = one - zero
        return lambda t: xp.sqrt((t - zero) / length)

    def start_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        length = one - zero
        return lambda t: (t - zero) / length / (1.0 + xp.sqrt((one - t) / length))


class _square(Shape):
    """Slow first: w0 = 1 - u^2."""

    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        length = one - zero

        def weight(t: Any) -> Any:
            u = (t - zero) / length
            return u * u

        return weight

    def start_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        length = one - zero
        return lambda t: (t - zero) / length * (1.0 + (one - t) / length)


class tanh(Shape):
    """Hyperbolic tangent between ``lower`` and ``upper``, scaled so that both ends are reached.

    w1 = (tanh x - tanh lower) / (tanh upper - tanh lower) with x = lower + (upper - lower) u; both numbers lie
    in [-20, 20], lower < upper. Hsueh et al., 2019 (arXiv 1806.01593), before the scaling.
    """

    lower: float = -6.0
    upper: float = 3.0

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            self.__dict__[name] = _accept.rate(f"tanh.{name}", getattr(self, name))
        if not -20.0 <= self.lower < self.upper <= 20.0:
            rule = "needs -20 <= lower < upper <= 20"
            raise ScheduleError(message("tanh", rule, (self.lower, self.upper)))

    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        return _s_curve(zero, one, xp, self.lower, self.upper)

    def start_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        return _s_curve(zero, one, xp, -self.upper, -self.lower)


def _s_curve(zero: Any, one: Any, xp: Any, lower: float, upper: float) -> Rate:
    """The scaled tanh, up to a half from its foot and beyond it from its top, so that neither cancels."""
    length = one - zero
    middle = max(-_BELOW_ONE, min(_BELOW_ONE, (math.tanh(lower) + math.tanh(upper)) / 2.0))
    half = (math.atanh(middle) - lower) / (upper - lower)

    def weight(t: Any) -> Any:
        u, rest = (t - zero) / length, (one - t) / length
        return xp.where(u < half, _foot(u, xp, lower, upper), 1.0 - _foot(rest, xp, -upper, -lower))

    return weight


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

    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        raise AssertionError("a geometric ramp mixes in the exponent: see mix")

    def mix(self, start: float, end: float) -> tuple[Bind, bool]:
        """Fold the ramp at its middle, so that the exponent, and with it its rounding, is at most a half."""
        ratio = end / start if start else math.nan
        if not 0.0 < ratio < math.inf:
            rule = "start and end must lie on the same side of zero, and neither be zero"
            remedy = "A geometric ramp never reaches zero: end at a small rate, or take another shape."
            raise ScheduleError(message("exponential", rule, (start, end), remedy))

        def bind(zero: Any, one: Any, xp: Any) -> Rate:
            length = one - zero

            def rate(t: Any) -> Any:
                u, rest = (t - zero) / length, (one - t) / length
                early = u < rest
                return xp.where(early, start, end) * xp.pow(ratio, xp.where(early, u, -rest))

            return rate

        return bind, False


class _harmonic(Shape):
    """The inverse of the rate goes in a straight line: 1 / rate = (1 - u) / start + u / end; neither end is zero."""

    def end_weight(self, zero: Any, one: Any, xp: Any) -> Rate:
        raise AssertionError("a harmonic ramp mixes inverses: see mix")

    def mix(self, start: float, end: float) -> tuple[Bind, bool]:
        """Start and end, weighted as inverses."""
        if not start * end > 0.0:
            rule = "start and end must lie on the same side of zero, and neither be zero"
            raise ScheduleError(message("harmonic", rule, (start, end)))

        def bind(zero: Any, one: Any, xp: Any) -> Rate:
            length = one - zero
            return lambda t: start / ((one - t) / length + (t - zero) / length * (start / end))

        return bind, False


linear, cosine, smoothstep = _linear(), _cosine(), _smoothstep()
one_minus_sqrt, square = _one_minus_sqrt(), _square()
geometric, harmonic = _geometric(), _harmonic()

KNOWN = {
    **{str(s): s for s in (linear, cosine, one_minus_sqrt, square, geometric, smoothstep, harmonic)},
    "power": power,
    "tanh": tanh,
}


def shape(where: str, given: Any) -> Shape:
    """Read a shape: itself, or its spelling, such as ``"cosine"`` or ``"power(2)"``."""
    found: Shape = read(where, given, "a shape", KNOWN)
    return found
