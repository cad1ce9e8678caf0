"""A schedule drawn as a small SVG, for a notebook: it takes the colour of the text around it, light or dark."""

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import Any

from stepsize.schedule.axes import Axis, axis, labels, places
from stepsize.schedule.picture import Curve, curve
from stepsize.schedule.value import Schedule
from stepsize.schedule.words import fitted

_WIDTH, _HEIGHT = 560, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 540, 30, 170  # of the plot
_ROWS = 7
_COLUMNS = 240
_STROKE = "#2a78d6"  # readable on white and on black


def svg(s: Schedule, until: Any = None) -> str:
    """The curve of s with its title, both axes with round ticks, and a faint line where phases meet.

    Args:
        s: any schedule.
        until: last position drawn, > 0; by default the whole schedule, two cycles of an endless one.

    >>> import stepsize as ss
    >>> svg(ss.linear(0.0, 1.0, 4)).count("<text")
    11
    """
    shown = curve(s, until, _COLUMNS)
    rule = axis([shown], _ROWS)
    title = "".join(c if c.isprintable() else "\ufffd" for c in str(s)[:1000])
    return "".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
        ' role="img" font-family="system-ui, sans-serif" font-size="11" fill="currentColor" stroke="none">',
        f"<title>{escape(title)}</title>",
        _text(_LEFT, 16, fitted(title, 84), "start"),
        *_marks(shown, rule),
        f'<path fill="none" stroke="{_STROKE}" stroke-width="2" stroke-linejoin="round" d="{_line(shown, rule)}"/>',
        "</svg>",
    ])  # fmt: skip


def _x(place: float, shown: Curve) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (place / shown.until)


def _y(rate: float, rule: Axis) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * rule.height(rate) / (_ROWS - 0.5)


def _line(shown: Curve, rule: Axis) -> str:
    points = [f"{_x(place, shown):.1f} {_y(rate, rule):.1f}" for place, rate in shown.points]
    return "M" + "L".join([points[0], *(point for before, point in pairwise(points) if point != before)])


def _marks(shown: Curve, rule: Axis) -> Iterator[str]:
    """The axes, their labels, and the edges between phases."""
    for tick, label in zip(rule.ticks, labels(rule), strict=True):
        y = _y(tick, rule)
        yield _stroke(f"M{_LEFT} {y:.1f}H{_RIGHT}", 0.15) + _text(_LEFT - 6, y + 4, label, "end")
    for edge in shown.edges or ():
        yield _stroke(f"M{_x(edge, shown):.1f} {_TOP}V{_BOTTOM}", 0.25, ' stroke-dasharray="2 3"')
    yield _stroke(f"M{_LEFT} {_BOTTOM}H{_RIGHT}", 0.6) + _text(_LEFT - 10, _BOTTOM + 18, shown.unit, "end")
    for place, label in places(shown.until, shown.unit, 8):
        x = _x(place, shown)
        yield _stroke(f"M{x:.1f} {_BOTTOM}v4", 0.6) + _text(x, _BOTTOM + 18, label, "middle")


def _stroke(path: str, opacity: float, more: str = "") -> str:
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="{opacity}"{more}/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
