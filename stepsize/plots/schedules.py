"""Schedules as a picture in a file: one or several on the same axes, PNG or SVG. Needs the extra "plot".

An SVG has no ground of its own, and can be read on a light page and on a dark one; a PNG is white, or dark.
"""

import math
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from warnings import catch_warnings, filterwarnings

from stepsize import _aside
from stepsize.errors import ScheduleError, message
from stepsize.plots.canvas import canvas
from stepsize.plots.inline import legible
from stepsize.schedule import Schedule
from stepsize.schedule.axes import Axis, axis, labels, places
from stepsize.schedule.picture import Curve, curve, horizon

COLOURS = ("#2a78d6", "#d0641a", "#258a43", "#b04fc8", "#8a7d1c", "#1d8d94")  # readable on white and on black
STYLES = ("-", (0, (5, 2)), (0, (1, 1.5)))  # further curves have the same colours again, dashed and dotted
INK = {"light": "#404040", "dark": "#c8c8c8", "either": "#808080"}
GROUND = {"light": "#ffffff", "dark": "#111418", "either": "none"}
_METADATA = {"png": {"Software": None}, "svg": {"Date": None}}  # the same picture has the same bytes
WIDTH, HEIGHT = 576, 324  # in points
_ROWS = 10
_COLUMNS = 1000

Named = Mapping[str, Schedule] | Sequence[tuple[str, Schedule]]


def save(
    schedules: Named, path: str | Path, until: Any = None, *, log: bool = False, dark: bool = False
) -> None:
    """Draw schedules into a file, PNG or SVG as its name ends.

    The file is written aside and renamed: an error leaves the old one. On a logarithmic axis rates of zero and below
    have no place; the curve leaves the plot at the bottom.

    Args:
        schedules: names and schedules, one or more.
        path: where to; it ends in .png or .svg, and its folder exists.
        until: last position drawn, > 0; by default all of the longest, two cycles of an endless one.
        log: whether the axis of rates is logarithmic.
        dark: whether a PNG is for a dark page; an SVG is for either.

    Raises:
        ScheduleError: the path ends otherwise or cannot be written; no schedule, or several on different clocks;
            ``until`` is no position > 0; ``log`` without a rate > 0.

    Example:
        >>> import stepsize as ss
        >>> save({"cosine": ss.warmup_cosine(3e-4, 10_000, warmup=500)}, "cosine.svg")  # doctest: +SKIP
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in (".png", ".svg"):
        raise ScheduleError(message("save.path", "must end in .png or .svg", str(path)))
    _aside.write_for_a_user(path, picture(schedules, kind[1:], until, log=log, dark=dark))


def picture(
    schedules: Named, kind: str, until: Any = None, *, log: bool = False, dark: bool = False
) -> bytes:
    """The content of such a file; ``kind`` is "png" or "svg"."""
    named = list(schedules.items() if isinstance(schedules, Mapping) else schedules)
    clocks = sorted({s.clock for _, s in named})
    if len(clocks) != 1:
        raise ScheduleError(message("save.schedules", "must be one or more, on one clock", clocks))
    end = max(horizon(s, until) for _, s in named)
    curves = [curve(s, end, _COLUMNS) for _, s in named]
    page = "either" if kind == "svg" else "dark" if dark else "light"
    with canvas(HEIGHT) as (figure, _):
        figure.set_figwidth(WIDTH / 72)
        figure.set_layout_engine("constrained")
        axes = figure.add_subplot()
        frame(axes, curves[0], axis(curves, _ROWS, log), INK[page])
        _lines(axes, [name or str(s) for name, s in named], curves, INK[page])
        return saved(figure, kind, GROUND[page])


def saved(figure: Any, kind: str, ground: str) -> bytes:
    """A figure as the content of a file, on a ground of that colour; the same picture has the same bytes."""
    document = BytesIO()
    with catch_warnings():
        filterwarnings(
            "ignore", "Glyph", UserWarning
        )  # a letter that the font lacks is a box, and no trouble
        figure.savefig(document, format=kind, dpi=200, facecolor=ground, metadata=_METADATA[kind])
    return document.getvalue()


def frame(axes: Any, shown: Curve, rule: Axis, ink: str) -> None:
    """Both axes with round ticks; light lines to read rates by."""
    axes.set_facecolor("none")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(ink)
    axes.tick_params(colors=ink, labelsize=10)
    axes.tick_params(axis="y", length=0)
    axes.set_yscale("log" if rule.log else "linear")
    axes.set_ylim(rule.low, rule.rate(_ROWS - 0.5))
    axes.minorticks_off()
    axes.set_yticks(rule.ticks, labels(rule))
    axes.grid(axis="y", color=ink, alpha=0.25, linewidth=0.8)
    axes.set_xlim(0, shown.until)
    marks = places(shown.until, shown.unit, 10)
    axes.set_xticks([place for place, _ in marks], [label for _, label in marks])
    axes.set_xlabel(shown.unit, color=ink)
    axes.set_ylabel("learning rate", color=ink)


def _lines(axes: Any, names: Sequence[str], curves: Sequence[Curve], ink: str) -> None:
    """The curves, the first on top, with their names. A single one has its name above, and faint lines at its edges."""
    lowest = -math.inf
    if axes.get_yscale() == "log":  # which has no place for zero: well below the plot will do
        lowest = axes.get_ylim()[0] / 1e6
    for k, shown in enumerate(curves):
        x, y = zip(*((place, max(rate, lowest)) for place, rate in shown.points), strict=True)
        style = {"color": COLOURS[k % len(COLOURS)], "linestyle": STYLES[k // len(COLOURS) % len(STYLES)]}
        axes.plot(x, y, linewidth=2, zorder=3 - k / len(curves), **style)
    if len(curves) > 1:
        shorter = [short(name, 60) for name in names]
        columns = max(1, 96 // (max(map(len, shorter)) + 6))
        legend = axes.figure.legend(
            axes.lines, shorter, loc="outside lower left", frameon=False, labelcolor=ink, ncols=columns
        )
        for text in legend.get_texts():
            text.set_parse_math(False)
        return
    axes.set_title(short(names[0], 80), loc="left", fontsize=11, color=ink, parse_math=False)
    for edge in curves[0].edges or ():
        axes.axvline(edge, color=ink, alpha=0.4, linewidth=0.8, linestyle=(0, (2, 3)))


def short(name: str, most: int) -> str:
    """A name as a picture may show it: on one line, legible, at most so long."""
    name = " ".join(legible(name).split())
    return name if len(name) <= most else f"{name[: most - 1]}…"
