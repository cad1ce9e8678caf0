"""The fields of a configuration, taken one by one: each checked as it is taken, each default said, the rest noted."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_NEAR = 0.9  # as difflib measures it: a letter of another name
_MOST = 500  # keys that are looked at
_LONGEST = 60  # characters of a number that is written as text


class Fields:
    """A mapping that is read with care. Messages call it ``where``; what is noted is shared with its parts.

    A value of None is one that is not given, as in all of these formats.
    """

    def __init__(self, where: str, values: Any, notes: list[str] | None = None) -> None:
        if not isinstance(values, Mapping):
            raise ScheduleError(message(where, "must hold keys and values", values))
        self.where = where
        self.values = values
        self.notes: list[str] = [] if notes is None else notes
        self.taken: set[str] = set()

    def get(self, name: str) -> Any:
        """A value as it stands; None where it is not given."""
        self.taken.add(name)
        return self.values.get(name)

    def has(self, name: str) -> bool:
        """Whether it is given."""
        return self.values.get(name) is not None

    def number(self, name: str, default: Number | None = None, say: bool = True) -> Any:
        """A number, or its default, which is noted; None where there is neither."""
        given = self.get(name)
        if given is None:
            if default is not None and say:
                self.note(f"{name} is not given: the default, {default:g}.")
            return default
        return self._number(name, given)

    def whole(self, name: str, default: int | None = None, least: int = 0, say: bool = True) -> Any:
        """A whole number, or its default."""
        found = self.number(name, default, say)
        return None if found is None else _accept.count(self.at(name), found, least)

    def listed(self, name: str) -> list[Any] | None:
        """A list of numbers; a single one counts as such."""
        given = self.get(name)
        if given is None:
            return None
        many = list(given) if isinstance(given, (list, tuple)) else [given]
        return [self._number(name, one) for one in many]

    def text(self, name: str, default: str | None = None, say: bool = True) -> Any:
        """A text, or its default."""
        given = self.get(name)
        if given is None:
            if default is not None and say:
                self.note(f'{name} is not given: the default, "{default}".')
            return default
        if not isinstance(given, str) or len(given) > 200:
            raise ScheduleError(message(self.at(name), "must be a text", given))
        return given

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        given = self.get(name)
        if given is None:
            return default
        said = str(given).lower() if isinstance(given, (bool, str, int)) else ""
        if said not in (*_TRUE, *_FALSE):
            raise ScheduleError(message(self.at(name), "must be true or false", given))
        return said in _TRUE

    def part(self, name: str) -> "Fields":
        """The mapping that stands under a name; an empty one where it is not given."""
        given = self.get(name)
        return Fields(self.at(name), {} if given is None else given, self.notes)

    def note(self, sentence: str) -> None:
        """Note something, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def left(self, known: Iterable[str]) -> None:
        """Note the keys that look like those of the schedule, and were not understood."""
        words = [*known]
        rest = [name for name in self.values if isinstance(name, str) and name not in {*self.taken, *words}]
        for name in rest[:_MOST]:
            near = get_close_matches(name[:40], words, n=1, cutoff=_NEAR)
            if near:
                self.note(f'{self.at(name)[:80]} is not understood. Did you mean "{near[0]}"?')

    def at(self, name: str) -> str:
        """What a message calls a field."""
        return f"{self.where}: {name}" if ": " not in self.where else f"{self.where}.{name}"

    def _number(self, name: str, given: Any) -> Number:
        where, rule = self.at(name), "must be a number"
        if isinstance(given, str):
            return self._spoken(name, given.strip())
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            raise ScheduleError(message(where, rule, given))
        return _accept.whole(_accept.rate(where, given)) if isinstance(given, float) else given

    def _spoken(self, name: str, given: str) -> Number:
        where, rule = self.at(name), "must be a number"
        if given == "auto":
            remedy = "The Trainer fills it in when it starts: write the number that it puts there."
            raise ScheduleError(message(where, rule, given, remedy))
        try:
            found = float(given) if len(given) <= _LONGEST else float("nan")
        except ValueError:
            remedy = "It is computed elsewhere: write its number." if "$" in given else ""
            raise ScheduleError(message(where, rule, given, remedy)) from None
        self.note_text(name, given, found)
        return _accept.whole(_accept.rate(where, found))

    def note_text(self, name: str, given: str, found: float) -> None:
        """Say that a number was written as text, which YAML makes of 3e-4."""
        self.note(f"{self.at(name)} is the text {given!r}, as YAML reads it: taken as {found:g}.")


class Flags(Fields):
    """The same for flags, whose values are all texts, and whose first value is what a number takes."""

    def _number(self, name: str, given: Any) -> Number:
        if given is True:
            raise ScheduleError(message(self.at(name), "must have a value", "none"))
        return super()._number(name, given[0] if isinstance(given, list) and given else given)

    def flag(self, name: str, default: bool = False) -> bool:
        """Whether it is there, whatever stands behind it."""
        return self.get(name) is not None or default

    def text(self, name: str, default: str | None = None, say: bool = True) -> Any:
        """A text: of a number that stands behind it, its digits."""
        given = self.values.get(name)
        if given is True or isinstance(given, list):
            raise ScheduleError(message(self.at(name), "must have one value", given))
        return super().text(name, default, say)

    def listed(self, name: str) -> list[Any] | None:
        """A list of numbers; a single one counts as such."""
        given = self.get(name)
        if given is None:
            return None
        return [
            super(Flags, self)._number(name, one) for one in (given if isinstance(given, list) else [given])
        ]

    def at(self, name: str) -> str:
        """What a message calls a flag."""
        return f"{self.where}: --{name.replace('_', '-')}"

    def note_text(self, name: str, given: str, found: float) -> None:
        """All flags are texts."""
