"""What joins and wraps in ignite: one schedule after another, a warmup in front, a scheduler of PyTorch inside."""

import math
from collections.abc import Callable
from typing import Any

from stepsize import _accept, shapes
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Ramp, Schedule, hold, linear
from stepsize.schedule.chain import chain


def ConcatScheduler(schedulers: Any, durations: Any, save_history: Any = False) -> Schedule:
    """One schedule after another, each counting from its own start.

    With D_0 = 0, D_k = durations[0] + ... + durations[k - 1]:
        D_k <= t < D_(k+1)    schedulers[k](t - D_k)
        last D <= t           the last schedule, from its start on

    First update that of the first schedule; peak where one of them has it; last update that of the last; after the end
    as the last is.

    Args:
        schedulers: twins or other schedules; at least two.
        durations: how many updates each but the last lasts; whole ones.
        save_history: not of the rate, and not looked at.

    Raises:
        ScheduleError: fewer than two schedules, something that is none, a duration that is not whole, or too few or
            too many of them.

    Theirs:
        A duration of 0 drops its schedule only if it is the first; another that is 0 or negative never runs out, and
        that schedule stays for ever. Ours does the same.

    Source:
        ignite/handlers/param_scheduler.py, ConcatScheduler; release 0.5.5.

    Checked:
        live

    >>> from stepsize import twins
    >>> up = twins.ignite.PiecewiseLinear(0.1, "lr", [(0, 0.0), (100, 1.0)])
    >>> down = twins.ignite.PiecewiseLinear(0.1, "lr", [(0, 1.0), (900, 0.0)])
    >>> print(twins.ignite.ConcatScheduler([up, down], [100]))
    0 -> 1 in 100; -> 0 in 900
    """
    where = "twins.ignite.ConcatScheduler"
    given = _schedules(f"{where}.schedulers", schedulers)
    if not isinstance(durations, (list, tuple)):
        raise ScheduleTypeError(message(f"{where}.durations", "must be a list of whole numbers", durations))
    lasting = [_whole(f"{where}.durations[{k}]", value) for k, value in enumerate(durations)]
    if len(lasting) != len(given) - 1:
        rule = f"must be {len(given) - 1}, one fewer than schedulers"
        raise ScheduleError(message(f"{where}.durations", rule, durations))
    if lasting[0] == 0:
        given, lasting = given[1:], lasting[1:]
    last = next((k for k, duration in enumerate(lasting) if duration <= 0), len(lasting))
    return chain(
        *(s[:duration] for s, duration in zip(given[:last], lasting[:last], strict=True)), given[last]
    )


