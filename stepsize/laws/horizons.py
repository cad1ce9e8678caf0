"""Advice on horizons: the peak for another one, and how a finished run is best made longer."""

import numpy as np

from stepsize.errors import ScheduleError, message
from stepsize.laws.advice import Advice, advised, choice, cooled
from stepsize.laws.law import Law
from stepsize.laws.together import Predicts
from stepsize.schedule import Schedule, hold, linear
from stepsize.schedule.words import rate as spoken

_PEAKS = 13  # that are compared, at equal ratios
_FRACTIONS = (0.2, 0.4, 0.6)  # of the run, of which each peak takes the best
_SECOND = 0.2  # of the whole run, that a run which is made longer cools down


def peak_for_horizon(
    law: Law, steps: int, *, warmup: int = 0, between: tuple[float, float] | None = None
) -> Advice:
    """Which peak is best for a run of so many updates, each with the best of the cooldowns 20%, 40% and 60%.

    Args:
        law: fitted on the effective rate, to runs of two peaks at least, for nothing else tells what a peak does.
        steps: updates of the run.
        warmup: updates of the warmup.
        between: peaks that are looked at; default: those of the fitted runs, and a half beyond them.

    Raises:
        ScheduleError: the law is on plain rates, or of runs of one peak. ``rules.peak_for_horizon`` scales a peak
            without a law.
    """
    low, high = _peaks(law) if between is None else between
    if not 0 < low <= high:
        raise ScheduleError(message("peak_for_horizon.between", "must be two peaks above 0", between))
    found = []
    for peak in np.geomspace(low, high, _PEAKS):
        peak = float(f"{peak:.3g}")
        tried = [choice(law, spoken(peak, 3), cooled(peak, steps, warmup, f), steps) for f in _FRACTIONS]
        found.append(min(tried, key=lambda one: one.final.loss))
    known = law.peaks[1] if law.peaks else high
    over = min(found, key=lambda one: abs(np.log(max(one.schedule.phases()[-1].first, 1e-300) / known)))
    return advised(law, found, over, steps)


def _peaks(law: Law) -> tuple[float, float]:
    if not isinstance(law, Law) or law.effective is None:
        rule = "needs a law on the effective rate, for a plain one knows a single peak"
        raise ScheduleError(
            message("peak_for_horizon", rule, "a law on plain rates", "Fit with effective_rate=.")
        )
    if law.peaks is None or law.peaks[1] <= 1.05 * law.peaks[0]:
        rule = "needs a law of runs of two peaks, at least"
        raise ScheduleError(
            message("peak_for_horizon", rule, law.peaks, "rules.peak_for_horizon scales one peak.")
        )
    return law.peaks[0] / 1.5, law.peaks[1] * 1.5


def extend_or_restart(
    law: Predicts,
    done: Schedule,
    steps: int,
    more: int,
    *,
    peak: float,
    cooldown_from: int | None = None,
    warmup: int = 0,
) -> Advice:
    """How a run that has made ``steps`` updates is best made ``more`` updates longer.

    Four ways are compared, at the same number of updates in the end: go on at the last rate; warm up again to the peak
    and go down in a line to 0; go back to the checkpoint before the cooldown, hold, and cool down over the last 20%;
    and, at the price of all updates anew, one run with a cooldown of 20%.

    Args:
        law: as :func:`fit` gives it.
        done: the schedule of the run so far.
        steps: updates that it made.
        more: updates that it is to make.
        peak: the rate that is held or warmed up to, > 0.
        cooldown_from: the update of the checkpoint before the cooldown, if there is one.
        warmup: updates of a warmup of the new run.

    Raises:
        ScheduleError: a number is out of its range.
    """
    if steps < 1 or more < 1:
        raise ScheduleError(message("extend_or_restart", "steps and more must be at least 1", (steps, more)))
    whole, last = steps + more, float(done(steps - 1))
    again = max(1, more // 20)
    so_far = done[:steps]
    ways = [
        choice(law, "go on at the last rate", so_far >> hold(last, more), whole, more),
        choice(
            law,
            "warm up again",
            so_far >> linear(last, peak, again) >> linear(peak, 0.0, more - again or 1),
            whole,
            more,
        ),
        choice(law, "begin anew", cooled(peak, whole, warmup, _SECOND), whole, whole),
    ]
    if cooldown_from is not None:
        if not 0 < cooldown_from <= steps:
            raise ScheduleError(
                message("extend_or_restart.cooldown_from", f"must be in (0, {steps}]", cooldown_from)
            )
        down = min(round(_SECOND * whole), whole - cooldown_from)
        held = done[:cooldown_from] >> hold(peak, whole - cooldown_from - down) >> linear(peak, 0.0, down)
        ways.append(choice(law, "back before the cooldown", held, whole, whole - cooldown_from))
    found = advised(law, ways, ways[0], whole)
    return found._replace(said=found.said + _cheaper(found))


def _cheaper(found: Advice) -> str:
    """What is best of the ways with fewer updates to make than the best one has."""
    best = found.best
    less = next((one for one in found.choices if one.steps < best.steps), None)
    if less is None:
        return ""
    return f" That takes {best.steps:,} updates; with {less.steps:,}, {less.name} is best: {less.final.loss:.4f}."
