"""What a task is given to train with, and what it tells: one run of a race, seen from inside."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule

RATES = ("lr", "rate", "learning_rate")  # names under which a task may log the rate that it used
VALIDATION = "validation"
_SAME = 1e-5  # of the schedule's rate, within which a reported one is it: frameworks keep rates in float32
_EVERY = 0.2  # seconds between two words about how far a run is
RECENT = 0.05  # of a run, whose training losses are meant by "now"


class Ended(BaseException):
    """A run is over before its last update. No task should catch it, so it is no ``Exception``."""


class TaskError(ScheduleError):
    """A task does not do what it is asked to."""


class Trial:
    """One run, as a task sees it: ``train(run)`` trains under ``run.schedule`` and calls ``run.log``.

    Args:
        schedule: from updates already applied to the rate of the next one.
        seed: of the initial weights and of the order of batches: the same for all schedules that are compared.
        steps: updates to make.
        folder: for checkpoints; it is this run's own, and exists.
        device: such as "cpu" or "cuda:0".
        text: a file to learn from, of tasks that read text.
        tell: is called now and then with (update, loss now, whether it is at one of ``rungs``); a text that it returns
            ends the run.
        rungs: updates at which ``tell`` is asked whether the run shall go on.

    >>> import stepsize as ss
    >>> run = Trial(ss.linear(0.1, 0.0, 3), seed=0, steps=3, folder=Path("."))
    >>> for step in range(run.steps):
    ...     run.log(step, 2.0 - step, lr=run.schedule(step))
    >>> run.losses
    [2.0, 1.0, 0.0]
    """

    def __init__(
        self,
        schedule: Schedule,
        seed: int,
        steps: int,
        folder: Path,
        *,
        device: str = "cpu",
        text: Path | None = None,
        tell: Callable[[int, float, bool], str] = lambda step, loss, rung: "",
        rungs: tuple[int, ...] = (),
    ) -> None:
        self.schedule, self.seed, self.steps, self.folder = schedule, seed, steps, folder
        self.device, self.text = device, text
        self.at: list[int] = []
        self.losses: list[float] = []
        self.evaluations: list[tuple[int, float]] = []
        self.metrics: dict[str, list[tuple[int, float]]] = {}
        self.reported = False
        self._tell, self._rungs, self._told = tell, sorted(rungs), time.monotonic()
        self._optimizer: Any = None

    def watch(self, optimizer: Any) -> None:
        """Read the rate of each logged update from a torch optimizer, and hold it against the schedule's."""
        self._optimizer = optimizer

    def log(self, step: int, loss: Any, **metrics: Any) -> None:
        """Tell what an update gave.

        Args:
            step: updates applied before this one: 0 for the first.
            loss: the training loss that the update was computed from.
            metrics: numbers by name; what is None is left out. ``validation=`` is the loss on data that is not
                trained on, after this update: by the last one schedules are compared. ``lr=`` is the rate that was
                used, which is held against the schedule's. All else is kept as it is.

        Raises:
            TaskError: steps do not rise, or leave the run; a value is no number; or the rate is not the schedule's.
        """
        if type(step) is not int or not (self.at[-1] if self.at else -1) < step < self.steps:
            rule = f"steps must rise, within 0 .. {self.steps - 1}"
            raise TaskError(
                message("log", rule, f"{step!r} after {self.at[-1] if self.at else 'none'}", _ONCE)
            )
        value = number("loss", loss)
        self.at.append(step)
        self.losses.append(value)
        if self._optimizer is not None:
            self._check(step, float(self._optimizer.param_groups[0]["lr"]))
        for name, own in metrics.items():
            if own is not None:
                self._metric(name, step, number(name, own))
        if not math.isfinite(value):
            raise Ended(f"diverged: the loss of update {step:,} is {value}")
        self._may_go_on(step)

    def _metric(self, name: str, step: int, value: float) -> None:
        if name in RATES:
            self._check(step, value)
        elif name == VALIDATION:
            self.evaluations.append((step + 1, value))
        else:
            self.metrics.setdefault(name, []).append((step, value))

    def _check(self, step: int, used: float) -> None:
        self.reported = True
        asked = float(self.schedule(step))
        if not math.isclose(used, asked, rel_tol=_SAME, abs_tol=1e-12):
            rule = f"update {step:,} must use the rate of the schedule, {asked:.6g}"
            raise TaskError(
                message(
                    "task",
                    rule,
                    f"{used:.6g}",
                    "Set it before the update, and log after it, before a scheduler steps.",
                )
            )

    def _may_go_on(self, step: int) -> None:
        rung = bool(self._rungs) and step + 1 >= self._rungs[0]
        if not rung and time.monotonic() - self._told < _EVERY:
            return
        self._told = time.monotonic()
        while self._rungs and step + 1 >= self._rungs[0]:
            self._rungs.pop(0)
        if why := self._tell(step + 1, self.now(), rung):
            raise Ended(why)

    def now(self) -> float:
        """The last validation loss; without any, the mean of the losses of the last twentieth of the run's updates."""
        if self.evaluations:
            return self.evaluations[-1][1]
        many, since = 0, self.at[-1] - RECENT * self.steps
        while many < len(self.at) and (self.at[-1 - many] > since or not many):
            many += 1
        return math.fsum(self.losses[-many:]) / many

    def must_be_whole(self) -> None:
        """Refuse what a task that has returned did not do.

        Raises:
            TaskError: it logged nothing, or stopped long before the last update.
        """
        if not self.at:
            raise TaskError(message("task", "must call run.log(step, loss)", "no call"))
        gaps = [b - a for a, b in zip(self.at, self.at[1:], strict=False)]
        if self.steps - 1 - self.at[-1] > max(gaps, default=self.at[0] + 1):
            rule = f"must make all {self.steps:,} updates, and log to the end"
            raise TaskError(message("task", rule, f"update {self.at[-1]:,} as the last one"))

    def validated(self) -> tuple[tuple[int, float], ...]:
        """The validation losses to the end; where the last is missing, the training loss now stands for it."""
        if self.evaluations and self.evaluations[-1][0] >= self.at[-1] + 1:
            *before, (_, last) = self.evaluations
            return (*before, (self.steps, last))
        if self.evaluations:
            rule = "must log validation= with the last update, as it does before"
            raise TaskError(
                message("task", rule, f"the last one after {self.evaluations[-1][0]:,} of {self.steps:,}")
            )
        return ((self.steps, self.now()),)


_ONCE = "Log each update once, with the number of updates before it."


def number(name: str, value: Any) -> float:
    """What a task logs, as a plain number.

    Raises:
        TaskError: it is none.
    """
    try:
        return float(value.detach() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError):
        rule = "must be a number, or a tensor of one"
        raise TaskError(message(f"log.{name}", rule, type(value).__name__)) from None
