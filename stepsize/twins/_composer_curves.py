"""Composer's schedulers without a warmup that go along a curve."""

from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, linear, polynomial
from stepsize.schedule.chain import chain
from stepsize.twins._composer_time import Trainer, trainer


def LinearScheduler(
    lr: Any,
    alpha_i: Any = 1.0,
    alpha_f: Any = 0.0,
    t_max: Any = "1dur",
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A straight line.

    Update k > 0 is at t = k - 1, and update 0 at t = 0:
        t < t_max     lr (alpha_i + (alpha_f - alpha_i) t / t_max)
        t_max <= t    lr alpha_f

    First update lr alpha_i, and the second too; peak at 0 and 1; last update two steps above lr alpha_f; after the end
    held at lr alpha_f.

    Args:
        lr: the base rate of the group; >= 0.
        alpha_i: share of lr at the start; >= 0.
        alpha_f: share of lr at the end; >= 0.
        t_max: time until the end, at least an update.
        max_duration: length of the run, such as "100ba" or "3ep"; for shares such as "1dur".
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Source:
        composer/optim/scheduler.py, LinearScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.LinearScheduler(1.0, t_max="1dur", max_duration="2ep", updates_per_epoch=50)
    hold(1.0, 1) >> linear(1.0, 0.0, 100)
    """
    run = trainer("LinearScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    first, last = shares(run, peak, alpha_i=alpha_i, alpha_f=alpha_f)
    s = linear(first, last, run.updates("t_max", t_max, least=1))
    return run.applied(s, step_schedulers_every_batch)


def CosineAnnealingScheduler(
    lr: Any,
    t_max: Any = "1dur",
    alpha_f: Any = 0.0,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """Half a cosine wave.

    Update k > 0 is at t = k - 1, and update 0 at t = 0:
        t < t_max     lr (alpha_f + (1 - alpha_f) (1 + cos(pi t / t_max)) / 2)
        t_max <= t    lr alpha_f

    First update lr, and the second too; peak at 0 and 1; last update two steps above lr alpha_f; after the end
    held at lr alpha_f.

    Args:
        lr: the base rate of the group; >= 0.
        t_max: time until the minimum, at least an update.
        alpha_f: the minimum, as a share of lr; >= 0.
        max_duration: length of the run, such as "100ba" or "3ep"; for shares such as "1dur".
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Source:
        composer/optim/scheduler.py, CosineAnnealingScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.CosineAnnealingScheduler(1.0, "100ba", 0.1)
    hold(1.0, 1) >> cosine(1.0, 0.1, 100)
    """
    run = trainer("CosineAnnealingScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    (last,) = shares(run, peak, alpha_f=alpha_f)
    s = cosine(peak, last, run.updates("t_max", t_max, least=1))
    return run.applied(s, step_schedulers_every_batch)


def CosineAnnealingWarmRestartsScheduler(
    lr: Any,
    t_0: Any,
    t_mult: Any = 1.0,
    alpha_f: Any = 0.0,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """Half a cosine wave again and again.

    Update k > 0 is at t = k - 1, and update 0 at t = 0. Cycle i begins at a_i and lasts n_i,
    n_0 = t_0, and n_i = n_(i-1) t_mult cut to whole:
        a_i <= t < a_i + n_i    lr (alpha_f + (1 - alpha_f) (1 + cos(pi (t - a_i) / n_i)) / 2)

    First update lr, and the second too; peak one update behind each start; last update on its wave; after
    the end it goes on.

    Args:
        lr: the base rate of the group; >= 0.
        t_0: time of the first cycle, at least an update.
        t_mult: ratio of each cycle to the one before; > 0.
        alpha_f: the minimum, as a share of lr; >= 0.
        max_duration: length of the run, such as "100ba" or "3ep"; for shares such as "1dur".
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range; or the cycles shrink to none
            before the run is over.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Source:
        composer/optim/scheduler.py, CosineAnnealingWarmRestartsScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.CosineAnnealingWarmRestartsScheduler(1.0, "10ba", 2.0)
    hold(1.0, 1) >> cosine(1.0, 0.0, 10).repeat(growth=2.0)
    """
    run = trainer(
        "CosineAnnealingWarmRestartsScheduler", max_duration, updates_per_epoch, scale_schedule_ratio
    )
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    (last,) = shares(run, peak, alpha_f=alpha_f)
    growth = _accept.rate(f"{run.where}.t_mult", t_mult, above=0.0)
    s = _restarts(run, peak, last, run.updates("t_0", t_0, least=1), growth)
    return run.applied(s, step_schedulers_every_batch)


def PolynomialScheduler(
    lr: Any,
    power: Any,
    t_max: Any = "1dur",
    alpha_f: Any = 0.0,
    *,
    max_duration: Any = None,
    updates_per_epoch: Any = None,
    scale_schedule_ratio: Any = 1.0,
    step_schedulers_every_batch: Any = True,
) -> Schedule:
    """A power of what is left.

    Update k > 0 is at t = k - 1, and update 0 at t = 0:
        t < t_max     lr (alpha_f + (1 - alpha_f) (1 - t / t_max)^power)
        t_max <= t    lr alpha_f

    First update lr, and the second too; peak at 0 and 1; last update two steps above lr alpha_f; after the end
    held at lr alpha_f.

    Args:
        lr: the base rate of the group; >= 0.
        power: the exponent; > 0.
        t_max: time until the minimum, at least an update.
        alpha_f: the minimum, as a share of lr; >= 0.
        max_duration: length of the run, such as "100ba" or "3ep"; for shares such as "1dur".
        updates_per_epoch: updates of an epoch, where a time counts epochs or the scheduler is stepped by them.
        scale_schedule_ratio: the trainer's; > 0. It stretches the run and the times.
        step_schedulers_every_batch: the trainer's; False steps after each epoch, and does not lag.

    Raises:
        ScheduleError: a number or a time is out of its range.
        HorizonNeeded: a time is a share of the run, or counts epochs, and nothing says how long they are.

    Source:
        composer/optim/scheduler.py, PolynomialScheduler; release 0.32.1.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.composer.PolynomialScheduler(1.0, 2.0, "100ba")
    hold(1.0, 1) >> polynomial(1.0, 0.0, 100, power=2.0)
    """
    run = trainer("PolynomialScheduler", max_duration, updates_per_epoch, scale_schedule_ratio)
    peak = _accept.rate(f"{run.where}.lr", lr, least=0.0)
    (last,) = shares(run, peak, alpha_f=alpha_f)
    exponent = _accept.rate(f"{run.where}.power", power, above=0.0)
    s = polynomial(peak, last, run.updates("t_max", t_max, least=1), exponent)
    return run.applied(s, step_schedulers_every_batch)


def shares(run: Trainer, peak: float, **shares: Any) -> list[float]:
    """Shares of the base rate as rates."""
    return [peak * _accept.rate(f"{run.where}.{name}", share, least=0.0) for name, share in shares.items()]


def _restarts(run: Trainer, peak: float, low: float, first: int, growth: float) -> Schedule:
    """Cycles of whole lengths; where each is cut, a chain says what ``repeat`` would round."""
    if int(growth * first) == first:  # and so for ever
        return cosine(peak, low, first).repeat()
    if growth == int(growth):
        return cosine(peak, low, first).repeat(growth=growth)
    lengths, end = [first], run.run() or (_accept.FAR >> 2)
    while sum(lengths) < end and int(growth * lengths[-1]) not in (0, lengths[-1]):
        lengths.append(int(growth * lengths[-1]))
    waves = chain(*(cosine(peak, low, length) for length in lengths))
    if sum(lengths) >= end:
        return waves
    if int(growth * lengths[-1]) == 0:
        rule = f"makes no cycle after update {sum(lengths)}"
        remedy = "Theirs raises there: take a larger one, or give max_duration=, shorter."
        raise ScheduleError(message(f"{run.where}.t_mult", rule, growth, remedy))
    return waves >> cosine(peak, low, lengths[-1]).repeat()
