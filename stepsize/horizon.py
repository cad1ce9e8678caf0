"""The horizon: what a run is, so that "5%", "3 epochs" and "2B tokens" become updates, once.

A schedule itself holds numbers only. Its spelling may speak of a run; a :class:`Horizon` says which one.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from stepsize import _accept, _length
from stepsize._accept import Number
from stepsize._length import Length
from stepsize._value import Value
from stepsize.errors import HorizonNeeded, ScheduleError, message

_NEEDS = {
    "%": "steps, epochs or tokens",
    "progress": "steps, epochs or tokens",
    "epochs": "steps_per_epoch, or dataset_size and batch",
    "tokens": "tokens_per_step",
    "samples": "batch, or samples_per_step",
}


class Horizon(Value):
    """What a run is: how many updates, and what an update and an epoch hold.

    Exactly one of ``steps``, ``epochs`` and ``tokens`` says how long the run is; without any, lengths can be
    converted, but there is no share and no rest of the run. ``tokens`` alone are a run for schedules that count
    tokens. With n = dataset_size, b = batch, w = world_size,
    a = accumulation, an epoch has

        ceil(n / (b w)) micro-batches, floor with drop_last
        ceil(micro-batches / a) updates, floor without flush_tail
        and each update takes a b w samples

    Numbers may be texts such as "10k" or "300B". What does not come to a whole number of updates is rounded
    half to even.

    Args:
        steps: updates of the run; whole, >= 1.
        epochs: passes over the data; > 0. Needs ``steps_per_epoch``, or ``dataset_size`` and ``batch``.
        steps_per_epoch: updates of an epoch; > 0.
        dataset_size: examples of an epoch; whole, >= 1. Needs ``batch``.
        batch: examples of a micro-batch on one process; whole, >= 1.
        accumulation: micro-batches of an update; whole, >= 1.
        world_size: processes that share the data; whole, >= 1.
        drop_last: leave out a last micro-batch that is not full.
        flush_tail: at the end of an epoch, update with the micro-batches at hand, though fewer than ``accumulation``.
        tokens: tokens of the run; > 0. Needs ``tokens_per_step`` where updates are counted.
        tokens_per_step: tokens of an update; > 0.
        samples_per_step: examples of an update, where ``batch`` does not say it; > 0.

    Raises:
        ScheduleError: a number is out of its range, nothing or more than one says the length, or one is missing.

    >>> import stepsize as ss
    >>> run = ss.Horizon(epochs=3, dataset_size=9, batch=2, accumulation=2)
    >>> run.steps, run.steps_per_epoch, run.updates("1 epoch"), run.updates("50%")
    (9, 3, 3, 4)
    """

    steps: int | None
    steps_per_epoch: Number | None
    tokens_per_step: Number | None
    samples_per_step: Number | None
    tokens: Number | None  # of the run, where nothing says what an update takes

    def __init__(
        self,
        steps: Any = None,
        *,
        epochs: Any = None,
        steps_per_epoch: Any = None,
        dataset_size: Any = None,
        batch: Any = None,
        accumulation: Any = 1,
        world_size: Any = 1,
        drop_last: bool = False,
        flush_tail: bool = True,
        tokens: Any = None,
        tokens_per_step: Any = None,
        samples_per_step: Any = None,
    ) -> None:
        together = _whole("accumulation", accumulation), _whole("world_size", world_size)
        if batch is not None:
            _alone("samples_per_step", samples_per_step, "batch")
            samples_per_step = _whole("batch", batch) * together[0] * together[1]
        if dataset_size is not None:
            _alone("steps_per_epoch", steps_per_epoch, "dataset_size")
            size, micro = _whole("dataset_size", dataset_size), _whole("batch", batch)
            batches = _divided(size, micro * together[1], up=not drop_last)
            steps_per_epoch = _divided(batches, together[0], up=flush_tail)
            if not steps_per_epoch:
                rule = "an epoch must hold at least one update; it holds less than one full batch"
                remedy = "Keep the last one, or take smaller batches."
                raise ScheduleError(message("Horizon", rule, size, remedy))
        for name, given in (
            ("steps_per_epoch", steps_per_epoch),
            ("tokens_per_step", tokens_per_step),
            ("samples_per_step", samples_per_step),
        ):
            self.__dict__[name] = None if given is None else _positive(name, given)
        bare = tokens is not None and tokens_per_step is None
        self.__dict__["tokens"] = _positive("tokens", tokens) if bare else None
        self.__dict__["steps"] = None  # until it is known
        self.__dict__["steps"] = self._planned(steps, epochs, tokens)

    def _planned(self, steps: Any, epochs: Any, tokens: Any) -> int | None:
        """The updates of the run, from the one argument that says it."""
        lengths = {"steps": steps, "epochs": epochs, "tokens": tokens}
        given = {name: value for name, value in lengths.items() if value is not None}
        if len(given) > 1:
            rule = "one of steps, epochs and tokens says how long the run is"
            raise ScheduleError(message("Horizon", rule, ", ".join(given)))
        if not given and not any(self._values()):
            raise ScheduleError(message("Horizon", "needs steps, epochs or tokens", "nothing"))
        if steps is not None:
            return _whole("steps", steps)
        if self.tokens is not None:
            return None
        for name, value in given.items():
            return round(self._of(Length(Fraction(_positive(name, value)), name), "steps"))
        return None

    @property
    def open(self) -> bool:
        """Whether nothing says how long the run is."""
        return self.steps is None and self.tokens is None

    def updates(self, length: Any) -> Number:
        """The updates that a length takes: "5%", "3 epochs", "2B tokens", "10k steps", or a number of them.

        Args:
            length: its spelling, or a number of updates >= 0, which stays as it is.

        Returns:
            Whole updates; ties go to even. A number stays what it is.

        Raises:
            ScheduleError: it is no length, or the horizon does not know what it needs to know.

        >>> import stepsize as ss
        >>> ss.Horizon(tokens="2B", tokens_per_step="0.5M").updates("5%")
        200
        """
        if not isinstance(length, str):
            return _accept.length("Horizon.updates", length)
        part = _length.read("Horizon.updates", length)
        return spread("Horizon.updates", [measured("Horizon.updates", part, "steps", self)], "steps", self)[0]

    def lengths(self, *parts: Any) -> tuple[Number, ...]:
        """The updates of several phases in a row, which always add up; None takes the rest of the run.

        Shares are rounded on their cumulated sum, so that 33.3%, 33.3% and 33.4% are the whole run; the sum begins
        anew after the rest, which takes up what rounding leaves.

        Args:
            parts: spellings, numbers of updates, and at most one None.

        Raises:
            ScheduleError: one is no length, they do not fit into the run, or the horizon lacks what it needs to know.

        >>> import stepsize as ss
        >>> ss.Horizon(1010).lengths("5%", None, "5%")
        (50, 910, 50)
        """
        where = "Horizon.lengths"
        read = [None if part is None else _spoken(where, part) for part in parts]
        shares = sum((part.amount for part in read if part and part.unit == "%"), Fraction(0))
        if shares > 100:
            raise ScheduleError(message(where, "shares of the run may add up to 100%", f"{float(shares):g}%"))
        return spread(where, [part and measured(where, part, "steps", self) for part in read], "steps", self)

    def check(self, applied: Any) -> None:
        """Hold the plan against what a finished run has counted.

        Args:
            applied: updates that were applied; whole, >= 0.

        Raises:
            ScheduleError: they are not as many as were planned.
        """
        counted = _accept.count("Horizon.check", applied, least=0)
        if self.steps is not None and counted != self.steps:
            remedy = "Look at dataset_size, batch, accumulation, world_size, drop_last and flush_tail."
            rule = f"{self.steps} updates were planned, and as many must be applied"
            raise ScheduleError(message("Horizon", rule, counted, remedy))

    def _of(self, length: Length, clock: str) -> Fraction:
        """A length in units of a clock, exactly."""
        if self.tokens is not None and clock == "steps":
            rule = "to count updates it needs tokens_per_step"
            raise HorizonNeeded(message("Horizon", rule, self))
        return length.amount / self._each(length.unit) * self._each(clock)

    def _each(self, unit: str) -> Fraction:
        """How many of the unit an update has; the run, where nothing says what an update takes."""
        if self.tokens is not None and unit in ("tokens", "%", "progress"):
            return Fraction({"tokens": self.tokens, "%": 100, "progress": 1}[unit])
        known = {
            "steps": 1,
            "epochs": self.steps_per_epoch and 1 / Fraction(self.steps_per_epoch),
            "tokens": self.tokens_per_step,
            "samples": self.samples_per_step,
            "%": self.steps and Fraction(100, self.steps),
            "progress": self.steps and Fraction(1, self.steps),
        }
        if unit not in known:
            remedy = 'Count them: s.on("seconds").'
            raise ScheduleError(message("Horizon", "seconds are no updates", unit, remedy))
        if not (each := known[unit]):
            raise HorizonNeeded(message("Horizon", f"to know {_named(unit)} it needs {_NEEDS[unit]}", self))
        return Fraction(each)

    def __repr__(self) -> str:
        known = [
            f"{name}={getattr(self, name)!r}" for name in self._fields if getattr(self, name) is not None
        ]
        return f"Horizon({', '.join(known)})"


Measured = tuple[Fraction, bool]
"""A length in units of a clock, exactly, and whether it was converted, and so is rounded to whole units."""


def measured(where: str, length: Length, clock: str, horizon: Horizon | None) -> Measured:
    """A length in units of a clock.

    Raises:
        HorizonNeeded: it speaks of a run, and nothing says which.
        ScheduleError: it cannot be counted on that clock, or may be meant as a share.
    """
    if length.unit == "" and 0 < length.amount < 1 and clock != "progress":
        amount = float(length.amount)
        remedy = f'For a share write "{amount * 100:g}%", else "{amount:g} {clock}".'
        raise ScheduleError(message(where, "less than one needs a unit", amount, remedy))
    if length.amount >= _accept.FAR:
        raise ScheduleError(message(where, "a length must be below 2^63", str(length)))
    if length.unit in ("", clock):
        return length.amount, False
    if (length.unit, clock) == ("%", "progress"):
        return length.amount / 100, False
    if "seconds" in (length.unit, clock):
        rule = f"{_named(length.unit)} cannot be counted on the clock {clock}"
        raise ScheduleError(message(where, rule, str(length), "A schedule has one clock."))
    if horizon is None:
        remedy = f"Give one that knows {_NEEDS.get(length.unit, _NEEDS.get(clock))}: Horizon(...)."
        raise HorizonNeeded(message(where, f"{_named(length.unit)} need a horizon", str(length), remedy))
    return horizon._of(length, clock), clock != "progress"


def spread(
    where: str, parts: Sequence[Measured | None], clock: str, horizon: Horizon | None
) -> tuple[Number, ...]:
    """Phases in a row, converted lengths rounded half to even on their cumulated sum; None is the rest of the run."""
    if None not in parts:
        return _rounded(parts)
    if parts.count(None) > 1:
        raise ScheduleError(message(where, "only one phase may take the rest of the run", parts.count(None)))
    at = parts.index(None)
    run = _rounded([measured(where, Length(Fraction(100), "%"), clock, horizon)])[0]
    around = (*_rounded(parts[:at]), *_rounded(parts[at + 1 :]))
    if _sum(around) > run:  # 50% and 50% of 3 updates: where both were rounded up, they share what there is
        around = _rounded([part for part in parts if part is not None])
    if _sum(around) > run:
        rule = f"the other phases must fit into the run of {run} {clock}"
        remedy = "Shorten one, or lengthen the run."
        raise ScheduleError(message(where, rule, _accept.exact(_sum(around)), remedy))
    return (*around[:at], _accept.exact(Fraction(run) - _sum(around)), *around[at:])


def _rounded(parts: Sequence[Measured | None]) -> tuple[Number, ...]:
    found: list[Number] = []
    total = Fraction(0)
    for length, converted in filter(None, parts):
        before, total = total, total + (length if converted else 0)
        found.append(round(total) - round(before) if converted else _accept.exact(length))
    return tuple(found)


def _sum(lengths: Sequence[Number]) -> Fraction:
    return sum(map(Fraction, lengths), Fraction(0))


def _spoken(where: str, part: Any) -> Length:
    if isinstance(part, str):
        return _length.read(where, part)
    return Length(Fraction(_accept.length(where, part)), "steps")


def _named(unit: str) -> str:
    return {"%": "shares of the run", "": "numbers"}.get(unit, unit)


def _number(name: str, given: Any) -> Number:
    return _accept.amount(f"Horizon.{name}", given, name.partition("_per_")[0])


def _whole(name: str, given: Any) -> int:
    if given is None:
        raise ScheduleError(message("Horizon", f"needs {name} beside dataset_size", None, f"Give {name}=."))
    return _accept.count(f"Horizon.{name}", _number(name, given))


def _positive(name: str, given: Any) -> Number:
    number = _number(name, given)
    if not 0 < number < math.inf:
        raise ScheduleError(message(f"Horizon.{name}", "must be a finite number > 0", given))
    return _accept.whole(number)


def _alone(name: str, given: Any, other: str) -> None:
    if given is not None:
        raise ScheduleError(message("Horizon", f"{other} says {name} already", given, "Leave one out."))


def _divided(many: int, by: int, *, up: bool) -> int:
    return -(-many // by) if up else many // by
