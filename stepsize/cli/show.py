"""``stepsize show``: schedules drawn in the terminal, or their rates at given positions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from stepsize._accept import Number
from stepsize.cli import terminal
from stepsize.cli.extent import common_clock, extent
from stepsize.cli.horizon import of_a_run, position
from stepsize.cli.options import SEVERAL, UNTIL, flag, option
from stepsize.cli.source import Given, read_all
from stepsize.errors import ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.schedule import Schedule
from stepsize.schedule.terminal import drawn

_RATE = 24  # characters that an exact rate takes at most
_PICTURES = (".png", ".svg")


@of_a_run
def show(
    schedules: SEVERAL,
    until: UNTIL = None,
    log: Annotated[bool, flag("--log", "Rates on a logarithmic axis.")] = False,
    at: Annotated[str | None, option("N,N,...", "Only the rates at these positions.")] = None,
    save: Annotated[Path | None, option("FILE", "Write the picture to a file too, .png or .svg.")] = None,
    dark: Annotated[bool, flag("--dark", "A .png is for a dark page; an .svg suits both.")] = False,
    width: Annotated[int | None, option("N", "Columns. Default: those of the terminal.")] = None,
    height: Annotated[int, option("N", "Rows of the curve. Default: 13.")] = 13,
    *,
    horizon: Horizon | None,
) -> None:
    """Draw schedules in the terminal, several over one another.

    Below the curve stand the phases with their edges, and the first, last, highest, lowest and mean rate.

    stepsize show "0 -> 3e-4 in 5%; -> 3e-5 cosine" --steps 10k
    """
    given = read_all(schedules, horizon)
    end = extent(given, until, horizon).end
    named = [(one.name if one.is_named else "", one.schedule) for one in given]
    if at is not None:
        rates = [*_rates(given, at, horizon)]
        if save is not None:
            _save(named, end, save, log, dark)
        terminal.put(rates)
        return
    wide = min(max(terminal.width(), 20), 1000) if width is None else width
    picture = drawn(named, end, width=wide, height=height, log=log, colour=terminal.coloured())
    if save is not None:
        _save(named, end, save, log, dark)
        picture += f"\nSaved: {save}"
    terminal.put([picture])


def _rates(given: list[Given], at: str, horizon: Horizon | None) -> Iterator[str]:
    """A line for each position: the position, and the exact rate of every schedule."""
    clock = common_clock(given)
    places = [position("--at", word, clock, horizon) for word in at.split(",")]
    wide = max(len(repr(place)) for place in places)
    for place in places:
        rates = (f"{one.schedule(place)!r:{_RATE}}" for one in given)
        yield f"{place!r:>{wide}}  {'  '.join(rates)}".rstrip()


def _save(named: list[tuple[str, Schedule]], end: Number, path: Path, log: bool, dark: bool) -> None:
    if path.suffix.lower() not in _PICTURES:
        raise ScheduleError(message("--save", f"must end in {' or '.join(_PICTURES)}", str(path)))
    from stepsize.plots import schedules

    schedules.save(named, path, until=end, log=log, dark=dark)
