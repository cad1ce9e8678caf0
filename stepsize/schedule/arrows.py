"""The arrow form: one line a person can read, ``0 -> 3e-4 in 500; -> 3e-5 cosine in 9500``.

Every schedule that is a chain of phases has one; ``stepsize.spelling`` reads it, and any Python call, again.
"""

import math
from decimal import Decimal

from stepsize._accept import Number
from stepsize.schedule.chain import Chain
from stepsize.schedule.document import spelled
from stepsize.schedule.phases import Decay, Hold, Ramp, Table
from stepsize.schedule.value import Schedule
from stepsize.shapes import linear
from stepsize.tails import Tail


def arrows(s: Schedule) -> str:
    """The arrow form where every node is a phase, else the Python call."""
    bare = s._bare
    phases = bare.joined if isinstance(bare, Chain) else (bare,)
    if not all(isinstance(phase, Hold | Ramp | Decay | Table) for phase in phases):
        return spelled(s)
    written, before = [], None
    for phase in phases:
        written.append(_phase(phase, before, s.clock))
        before = phase._final
    return "; ".join(written) + (f" on {s.clock}" if s.clock != "steps" else "")


def rate(value: float) -> str:
    """A rate in the shorter of its two forms: 0.01, 3e-4."""
    plain = repr(float(value)).removesuffix(".0")
    sign, digits, exponent = Decimal(plain).normalize().as_tuple()
    first, *others = digits
    point = f".{''.join(map(str, others))}" if others else ""
    scientific = f"{'-' * sign}{first}{point}e{int(exponent) + len(others)}"
    return scientific if len(scientific) < len(plain) else plain


def _phase(s: Schedule, before: float | None, clock: str) -> str:
    if isinstance(s, Table):
        return spelled(s)
    if isinstance(s, Hold):
        kept = "hold" if before == s.value else rate(s.value)
        return kept + _span(" for ", s.steps, clock)
    assert isinstance(s, Ramp | Decay)
    start = "" if before == s.start else f"{rate(s.start)} "
    if isinstance(s, Decay):
        return f"{start}decay {_named(s.tail)}{_span(' for ', s.steps, clock)}"
    shape = "" if s.shape == linear else f" {s.shape}"
    return f"{start}-> {rate(s.end)}{shape}{_span(' in ', s.steps, clock)}"


def _named(tail: Tail) -> str:
    """A tail with the names of its numbers, whose order nobody remembers."""
    numbers = (f"{name}={repr(getattr(tail, name)).removesuffix('.0')}" for name in tail._fields)
    return f"{type(tail).__name__}({', '.join(numbers)})"


def _span(preposition: str, steps: Number, clock: str) -> str:
    if math.isinf(steps):
        return ""
    if steps >= 10**6:
        return preposition + _large(steps)
    # a bare 0.5 could be meant as a share
    unit = f" {clock}" if 0 < steps < 1 and clock != "progress" else ""
    return f"{preposition}{steps!r}{unit}"


def _large(steps: Number) -> str:
    """Millions and more with their letter, where that is shorter: 375M, 259.625B."""
    plain = repr(steps)
    letter, size = next((letter, size) for letter, size in _LETTERS if steps >= size)
    written = f"{(Decimal(plain) / size).normalize():f}{letter}"
    return written if len(written) < len(plain) else plain


_LETTERS = (("T", 10**12), ("B", 10**9), ("M", 10**6))
