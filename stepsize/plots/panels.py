"""Plain curves in panels beside one another, as a PNG or SVG file. Needs the extra "plot"."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stepsize import _aside
from stepsize.errors import ScheduleError, message
from stepsize.plots import canvas, schedules
from stepsize.plots.numerals import number

_HEIGHT = 300  # in points


class Curve(NamedTuple):
    """A line by its name; ``marked`` are points on it, each with a word; a faint one stands behind the others."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    marked: Sequence[tuple[float, float, str]] = ()
    dots: bool = False
    faint: bool = False


class Panel(NamedTuple):
    """Curves under a title, over one axis; either axis may be logarithmic."""

    title: str
    along: str
    curves: Sequence[Curve]
    log_x: bool = False
    log_y: bool = False


def save(panels: Sequence[Panel], path: Path) -> None:
    """Draw the panels into a file.

    Raises:
        ScheduleError: the path ends neither in .png nor in .svg, or cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in (".png", ".svg"):
        raise ScheduleError(message("--save", "must end in .png or .svg", str(path)))
    page = "either" if kind == ".svg" else "light"
    ink = schedules.INK[page]
    with canvas.canvas(_HEIGHT) as (figure, _):
        figure.set_figwidth(schedules.WIDTH / 72 * (1 if len(panels) < 3 else 1.5))
        figure.set_layout_engine("constrained")
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            _drawn(axes, panel, ink)
        _aside.write_for_a_user(path, schedules.saved(figure, kind[1:], schedules.GROUND[page]))


def _drawn(axes: Any, panel: Panel, ink: str) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_facecolor("none")
    axes.set_title(panel.title, loc="left", fontsize=11, color=ink)
    axes.set_xlabel(panel.along, color=ink)
    axes.tick_params(colors=ink)
    axes.grid(axis="y", color=ink, alpha=0.2)
    for k, curve in enumerate(panel.curves):
        colour = schedules.COLOURS[k % len(schedules.COLOURS)]
        look = {"linewidth": 0.7, "alpha": 0.45} if curve.faint else {"linewidth": 1.8, "zorder": 3}
        axes.plot(curve.x, curve.y, "o-" if curve.dots else "-", color=colour, label=curve.name, **look)
        for x, y, word in curve.marked:
            axes.plot([x], [y], "o", color=colour, markersize=6)
            axes.annotate(word, (x, y), xytext=(5, 8), textcoords="offset points", fontsize=9, color=ink)
    axes.set_xscale("log" if panel.log_x else "linear")
    axes.set_yscale("log" if panel.log_y else "linear")
    if not panel.log_x:
        axes.xaxis.set_major_formatter(lambda value, _: number(value))
    if len(panel.curves) > 1:
        axes.legend(fontsize=8, frameon=False, labelcolor=ink)
