"""``stepsize diff``: where two schedules differ, and why."""

from typing import Annotated, Any

import typer

from stepsize.cli import completion, terminal
from stepsize.cli.extent import extent
from stepsize.cli.horizon import of_a_run
from stepsize.cli.options import UNTIL, flag, option
from stepsize.cli.source import read_all
from stepsize.difference import compare
from stepsize.errors import ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.schedule.terminal import plotted

_FIRST: Any = typer.Argument(
    help="A schedule, as elsewhere.", metavar="A", autocompletion=completion.schedules, show_default=False
)
_SECOND: Any = typer.Argument(
    help="The other one, such as twin:torch.OneCycleLR(0.1, total_steps=100).",
    metavar="B",
    autocompletion=completion.schedules,
    show_default=False,
)


@of_a_run
def diff(
    a: Annotated[str, _FIRST],
    b: Annotated[str, _SECOND],
    until: UNTIL = None,
    tolerance: Annotated[
        float, option("X", "Differences up to this share of the peak are none. Default: 1e-12.")
    ] = 1e-12,
    quiet: Annotated[bool, flag("--quiet", "Only the exit code.")] = False,
    *,
    horizon: Horizon | None,
) -> int:
    """Say where two schedules differ first, where most, by how much, and why.

    The exit code is 0 where they are the same, also after their end, and 1 where they are not.

    stepsize diff "0 -> 1 in 10; -> 0.1 cosine in 90" "twin:transformers.linear(1, 10, 100)"
    """
    if not 0 <= tolerance < 1:
        raise ScheduleError(message("--tolerance", "must be in [0, 1)", tolerance))
    given = read_all([a, b], horizon)
    end = extent(given, until, horizon).end
    found = compare(given[0].schedule, given[1].schedule, end, tolerance=tolerance)
    if not quiet:
        width, coloured = terminal.wide(), terminal.coloured()
        lines = [f"{letter} {one.schedule}" for letter, one in zip("ab", given, strict=True)]
        if not found.same:
            lines += plotted([found.a, found.b], end, width=width, height=9, log=False, colour=coloured)
        terminal.put([*lines, str(found)])
    return 0 if found.same else 1
