"""Logs as a picture in a file, PNG or SVG: rates above losses, the phases shaded. Needs the extra "plot"."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stepsize import _aside
from stepsize.errors import ScheduleError, message
from stepsize.plots import canvas, schedules
from stepsize.plots.logs import Band, Logs
from stepsize.plots.thinning import Line
from stepsize.schedule.axes import axis
from stepsize.schedule.picture import Curve

_HEIGHT = 396  # in points, with losses; without them the picture is as high as one of schedules
_ROWS = 8
_NARROW = 0.012  # of the picture, for a sign of a phase's name


def save(shown: Logs, path: str | Path, *, log: bool = False, dark: bool = False) -> None:
    """Draw logs into a file, PNG or SVG as its name ends.

    Args:
        shown: what ``stepsize.plots.logs.logs`` made of them.
        path: where to; it ends in .png or .svg, and its folder exists.
        log: whether the axis of rates is logarithmic.
        dark: whether a PNG is for a dark page; an SVG is for either.

    Raises:
        ScheduleError: the path ends otherwise or cannot be written; ``log`` without a rate > 0.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in (".png", ".svg"):
        raise ScheduleError(message("save.path", "must end in .png or .svg", str(path)))
    _aside.write_for_a_user(path, picture(shown, kind[1:], log=log, dark=dark))


def picture(shown: Logs, kind: str, *, log: bool = False, dark: bool = False) -> bytes:
    """The content of such a file; ``kind`` is "png" or "svg"."""
    page = "either" if kind == "svg" else "dark" if dark else "light"
    ink = schedules.INK[page]
    curves = [
        Curve(tuple(zip(one.rates.x, one.rates.y, strict=True)), (), shown.until, shown.unit)
        for one in shown.logs
    ]
    rule = axis(curves, _ROWS, log)
    with canvas.canvas(schedules.HEIGHT if shown.losses is None else _HEIGHT) as (figure, _):
        figure.set_figwidth(schedules.WIDTH / 72)
        figure.set_layout_engine("constrained")
        panels = _panels(figure, shown)
        schedules.frame(panels[0], curves[0], rule, ink)
        panels[0].set_ylim(rule.low, rule.rate(_ROWS - 0.5))
        lowest = rule.low / 1e6 if rule.log else None
        for k, one in enumerate(shown.logs):
            for piece in one.given_up:
                _draw(panels[0], piece, k, lowest, alpha=0.35, linewidth=1.2)
            _draw(panels[0], one.rates, k, lowest)
        if shown.losses is not None:
            _losses(panels[1], shown, ink)
            panels[0].set_xlabel("")
            panels[0].tick_params(labelbottom=False)
        _named(figure, panels, shown, ink)
        return schedules.saved(figure, kind, schedules.GROUND[page])


def _panels(figure: Any, shown: Logs) -> Sequence[Any]:
    if shown.losses is None:
        return [figure.add_subplot()]
    panels: Sequence[Any] = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 2]})
    return panels


def _draw(axes: Any, line: Line, k: int, lowest: float | None, **look: Any) -> None:
    """A curve of the k-th log, the first on top; on a logarithmic axis zero lies well below the picture."""
    style = {
        "color": schedules.COLOURS[k % len(schedules.COLOURS)],
        "linestyle": schedules.STYLES[k // len(schedules.COLOURS) % len(schedules.STYLES)],
        "marker": "o" if len(line.x) == 1 else None,
        "linewidth": 1.8,
        "zorder": 3 - k / 100,
    }
    y = line.y if lowest is None else [max(value, lowest) for value in line.y]
    axes.plot(line.x, y, **style | look)


def _losses(axes: Any, shown: Logs, ink: str) -> None:
    span = shown.losses
    assert span is not None
    canvas.quantity(axes, "", span)
    axes.spines["bottom"].set_color(ink)
    axes.tick_params(colors=ink, labelcolor=ink, labelsize=10)
    axes.grid(axis="y", color=ink, alpha=0.25, linewidth=0.8)
    axes.set_xlabel(shown.unit, color=ink)
    axes.set_ylabel("loss", color=ink)
    for k, one in enumerate(shown.logs):
        _draw(axes, one.losses, k, None, linewidth=1.4)


def _named(figure: Any, panels: Sequence[Any], shown: Logs, ink: str) -> None:
    """The name of a single log, and its phases; of several logs which curve is whose."""
    if len(shown.logs) == 1:
        name = schedules.short(shown.logs[0].name, 80)
        panels[0].set_title(
            name, loc="left", fontsize=11, color=ink, parse_math=False, pad=20 if shown.logs[0].bands else 6
        )
        _shade(panels, shown.logs[0].bands, shown.until, ink)
        return
    names = [schedules.short(one.name, 60) for one in shown.logs]
    lines = [line for line in panels[0].lines if line.get_alpha() is None]
    columns = max(1, 96 // (max(map(len, names)) + 6))
    legend = figure.legend(
        lines, names, loc="outside lower left", frameon=False, labelcolor=ink, ncols=columns
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _shade(panels: Sequence[Any], bands: Sequence[Band], until: float, ink: str) -> None:
    """Every second phase a little darker, in all panels; above, the names that have room."""
    for k, band in enumerate(bands):
        for axes in panels:
            axes.axvspan(band.start, band.stop, color=ink, alpha=0.05 + 0.09 * (k % 2), linewidth=0, zorder=0)
        if (band.stop - band.start) / until > _NARROW * len(band.kind):
            place = ((band.start + band.stop) / 2, 1.02)
            panels[0].text(
                *place,
                band.kind,
                transform=panels[0].get_xaxis_transform(),
                ha="center",
                fontsize=9,
                color=ink,
                parse_math=False,
            )
