"""Lengths as people write them: "500", "10k", "5%", "3 epochs", "2B tokens", "2h".

A number may carry k, M, B or T (thousands, millions, billions, trillions); a unit follows it, with or without a
space. What is read is exact: 0.1k is 100.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from stepsize.errors import ScheduleError, ScheduleTypeError, did_you_mean, message

NUMBER = r"(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3}(?![\d_]))?"
MULTIPLES = {"k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
UNITS: dict[str, tuple[str, int]] = {  # what is written: the unit it counts, and how many of them
    "%": ("%", 1),
    **dict.fromkeys(("step", "steps", "update", "updates"), ("steps", 1)),
    **dict.fromkeys(("ep", "epoch", "epochs"), ("epochs", 1)),
    **dict.fromkeys(("tok", "token", "tokens"), ("tokens", 1)),
    **dict.fromkeys(("sample", "samples"), ("samples", 1)),
    **dict.fromkeys(("s", "sec", "second", "seconds"), ("seconds", 1)),
    **dict.fromkeys(("min", "minute", "minutes"), ("seconds", 60)),
    **dict.fromkeys(("h", "hour", "hours"), ("seconds", 3600)),
    **dict.fromkeys(("d", "day", "days"), ("seconds", 86400)),
    "progress": ("progress", 1),
}
MOST_DIGITS = 40

_LENGTH = re.compile(rf"\s*({NUMBER})([A-Za-z%]*)(?:\s+([A-Za-z%]+))?\s*", re.ASCII)
_CALLED = {
    "m": "M for million, or min for minutes",
    "b": "B for billion",
    "t": "T for trillion",
    "g": "B for billion",
    "G": "B for billion",
    "iters": "steps",
    "iterations": "steps",
    "it": "steps",
    "batches": "steps, and count updates",
}
_RULE = 'must be a number, such as 500 or 10k, or a length, such as "5%", "3 epochs", "2B tokens" or "2h"'


class Length(NamedTuple):
    """An exact amount of a unit: "%", "steps", "epochs", "tokens", "samples", "seconds", "progress"; "" where none."""

    amount: Fraction
    unit: str = ""

    def __str__(self) -> str:
        amount = f"{self.amount.numerator}" if self.amount.denominator == 1 else f"{float(self.amount)!r}"
        return amount + ("%" if self.unit == "%" else f" {self.unit}".rstrip())


def read(where: str, given: Any) -> Length:
    """Read a length from its spelling.

    Raises:
        ScheduleError: it is none.
    """
    if not isinstance(given, str):
        raise ScheduleTypeError(message(where, _RULE, given))
    match = _LENGTH.fullmatch(given[: MOST_DIGITS + 20])
    if match is None or len(given) > MOST_DIGITS + 20:
        raise ScheduleError(message(where, _RULE, given))
    length = joined(where, match[1], match[2])
    if match[3] is None:
        return length
    if length.unit:
        raise ScheduleError(message(where, "takes one unit", given))
    return in_unit(where, length.amount, match[3])


def joined(where: str, digits: str, letters: str) -> Length:
    """The number that ``digits`` spell, with what is written right behind them: a multiple, or a unit, or nothing."""
    if len(digits) > MOST_DIGITS:
        raise ScheduleError(message(where, f"a number has at most {MOST_DIGITS} digits", digits))
    plain = digits.replace("_", "")
    amount = Fraction(int(plain)) if plain.isdigit() else Fraction(Decimal(plain))
    if letters in MULTIPLES:
        return Length(amount * MULTIPLES[letters])
    return in_unit(where, amount, letters) if letters else Length(amount)


def in_unit(where: str, amount: Fraction, word: str) -> Length:
    """So much of the unit that ``word`` names."""
    if word not in UNITS:
        remedy = f"Write {_CALLED[word]}." if word in _CALLED else did_you_mean(word, UNITS)
        rule = "the unit must be %, steps, epochs, tokens, samples, s, min, h or d, the multiple k, M, B or T"
        raise ScheduleError(message(where, rule, word, remedy))
    unit, each = UNITS[word]
    return Length(amount * each, unit)
