"""MMEngine's ``param_scheduler`` lists: several schedulers on one timeline."""

import ast
import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, ScheduleTypeError, did_you_mean, message
from stepsize.schedule import Schedule
from stepsize.twins import _mmengine_steps as steps_of
from stepsize.twins import _mmengine_waves as waves_of
from stepsize.twins._mmengine_config import LAWS, window
from stepsize.twins._mmengine_laws import started
from stepsize.twins._mmengine_line import Span, Window, timeline

_WHERE = "twins.mmengine.together"
_ROOM = {**vars(steps_of), **vars(waves_of)}
_TWINS: dict[str, Callable[..., Schedule]] = {name: _ROOM[name] for name in (*LAWS, "ReduceOnPlateauLR")}


def together(
    lr: Any, schedulers: Iterable[Mapping[str, Any]], *, updates_per_epoch: Any = None, steps: Any = None
) -> Schedule:
    """A ``param_scheduler`` list of a config: all its schedulers on one timeline, each moving the rate it finds.

        window after window     each goes on from the rate that those before it left
        where they overlap      each of them in turn moves the rate: those of updates first, then those of epochs

    First update as those have it that begin at 0; peak where they have it; last update as the last one has it; after
    the end held where it has come to.

    Args:
        lr: the base rate of the group; >= 0.
        schedulers: dicts as in a config: a ``type``, such as "LinearLR", and the arguments of that twin. Where a dict
            cannot be typed, the same as text: "LinearLR(start_factor=0.1, end=10, by_epoch=False)".
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed where one of them counts epochs.
        steps: updates of the run. Where it is given, those without an ``end`` end with it, as the Runner has it.

    Raises:
        ScheduleError: a type is unknown or lacks an argument, a number is out of its range, or windows overlap that do
            not only multiply, and do not end within a million updates.

    Theirs:
        What each does after its own end is said under its twin. A OneCycleLR overwrites the base rate of those listed
        after it (that of eta_min_ratio and restart_weights) with eta_max / div_factor; ours does the same.

    Source:
        mmengine/runner/runner.py, build_param_scheduler, and mmengine/hooks/param_scheduler_hook.py; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> warmup = {"type": "LinearLR", "start_factor": 0.1, "by_epoch": False, "end": 500}
    >>> drops = {"type": "MultiStepLR", "milestones": [8, 11], "begin": 0, "end": 12}
    >>> s = twins.mmengine.together(1.0, [warmup, drops], updates_per_epoch=100)
    >>> s(0), s(499), s(799), round(s(800), 6)
    (0.1, 1.0, 1.0, 0.1)
    """
    base = rate = _accept.rate(f"{_WHERE}.lr", lr, least=0.0)
    windows: list[Window] = []
    if isinstance(schedulers, (str, bytes, Mapping)) or not hasattr(schedulers, "__iter__"):
        raise ScheduleTypeError(message(f"{_WHERE}.schedulers", "must be a list of dicts", schedulers))
    for k, config in enumerate(schedulers):
        where = f"{_WHERE}.schedulers[{k}]"
        name, given = _read(where, config, updates_per_epoch, steps)
        span = Span(*(given.pop(field) for field in Span._fields))
        if name == "OneCycleLR":
            base = _cycle_base(where, given)
        windows.append(window(where, name, base, span, given))
    return timeline(_WHERE, rate, windows)


def _read(where: str, config: Any, updates_per_epoch: Any, steps: Any) -> tuple[str, dict[str, Any]]:
    """The type of one scheduler, and all its arguments but the rate."""
    if isinstance(config, str):
        config = _typed(where, config)
    if not isinstance(config, Mapping):
        raise ScheduleTypeError(message(where, "must be a dict, as in a config", config))
    given = {"updates_per_epoch": updates_per_epoch, **config}
    name = str(given.pop("type", None))
    if name not in _TWINS:
        remedy = did_you_mean(name, _TWINS) or f"There are {', '.join(_TWINS)}."
        raise ScheduleError(message(f"{where}.type", "must name a schedule", name, remedy))
    if name not in LAWS:
        _TWINS[name](config)  # says why there is none
    if steps is not None and "end" not in given:
        given["end"] = _end(given, _accept.count(f"{_WHERE}.steps", steps))
    try:
        bound = inspect.signature(_TWINS[name]).bind(0.0, **given)
    except TypeError as error:
        raise ScheduleTypeError(message(where, f"must suit {name} ({error})", config)) from None
    bound.apply_defaults()
    return name, {key: value for key, value in bound.arguments.items() if key not in ("lr", "verbose")}


def _typed(where: str, text: str) -> dict[str, Any]:
    """The dict that a text such as ``LinearLR(end=10)`` stands for."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python, about how a number is typed
            call = ast.parse(text, mode="eval").body
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and not call.args:
            given = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords if word.arg}
            return {"type": call.func.id, **given}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass  # said below
    raise ScheduleError(message(where, 'must be a dict, or text such as "LinearLR(end=10)"', text))


def _end(given: Mapping[str, Any], steps: int) -> int:
    """The end of the run, in updates or epochs; an epoch that is begun counts."""
    if not given.get("by_epoch", True):
        return steps
    if given["updates_per_epoch"] is None:
        raise ScheduleError(message(f"{_WHERE}.updates_per_epoch", "must be given", None))
    return -(-steps // _accept.count(f"{_WHERE}.updates_per_epoch", given["updates_per_epoch"]))


def _cycle_base(where: str, given: Mapping[str, Any]) -> float:
    high = _accept.rate(f"{where}.eta_max", given["eta_max"], least=0.0)
    return started(where, high, given["div_factor"], given["final_div_factor"])[0]
