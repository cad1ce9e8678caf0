"""``stepsize report``: the tables and the report of stored runs, made again."""

from pathlib import Path
from typing import Annotated, Any

import typer

from stepsize.cli import raced
from stepsize.cli.options import option
from stepsize.errors import ScheduleError, message

_FOLDER: Any = typer.Argument(
    help="Of the runs, as race --out names it.", metavar="FOLDER", show_default=False
)


def report(
    folder: Annotated[Path, _FOLDER],
    report: Annotated[Path, option("FILE", "One HTML file. Default: report.html.")] = Path("report.html"),
) -> int:
    """Print the verdicts of stored runs, and write their report again.

    Nothing is trained, and the code of the task is not needed. A file that is no whole run is named, and left out.
    """
    from stepsize import records
    from stepsize.cli.screen import Screen
    from stepsize.lab.verdict import comparable

    if not folder.is_dir():
        raise ScheduleError(message(str(folder), "must be a folder of runs", "none"))
    runs, bad = [], []
    for path in sorted([*folder.glob("*/*.json"), *folder.glob("*.json")]):
        try:
            runs.append(records.load(path))
        except ScheduleError as error:
            bad.append(str(error))
    if not runs:
        raise ScheduleError(message(str(folder), "must hold a run", "; ".join(bad) or "none"))
    with Screen([]) as screen:
        races = [
            raced.result(name, own, _command(folder, task))
            for task in dict.fromkeys(run.task for run in runs)
            for name, own in comparable([run for run in runs if run.task == task]).items()
        ]
        for line in bad:
            screen.say(f"left out: {line}")
        for one in races:
            screen.table(one)
        raced.write(report, races, folder)
        screen.say(f"Report: {report}")
    return 1 if bad else 0


def _command(folder: Path, task: str) -> str:
    from stepsize.lab.task import folder_of

    kept = folder / folder_of(task) / raced.COMMAND
    try:
        return kept.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return f"stepsize report {folder}"
