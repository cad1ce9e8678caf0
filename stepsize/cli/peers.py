"""``stepsize peers``: the same words in every library, and how far what they give stands apart."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from stepsize.cli import terminal
from stepsize.cli.options import flag
from stepsize.cli.wording import worded
from stepsize.schedule import Schedule, table
from stepsize.schedule.terminal import plotted
from stepsize.schedule.words import rate
from stepsize.twins.same_words import Words, peers_of, words

_WORDS: Any = typer.Argument(
    help='Such as "warmup 10, cosine to 0.1, 100 steps", and "peak 3e-4"; or "0 -> 1 in 10; -> 0.1 cosine in 90".',
    metavar="WORDS",
    show_default=False,
)
_WIDE = 9  # columns of a rate
_DRAWN = 400  # updates of a longer run that are drawn


@worded
def peers(
    said: Annotated[str, _WORDS],
    calls: Annotated[
        bool, flag("--calls", "Only the calls, each a schedule for show, diff or table.")
    ] = False,
) -> None:
    """Show what the same words give in each library: the rate of the first updates, at the peak, and at the end.

    stepsize peers "warmup 10, cosine to 0.1, 100 steps"
    """
    asked = words(said)
    made = peers_of(asked)
    terminal.put((f"{name}  {call}" for name, (call, _) in made.items()) if calls else _table(asked, made))


def _table(asked: Words, made: dict[str, tuple[str, Schedule]]) -> Iterator[str]:
    places = asked.places()
    plain = asked.plain()
    wide = max(map(len, made))
    yield f"{asked}: the rate that each library applies"
    yield ""
    heads = "".join(f"{place:>{_WIDE}}" for place in places)
    yield f"{'update':<{wide}}{heads}  apart"
    yield f"{'the words':<{wide}}{_rates(plain, places)}"
    for name, (_, s) in made.items():
        yield f"{name:<{wide}}{_rates(s, places)} {100 * asked.farthest(s):5.1f}%"
    yield ""
    yield "apart: how far from the words, in % of the peak; and how far from one another,"
    yield "the highest rate less the lowest, update for update:"
    spread = _spread(asked, [s for _, s in made.values()])
    yield from plotted([spread], asked.steps, width=terminal.wide(), height=7, log=False, colour=False)
    yield "--calls shows what to type for each, and docs/peers.md why they differ."


def _rates(s: Schedule, places: list[int]) -> str:
    return "".join(f"{rate(s(place), 4):>{_WIDE}}" for place in places)


def _spread(asked: Words, schedules: list[Schedule]) -> Schedule:
    """From the lowest to the highest, in as many steps as can be seen."""
    places = (
        [asked.steps * k // _DRAWN for k in range(_DRAWN)] if asked.steps > _DRAWN else range(asked.steps)
    )
    rates = [[s(place) for s in schedules] for place in places]
    return table([max(row) - min(row) for row in rates], each=asked.steps / len(rates))
