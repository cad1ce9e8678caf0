"""What comes of the runs of ``stepsize race`` and ``stepsize report``: what may be compared, and the page."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stepsize import _aside
from stepsize.errors import ScheduleError, message

if TYPE_CHECKING:
    from stepsize.records import Race, Run

COMMAND = "command.txt"  # beside the runs of a task: what makes them again


def result(task: str, runs: "Iterable[Run]", command: str, names: Iterable[str] = ()) -> "Race":
    """The runs of one task as what a report needs.

    Args:
        task: what they are called.
        runs: of one length, by the same code.
        command: makes them again.
        names: of schedules of which a row is missed where they have no run.
    """
    from stepsize.lab.tasks import find
    from stepsize.lab.verdict import rows
    from stepsize.records import Race, Row

    own = tuple(sorted(runs, key=lambda run: (run.seed, run.name, run.peak or 0)))
    try:
        description = find(own[0].task).description if own else ""
    except ScheduleError:  # the runs of a task whose code is not here
        description = ""
    lost = dict.fromkeys(name for name in names if name not in {run.name for run in own})
    none = (Row(name, None, None, None, None, None, None, "no run has finished", 0, 0) for name in lost)
    return Race(task, description, own, (*rows(own), *none), command)


def remember(out: Path, commands: Mapping[str, str]) -> None:
    """Keep beside the runs how they are made again."""
    from stepsize.lab.task import folder_of

    for task, command in commands.items():
        _aside.write_for_a_user(out / folder_of(task) / COMMAND, f"{command}\n".encode())


def write(report: Path, races: "Sequence[Race]", out: Path) -> None:
    """Write the report.

    Raises:
        ScheduleError: it cannot be written; the runs are kept.
    """
    from stepsize.plots import report as page

    try:
        page.write(report, "Learning-rate schedules, raced", races)
    except OSError as error:
        remedy = f"The runs are kept in {out}: the same command writes the report again."
        raise ScheduleError(message(str(report), "must be writable", error.strerror, remedy)) from None
