"""The language: what a schedule is, its types, and the verbs that build schedules from smaller ones.

value       the contract, and how a rate is found
verbs       what makes a schedule from others
phases      Hold, Ramp, Decay, Table
chain       Chain                       a >> b
pointwise   Sum, Product, Clip          a + b, a * b, s.clip(...)
cut         Slice                       s[a:b]
repeat      Repeat, Staircase           s.repeat(...), s.staircase(...)
clock       On                          s.on("tokens")
factor      a factor that may be a division
document    plain JSON, and Python that builds a schedule again
picture     a curve in characters, or as a small SVG
"""

from typing import Any

from stepsize import shapes, tails
from stepsize.schedule.chain import Chain as Chain
from stepsize.schedule.clock import CLOCKS as CLOCKS
from stepsize.schedule.clock import On as On
from stepsize.schedule.cut import Slice as Slice
from stepsize.schedule.document import from_dict as from_dict
from stepsize.schedule.document import from_json as from_json
from stepsize.schedule.phases import Decay as Decay
from stepsize.schedule.phases import Hold as Hold
from stepsize.schedule.phases import Ramp as Ramp
from stepsize.schedule.phases import Table as Table
from stepsize.schedule.pointwise import Clip as Clip
from stepsize.schedule.pointwise import Product as Product
from stepsize.schedule.pointwise import Sum as Sum
from stepsize.schedule.repeat import Repeat as Repeat
from stepsize.schedule.repeat import Staircase as Staircase
from stepsize.schedule.value import Phase as Phase
from stepsize.schedule.value import Schedule as Schedule


def hold(value: Any, steps: Any = float("inf")) -> Schedule:
    """The same rate for ``steps`` updates, or for ever.

        s(t) = value

    Args:
        value: the rate; a finite number.
        steps: updates >= 0; infinite by default.

    Raises:
        ScheduleError: value is not a finite number, or steps is negative or not a number.

    >>> import stepsize as ss
    >>> (ss.hold(0.1, 10) >> ss.hold(0.01))(10)
    0.01
    """
    return Hold(value, steps)


def linear(start: Any, end: Any, steps: Any) -> Schedule:
    """A straight line: s(t) = start + (end - start) * t / steps for 0 <= t < steps, then end.

    Args:
        start: the rate at 0; a finite number.
        end: the rate from ``steps`` on; a finite number.
        steps: updates >= 0; with 0 the rate is ``end``.

    Raises:
        ScheduleError: a rate is not finite, or steps is negative or infinite.

    >>> import stepsize as ss
    >>> ss.linear(0.0, 1.0, 4)(1)
    0.25
    """
    return Ramp(start, end, steps, shapes.linear)


def cosine(start: Any, end: Any, steps: Any) -> Schedule:
    """Half a cosine wave, slow at both ends.

        0 <= t < steps    end + (start - end) * (1 + cos(pi t / steps)) / 2
        steps <= t        end

    Args:
        start: the rate at 0; a finite number.
        end: the rate from ``steps`` on; a finite number.
        steps: updates >= 0; with 0 the rate is ``end``.

    Raises:
        ScheduleError: a rate is not finite, or steps is negative or infinite.

    Source:
        Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017 (arXiv 1608.03983),
        equation 5, for one cycle.

    >>> import stepsize as ss
    >>> ss.cosine(1.0, 0.0, 8)(0), ss.cosine(1.0, 0.0, 8)(8), round(ss.cosine(1.0, 0.0, 8)(4), 12)
    (1.0, 0.0, 0.5)
    """
    return Ramp(start, end, steps, shapes.cosine)


def polynomial(start: Any, end: Any, steps: Any, power: Any = 1.0) -> Schedule:
    """A power of what is left: with power above 1 fast first, below 1 slow first.

        0 <= t < steps    end + (start - end) * (1 - t / steps)^power
        steps <= t        end

    Args:
        start: the rate at 0; a finite number.
        end: the rate from ``steps`` on; a finite number.
        steps: updates >= 0; with 0 the rate is ``end``.
        power: exponent > 0.

    Raises:
        ScheduleError: a number is out of its range.

    >>> import stepsize as ss
    >>> ss.polynomial(1.0, 0.0, 4, power=2)(2)
    0.25
    """
    return Ramp(start, end, steps, shapes.power(power))


def exponential(start: Any, end: Any, steps: Any) -> Schedule:
    """Equal ratios in equal times, a geometric ramp.

        0 <= t < steps    start * (end / start)^(t / steps)
        steps <= t        end

    Args:
        start: the rate at 0; not zero.
        end: the rate from ``steps`` on; not zero, on the same side of zero.
        steps: updates >= 0; with 0 the rate is ``end``.

    Raises:
        ScheduleError: an end is zero, or they lie on both sides of it, or steps is out of range.

    >>> import stepsize as ss
    >>> ss.exponential(1.0, 0.25, 4)(2)
    0.5
    """
    return Ramp(start, end, steps, shapes.geometric)


def ramp(start: Any, end: Any, steps: Any, shape: Any = "linear") -> Schedule:
    """From one rate to another along any shape of :mod:`stepsize.shapes`.

        0 <= t < steps    start * w0(t / steps) + end * w1(t / steps)
        steps <= t        end

    Args:
        start: the rate at 0; a finite number.
        end: the rate from ``steps`` on; a finite number.
        steps: updates >= 0; with 0 the rate is ``end``.
        shape: "linear", "cosine", "power(p)", "one_minus_sqrt", "square", "geometric", "smoothstep" or
            "tanh(lower, upper)", or the shape itself, such as ``shapes.power(2)``.

    Raises:
        ScheduleError: a number is out of its range, or the shape is unknown or is a phase.

    >>> import stepsize as ss
    >>> ss.ramp(1.0, 0.0, 4, shape="one_minus_sqrt")(1)
    0.5
    """
    return Ramp(start, end, steps, shapes.shape("ramp.shape", shape))


def decay(start: Any, tail: Any, steps: Any = float("inf")) -> Schedule:
    """Fade along a tail that never reaches zero: s(t) = start * tail(t).

    Args:
        start: the rate at 0; a finite number.
        tail: "power_law(timescale, exponent)" is (1 + t / timescale)^-exponent, "exponential(factor, every)" is
            factor^(t / every); or the tail itself, such as ``tails.exponential(0.5, 5000)``, a half-life.
        steps: updates >= 0; infinite by default. After them the rate is held.

    Raises:
        ScheduleError: a number is out of its range, or the tail is unknown.

    >>> import stepsize as ss
    >>> ss.decay(1.0, "exponential(0.5, 100)")(300)
    0.125
    """
    return Decay(start, tails.tail("decay.tail", tail), steps)


def table(values: Any, *, each: Any = 1) -> Schedule:
    """The rates themselves, one an update: s(t) = values[floor(t / each)], the last one held.

    Args:
        values: a sequence of finite numbers, or a one-dimensional array; at least one.
        each: updates for which each value is used; > 0.

    Raises:
        ScheduleError: no values, one that is not finite, or ``each`` out of range.

    >>> import stepsize as ss
    >>> [ss.table([0.1, 0.2, 0.3])(t) for t in (0, 1.9, 7)]
    [0.1, 0.2, 0.3]
    """
    return Table(values, each)
