"""Schedules drawn in characters: a plot of braille dots, eight to a character, and what it does not say in words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby, pairwise
from operator import or_
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule.axes import Axis, axis, labels, places
from stepsize.schedule.picture import Curve, curve, horizon
from stepsize.schedule.value import Schedule
from stepsize.schedule.words import fitted, phases, rate, rates, wrapped

_COLOURS = (33, 166, 28, 164, 100, 30)  # of a terminal's 256: those that can be read on white and on black
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
MARGIN = 10  # columns left of the plot
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # the eight dots of a braille character
_PHASES = 12
_CLEAR = "\x1b[0m"

Cells = dict[tuple[int, int], int]
"""The dots of a curve: those of each character, by row and column."""


def drawn(
    schedules: Mapping[str, Schedule] | Sequence[tuple[str, Schedule]],
    until: Any = None,
    *,
    width: Any = 80,
    height: Any = 13,
    log: bool = False,
    colour: bool = False,
) -> str:
    """One or more schedules on the same axes, with their phases and rates in words below.

    Where there are several, each has a letter, which stands on its curve again and again. On a logarithmic axis
    rates of zero and below have no place: the curve leaves the plot at the bottom, and a line says so.

    Args:
        schedules: names and schedules, 1 to 26; a name may be "".
        until: last position drawn, > 0; by default all of the longest, two cycles of an endless one.
        width: columns, 20 to 1000; no line is wider.
        height: rows of the plot, 3 to 1000.
        log: whether the axis of rates is logarithmic.
        colour: whether to colour the curves, by ANSI codes.

    Raises:
        ScheduleError: too many schedules, or on different clocks; a number out of its range;
            ``log`` without a rate > 0.

    >>> import stepsize as ss
    >>> print(drawn({"": ss.linear(0.0, 1.0, 4)}, width=60, height=3))
    0 -> 1 in 4
           1 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
         0.5 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠏⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
           0 ┤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠼⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠁⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
             └┬───────────┬────────────┬───────────┬───────────┬
     updates  0           1            2           3           4
      0 to 4  linear  0 -> 1
      first 0   last 0.75, then 1   highest 0.75 at 3
      lowest 0 at 0   mean 0.375
    """
    named = _checked(list(schedules.items() if isinstance(schedules, Mapping) else schedules))
    end = max(horizon(s, until) for _, s in named)
    picture = plotted([s for _, s in named], end, width=width, height=height, log=log, colour=colour)
    ends = [end if until is not None or s.length > end else horizon(s) for _, s in named]
    if len(named) == 1:
        title, *words = _words(*named[0], end, width, _PHASES)
        return "\n".join([title, *picture, *words])
    for k, (name, s) in enumerate(named):
        title, *words = _words(name, s, ends[k], width - 2, max(5, _PHASES // len(named)))
        picture += [lettered(title, k, colour), *words]
    return "\n".join(picture)


def plotted(
    schedules: Sequence[Schedule], end: Number, *, width: Any, height: Any, log: bool, colour: bool
) -> list[str]:
    """The picture of :func:`drawn` alone, a line each: the curves on their axes."""
    columns, rows = size("width", width, 20) - MARGIN, size("height", height, 3)
    curves = [curve(s, end, 2 * columns - 1) for s in schedules]
    rule = axis(curves, rows, log)
    notes = [fitted(note, width) for note in _notes(curves, rule)]
    return [*plot(curves, rule, columns, rows, colour), *feet(curves, columns), *notes]


def small(s: Schedule, until: Any = None, *, columns: int = 16, rows: int = 2) -> list[str]:
    """The curve alone, in rows of characters, from zero or below to its highest rate.

    >>> import stepsize as ss
    >>> small(ss.linear(0.0, 1.0, 100), columns=8, rows=1)
    ['⠤⠤⠒⠒⠒⠒⠉⠉']
    """
    shown = curve(s, until, 2 * columns - 1)
    low, high = (extreme(0.0, *(rate for _, rate in shown.points)) for extreme in (min, max))
    cells = _raster(shown, Axis(low, (high - low) / (rows - 0.5) or 1.0, ()), columns, rows)
    return ["".join(_sign(cells.get((row, column), 0)) for column in range(columns)) for row in range(rows)]


def lettered(title: str, k: int, colour: bool) -> str:
    """A title with the letter that its curve, the k-th, has in the picture."""
    return _painted(f"{_LETTERS[k]} {title}", k, colour)


def _checked(named: list[tuple[str, Schedule]]) -> list[tuple[str, Schedule]]:
    if not 1 <= len(named) <= len(_LETTERS):
        rule = f"1 to {len(_LETTERS)} schedules can be drawn together"
        raise ScheduleError(message("show", rule, len(named), "Draw them in groups."))
    clocks = list(dict.fromkeys(s.clock for _, s in named))
    if len(clocks) > 1:
        rule = "schedules drawn together must be on one clock"
        raise ScheduleError(message("show", rule, clocks, "Draw them one by one."))
    return named


def size(name: str, value: Any, least: int) -> int:
    """A number of columns or rows, ``least`` to 1000.

    Raises:
        ScheduleError: it is not.
    """
    count = _accept.count(f"show.{name}", value, least)
    if count > 1000:
        raise ScheduleError(message(f"show.{name}", "must be at most 1000", value))
    return count


def _words(name: str, s: Schedule, end: Number, width: int, most: int) -> list[str]:
    """The name and the schedule, its phases, its rates."""
    spelled = str(s)
    title = spelled if name in ("", spelled) else f"{name}: {spelled}"
    return [fitted(line, width) for line in (title, *phases(s, end, most), *wrapped(rates(s, end), width))]


def _raster(curve: Curve, rule: Axis, columns: int, rows: int) -> Cells:
    """The dots of a curve, without a gap: from each towards the next, and all of a jump."""
    cells: Cells = {}
    path = list(_path(curve, rule, columns, rows))
    for (x, y), (following, other) in pairwise([*path, path[-1]]):
        stop = other if x == following else other + (other < y) - (other > y)
        for dot in range(min(y, stop), min(max(y, stop) + 1, 4 * rows)):
            cell = (dot // 4, x // 2)
            cells[cell] = cells.get(cell, 0) | _DOTS[dot % 4][x % 2]
    return cells


def _path(curve: Curve, rule: Axis, columns: int, rows: int) -> Iterator[tuple[int, int]]:
    """The curve from column to column of dots, downwards; what lies below the plot, just below it."""
    right, base, below = 2 * columns - 1, 4 * rows - 2, 4 * rows
    dots = [
        (round(place / curve.until * right), min(base - round(4 * max(rule.height(rate), -1.0)), below))
        for place, rate in curve.points
    ]
    for (x, y), (following, other) in pairwise(dots):
        yield x, y
        yield from ((k, y + round((other - y) * (k - x) / (following - x))) for k in range(x + 1, following))
    yield dots[-1]


def plot(curves: Sequence[Curve], rule: Axis, columns: int, rows: int, colour: bool) -> Iterator[str]:
    """The rows of the plot, each with its tick. Where curves cross, the first lies on top."""
    layers = [_raster(curve, rule, columns, rows) for curve in curves]
    letters = _letters(layers, columns) if len(layers) > 1 else {}
    ticks = {
        rows - 1 - round(rule.height(tick)): label
        for tick, label in zip(rule.ticks, labels(rule), strict=True)
    }
    for row in range(rows):
        cells = [_cell(layers, letters, (row, column)) for column in range(columns)]
        runs = groupby(cells, key=lambda cell: cell[1])
        line = "".join(_painted("".join(sign for sign, _ in run), k, colour) for k, run in runs)
        yield f"{ticks.get(row, ''):>{MARGIN - 2}} {'┤' if row in ticks else '│'}{line}"


def _cell(
    layers: Sequence[Cells], letters: dict[tuple[int, int], int], key: tuple[int, int]
) -> tuple[str, int | None]:
    """A character of the plot, and the number of the curve that it belongs to."""
    if key in letters:
        return _LETTERS[letters[key]], letters[key]
    dots = [layer.get(key, 0) for layer in layers]
    return _sign(reduce(or_, dots)), next((k for k, own in enumerate(dots) if own), None)


def _sign(dots: int) -> str:
    """A braille character; an empty one, too, for a font may give it another width than a blank."""
    return chr(0x2800 + dots)


def _painted(text: str, k: int | None, colour: bool) -> str:
    return f"\x1b[38;5;{_COLOURS[k % len(_COLOURS)]}m{text}{_CLEAR}" if colour and k is not None else text


def _letters(layers: Sequence[Cells], columns: int) -> dict[tuple[int, int], int]:
    """Where the letter of each curve stands: in turn along the plot, where the curve runs alone and level."""
    letters: dict[tuple[int, int], int] = {}
    apart = max(3, 24 // len(layers))
    for turn, middle in enumerate(range(apart // 2, columns, apart)):
        k = turn % len(layers)
        near = [cell for cell in layers[k] if abs(cell[1] - middle) <= apart // 2 and cell not in letters]
        shared = {cell: sum(cell in layer for layer in layers) for cell in near}
        steep = Counter(column for _, column in near)
        if near:
            best = min(near, key=lambda cell: (shared[cell], steep[cell[1]], abs(cell[1] - middle), cell))
            letters[best] = k
    return letters


def feet(curves: Sequence[Curve], columns: int) -> list[str]:
    """The axis of positions, phase edges above its line and ticks below, and its labels."""
    until, unit = curves[0].until, curves[0].unit
    above = {_column(edge / until, columns) for curve in curves for edge in curve.edges or ()}
    below, row = set(), list(" " * columns)
    for place, label in _spaced(until, unit, columns):
        column = _column(place / until, columns)
        below.add(column)
        start = _start(column, label, columns)
        row[start : start + len(label)] = label
    line = "".join("─┴┬┼"[(k in above) + 2 * (k in below)] for k in range(columns))
    return [" " * (MARGIN - 1) + "└" + line, f"{unit:>{MARGIN - 2}}  {''.join(row)}".rstrip()]


def _spaced(until: Number, unit: str, columns: int) -> list[tuple[Number, str]]:
    """As many round positions as have room for their labels, a blank between them."""
    for most in range(min(max(columns // 7, 2), 12), 0, -1):
        marks = places(until, unit, most)
        starts = [_start(_column(place / until, columns), label, columns) for place, label in marks]
        if all(b - a > len(label) for (a, b), (_, label) in zip(pairwise(starts), marks, strict=False)):
            return marks
    return [(0, "0")]


def _column(share: float, columns: int) -> int:
    """The column of characters that holds the dot at a share of the axis."""
    return round(share * (2 * columns - 1)) // 2


def _start(column: int, label: str, columns: int) -> int:
    """Where a label begins that stands below a column."""
    return max(0, min(column - (len(label) - 1) // 2, columns - len(label)))


def _notes(curves: Sequence[Curve], rule: Axis) -> Iterator[str]:
    lowest = min(rate for curve in curves for _, rate in curve.points)
    if rule.log and lowest < rule.low * (1 - 1e-9):
        yield f"  rates below {rate(rule.low)}{', 0 among them,' if lowest <= 0 else ''} have no place on this axis"
