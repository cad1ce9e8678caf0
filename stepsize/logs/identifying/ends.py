"""Where the last phase ends, which a log seldom shows."""

import math

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.candidates import (
    Known,
    Seen,
    almost_zero,
    as_long,
    candidates,
    crossing,
    shares,
    zero_end,
)
from stepsize.logs.identifying.joints import snapped
from stepsize.logs.identifying.pieces import SHOWS_END, Piece
from stepsize.logs.identifying.round import roundest

_NEAR = 1.2  # units of the rounding of the last row, within which a round last rate is the same


def lengths(found: list[Piece]) -> list[float]:
    """How long they are."""
    return [piece.t1 - piece.t0 for piece in found]


def levels(found: list[Piece]) -> list[float]:
    """The rates at the joints."""
    return sorted({value for piece in found for value in (piece.v0, piece.v1)})


def ended(
    piece: Piece, left: dict[str, Interval], seen: Seen, known: Known
) -> tuple[Piece, dict[str, Interval]]:
    """The last piece with its most likely end; of a curve without an end of its own, about where it stops."""
    if piece.kind in SHOWS_END:
        return piece, left
    told = {
        end: telling
        for end in candidates(piece, seen, known)
        if (telling := _telling(piece, end, seen, known)) is not None
    }
    best = max(told, key=lambda end: told[end], default=seen.step)
    exact = best == zero_end(piece, seen)
    value = (
        0.0 if exact else max(0.0, snapped(float(piece.at(best)), piece, (-_NEAR * seen.q, _NEAR * seen.q)))
    )
    left = _left_open(piece, left, seen, known)
    left["stop"] = min(left["stop"][0], best), max(left["stop"][1], best)
    left["length"] = (left["stop"][0] - left["start"][1], left["stop"][1] - left["start"][0])
    return piece.until(float(best))._replace(v1=piece.v0 if piece.kind == "hold" else value), left


def _left_open(piece: Piece, left: dict[str, Interval], seen: Seen, known: Known) -> dict[str, Interval]:
    """The intervals of a phase that may go on after the last row: to 0 or its limit, or who knows how high."""
    zero = known.zero[1] if known.zero else crossing(piece)
    stop = max(zero, seen.step) if zero is not None and zero > seen.step - 1 else math.inf
    now = float(piece.at(seen.step))
    limit = 0.0 if math.isfinite(stop) else _limit(piece)
    last = (min(now - seen.q, limit, left["last"][0]), max(now + seen.q, limit, left["last"][1]))
    return left | {"stop": (seen.step, stop), "last": last}


def _limit(piece: Piece) -> float:
    """The rate to which a curve without an end goes: its floor, or 0; a rising one has none."""
    if piece.kind == "hold":
        return piece.v0
    if piece.v1 > piece.v0:
        return math.inf
    if piece.kind == "faded" and piece.p > 0:
        return max(0.0, piece.v0 + (piece.v1 - piece.v0) / -math.expm1(-piece.p))
    return 0.0


def _telling(piece: Piece, end: float, seen: Seen, known: Known) -> float | None:
    """How much speaks for an end; None where the rate would be negative."""
    value = float(piece.at(end))
    zero = end == zero_end(piece, seen)  # where the last rate's rounding may take it below 0
    if not math.isfinite(value) or (value < -max(seen.q, 1e-9 * abs(piece.v0)) and not zero):
        return None
    telling = _roundness(end + seen.offset) + _plainness(piece, end, seen.q)
    if zero:
        return telling + 3.0
    if end == almost_zero(piece, seen):
        return telling + 1.5
    if end in as_long(piece, seen, known):
        return telling + 4.0
    if end != seen.step and _at_a_level(piece, end, seen, known):
        return telling + 3.0
    if end in shares(piece, seen):
        return telling + 1.0 - math.log10(max(seen.gap, 1))
    if end > seen.step + seen.gap + 2 or (end == seen.step and _at_a_level(piece, end, seen, known)):
        return telling + 1.5
    if end == seen.step:
        return telling - 0.5
    return telling - math.log10(max(seen.gap, 1))  # one of so many


def _at_a_level(piece: Piece, at: float, seen: Seen, known: Known) -> bool:
    return piece.kind != "hold" and any(abs(float(piece.at(at)) - level) <= seen.q for level in known.levels)


def _roundness(end: float) -> float:
    """How many zeros a position ends with."""
    if not float(end).is_integer():
        return -1.0
    text = str(int(end))
    return float(len(text) - len(text.rstrip("0"))) if int(end) else 0.0


def _plainness(piece: Piece, end: float, q: float) -> float:
    """How plain the rate is at an end, as a number or as a share of the rate at the piece's start."""
    if piece.kind == "hold" or not piece.v0:
        return 0.0
    value = float(piece.at(end))
    slack = q + 1e-6 * abs(piece.v0)
    told = [
        roundest(((value - slack) / unit, (value + slack) / unit), value / unit).telling
        for unit in (1.0, piece.v0)
    ]
    return max(0.0, min(3.0, max(told)))
