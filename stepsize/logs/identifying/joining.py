"""Pieces made a chain: corners where two curves can meet in one point, and jumps where they cannot."""

import itertools
from typing import Any

import numpy as np

from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.fits import NEAR
from stepsize.logs.identifying.meeting import meeting
from stepsize.logs.identifying.pieces import SHOWS_END, SHOWS_START, Piece
from stepsize.logs.identifying.round import roundest

_BETTER = 0.7  # how much less far the rows are without a corner, if it was none
_WHOLE = 0.02  # updates: a corner that near to a whole step is at it


def joined(found: list[Piece], t: Any, r: Any, q: Any) -> Chain:
    """The chain with a corner wherever two curves can meet, and jumps where they cannot."""
    found = _shared(_warmed(_absorbed(found, t, r, q), t, r, q), t, r, q)
    corners = [meeting(left, right, t, q) is not None for left, right in itertools.pairwise(found)]
    chain = Chain(found, t, r, q, corners).fit()
    while chain.far > NEAR and any(chain.corners):
        best = chain
        worst = int((np.abs(chain.rates() - r) / q).argmax())
        place = next(k for k, piece in enumerate(found) if worst <= piece.b)
        for k in range(max(0, place - 2), min(len(chain.corners), place + 2)):
            if chain.corners[k]:
                other = Chain(found, t, r, q, [c and j != k for j, c in enumerate(chain.corners)]).fit()
                best = min(best, other, key=_off)
        if _off(best) > _BETTER * _off(chain):
            break
        chain = best
    return _shifted(chain)


def _shifted(chain: Chain) -> Chain:
    """The same, with a row at a corner given to the other side where that brings all rows clearly nearer."""
    for k in range(len(chain.corners)):
        if not chain.corners[k] or "hold" not in (chain.pieces[k].kind, chain.pieces[k + 1].kind):
            continue
        for by in (1, -1):
            found = list(chain.pieces)
            left, right = found[k], found[k + 1]
            if not left.a <= left.b + by < right.b:
                continue
            found[k], found[k + 1] = left._replace(b=left.b + by), right._replace(a=right.a + by)
            other = Chain(found, chain.t, chain.r, chain.q, chain.corners).fit()
            if other.in_place and _off(other) < _BETTER * _off(chain) and other.far <= max(NEAR, chain.far):
                chain = other
    return chain


def _off(chain: Chain) -> float:
    """How far all rows are, together: one corner less helps, also where another one is wrong."""
    return float((((chain.rates() - chain.r) / chain.q) ** 2).sum())


def _absorbed(found: list[Piece], t: Any, r: Any, q: Any) -> list[Piece]:
    """Without pieces of a few rows that lie on the curve of a longer neighbour."""
    kept = list(found)
    k = 0
    while k < len(kept):
        piece = kept[k]
        rows = slice(piece.a, piece.b + 1)
        for other in (k + 1, k - 1):
            if (
                piece.b - piece.a < 3
                and 0 <= other < len(kept)
                and kept[other].b - kept[other].a > piece.b - piece.a
            ):
                beside = kept[other]
                if (np.abs(_within(beside, t[rows]) - r[rows]) <= NEAR * q[rows]).all():
                    kept[other] = beside._replace(a=min(beside.a, piece.a), b=max(beside.b, piece.b))
                    del kept[k]
                    k -= 1
                    break
        k += 1
    return kept


