"""The schedulers of ignite, ``ignite.handlers``: attached to ``ITERATION_STARTED``, the first update at index 0.

The optimizer is replaced by ``lr``, the base rate of a parameter group, which most of them overwrite. Where theirs is
attached to ``EPOCH_STARTED``, ``.stretch(updates_per_epoch).staircase(updates_per_epoch)`` says so. Of several groups
each has a twin of its own: a ``ParamGroupScheduler`` is as many twins.
"""

from numbers import Integral
from typing import Any, NoReturn

from stepsize import _accept
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, hold, linear
from stepsize.schedule.chain import chain
from stepsize.twins._ignite_cycles import CosineAnnealingScheduler as CosineAnnealingScheduler
from stepsize.twins._ignite_cycles import LinearCyclicalScheduler as LinearCyclicalScheduler
from stepsize.twins._ignite_joined import ConcatScheduler as ConcatScheduler
from stepsize.twins._ignite_joined import LRScheduler as LRScheduler
from stepsize.twins._ignite_joined import create_lr_scheduler_with_warmup as create_lr_scheduler_with_warmup
from stepsize.twins._metric import refuse
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)


def PiecewiseLinear(
    lr: Any,
    param_name: Any,
    milestones_values: Any,
    save_history: Any = False,
    param_group_index: Any = None,
) -> Schedule:
    """From value to value in straight lines, each reached at its milestone.

    With (m_k, v_k) the milestones and values:
        t < m_0               v_0
        m_k <= t < m_(k+1)    v_k + (v_(k+1) - v_k) (t - m_k) / (m_(k+1) - m_k)
        last m <= t           last v

    First update v_0, where m_0 >= 0; peak at a milestone; last update just before the last value, or at it; after the
    end held at it.

    Args:
        lr: the base rate of the group, which theirs overwrites and does not look at; >= 0.
        param_name: "lr", or what else theirs sets; not looked at.
        milestones_values: pairs of an update, an int, and its rate, >= 0; milestones must not fall, and of two at the
            same update the second speaks. Theirs takes each pair as a tuple only, ours as a list too.
        save_history: not of the rate, and not looked at.
        param_group_index: the group; not looked at.

    Raises:
        ScheduleError: there is no pair, something else than pairs, a milestone that is no int or that falls, or a rate
            out of its range.

    Source:
        ignite/handlers/param_scheduler.py, PiecewiseLinear; release 0.5.5.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.ignite.PiecewiseLinear(0.1, "lr", [(0, 0.0), (100, 1.0), (1000, 0.1)]))
    0 -> 1 in 100; -> 0.1 in 900
    """
    where = "twins.ignite.PiecewiseLinear"
    _accept.rate(f"{where}.lr", lr, least=0.0)
    pairs = _pairs(f"{where}.milestones_values", milestones_values)
    first, rate = pairs[0]
    parts = [hold(rate, max(first, 0))]
    at = first
    for milestone, value in pairs[1:]:
        parts.append(linear(rate, value, milestone - at))
        at, rate = milestone, value
    s = chain(*parts) if len(parts) > 1 else hold(rate)
    return s if first >= 0 else s[-first:]


def ReduceLROnPlateauScheduler(lr: Any, metric_name: Any = None, *args: Any, **kwargs: Any) -> NoReturn:
    """Lower each time a metric has stopped to improve: always an error, for no schedule knows the metric.

    First update, peak, last update and what comes after the end hang on the metric.

    Args:
        lr: the base rate of the group.
        metric_name: the metric.
        args: theirs, whatever they are.
        kwargs: theirs, whatever they are.

    Raises:
        ScheduleError: always; ``stepsize.adaptive.plateau`` is what to take.

    Theirs:
        ``min_lr`` is dropped unless param_group_index is 0.

    Source:
        ignite/handlers/param_scheduler.py, ReduceLROnPlateauScheduler; release 0.5.5.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.ignite.ReduceLROnPlateauScheduler(0.1, "loss")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    stepsize.errors.ScheduleError: twins.ignite.ReduceLROnPlateauScheduler: the rate answers to a metric, ...
    """
    refuse("twins.ignite.ReduceLROnPlateauScheduler", metric_name)


def _pairs(where: str, given: Any) -> list[tuple[int, float]]:
    if not isinstance(given, (list, tuple)):
        raise ScheduleTypeError(message(where, "must be a list of pairs (milestone, value)", given))
    if not given:
        raise ScheduleError(message(where, "must hold at least one pair", given))
    pairs: list[tuple[int, float]] = []
    for k, pair in enumerate(given):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise ScheduleError(message(f"{where}[{k}]", "must be a pair (milestone, value)", pair))
        milestone, value = pair
        if not isinstance(milestone, Integral):
            raise ScheduleTypeError(message(f"{where}[{k}]", "its milestone must be an int", milestone))
        if pairs and milestone < pairs[-1][0]:
            rule = f"its milestone must not be below the one before ({pairs[-1][0]})"
            raise ScheduleError(message(f"{where}[{k}]", rule, milestone))
        pairs.append((int(milestone), _accept.rate(f"{where}[{k}]", value, least=0.0)))
    return pairs
