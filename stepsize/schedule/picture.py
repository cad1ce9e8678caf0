"""A curve in characters for a terminal, and as a small SVG for a notebook: the same samples, drawn twice."""

import math
from html import escape
from itertools import pairwise
from typing import NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize.schedule.value import Phase, Schedule

_UNKNOWN = 1000  # how far to draw a schedule that neither ends nor repeats, if it has no phase before
_ROW_OF_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # the eight dots of a braille cell


class Curve(NamedTuple):
    """What a picture shows: positions, their rates, and the range of both."""

    positions: tuple[float, ...]
    rates: tuple[float, ...]
    until: Number
    low: float
    high: float


def horizon(s: Schedule, until: Number | None) -> Number:
    """How far to draw: what was asked, the whole schedule, two cycles, or four times its last edge."""
    if until is not None:
        return _accept.length("show.until", until)
    if s._extent < math.inf:
        return s._extent
    finite = [edge for edge in s.edges if edge < math.inf]
    return finite[-1] * 4 or _UNKNOWN


def sample(s: Schedule, until: Number | None, points: int) -> Curve:
    """Rates at even distances, whole updates where there are few of them; the axis begins at 0 or below."""
    end = horizon(s, until)
    even = [end * k / max(points - 1, 1) for k in range(points)]
    for edge in (
        s.phases(end) if end > 0 else ()
    ):  # a peak on an edge is drawn, and not missed between samples
        even[round(edge.start / end * (points - 1))] = edge.start
    positions = tuple(even)
    rates = tuple(float(s(t)) if t < end else s._limit(end) for t in positions)
    return Curve(positions, rates, end, min(0.0, *rates), max(rates))


def listed(s: Schedule, until: Number, most: int = 12) -> list[str]:
    """The phases, a line each."""
    phases = s.phases(until) if until > 0 else ()
    lines = [_line(phase) for phase in phases[:most]]
    return lines + ([f"  ... and {len(phases) - most} more phases"] if len(phases) > most else [])


def _line(phase: Phase) -> str:
    span = " to ".join(f"{edge:,}" if isinstance(edge, int) else f"{edge:,.7g}" for edge in phase[:2])
    rates = f"{phase.first:.6g}" + ("" if phase.first == phase.last else f" -> {phase.last:.6g}")
    return f"  {span:>24}  {phase.kind:<16} {rates}"


def text(s: Schedule, until: Number | None, width: int, height: int) -> str:
    """The picture for a terminal: braille dots, axes, phases."""
    width, height = max(_accept.count("show.width", width), 20), max(_accept.count("show.height", height), 3)
    columns = width - 12
    curve = sample(s, until, columns * 2)
    cells = _dots(curve, columns, height)
    names = [f"{curve.high:>9.3g} ┤", *["          │"] * (height - 2), f"{curve.low:>9.3g} ┤"]
    rows = [
        name + "".join(chr(0x2800 + cell) for cell in row) for name, row in zip(names, cells, strict=True)
    ]
    right = f"{curve.until:,}{'' if s.clock == 'steps' else ' ' + s.clock}"
    axis = "          └" + "─" * columns
    foot = "           0" + right.rjust(columns - 1)
    return "\n".join([repr(s) if len(repr(s)) <= 2 * width else repr(s)[: 2 * width - 3] + "...",
                      *rows, axis, foot, *listed(s, curve.until)])  # fmt: skip


def _dots(curve: Curve, columns: int, height: int) -> list[list[int]]:
    cells = [[0] * columns for _ in range(height)]
    span = curve.high - curve.low
    rows = [round((height * 4 - 1) * ((curve.high - rate) / span if span else 0.5)) for rate in curve.rates]
    for x, (row, following) in enumerate(pairwise([*rows, rows[-1]])):
        for y in range(min(row, following + (following < row)), max(row, following - (following > row)) + 1):
            cells[y // 4][x // 2] |= _ROW_OF_DOTS[y % 4][x % 2]
    return cells


def svg(s: Schedule, until: Number | None = None, width: int = 480, height: int = 140) -> str:
    """The picture for a notebook; it takes the colour of the text around it, light or dark."""
    curve = sample(s, until, 401)
    span = curve.high - curve.low or 1.0
    points = " ".join(
        f"{56 + (width - 64) * k / (len(curve.rates) - 1):.1f},{8 + (height - 32) * (curve.high - rate) / span:.1f}"
        for k, rate in enumerate(curve.rates)
    )
    unit = "updates" if s.clock == "steps" else s.clock
    label = 'font-family="sans-serif" font-size="11" fill="#888"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img">'
        f"<title>{escape(repr(s)[:200])}</title>"
        f'<path d="M56 8V{height - 24}H{width - 8}" fill="none" stroke="#888"/>'
        f'<polyline points="{points}" fill="none" stroke="#2a78d6" stroke-width="2"/>'
        f'<text x="52" y="16" text-anchor="end" {label}>{curve.high:.3g}</text>'
        f'<text x="52" y="{height - 24}" text-anchor="end" {label}>{curve.low:.3g}</text>'
        f'<text x="56" y="{height - 8}" {label}>0</text>'
        f'<text x="{width - 8}" y="{height - 8}" text-anchor="end" {label}>{curve.until:,} {unit}</text></svg>'
    )