def create_lr_scheduler_with_warmup(
    lr_scheduler: Any,
    warmup_start_value: Any,
    warmup_duration: Any,
    warmup_end_value: Any = None,
    save_history: Any = False,
    output_simulated_values: Any = None,
    *,
    lr: Any = None,
) -> Schedule:
    """A warmup that reaches its end with its last update, and then a schedule of ignite or of PyTorch.

    With W = warmup_duration, a = warmup_start_value, b = warmup_end_value, s the schedule:
        t < W - 1                a + (b - a) t / (W - 1)
        W - 1 <= t               s(t - W + 1), where s(0) = b
        t = W - 1; W <= t        b; s(t - W), where s(0) is another

    First update warmup_start_value; peak at W - 1; last update that of the schedule, which starts there: of a cosine
    with a cycle of T - W the last of T updates is its restart; after the end as the schedule is.

    Args:
        lr_scheduler: the schedule after the warmup: a twin, of ignite or of torch, or any other schedule.
        warmup_start_value: the rate of the first update; >= 0.
        warmup_duration: updates of the warmup; an int >= 2.
        warmup_end_value: the rate of the last of these; >= 0, or None for the base rate of the group.
        save_history: not of the rate, and not looked at.
        output_simulated_values: not of the rate, and not looked at.
        lr: the base rate of the group, taken where ``warmup_end_value`` is None; by default the schedule's first rate,
            which it is for a scheduler of PyTorch.

    Raises:
        ScheduleError: a number is out of its range, or ``lr_scheduler`` is no schedule.

    Theirs:
        With several groups all warmups last as long as that of the last group; where only some of them end at the first
        rate of the schedule, the others repeat an update or lose one. Ours is that of one group by itself.

    Source:
        ignite/handlers/param_scheduler.py, create_lr_scheduler_with_warmup; release 0.5.5.

    Checked:
        live

    >>> from stepsize import twins
    >>> down = twins.ignite.CosineAnnealingScheduler(1.0, "lr", 1.0, 0.1, 90)
    >>> s = twins.ignite.create_lr_scheduler_with_warmup(down, 0.0, 10)
    >>> s(0), round(s(1), 6), s(9), round(s(98), 6), s(99)
    (0.0, 0.111111, 1.0, 0.100274, 1.0)
    """
    where = "twins.ignite.create_lr_scheduler_with_warmup"
    s = _schedule(f"{where}.lr_scheduler", lr_scheduler)
    start = _accept.rate(f"{where}.warmup_start_value", warmup_start_value, least=0.0)
    if not isinstance(warmup_duration, int) or warmup_duration < 2:
        raise ScheduleError(message(f"{where}.warmup_duration", "must be an int >= 2", warmup_duration))
    base = s(0) if lr is None else _accept.rate(f"{where}.lr", lr, least=0.0)
    end = base
    if warmup_end_value is not None:
        end = _accept.rate(f"{where}.warmup_end_value", warmup_end_value, least=0.0)
    up = linear(start, end, warmup_duration - 1)
    return up >> s if s(0) == end else up >> hold(end, 1) >> s


def LRScheduler(
    lr_scheduler: Any, save_history: Any = False, use_legacy: Any = False, *, kind: Any, lr: Any = None
) -> Schedule:
    """A scheduler of PyTorch, asked for its rate and not stepped: some begin one step late, or twice.

    With s the twin of the scheduler, f = s(0) / lr:
        use_legacy                                     s(t)
        LambdaLR, StepLR, CyclicLR, OneCycleLR         s(t)
        ExponentialLR, CosineAnnealingWarmRestarts     s(t + 1)
        ConstantLR, LinearLR, MultiStepLR              f s(t)
        PolynomialLR                                   s(t) (N / (N + 1))^power, with N = total_iters
        CosineAnnealingLR, t = 0                       eta_min + 2 (lr - eta_min) / (1 + cos(pi / T_max))
        CosineAnnealingLR, t > 0                       s(t)

    First update as above, so that a cosine starts above lr, and a LinearLR at start_factor^2 lr; peak where the
    scheduler has it; last update as above; after the end as the twin is.

    Args:
        lr_scheduler: the twin of the scheduler, ``twins.torch.ExponentialLR(0.1, 0.9)``.
        save_history: not of the rate, and not looked at.
        use_legacy: whether it is attached to ``ITERATION_COMPLETED``; then all is as in PyTorch.
        kind: the name of its class in torch.optim.lr_scheduler; those of Transformers are of "LambdaLR".
        lr: the base rate of the group; > 0; needed for ConstantLR, LinearLR and MultiStepLR without use_legacy.

    Raises:
        ScheduleError: the kind is unknown or not one that theirs can ask: SequentialLR, ChainedScheduler; or what is
            given is no twin of that kind, or lr is missing.

    Theirs:
        A LinearLR from a tenth leaves the rate at a tenth for ever, and so on: the table above. Ours does the same, but
        for a MultiplicativeLR, whose function theirs calls for update 0 too: ours refuses it without use_legacy.

    Source:
        ignite/handlers/param_scheduler.py, LRScheduler; release 0.5.5, with torch 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.ignite.LRScheduler(twins.torch.ExponentialLR(1.0, 0.5), kind="ExponentialLR")
    >>> s(0), s(1)
    (0.5, 0.25)
    """
    where = "twins.ignite.LRScheduler"
    s = _schedule(f"{where}.lr_scheduler", lr_scheduler)
    if kind == "ReduceLROnPlateau" or kind not in _KINDS:
        remedy = "Theirs cannot ask a scheduler that holds others." if kind in _NESTS else ""
        raise ScheduleError(message(f"{where}.kind", f"must be one of {', '.join(_KINDS)}", kind, remedy))
    if use_legacy:
        return s
    if kind == "MultiplicativeLR":
        remedy = "Theirs multiplies by the function at 0 as well: scale the twin by that."
        raise ScheduleError(
            message(f"{where}.kind", "must not be MultiplicativeLR without use_legacy", kind, remedy)
        )
    return _KINDS[kind](where, s, lr)


