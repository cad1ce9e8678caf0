"""The schedule of nanoGPT, ``get_lr`` in its ``train.py``: a function of the update, the first at 0."""

from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)


def get_lr(
    learning_rate: Any = 6e-4, warmup_iters: Any = 2000, lr_decay_iters: Any = 600_000, min_lr: Any = 6e-5
) -> Schedule:
    """A linear warmup that starts above zero, and half a cosine wave to ``min_lr``.

    With W = warmup_iters, T = lr_decay_iters:
        t < W        learning_rate (t + 1) / (W + 1)
        W <= t <= T  min_lr + (learning_rate - min_lr) (1 + cos(pi (t - W) / (T - W))) / 2
        T < t        min_lr

    First update learning_rate / (W + 1); peak at W; last update min_lr, for its loop makes T + 1 updates; after
    the end held at min_lr.

    Args:
        learning_rate: the peak; >= 0. These four are variables of theirs, and the defaults are those of train.py.
        warmup_iters: updates of warmup; whole, >= 0.
        lr_decay_iters: updates until min_lr, with the warmup; whole, >= 0, and not warmup_iters.
        min_lr: the rate from there on, absolute; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or both lengths are equal: there theirs divides by zero.

    Theirs:
        A warmup that is longer than lr_decay_iters drops to min_lr when it is over; so does ours.

    Source:
        train.py, get_lr; karpathy/nanoGPT, commit 3adf61e.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.nanogpt.get_lr(1.0, warmup_iters=9, lr_decay_iters=100, min_lr=0.1)
    >>> s, s(0), s(9), s(100)
    (linear(0.1, 1.0, 9) >> cosine(1.0, 0.1, 91), 0.1, 1.0, 0.1)
    """
    where = "twins.nanogpt.get_lr"
    peak = _accept.rate(f"{where}.learning_rate", learning_rate, least=0.0)
    low = _accept.rate(f"{where}.min_lr", min_lr, least=0.0)
    warmup = _accept.count(f"{where}.warmup_iters", warmup_iters, 0)
    total = _accept.count(f"{where}.lr_decay_iters", lr_decay_iters, 0)
    if warmup == total:
        rule = "must differ from warmup_iters, for theirs divides by their difference"
        raise ScheduleError(message(f"{where}.lr_decay_iters", rule, lr_decay_iters))
    rise = linear(peak / (warmup + 1), peak, warmup)
    return rise >> (cosine(peak, low, total - warmup) if total > warmup else hold(low, 0))
