"""How MMEngine's schedulers are put on a timeline: one alone, or as many as a config lists."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from stepsize import _accept
from stepsize.schedule import Schedule
from stepsize.twins import _mmengine_laws as laws
from stepsize.twins._mmengine_line import Law, Span, Window, timeline

LAWS: Mapping[str, Callable[..., Law]] = {
    "ConstantLR": laws.constant,
    "CosineAnnealingLR": laws.annealing,
    "CosineRestartLR": laws.restart,
    "ExponentialLR": laws.exponential,
    "LinearLR": laws.line,
    "MultiStepLR": laws.multi_step,
    "OneCycleLR": laws.one_cycle,
    "PolyLR": laws.poly,
    "StepLR": laws.steps,
}


def alone(name: str, lr: Any, span: Span, **own: Any) -> Schedule:
    """A twin: its window is the only one."""
    where = f"twins.mmengine.{name}"
    base = _accept.rate(f"{where}.lr", lr, least=0.0)
    return timeline(where, base, [window(where, name, base, span, own)])


def window(where: str, name: str, base: float, span: Span, own: Mapping[str, Any]) -> Window:
    """The window of one scheduler."""
    return span.window(where, lambda place: partial(LAWS[name], where, base)(place, **own))
