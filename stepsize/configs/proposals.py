"""The configurations that may come near a schedule: a few hundred documents, of which the nearest is kept.

A document holds a library's own names, and its reader says what it means; so nothing here has to be exact.
"""

import math
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from stepsize._accept import Number
from stepsize.configs.config import Document
from stepsize.configs.outline import Outline
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.training import Training

MOST = 100  # drops of a schedule that is told by them

Maker = Callable[[Outline, Training], Iterator[Document]]


def trainer(o: Outline, training: Training) -> Iterator[Document]:
    """Transformers' schedules; the length of the run is that of the schedule, but for warmup_stable_decay."""
    run = {"learning_rate": o.peak, "max_steps": o.steps}

    def one(kind: str, warmup: int, **kwargs: Any) -> Document:
        return {
            **run,
            "lr_scheduler_type": kind,
            "warmup_steps": warmup,
            "lr_scheduler_kwargs": kwargs or None,
        }

    share = o.end / o.peak
    yield one("constant", 0)
    for w in o.warm:
        yield from (one(kind, w) for kind in ("cosine", "linear", "constant_with_warmup"))
        yield one("cosine_with_min_lr", w, min_lr=o.end)
        yield one("cosine_warmup_with_min_lr", w, min_lr=o.end)
        yield one("cosine_warmup_with_min_lr", w, min_lr=o.end, warmup_lr_rate=o.first / o.peak)
        yield from (one("polynomial", w, lr_end=o.end, power=p) for p in powers(o, w, o.steps))
        if o.cycles > 1:
            yield one("cosine_with_restarts", w, num_cycles=o.cycles)
            yield one("cosine_with_restarts", w, num_cycles=(o.steps - w) / o.period)
        if (scale := timescale(o, w)) is not None:
            yield from (one("inverse_sqrt", w), one("inverse_sqrt", w, timescale=scale))
    for w, h, t, kind in product(o.warm, o.stay, o.ends, ("linear", "cosine", "1-sqrt")):
        if w <= h <= t:
            yield one("warmup_stable_decay", w, num_decay_steps=t - h, num_stable_steps=h - w, decay_type=kind,
                      min_lr_ratio=share)  # fmt: skip


def deepspeed(o: Outline, training: Training) -> Iterator[Document]:
    """DeepSpeed's schedules, whose warmups lag one update behind."""

    def one(kind: str, **params: Any) -> Document:
        own = {"type": "AdamW", "params": {"lr": o.peak}}
        return {"optimizer": own, "scheduler": {"type": kind, "params": params}}

    for w, form in product({max(1, k - back) for k in o.warm for back in (0, 2)}, ("linear", "log")):
        warm = {"warmup_num_steps": w, "warmup_type": form}
        yield one("WarmupLR", warmup_min_lr=o.first, warmup_max_lr=o.peak, **warm)
        for t in {max(0, k - back) for k in o.ends for back in (0, 1)}:
            low = {"warmup_min_lr": o.first, "warmup_max_lr": o.peak}
            yield one("WarmupDecayLR", total_num_steps=t, **low, **warm)
            yield one("WarmupDecayLR", total_num_steps=t, **(low | {"warmup_min_lr": o.end}), **warm)
            ratios = {"warmup_min_ratio": o.first / o.peak, "cos_min_ratio": o.end / o.peak}
            yield one("WarmupCosineLR", total_num_steps=t, **ratios, **warm)
    for w, t in product(o.warm, o.ends):
        if 0 < w < t:
            yield one("OneCycle", cycle_min_lr=o.first, cycle_max_lr=o.peak, cycle_first_step_size=w,
                      cycle_second_step_size=t - w, cycle_momentum=False)  # fmt: skip
    if o.first > 0 and o.end > o.first:
        growth = {"lr_range_test_step_size": o.steps, "lr_range_test_step_rate": o.end / o.first - 1}
        yield one("LRRangeTest", lr_range_test_min_lr=o.first, **growth)


