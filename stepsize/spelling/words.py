"""From text to words: numbers, names, quoted texts and signs, each with its place; and the error that points at one."""

import re
from typing import NamedTuple

from stepsize._length import NUMBER
from stepsize.errors import ScheduleError, message

MOST_CHARACTERS = 6_000

_SIGNS = ("->", ">>", *";,()[]{}:+*/.=-")
_WORD = re.compile(
    rf"(?P<number>({NUMBER})(\s*%|[A-Za-z%]*))|(?P<name>[A-Za-z_]\w*)|(?P<text>'[^'\n]*'|\"[^\"\n]*\")"
    rf"|(?P<sign>{'|'.join(map(re.escape, _SIGNS))}|→)|(?P<space>\s+)",
    re.ASCII,
)
_WINDOW = 76  # columns of the line that an error shows


class Word(NamedTuple):
    """A word of a spelling; ``kind`` is number, name, text, sign or end."""

    kind: str
    text: str
    at: int
    digits: str = ""  # of a number
    letters: str = ""  # what is written right behind its digits


def words(text: str) -> list[Word]:
    """The words of a spelling, and an empty one that marks its end.

    Raises:
        ScheduleError: it is too long to be typed, or holds a character that no spelling has.
    """
    if len(text) > MOST_CHARACTERS:
        remedy = "Keep long tables as JSON: to_dict, from_dict."
        rule = f"a spelling has at most {MOST_CHARACTERS} characters"
        raise ScheduleError(message("parse", rule, len(text), remedy))
    found, at = [], 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            raise fault(text, Word("sign", text[at], at), "must be made of numbers, names and signs")
        if match.lastgroup != "space":
            found.append(_word(match))
        at = match.end()
    return [*found, Word("end", "", len(text.rstrip()))]


def _word(match: re.Match[str]) -> Word:
    kind, digits, letters = str(match.lastgroup), match[2] or "", (match[3] or "").strip()
    return Word(kind, "->" if match[0] == "→" else match[0], match.start(), digits, letters)


def fault(text: str, word: Word, rule: str, remedy: str = "", got: object = None) -> ScheduleError:
    """The error at a word of a spelling: what was expected, and the line with carets under it."""
    shown = got if got is not None else word.text or "the end"
    return ScheduleError(f"{message('parse', rule, shown, remedy)}\n{pointed(text, word)}")


def pointed(text: str, word: Word) -> str:
    """The line of ``text`` that holds a word, shortened where it is long, and carets under the word."""
    start, stop = text.rfind("\n", 0, word.at) + 1, text.find("\n", word.at)
    line = text[start : stop if stop >= 0 else len(text)]
    column = word.at - start
    first = max(0, min(column - _WINDOW // 2, len(line) - _WINDOW))
    shown = "".join(sign if sign.isprintable() else " " for sign in line[first : first + _WINDOW])
    carets = "^" * max(1, min(len(word.text), first + _WINDOW - column))
    return f"    {shown}\n    {' ' * (column - first)}{carets}"
