"""What a log says of a run: the updates that it mentions, with their rates and losses, in the order of the log."""

from dataclasses import dataclass, field
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
