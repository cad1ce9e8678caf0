"""A race as what its panels show: per schedule its rates, and its losses as mean and band over the seeds.

A run that diverged (its losses stopped being finite) is kept out of mean and band, because the mean of those
that survived would praise the schedule that lost the others. It is a line of its own, up to where it broke.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stepsize.plots.spans import Span, loss_span, rate_span
from stepsize.plots.thinning import Line, means, stretch, thin
from stepsize.records import Race, Run


@dataclass(frozen=True)
class Band:
    """Mean, lowest and highest over the seeds, at the positions that all of them share."""

    x: tuple[float, ...] = ()
    mean: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Broken:
    """A diverged run: its seed, the update at which it broke, and its finite losses before that."""

    seed: int
    at: float
    validation: Line
    training: Line


@dataclass(frozen=True)
class Panel:
    """All that is drawn of one schedule. ``rates`` has more than one line where seeds had different rates."""

    name: str
    seeds: int
    rates: tuple[Line, ...]
    validation: Band
    training: Band
    broken: tuple[Broken, ...]


@dataclass(frozen=True)
class Curves:
    """A race's panels and the axes they share. Each training loss is a mean of ``smoothing`` updates."""

    panels: tuple[Panel, ...]
    steps: int
    smoothing: int
    rate: Span
    validation: Span
    training: Span


def curves(race: Race) -> Curves:
    """What to draw of ``race``: one panel a schedule, in the order of its table."""
    steps = max((run.steps for run in race.runs), default=1)
    smoothing = stretch(steps)
    panels = tuple(panel(name, shown(race, name), smoothing) for name in names(race))
    broken = [broken for panel in panels for broken in panel.broken]
    return Curves(
        panels,
        steps,
        smoothing,
        rate=rate_span(rate for panel in panels for line in panel.rates for rate in line.y),
        validation=_span([panel.validation for panel in panels], [run.validation for run in broken], steps),
        training=_span([panel.training for panel in panels], [run.training for run in broken], steps),
    )


def names(race: Race) -> list[str]:
    """Every schedule that has a run: first those of the table, in its order, then any other."""
    ran = {run.name for run in race.runs if not run.stopped}
    known = [row.name for row in race.rows] + [run.name for run in race.runs]
    return [name for name in dict.fromkeys(known) if name in ran]


def shown(race: Race, name: str) -> list[Run]:
    """The runs of a schedule that are drawn: all of them, or, of several peaks, those at the one chosen most often."""
    own = [run for run in race.runs if run.name == name and not run.stopped]
    peaks = next((row.peaks for row in race.rows if row.name == name), ())
    peak = peaks[0] if peaks else next((run.peak for run in own), None)
    return [run for run in own if run.peak == peak]


def panel(name: str, runs: Sequence[Run], smoothing: int) -> Panel:
    """One schedule's panel from its runs, one a seed."""
    whole = [run for run in runs if broke_at(run) is None]
    return Panel(
        name,
        len(runs),
        rates=_distinct([run.rates for run in runs]),
        validation=band([_evaluations(run) for run in whole]),
        training=band([_losses(run, smoothing) for run in whole]),
        broken=tuple(_broken(run, at, smoothing) for run in runs if (at := broke_at(run)) is not None),
    )


def broke_at(run: Run) -> float | None:
    """The update at which a diverged run's losses stopped being finite; None for a run that held."""
    if not run.diverged:
        return None
    logged = zip(run.updates, run.losses, strict=True)
    updates = (float(k) for k, loss in logged if not math.isfinite(loss))
    evaluated = (float(step) for step, loss in run.evaluations if not math.isfinite(loss))
    return min(next(updates, math.inf), next(evaluated, math.inf))


def band(lines: Sequence[Line]) -> Band:
    """Mean, lowest and highest of several lines, at the positions found in every one of them."""
    if not lines:
        return Band()
    tables = [dict(zip(line.x, line.y, strict=True)) for line in lines]
    shared = [x for x in lines[0].x if all(x in table for table in tables)]
    columns = [[table[x] for table in tables] for x in shared]
    mean = tuple(math.fsum(value / len(column) for value in column) for column in columns)
    return Band(tuple(shared), mean, tuple(map(min, columns)), tuple(map(max, columns)))


def _evaluations(run: Run, before: float = math.inf) -> Line:
    points = [(float(step), loss) for step, loss in run.evaluations if step < before and math.isfinite(loss)]
    return Line(tuple(x for x, _ in points), tuple(y for _, y in points))


def _broken(run: Run, at: float, smoothing: int) -> Broken:
    return Broken(run.seed, at, _evaluations(run, at), _losses(run, smoothing, at))


def _losses(run: Run, smoothing: int, before: float = math.inf) -> Line:
    """Means of as many losses in a row as make ``smoothing`` updates."""
    kept = [(k, loss) for k, loss in zip(run.updates, run.losses, strict=True) if k < before]
    line = means([loss for _, loss in kept], max(1, round(smoothing * len(run.losses) / run.steps)))
    if not run.at or not line.x:
        return line
    return Line(tuple(float(kept[min(round(x), len(kept) - 1)][0]) for x in line.x), line.y)


def _distinct(curves: Sequence[Sequence[float]]) -> tuple[Line, ...]:
    """The rate curves that differ: a run that stopped early has the beginning of another's, not its own."""
    kept: list[Sequence[float]] = []
    for rates in sorted(curves, key=len, reverse=True):
        if rates and not any(other[: len(rates)] == rates for other in kept):
            kept.append(rates)
    return tuple(thin(rates) for rates in kept)


def _span(bands: Sequence[Band], broken: Sequence[Line], steps: int) -> Span:
    """The axis for the runs that held; for the broken ones only where no run held."""
    held = [(b.x, b.mean) for b in bands] + [(b.x, b.low) for b in bands] + [(b.x, b.high) for b in bands]
    return loss_span(held if any(x for x, _ in held) else [(line.x, line.y) for line in broken], steps)
