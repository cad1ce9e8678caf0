"""Which update a row shows: step n of a log may be update n, the one before it, or the one after it."""

import math
from typing import Any

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.intervals import between
from stepsize.logs.identifying.pieces import SHOWS_END, SHOWS_START, Piece
from stepsize.logs.identifying.round import roundest, whole

OFFSETS = (0, -1, 1)
_CLEAR = {0: 0.25, -1: 0.25, 1: 2.0}  # by how much one offset must be more telling than what is usual
_START = 2.5  # what the start of the first curve counts: it is at position 0, if it is near
_JUMP = 0.5  # what a jump counts: it is known to a row only
_DIGIT = 0.7  # what each digit of the first rate counts against an offset
_MOST_DIGITS = 6
_UNSEEN = 4.0  # what it counts against an offset if one update lies before a curve that shows its start
_LEVEL = 1.7  # what it counts for an offset if the first rate is one to which the schedule comes back
_TOP = 0.98  # of the highest rate: a first rate above it is that rate, and no share of it
_FRACTIONS = (3, 6, 7, 9)


def edges(chain: Chain) -> list[tuple[float, Interval, float]]:
    """The steps where something shows that is most likely at a round position, with interval and weight."""
    found: list[tuple[float, Interval, float]] = []
    first = chain.piece(0)
    if first.kind == "linear" and first.v1 > first.v0:
        found.append((_zero(first), between(chain, 0, _zero)[0], _START))
    for k, piece in enumerate(chain.pieces):
        now = chain.piece(k)
        if now.kind in SHOWS_START or (k and chain.corners[k - 1]):
            found.append((now.t0, between(chain, k, _start)[0], 1.0 if k else _START))
        if k == len(chain.pieces) - 1 and now.kind in SHOWS_END:
            found.append((now.t1, between(chain, k, _stop)[0], 1.0))
        if k == len(chain.pieces) - 1 and now.kind == "linear" and now.v1 < now.v0 and k + len(chain.t) > 2:
            zero, last = _zero(now), float(chain.t[-1])
            if last < zero <= last + 0.1 * chain.span:
                found.append((zero, between(chain, k, _zero)[0], 1.0))
        if k and not chain.corners[k - 1] and now.kind not in SHOWS_START:  # a jump between two rows
            low, high = float(chain.t[piece.a - 1]), float(chain.t[piece.a])
            found.append((high, (low + 1e-3, high), _JUMP))
    return found


def offset(chain: Chain, usual: int) -> tuple[int, bool]:
    """The offset of the rows, and whether the log shows it; where it does not, the usual one.

    A warmup from 0 crosses it at position 0, and edges stand at round positions: the offset under which they are
    roundest is the likely one, if it is clearly so.
    """
    offsets = [o for o in OFFSETS if chain.t[0] + o >= 0] or [
        0
    ]  # no row shows an update before the first one
    usual = usual if usual in offsets else offsets[0]
    places, begins = edges(chain), _begins(chain)
    told = {
        o: sum(weight * _telling(place, within, o) for place, within, weight in places) + begins[o]
        for o in offsets
    }
    best = max(told, key=lambda o: (round(told[o], 6), o == usual, -abs(o)))
    if told[best] - told[usual] <= _CLEAR[best]:
        others = [told[o] for o in offsets if o != usual]
        return usual, told[usual] - max(others, default=-math.inf) > _CLEAR[usual]
    return best, True


def _begins(chain: Chain) -> dict[int, float]:
    """How plain the first rate is under each offset, if the log shows it: by itself, or as a share of the highest."""
    if chain.pieces[0].a == chain.pieces[0].b:
        return dict.fromkeys(OFFSETS, 0.0)
    if chain.pieces[0].kind in SHOWS_START:
        seen = between(chain, 0, _start)[0][0]
        return {o: -_UNSEEN * (0.5 < seen + o < 1.5) for o in OFFSETS}
    told = {}
    for o in OFFSETS:
        low, high = between(chain, 0, lambda piece, o=o: float(piece.at(-float(o))))[0]  # type: ignore[misc]
        first = chain.piece(0)
        value = float(first.at(-float(o)))
        if not (math.isfinite(value) and high - low < abs(float(first.at(1.0 - o)) - value)):
            return dict.fromkeys(OFFSETS, 0.0)
        told[o] = -_DIGIT * min(_digits((low, high), value, chain.height), _MOST_DIGITS)
        told[o] += _LEVEL * any(low <= level <= high for level in _levels(chain))
    return told


def _levels(chain: Chain) -> list[float]:
    """The rates at which later curves end, where the rows show them: those of cycles."""
    pieces = [chain.piece(k) for k in range(1, len(chain.pieces) - 1)]
    return [piece.v1 for piece in pieces if abs(piece.v1) < _TOP * chain.height]


def _digits(within: Interval, value: float, top: float) -> float:
    """The digits of a rate, or of its share of the highest one; a simple fraction such as a third has two."""
    told = [float(roundest(within, value).digits)]
    if abs(value) < _TOP * top:
        for unit in (roundest((top * 0.999, top * 1.001), top).value, top):
            share = (within[0] / unit, within[1] / unit)
            told.append(float(roundest(share, value / unit).digits))
            told += [2.0 for n in _FRACTIONS if share[0] * n <= round(value / unit * n) <= share[1] * n]
    return min(told)


def _telling(place: float, within: Interval, o: int) -> float:
    moved = within[0] + o, within[1] + o
    if moved[1] - moved[0] > 20:
        return 0.0
    return max(0.0, whole(moved, place + o).telling)


def _start(piece: Piece) -> float:
    return piece.t0


def _stop(piece: Piece) -> float:
    return piece.t1


def _zero(piece: Piece) -> float:
    """Where a line is 0."""
    return piece.t0 - piece.v0 * (piece.t1 - piece.t0) / ((piece.v1 - piece.v0) or 1e-300)


def plain(value: Any) -> Any:
    """A whole number as an int."""
    return int(value) if float(value).is_integer() else float(value)
