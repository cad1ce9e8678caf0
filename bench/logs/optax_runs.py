"""Schedules of optax: functions of a count, in float32 as optax computes them."""

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import optax

from bench.logs.curves import Array, Curve, row, steps
from bench.logs.made import Made, Recipe
from bench.logs.settings import Settings

_SIZES = 512  # counts are padded to a multiple of this, so that jax compiles few shapes


def _made(call: str, schedule: Any, curves: list[Curve], one_by_one: bool = False, **about: Any) -> Made:
    def drive(updates: Array, each: int) -> Array:
        counts = np.zeros(-(-len(updates) // _SIZES) * _SIZES, np.int32)
        counts[: len(updates)] = updates * each
        take = jax.vmap(schedule) if one_by_one else schedule
        return np.asarray(take(jax.numpy.asarray(counts)), float)[: len(updates)]

    return Made("optax", call, curves, drive, slack=3e-6, **about)


def warmup_cosine(s: Settings) -> Made:
    init = 0.0 if s.rng.random() < 0.8 else 0.1 * s.peak
    w, n = max(s.warmup, 1), s.steps
    curves = row(
        ("linear", w, init, s.peak), ("cosine", n - w, s.peak, s.end), ("hold", math.inf, s.end, s.end)
    )
    call = f"warmup_cosine_decay_schedule({init}, {s.peak}, {w}, {n}, {s.end:.6g})"
    made = optax.warmup_cosine_decay_schedule(init, s.peak, w, n, s.end)
    return _made(call, made, curves, ends=n, from_zero=not init)


def _after_warmup(
    s: Settings, fall: Callable[[int], Any], name: str, curves: list[Curve], **about: Any
) -> Made:
    """join_schedules of a linear warmup from zero and another schedule."""
    n = s.steps - s.warmup
    if not s.warmup:
        return _made(name, fall(n), curves, **about)
    joined = optax.join_schedules([optax.linear_schedule(0.0, s.peak, s.warmup), fall(n)], [s.warmup])
    about |= {"ends": about.get("ends") and about["ends"] + s.warmup}
    call = f"join_schedules([linear_schedule(0.0, {s.peak}, {s.warmup}), {name}], [{s.warmup}])"
    rise = row(("linear", s.warmup, 0.0, s.peak))
    return _made(call, joined, rise + [c.moved(s.warmup) for c in curves], **about)


def polynomial(s: Settings) -> Made:
    p, n = float(s.rng.choice([1.0, 1.0, 2.0, 0.5, 3.0])), s.steps - s.warmup
    curves = row((f"power({p:g})", n, s.peak, s.end), ("hold", math.inf, s.end, s.end))
    name = f"polynomial_schedule({s.peak}, {s.end:.6g}, {p}, {n})"
    return _after_warmup(s, lambda n: optax.polynomial_schedule(s.peak, s.end, p, n), name, curves, ends=n)


def cosine(s: Settings) -> Made:
    n, alpha = s.steps - s.warmup, s.end / s.peak
    curves = row(("cosine", n, s.peak, s.end), ("hold", math.inf, s.end, s.end))
    name = f"cosine_decay_schedule({s.peak}, {n}, {alpha:.6g})"
    return _after_warmup(s, lambda n: optax.cosine_decay_schedule(s.peak, n, alpha), name, curves, ends=n)


def exponential(s: Settings) -> Made:
    n, rate = s.steps - s.warmup, float(s.rng.choice([0.9, 0.5, 0.1]))
    each = max(1, round(n / {0.9: 20, 0.5: 4, 0.1: 1.5}[rate]))
    stop = 8.0 * each * {0.9: 20, 0.5: 4, 0.1: 1.5}[rate]
    curves = [Curve("geometric", 0, stop, s.peak, s.peak * rate ** (stop / each), open=True)]
    name = f"exponential_decay({s.peak}, {each}, {rate})"
    return _after_warmup(
        s, lambda n: optax.exponential_decay(s.peak, each, rate), name, curves, limit=0.9 * stop
    )


def staircase(s: Settings) -> Made:
    n, rate = s.steps - s.warmup, float(s.rng.choice([0.5, 0.3]))
    each = max(15, n // int(s.rng.integers(3, 6)))
    curves = steps([s.peak * rate**k for k in range(20)], [each * k for k in range(1, 20)])
    name = f"exponential_decay({s.peak}, {each}, {rate}, staircase=True)"

    def fall(n: int) -> Any:
        return optax.exponential_decay(s.peak, each, rate, staircase=True)

    return _after_warmup(s, fall, name, curves, smooth=False)


def piecewise(s: Settings) -> Made:
    n = s.steps - s.warmup
    edges, scales = [round(0.5 * n), round(0.8 * n)], [0.3, 0.1]
    curves = steps([s.peak, 0.3 * s.peak, 0.03 * s.peak], edges)
    drops = dict(zip(edges, scales, strict=True))
    name = f"piecewise_constant_schedule({s.peak}, {drops})"
    return _after_warmup(
        s, lambda n: optax.piecewise_constant_schedule(s.peak, drops), name, curves, smooth=False
    )


def cosine_onecycle(s: Settings) -> Made:
    part = float(s.rng.choice([0.3, 0.1, 0.25]))
    edge, low = int(part * s.steps), s.peak / 25
    last = low / 1e4
    curves = row(
        ("cosine", edge, low, s.peak),
        ("cosine", s.steps - edge, s.peak, last),
        ("hold", math.inf, last, last),
    )
    call = f"cosine_onecycle_schedule({s.steps}, {s.peak}, {part})"
    made = optax.cosine_onecycle_schedule(s.steps, s.peak, part)
    return _made(call, made, curves, one_by_one=True, ends=s.steps, from_zero=False)


def linear_onecycle(s: Settings) -> Made:
    first, second, low = int(0.3 * s.steps), int(0.85 * s.steps), s.peak / 25
    last = low / 1e4
    curves = row(
        ("linear", first, low, s.peak), ("linear", second - first, s.peak, low),
        ("linear", s.steps - second, low, last), ("hold", math.inf, last, last),
    )  # fmt: skip
    call = f"linear_onecycle_schedule({s.steps}, {s.peak})"
    made = optax.linear_onecycle_schedule(s.steps, s.peak)
    return _made(call, made, curves, one_by_one=True, ends=s.steps, from_zero=False)


RECIPES: tuple[Recipe, ...] = (
    warmup_cosine, warmup_cosine, warmup_cosine, polynomial, polynomial, cosine, exponential, staircase, piecewise,
    cosine_onecycle, linear_onecycle,
)  # fmt: skip
