"""Warm up, stay, decay: schedules with a flat part that may go on, because the end is decided late."""

from itertools import pairwise
from typing import Any

from stepsize import _accept, shapes, tails
from stepsize.errors import ScheduleError, message
from stepsize.recipes._parameters import all_steps, peak_rate, rate_from_zero, rising, split
from stepsize.schedule import Schedule, cosine, exponential, hold, linear, ramp
from stepsize.schedule import decay as _decay
from stepsize.schedule.chain import chain


def wsd(
    peak: Any, steps: Any, *, warmup: Any = 0, decay: Any = 0, end: Any = 0.0, shape: Any = "linear"
) -> Schedule:
    """Warm up, stay, decay. With ``steps=inf`` it is the trunk of a run whose horizon is open.

    With W = warmup, D = decay, N = steps, x = (t - N + D) / D, and w0 the weight of the shape's start:
        0 <= t < W        peak * t / W
        W <= t < N - D    peak
        N - D <= t < N    end + (peak - end) * w0(x)
        N <= t            end; the peak, where D = 0

    Args:
        peak: highest rate; > 0.
        steps: all updates, warmup and decay included; >= 0, or infinite.
        warmup: updates from 0 to the peak, or a share of ``steps``.
        decay: updates from the peak to ``end``, or a share of ``steps``; 0 where steps is infinite.
        end: rate from ``steps`` on, where there is a decay; >= 0.
        shape: shape of the decay, as in :func:`stepsize.ramp`.

    Raises:
        ScheduleError: a number is out of its range, or warmup + decay exceed steps.

    Source:
        Hu et al., MiniCPM, 2024 (arXiv 2404.06395), section 4.2; shapes from Haegele et al., 2024 (arXiv
        2405.18392), section 3.

    >>> import stepsize as ss
    >>> ss.wsd(1.0, 100, warmup=10, decay="20%")
    linear(0.0, 1.0, 10) >> hold(1.0, 70) >> linear(1.0, 0.0, 20)
    """
    peak, end = peak_rate("wsd", peak), rate_from_zero("wsd", "end", end)
    steps, warmup, cooldown, stable = split("wsd", steps, warmup, decay)
    shape = shapes.shape("wsd.shape", shape)
    trunk = linear(0.0, peak, warmup) >> hold(peak, stable)
    return trunk >> ramp(peak, end, cooldown, shape) if cooldown else trunk


def minicpm(peak: Any, steps: Any, *, warmup: Any, decay: Any, half_life: Any = 5000) -> Schedule:
    """Warm up, stay, then halve the rate every ``half_life`` updates.

    With W = warmup, D = decay, N = steps:
        0 <= t < W        peak * t / W
        W <= t < N - D    peak
        N - D <= t < N    peak * 0.5^((t - N + D) / half_life)
        N <= t            peak * 0.5^(D / half_life)

    Args:
        peak: highest rate; > 0.
        steps: all updates, warmup and decay included; >= 0.
        warmup: updates from 0 to the peak, or a share of ``steps``.
        decay: updates of the decay, or a share of ``steps``.
        half_life: updates in which the rate halves; > 0.

    Raises:
        ScheduleError: a number is out of its range, or warmup + decay exceed steps.

    Source:
        Hu et al., MiniCPM, 2024 (arXiv 2404.06395), section 6.2: 5000 updates, 20 billion tokens.

    >>> import stepsize as ss
    >>> ss.minicpm(0.01, 60_000, warmup=1000, decay="20%")(53_000)
    0.005
    """
    peak = peak_rate("minicpm", peak)
    steps, warmup, cooldown, stable = split("minicpm", steps, warmup, decay)
    half_life = _accept.rate("minicpm.half_life", half_life, above=0.0)
    trunk = linear(0.0, peak, warmup) >> hold(peak, stable)
    return trunk >> _decay(peak, tails.exponential(0.5, half_life), cooldown) if cooldown else trunk


