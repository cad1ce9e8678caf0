"""The sentences of the report: what the pictures show, and what may be concluded from them."""

from collections.abc import Sequence

from stepsize.plots.curves import Curves, Panel
from stepsize.plots.numerals import number, updates
from stepsize.plots.thinning import Line
from stepsize.plots.whiskers import Whiskers
from stepsize.records import Row, Run


def rates(panel: Panel) -> str:
    """First, highest and last rate: ``Rate 3e-6 first, 0.003 highest, 3e-4 last``."""
    return "; ".join(_rates(line) for line in panel.rates if line.y)


def diverged(panel: Panel) -> str:
    """Which seeds diverged and when, or nothing."""
    return "; ".join(f"Seed {broken.seed} diverged at update {broken.at:,.0f}" for broken in panel.broken)


def seen(panel: Panel) -> str:
    """A panel in words, for those who do not see it."""
    loss = panel.validation
    if loss.x:
        final = f"validation loss {number(loss.mean[0])} first, {number(loss.mean[-1])} last, on average"
        final += f" (last over the seeds: {number(loss.low[-1])} to {number(loss.high[-1])})"
    else:
        final = "no validation loss of a run that held"
    return ". ".join(part for part in (f"{panel.name}: {rates(panel)}", final, diverged(panel)) if part) + "."


def loss(runs: Sequence[Run]) -> str:
    """What is compared: without a validation before the end, a run's last loss may be that of its training."""
    return "final validation loss" if any(len(run.evaluations) > 1 for run in runs) else "final loss"


def compared(rows: Sequence[Row]) -> str:
    """The picture of differences in words."""
    return "Difference to the best, a row a schedule: " + "; ".join(
        f"{row.name} {number(row.difference)}, {row.verdict}" for row in rows
    )


def scale(whiskers: Whiskers) -> str:
    """How to read the picture of differences: its caption."""
    cut = any(row.cut_low or row.cut_high for row in whiskers.rows)
    return "in validation loss, lower is better" + ("; an arrow: the interval goes on" if cut else "")


def verdict(row: Row) -> str:
    """The verdict of a row, and what it stands on."""
    return f"{row.verdict}; {grounds(row)}" if grounds(row) else row.verdict


def grounds(row: Row) -> str:
    """P, and the seeds that would settle it, where there are any."""
    p = "" if row.p is None else f"P {'< 0.001' if row.p < 0.001 else f'{row.p:.2g}'}"
    return p if row.settled_by is None else f"{p}; about {row.settled_by} seeds would"


def peaks(row: Row) -> str:
    """The peaks that a schedule was given, as ``, peak 0.003``; nothing where there was one for all."""
    if not row.peaks:
        return ""
    return f", peak{'s' * (len(row.peaks) > 1)} {' and '.join(number(peak) for peak in row.peaks)}"


def honest(rows: Sequence[Row]) -> str:
    """What the intervals are and what a verdict means: the paragraph under the table."""
    counts = sorted({row.seeds for row in rows})
    if not counts or counts[-1] == 0:
        return "No comparison yet: there is no seed that every schedule has finished."
    if counts[-1] == 1:
        return (
            "One seed: no interval can be given, and no difference can be told from luck. "
            "Two more seeds would say how far to trust this table."
        )
    seeds = f"{counts[0]} seeds" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} seeds"
    return (
        f"Means over {seeds}, those that every schedule has finished at each of its peaks. "
        "An interval is a 95% interval by "
        "Student's t: it says how far the mean of so few seeds may lie from the mean of very many, and it is "
        "wide because they are few. Each stands for itself: about one in twenty misses. Differences are taken "
        "seed by seed, on the same initial weights and the same order of batches. “worse” means that P, corrected for "
        "all comparisons by Holm’s method, is below 0.05. “cannot tell” means that it is not: these runs show neither "
        "that the schedule is worse than the best nor that it is as good. The best was chosen on these same runs, "
        "which flatters it a little." + (_PEAKS if any(row.peaks for row in rows) else "")
    )


_PEAKS = (
    " Each schedule has its own peak: each seed counts at the peak that was best on the mean of the other seeds, so no "
    "seed has chosen for itself. The panels show the peak that was chosen most often."
)


def drawn(curves: Curves) -> str:
    """How the panels were made: the paragraph above them."""
    smoothing = (
        "Training loss is drawn as it was"
        if curves.smoothing == 1
        else f"Training loss is noisy: each point is the mean of {updates(curves.smoothing)} updates in a row"
    )
    axes = (("validation", curves.validation), ("training", curves.training))
    log = [name for name, span in axes if span.log]
    scale = f" The axis of {' and '.join(log)} loss is logarithmic." if log else ""
    cross = " A run that diverged is dashed, up to a cross where it broke." if _any_broken(curves) else ""
    return (
        f"All panels have the same axes. {_lines(curves)} {smoothing}. The loss axes are made for what comes "
        f"after the first fifth of the run; what lies higher leaves the picture at the top.{scale}{cross}"
    )


def versions(runs: Sequence[Run]) -> str:
    """The software that made the runs; where runs differ, each version is named."""
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for name, version in run.versions.items():
            found.setdefault(name, {})[version] = None
    return ", ".join(f"{name} {' and '.join(found[name])}" for name in sorted(found))


def _rates(line: Line) -> str:
    first, highest, last = number(line.y[0]), number(max(line.y)), number(line.y[-1])
    if min(line.y) == max(line.y):
        return f"Rate {first} throughout"
    return f"Rate {first} first, {highest} highest, {last} last"


def _lines(curves: Curves) -> str:
    """What the lines of a panel are, in this race."""
    seeds = max((panel.seeds for panel in curves.panels), default=0)
    own = "The thick line is the one run of the schedule"
    if seeds > 1:
        own = "The thick line is the mean over the seeds, the band goes from the lowest to the highest seed"
    return f"{own}; the thin grey lines are the other schedules." if len(curves.panels) > 1 else f"{own}."


def _any_broken(curves: Curves) -> bool:
    return any(panel.broken for panel in curves.panels)
