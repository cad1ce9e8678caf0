"""One explanation of a log that is not as planned, and how much of it that explains."""

from typing import Any, NamedTuple

import numpy as np

from stepsize.logs.identifying.series import Series

_NEAR = 1.5  # units of the rounding, within which a row is as planned


class Told(NamedTuple):
    """An explanation: its kind, its sentence and amount, and how many of the departed rows it explains."""

    kind: str
    what: str
    amount: float
    explains: float


def off_plan(seen: Series, rates: Any) -> Any:
    """Which rows differ by more than their rounding."""
    return np.abs(rates - seen.r) > _NEAR * seen.q


def explains(seen: Series, off: Any, rates: Any) -> float:
    """How much rates explain of what departed, and of all rows: those that are as planned must stay so."""
    left = off_plan(seen, rates)
    return 1.0 - max(float(left[off].mean()), float(left.mean()))
