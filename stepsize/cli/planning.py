"""Who runs in ``stepsize race``: tasks, schedules and peaks, as the options say."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepsize.cli import source
from stepsize.cli.racing import Racing
from stepsize.errors import ScheduleError, message
from stepsize.horizon import Horizon

if TYPE_CHECKING:
    from stepsize.lab.plan import Planned
    from stepsize.lab.task import Task


def split(schedules: str | None) -> list[str] | None:
    """Names between commas."""
    return None if schedules is None else list(dict.fromkeys(name.strip() for name in schedules.split(",")))


def chosen(
    tasks: Sequence[str] | None, train: str | None, schedules: str | None, own: Sequence[str]
) -> "dict[str, Task]":
    """The tasks that are raced, by name: those that were asked for and have one of the schedules.

    Raises:
        ScheduleError: a task is unknown, or no task has a schedule of that name.
    """
    from stepsize.lab.tasks import USUAL, find, unknown

    if train is not None and ":" not in train:
        raise ScheduleError(message("--train", "must be package.module:function", train))
    if schedules is not None and own:
        raise ScheduleError(message("--for", "cannot be given with --schedules", own[0], "Leave one out."))
    asked = [*dict.fromkeys(tasks or ([] if train else USUAL)), *([train] if train else [])]
    found = {name: find(name) for name in asked}
    names = split(schedules)
    if names is None:
        return found
    together = {name: make for task in found.values() for name, make in task.schedules.items()}
    for name in names:
        if name not in together:
            raise ScheduleError(unknown("schedule", name, together))
    return {name: task for name, task in found.items() if not task.schedules.keys().isdisjoint(names)}


def one(task: str | None, train: str | None) -> "tuple[str, Task]":
    """The one task of a command that takes one, by default the GPT.

    Raises:
        ScheduleError: two are given, or there is none of this name.
    """
    if task is not None and train is not None:
        raise ScheduleError(message("--task", "cannot be given with --train", task, "Leave one out."))
    ((name, found),) = chosen([task or "gpt"] if train is None else None, train, None, ()).items()
    return name, found


def planned(name: str, task: "Task", racing: Racing) -> "list[Planned]":
    """All runs of one task, seed by seed.

    Raises:
        ScheduleError: an option breaks its rule.
    """
    from stepsize.lab.entries import by_name, spelled
    from stepsize.lab.halving import rungs
    from stepsize.lab.plan import plan, steps_fit

    if not task.steps and racing.steps is None:
        raise ScheduleError(message("--steps", "must say how many updates, for a task of yours", None))
    length = steps_fit(task.steps if racing.steps is None else racing.steps)
    text = racing.text if task.reads_text else None
    if racing.own:
        given = {spec: source.read(spec, Horizon(steps=length)).schedule for spec in racing.own}
        entries = spelled(given, length, racing.peaks)
    else:
        names = None if racing.names is None else [one for one in racing.names if one in task.schedules]
        peaks = racing.between[:1] if racing.tune else racing.peaks
        entries = by_name(task, names, length, peaks)
    if racing.tune is not None:
        entries = _tuned(name, racing, entries, length, text)
    stops = rungs(length) if racing.stop_hopeless else ()
    runs = [
        one
        for peak, made in entries
        for one in plan(
            name, made, seeds=racing.seeds, steps=length, out=racing.out, text=text, peak=peak,
            device=racing.device, rungs=stops,
        )
    ]  # fmt: skip
    return sorted(runs, key=lambda one: one.seed)


def _tuned(name: str, racing: Racing, entries: Any, steps: int, text: Path | None) -> Any:
    """The same schedules, each at the peak that Optuna found for it."""
    from stepsize.lab.tuning import tuned

    ((_, made),) = entries
    own = {key: max(float(s(step)) for step in range(steps)) for key, s in made.items()}
    faults: list[str] = []

    def tell(event: Any) -> None:
        if event.what == "failed":
            faults.append(event.text)
        elif event.run is not None:
            loss = "diverged" if event.run.diverged else f"{event.run.final:.4f}"
            print(f"tuning {name}: {event.run.name}, peak {event.run.peak:g}: {loss}", flush=True)

    try:
        found = tuned(
            name, {key: _scaled(s, own[key]) for key, s in made.items()},
            (racing.between[0], racing.between[1]), racing.tune or 1, lambda runs: racing.run(runs, tell),
            steps=steps, out=racing.out, storage=racing.storage, text=text, device=racing.device,
        )  # fmt: skip
    except ScheduleError as error:
        raise (ScheduleError(f"{error} A trial failed: {faults[-1]}") if faults else error) from None
    return [(peak, {key: made[key] * (peak / own[key])}) for key, peak in found.items()]


def _scaled(schedule: Any, own: float) -> Callable[[float], Any]:
    return lambda peak: schedule * (peak / own)


def powers(planned: "Sequence[Planned]") -> Iterator[str]:
    """What so many seeds can tell, before the race."""
    from stepsize.lab.power import detectable

    said = set()
    for task in dict.fromkeys(one.task for one in planned):
        own = [one for one in planned if one.task == task]
        seeds, many = len({one.seed for one in own}), len({one.name for one in own}) - 1
        if seeds > 1 and many and (seeds, many) not in said:
            said.add((seeds, many))
            comparisons = f"{many} comparison{'s' * (many > 1)}"
            yield (
                f"With {seeds} seeds and {comparisons}, a difference is found with 80% power from "
                f"{detectable(seeds, many):.1f} standard deviations of paired differences on."
            )
