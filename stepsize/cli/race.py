"""``stepsize race``: train for real under several schedules, and report which differences are more than luck.

What it needs (the lab, the plots, rich) takes most of a second to load, so each function loads its own when it
runs, and no other command waits for it.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepsize.cli import completion, laws, planning, raced, racing
from stepsize.cli.options import flag, option
from stepsize.cli.wording import worded
from stepsize.errors import ScheduleError, message

if TYPE_CHECKING:
    from stepsize.lab.plan import Planned
    from stepsize.records import Run

_ROOMS = ("stepsize.cli.screen", "stepsize.lab.race", "stepsize.lab.verdict", "stepsize.plots.report")
"""Loaded before anything else, so that a package that is not installed is missed before the race, not after."""

_TASKS = "gpt, digits, digits_mlp, tabular, quadratic. Default: two."
_SCHEDULES: Any = typer.Option(
    "--for", help="Schedules of your own: spellings, calls, published:NAME, files; one or more.", metavar="SCHEDULE...",
    show_default=False, autocompletion=completion.schedules,
)  # fmt: skip
_PEAKS: Any = typer.Option(
    "--peaks",
    help="Highest rates, each schedule at each of them.",
    metavar="RATE...",
    show_default=False,
)
_BETWEEN: Any = typer.Option(
    "--between", help="The lowest and the highest peak of --tune.", metavar="RATE RATE", show_default=False
)


@worded
def race(
    task: Annotated[list[str] | None, option("NAME", _TASKS)] = None,
    train: Annotated[str | None, option("MODULE:FUNCTION", "A task of yours: docs/lab.md shows ten.")] = None,
    steps: Annotated[int | None, option("N", "Updates of each run. Default: the task's own.")] = None,
    seeds: Annotated[int, option("N", "Runs of each schedule, from seeds 100, 101, ... Default: 3.")] = 3,
    schedules: Annotated[
        str | None, option("NAMES", "Names, commas between. Default: the usual ones.")
    ] = None,
    own: Annotated[list[str], _SCHEDULES] = [],  # noqa: B006 - typer copies it
    peaks: Annotated[list[float], _PEAKS] = [],  # noqa: B006
    tune: Annotated[int | None, option("N", "Choose each schedule's peak by N trials of Optuna.")] = None,
    between: Annotated[list[float], _BETWEEN] = [],  # noqa: B006
    storage: Annotated[str | None, option("URL", "Of Optuna. Default: SQLite beside the runs.")] = None,
    stop_hopeless: Annotated[
        bool, flag("--stop-hopeless", "End runs early that cannot win any more.")
    ] = False,
    law: Annotated[
        str | None, option("NAME", "That tells who is hopeless. Default: falls of finished runs.")
    ] = None,
    jobs: Annotated[int | None, option("N", "Runs at a time. Default: one a core, four a GPU.")] = None,
    silence: Annotated[
        str | None, option("SECONDS", "Without a logged update, to end a run. Default: 600.")
    ] = None,
    device: Annotated[
        str, option("NAMES", "That the runs take in turn, commas between. Default: cpu.")
    ] = "cpu",
    engine: Annotated[
        str, option("NAME", "local, ray, or vectorised for the GPT on a GPU. Default: local.")
    ] = "local",
    address: Annotated[
        str | None, option("ADDRESS", "Of a Ray cluster. Default: one on this machine.")
    ] = None,
    remote: Annotated[
        str | None, option("URL", "A folder anywhere, as s3://a/b, to keep the runs in, too.")
    ] = None,
    text: Annotated[Path | None, option("FILE", "For the GPT. Default: Python's manual.")] = None,
    out: Annotated[Path, option("FOLDER", "The runs, one file each. Default: runs.")] = Path("runs"),
    report: Annotated[Path, option("FILE", "One HTML file. Default: report.html.")] = Path("report.html"),
    tensorboard: Annotated[
        Path | None, option("FOLDER", "Write the losses there for TensorBoard, too.")
    ] = None,
    mlflow: Annotated[str | None, option("URI", "Send the losses to MLflow, too.")] = None,
) -> int:
    """Race schedules on real training, on paired seeds.

    Finished runs are kept: the same command continues where it was stopped.

    stepsize race --train mine.training:train --steps 2000 --peaks 1e-3 3e-3
    """  # fmt: skip
    for room in _ROOMS:
        import_module(room)
    from stepsize.lab.plan import writable

    writable(report.parent)
    if report.is_dir():
        raise ScheduleError(message(str(report), "must be a file for the report", "a folder"))
    chosen = planning.chosen(task, train, schedules, own)
    if text is not None and not any(one.reads_text for one in chosen.values()):
        raise ScheduleError(
            message("--text", f"must be left out, for {', '.join(chosen)} reads none", str(text))
        )
    made = racing.Racing(
        steps=steps, seeds=seeds, names=planning.split(schedules), own=tuple(own), peaks=tuple(peaks), text=text,
        out=out, device=device, stop_hopeless=stop_hopeless, law=law, jobs=jobs, engine=engine, address=address,
        silence=laws.number("--silence", silence, 600.0), tune=tune, between=tuple(between), storage=storage,
        remote=remote,
    )  # fmt: skip
    made.must_hold()
    return _race(chosen, made, report, tensorboard, mlflow)


def _race(
    chosen: dict[str, Any], made: racing.Racing, report: Path, tensorboard: Path | None, mlflow: str | None
) -> int:
    from stepsize.cli.screen import Screen

    planned: list[Planned] = []
    for name, found in chosen.items():
        planned += planning.planned(name, found, made)
    commands = {name: racing.again(name, made, report) for name in chosen}
    with Screen(planned) as screen:
        screen.say(f"{len(planned)} runs, kept in {made.out}. Ctrl-C stops, the same command continues.")
        for line in planning.powers(planned):
            screen.say(line)
        try:
            runs = made.run(planned, screen.tell)
        except KeyboardInterrupt:
            screen.close()
            done = f"{screen.done} of {len(planned)} runs are finished and kept in {made.out}"
            print(f"\nstepsize: stopped. {done}; the same command continues.", file=sys.stderr)
            return 130
    raced.remember(made.out, commands)
    races = [
        raced.result(
            name,
            (run for run in runs if run.task == name),
            command,
            (one.name for one in planned if one.task == name),
        )
        for name, command in commands.items()
    ]
    for one in races:
        screen.table(one)
    _mirrored(runs, tensorboard, mlflow)
    raced.write(report, races, made.out)
    screen.say(f"Report: {report}")
    if failed := len(planned) - len(runs):
        lost = f"{failed} of {len(planned)} runs failed, named above"
        print(f"stepsize: {lost}; the same command tries them again.", file=sys.stderr)
    return 1 if failed else 0


def _mirrored(runs: "Sequence[Run]", tensorboard: Path | None, mlflow: str | None) -> None:
    from stepsize.lab import mirrors

    if tensorboard is not None:
        mirrors.to_tensorboard(runs, tensorboard)
    if mlflow is not None:
        mirrors.to_mlflow(runs, mlflow)
