"""A race: every planned run, each made once. What is stored is kept, what is missing is made."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

from stepsize import records
from stepsize.errors import ScheduleError
from stepsize.lab.halving import Halving
from stepsize.lab.plan import Planned
from stepsize.lab.worker import Event
from stepsize.lab.workers import SILENCE, at_once, work
from stepsize.records import Run


def race(
    planned: Sequence[Planned],
    tell: Callable[[Event], None] = lambda event: None,
    jobs: int | None = None,
    *,
    silence: float = SILENCE,
    halving: Halving | None = None,
) -> list[Run]:
    """Make the runs that are missing, in parallel processes, and return all there are, in the order planned.

    A stored run is kept only where it is whole and was made by the same schedule, steps, seed, data and
    software; any other is told of, renamed, and made anew. A run that fails is told of and left out: call again to
    try again. Processes are spawned, so a script calls this under ``if __name__ == "__main__":``.

    Args:
        planned: the runs, of one task or of several.
        tell: is called with all that happens, while it happens.
        jobs: processes at a time; by default one a core, or four a device, and fewer where they do not fit.
        silence: seconds without a logged update, after which a run is taken to hang, and ended.
        halving: stops runs that cannot win any more, at the rungs that were planned.

    Raises:
        KeyboardInterrupt: Ctrl-C; the processes are ended first, and finished runs are kept.
    """
    runs: dict[Path, Run] = {}

    def note(event: Event) -> None:
        if event.run is not None:
            runs[event.planned.path] = event.run
            if halving is not None:
                halving.learn(event.run)
        tell(event)

    for one in planned:
        if one.path.exists():
            note(kept(one))
    missing = [one for one in planned if one.path not in runs]
    decide = (lambda planned, step, loss: "") if halving is None else halving.decide
    made = work(
        missing, jobs or (at_once(missing[0].device) if missing else 1), silence=silence, decide=decide
    )
    with closing(made) as events:  # closed at once, also by Ctrl-C
        for event in events:
            note(_read_back(event) if event.what == "finished" else event)
    return [runs[one.path] for one in planned if one.path in runs]


def kept(planned: Planned) -> Event:
    """The stored run; a file that cannot be used is renamed, so that nothing is lost to what is made anew."""
    event = stored(planned)
    if event.run is not None or not planned.path.is_file():
        return event
    taken = (planned.path.with_name(f"{planned.path.name}.{k}") for k in count(1))
    free = next(path for path in taken if not path.exists())
    try:
        planned.path.rename(free)
    except (
        OSError
    ) as error:  # such as a folder that is read only: then the new one cannot be stored, and says so
        return replace(event, text=f"{event.text}; it cannot be renamed: {error.strerror}")
    return replace(event, text=f"{event.text}; it is now {free.name}")


def stored(planned: Planned) -> Event:
    """The stored run, as kept or refused."""
    try:
        run = records.load(planned.path)
    except ScheduleError as error:
        return Event(planned, "refused", text=str(error))
    fault = planned.fault(run)
    return (
        Event(planned, "refused", text=f"{planned.path}: {fault}")
        if fault
        else Event(planned, "kept", run=run)
    )


def _read_back(event: Event) -> Event:
    """A run that has just been stored: what is compared is what is on the disk."""
    found = stored(event.planned)
    if found.run is None:
        return replace(found, what="failed")
    return replace(event, run=found.run)
