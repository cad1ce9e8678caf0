"""PyTorch's schedulers that hold, drop, or go one way, and those that call a function of the user's."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import inf
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, hold, linear, polynomial, table
from stepsize.schedule.chain import chain
from stepsize.twins import _powers
from stepsize.twins._tables import listed


def LambdaLR(lr: Any, lr_lambda: Callable[[int], Any], *, steps: Any) -> Schedule:
    """The base rate times a function of the update, called once for each and kept as a table.

        t < steps     lr lr_lambda(t)
        steps <= t    lr lr_lambda(steps - 1)

    First update lr lr_lambda(0); peak where the function has it; last update lr lr_lambda(steps - 1); after the end
    held there.

    Args:
        lr: the base rate of the group; >= 0.
        lr_lambda: the function of this group, from the update to a factor.
        steps: updates of the run; whole, >= 1. Theirs needs none, for it calls the function as it goes.

    Raises:
        ScheduleError: a number is out of its range, or the function gives something else than a finite number.

    Source:
        torch/optim/lr_scheduler.py, LambdaLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.torch.LambdaLR(1.0, lambda t: 0.5**t, steps=3)
    table((1.0, 0.5, 0.25))
    """
    where = "twins.torch.LambdaLR"
    peak, count = _base(where, lr), listed(f"{where}.steps", _accept.count(f"{where}.steps", steps))
    return table([peak * _factor(where, lr_lambda, t) for t in range(count)])


def MultiplicativeLR(lr: Any, lr_lambda: Callable[[int], Any], *, steps: Any) -> Schedule:
    """The rate before times a function of the update, called once for each and kept as a table.

        t = 0         lr
        t < steps     s(t - 1) lr_lambda(t)
        steps <= t    s(steps - 1)

    First update lr; peak where the product has it; last update the product of all; after the end held there.

    Args:
        lr: the base rate of the group; >= 0.
        lr_lambda: the function of this group, from the update to a factor; first called for update 1.
        steps: updates of the run; whole, >= 1. Theirs needs none, for it calls the function as it goes.

    Raises:
        ScheduleError: a number is out of its range, or the function gives something else than a finite number.

    Source:
        torch/optim/lr_scheduler.py, MultiplicativeLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.torch.MultiplicativeLR(1.0, lambda t: 0.5, steps=3)
    table((1.0, 0.5, 0.25))
    """
    where = "twins.torch.MultiplicativeLR"
    rates = [_base(where, lr)]
    for t in range(1, listed(f"{where}.steps", _accept.count(f"{where}.steps", steps))):
        rates.append(rates[-1] * _factor(where, lr_lambda, t))
    return table(rates)


def StepLR(lr: Any, step_size: Any, gamma: Any = 0.1) -> Schedule:
    """Multiplied by ``gamma`` every ``step_size`` updates: lr gamma^floor(t / step_size).

        k step_size <= t < (k + 1) step_size    lr gamma^k

    First update lr; peak at 0; last update where it has come to; after the end it goes on.

    Args:
        lr: the base rate of the group; >= 0.
        step_size: updates between drops; whole, >= 1.
        gamma: the factor of each drop; >= 0. Above 1 it rises, and is held once it comes to 1e300.

    Raises:
        ScheduleError: a number is out of its range. Theirs divides by zero where ``step_size`` is 0.

    Theirs:
        Takes a negative ``gamma``, of which every other rate is negative; ours refuses it.

    Source:
        torch/optim/lr_scheduler.py, StepLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.torch.StepLR(1.0, step_size=30, gamma=0.5)
    >>> s(29), s(30), s(60)
    (1.0, 0.5, 0.25)
    """
    where = "twins.torch.StepLR"
    peak, every = _base(where, lr), _accept.count(f"{where}.step_size", step_size)
    factor = _accept.rate(f"{where}.gamma", gamma, least=0.0)
    if 0.0 < factor < 1.0:
        return hold(peak, every).repeat(decay=factor, floor=0.0)
    return _powers.powers(peak, factor, every, stairs=True)


def MultiStepLR(lr: Any, milestones: Iterable[Any], gamma: Any = 0.1) -> Schedule:
    """Multiplied by ``gamma`` at each milestone, twice at one that is named twice.

        lr gamma^(how many milestones <= t)

    First update lr; peak at 0; last update after the last milestone passed; after the end held there.

    Args:
        lr: the base rate of the group; >= 0.
        milestones: updates from which on it is multiplied once more; whole, >= 0, in any order.
        gamma: the factor; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or milestones is no sequence.

    Theirs:
        Takes milestones < 0 or between updates, and never comes to them; and a negative ``gamma``. Ours refuses both.

    Source:
        torch/optim/lr_scheduler.py, MultiStepLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.torch.MultiStepLR(1.0, [30, 80], gamma=0.5)
    hold(1.0, 30) >> hold(0.5, 50) >> hold(0.25)
    """
    where = "twins.torch.MultiStepLR"
    peak, factor = _base(where, lr), _accept.rate(f"{where}.gamma", gamma, least=0.0)
    stops = Counter(_whole_ones(f"{where}.milestones", milestones))
    edges, rates = [0], [peak * factor ** stops[0]]
    for stop in sorted(set(stops) - {0}):
        edges.append(stop)
        rates.append(rates[-1] * factor ** stops[stop])
    lengths = [b - a for a, b in pairwise(edges)]
    return chain(*map(hold, rates, [*lengths, inf]))


def ConstantLR(lr: Any, factor: Any = 1.0 / 3, total_iters: Any = 5) -> Schedule:
    """The base rate times ``factor`` for ``total_iters`` updates, and then the base rate itself.

        t < total_iters     lr factor
        total_iters <= t    lr

    First update lr factor; peak from total_iters on; last update lr; after the end held at lr.

    Args:
        lr: the base rate of the group; >= 0.
        factor: what is used of it at first; in (0, 1].
        total_iters: updates that use it; whole, >= 0. With 0 the factor stays for ever, as theirs does.

    Raises:
        ScheduleError: a number is out of its range. Theirs takes ``factor=0``, and divides by it at ``total_iters``.

    Theirs:
        With ``total_iters=0`` the factor never goes; ours does the same, for that is what is applied.

    Source:
        torch/optim/lr_scheduler.py, ConstantLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.torch.ConstantLR(1.0, factor=0.5, total_iters=4)
    hold(0.5, 4) >> hold(1.0)
    """
    where = "twins.torch.ConstantLR"
    peak, share = _base(where, lr), _share(f"{where}.factor", factor, zero=False)
    count = _accept.count(f"{where}.total_iters", total_iters, least=0)
    return hold(peak * share, count) >> hold(peak) if count else hold(peak * share)


def LinearLR(lr: Any, start_factor: Any = 1.0 / 3, end_factor: Any = 1.0, total_iters: Any = 5) -> Schedule:
    """A straight line from one share of the base rate to another, as warmups of PyTorch are written.

        t < total_iters     lr (start_factor + (end_factor - start_factor) t / total_iters)
        total_iters <= t    lr end_factor

    First update lr start_factor; peak at the end that is higher; last update lr end_factor; after the end held there.

    Args:
        lr: the base rate of the group; >= 0.
        start_factor: the share at update 0; in (0, 1].
        end_factor: the share from total_iters on; in [0, 1].
        total_iters: updates of the line; whole, >= 0. With 0 it stays at its start for ever, as theirs does.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        With ``total_iters=0`` it stays at ``start_factor``; ours does the same, for that is what is applied.

    Source:
        torch/optim/lr_scheduler.py, LinearLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.torch.LinearLR(1.0, start_factor=0.5, total_iters=100)
    linear(0.5, 1.0, 100)
    """
    where = "twins.torch.LinearLR"
    start = _base(where, lr) * _share(f"{where}.start_factor", start_factor, zero=False)
    end = _base(where, lr) * _share(f"{where}.end_factor", end_factor)
    count = _accept.count(f"{where}.total_iters", total_iters, least=0)
    return linear(start, end, count) if count else hold(start)


def ExponentialLR(lr: Any, gamma: Any) -> Schedule:
    """Multiplied by ``gamma`` after each update: lr gamma^t.

        0 <= t    lr gamma^t

    First update lr; peak at 0; last update where it has come to; after the end it goes on.

    Args:
        lr: the base rate of the group; >= 0.
        gamma: the factor of one update; >= 0. Above 1 it rises, and is held once it comes to 1e300.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Takes a negative ``gamma``, of which every other rate is negative; ours refuses it.

    Source:
        torch/optim/lr_scheduler.py, ExponentialLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.torch.ExponentialLR(1.0, gamma=0.5)
    >>> s(0), s(1), s(10)
    (1.0, 0.5, 0.0009765625)
    """
    where = "twins.torch.ExponentialLR"
    return _powers.powers(_base(where, lr), _accept.rate(f"{where}.gamma", gamma, least=0.0), 1)


def PolynomialLR(lr: Any, total_iters: Any = 5, power: Any = 1.0) -> Schedule:
    """A power of what is left of the run, down to zero.

        t < total_iters     lr (1 - t / total_iters)^power
        total_iters <= t    0

    First update lr; peak at 0; last update lr total_iters^-power; after the end held at 0.

    Args:
        lr: the base rate of the group; >= 0.
        total_iters: updates until it is zero; whole, >= 0. With 0 it stays at lr for ever, as theirs does.
        power: the exponent; >= 0. With 0 it stays at lr.

    Raises:
        ScheduleError: a number is out of its range. Theirs divides by zero at its end where ``power`` is negative.

    Theirs:
        With ``total_iters=0`` it stays at lr; ours does the same, for that is what is applied.

    Source:
        torch/optim/lr_scheduler.py, PolynomialLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.torch.PolynomialLR(1.0, total_iters=10, power=2.0)
    >>> s(0), s(5), s(10)
    (1.0, 0.25, 0.0)
    """
    where = "twins.torch.PolynomialLR"
    peak, count = _base(where, lr), _accept.count(f"{where}.total_iters", total_iters, least=0)
    exponent = _accept.rate(f"{where}.power", power, least=0.0)
    return polynomial(peak, 0.0, count, exponent) if count and exponent else hold(peak)


def _base(where: str, lr: Any) -> float:
    return _accept.rate(f"{where}.lr", lr, least=0.0)


def _share(where: str, value: Any, *, zero: bool = True) -> float:
    """A factor in [0, 1], or above zero."""
    share = _accept.rate(where, value)
    if not 0.0 <= share <= 1.0 or (share == 0.0 and not zero):
        raise ScheduleError(message(where, f"must be in {'[' if zero else '('}0, 1]", value))
    return share


def _factor(where: str, lr_lambda: Any, t: int) -> float:
    if not callable(lr_lambda):
        remedy = "Of several groups each has a twin of its own."
        raise ScheduleTypeError(message(f"{where}.lr_lambda", "must be a function", lr_lambda, remedy))
    return _accept.rate(f"{where}.lr_lambda({t})", lr_lambda(t))


def _whole_ones(where: str, values: Any) -> list[int]:
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise ScheduleTypeError(message(where, "must be a sequence of updates", values))
    return [_accept.count(f"{where}[{k}]", value, least=0) for k, value in enumerate(values)]
