"""The two kinds of picture: a schedule's panel, and a race's differences to the best."""

from collections.abc import Sequence
from typing import Any

from stepsize.plots.canvas import axis, canvas, frame, positions, quantity
from stepsize.plots.curves import Band, Curves
from stepsize.plots.inline import ACCENT, ALARM, INK, OTHER, inline, legible
from stepsize.plots.numerals import fixed, number, places
from stepsize.plots.spans import EDGE
from stepsize.plots.thinning import Line
from stepsize.plots.whiskers import Whisker, Whiskers

PANEL_HEIGHT, ROW_HEIGHT = 430, 34
_MARGINS = {"left": 0.135, "right": 0.875, "top": 0.945, "bottom": 0.095, "hspace": 0.36}
_TOP = 0.92  # where the cross of a diverged run stands, as a part of the panel's height


def panel_picture(curves: Curves, which: int, prefix: str, label: str) -> str:
    """One schedule: rates above losses, on the axes of the whole race, the others in the background."""
    panel = curves.panels[which]
    others = [other for other in curves.panels if other is not panel]
    with canvas(PANEL_HEIGHT) as (figure, finish):
        rate, validation, training = figure.subplots(
            3, 1, sharex=True, gridspec_kw={"height_ratios": [2, 3, 2], **_MARGINS}
        )
        quantity(rate, "learning rate", curves.rate)
        for line in panel.rates:
            _line(rate, line)
        quantity(validation, "validation loss", curves.validation)
        _losses(validation, panel.validation, [other.validation for other in others])
        quantity(training, "training loss", curves.training)
        _losses(training, panel.training, [other.training for other in others])
        _broken(validation, [(broken.at, broken.validation) for broken in panel.broken], curves.steps)
        _broken(training, [(broken.at, broken.training) for broken in panel.broken], curves.steps)
        positions(training, curves.steps)
        return inline(finish(), prefix, label)


def whisker_picture(whiskers: Whiskers, prefix: str, label: str) -> str:
    """A dot and an interval a row, each under its schedule's name, and the line of no difference."""
    height = ROW_HEIGHT * len(whiskers.rows) + 42
    with canvas(height) as (figure, finish):
        axes = figure.add_axes((0.03, 34 / height, 0.94, 1 - 40 / height))
        frame(axes)
        axes.set_xlim(whiskers.span.low, whiskers.span.high)
        axes.set_ylim(len(whiskers.rows) - 0.2, -0.4)
        axes.set_yticks([])
        axis(axes.xaxis, 5, number)
        axes.axvline(0, color=INK, linewidth=1, dashes=(3, 3))
        for place, row in enumerate(whiskers.rows):
            _whisker(axes, place, row)
        return inline(finish(), prefix, label)


def _line(axes: Any, line: Line) -> None:
    """The panel's own curve."""
    _plot(axes, line.x, line.y, color=ACCENT, linewidth=1.8, clip_on=False)


def _losses(axes: Any, own: Band, others: Sequence[Band]) -> None:
    """The others thin and grey, then the panel's own band, mean and last value."""
    for other in others:
        _plot(axes, other.x, other.mean, color=OTHER, linewidth=0.9)
    if not own.x:
        return
    axes.fill_between(own.x, _within(own.low), _within(own.high), color=ACCENT, alpha=0.25, linewidth=0)
    _plot(axes, own.x, own.mean, color=ACCENT, linewidth=1.8, clip_on=len(own.x) > 1)
    last, (low, high) = own.mean[-1], axes.get_ylim()
    axes.annotate(
        fixed(last, places([last])) + ("" if last <= high else " ↑"),
        (own.x[-1], min(max(last, low), high)), xytext=(5, 0), textcoords="offset points",
        va="center", fontsize=11, color=ACCENT, annotation_clip=False,
    )  # fmt: skip


def _broken(axes: Any, lines: Sequence[tuple[float, Line]], steps: int) -> None:
    """Diverged runs: dashed up to where each broke, a cross near the top there, one word for them all."""
    for at, line in lines:
        _plot(axes, line.x, line.y, color=ALARM, linewidth=1.4, dashes=(4, 2))
        axes.plot([at], [_TOP], "x", color=ALARM, transform=axes.get_xaxis_transform(), clip_on=False)
    if lines:
        first, last = min(at for at, _ in lines), max(at for at, _ in lines)
        place, side = (last, 7) if last < 0.6 * steps else (first, -7)
        axes.annotate(
            "diverged",
            (place, _TOP), xytext=(side, 0), textcoords="offset points", xycoords=axes.get_xaxis_transform(),
            ha="left" if side > 0 else "right", va="center",
            fontsize=11, color=ALARM, annotation_clip=False,
        )  # fmt: skip


def _whisker(axes: Any, place: int, row: Whisker) -> None:
    axes.annotate(
        f"{_short(row.name)}: {legible(row.verdict)}",
        (0, place), xycoords=axes.get_yaxis_transform(), xytext=(0, 0), textcoords="offset points",
        va="center", fontsize=12, color=INK, parse_math=False, annotation_clip=False,
    )  # fmt: skip
    below = place + 0.42
    if row.low is not None and row.high is not None:
        axes.plot([row.low, row.high], [below, below], color=ACCENT, linewidth=2)
        for end, cut, arrow in ((row.low, row.cut_low, "<"), (row.high, row.cut_high, ">")):
            axes.plot([end], [below], arrow if cut else "|", color=ACCENT, markersize=6)
    if row.value is not None:
        axes.plot([row.value], [below], "o", color=ACCENT, markersize=6.5)


def _plot(axes: Any, x: Sequence[float], y: Sequence[float], **style: Any) -> None:
    """A curve; one of a single point, which has no length, is a dot."""
    axes.plot(x, _within(y), marker="o" if len(x) == 1 else "", **style)


def _within(values: Sequence[float]) -> list[float]:
    return [min(max(value, -EDGE), EDGE) for value in values]


def _short(name: str) -> str:
    """A name that fits above its interval; the table has it whole."""
    name = legible(name)
    return name if len(name) <= 40 else f"{name[:39]}…"
