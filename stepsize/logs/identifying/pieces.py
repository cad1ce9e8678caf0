"""Curves as ramps between two points (t0, v0) and (t1, v1): one parametrisation for every family.

With progress u = (t - t0) / (t1 - t0), the rate is

    hold             v0
    linear           v0 + (v1 - v0) u
    geometric        v0 (v1 / v0)^u
    inverse_sqrt     (v0^-2 + (v1^-2 - v0^-2) u)^(-1/2)
    harmonic         (v0^-1 + (v1^-1 - v0^-1) u)^-1
    cosine           v1 + (v0 - v1) (1 + cos(pi u)) / 2
    one_minus_sqrt   v0 + (v1 - v0) sqrt(u)
    power            v1 + (v0 - v1) (1 - u)^p
    faded            v0 + (v1 - v0) (1 - exp(-p u)) / (1 - exp(-p))
    tanh             v0 + (v1 - v0) (tanh(p + (p2 - p) u) - tanh(p)) / (tanh(p2) - tanh(p))

A cosine shows both its ends, one_minus_sqrt its start, and power its end, even where the log has only a part of them;
of the other families only what lies on them is known, and they end where another curve begins.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from stepsize.logs.identifying.curves import BEGUN, CURVED, PLAIN
from stepsize.logs.identifying.stretches import Stretch

SHOWS_START = {"cosine", "one_minus_sqrt"}
SHOWS_END = {"cosine", "power"}
BENT = {"power", "faded", "tanh"}  # these have a number p more
NEVER_0 = {"geometric", "inverse_sqrt", "harmonic"}
_POWER = {"geometric": 0.0, "inverse_sqrt": -2.0, "harmonic": -1.0}


class Piece(NamedTuple):
    """One curve over rows [a, b] of a log, from (t0, v0) to (t1, v1), and its own numbers p and p2, if it has any."""

    kind: str
    a: int
    b: int
    t0: float
    v0: float
    t1: float
    v1: float
    p: float = 1.0
    p2: float = 1.0

    def until(self, t1: float) -> "Piece":
        """The same curve up to another end."""
        longer = (t1 - self.t0) / (self.t1 - self.t0 or 1e-300)
        p, p2 = self.p, self.p2
        if self.kind == "faded":
            p = p * longer
        if self.kind == "tanh":
            p2 = p + (p2 - p) * longer
        return self._replace(t1=t1, v1=float(self.at(t1)), p=p, p2=p2)

    def since(self, t0: float) -> "Piece":
        """The same curve from another start."""
        longer = (self.t1 - t0) / (self.t1 - self.t0 or 1e-300)
        p, p2 = self.p, self.p2
        if self.kind == "faded":
            p = p * longer
        if self.kind == "tanh":
            p = p2 - (p2 - p) * longer
        return self._replace(t0=t0, v0=float(self.at(t0)), p=p, p2=p2)

    def at(self, t: Any) -> Any:
        """The rate at positions, also beyond the ends, as far as the formula goes."""
        return rate(self.kind, t, self.t0, self.v0, self.t1, self.v1, self.p, self.p2)


def rate(kind: str, t: Any, t0: float, v0: float, t1: float, v1: float, p: float, p2: float) -> Any:
    """The formulas of the module's docstring; where a root or a power would leave its range, it stays on the edge."""
    if kind == "hold":
        return v0 + 0 * t
    u = (t - t0) / (t1 - t0 or 1e-300)
    if kind == "cosine":
        return v1 + (v0 - v1) * (1 + np.cos(np.pi * u)) / 2
    if kind == "one_minus_sqrt":
        return v0 + (v1 - v0) * np.sqrt(np.maximum(u, 0))
    if kind == "power":
        return v1 + (v0 - v1) * np.maximum(1 - u, 0) ** p
    if kind == "tanh":
        low, high = math.tanh(p), math.tanh(p2)
        return v0 + (v1 - v0) * (np.tanh(p + (p2 - p) * u) - low) / (high - low or 1e-300)
    if kind == "faded":
        return v0 + (v1 - v0) * (np.expm1(-p * u) / math.expm1(-p) if abs(p) > 1e-9 else u)
    if kind in _POWER and v0 > 0 and v1 > 0:
        power = _POWER[kind]
        if power == 0:
            return v0 * np.exp(u * math.log(v1 / v0))
        return np.maximum(v0**power + (v1**power - v0**power) * u, 1e-300) ** (1 / power)
    return v0 + (v1 - v0) * u


def pieces(found: list[Stretch], t: Any, r: Any, q: Any, late: list[int]) -> list[Piece]:
    """The stretches as ramps, each by itself; at the rows ``late`` a wave may have begun long before."""
    families = {family.name: family for family in (*PLAIN, *CURVED)}
    begun = families | {BEGUN.name: BEGUN}
    made = []
    for a, b, name in found:
        inside, long = t[a : b + 1] - t[a], float(t[b] - t[a]) or 1.0
        asked = [some[name] for some in ((families, begun) if a in late else (families,))]
        _, numbers = min(family.best(inside / long, r[a : b + 1], q[a : b + 1]) for family in asked)
        piece = Piece(name, a, b, *_ends(name, numbers, float(t[a]), long))
        made += _turned(piece, t, r, q) if name == "cosine" else [piece]
    return made


def _turned(piece: Piece, t: Any, r: Any, q: Any) -> list[Piece]:
    """A wave that goes on beyond its half as two of them, where its last row shows that."""
    last = int(np.searchsorted(t, piece.t1, side="right")) - 1
    if not piece.a < last < piece.b or abs(r[piece.b] - piece.v1) <= 2 * q[piece.b]:
        return [piece]
    back = piece._replace(a=last + 1, t0=piece.t1, v0=piece.v1, t1=2 * piece.t1 - piece.t0, v1=piece.v0)
    return [piece._replace(b=last), back]


def _ends(name: str, numbers: tuple[float, ...], ta: float, long: float) -> tuple[float, ...]:
    """t0, v0, t1, v1, p, p2 of a family's numbers, whose times go from 0 at ta to 1 at ta + long."""
    a, *rest = numbers
    if name == "hold":
        return ta, a, ta + long, a
    b, *own = rest
    if name == "cosine":
        c, w = own
        return ta - c * long, a + b, ta - c * long + math.pi / w * long, a - b
    if name == "one_minus_sqrt":
        return ta - own[0] * long, a, ta + long, a + b * math.sqrt(1 + own[0])
    if name == "power":
        d, p = own
        return ta, a + b * (1 + d) ** p, ta + (1 + d) * long, a, p
    if name == "faded":
        return ta, a + b, ta + long, a + b * math.exp(-own[0]), own[0]
    if name == "tanh":
        return ta, a + b * math.tanh(own[0]), ta + long, a + b * math.tanh(own[1]), *own
    power = _POWER.get(name)
    values = [a, a + b]
    if power is not None:
        values = [math.exp(x) if power == 0 else max(x, 1e-300) ** (1 / power) for x in values]
    return ta, values[0], ta + long, values[1]
