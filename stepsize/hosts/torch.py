"""PyTorch: a schedule drives the rates of an optimizer. Importing this needs the extra "torch".

What holds, whatever was built, loaded or edited before, and in whatever order:

1. Update k uses s(k), times the ratio of each parameter group; on another clock, s where that clock stands.
2. Of the optimizer only the rates change: ``lr``, and once torch's ``initial_lr``, the root of the ratios.
3. A checkpoint holds the position and the schedule. Another schedule is an error, unless asked otherwise.
4. The present rate is never read to compute the next one.
"""

import warnings
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, final

from stepsize.errors import MissingExtra, ScheduleError, message

try:
    import torch
    from torch.optim import Optimizer

    from stepsize.hosts._stopwatch import Stopwatch as Stopwatch
    from stepsize.hosts._torch_attached import Attached as Attached
    from stepsize.hosts._torch_attached import attach as attach
    from stepsize.hosts._torch_driver import Driver, is_no_update
    from stepsize.hosts._torch_request import CooldownOnRequest as CooldownOnRequest
except ImportError as error:
    raise MissingExtra(
        message("stepsize.hosts.torch", "needs PyTorch", error, 'Write: pip install "stepsize[torch]"')
    ) from None

_SILENT = 100  # updates without any call of step(), until it is said
_TOO_RARE = 3  # calls of step() in a row, each after several updates, until it is said


@final
class TorchSchedule(Driver):
    """Drives the rates of a torch optimizer by a schedule: update k uses exactly ``s(k)``.

    It is a torch ``LRScheduler`` by type, so that loops and frameworks accept it, and is used like one: call
    :meth:`step` after each ``optimizer.step()``. The first rate, ``s(at)``, is written when it is built.

    A group follows ratio * s(k), with ratio = its initial rate / base; the initial rate is the one that it
    had before any schedule wrote (torch keeps it as ``initial_lr``). With AdamW(lr=3e-4), a group at 3e-5
    follows a tenth of the schedule. A group added later follows its own ratio from the next :meth:`step` on,
    or at once after ``schedule.position = schedule.position``. Rates that are tensors stay the same tensors,
    filled in place; rates that are floats stay floats.

    Optimizer and schedule may be built and loaded in any order: after ``optimizer.load_state_dict`` the rate
    of the present position is written again (through torch's own hook; nothing is patched).

    Not for torch's ``SequentialLR`` and ``ChainedScheduler``: combine the schedules, ``a >> b`` or ``a * b``.

    Args:
        optimizer: the ``torch.optim.Optimizer``.
        s: the schedule, in absolute rates. On another clock than "steps", update k uses its rate where that one stands.
        at: updates already applied; a whole number in [0, 2**53].
        base_lr: the initial rate of a group that follows ``s`` itself, > 0; by default the optimizer's own
            default rate, and then some group must have it.
        per_group: schedules for groups of their own, by the group's "name", or by a function of the group.
        field: what is driven: "lr", or another number in the groups, "weight_decay", "momentum", "betas[0]"; then
            ``base_lr`` is its initial value in a group that follows the schedule itself.
        on_change: what :meth:`load_state_dict` does with a checkpoint of another schedule: "error" refuses
            it, "mine" keeps the present schedule, "saved" takes the saved one; both from its position on.
        per_update: where ``s`` is on "samples" or "tokens": how many an update takes, a whole number, a schedule whose
            values are such numbers, or a :class:`stepsize.clocks.Plan`.
        steps: where ``s`` is on "progress": the updates of the whole run; whole, >= 1.
        seconds: where ``s`` is on "seconds": the :class:`Stopwatch` to be read, by default a new one.

    Raises:
        ScheduleError: an argument is not as said above.

    >>> import stepsize as ss, torch
    >>> from stepsize.hosts.torch import TorchSchedule
    >>> weight = torch.ones(1, requires_grad=True)
    >>> optimizer = torch.optim.AdamW([weight], lr=3e-4)
    >>> schedule = TorchSchedule(optimizer, ss.warmup_cosine(3e-4, 10_000, warmup=1_000))
    >>> for _ in range(500):
    ...     loss = weight.square().sum()
    ...     loss.backward()
    ...     optimizer.step()
    ...     schedule.step()
    >>> schedule.position, schedule.get_last_lr()
    (500, [0.00015])
    """

    _updates = 0  # at the present position
    _stood = 0  # the position at the last update
    _armed = False  # an update has begun, and is not yet counted
    _rare = 0  # calls in a row, each after several updates

    def _follow_loads(self) -> None:
        super()._follow_loads()
        with suppress(AttributeError):  # a wrapper of an optimizer may lack hooks
            arm, count = (torch.compiler.disable(hook) for hook in _counting(weakref.ref(self)))
            self.optimizer.register_step_pre_hook(arm)
            self.optimizer.register_step_post_hook(count)

    def step(self, epoch: int | None = None) -> None:
        """Move on by one update and write its rate; call it after ``optimizer.step()``.

        Args:
            epoch: must be left out; torch's signature has it.

        Raises:
            ScheduleError: an epoch is given.
        """
        if epoch is not None:
            remedy = "To move anywhere, set position, in updates and not in epochs."
            raise ScheduleError(message("TorchSchedule.step", "takes no epoch", epoch, remedy))
        if self._updates > 1:
            self._notice(self._updates)
        self._updates = 0
        position = self._position + 1
        self._groups.write(self._read(self._schedules, position))  # where it refuses, nothing has moved
        self._position = position

    def _notice(self, updates: int) -> None:
        """Say once that step() is called too rarely, as with a schedule that is stepped once an epoch."""
        self._rare += 1
        if self._rare == _TOO_RARE:
            rule = (
                f"step() is called once in {updates} updates, and each call moves the schedule by one update"
            )
            remedy = "Call it after each optimizer.step(); or attach(optimizer, s), which needs no call."
            warnings.warn(f"TorchSchedule: {rule}. {remedy}", stacklevel=3)


Hook = Callable[[Optimizer, Any, Any], None]


def _counting(driver: "weakref.ref[TorchSchedule]") -> tuple[Hook, Hook]:
    """The hooks that count updates; the optimizer must not keep a replaced schedule alive."""

    def arm(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if (alive := driver()) is not None:
            whole = alive._groups.end_in(optimizer.param_groups)
            alive._armed = whole and not is_no_update(optimizer, kwargs)

    def count(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if (alive := driver()) is not None:
            if alive._position != alive._stood:  # it was moved, by step() or by hand
                alive._updates, alive._stood = 0, alive._position
            alive._updates += alive._armed
            if alive._updates == _SILENT and alive._armed:
                rule = f"{_SILENT} updates were made without any call of step(), all at one rate"
                remedy = "Call it after each optimizer.step(); or attach(optimizer, s), which needs no call."
                warnings.warn(f"TorchSchedule: {rule}. {remedy}", stacklevel=2)
            alive._armed = False  # the step of a subclass that calls its parent's comes here twice

    return arm, count
