"""Advice from a fitted law: a choice, what it gains, how sure that is, and when it makes no difference."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stepsize.errors import ScheduleError, message
from stepsize.laws.law import Final, Gain
from stepsize.laws.together import Predicts
from stepsize.recipes import wsd
from stepsize.schedule import Schedule

FRACTIONS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
USUAL = 0.2  # of the run, that a cooldown has where nobody chose


class Choice(NamedTuple):
    """One of the schedules that were compared, and what it would give."""

    name: str
    schedule: Schedule
    final: Final
    steps: int  # updates that are still to be made for it


class Advice(NamedTuple):
    """What to do.

    Attributes:
        best: the choice.
        over: what it is compared with: the usual thing, or the second best.
        gain: how much lower its loss is than that of ``over``, with a 95% interval.
        choices: all that were compared, the best first.
        said: a plain sentence.
    """

    best: Choice
    over: Choice
    gain: Gain
    choices: tuple[Choice, ...]
    said: str


def compare(law: Predicts, schedules: Mapping[str, Schedule], steps: int | None = None) -> Advice:
    """Which of several schedules gives the lowest loss.

    Args:
        law: as :func:`fit` gives it.
        schedules: two or more, by name.
        steps: updates of the run; default: as long as each is.

    Raises:
        ScheduleError: there are fewer than two, or the law knows nothing of their peaks.
    """
    if len(schedules) < 2:
        raise ScheduleError(message("compare", "needs two schedules, at least", len(schedules)))
    choices = [choice(law, name, s, steps) for name, s in schedules.items()]
    return advised(law, choices, sorted(choices, key=lambda one: one.final.loss)[1], steps)


def cooldown_fraction(
    law: Predicts, peak: float, steps: int, *, warmup: int = 0, shape: str = "linear",
    fractions: Sequence[float] = FRACTIONS, over: float = USUAL,
) -> Advice:  # fmt: skip
    """How much of a run that is held should cool down to 0.

    Args:
        law: as :func:`fit` gives it.
        peak: the rate that is held, > 0.
        steps: updates of the run.
        warmup: updates of the warmup.
        shape: of the cooldown, such as "linear" or "one_minus_sqrt".
        fractions: of the run, in (0, 1], that are compared.
        over: the fraction that the gain is counted against.

    Raises:
        ScheduleError: a fraction leaves no room for the warmup, or the law knows nothing of the peak.
    """
    room = 1 - warmup / steps
    choices = [
        choice(law, f"{f:.0%}", cooled(peak, steps, warmup, f, shape), steps)
        for f in sorted({*fractions, over}) if f <= room
    ]  # fmt: skip
    if not choices:
        raise ScheduleError(
            message("cooldown_fraction", f"must leave room for {warmup:,} of {steps:,}", tuple(fractions))
        )
    return advised(law, choices, next((c for c in choices if c.name == f"{over:.0%}"), choices[0]), steps)


def cooled(peak: float, steps: int, warmup: int, fraction: float, shape: str = "linear") -> Schedule:
    """Warm up, hold, and cool down to 0 over a share of the run."""
    return wsd(peak, steps, warmup=warmup, decay=max(1, round(fraction * steps)), shape=shape)


def advised(law: Predicts, choices: Sequence[Choice], over: Choice, steps: int | None) -> Advice:
    """The best of the choices, against another one."""
    ranked = sorted(choices, key=lambda one: (one.final.loss, one.steps))
    best = ranked[0]
    gain = law.gain(best.schedule, over.schedule, steps) if best is not over else Gain(0.0, 0.0, 0.0)
    return Advice(best, over, gain, tuple(ranked), _said(best, over, gain))


def _said(best: Choice, over: Choice, gain: Gain) -> str:
    if best is over:
        return f"{best.name} is as good as anything: {best.final.loss:.4f}."
    between = f"(95%: {gain.low:+.4f} to {gain.high:+.4f})"
    if not gain.meaningful:
        return (
            f"No meaningful difference: {best.name} is predicted {gain.gain:.4f} below {over.name} {between}."
        )
    return f"Take {best.name}: it is predicted {gain.gain:.4f} below {over.name} {between}."


def choice(
    law: Predicts, name: str, schedule: Schedule, steps: int | None, cost: int | None = None
) -> Choice:
    """A schedule with what the law gives for it; ``cost`` is how many of its updates are still to be made."""
    many = steps if steps is not None else int(schedule.length)
    return Choice(name, schedule, law.final(schedule, steps), many if cost is None else cost)
