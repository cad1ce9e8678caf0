"""One way down: warm up, and anneal to the end of the run."""

from typing import Any

from stepsize import _accept, shapes
from stepsize.recipes._parameters import all_steps, peak_rate, rate_from_zero, warmed
from stepsize.schedule import Schedule, cosine, linear


def linear_warmup(peak: Any, steps: Any, *, start: Any = 0.0) -> Schedule:
    """Rise in a straight line, then stay.

        0 <= t < steps    start + (peak - start) * t / steps
        steps <= t        peak

    Args:
        peak: highest rate; > 0.
        steps: updates of the warmup; >= 0.
        start: rate of the first update; >= 0. ``linear_warmup(p, n)[1:]`` starts at p/n instead.

    Returns:
        One linear phase, held at the peak.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        Goyal et al., Accurate, Large Minibatch SGD, 2017 (arXiv 1706.02677), section 2.2.

    >>> import stepsize as ss
    >>> [ss.linear_warmup(1.0, 4)(t) for t in (0, 1, 4, 100)]
    [0.0, 0.25, 1.0, 1.0]
    """
    where = "linear_warmup"
    return linear(rate_from_zero(where, "start", start), peak_rate(where, peak), all_steps(where, steps))


def cosine_annealing(peak: Any, steps: Any, *, end: Any = 0.0) -> Schedule:
    """Fall along half a cosine wave, slow at both ends.

        0 <= t < steps    end + (peak - end) * (1 + cos(pi t / steps)) / 2
        steps <= t        end

    Args:
        peak: rate of the first update; > 0.
        steps: updates until the end is reached; >= 0.
        end: rate from ``steps`` on; >= 0.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        Loshchilov and Hutter, SGDR, 2017 (arXiv 1608.03983), equation 5, one cycle.

    >>> import stepsize as ss
    >>> [round(ss.cosine_annealing(1.0, 4)(t), 12) for t in (0, 2, 4)]
    [1.0, 0.5, 0.0]
    """
    where = "cosine_annealing"
    return cosine(peak_rate(where, peak), rate_from_zero(where, "end", end), all_steps(where, steps))


def warmup_cosine(peak: Any, steps: Any, *, warmup: Any = 0, end: Any = 0.0, start: Any = 0.0) -> Schedule:
    """Rise in a straight line, then fall along half a cosine wave: the standard recipe.

    With W = warmup, N = steps:
        0 <= t < W    start + (peak - start) * t / W
        W <= t < N    end + (peak - end) * (1 + cos(pi (t - W) / (N - W))) / 2
        N <= t        end

    Args:
        peak: highest rate; > 0.
        steps: all updates, warmup included; >= 0.
        warmup: updates from ``start`` to the peak, or a share of ``steps``; at most ``steps``.
        end: rate from ``steps`` on; >= 0.
        start: rate of the first update, where there is a warmup; >= 0.

    Returns:
        A linear and a cosine phase; without a warmup the cosine alone.

    Raises:
        ScheduleError: a number is out of its range, or the warmup exceeds steps.

    Source:
        The warmup of Goyal et al., 2017 (arXiv 1706.02677), section 2.2, and the cosine of Loshchilov and Hutter,
        2017 (arXiv 1608.03983), equation 5; together as in Brown et al., 2020 (arXiv 2005.14165), appendix B.

    >>> import stepsize as ss
    >>> ss.warmup_cosine(3e-4, 10_000, warmup="5%", end=3e-5)
    linear(0.0, 0.0003, 500) >> cosine(0.0003, 3e-05, 9500)
    """
    return warmed("warmup_cosine", peak, steps, warmup, end, start, shapes.cosine)


