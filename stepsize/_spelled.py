"""Small values with a spelling, such as ``power(2.0)``: what shapes and tails have in common."""

import re
from collections.abc import Mapping
from typing import Any

from stepsize._value import Value
from stepsize.errors import ScheduleError, ScheduleTypeError, did_you_mean, message


class Spelled(Value):
    """A value whose ``str`` is its spelling, ``name(arguments)``, which :func:`read` reads again."""

    def __str__(self) -> str:
        name = type(self).__name__.lstrip("_")
        arguments = ", ".join(repr(value).removesuffix(".0") for value in self._values())
        return f"{name}({arguments})" if arguments else name

    __repr__ = __str__


_SPELLING = re.compile(r"\s*(\w{1,20})\s*(?:\(([^()]{0,80})\))?\s*", re.ASCII)


def read(where: str, given: Any, what: str, known: Mapping[str, Any]) -> Any:
    """One of the ``known`` values, or a new one of a known type, from itself or from its spelling."""
    kinds = tuple(made if isinstance(made, type) else type(made) for made in known.values())
    if isinstance(given, kinds):
        return given
    rule = f"must be {what}, one of {', '.join(known)}"
    if not isinstance(given, str):
        name = getattr(given, "__name__", None)
        remedy = f'That is a phase; the {what[2:]} is spelled "{name}".' if name in known else ""
        raise ScheduleTypeError(message(where, rule, given, remedy))
    match = _SPELLING.fullmatch(given)
    if match is None or match[1] not in known:
        raise ScheduleError(message(where, rule, given, _meant(given, known)))
    made = known[match[1]]
    if isinstance(made, type):
        return _build(where, made, match[2], given)
    if match[2] is not None:
        raise ScheduleError(message(where, f"{match[1]} takes no argument", given))
    return made


def _meant(given: str, known: Mapping[str, Any]) -> str:
    """What the literature calls otherwise, or the nearest spelling."""
    called = {
        "sqrt": "one_minus_sqrt",
        "1-sqrt": "one_minus_sqrt",
        "exponential": "geometric",
        "polynomial": "power(2)",
    }
    other = called.get(given.split("(")[0].strip())
    return (
        f'Did you mean "{other}"?' if other and other.split("(")[0] in known else did_you_mean(given, known)
    )


def _build(where: str, made: Any, arguments: str | None, given: str) -> Any:
    try:
        named, plain = {}, []
        for argument in (arguments or "").split(",") if (arguments or "").strip() else ():
            name, sign, number = argument.rpartition("=")
            if sign:
                named[name.strip()] = float(number)
            else:
                plain.append(float(number))
        return made(*plain, **named)
    except (TypeError, ValueError) as error:
        if isinstance(error, ScheduleError):
            raise
        wanted = ", ".join(made._fields)
        raise ScheduleError(message(where, f"is spelled {made.__name__}({wanted})", given)) from None
