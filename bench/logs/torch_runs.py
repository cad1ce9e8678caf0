"""Schedulers of torch, stepped after the optimizer, and those of transformers, which are torch's LambdaLR."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import lr_scheduler as lrs

from bench.logs.curves import Curve, hold, row, steps
from bench.logs.made import Made, Recipe, sequential
from bench.logs.settings import Settings

Build = Callable[[torch.optim.Optimizer], Any]


def driven(peak: float, build: Build) -> Any:
    """Drive ``build(optimizer)``: read the rate of the group, update, step."""

    def start() -> tuple[Callable[[], float], Callable[[], object]]:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
        scheduler = build(optimizer)
        group = optimizer.param_groups[0]

        def step() -> None:
            optimizer.step()
            scheduler.step()

        return lambda: float(group["lr"]), step

    warnings.filterwarnings("ignore", module="torch.optim.lr_scheduler")  # of SequentialLR, to itself
    return sequential(start)


def of_torch(library: str, s: Settings, call: str, curves: list[Curve], build: Build, **about: Any) -> Made:
    """What is built over an optimizer of torch."""
    drive = driven(s.peak, build)
    return Made(library, f"lr={s.peak}: {call}", curves, drive, settings=s, build=build, **about)


def _after_warmup(s: Settings, build: Build, call: str, curves: list[Curve], **about: Any) -> Made:
    """SequentialLR of a linear warmup and another scheduler, or that one alone where there is no warmup."""
    if not s.warmup:
        return of_torch("torch", s, call, curves, build, **about)
    factor = float(s.rng.choice([1 / 3, 0.1, 0.01, 1e-3, 1e-8]))

    def joined(optimizer: torch.optim.Optimizer) -> Any:
        first = lrs.LinearLR(optimizer, start_factor=factor, total_iters=s.warmup)
        return lrs.SequentialLR(optimizer, [first, build(optimizer)], [s.warmup])

    rising = row(("linear", s.warmup, factor * s.peak, s.peak))
    ends = about.pop("ends", None)
    about |= {"ends": ends and ends + s.warmup, "from_zero": False}
    whole = f"SequentialLR([LinearLR({factor:.6g}, total_iters={s.warmup}), {call}], [{s.warmup}])"
    return of_torch("torch", s, whole, rising + [c.moved(s.warmup) for c in curves], joined, **about)


def linear(s: Settings) -> Made:
    n, ratio = s.steps - s.warmup, s.end / s.peak
    curves = row(("linear", n, s.peak, s.end), ("hold", math.inf, s.end, s.end))
    call = f"LinearLR(1.0, {ratio:.6g}, total_iters={n})"
    return _after_warmup(s, lambda o: lrs.LinearLR(o, 1.0, ratio, n), call, curves, ends=n)


def cosine(s: Settings) -> Made:
    """After its end it rises again, with a period of twice its length. It is a recursion, and its errors add up."""
    n = s.steps - s.warmup
    waves = [("cosine", n, *((s.peak, s.end) if k % 2 == 0 else (s.end, s.peak))) for k in range(6)]
    call = f"CosineAnnealingLR(T_max={n}, eta_min={s.end:.6g})"
    return _after_warmup(
        s, lambda o: lrs.CosineAnnealingLR(o, n, s.end), call, row(*waves), ends=n, limit=6 * n, slack=1e-7
    )


def polynomial(s: Settings) -> Made:
    n, p = s.steps - s.warmup, float(s.rng.choice([0.5, 0.9, 1.0, 2.0, 3.0]))
    curves = row((f"power({p:g})", n, s.peak, 0.0), ("hold", math.inf, 0.0, 0.0))
    call = f"PolynomialLR(total_iters={n}, power={p:g})"
    return _after_warmup(s, lambda o: lrs.PolynomialLR(o, n, p), call, curves, ends=n)


def step(s: Settings) -> Made:
    n = s.steps - s.warmup
    count, g = int(s.rng.integers(2, 5)), float(s.rng.choice([0.1, 0.3, 0.5]))
    each = math.ceil(n / count)
    curves = steps([s.peak * g**k for k in range(4 * count)], [each * k for k in range(1, 4 * count)])
    call = f"StepLR({each}, gamma={g})"
    return _after_warmup(s, lambda o: lrs.StepLR(o, each, g), call, curves, smooth=False)


def multi_step(s: Settings) -> Made:
    n, g = s.steps - s.warmup, float(s.rng.choice([0.1, 0.2, 0.5]))
    shares = [(0.5, 0.75), (0.6, 0.8, 0.9), (0.3, 0.6), (0.8, 0.9)][int(s.rng.integers(4))]
    edges = [round(n * share) for share in shares]
    curves = steps([s.peak * g**k for k in range(len(edges) + 1)], edges)
    return _after_warmup(
        s, lambda o: lrs.MultiStepLR(o, edges, g), f"MultiStepLR({edges}, {g})", curves, smooth=False
    )


def exponential(s: Settings) -> Made:
    n = s.steps - s.warmup
    g = float(f"{float(s.rng.choice([0.3, 0.1, 0.01])) ** (1 / n):.9g}")
    curves = [Curve("geometric", 0, 4.0 * s.steps, s.peak, s.peak * g ** (4 * s.steps), open=True)]
    return _after_warmup(
        s, lambda o: lrs.ExponentialLR(o, g), f"ExponentialLR({g})", curves, limit=4 * s.steps
    )


def restarts(s: Settings) -> Made:
    n = s.steps - s.warmup
    count, grow = int(s.rng.integers(2, 6)), int(s.rng.choice([1, 1, 2]))
    first = max(10, n // (count if grow == 1 else 2**count - 1))
    cycles = [
        ("cosine", first * grow**k, s.peak, s.end) for k in range(4 * count if grow == 1 else count + 3)
    ]
    call = f"CosineAnnealingWarmRestarts(T_0={first}, T_mult={grow}, eta_min={s.end:.6g})"
    curves = row(*cycles)
    return _after_warmup(
        s,
        lambda o: lrs.CosineAnnealingWarmRestarts(o, first, grow, s.end),
        call,
        curves,
        limit=curves[-1].stop,
    )


def constant(s: Settings) -> Made:
    f, n = float(s.rng.choice([0.1, 1 / 3, 0.5])), max(5, s.steps // int(s.rng.integers(5, 20)))
    curves = steps([s.peak * f, s.peak], [n])
    call = f"ConstantLR({f:.6g}, total_iters={n})"
    return of_torch("torch", s, call, curves, lambda o: lrs.ConstantLR(o, f, n), smooth=False)


def one_cycle(s: Settings) -> Made:
    """Its phases end at whole updates less one, and its last update has the end."""
    n, part = s.steps, float(s.rng.choice([0.3, 0.25, 0.1, 0.4]))
    how = str(s.rng.choice(["cos", "linear"]))
    kind = {"cos": "cosine", "linear": "linear"}[how]
    low, edge = s.peak / 25, part * n - 1
    curves = row((kind, edge, low, s.peak), (kind, n - 1 - edge, s.peak, low / 1e4))
    call = f"OneCycleLR({s.peak}, total_steps={n}, pct_start={part}, anneal_strategy={how!r})"

    def build(optimizer: Any) -> Any:
        options = {"pct_start": part, "anneal_strategy": how, "cycle_momentum": False}
        return lrs.OneCycleLR(optimizer, s.peak, n, **options)

    curves = [*curves, hold(n - 1, low / 1e4)]
    return of_torch("torch", s, call, curves, build, limit=n, ends=n - 1, from_zero=False)


def cyclic(s: Settings) -> Made:
    half = max(15, s.steps // (2 * int(s.rng.integers(1, 4))))
    low = s.peak / float(s.rng.choice([4, 10, 100]))
    ramps = [("linear", half, *((low, s.peak) if k % 2 == 0 else (s.peak, low))) for k in range(24)]
    call = f"CyclicLR({low:.6g}, {s.peak}, step_size_up={half})"

    def build(optimizer: Any) -> Any:
        return lrs.CyclicLR(optimizer, low, s.peak, half, cycle_momentum=False)

    return of_torch("torch", s, call, row(*ramps), build, limit=24 * half, from_zero=False)


RECIPES: tuple[Recipe, ...] = (
    cosine, cosine, linear, polynomial, step, multi_step, exponential, restarts, constant, one_cycle, one_cycle, cyclic,
)  # fmt: skip
