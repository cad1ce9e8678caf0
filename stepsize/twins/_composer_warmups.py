"""Composer's schedulers that warm up first."""

from typing import Any

from stepsize import _accept
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear, polynomial
from stepsize.twins._composer_curves import shares
from stepsize.twins._composer_drops import times
from stepsize.twins._composer_time import Trainer, trainer
from stepsize.twins._drops import drops


def MultiStepWithWarmupScheduler(
    lr: Any,
    t_warmup: Any,
    milestones: Any,
    gamma: Any = 0.1,
    scale_warmup: Any = False,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A linear warmup from 0, and a drop at each milestone.

    Update k > 0 is at t = k - 1, and update 0 at t = 0; W = t_warmup:
        t < W     lr t / W
        W <= t    lr gamma^(number of milestones <= t)

    First update 0, and the second too; peak at W + 1; last update lr gamma^(number of milestones <= N - 2);
    after the end it goes on.

    Args:
        lr: the base rate of the group; >= 0.
        t_warmup: time of the warmup, W; 0 is none.
        milestones: a list of times, from the start of the run; one that stands there twice counts twice.
        gamma: ratio of each drop; >= 0.
        scale_warmup: whether scale_schedule_ratio stretches the warmup, too. Its slope only: see Theirs.
        max_duration: length of the run, such as "100ba" or "3ep"; for shares such as "1dur".
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times,
            and not the warmup.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Theirs:
        With scale_warmup and a ratio above 1 the slope is stretched and the end of the warmup is not, so that it
        jumps; with one below 1 the warmup stays at its top until the end. So does ours.

    Source:
        composer/optim/scheduler.py, MultiStepWithWarmupScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.MultiStepWithWarmupScheduler(1.0, "10ba", ["30ba"], 0.5)
    hold(0.0, 1) >> linear(0.0, 1.0, 10) >> hold(1.0, 20) >> hold(0.5)
    """
    run = trainer("MultiStepWithWarmupScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    factor = _accept.rate(f"{run.where}.gamma", gamma, least=0.0)
    rise = _rise(run, peak, t_warmup, scale_warmup)
    s = rise >> drops(peak, factor, times(run, milestones))[rise.length :]
    return run.applied(s, step_schedulers_every_batch)


def ConstantWithWarmupScheduler(
    lr: Any,
    t_warmup: Any,
    alpha: Any = 1.0,
    t_max: Any = "1dur",
    scale_warmup: Any = False,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A linear warmup from 0 to a share of the rate, and stay.

    Update k > 0 is at t = k - 1, and update 0 at t = 0; W = t_warmup:
        t < W     lr alpha t / W
        W <= t    lr alpha

    First update 0, and the second too; peak at W + 1; last update lr alpha; after the end held at lr alpha.

    Args:
        lr: the base rate of the group; >= 0.
        t_warmup: time of the warmup, W; 0 is none.
        alpha: share of lr; >= 0.
        t_max: checked, and without meaning: theirs never comes back to lr, whatever its documentation says.
        scale_warmup: whether scale_schedule_ratio stretches the warmup, too. Its slope only: see Theirs.
        max_duration: length of the run, such as "100ba" or "3ep"; always needed, for t_max must not be less.
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times,
            and not the warmup.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range; or t_max ends before the run.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Theirs:
        With scale_warmup and a ratio above 1 the slope is stretched and the end of the warmup is not, so that it
        jumps; with one below 1 the warmup stays at its top until the end. So does ours.

    Source:
        composer/optim/scheduler.py, ConstantWithWarmupScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.ConstantWithWarmupScheduler(1.0, "10ba", max_duration="100ba")
    hold(0.0, 1) >> linear(0.0, 1.0, 10) >> hold(1.0)
    """
    run = trainer("ConstantWithWarmupScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    (top,) = shares(run, peak, alpha=alpha)
    _remaining(run, t_max, 0)
    s = _rise(run, top, t_warmup, scale_warmup) >> hold(top)
    return run.applied(s, step_schedulers_every_batch)


def LinearWithWarmupScheduler(
    lr: Any,
    t_warmup: Any,
    alpha_i: Any = 1.0,
    alpha_f: Any = 0.0,
    t_max: Any = "1dur",
    scale_warmup: Any = False,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A linear warmup from 0, and a straight line.

    Update k > 0 is at t = k - 1, and update 0 at t = 0; W = t_warmup:
        t < W             lr alpha_i t / W
        W <= t < t_max    lr (alpha_i + (alpha_f - alpha_i) (t - W) / (t_max - W))
        t_max <= t        lr alpha_f, or lr alpha_i where t_max <= W

    First update 0, and the second too; peak at W + 1; last update two steps above the end; after the end held.

    Args:
        lr: the base rate of the group; >= 0.
        t_warmup: time of the warmup, W; 0 is none.
        alpha_i: share of lr at the end of the warmup; >= 0.
        alpha_f: share of lr at the end; >= 0.
        t_max: time until the end, with the warmup.
        scale_warmup: whether scale_schedule_ratio stretches the warmup, too. Its slope only: see Theirs.
        max_duration: length of the run, such as "100ba" or "3ep"; always needed, for t_max must not be less.
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times,
            and not the warmup.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range; or t_max ends before the run.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Theirs:
        With scale_warmup and a ratio above 1 the slope is stretched and the end of the warmup is not, so that it
        jumps; with one below 1 the warmup stays at its top until the end. So does ours.

    Source:
        composer/optim/scheduler.py, LinearWithWarmupScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.LinearWithWarmupScheduler(1.0, "0.1dur", max_duration="100ba")
    hold(0.0, 1) >> linear(0.0, 1.0, 10) >> linear(1.0, 0.0, 90)
    """
    run = trainer("LinearWithWarmupScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    first, last = shares(run, peak, alpha_i=alpha_i, alpha_f=alpha_f)
    rise = _rise(run, first, t_warmup, scale_warmup)
    left = _remaining(run, t_max, rise.length)
    s = rise >> (linear(first, last, left) if left else hold(first))
    return run.applied(s, step_schedulers_every_batch)


def CosineAnnealingWithWarmupScheduler(
    lr: Any,
    t_warmup: Any,
    t_max: Any = "1dur",
    alpha_f: Any = 0.0,
    scale_warmup: Any = False,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A linear warmup from 0, and half a cosine wave.

    Update k > 0 is at t = k - 1, and update 0 at t = 0; W = t_warmup:
        t < W             lr t / W
        W <= t < t_max    lr (alpha_f + (1 - alpha_f) (1 + cos(pi (t - W) / (t_max - W))) / 2)
        t_max <= t        lr alpha_f, or lr where t_max <= W

    First update 0, and the second too; peak at W + 1; last update two steps above the end; after the end held.

    Args:
        lr: the base rate of the group; >= 0.
        t_warmup: time of the warmup, W; 0 is none.
        t_max: time until the minimum, with the warmup.
        alpha_f: the minimum, as a share of lr; >= 0.
        scale_warmup: whether scale_schedule_ratio stretches the warmup, too. Its slope only: see Theirs.
        max_duration: length of the run, such as "100ba" or "3ep"; always needed, for t_max must not be less.
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times,
            and not the warmup.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range; or t_max ends before the run.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Theirs:
        With scale_warmup and a ratio above 1 the slope is stretched and the end of the warmup is not, so that it
        jumps; with one below 1 the warmup stays at its top until the end. So does ours.

    Source:
        composer/optim/scheduler.py, CosineAnnealingWithWarmupScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.composer.CosineAnnealingWithWarmupScheduler(1.0, "10ba", alpha_f=0.1, max_duration="100ba")
    >>> s
    hold(0.0, 1) >> linear(0.0, 1.0, 10) >> cosine(1.0, 0.1, 90)
    """
    run = trainer("CosineAnnealingWithWarmupScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    (last,) = shares(run, peak, alpha_f=alpha_f)
    rise = _rise(run, peak, t_warmup, scale_warmup)
    left = _remaining(run, t_max, rise.length)
    s = rise >> (cosine(peak, last, left) if left else hold(peak))
    return run.applied(s, step_schedulers_every_batch)


def PolynomialWithWarmupScheduler(
    lr: Any,
    t_warmup: Any,
    power: Any = 2.0,
    t_max: Any = "1dur",
    alpha_f: Any = 0.0,
    scale_warmup: Any = False,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A linear warmup from 0, and a power of what is left.

    Update k > 0 is at t = k - 1, and update 0 at t = 0; W = t_warmup:
        t < W             lr t / W
        W <= t < t_max    lr (alpha_f + (1 - alpha_f) (1 - (t - W) / (t_max - W))^power)
        t_max <= t        lr alpha_f, or lr where t_max <= W

    First update 0, and the second too; peak at W + 1; last update two steps above the end; after the end held.

    Args:
        lr: the base rate of the group; >= 0.
        t_warmup: time of the warmup, W; 0 is none.
        power: the exponent; > 0.
        t_max: time until the minimum, with the warmup.
        alpha_f: the minimum, as a share of lr; >= 0.
        scale_warmup: whether scale_schedule_ratio stretches the warmup, too. Its slope only: see Theirs.
        max_duration: length of the run, such as "100ba" or "3ep"; always needed, for t_max must not be less.
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times,
            and not the warmup.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range; or t_max ends before the run.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Theirs:
        With scale_warmup and a ratio above 1 the slope is stretched and the end of the warmup is not, so that it
        jumps; with one below 1 the warmup stays at its top until the end. So does ours.

    Source:
        composer/optim/scheduler.py, PolynomialWithWarmupScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.PolynomialWithWarmupScheduler(1.0, "10ba", max_duration="100ba")
    hold(0.0, 1) >> linear(0.0, 1.0, 10) >> polynomial(1.0, 0.0, 90, power=2.0)
    """
    run = trainer("PolynomialWithWarmupScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    (last,) = shares(run, peak, alpha_f=alpha_f)
    exponent = _accept.rate(f"{run.where}.power", power, above=0.0)
    rise = _rise(run, peak, t_warmup, scale_warmup)
    left = _remaining(run, t_max, rise.length)
    s = rise >> (polynomial(peak, last, left, exponent) if left else hold(peak))
    return run.applied(s, step_schedulers_every_batch)


def _rise(run: Trainer, top: float, time: Any, scaled: Any) -> Schedule:
    """The warmup: its end is not scaled, its slope may be."""
    length = run.updates("t_warmup", time, scaled=False)
    slope = run.updates("t_warmup", time, least=1) if scaled and length else length
    return linear(0.0, top, slope)[:length]


def _remaining(run: Trainer, t_max: Any, warmup: Any) -> int:
    """Updates from the end of the warmup to t_max, which must not end before the run."""
    until = run.updates("t_max", t_max)
    end = run.run()
    if end is None:
        rule = "must be known, for t_max must not be less"
        raise HorizonNeeded(message(f"{run.where}.max_duration", rule, None))
    if until < end:
        rule = f"must not be less than max_duration ({end} updates)"
        raise ScheduleError(message(f"{run.where}.t_max", rule, t_max))
    return max(0, until - int(warmup))
