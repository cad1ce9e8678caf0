"""From words to phases and expressions: recursive descent, a method for each line of the grammar.

What a method reads becomes a function of the :class:`~stepsize.spelling.meaning.Run`, for the clock stands at the
end of a spelling, and a phase's length may hang on all the others.
"""

from collections.abc import Callable
from functools import partial, reduce
from operator import add, getitem, mul, truediv
from typing import Any, cast

from stepsize import shapes, tails
from stepsize._accept import Number
from stepsize._length import Length
from stepsize.errors import did_you_mean
from stepsize.horizon import Horizon
from stepsize.schedule import CLOCKS, Schedule, decay, hold, ramp
from stepsize.spelling import calls
from stepsize.spelling.calls import Argument
from stepsize.spelling.hints import behind, hint
from stepsize.spelling.meaning import Built, Phase, Run, join
from stepsize.spelling.reading import Reading
from stepsize.spelling.words import Word, fault

Suffix = partial[Schedule]  # of a word, what was read behind it, the run, and the schedule before it


def read(text: str) -> Callable[[Horizon | None], Schedule]:
    """Text = chain [ "on" clock ] ; what comes back makes the schedule for a horizon."""
    reader = Grammar(text)
    phases, clock = reader.chain(), reader.clock()
    if reader.word.kind != "end":
        reader.fail('";" and another phase, "on" and a clock, or the end')
    timed = reader.timed and clock is None
    counted = clock or ("seconds" if timed else "steps")

    def build(horizon: Horizon | None) -> Schedule:
        s = join(Run(text, counted, horizon, timed), phases)
        return s.on(counted) if clock or timed else s

    return build


class Grammar(Reading):
    """A method for each line of the grammar; its docstring is that line."""

    def clock(self) -> str | None:
        """Clock = "steps" | "samples" | "tokens" | "seconds" | "progress" ;"""
        if not self.takes("on"):
            return None
        if self.word.text not in CLOCKS:
            self.fail(f"a clock, one of {', '.join(CLOCKS)}", did_you_mean(self.word.text, CLOCKS))
        return self.take().text

    def chain(self) -> list[Phase]:
        """Chain = phase { ( ";" | ">>" ) phase } [ ";" ] ;"""
        self.nested(1)
        phases = [self.phase()]
        while self.takes(";", ">>"):
            if self.word.kind == "end" or self.word.text in (")", "on"):
                break
            phases.append(self.phase())
        self.nested(-1)
        return phases

    def phase(self) -> Phase:
        """Phase = stay | go | fade | sum ;"""
        word = self.word
        if word.text in ("hold", "decay") and self.ahead().text != "(":
            return self.stay(word, None) if self.takes("hold") else self.fade(word, None)
        if word.text == "->":
            return self.go(word, None)
        if not self.is_number() or self.ahead(2 if word.text == "-" else 1).text == "*":
            return Phase(word, whole=self.sum())
        rate = self.rate()
        if self.word.text == "->":
            return self.go(word, rate)
        return self.fade(word, rate) if self.word.text == "decay" else self.stay(word, rate)

    def stay(self, word: Word, rate: Number | None) -> Phase:
        """Stay = ( rate | "hold" ) [ span ] ;"""
        if rate is None and self.is_number():
            self.fail('"for", ";" or the end', 'Write "hold for 500"; for another rate "3e-4 for 500".')
        return Phase(word, partial(_stay, rate), span=self.span(), follows=rate is None, endless=True)

    def fade(self, word: Word, rate: Number | None) -> Phase:
        """Fade = [ rate ] "decay" tail [ span ] ;"""
        self.need("decay")
        tail = self.spelled("a tail", tails.tail, tails.KNOWN)
        return Phase(word, partial(_fade, rate, tail), span=self.span(), follows=rate is None, endless=True)

    def go(self, word: Word, start: Number | None) -> Phase:
        """Go = [ rate ] "->" rate { shape | span } ; each once"""
        self.need("->")
        end, shape, span = self.rate(), None, None
        while self.word.kind == "name" and self.word.text != "on":
            if self.word.text in ("in", "for") and span is None:
                span = self.span()
            elif self.word.text not in ("in", "for") and shape is None:
                shape = self.spelled('a shape, "in", "for" or ";"', shapes.shape, shapes.KNOWN)
            else:
                self.fail('";" or the end')
        if self.is_number():
            self.fail(
                '"in" and a length, ";" or the end', f'Write "in {self.word.text}".' if span is None else ""
            )
        return Phase(word, partial(_go, start, end, shape or "linear"), span=span, follows=start is None)

    def spelled(self, what: str, door: Callable[[str, str], Any], known: Any) -> Any:
        """shape, tail = name [ "(" number { "," number } ")" ] ;"""
        word = self.word
        if word.text not in known:
            self.fail(what, hint(word.text, known))
        return self._errors.at(word, door, f"parse: {word.text}", self.with_numbers())

    def span(self) -> tuple[Word, Length] | None:
        """Span = ( "in" | "for" ) length ;"""
        if not self.takes("in", "for"):
            return None
        word, length = self.word, self.length()
        if length.amount < 0:
            raise fault(self.text, word, "a length must be >= 0", "", str(length))
        return word, length

    # Expressions: schedules, and the numbers that scale them

    def sum(self) -> Any:
        """Sum = product { "+" product } ;"""
        return self._operated(self.product, ("+",))

    def product(self) -> Any:
        """Product = factor { ( "*" | "/" ) factor } ;"""
        return self._operated(self.factor, ("*", "/"))

    def _operated(self, operand: Callable[[], Any], signs: tuple[str, ...]) -> Any:
        first, rest = operand(), []
        while self.word.text in signs:
            rest.append((self.take(), operand()))
            self.bounded(rest)
        return _applied(self.text, first, rest) if rest else first

    def factor(self) -> Any:
        """Factor = number | ( call | "(" chain ")" ) { suffix } ;"""
        if self.is_number():
            return self.number()
        if not self.takes("("):
            return self._suffixed(self.call())
        phases = self.chain()
        self.need(")")
        return self._suffixed(lambda run: join(run, phases))

    def call(self) -> Built:
        """Call = name arguments | "published" ":" name [ arguments ] | "twin" ":" name "." name arguments ;"""
        if self.word.text == "twin" and self.ahead().text == ":":
            return self.twin()
        if self.word.text == "published" and self.ahead().text == ":":
            self.take(), self.take()
            name = self.take()
            given = self.arguments() if self.word.text == "(" else []
            return lambda run: calls.published(run, name, given)
        word, functions = self.word, calls.known()
        if word.text not in functions:
            remedy = behind(word.text) or hint(word.text, functions)
            self.fail('a phase: a rate, "->", "hold", "(" or a call', remedy)
        self.take()
        if self.word.text != "(":
            self.fail(f'"(" and the arguments of {word.text}', behind(word.text))
        arguments = self.arguments()
        return lambda run: calls.call(run, word, functions[word.text], arguments)

    def twin(self) -> Built:
        """Twin = "twin" ":" peer "." name "(" arguments ")" ;"""
        self.take(), self.take()
        peer = self.take()
        self.need(".")
        name = self.take()
        arguments = self.arguments()
        return lambda run: calls.twin(run, peer, name, arguments)

    def value(self) -> Any:
        """An argument may be a schedule of another library's, or a published one."""
        if self.word.text in ("twin", "published") and self.ahead().text == ":":
            self.nested(1)
            made = self._suffixed(self.call())
            self.nested(-1)
            return made
        return super().value()

    def _suffixed(self, built: Built) -> Built:
        """Suffix = repeat | "." verb "(" arguments ")" | "[" [ number ] ":" [ number ] "]" ;"""
        suffixes: list[Suffix] = []
        repeated = False
        while suffix := self.suffix():
            suffixes.append(suffix)
            self.bounded(suffixes)
            repeated |= suffix.args[0].text == "repeat"

        def suffixed(run: Run) -> Schedule:
            start = built(run._replace(open=run.open and not repeated))
            return reduce(lambda s, suffix: suffix(run, s), suffixes, start)

        return suffixed

    def suffix(self) -> Suffix | None:
        """What may follow a schedule."""
        word = self.word
        if self.takes("repeat"):
            return partial(_verb, word, self.repeat())
        if self.takes("."):
            verb = self.word
            if verb.text not in calls.VERBS:
                self.fail(f"a verb, one of {', '.join(calls.VERBS)}", did_you_mean(verb.text, calls.VERBS))
            self.take()
            return partial(_verb, verb, self.arguments())
        if self.takes("["):
            return partial(_cut, word, self.cut())
        return None

    def repeat(self) -> list[Argument]:
        """Repeat = "repeat" [ count [ "times" ] ] { ( "growth" | "decay" | "floor" ) [ "=" ] number } ;"""
        arguments = []
        if self.is_number():
            arguments.append(Argument(self.word, "cycles", self.number()))
            self.takes("times")
        while self.word.text in ("cycles", "growth", "decay", "floor"):
            word = self.take()
            self.takes("=")
            arguments.append(Argument(word, word.text, self.number()))
        return arguments

    def cut(self) -> slice:
        """The two ends of a cut, and its closing bracket."""
        start = self.number() if self.is_number() else None
        self.need(":")
        stop = self.number() if self.is_number() else None
        self.need("]")
        return slice(start, stop)


