"""``stepsize audit``: a log held against the schedule that was meant."""

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepsize.cli import completion, logs, source, terminal
from stepsize.cli.horizon import of_a_run
from stepsize.cli.options import flag
from stepsize.horizon import Horizon
from stepsize.schedule.axes import position
from stepsize.schedule.words import rate as spoken
from stepsize.spelling import written

if TYPE_CHECKING:
    from stepsize.logs import Audit
    from stepsize.records import Trace
    from stepsize.schedule import Schedule

_WIDEST = 100
_PLAN: Any = typer.Option(
    help="The plan: a spelling, a call, published:NAME, twin:..., a file, or a trainer's configuration.",
    metavar="SCHEDULE",
    show_default=False,
    autocompletion=completion.schedules,
)


@of_a_run
def audit(
    path: Annotated[str, logs.LOG],
    schedule: Annotated[str, _PLAN],
    as_json: Annotated[bool, flag("--json", "Plain JSON.")] = False,
    quiet: Annotated[bool, flag("--quiet", "Only the exit code.")] = False,
    format: logs.FORMAT = None,
    step: logs.STEP = None,
    rate: logs.RATE = None,
    loss: logs.LOSS = None,
    *,
    horizon: Horizon | None,
) -> int:
    """Hold a log against the schedule that was meant: where it first departs, how, and for how much of the run.

    The exit code is 0 where every rate is as planned, and 1 where not.

    stepsize audit run.csv --schedule "0 -> 3e-4 in 5%; -> 0 cosine" --steps 10000
    """
    from stepsize.logs import audit as audited

    plan = _plan(schedule, horizon)
    trace = logs.trace(path, format=format, step=step, rate=rate, loss=loss)
    per_epoch = None if horizon is None else horizon.steps_per_epoch
    if per_epoch is None or trace.counts == "epochs":
        trace = logs.in_updates(trace, per_epoch)
    found = audited(trace, plan, per_epoch)
    if as_json:
        terminal.put([json.dumps({"log": trace.name, "schedule": written(plan)} | found.to_dict(), indent=2)])
    elif not quiet:
        terminal.put(_shown(trace, plan, found))
    return 0 if found.as_planned else 1


def _plan(spec: str, horizon: Horizon | None) -> "Schedule":
    """The schedule, also of a file that another trainer reads."""
    from stepsize import configs
    from stepsize.cli import contents
    from stepsize.training import Training

    if source.names_a_file(spec.strip()) and Path(spec.strip()).is_file():
        text = contents.of_a_file(spec.strip())
        if configs.detect(text, spec):
            return configs.read(text, spec, training=Training(horizon=horizon)).schedule
    return source.read(spec, horizon).schedule


def _shown(trace: "Trace", plan: "Schedule", found: "Audit") -> Iterator[str]:
    width = min(terminal.wide(), _WIDEST)
    yield f"planned  {written(plan)}"
    yield f"logged   {trace.name}, {len(trace):,} rows"
    for note in (*trace.notes, *found.notes):
        yield from wrap(
            note, width, initial_indent="         ", subsequent_indent="         ", break_on_hyphens=False
        )
    yield ""
    yield from wrap(f"{found.kind}: {found.what}", width)
    if found.departure is not None and found.planned is not None and found.logged is not None:
        first = (
            f"It first departs at step {position(found.departure)}: planned {spoken(found.planned, 6)}, "
            f"logged {spoken(found.logged, 6)}. {100 * found.share:.0f}% of the logged run is not as planned."
        )
        yield from wrap(first, width)
