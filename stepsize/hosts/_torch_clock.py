"""What a position on the schedule is: updates, or what they take, or their share of the run, or seconds.

A driver counts updates; its clock says where on the schedule that is. A checkpoint carries what the clock needs to go
on from the same place, though batches may have changed.
"""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import distributed
from torch.optim import Optimizer

from stepsize import _accept
from stepsize._accept import Number
from stepsize.clocks import COUNTED, Plan, planned
from stepsize.errors import CheckpointError, ScheduleError, ScheduleTypeError, message
from stepsize.hosts import _state
from stepsize.hosts._stopwatch import Stopwatch
from stepsize.schedule import Schedule

Schedules = tuple[Schedule, ...]


def rates(schedules: Schedules, t: Number) -> tuple[float, ...]:
    """The rate of each schedule at a position on its clock."""
    return (schedules[0](t),) if len(schedules) == 1 else tuple([s(t) for s in schedules])


class Clock(ABC):
    """Where on its schedule a driver stands after so many updates."""

    name: str

    @abstractmethod
    def elapsed(self, updates: int) -> Number:
        """The position on the schedule."""

    @abstractmethod
    def saved(self, updates: int) -> tuple[Number, ...]:
        """What a checkpoint must carry besides the updates and the clock's name: one number, or none."""

    @abstractmethod
    def loaded(self, where: str, saved: Any, updates: int, on_change: str) -> "Clock":
        """The clock that goes on from a checkpoint; this one stays as it is.

        Raises:
            CheckpointError: ``saved`` is not ours, or of another run while ``on_change`` is "error".
        """

    def rates(self, schedules: Schedules, updates: int) -> tuple[float, ...]:
        """The rates after so many updates. Any rank may ask alone, at any time."""
        return rates(schedules, self.elapsed(updates))

    def read(self, schedules: Schedules, updates: int) -> tuple[float, ...]:
        """The same, for the update that comes; all ranks ask together, and get the same."""
        return self.rates(schedules, updates)


class Updates(Clock):
    """The clock "steps": the position is the number of updates, and there is nothing between."""

    name = "steps"
    rates = read = staticmethod(rates)  # type: ignore[assignment]  # no call more than before there were clocks

    def elapsed(self, updates: int) -> Number:
        return updates

    def saved(self, updates: int) -> tuple[Number, ...]:
        return ()

    def loaded(self, where: str, saved: Any, updates: int, on_change: str) -> Clock:
        if saved != [self.name]:
            raise _foreign(where, 'must hold no clock beside updates, for a schedule on "steps"', saved)
        return self


class Taken(Clock):
    """The clocks "samples" and "tokens": what the updates took, by a plan."""

    def __init__(self, name: str, plan: Plan) -> None:
        self.name, self._plan = name, plan

    def elapsed(self, updates: int) -> Number:
        return self._plan.after(updates)

    def saved(self, updates: int) -> tuple[Number, ...]:
        return (self._plan.after(updates),)

    def loaded(self, where: str, saved: Any, updates: int, on_change: str) -> Clock:
        """What was taken was taken, though the present plan would have taken something else until then."""
        taken = _own(where, saved, self.name)
        if type(taken) is not int or not 0 <= taken < _accept.FAR:
            raise _foreign(where, f"must hold a whole number of {self.name} >= 0", taken)
        plan = Plan(self._plan.per_update)
        return Taken(self.name, plan if plan.after(updates) == taken else plan.since(updates, taken))


class Progress(Clock):
    """The clock "progress": the share of the run's updates."""

    name = "progress"

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def elapsed(self, updates: int) -> Number:
        return updates / self._steps

    def saved(self, updates: int) -> tuple[Number, ...]:
        return (self._steps,)

    def loaded(self, where: str, saved: Any, updates: int, on_change: str) -> Clock:
        steps = _own(where, saved, self.name)
        if type(steps) is not int or not 1 <= steps < _accept.FAR:
            raise _foreign(where, "must hold the whole number of updates of the run", steps)
        if steps != self._steps and on_change == "error":
            rule = (
                f"the checkpoint must be of a run of {self._steps} updates, for progress is a share of them"
            )
            remedy = 'Build with on_change="mine" to go on with the present number, or "saved" with that one.'
            raise CheckpointError(message(f"{where}.load_state_dict", rule, steps, remedy))
        return Progress(steps) if on_change == "saved" else self


