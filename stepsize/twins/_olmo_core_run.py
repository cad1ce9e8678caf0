"""What the schedules of OLMo-core share: what is counted, lengths, the warmup, and that they count from 1."""

from typing import Any, NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Chain, Ramp, Schedule, hold, linear
from stepsize.schedule.chain import chain


class Run(NamedTuple):
    """A run: where errors are raised, what is counted, how much of it, and how much an update counts."""

    where: str
    units: str
    total: int | None
    shift: int


def read(name: str, units: Any, max_steps: Any, max_tokens: Any, tokens_per_update: Any) -> Run:
    """Check what says how long the run is."""
    where = f"twins.olmo_core.{name}"
    if units not in ("steps", "tokens"):
        raise ScheduleError(message(f"{where}.units", 'must be "steps" or "tokens"', units))
    steps = units == "steps"
    label, given = ("max_steps", max_steps) if steps else ("max_tokens", max_tokens)
    total = None if given is None else _accept.count(f"{where}.{label}", given)
    shift = 1 if steps else _accept.count(f"{where}.tokens_per_update", tokens_per_update)
    return Run(where, str(units), total, shift)


def end(run: Run) -> int:
    """The end of the run, where it is needed."""
    if run.total is None:
        raise ScheduleError(
            message(f"{run.where}.max_{run.units}", "must be given", None, "It is the trainer's.")
        )
    return run.total


def part(run: Run, name: str, given: Any, deprecated: Any, fraction: Any, total: int | None) -> int:
    """A length, its old name, or a share of the run, rounded half to even."""
    given = deprecated if given is None else given
    if (given is None) == (fraction is None):
        rule = f"give either {name} or {name}_fraction, and None for the other"
        raise ScheduleError(message(f"{run.where}.{name}", rule, (given, fraction)))
    if given is not None:
        return _accept.count(f"{run.where}.{name}", given, least=0)
    share = _accept.rate(f"{run.where}.{name}_fraction", fraction, least=0.0)
    if share > 1.0:
        raise ScheduleError(message(f"{run.where}.{name}_fraction", "must be in [0, 1]", fraction))
    return round((end(run) if total is None else total) * share)


def peak(run: Run, lr: Any) -> float:
    """The base rate."""
    return _accept.rate(f"{run.where}.lr", lr, above=0.0)


def low(run: Run, name: str, given: Any, below: float) -> float:
    """A minimum, which must lie below the rate that goes there."""
    rate = _accept.rate(f"{run.where}.{name}", given, least=0.0)
    if rate >= below:
        raise ScheduleError(message(f"{run.where}.{name}", f"must be less than {below:g}", given))
    return rate


def warmed(
    run: Run, top: float, warmup: int, warmup_min_lr: Any, rest: Schedule, whole: bool = False
) -> Schedule:
    """Rise to ``top``; ``rest`` counts from the end of the warmup on, which with ``whole`` still is the warmup's."""
    if warmup == 0:
        return rest
    start = low(run, "warmup_min_lr", warmup_min_lr, top)
    if whole and rest(0) != top and warmup % run.shift == 0:
        rest = hold(top, run.shift) >> rest[run.shift :]
    return linear(start, top, warmup) >> rest


def begun(run: Run, s: Schedule) -> Schedule:
    """The schedule as it is applied: the first update already counts itself."""
    parts = s.joined if isinstance(s, Chain) else (s,)
    first: Number = parts[0].length
    if isinstance(parts[0], Ramp) and str(parts[0].shape) == "linear" and run.shift < first:
        s = chain(linear(s(run.shift), parts[0].end, first - run.shift), *parts[1:])
    else:
        s = s[run.shift :]
    return s if run.units == "steps" else s.on("tokens")
