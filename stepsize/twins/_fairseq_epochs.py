"""What fairseq sets epoch by epoch: its schedules that take several rates, or rates by hand."""

import ast
import math
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, hold, linear, polynomial
from stepsize.schedule.chain import chain
from stepsize.twins._fairseq_triangles import shrinks
from stepsize.twins._powers import powers


def rates(where: str, lr: Any) -> tuple[float, ...]:
    """One rate, or one for each epoch."""
    several = lr if isinstance(lr, (list, tuple)) else [lr]
    if not several:
        raise ScheduleError(message(where, "must hold at least one rate", lr))
    return tuple(_accept.rate(where, rate, above=0.0) for rate in several)


def per_epoch(where: str, updates_per_epoch: Any, needed: str) -> int:
    """The updates of an epoch, where rates change with it."""
    if updates_per_epoch is None:
        remedy = f"Give it: {needed} goes by epochs."
        raise ScheduleError(message(f"{where}.updates_per_epoch", "must be given", None, remedy))
    return _accept.count(f"{where}.updates_per_epoch", updates_per_epoch)


def fixed(
    lr: Any, force_anneal: Any = None, lr_shrink: Any = 0.1, warmup_updates: Any = 0, *,
    updates_per_epoch: Any = None,
) -> Schedule:  # fmt: skip
    """The rate of each epoch, shrinking from an epoch on, behind a warmup.

    In epoch e = 1, 2, ..., with W = warmup_updates:
        e < force_anneal     r = lr[e - 1], or the last one
        force_anneal <= e    r = lr[-1] lr_shrink^(e + 1 - force_anneal)
        t < W                r (t + 1) / W
        W <= t               r

    First update lr[0] / W; peak at W - 1 in the first epoch; last update r of its epoch; after the end it goes on.

    Args:
        lr: the rate, or a list with one for each epoch; > 0.
        force_anneal: the epoch, from 1 on, from which it shrinks; whole, or None for never.
        lr_shrink: the factor of each epoch from there on; >= 0, at most 1.
        warmup_updates: updates of the warmup; whole, >= 0.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with several rates, or with force_anneal.

    Raises:
        ScheduleError: a number is out of its range, or updates_per_epoch is needed and not given. Theirs takes an
            lr_shrink above 1.

    Source:
        fairseq/optim/lr_scheduler/fixed_schedule.py, FixedLRSchedule ("fixed"); release 0.12.2.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.fairseq.fixed(0.5, warmup_updates=10))
    0.05 -> 0.5 in 9; hold
    >>> print(twins.fairseq.fixed([0.5, 0.25], updates_per_epoch=100))
    0.5 for 100; 0.25
    """
    where = "twins.fairseq.fixed"
    given, warmup = (
        rates(f"{where}.lr", lr),
        _accept.count(f"{where}.warmup_updates", warmup_updates, least=0),
    )
    shrink = shrinks(where, lr_shrink)
    if len(given) == 1 and force_anneal is None:
        return _first(given[0], warmup) >> hold(given[0])
    each = per_epoch(where, updates_per_epoch, "a rate for each epoch")
    s = hold(given[-1])
    if force_anneal is not None:
        from_ = _accept.count(f"{where}.force_anneal", force_anneal, least=0)
        epoch = max(1, from_)
        start = given[-1] * shrink ** (epoch + 1 - from_)
        s = powers(start, shrink, each, stairs=True) if start else hold(0.0)
        given = (*given, *given[-1:] * epoch)[: epoch - 1]
    else:
        given = given[:-1]
    s = chain(*(hold(rate, each) for rate in given), s)
    return s if warmup <= 1 else (_first(1.0, warmup) >> hold(1.0)) * s


def _first(peak: float, warmup: int) -> Schedule:
    """(t + 1) / warmup of the peak."""
    return linear(peak / warmup, peak, warmup - 1) if warmup else hold(peak, 0)


def polynomial_decay(
    lr: Any, warmup_updates: Any = 0, force_anneal: Any = None, end_learning_rate: Any = 0.0,
    power: Any = 1.0, total_num_update: Any = None, *, updates_per_epoch: Any = None,
) -> Schedule:  # fmt: skip
    """Up in a straight line, and down as a power of what is left of the run.

    With W = warmup_updates, T = total_num_update, r the rate of the epoch:
        t <= W, W > 0    r t / W
        W < t < T        end + (r - end) (1 - (t - W) / (T - W))^power
        T <= t           end

    First update 0, or lr without a warmup; peak at W; last update just above the end; after the end held at it.

    Args:
        lr: the rate, or a list; > 0. Of a list epoch e = 1, 2, ... takes lr[e], or the last one.
        warmup_updates: updates of the warmup; whole, >= 0.
        force_anneal: the epoch, from 1 on, from which each takes the rate at its beginning as r; whole, or None for
            never.
        end_learning_rate: the rate at the end; >= 0.
        power: the exponent; >= 0, and with 0 the rate stays at its peak until the end.
        total_num_update: updates of the run, warmup included; > 0.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with three rates or more, or with force_anneal.

    Raises:
        ScheduleError: a number is out of its range, or updates_per_epoch is needed and not given. Theirs takes a
            negative power, with which the rate rises to infinity.

    Theirs:
        The first rate of a list is never applied, and force_anneal makes the rate jump down at each epoch. Ours does
        the same.

    Source:
        fairseq/optim/lr_scheduler/polynomial_decay_schedule.py, PolynomialDecayLRSchedule ("polynomial_decay");
        release 0.12.2.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.fairseq.polynomial_decay(0.5, warmup_updates=10, total_num_update=100))
    0 -> 0.5 in 10; -> 0 in 90
    """
    where = "twins.fairseq.polynomial_decay"
    given, warmup = (
        rates(f"{where}.lr", lr),
        _accept.count(f"{where}.warmup_updates", warmup_updates, least=0),
    )
    end = _accept.rate(f"{where}.end_learning_rate", end_learning_rate, least=0.0)
    exponent = _accept.rate(f"{where}.power", power, least=0.0)
    total = _accept.whole(_accept.rate(f"{where}.total_num_update", total_num_update, above=0.0))

    def curve(peak: float) -> Schedule:
        left = total - warmup
        if left <= 0:
            return linear(0.0, peak, warmup) >> hold(peak, 1) >> hold(end, 0)
        return linear(0.0, peak, warmup) >> _fall(peak, end, left, exponent)

    if len(given) <= 2 and force_anneal is None:
        return curve(given[-1])
    each = per_epoch(where, updates_per_epoch, "a rate for each epoch")
    from_ = (
        math.inf if force_anneal is None else _accept.count(f"{where}.force_anneal", force_anneal, least=0)
    )
    return _by_epochs(curve, given, each, from_, max(total, warmup + 1))


