"""A scheduler of PyTorch, or of Transformers, that runs: its twins, one a group, and how many updates it has counted.

It is known by its class, and what it was built with is read from it. Nothing of theirs is imported.

    class                          what it keeps
    StepLR, LinearLR, ...          its arguments, by their names; base_lrs, the rates of the groups
    CyclicLR                       base_lrs, max_lrs, total_size, step_ratio, mode, gamma, _scale_fn_custom
    OneCycleLR                     total_steps, _schedule_phases, _anneal_func_type; its groups' own rates
    SequentialLR                   _schedulers, _milestones
    ChainedScheduler               _schedulers, which count, for it does not
    LambdaLR of Transformers       lr_lambdas, each a ``functools.partial`` of a function of theirs, by keywords
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule
from stepsize.twins import torch, transformers

_ARGUMENTS = {
    "StepLR": ("step_size", "gamma"),
    "MultiStepLR": ("milestones", "gamma"),
    "ConstantLR": ("factor", "total_iters"),
    "LinearLR": ("start_factor", "end_factor", "total_iters"),
    "ExponentialLR": ("gamma",),
    "PolynomialLR": ("total_iters", "power"),
    "CosineAnnealingLR": ("T_max", "eta_min"),
    "CosineAnnealingWarmRestarts": ("T_0", "T_mult", "eta_min"),
}

_FUNCTIONS: dict[str, Callable[..., Schedule]] = {
    "_get_constant_lambda": transformers.constant,
    "_get_constant_schedule_with_warmup_lr_lambda": transformers.constant_with_warmup,
    "_get_linear_schedule_with_warmup_lr_lambda": transformers.linear,
    "_get_cosine_schedule_with_warmup_lr_lambda": transformers.cosine,
    "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda": transformers.cosine_with_restarts,
    "_get_polynomial_decay_schedule_with_warmup_lr_lambda": transformers.polynomial,
    "_get_inverse_sqrt_schedule_lr_lambda": transformers.inverse_sqrt,
    "_get_cosine_with_min_lr_schedule_with_warmup_lr_rate_lambda": transformers.cosine_warmup_with_min_lr,
    "_get_wsd_scheduler_lambda": transformers.warmup_stable_decay,
}

_WHERE = "twins.of"
_NEAR = 1e-9  # of the rate: what torch's recursions may have rounded away


def read(scheduler: Any) -> tuple[list[Schedule], int]:
    """The twins of a scheduler, one a group, and the updates that it has counted.

    Raises:
        ScheduleError: it is none of theirs, keeps a function of the user's, answers to a metric, or stands at another
            rate than its twin: after its end, after someone set the rate, or in a nest that torch itself gets wrong.
    """
    schedules, position = _twins(scheduler), _position(scheduler)
    rates = [float(group["lr"]) for group in scheduler.optimizer.param_groups]
    for s, rate in zip(schedules, rates, strict=True):
        if abs(s(position) - rate) > _NEAR * max(abs(rate), abs(s(position)), abs(s(0))):
            rule = f"stands at {rate!r} after {position} updates, where its twin gives {s(position)!r}"
            remedy = "Someone set its rate, or it ran beyond its end: build the twin by hand."
            raise ScheduleError(message(_WHERE, rule, scheduler, remedy))
    return schedules, position


def _position(scheduler: Any) -> int:
    if _kind(scheduler) == "ChainedScheduler":
        return _position(scheduler._schedulers[0])
    return int(scheduler.last_epoch)


def _kind(scheduler: Any) -> str:
    """The name of a class of torch's own; a class that someone derived from one may do anything."""
    kind = type(scheduler)
    if kind.__module__ == "transformers.optimization" and kind.__name__ == "GreedyLR":
        transformers.get_greedy_schedule(0.0)
    if kind.__module__ != "torch.optim.lr_scheduler":
        remedy = "A class of your own may do anything: build its twin by hand."
        raise ScheduleError(
            message(_WHERE, "must be a scheduler of torch or transformers", scheduler, remedy)
        )
    return kind.__name__


def _twins(scheduler: Any) -> list[Schedule]:
    kind = _kind(scheduler)
    if kind in _ARGUMENTS:
        return _plain(kind, scheduler)
    readers = {
        "LambdaLR": _lambdas,
        "CyclicLR": _cyclic,
        "OneCycleLR": _one_cycle,
        "SequentialLR": _sequential,
        "ChainedScheduler": _chained,
    }
    if kind == "ReduceLROnPlateau":
        torch.ReduceLROnPlateau(scheduler)
    if kind not in readers:
        remedy = "Build its twin by hand: twins.torch.MultiplicativeLR(lr, function, steps=...)."
        raise ScheduleError(message(_WHERE, "keeps a function that only calls can tell", scheduler, remedy))
    return readers[kind](scheduler)


