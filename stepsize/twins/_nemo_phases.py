"""What the schedules of NeMo share: how lengths are given, the warmup, and what comes after ``max_steps``."""

from typing import Any, NamedTuple

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, hold, linear, polynomial


class Run(NamedTuple):
    """The numbers that nearly all of them take, checked."""

    peak: float
    steps: Any  # None only where the peer takes that
    floor: float
    warmup: int


def read(
    where: str,
    lr: Any,
    max_steps: Any,
    min_lr: Any,
    warmup_steps: Any,
    warmup_ratio: Any,
    open_: bool = False,
) -> Run:
    """Check them; ``open_`` lets a run have no end."""
    peak = _accept.rate(f"{where}.lr", lr, above=0.0)
    steps = None if open_ and max_steps is None else _accept.count(f"{where}.max_steps", max_steps)
    floor = _accept.rate(f"{where}.min_lr", min_lr, least=0.0)
    warmup = updates(where, "warmup", warmup_steps, warmup_ratio, steps)
    return Run(peak, steps, floor, warmup or 0)


def updates(where: str, name: str, steps: Any, ratio: Any, max_steps: int | None) -> int | None:
    """``name_steps``, or ``name_ratio`` of the run, rounded down; None where neither is given."""
    if steps is not None and ratio is not None:
        raise ScheduleError(
            message(f"{where}.{name}_ratio", f"must be None beside {name}_steps", ratio, "Give one.")
        )
    if steps is not None:
        return _accept.count(f"{where}.{name}_steps", steps, least=0)
    if ratio is None:
        return None
    share = _accept.rate(f"{where}.{name}_ratio", ratio, least=0.0)
    if max_steps is None:
        raise ScheduleError(message(f"{where}.{name}_ratio", "needs max_steps", ratio))
    return int(share * max_steps)


def below(where: str, peak: float, floor: float) -> None:
    """Refuse a floor above the base rate."""
    if floor > peak:
        raise ScheduleError(message(f"{where}.min_lr", f"must not exceed lr ({peak:g})", floor))


def warmed(peak: float, warmup: int, rest: Schedule) -> Schedule:
    """Rise, with (t + 1) / (warmup + 1) of the peak at t; ``rest`` counts from the end of the warmup on.

    At that end theirs is still the warmup's, the peak, and so is ours where ``rest`` begins elsewhere.
    """
    if warmup == 0:
        return rest
    top = rest if rest(0) == peak else hold(peak, 1) >> rest[1:]
    return linear(peak / (warmup + 1), peak, warmup) >> top


def ended(s: Schedule, floor: float) -> Schedule:
    """Fall to the floor where the schedule ends, unless that would be a rise."""
    return s if s(s.length) <= floor else s >> hold(floor, 0)


def over(run: Run) -> Schedule:
    """What comes after a warmup that outlasts the run: the floor, unless that would be a rise."""
    return hold(min(run.floor, run.peak), 0)


def fallen(peak: float, floor: float, steps: int, power: float) -> Schedule:
    """Down as a power of what is left; with power 0 it stays, at the end of the run, too."""
    if power == 1.0:
        return linear(peak, floor, steps)
    return polynomial(peak, floor, steps, power) if power else hold(peak, steps + 1)
