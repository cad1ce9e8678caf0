"""The dampers of pytorch_warmup: a factor on what another scheduler gives, which runs during the warmup.

The optimizer is replaced by ``lr``: the schedule of the wrapped scheduler, such as a twin, or a base rate where there
is none. Driven as its documentation does: the scheduler steps inside ``with warmup.dampening():``, after each update.
The betas of the optimizer, which some of them read, are the keyword ``betas``.
"""

import math
from typing import Any

from stepsize import _accept, tails
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, decay, hold, linear, table
from stepsize.twins._names import suggesting
from stepsize.twins._tables import listed

__getattr__ = suggesting(__name__)

_BETAS = (0.9, 0.999)


def LinearWarmup(lr: Any, warmup_period: Any, last_step: Any = -1) -> Schedule:
    """Up in a straight line, times the wrapped schedule.

    With s the wrapped schedule, W = warmup_period:
        t < W - 1     s(t) (t + 1) / W
        W - 1 <= t    s(t)

    First update s(0) / W; peak at W - 1 of a base rate; last update that of s; after the end held as s is.

    Args:
        lr: the wrapped schedule, or the base rate, > 0, of a group that has none.
        warmup_period: updates of the warmup; an int >= 1.
        last_step: index of the last update made before this one; -1 at the beginning.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        pytorch_warmup/base.py, LinearWarmup; release 0.2.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.pytorch_warmup.LinearWarmup(1.0, 10)
    >>> s(0), s(8), s(9)
    (0.1, 0.9, 1.0)
    """
    where = "LinearWarmup"
    return _risen(where, lr, _period(where, warmup_period), last_step)


def ExponentialWarmup(lr: Any, warmup_period: Any, last_step: Any = -1) -> Schedule:
    """Up along an exponential that never quite arrives, times the wrapped schedule.

    With s the wrapped schedule, W = warmup_period:
        0 <= t    s(t) (1 - exp(-(t + 1) / W))

    First update s(0) (1 - exp(-1 / W)); peak never of a base rate; last update below that of s; after the end held.

    Args:
        lr: the wrapped schedule, or the base rate, > 0, of a group that has none.
        warmup_period: timescale of the warmup, in updates; an int >= 1.
        last_step: index of the last update made before this one; -1 at the beginning.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        After the end of s the factor still rises; ours is held.

    Source:
        pytorch_warmup/base.py, ExponentialWarmup; release 0.2.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.pytorch_warmup.ExponentialWarmup(1.0, 10)
    >>> round(s(0), 6), round(s(9), 6)
    (0.095163, 0.632121)
    """
    where = "ExponentialWarmup"
    return _saturating(where, lr, _period(where, warmup_period), last_step)


def UntunedLinearWarmup(lr: Any, last_step: Any = -1, *, betas: Any = _BETAS) -> Schedule:
    """``LinearWarmup`` of a length that follows from Adam's second beta.

    With s the wrapped schedule, W = int(2 / (1 - betas[1])):
        t < W - 1     s(t) (t + 1) / W
        W - 1 <= t    s(t)

    First update s(0) / W; peak at W - 1 of a base rate; last update that of s; after the end held as s is.

    Args:
        lr: the wrapped schedule, or the base rate, > 0, of a group that has none.
        last_step: index of the last update made before this one; -1 at the beginning.
        betas: those of the optimizer; the second in [0, 1).

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        The division is rounded first: of 0.999 W is 1999, and not 2000. Ours does the same.

    Source:
        pytorch_warmup/untuned.py, UntunedLinearWarmup; release 0.2.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.pytorch_warmup.UntunedLinearWarmup(1.0, betas=(0.9, 0.99)).length
    198
    """
    where = "UntunedLinearWarmup"
    return _risen(where, lr, int(2.0 / (1.0 - _second(where, betas))), last_step)


def UntunedExponentialWarmup(lr: Any, last_step: Any = -1, *, betas: Any = _BETAS) -> Schedule:
    """``ExponentialWarmup`` of a timescale that follows from Adam's second beta.

    With s the wrapped schedule, W = int(1 / (1 - betas[1])):
        0 <= t    s(t) (1 - exp(-(t + 1) / W))

    First update s(0) (1 - exp(-1 / W)); peak never of a base rate; last update below that of s; after the end held.

    Args:
        lr: the wrapped schedule, or the base rate, > 0, of a group that has none.
        last_step: index of the last update made before this one; -1 at the beginning.
        betas: those of the optimizer; the second in [0, 1).

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        The division is rounded first: of 0.999 W is 999, and not 1000; ours does the same. After the end of s the
        factor still rises; ours is held.

    Source:
        pytorch_warmup/untuned.py, UntunedExponentialWarmup; release 0.2.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> round(twins.pytorch_warmup.UntunedExponentialWarmup(1.0, betas=(0.9, 0.5))(1), 6)
    0.632121
    """
    where = "UntunedExponentialWarmup"
    return _saturating(where, lr, int(1.0 / (1.0 - _second(where, betas))), last_step)


