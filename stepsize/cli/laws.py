"""What the commands about laws share: runs are read, a law is fitted, and its errors are said."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepsize import _accept
from stepsize.cli import logs
from stepsize.cli.options import option
from stepsize.errors import ScheduleError, message

if TYPE_CHECKING:
    from stepsize.laws import Curve, Law, Together
    from stepsize.records import Trace

BOTH = "together"
_FARTHEST = 3  # times the longest fitted run: from 24,000 to 72,000 updates, on the public curves
_MEAN_OF = ("annealing", "multi_power")
_FEW = 20  # validation losses of a run of the race, below which its training losses are taken

_RUNS: Any = typer.Option(
    "--runs",
    help="Logs of finished runs of one model, or runs of the race.",
    metavar="LOG...",
    show_default=False,
)
RUNS = Annotated[list[str], _RUNS]
LAW = Annotated[
    str | None,
    option(
        "NAME",
        "area, annealing, multi_power, functional, convex, or together, which is the mean of annealing and "
        "multi_power. Default: together.",
    ),
]
EFFECTIVE = Annotated[
    str | None,
    option("DECAY", "Weight decay of AdamW: fit on rates divided by the norm of the weights, across peaks."),
]
MEMORY = Annotated[str | None, option("N", "Of the annealing law. Default: 1000, or a tenth of a run.")]
WARMUP = Annotated[str | None, option("N", "Updates that only warm up. Default: until the highest rate.")]


def number(where: str, text: str | None, default: float) -> float:
    """A number as an option gives it.

    Raises:
        ScheduleError: it is none, or below 0.
    """
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ScheduleError(message(where, "must be a number >= 0", text))
    return value


def count(where: str, text: str | None, default: int) -> int:
    """A whole number of updates."""
    return default if text is None else _accept.count(where, _whole(text), 0)


def _whole(text: str) -> Any:
    return int(text) if text.strip().isdigit() else text


def curves(paths: list[str], warmup: str | None) -> "tuple[list[Curve], list[str]]":
    """The runs, and what was guessed of them.

    Raises:
        ScheduleError: one cannot be read, or no law can be fitted to it.
    """
    found, notes = [], []
    for path in paths:
        curve, said = _curve(path, None if warmup is None else count("--warmup", warmup, 0))
        found.append(curve)
        notes.append(
            f"{curve.name}: {len(curve.steps):,} losses to update {curve.steps[-1]:,}, peak {curve.peak:g}, {said}"
        )
    return found, notes


def _curve(path: str, warmup: int | None) -> "tuple[Curve, str]":
    from stepsize import records
    from stepsize.laws import Curve

    if path.endswith(".json"):
        try:
            run = records.load(Path(path))
        except ScheduleError:
            pass  # another trainer's file
        else:
            return Curve.of_run(run, training=len(run.evaluations) < _FEW), f"a run of {run.task}"
    trace = logs.trace(path, format=None, step=None, rate=None, loss=None)
    plain = Curve.of_trace(trace)
    followed, said = _followed(trace, len(plain.rates))
    rates = plain.rates if followed is None else followed
    begun = _first(trace) if warmup is None else warmup
    if warmup is None and followed is not None and rates[0] < rates[min(begun, len(rates) - 1)]:
        begun = 0  # the schedule that it follows says how it rose
    if begun:
        rates = _risen(rates, begun)
        said += f", after a warmup of {begun:,}, of which the log has no row" if warmup is None else ""
    return replace(plain, rates=rates, warmup=warmup), said


def _followed(trace: "Trace", steps: int) -> tuple[Any, str]:
    """The rates by the schedule that a log follows, so that those between its rows are known."""
    import numpy as np

    from stepsize.logs import identify

    try:
        found = identify(trace)
    except ScheduleError:
        return None, "rates between rows as straight lines"
    if not found.fits or any(odd.kind == "restarted on resume" for odd in found.suspicions):
        return None, "rates between rows as straight lines, for they follow no schedule that we know"
    return np.asarray(
        found.schedule(np.maximum(np.arange(steps) + found.offset, 0))
    ), f"rates of {found.schedule}"


def _first(trace: "Trace") -> int:
    """Updates before the first row, where those are more than two usual distances of rows."""
    import numpy as np

    steps = np.unique(trace.steps[np.isfinite(trace.rates)])
    gap = float(np.median(np.diff(steps))) if len(steps) > 1 else 0.0
    return int(steps[0]) if len(steps) > 1 and steps[0] > 2 * gap + 1 else 0


def _risen(rates: Any, warmup: int) -> Any:
    """The rates with a line from 0 for a warmup."""
    import numpy as np

    made = np.array(rates)
    made[:warmup] = made[min(warmup, len(made) - 1)] * np.arange(min(warmup, len(made))) / warmup
    return made


def fitted(
    runs: "list[Curve]", law: str | None, effective: str | None, memory: str | None
) -> "Law | Together":
    """The law, or the mean of two."""
    from stepsize.laws import Together, fit
    from stepsize.laws.fit import usual_memory

    rate = None if effective is None else number("--effective-rate", effective, 0.0)
    kept = number("--memory", memory, usual_memory(runs))
    names = _MEAN_OF if law in (None, BOTH) else (law,)
    laws = tuple(fit(runs, str(name), effective_rate=rate, memory=kept) for name in names)
    return laws[0] if len(laws) == 1 else Together(laws)


def beyond(runs: "list[Curve]", steps: int) -> list[str]:
    """A warning about a run that is much longer than those that were fitted."""
    longest = max(len(run.rates) for run in runs)
    if steps <= _FARTHEST * longest:
        return []
    times = f"{steps:,} updates are {steps / longest:.0f} times as long as the longest run"
    return [f"{times}: laws have been tested up to {_FARTHEST} times, and intervals mean little beyond."]


def members(law: Any) -> "tuple[Law, ...]":
    """The laws that one is made of."""
    return getattr(law, "laws", None) or (law,)


def told(law: "Law | Together", notes: list[str], width: int) -> Iterator[str]:
    """Which runs, which laws, and how far those are off where that is known."""
    for note in notes:
        yield from wrap(note, width, subsequent_indent="  ", break_on_hyphens=False)
    for one in members(law):
        left = [abs(r) for curve in one.residuals for r in curve.tolist()]
        yield f"{one.form.title}: fits within {100 * sum(left) / max(len(left), 1):.2f}% on the average"
        for out in one.left_out:
            yield f"  without {out.name} it predicts {out.predicted:.4f} there, {out.error:+.4f}"
    yield ""
