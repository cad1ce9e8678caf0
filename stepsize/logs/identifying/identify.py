"""Which schedule is this? From the rates that a log shows, rounded, now and then, with gaps, repeats and resumes."""

from typing import Any

import numpy as np

from stepsize.logs.identified import Identified, Part
from stepsize.logs.identifying.built import built
from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.fits import NEAR
from stepsize.logs.identifying.joining import joined
from stepsize.logs.identifying.offset import offset
from stepsize.logs.identifying.parts import parts
from stepsize.logs.identifying.peers import peers
from stepsize.logs.identifying.pieces import SHOWS_START, Piece, pieces
from stepsize.logs.identifying.restarts import laid, restarts, unrolled
from stepsize.logs.identifying.series import Series, series
from stepsize.logs.identifying.stretches import late, stretches
from stepsize.logs.identifying.suspicions import suspicions
from stepsize.logs.identifying.thinning import telling
from stepsize.logs.identifying.treads import in_updates, once_a_tread, treads
from stepsize.records import Trace

_EACH = 40  # rows of a piece that are measured, at least, if the log has them
_ALL = 2000  # rows that are measured, about, however many pieces there are
_NEARLY = 0.01  # of the highest rate: a schedule that is so near is one, with something odd perhaps
_AGAIN = 3  # times that rows are added which the first ones did not tell


@np.errstate(over="ignore")  # of a curve that runs away between rows, and is not taken then
def identify(trace: Trace) -> Identified:
    """Say which schedule a log follows."""
    seen = logged = series(trace)
    notes = seen.notes
    stairs = treads(seen)
    if stairs:
        seen = once_a_tread(seen, stairs)
    end, every = float(seen.t[-1]), seen
    chain = fitted(seen)
    again = restarts(seen, chain, lambda t: everywhere(chain, t))
    if again:
        every, seen = laid(seen, again), unrolled(seen, again)
        logged, chain = seen, fitted(seen)
    usual = -1 if trace.format == "trainer" or _counts_from_1(seen) else 0
    o, shown = (0, True) if stairs else offset(chain, usual)
    begin = (-float(o), -float(o)) if shown else (-1.0, min(1.0, float(seen.t[0])))
    found = parts(chain, o, begin, seen.gap)
    rows = np.floor((logged.t + stairs.offset) / stairs.each) if stairs and not again else seen.t + o
    found = tuple(_counted(part, rows, last=part is found[-1]) for part in found)
    same = peers(seen, found, o)
    each = stairs.each if stairs else 1
    if stairs:
        seen = seen._replace(t=seen.t * each)
        found = tuple(in_updates(part, each) for part in found)
    schedule = built(found).staircase(each) if stairs else built(found)
    top = float(np.abs(seen.r).max()) or 1.0
    off = np.abs(np.asarray(schedule(every.t * each + o), float) - every.r)
    places = [one.place * each for one in again]
    told = Identified(
        schedule,
        stairs.offset if stairs else o,
        found,
        same,
        float(off.max()) / top,
        float(seen.q.max()) / top,
        suspicions(seen, found, o, shown and not stairs, places, end * each),
        notes,
        each,
    )
    return told if told.fits or 1.5 * told.rounding < told.residual <= _NEARLY else _nothing_odd(told)


def _nothing_odd(found: Identified) -> Identified:
    """The same without suspicions: what follows no schedule has no end, and no horizon."""
    return Identified(**{name: getattr(found, name) for name in Identified._fields} | {"suspicions": ()})


def _counts_from_1(seen: Series) -> bool:
    """Whether every update has a row, and the first one is 1."""
    return float(seen.t[0]) == seen.gap == 1.0


def _counted(part: Part, positions: Any, *, last: bool) -> Part:
    """The phase with the rows of the whole log that lie in it; the last one has all that follow its start."""
    stop = np.inf if last else part.stop if part.cut is None else part.cut
    points = int(((part.start <= positions) & (positions < stop)).sum())
    return Part(**{name: getattr(part, name) for name in Part._fields} | {"points": points})


def fitted(seen: Series) -> Chain:
    """The chain of curves that explains every row within its rounding, or as nearly as there is one."""
    t, r, q = seen.t, seen.r, seen.q
    unseen = late(t)
    rows = np.union1d(telling(t, r, q), unseen)
    for _ in range(_AGAIN):
        some = t[rows], r[rows], q[rows]
        begun = np.searchsorted(rows, unseen).tolist()
        found = pieces(stretches(*some, begun), *some, begun)
        many, found = _filled(rows, found)
        chain = joined(found, t[many], r[many], q[many])
        off = np.abs(everywhere(chain, t) - r) / q
        missed = np.setdiff1d(np.flatnonzero(off > 2 * max(NEAR, chain.far)), many)
        if not len(missed):
            break
        worst = missed[np.argsort(-off[missed])[:20]]
        beside = (worst, np.minimum(worst + 1, len(t) - 1), np.maximum(worst - 1, 0))
        rows = np.unique(np.concatenate([rows, *beside]))
    return chain


def _filled(rows: Any, found: list[Piece]) -> tuple[Any, list[Piece]]:
    """More rows for each piece, evenly spread: few are enough to tell the curves, but not to measure them."""
    each = max(2, min(_EACH, _ALL // len(found)))
    spread = [np.linspace(rows[piece.a], rows[piece.b], each).round().astype(int) for piece in found]
    many = np.unique(np.concatenate([rows, *spread]))
    placed = [piece._replace(a=int(np.searchsorted(many, rows[piece.a]))) for piece in found]
    ends = [one.a - 1 for one in placed[1:]] + [len(many) - 1]
    return many, [one._replace(b=end) for one, end in zip(placed, ends, strict=True)]


def everywhere(chain: Chain, t: Any) -> Any:
    """The rates of the chain at any steps, each by the piece that owns it."""
    now = [chain.piece(k) for k in range(len(chain.pieces))]
    edges = []
    for k in range(1, len(now)):
        low, high = float(chain.t[chain.pieces[k].a - 1]), float(chain.t[chain.pieces[k].a])
        own = chain.corners[k - 1] or (now[k].kind in SHOWS_START and low < now[k].t0 <= high)
        edges.append(now[k].t0 if own else high)
    owner = np.searchsorted(edges, t, side="right")
    rates = np.empty(len(t))
    for k, piece in enumerate(now):
        rates[owner == k] = piece.at(t[owner == k])
    return rates