def _as_it_is(where: str, s: Schedule, lr: Any) -> Schedule:
    return s


def _one_late(where: str, s: Schedule, lr: Any) -> Schedule:
    later: Schedule = s[1:]
    return later


def _started_twice(where: str, s: Schedule, lr: Any) -> Schedule:
    if lr is None:
        remedy = "Theirs multiplies by the first factor twice: say what the rate is without it."
        raise ScheduleError(message(f"{where}.lr", "must be given for this kind", lr, remedy))
    again: Schedule = s * (s(0) / _accept.rate(f"{where}.lr", lr, above=0.0))
    return again


def _polynomial(where: str, s: Schedule, lr: Any) -> Schedule:
    if not isinstance(s, Ramp):  # a power of 0, which holds
        return s
    exponent = s.shape.exponent if isinstance(s.shape, shapes.power) else 1.0
    lower: Schedule = s * (s.steps / (s.steps + 1)) ** exponent
    return lower


def _cosine(where: str, s: Schedule, lr: Any) -> Schedule:
    if not isinstance(s, Ramp) or str(s.shape) != "cosine":
        remedy = "Take twins.torch.CosineAnnealingLR."
        raise ScheduleError(message(f"{where}.lr_scheduler", "must be the twin of its kind", s, remedy))
    span = s.start - s.end
    first = s.start + span if s.steps == 1 else s.end + 2.0 * span / (1.0 + math.cos(math.pi / s.steps))
    return hold(first, 1) >> s[1:]


_KINDS: dict[str, Callable[[str, Schedule, Any], Schedule]] = {
    "LambdaLR": _as_it_is,
    "MultiplicativeLR": _as_it_is,
    "StepLR": _as_it_is,
    "MultiStepLR": _started_twice,
    "ConstantLR": _started_twice,
    "LinearLR": _started_twice,
    "ExponentialLR": _one_late,
    "PolynomialLR": _polynomial,
    "CosineAnnealingLR": _cosine,
    "CosineAnnealingWarmRestarts": _one_late,
    "CyclicLR": _as_it_is,
    "OneCycleLR": _as_it_is,
}
_NESTS = ("SequentialLR", "ChainedScheduler")


def _schedule(where: str, given: Any) -> Schedule:
    if not isinstance(given, Schedule):
        raise ScheduleTypeError(message(where, "must be a schedule", given, "Build its twin."))
    return given


def _schedules(where: str, given: Any) -> list[Schedule]:
    if not isinstance(given, (list, tuple)):
        raise ScheduleTypeError(message(where, "must be a list of schedules", given))
    if len(given) < 2:
        raise ScheduleError(message(where, "must hold at least two schedules", given))
    return [_schedule(f"{where}[{k}]", s) for k, s in enumerate(given)]


def _whole(where: str, value: Any) -> int:
    if isinstance(value, float) or not float(_accept.number(where, value)).is_integer():
        raise ScheduleError(message(where, "must be an int", value, "Theirs takes no float here."))
    return int(value)
