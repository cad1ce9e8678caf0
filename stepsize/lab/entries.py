"""Who runs in a race: schedules by name, at one peak or at several."""

import re
from collections.abc import Mapping, Sequence

from stepsize.errors import ScheduleError, message
from stepsize.lab.task import Task
from stepsize.lab.tasks import unknown
from stepsize.schedule import Schedule

Entries = list[tuple[float | None, dict[str, Schedule]]]
"""For each peak the schedules by name; the peak is None where none was given."""


def by_name(task: Task, names: Sequence[str] | None, steps: int, peaks: Sequence[float]) -> Entries:
    """The schedules of a task that are asked for, or its usual ones.

    Raises:
        ScheduleError: it has none of that name, or the task is a user's and no peak is given.
    """
    chosen = list(task.usual if names is None else dict.fromkeys(names))
    for name in chosen:
        if name not in task.schedules:
            raise ScheduleError(unknown("schedule", name, task.schedules))
    tried = tuple(peaks) or ((task.peak,) if task.peak else ())
    if not tried:
        rule = "must say the highest rate of the schedules, for a task of yours"
        raise ScheduleError(message("--peaks", rule, None, "Or give schedules: --for."))
    return [
        (peak if peaks else None, {name: task.schedules[name](steps, peak) for name in chosen}) for peak in tried
    ]  # fmt: skip


def spelled(given: Mapping[str, Schedule], steps: int, peaks: Sequence[float]) -> Entries:
    """Schedules of one's own by what they were given as; at each peak, scaled to it.

    Raises:
        ScheduleError: a schedule has no rate above 0 to scale.
    """
    named: dict[str, Schedule] = {}
    for spec, schedule in given.items():
        name = _name(spec, named)
        named[name] = schedule
    if not peaks:
        return [(None, named)]
    own = {name: max(float(s(step)) for step in range(steps)) for name, s in named.items()}
    for name, peak in own.items():
        if not peak > 0:
            raise ScheduleError(message("--peaks", "needs schedules with a rate above 0", name))
    return [(peak, {name: s * (peak / own[name]) for name, s in named.items()}) for peak in peaks]


def _name(spec: str, taken: Mapping[str, object]) -> str:
    """A name that a file can have: the words of the spelling."""
    name = re.sub(r"[^\w.+]+", "-", spec.replace("%", "pct")).strip("-.+")[:60] or "schedule"
    many = sum(other == name or other.startswith(f"{name}.") for other in taken)
    return f"{name}.{many + 1}" if many else name
