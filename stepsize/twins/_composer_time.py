"""Composer's lengths, such as "10ba", "1ep" or "0.3dur", in updates; and how its trainer lays a schedule."""

import re
from math import inf
from typing import Any, NamedTuple

from stepsize import _accept
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.schedule import Chain, Hold, Schedule, hold
from stepsize.schedule.chain import chain

_FORM = re.compile(r"(.+?)(iter|ep|ba|sp|tok|dur|sec)", re.IGNORECASE)
_RULE = 'must be a time such as "10ba", "1ep" or "0.3dur"'


class Trainer(NamedTuple):
    """What the trainer knows, and a schedule is not told: where it is named, and the lengths of run and epoch."""

    where: str
    max_duration: Any = None
    updates_per_epoch: Any = None
    ratio: float = 1.0  # scale_schedule_ratio

    def updates(self, name: str, time: Any, scaled: bool = True, least: int = 0) -> int:
        """A time in updates, cut to whole ones; without ``scaled`` the ratio of the run leaves it alone."""
        where = f"{self.where}.{name}"
        value, unit = _read(where, time)
        if unit == "dur":
            found = int(value * self._run(where))
        else:
            found = int(
                (value * self._epoch(where) if unit == "ep" else value) * (self.ratio if scaled else 1.0)
            )
        if found < least:
            rule = f"must be at least {least} update"
            raise ScheduleError(message(where, rule, time, "Theirs divides by it."))
        return _accept.count(where, found, 0)

    def run(self) -> int | None:
        """Updates of the run, where that is known."""
        return None if self.max_duration is None else self._run(f"{self.where}.max_duration")

    def _run(self, where: str) -> int:
        if self.max_duration is None:
            raise HorizonNeeded(message(where, "needs the length of the run", None, "Give max_duration=."))
        here = f"{self.where}.max_duration"
        value, unit = _read(here, self.max_duration)
        if unit == "dur":
            raise ScheduleError(message(here, 'must be a time such as "10ba" or "1ep"', self.max_duration))
        whole = int(value * self.ratio)
        if whole == 0:
            raise ScheduleError(message(here, "must be at least 1, when scaled", self.max_duration))
        return whole * self._epoch(here) if unit == "ep" else whole

    def _epoch(self, where: str) -> int:
        if self.updates_per_epoch is None:
            rule, remedy = "counts epochs, and nothing says how long they are", "Give updates_per_epoch=."
            raise HorizonNeeded(message(where, rule, None, remedy))
        return _accept.count(f"{self.where}.updates_per_epoch", self.updates_per_epoch)

    def applied(self, s: Schedule, every_batch: Any) -> Schedule:
        """By batches the schedule is one update late; by epochs it moves when one is over, and is not."""
        if isinstance(s, Hold):
            return s
        if every_batch:
            first, *rest = s.joined if isinstance(s, Chain) else (s,)
            if isinstance(first, Hold):
                return chain(hold(first.value, first.steps + 1), *rest)
            return hold(float(s(0)), 1) >> s
        epoch = self._epoch(f"{self.where}.step_schedulers_every_batch")
        endless = (
            s if s.length == inf else s >> hold(s._final)
        )  # its end may come first in the epoch behind it
        return endless.staircase(epoch)


def trainer(name: str, max_duration: Any, updates_per_epoch: Any, ratio: Any) -> Trainer:
    """The trainer of one twin."""
    where = f"twins.composer.{name}"
    scale = _accept.rate(f"{where}.scale_schedule_ratio", ratio, above=0.0)
    return Trainer(where, max_duration, updates_per_epoch, scale)


def _read(where: str, time: Any) -> tuple[float, str]:
    """The number and the unit."""
    found = _FORM.fullmatch(time.strip()) if isinstance(time, str) else None
    if found is None:
        raise ScheduleError(message(where, _RULE, time))
    unit = found[2].lower()
    if unit not in ("ba", "ep", "dur"):
        remedy = "Say it in batches, an update each: a twin does not know what is in one."
        raise ScheduleError(message(where, _RULE, time, remedy))
    try:
        value = float(found[1])
    except ValueError:
        raise ScheduleError(message(where, _RULE, time)) from None
    if not 0.0 <= value < _accept.FAR or (unit != "dur" and value != int(value)):
        raise ScheduleError(message(where, f"{_RULE}, whole and >= 0", time))
    return (value if unit == "dur" else int(value)), unit
