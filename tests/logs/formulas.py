"""Schedules written as formulas of the step, and logs of them, rounded as logs are: nothing here is stepsize's own."""

import math
from itertools import pairwise

import numpy as np

from stepsize.records import Trace

CURVES = {
    "linear": lambda u: u,
    "cosine": lambda u: (1 - math.cos(math.pi * u)) / 2,
    "one_minus_sqrt": math.sqrt,
    "power(2)": lambda u: 1 - (1 - u) ** 2,
    "power(0.5)": lambda u: 1 - (1 - u) ** 0.5,
    "power(3)": lambda u: 1 - (1 - u) ** 3,
}
"""How much of the way from its first rate to its last one a phase has gone, when it has gone u of its length."""


def phases(*told):
    """The rate of update t, for phases told as (kind, start, stop, first, last); the last one's end is held."""

    def rate(t):
        _, start, stop, first, last = told[-1]
        for phase in told:
            if t < phase[2]:
                kind, start, stop, first, last = phase
                break
        else:
            return last
        u = (t - start) / (stop - start)
        if kind == "hold":
            return first
        if kind == "geometric":
            return first * (last / first) ** u
        if kind == "harmonic":
            return 1 / (1 / first + (1 / last - 1 / first) * u)
        if kind == "inverse_sqrt":
            return (first**-2 + (last**-2 - first**-2) * u) ** -0.5
        return first + (last - first) * CURVES[kind](u)

    return rate


def row(*kinds, edges, rates):
    """Phases between edges, each from one rate to the next, as ``phases`` has them told; a hold has but one rate."""
    spans = zip(kinds, pairwise(edges), pairwise(rates), strict=True)
    return [(kind, a, b, x, x if kind == "hold" else y) for kind, (a, b), (x, y) in spans]


def steps(edges, rates):
    """A staircase: a rate from each edge to the next one."""
    return [("hold", a, b, rate, rate) for (a, b), rate in zip(pairwise(edges), rates, strict=True)]


def restarts(edges, high, low):
    """Waves from the high rate to the low one, one between two edges."""
    return [("cosine", a, b, high, low) for a, b in pairwise(edges)]


def warmup_then(kind, warmup=500, steps=10_000, peak=3e-4, end=3e-5):
    """A linear warmup from 0, and one curve to the end."""
    body = (kind, warmup, steps, peak, end)
    return [("linear", 0, warmup, 0.0, peak), body] if warmup else [body]


def significant(digits):
    """Rates as "%.2e" prints them, of so many significant digits."""
    return lambda rate: float(f"{rate:.{digits - 1}e}")


def decimals(digits):
    """Rates as "%.6f" prints them."""
    return lambda rate: float(f"{rate:.{digits}f}")


def narrow(rate):
    """Rates that were 32 bits wide."""
    return float(np.float32(rate))


ROUNDINGS = {"full": float, "float32": narrow} | {
    f"{digits} digits": significant(digits) for digits in (3, 4, 5, 6)
}
ROUNDINGS |= {f"{digits} decimals": decimals(digits) for digits in (6, 8)}


def logged(rate, steps, *, rounding=float, offset=0, format="text"):
    """A log: the row of step n has the rate of update n + offset, of a formula or of phases."""
    rate = rate if callable(rate) else phases(*rate)
    rates = [rounding(rate(step + offset)) for step in steps]
    return Trace("run.log", np.array(steps, float), rates, np.full(len(rates), np.nan), format=format)
