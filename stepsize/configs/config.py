"""What was read from a configuration, and what was written as one."""

from typing import Any

from stepsize._value import Value
from stepsize.schedule import Schedule
from stepsize.training import Training

FORMATS = ("trainer", "deepspeed", "megatron", "timm", "torchtitan", "lightning")
"""The configurations that are read, and written."""

CODE = ("torch", "optax")
"""What is written only: code."""


class Config(Value):
    """A configuration of another trainer, as it was read.

    Args:
        format: whose it is, one of FORMATS.
        call: its schedule as one types it, a call of its twin.
        schedule: the value of that call.
        training: all that it says of the run, and what the caller knew beside it.
        notes: what was assumed, which defaults were taken, what was not understood, and known traps; a sentence each.
    """

    format: str
    call: str
    schedule: Schedule
    training: Training
    notes: tuple[str, ...] = ()


class Written(Value):
    """A schedule as a configuration, or as code, of another library: the nearest that it can say.

    Args:
        format: whose it is, one of FORMATS or CODE.
        text: the configuration or the code.
        call: the schedule that it amounts to, a call of its twin.
        schedule: the value of that call.
        worst: the largest difference in the run, as a share of the peak.
        differences: where it gives other rates, and by how much, worst first; empty where it gives the same.
        notes: what one must know to use it.
    """

    format: str
    text: str
    call: str
    schedule: Schedule
    worst: float
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether it gives the same rates in every update of the run."""
        return not self.differences


Document = dict[str, Any]
"""A configuration without its syntax: plain values by their keys."""
