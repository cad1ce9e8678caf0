"""``stepsize find``: the learning-rate range test on a built-in task or on yours."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepsize.cli import laws, laws_picture, planning, terminal
from stepsize.cli.options import flag, option
from stepsize.errors import ScheduleError, message
from stepsize.schedule.words import rate as spoken

if TYPE_CHECKING:
    from stepsize.lab.range_rules import Suggestion
    from stepsize.lab.rising import Curve

_FELL = 0.05  # of the first loss, by which it must fall for a test to tell; of that fall, where it has begun
_BETWEEN: Any = typer.Option(
    "--between",
    help="The lowest and the highest rate. Default: 1e-6 1.",
    metavar="RATE RATE",
    show_default=False,
)


def find(
    task: Annotated[str | None, option("NAME", "A built-in task. Default: gpt.")] = None,
    train: Annotated[str | None, option("MODULE:FUNCTION", "A task of yours.")] = None,
    steps: Annotated[int, option("N", "Updates of a test. Default: 200.")] = 200,
    between: Annotated[list[float], _BETWEEN] = [1e-6, 1.0],  # noqa: B006 - typer copies it
    in_a_line: Annotated[bool, flag("--linear", "Rates at equal distances, not at equal ratios.")] = False,
    seeds: Annotated[int, option("N", "Tests, from seeds 100, 101, ... Default: 3.")] = 3,
    silence: Annotated[
        str | None, option("SECONDS", "Without a logged update, to end a test. Default: 600.")
    ] = None,
    device: Annotated[str, option("NAME", "That a task of yours is given. Default: cpu.")] = "cpu",
    text: Annotated[Path | None, option("FILE", "For the GPT. Default: Python's manual.")] = None,
    out: Annotated[Path, option("FOLDER", "The runs, one file each. Default: runs/find.")] = Path(
        "runs/find"
    ),
    as_json: Annotated[bool, flag("--json", "Plain JSON.")] = False,
    save: Annotated[Path | None, option("FILE", "Draw the losses, .png or .svg.")] = None,
) -> None:
    """Raise the rate until the loss explodes, and read off a peak by each published rule.

    Each test runs in a process of its own: nothing of yours is changed.

    stepsize find --train mine.training:train --between 1e-5 1
    """  # fmt: skip
    from stepsize.lab.race import race

    laws_picture.must_end_well(save)
    if len(between) != 2:
        raise ScheduleError(message("--between", "must be two rates", list(between)))
    name, _ = planning.one(task, train)
    planned = _planned(name, between, steps, seeds, in_a_line, device, text, out)
    failed: list[str] = []
    runs = race(
        planned,
        lambda event: failed.append(event.text) if event.what == "failed" else None,
        silence=laws.number("--silence", silence, 600.0),
    )
    if not runs:
        raise ScheduleError(message("find", "a test must end", "; ".join(dict.fromkeys(failed))))
    curve, found = _read(runs)
    if save is not None:
        _drawn(save, curve, found)
    if as_json:
        rules = [one._asdict() for one in found]
        terminal.put([json.dumps({"task": name, "seeds": len(runs), "suggestions": rules}, indent=2)])
    else:
        terminal.put(_table(name, curve, found, failed))


def _planned(
    name: str, between: list[float], steps: int, seeds: int, in_a_line: bool, device: str, text: Path | None, out: Path
) -> Any:  # fmt: skip
    from stepsize.lab import rising
    from stepsize.lab.plan import plan

    rates = rising.schedule(between[0], between[1], steps, exponential=not in_a_line)
    kind = "linear" if in_a_line else "exponential"
    return plan(name, {kind: rates}, seeds=seeds, steps=steps, out=out, text=text, device=device)


def _read(runs: Any) -> "tuple[Curve, tuple[Suggestion, ...]]":
    from stepsize.lab.range_rules import suggestions
    from stepsize.lab.rising import of_runs

    curve = of_runs(runs)
    return curve, suggestions(curve)


def _table(name: str, curve: "Curve", found: "tuple[Suggestion, ...]", failed: list[str]) -> Iterator[str]:
    last = curve.tried[-1]
    yield f"{name}: {len(curve.losses)} tests, losses up to the rate {spoken(float(last), 3)}"
    yield ""
    for one in found:
        peak = "nothing" if one.peak is None else spoken(one.peak, 3)
        yield f"  {peak:<10} {one.rule:<12} {one.source}"
    for line in dict.fromkeys(failed):
        yield f"  a test failed: {line}"
    yield ""
    yield from _advice(curve, [one.peak for one in found if one.peak is not None])


def _advice(curve: "Curve", peaks: list[float]) -> Iterator[str]:
    """Which peaks to race: those at which the loss had begun to fall."""
    import numpy as np

    rates, smooth = curve.tried, curve.smooth
    fall = float(smooth[0] - smooth.min())
    if not fall > _FELL * abs(float(smooth[0])):
        fell = f"The loss hardly fell, by {fall:.2g} of {smooth[0]:.2g}"
        yield f"{fell}: the rates are too low, or not used. Raise --between."
        return
    begun = [peak for peak in peaks if smooth[0] - np.interp(peak, rates, smooth) > _FELL * fall]
    if begun:
        low, high = min(begun), max(begun)
        early = "" if len(begun) == len(peaks) else " Below that, the loss had not begun to fall."
        yield (
            f"The rules go from {spoken(low, 3)} to {spoken(high, 3)}: race them, "
            f"--peaks {spoken(low, 2)} {spoken(high, 2)}.{early}"
        )
    if len(rates) == len(curve.rates):
        last = spoken(float(rates[-1]), 3)
        yield f"The loss had not exploded at {last}: higher rates may be worth a test, --between."


def _drawn(path: Path, curve: "Curve", found: "tuple[Suggestion, ...]") -> None:
    import numpy as np

    from stepsize.plots.panels import Curve as Line
    from stepsize.plots.panels import Panel, save

    rates, smooth = curve.tried, curve.smooth
    marked = [
        (one.peak, float(np.interp(one.peak, rates, smooth)), one.rule) for one in found if one.peak is not None
    ]  # fmt: skip
    each = [Line(f"seed {100 + k}", curve.rates, own, faint=True) for k, own in enumerate(curve.losses)]
    save(
        [
            Panel(
                "training loss",
                "learning rate",
                [Line("mean, smoothed", rates, smooth, marked), *each],
                log_x=True,
            )
        ],
        path,
    )
