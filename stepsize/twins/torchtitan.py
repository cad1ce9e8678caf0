"""The scheduler of torchtitan, ``torchtitan.components.optimizer.LRSchedulersContainer``, stepped after each update.

Its ``Config(...).build(optimizers=, training_steps=)`` is one call here, with ``lr``, the base rate of a parameter
group, for the optimizers.
"""

from typing import Any

from stepsize import _accept
from stepsize.errors import HorizonNeeded, ScheduleError, did_you_mean, message
from stepsize.schedule import Schedule, hold, linear, ramp
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)

_SHAPES = {"linear": "linear", "sqrt": "one_minus_sqrt", "cosine": "cosine"}


def LRSchedulersContainer(
    lr: Any,
    *,
    warmup_steps: Any = 200,
    total_steps: Any = None,
    decay_ratio: Any = None,
    decay_type: Any = "linear",
    min_lr_factor: Any = 0.0,
    training_steps: Any = None,
) -> Schedule:
    """Warm up, stay, and decay; the decay ends one update behind the run.

    With W = warmup_steps, T = total_steps, D = decay_ratio T rounded (T - W without it), v = T + 1 - W - D,
    x = (t + 1 - W - v) / D, m = min_lr_factor:
        t < W             lr (t + 1) / W
        W <= t < W + v    lr
        W + v <= t < T    lr (m + (1 - m) d), d = 1 - x, 1 - sqrt(x) or (1 + cos(pi x)) / 2
        T <= t            lr m

    First update lr / W; peak at W - 1; last update one step above lr m; after the end held at lr m (theirs goes on).

    Args:
        lr: the base rate of the group; >= 0.
        warmup_steps: updates of warmup, W; >= 0, its fraction cut off. A longer one than T is shortened to T.
        total_steps: updates of the run, T; whole, >= 1. None takes training_steps.
        decay_ratio: share of the run that decays, >= 0; rounded half to even, and shortened to what the warmup
            leaves. None decays from the warmup on.
        decay_type: "linear", "sqrt" or "cosine".
        min_lr_factor: the rate at the end, as a share of lr; in [0, 1].
        training_steps: updates of the run, as given to ``build``; only looked at where total_steps is None.

    Raises:
        ScheduleError: a number is out of its range, or decay_type is unknown.
        HorizonNeeded: neither total_steps nor training_steps is given.

    Theirs:
        After T, where ``total_steps`` is less than the run, "linear" and "sqrt" turn negative and "cosine" rises;
        ours is held. What it shortens it warns of.

    Source:
        torchtitan/components/optimizer/lr_scheduler.py, LRSchedulersContainer; release 0.3.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.torchtitan.LRSchedulersContainer(1.0, warmup_steps=10, total_steps=100, decay_ratio=0.2)
    >>> s
    linear(0.1, 1.0, 9) >> hold(1.0, 71) >> linear(1.0, 0.0, 20)
    """
    where = "twins.torchtitan.LRSchedulersContainer"
    peak = _accept.rate(f"{where}.lr", lr, least=0.0)
    if total_steps is None and training_steps is None:
        rule = "must be given, or training_steps"
        raise HorizonNeeded(message(f"{where}.total_steps", rule, None))
    given = ("total_steps", total_steps) if total_steps is not None else ("training_steps", training_steps)
    total = _accept.count(f"{where}.{given[0]}", given[1])
    warmup = min(int(_accept.length(f"{where}.warmup_steps", warmup_steps)), total)
    share = 1.0 if decay_ratio is None else _accept.rate(f"{where}.decay_ratio", decay_ratio, least=0.0)
    fall = min(round(total * share), total - warmup)
    low = _accept.rate(f"{where}.min_lr_factor", min_lr_factor, least=0.0)
    if low > 1.0:
        raise ScheduleError(message(f"{where}.min_lr_factor", "must be in [0, 1]", min_lr_factor))
    if decay_type not in _SHAPES:
        rule = f"must be one of {', '.join(_SHAPES)}"
        remedy = did_you_mean(str(decay_type), _SHAPES)
        raise ScheduleError(message(f"{where}.decay_type", rule, decay_type, remedy))
    top = max(warmup - 1, 0)
    rise = linear(peak / warmup, peak, top) if warmup else hold(peak, 0)
    flat = rise >> hold(peak, total - fall - top)
    return flat >> ramp(peak, peak * low, fall, _SHAPES[decay_type]) if fall else flat