def megatron(o: Outline, training: Training) -> Iterator[Document]:
    """Megatron's styles; decay and run may have other lengths."""
    run: Document = {"train_iters": o.steps, "lr": o.peak}
    if training.horizon is not None and training.horizon.samples_per_step is not None:
        run["global_batch_size"] = training.horizon.samples_per_step
    for w, t in product(o.warm, o.ends):
        warmups: list[Document] = [{"lr_warmup_iters": w}]
        warmups += [{"lr_warmup_fraction": edge / t} for edge in broken(o, w) if t]
        for warmup, low in product(warmups if w < t else (), dict.fromkeys((min(o.end, o.peak), 0.0))):
            first = o.first if w else 0.0
            own = {**run, "min_lr": low, "lr_warmup_init": first, **warmup, "lr_decay_iters": t}
            yield from _styles(o, own, w, t)


def _styles(o: Outline, own: Document, w: int, t: int) -> Iterator[Document]:
    for style in ("cosine", "linear", "inverse-square-root", "constant"):
        yield {**own, "lr_decay_style": style}
    for h, style in product(o.stay, ("linear", "cosine", "minus_sqrt", "exponential")):
        if w <= h < t:
            more = {"lr_wsd_decay_style": style, "lr_wsd_decay_iters": t - h}
            yield {**own, "lr_decay_style": "WSD", **more}


def broken(o: Outline, warm: int) -> list[Number]:
    """Edges of the schedule between two updates, the later of which is near the end of the warmup."""
    return [edge for edge in o.schedule.edges[:4] if warm - 1 < edge < warm]


def torchtitan(o: Outline, training: Training) -> Iterator[Document]:
    """Torchtitan's one schedule, whose warmup ends one update before the peak is left."""
    late = [t for t in o.ends if t >= o.steps - 1] or [
        o.steps
    ]  # behind its end theirs turns negative, or rises
    for w, t, kind in product(
        {k + ahead for k in o.warm for ahead in (0, 1)}, late, ("cosine", "linear", "sqrt")
    ):
        total = None if t == o.steps else t
        for ratio in {None, 0.0, *((t - h) / t for h in o.stay if 0 < t - h <= t)}:
            own = {"warmup_steps": w, "total_steps": total, "decay_ratio": ratio, "decay_type": kind,
                   "min_lr_factor": min(1.0, o.end / o.peak)}  # fmt: skip
            yield {"optimizer": {"lr": o.peak}, "lr_scheduler": own, "training": {"steps": o.steps}}


def timm(o: Outline, training: Training) -> Iterator[Document]:
    """Timm's schedules, stepped with each update or once an epoch; the run has whole epochs."""
    each = training.steps_per_epoch
    if each is None:
        rule, remedy = (
            "timm counts epochs, and the updates of an epoch must be known",
            "Add --steps-per-epoch.",
        )
        raise HorizonNeeded(message("convert", rule, None, remedy))
    if o.steps % each:
        rule = f"timm trains whole epochs of {each:g} updates"
        raise ScheduleError(message("convert", rule, o.steps, "Choose a run of whole epochs."))

    for on_updates in (True, False):
        yield from _timm(o, each, on_updates)