class Seconds(Clock):
    """The clock "seconds": what a stopwatch says, read for each update by the first rank, which tells the others."""

    name = "seconds"

    def __init__(self, watch: Stopwatch, optimizer: Optimizer, saved: float | None = None) -> None:
        watch.start()
        self._watch, self._optimizer, self._reads = watch, optimizer, 0
        self._reading = watch.before if saved is None else saved  # until the ranks agree on another one
        self._ahead = 0.0 if saved is None else saved - watch.seconds  # what this watch did not see

    def elapsed(self, updates: int) -> Number:
        return self._reading

    def read(self, schedules: Schedules, updates: int) -> tuple[float, ...]:
        if self._reads % self._watch.every == 0:
            self._reading = self._agreed(max(self._ahead + self._watch.seconds, self._reading))
        self._reads += 1
        return rates(schedules, self._reading)

    def _agreed(self, seconds: float) -> float:
        """What the first rank says. Clocks differ, and ranks with different rates would train different models."""
        if not (distributed.is_available() and distributed.is_initialized()):
            return seconds
        parameter = next(p for group in self._optimizer.param_groups for p in group["params"])
        told = torch.tensor(seconds, dtype=torch.float64, device=parameter.device)
        distributed.broadcast(told, src=0)
        return float(told.item())

    def saved(self, updates: int) -> tuple[Number, ...]:
        """The last reading, and not this moment: on it all ranks agree, whichever of them saves."""
        return (self._reading,)

    def loaded(self, where: str, saved: Any, updates: int, on_change: str) -> Clock:
        seconds = _own(where, saved, self.name)
        if type(seconds) not in (int, float) or not 0 <= seconds < _accept.FAR:
            raise _foreign(where, "must hold a number of seconds >= 0", seconds)
        return Seconds(self._watch, self._optimizer, float(seconds))


def check(where: str, s: Any, *, per_update: Any, seconds: Any) -> None:
    """Refuse what :func:`clock_of` would refuse of a run whose length is not known yet.

    Raises:
        ScheduleError: it is no schedule, or what counts its clock is missing or of another one.
    """
    _state.counted(where, s, s.clock if isinstance(s, Schedule) else "steps")
    if s.clock != "seconds" or per_update is not None:
        clock_of(
            where, s, None, per_update=per_update, steps=1 if s.clock == "progress" else None, seconds=seconds
        )


def clock_of(where: str, s: Schedule, optimizer: Any, *, per_update: Any, steps: Any, seconds: Any) -> Clock:
    """The clock of a schedule, and what counts it; what counts another clock is refused."""
    wanted = {"per_update": COUNTED, "steps": ("progress",), "seconds": ("seconds",)}
    for name, given in (("per_update", per_update), ("steps", steps), ("seconds", seconds)):
        if given is not None and s.clock not in wanted[name]:
            clocks = " or ".join(f's.on("{known}")' for known in wanted[name])
            rule = f"counts for a schedule {clocks}"
            raise ScheduleError(message(f"{where}.{name}", rule, s.clock, "Name its clock, or leave it out."))
    if s.clock in COUNTED:
        return Taken(s.clock, _plan(where, s.clock, per_update))
    if s.clock == "progress":
        return Progress(_run(where, steps))
    if s.clock == "seconds":
        if seconds is not None and not isinstance(seconds, Stopwatch):
            remedy = "The budget itself is the length of the schedule."
            raise ScheduleTypeError(message(f"{where}.seconds", "must be a Stopwatch", seconds, remedy))
        return Seconds(Stopwatch() if seconds is None else seconds, optimizer)
    return Updates()


def _plan(where: str, name: str, given: Any) -> Plan:
    if given is None:
        rule = 'without per_update it counts the clock "steps" only'
        remedy = f"Write its lengths in updates, or give per_update=, the {name} that an update takes."
        raise ScheduleError(message(where, rule, name, remedy))
    plan = planned(given)
    if plan.counts not in (None, name):
        raise ScheduleError(message(f"{where}.per_update", f"must count {name}", plan.counts))
    return plan


def _run(where: str, given: Any) -> int:
    if given is None:
        remedy = "Give steps=, the updates of the whole run."
        raise ScheduleError(message(where, 'the clock "progress" needs steps', None, remedy))
    return _accept.count(f"{where}.steps", given)


def _own(where: str, saved: Any, name: str) -> Any:
    """The number of a saved clock; it must be of this name."""
    if not isinstance(saved, list) or len(saved) != 2 or saved[0] != name:
        raise _foreign(where, f"must hold a clock that counts {name}", saved)
    return saved[1]


def _foreign(where: str, rule: str, got: Any) -> CheckpointError:
    return CheckpointError(message(f"{where}.load_state_dict", f"the checkpoint {rule}", got))