# What has been read, as functions of what is known later: the rate before and the length, or the run


def _stay(rate: Number | None, before: float, length: Number) -> Schedule:
    return hold(before if rate is None else rate, length)


def _fade(rate: Number | None, tail: Any, before: float, length: Number) -> Schedule:
    return decay(before if rate is None else rate, tail, length)


def _go(start: Number | None, end: Number, shape: Any, before: float, length: Number) -> Schedule:
    return ramp(before if start is None else start, end, length, shape)


def _verb(word: Word, arguments: list[Argument], run: Run, s: Schedule) -> Schedule:
    return cast(Schedule, calls.call(run, word, getattr(s, word.text), arguments, own=1))


def _cut(word: Word, cut: slice, run: Run, s: Schedule) -> Schedule:
    return cast(Schedule, run.at(word, getitem, s, cut))


_RULES = {"+": "a sum joins schedules", "*": "one side must be a schedule", "/": "only numbers divide"}
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"+": add, "*": mul, "/": truediv}


def _applied(text: str, first: Any, rest: list[tuple[Word, Any]]) -> Built:
    """Operands joined by signs, from the left. Numbers scale, and are no schedules."""
    schedule = callable(first)
    for sign, right in rest:
        if not {
            "+": schedule and callable(right),
            "*": schedule or callable(right),
            "/": not callable(right),
        }[sign.text]:
            raise fault(text, sign, _RULES[sign.text])
        schedule = True

    def built(run: Run) -> Schedule:
        result: Any = first(run) if callable(first) else first
        for sign, right in rest:
            result = run.at(sign, _OPERATORS[sign.text], result, right(run) if callable(right) else right)
        return cast(Schedule, result)

    return built