def _fall(peak: float, end: float, steps: Number, power: float) -> Schedule:
    """Down as a power of what is left; with power 0 only at the end."""
    if power == 1.0:
        return linear(peak, end, steps)
    return polynomial(peak, end, steps, power) if power else hold(peak, steps) >> hold(end, 0)


def _by_epochs(curve: Any, given: tuple[float, ...], each: int, from_: float, total: Any) -> Schedule:
    """The part of each epoch, with the curve of its own rate."""
    parts: list[Schedule] = []
    rate, present = given[0], curve(given[0])(0)
    for epoch in range(1, math.ceil(total / each) + 1):
        start, stop = (epoch - 1) * each, min(epoch * each, total)
        rate = given[min(epoch, len(given) - 1)] if epoch < from_ else present
        parts.append(curve(rate)[start:stop])
        present = curve(rate)(stop)
    return chain(*parts) >> hold(curve(rate)(total), 0)


def manual(
    lr: Any, epoch2lr: Any = "{}", update2lr: Any = "{}", *, updates_per_epoch: Any = None
) -> Schedule:
    """Rates by hand, for epochs and for updates.

        no key of update2lr <= t    epoch2lr at its last key <= the epoch; before its first key, the rate at the start
        else                        update2lr at its last key <= t

    The rate at the start is epoch2lr[1], else update2lr[1], else lr.

    First update the rate at the start; peak the highest; last update the last rate; after the end held at it.

    Args:
        lr: the rate where no key speaks; > 0.
        epoch2lr: epochs, from 1 on, and their rates: a dict, or its text, with keys such as 3, "3", "3-5" or "3,7".
        update2lr: the same of updates, from 0 on.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed where epoch2lr speaks of later epochs than the
            first.

    Raises:
        ScheduleError: a number is out of its range, a dict cannot be read, or updates_per_epoch is needed and not
            given.

    Theirs:
        It writes a warning for each update before the first key.

    Source:
        fairseq/optim/lr_scheduler/manual_lr_scheduler.py, ManualSchedule ("manual"); release 0.12.2.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.fairseq.manual(0.5, update2lr="{'100-300': 0.25, '500': 0.125}"))
    0.5 for 100; 0.25 for 400; 0.125
    """
    where = "twins.fairseq.manual"
    (start,) = rates(f"{where}.lr", lr)
    epochs, updates = _keyed(f"{where}.epoch2lr", epoch2lr), _keyed(f"{where}.update2lr", update2lr)
    start = epochs.get(1, updates.get(1, start))
    each = per_epoch(where, updates_per_epoch, "epoch2lr") if any(k > 1 for k in epochs) else 1
    spoken = min(updates, default=math.inf)
    at = {max(0, (k - 1) * each): rate for k, rate in sorted(epochs.items()) if (k - 1) * each < spoken}
    at |= {max(0, k): rate for k, rate in sorted(updates.items())}
    return _steps(start, at)


def _steps(rate: float, at: dict[int, float]) -> Schedule:
    """Each rate from its position on."""
    parts, reached = [], 0
    for position, following in sorted(at.items()):
        if following != rate and position > reached:
            parts.append(hold(rate, position - reached))
            reached = position
        rate = following
    return chain(*parts, hold(rate))


def _keyed(where: str, given: Any) -> dict[int, float]:
    """Keys such as 3, "3", "3-5" or "3,7", each with its rate; a later one replaces an earlier one."""
    rule = 'must be a dict such as {"1-3": 0.1, "4": 0.01}'
    try:
        pairs = ast.literal_eval(given.replace(" ", "")) if isinstance(given, str) else dict(given)
        spread = [(k, rate) for key, rate in pairs.items() for k in _keys(str(key))]
    except (ValueError, SyntaxError, TypeError, AttributeError):
        raise ScheduleError(message(where, rule, given)) from None
    return {k: _accept.rate(f"{where}[{k}]", rate, least=0.0) for k, rate in spread}


def _keys(key: str) -> list[int]:
    if "," in key:
        return [int(k) for k in key.split(",")]
    first, *last = key.split("-")
    return list(range(int(first), int(last[0] if last else first) + 1))
