"""``stepsize table``: positions and rates, as few rows as tell the curve, or every update."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from stepsize import _accept
from stepsize._accept import Number
from stepsize.cli import terminal
from stepsize.cli.extent import extent
from stepsize.cli.horizon import of_a_run, position
from stepsize.cli.options import SEVERAL, UNTIL, flag, option
from stepsize.cli.rows import regular, telling
from stepsize.cli.source import Given, read_all
from stepsize.errors import ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.schedule.words import rate

_ROWS = 20
_RATE = 12  # characters that a rate in six digits takes at most
_LONG = 24  # a longer name stands above the table, and not over its column


@of_a_run
def table(
    schedules: SEVERAL,
    every: Annotated[str | None, option("N", "A row every N, and the end.")] = None,
    rows: Annotated[int | None, option("N", "About so many rows. Default: 20.")] = None,
    until: UNTIL = None,
    csv: Annotated[bool, flag("--csv", "Commas between, and exact rates.")] = False,
    *,
    horizon: Horizon | None,
) -> None:
    """Print positions and rates, several schedules side by side.

    Without --every there are about 20 rows, all edges among them.

    stepsize table "0 -> 3e-4 in 5%; -> 3e-5 cosine" --steps 10k --every 500
    """
    given = read_all(schedules, horizon)
    clock, end, notes = extent(given, until, horizon)
    if every is not None and rows is not None:
        raise ScheduleError(message("--every", "cannot be given with --rows", every, "Leave one out."))
    if every is not None:
        step = position("--every", every, clock, horizon)
        if step <= 0:
            raise ScheduleError(message("--every", "must be > 0", every))
        places = regular(step, end)
    else:
        most = _accept.count("--rows", _ROWS if rows is None else rows, 2)
        places, note = telling([one.schedule for one in given], clock, end, most)
        notes = (*notes, note) if note else notes
    terminal.put(_csv(given, clock, places) if csv else _table(given, clock, end, places, notes))


def _csv(given: list[Given], clock: str, places: Iterable[Number]) -> Iterator[str]:
    names = ["rate"] if len(given) == 1 else [one.name for one in given]
    yield ",".join([clock, *map(_quoted, names)])
    schedules = [one.schedule for one in given]
    for place in places:
        yield f"{place!r},{','.join(repr(s(place)) for s in schedules)}"


def _quoted(name: str) -> str:
    """A name as a field of CSV."""
    return '"' + name.replace('"', '""') + '"' if any(sign in name for sign in ',"\n\r') else name


def _table(
    given: list[Given], clock: str, end: Number, places: Iterable[Number], notes: Iterable[str]
) -> Iterator[str]:
    names = ["rate"] if len(given) == 1 else [one.name for one in given]
    if any(len(name) > _LONG for name in names):
        names = [f"({k})" for k in range(1, len(given) + 1)]
        yield from (f"{name} {one.name}" for name, one in zip(names, given, strict=True))
    wide = max(len(_written(end)), len(clock))
    columns = [(one.schedule, max(len(name), _RATE)) for name, one in zip(names, given, strict=True)]
    heads = (f"{name:>{column}}" for name, (_, column) in zip(names, columns, strict=True))
    yield f"{clock:>{wide}}  {'  '.join(heads)}"
    for place in places:
        rates = (f"{rate(s(place)):>{column}}" for s, column in columns)
        yield f"{_written(place):>{wide}}  {'  '.join(rates)}"
    yield from notes


def _written(place: Number) -> str:
    return f"{place:,}" if isinstance(place, int) else f"{place:,.7g}"
