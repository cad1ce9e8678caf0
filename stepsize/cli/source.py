"""Where a schedule comes from: a spelling, a call, a published name, a file, or standard input.

    "0 -> 3e-4 in 5%; -> 3e-5"    a spelling or a call; "published:gpt3" too
    plan.json                     a file with the JSON of a schedule
    plan.txt                      a file with a spelling
    -                             standard input, either
    '{"stepsize": 1, ...}'        the JSON itself

What ends like a file's name or holds a path separator is a file. Anything else is a spelling; only where it
cannot be read as one, and a file has that name, is it that file. So a stray file never changes what a spelling
means.
"""

import os
import re
from typing import NamedTuple

from stepsize.cli import contents
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.schedule import Schedule, from_json
from stepsize.spelling import parse

STANDARD_INPUT = "-"

_FILE_NAME = re.compile(r"[^()>;]+\.(?:json|txt|text|spec|cfg|ya?ml|toml)", re.IGNORECASE)
_WORDS_OF_A_SPELLING = {"->", "in", "for", "hold", "repeat", "on"}
_SPELLED = re.compile(r"->|→|[();]")


class Given(NamedTuple):
    """A schedule as it was given: under a name, such as a file's, or spelled, where the name is the spelling."""

    name: str
    schedule: Schedule
    was_json: bool = False
    is_named: bool = True


def read_all(specs: list[str], horizon: Horizon | None) -> list[Given]:
    """Every schedule that was asked for; standard input can be read once.

    Raises:
        ScheduleError: one cannot be read.
    """
    specs = [spec.strip() for spec in specs]
    if len(specs) > 1 and not _WORDS_OF_A_SPELLING.isdisjoint(specs):
        rule = "the shell must see a spelling as one word"
        raise ScheduleError(message("SCHEDULE", rule, " ".join(specs), "Put it in quotes."))
    if specs.count(STANDARD_INPUT) > 1:
        raise ScheduleError(message("-", "standard input can be read once", specs.count(STANDARD_INPUT)))
    return [read(spec, horizon) for spec in specs]


def read(spec: str, horizon: Horizon | None) -> Given:
    """One schedule, whatever it was given as.

    Raises:
        HorizonNeeded: it speaks of a run, and none was given.
        ScheduleError: it cannot be read.
    """
    spec = spec.strip()
    if not spec:
        raise ScheduleError(message("SCHEDULE", "must be a spelling, a call or a file", spec))
    if spec == STANDARD_INPUT:
        return content("standard input", contents.of_standard_input(), horizon)
    if _is_json(spec):
        return Given("JSON", _schedule("the JSON", spec), was_json=True)
    if names_a_file(spec):
        return content(spec, contents.of_a_file(spec), horizon)
    try:
        return Given(spec, parse(spec, horizon), is_named=spec.startswith("published:"))
    except ScheduleError as error:
        if isinstance(error, HorizonNeeded) or not os.path.isfile(spec):
            raise (_published(spec) or error) from None
    return content(spec, contents.of_a_file(spec), horizon)


def _published(spec: str) -> ScheduleError | None:
    """The error for the name of a published schedule alone; None for anything else."""
    from stepsize.published import MODELS

    if spec.lower() not in MODELS:
        return None
    rule, remedy = "must be a spelling, a call or a file", f'Did you mean "published:{spec.lower()}"?'
    return ScheduleError(message("SCHEDULE", rule, spec, remedy))


def names_a_file(spec: str) -> bool:
    """Whether it can only be meant as the name of a file."""
    separators = {os.sep, os.altsep or os.sep}
    return bool(_FILE_NAME.fullmatch(spec)) or (bool(separators & {*spec}) and not _SPELLED.search(spec))


def content(name: str, text: str, horizon: Horizon | None) -> Given:
    """The schedule in the text of a file, or of standard input: JSON, or a spelling.

    Raises:
        HorizonNeeded: it speaks of a run, and none was given.
        ScheduleError: it is empty, or cannot be read.
    """
    shown = contents.shown(name)
    if not text.strip():
        raise ScheduleError(message(shown, "must hold a schedule", "nothing"))
    if name.lower().endswith(".json") or _is_json(text):
        return Given(shown, _schedule(shown, text), was_json=True)
    try:
        return Given(shown, parse(text.strip(), horizon))
    except ScheduleError as error:
        raise type(error)(f"{shown}: {str(error).removeprefix('parse: ')}") from None


def _is_json(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


def _schedule(name: str, text: str) -> Schedule:
    """The schedule that a JSON document describes."""
    try:
        return from_json(text)
    except ScheduleError as error:
        raise type(error)(f"{name}: {str(error).removeprefix('from_json: ')}") from None
