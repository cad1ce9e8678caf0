"""What a log says of a run: the updates that it mentions, with their rates and losses, in the order of the log."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from stepsize.errors import ScheduleError, message

_COLUMNS = ("steps", "rates", "losses")


@dataclass(frozen=True, eq=False)
class Trace:
    """The rows of a log, in the order in which they were written; nothing is sorted, and nothing left out silently.

    Args:
        name: of the log, such as its file.
        steps: the step that each row gives; finite. After a resume they go back.
        rates: the rate that each row gives; nan where it gives none.
        losses: the loss that each row gives; nan where it gives none.
        counts: what the steps count: "steps" (updates), "epochs", "tokens", "samples", or "rows" where the log has no
            step and its rows were counted.
        columns: what the log calls them: "step", "rate", "loss", as far as it has them.
        notes: what was guessed, or left out, in plain sentences.
        format: of the file, such as "trainer" or "csv"; "" where there was none.

    Raises:
        ScheduleError: the columns have other lengths, or a step is not finite.

    >>> trace = Trace("log.csv", [0, 10, 20], [0.1, 0.2, 0.3], [2.5, 2.0, float("nan")])
    >>> len(trace), trace.rates.tolist()
    (3, [0.1, 0.2, 0.3])
    """

    name: str
    steps: Any
    rates: Any
    losses: Any
    counts: str = "steps"
    columns: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    format: str = ""

    def __post_init__(self) -> None:
        for column in _COLUMNS:
            values = np.asarray(getattr(self, column), dtype=float)
            if values.shape != (len(self.steps),):
                rule = "must hold one number a row, as many as there are steps"
                raise ScheduleError(message(f"Trace.{column}", rule, values.shape))
            values = values.copy() if values is getattr(self, column) else values
            values.setflags(write=False)
            object.__setattr__(self, column, values)
        if not np.isfinite(self.steps).all():
            raise ScheduleError(message("Trace.steps", "must be finite", "nan or infinity"))

    def __len__(self) -> int:
        return len(self.steps)

    def in_updates(self, per_epoch: float) -> "Trace":
        """The same rows with updates for steps, where a log counts epochs: epoch e is update e * per_epoch.

        Epochs that the log rounds, as 0.03 for 0.0333, leave the update open by as much. Where rows evenly spread agree
        with all of them, those are taken, and else the nearest whole updates; a note says which.

        Args:
            per_epoch: updates of an epoch; > 0.

        Raises:
            ScheduleError: the log does not count epochs, or the number is out of its range.

        >>> log = Trace("log.csv", [0, 1, 2], [0.1, 0.1, 0.01], [2.5, 2.0, 1.5], counts="epochs")
        >>> log.in_updates(500).steps.tolist()
        [0.0, 500.0, 1000.0]
        """
        if self.counts != "epochs":
            raise ScheduleError(
                message("Trace.in_updates", "must be of a log that counts epochs", self.counts)
            )
        if not 0 < per_epoch < np.inf:
            raise ScheduleError(
                message("Trace.in_updates", "an epoch must have updates, more than 0", per_epoch)
            )
        steps, how = _whole(self.steps * per_epoch, _half_unit(self.steps) * per_epoch)
        notes = (*self.notes, f"epochs of {per_epoch:,g} updates became steps{how}")
        return replace(self, steps=steps, counts="steps", notes=notes)


def _half_unit(epochs: Any) -> float:
    """Half a unit of the last decimal that any of them has."""
    return 0.5 * 10.0 ** -max((len(repr(one).partition(".")[2]) for one in epochs.tolist()), default=0)


def _whole(steps: Any, off: float) -> tuple[Any, str]:
    """Whole updates at most ``off`` away from these, evenly spread if they can be; and a word of how."""
    near = np.rint(steps)
    if np.abs(steps - near).max(initial=0) <= 1e-6 * max(1, np.abs(steps).max(initial=0)):
        return near, ""
    places = np.arange(len(steps))
    gap = round(float(steps[-1] - steps[0]) / max(len(steps) - 1, 1))
    even = places * gap + round(float(np.median(steps - places * gap)))
    if gap and np.abs(steps - even).max() <= off + 0.5:
        return even.astype(float), f", evenly {gap:,} apart, for epochs are rounded"
    return near, f", each off by {off:,.0f} at most, for epochs are rounded"
