"""Which update a row shows: step n of a log may be update n, the one before it, or the one after it."""

from typing import Any

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.intervals import between
from stepsize.logs.identifying.pieces import SHOWS_END, SHOWS_START, Piece
from stepsize.logs.identifying.round import roundest, whole

OFFSETS = (0, -1, 1)
_CLEAR = {0: 0.25, -1: 0.25, 1: 1.9}  # by how much one offset must be more telling than what is usual
_START = 2.5  # what the start of the first curve counts: it is at position 0, if it is near
_JUMP = 0.5  # what a jump counts: it is known to a row only


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
    places = edges(chain)
    offsets = [o for o in OFFSETS if chain.t[0] + o >= 0]  # no row shows an update before the first one
    usual = usual if usual in offsets else 0
    told = {
        o: sum(weight * _telling(place, within, o) for place, within, weight in places) + _begins(chain, o)
        for o in offsets
    }
    best = max(told, key=lambda o: (round(told[o], 6), o == usual, -abs(o)))
    if told[best] - told[usual] <= _CLEAR[best]:
        others = [told[o] for o in offsets if o != usual]
        return usual, told[usual] - max(others) > _CLEAR[usual]
    return best, True


def _begins(chain: Chain, o: int) -> float:
    """How plain a share of the highest rate the first update has, where the log shows it well."""
    low, high = between(chain, 0, lambda piece: float(piece.at(-float(o))))[0]
    first = chain.piece(0)
    value = float(first.at(-float(o)))
    moves = abs(float(first.at(1.0 - o)) - value)
    if not (value > 0 and high - low < moves):
        return 0.0
    tops = [roundest((chain.height * 0.999, chain.height * 1.001), chain.height).value, chain.height]
    told = [roundest((low / top, high / top), value / top) for top in (1.0, *tops)]
    return max(
        0.0,
        0.5 * max(one.telling for one in told if one.digits <= 3)
        if any(one.digits <= 3 for one in told)
        else 0.0,
    )


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
