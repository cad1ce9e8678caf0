"""The parameter groups of a torch optimizer: each has a ratio to a schedule, and is written in that ratio.

The ratio of a group is its initial rate / the base. The initial rate is the one that it had before any
schedule wrote; it is kept under torch's own name, ``initial_lr``, in the group and in the optimizer's state.
What is said of rates holds for any other numeric field, such as ``weight_decay``, kept as ``initial_weight_decay``.
"""

import math
from collections.abc import Callable, Sequence
from operator import is_
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.hosts._torch_field import LR, Field, plain

_SHOWN = 10  # groups that an error lists


Wanted = str | Callable[[dict[str, Any]], bool]
"""The groups that follow a schedule of their own: those of a name, or those for which a function says so."""


class Groups:
    """Writes the rates of one or more schedules into the groups of one optimizer.

    Args:
        optimizer: the optimizer.
        base: the initial rate of a group that follows its schedule itself, > 0; None takes the optimizer's
            default rate, and then some group must have it.
        field: what is written.
        wanted: which groups follow the second schedule, the third, ...; all others follow the first.
    """

    def __init__(
        self, optimizer: Optimizer, base: Any, field: Field = LR, wanted: Sequence[Wanted] = ()
    ) -> None:
        self._optimizer = optimizer
        self._field = field
        self._wanted = tuple(wanted)
        self._base = _base(optimizer, base, field)
        self._anchored = base is None  # whether some group must have ratio 1
        self._loaded = False  # whether the initial rates came with a state of the optimizer
        self._base_before: float | None = None  # the base of the run that saved that state, where it is known
        self.initial: list[float] = []
        self._known: list[dict[str, Any]] = []
        self._taken: list[dict[str, Any]] = []  # those that were known when some were taken away

    def write(self, rates: Sequence[float]) -> None:
        """Write each schedule's rate into its groups, times their ratios; nothing has changed where this fails."""
        groups = self._optimizer.param_groups
        if (
            len(groups) != len(self._known)
            or not all(map(is_, groups, self._known))  # load_state_dict of an optimizer brings new groups
            or type(self._sample[self._key])
            is not float  # somebody made the rates tensors, for torch.compile
        ):
            self._look(groups)
        key = self._key
        for (which, ratio), members in self._floats.items():
            own = rates[which] * ratio
            for group in members:
                group[key] = own
        if self._others:
            self._fill(rates)

    def _fill(self, rates: Sequence[float]) -> None:
        filled = None
        for group, which, ratio in self._others:
            held = self._field.get(group)
            if held is filled:  # groups that have the optimizer's default rate share one tensor
                continue
            if isinstance(held, Tensor):
                held.fill_(rates[which] * ratio)
                filled = held
            else:  # an item of a tuple, or a tensor that somebody made a float
                self._field.put(group, rates[which] * ratio)

    def rates(self, rates: Sequence[float]) -> list[float]:
        """What :meth:`write` writes, one rate a group."""
        return [rates[which] * ratio for which, ratio in zip(self._which, self._ratios, strict=True)]

    def _look(self, groups: list[dict[str, Any]]) -> None:
        """Find the ratios anew: groups were built, loaded, added or taken away."""
        seen = {id(group) for group in self._known}
        if len(groups) < len(seen):
            self._taken = self._known
        elif any(group is taken for taken in self._taken for group in groups if id(group) not in seen):
            rule = "needs one optimizer.step() for all groups"
            remedy = "Drive this engine with TorchSchedule, whose step() counts."
            raise ScheduleError(message("attach", rule, "one for each of them in turn", remedy))
        all_new = not any(id(group) in seen for group in groups)
        initial = self._initial_rates(groups, all_new)
        if all_new:
            self._loaded = any(self._field.record in group for group in groups)
        ratios = self._ratios_of(initial, all_new)
        if all_new and self._anchored and 1.0 not in ratios:
            raise ScheduleError(_none_at_base(self._base, initial, ratios, self._loaded))
        self._anchored = self._anchored or (all_new and 1.0 in ratios)
        which = [self._follows(group) for group in groups]
        for group, rate in zip(groups, initial, strict=True):
            group.setdefault(self._field.record, rate)
        self._part_from_default(groups)
        self.initial, self._ratios, self._known, self._which = initial, ratios, list(groups), which
        self._sort()

    def _ratios_of(self, initial: list[float], all_new: bool) -> list[float]:
        """The ratios that belong to initial rates. Those of a loaded state belong to the base of the run that saved it.

        Where nobody says which base that was, it is the present one, if a group has it; else the groups keep the ratios
        that they had before the load, and one rate for all groups is the base.
        """
        if self._loaded and self._base_before is not None and _among(self._base_before, initial):
            return [_ratio(rate, self._base_before) for rate in initial]
        if self._loaded and all_new and self._anchored and not _among(self._base, initial):
            if len(initial) == len(self._known):
                return self._ratios
            if len({*initial}) == 1:
                return [1.0] * len(initial)
        return [_ratio(rate, self._base) for rate in initial]

    @property
    def base(self) -> float:
        """The initial rate of a group that follows its schedule itself, as a checkpoint holds it."""
        return self._base

    def belonged_to(self, base: float) -> None:
        """Take note of the base of the run whose checkpoint is loaded."""
        self._base_before = base
        if self._known:
            self._ratios = self._ratios_of(self.initial, False)
            self._sort()

    def _follows(self, group: dict[str, Any]) -> int:
        """The schedule that a group follows, as an index of what :meth:`write` gets."""
        for k, wanted in enumerate(self._wanted, start=1):
            if group.get("name") == wanted if isinstance(wanted, str) else wanted(group):
                return k
        return 0

    def end_in(self, groups: list[dict[str, Any]]) -> bool:
        """Whether the last group is among these: an engine that steps group by group ends its update there."""
        return not self._known or any(group is self._known[-1] for group in groups)

    def unmatched(self) -> list[Wanted]:
        """What no group of the optimizer is."""
        found = {self._follows(group) for group in self._optimizer.param_groups}
        return [wanted for k, wanted in enumerate(self._wanted, start=1) if k not in found]

    def _sort(self) -> None:
        """Prepare the loops of :meth:`write`: groups of one ratio share a float, each tensor is filled."""
        self._key = self._field.key
        self._others, self._floats = [], {}  # type: list[tuple[dict[str, Any], int, float]], dict[Any, list[Any]]
        for group, which, ratio in zip(self._known, self._which, self._ratios, strict=True):
            if self._field.index is not None or isinstance(group[self._key], Tensor):
                self._others.append((group, which, ratio))
            else:
                self._floats.setdefault((which, ratio), []).append(group)
        self._sample = next(iter(self._floats.values()), [{self._key: 0.0}])[0]

    def _initial_rates(self, groups: list[dict[str, Any]], all_new: bool) -> list[float]:
        """The initial rate of each group, from the first of four places that has one.

        Torch's own record; our memory, where a state without that record was loaded; the group whose tensor
        an added one holds, for its rate of today is another; and the group's own rate.
        """
        loaded = all_new and len(groups) == len(self.initial)
        before = self.initial if loaded else [None] * len(groups)
        field = self._field
        shared = {id(field.get(group)): rate for group, rate in zip(self._known, self.initial, strict=True)
                  if isinstance(field.get(group), Tensor)}  # fmt: skip
        found = []
        for k, group in enumerate(groups):
            own = field.get(group)
            places = (group.get(field.record), before[k], shared.get(id(own)), own)
            rate = next((plain(place) for place in places if place is not None), None)
            found.append(_accept.rate(f"TorchSchedule: initial {field.word} of group {k}", rate, least=0.0))
        return found

    def _part_from_default(self, groups: list[dict[str, Any]]) -> None:
        """Torch hands its default tensor to all groups, and we fill those: keep a default that stays."""
        key = self._field.key
        default = self._optimizer.defaults.get(key)
        if isinstance(default, Tensor) and any(group[key] is default for group in groups):
            self._optimizer.defaults[key] = default.detach().clone()


