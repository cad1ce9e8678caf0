"""``get_scheduler`` of transformers, every type that needs no metric."""

import math
from typing import Any

from transformers import get_scheduler

from bench.logs.curves import Curve, hold, row
from bench.logs.made import Made, Recipe
from bench.logs.settings import Settings
from bench.logs.torch_runs import of_torch


def _made(s: Settings, name: str, curves: list[Curve], more: dict[str, Any], **about: Any) -> Made:
    about.setdefault("ends", s.steps)
    call = f"get_scheduler({name!r}, num_warmup_steps={s.warmup}, num_training_steps={s.steps}, {more})"

    def build(optimizer: Any) -> Any:
        return get_scheduler(name, optimizer, s.warmup, s.steps, scheduler_specific_kwargs=dict(more))

    return of_torch("transformers", s, call, curves, build, **about)


def _warmup(s: Settings) -> tuple[str, float, float, float]:
    return "linear", s.warmup, 0.0, s.peak


def linear(s: Settings) -> Made:
    fall, rest = ("linear", s.steps - s.warmup, s.peak, 0.0), ("hold", math.inf, 0.0, 0.0)
    return _made(s, "linear", row(_warmup(s), fall, rest), {})


def _waves(s: Settings, end: float) -> list[tuple[str, float, float, float]]:
    """The wave goes on after the end, up again."""
    n = s.steps - s.warmup
    return [("cosine", n, *((s.peak, end) if k % 2 == 0 else (end, s.peak))) for k in range(6)]


def cosine(s: Settings) -> Made:
    return _made(s, "cosine", row(_warmup(s), *_waves(s, 0.0)), {}, limit=5 * s.steps)


def cosine_with_min_lr(s: Settings) -> Made:
    end = s.end or 0.1 * s.peak
    more = {"min_lr": end} if s.rng.random() < 0.5 else {"min_lr_rate": end / s.peak}
    return _made(s, "cosine_with_min_lr", row(_warmup(s), *_waves(s, end)), more, limit=5 * s.steps)


def cosine_warmup_with_min_lr(s: Settings) -> Made:
    """Its warmup counts from 1, and so does its wave: all edges lie one update earlier."""
    end = s.end or 0.1 * s.peak
    w, n = s.warmup, s.steps - s.warmup
    rise = ("linear", w - 1, s.peak / w, s.peak) if w else ("hold", 0, 0.0, 0.0)
    curves = row(rise, *_waves(s, end))
    if not w:  # the wave has begun one update before the first
        start = s.peak + (end - s.peak) * (1 - math.cos(math.pi / n)) / 2
        curves = [
            Curve("cosine", 0, n - 1, start, end, whole=(-1, s.peak)),
            *[c.moved(-1) for c in curves[1:]],
        ]
    more = {"min_lr": end}
    return _made(
        s, "cosine_warmup_with_min_lr", curves, more, limit=5 * s.steps, ends=s.steps - 1, from_zero=False
    )


def cosine_with_restarts(s: Settings) -> Made:
    count = int(s.rng.integers(1, 5))
    cycles = [("cosine", (s.steps - s.warmup) / count, s.peak, 0.0)] * count
    curves = row(_warmup(s), *cycles, ("hold", math.inf, 0.0, 0.0))
    return _made(s, "cosine_with_restarts", curves, {"num_cycles": count})


def polynomial(s: Settings) -> Made:
    p, end = float(s.rng.choice([1.0, 2.0, 0.5, 3.0])), s.end or 1e-7
    fall = (f"power({p:g})", s.steps - s.warmup, s.peak, end)
    more = {"power": p, "lr_end": end}
    return _made(s, "polynomial", row(_warmup(s), fall, ("hold", math.inf, end, end)), more)


def constant_with_warmup(s: Settings) -> Made:
    return _made(
        s, "constant_with_warmup", row(_warmup(s), ("hold", math.inf, s.peak, s.peak)), {}, ends=None
    )


def inverse_sqrt(s: Settings) -> Made:
    w = max(s.warmup, 10)
    s = Settings(s.steps, s.peak, w, s.end, s.seed)
    scale = float(w if s.rng.random() < 0.7 else max(w, s.steps // 4))
    more = {} if scale == w else {"timescale": int(scale)}
    tail = Curve("inverse_sqrt", w, math.inf, s.peak, 0.0, scale=scale, open=True)
    return _made(s, "inverse_sqrt", [*row(_warmup(s)), tail], more, ends=None)


RISES = {"linear": "linear", "cosine": "cosine", "1-sqrt": "power(0.5)"}
FALLS = {"linear": "linear", "cosine": "cosine", "1-sqrt": "one_minus_sqrt"}


def warmup_stable_decay(s: Settings) -> Made:
    """Its warmup starts at the end, which is a ratio."""
    decay = max(15, round(s.steps * float(s.rng.choice([0.1, 0.2, 0.3, 0.5]))))
    rise, fall = (str(s.rng.choice(["linear", "linear", "cosine", "1-sqrt"])) for _ in range(2))
    more = {"num_decay_steps": decay, "min_lr_ratio": s.end / s.peak, "warmup_type": rise, "decay_type": fall}
    curves = row(
        (RISES[rise], s.warmup, s.end, s.peak),
        ("hold", s.steps - s.warmup - decay, s.peak, s.peak),
        (FALLS[fall], decay, s.peak, s.end),
    )
    curves = [*curves, hold(s.steps, s.end)]
    return _made(s, "warmup_stable_decay", curves, more, from_zero=not s.end or not s.warmup)


RECIPES: tuple[Recipe, ...] = (
    linear, linear, cosine, cosine, cosine_with_min_lr, cosine_warmup_with_min_lr, cosine_with_restarts, polynomial,
    constant_with_warmup, inverse_sqrt, warmup_stable_decay, warmup_stable_decay,
)  # fmt: skip
