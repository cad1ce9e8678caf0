"""``stepsize advise``: how much to cool down, which peak, how to go on; from runs, or by rules where there are none."""

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

from stepsize.cli import laws, terminal
from stepsize.cli.options import flag, option
from stepsize.cli.wording import worded
from stepsize.errors import ScheduleError, message
from stepsize.spelling import written

if TYPE_CHECKING:
    from stepsize.laws import Advice

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
    as_json: Annotated[bool, flag("--json", "Plain JSON.")] = False,
) -> None:
    """Advise on the cooldown of a run, and with --effective-rate and runs of two peaks on its peak.

    Without runs, the published rules for the warmup are shown side by side.

    stepsize advise --runs held.csv cosine.csv --steps 50000
    """
    many = laws.count("--steps", steps, 0)
    if many < 1:
        raise ScheduleError(message("--steps", "must be at least 1", steps))
    found: dict[str, Advice] = {}
    notes: list[str] = []
    if runs:
        found, notes = _from_runs(runs, many, peak, warmup, shape, law, effective_rate, memory)
    rules = _rules(beta2, many)
    if as_json:
        told = {"runs": notes, "warmup": rules, **{name: _plain(one) for name, one in found.items()}}
        terminal.put([json.dumps(told, indent=2)])
    else:
        terminal.put(_shown(found, notes, rules))


def _from_runs(
    runs: list[str], steps: int, peak: str | None, warmup: str | None, shape: str, law: str | None,
    effective: str | None, memory: str | None,
) -> "tuple[dict[str, Advice], list[str]]":  # fmt: skip
    from stepsize.laws import cooldown_fraction, peak_for_horizon

    curves, notes = laws.curves(runs, None)
    rise = laws.count("--warmup", warmup, int(max(curve.warmup or 0 for curve in curves)))
    top = laws.number("--peak", peak, max(curve.peak for curve in curves))
    name = law if effective is None or law else "multi_power"  # the one that was tested across peaks
    fitted = laws.fitted(curves, name, effective, memory)
    found = {"cooldown": cooldown_fraction(fitted, top, steps, warmup=rise, shape=shape)}
    if effective is not None and max(c.peak for c in curves) > 1.05 * min(c.peak for c in curves):
        found["peak"] = peak_for_horizon(fitted, steps, warmup=rise)  # type: ignore[arg-type]
    return found, [*notes, ""]


def _rules(beta2: str, steps: int) -> list[dict[str, Any]]:
    from stepsize.laws import warmup_steps

    return [rule._asdict() for rule in warmup_steps(laws.number("--beta2", beta2, 0.95), steps)]


def _shown(found: "dict[str, Advice]", notes: list[str], rules: list[dict[str, Any]]) -> Iterator[str]:
    width = min(terminal.wide(), _WIDEST)
    for note in notes:
        yield from wrap(note, width, subsequent_indent="  ", break_on_hyphens=False) or [""]
    for name, one in found.items():
        yield f"{name}    predicted loss, 95%"
        for choice in one.choices:
            loss, low, high = choice.final
            yield f"  {choice.name:>8}  {loss:.4f}  {low:.4f} .. {high:.4f}"
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


def _plain(one: "Advice") -> dict[str, Any]:
    choices = [{"name": c.name, "schedule": written(c.schedule), **c.final._asdict()} for c in one.choices]
    return {
        "best": one.best.name,
        "over": one.over.name,
        "gain": one.gain._asdict(),
        "choices": choices,
        "said": one.said,
    }
