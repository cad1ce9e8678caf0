"""The phases of a chain with round numbers, where the log allows them, and the intervals that it leaves."""

import math

import numpy as np

from stepsize.logs.identified import Interval, Part
from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.curves import NEAR
from stepsize.logs.identifying.ends import Known, Seen, begun, ended, lengths, levels
from stepsize.logs.identifying.intervals import between
from stepsize.logs.identifying.joints import begun_before, in_order, joint, next_tread, split
from stepsize.logs.identifying.offset import plain
from stepsize.logs.identifying.pieces import SHOWS_START, Piece
from stepsize.logs.identifying.round import roundest
from stepsize.logs.identifying.rounded import rounded

_PLAIN = 4  # digits that a first rate may have which is not read off as it is


def parts(chain: Chain, o: int, gap: float) -> tuple[Part, ...]:
    """The phases in positions, update k at k, from the chain of a log whose row n shows update n + o.

    Args:
        chain: fitted, in steps of the log.
        o: the offset of the log.
        gap: the usual distance of two rows: the last phase may go on for as long unseen.
    """
    open_ends = [_intervals(chain, k) for k in range(len(chain.pieces))]
    first = between(chain, 0, lambda piece: float(piece.at(-float(o))))[0]
    pieces = in_order(split(chain, rounded(chain, o), o), chain)
    pieces = _plainly(begun(pieces, o, float(chain.t[0]), float(chain.q[0]), first), chain, first)
    found = []
    for k, (piece, left) in enumerate(zip(pieces, open_ends, strict=True)):
        if k + 1 == len(pieces):
            before = pieces[:-1]
            known = Known([*levels(before), chain.height], lengths(before), next_tread(chain, pieces, o))
            piece, left = ended(piece, left, Seen(float(chain.t[-1]), gap, float(chain.q[-1]), o), known)
        begins = joint(chain, k, pieces, o) + o if begun_before(chain, k, piece) else None
        follows = joint(chain, k + 1, pieces, o) if k + 1 < len(pieces) else math.inf
        cut = follows + o if follows < piece.t1 - 0.5 else None
        found.append(_part(chain, k, piece, left, o, cut, begins))
    return tuple(found)


def _plainly(found: list[Piece], chain: Chain, within: Interval) -> list[Piece]:
    """The same, with a round first rate, where every row of the first piece allows it."""
    first, rows = found[0], slice(chain.pieces[0].a, chain.pieces[0].b + 1)
    near = roundest(within, first.v0)
    if first.kind == "hold" or near.digits > _PLAIN or not within[0] <= first.v0 <= within[1]:
        return found
    plainer = first._replace(v0=near.value)
    far = np.abs(plainer.at(chain.t[rows]) - chain.r[rows]) / chain.q[rows]
    return [plainer, *found[1:]] if float(far.max()) <= NEAR else found


def _intervals(chain: Chain, k: int) -> dict[str, Interval]:
    """Intervals of the numbers of piece k, in steps of the log; a joint between two rows stays between them."""
    asked = [lambda p: p.t0, lambda p: p.t1, lambda p: p.v0, lambda p: p.v1, lambda p: p.t1 - p.t0]
    start, stop, first, last, length = between(chain, k, *asked)
    piece, t = chain.pieces[k], chain.t
    if k and not _tangent(chain, k):
        start = _within(start, float(t[piece.a - 1]), float(t[piece.a]), jump=not chain.corners[k - 1])
    if k + 1 < len(chain.pieces) and not _tangent(chain, k + 1):
        stop = _within(stop, float(t[piece.b]), float(t[piece.b + 1]), jump=not chain.corners[k])
    apart = (stop[0] - start[1], stop[1] - start[0])
    own = not (
        chain.fixed[chain.slots[k][0]] or chain.fixed[chain.slots[k][2]]
    )  # both ends are its own, or a corner's
    length = (max(length[0], apart[0]), min(length[1], apart[1])) if own else apart
    return {"start": start, "stop": stop, "first": first, "last": last, "length": length}


def _tangent(chain: Chain, k: int) -> bool:
    """Whether piece k begins by itself, and so may begin before its first row."""
    return chain.pieces[k].kind in SHOWS_START


def _within(found: Interval, low: float, high: float, *, jump: bool) -> Interval:
    if jump:
        return low + 1e-3, high
    cut = max(found[0], low - 1e-6), min(found[1], high + 1e-6)
    return cut if cut[0] <= cut[1] else found


def _part(
    chain: Chain,
    k: int,
    piece: Piece,
    left: dict[str, Interval],
    o: int,
    cut: float | None,
    begins: float | None,
) -> Part:
    """The phase of a piece, in positions; ``cut`` and ``begins`` are where its curve is cut off at its two ends."""
    start, stop, first = piece.t0 + o, piece.t1 + o, piece.v0
    origin, rows = None, chain.pieces[k]
    if begins is not None:
        origin, start = plain(_clean(start)), begins
        first = float(piece.at(begins - o))
        left = left | {"start": (begins - o, begins - o), "first": (first, first)}
        left["length"] = (left["stop"][0] - begins + o, left["stop"][1] - begins + o)

    def moved(name: str, value: float) -> Interval:
        low, high = left[name]
        shift = o if name in ("start", "stop") else 0
        return min(low + shift, value), max(high + shift, value)

    own = {"power": f"power({piece.p:.12g})", "tanh": f"tanh({piece.p:.12g}, {piece.p2:.12g})"}
    kind = own.get(piece.kind, piece.kind)
    return Part(
        kind, plain(_clean(start)), plain(_clean(stop)), first, piece.v1, rows.b - rows.a + 1,
        moved("start", start), moved("stop", stop), moved("first", first), moved("last", piece.v1),
        moved("length", stop - start), piece.p, None if cut is None else plain(_clean(cut)), origin, piece.v0,
    )  # fmt: skip


def _clean(value: float) -> float:
    return round(value, 6)