def _plain(kind: str, scheduler: Any) -> list[Schedule]:
    given = {name: getattr(scheduler, name) for name in _ARGUMENTS[kind]}
    if kind == "MultiStepLR":
        given["milestones"] = list(given["milestones"].elements())  # a Counter
    return [getattr(torch, kind)(lr, **given) for lr in scheduler.base_lrs]


def _lambdas(scheduler: Any) -> list[Schedule]:
    return [
        _of_function(scheduler, lr, f) for lr, f in zip(scheduler.base_lrs, scheduler.lr_lambdas, strict=True)
    ]


def _of_function(scheduler: Any, lr: Any, given: Any) -> Schedule:
    """The twin of a function of Transformers, which is known by its name, and by nothing that it gives."""
    function, words = given, {}
    if isinstance(given, partial) and not given.args:
        function, words = given.func, dict(given.keywords)
    name = getattr(function, "__name__", "")
    if getattr(function, "__module__", "") != "transformers.optimization" or name not in _FUNCTIONS:
        remedy = "Build its twin by hand: twins.torch.LambdaLR(lr, function, steps=...)."
        raise ScheduleError(message(_WHERE, "keeps a function that only calls can tell", given, remedy))
    twin = _FUNCTIONS[name]
    if name == "_get_polynomial_decay_schedule_with_warmup_lr_lambda":
        words["default_lr"] = words.pop("lr_init")
    elif (
        name == "_get_wsd_scheduler_lambda"
    ):  # stable may be negative, where the others do not fit into the run
        words["num_training_steps"] = sum(
            words[f"num_{part}_steps"] for part in ("warmup", "stable", "decay")
        )
        del words["num_stable_steps"]
    elif words.get("min_lr_rate") and twin is transformers.cosine:
        twin = transformers.cosine_with_min_lr
    elif twin is transformers.cosine:
        words.pop("min_lr_rate", None)
    return twin(lr, **words)


def _cyclic(scheduler: Any) -> list[Schedule]:
    if scheduler._scale_fn_custom is not None:
        remedy = "Build its twin by hand: twins.torch.CyclicLR(..., scale_fn=function, steps=...)."
        raise ScheduleError(message(_WHERE, "keeps a function that only calls can tell", scheduler, remedy))
    up = _whole_if_near(scheduler.total_size * scheduler.step_ratio)
    given = up, _whole_if_near(scheduler.total_size - up), scheduler.mode, scheduler.gamma
    return [
        torch.CyclicLR(low, low, high, *given)
        for low, high in zip(scheduler.base_lrs, scheduler.max_lrs, strict=True)
    ]


def _one_cycle(scheduler: Any) -> list[Schedule]:
    phases, steps = scheduler._schedule_phases, scheduler.total_steps
    return [
        torch.OneCycleLR(
            group["initial_lr"],
            group["max_lr"],
            steps,
            pct_start=min(1.0, max(0.0, (phases[0]["end_step"] + 1.0) / steps)),
            anneal_strategy=scheduler._anneal_func_type,
            div_factor=group["max_lr"] / group["initial_lr"],
            final_div_factor=group["initial_lr"] / group["min_lr"],
            three_phase=len(phases) == 3,
        )
        for group in scheduler.optimizer.param_groups
    ]


def _sequential(scheduler: Any) -> list[Schedule]:
    parts, stops = scheduler._schedulers, scheduler._milestones
    _only(scheduler, parts, [*_ARGUMENTS, "LambdaLR", "CyclicLR"])
    rates = [group["initial_lr"] for group in scheduler.optimizer.param_groups]
    of_groups = zip(rates, zip(*map(_twins, parts), strict=True), strict=True)
    return [torch.SequentialLR(lr, children, stops) for lr, children in of_groups]


def _chained(scheduler: Any) -> list[Schedule]:
    parts = scheduler._schedulers
    if len(parts) > 1:
        multiplying = [name for name in _ARGUMENTS if name != "CosineAnnealingWarmRestarts"]
        _only(scheduler, parts, [*multiplying, "ChainedScheduler"])
    rates = [group["initial_lr"] for group in scheduler.optimizer.param_groups]
    of_groups = zip(rates, zip(*map(_twins, parts), strict=True), strict=True)
    return [torch.ChainedScheduler(lr, children) for lr, children in of_groups]


def _only(scheduler: Any, parts: Any, known: list[str]) -> None:
    """Refuse the nests that torch gets wrong, or that are no plain sequence or product."""
    for part in parts:
        kind = _kind(part)
        if kind in ("ReduceLROnPlateau", "MultiplicativeLR"):
            _twins(part)  # says why not
        if kind not in known:
            rule = f"a {type(scheduler).__name__} must not hold a {kind}"
            remedy = "Torch applies something else there than the parts say: build a twin by hand."
            raise ScheduleError(message(_WHERE, rule, scheduler, remedy))


def _whole_if_near(steps: float) -> float:
    return round(steps) if abs(steps - round(steps)) <= _NEAR * steps else steps
