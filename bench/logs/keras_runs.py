"""Schedules of Keras, asked by a real optimizer at its own count of updates."""

import math
from typing import Any

import keras
import numpy as np
from keras.optimizers import schedules

from bench.logs.curves import Array, Curve, row, steps
from bench.logs.made import Made, Recipe
from bench.logs.settings import Settings


def _made(call: str, schedule: Any, curves: list[Curve], slack: float = 3e-6, **about: Any) -> Made:
    def drive(updates: Array, each: int) -> Array:
        optimizer = keras.optimizers.SGD(schedule)
        rates = np.empty(len(updates))
        for k, update in enumerate(updates):
            optimizer.iterations.assign(int(update) * each)
            rates[k] = float(optimizer.learning_rate)
        return rates

    return Made("keras", call, curves, drive, slack=slack, build=lambda _: schedule, **about)


def cosine(s: Settings) -> Made:
    """Its steps do not include the warmup."""
    n, alpha = s.steps - s.warmup, s.end / s.peak
    fall, rest = ("cosine", n, s.peak, s.end), ("hold", math.inf, s.end, s.end)
    if not s.warmup:
        call = f"CosineDecay({s.peak}, {n}, {alpha:.6g})"
        return _made(call, schedules.CosineDecay(s.peak, n, alpha), row(fall, rest), ends=n)
    call = f"CosineDecay(0.0, {n}, {alpha:.6g}, warmup_target={s.peak}, warmup_steps={s.warmup})"
    made = schedules.CosineDecay(0.0, n, alpha, warmup_target=s.peak, warmup_steps=s.warmup)
    return _made(call, made, row(("linear", s.warmup, 0.0, s.peak), fall, rest), ends=s.steps)


def restarts(s: Settings) -> Made:
    count, grow, shrink = (
        int(s.rng.integers(2, 5)),
        float(s.rng.choice([1, 2])),
        float(s.rng.choice([1, 0.5])),
    )
    share = count if grow == 1 else 2**count - 1
    first = max(12, s.steps // share)
    alpha = 0.0 if shrink < 1 else s.end / s.peak
    lengths = [first * grow**k for k in range(count + 2 if grow == 2 else 2 * count)]
    cycles = [("cosine", n, s.peak * shrink**k, alpha * s.peak) for k, n in enumerate(lengths)]
    call = f"CosineDecayRestarts({s.peak}, {first}, {grow}, {shrink}, {alpha:.6g})"
    made = schedules.CosineDecayRestarts(s.peak, first, grow, shrink, alpha)
    return _made(call, made, row(*cycles), limit=sum(lengths))


def polynomial(s: Settings) -> Made:
    p, n = float(s.rng.choice([1.0, 1.0, 2.0, 0.5])), s.steps
    curves = row((f"power({p:g})", n, s.peak, s.end), ("hold", math.inf, s.end, s.end))
    call = f"PolynomialDecay({s.peak}, {n}, {s.end:.6g}, {p})"
    slack = 3e-6 if p >= 1 else 1.2e-7 * math.sqrt(n)  # of the root of what is left, float32 knows little
    return _made(call, schedules.PolynomialDecay(s.peak, n, s.end, p), curves, slack, ends=n)


def exponential(s: Settings) -> Made:
    rate, times = [(0.96, 30), (0.9, 20), (0.5, 4)][int(s.rng.integers(3))]
    each = max(1, round(s.steps / times))
    stop = 6.0 * each * times
    curves = [Curve("geometric", 0, stop, s.peak, s.peak * rate ** (stop / each), open=True)]
    call = f"ExponentialDecay({s.peak}, {each}, {rate})"
    return _made(call, schedules.ExponentialDecay(s.peak, each, rate), curves, limit=stop)


def piecewise(s: Settings) -> Made:
    """The boundary itself still has the rate before it."""
    edges = [round(0.5 * s.steps), round(0.75 * s.steps)]
    rates = [s.peak, 0.1 * s.peak, 0.01 * s.peak]
    call = f"PiecewiseConstantDecay({edges}, {rates})"
    made = schedules.PiecewiseConstantDecay(edges, rates)
    return _made(call, made, steps(rates, [edge + 1 for edge in edges]), smooth=False)


RECIPES: tuple[Recipe, ...] = (
    cosine,
    cosine,
    cosine,
    restarts,
    polynomial,
    polynomial,
    exponential,
    piecewise,
)