def _warmed(found: list[Piece], t: Any, r: Any, q: Any) -> list[Piece]:
    """The same, with a first row that lies below what follows taken for a warmup of which no more was logged."""
    if len(found) > 1 and found[0].b == 1 and t[0] > 0 and abs(found[1].at(float(t[1])) - r[1]) <= q[1]:
        found = [
            found[0]._replace(b=0),
            found[1]._replace(a=1),
            *found[2:],
        ]
    first = found[0]
    if len(found) == 1 or first.b > 0 or found[1].v1 > found[1].v0 or found[1].at(float(t[0])) <= r[0] + q[0]:
        return found
    after, low, high = found[1], float(t[0]), float(t[1])
    if low > 0:  # from 0 through the row, until the line meets what follows
        zero, at = _risen(after, low, high, float(r[0]))
        rising = first._replace(kind="linear", t0=zero, v0=0.0)
    else:
        at = (
            after.t0
            if after.kind in SHOWS_START and low < after.t0 <= high
            else _plainest(after, low, high, q[1])
        )
        many = float(after.at(high)) / float(r[0]) if r[0] > 0 else 0.0
        if after.kind == "hold" and 1 < many <= high + 2 and abs(many - round(many)) < 2e-3 * many:
            at = round(many) - 1.0 + low  # the first of so many equal steps
        rising = first._replace(kind="linear", t0=low, v0=float(r[0]))
    return [rising._replace(t1=at, v1=float(after.at(at))), *found[1:]]


def _risen(after: Piece, low: float, high: float, rate: float) -> tuple[float, float]:
    """Where a line through one row was 0 (0, 1 or -1), and where it meets what follows: at its start, if it may."""
    found = []
    grid = np.linspace(low, high, 2001)
    for zero in (z for z in (0.0, 1.0, -1.0) if z < low):
        apart = rate / (low - zero) * (grid - zero) - after.at(grid)
        k = min(int(np.searchsorted(apart >= 0, True)), len(grid) - 1)
        at = (
            float(grid[k] - apart[k] / ((apart[k] - apart[k - 1]) or 1.0) * (grid[1] - grid[0])) if k else low
        )
        begins = after.t0 if after.kind in SHOWS_START and low < after.t0 <= high else round(at)
        found.append((abs(at - begins) > _WHOLE, zero, at))
    _, zero, at = min(found, key=lambda one: one[0])
    return zero, at


def _plainest(piece: Piece, low: float, high: float, q: float) -> float:
    """The whole step in (low, high] at which a curve has the plainest rate."""
    steps = np.unique(np.linspace(low + 1, high, 300).round())
    told = [
        roundest((float(piece.at(at)) - q, float(piece.at(at)) + q), float(piece.at(at))).digits
        for at in steps
    ]
    return float(steps[int(np.argmin(told))])


def _shared(found: list[Piece], t: Any, r: Any, q: Any) -> list[Piece]:
    """The same pieces, with each row about a joint given to the curve that it is nearer to."""
    kept = list(found)
    for k in range(len(kept) - 1):
        left, right = kept[k], kept[k + 1]
        rows = np.arange(max(left.a, left.b - 40), min(right.b, right.a + 40) + 1)
        off = [np.abs(_within(piece, t[rows]) - r[rows]) / q[rows] for piece in (left, right)]
        # Split after row j: the farthest of the left rows and of the right ones tells how good that is
        worst_left = np.maximum.accumulate(off[0])[:-1]
        worst_right = np.maximum.accumulate(off[1][::-1])[::-1][1:]
        worst = np.maximum(worst_left, worst_right)
        good = np.flatnonzero(worst <= max(worst.min() * (1 + 1e-9), NEAR))
        split = int(rows[good[np.abs(rows[good] - _last_before(left, right, t)).argmin()]])
        kept[k], kept[k + 1] = left._replace(b=split), right._replace(a=split + 1)
    return kept


def _within(piece: Piece, t: Any) -> Any:
    """Its rates, held beyond the ends of a wave: the formula would turn there."""
    return piece.at(np.clip(t, piece.t0, piece.t1) if piece.kind == "cosine" else t)


def _last_before(left: Piece, right: Piece, t: Any) -> int:
    """The last row of the left piece, where one of the two shows it."""
    if right.kind in SHOWS_START and left.a <= (row := int(np.searchsorted(t, right.t0)) - 1) < right.b:
        return row
    if left.kind in SHOWS_END and left.a <= (row := int(np.searchsorted(t, left.t1)) - 1) < right.b:
        return row
    return left.b
