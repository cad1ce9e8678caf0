"""How the last loss depends on the peak: a line a schedule, the lowest point marked."""

from collections.abc import Sequence
from math import isfinite
from statistics import fmean
from typing import Any, NamedTuple

from stepsize.plots.canvas import canvas, quantity
from stepsize.plots.inline import ACCENT, INK, OTHER, inline
from stepsize.plots.numerals import number
from stepsize.plots.spans import Span, loss_span
from stepsize.records import Race, Run

_HEIGHT = 300


class Sensitivity(NamedTuple):
    """Of a schedule: peaks, and the mean last loss at each; none where a run diverged or was stopped."""

    name: str
    peaks: tuple[float, ...]
    losses: tuple[float, ...]


def sensitivities(race: Race) -> tuple[Sensitivity, ...]:
    """One a schedule, in the order of the table, of a race with several peaks; else none."""
    if len({run.peak for run in race.runs}) < 2:
        return ()
    names = dict.fromkeys([row.name for row in race.rows] + [run.name for run in race.runs])
    return tuple(_of(name, [run for run in race.runs if run.name == name]) for name in names)


def _of(name: str, runs: Sequence[Run]) -> Sensitivity:
    by_peak: dict[float, list[float]] = {}
    for run in runs:
        by_peak.setdefault(run.peak or 0.0, []).append(run.final)
    whole = {peak: fmean(own) for peak, own in sorted(by_peak.items()) if all(map(isfinite, own))}
    return Sensitivity(name, tuple(whole), tuple(whole.values()))


def picture(shown: Sequence[Sensitivity], prefix: str) -> str:
    """The best schedule in colour, the others grey, each named at its right end."""
    drawn = [one for one in shown if one.peaks]
    span = loss_span([(one.peaks, one.losses) for one in drawn], 0.0) if drawn else Span(0.0, 1.0)
    with canvas(_HEIGHT) as (figure, finish):
        axes = figure.add_axes((0.135, 0.14, 0.6, 0.76))
        quantity(axes, "final validation loss", span)
        axes.set_xscale("log")
        ends = []
        for k, one in enumerate(drawn):
            colour = ACCENT if k == 0 else OTHER
            axes.plot(
                one.peaks, one.losses, "o-", color=colour, linewidth=1.6 if k == 0 else 1.0, markersize=3.5
            )
            ends.append((one.losses[-1], one.name, colour))
        axes.set_xticks(sorted({peak for one in drawn for peak in one.peaks}))
        axes.xaxis.set_major_formatter(lambda value, _: number(value))
        axes.minorticks_off()
        axes.set_xlabel("peak", fontsize=11, color=INK, labelpad=2)
        _named(axes, ends, span)
        return inline(finish(), prefix, described(shown))


def _named(axes: Any, ends: Sequence[tuple[float, str, str]], span: Span) -> None:
    """Names at the right, none over another."""
    axes.set_ylim(span.low, span.high)
    low, free = axes.transAxes.inverted(), -1.0
    for loss, name, colour in sorted(ends):
        place = low.transform(axes.transData.transform((axes.get_xlim()[1], min(loss, span.high))))[1]
        free = max(place, free + 0.06)
        axes.annotate(
            name, (1.02, free), xycoords="axes fraction", fontsize=10, va="center",
            color=INK if colour == OTHER else colour, annotation_clip=False, parse_math=False,
        )  # fmt: skip


def described(shown: Sequence[Sensitivity]) -> str:
    """The picture in words."""
    return "Final validation loss by peak: " + "; ".join(f"{one.name} {_told(one)}" for one in shown)


def _told(one: Sensitivity) -> str:
    pairs = zip(one.peaks, one.losses, strict=True)
    return ", ".join(f"{number(loss)} at {number(peak)}" for peak, loss in pairs)
