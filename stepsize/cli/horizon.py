"""The run that a schedule is for: the options that say what it is, once for all commands, and positions along it."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from stepsize import _length
from stepsize._accept import Number
from stepsize.cli.options import flag, option
from stepsize.cli.wording import spelled, worded
from stepsize.errors import ScheduleError
from stepsize.horizon import Horizon, measured, spread

OPTIONS = {  # as Horizon calls its arguments, but for the negation
    "steps": "Updates of the run, such as 10k. The curve ends with the run.",
    "epochs": "Epochs of the run.",
    "steps_per_epoch": "Updates of an epoch.",
    "dataset_size": "Examples of an epoch.",
    "batch": "Examples of a micro-batch on one process.",
    "accumulation": "Micro-batches of an update. Default: 1.",
    "world_size": "Processes that share the data. Default: 1.",
    "drop_last": "Leave out a last micro-batch that is not full.",
    "no_flush_tail": "No update with fewer micro-batches at the end of an epoch.",
    "tokens": "Tokens of the run, such as 300B.",
    "tokens_per_step": "Tokens of an update.",
    "samples_per_step": "Examples of an update, where --batch does not say it.",
}
_FLAGS = {"drop_last", "no_flush_tail"}


def of_a_run(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run; its parameter ``horizon`` is what they say, or None."""

    @worded
    @wraps(command)
    def with_options(**given: Any) -> Any:
        own = {name: given.pop(name) for name in OPTIONS}
        return command(**given, horizon=_horizon(own))

    signature = inspect.signature(command)
    own = [p for name, p in signature.parameters.items() if name != "horizon"]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + _parameters()
    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {p.name: p.annotation for p in parameters}
    return with_options


def _parameters() -> list[inspect.Parameter]:
    """The options as parameters that typer reads."""
    found = []
    for name, text in OPTIONS.items():
        if name in _FLAGS:
            default, annotation = False, Annotated[bool, flag(spelled(name), text)]
        else:
            default, annotation = None, Annotated[str | None, option("N", text)]
        kind = inspect.Parameter.KEYWORD_ONLY
        found.append(inspect.Parameter(name, kind, default=default, annotation=annotation))
    return found


def _horizon(given: dict[str, Any]) -> Horizon | None:
    """The horizon, where any option says something of it."""
    said = {name: value for name, value in given.items() if value not in (None, False)}
    if said.pop("no_flush_tail", False):
        said["flush_tail"] = False
    return Horizon(**said) if said else None


def position(where: str, text: str, clock: str, horizon: Horizon | None) -> Number:
    """A position along a schedule: "1000", "10k", "50%", "3 epochs".

    Raises:
        ScheduleError: it is none, or the horizon lacks what it needs to know.
    """
    return spread(where, [measured(where, _length.read(where, text), clock, horizon)], clock, horizon)[0]


def length(clock: str, horizon: Horizon | None) -> Number | None:
    """How long the run is on a clock; None where nothing says it."""
    if horizon is None or horizon.steps is None:
        return None
    try:
        return spread("the run", [None], clock, horizon)[0]
    except ScheduleError:  # such as seconds, which are no updates
        return None
