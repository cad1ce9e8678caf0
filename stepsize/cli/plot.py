"""``stepsize plot``: logs drawn, rates and losses together, with the phases that were found in them."""

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stepsize.cli import logs, terminal
from stepsize.cli.options import flag, option
from stepsize.cli.wording import worded
from stepsize.errors import ScheduleError, message

if TYPE_CHECKING:
    from stepsize.logs.identified import Identified
    from stepsize.plots.logs import Band, Logs
    from stepsize.records.trace import Trace

_PICTURES = (".png", ".svg")


@worded
def plot(
    paths: Annotated[list[str], logs.LOG],
    save: Annotated[Path | None, option("FILE", "Write the picture to a file too, .png or .svg.")] = None,
    no_loss: Annotated[bool, flag("--no-loss", "Only the rates.")] = False,
    log: Annotated[bool, flag("--log", "Rates on a logarithmic axis.")] = False,
    dark: Annotated[bool, flag("--dark", "A .png is for a dark page; an .svg suits both.")] = False,
    format: logs.FORMAT = None,
    step: logs.STEP = None,
    rate: logs.RATE = None,
    loss: logs.LOSS = None,
    width: Annotated[int | None, option("N", "Columns. Default: those of the terminal.")] = None,
    height: Annotated[int, option("N", "Rows of the rates. Default: 11.")] = 11,
) -> None:
    """Draw logs: the rates and the losses of a run, and the phases of its schedule.

    Several logs are drawn over one another.

    stepsize plot trainer_state.json --save run.png
    """
    from stepsize.plots import logs as room
    from stepsize.plots.logs_terminal import drawn

    if save is not None and save.suffix.lower() not in _PICTURES:
        raise ScheduleError(message("--save", f"must end in {' or '.join(_PICTURES)}", str(save)))
    traces = [logs.trace(path, format=format, step=step, rate=rate, loss=loss) for path in paths]
    phases, said = _phases(traces[0]) if len(traces) == 1 else ([], [])
    shown = room.logs(traces, [phases], losses=not no_loss)
    wide = terminal.wide() if width is None else width
    lines = drawn(shown, width=wide, height=height, log=log, colour=terminal.coloured())
    if save is not None:
        _save(shown, save, log, dark)
        said = [*said, f"Saved: {save}"]
    terminal.put([*lines, *said])


def _phases(trace: "Trace") -> tuple[list["Band"], Sequence[str]]:
    """The phases that are found in a log, in its own steps, and the schedule in words; or why there is none."""
    from stepsize.logs.identifying.identify import identify

    try:
        found: Identified = identify(trace)
    except ScheduleError as error:
        return [], [f"Without phases: {error}"]
    return bands(found), [str(found.schedule)]


def bands(found: "Identified") -> list["Band"]:
    """The phases in the steps of the log: all of them again wherever the schedule began anew."""
    from stepsize.plots.logs import Band

    places = [odd.at for odd in found.suspicions if odd.kind == "restarted on resume" and odd.at is not None]
    drawn = []
    for begun, over in pairwise([0, *places, math.inf]):
        for part in found.parts:
            start, stop = (float(edge - found.offset + begun) for edge in (part.start, part.stop))
            if start < over:
                drawn.append(Band(start, min(stop, over), part.kind))
    return drawn


def _save(shown: "Logs", path: Path, log: bool, dark: bool) -> None:
    from stepsize.plots.logs_file import save

    save(shown, path, log=log, dark=dark)
