"""A finished run as the laws take it: the rate of every update, and losses here and there."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.records import Run, Trace
from stepsize.schedule import Schedule

LEAST = 10  # losses of a curve
_TAIL = 10  # times the largest gap between two losses, by which a log may go on after the last one
_MOST = 50_000_000  # updates


@dataclass(frozen=True, eq=False)
class Curve:
    """The loss of a run, and the rates that gave it.

    Args:
        rates: the rate of update 0, 1, ...; an array, or a schedule that ends no earlier than the last loss.
        steps: updates at which a loss is known, rising whole numbers from 0. The loss at step k has seen the rates of
            updates 0 to k.
        losses: as many, in nats, > 0, of training or of validation; never mix the two.
        warmup: updates that only warm up: their losses are not fitted, their rates count. Default: those before the
            rate is first at its highest.
        name: for tables.

    Raises:
        ScheduleError: there are fewer than 10 losses after the warmup, the steps do not rise, a loss is not a finite
            number above 0, or the rates do not reach the last step.

    >>> import stepsize as ss
    >>> steps = range(100, 1000, 50)
    >>> curve = Curve(ss.warmup_cosine(3e-4, 1000, warmup=100), steps, [3 + 10 / k for k in steps])
    >>> len(curve.rates), curve.warmup, curve.peak
    (951, 100, 0.0003)
    """

    rates: Any
    steps: Any
    losses: Any
    warmup: int | None = None
    name: str = "a run"

    def __post_init__(self) -> None:
        steps, losses = _column(self.name, "steps", self.steps), _column(self.name, "losses", self.losses)
        if len(steps) != len(losses):
            raise ScheduleError(message(self.name, "must have a loss a step", (len(steps), len(losses))))
        if len(steps) < LEAST:
            rule = f"a law needs {LEAST} losses of a run, at least"
            raise ScheduleError(message(self.name, rule, len(steps), "Log more often."))
        _must_rise(self.name, steps)
        _must_be_losses(self.name, losses)
        rates = rates_of(self.name, self.rates, int(steps[-1]) + 1)
        warmup = int(rates.argmax()) if self.warmup is None else self.warmup
        for name, value in {
            "rates": rates,
            "steps": steps.astype(np.int64),
            "losses": losses,
            "warmup": warmup,
        }.items():
            object.__setattr__(self, name, value)
        left = int(self.counts.sum())
        if left < LEAST:
            rule = f"a law needs {LEAST} losses after the warmup, at least"
            raise ScheduleError(message(self.name, rule, left, f"The warmup ends at update {warmup:,}."))

    @property
    def counts(self) -> Any:
        """Which losses are fitted: those after the warmup."""
        return self.steps >= max(self.warmup or 0, 1)

    @property
    def peak(self) -> float:
        """The highest rate."""
        return float(self.rates.max())

    @property
    def final(self) -> float:
        """The last loss."""
        return float(self.losses[-1])

    @classmethod
    def of_run(cls, run: Run, *, training: bool = False) -> "Curve":
        """The validation losses of a run of the lab, or its training losses."""
        if training:
            return cls(np.array(run.rates), np.array(run.updates), np.array(run.losses), name=run.name)
        seen = [(applied - 1, loss) for applied, loss in run.evaluations if applied > 0]
        steps, losses = zip(*seen, strict=True) if seen else ((), ())
        return cls(np.array(run.rates), np.array(steps, float), np.array(losses, float), name=run.name)

    @classmethod
    def of_trace(cls, trace: Trace, schedule: Schedule | None = None, warmup: int | None = None) -> "Curve":
        """What a log tells; the rates by the schedule, or, without one, straight lines between those of the log.

        Before the first rate of the log a line rises from 0 to it, as a warmup does.
        """
        if trace.counts != "steps":
            raise ScheduleError(
                message(trace.name, "must count updates", trace.counts, "Trace.in_updates makes them.")
            )
        steps, losses = _last_of_each(trace.steps, trace.losses)
        _must_go_to_the_end(trace.name, trace.steps, steps)
        rates: Any = schedule
        if schedule is None:
            at, known = _last_of_each(trace.steps, trace.rates)
            if not len(at):
                rule = "must have rates, or a schedule that tells them"
                raise ScheduleError(message(trace.name, rule, "no rate"))
            end = int(steps[-1]) + 1 if len(steps) else 1
            rates = np.interp(
                np.arange(end), np.r_[0, at] if at[0] > 0 else at, np.r_[0, known] if at[0] > 0 else known
            )
        return cls(rates, steps, losses, warmup, trace.name)


def _must_go_to_the_end(name: str, logged: Any, steps: Any) -> None:
    """Refuse a log without losses, and one whose losses end long before it does, as those of a diverged run."""
    if not len(steps):
        remedy = 'A column of losses is called "loss".'
        raise ScheduleError(message(name, "must have losses", f"none in {len(logged)} rows", remedy))
    gap = float(np.diff(steps).max()) if len(steps) > 1 else 0.0
    if np.max(logged) - steps[-1] > _TAIL * gap:
        got = f"the last one at {steps[-1]:,.0f} of {np.max(logged):,.0f}"
        remedy = "A diverged run follows no law; else cut the log there."
        raise ScheduleError(message(name, "losses must go to the end of the log", got, remedy))


def rates_of(where: str, rates: Any, steps: int | None) -> Any:
    """The rate of every update, as an array; a schedule is asked for as many as are named, or as it is long.

    Raises:
        ScheduleError: they are not finite numbers >= 0, there are too few, or the schedule never ends.
    """
    if isinstance(rates, Schedule):
        if steps is None:
            if not rates.length < np.inf:
                raise ScheduleError(
                    message(where, "a schedule without an end needs steps", str(rates), "Say how many.")
                )
            steps = int(rates.length)
        _must_fit(where, steps)
        return np.asarray(rates(np.arange(steps)), float)
    found = _column(where, "rates", rates)
    if steps is not None and len(found) < steps:
        rule = f"must have a rate for each of {steps:,} updates"
        raise ScheduleError(message(where, rule, len(found), "The last loss is after the last rate."))
    if not len(found) or not np.isfinite(found).all() or (found < 0).any() or not found.any():
        raise ScheduleError(message(where, "rates must be finite numbers >= 0, and one above 0", "others"))
    return found if steps is None else found[:steps]


def _must_fit(where: str, steps: int) -> None:
    if not 1 <= steps <= _MOST:
        raise ScheduleError(message(where, f"must have 1 to {_MOST:,} updates", steps))


def _column(where: str, what: str, values: Any) -> Any:
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ScheduleTypeError(message(where, f"{what} must be numbers", type(values).__name__)) from error
    if found.ndim != 1:
        raise ScheduleTypeError(message(where, f"{what} must be one row of numbers", found.shape))
    return found


def _last_of_each(steps: Any, values: Any) -> tuple[Any, Any]:
    """The rows with a value, in order; of a step that is there twice the last one, as after a resume."""
    known = np.isfinite(values)
    at, first = np.unique(steps[known][::-1], return_index=True)
    return at, values[known][::-1][first]


def _must_rise(where: str, steps: Any) -> None:
    if not np.isfinite(steps).all() or steps[0] < 0 or (steps != np.rint(steps)).any():
        raise ScheduleError(message(where, "steps must be whole numbers from 0", "others", "Count updates."))
    back = np.flatnonzero(np.diff(steps) <= 0)
    if len(back):
        got = f"{steps[back[0]]:g}, then {steps[back[0] + 1]:g}"
        raise ScheduleError(message(where, "steps must rise", got, "Sort them, and keep one run."))
    _must_fit(where, int(steps[-1]) + 1)


def _must_be_losses(where: str, losses: Any) -> None:
    bad = np.flatnonzero(~np.isfinite(losses) | (losses <= 0))
    if len(bad):
        rule = "losses must be finite numbers above 0"
        raise ScheduleError(message(where, rule, float(losses[bad[0]]), "A diverged run follows no law."))
