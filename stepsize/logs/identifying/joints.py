"""Where phases meet: at a corner of two curves, or at a jump between two rows, at the position that is most likely."""

import math

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.pieces import SHOWS_END, SHOWS_START, Piece
from stepsize.logs.identifying.round import epoch_of, roundest, whole

_TRIED = 400  # positions of a gap that are tried
_LEVEL = 1e-3  # of the highest rate: how near two rates are the same level


def split(chain: Chain, found: list[Piece], o: int) -> list[Piece]:
    """The pieces with one position at each jump: where the next one shows its start, else the roundest in the gap."""
    made, edges = list(found), _treads(chain, found, o)
    for k in range(1, len(made)):
        if chain.corners[k - 1]:
            continue
        left, right = made[k - 1], made[k]
        low, high = float(chain.t[chain.pieces[k].a - 1]), float(chain.t[chain.pieces[k].a])
        if right.kind in SHOWS_START and low - 1e-6 < right.t0 <= high + 1e-6:
            at = right.t0
        elif left.kind in SHOWS_END and low - 1e-6 < left.t1 <= high + 1e-6:
            at = left.t1
        elif (
            right.kind == "linear"
            and right.v1 > right.v0 > -math.inf
            and low < (zero := zero_of(right)) <= high
        ):
            at = zero  # a warmup that begins anew
        else:
            at = edges.get(
                k, _back_at_a_level(made[:k], low, high) or _between(low, high, o, epoch_of(chain.t))
            )
        ends = float(left.at(at)), float(right.at(at))
        if left.kind not in SHOWS_END or left.t1 < low:
            made[k - 1] = left._replace(t1=at, v1=snapped(ends[0], left) if left.kind != "hold" else left.v1)
        if right.kind not in SHOWS_START:
            made[k] = right._replace(t0=at, v0=snapped(ends[1], right) if right.kind != "hold" else right.v0)
    return _turned(made, chain)


def _turned(found: list[Piece], chain: Chain) -> list[Piece]:
    """The same, with a single last row taken for the first one of a line, where the curve before came to a level."""
    row = chain.pieces[-1]
    if len(found) < 3 or row.kind != "hold" or row.a != row.b:
        return found
    low, high = float(chain.t[row.a - 1]), float(chain.t[row.a])
    at = _back_at_a_level(found[:-1], low - 1, high)
    if at is None or at >= high:
        return found
    left = found[-2].until(at)
    level = snapped(left.v1, left)
    line = found[-1]._replace(kind="linear", t0=at, v0=level, t1=high, v1=float(chain.r[row.a]))
    return [*found[:-2], left._replace(v1=level), line]


def begun_before(chain: Chain, k: int, piece: Piece) -> bool:
    """Whether piece k, after a jump, shows a start that lies before the piece that it follows has ended."""
    jump = k > 0 and not chain.corners[k - 1]
    return jump and piece.kind == "cosine" and piece.t0 < float(chain.t[chain.pieces[k].a - 1]) - 0.5


def joint(chain: Chain, k: int, found: list[Piece], o: int) -> float:
    """Where piece k takes over from the one before it."""
    left, right = found[k - 1], found[k]
    if not begun_before(chain, k, right):
        return right.t0
    low, high = float(chain.t[chain.pieces[k].a - 1]), float(chain.t[chain.pieces[k].a])
    return left.t1 if low - 1e-6 < left.t1 <= high + 1e-6 else _between(low, high, o, epoch_of(chain.t))


def _between(low: float, high: float, o: int, epoch: int) -> float:
    """The roundest position between two rows; the second one may lie on it."""
    return whole((low + 1e-3 + o, high + o), (low + high + 1) / 2 + o, epoch).value - o


def _back_at_a_level(found: list[Piece], low: float, high: float) -> float | None:
    """The whole position between two rows where the last piece comes to a rate that one before it began or ended at."""
    last = found[-1]
    levels = [value for piece in found[:-1] for value in (piece.v0, piece.v1)]
    steps = range(math.floor(low) + 1, min(math.floor(high), math.floor(low) + _TRIED) + 1)
    if last.kind == "hold" or not levels or not steps:
        return None
    apart = {float(at): min(abs(float(last.at(at)) - level) for level in levels) for at in steps}
    best = min(apart, key=lambda at: apart[at])
    return best if apart[best] <= _LEVEL * max(map(abs, [last.v0, *levels])) else None


def _treads(chain: Chain, found: list[Piece], o: int) -> dict[int, float]:
    """Where holds follow each other as the treads of a staircase: edges at equal distances, if the rows allow them."""
    joints = [k for k in range(1, len(found)) if found[k - 1].kind == found[k].kind == "hold"]
    if len(joints) < 2 or joints != list(range(joints[0], joints[-1] + 1)):
        return {}
    begin = found[joints[0] - 1].t0 if joints[0] > 1 else -float(o)
    gaps = [(float(chain.t[chain.pieces[k].a - 1]) + 1e-3, float(chain.t[chain.pieces[k].a])) for k in joints]
    low = max((gap[0] - begin) / n for n, gap in enumerate(gaps, start=1))
    high = min((gap[1] - begin) / n for n, gap in enumerate(gaps, start=1))
    if low > high:
        return {}
    each = whole((low, high), (low + high) / 2, epoch_of(chain.t)).value
    return {k: begin + each * n for n, k in enumerate(joints, start=1)}


def next_tread(chain: Chain, found: list[Piece], o: int) -> float:
    """Where a staircase would have its next edge."""
    edges = sorted(_treads(chain, found, o).values())
    return 2 * edges[-1] - edges[-2] if len(edges) > 1 else -math.inf


def zero_of(piece: Piece) -> float:
    """Where a line is 0."""
    return piece.t0 - piece.v0 * (piece.t1 - piece.t0) / ((piece.v1 - piece.v0) or 1e-300)


def in_order(found: list[Piece], chain: Chain) -> list[Piece]:
    """The pieces with joints in rising order: one that ran away, not being shown, is put back to its rows."""
    made = list(found)
    for k in range(1, len(made)):
        left, right = made[k - 1], made[k]
        at = right.t0 if chain.corners[k - 1] or right.kind in SHOWS_START else left.t1
        if not chain.corners[k - 1] and (
            begun_before(chain, k, right) or (left.kind in SHOWS_END and left.t1 > at + 0.5)
        ):
            continue  # the next one begins before it ends, or had begun before
        low, high = left.t0, max(right.t1, float(chain.t[chain.pieces[k].b]))
        if not low < at < high:
            at = float(chain.t[chain.pieces[k].a])
        made[k - 1] = left._replace(t1=at)
        made[k] = right._replace(t0=at)
    last = made[-1]
    if not last.t0 < last.t1:  # a curve that ran away
        made[-1] = last._replace(t1=max(float(chain.t[-1]), last.t0 + 1))
    return made


def snapped(value: float, piece: Piece, within: Interval | None = None) -> float:
    """A rate at an end that was read off a curve, as a round number where one is as near as the log can tell."""
    slack = 1e-9 * max(abs(piece.v0), abs(piece.v1))
    if within is not None and math.isfinite(within[1] - within[0]):
        slack = max(slack, (within[1] - within[0]) / 2)
    near = roundest((value - slack, value + slack), value)
    return near.value if near.digits <= 4 else float(f"{value:.12g}")
