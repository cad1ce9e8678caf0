"""What optax takes for a rate and for a number of updates, and how the error for another is worded."""

import math
from typing import Any

from stepsize import _accept
from stepsize._accept import Number


def plain(name: str, value: Any) -> float:
    """A rate, a ratio or a power: finite, >= 0."""
    return _accept.rate(f"twins.optax.{name}", value, least=0.0)


def updates(name: str, value: Any, least: Number = -math.inf) -> Number:
    """A number of updates, whole or not; where optax gives 0 and less a meaning of its own, these come through."""
    where = f"twins.optax.{name}"
    if least == -math.inf and _accept.number(where, value) <= 0:
        return 0
    return _accept.length(where, value, least=max(least, 0))


def delay(where: str, begin: Any) -> Number:
    """``transition_begin``; below 0 it counts as 0."""
    return updates(f"{where}.transition_begin", begin)
