"""Logs drawn in characters: the rates above, the losses below, the names of the phases under the axis."""

import math
from collections.abc import Iterator, Sequence

from stepsize._accept import whole
from stepsize.plots.logs import Band, Logged, Logs
from stepsize.plots.numerals import number
from stepsize.plots.spans import Span
from stepsize.plots.thinning import Line
from stepsize.schedule import terminal
from stepsize.schedule.axes import Axis, axis, position
from stepsize.schedule.picture import Curve
from stepsize.schedule.words import fitted

_FLAT = 30  # times as high as another curve, which then lies on the axis
_LEAST = 3  # letters of a name that is worth showing


def drawn(
    shown: Logs, *, width: int = 80, height: int = 11, log: bool = False, colour: bool = False
) -> list[str]:
    """The picture, a line each.

    Args:
        shown: what ``stepsize.plots.logs.logs`` made of them.
        width: columns, 20 to 1000.
        height: rows of the rates, 3 to 1000; the losses have two thirds of them.
        log: whether the axis of rates is logarithmic.
        colour: whether to colour the curves, by ANSI codes.

    Raises:
        ScheduleError: a number out of its range; ``log`` without a rate > 0.

    >>> from stepsize.plots.logs import logs
    >>> from stepsize.records.trace import Trace
    >>> trace = Trace("a.csv", [0, 50, 100], [0.0, 1.0, 0.0], [float("nan")] * 3)
    >>> for line in drawn(logs([trace]), width=40, height=3):
    ...     print(line)
    a.csv
    learning rate
           1 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢀⣀⡠⠤⣀⣀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
         0.5 ┤⠀⠀⠀⠀⠀⣀⣀⠤⠔⠒⠊⠉⠁⠀⠀⠀⠀⠀⠉⠉⠒⠢⠤⢄⣀⠀⠀⠀⠀⠀
           0 ┤⠤⠒⠒⠉⠉⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠉⠉⠒⠒⠤
             └┬──────┬───────┬──────┬──────┬
     updates  0      25      50     75   100
    """
    columns, height = terminal.size("width", width, 20) - terminal.MARGIN, terminal.size("height", height, 3)
    curves = [_curve(one.rates, shown, one.bands) for one in shown.logs]
    lines = [*_titles(shown.logs, width, colour), "learning rate"]
    lines += terminal.plot(curves, axis(curves, height, log), columns, height, colour)
    if shown.losses is not None:
        rows = max(3, height * 2 // 3)
        losses = [_curve(_near(one.losses, shown.losses), shown) for one in shown.logs if one.losses.x]
        lines += ["loss", *terminal.plot(losses, _axis(shown.losses, rows), columns, rows, colour)]
    lines += terminal.feet(curves, columns)
    bands = shown.logs[0].bands if len(shown.logs) == 1 else ()
    return [
        *lines,
        *_names(bands, shown.until, columns),
        *(fitted(line, width) for line in _notes(shown, log)),
    ]


def _titles(logs: Sequence[Logged], width: int, colour: bool) -> list[str]:
    """The names; of several logs with the letters of their curves."""
    names = [fitted(one.name, width - 2) for one in logs]
    return names if len(logs) == 1 else [terminal.lettered(name, k, colour) for k, name in enumerate(names)]


def _curve(line: Line, shown: Logs, bands: Sequence[Band] = ()) -> Curve:
    edges = tuple(whole(band.start) for band in bands if 0 < band.start < shown.until)
    points = tuple((whole(x), y) for x, y in zip(line.x, line.y, strict=True))
    return Curve(points, edges, whole(shown.until), shown.unit)


def _near(line: Line, span: Span) -> Line:
    """The curve, not far outside its axis: what leaves the picture need not be drawn all the way."""
    beyond = 0.0 if span.log else span.high - span.low
    low, high = (span.low / 10, span.high * 10) if span.log else (span.low - beyond, span.high + beyond)
    return Line(line.x, tuple(min(max(y, low), high) for y in line.y))


def _axis(span: Span, rows: int) -> Axis:
    """The axis of losses: three ticks, with as many digits as tell them apart."""
    if span.log:
        rule = Axis(span.low, math.log10(span.high / span.low) / (rows - 1), (), log=True)
    else:
        rule = Axis(span.low, (span.high - span.low) / (rows - 1), ())
    apart = math.log10(max(abs(span.low), abs(span.high)) / (span.high - span.low))
    digits = 2 + max(0, math.ceil(apart))
    return rule._replace(ticks=tuple(float(f"{rule.rate(k):.{digits}g}") for k in (0, rows // 2, rows - 1)))


def _names(bands: Sequence[Band], until: float, columns: int) -> list[str]:
    """The names of the phases below their stretches of the axis, each where it has room."""
    row = [" "] * columns
    for band in bands:
        start, stop = (round(place / until * columns) for place in (band.start, band.stop))
        name = band.kind if len(band.kind) < stop - start else f"{band.kind[: max(stop - start - 2, 0)]}…"
        if len(name) > _LEAST:
            left = start + (stop - start - len(name)) // 2
            row[left : left + len(name)] = name
    return [" " * terminal.MARGIN + "".join(row).rstrip()] if bands else []


def _notes(shown: Logs, log: bool) -> Iterator[str]:
    """What the curves do not show by themselves."""
    highest = [max(map(abs, one.rates.y)) or math.inf for one in shown.logs]
    if not log and max(highest) > _FLAT * min(highest) and max(highest) < math.inf:
        yield f"  the highest rates differ {max(highest) / min(highest):,.0f}-fold: a logarithmic axis shows them all"
    for one in shown.logs:
        name = f"{one.name}: " if len(shown.logs) > 1 else ""
        if one.given_up:
            again = ", ".join(f"{position(line.x[0])} to {position(line.x[-1])}" for line in one.given_up[:3])
            yield f"  {name}made again, and shown as it was last: {again}{', ...' if len(one.given_up) > 3 else ''}"
        if one.each > 1:
            yield f"  {name}a point of the losses is the mean of {one.each:,} in a row"
    span = shown.losses
    above = [y for one in shown.logs for y in one.losses.y if span and y > span.high]
    if above:
        yield f"  losses up to {number(max(above))}, of the start, are beyond the picture"
