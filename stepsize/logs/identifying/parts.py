"""The phases of a chain with round numbers, where the log allows them, and the intervals that it leaves."""

import math

import numpy as np

from stepsize.logs.identified import Interval, Part
from stepsize.logs.identifying.begins import begun
from stepsize.logs.identifying.bounds import Bounds, bounds, crossing, loosened
from stepsize.logs.identifying.candidates import Known, Seen
from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.ends import ended, lengths, levels
from stepsize.logs.identifying.fits import NEAR
from stepsize.logs.identifying.intervals import between
from stepsize.logs.identifying.joints import begun_before, in_order, joint, next_tread, split
from stepsize.logs.identifying.offset import plain
from stepsize.logs.identifying.pieces import Piece
from stepsize.logs.identifying.round import roundest
from stepsize.logs.identifying.rounded import rounded

_PLAIN = 4  # digits that a first rate may have which is not read off as it is


def parts(chain: Chain, o: int, begin: Interval, gap: float) -> tuple[Part, ...]:
    """The phases in positions, update k at k, from the chain of a log whose row n shows update n + o.

    Args:
        chain: fitted, in steps of the log.
        o: the offset of the log.
        begin: between which of its steps update 0 is, as far as it shows.
        gap: the usual distance of two rows: the last phase may go on for as long unseen.
    """
    open_ends = loosened(chain, [bounds(chain, k, begin) for k in range(len(chain.pieces))])
    first = between(chain, 0, lambda piece: float(piece.at(-float(o))))[0]
    pieces = in_order(split(chain, rounded(chain, o), o), chain)
    pieces = _plainly(begun(pieces, o, float(chain.t[0]), float(chain.q[0]), first), chain, first)
    found = []
    for k, (piece, left) in enumerate(zip(pieces, open_ends, strict=True)):
        if k + 1 == len(pieces):
            before = pieces[:-1]
            tread = next_tread(chain, pieces, o)
            known = Known([*levels(before), chain.height], lengths(before), tread, crossing(chain))
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


def _part(
    chain: Chain,
    k: int,
    piece: Piece,
    left: Bounds,
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
    stop = max(stop, start)  # of a curve that ran away, where none fits

    def moved(name: str, value: float) -> Interval:
        low, high = left[name]
        shift = o if name in ("start", "stop") else 0
        return min(low + shift, value), max(high + shift, value)

    sign = 1 if piece.p < piece.p2 else -1  # with both ends of the other sign, tanh has the same curve
    tanh = f"tanh({sign * piece.p:.12g}, {sign * piece.p2:.12g})"
    own = {"power": f"power({piece.p:.12g})", "tanh": tanh}
    kind = own.get(piece.kind, piece.kind)
    return Part(
        kind, plain(_clean(start)), plain(_clean(stop)), first, piece.v1, rows.b - rows.a + 1,
        moved("start", start), moved("stop", stop), moved("first", first), moved("last", piece.v1),
        moved("length", stop - start), piece.p, None if cut is None else plain(_clean(cut)), origin, piece.v0,
    )  # fmt: skip


def _clean(value: float) -> float:
    return round(value, 6)
