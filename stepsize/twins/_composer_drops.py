"""Composer's schedulers without a warmup that drop, and the one that stays."""

from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, hold
from stepsize.twins._composer_time import Trainer, trainer
from stepsize.twins._drops import drops
from stepsize.twins._powers import powers


def StepScheduler(
    lr: Any,
    step_size: Any,
    gamma: Any = 0.1,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A drop at regular times.

    Update k > 0 is at t = k - 1, and update 0 at t = 0:
        0 <= t    lr gamma^floor(t / step_size)

    First update lr; peak at 0; last update lr gamma^floor((N - 2) / step_size); after the end it goes on.

    Args:
        lr: the base rate of the group; >= 0.
        step_size: time between drops, at least an update.
        gamma: ratio of each drop; >= 0.
        max_duration: length of the run, such as "100ba" or "3ep"; for shares such as "1dur".
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Source:
        composer/optim/scheduler.py, StepScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.composer.StepScheduler(1.0, "10ba", 0.5)
    >>> s(0), s(10), s(11), s(21)
    (1.0, 1.0, 0.5, 0.25)
    """
    run = trainer("StepScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    every = run.updates("step_size", step_size, least=1)
    factor = _accept.rate(f"{run.where}.gamma", gamma, least=0.0)
    return run.applied(powers(peak, factor, every, stairs=True), step_schedulers_every_batch)


def MultiStepScheduler(
    lr: Any,
    milestones: Any,
    gamma: Any = 0.1,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A drop at each milestone.

    Update k > 0 is at t = k - 1, and update 0 at t = 0:
        0 <= t    lr gamma^(number of milestones <= t)

    First update lr; peak at 0; last update lr gamma^(number of milestones <= N - 2); after the end it goes
    on.

    Args:
        lr: the base rate of the group; >= 0.
        milestones: a list of times; one that stands there twice counts twice.
        gamma: ratio of each drop; >= 0.
        max_duration: length of the run, such as "100ba" or "3ep"; for shares such as "1dur".
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Source:
        composer/optim/scheduler.py, MultiStepScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.MultiStepScheduler(1.0, ["30ba", "80ba"], 0.5)
    hold(1.0, 31) >> hold(0.5, 50) >> hold(0.25)
    """
    run = trainer("MultiStepScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    factor = _accept.rate(f"{run.where}.gamma", gamma, least=0.0)
    s = drops(peak, factor, times(run, milestones))
    return run.applied(s, step_schedulers_every_batch)


def ConstantScheduler(
    lr: Any,
    alpha: Any = 1.0,
    t_max: Any = "1dur",
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A share of the rate for a while, and then the whole.

    Update k > 0 is at t = k - 1, and update 0 at t = 0:
        t < t_max     lr alpha
        t_max <= t    lr

    First update lr alpha; peak from t_max on, where it is in the run; last update lr alpha or lr;
    after the end held.

    Args:
        lr: the base rate of the group; >= 0.
        alpha: share of lr before t_max; >= 0.
        t_max: time until the whole rate.
        max_duration: length of the run, such as "100ba" or "3ep"; for shares such as "1dur".
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Theirs:
        Where t_max is the end of the run, it is lr behind it, which may be a rise; ours is held.

    Source:
        composer/optim/scheduler.py, ConstantScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.ConstantScheduler(1.0, 0.5, "20ba")
    hold(0.5, 21) >> hold(1.0)
    """
    run = trainer("ConstantScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    low = peak * _accept.rate(f"{run.where}.alpha", alpha, least=0.0)
    until, end = run.updates("t_max", t_max), run.run()
    s = hold(low) if end is not None and until >= end else hold(low, until) >> hold(peak)
    return run.applied(s, step_schedulers_every_batch)


def ExponentialScheduler(
    lr: Any,
    gamma: Any,
    decay_period: Any = "1ep",
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """Equal ratios in equal times.

    Update k > 0 is at t = k - 1, and update 0 at t = 0:
        0 <= t    lr gamma^(t / decay_period)

    First update lr, and the second too; peak at 0 and 1; last update lr gamma^((N - 2) / decay_period); after
    the end it goes on.

    Args:
        lr: the base rate of the group; >= 0.
        gamma: ratio of each period; >= 0.
        decay_period: time of that ratio, at least an update.
        max_duration: length of the run, such as "100ba" or "3ep"; for shares such as "1dur".
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Source:
        composer/optim/scheduler.py, ExponentialScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.composer.ExponentialScheduler(1.0, 0.5, updates_per_epoch=100)
    >>> s(1), s(101)
    (1.0, 0.5)
    """
    run = trainer("ExponentialScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    factor = _accept.rate(f"{run.where}.gamma", gamma, least=0.0)
    every = run.updates("decay_period", decay_period, least=1)
    return run.applied(powers(peak, factor, every), step_schedulers_every_batch)


def times(run: Trainer, milestones: Any) -> list[int]:
    """Milestones in updates."""
    if not isinstance(milestones, (list, tuple)):
        raise ScheduleError(message(f"{run.where}.milestones", "must be a list of times", milestones))
    return [run.updates(f"milestones[{k}]", time) for k, time in enumerate(milestones)]
