"""Schedulers of timm, driven by ``step_update`` as its train.py does, or once an epoch by ``step``."""

import importlib
import importlib.util
import math
import sys
import types
from pathlib import Path
from typing import Any

import torch

from bench.logs.curves import Curve, hold, row, steps
from bench.logs.made import Made, Recipe, sequential
from bench.logs.settings import Settings


def _alone() -> Any:
    """The schedulers of timm without its models, which want torchvision."""
    found = importlib.util.find_spec("timm")
    if found is None or found.origin is None:
        raise ImportError("the bench of logs drives timm, and it is not installed")
    before = sys.modules.get("timm")
    stub = types.ModuleType("timm")
    stub.__path__ = [str(Path(found.origin).parent)]
    sys.modules["timm"] = stub
    try:
        return importlib.import_module("timm.scheduler")
    finally:
        sys.modules.pop("timm")
        if before is not None:
            sys.modules["timm"] = before


timm = _alone()


def _made(s: Settings, name: str, curves: list[Curve], more: dict[str, Any], **about: Any) -> Made:
    """Its settings speak of updates, or of epochs where one is stepped once an epoch; the arithmetic is the same."""
    epochs = s.steps <= 300
    options = {"warmup_t": s.warmup, "t_in_epochs": epochs, **more}
    if name != "MultiStepLRScheduler" and name != "StepLRScheduler":
        options["lr_min"] = s.end
    call = f"lr={s.peak}: {name}({', '.join(f'{word}={value}' for word, value in options.items())})"

    def start() -> Any:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=s.peak)
        scheduler = getattr(timm, name)(optimizer, **options)
        group, seen = optimizer.param_groups[0], [0]
        advance = scheduler.step if epochs else scheduler.step_update

        def step() -> None:
            seen[0] += 1
            advance(seen[0])

        return lambda: float(group["lr"]), step

    about.setdefault("ends", s.steps)
    about.setdefault("from_zero", not s.warmup or not more["warmup_lr_init"])
    return Made("timm", call, curves, sequential(start), counts="epochs" if epochs else "steps", **about)


def _warm(s: Settings) -> tuple[float, dict[str, Any]]:
    """What the warmup starts from."""
    first = 0.0 if s.rng.random() < 0.6 else float(f"{s.peak * float(s.rng.choice([0.01, 0.001, 0.1])):.6g}")
    return first, {"warmup_lr_init": first}


def prefixed(s: Settings) -> Made:
    """The wave begins when the warmup is over."""
    first, more = _warm(s)
    n = s.steps - s.warmup
    curves = row(
        ("linear", s.warmup, first, s.peak), ("cosine", n, s.peak, s.end), ("hold", math.inf, s.end, s.end)
    )
    return _made(s, "CosineLRScheduler", curves, more | {"t_initial": n, "warmup_prefix": True})


def cosine(s: Settings) -> Made:
    """As timm does without being told: the warmup runs up to the peak, and the wave, begun at 0, is met below it."""
    first, more = _warm(s)
    met = s.end + (s.peak - s.end) * (1 + math.cos(math.pi * s.warmup / s.steps)) / 2
    whole = (0.0, s.peak) if s.warmup else None
    wave = Curve("cosine", s.warmup, s.steps, met, s.end, whole=whole)
    curves = [*row(("linear", s.warmup, first, s.peak)), wave, hold(s.steps, s.end)]
    return _made(s, "CosineLRScheduler", curves, more | {"t_initial": s.steps})


def restarts(s: Settings) -> Made:
    first, more = _warm(s)
    count, shrink = int(s.rng.integers(2, 5)), float(s.rng.choice([1.0, 0.5]))
    n = max(12, (s.steps - s.warmup) // count)
    cycles = [("cosine", n, s.peak * shrink**k, s.end) for k in range(count)]
    if any(a <= s.end for _, _, a, _ in cycles):
        return restarts(Settings(s.steps, s.peak, s.warmup, 0.0, s.seed))
    curves = row(("linear", s.warmup, first, s.peak), *cycles, ("hold", math.inf, s.end, s.end))
    more |= {"t_initial": n, "warmup_prefix": True, "cycle_limit": count, "cycle_decay": shrink}
    return _made(s, "CosineLRScheduler", curves, more, ends=s.warmup + n * count)


def poly(s: Settings) -> Made:
    first, more = _warm(s)
    p, n = float(s.rng.choice([0.5, 0.9, 1.0, 2.0])), s.steps - s.warmup
    curves = row(
        ("linear", s.warmup, first, s.peak),
        (f"power({p:g})", n, s.peak, s.end),
        ("hold", math.inf, s.end, s.end),
    )
    return _made(s, "PolyLRScheduler", curves, more | {"t_initial": n, "warmup_prefix": True, "power": p})


def tanh(s: Settings) -> Made:
    """The curve between -7 and 3, which does not quite reach its ends."""
    first, more = _warm(s)
    n = s.steps - s.warmup
    top, low = (s.end + (s.peak - s.end) * (1 - math.tanh(x)) / 2 for x in (-7, 3))
    curves = row(
        ("linear", s.warmup, first, s.peak), ("tanh(-7,3)", n, top, low), ("hold", math.inf, s.end, s.end)
    )
    about = (
        {} if s.warmup else {"slack": 1e-6, "from_zero": False}
    )  # the first rate is the peak, not the curve's
    return _made(s, "TanhLRScheduler", curves, more | {"t_initial": n, "warmup_prefix": True}, **about)


def step(s: Settings) -> Made:
    """Its drops are counted from 0, warmup or not; those within the warmup are not seen."""
    first, more = _warm(s)
    each, g = max(20, s.steps // int(s.rng.integers(2, 5))), float(s.rng.choice([0.1, 0.3, 0.5]))
    edges = [each * k for k in range(1, 16)]
    falls = steps([s.peak * g**k for k in range(16)], edges)
    later = [curve for curve in falls if curve.stop > s.warmup]
    later[0] = hold(s.warmup, later[0].first, later[0].stop)
    curves = [*row(("linear", s.warmup, first, s.peak)), *later]
    more |= {"decay_t": each, "decay_rate": g, "warmup_prefix": False}
    return _made(s, "StepLRScheduler", curves, more, smooth=False, ends=None)


def multi_step(s: Settings) -> Made:
    """Its milestones are counted after the warmup, and it drops one update before them."""
    first, more = _warm(s)
    n, g = s.steps - s.warmup, 0.1
    edges = [round(0.5 * n), round(0.75 * n)]
    falls = steps([s.peak * g**k for k in range(3)], [edge - 1 for edge in edges])
    curves = [*row(("linear", s.warmup, first, s.peak)), *(curve.moved(s.warmup) for curve in falls)]
    more |= {"decay_t": edges, "decay_rate": g}
    return _made(s, "MultiStepLRScheduler", curves, more, smooth=False, ends=None)


RECIPES: tuple[Recipe, ...] = (
    prefixed,
    prefixed,
    cosine,
    cosine,
    restarts,
    poly,
    poly,
    tanh,
    step,
    multi_step,
)