def wsd_s(peak: Any, ends: Any, *, warmup: Any = 0, decay: Any = "10%", end: Any) -> Schedule:
    """WSD, several times in one run: a usable model at each of ``ends``, and straight back to the peak from there.

    With W = warmup, and for each end N_i, with D_i = decay and x = (t - N_i + D_i) / D_i:
        0 <= t < W              peak * t / W
        then, until N_i - D_i   peak
        N_i - D_i <= t < N_i    1 / ((1 - x) / peak + x / end)
        after the last N_i      end

    Args:
        peak: highest rate; > 0.
        ends: the positions, rising, at which the rate has come down to ``end``.
        warmup: updates from 0 to the peak, or a share of the first of ``ends``.
        decay: updates of each decay, or a share of the updates since the end before.
        end: rate at the end of each decay; > 0.

    Raises:
        ScheduleError: a number is out of its range, ends do not rise, or a decay does not fit.

    Source:
        Wen et al., Understanding Warmup-Stable-Decay Learning Rates, 2024 (arXiv 2410.05192), the simplified WSD-S
        and its inverse-proportional decay.

    >>> import stepsize as ss
    >>> s = ss.wsd_s(1.0, [100, 200], warmup=10, decay=20, end=0.1)
    >>> s(80), round(s(90), 12), s(99.99) < 0.11, s(100), s(200)
    (1.0, 0.181818181818, True, 1.0, 0.1)
    """
    peak, end = peak_rate("wsd_s", peak), _accept.rate("wsd_s.end", end, above=0.0)
    stops = rising("wsd_s.ends", ends)
    rise = _accept.share("wsd_s.warmup", warmup, stops[0])
    phases, since = [linear(0.0, peak, rise)], rise
    for before, stop in pairwise((0, *stops)):
        fall = _accept.share("wsd_s.decay", decay, _accept.whole(stop - before))
        if since + fall > stop:
            rule = f"warmup and decay must fit before the end at {stop}"
            raise ScheduleError(message("wsd_s", rule, fall, "Shorten the decay or the warmup."))
        flat = _accept.whole(stop - fall - since)
        phases += [hold(peak, flat), ramp(peak, end, fall, shapes.harmonic)]
        since = stop
    return chain(*phases)


def infinite(
    peak: Any, steps: Any, *, constant: Any, end: Any, warmup: Any, cooldown: Any, decay: Any
) -> Schedule:
    """Warm up, cool down to a constant rate that may go on for ever, and anneal at the end.

    With W = warmup, C = cooldown, D = decay, N = steps:
        0 <= t < W            peak * t / W
        W <= t < W + C        constant + (peak - constant) * (1 + cos(pi (t - W) / C)) / 2
        W + C <= t < N - D    constant
        N - D <= t < N        constant * (end / constant)^((t - N + D) / D)
        N <= t                end; the constant, where D = 0

    Args:
        peak: highest rate; > 0.
        steps: all updates; >= 0, or infinite.
        constant: rate of the flat part; > 0.
        end: rate from ``steps`` on; > 0.
        warmup: updates from 0 to the peak, or a share of ``steps``.
        cooldown: updates from the peak to the constant, or a share of ``steps``.
        decay: updates of the final annealing, or a share of ``steps``; 0 where steps is infinite.

    Raises:
        ScheduleError: a number is out of its range, or the parts exceed steps.

    Source:
        Ibrahim et al., Simple and Scalable Strategies to Continually Pre-train Large Language Models, 2024 (arXiv
        2403.08763), section on infinite learning rate schedules; the cosine cooldown is one of its two.

    >>> import stepsize as ss
    >>> s = ss.infinite(1.0, 100, constant=0.5, end=0.125, warmup=10, cooldown=20, decay=40)
    >>> s(10), s(30), s(60), s(80), s(100)
    (1.0, 0.5, 0.5, 0.25, 0.125)
    """
    peak = peak_rate("infinite", peak)
    constant = _accept.rate("infinite.constant", constant, above=0.0)
    end = _accept.rate("infinite.end", end, above=0.0)
    steps = all_steps("infinite", steps, endless=True)
    fall = _accept.share("infinite.cooldown", cooldown, steps)
    steps, rise, last, between = split("infinite", steps, warmup, decay)
    if fall > between:
        raise ScheduleError(
            message("infinite", f"warmup + cooldown + decay must not exceed steps ({steps})", fall)
        )
    flat = hold(constant, _accept.whole(between - fall))
    trunk = linear(0.0, peak, rise) >> cosine(peak, constant, fall) >> flat
    return trunk >> exponential(constant, end, last) if last else trunk
