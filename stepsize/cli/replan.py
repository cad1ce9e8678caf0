"""``stepsize replan``: change the course of a run, seen before it is made: every policy side by side, or one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from stepsize import _aside, _length
from stepsize.cli import terminal
from stepsize.cli.compared import compared
from stepsize.cli.horizon import position
from stepsize.cli.options import option
from stepsize.cli.policies import POLICIES, changed, foreign
from stepsize.cli.running import Running, running
from stepsize.cli.source import read
from stepsize.cli.wording import worded
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.horizon import Horizon
from stepsize.replan import explain
from stepsize.schedule import Schedule
from stepsize.shapes import KNOWN
from stepsize.spelling import written

_RUN: Any = typer.Argument(
    help="A checkpoint of torch, of Trainer, Lightning or Accelerate; or a schedule, as elsewhere, and --at.",
    metavar="CHECKPOINT|SCHEDULE",
    show_default=False,
)
_HELP = {
    "at": "Updates already applied. Default: the checkpoint's.",
    "policy": f"Show only this one, and write its schedule: {', '.join(POLICIES)}.",
    "steps": "Length of the whole run from now on: rescale, extend, rewarm.",
    "over": "Length of the cooldown. Default: a fifth of the run that it ends.",
    "end": "Rate at the end: extend (default: the old one), cooldown and rewarm (0).",
    "shape": "On the way to it. Default: cosine; for cooldown linear.",
    "peak": "Rate to warm up to again: rewarm.",
    "warmup": "Length of that warmup, or its share of what is left, such as 5%.",
    "factor": "New batch size / old one: change_batch.",
    "rule": "How the rate follows the batch: linear, sqrt or none. Default: linear.",
    "append": "What follows the end: append.",
    "other": "Another schedule whole, from here on: other.",
    "planned": "Updates that the run was planned for, where its spelling has shares.",
    "part": "Which schedule of the checkpoint, where it has several.",
    "save": "Write the new schedule to a file as it is spelled; to .json as JSON.",
}


@worded
def replan(
    run: Annotated[str, _RUN],
    at: Annotated[str | None, option("N", _HELP["at"])] = None,
    policy: Annotated[str | None, option("NAME", _HELP["policy"], lambda: list(POLICIES))] = None,
    steps: Annotated[str | None, option("N", _HELP["steps"])] = None,
    over: Annotated[str | None, option("N", _HELP["over"])] = None,
    end: Annotated[float | None, option("RATE", _HELP["end"])] = None,
    shape: Annotated[str | None, option("SHAPE", _HELP["shape"], lambda: list(KNOWN))] = None,
    peak: Annotated[float | None, option("RATE", _HELP["peak"])] = None,
    warmup: Annotated[str | None, option("N", _HELP["warmup"])] = None,
    factor: Annotated[float | None, option("X", _HELP["factor"])] = None,
    rule: Annotated[str | None, option("RULE", _HELP["rule"])] = None,
    append: Annotated[str | None, option("SCHEDULE", _HELP["append"])] = None,
    other: Annotated[str | None, option("SCHEDULE", _HELP["other"])] = None,
    planned: Annotated[str | None, option("N", _HELP["planned"])] = None,
    part: Annotated[str | None, option("PLACE", _HELP["part"])] = None,
    save: Annotated[Path | None, option("FILE", _HELP["save"])] = None,
) -> None:
    """Change the course of a run, seen before it is made.

    Every policy side by side; or one, and then the last line is the new schedule, as it is spelled.

    stepsize replan run.pt --steps 200k --policy extend --save plan.txt
    """
    if policy is not None and policy not in POLICIES:
        known = f"must be one of {', '.join(POLICIES)}"
        raise ScheduleError(message("--policy", known, policy, did_you_mean(policy, POLICIES)))
    if save is not None and policy is None:
        raise ScheduleError(
            message("--save", "writes the schedule of one policy", str(save), "Add --policy.")
        )
    horizon = None if planned is None else Horizon(planned)
    found = running(run, at, part, horizon)
    told = _told(found, horizon or _own(found.schedule), steps=steps, over=over, end=end, shape=shape, peak=peak,
                 warmup=warmup, factor=factor, rule=rule, more=append, other=other)  # fmt: skip
    if policy in (None, "cooldown") and found.at > 0:
        whole = isinstance(found.at, int)
        told.setdefault("over", max(found.at // 4, 1) if whole else found.at / 4)
    if policy is None:
        terminal.put(compared(found, told))
    else:
        _one(found, changed(policy, found.schedule, found.at, told), save, foreign(policy, told))


def _own(s: Schedule) -> Horizon | None:
    """The run that the schedule itself is of, so that shares of it can be told."""
    return Horizon(s.length) if s.clock == "steps" and isinstance(s.length, int) and s.length else None


def _told(found: Running, horizon: Horizon | None, **given: Any) -> dict[str, Any]:
    """What was told, as the changes take it."""
    told = {name: value for name, value in given.items() if value is not None}
    for name in ("steps", "over", "warmup"):
        share = name == "warmup" and name in told and _length.read("--warmup", told[name]).unit == "%"
        if name in told and not share:
            told[name] = position(f"--{name}", told[name], found.schedule.clock, horizon)
    for name in ("more", "other"):
        if name in told:
            told[name] = read(told[name], horizon).schedule
    return told


def _one(found: Running, new: Schedule, save: Path | None, unused: list[str]) -> None:
    """Show one change, and write its schedule."""
    if save is not None:
        _refuse_to_lose(save)
    change = explain(found.schedule, new, found.at)
    lines = [*found.notes, change.shown(terminal.wide(), terminal.coloured()), ""]
    lines += [f"Not used by this policy: {', '.join(unused)}"] if unused else []
    if save is not None:
        text = _json(new) if save.suffix.lower() == ".json" else written(new)
        _aside.write_for_a_user(save, f"{text}\n".encode())
        lines.append(f"Saved: {save}")
    terminal.put([*lines, written(new)])


def _refuse_to_lose(path: Path) -> None:
    """A schedule may be written over a schedule, and over nothing else, such as the checkpoint."""
    if not path.exists():
        return
    try:
        read(str(path) if path.name != str(path) else f"./{path}", Horizon(1000))
    except ScheduleError:
        rule = "a schedule is written over a file with a schedule only"
        raise ScheduleError(message("--save", rule, str(path), "Name another file.")) from None


def _json(s: Schedule) -> str:
    from json import dumps

    return dumps(s.to_dict(), indent=2)
