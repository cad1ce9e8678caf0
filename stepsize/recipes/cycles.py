"""Up and down: one cycle, or many."""

from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.recipes._parameters import all_steps, peak_rate, rate_from_zero
from stepsize.schedule import Schedule, cosine, linear


def sgdr(
    peak: Any,
    first: Any,
    *,
    growth: Any = 1,
    cycles: Any = None,
    end: Any = 0.0,
    peak_decay: Any = 1.0,
) -> Schedule:
    """Cosine annealing with warm restarts; cycles may grow, and their peaks shrink.

    Cycle k = 0, 1, ... lasts n_k = round(first * growth^k) updates (ties to even, exact arithmetic), and with
    e updates since its start:
        0 <= e < n_k    end + (peak - end) * peak_decay^k * (1 + cos(pi e / n_k)) / 2
    After the last cycle the rate is ``end``.

    Args:
        peak: rate at the start of the first cycle; > 0.
        first: updates of the first cycle; rounded to a whole number >= 1.
        growth: ratio of each cycle's length to the one before; > 0, and >= 1 where cycles is None.
        cycles: how many; None goes on for ever.
        end: rate at the end of each cycle; >= 0.
        peak_decay: ratio by which the distance of the peak from ``end`` shrinks each cycle; in (0, 1].

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        Loshchilov and Hutter, SGDR, 2017 (arXiv 1608.03983), equation 5; growth is its T_mult, peak_decay is the
        shrinking of the maximum that its section 3 mentions.

    >>> import stepsize as ss
    >>> s = ss.sgdr(1.0, 10, growth=2)
    >>> s.edges, s(9.999) < 1e-6, s(10), s(30), s(70)
    ((0, 10, 30), True, 1.0, 1.0, 1.0)
    """
    peak, end = peak_rate("sgdr", peak), rate_from_zero("sgdr", "end", end)
    first = _accept.length("sgdr.first", first)
    growth = _accept.rate("sgdr.growth", growth, above=0.0)
    if round(first) < 1:
        raise ScheduleError(message("sgdr.first", "must round to at least 1 update", first))
    cycle = cosine(peak, end, round(first) if growth == 1.0 else first)
    return cycle.repeat(cycles, growth=growth, decay=peak_decay, floor=end)


def one_cycle(peak: Any, steps: Any, *, rise: Any = "30%", start: Any = None, end: Any = None) -> Schedule:
    """Up once and down once, along half cosine waves, ending far below the start.

    With R = rise, N = steps:
        0 <= t < R    start + (peak - start) * (1 - cos(pi t / R)) / 2
        R <= t < N    end + (peak - end) * (1 + cos(pi (t - R) / (N - R))) / 2
        N <= t        end

    Args:
        peak: highest rate; > 0.
        steps: all updates; >= 0.
        rise: updates from ``start`` to the peak, or a share of ``steps``; at most ``steps``.
        start: rate of the first update; >= 0, by default peak / 25.
        end: rate from ``steps`` on; >= 0, by default peak / 250000.

    Raises:
        ScheduleError: a number is out of its range, or the rise exceeds steps.

    Source:
        Smith and Topin, Super-Convergence, 2018 (arXiv 1708.07120), section 3; cosine phases and the default ratios are
        those of the common implementation, PyTorch's OneCycleLR.

    >>> import stepsize as ss
    >>> s = ss.one_cycle(1.0, 100)
    >>> s(0), s(30), s(100)
    (0.04, 1.0, 4e-06)
    """
    peak, steps = peak_rate("one_cycle", peak), all_steps("one_cycle", steps)
    up = _accept.share("one_cycle.rise", rise, steps)
    start = rate_from_zero("one_cycle", "start", peak / 25 if start is None else start)
    end = rate_from_zero("one_cycle", "end", peak / 250_000 if end is None else end)
    return cosine(start, peak, up) >> cosine(peak, end, _accept.whole(steps - up))


def triangular(low: Any, high: Any, half: Any, *, cycles: Any = None, decay: Any = 1.0) -> Schedule:
    """Up and down in straight lines, again and again; the height may shrink each cycle.

    In cycle k = 0, 1, ... of 2 * half updates, with e updates since its start:
        0 <= e < half           low + (high - low) * decay^k * e / half
        half <= e < 2 * half    low + (high - low) * decay^k * (2 * half - e) / half
    After the last cycle the rate is ``low``.

    Args:
        low: lowest rate; >= 0.
        high: highest rate of the first cycle; >= low.
        half: updates of each rise and of each fall; > 0.
        cycles: how many; None goes on for ever.
        decay: ratio by which high - low shrinks each cycle; in (0, 1].

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        Smith, Cyclical Learning Rates for Training Neural Networks, 2017 (arXiv 1506.01186), section 3.1; decay=0.5 is
        its triangular2.

    >>> import stepsize as ss
    >>> [ss.triangular(0.0, 1.0, 4, decay=0.5)(t) for t in (0, 4, 6, 8, 12)]
    [0.0, 1.0, 0.5, 0.0, 0.5]
    """
    low, half = rate_from_zero("triangular", "low", low), _accept.length("triangular.half", half)
    high = _accept.rate("triangular.high", high, least=low)
    if half <= 0:
        raise ScheduleError(message("triangular.half", "must be > 0", half))
    return (linear(low, high, half) >> linear(high, low, half)).repeat(cycles, decay=decay, floor=low)