def RAdamWarmup(lr: Any, last_step: Any = -1, *, steps: Any, betas: Any = _BETAS) -> Schedule:
    """The factor of RAdam, times the wrapped schedule; a table over the run.

    With s the wrapped schedule, b = betas[1], R = 2 / (1 - b) - 1, r(n) = R - 2 n b^n / (1 - b^n), m the first n with
    r(n) > 4, and r = r(t + m):
        0 <= t    s(t) sqrt((r - 4) (r - 2) R / ((R - 4) (R - 2) r))

    First update a small part of s(0); peak never of a base rate; last update below that of s; after the end held.

    Args:
        lr: the wrapped schedule, or the base rate, > 0, of a group that has none.
        last_step: index of the last update made before this one; -1 at the beginning.
        steps: updates of the run; whole, >= 1.
        betas: those of the optimizer; the second in (0.6, 1).

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        After the end the factor still rises; ours is held.

    Source:
        pytorch_warmup/radam.py, RAdamWarmup; release 0.2.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.pytorch_warmup.RAdamWarmup(1.0, steps=100)
    >>> round(s(0), 4), round(s(99), 4)
    (0.0173, 0.2198)
    """
    where = "RAdamWarmup"
    beta = _second(where, betas)
    if beta <= 0.6:
        raise ScheduleError(message(f"twins.pytorch_warmup.{where}.betas", "the second must be > 0.6", betas))
    given = _accept.count(f"twins.pytorch_warmup.{where}.steps", steps)
    run, first = listed(f"twins.pytorch_warmup.{where}.steps", given), 1 + _last(where, last_step)
    begun = next(n for n in range(1, 100) if _rho(n, beta) > 4.0) + first
    return _damped(where, lr, table([_rectified(_rho(n, beta), beta) for n in range(begun, begun + run)]))


def _rho(n: int, beta: float) -> float:
    """Length of the approximated moving average after n updates."""
    left = beta**n
    return 2.0 / (1 - beta) - 1 - 2 * n * left / (1 - left)


def _rectified(rho: float, beta: float) -> float:
    full = 2.0 / (1 - beta) - 1
    return math.sqrt((rho - 4) * (rho - 2) * full / ((full - 4) * (full - 2) * rho))


def _risen(where: str, lr: Any, period: int, last_step: Any) -> Schedule:
    """Damped by a straight line whose first rate is one step above 0."""
    return _damped(where, lr, linear(0.0, 1.0, period)[_last(where, last_step) + 2 :])


def _saturating(where: str, lr: Any, period: int, last_step: Any) -> Schedule:
    """Damped by what an exponential leaves of 1."""
    left = math.exp(-(_last(where, last_step) + 2) / period)
    return _damped(where, lr, hold(1.0) + decay(-left, tails.exponential(math.exp(-1.0), period)))


def _damped(where: str, lr: Any, factor: Schedule) -> Schedule:
    """The wrapped schedule times a factor, and not longer than that schedule."""
    if not isinstance(lr, Schedule):
        return factor * _accept.rate(f"twins.pytorch_warmup.{where}.lr", lr, above=0.0)
    if factor.length == 0:
        return lr
    return lr * (factor[: lr.length] if 0 < lr.length < factor.length else factor)


def _last(where: str, last_step: Any) -> int:
    return _accept.count(f"twins.pytorch_warmup.{where}.last_step", last_step, least=-1)


def _period(where: str, given: Any) -> int:
    """An int and nothing else, as theirs has it; a list of one for each group is theirs alone."""
    name = f"twins.pytorch_warmup.{where}.warmup_period"
    if isinstance(given, bool) or not isinstance(given, int):
        remedy = "Of several groups each has a twin of its own." if isinstance(given, list) else ""
        raise ScheduleTypeError(message(name, "must be an int", given, remedy))
    return _accept.count(name, given)


def _second(where: str, betas: Any) -> float:
    name, rule = f"twins.pytorch_warmup.{where}.betas", "must be two numbers, the second in [0, 1)"
    if not hasattr(betas, "__len__") or len(betas) != 2:
        raise ScheduleTypeError(message(name, rule, betas))
    beta = _accept.rate(f"{name}[1]", betas[1], least=0.0)
    if beta >= 1.0:
        raise ScheduleError(message(name, rule, betas))
    return beta