def _among(base: float, initial: list[float]) -> bool:
    return any(math.isclose(rate, base, rel_tol=1e-6) for rate in initial)


def _ratio(initial: float, base: float) -> float:
    # 1 also where they agree as float32: a rate may be a tensor in one run and a float in the next.
    if math.isclose(initial, base, rel_tol=1e-6):
        return 1.0
    return _accept.rate("TorchSchedule: ratio of a group to the base rate", initial / base)


def _base(optimizer: Optimizer, given: Any, field: Field) -> float:
    if given is not None:
        return _accept.rate("TorchSchedule.base_lr", plain(given), above=0.0)
    default = plain(field.default(optimizer))
    try:
        return _accept.rate("TorchSchedule", default, above=0.0)
    except ScheduleError:
        rule = f"the optimizer's default {field.word} must be a finite number > 0"
        remedy = f"Pass base_lr=, the {field.word} of a group that follows the schedule itself."
        raise ScheduleError(message("TorchSchedule", rule, default, remedy)) from None


def _none_at_base(base: float, initial: list[float], ratios: list[float], loaded: bool) -> str:
    pairs = enumerate(zip(initial[:_SHOWN], ratios[:_SHOWN], strict=True))
    lines = [f"\n    group {k}: initial rate {rate:g}, ratio {ratio:g}" for k, (rate, ratio) in pairs]
    if len(ratios) > _SHOWN:
        lines.append(f"\n    and {len(ratios) - _SHOWN} more")
    rule = f"some group must have the base rate {base:g}, or none follows the schedule itself"
    remedy = "They were loaded with the optimizer's state. " if loaded else ""
    remedy += "Pass base_lr=, the initial rate of a group that does:"
    return message("TorchSchedule", rule, initial, remedy + "".join(lines))