def _timm(o: Outline, each: Any, on_updates: bool) -> Iterator[Document]:
    unit = 1 if on_updates else int(each)

    def one(kind: str, warmup: int, epochs: Any, prefix: bool, **more: Any) -> Document:
        own = {
            "sched": kind,
            "lr": o.peak if prefix else _aim(o, warmup, unit),
            "min_lr": o.end,
            "warmup_lr": o.first if warmup else 0.0,
        }
        return {**own, "warmup_epochs": _epochs(warmup, each), "warmup_prefix": prefix, "epochs": epochs,
                "cooldown_epochs": 0, "sched_on_updates": on_updates, **more}  # fmt: skip

    whole = o.steps // each
    for w in [w for w in o.warm if w % unit == 0]:
        rest = _epochs(o.steps - w, each)
        lengths = [(whole, False)] + [(rest, True)] * (isinstance(rest, int) and rest > 0)
        for epochs, prefix in lengths:
            yield from (one(kind, w, epochs, prefix) for kind in ("cosine", "tanh"))
            yield from (one("poly", w, epochs, prefix, decay_rate=p) for p in powers(o, w, o.steps))
            if o.cycles > 1 and epochs % o.cycles == 0:
                yield one(
                    "cosine", w, epochs // o.cycles, prefix, lr_cycle_limit=o.cycles, lr_cycle_decay=1.0
                )
        yield one("constant", w, whole, False)
        for h, style in product(o.stay, ("linear", "cosine", "1-sqrt")):
            fall = o.steps - h
            if 0 < fall <= o.steps - w:
                length = _epochs(fall, each) if fall >= each else fall / (o.steps - w)
                yield one("wsd", w, whole, False, decay_epochs=length, lr_decay_fn=style)
        if (found := drops(o)) is not None:
            stops, factor = found
            yield one("step", w, whole, False, decay_epochs=_epochs(stops[0], each), decay_rate=factor)
            ahead = [_epochs(stop + 1, each) for stop in stops]  # theirs drops one step before its milestones
            yield one("multistep", w, whole, False, decay_milestones=ahead, decay_rate=factor)


def _aim(o: Outline, warm: int, unit: int) -> float:
    """Where a warmup goes that is left before it is over, for the curve it hides is lower then; at least the peak."""
    if warm < 2 * unit:
        return o.peak
    before = float(o.schedule(warm - 1))
    return max(o.peak, o.first + (before - o.first) * (warm / (warm - unit)))


def _epochs(updates: int, each: Any) -> Any:
    """Updates as epochs, whole where they are."""
    return updates // int(each) if updates % each == 0 else updates / each


def powers(o: Outline, warm: int, end: int) -> tuple[float, ...]:
    """Exponents of (1 - x) that the fall may have: plain ones, and the one that meets it in its middle."""
    middle = int(o.at.searchsorted((warm + end) / 2))
    gone = (float(o.at[min(middle, len(o.at) - 1)]) - warm) / max(1, end - warm)
    left = (float(o.rates[min(middle, len(o.at) - 1)]) - o.end) / (o.peak - o.end or 1.0)
    found = math.log(left) / math.log(1 - gone) if 0 < left < 1 and 0 < gone < 1 else 1.0
    return tuple(dict.fromkeys((1.0, 2.0, 0.5, round(found, 2), found)))


def timescale(o: Outline, warm: int) -> float | None:
    """The time scale of a fall as an inverse square root; None where it does not fall so."""
    last, rate = float(o.at[-1]) - warm, float(o.rates[-1])
    if not (last > 0 and 0 < rate < o.peak * (1 - 1e-9)):
        return None
    found = last * rate**2 / (o.peak**2 - rate**2)
    return float(round(found)) if abs(found - round(found)) < 1e-6 * found else found


def drops(o: Outline) -> tuple[list[int], float] | None:
    """The updates at which it drops, and by which factor, where it moves in drops by one factor alone."""
    import numpy as np

    moved = np.flatnonzero(np.abs(np.diff(o.rates)) > o.peak * 1e-12)
    moved = moved[o.at[moved] >= o.warm[0]]
    if not 0 < moved.size <= MOST or not o.rates[moved].all():
        return None
    factors = o.rates[moved + 1] / o.rates[moved]
    same = factors[0] < 1 and bool((np.abs(factors - factors[0]) < 1e-9).all())
    return ([int(k) for k in o.at[moved + 1]], float(factors[0])) if same else None


PROPOSALS: dict[str, Maker] = {
    "trainer": trainer, "deepspeed": deepspeed, "megatron": megatron, "torchtitan": torchtitan, "timm": timm,
}  # fmt: skip
