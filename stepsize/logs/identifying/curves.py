"""Which simple curves a stretch of logged rates can be: each family is asked how far its best curve stays away.

Every answer is in units of what the log's rounding allows: 1 means that the curve touches the edge of it. For times t
of the stretch, the families are

    hold            r = a
    linear          r = a + b t
    geometric       log r = a + b t
    inverse_sqrt    r^-2 = a + b t
    harmonic        r^-1 = a + b t
    cosine          r = a + b cos(w (t - c)), at most half a wave, c about where the stretch begins
    one_minus_sqrt  r = a + b sqrt(t - c), the same
    power           r = a + b (d - t)^p, d where the stretch ends, or beyond
    faded           r = a + b exp(-w t), with a floor a that is not 0
    tanh            r = a + b tanh(c + (d - c) t)

The last five are curved: they hold one or two numbers more, which are searched for.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from stepsize._value import Value
from stepsize.logs.identifying.fits import NONE, Found, minimax, searched

# Shares of the stretch: how early it may have begun, and how early in a log that begins in the middle of a run
_BEFORE = (0.0, 0.004, 0.012, 0.03, 0.06, 0.1, 0.16, 0.24)
_LONG_BEFORE = (0.3, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3)
_POWERS = (0.5, 0.8, 0.9, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0)
_BEYOND = (0.0, 0.01, 0.03, 0.1, 0.25, 0.6, 1.5, 5.0)  # shares of the stretch: how much later it may end


class Family(Value):
    """One family: its name, what it costs to choose it, the fewest rows that can tell it, and its best curve."""

    name: str
    cost: float
    least: int
    best: Callable[[Any, Any, Any], Found]


def _hold(t: Any, r: Any, q: Any) -> Found:
    middle = ((r - q).max() + (r + q).min()) / 2
    return float((np.abs(r - middle) / q).max()), (float(middle),)


def _line(t: Any, r: Any, q: Any) -> Found:
    return minimax(t, r, q)


def _powered(power: float) -> Callable[[Any, Any, Any], Found]:
    def best(t: Any, r: Any, q: Any) -> Found:
        if (r <= 2 * q).any():
            return NONE
        x = np.log(r) if power == 0 else r**power
        width = q / r if power == 0 else abs(power) * q * r ** (power - 1)
        return minimax(t, x, width)

    return best


def _cosine(t: Any, r: Any, q: Any) -> Found:
    starts = np.repeat(_BEFORE, 12)
    waves = np.tile(np.geomspace(0.08, 1.0, 12), len(_BEFORE)) * np.pi / (1.0 + starts)
    return searched(t, r, q, lambda t, c, w: np.cos(w * (t + c)), (starts, waves), _may_be_a_wave)


def _may_be_a_wave(c: Any, w: Any) -> bool:
    return bool(-0.03 <= c <= 0.3 and 0 < w * (1 + c) <= 1.03 * np.pi)


def _begun_wave(t: Any, r: Any, q: Any) -> Found:
    """A cosine that had begun long before: anything from a third of the stretch to three times as long as it."""
    starts = np.repeat(_LONG_BEFORE, 12)
    waves = np.tile(np.geomspace(0.08, 1.0, 12), len(_LONG_BEFORE)) * np.pi / (1.0 + starts)
    return searched(t, r, q, lambda t, c, w: np.cos(w * (t + c)), (starts, waves), _may_have_begun)


def _may_have_begun(c: Any, w: Any) -> bool:
    return bool(0.2 <= c <= 5 and 0 < w * (1 + c) <= 1.03 * np.pi)


def _root(t: Any, r: Any, q: Any) -> Found:
    first = t[1] if len(t) > 1 else 0.0
    starts = first * np.array([0.0, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0, 1.3])
    return searched(t, r, q, lambda t, c: np.sqrt(np.maximum(t + c, 0)), (starts,), lambda c: c >= 0)


def _power(t: Any, r: Any, q: Any) -> Found:
    ends, powers = np.repeat(_BEYOND, len(_POWERS)), np.tile(_POWERS, len(_BEYOND))

    def curve(t: Any, d: Any, p: Any) -> Any:
        return np.maximum(1 + d - t, 0) ** p

    return searched(t, r, q, curve, (ends, powers), lambda d, p: d >= -1e-9 and 0.1 <= p <= 12)


def _faded(t: Any, r: Any, q: Any) -> Found:
    rates = np.concatenate([-np.geomspace(0.3, 12, 12), np.geomspace(0.3, 12, 12)])
    return searched(t, r, q, lambda t, w: np.exp(-w * t), (rates,), lambda w: 0.05 < abs(w) < 50)


def _tanh(t: Any, r: Any, q: Any) -> Found:
    starts, ends = np.repeat((-8.0, -7.0, -5.0, -3.0, -2.0), 6), np.tile((0.5, 1.5, 2.0, 3.0, 4.0, 6.0), 5)

    def curve(t: Any, low: Any, high: Any) -> Any:
        return np.tanh(low + (high - low) * t)

    return searched(t, r, q, curve, (starts, ends), lambda low, high: -15 < low < high < 15)


PLAIN = (
    Family("hold", 1.0, 1, _hold),
    Family("linear", 2.0, 2, _line),
    Family("geometric", 2.5, 3, _powered(0.0)),
    Family("inverse_sqrt", 2.6, 3, _powered(-2.0)),
    Family("harmonic", 2.9, 3, _powered(-1.0)),
)
CURVED = (
    Family("cosine", 3.0, 4, _cosine),
    Family("one_minus_sqrt", 3.1, 4, _root),
    Family("power", 3.6, 5, _power),
    Family("faded", 3.7, 5, _faded),
    Family("tanh", 4.0, 6, _tanh),
)
BEGUN = Family("cosine", 3.0, 4, _begun_wave)
"""What only a stretch may be before which the log is missing."""
