"""PyTorch: a schedule drives the rates of an optimizer. Importing this needs the extra "torch".

What holds, whatever was built, loaded or edited before, and in whatever order:

1. Update k uses s(k), times the ratio of each parameter group.
2. Of the optimizer only the rates change: ``lr``, and once torch's ``initial_lr``, the root of the ratios.
3. A checkpoint holds the position and the schedule. Another schedule is an error, unless asked otherwise.
4. The present rate is never read to compute the next one.
"""

import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, final

from stepsize import _accept
from stepsize.errors import CheckpointError, MissingExtra, ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, from_dict

try:
    from torch import Tensor
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from stepsize.hosts._torch_groups import Groups
except ImportError as error:
    raise MissingExtra(
        message("stepsize.hosts.torch", "needs PyTorch", error, 'Write: pip install "stepsize[torch]"')
    ) from None

VERSION = 1  # of the state; raised when the meaning of a field changes
LARGEST_POSITION = 2**53  # up to here every whole number is a float64

_LOAD = "TorchSchedule.load_state_dict"


@final
class TorchSchedule(LRScheduler):
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
        s: the schedule, in absolute rates, on the clock "steps".
        at: updates already applied; a whole number in [0, 2**53].
        base_lr: the initial rate of a group that follows ``s`` itself, > 0; by default the optimizer's own
            default rate, and then some group must have it.
        on_change: what :meth:`load_state_dict` does with a checkpoint of another schedule: "error" refuses
            it, "mine" keeps the present schedule, "saved" takes the saved one; both from its position on.

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

    _step_count = 1  # torch's own; accelerate adds to it, nothing here reads it

    def __init__(
        self,
        optimizer: Optimizer,
        s: Schedule,
        *,
        at: int = 0,
        base_lr: float | Tensor | None = None,
        on_change: Literal["error", "mine", "saved"] = "error",
    ) -> None:
        # No super().__init__(): it replaces optimizer.step, and writes rates of its own.
        self.optimizer = _optimizer(optimizer)
        if not isinstance(on_change, str) or on_change not in ("error", "mine", "saved"):
            rule = 'must be "error", "mine" or "saved"'
            raise ScheduleError(message("TorchSchedule.on_change", rule, on_change))
        self._on_change = on_change
        self._groups = Groups(optimizer, base_lr)
        self._go(_counted(s), _position("TorchSchedule.at", at))
        self._follow_loads()

    @property
    def schedule(self) -> Schedule:
        """The schedule that is followed."""
        return self._schedule

    @property
    def position(self) -> int:
        """Updates already applied: the next one uses ``schedule(position)``.

        Set it to move anywhere at once, ``schedule.position = 5_000``. It is absolute: setting it twice is
        the same as once. A ScheduleError refuses what is not a whole number in [0, 2**53].
        """
        return self._position

    @position.setter
    def position(self, value: int) -> None:
        self._go(self._schedule, _position("TorchSchedule.position", value))

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
        self._go(self._schedule, self._position + 1)

    def _go(self, s: Schedule, position: int) -> None:
        self._groups.write(s(position))  # first: where it refuses, nothing has moved
        self._schedule, self._position = s, position

    def _follow_loads(self) -> None:
        """Write again after each optimizer.load_state_dict: it brings rates of another time or schedule."""
        me = weakref.ref(self)  # the optimizer must not keep a replaced schedule alive

        def write_again(_: Optimizer) -> None:
            if (alive := me()) is not None:
                alive._go(alive._schedule, alive._position)

        with suppress(AttributeError):  # a wrapper of an optimizer may lack hooks; then step() notices
            self.optimizer.register_load_state_dict_post_hook(write_again)

    def state_dict(self) -> dict[str, Any]:
        """The position and the schedule as plain JSON values, which ``torch.load(weights_only=True)`` reads.

        >>> import stepsize as ss, torch
        >>> from stepsize.hosts.torch import TorchSchedule
        >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
        >>> sorted(TorchSchedule(optimizer, ss.hold(0.1), at=7).state_dict())
        ['position', 'schedule', 'version']
        """
        return {"version": VERSION, "position": self._position, "schedule": self._schedule.to_dict()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a saved state and write its rate, whether or not the optimizer's state was restored.

        Args:
            state_dict: what :meth:`state_dict` gave; it is checked before anything is changed.

        Raises:
            CheckpointError: it is not ours, or is of another schedule while ``on_change`` is "error".
        """
        saved, position = _read(state_dict)
        if saved != self._schedule and self._on_change == "error":
            raise CheckpointError(_another(saved, self._schedule, position))
        self._go(saved if self._on_change == "saved" else self._schedule, position)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._follow_loads()  # an optimizer is pickled without its hooks

    # What code expects of an LRScheduler

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # narrower than torch's: no tensors
        """The rates now in the optimizer, one a group, as floats: those that the next update will use."""
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    _last_lr = property(get_last_lr)  # torch's private name, which many training scripts read

    def get_lr(self) -> list[float]:  # type: ignore[override]  # narrower than torch's: no tensors
        """The rates of the present position, one a group, computed: not what a hand may have put there."""
        return self._groups.rates(self._schedule(self._position))

    @property
    def base_lrs(self) -> list[float]:  # type: ignore[override]  # narrower than torch's, and not to be set
        """The initial rates, one a group."""
        return list(self._groups.initial)

    @property
    def last_epoch(self) -> int:
        """Torch's name for :attr:`position`; read only."""
        return self._position

    @last_epoch.setter
    def last_epoch(self, value: int) -> None:
        remedy = "To move, set position, in updates. Instead of a SequentialLR, chain schedules: a >> b."
        raise ScheduleError(message("TorchSchedule.last_epoch", "is read only", value, remedy))

    def __repr__(self) -> str:
        return f"TorchSchedule({type(self.optimizer).__name__}, {self._schedule!r}, at={self._position})"


def _optimizer(given: Any) -> Optimizer:
    if isinstance(given, Optimizer):
        return given
    remedy = "Give it first, and then the schedule."
    if isinstance(getattr(given, "optimizer", None), Optimizer):
        remedy = "Give its .optimizer."
    raise ScheduleTypeError(message("TorchSchedule", "drives a torch.optim.Optimizer", given, remedy))


def _counted(s: Any) -> Schedule:
    """A schedule on the one clock that this host counts."""
    if not isinstance(s, Schedule):
        remedy = "Give one such as hold(3e-4), or warmup_cosine(3e-4, 10_000, warmup=500)."
        raise ScheduleTypeError(message("TorchSchedule", "follows a schedule", s, remedy))
    if s.clock != "steps":
        remedy = "Write its lengths in updates."
        raise ScheduleError(message("TorchSchedule", 'counts the clock "steps" only', s.clock, remedy))
    return s


def _position(where: str, value: Any) -> int:
    position = _accept.count(where, value, least=0)
    if position > LARGEST_POSITION:
        raise ScheduleError(message(where, f"must not exceed {LARGEST_POSITION}", value))
    return position


def _read(state: Any) -> tuple[Schedule, int]:
    """The schedule and the position of a state, fully checked."""
    if not isinstance(state, Mapping) or set(state) != {"version", "position", "schedule"}:
        got = list(state) if isinstance(state, Mapping) else state
        rule = "must be given what TorchSchedule.state_dict() gave"
        raise CheckpointError(message(_LOAD, rule, got, _from_torch(state)))
    if type(state["version"]) is not int or state["version"] != VERSION:
        raise CheckpointError(message(_LOAD, f"this release reads version {VERSION}", state["version"]))
    try:
        return _counted(from_dict(state["schedule"])), _position("position", state["position"])
    except ScheduleError as error:
        raise CheckpointError(f"{_LOAD}: {error}") from None


def _from_torch(state: Any) -> str:
    if isinstance(state, Mapping) and "last_epoch" in state:
        return "This is the state of a torch scheduler: build with at= its last_epoch instead."
    return ""


def _another(saved: Schedule, now: Schedule, position: int) -> str:
    shown = [text if len(text) <= 400 else text[:397] + "..." for text in (repr(saved), repr(now))]
    return (
        f"{_LOAD}: the checkpoint must be of the present schedule; got another one, at position {position}."
        f"\n    saved: {shown[0]}, which gives {saved(position):g} there"
        f"\n    now:   {shown[1]}, which gives {now(position):g} there"
        '\n    Build with on_change="mine" to keep the present one from there, or "saved" for the saved one.'
    )
