"""What ``stepsize check`` shows: a schedule with what was found in it, as linters do; or all of it as JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from stepsize.cli import terminal
from stepsize.cli.wording import spelled
from stepsize.schedule import Schedule
from stepsize.schedule.axes import position
from stepsize.schedule.words import rate
from stepsize.spelling import written

if TYPE_CHECKING:
    from stepsize.checks import Finding

SEVERITIES = ("note", "warning", "error")
_COLOURS = {"error": "31", "warning": "33", "note": "36"}
_LONG = 300  # characters of a schedule that are shown: a table has thousands
_WIDEST = 100  # columns: longer lines are hard to read


class Checked(NamedTuple):
    """A source with its schedule, what was found, and for lack of which facts some rules were silent."""

    name: str
    schedule: Schedule
    findings: tuple["Finding", ...]
    lacks: tuple[str, ...]
    notes: tuple[str, ...]


def shown(checked: list[Checked]) -> Iterator[str]:
    """Each source with its findings, how many there are, and what was not asked."""
    width = min(terminal.wide(), _WIDEST)
    for one in checked:
        yield from _one(one, width)
        yield ""
    yield _counted(found.severity for one in checked for found in one.findings)
    lacks = dict.fromkeys(fact for one in checked for fact in one.lacks)
    if lacks:
        said = f"Not asked for lack of {', '.join(_option(fact) for fact in lacks)}."
        yield from wrap(said, width, break_on_hyphens=False)


def _one(one: Checked, width: int) -> Iterator[str]:
    """The schedule, and what was found in it."""
    text = written(one.schedule)
    text = text if len(text) <= _LONG else f"{text[:_LONG]}..."
    yield one.name if one.name != "JSON" else text
    if one.name not in ("JSON", text):
        yield from wrap(text, width, initial_indent="  = ", subsequent_indent="    ")
    for note in one.notes:
        yield from wrap(note, width, initial_indent="  ", subsequent_indent="    ")
    for found in one.findings:
        yield ""
        yield from _finding(found, one.schedule.clock, width)


def _finding(found: "Finding", clock: str, width: int) -> Iterator[str]:
    yield f"  {_coloured(found.severity)} {found.code}{where(found, clock)}"
    for text in (found.what, f"{found.why} [{found.source}]"):
        yield from wrap(text, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    remedy = f"{found.remedy.removesuffix('.')}:" if found.spelling else found.remedy
    yield from wrap(remedy, width, initial_indent="    > ", subsequent_indent="      ")
    if found.spelling:
        yield f"      {found.spelling}"


def where(found: "Finding", clock: str) -> str:
    """The position and the rate of a finding, behind its code."""
    if found.at is None or found.rate is None:
        return ""
    place = f"update {position(found.at)}" if clock == "steps" else f"{position(found.at)} {clock}"
    return f", at {place}, rate {rate(found.rate, 4)}"


def _coloured(severity: str) -> str:
    return f"\x1b[{_COLOURS[severity]}m{severity}\x1b[0m" if terminal.coloured() else severity


def _counted(severities: Iterable[str]) -> str:
    counts = Counter(severities)
    said = [f"{counts[s]} {s}{'s' if counts[s] > 1 else ''}" for s in reversed(SEVERITIES) if counts[s]]
    return f"Found: {', '.join(said)}." if said else "Nothing found."


def _option(fact: str) -> str:
    return "--steps" if fact == "run" else spelled(fact)


def as_json(checked: list[Checked]) -> Iterator[str]:
    """A list with a document for each source."""
    from json import dumps

    for_each = [
        {
            "source": one.name,
            "schedule": written(one.schedule),
            "clock": one.schedule.clock,
            "notes": [*one.notes],
            "findings": [found.to_dict() for found in one.findings],
            "not_asked": [_option(fact) for fact in one.lacks],
        }
        for one in checked
    ]
    yield dumps(for_each, indent=2)
