"""A schedule in its run: what the rules look at, each found once and only when a rule asks for it."""

import math
from functools import cached_property
from itertools import islice, pairwise

from stepsize._accept import Number, whole
from stepsize.errors import ScheduleError
from stepsize.horizon import spread
from stepsize.schedule import Schedule
from stepsize.schedule.axes import position
from stepsize.schedule.picture import horizon
from stepsize.schedule.stretches import Stretch, stretches
from stepsize.schedule.summary import Extreme, summary
from stepsize.schedule.words import rate
from stepsize.training import Training

_MOST_STRETCHES = 1000  # of a schedule with more, no rule speaks of phases
_LOOKS = 200  # at a rise, to see that it is one


class Case:
    """A schedule, what is known of its run, and what follows from both. Positions are on the schedule's clock.

    Args:
        schedule: on any clock.
        training: what is known of the run.
        twin: the call of the twin that it is, such as "twin:torch.StepLR(0.1, 30)"; None where it is none.
    """

    def __init__(self, schedule: Schedule, training: Training | None = None, twin: str | None = None) -> None:
        self.schedule, self.training, self.twin = schedule, training or Training(), twin

    def knows(self, fact: str) -> bool:
        """Whether a fact is told: "run", its length, or what a Training calls it."""
        if fact == "run":
            return self.told is not None
        known = getattr(self.training, fact, None)
        return self.training.told(fact) is not None if known is None else known != ()

    # The run

    @cached_property
    def told(self) -> Number | None:
        """How long the run is, where it was told."""
        clock, run = self.schedule.clock, self.training.horizon
        if run is None:
            return None
        try:
            return spread("checks", [None], clock, run)[0]
        except ScheduleError:  # such as seconds, which no horizon counts
            return None

    @cached_property
    def run(self) -> Number | None:
        """How long the run is, as told; else as long as the schedule, where that has an end."""
        length = self.schedule.length
        return self.told or (length if 0 < length < math.inf else None)

    @cached_property
    def end(self) -> Number:
        """How far to look."""
        return self.run or horizon(self.schedule)

    @cached_property
    def update(self) -> Number | None:
        """How far an update goes on the clock; None where nothing says it, or where the batch changes."""
        run, clock = self.training.horizon, self.schedule.clock
        if clock == "steps" or run is None:
            return 1 if clock == "steps" else None
        if clock == "progress":
            return run.steps and 1 / run.steps
        if self.training.batch_changes:
            return None
        return {"tokens": run.tokens_per_step, "samples": run.samples_per_step}.get(clock)

    def updates(self, length: Number) -> Number | None:
        """The updates that a length on the clock takes."""
        if self.update is None:
            return None
        return whole(length / self.update)

    # The rates

    def rate(self, t: Number) -> float:
        """The rate at a position."""
        return float(self.schedule(t))

    @cached_property
    def last(self) -> Number | None:
        """The position of the last update of the run; None where it is not known."""
        if self.run is None or self.update is None:
            return None
        return max(math.ceil(self.run / self.update) - 1, 0) * self.update

    @cached_property
    def highest(self) -> Extreme:
        """The highest rate of the run, and where it is first."""
        return summary(self.schedule, self.end).highest

    @cached_property
    def lowest(self) -> Extreme:
        """The lowest rate of the run, and where it is first."""
        return summary(self.schedule, self.end).lowest

    @property
    def peak(self) -> float:
        """The highest rate of the run."""
        return self.highest.rate

    @property
    def multiplies(self) -> bool:
        """Whether its rates are shares of a rate that stands elsewhere: its peak is 1."""
        return self.peak == 1.0

    # The phases

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The phases up to the end of the run; none where there are too many."""
        found = tuple(islice(stretches(self.schedule, 0, self.end), _MOST_STRETCHES + 1))
        return found if len(found) <= _MOST_STRETCHES else ()

    @cached_property
    def warmup(self) -> Number | None:
        """How long the rate rises to its peak: 0 where it begins there; None where it also falls on the way."""
        top, start = self.highest, self.rate(0)
        if self.peak <= 0 or start >= 0.9 * self.peak:
            return 0
        looks = [self.rate(top.at * k / _LOOKS) for k in range(_LOOKS)]
        rises = all(a <= b + 1e-9 * self.peak for a, b in pairwise([*looks, top.rate]))
        return top.at if rises else None

    # The optimizer

    @property
    def adam(self) -> bool:
        """Whether the optimizer is Adam, by whatever name: adamw, nadam, adamw_torch_fused."""
        return "adam" in (self.training.optimizer or "")

    # Words

    def counted(self, n: Number) -> str:
        """A length in words: "500 updates", "375M tokens"; a share of the progress as "5%"."""
        clock = self.schedule.clock
        if clock == "progress":
            return f"{100 * n:.3g}% of the run"
        unit = "updates" if clock == "steps" else clock
        return f"{position(n)} {unit.removesuffix('s') if n == 1 else unit}"

    @staticmethod
    def share(part: float) -> str:
        """A share in words: "5%", "0.25%"."""
        return f"{100 * part:.3g}%"

    @staticmethod
    def shown(value: float) -> str:
        """A rate in words, in four digits."""
        return rate(value, 4)
