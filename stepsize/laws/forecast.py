"""How low a run in mid-flight may still come, by a law of the finished ones: what an early stop may ask."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stepsize.errors import ScheduleError
from stepsize.laws.curve import Curve
from stepsize.laws.fit import fit, usual_memory
from stepsize.laws.fitting import named
from stepsize.laws.law import Law
from stepsize.records import Run

_SAME = 1.05  # of two peaks, within which they are one
_MOST = 4  # schedules of a fit: more of them cost time, and tell little
_NOW = 0.05  # of a run, over whose end the law's curve is held against the loss


class Forecast:
    """From finished runs, and from what a run has given so far, the lowest loss that it may end at.

    A law is fitted to the training losses of finished runs of the same peak, one of each of up to four schedules.
    What the run is above or below its curve now is added to its last point, and the lower end of the 95% interval is
    told: ``law.final(rates).low + loss - mean(law.predict(rates) over the last twentieth)``.

    Args:
        law: "area", "annealing", "multi_power", "functional" or "convex"; docs/laws.md has their formulas.

    Raises:
        ScheduleError: there is no law of this name.

    >>> import numpy as np
    >>> import stepsize as ss
    >>> def run(rates):  # of a loss that follows the area under its rates
    ...     losses = tuple(1 + 2 / (1 + np.cumsum(rates)))
    ...     return Run("mine:train", "x", {}, 0, len(rates), rates, losses, ((len(rates), losses[-1]),), 1.0, "", {})
    >>> rates = tuple(ss.hold(0.1)(k) for k in range(400))
    >>> lowest = Forecast("area")([run(rates)], rates, 200, 1.5)
    >>> bool(1.3 < lowest < 1.46)  # the finished run fell from 1.10 to 1.05 from there
    True
    """

    def __init__(self, law: str = "annealing") -> None:
        self._law = named(law).name
        self._fitted: dict[Any, Law | None] = {}

    def __call__(
        self, finished: Sequence[Run], rates: Sequence[float], step: int, loss: float
    ) -> float | None:
        """The lowest loss that a run may end at.

        Args:
            finished: runs of the same task.
            rates: of every update of this run, to its planned end.
            step: updates that it has made, of which at least one.
            loss: its loss now.

        Returns:
            A loss; None where no law can be fitted, or it does not know these rates.
        """
        known, peak = np.asarray(rates, float), max(rates)
        alike = [run for run in finished if max(run.rates) <= _SAME * peak and peak <= _SAME * max(run.rates)]
        law = self._of(alike)
        if law is None:
            return None
        near = np.arange(max(0, step - max(1, int(_NOW * len(known)))), step)
        try:
            return float(law.final(known).low + loss - law.predict(known, at=near).mean())
        except ScheduleError:
            return None

    def _of(self, runs: Sequence[Run]) -> Law | None:
        """The law of the first run of each schedule, fitted once."""
        first: dict[str, Run] = {}
        for run in runs:
            first.setdefault(run.name, run)
        chosen = list(first.values())[:_MOST]
        key = tuple((run.task, run.name, run.peak, run.seed) for run in chosen)
        if key not in self._fitted:
            self._fitted[key] = _fitted(chosen, self._law)
        return self._fitted[key]


def _fitted(runs: Sequence[Run], law: str) -> Law | None:
    try:
        curves = [Curve.of_run(run, training=True) for run in runs]
        return fit(curves, law, memory=usual_memory(curves))
    except ScheduleError:
        return None
