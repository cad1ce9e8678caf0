"""``stepsize advise``: how much to cool down, which peak, how to go on; from runs, or by rules where there are none."""

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from stepsize.cli import laws, laws_picture, source, terminal
from stepsize.cli.options import flag, option
from stepsize.cli.wording import worded
from stepsize.errors import ScheduleError, message
from stepsize.spelling import written

if TYPE_CHECKING:
    from stepsize.laws import Advice, Curve
    from stepsize.laws.advice import Choice

_WIDEST = 100
_STEPS = Annotated[str, option("N", "Updates of the run that is planned.")]


@worded
def advise(
    steps: _STEPS,
    runs: laws.RUNS = [],  # noqa: B006 - typer copies it
    peak: Annotated[
        str | None, option("RATE", "Highest rate of the plan. Default: that of the runs.")
    ] = None,
    warmup: Annotated[
        str | None, option("N", "Updates of the plan's warmup. Default: that of the runs.")
    ] = None,
    shape: Annotated[
        str, option("NAME", "Shape of the cooldown, as one_minus_sqrt. Default: linear.")
    ] = "linear",
    law: laws.LAW = None,
    effective_rate: laws.EFFECTIVE = None,
    memory: laws.MEMORY = None,
    beta2: Annotated[str, option("B", "Of Adam, for the length of the warmup. Default: 0.95.")] = "0.95",
    extends: Annotated[
        str | None,
        option("SCHEDULE", "What a finished run followed, which is to be made as long as --steps."),
    ] = None,
    checkpoint: Annotated[
        str | None, option("N", "Update of a checkpoint from before the cooldown of that run.")
    ] = None,
    as_json: Annotated[bool, flag("--json", "Plain JSON.")] = False,
    save: laws_picture.SAVE = None,
) -> None:
    """Advise on the cooldown of a run, and with --effective-rate and runs of two peaks on its peak.

    Without runs, the published rules for the warmup are shown side by side. With --extends it says how a run that is
    over is best made longer.

    stepsize advise --runs held.csv cosine.csv --steps 50000
    """
    laws_picture.must_end_well(save)
    many = laws.count("--steps", steps, 0)
    if many < 1:
        raise ScheduleError(message("--steps", "must be at least 1", steps))
    if not runs and (extends or save):
        raise ScheduleError(message("--runs", "must name a run", None, "Only the rules need none."))
    found: dict[str, Advice] = {}
    notes: list[str] = []
    if runs:
        plan = _planned(runs, many, peak, warmup, law, effective_rate, memory)
        found, notes = dict(_advised(plan, shape, extends, checkpoint)), [*plan.notes, ""]
        if save is not None:
            laws_picture.draw(save, plan.curves, plan.law, _best_and_usual(found, many))
    rules = _rules(beta2, many)
    if as_json:
        told = {"runs": notes, "warmup": rules, **{name: _plain(one) for name, one in found.items()}}
        terminal.put([json.dumps(told, indent=2)])
    else:
        terminal.put(_shown(found, notes, rules))


class _Plan(NamedTuple):
    """The run that is planned, and the law that is asked."""

    curves: "list[Curve]"
    notes: list[str]
    law: Any
    peak: float
    warmup: int
    steps: int
    of_peaks: bool


def _planned(
    runs: list[str], steps: int, peak: str | None, warmup: str | None, law: str | None, effective: str | None,
    memory: str | None,
) -> _Plan:  # fmt: skip
    curves, notes = laws.curves(runs, None)
    notes += laws.beyond(curves, steps)
    rise = laws.count("--warmup", warmup, int(max(curve.warmup or 0 for curve in curves)))
    top = laws.number("--peak", peak, max(curve.peak for curve in curves))
    name = law if effective is None or law else "multi_power"  # the one that was tested across peaks
    of_peaks = effective is not None and max(c.peak for c in curves) > 1.05 * min(c.peak for c in curves)
    return _Plan(curves, notes, laws.fitted(curves, name, effective, memory), top, rise, steps, of_peaks)


def _advised(
    plan: _Plan, shape: str, extends: str | None, checkpoint: str | None
) -> "Iterator[tuple[str, Advice]]":
    from stepsize.laws import cooldown_fraction, extend_or_restart, peak_for_horizon

    if extends is not None:
        done = source.read(extends, None).schedule
        made = done.length
        if not made < float("inf"):
            raise ScheduleError(message("--extends", "must be a schedule that ends", extends))
        if not made < plan.steps:
            got = f"{plan.steps:,}, and {extends} is {made:,} long"
            raise ScheduleError(message("--steps", "must be more than the run has made that it extends", got))
        before = None if checkpoint is None else laws.count("--checkpoint", checkpoint, 0)
        more = plan.steps - int(made)
        yield (
            "extension",
            extend_or_restart(
                plan.law, done, int(made), more, peak=plan.peak, cooldown_from=before, warmup=plan.warmup
            ),
        )
        return
    yield "cooldown", cooldown_fraction(plan.law, plan.peak, plan.steps, warmup=plan.warmup, shape=shape)
    if plan.of_peaks:
        yield "peak", peak_for_horizon(plan.law, plan.steps, warmup=plan.warmup)


def _best_and_usual(found: "dict[str, Advice]", steps: int) -> dict[str, Any]:
    """Of each advice the choice, and what it is compared with."""
    return {
        f"{name} {one.name}": (one.schedule, steps)
        for name, advice in found.items()
        for one in dict.fromkeys((advice.best, advice.over))
    }


def _rules(beta2: str, steps: int) -> list[dict[str, Any]]:
    from stepsize.laws import warmup_steps

    return [rule._asdict() for rule in warmup_steps(laws.number("--beta2", beta2, 0.95), steps)]


def _shown(found: "dict[str, Advice]", notes: list[str], rules: list[dict[str, Any]]) -> Iterator[str]:
    width = min(terminal.wide(), _WIDEST)
    for note in notes:
        yield from wrap(note, width, subsequent_indent="  ", break_on_hyphens=False) or [""]
    for name, one in found.items():
        wide, many = max(8, *(len(choice.name) for choice in one.choices)), {c.steps for c in one.choices}
        yield f"{name:<{wide}}    predicted loss, 95%"
        for choice in one.choices:
            loss, low, high = choice.final
            yield f"  {choice.name:>{wide}}  {loss:.4f}  {low:.4f} .. {high:.4f}{_still(choice, many)}"
        yield ""
    yield "warmup, by every published rule, in updates"
    for rule in rules:
        span = (
            f"{rule['low']:,.0f}"
            if rule["low"] == rule["high"]
            else f"{rule['low']:,.0f} to {rule['high']:,.0f}"
        )
        yield from wrap(f"  {span:<16} {rule['name']}: {rule['source']}", width, subsequent_indent=" " * 19)
    for one in found.values():
        yield ""
        yield from wrap(one.said, width)
        yield from wrap(written(one.best.schedule), width, break_on_hyphens=False)


def _still(choice: "Choice", many: set[int]) -> str:
    """Updates that are still to be made, where the choices differ in that."""
    return f"  {choice.steps:,} updates to make" if len(many) > 1 else ""


def _plain(one: "Advice") -> dict[str, Any]:
    choices = [
        {"name": c.name, "schedule": written(c.schedule), "steps": c.steps, **c.final._asdict()}
        for c in one.choices
    ]
    return {
        "best": one.best.name,
        "over": one.over.name,
        "gain": one.gain._asdict(),
        "choices": choices,
        "said": one.said,
    }
