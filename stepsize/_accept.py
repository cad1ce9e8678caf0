"""Numbers at the door: what a parameter may be, and the one error for what it may not.

Everything that builds a schedule passes its numbers through here, so that a schedule holds nothing but
plain Python numbers: a rate is a finite ``float``; a length is an ``int`` where it is whole, else a ``float``.
"""

import math
from fractions import Fraction
from typing import Any

from stepsize import _length
from stepsize.errors import ScheduleError, ScheduleTypeError, message

Number = int | float

FAR = 2**63  # lengths stay below: no clock counts further, and no sum of them can overflow

LONG = 100  # in a run of so many updates, less than one is a share written as a number

_QUOTED = "That is text, as YAML makes of 3e-4: write 3.0e-4, without quotes."
_SPOKEN = 'A horizon makes updates of other lengths: Horizon(...).updates("3 epochs").'
_NO_SHARE = "No share is taken here: give it as a number."
_TRACED = (
    "A schedule holds concrete numbers: to vary the peak under vmap or grad, multiply the rate, p * s(t)."
)


def number(where: str, value: Any, rule: str = "must be a number") -> float | int:
    """Take one concrete real number, whatever library it comes from, as a Python ``int`` or ``float``."""
    if isinstance(value, bool) or callable(value):
        raise ScheduleTypeError(message(where, rule, value))
    if isinstance(value, (str, bytes)):
        remedy = _NO_SHARE if "%" in str(value) else _QUOTED
        raise ScheduleTypeError(message(where, rule, value, remedy))
    if isinstance(value, int):
        return int(value)
    if getattr(value, "shape", ()) != ():
        raise ScheduleTypeError(message(where, rule, value, "Give one number, or build a table(values)."))
    try:
        return float(value)
    except Exception as error:
        remedy = _TRACED if "racer" in type(error).__name__ + type(value).__name__ else ""
        raise ScheduleTypeError(message(where, rule, value, remedy)) from None


def rate(where: str, value: Any, *, above: float = -math.inf, least: float = -math.inf) -> float:
    """A finite rate, greater than ``above`` and not less than ``least``."""
    rule = "must be a finite number"
    if above > -math.inf:
        rule = f"must be a finite number > {above:g}"
    elif least > -math.inf:
        rule = f"must be a finite number >= {least:g}"
    plain = _float(where, rule, number(where, value, rule))
    if not math.isfinite(plain) or plain <= above or plain < least:
        raise ScheduleError(message(where, rule, value))
    return plain + 0.0  # -0.0 becomes 0.0: one zero, one spelling


def length(
    where: str, value: Any, *, endless: bool = False, least: Number = 0, most: Number = math.inf
) -> Number:
    """A number of updates: an ``int`` where whole, else a ``float``; infinity only where ``endless``."""
    rule = f"must be a {'' if endless else 'finite '}number of updates >= {least}"
    plain = number(where, value, rule)
    if isinstance(plain, float):
        if math.isnan(plain) or (math.isinf(plain) and not (endless and plain > 0)):
            remedy = "Give it a length in updates." if not math.isnan(plain) else ""
            raise ScheduleError(message(where, rule, value, remedy))
        plain = whole(plain)
    if plain < least:
        raise ScheduleError(message(where, rule, value))
    if plain > most:
        rule = f"must not exceed steps ({most})"
        raise ScheduleError(message(where, rule, value, "Shorten it, or raise steps."))
    if FAR <= plain < math.inf:
        raise ScheduleError(message(where, "must be below 2^63 updates", value))
    return plain


def count(where: str, value: Any, least: int = 1) -> int:
    """A whole number, not less than ``least``."""
    rule = f"must be a whole number >= {least}"
    plain = number(where, value, rule)
    if not (isinstance(plain, int) or plain.is_integer()) or not least <= plain < FAR:
        raise ScheduleError(message(where, rule, value))
    return int(plain)


def share(where: str, value: Any, steps: Number) -> Number:
    """Updates, given as a number or as a share such as ``"5%"`` of ``steps``; at most ``steps``.

    A share is exact: 5% of 1000 is 50, 5% of 10 is 0.5 updates.
    """
    if isinstance(value, str):
        part = _share_of_one(where, value)
        if math.isinf(steps):
            rule = "a share needs a finite number of steps"
            raise ScheduleError(message(where, rule, value, "Give it as a number of updates."))
        return length(where, exact(part * Fraction(steps)), most=steps)
    updates = length(where, value, most=steps)
    if 0 < updates < 1 and steps >= LONG:
        remedy = f'For a share of steps write "{updates * 100:g}%".'
        raise ScheduleError(message(where, f"must be 0, or at least 1 update of {steps}", value, remedy))
    return updates


def _share_of_one(where: str, value: str) -> Fraction:
    rule = 'must be a number of updates or a share such as "5%"'
    try:
        read = _length.read(where, value)
    except ScheduleError:
        raise ScheduleError(message(where, rule, value)) from None
    if read.unit != "%":
        raise ScheduleError(message(where, rule, value, _SPOKEN))
    return read.amount / 100


def amount(where: str, given: Any, unit: str = "") -> Number:
    """A number, or one that is spelled, such as "10k"; ``unit`` may stand behind it, and no other.

    Raises:
        ScheduleError: it is none, or has another unit.
    """
    if not isinstance(given, str):
        return number(where, given)
    try:
        length = _length.read(where, given)
    except ScheduleError:
        remedy = "Write 10000, or 10k." if "," in given else ""
        raise ScheduleError(message(where, "must be a number, such as 500 or 10k", given, remedy)) from None
    if length.unit not in ("", unit):
        raise ScheduleError(message(where, "must be a number without a unit", given))
    return exact(length.amount)


def exact(value: Fraction) -> Number:
    """The nearest Python number: an ``int`` where whole and a clock counts so far, else a ``float``."""
    if value.denominator == 1 and abs(value) < FAR:
        return value.numerator
    try:
        return whole(float(value))
    except OverflowError:  # as Python reads 1e999
        return math.inf if value > 0 else -math.inf


def whole(value: Number) -> Number:
    """The same number, as an ``int`` where it is whole and a clock counts so far."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < FAR else value


def _float(where: str, rule: str, value: Number) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ScheduleError(message(where, rule, "an integer beyond the largest float")) from None
