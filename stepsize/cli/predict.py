"""``stepsize predict``: what other schedules would have given, from the logs of finished runs."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepsize import _aside
from stepsize.cli import completion, laws, laws_picture, source, terminal
from stepsize.cli.horizon import of_a_run
from stepsize.cli.options import flag, option
from stepsize.errors import ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.spelling import written

if TYPE_CHECKING:
    from stepsize.schedule import Schedule

_WIDEST = 100
_FOR: Any = typer.Option(
    "--for", help="Schedules to predict: spellings, calls, published:NAME, files; one or more.", metavar="SCHEDULE...",
    show_default=False, autocompletion=completion.schedules,
)  # fmt: skip


@of_a_run
def predict(
    runs: laws.RUNS,
    schedules: Annotated[list[str], _FOR],
    law: laws.LAW = None,
    effective_rate: laws.EFFECTIVE = None,
    memory: laws.MEMORY = None,
    run_warmup: laws.WARMUP = None,
    as_json: Annotated[bool, flag("--json", "Plain JSON.")] = False,
    curves: Annotated[
        Path | None, option("FILE", "Write the predicted curves as a table, with intervals.")
    ] = None,
    save: laws_picture.SAVE = None,
    *,
    horizon: Horizon | None,
) -> None:
    """Predict the loss of other schedules from finished runs of the same model, and say how sure that is.

    Two runs are best: one whose rate is held, and one that decays.

    stepsize predict --runs held.csv cosine.csv --for "0 -> 3e-4 in 500; hold; -> 0 in 20%" --steps 24000
    """
    laws_picture.must_end_well(save)
    found, notes = laws.curves(runs, run_warmup)
    fitted = laws.fitted(found, law, effective_rate, memory)
    given = {spec: _schedule(spec, horizon) for spec in schedules}
    steps = _steps(given, horizon)
    notes += laws.beyond(found, max(steps.values()))
    finals = {spec: fitted.final(s, steps[spec]) for spec, s in given.items()}
    if curves is not None:
        _written(curves, fitted, given, steps)
    if save is not None:
        laws_picture.draw(save, found, fitted, {spec: (s, steps[spec]) for spec, s in given.items()})
    if as_json:
        rows = [
            {"schedule": written(given[spec]), "steps": steps[spec], **final._asdict()}
            for spec, final in finals.items()
        ]
        terminal.put([json.dumps({"runs": notes, "predictions": rows}, indent=2)])
        return
    terminal.put([*laws.told(fitted, notes, _width()), *_table(fitted, given, steps, finals)])


def _schedule(spec: str, horizon: Horizon | None) -> "Schedule":
    return source.read(spec, horizon).schedule


def _steps(given: dict[str, "Schedule"], horizon: Horizon | None) -> dict[str, int]:
    """Updates of each: of the run, where one is said, else as long as the schedule is."""
    found = {}
    for spec, schedule in given.items():
        asked = schedule.length if horizon is None or horizon.steps is None else horizon.steps
        if not 1 <= asked < float("inf"):
            raise ScheduleError(
                message("--steps", "an endless schedule needs it", spec, "Say how many updates.")
            )
        found[spec] = int(asked)
    return found


def _width() -> int:
    return min(terminal.wide(), _WIDEST)


def _table(
    law: Any, given: dict[str, "Schedule"], steps: dict[str, int], finals: dict[str, Any]
) -> Iterator[str]:
    yield "  loss    95%               schedule"
    ranked = sorted(finals, key=lambda spec: finals[spec].loss)
    for spec in ranked:
        loss, low, high = finals[spec]
        yield from wrap(
            f"  {loss:.4f}  {low:.4f} .. {high:.4f}  {spec}, {steps[spec]:,} updates",
            _width(),
            subsequent_indent=" " * 28,
        )
    yield ""
    yield from wrap(_sentence(law, ranked, given, steps, finals), _width())


def _sentence(law: Any, ranked: list[str], given: Any, steps: dict[str, int], finals: Any) -> str:
    best = ranked[0]
    if len(ranked) == 1:
        loss, low, high = finals[best]
        return f"It would end at {loss:.4f}, and with 95% confidence between {low:.4f} and {high:.4f}."
    second = ranked[1]
    gain = law.gain(_rates(given[best], steps[best]), _rates(given[second], steps[second]))
    between = f"95%: {gain.low:+.4f} to {gain.high:+.4f}"
    if not gain.meaningful:
        return f"No meaningful difference between the best two: {gain.gain:.4f}, {between}."
    return f"The best is {best}, {gain.gain:.4f} below the next one, {between}."


def _rates(schedule: "Schedule", steps: int) -> Any:
    import numpy as np

    return schedule(np.arange(steps))


def _written(path: Path, law: Any, given: dict[str, "Schedule"], steps: dict[str, int]) -> None:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["schedule", "step", "lr", "loss", "low", "high"])
    for spec, schedule in given.items():
        at = laws_picture.points(schedule, steps[spec])
        for row in zip(at, schedule(at), *law.band(schedule, steps[spec], at), strict=True):
            table.writerow([spec, int(row[0]), *(f"{value:.6g}" for value in row[1:])])
    _aside.write(path, text.getvalue().encode())
