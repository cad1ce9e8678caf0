"""Powers of time, as several peers have them: start * factor^(t / every), falling or rising."""

import math

from stepsize import tails
from stepsize._accept import Number
from stepsize.schedule import Schedule, decay, exponential, hold

_HIGHEST = 1e300  # where a rate that rises for ever is held


def powers(
    start: float, factor: float, every: Number, *, stairs: bool = False, limit: float | None = None
) -> Schedule:
    """``start * factor^(t / every)``, in stairs if so wished, and not beyond ``limit``."""
    if limit is not None and (start <= limit if factor < 1.0 else start >= limit):
        return hold(limit)
    if start == 0.0 or factor == 1.0:
        return hold(start)
    if factor == 0.0:  # zero to the power zero is one, as everywhere
        return hold(start, every if stairs else 1) >> hold(limit or 0.0)
    if factor < 1.0 and not (limit and not stairs):
        s = decay(start, tails.exponential(factor, every))
        s = s.staircase(every) if stairs else s
        return s.clip(limit) if limit else s
    return _to(start, factor, every, stairs, limit or _HIGHEST)


def _to(start: float, factor: float, every: Number, stairs: bool, limit: float) -> Schedule:
    """Until the limit is reached; of stairs the one that goes beyond it is held at it."""
    rounds = math.log(limit / start) / math.log(factor)
    if not stairs:
        return exponential(start, limit, every * rounds)
    last = start * factor ** math.floor(rounds)
    return (
        exponential(start, last, every * math.floor(rounds)).staircase(every)
        >> hold(last, every)
        >> hold(limit)
    )
