"""A scheduler that runs, of another library, as our value: known by its class, never by its name alone."""

from typing import Any, NamedTuple

from stepsize import _accept
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule

_WHERE = "twins.of"
_TIMM = {  # what each keeps of its arguments, under their names
    "CosineLRScheduler": ("t_initial", "lr_min", "cycle_mul", "cycle_decay", "cycle_limit", "k_decay"),
    "TanhLRScheduler": ("t_initial", "lb", "ub", "lr_min", "cycle_mul", "cycle_decay", "cycle_limit"),
    "PolyLRScheduler": ("t_initial", "power", "lr_min", "cycle_mul", "cycle_decay", "cycle_limit", "k_decay"),
    "StepLRScheduler": ("decay_t", "decay_rate"),
    "MultiStepLRScheduler": ("decay_t", "decay_rate"),
    "WSDLRScheduler": ("t_initial", "decay_t", "lr_min", "stable_fn", "stable_timescale", "stable_power", "decay_fn",
                       "decay_power", "decay_ratio"),
}  # fmt: skip
_TIMM_COMMON = ("warmup_t", "warmup_lr_init", "t_in_epochs")


class Found(NamedTuple):
    """What a live scheduler is: a schedule for each parameter group, and the updates that are applied.

    ``attach(optimizer, found.schedule, at=found.position)`` goes on where it stands.
    """

    schedules: tuple[Schedule, ...]
    position: int

    @property
    def schedule(self) -> Schedule:
        """The schedule of the first group, of which the others follow a share, as ``attach`` has it.

        Raises:
            ScheduleError: groups follow other curves; then give ``attach`` those of ``schedules`` per group.
        """
        first = self.schedules[0]
        for s in self.schedules[1:]:
            ratio = s(self.position) / first(self.position) if first(self.position) else None
            if s != first and (ratio is None or not _near(first * ratio, s)):
                remedy = "Take .schedules, one a group, and attach(..., per_group=...)."
                raise ScheduleError(message(f"{_WHERE}: schedule", "must be one for all groups", s, remedy))
        return first


def of(scheduler: Any, *, at: Any = None, updates_per_epoch: Any = None) -> Found:
    """Our value of a live scheduler, and where it stands, so that a running project changes over in one line.

    Args:
        scheduler: one of ``torch.optim.lr_scheduler`` or Transformers, also as Accelerate wraps it; one of timm; a
            schedule of Keras, or an optimizer that has one.
        at: updates already applied, where the object does not know: timm's, and a schedule of Keras by itself, by
            default 0; whole, >= 0.
        updates_per_epoch: of a timm scheduler that is stepped once an epoch.

    Returns:
        A schedule for each group, and the position.

    Raises:
        ScheduleError: it is not known, keeps a function of yours, or stands elsewhere than its twin.

    >>> import torch
    >>> from stepsize import twins
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100)
    >>> for _ in range(50):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> found = twins.of(scheduler)
    >>> found.schedule, found.position
    (cosine(1.0, 0.0, 100), 50)
    """
    from stepsize.twins import _of_torch

    room = type(scheduler).__module__.partition(".")[0]
    if room == "accelerate" and hasattr(scheduler, "scheduler"):
        return of(scheduler.scheduler, at=at, updates_per_epoch=updates_per_epoch)
    if room in ("torch", "transformers"):
        schedules, position = _of_torch.read(scheduler)
        return Found(tuple(schedules), position if at is None else _accept.count(f"{_WHERE}.at", at, 0))
    reader = {"keras": _keras, "timm": _timm}.get(room)
    if reader is None:
        rule = "takes a scheduler of torch, Transformers, timm or Keras"
        remedy = "Write its twin by hand, twins.<library>.<name>(...), or as a table of its rates."
        raise ScheduleTypeError(message(_WHERE, rule, scheduler, remedy))
    return reader(scheduler, at, updates_per_epoch)


def _keras(given: Any, at: Any, updates_per_epoch: Any) -> Found:
    """A Keras schedule by its own configuration; an optimizer knows its updates, too."""
    from stepsize.twins import keras

    held = getattr(given, "_learning_rate", given)
    position = int(given.iterations) if hasattr(given, "iterations") and at is None else at
    name, config = type(held).__name__, held.get_config() if hasattr(held, "get_config") else None
    twin = vars(keras).get(name) if type(held).__module__.startswith("keras.") else None
    if twin is None or config is None:
        remedy = "A schedule of your own is a table of its rates."
        raise ScheduleError(message(_WHERE, "must be a schedule of keras.optimizers.schedules", held, remedy))
    return Found((twin(**config),), _accept.count(f"{_WHERE}.at", position or 0, 0))


def _timm(given: Any, at: Any, updates_per_epoch: Any) -> Found:
    """A timm scheduler by what it keeps; it keeps no position."""
    from stepsize.twins import timm

    name = type(given).__name__
    if name not in _TIMM:
        remedy = "Write its twin by hand, twins.timm.<name>(...)."
        raise ScheduleError(message(_WHERE, f"must be one of {', '.join(_TIMM)}", given, remedy))
    if at is None:
        rule = "a timm scheduler does not know how many updates were applied"
        raise ScheduleError(message(f"{_WHERE}.at", rule, None, "Give at=, in updates."))
    if getattr(given, "noise_range_t", None) is not None:
        rule, remedy = "must have no noise", "Write its twin by hand, with steps=."
        raise ScheduleError(message(_WHERE, rule, given, remedy))
    told = {word: getattr(given, word) for word in (*_TIMM[name], *_TIMM_COMMON)}
    if hasattr(given, "warmup_prefix"):
        told["warmup_prefix"] = given.warmup_prefix
    if given.t_in_epochs:
        told["updates_per_epoch"] = updates_per_epoch
    made, groups = getattr(timm, name), given.optimizer.param_groups
    rates = zip(map(float, given.base_values), groups, strict=True)
    schedules = tuple(made(lr, **told) * group.get("lr_scale", 1.0) for lr, group in rates)
    return Found(schedules, _accept.count(f"{_WHERE}.at", at, 0))


def _near(a: Schedule, b: Schedule) -> bool:
    from stepsize.difference import compare

    return compare(a, b, tolerance=1e-9).same
