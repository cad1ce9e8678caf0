"""Early stopping of hopeless runs, by halving that knows that a decay looks worse until its end.

At a rung a run is compared with what finished runs of its task had left to fall from there: it is stopped where even
the largest fall that any of them made, and half as much again, would leave it above the better half of them. So a run
at a high rate, whose loss is high until it decays, is not stopped for that.
"""

from collections.abc import Callable
from math import fsum, isfinite
from statistics import median

from stepsize.lab.plan import Planned
from stepsize.records import Run

PARTS = (0.25, 0.5)  # of a run, at which it may be stopped
LEAST = 4  # finished runs, before any is stopped
SLACK = 1.5  # times the largest fall that was seen, which a run may still hope for
_NOW = 0.05  # of a run, whose mean loss stands for a moment
Forecast = Callable[[Planned, int, float], float | None]
"""From a run, its updates and its loss now: the lowest last loss that it may reach; None where that is not known."""


def rungs(steps: int) -> tuple[int, ...]:
    """The updates at which a run of so many may be stopped."""
    return tuple(sorted({max(1, int(part * steps)) for part in PARTS}))


class Halving:
    """Learns from finished runs, and stops others.

    Args:
        forecast: another way to tell how low a run may still come, such as a law of the loss; where it gives None, the
            falls of finished runs are taken.
    """

    def __init__(self, forecast: Forecast = lambda planned, step, loss: None) -> None:
        self._forecast = forecast
        self._finished: dict[str, list[Run]] = {}

    def learn(self, run: Run) -> None:
        """Take a finished run for comparison."""
        if not run.ended and not run.diverged:
            self._finished.setdefault(run.task, []).append(run)

    def decide(self, planned: Planned, step: int, loss: float) -> str:
        """Why a run should end here, or nothing."""
        known = self._finished.get(planned.task, [])
        if len(known) < LEAST or not isfinite(loss):
            return ""
        middle = median(at(run, run.steps) for run in known)
        lowest, by = self._forecast(planned, step, loss), "as forecast"
        if lowest is None:
            fall = max(max(at(run, step) - at(run, run.steps) for run in known), 0.0)
            lowest, by = (
                loss - SLACK * fall,
                f"the largest fall of {len(known)} finished runs, times {SLACK:g}",
            )
        if lowest <= middle:
            return ""
        return (
            f"stopped at update {step:,}: the loss is {loss:.4g}, and {by}, leaves it at {lowest:.4g}, "
            f"above their median of {middle:.4g}"
        )


def at(run: Run, step: int) -> float:
    """The mean training loss of the last twentieth of the run before so many updates."""
    since = step - _NOW * run.steps
    near = [loss for k, loss in zip(run.updates, run.losses, strict=True) if since <= k < step]
    before = [loss for k, loss in zip(run.updates, run.losses, strict=True) if k < step]
    chosen = near or before[-1:] or [run.losses[0]]
    return fsum(chosen) / len(chosen)
