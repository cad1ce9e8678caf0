"""Torch positions: float64 on the tensor's own device; rates come back in float64."""

from typing import Any

import torch

from stepsize._numbers import Arrays
from stepsize.errors import ScheduleTypeError, message


class Torch(Arrays):
    """Torch's operations, and those that differ."""

    def search(self, edges: Any, t: Any) -> Any:
        """Index of the interval of ``edges`` that holds each t."""
        table = torch.tensor(edges, dtype=torch.float64, device=t.device)
        return torch.searchsorted(table, t.contiguous(), right=True) - 1

    def take(self, values: Any, index: Any) -> Any:
        """``values[index]``, the index held inside."""
        table = torch.as_tensor(values, dtype=torch.float64, device=index.device)
        return table[index.clamp(0, len(values) - 1).long()]

    def whole_power(self, base: float, times: Any) -> Any:
        """``base`` to a whole power; Torch would take an integer power to mean float32."""
        return torch.pow(base, times.to(torch.float64))

    def full(self, t: Any, value: float) -> Any:
        """The same value everywhere, as a tensor: Torch's minimum and where take nothing else."""
        return torch.full_like(t, value)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """Torch's where, in float64 also when both are plain numbers."""
        yes = yes if torch.is_tensor(yes) else torch.tensor(yes, dtype=torch.float64, device=condition.device)
        return torch.where(condition, yes, no)


TORCH = Torch(torch)


def curve(schedule: Any, t: Any) -> Any:
    """Rates in float64, in the shape and on the device of t."""
    if t.dtype.is_complex:
        raise ScheduleTypeError(
            message("schedule(t)", "positions must be real numbers", f"a tensor of {t.dtype}")
        )
    position = t.to(torch.float64)
    rates = schedule._select(position, TORCH)
    return torch.where(torch.isnan(position), position, rates.expand(position.shape))
