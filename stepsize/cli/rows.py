"""The positions that a table shows: every so many, or as few as tell the curve."""

import math
from collections.abc import Iterator
from fractions import Fraction
from heapq import merge
from itertools import count, groupby

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError
from stepsize.schedule import Schedule


def regular(step: Number, end: Number) -> Iterator[Number]:
    """0, step, 2 step, ..., and the end."""
    if isinstance(step, int):
        yield from range(0, math.ceil(end), step)
    else:
        exact = Fraction(repr(step))  # 0.7 is seven tenths, and three of them are 2.1
        yield from (_accept.exact(exact * k) for k in range(math.ceil(Fraction(end) / exact)))
    yield end


def telling(schedules: list[Schedule], clock: str, end: Number, rows: int) -> tuple[Iterator[Number], str]:
    """About ``rows`` positions, the edges and round ones between them; and what a reader should know."""
    edges, flat = _edges(schedules, end)
    if flat and len(edges) <= rows:
        return iter(edges), ""
    kept = edges if len(edges) <= rows else []
    parts = rows if len(kept) <= rows // 3 else max(rows - len(kept), 2)
    between = regular(_round(end, parts, whole=clock != "progress"), end)
    many = f"{len(edges):,} edges" if edges else "edges"
    note = "" if kept else f"Not all {many} are shown: --until shows fewer of them, --rows more rows."
    return (place for place, _ in groupby(merge(kept, between))), note


def _edges(schedules: list[Schedule], end: Number) -> tuple[list[Number], bool]:
    """All edges up to the end, and whether the rate is constant between them; none where they cannot be listed."""
    try:
        phases = [phase for s in schedules for phase in s.phases(end)] if end > 0 else []
    except ScheduleError:
        return [], False
    return sorted({0, end, *(phase.start for phase in phases)}), all(phase.kind == "hold" for phase in phases)


def _round(end: Number, parts: int, *, whole: bool) -> Number:
    """The least of 1, 2, 2.5 and 5 times a power of ten that needs at most so many parts."""
    if end <= 0:
        return 1
    for exponent in count(0 if whole else -6):
        for digits in (1, 2, Fraction(5, 2), 5):
            step = Fraction(10) ** exponent * digits
            if step * parts >= end and (not whole or step.denominator == 1):
                return _accept.exact(step)
    raise AssertionError("some power of ten is larger than any end")
