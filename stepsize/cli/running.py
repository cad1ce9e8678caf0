"""The run that is to change course: from a torch checkpoint, or from its schedule and how far it got."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from stepsize._accept import Number
from stepsize.cli.horizon import position
from stepsize.cli.source import read
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.schedule import Schedule

if TYPE_CHECKING:
    from stepsize.hosts.checkpoint import Saved

_CHECKPOINTS = (".pt", ".pth", ".ckpt", ".bin")


class Running(NamedTuple):
    """A run: its name, the schedule that it follows, where that stands, and what else a reader should know."""

    name: str
    schedule: Schedule
    at: Number
    notes: tuple[str, ...] = ()


def running(given: str, at: str | None, part: str | None, horizon: Horizon | None) -> Running:
    """The run that was asked for.

    Raises:
        ScheduleError: it cannot be read, or it is not said which schedule, or where it stands.
    """
    if given.lower().endswith(_CHECKPOINTS) or os.path.isdir(given):
        one = _chosen(given, part)
        stands = one.elapsed if at is None else position("--at", at, one.schedule.clock, horizon)
        return Running(f"{given}: {one.schedule}", one.schedule, stands, tuple(_notes(one)))
    if at is None:
        raise ScheduleError(message("--at", "must say how many updates are applied already", None))
    if part is not None:
        raise ScheduleError(message("--part", "is for a checkpoint", part, "Leave it out."))
    try:
        s = read(given, horizon).schedule
    except HorizonNeeded as error:
        first, *place = str(error).removeprefix("parse: ").split("\n")
        rule = first.split(";")[0]
        raise HorizonNeeded("\n".join([f"{rule}. Add --planned.", *place])) from None
    return Running(str(s), s, position("--at", at, s.clock, horizon))


def _chosen(path: str, part: str | None) -> "Saved":
    """The schedule of a checkpoint: the one that was named, or the only one."""
    from stepsize.hosts.checkpoint import saved  # it loads torch

    found = {one.where: one for one in saved(path)}
    if part is not None and part not in found:
        raise ScheduleError(message("--part", f"must be one of {', '.join(found)}", part))
    different = {(one.schedule, one.elapsed) for one in found.values()}
    if part is None and len(different) > 1:
        remedy = f"It has {', '.join(found)}."
        raise ScheduleError(
            message("--part", "must say which schedule of the checkpoint changes", None, remedy)
        )
    return next(iter(found.values())) if part is None else found[part]


def _notes(one: "Saved") -> Iterator[str]:
    if one.schedule.clock != "steps":
        yield f"  {one.updates:,} updates are applied; the schedule counts {one.schedule.clock}"
    if one.given != one.schedule:
        yield f"  it was given as {one.given}, and changed on the way"
    if one.groups:
        yield f"  {one.groups} more of its groups follow schedules of their own: change them by the same policy"
