"""Where the last phase ends, which a log seldom shows."""

import math
from typing import NamedTuple

import numpy as np

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.joints import snapped
from stepsize.logs.identifying.pieces import SHOWS_END, Piece
from stepsize.logs.identifying.round import roundest

_TRIED = 400  # positions of a gap that an end is sought at
_FAR = 4000  # positions after the last row at which a rate may be reached
_NEAR = 1.2  # units of the rounding of the last row, within which a round last rate is the same


def lengths(found: list[Piece]) -> list[float]:
    """How long they are."""
    return [piece.t1 - piece.t0 for piece in found]


def levels(found: list[Piece]) -> list[float]:
    """The rates at the joints."""
    return sorted({value for piece in found for value in (piece.v0, piece.v1)})


class Seen(NamedTuple):
    """The last row: its step, the usual distance of two rows, how far its rate may be off; the offset of the log."""

    step: float
    gap: float
    q: float
    offset: int


class Known(NamedTuple):
    """What the rest tells of an end: rates at joints, lengths of phases, where a next tread would be, and a zero."""

    levels: list[float]
    lengths: list[float]
    tread: float
    zero: Interval | None


def ended(
    piece: Piece, left: dict[str, Interval], seen: Seen, known: Known
) -> tuple[Piece, dict[str, Interval]]:
    """The last piece with its most likely end; of a curve without an end of its own, about where it stops."""
    if piece.kind in SHOWS_END:
        return piece, left
    told = {
        end: telling
        for end in _ends(piece, seen, known)
        if (telling := _telling(piece, end, seen, known)) is not None
    }
    best = max(told, key=lambda end: told[end], default=seen.step)
    exact = best == _zero_end(piece, seen)
    value = (
        0.0 if exact else max(0.0, snapped(float(piece.at(best)), piece, (-_NEAR * seen.q, _NEAR * seen.q)))
    )
    left = _left_open(piece, left, seen, known)
    left["stop"] = min(left["stop"][0], best), max(left["stop"][1], best)
    left["length"] = (left["stop"][0] - left["start"][1], left["stop"][1] - left["start"][0])
    return piece.until(float(best))._replace(v1=piece.v0 if piece.kind == "hold" else value), left


def _left_open(piece: Piece, left: dict[str, Interval], seen: Seen, known: Known) -> dict[str, Interval]:
    """The intervals of a phase that may go on after the last row: to 0 or its limit, or who knows how high."""
    zero = known.zero[1] if known.zero else _crossing(piece)
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


def _ends(piece: Piece, seen: Seen, known: Known) -> list[float]:
    """Where it may end: an update up to the next row, where it is 0, at a rate that the schedule has elsewhere."""
    if seen.step < known.tread <= seen.step + 3 * seen.gap:
        return [known.tread]
    unit = 10 ** max(
        0, math.ceil(math.log10(max(seen.gap, 1) / _TRIED))
    )  # of a long gap, the round positions
    first = math.ceil((seen.step + 1 + seen.offset) / unit) * unit - seen.offset
    gap = np.arange(first, seen.step + max(seen.gap, 1) - min(seen.offset, 0) + 0.5, unit)
    ends = [float(seen.step), float(seen.step + 1), *gap.tolist()]
    ends += [end for end in (_zero_end(piece, seen), _almost_zero(piece, seen)) if end is not None]
    ends += [end for level in known.levels if level > 0 and (end := _reaches(piece, level, seen)) is not None]
    ends += [*_shares(piece, seen), *_as_long(piece, seen, known)]
    return list(dict.fromkeys(map(float, ends)))


def _shares(piece: Piece, seen: Seen) -> list[float]:
    """Where a falling line comes to a tenth or a hundredth of its first rate."""
    if piece.kind != "linear" or piece.v1 >= piece.v0:
        return []
    found = [_reaches(piece, share * piece.v0, seen) for share in (0.1, 0.01)]
    return [end for end in found if end is not None]


