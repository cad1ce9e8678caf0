"""The numbers of a chain made as round as the rows allow: people write round ones."""

import math
from typing import Any

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.chain import Chain
from stepsize.logs.identifying.fits import NEAR
from stepsize.logs.identifying.intervals import between
from stepsize.logs.identifying.pieces import BENT, SHOWS_END, Piece
from stepsize.logs.identifying.round import epoch_of, roundest, whole

_TRUSTED = 1.3  # how much farther than before a row may be from round numbers, where it was near
_NUMERICS = (
    1e-6  # of a number: how much farther than its interval a round one may be; whether it fits, the rows tell
)
_NEXT = 1e-4  # updates: the same
_TOP = 0.98  # of the highest rate: a rate above it is no share of it
_FEW = 14  # pieces, up to which every number is rounded by itself


def rounded(chain: Chain, o: int) -> list[Piece]:
    """The pieces with numbers as round as the rows allow: one after the other, and the rest fitted again."""
    work = Chain(chain.pieces, chain.t, chain.r, chain.q, chain.corners)
    work.x = list(chain.x)
    found = _all_rounded(work, o, max(NEAR, chain.far))
    if found[-1].v1 < 0 and found[-1].kind in SHOWS_END:  # a rate that no log shows, and that nobody means
        work = Chain(chain.pieces, chain.t, chain.r, chain.q, chain.corners)
        work.x, end = list(chain.x), work.slots[-1][3]
        work.x[end], work.fixed[end] = 0.0, True
        if work.fit().far <= max(NEAR, chain.far) * _TRUSTED:
            found = _all_rounded(work, o, max(NEAR, chain.far))
    return found


def _all_rounded(work: Chain, o: int, far: float) -> list[Piece]:
    together = len(work.pieces) > _FEW
    for kind, slot, k in _by_use(work):
        if not work.fixed[slot]:
            _round_one(work, kind, slot, k, o, far * _TRUSTED, refit=not together)
    return [work.piece(k) for k in range(len(work.pieces))]


def _round_one(work: Chain, kind: str, slot: int, k: int, o: int, limit: float, *, refit: bool) -> None:
    """Fix one number of the chain where it is round, as round as all rows allow."""
    (low, high), value = between(work, k, _number(work, k, slot))[0], work.x[slot]
    before = list(work.x)
    work.fixed[slot] = True
    for found in _candidates(kind, (low, high), value, o, work.height, epoch_of(work.t)):
        work.x[slot] = found
        if (work.fit() if refit else work).far <= limit and work.in_place:
            return
        work.x = list(before)
    work.x[slot] = float(f"{value:.9g}")


def _candidates(kind: str, within: Interval, value: float, o: int, top: float, epoch: int) -> list[float]:
    """Round numbers that a number may be: the roundest of all first, then the nearest ones, with ever more digits."""
    if kind == "time":
        nearest = [round((value + o) / unit) * unit - o for unit in (1000, 100, 50, 10, 5, 1)]
        near = whole((within[0] + o, within[1] + o), value + o, epoch).value - o
        found = [near, *nearest]
    else:
        first = _rate(top, within, value) if kind == "rate" else roundest(within, value).value
        told = [first] if math.isfinite(within[1] - within[0]) else []
        found = [*told, *(float(f"{value:.{digits}e}") for digits in range(6))]
    slack = 0.2 * (within[1] - within[0]) + max(_NUMERICS * abs(value), _NEXT if kind == "time" else 0.0)
    low, high = within[0] - slack, within[1] + slack
    return [one for one in dict.fromkeys(map(float, found)) if low <= one <= high]


def _by_use(chain: Chain) -> list[tuple[str, int, int]]:
    """Each slot once: its kind, its number, a piece that has it; exponents first, then peaks, times, and the rest."""
    seen: dict[int, tuple[str, int, int]] = {}
    for k, (t0, v0, t1, v1, p, p2) in enumerate(chain.slots):
        for kind, slot in (("time", t0), ("rate", v0), ("time", t1), ("rate", v1), ("p", p), ("p", p2)):
            if not (kind == "p" and chain.pieces[k].kind not in BENT):
                seen.setdefault(slot, (kind, slot, k))
    top = max(abs(chain.x[slot]) for kind, slot, _ in seen.values() if kind == "rate")

    def place(entry: tuple[str, int, int]) -> int:
        kind, slot, _ = entry
        if kind == "rate" and abs(chain.x[slot]) > _TOP * top:
            return 1
        return {"p": 0, "time": 2, "rate": 3}[kind]

    return sorted(seen.values(), key=place)


def _number(chain: Chain, k: int, slot: int) -> Any:
    """What a slot is in piece k."""
    place = chain.slots[k].index(slot)
    return lambda piece: piece[3 + place]


def _rate(top: float, within: Interval, value: float) -> float:
    """A round rate, or a round share of the highest one, whichever takes fewer digits."""
    top = max(top, 1e-300)
    plainly = roundest(within, value)
    if abs(value) > _TOP * top:
        return plainly.value
    peak = roundest((top * (1 - _NUMERICS), top * (1 + _NUMERICS)), top).value
    share = roundest((within[0] / peak, within[1] / peak), value / peak)
    if share.digits < plainly.digits:
        return float(f"{share.value * peak:.12g}")
    return plainly.value
