"""MMEngine's schedulers that multiply the rate, and the polynomial one."""

from typing import Any

from stepsize.schedule import Schedule
from stepsize.twins._mmengine_config import alone
from stepsize.twins._mmengine_line import INF, Span


def ConstantLR(
    lr: Any, factor: Any = 1.0 / 3,
    begin: Any = 0, end: Any = INF, last_step: Any = -1, by_epoch: Any = True, verbose: Any = False,
    *, updates_per_epoch: Any = None, convert_to_iter_based: Any = False,
) -> Schedule:  # fmt: skip
    """A share of the rate within the window, but for its last step, at which all of it is back.

        t < begin                  lr
        begin <= t < end - 1       lr factor
        end - 1 <= t               lr

    First update lr factor; peak at end - 1; last update lr; after the end held at lr.

    Args:
        lr: the base rate of the group; >= 0.
        factor: the share; in [0, 1].
        begin: the first epoch at which it moves the rate; whole, >= 0.
        end: the epoch from which on it leaves the rate; whole, > begin. In a config it is by default that of the run.
        last_step: -1; for resuming, in theirs.
        by_epoch: whether it steps, and begin and end count, epochs; False counts updates.
        verbose: left alone.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with by_epoch.
        convert_to_iter_based: as of a config: epochs are made updates, and it moves at each of them.

    Raises:
        ScheduleError: a number is out of its range, updates_per_epoch is missing, or factor is 0 where there is an
            end (theirs divides by it there).

    Theirs:
        A window of one step leaves the rate at lr factor for ever, and so does ours, for that is what is applied.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, ConstantParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.mmengine.ConstantLR(1.0, factor=0.5, end=10, by_epoch=False)
    hold(0.5, 9) >> hold(1.0)
    """
    span = Span(begin, end, last_step, by_epoch, updates_per_epoch, convert_to_iter_based)
    return alone("ConstantLR", lr, span, factor=factor)


def ExponentialLR(
    lr: Any, gamma: Any,
    begin: Any = 0, end: Any = INF, last_step: Any = -1, by_epoch: Any = True, verbose: Any = False,
    *, updates_per_epoch: Any = None, convert_to_iter_based: Any = False,
) -> Schedule:  # fmt: skip
    """Multiplied by ``gamma`` at each step of the window but the first.

        t < begin           lr
        begin <= t < end    lr gamma^(t - begin)
        end <= t            lr gamma^(end - begin - 1)

    First update lr; peak at begin; last update lr gamma^(end - begin - 1); after the end held there.

    Args:
        lr: the base rate of the group; >= 0.
        gamma: the factor of one step; >= 0. Above 1 it rises, and is held once it comes to 1e300.
        begin: the first epoch at which it moves the rate; whole, >= 0.
        end: the epoch from which on it leaves the rate; whole, > begin. In a config it is by default that of the run.
        last_step: -1; for resuming, in theirs.
        by_epoch: whether it steps, and begin and end count, epochs; False counts updates.
        verbose: left alone.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with by_epoch.
        convert_to_iter_based: as of a config: epochs are made updates, and it moves at each of them.

    Raises:
        ScheduleError: a number is out of its range, or updates_per_epoch is missing.

    Theirs:
        Takes a negative ``gamma``, of which every other rate is negative; ours refuses it.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, ExponentialParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.mmengine.ExponentialLR(1.0, gamma=0.5, updates_per_epoch=100)
    >>> s(0), s(99), s(100), s(250)
    (1.0, 1.0, 0.5, 0.25)
    """
    span = Span(begin, end, last_step, by_epoch, updates_per_epoch, convert_to_iter_based)
    return alone("ExponentialLR", lr, span, gamma=gamma)


def LinearLR(
    lr: Any, start_factor: Any = 1.0 / 3, end_factor: Any = 1.0,
    begin: Any = 0, end: Any = INF, last_step: Any = -1, by_epoch: Any = True, verbose: Any = False,
    *, updates_per_epoch: Any = None, convert_to_iter_based: Any = False,
) -> Schedule:  # fmt: skip
    """A straight line from one share of the rate to another, which it reaches at the last step of the window.

        With N = end - begin - 1:
        t < begin           lr
        begin <= t < end    lr (start_factor + (end_factor - start_factor) (t - begin) / N)
        end <= t            lr end_factor

    First update lr start_factor; peak at the end that is higher; last update lr end_factor; after the end held there.

    Args:
        lr: the base rate of the group; >= 0.
        start_factor: the share at the first step; in (0, 1].
        end_factor: the share at the last step; in [0, 1].
        begin: the first epoch at which it moves the rate; whole, >= 0.
        end: the epoch from which on it leaves the rate; whole, > begin. In a config it is by default that of the run.
        last_step: -1; for resuming, in theirs.
        by_epoch: whether it steps, and begin and end count, epochs; False counts updates.
        verbose: left alone.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with by_epoch.
        convert_to_iter_based: as of a config: epochs are made updates, and it moves at each of them.

    Raises:
        ScheduleError: a number is out of its range, or updates_per_epoch is missing.

    Theirs:
        Takes ``start_factor=0``, and divides by it at its second step. A window of one step stays at its start.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, LinearParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.mmengine.LinearLR(1.0, start_factor=0.1, end=10, by_epoch=False)
    >>> s
    linear(0.1, 1.0, 9)
    """
    span = Span(begin, end, last_step, by_epoch, updates_per_epoch, convert_to_iter_based)
    return alone("LinearLR", lr, span, start_factor=start_factor, end_factor=end_factor)