def _as_long(piece: Piece, seen: Seen, known: Known) -> list[float]:
    """Ends at a rate that the schedule has elsewhere, which make the phase as long as another one: it is a cycle's."""
    if piece.kind == "hold":
        return []
    ends = [piece.t0 + length for length in known.lengths]
    return [
        float(round(end)) for end in ends
        if seen.step - 0.5 < end <= seen.step + 0.3 * (seen.step - piece.t0) + seen.gap
        and min(abs(float(piece.at(end)) - level) for level in known.levels) <= max(2 * seen.q, 1e-3 * abs(piece.v0))
    ]  # fmt: skip


def _at_a_level(piece: Piece, at: float, seen: Seen, known: Known) -> bool:
    return piece.kind != "hold" and any(abs(float(piece.at(at)) - level) <= seen.q for level in known.levels)


def _telling(piece: Piece, end: float, seen: Seen, known: Known) -> float | None:
    """How much speaks for an end; None where the rate would be negative."""
    value = float(piece.at(end))
    if not math.isfinite(value) or value < -max(seen.q, 1e-9 * abs(piece.v0)):
        return None
    telling = _roundness(end + seen.offset) + _plainness(piece, end, seen.q)
    if end == _zero_end(piece, seen):
        return telling + 3.0
    if end == _almost_zero(piece, seen):
        return telling + 1.5
    if end in _as_long(piece, seen, known):
        return telling + 4.0
    if end != seen.step and _at_a_level(piece, end, seen, known):
        return telling + 3.0
    if end in _shares(piece, seen):
        return telling + 1.0 - math.log10(max(seen.gap, 1))
    if end > seen.step + seen.gap + 2 or (end == seen.step and _at_a_level(piece, end, seen, known)):
        return telling + 1.5
    if end == seen.step:
        return telling - 0.5
    return telling - math.log10(max(seen.gap, 1))  # one of so many


def _zero_end(piece: Piece, last: Seen) -> float | None:
    """Where a falling line is 0, if that is soon after the last row and at a whole update, or half of one."""
    seen, gap, q = last.step, last.gap, last.q
    zero = _crossing(piece)
    if zero is None or not seen - 0.5 < zero <= seen + max(3 * gap, 0.02 * (seen - piece.t0)):
        return None
    slope = abs(float(piece.at(seen)) - float(piece.at(seen - 1))) or 1e-300
    whole = round(zero * 2) / 2
    return whole if abs(zero - whole) <= max(0.003, 2 * q / slope) else None


def _almost_zero(piece: Piece, seen: Seen) -> float | None:
    """The last update before a falling line is 0, if that is soon after the last row."""
    zero = _crossing(piece)
    return (
        float(math.floor(zero))
        if zero is not None and seen.step < zero <= seen.step + 2 * seen.gap + 1
        else None
    )


def _reaches(piece: Piece, level: float, last: Seen) -> float | None:
    """The whole position soon after the last row where a piece comes to a rate that the schedule has elsewhere."""
    seen, gap = last.step, last.gap
    if piece.kind != "hold" and abs(float(piece.at(seen)) - level) <= last.q:
        return seen
    grid = math.floor(seen) + 1.0 + np.arange(min(math.floor(3 * gap) + 2, _FAR))
    values = np.asarray(piece.at(grid)) - level
    crossing = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) <= 0)
    if not len(crossing) or piece.kind == "hold":
        return None
    k = int(crossing[0])
    return float(grid[k] if abs(values[k]) <= abs(values[k + 1]) else grid[k + 1])


def _crossing(piece: Piece) -> float | None:
    """Where a falling line, or a root, is 0."""
    if piece.kind == "linear" and piece.v1 < piece.v0:
        return piece.t0 + piece.v0 * (piece.t1 - piece.t0) / (piece.v0 - piece.v1)
    if piece.kind == "one_minus_sqrt" and piece.v1 < piece.v0:
        return piece.t0 + (piece.v0 / (piece.v0 - piece.v1)) ** 2 * (piece.t1 - piece.t0)
    return None


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
