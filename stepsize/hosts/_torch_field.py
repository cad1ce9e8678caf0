"""A numeric field of a parameter group: ``lr``, ``weight_decay``, ``momentum``, or an item such as ``betas[0]``."""

import re
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from stepsize._value import Value
from stepsize.errors import ScheduleError, ScheduleTypeError, did_you_mean, message

_SPELLED = re.compile(r"([A-Za-z_]\w*)(?:\[(\d)\])?", re.ASCII)


class Field(Value):
    """Where a number stands in a group, and under which name its initial value is kept there."""

    key: str
    index: int | None = None

    @property
    def word(self) -> str:
        """What errors call it."""
        return "rate" if self.key == "lr" else str(self)

    @property
    def record(self) -> str:
        """The name of its initial value; for the rate it is torch's own."""
        return f"initial_{self.key}" + ("" if self.index is None else f"_{self.index}")

    def get(self, group: dict[str, Any]) -> Any:
        """What a group has there, None where it has nothing."""
        held = group.get(self.key)
        return held if self.index is None or held is None else held[self.index]

    def put(self, group: dict[str, Any], value: float) -> None:
        """Set it; the other items of a tuple stay as they are."""
        if self.index is None:
            group[self.key] = value
        else:
            items = list(group[self.key])
            items[self.index] = value
            group[self.key] = tuple(items)

    def default(self, optimizer: Optimizer) -> Any:
        """What the optimizer gives a group that does not say."""
        return self.get(optimizer.defaults)

    def __str__(self) -> str:
        return self.key if self.index is None else f"{self.key}[{self.index}]"


LR = Field("lr")


def field(where: str, given: Any, optimizer: Optimizer) -> Field:
    """Read a field from its spelling, and find it in the optimizer.

    Raises:
        ScheduleError: it is not spelled so, or the optimizer has none of that name, or no number there.
    """
    rule = 'must be a numeric field of the optimizer, such as "lr", "weight_decay" or "betas[0]"'
    if not isinstance(given, str):
        raise ScheduleTypeError(message(where, rule, given))
    if given == "lr":  # every optimizer has rates; what is wrong with them, the groups say
        return LR
    match = _SPELLED.fullmatch(given)
    names = [*optimizer.defaults, *(f"{k}[0]" for k, v in optimizer.defaults.items() if isinstance(v, tuple))]
    if match is None or match[1] not in optimizer.defaults:
        raise ScheduleError(message(where, rule, given, did_you_mean(given, names)))
    found = Field(match[1], None if match[2] is None else int(match[2]))
    try:
        held = plain(found.default(optimizer))
    except (IndexError, TypeError):
        held = None
    if isinstance(held, bool) or not isinstance(held, int | float):
        raise ScheduleError(message(where, rule, given, did_you_mean(f"{given}[0]", names)))
    return found


def plain(rate: Any) -> Any:
    """A tensor of one element as a Python number; all else as it is."""
    return rate.item() if isinstance(rate, Tensor) and rate.numel() == 1 else rate
