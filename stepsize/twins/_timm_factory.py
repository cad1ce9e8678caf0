"""Timm's factory: a schedule by its name, in epochs, as ``train.py`` asks for it."""

from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.schedule import Schedule, hold
from stepsize.twins._timm_cycles import CosineLRScheduler, PolyLRScheduler, TanhLRScheduler
from stepsize.twins._timm_driving import rate
from stepsize.twins._timm_steps import (
    MultiStepLRScheduler,
    PlateauLRScheduler,
    StepLRScheduler,
    WSDLRScheduler,
)

_NAMES = ("cosine", "tanh", "step", "constant", "multistep", "plateau", "poly", "wsd", "rsqrt", "none")


def create_scheduler_v2(
    lr: Any,
    sched: Any = "cosine",
    num_epochs: Any = 300,
    decay_epochs: Any = None,
    decay_milestones: Any = (90, 180, 270),
    cooldown_epochs: Any = 0,
    patience_epochs: Any = 10,
    decay_rate: Any = 0.1,
    min_lr: Any = 0.0,
    warmup_lr: Any = 1e-5,
    warmup_epochs: Any = 0,
    warmup_prefix: Any = False,
    noise: Any = None,
    noise_pct: Any = 0.67,
    noise_std: Any = 1.0,
    noise_seed: Any = 42,
    cycle_mul: Any = 1.0,
    cycle_decay: Any = 0.1,
    cycle_limit: Any = 1,
    k_decay: Any = 1.0,
    decay_fn: Any = None,
    stable_timescale: Any = None,
    plateau_mode: Any = "max",
    step_on_epochs: Any = True,
    updates_per_epoch: Any = 0,
    *,
    steps: Any = None,
) -> Schedule:
    """The schedule of ``--sched``, its lengths in epochs: the door that their ``train.py`` goes through.

        "cosine", "tanh", "poly"    that scheduler; the power of "poly" is decay_rate
        "step", "multistep"         that scheduler
        "constant"                  StepLRScheduler that never drops
        "wsd", "rsqrt"              WSDLRScheduler, constant or "rsqrt" before its decay
        "none"                      lr

    First update warmup_lr, or lr without a warmup; peak as that scheduler's; last update as that scheduler's; after the
    end as that scheduler's.

    Args:
        lr: the base rate of the group; >= 0.
        sched: one of these names; "plateau" is refused.
        num_epochs: epochs of the schedule, without the warmup where it is a prefix, and without cooldown; > 0.
        decay_epochs: epochs from drop to drop, 90 by default; of "wsd" and "rsqrt" the epochs of the decay, or a share
            below 1, by default 0.2, rounded.
        decay_milestones: the epochs of "multistep" in order.
        cooldown_epochs: epochs after the end; not of the rate, which is held there.
        patience_epochs: of "plateau", and not looked at.
        decay_rate: the factor of a drop, or the power of "poly"; >= 0.
        min_lr: the end of what decays to one; >= 0.
        warmup_lr: the rate that the warmup starts at; >= 0.
        warmup_epochs: epochs of the warmup; >= 0.
        warmup_prefix: whether the warmup comes on top of num_epochs.
        noise: between which shares of num_epochs the rate is noisy, or from which on; None for nowhere.
        noise_pct: the largest noise, as a share of the rate; in (0, 1].
        noise_std: the standard deviation of the noise, as a share of the rate.
        noise_seed: what the noise is drawn from, together with the step; whole.
        cycle_mul: how many times as long each cycle is as the one before; > 0.
        cycle_decay: the factor of the peak from cycle to cycle; >= 0.
        cycle_limit: how many cycles; whole, >= 0.
        k_decay: the power of the time in "cosine" and "poly"; > 0.
        decay_fn: the decay of "wsd", "1-sqrt" by default, and of "rsqrt", "linear" by default.
        stable_timescale: epochs that set how slowly "rsqrt" fades; > 0, by default the warmup.
        plateau_mode: of "plateau", and not looked at.
        step_on_epochs: whether the rate moves once an epoch; else with each update.
        updates_per_epoch: updates of an epoch; whole, >= 1. Theirs needs it only without step_on_epochs.
        steps: updates of the run; whole, >= 1; needed with noise, which is a table, and with nothing else.

    Raises:
        ScheduleError: the name is unknown or "plateau", a number is out of its range, or what is needed is not given.

    Source:
        timm/scheduler/scheduler_factory.py, create_scheduler_v2; release 1.0.31. Theirs returns the epochs of the run
        as well.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.timm.create_scheduler_v2(0.1, "multistep", decay_milestones=[30, 60], updates_per_epoch=100)
    >>> [round(s(t), 6) for t in (0, 2899, 2900, 5900)]
    [0.1, 0.1, 0.01, 0.001]
    """
    where = "twins.timm.create_scheduler_v2"
    if sched not in _NAMES:
        remedy = did_you_mean(str(sched), _NAMES) or f"There are {', '.join(_NAMES)}."
        raise ScheduleError(message(f"{where}.sched", "must name a schedule", sched, remedy))
    if sched == "plateau":
        PlateauLRScheduler(lr)
    if sched == "none":
        return hold(rate(f"{where}.lr", lr))
    each = _accept.count(f"{where}.updates_per_epoch", updates_per_epoch)
    unit = 1 if step_on_epochs else each
    length = _accept.length(f"{where}.num_epochs", num_epochs) * unit
    warmup = _accept.length(f"{where}.warmup_epochs", warmup_epochs) * unit
    behind: dict[str, Any] = {
        "warmup_t": warmup,
        "warmup_lr_init": warmup_lr,
        "t_in_epochs": step_on_epochs,
        "noise_range_t": _range(noise, length),
        "noise_pct": noise_pct,
        "noise_std": noise_std,
        "noise_seed": noise_seed,
        "updates_per_epoch": each,
        "steps": steps,
    }
    if sched in ("wsd", "rsqrt"):
        whole = length if warmup_prefix else length - warmup
        return WSDLRScheduler(
            lr, whole, _decay(where, decay_epochs, unit, whole), min_lr,
            "rsqrt" if sched == "rsqrt" else "constant",
            None if stable_timescale is None else stable_timescale * unit,
            decay_fn=decay_fn or ("linear" if sched == "rsqrt" else "1-sqrt"), **behind,
        )  # fmt: skip
    behind["warmup_prefix"] = warmup_prefix
    if sched == "multistep":
        return MultiStepLRScheduler(lr, [m * unit for m in decay_milestones], decay_rate, **behind)
    if sched == "constant":
        return StepLRScheduler(lr, 1, **behind)
    if sched == "step":
        every = _accept.length(f"{where}.decay_epochs", 90 if decay_epochs is None else decay_epochs)
        return StepLRScheduler(lr, every * unit, decay_rate, **behind)
    behind |= {"cycle_mul": cycle_mul, "cycle_decay": cycle_decay, "cycle_limit": cycle_limit}
    if sched == "tanh":
        return TanhLRScheduler(lr, length, lr_min=min_lr, **behind)
    if sched == "poly":
        return PolyLRScheduler(lr, length, decay_rate, min_lr, k_decay=k_decay, **behind)
    return CosineLRScheduler(lr, length, min_lr, k_decay=k_decay, **behind)


def _range(noise: Any, length: Any) -> Any:
    """Shares of the schedule, as steps."""
    if not isinstance(noise, (list, tuple)):
        return None if noise is None else noise * length
    ends = [share * length for share in noise]
    return ends[0] if len(ends) == 1 else ends


def _decay(where: str, epochs: Any, unit: int, whole: Any) -> int:
    """How long the decay is: a share of what follows the warmup, or epochs; rounded."""
    given = _accept.length(f"{where}.decay_epochs", 0.2 if epochs is None else epochs)
    fall = round(given * (whole if 0 < given < 1 else unit))
    if not 0 < fall <= whole:
        rule = f"must leave a decay of 1 to {whole} steps, what follows the warmup"
        raise ScheduleError(message(f"{where}.decay_epochs", rule, epochs))
    return fall
