"""From phases and a horizon to a schedule: which rate a phase starts from, and how long it takes."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from stepsize._accept import Number
from stepsize._length import Length
from stepsize.errors import ScheduleError
from stepsize.horizon import Horizon, Measured, measured, spread
from stepsize.schedule import Schedule
from stepsize.schedule.chain import chain
from stepsize.spelling.words import Word, fault, pointed

T = TypeVar("T")


class Run(NamedTuple):
    """What a spelling is read against: its own text, for errors, its clock, and the run it speaks of."""

    text: str
    clock: str
    horizon: Horizon | None
    timed: bool = False  # seconds, because it speaks of times: then a bare number says nothing
    open: bool = True  # whether what is read here lasts as long as the run, so that a phase may take its rest

    def at(self, word: Word, build: Callable[..., T], *arguments: Any) -> T:
        """What ``build`` gives; its error points at ``word``."""
        try:
            return build(*arguments)
        except ScheduleError as error:
            if "\n" in str(error):  # it points at a place already
                raise
            raise type(error)(f"{error}\n{pointed(self.text, word)}") from None

    def measured(self, word: Word, length: Length) -> Measured:
        """A length on the clock of the run."""
        if self.timed and not length.unit:
            raise fault(self.text, word, "a number among times needs a unit", "Write 90s, or 2h.")
        return self.at(word, measured, "parse", length, self.clock, self.horizon)

    def length(self, word: Word, length: Length) -> Number:
        """A length by itself, rounded where it was converted."""
        return spread("parse", [self.measured(word, length)], self.clock, self.horizon)[0]


Built = Callable[[Run], Schedule]


class Phase(NamedTuple):
    """One phase: ``make(rate before, length)`` gives it, or ``whole`` where it brings its own length."""

    word: Word
    make: Callable[[float, Number], Schedule] | None = None
    whole: Built | None = None
    span: tuple[Word, Length] | None = None
    follows: bool = False  # it starts from the rate before it
    endless: bool = False  # without a length it may go on for ever


def join(run: Run, phases: Sequence[Phase]) -> Schedule:
    """The phases one after another; where they last as long as the run, one may be left without a length."""
    within = run._replace(open=run.open and len(phases) == 1)
    wholes = [None if phase.whole is None else phase.whole(within) for phase in phases]
    if len(phases) == 1 and wholes[0] is not None:
        return wholes[0]
    bare = [None if s is None else _on_the_clock(run, p.word, s) for p, s in zip(phases, wholes, strict=True)]
    lengths = _lengths(run, phases, bare)
    parts: list[Schedule] = []
    for phase, whole, length in zip(phases, bare, lengths, strict=True):
        if phase.follows and not parts:
            remedy = 'Name one: "0 -> 3e-4 in 500", or "3e-4 for 500".'
            raise fault(run.text, phase.word, "the first phase needs a rate to start from", remedy)
        before = parts[-1]._final if parts else 0.0
        parts.append(whole or run.at(phase.word, phase.make or _never, before, length))
        if math.isinf(parts[-1].length) and phase is not phases[-1]:
            rule = "this phase never ends, so nothing can follow it"
            raise fault(run.text, phase.word, rule, "Give it a length.")
    return run.at(phases[0].word, chain, *parts)


def _never(before: float, length: Number) -> Schedule:
    raise AssertionError("a phase is whole, or is made")


def _on_the_clock(run: Run, word: Word, s: Schedule) -> Schedule:
    if s.clock not in ("steps", run.clock):
        rule = f"the phases of a chain count on one clock, here {run.clock}"
        remedy = f'Write "on {s.clock}" at the end, and lengths in {s.clock}.'
        raise fault(run.text, word, rule, remedy, s.clock)
    return s._bare


def _lengths(run: Run, phases: Sequence[Phase], wholes: Sequence[Schedule | None]) -> Sequence[Number]:
    parts: list[Measured | None] = []
    shares = Fraction(0)
    for phase, whole in zip(phases, wholes, strict=True):
        if whole is not None:
            endless = math.isinf(whole.length)
            parts.append((Fraction(0) if endless else Fraction(whole.length), False))
        elif phase.span is not None:
            parts.append(run.measured(*phase.span))
            shares += phase.span[1].amount * (phase.span[1].unit == "%")
            if shares > 100:
                rule = "shares of the run may add up to 100%"
                raise fault(run.text, phase.span[0], rule, "Shorten one.", f"{float(shares):g}%")
        else:
            _may_be_open(run, phase, None in parts)
            parts.append(None)
    if phases[-1].endless and parts[-1] is None and (run.horizon is None or run.horizon.open):
        return (*spread("parse", parts[:-1], run.clock, None), math.inf)
    word = next((p.word for p, part in zip(phases, parts, strict=True) if part is None), phases[0].word)
    if run.clock == "seconds" and None in parts:
        raise fault(run.text, word, "on the clock seconds each phase needs a length", 'Write "for 5h".')
    return run.at(word, spread, "parse", parts, run.clock, run.horizon)


def _may_be_open(run: Run, phase: Phase, already: bool) -> None:
    if already:
        remedy = 'Give this one a length: "in 500", "in 5%".'
        raise fault(run.text, phase.word, "only one phase may take the rest of the run", remedy)
    if not run.open:
        rule = "in a part of the run each phase needs a length"
        raise fault(run.text, phase.word, rule, 'Write "in 500", or "in 5%".')
