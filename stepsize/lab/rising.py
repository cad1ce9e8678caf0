"""The learning-rate range test: rates that rise until the loss explodes.

Source: Smith 2017, Cyclical Learning Rates, arXiv 1506.01186, section 3.3.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from stepsize.errors import ScheduleError, message
from stepsize.records import Run
from stepsize.schedule import Schedule, linear, ramp

SMOOTHING = 0.98  # of an exponential mean over 100 updates; fewer have less
_EXPLODED = 4.0  # times the lowest smoothed loss, at which the test ends
LEAST = 10  # updates


class Curve(NamedTuple):
    """Rates that were tried, and the losses at each; by seed where there were several.

    Attributes:
        rates: rising.
        losses: of shape (seeds, rates); nan after the end of a seed that exploded.
    """

    rates: Any
    losses: Any

    @property
    def smooth(self) -> Any:
        """The mean over seeds, as a bias-corrected exponential mean."""
        with np.errstate(invalid="ignore"):
            whole = np.isfinite(self.losses).all(axis=0)
        return smoothed(self.losses[:, whole].mean(axis=0))

    @property
    def tried(self) -> Any:
        """The rates that every seed has a loss at."""
        return self.rates[np.isfinite(self.losses).all(axis=0)]


def schedule(lowest: float, highest: float, steps: int, *, exponential: bool = True) -> Schedule:
    """Rates from the lowest to the highest, at equal ratios or at equal distances.

    Raises:
        ScheduleError: the rates do not rise from above 0, or there are fewer than 10 updates.
    """
    if not 0 < lowest < highest < float("inf"):
        raise ScheduleError(message("range_test", "rates must rise from above 0", (lowest, highest)))
    if steps < LEAST:
        raise ScheduleError(message("range_test.steps", f"must be at least {LEAST}", steps))
    return (
        ramp(lowest, highest, steps - 1, "geometric") if exponential else linear(lowest, highest, steps - 1)
    )


def range_test(
    update: Callable[[int, float], float],
    *,
    lowest: float = 1e-6,
    highest: float = 1.0,
    steps: int = 200,
    exponential: bool = True,
) -> Curve:
    """Try rising rates with a loop of your own.

    Args:
        update: makes one update, given its number and rate, and returns the loss that it was computed from.
        lowest: rate of the first update, > 0.
        highest: rate of the last one.
        steps: updates, at least 10; the test ends before them where the loss is no number, or four times its lowest.
        exponential: rates at equal ratios; else at equal distances.

    Returns:
        The rates and losses of one seed. :func:`restored` puts a torch model back as it was.

    Raises:
        ScheduleError: a number breaks its rule.

    >>> x = [1.0]
    >>> def update(step, rate):
    ...     loss = x[0] ** 2
    ...     x[0] -= rate * 2 * x[0]
    ...     return loss
    >>> curve = range_test(update, lowest=1e-3, highest=10, steps=100)
    >>> bool(curve.losses[0, 0] == 1.0), len(curve.tried) < 100
    (True, True)
    """
    rising = schedule(lowest, highest, steps, exponential=exponential)
    rates = np.array([rising(step) for step in range(steps)])
    losses = np.full((1, steps), np.nan)
    for step, rate in enumerate(rates.tolist()):
        loss = float(update(step, rate))
        if not np.isfinite(loss):
            break
        losses[0, step] = loss
        if step > LEAST and loss > _EXPLODED * max(np.nanmin(smoothed(losses[0, : step + 1])), 1e-12):
            break
    return Curve(rates, losses)


def smoothed(losses: Any) -> Any:
    """An exponential mean without the bias of its beginning; the memory is a fiftieth of a hundred updates."""
    beta = SMOOTHING if len(losses) >= 100 else 1 - 2 / max(len(losses), 2)
    found, mean = np.empty(len(losses)), 0.0
    for k, loss in enumerate(losses):
        mean = beta * mean + (1 - beta) * loss
        found[k] = mean / (1 - beta ** (k + 1))
    return found


def of_runs(runs: Sequence[Run]) -> Curve:
    """The curve of runs under one :func:`schedule`, a seed each; cut where they explode."""
    longest = max(runs, key=lambda run: run.steps)
    losses = np.full((len(runs), longest.steps), np.nan)
    for k, run in enumerate(runs):
        own = np.interp(np.arange(run.steps), list(run.updates), run.losses)
        ends = np.flatnonzero(~np.isfinite(own))
        own = own[: ends[0]] if len(ends) else own
        lowest = np.minimum.accumulate(smoothed(own)) if len(own) else own
        above = np.flatnonzero((own > _EXPLODED * np.abs(lowest)) & (np.arange(len(own)) > LEAST))
        own = own[: above[0]] if len(above) else own
        losses[k, : len(own)] = own
    return Curve(np.array(longest.rates), losses)
