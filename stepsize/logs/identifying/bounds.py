"""What the rows leave open of each phase: the intervals of its ends, its rates and its length, in steps of the log."""

import math

import numpy as np

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.intervals import between
from stepsize.logs.identifying.joints import begun_before, zero_of
from stepsize.logs.identifying.pieces import SHOWS_END, SHOWS_START, Piece

Bounds = dict[str, Interval]

_TRIED = 200  # steps of a gap at which a curve is looked at


def bounds(chain: Chain, k: int, begin: Interval) -> Bounds:
    """Intervals of the numbers of piece k; a joint between two rows stays between them.

    Args:
        chain: fitted, in steps of the log.
        k: which piece.
        begin: between which steps of the log the first phase begins.
    """
    asked = [lambda p: p.t0, lambda p: p.t1, lambda p: p.v0, lambda p: p.v1, lambda p: p.t1 - p.t0]
    start, stop, first, last, length = between(chain, k, *asked)
    piece, t = chain.pieces[k], chain.t
    t0, _, t1, *_ = chain.slots[k]
    own = not (chain.fixed[t0] or chain.fixed[t1])  # else it is where another one is
    if k == 0 and piece.kind not in SHOWS_START:
        start, own = _begin(chain, begin), False
        ends = between(chain, 0, lambda p: float(p.at(start[0])), lambda p: float(p.at(start[1])))
        first = min(low for low, _ in ends), max(high for _, high in ends)
    elif k and piece.kind not in SHOWS_START:
        start = _within(start, float(t[piece.a - 1]), float(t[piece.a]), jump=not chain.corners[k - 1])
    if k + 1 < len(chain.pieces) and chain.pieces[k + 1].kind not in SHOWS_START:
        stop = _within(stop, float(t[piece.b]), float(t[piece.b + 1]), jump=not chain.corners[k])
    apart = (stop[0] - start[1], stop[1] - start[0])
    length = (max(length[0], apart[0]), min(length[1], apart[1])) if own else apart
    return {"start": start, "stop": stop, "first": first, "last": last, "length": length}


def _begin(chain: Chain, begin: Interval) -> Interval:
    """Where the first phase begins: a warmup before the first row is not seen; and one may count from 1, not from 0."""
    first, seen = chain.piece(0), float(chain.t[0])
    if first.v1 <= first.v0:
        return begin[0], max(begin[1], seen)
    low, high = between(chain, 0, lambda p: float(p.at(begin[0])))[0]
    return (begin[0], min(begin[1] + 1, max(seen, begin[1]))) if low <= 0 <= high else begin


def loosened(chain: Chain, found: list[Bounds]) -> list[Bounds]:
    """The same, looser where no corner was measured: at a jump, at a cut, and beside a curve of which one row is there.

    Such a joint lies anywhere between two rows, and the rates at it are what the two curves have there.
    """
    made = [dict(one) for one in found]
    for k in range(1, len(made)):
        left, right, gap = chain.piece(k - 1), chain.piece(k), _gap(chain, k)
        alone = [piece.a == piece.b and piece.kind != "hold" for piece in (left, right)]
        low = right.kind == "tanh"  # begins lower than where it comes from
        cut = low or begun_before(chain, k, chain.pieces[k])
        anywhere = (k == 1 and alone[0] and chain.corners[0]) or (k + 1 == len(made) and alone[1]) or cut
        if not anywhere and (chain.corners[k - 1] or left.kind == right.kind == "hold"):
            continue
        if anywhere:
            made[k - 1]["stop"] = made[k]["start"] = gap[:2]
        if anywhere or right.kind not in SHOWS_START:
            made[k]["first"] = _range(left if alone[1] else right, gap, made[k]["first"])
        if anywhere or left.kind not in SHOWS_END or left.t1 > gap[1]:
            made[k - 1]["last"] = _range(right if alone[0] else left, gap, made[k - 1]["last"])
        if anywhere and alone[0]:
            made[0]["first"] = (0.0, float(chain.r[0] + chain.q[0]))
    for one, before in zip(made, found, strict=True):
        if (one["start"], one["stop"]) != (before["start"], before["stop"]):
            one["length"] = (one["stop"][0] - one["start"][1], one["stop"][1] - one["start"][0])
    return made


def _gap(chain: Chain, k: int) -> tuple[float, float, float]:
    """The rows about the start of piece k, and how far a rate there may be off."""
    a = chain.pieces[k].a
    return float(chain.t[a - 1]), float(chain.t[a]), float(chain.q[a - 1 : a + 1].max())


def crossing(chain: Chain) -> Interval | None:
    """Where the last piece, a falling line, comes to 0, as far as the rows tell."""
    k = len(chain.pieces) - 1
    piece = chain.pieces[k]
    if piece.kind != "linear" or piece.v1 >= piece.v0:
        return None
    return between(chain, k, zero_of)[0]


def _range(piece: Piece, gap: tuple[float, float, float], also: Interval) -> Interval:
    low, high, slack = gap
    values = np.asarray(piece.at(np.linspace(low, high, _TRIED)))
    return min(float(values.min()) - slack, also[0]), max(float(values.max()) + slack, also[1])


def _within(found: Interval, low: float, high: float, *, jump: bool) -> Interval:
    if jump:
        return low, high
    cut = max(found[0], low - 1e-6), min(found[1], high + 1e-6)
    return cut if cut[0] <= cut[1] and math.isfinite(cut[0]) else found
