"""The schedules of Transformers, ``transformers.optimization``: ``step()`` after each update, the first at index 0.

The optimizer is replaced by ``lr``, the base rate of a parameter group. Each schedule is here twice: by the name of
its function, and by its name in ``lr_scheduler_type``: ``twins.transformers.cosine``. A few of theirs look at the rate
of the optimizer, ``optimizer.defaults["lr"]``: where a group has another, their twins take it as ``default_lr``.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from stepsize.errors import ScheduleError, ScheduleTypeError, did_you_mean, message
from stepsize.schedule import Schedule
from stepsize.twins import _transformers_warmups as _warmups
from stepsize.twins import _transformers_waves as _waves
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)

get_constant_schedule = constant = _warmups.get_constant_schedule
get_constant_schedule_with_warmup = constant_with_warmup = _warmups.get_constant_schedule_with_warmup
get_linear_schedule_with_warmup = linear = _warmups.get_linear_schedule_with_warmup
get_cosine_schedule_with_warmup = cosine = _waves.get_cosine_schedule_with_warmup
get_cosine_with_hard_restarts_schedule_with_warmup = cosine_with_restarts = (
    _waves.get_cosine_with_hard_restarts_schedule_with_warmup
)
get_polynomial_decay_schedule_with_warmup = polynomial = _warmups.get_polynomial_decay_schedule_with_warmup
get_inverse_sqrt_schedule = inverse_sqrt = _warmups.get_inverse_sqrt_schedule
get_cosine_with_min_lr_schedule_with_warmup = cosine_with_min_lr = (
    _waves.get_cosine_with_min_lr_schedule_with_warmup
)
get_cosine_with_min_lr_schedule_with_warmup_lr_rate = cosine_warmup_with_min_lr = (
    _waves.get_cosine_with_min_lr_schedule_with_warmup_lr_rate
)
get_wsd_schedule = warmup_stable_decay = _waves.get_wsd_schedule
get_reduce_on_plateau_schedule = reduce_lr_on_plateau = _warmups.get_reduce_on_plateau_schedule
get_greedy_schedule = greedy = _warmups.get_greedy_schedule

_BY_NAME: dict[str, Callable[..., Schedule]] = {
    "linear": linear,
    "cosine": cosine,
    "cosine_with_restarts": cosine_with_restarts,
    "polynomial": polynomial,
    "constant": constant,
    "constant_with_warmup": constant_with_warmup,
    "inverse_sqrt": inverse_sqrt,
    "reduce_lr_on_plateau": reduce_lr_on_plateau,
    "cosine_with_min_lr": cosine_with_min_lr,
    "cosine_warmup_with_min_lr": cosine_warmup_with_min_lr,
    "warmup_stable_decay": warmup_stable_decay,
    "greedy": greedy,
}
_WITHOUT_WARMUP = ("constant", "reduce_lr_on_plateau", "greedy")
_WITHOUT_END = (*_WITHOUT_WARMUP, "constant_with_warmup", "inverse_sqrt")


def get_scheduler(
    name: Any,
    lr: Any,
    num_warmup_steps: Any = None,
    num_training_steps: Any = None,
    scheduler_specific_kwargs: Mapping[str, Any] | None = None,
) -> Schedule:
    """The schedule of a ``lr_scheduler_type``: the door that the Trainer goes through.

        "linear", "cosine", ...    the twin of that name

    First update as that twin's; peak as that twin's; last update as that twin's; after the end as that twin's.

    Args:
        name: a value of theirs, as text or as a member of SchedulerType.
        lr: the base rate of the group; >= 0.
        num_warmup_steps: updates of the warmup; needed by all but "constant" and those that answer to a metric.
        num_training_steps: updates of the run; needed by all but these, "constant_with_warmup", "inverse_sqrt" and
            a "warmup_stable_decay" that says its stable steps.
        scheduler_specific_kwargs: what else the twin takes, ``lr_scheduler_kwargs`` of the Trainer. "constant" and
            "constant_with_warmup" do not look at them, as in theirs.

    Raises:
        ScheduleError: the name is unknown, a number is missing or out of its range, or the twin does not take what
            is given.

    Source:
        transformers/optimization.py, get_scheduler; release 5.23.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.transformers.get_scheduler("cosine_with_min_lr", 3e-4, 500, 10_000, {"min_lr": 3e-5}))
    0 -> 3e-4 in 500; -> 3e-5 cosine in 9500
    """
    where = "twins.transformers.get_scheduler"
    kind = getattr(name, "value", name)
    if not isinstance(kind, str) or kind not in _BY_NAME:
        remedy = did_you_mean(str(kind), _BY_NAME) or f"There are {', '.join(_BY_NAME)}."
        raise ScheduleError(message(f"{where}.name", "must name a schedule", kind, remedy))
    given = dict(scheduler_specific_kwargs or {}) if kind not in ("constant", "constant_with_warmup") else {}
    if kind not in ("constant", "reduce_lr_on_plateau", "greedy"):
        given["num_warmup_steps"] = _given(where, "num_warmup_steps", num_warmup_steps, kind)
    if kind == "warmup_stable_decay":
        given["num_training_steps"] = num_training_steps
    elif len(given) and kind not in (
        "constant_with_warmup",
        "inverse_sqrt",
        "reduce_lr_on_plateau",
        "greedy",
    ):
        given["num_training_steps"] = _given(where, "num_training_steps", num_training_steps, kind)
    return _called(where, _BY_NAME[kind], lr, given)


def _given(where: str, name: str, value: Any, kind: str) -> Any:
    if value is None:
        raise ScheduleError(message(f"{where}.{name}", f'must be given for "{kind}"', value))
    return value


def _called(where: str, twin: Callable[..., Schedule], lr: Any, given: dict[str, Any]) -> Schedule:
    try:
        inspect.signature(twin).bind(lr, **given)
    except TypeError as error:
        rule = f"must suit {twin.__name__} ({error})"
        raise ScheduleTypeError(message(f"{where}.scheduler_specific_kwargs", rule, given)) from None
    return twin(lr, **given)