def MultiStepLR(
    lr: Any, milestones: Any, gamma: Any = 0.1,
    last_step: Any = -1, begin: Any = 0, end: Any = INF, by_epoch: Any = True, verbose: Any = False,
    *, updates_per_epoch: Any = None, convert_to_iter_based: Any = False,
) -> Schedule:  # fmt: skip
    """Multiplied by ``gamma`` at each milestone, twice at one that is named twice.

        t < begin           lr
        begin <= t < end    lr gamma^(how many milestones <= t - begin)
        end <= t            as at end - 1

    First update lr; peak at 0; last update after the last milestone passed; after the end held there.

    Args:
        lr: the base rate of the group; >= 0.
        milestones: steps, counted from begin, from which on it is multiplied once more; whole, >= 0, in any order.
        gamma: the factor; >= 0.
        begin: the first epoch at which it moves the rate; whole, >= 0.
        end: the epoch from which on it leaves the rate; whole, > begin. In a config it is by default that of the run.
        last_step: -1; for resuming, in theirs.
        by_epoch: whether it steps, and begin and end count, epochs; False counts updates.
        verbose: left alone.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with by_epoch.
        convert_to_iter_based: as of a config: epochs are made updates, and it moves at each of them.

    Raises:
        ScheduleError: a number is out of its range, or updates_per_epoch is missing.

    Theirs:
        Takes milestones < 0 or between steps, and never comes to them; and a negative ``gamma``. Ours refuses both.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, MultiStepParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.mmengine.MultiStepLR(1.0, [8, 11], 0.5, updates_per_epoch=100))
    1 for 800; 0.5 for 300; 0.25
    """
    span = Span(begin, end, last_step, by_epoch, updates_per_epoch, convert_to_iter_based)
    return alone("MultiStepLR", lr, span, milestones=milestones, gamma=gamma)


def PolyLR(
    lr: Any, eta_min: Any = 0, power: Any = 1.0,
    begin: Any = 0, end: Any = INF, last_step: Any = -1, by_epoch: Any = True, verbose: Any = False,
    *, updates_per_epoch: Any = None, convert_to_iter_based: Any = False,
) -> Schedule:  # fmt: skip
    """A power of what is left of the window, down to ``eta_min`` at its last step.

        With N = end - begin - 1:
        t < begin           lr
        begin <= t < end    eta_min + (lr - eta_min) (1 - (t - begin) / N)^power
        end <= t            eta_min

    First update lr; peak at 0; last update eta_min; after the end held there.

    Args:
        lr: the base rate of the group; >= 0.
        eta_min: the rate at the last step, absolute; >= 0.
        power: the exponent; >= 0. With 0 it stays at lr.
        begin: the first epoch at which it moves the rate; whole, >= 0.
        end: the epoch from which on it leaves the rate; whole, > begin. In a config it is by default that of the run.
        last_step: -1; for resuming, in theirs.
        by_epoch: whether it steps, and begin and end count, epochs; False counts updates.
        verbose: left alone.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with by_epoch.
        convert_to_iter_based: as of a config: epochs are made updates, and it moves at each of them.

    Raises:
        ScheduleError: a number is out of its range, or updates_per_epoch is missing. Theirs divides by zero at its
            last step where the power is negative.

    Theirs:
        A window of one step leaves lr as it is.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, PolyParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.mmengine.PolyLR(1.0, power=2.0, end=11, by_epoch=False)
    >>> s(0), s(5), s(10)
    (1.0, 0.25, 0.0)
    """
    span = Span(begin, end, last_step, by_epoch, updates_per_epoch, convert_to_iter_based)
    return alone("PolyLR", lr, span, eta_min=eta_min, power=power)


def StepLR(
    lr: Any, step_size: Any, gamma: Any = 0.1,
    begin: Any = 0, end: Any = INF, last_step: Any = -1, by_epoch: Any = True, verbose: Any = False,
    *, updates_per_epoch: Any = None, convert_to_iter_based: Any = False,
) -> Schedule:  # fmt: skip
    """Multiplied by ``gamma`` every ``step_size`` steps of the window.

        t < begin           lr
        begin <= t < end    lr gamma^floor((t - begin) / step_size)
        end <= t            as at end - 1

    First update lr; peak at 0; last update where it has come to; after the end held there.

    Args:
        lr: the base rate of the group; >= 0.
        step_size: steps between drops; whole, >= 1.
        gamma: the factor of each drop; >= 0. Above 1 it rises, and is held once it comes to 1e300.
        begin: the first epoch at which it moves the rate; whole, >= 0.
        end: the epoch from which on it leaves the rate; whole, > begin. In a config it is by default that of the run.
        last_step: -1; for resuming, in theirs.
        by_epoch: whether it steps, and begin and end count, epochs; False counts updates.
        verbose: left alone.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with by_epoch.
        convert_to_iter_based: as of a config: epochs are made updates, and it moves at each of them.

    Raises:
        ScheduleError: a number is out of its range, or updates_per_epoch is missing.

    Theirs:
        Takes a negative ``gamma``, of which every other rate is negative; ours refuses it.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, StepParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.mmengine.StepLR(1.0, step_size=30, gamma=0.5, updates_per_epoch=10)
    >>> s(299), s(300), s(600)
    (1.0, 0.5, 0.25)
    """
    span = Span(begin, end, last_step, by_epoch, updates_per_epoch, convert_to_iter_based)
    return alone("StepLR", lr, span, step_size=step_size, gamma=gamma)
