"""Logs as a picture shows them: the rates, the losses, and the phases of a schedule that were found in them.

A run that was resumed from an earlier step has two rates there. The curve is what it did last; what was given up is a
piece of its own.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from stepsize.errors import ScheduleError, message
from stepsize.plots.spans import EDGE, Span, loss_span
from stepsize.plots.thinning import POINTS, Line, Values, means, thin
from stepsize.records.trace import Trace

MOST = 26  # logs in one picture: each has a letter
_LOSSES = 200  # points of a curve of losses; of more, means are drawn
_PIECES = 20  # that were given up, and are drawn
_UNITS = {"steps": "updates", "epochs": "epoch", "rows": "row"}


class PhaseLike(Protocol):
    """A phase of a schedule: it owns [start, stop), and its curve is called ``kind``."""

    @property
    def start(self) -> float:
        """Its first step."""

    @property
    def stop(self) -> float:
        """The step at which the next one begins."""

    @property
    def kind(self) -> str:
        """The name of its curve."""


@dataclass(frozen=True)
class Band:
    """A phase as it is shaded: from ``start`` to ``stop``, in steps of the log, within the picture."""

    start: float
    stop: float
    kind: str


@dataclass(frozen=True)
class Logged:
    """All that is drawn of one log.

    Attributes:
        name: the end of the log's path that tells it from the others.
        rates: its rates, as it had them last.
        given_up: the rates of steps that it made again, after a resume.
        losses: its losses, or means of ``each`` of them in a row.
        each: how many losses share a point.
        bands: the phases that were found.
    """

    name: str
    rates: Line
    given_up: tuple[Line, ...]
    losses: Line
    each: int
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Logs:
    """The logs of a picture, where its axis of steps ends, what that counts, and the axis of the losses, if any."""

    logs: tuple[Logged, ...]
    until: float
    unit: str
    losses: Span | None


def logs(traces: Sequence[Trace], phases: Sequence[Iterable[PhaseLike]] = (), *, losses: bool = True) -> Logs:
    """What to show of some logs.

    Args:
        traces: 1 to 26, all counting the same.
        phases: those found in each log, in its steps; fewer than logs, or none, where they are not known.
        losses: whether to show losses.

    Raises:
        ScheduleError: no trace, too many, one without a rate, or such as count different things.

    >>> trace = Trace("a.csv", [0, 10, 20, 10, 20], [0.0, 0.5, 1.0, 0.5, 0.25], [float("nan")] * 5)
    >>> shown = logs([trace]).logs[0]
    >>> shown.rates
    Line(x=(0.0, 10.0, 20.0), y=(0.0, 0.5, 0.25))
    >>> shown.given_up
    (Line(x=(10.0, 20.0), y=(0.5, 1.0)),)
    """
    if not 1 <= len(traces) <= MOST:
        raise ScheduleError(message("plot", f"1 to {MOST} logs can be drawn together", len(traces)))
    counted = list(dict.fromkeys(trace.counts for trace in traces))
    if len(counted) > 1:
        rule, remedy = "logs drawn together must count the same", "Draw them one by one."
        raise ScheduleError(message("plot", rule, ", ".join(counted), remedy))
    until = max(float(trace.steps.max(initial=0)) for trace in traces) or 1.0
    found = [*phases, *([()] * (len(traces) - len(phases)))]
    shown = tuple(
        _logged(name, trace, list(own), until, losses)
        for name, trace, own in zip(_names(traces), traces, found, strict=True)
    )
    curves = [(one.losses.x, one.losses.y) for one in shown if one.losses.x]
    return Logs(
        shown, until, _UNITS.get(counted[0], counted[0]), loss_span(curves, until) if curves else None
    )


def _logged(name: str, trace: Trace, phases: Sequence[PhaseLike], until: float, losses: bool) -> Logged:
    kept = np.isfinite(trace.rates) & (trace.steps >= 0)
    if not kept.any():
        raise ScheduleError(message("plot", "a log must have a rate that is a finite number", trace.name))
    steps, rates = trace.steps[kept], trace.rates[kept]
    last = _last(steps)
    line, each = _losses(trace) if losses else (Line((), ()), 1)
    return Logged(
        name, _line(steps[last], rates[last]), tuple(_pieces(steps, rates, ~last)), line, each, _bands(phases, until)
    )  # fmt: skip


def _last(steps: Values) -> Any:
    """Which rows are not made again later: those before the lowest step that still comes."""
    later = np.append(np.minimum.accumulate(steps[::-1])[::-1][1:], math.inf)
    return steps < later


def _pieces(steps: Values, values: Values, which: Any) -> Iterable[Line]:
    """The stretches of rows of which this is true, the longest ones where there are many."""
    rising = np.flatnonzero((np.diff(which.astype(int)) != 0) | (np.diff(steps) <= 0)) + 1
    parts = [part for part in np.split(np.arange(len(steps)), rising) if len(part) > 1 and which[part[0]]]
    longest = sorted(sorted(parts, key=len, reverse=True)[:_PIECES], key=lambda part: int(part[0]))
    return (_line(steps[part], values[part]) for part in longest)


def _losses(trace: Trace) -> tuple[Line, int]:
    """The losses, or means of as many in a row as makes a line that can be read."""
    kept = np.isfinite(trace.losses) & (trace.steps >= 0)
    steps, losses = trace.steps[kept], trace.losses[kept]
    last = _last(steps)
    steps, losses = steps[last], losses[last]
    each = max(1, -(-len(losses) // _LOSSES))
    line = means(losses, each)
    return Line(
        tuple(np.interp(line.x, np.arange(len(steps)), steps).tolist() if line.x else ()), line.y
    ), each


def _line(steps: Values, values: Values) -> Line:
    """The curve in few points; nothing that an eye would see is lost."""
    line = thin(np.clip(values, -EDGE, EDGE).tolist(), POINTS)
    return Line(tuple(float(steps[int(k)]) for k in line.x), line.y)


def _bands(phases: Sequence[PhaseLike], until: float) -> tuple[Band, ...]:
    """The phases within the picture in their order, none over the next one."""
    phases = sorted(phases, key=lambda one: one.start)
    starts = [float(one.start) for one in phases[1:]] + [until] * bool(phases)
    inside = [
        (max(float(one.start), 0.0), min(float(one.stop), following, until), one.kind)
        for one, following in zip(phases, starts, strict=True)
    ]
    return tuple(Band(start, stop, kind) for start, stop, kind in inside if start < stop)


def _names(traces: Sequence[Trace]) -> list[str]:
    """The last parts of the paths, as many as tell them apart; of a single one the folder too."""
    parts = [trace.name.replace("\\", "/").split("/") for trace in traces]
    for last in range(2 if len(parts) == 1 else 1, max(map(len, parts)) + 1):
        names = ["/".join(part[-last:]) for part in parts]
        if len({*names}) == len({trace.name for trace in traces}):
            return names
    return [trace.name for trace in traces]
