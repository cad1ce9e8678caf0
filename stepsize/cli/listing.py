"""``stepsize list``: what there is, each with a small curve: the recipes, or the schedules of published models."""

import math
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

from stepsize._accept import Number
from stepsize.cli import terminal
from stepsize.cli.completion import first_line
from stepsize.cli.options import flag
from stepsize.schedule import Schedule
from stepsize.schedule.terminal import small
from stepsize.schedule.words import rate
from stepsize.spelling import parse
from stepsize.spelling.calls import known

if TYPE_CHECKING:
    from stepsize.published.recipe import Recipe

RECIPES = (  # each is a schedule that can be typed as it stands
    "linear_warmup(3e-4, 1000)",
    "cosine_annealing(3e-4, 10000)",
    "warmup_cosine(3e-4, 10000, warmup=5%, end=3e-5)",
    "warmup_linear(3e-4, 10000, warmup=5%)",
    "d2z(3e-4, 10000)",
    "polynomial_decay(3e-4, 10000, power=2, warmup=5%)",
    "power_decay(3e-4, 10000, beta=1.5)",
    "sgdr(0.1, 1000, growth=2, cycles=4)",
    "one_cycle(0.1, 10000)",
    "triangular(0.001, 0.1, 1000, cycles=5, decay=0.5)",
    "wsd(3e-4, 10000, warmup=5%, decay=20%)",
    "wsd_s(3e-4, [4000, 7000, 10000], warmup=5%, decay=30%, end=3e-5)",
    "minicpm(0.01, 60k, warmup=1000, decay=20%)",
    "infinite(3e-4, 10000, constant=2e-4, end=3e-5, warmup=5%, cooldown=25%, decay=15%)",
    "step_decay(0.1, 3000, factor=0.5)",
    "multi_step(0.1, [3000, 6000], factor=0.1)",
    "inverse_sqrt(3e-4, 1000)",
    "power(0.02, 10000, warmup=5%, exponent=0.5, decay=10%)",
)
_COLUMNS = 16  # of a small curve
_LENGTH = 10_000  # updates of a run, for what has no length of its own


def list_(
    published: Annotated[bool, flag("--published", "Those of published models, on the same axes.")] = False,
) -> None:
    """List every recipe with a small curve, its call, and what it is.

    Each call is a schedule: give it to show, table or json, in quotes.
    """
    terminal.put(_published() if published else _recipes())


def _recipes() -> Iterator[str]:
    for call in RECIPES:
        s, recipe = parse(call), known()[call.partition("(")[0]]
        end = s.length if _LENGTH < s.length < math.inf else _LENGTH
        yield from _entry(s, end, [call, first_line(recipe)])


def _published() -> Iterator[str]:
    from stepsize.published import MODELS

    wide = max(terminal.width(), 20)
    yield from wrap("Each from the start of its run to the end, and from zero to its highest rate:", wide)
    hidden = [model for model in MODELS.values() if model.schedule is None]
    for model in MODELS.values():
        if model.schedule is not None:
            s = model(_LENGTH) if model.needs_steps else model()
            yield from _entry(s, None, [f"published:{model.name}", _facts(model)])
    yield from wrap("No schedule, because sources do not disclose it, or contradict each other:", wide)
    for model in hidden:
        missing = "; ".join(model.undisclosed + model.conflicts)
        yield from wrap(f"{model.name}: {missing}", wide, initial_indent="  ", subsequent_indent="    ")


def _facts(model: "Recipe") -> str:
    """What its source says, in a line."""
    peak = "" if model.peak is None else f"peak {rate(model.peak)}"
    multiplier = "a multiplier" if model.multiplies else ""
    length = model.horizon or "for a run of any length"
    return ", ".join(part for part in (model.model, multiplier or peak, length) if part)


def _entry(s: Schedule, until: Number | None, texts: list[str]) -> Iterator[str]:
    """A small curve, and beside it the texts, wrapped where the terminal is narrow."""
    curve = small(s, until, columns=_COLUMNS)
    room = max(terminal.width() - _COLUMNS - 2, 20)
    lines = [line for text in texts for line in wrap(text, room)]
    blank = ["\u2800" * _COLUMNS] * (len(lines) - len(curve))  # some fonts draw braille wider than letters
    for drawn, line in zip(curve + blank, lines, strict=True):
        yield f"{drawn}  {line}".rstrip()
