"""The parameter groups of a torch optimizer: each has a ratio to the schedule, and is written in that ratio.

The ratio of a group is its initial rate / the base. The initial rate is the one that it had before any
schedule wrote; it is kept under torch's own name, ``initial_lr``, in the group and in the optimizer's state.
"""

import math
from operator import is_
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from stepsize import _accept
from stepsize.errors import ScheduleError, message

_SHOWN = 10  # groups that an error lists


class Groups:
    """Writes rates into the groups of one optimizer.

    Args:
        optimizer: the optimizer.
        base: the initial rate of a group that follows the schedule itself, > 0; None takes the optimizer's
            default rate, and then some group must have it.
    """

    def __init__(self, optimizer: Optimizer, base: Any) -> None:
        self._optimizer = optimizer
        self._base = _base(optimizer, base)
        self._anchored = base is None  # whether some group must have ratio 1
        self.initial: list[float] = []
        self._known: list[dict[str, Any]] = []

    def write(self, rate: float) -> None:
        """Write ``rate`` into all groups, each times its ratio; nothing has changed where this fails."""
        groups = self._optimizer.param_groups
        if (
            len(groups) != len(self._known)
            or not all(map(is_, groups, self._known))  # load_state_dict of an optimizer brings new groups
            or type(self._sample["lr"]) is not float  # somebody made the rates tensors, for torch.compile
        ):
            self._look(groups)
        for ratio, members in self._floats.items():
            own = rate * ratio
            for group in members:
                group["lr"] = own
        if self._tensors:
            self._fill(rate)

    def _fill(self, rate: float) -> None:
        filled = None
        for group, ratio in self._tensors:
            tensor = group["lr"]
            if tensor is filled:  # groups that have the optimizer's default rate share one tensor
                continue
            try:
                tensor.fill_(rate * ratio)
                filled = tensor
            except AttributeError:  # somebody made this one a float
                group["lr"] = rate * ratio

    def rates(self, rate: float) -> list[float]:
        """What :meth:`write` writes, one rate a group."""
        return [rate * ratio for ratio in self._ratios]

    def _look(self, groups: list[dict[str, Any]]) -> None:
        """Find the ratios anew: groups were built, loaded, added or taken away."""
        seen = {id(group) for group in self._known}
        all_new = not any(id(group) in seen for group in groups)
        initial = self._initial_rates(groups, all_new)
        ratios = [_ratio(rate, self._base) for rate in initial]
        if all_new and self._anchored and 1.0 not in ratios:
            raise ScheduleError(_none_at_base(self._base, initial, ratios))
        self._anchored = self._anchored or (all_new and 1.0 in ratios)
        for group, rate in zip(groups, initial, strict=True):
            group.setdefault("initial_lr", rate)
        self._part_from_default(groups)
        self.initial, self._ratios, self._known = initial, ratios, list(groups)
        self._sort()

    def _sort(self) -> None:
        """Prepare the loops of :meth:`write`: groups of one ratio share a float, each tensor is filled."""
        pairs = list(zip(self._known, self._ratios, strict=True))
        self._tensors = [(group, ratio) for group, ratio in pairs if isinstance(group["lr"], Tensor)]
        self._floats: dict[float, list[dict[str, Any]]] = {}
        for group, ratio in pairs:
            if not isinstance(group["lr"], Tensor):
                self._floats.setdefault(ratio, []).append(group)
        self._sample = next(iter(self._floats.values()), [{"lr": 0.0}])[0]

    def _initial_rates(self, groups: list[dict[str, Any]], all_new: bool) -> list[float]:
        """The initial rate of each group, from the first of four places that has one.

        Torch's own record; our memory, where a state without that record was loaded; the group whose tensor
        an added one holds, for its rate of today is another; and the group's own rate.
        """
        loaded = all_new and len(groups) == len(self.initial)
        before = self.initial if loaded else [None] * len(groups)
        shared = {id(group["lr"]): rate for group, rate in zip(self._known, self.initial, strict=True)
                  if isinstance(group["lr"], Tensor)}  # fmt: skip
        found = []
        for k, group in enumerate(groups):
            own = group.get("lr")
            places = (group.get("initial_lr"), before[k], shared.get(id(own)), own)
            rate = next((plain(place) for place in places if place is not None), None)
            found.append(_accept.rate(f"TorchSchedule: initial rate of group {k}", rate, least=0.0))
        return found

    def _part_from_default(self, groups: list[dict[str, Any]]) -> None:
        """Torch hands its default tensor to all groups, and we fill those: keep a default that stays."""
        default = self._optimizer.defaults.get("lr")
        if isinstance(default, Tensor) and any(group["lr"] is default for group in groups):
            self._optimizer.defaults["lr"] = default.detach().clone()


def plain(rate: Any) -> Any:
    """A tensor of one element as a Python number; all else as it is."""
    return rate.item() if isinstance(rate, Tensor) and rate.numel() == 1 else rate


def _ratio(initial: float, base: float) -> float:
    # 1 also where they agree as float32: a rate may be a tensor in one run and a float in the next.
    if math.isclose(initial, base, rel_tol=1e-6):
        return 1.0
    return _accept.rate("TorchSchedule: ratio of a group to the base rate", initial / base)


def _base(optimizer: Optimizer, given: Any) -> float:
    if given is not None:
        return _accept.rate("TorchSchedule.base_lr", plain(given), above=0.0)
    default = plain(optimizer.defaults.get("lr"))
    try:
        return _accept.rate("TorchSchedule", default, above=0.0)
    except ScheduleError:
        rule = "the optimizer's default rate must be a finite number > 0"
        remedy = "Pass base_lr=, the rate of a group that follows the schedule itself."
        raise ScheduleError(message("TorchSchedule", rule, default, remedy)) from None


def _none_at_base(base: float, initial: list[float], ratios: list[float]) -> str:
    pairs = enumerate(zip(initial[:_SHOWN], ratios[:_SHOWN], strict=True))
    lines = [f"\n    group {k}: initial rate {rate:g}, ratio {ratio:g}" for k, (rate, ratio) in pairs]
    if len(ratios) > _SHOWN:
        lines.append(f"\n    and {len(ratios) - _SHOWN} more")
    rule = f"some group must have the base rate {base:g}, or none follows the schedule itself"
    remedy = "Pass base_lr=, the initial rate of a group that does:"
    return message("TorchSchedule", rule, initial, remedy + "".join(lines))