def warmup_linear(peak: Any, steps: Any, *, warmup: Any = 0, end: Any = 0.0, start: Any = 0.0) -> Schedule:
    """Rise in a straight line, then fall in one.

    With W = warmup, N = steps:
        0 <= t < W    start + (peak - start) * t / W
        W <= t < N    end + (peak - end) * (N - t) / (N - W)
        N <= t        end

    Args:
        peak: highest rate; > 0.
        steps: all updates, warmup included; >= 0.
        warmup: updates from ``start`` to the peak, or a share of ``steps``; at most ``steps``.
        end: rate from ``steps`` on; >= 0.
        start: rate of the first update, where there is a warmup; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or the warmup exceeds steps.

    Source:
        Devlin et al., BERT, 2019 (arXiv 1810.04805), appendix A.2.

    >>> import stepsize as ss
    >>> [ss.warmup_linear(1.0, 10, warmup=2)(t) for t in (1, 2, 6, 10)]
    [0.5, 1.0, 0.5, 0.0]
    """
    return warmed("warmup_linear", peak, steps, warmup, end, start, shapes.linear)


def d2z(peak: Any, steps: Any, *, warmup: Any = "10%") -> Schedule:
    """Linear to zero, the end that a run of fixed length does best with: ``warmup_linear`` with end 0.

    With W = warmup, N = steps:
        0 <= t < W    peak * t / W
        W <= t < N    peak * (N - t) / (N - W)
        N <= t        0

    Args:
        peak: highest rate; > 0.
        steps: all updates, warmup included; >= 0.
        warmup: updates from 0 to the peak, or a share of ``steps``; at most ``steps``.

    Raises:
        ScheduleError: a number is out of its range, or the warmup exceeds steps.

    Source:
        Bergsma et al., Straight to Zero, 2025 (arXiv 2502.15938).

    >>> import stepsize as ss
    >>> ss.d2z(1.0, 100)
    linear(0.0, 1.0, 10) >> linear(1.0, 0.0, 90)
    """
    return warmed("d2z", peak, steps, warmup, 0.0, 0.0, shapes.linear)


def polynomial_decay(peak: Any, steps: Any, *, end: Any = 0.0, power: Any = 1.0, warmup: Any = 0) -> Schedule:
    """Fall as a power of what is left; with power above 1 fast first, below 1 slow first.

    With W = warmup, N = steps:
        0 <= t < W    peak * t / W
        W <= t < N    end + (peak - end) * ((N - t) / (N - W))^power
        N <= t        end

    Args:
        peak: highest rate; > 0.
        steps: all updates, warmup included; >= 0.
        end: rate from ``steps`` on; >= 0.
        power: exponent > 0.
        warmup: updates from 0 to the peak, or a share of ``steps``; at most ``steps``.

    Raises:
        ScheduleError: a number is out of its range, or the warmup exceeds steps.

    Source:
        Liu et al., ParseNet, 2015 (arXiv 1506.04579), section 3, for the "poly" policy; the end rate is later use.

    >>> import stepsize as ss
    >>> [ss.polynomial_decay(1.0, 4, power=2)(t) for t in (0, 2, 4)]
    [1.0, 0.25, 0.0]
    """
    shape = shapes.power(_accept.rate("polynomial_decay.power", power, above=0.0))
    return warmed("polynomial_decay", peak, steps, warmup, end, 0.0, shape)


def power_decay(peak: Any, steps: Any, *, beta: Any, warmup: Any = 0) -> Schedule:
    """The decay that the functional scaling law calls best on easy tasks: power 2 beta - 1, to zero.

    With W = warmup, N = steps:
        0 <= t < W    peak * t / W
        W <= t < N    peak * ((N - t) / (N - W))^(2 beta - 1)
        N <= t        0

    Args:
        peak: highest rate; > 0.
        steps: all updates, warmup included; >= 0.
        beta: capacity exponent of the law; > 0.5.
        warmup: updates from 0 to the peak, or a share of ``steps``; at most ``steps``.

    Raises:
        ScheduleError: a number is out of its range, or the warmup exceeds steps.

    Source:
        arXiv 2602.06797, 2026, the optimal schedule of its easy-task regime.

    >>> import stepsize as ss
    >>> ss.power_decay(1.0, 4, beta=1.5)(2)
    0.25
    """
    shape = shapes.power(2.0 * _accept.rate("power_decay.beta", beta, above=0.5) - 1.0)
    return warmed("power_decay", peak, steps, warmup, 0.0, 0.0, shape)
