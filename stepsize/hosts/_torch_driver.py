"""What every way of driving a torch optimizer has in common: position, schedule, groups, checkpoint."""

import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Literal

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from stepsize import replan
from stepsize._accept import Number
from stepsize.errors import CheckpointError, ScheduleError, ScheduleTypeError, message
from stepsize.hosts import _state
from stepsize.hosts import _torch_field as _field
from stepsize.hosts._stopwatch import Stopwatch
from stepsize.hosts._torch_clock import Clock, clock_of
from stepsize.hosts._torch_groups import Groups, Wanted
from stepsize.schedule import Schedule


class Driver(LRScheduler):
    """Writes the rates of a schedule into an optimizer, and keeps the position. How it moves on, its kinds say."""

    _step_count = 1  # torch's own; accelerate adds to it, nothing here reads it
    _NAME = "TorchSchedule"
    _clock: Clock

    def __init__(
        self,
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
    ) -> None:
        # No super().__init__(): it replaces optimizer.step, and writes rates of its own.
        self.optimizer = _optimizer(self._NAME, optimizer)
        if not isinstance(on_change, str) or on_change not in ("error", "mine", "saved"):
            rule = 'must be "error", "mine" or "saved"'
            raise ScheduleError(message(f"{self._NAME}.on_change", rule, on_change))
        self._on_change = on_change
        counted = s.clock if isinstance(s, Schedule) else "steps"
        first = _state.counted(self._NAME, s, counted)
        clock = clock_of(self._NAME, first, optimizer, per_update=per_update, steps=steps, seconds=seconds)
        own = _own(self._NAME, {} if per_group is None else per_group, counted)
        self._field = _field.field(f"{self._NAME}.field", field, optimizer)
        self._groups = Groups(optimizer, base_lr, self._field, tuple(own))
        if unmatched := self._groups.unmatched():
            names = [group.get("name") for group in optimizer.param_groups]
            rule = f"each must match a group; here they are named {names}"
            raise ScheduleError(message(f"{self._NAME}.per_group", rule, unmatched))
        self._given = (first, *own.values())
        self._amendments: list[_state.Amendment] = []
        self._go(self._given, _state.position(f"{self._NAME}.at", at), clock)
        self._follow_loads()

    @property
    def schedule(self) -> Schedule:
        """The schedule that is followed, by all groups without one of their own."""
        return self._schedules[0]

    @property
    def position(self) -> int:
        """Updates already applied: the next one uses ``schedule(position)``, or on another clock ``schedule(elapsed)``.

        Set it to move anywhere at once, ``schedule.position = 5_000``. It is absolute: setting it twice is
        the same as once. A ScheduleError refuses what is not a whole number in [0, 2**53].
        """
        return self._position

    @position.setter
    def position(self, value: int) -> None:
        self._go(self._schedules, _state.position(f"{self._NAME}.position", value))

    @property
    def elapsed(self) -> Number:
        """What the schedule's clock says: updates, samples, tokens, seconds at the last reading, or the progress."""
        return self._clock.elapsed(self._position)

    @property
    def amendments(self) -> tuple[tuple[int, Schedule], ...]:
        """The changes of course: the position at which each was made, and the schedule since then."""
        return tuple((at, schedules[0]) for at, schedules in self._amendments)

    def amend(self, change: Callable[[Schedule, Any], Schedule]) -> None:
        """Change course from the next update on, on purpose; the checkpoint keeps the schedule as given, and this.

        A checkpoint of an amended run is loaded under the schedule as it was given, and goes on amended.

        Args:
            change: the schedule and :attr:`elapsed` in, the new schedule out; called for the schedule of each kind of
                groups, such as ``lambda s, at: replan.cooldown(s, at, 1000)``.

        Raises:
            ScheduleError: what comes out is no schedule on the same clock; then nothing has changed.
        """
        where, at, clock = f"{self._NAME}.amend", self.elapsed, self._clock.name
        new = tuple(_state.counted(where, change(s, at), clock) for s in self._schedules)
        self._go(new, self._position)
        self._amendments.append((self._position, new))

    def cooldown(self, over: Number, *, end: float = 0.0, shape: str = "linear") -> None:
        """Come down from the present rate, beginning with the next update: ``replan.cooldown``, as an amendment.

        Args:
            over: its length, on the schedule's clock; >= 0.
            end: rate at its end, in terms of the schedule.
            shape: any of :mod:`stepsize.shapes`.

        Raises:
            ScheduleError: an argument is out of its range; then nothing has changed.
        """
        self.amend(lambda s, at: replan.cooldown(s, at, over, end=end, shape=shape))

    def _go(self, schedules: tuple[Schedule, ...], position: int, clock: Clock | None = None) -> None:
        clock = self._clock if clock is None else clock
        self._groups.write(clock.rates(schedules, position))  # first: where it refuses, nothing has moved
        self._schedules, self._position = schedules, position
        self._clock, self._read = clock, clock.read  # kept at hand: this is called for each update

    def _follow_loads(self) -> None:
        """Write again after each optimizer.load_state_dict: it brings rates of another time or schedule."""
        me = weakref.ref(self)  # the optimizer must not keep a replaced schedule alive

        def write_again(_: Optimizer) -> None:
            if (alive := me()) is not None:
                alive._go(alive._schedules, alive._position)

        self._loads: list[Any] = []
        with suppress(AttributeError):  # a wrapper of an optimizer may lack hooks; then step() notices
            self._loads.append(self.optimizer.register_load_state_dict_post_hook(write_again))

    def state_dict(self) -> dict[str, Any]:
        """The position and the schedule as plain JSON values, which ``torch.load(weights_only=True)`` reads.

        Schedules stand there as spellings. ``torch.distributed.checkpoint`` takes the driver itself (a ``Stateful``).

        >>> import stepsize as ss, torch
        >>> from stepsize.hosts.torch import TorchSchedule
        >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
        >>> sorted(TorchSchedule(optimizer, ss.hold(0.1), at=7).state_dict())
        ['amendments', 'base', 'clock', 'position', 'schedules', 'version']
        """
        clock = (self._clock.name, *self._clock.saved(self._position))
        return _state.state(self._given, self._position, self._amendments, clock, self._groups.base)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a saved state and write its rate, whether or not the optimizer's state was restored.

        Args:
            state_dict: what :meth:`state_dict` gave; it is checked before anything is changed.

        Raises:
            CheckpointError: it is not ours, or is of another schedule while ``on_change`` is "error".
        """
        counted = self._clock.name
        saved, position = _state.read(self._NAME, state_dict, counted)
        clock = self._clock.loaded(self._NAME, state_dict["clock"], position, self._on_change)
        if saved != self._given and self._on_change == "error":
            raise CheckpointError(_state.another(self._NAME, saved, self._given, clock.elapsed(position)))
        given = saved if self._on_change == "saved" else self._given
        if len(given) != len(self._given):
            rule = f"the checkpoint must have a schedule for each of the {len(self._given)} kinds of groups"
            raise CheckpointError(message(f"{self._NAME}.load_state_dict", rule, len(saved)))
        amendments = _state.amended(self._NAME, state_dict, len(saved), counted) if given == saved else []
        self._groups.belonged_to(_state.base(self._NAME, state_dict))
        self._go(amendments[-1][1] if amendments else given, position, clock)
        self._given, self._amendments = given, amendments

    def __getstate__(self) -> dict[str, Any]:
        """All but the hooks, which belong to one optimizer."""
        return {name: value for name, value in self.__dict__.items() if name not in ("_hooks", "_loads")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._follow_loads()  # an optimizer is pickled without its hooks

    # What code expects of an LRScheduler

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # narrower than torch's: no tensors
        """The rates now in the optimizer, one a group, as floats: those that the next update will use."""
        return [float(self._field.get(group)) for group in self.optimizer.param_groups]

    _last_lr = property(get_last_lr)  # torch's private name, which many training scripts read

    def get_lr(self) -> list[float]:  # type: ignore[override]  # narrower than torch's: no tensors
        """The rates of the present position, one a group, computed: not what a hand may have put there."""
        return self._groups.rates(self._clock.rates(self._schedules, self._position))

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
        raise ScheduleError(message(f"{self._NAME}.last_epoch", "is read only", value, remedy))

    def __repr__(self) -> str:
        return f"{self._NAME}({type(self.optimizer).__name__}, {self.schedule!r}, at={self._position})"


def _optimizer(where: str, given: Any) -> Optimizer:
    if isinstance(given, Optimizer):
        return given
    remedy = "Give it first, and then the schedule."
    if isinstance(getattr(given, "optimizer", None), Optimizer):
        remedy = "Give its .optimizer."
    raise ScheduleTypeError(message(where, "drives a torch.optim.Optimizer", given, remedy))


def _own(where: str, given: Any, clock: str) -> dict[Wanted, Schedule]:
    """Schedules of groups of their own, by name or by a function of the group."""
    rule = "must be a dictionary from names of groups, or functions of a group, to schedules"
    if not isinstance(given, Mapping) or not all(isinstance(key, str) or callable(key) for key in given):
        raise ScheduleTypeError(message(f"{where}.per_group", rule, given))
    return {key: _state.counted(f"{where}.per_group", s, clock) for key, s in given.items()}


def is_no_update(optimizer: Optimizer, kwargs: Mapping[str, Any]) -> bool:
    """Whether torch.distributed.checkpoint steps an optimizer to give it its state: at rate 0, with no gradient."""
    return (
        kwargs == {"closure": None}
        and not optimizer.state
        and all(float(group["lr"]) == 0.0 for group in optimizer.param_groups)
        and not any(
            p.grad is not None and bool(p.grad.any())
            for group in optimizer.param_groups
            for p in group["params"]
        )
    )
