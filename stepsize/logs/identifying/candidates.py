"""The positions at which the last phase may end: what the log shows after its last row is nothing."""

import math
from typing import NamedTuple

import numpy as np

from stepsize.logs.identified import Interval
from stepsize.logs.identifying.pieces import Piece

_TRIED = 400  # positions of a gap that an end is sought at
_FAR = 4000  # positions after the last row at which a rate may be reached


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


def candidates(piece: Piece, seen: Seen, known: Known) -> list[float]:
    """Where it may end: an update up to the next row, where it is 0, at a rate that the schedule has elsewhere."""
    if seen.step < known.tread <= seen.step + 3 * seen.gap:
        return [known.tread]
    unit = 10 ** max(
        0, math.ceil(math.log10(max(seen.gap, 1) / _TRIED))
    )  # of a long gap, the round positions
    first = math.ceil((seen.step + 1 + seen.offset) / unit) * unit - seen.offset
    gap = np.arange(first, seen.step + max(seen.gap, 1) - min(seen.offset, 0) + 0.5, unit)
    ends = [float(seen.step), float(seen.step + 1), *gap.tolist()]
    ends += [end for end in (zero_end(piece, seen), almost_zero(piece, seen)) if end is not None]
    ends += [end for level in known.levels if level > 0 and (end := _reaches(piece, level, seen)) is not None]
    ends += [*shares(piece, seen), *as_long(piece, seen, known)]
    return list(dict.fromkeys(map(float, ends)))


def shares(piece: Piece, seen: Seen) -> list[float]:
    """Where a falling line comes to a tenth or a hundredth of its first rate."""
    if piece.kind != "linear" or piece.v1 >= piece.v0:
        return []
    found = [_reaches(piece, share * piece.v0, seen) for share in (0.1, 0.01)]
    return [end for end in found if end is not None]


def as_long(piece: Piece, seen: Seen, known: Known) -> list[float]:
    """Ends at a rate that the schedule has elsewhere, which make the phase as long as another one: it is a cycle's."""
    if piece.kind == "hold":
        return []
    ends = [piece.t0 + length for length in known.lengths]
    return [
        float(round(end)) for end in ends
        if seen.step - 0.5 < end <= seen.step + 0.3 * (seen.step - piece.t0) + seen.gap
        and min(abs(float(piece.at(end)) - level) for level in known.levels) <= max(2 * seen.q, 1e-3 * abs(piece.v0))
    ]  # fmt: skip


def zero_end(piece: Piece, last: Seen) -> float | None:
    """Where a falling line is 0, if that is soon after the last row and at a whole update, or half of one."""
    seen, gap, q = last.step, last.gap, last.q
    zero = crossing(piece)
    if zero is None or not seen - 0.5 < zero <= seen + max(3 * gap, 0.02 * (seen - piece.t0)):
        return None
    slope = abs(float(piece.at(seen)) - float(piece.at(seen - 1))) or 1e-300
    whole = round(zero * 2) / 2
    return whole if abs(zero - whole) <= max(0.003, 2 * q / slope) else None


def almost_zero(piece: Piece, seen: Seen) -> float | None:
    """The last update before a falling line is 0, if that is soon after the last row."""
    zero = crossing(piece)
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
    through = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) <= 0)
    if not len(through) or piece.kind == "hold":
        return None
    k = int(through[0])
    return float(grid[k] if abs(values[k]) <= abs(values[k + 1]) else grid[k + 1])


def crossing(piece: Piece) -> float | None:
    """Where a falling line, or a root, is 0."""
    if piece.kind == "linear" and piece.v1 < piece.v0:
        return piece.t0 + piece.v0 * (piece.t1 - piece.t0) / (piece.v0 - piece.v1)
    if piece.kind == "one_minus_sqrt" and piece.v1 < piece.v0:
        return piece.t0 + (piece.v0 / (piece.v0 - piece.v1)) ** 2 * (piece.t1 - piece.t0)
    return None
