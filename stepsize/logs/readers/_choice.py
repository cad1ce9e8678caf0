"""The three columns of a log that matter, chosen from its first rows, by name, or by the user; and their numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any, NamedTuple

from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.logs.readers._columns import Role, role
from stepsize.logs.readers._source import Source, no_rate

_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_LISTED = 20  # names in an error


class Wanted(NamedTuple):
    """The columns that the user named; None where they are to be guessed."""

    step: str | None = None
    rate: str | None = None
    loss: str | None = None

    def is_rate(self, name: str, value: Any) -> bool:
        """Whether this is the rate that is looked for."""
        if self.rate is not None:
            return name == self.rate
        told = role(name)
        return told is not None and told.what == "rate" and isfinite(number(value))

    def may_be_rate(self, name: str) -> bool:
        """Whether a column of this name is, or looks like, the rate that is looked for."""
        return self.is_rate(name, 0.0)

    def known(self, name: str) -> bool:
        """Whether a column may matter."""
        return name in self or role(name) is not None


@dataclass
class Choice:
    """The names of the columns, where they stand in a row, and what was guessed."""

    names: tuple[str | None, str | None, str | None]
    counts: str
    columns: Mapping[str, str]
    notes: tuple[str, ...]
    table: bool = False
    _places: dict[tuple[str, ...], tuple[int, int, int]] = field(default_factory=dict)

    def numbers(self, names: tuple[str, ...], values: Sequence[Any]) -> tuple[float, float, float]:
        """Step, rate and loss of a row, nan for what it has not."""
        places = self._places.get(names)
        if places is None:
            if len(self._places) > 10_000:  # columns of other names in every row: noise
                self._places.clear()
            places = self._places[names] = self._find(names)
        many = len(values)
        step = number(values[places[0]]) if 0 <= places[0] < many else nan
        rate = number(values[places[1]]) if 0 <= places[1] < many else nan
        loss = number(values[places[2]]) if 0 <= places[2] < many else nan
        return step if isfinite(step) else nan, rate if isfinite(rate) else nan, loss

    def _find(self, names: tuple[str, ...]) -> tuple[int, int, int]:
        step, rate, loss = (names.index(name) if name in names else -1 for name in self.names)
        if self.table and rate < 0:  # the table has other columns since a resume
            found = best(names, "rate")
            rate = names.index(found) if found else -1
        return step, rate, loss


def choose(
    source: Source, head: Sequence[tuple[tuple[str, ...], Sequence[Any]]], wanted: Wanted, table: bool
) -> Choice:
    """Choose the columns: named ones as they are, others by rank among those that hold numbers.

    Raises:
        ScheduleError: there is no rate, or a column that was named is not there.
    """
    filled: Counter[str] = Counter()  # rows in which a column has a finite number
    beside: Counter[str] = Counter()  # the same among rows that have a rate
    for names, values in head:
        here = [
            name
            for name, value in zip(names, values, strict=False)
            if wanted.known(name) and isfinite(number(value))
        ]
        filled.update(here)
        if any(map(wanted.may_be_rate, here)):
            beside.update(here)
    there = dict.fromkeys(name for row in head for name in row[0])
    for name in there:
        source.saw(name)
    for name in filter(None, wanted):
        if name not in there:
            raise _missing(source, name, there)
    rate = wanted.rate or best([name for name in there if filled[name]], "rate")
    if rate is None:
        if best(there, "rate"):
            there_is = f"nan or none in each row of {best(there, 'rate')}"
            raise ScheduleError(message(source.name, "must hold a rate that is a finite number", there_is))
        raise no_rate(source)
    loss = wanted.loss or best([name for name in there if filled[name]], "loss")
    step = wanted.step or _step(there, beside or filled)
    return _said(there, (step, rate, loss), wanted, table, filled)


def best(names: Iterable[str], what: str) -> str | None:
    """The column of the lowest rank, the first of several; None where none is of this kind."""
    ranked = [
        (told.rank, k, name) for k, name in enumerate(names) if (told := role(name)) and told.what == what
    ]
    return min(ranked)[2] if ranked else None


def _step(names: Iterable[str], beside: Counter[str]) -> str | None:
    """The step that stands beside at least half as many rates as the one that stands beside most."""
    steps = [name for name in names if (told := role(name)) and told.what == "step" and beside[name]]
    most = max((beside[name] for name in steps), default=0)
    return best([name for name in steps if 2 * beside[name] >= most], "step")


def _said(
    names: Iterable[str],
    chosen: tuple[str | None, str | None, str | None],
    wanted: Wanted,
    table: bool,
    filled: Counter[str],
) -> Choice:
    """The choice, with what was guessed in words."""
    notes = []
    for what, name in zip(("step", "rate", "loss"), chosen, strict=True):
        if name is None or name in wanted:
            continue
        others = [
            f"'{x}'" for x in names if x != name and (told := role(x)) and told.what == what and filled[x]
        ]
        more = f" (also there: {', '.join(others[:5])}{', ...' if len(others) > 5 else ''})" if others else ""
        notes.append(f"{what}: column '{name}'{more}")
    step = chosen[0]
    if step is None:
        notes.append("no column of steps: the rows were counted")
    counts = "rows" if step is None else (role(step) or Role("step", 0)).counts
    columns = {
        what: name for what, name in zip(("step", "rate", "loss"), chosen, strict=True) if name is not None
    }
    return Choice(chosen, counts, columns, tuple(notes), table)


def _missing(source: Source, name: str, names: Iterable[str]) -> ScheduleError:
    listed = list(names)
    shown = ", ".join(listed[:_LISTED]) + (", ..." if len(listed) > _LISTED else "")
    remedy = f"{did_you_mean(name, listed)} There are {shown}.".strip()
    return ScheduleError(message(source.name, "must have the column that was named", name, remedy))


def number(value: Any) -> float:
    """The number that stands there; nan for nothing, for words, and for what is no number. Of a list, the first.

    >>> number("1.5e-4"), number(" 1,000 "), number([0.1, 0.2]), number("None")
    (0.00015, 1000.0, 0.1, nan)
    """
    try:
        return float(value)
    except ValueError:
        return _spelled(str(value))
    except (TypeError, OverflowError):
        return (
            number(value[0]) if isinstance(value, list) and value and not isinstance(value[0], list) else nan
        )


def _spelled(text: str) -> float:
    """A number with signs between its thousands."""
    return float(text.replace(",", "")) if len(text) < 40 and _THOUSANDS.fullmatch(text.strip()) else nan
