"""Early stopping of hopeless runs, by halving that knows that a decay looks worse until its end.

At a rung a run is stopped where even the largest fall that a finished run made from there, and half as much again,
would leave it above three quarters of the finished runs of its task, or above all of its own schedule at another
peak. So a run at a high rate, whose loss is high until it decays, is not stopped for that.
"""

from collections.abc import Callable, Iterator, Sequence
from math import fsum, isfinite

from stepsize.lab.plan import Planned
from stepsize.lab.trial import RECENT
from stepsize.records import Run

PARTS = (0.25, 0.5)  # of a run, at which it may be stopped
LEAST = 4  # finished runs, before any is stopped
BEATEN = 0.75  # of the finished runs, by which a run must be beaten at its best: the median stops good ones
PAIR = 2  # finished runs of a schedule at one peak, before it is not made to the end at a worse one
SLACK = 1.5  # times the largest fall that was seen, which a run may still hope for
Forecast = Callable[[Sequence[Run], Sequence[float], int, float], float | None]
"""From finished runs, the rate of every update of a run, how many it has made, and its loss now: the lowest last loss
that it may reach; None where that is not known. ``stepsize.laws.Forecast`` is one."""


def rungs(steps: int) -> tuple[int, ...]:
    """The updates at which a run of so many may be stopped."""
    return tuple(sorted({max(1, int(part * steps)) for part in PARTS}))


class Halving:
    """Learns from finished runs, and stops others.

    Args:
        forecast: another way to tell how low a run may still come, such as a law of the loss; where it gives None, the
            falls of finished runs are taken.
    """

    def __init__(self, forecast: Forecast = lambda finished, rates, step, loss: None) -> None:
        self._forecast = forecast
        self._finished: dict[str, list[Run]] = {}

    def learn(self, run: Run) -> None:
        """Take a finished run for comparison."""
        if not run.ended and not run.diverged:
            self._finished.setdefault(run.task, []).append(run)

    def decide(self, planned: Planned, step: int, loss: float) -> str:
        """Why a run should end here, or nothing.

        Args:
            planned: the run.
            step: updates that it has made.
            loss: its last validation loss; without any, its training loss now.
        """
        finished = self._finished.get(planned.task, [])
        if len(finished) < LEAST or not isfinite(loss):
            return ""
        lowest, by = self._lowest(finished, planned, step, loss)
        for bar, who in _bars(finished, planned):
            if lowest > bar:
                return (
                    f"stopped at update {step:,}: the loss is {loss:.4g}, and {by} leaves it at {lowest:.4g}, above "
                    f"{bar:.4g}, {who}"
                )
        return ""

    def _lowest(self, finished: Sequence[Run], planned: Planned, step: int, loss: float) -> tuple[float, str]:
        forecast = self._forecast(finished, planned.rates(planned.steps), step, loss)
        if forecast is not None:
            return forecast, "the lower end of its forecast"
        own = [run for run in finished if (run.name, run.peak) == (planned.name, planned.peak)]
        whose = "this schedule" if own else "one that has finished"
        return fallen(own or finished, step, loss), f"the largest fall of {whose}, and half as much again,"


def _bars(finished: Sequence[Run], planned: Planned) -> Iterator[tuple[float, str]]:
    """Losses above which a run need not end, and whose they are.

    A schedule counts at its best peak, so another peak of it is a bar, once it has shown to be a better one.
    """
    ends = sorted(at(run, run.steps) for run in finished)
    yield (
        ends[int(BEATEN * len(ends))],
        f"where three quarters of {len(ends)} finished runs ended lower",
    )
    by_peak: dict[float | None, list[float]] = {}
    for run in finished:
        if run.name == planned.name:
            by_peak.setdefault(run.peak, []).append(at(run, run.steps))
    own = by_peak.pop(planned.peak, [])
    for peak, others in by_peak.items():
        if len(others) >= PAIR and own and min(own) > max(others):
            yield (
                max(others),
                f"the highest of {len(others)} finished runs of this schedule at the peak {peak:g}",
            )


def fallen(runs: Sequence[Run], step: int, loss: float) -> float:
    """Where a loss ends that falls as far as that of any of these runs from there, and half as much again.

    Falls are factors, for losses that come down by orders of magnitude; differences, where a loss is not above 0.
    """
    falls = [(at(run, step), at(run, run.steps)) for run in runs]
    if loss > 0 and all(now > 0 and end > 0 for now, end in falls):
        return float(loss / max(1.0, *(now / end for now, end in falls)) ** SLACK)
    return loss - SLACK * max(0.0, *(now - end for now, end in falls))


def at(run: Run, step: int) -> float:
    """The last validation loss of the first so many updates; without any, the mean training loss of a twentieth."""
    validated = [loss for applied, loss in run.evaluations if applied <= step]
    if validated:
        return validated[-1]
    since = step - RECENT * run.steps
    near = [loss for k, loss in zip(run.updates, run.losses, strict=True) if since <= k < step]
    before = [loss for k, loss in zip(run.updates, run.losses, strict=True) if k < step]
    chosen = near or before[-1:] or [run.losses[0]]
    return fsum(chosen) / len(chosen)
