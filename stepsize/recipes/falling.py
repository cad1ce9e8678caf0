"""Falling for ever: steps, and powers of the updates. None of these knows the end of the run."""

import math
from itertools import pairwise
from typing import Any

from stepsize import _accept, tails
from stepsize.errors import ScheduleError, message
from stepsize.recipes._parameters import peak_rate, rate_from_zero, rising, split
from stepsize.schedule import Schedule, hold, linear
from stepsize.schedule import decay as _decay
from stepsize.schedule.chain import chain


def step_decay(peak: Any, every: Any, *, factor: Any = 0.1) -> Schedule:
    """Multiply the rate by ``factor`` every so many updates, for ever: s(t) = peak * factor^floor(t / every).

    Args:
        peak: rate of the first ``every`` updates; > 0.
        every: updates between drops; > 0.
        factor: ratio of each drop; in (0, 1].

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        He et al., Deep Residual Learning, 2016 (arXiv 1512.03385), section 3.4, for the divisions by 10.

    >>> import stepsize as ss
    >>> [ss.step_decay(1.0, 30, factor=0.5)(t) for t in (0, 29, 30, 60)]
    [1.0, 1.0, 0.5, 0.25]
    """
    every = _accept.length("step_decay.every", every)
    if every <= 0:
        raise ScheduleError(message("step_decay.every", "must be > 0", every))
    return hold(peak_rate("step_decay", peak), every).repeat(decay=factor, floor=0.0)


def multi_step(peak: Any, milestones: Any, *, factor: Any = 0.1) -> Schedule:
    """Multiply the rate by ``factor`` at each milestone: s(t) = peak * factor^(number of milestones <= t).

    Args:
        peak: rate before the first milestone; > 0.
        milestones: positions, rising, each > 0.
        factor: ratio of each drop; > 0.

    Raises:
        ScheduleError: a number is out of its range, or the milestones do not rise.

    Source:
        He et al., Deep Residual Learning, 2016 (arXiv 1512.03385), section 4.2: drops at 32k and 48k updates.

    >>> import stepsize as ss
    >>> ss.multi_step(1.0, [30, 80], factor=0.5)
    hold(1.0, 30) >> hold(0.5, 50) >> hold(0.25)
    """
    peak = peak_rate("multi_step", peak)
    factor = _accept.rate("multi_step.factor", factor, above=0.0)
    stops = rising("multi_step.milestones", milestones)
    lengths = (stop - start for start, stop in pairwise((0, *stops, math.inf)))
    return chain(*(hold(peak * factor**k, _accept.whole(length)) for k, length in enumerate(lengths)))


def inverse_sqrt(peak: Any, warmup: Any, *, start: Any = 0.0) -> Schedule:
    """Rise in a straight line, then fall as the inverse square root of the updates, for ever.

    With W = warmup:
        0 <= t < W    start + (peak - start) * t / W
        W <= t        peak * sqrt(W / t)

    Args:
        peak: highest rate; > 0. The formula of the Transformer has peak = (d_model * W)^-0.5.
        warmup: updates from ``start`` to the peak; > 0.
        start: rate of the first update; >= 0.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        Vaswani et al., Attention Is All You Need, 2017 (arXiv 1706.03762), equation 3.

    >>> import stepsize as ss
    >>> [ss.inverse_sqrt(1.0, 100)(t) for t in (50, 100, 400, 10_000)]
    [0.5, 1.0, 0.5, 0.1]
    """
    return _law("inverse_sqrt", peak, warmup, start, 0.5)


def power(
    peak: Any, steps: Any, *, warmup: Any, exponent: Any = 0.51, decay: Any = 0, end: Any = 0.0
) -> Schedule:
    """Rise, then fall as a power of the updates, then in a straight line to the end.

    With W = warmup, D = decay, N = steps:
        0 <= t < W        peak * t / W
        W <= t < N - D    peak * (t / W)^-exponent
        N - D <= t < N    from there to ``end`` in a straight line
        N <= t            end; where D = 0, the rate at N

    Args:
        peak: highest rate; > 0.
        steps: all updates, warmup and decay included; >= 0, or infinite.
        warmup: updates from 0 to the peak, or a share of ``steps``; > 0.
        exponent: of the power law; > 0.
        decay: updates of the last decay, or a share of ``steps``; 0 where steps is infinite.
        end: rate from ``steps`` on, where there is a decay; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or warmup + decay exceed steps.

    Source:
        Shen et al., Power Scheduler, 2024 (arXiv 2408.13359): exponent 0.51; here counted in updates.

    >>> import stepsize as ss
    >>> s = ss.power(1.0, 1000, warmup=100, exponent=0.5, decay=200)
    >>> s(100), s(400), s(1000)
    (1.0, 0.5, 0.0)
    """
    end = rate_from_zero("power", "end", end)
    steps, rise, last, between = split("power", steps, warmup, decay)
    trunk = _law("power", peak, rise, 0.0, exponent)[: rise + between]
    return trunk >> linear(trunk(trunk.length), end, last) if last else trunk


def _law(where: str, peak: Any, warmup: Any, start: Any, exponent: Any) -> Schedule:
    peak, start = peak_rate(where, peak), rate_from_zero(where, "start", start)
    exponent = _accept.rate(f"{where}.exponent", exponent, above=0.0)
    rise = _accept.length(f"{where}.warmup", warmup)
    if rise <= 0:
        raise ScheduleError(
            message(f"{where}.warmup", "must be > 0", warmup, "The law is measured in warmups.")
        )
    return linear(start, peak, rise) >> _decay(peak, tails.power_law(rise, exponent))
