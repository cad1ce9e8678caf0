"""The runs that a race needs: schedules times seeds. Whether a stored run is one of them is decided here."""

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepsize.errors import MissingExtra, ScheduleError, message
from stepsize.lab.task import MISSING, folder_of
from stepsize.lab.tasks import find
from stepsize.records import Run
from stepsize.schedule import Schedule, from_dict

MOST_STEPS = 1_000_000  # what a stored run can hold, several times over
MOST_SEEDS = 1_000
FIRST_SEED = 100  # the tasks' settings were chosen on seeds below; a race is judged on others


@dataclass(frozen=True)
class Planned:
    """One run that a race needs: all that decides its numbers, and the file it goes to.

    The fields up to ``versions`` are those of :class:`stepsize.records.Run`.
    """

    task: str
    name: str
    schedule: dict[str, Any]
    seed: int
    steps: int
    data: str
    versions: dict[str, str]
    text: Path | None
    path: Path
    peak: float | None = None
    device: str = "cpu"
    rungs: tuple[int, ...] = ()

    @property
    def folder(self) -> Path:
        """For the checkpoints of this run alone."""
        return self.path.with_suffix(".checkpoints")

    def rates(self, steps: int) -> tuple[float, ...]:
        """The rate of every update."""
        schedule = from_dict(self.schedule)
        return tuple(schedule(step) for step in range(steps))

    def fault(self, run: Run) -> str:
        """Why ``run`` is not this one, or nothing where it is."""
        for field, why in _DIFFERENT.items():
            if getattr(run, field) != getattr(self, field):
                return f"it was made {why}"
        if run.steps > self.steps or (run.steps < self.steps and not run.ended):
            return "it was made with another number of steps"
        if run.stopped and not self.rungs:
            return "it was stopped early, and this race stops none"
        return "" if run.rates == self.rates(run.steps) else "its rates are not those of its schedule"


_DIFFERENT = {
    "task": "on another task",
    "name": "under another name",
    "schedule": "under another schedule",
    "seed": "from another seed",
    "peak": "at another peak",
    "data": "on another text",
    "versions": "by other versions of the software",
}


def plan(
    task: str,
    schedules: Mapping[str, Schedule],
    *,
    seeds: int,
    steps: int,
    out: Path,
    text: Path | None = None,
    peak: float | None = None,
    first: int = FIRST_SEED,
    device: str = "cpu",
    rungs: Sequence[int] = (),
) -> list[Planned]:
    """Every run of a race, all schedules of one seed before the next seed. Makes the folders they go to.

    Args:
        task: name of a task, or package.module:function.
        schedules: by a name that can be part of a file's name.
        seeds: how many; seeds 100, 101, ... are paired: same initial weights, same batches; 1 to 1000.
        steps: updates of each run; 1 to 1,000,000.
        out: a run goes to ``out/<task>/<name>-seed<k>.json``, of several peaks to ``<name>-peak<p>-seed<k>.json``.
        text: a file to learn from, for a task that reads text.
        peak: of these schedules, where the race has several.
        first: the first seed.
        device: that the task is given, such as "cuda:0".
        rungs: updates at which a run may be stopped early.

    Raises:
        ScheduleError: an argument breaks its rule, the text is unfit, or the folder cannot be written.
    """
    found = find(task)
    steps_fit(steps)
    _count("seeds", seeds, MOST_SEEDS)
    if text is not None and not found.reads_text:
        raise ScheduleError(message("text", f"must be left out, for the task {task} reads none", str(text)))
    for name in schedules:
        if not re.fullmatch(r"\w[\w.+-]{0,99}", name):
            raise ScheduleError(
                message("schedules", "must have names made of letters, digits and _.+-", name)
            )
    data, versions, folder = found.data(text), found.versions(), out / folder_of(task)
    _installed(task, versions)
    writable(folder)
    stored = {name: json.loads(json.dumps(schedule.to_dict())) for name, schedule in schedules.items()}
    at = "" if peak is None else f"-peak{peak:g}"
    return [
        Planned(
            task, name, schedule, seed, steps, data, versions, text, folder / f"{name}{at}-seed{seed}.json",
            peak, device, tuple(rungs),
        )
        for seed in range(first, first + seeds)
        for name, schedule in stored.items()
    ]  # fmt: skip


def writable(folder: Path) -> None:
    """Make ``folder`` where it is missing, and prove that files can be written to it.

    Raises:
        ScheduleError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ScheduleError(message(str(folder), "must be a folder to write to", error.strerror)) from None


def steps_fit(steps: int) -> int:
    """``steps``, where a race can have so many updates.

    Raises:
        ScheduleError: it cannot.
    """
    return _count("steps", steps, MOST_STEPS)


def _installed(task: str, versions: Mapping[str, str]) -> None:
    missing = [name for name in find(task).packages if versions[name] == MISSING]
    if missing:
        got = f"no {' and no '.join(missing)}"
        raise MissingExtra(message(f"task {task}", "needs its packages", got, 'Install "stepsize[lab]".'))


def _count(where: str, value: int, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise ScheduleError(message(where, f"must be a whole number from 1 to {most}", value))
    return value
