"""``stepsize why-warmup``: what Adam's first updates look like, and how long a warmup allows which peak."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepsize.cli import laws, laws_picture, planning, terminal
from stepsize.cli.options import flag, option
from stepsize.errors import ScheduleError, message
from stepsize.schedule.words import rate as spoken

if TYPE_CHECKING:
    from stepsize.lab.why_warmup import Moments, Stable

_WIDEST = 100
_SHOWN = (0, 1, 2, 4, 9, 19, 49, 99, 199)  # updates whose moments are told


def _list(name: str, text: str, metavar: str) -> Any:
    return typer.Option(name, help=text, metavar=metavar, show_default=False)


_PEAKS = _list("--peaks", "That are tried. Default: the task's, and 2, 4, 8, 16 times it.", "RATE...")
_LENGTHS = _list("--warmups", "Lengths in updates. Default: 0 10 40 100 200.", "N...")


def why_warmup(
    task: Annotated[str | None, option("NAME", "A built-in task with Adam. Default: gpt.")] = None,
    train: Annotated[str | None, option("MODULE:FUNCTION", "A task of yours, that watches its Adam.")] = None,
    steps: Annotated[int, option("N", "Updates of a run. Default: 400.")] = 400,
    peaks: Annotated[list[float], _PEAKS] = [],  # noqa: B006 - typer copies it
    warmups: Annotated[list[int], _LENGTHS] = [0, 10, 40, 100, 200],  # noqa: B006
    seeds: Annotated[int, option("N", "Runs of each length and peak. Default: 2.")] = 2,
    beta2: Annotated[str, option("B", "Of Adam, for the rules. Default: 0.95.")] = "0.95",
    text: Annotated[Path | None, option("FILE", "For the GPT. Default: Python's manual.")] = None,
    out: Annotated[Path, option("FOLDER", "The runs. Default: runs/why-warmup.")] = Path("runs/why-warmup"),
    as_json: Annotated[bool, flag("--json", "Plain JSON.")] = False,
    save: Annotated[Path | None, option("FILE", "Draw it, .png or .svg.")] = None,
) -> None:
    """Measure why Adam needs warmup: its moments in the first updates, and the largest stable peak by warmup.

    stepsize why-warmup --save warmup.png
    """
    from stepsize.lab import why_warmup as lab

    laws_picture.must_end_well(save)
    name, found = planning.one(task, train)
    if not peaks and not found.peak:
        raise ScheduleError(message("--peaks", "must say which peaks are tried, for a task of yours", None))
    tried = sorted(peaks or [found.peak * factor for factor in (1, 2, 4, 8, 16)])
    lengths = sorted(set(warmups))
    if not lengths or lengths[0] < 0 or lengths[-1] >= steps:
        raise ScheduleError(message("--warmups", f"must be in [0, {steps})", warmups))
    runs = _raced(lab.grid(name, lengths, tried, steps=steps, seeds=seeds, out=out, text=text))
    stable = lab.stable(runs)
    measured = _measured(lab, found, tried, lengths, steps, text)
    rules = _rules(beta2, steps)
    if save is not None:
        _drawn(save, measured, stable)
    if as_json:
        told = {
            "stable": [one._asdict() for one in stable],
            "moments": {length: [one._asdict() for one in own] for length, own in measured.items()},
            "rules": rules,
        }
        terminal.put([json.dumps(_finite(told), indent=2)])
    else:
        terminal.put(_told(measured, stable, rules, lab.recommended(stable), beta2))


def _raced(planned: Any) -> Any:
    from stepsize.lab.race import race

    failed: list[str] = []
    runs = race(planned, lambda event: failed.append(event.text) if event.what == "failed" else None)
    if not runs:
        raise ScheduleError(message("why-warmup", "a run must end", "; ".join(dict.fromkeys(failed))))
    return runs


def _measured(
    lab: Any, task: Any, peaks: list[float], lengths: list[int], steps: int, text: Path | None
) -> Any:
    """The moments without a warmup and with the longest one, at a peak in the middle."""
    from stepsize.recipes import linear_warmup

    peak, most = peaks[len(peaks) // 2], max(_SHOWN) + 1
    with tempfile.TemporaryDirectory() as folder:
        return {
            length: lab.measure(task, linear_warmup(peak, length), min(steps, most), 100, Path(folder), text)
            for length in dict.fromkeys((0, lengths[-1]))
        }


def _rules(beta2: str, steps: int) -> list[dict[str, Any]]:
    from stepsize.laws import warmup_steps

    return [rule._asdict() for rule in warmup_steps(laws.number("--beta2", beta2, 0.95), steps)]


def _told(
    measured: "dict[int, list[Moments]]", stable: "list[Stable]", rules: list[dict[str, Any]], best: "Stable | None",
    beta2: str,
) -> Iterator[str]:  # fmt: skip
    for length, own in measured.items():
        yield f"Warmup of {length}: root mean squares over all weights, v bias-corrected"
        yield "  update  gradient      m / 1-b1^t    v / 1-b2^t    m/sqrt(v)   its 99.9%   times rate    loss"
        for one in own:
            if one.step in _SHOWN:
                yield (
                    f"  {one.step:>6}  {one.gradient:<12.4g}  {one.first:<12.4g}  {one.second:<12.4g}  "
                    f"{one.update:<10.4g}  {one.largest:<10.4g}  {one.moved:<10.3g}  {one.loss:.3f}"
                )
        yield ""
    yield "Last loss by length of warmup and peak; the largest stable peak is within 10% of the best"
    peaks = list(stable[0].losses) if stable else []
    yield f"  {'warmup':>6}  " + "".join(f"{spoken(peak, 3):<10}" for peak in peaks) + "largest stable peak"
    for row in stable:
        cells = "".join(f"{loss:<10.4g}" for loss in row.losses.values())
        most = "none" if row.largest is None else spoken(row.largest, 3)
        yield f"  {row.warmup:>6}  {cells}{most}"
    yield ""
    yield f"Warmup by every published rule, in updates, for a beta2 of {beta2}"
    width = min(terminal.wide(), _WIDEST)
    for rule in rules:
        low, high = f"{rule['low']:,.0f}", f"{rule['high']:,.0f}"
        span = low if low == high else f"{low} to {high}"
        yield from wrap(f"  {span:<16} {rule['name']}: {rule['source']}", width, subsequent_indent=" " * 19)
    yield ""
    yield from wrap(_sentence(stable, best), width)


def _sentence(stable: "list[Stable]", best: "Stable | None") -> str:
    if best is None:
        return "No run was stable: try lower peaks."
    none = next((one for one in stable if one.warmup == 0), None)
    if none is not None and none.largest == best.largest:
        return f"Here no warmup is needed: without one, {spoken(best.largest or 0, 3)} is stable as well."
    without = "no peak" if none is None or none.largest is None else spoken(none.largest, 3)
    return (
        f"Take {best.warmup} updates: the shortest of these lengths that allows {spoken(best.largest or 0, 3)}; "
        f"without a warmup, {without} is the largest stable peak."
    )


def _drawn(path: Path, measured: "dict[int, list[Moments]]", stable: "list[Stable]") -> None:
    from stepsize.plots.panels import Curve, Panel, save

    (first, own), *more = measured.items()
    x = [one.step + 1 for one in own]
    moments = [
        Curve("gradient", x, [one.gradient for one in own]),
        Curve("first moment", x, [one.first for one in own]),
        Curve("root of second moment", x, [one.second for one in own]),
    ]
    sizes = [
        Curve(f"warmup {length}", [one.step + 1 for one in told], [one.moved for one in told])
        for length, told in [(first, own), *more]
    ]
    peaks = Curve(
        "", [one.warmup for one in stable], [one.largest or float("nan") for one in stable], dots=True
    )
    save(
        [
            Panel(f"moments, warmup of {first}", "update", moments, log_x=True, log_y=True),
            Panel("size of an update", "update", sizes, log_x=True, log_y=True),
            Panel("largest stable peak", "updates of warmup", [peaks], log_y=True),
        ],
        path,
    )


def _finite(value: Any) -> Any:
    """JSON knows no infinity: it becomes null."""
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and value in (float("inf"), float("-inf")) else value
