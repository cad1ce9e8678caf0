"""Where the first phase begins, which a log seldom shows."""

import math

import numpy as np

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.joints import zero_of
from stepsize.logs.identifying.pieces import NEVER_0, SHOWS_START, Piece
from stepsize.logs.identifying.round import roundest

_STEEP = 100  # times the first rate that was seen: what a falling curve was before, nobody trains with


def begun(found: list[Piece], o: int, seen: float, q: float, within: Interval) -> list[Piece]:
    """The pieces with the first one begun at position 0, where its curve shows what was there, about ``within``.

    Where that would be a number that nobody writes, and the curve has a plain one a little later, a warmup is missing
    which the log does not show, and the piece begins there.
    """
    first, start = found[0], -float(o)
    if first.kind in SHOWS_START:
        return found
    if (
        first.kind == "linear"
        and first.v1 > first.v0
        and float(first.at(start)) < -2 * q
        and zero_of(first) > start + 0.3
    ):
        return [first._replace(t0=zero_of(first), v0=0.0), *found[1:]]
    if first.kind != "hold" and first.v1 < first.v0:
        start = _plain_start(first, start, seen, q)
    value = float(first.at(start))
    if not math.isfinite(value):
        return found
    if first.kind not in NEVER_0 and (
        value < 0
        or abs(value) <= max(q, 1e-9 * max(abs(first.v0), abs(first.v1)))
        or within[0] <= 0 <= within[1]
    ):
        value = 0.0
    return [first.since(start)._replace(v0=float(f"{value:.12g}")), *found[1:]]


def _plain_start(piece: Piece, start: float, seen: float, q: float) -> float:
    """Where a falling curve begins: at the start, unless its rate is much plainer at a step before the first row."""
    if seen - start < 2:
        return start

    def digits(at: float) -> int:
        value = float(piece.at(at))
        return roundest((value - q, value + q), value).digits

    steps = np.unique(np.linspace(start, seen, 200).round())
    steps = steps[np.asarray(piece.at(steps)) <= _STEEP * float(piece.at(seen))]
    told = [digits(at) for at in steps]
    best = int(np.argmin(told))
    far = steps[0] > start
    return float(steps[best]) if far or (told[0] >= 4 and told[best] <= 3) else start
