"""Calls by name: phases, recipes, verbs, and the published schedules. Arguments are bound as Python would bind them."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from stepsize import _accept, _length, recipes, schedule
from stepsize._length import Length
from stepsize.errors import did_you_mean
from stepsize.schedule import Schedule
from stepsize.spelling.meaning import Run
from stepsize.spelling.words import Word, fault

PHASES = ("hold", "linear", "cosine", "polynomial", "exponential", "ramp", "decay", "table")
VERBS = ("repeat", "stretch", "clip", "staircase", "on")
_SHARES = {"warmup", "decay", "rise", "cooldown"}  # parameters that take a share of the call's own steps
_COUNTED = {*_SHARES, "steps", "first", "every", "half", "half_life", "each", "ends", "milestones"}


@cache
def known() -> Mapping[str, Callable[..., Schedule]]:
    """Phases and recipes by name."""
    phases = {name: getattr(schedule, name) for name in PHASES}
    return phases | {name: made for name, made in vars(recipes).items() if callable(made)}


class Argument(NamedTuple):
    """An argument as it was written: a text, a Length, a list of such, or None."""

    word: Word
    name: str | None
    value: Any


def call(
    run: Run, word: Word, function: Callable[..., Any], arguments: Sequence[Argument], own: int = 0
) -> Any:
    """Call a function with arguments as written; the horizon may give ``steps``. ``own`` parameters are bound."""
    code = function.__code__
    names = code.co_varnames[own : code.co_argcount + code.co_kwonlyargcount]
    positional = code.co_varnames[own : code.co_argcount]
    bound = _bound(run, word, positional, names, arguments)
    given = {name: _value(run, argument.word, name, argument.value) for name, argument in bound.items()}
    defaults = function.__defaults__ or ()
    optional = {*positional[len(positional) - len(defaults) :], *(function.__kwdefaults__ or ())}
    missing = [name for name in names if name not in given and name not in optional]
    if missing == ["steps"]:
        given["steps"] = run.length(word, Length(Fraction(100), "%"))
    elif missing:
        remedy = f"It takes {', '.join(names)}."
        raise fault(run.text, word, f"{word.text} needs {', '.join(missing)}", remedy)
    return run.at(word, lambda: function(**given))


def _bound(
    run: Run, word: Word, positional: Sequence[str], names: Sequence[str], arguments: Sequence[Argument]
) -> dict[str, Argument]:
    bound: dict[str, Argument] = {}
    for k, argument in enumerate(arguments):
        name = argument.name or (positional[k] if k < len(positional) else None)
        if name not in names:
            remedy = did_you_mean(name or "", names) or f"It takes {', '.join(names)}."
            rule = f"{word.text} has no such argument" if name else f"{word.text} takes the others by name"
            raise fault(run.text, argument.word, rule, remedy)
        if name in bound or (argument.name is None and any(other.name for other in arguments[:k])):
            rule = "arguments without a name come first, and each is given once"
            raise fault(run.text, argument.word, rule)
        bound[str(name)] = argument
    return bound


def _value(run: Run, word: Word, name: str, value: Any) -> Any:
    """What a function takes for an argument as it was written."""
    if isinstance(value, list):
        return [_value(run, argument.word, name, argument.value) for argument in value]
    if isinstance(value, str) and value[:1].isdigit() and name in _COUNTED:
        value = run.at(word, _length.read, f"parse: {name}", value)
    if not isinstance(value, Length):
        return value
    if not value.unit:
        return _accept.exact(value.amount)
    if name not in _COUNTED:
        remedy = "Write the number itself, such as 3e-5." if value.unit == "%" else ""
        raise fault(run.text, word, f"{name} is an absolute number", remedy, str(value))
    return str(value) if value.unit == "%" and name in _SHARES else run.length(word, value)


def twin(run: Run, peer: Word, name: Word, arguments: Sequence[Argument]) -> Schedule:
    """The twin of another library's schedule; its arguments are theirs."""
    from inspect import signature

    from stepsize.twins import _names  # rarely asked for

    function = run.at(name, run.at(peer, _names.library, peer.text), name.text)
    positional = [_plain(run, given.word, given.value) for given in arguments if given.name is None]
    named = {given.name: _plain(run, given.word, given.value) for given in arguments if given.name}
    try:
        signature(function).bind(*positional, **named)
    except TypeError as error:
        remedy = f"It takes {', '.join(signature(function).parameters)}."
        raise fault(run.text, name, f"{name.text} must be called as its peer is: {error}", remedy) from None
    try:
        made: Schedule = run.at(name, lambda: function(*positional, **named))
    except ArithmeticError as error:  # of numbers that no schedule of any library has
        rule = "its numbers must be such that its rates can be reckoned"
        raise fault(run.text, name, rule, "", str(error)) from None
    return made


def _plain(run: Run, word: Word, value: Any) -> Any:
    """An argument of a twin: a number, a text, a list, or a schedule."""
    if isinstance(value, list):
        return [_plain(run, item.word, item.value) for item in value]
    if callable(value):
        return value(run)
    if not isinstance(value, Length):
        return value
    if value.unit == "%":
        raise fault(run.text, word, "a twin takes what its peer takes, and no share", "", str(value))
    return run.length(word, value) if value.unit else _accept.exact(value.amount)


def published(run: Run, word: Word, arguments: Sequence[Argument]) -> Schedule:
    """A published schedule, on its own clock, or stretched to the run."""
    from stepsize import published as room  # its recipes are spellings themselves

    if word.text not in room.MODELS:
        remedy = did_you_mean(word.text, room.MODELS) or "See: stepsize list --published."
        raise fault(run.text, word, "must be the name of a published schedule", remedy)
    bound = _bound(run, word, ("steps",), ("steps",), arguments)
    steps = [_value(run, argument.word, "steps", argument.value) for argument in bound.values()]
    if not steps and run.horizon is not None and run.horizon.steps is not None:
        steps = [run.horizon.steps]
    made: Schedule = run.at(word, room.MODELS[word.text], *steps)
    return made
