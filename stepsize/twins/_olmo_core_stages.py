"""OLMo-core's schedules of several stages."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, hold, linear, ramp
from stepsize.schedule.chain import chain
from stepsize.twins._olmo_core_run import Run, begun, low, part, peak, read, warmed


def ComposableScheduler(
    lr: Any, *, stages: Any, override_decay: Any = None, units: Any = "steps", tokens_per_update: Any = None
) -> Schedule:
    """Stages one after another, each in a straight line or along half a cosine wave.

    With c = t + 1, in a stage that begins at c0:
        linear    start + (end - start) (c - c0) / duration
        cosine    end + (start - end) (1 + cos(pi (c - c0) / duration)) / 2

    First update just past the first start; peak at an end of a stage; last update the last end; after the end held.

    Args:
        lr: the base rate of the group; > 0.
        stages: a list of dicts with duration, shape ("linear", the default, or "cosine"), at most one of start_lr and
            start_lr_fraction, and one of end_lr and end_lr_fraction. A stage starts where the one before ended, the
            first at lr.
        override_decay: a dict with start, duration, shape, and one of end_lr and end_lr_fraction: from start on it
            goes from the rate there to its end, whatever the stages say.
        units: what durations count, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: there are no stages, or one is not as said above.

    Source:
        olmo_core/optim/scheduler.py, ComposableScheduler; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> stages = [{"duration": 10, "start_lr": 0.0, "end_lr_fraction": 1.0}, {"duration": 90, "end_lr": 0.1}]
    >>> print(twins.olmo_core.ComposableScheduler(1.0, stages=stages))
    0.1 -> 1 in 9; -> 0.1 in 90
    """
    run = read("ComposableScheduler", units, None, None, tokens_per_update)
    top = rate = peak(run, lr)
    if not isinstance(stages, (list, tuple)) or not stages:
        raise ScheduleError(message(f"{run.where}.stages", "must be a list of at least one stage", stages))
    parts = []
    for k, stage in enumerate(stages):
        parts.append(_stage(run, f"stages[{k}]", stage, top, rate))
        rate = parts[-1](parts[-1].length)
    return begun(run, _overridden(run, chain(*parts), top, override_decay))


_FIELDS = ("duration", "shape", "start_lr", "start_lr_fraction", "end_lr", "end_lr_fraction")


def _stage(run: Run, name: str, given: Any, top: float, rate: float) -> Schedule:
    """One stage, from its own start or from ``rate``."""
    where = f"{run.where}.{name}"
    unknown = set(given) - {*_FIELDS, "start"} if isinstance(given, Mapping) else {"?"}
    if unknown:
        raise ScheduleError(message(where, f"must be a dict with some of {', '.join(_FIELDS)}", given))
    start, end = (_rate(where, given, side, top) for side in ("start", "end"))
    if end is None:
        raise ScheduleError(message(where, "needs one of end_lr and end_lr_fraction", given))
    shape = given.get("shape", "linear")
    if shape not in ("linear", "cosine"):
        raise ScheduleError(message(f"{where}.shape", 'must be "linear" or "cosine"', shape))
    return ramp(
        rate if start is None else start,
        end,
        _accept.count(f"{where}.duration", given.get("duration")),
        shape,
    )


def _rate(where: str, given: Mapping[str, Any], side: str, top: float) -> float | None:
    """A rate, absolute or as a share of the base rate."""
    rate, share = given.get(f"{side}_lr"), given.get(f"{side}_lr_fraction")
    if rate is not None and share is not None:
        raise ScheduleError(message(where, f"takes one of {side}_lr and {side}_lr_fraction", given))
    if rate is not None:
        return _accept.rate(f"{where}.{side}_lr", rate, least=0.0)
    return None if share is None else top * _accept.rate(f"{where}.{side}_lr_fraction", share, least=0.0)


def _overridden(run: Run, s: Schedule, top: float, given: Any, counted: int = 0) -> Schedule:
    """The schedule, and from ``start`` on another end; ``counted`` of what it counts lies before it."""
    if given is None:
        return s
    start = (
        _accept.count(f"{run.where}.override_decay.start", dict(given).get("start"), least=counted) - counted
    )
    rest = {key: value for key, value in dict(given).items() if key != "start"}
    return s[:start] >> _stage(run, "override_decay", rest, top, s(start))


def SequentialScheduler(
    lr: Any, *, schedulers: Any, schedulers_max: Any, max_steps: Any, override_decay: Any = None
) -> Schedule:
    """Schedules one after another, each with the last rate of the one before as its base rate.

        c <= M_0            the first at c, with M_0 as its end
        M_0 < c             the second at c - M_0, with M_1 as its end, and so on
        in the last one     max_steps less all M as its end

    First update as the first one has it; peak the highest; last update as the last one has it; after the end held.

    Args:
        lr: the base rate of the group; > 0.
        schedulers: a list of functions of a base rate and ``max_steps``, such as
            ``functools.partial(twins.olmo_core.CosWithWarmup, warmup=10)``.
        schedulers_max: updates of each but the last, whose own is ignored; whole, >= 1.
        max_steps: updates of the run; whole, >= 1.
        override_decay: as of ComposableScheduler; its start is at least 1.

    Raises:
        ScheduleError: a number is out of its range, or lengths are not as many as schedules but one.

    Theirs:
        It also takes an override_decay that starts at 0, and counts tokens.

    Source:
        olmo_core/optim/scheduler.py, SequentialScheduler; release 3.0.0.

    Checked:
        from the formula

    >>> from functools import partial
    >>> from stepsize import twins
    >>> rise = partial(twins.olmo_core.ConstantWithWarmup, warmup=10)
    >>> fall = partial(twins.olmo_core.LinearWithWarmup, warmup=0, alpha_f=0.0)
    >>> s = twins.olmo_core.SequentialScheduler(1.0, schedulers=[rise, fall], schedulers_max=[20], max_steps=100)
    >>> s(0), s(19), round(s(59), 12), s(99)
    (0.1, 1.0, 0.5, 0.0)
    """
    run = read("SequentialScheduler", "steps", max_steps, None, None)
    top = rate = peak(run, lr)
    left = _accept.count(f"{run.where}.max_steps", max_steps)
    lengths = [
        _accept.count(f"{run.where}.schedulers_max", n) for n in list(schedulers_max)[: len(schedulers) - 1]
    ]
    if not schedulers or len(lengths) != len(schedulers) - 1:
        rule = "must hold a length for each schedule but the last"
        raise ScheduleError(message(f"{run.where}.schedulers_max", rule, schedulers_max))
    parts = []
    for build, length in zip(schedulers, [*lengths, left], strict=True):
        length = min(length, left)
        if length <= 0:
            break
        parts.append(build(rate, max_steps=length)[:length])
        rate, left = parts[-1](length - 1), left - length
    return _overridden(run, chain(*parts), top, override_decay, counted=1)


def WSDS(
    lr: Any, *, period_lengths: Any, period_lr_multipliers: Any = None, warmup: Any = None,
    warmup_fraction: Any = None, decay: Any = None, decay_fraction: Any = None, warmup_min_lr: Any = 0.0,
    decay_min_lr: Any = 0.0, units: Any = "steps", tokens_per_update: Any = None,
) -> Schedule:  # fmt: skip
    """Warm up, and in each period stay at its peak and fall in a straight line.

    With c = t + 1, W = warmup, in a period of L that begins at c0, D its decay, p = lr times its multiplier:
        c < W                     warmup_min_lr + (p - warmup_min_lr) c / W
        c0 < c < c0 + L - D       p
        c0 + L - D <= c           decay_min_lr + (p - decay_min_lr) (c0 + L - c) / D

    First update lr / W; peak at W - 1; last update decay_min_lr, as in each period; after the end held at it.

    Args:
        lr: the base rate of the group; > 0.
        period_lengths: the length of each period, the warmup included in the first; whole, >= 1.
        period_lr_multipliers: what the peak of each is multiplied by; > 0.
        warmup: updates, or tokens, of the warmup; whole, >= 0.
        warmup_fraction: the same as a share of the first period. One of the two must be given.
        decay: updates, or tokens, of the fall in each period; whole.
        decay_fraction: the same as a share of each period. One of the two must be given.
        warmup_min_lr: the rate that the warmup starts from; >= 0, less than the first peak.
        decay_min_lr: the rate at the end of each period; >= 0, less than every peak.
        units: what is counted, "steps" or "tokens"; the latter gives a schedule on the clock "tokens".
        tokens_per_update: tokens of an update, which counts them before it is made; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range, a period is shorter than its parts, or one before the last comes
            to no decay (theirs then divides by zero).

    Source:
        olmo_core/optim/scheduler.py, WSDS; release 3.0.0.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.olmo_core.WSDS(1.0, period_lengths=[100, 100], warmup=10, decay=20)
    >>> s(9), s(79), s(89), s(99), s(100), s(189)
    (1.0, 1.0, 0.5, 0.0, 1.0, 0.5)
    """
    run = read("WSDS", units, None, None, tokens_per_update)
    base, where = peak(run, lr), run.where
    lengths = [_accept.count(f"{where}.period_lengths", length) for length in period_lengths]
    given = [1.0] * len(lengths) if period_lr_multipliers is None else list(period_lr_multipliers)
    if not lengths or len(given) != len(lengths):
        rule = "must hold one multiplier for each period, and at least one"
        raise ScheduleError(message(f"{where}.period_lr_multipliers", rule, given))
    tops = [base * _accept.rate(f"{where}.period_lr_multipliers", each, above=0.0) for each in given]
    rise = part(run, "warmup", warmup, None, warmup_fraction, lengths[0])
    left = [lengths[0] - rise, *lengths[1:]]
    falls = [part(run, "decay", decay, None, decay_fraction, length) for length in lengths]
    periods = [_period(run, *each, decay_min_lr) for each in zip(tops, left, falls, strict=True)]
    if 0 in falls[:-1]:
        raise ScheduleError(message(f"{where}.decay", "must come to at least 1", 0))
    return begun(run, warmed(run, tops[0], rise, warmup_min_lr, _joined(run, periods, rise)))


def _period(run: Run, top: float, length: int, fall: int, decay_min_lr: Any) -> Schedule:
    """One period, without the warmup."""
    if fall > length:
        raise ScheduleError(
            message(f"{run.where}.decay", "must fit into each period beside the warmup", fall)
        )
    return hold(top, length - fall) >> linear(top, low(run, "decay_min_lr", decay_min_lr, top), fall)


def _joined(run: Run, periods: list[Schedule], rise: int) -> Schedule:
    """Periods in order; on the edge between two of them the earlier one speaks."""
    parts, edge = [periods[0]], rise + int(periods[0].length)
    for before, period in pairwise(periods):
        spoken = run.shift if edge % run.shift == 0 else 0
        parts += [hold(before(before.length), spoken), period[spoken:]] if spoken else [period]
        edge += int(period.length)
    return chain(*parts)
