"""``stepsize race``: train for real under several schedules, and report which differences are more than luck.

What it needs (the lab, the plots, rich) takes most of a second to load, so each function loads its own when it
runs, and no other command waits for it.
"""

import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stepsize.cli.options import option
from stepsize.errors import ScheduleError, message

if TYPE_CHECKING:
    from stepsize.lab.plan import Planned
    from stepsize.records import Race, Run

_ROOMS = ("stepsize.cli.screen", "stepsize.lab.race", "stepsize.lab.verdict", "stepsize.plots.report")
"""Loaded before anything else, so that a package that is not installed is missed before the race, not after."""

_BOTH = "One of gpt, digits; repeat for several. Default: all."


def race(
    task: Annotated[list[str] | None, option("NAME", _BOTH)] = None,
    steps: Annotated[int | None, option("N", "Updates of each run. Default: the task's own.")] = None,
    seeds: Annotated[int, option("N", "Runs of each schedule, from seeds 100, 101, ... Default: 3.")] = 3,
    schedules: Annotated[str | None, option("NAMES", "Names, commas between. Default: all.")] = None,
    text: Annotated[Path | None, option("FILE", "For the GPT. Default: Python's manual.")] = None,
    out: Annotated[Path, option("FOLDER", "The runs, one file each. Default: runs.")] = Path("runs"),
    report: Annotated[Path, option("FILE", "One HTML file. Default: report.html.")] = Path("report.html"),
) -> int:
    """Race schedules on real training, on paired seeds.

    Finished runs are kept: the same command continues where it was stopped.
    """
    for room in _ROOMS:
        import_module(room)
    from stepsize.lab.plan import plan, steps_fit, writable
    from stepsize.lab.tasks import TASKS, find

    chosen = choose(list(dict.fromkeys(task or TASKS)), schedules)
    if text is not None and not any(find(name).reads_text for name in chosen):
        raise ScheduleError(
            message("--text", f"must be left out, for {', '.join(chosen)} reads none", str(text))
        )
    writable(report.parent)
    if report.is_dir():
        raise ScheduleError(message(str(report), "must be a file for the report", "a folder"))

    planned: list[Planned] = []
    commands = {}
    for name, names in chosen.items():
        found = find(name)
        length = steps_fit(found.steps if steps is None else steps)
        own = text if found.reads_text else None
        made = {key: found.schedules[key](length) for key in names}
        planned += plan(name, made, seeds=seeds, steps=length, out=out, text=own)
        commands[name] = _command(name, length, seeds, names, own, out, report)
    return _race(planned, commands, out, report)


def choose(tasks: Sequence[str], schedules: str | None) -> dict[str, list[str]]:
    """The schedules to race, by task: all of them, or those of the names in ``schedules`` that a task has.

    Raises:
        ScheduleError: a task is unknown, or no task has a schedule of that name.
    """
    from stepsize.lab.tasks import find, unknown

    has = {task: find(task).schedules for task in tasks}
    if schedules is None:
        return {task: list(known) for task, known in has.items()}
    names = list(dict.fromkeys(name.strip() for name in schedules.split(",")))
    together = {name: known for known in has.values() for name in known}
    for name in names:
        if name not in together:
            raise ScheduleError(unknown("schedule", name, together))
    chosen = {task: [name for name in names if name in known] for task, known in has.items()}
    return {task: own for task, own in chosen.items() if own}


def _race(planned: "list[Planned]", commands: dict[str, str], out: Path, report: Path) -> int:
    from stepsize.cli.screen import Screen
    from stepsize.lab import race as lab

    with Screen(planned) as screen:
        screen.say(f"{len(planned)} runs, kept in {out}. Ctrl-C stops, the same command continues.")
        try:
            runs = lab.race(planned, screen.tell)
        except KeyboardInterrupt:
            screen.close()
            done = f"{screen.done} of {len(planned)} runs are finished and kept in {out}"
            print(f"\nstepsize: stopped. {done}; the same command continues.", file=sys.stderr)
            return 130
    races = [_result(name, runs, commands[name]) for name in commands]
    for one in races:
        screen.table(one)
    _write(report, races, out)
    screen.say(f"Report: {report}")
    if failed := len(planned) - len(runs):
        lost = f"{failed} of {len(planned)} runs failed, named above"
        print(f"stepsize: {lost}; the same command tries them again.", file=sys.stderr)
    return 1 if failed else 0


def _result(task: str, runs: "Sequence[Run]", command: str) -> "Race":
    from stepsize.lab.tasks import find
    from stepsize.lab.verdict import rows
    from stepsize.records import Race

    own = tuple(run for run in runs if run.task == task)
    return Race(task, find(task).description, own, rows(own), command)


def _write(report: Path, races: "Sequence[Race]", out: Path) -> None:
    from stepsize.plots import report as page

    try:
        page.write(report, "Learning-rate schedules, raced", races)
    except OSError as error:
        remedy = f"The runs are kept in {out}: the same command writes the report again."
        raise ScheduleError(message(str(report), "must be writable", error.strerror, remedy)) from None


def _command(
    task: str, steps: int, seeds: int, names: Sequence[str], text: Path | None, out: Path, report: Path
) -> str:
    words = ["stepsize", "race", "--task", task, "--steps", str(steps), "--seeds", str(seeds)]
    words += ["--schedules", ",".join(names), *(["--text", str(text)] if text else [])]
    return shlex.join([*words, "--out", str(out), "--report", str(report)])
