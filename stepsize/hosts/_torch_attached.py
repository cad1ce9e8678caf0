"""Attached to an optimizer by torch's own step hooks: the clock is its applied updates, and no call is needed."""

import warnings
from collections.abc import Mapping
from typing import Any, Literal, final

import torch
from torch import Tensor
from torch.optim import Optimizer

from stepsize.errors import ScheduleError, message
from stepsize.hosts._stopwatch import Stopwatch
from stepsize.hosts._torch_driver import Driver, is_no_update
from stepsize.hosts._torch_groups import Wanted
from stepsize.schedule import Schedule

_SILENT = 100  # calls of step() without any update, until it is said


def attach(
    optimizer: Optimizer,
    s: Schedule,
    *,
    at: int = 0,
    base_lr: float | Tensor | None = None,
    per_group: Mapping[Wanted, Schedule] | None = None,
    field: str = "lr",
    on_change: Literal["error", "mine", "saved"] = "error",
    per_update: Any = None,
    steps: int | None = None,
    seconds: Stopwatch | None = None,
) -> "Attached":
    """Let a schedule drive an optimizer without any call in the loop: update k uses exactly ``s(k)``.

    Before each ``optimizer.step()`` torch's hook writes ``s(position)``, after it another one counts, if the update
    was applied. So an update that an AMP scaler skips, accumulation, and calls of a framework in any number and
    order cannot move the rate. For everything else see :class:`~stepsize.hosts.torch.TorchSchedule`: groups,
    tensor rates, ``base_lr``, checkpoints, and the orders of building and loading are the same.

    Args:
        optimizer: the ``torch.optim.Optimizer``.
        s: the schedule, in absolute rates. On another clock than "steps", update k uses its rate where that one stands.
        at: updates already applied; a whole number in [0, 2**53].
        base_lr: the initial rate of a group that follows ``s`` itself, > 0; by default the optimizer's own
            default rate, and then some group must have it.
        per_group: schedules for groups of their own, by the group's "name", or by a function of the group.
        field: what is driven: "lr", or another number in the groups, "weight_decay", "momentum", "betas[0]"; then
            ``base_lr`` is its initial value in a group that follows the schedule itself.
        on_change: what ``load_state_dict`` does with a checkpoint of another schedule: "error", "mine" or "saved".
        per_update: where ``s`` is on "samples" or "tokens": how many an update takes, a whole number, a schedule whose
            values are such numbers, or a :class:`stepsize.clocks.Plan`.
        steps: where ``s`` is on "progress": the updates of the whole run; whole, >= 1.
        seconds: where ``s`` is on "seconds": the :class:`Stopwatch` to be read, by default a new one.

    Returns:
        The handle: ``position``, ``state_dict()``, ``load_state_dict(...)``, ``detach()``. Its ``step()`` does nothing.

    Raises:
        ScheduleError: an argument is not as said above; or, when the optimizer steps, a CUDA graph is being
            captured, in which Python hooks do not replay.

    >>> import stepsize as ss, torch
    >>> from stepsize.hosts.torch import attach
    >>> weight = torch.ones(1, requires_grad=True)
    >>> optimizer = torch.optim.AdamW([weight], lr=3e-4)
    >>> handle = attach(optimizer, ss.warmup_cosine(3e-4, 10_000, warmup=1_000))
    >>> for _ in range(500):
    ...     weight.square().sum().backward()
    ...     optimizer.step()
    >>> handle.position
    500
    """
    return Attached(
        optimizer,
        s,
        at=at,
        base_lr=base_lr,
        per_group=per_group,
        field=field,
        on_change=on_change,
        per_update=per_update,
        steps=steps,
        seconds=seconds,
    )


@final
class Attached(Driver):
    """What :func:`attach` returns. It is an ``LRScheduler`` by type, so that frameworks accept it."""

    _NAME = "attach"
    _calls = 0  # of step(), while no update was seen
    _armed = False  # an update has begun, and is not yet counted

    def _follow_loads(self) -> None:
        super()._follow_loads()
        # Outside the traced graph: traced, they would cut it, and compile it anew for each position.
        before, after = (torch.compiler.disable(hook) for hook in (self._write, self._count))
        self._hooks = (
            self.optimizer.register_step_pre_hook(before),
            self.optimizer.register_step_post_hook(after),
        )

    def _write(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        # Asked for each update: is_available() would count the devices each time.
        if torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing():
            rule = "cannot follow an update inside a CUDA graph, whose replay runs no Python"
            remedy = "Call TorchSchedule.step() after each replay, outside the graph."
            raise ScheduleError(message("attach", rule, "a capture", remedy))
        # The step of a subclass that calls its parent's comes here twice for one update.
        self._armed = not is_no_update(optimizer, kwargs)
        if self._armed:
            self._groups.write(self._read(self._schedules, self._position))

    def _count(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        # A fused optimizer is called for updates, too, that an AMP scaler skips.
        found_inf = getattr(optimizer, "found_inf", None)
        if self._armed and (found_inf is None or not found_inf):
            self._position += 1
        self._armed = False
        self._calls = -1

    def step(self, epoch: int | None = None) -> None:
        """Nothing: the optimizer itself counts. Frameworks may call it as often as they like."""
        if self._calls < 0:
            return
        self._calls += 1
        if self._calls == _SILENT:
            rule = f"{_SILENT} calls of step() and not one optimizer.step() was seen: something updates without it"
            remedy = "Drive this engine with TorchSchedule, whose step() counts."
            warnings.warn(f"attach: {rule}. {remedy}", stacklevel=2)

    def detach(self) -> None:
        """Let go of the optimizer: the rates stay as they are. It may be called twice."""
        for hook in (*self._hooks, *self._loads):
            hook.remove()
