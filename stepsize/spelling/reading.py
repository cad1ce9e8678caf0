"""A place in the words of a spelling, and what is read the same everywhere: numbers, lengths, arguments, lists."""

from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from stepsize import _accept, _length
from stepsize._accept import Number
from stepsize._length import UNITS, Length
from stepsize.schedule.value import MOST_LEVELS
from stepsize.spelling.calls import Argument
from stepsize.spelling.hints import hint
from stepsize.spelling.meaning import Run
from stepsize.spelling.words import Word, fault, words

MOST_PARTS = 256
_CONSTANTS = {"None": None, "True": True, "False": False, "inf": float("inf")}


class Reading:
    """Reads on, word by word. What is not as expected is an error that points at its word."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = words(text)
        self._next = 0
        self._depth = 0
        self._errors = Run(text, "steps", None)  # points at words
        self.word = self._words[0]
        self.timed = False  # whether it speaks of times

    def take(self) -> Word:
        """The next word."""
        word = self.word
        if word.kind != "end":
            self._next += 1
            self.word = self._words[self._next]
        return word

    def takes(self, *wanted: str) -> bool:
        """Take the next word if it is one of these."""
        if self.word.text not in wanted or self.word.kind not in ("name", "sign"):
            return False
        self.take()
        return True

    def need(self, sign: str) -> None:
        """Take a sign that must stand here."""
        if not self.takes(sign):
            self.fail(f'"{sign}"')

    def ahead(self, by: int = 1) -> Word:
        """A word further on."""
        return self._words[min(self._next + by, len(self._words) - 1)]

    def fail(self, expected: str, remedy: str = "") -> NoReturn:
        """The error that something else was expected here."""
        raise fault(self.text, self.word, f"expected {expected}", remedy or hint(self.word.text))

    def bounded(self, parts: Sequence[object]) -> None:
        """Refuse what no person types."""
        if len(parts) > MOST_PARTS:
            raise fault(self.text, self.word, f"one expression has at most {MOST_PARTS} parts")

    def nested(self, by: int) -> None:
        """Go one level deeper, or come back."""
        self._depth += by
        if self._depth > MOST_LEVELS:
            raise fault(self.text, self.word, f"there may be {MOST_LEVELS} levels of brackets")

    def listed(self, opening: str, close: str) -> Iterator[None]:
        """Turn by turn through a list in brackets, if one stands here: commas between, one allowed at the end."""
        if not self.takes(opening):
            return
        while not self.takes(close):
            yield
            if not self.takes(","):
                self.need(close)
                return

    # Numbers and lengths

    def is_number(self) -> bool:
        """Whether a number comes next."""
        return self.word.kind == "number" or (self.word.text == "-" and self.ahead().kind == "number")

    def rate(self) -> Number:
        """Rate = number ;"""
        word = self.word
        length = self.length() if self.is_number() else self.fail("a rate, such as 3e-4")
        if length.unit:
            remedy = "Write the rate itself, such as 3e-5." if length.unit == "%" else ""
            raise fault(self.text, word, "a rate is an absolute number", remedy, str(length))
        return _accept.exact(length.amount)

    def number(self) -> Number:
        """Number = [ "-" ] digits [ "." digits ] [ "e" [ "-" ] digits ] [ "k" | "M" | "B" | "T" ] ;"""
        word = self.word
        length = self.length() if self.is_number() else self.fail("a number")
        if length.unit:
            raise fault(self.text, word, "expected a number without a unit", "", str(length))
        return _accept.exact(length.amount)

    def length(self) -> Length:
        """Length = number [ "%" | unit ] ;"""
        minus = self.takes("-")
        word = self.take() if self.word.kind == "number" else self.fail('a length, such as 500, 10k or "5%"')
        length = self._errors.at(word, _length.joined, "parse", word.digits, word.letters)
        if not length.unit and self.word.kind == "name" and self.word.text in UNITS:
            length = _length.in_unit("parse", length.amount, self.take().text)
        self.timed |= length.unit == "seconds"
        return Length(-length.amount, length.unit) if minus else length

    def with_numbers(self) -> str:
        """shape, tail = name [ "(" [ name "=" ] number { "," [ name "=" ] number } ")" ] ;"""
        name = self.take().text
        numbers = ", ".join(self._named_number() for _ in self.listed("(", ")"))
        return f"{name}({numbers})" if numbers else name

    def _named_number(self) -> str:
        name = f"{self.take().text}=" if self.word.kind == "name" and self.ahead().text == "=" else ""
        if name:
            self.take()
        return f"{name}{float(self.number())!r}"

    # Arguments

    def arguments(self) -> list[Argument]:
        """Call = name "(" [ argument { "," argument } ] ")" ;"""
        if self.word.text != "(":
            self.fail('"("')
        return [self.argument() for _ in self.listed("(", ")")]

    def argument(self) -> Argument:
        """Argument = [ name "=" ] value ;"""
        word, name = self.word, None
        if word.kind == "name" and self.ahead().text == "=":
            name = self.take().text
            self.take()
        return Argument(word, name, self.value())

    def value(self) -> Any:
        """Value = length | quoted text | shape | tail | "None" | "True" | "False" | "inf" | list | table ;"""
        word = self.word
        if self.is_number():
            return self.length()
        if word.kind == "text":
            return self.take().text[1:-1]
        if word.text in ("[", "("):
            return self._list("]" if word.text == "[" else ")")
        if word.text == "{":
            return dict(self._pair() for _ in self.listed("{", "}"))
        if word.kind != "name":
            self.fail("a number, a length, a name, a quoted text or a list")
        return _CONSTANTS[self.take().text] if word.text in _CONSTANTS else self.with_numbers()

    def _pair(self) -> tuple[Number, Number]:
        """Table = "{" [ number ":" number { "," number ":" number } ] "}" ;"""
        key = self.number()
        self.need(":")
        return key, self.number()

    def _list(self, close: str) -> list[Argument]:
        self.nested(1)
        items = [Argument(self.word, None, self.value()) for _ in self.listed(self.word.text, close)]
        self.nested(-1)
        return items
