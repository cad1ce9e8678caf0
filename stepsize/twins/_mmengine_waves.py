"""MMEngine's schedulers that go along cosines, and the one that answers to a metric."""

from typing import Any, NoReturn

from stepsize.schedule import Schedule
from stepsize.twins._metric import refuse
from stepsize.twins._mmengine_config import alone
from stepsize.twins._mmengine_line import INF, Span


def CosineAnnealingLR(
    lr: Any, T_max: Any = None, eta_min: Any = None,
    begin: Any = 0, end: Any = INF, last_step: Any = -1, by_epoch: Any = True, verbose: Any = False,
    eta_min_ratio: Any = None,
    *, updates_per_epoch: Any = None, convert_to_iter_based: Any = False,
) -> Schedule:  # fmt: skip
    """Half a cosine wave from the rate before the window to a minimum, which the window ends just before.

        With T = T_max, or end - begin:
        t < begin           lr
        begin <= t < end    eta_min + (lr - eta_min) (1 + cos(pi (t - begin) / T)) / 2, and eta_min after T steps
        end <= t            as at end - 1, above eta_min

    First update lr; peak at 0; last update just above eta_min; after the end held there, and eta_min is never used.

    Args:
        lr: the base rate of the group; >= 0.
        T_max: steps of the wave; whole, >= 1. None, or 0, takes end - begin.
        eta_min: the minimum, absolute; >= 0. Where neither it nor eta_min_ratio is given, 0.
        begin: the first epoch at which it moves the rate; whole, >= 0.
        end: the epoch from which on it leaves the rate; whole, > begin. In a config it is by default that of the run.
        last_step: -1; for resuming, in theirs.
        by_epoch: whether it steps, and begin and end count, epochs; False counts updates.
        verbose: left alone.
        eta_min_ratio: the minimum as a share of the base rate, instead; >= 0.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with by_epoch.
        convert_to_iter_based: as of a config: epochs are made updates, and it moves at each of them.

    Raises:
        ScheduleError: a number is out of its range, both eta_min and eta_min_ratio are given, or updates_per_epoch is
            missing.

    Theirs:
        Where the window goes on after T_max steps it rises again; ours is held at the minimum.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, CosineAnnealingParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.mmengine.CosineAnnealingLR(1.0, eta_min=0.1, begin=10, end=100, by_epoch=False)
    >>> s(10), round(s(99), 6), round(s(110), 6)
    (1.0, 0.100274, 0.100274)
    """
    span = Span(begin, end, last_step, by_epoch, updates_per_epoch, convert_to_iter_based)
    return alone("CosineAnnealingLR", lr, span, T_max=T_max, eta_min=eta_min, eta_min_ratio=eta_min_ratio)


def CosineRestartLR(
    lr: Any, periods: Any, restart_weights: Any = (1,), eta_min: Any = None, eta_min_ratio: Any = None,
    begin: Any = 0, end: Any = INF, last_step: Any = -1, by_epoch: Any = True, verbose: Any = False,
    *, updates_per_epoch: Any = None, convert_to_iter_based: Any = False,
) -> Schedule:  # fmt: skip
    """Half a cosine wave in each period, each from its own share of the base rate.

        With e steps since the start of period k, which lasts n:
        t < begin           the rate before
        0 <= e < n          eta_min + (lr restart_weights[k] - eta_min) (1 + cos(pi e / n)) / 2
        after the periods   as at their last step, above eta_min

    First update lr restart_weights[0]; peak at the start of a period; last update just above eta_min; after the
    end held there.

    Args:
        lr: the base rate of the group; >= 0.
        periods: steps of each wave; whole, >= 0, not all 0.
        restart_weights: the share of lr at which each starts; >= 0, as many as periods.
        eta_min: where each wave goes to, absolute; >= 0.
        eta_min_ratio: the same as a share of lr; exactly one of the two must be given.
        begin: the first epoch at which it moves the rate; whole, >= 0.
        end: the epoch from which on it leaves the rate; whole, > begin. In a config it is by default that of the run.
        last_step: -1; for resuming, in theirs.
        by_epoch: whether it steps, and begin and end count, epochs; False counts updates.
        verbose: left alone.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with by_epoch.
        convert_to_iter_based: as of a config: epochs are made updates, and it moves at each of them.

    Raises:
        ScheduleError: a number is out of its range, there are not as many weights as periods, not exactly one
            minimum is given, or updates_per_epoch is missing.

    Theirs:
        Takes periods that are not whole, and some then never start; ours refuses them.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, CosineRestartParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.mmengine.CosineRestartLR(1.0, [10, 20], [1, 0.5], eta_min=0, by_epoch=False)
    >>> s(0), round(s(5), 6), s(10), round(s(29), 6), s(30) == s(29)
    (1.0, 0.5, 0.5, 0.003078, True)
    """
    span = Span(begin, end, last_step, by_epoch, updates_per_epoch, convert_to_iter_based)
    return alone(
        "CosineRestartLR",
        lr,
        span,
        periods=periods,
        restart_weights=restart_weights,
        eta_min=eta_min,
        eta_min_ratio=eta_min_ratio,
    )


def OneCycleLR(
    lr: Any, eta_max: Any = 0, total_steps: Any = None, pct_start: Any = 0.3,
    anneal_strategy: Any = "cos", div_factor: Any = 25.0, final_div_factor: Any = 1e4, three_phase: Any = False,
    begin: Any = 0, end: Any = INF, last_step: Any = -1, by_epoch: Any = True, verbose: Any = False,
    *, updates_per_epoch: Any = None, convert_to_iter_based: Any = False,
) -> Schedule:  # fmt: skip
    """Up once and down once, far below the start; along half cosine waves or straight lines.

        With T = total_steps, or end - begin; start = eta_max / div_factor, low = start / final_div_factor,
        a = pct_start T - 1, and e = t - begin:
        t < begin               lr
        0 <= e <= a             from start to eta_max
        a <= e <= T - 1         from eta_max to low
        three_phase: a to 2a    from eta_max to start
        and from 2a to T - 1    from start to low
        T - 1 <= e              low

    First update start; peak at a, which need not be whole; last update low; after the end held at low.

    Args:
        lr: the base rate of the group; >= 0.
        eta_max: the highest rate; >= 0. Theirs is 0 unless given, and then so are all rates.
        total_steps: steps of the cycle, T; an int >= 1. None takes end - begin.
        pct_start: the share of T that rises; a float in [0, 1], and not 1 / T.
        anneal_strategy: "cos" or "linear".
        div_factor: how much lower the start is than the peak; > 0.
        final_div_factor: how much lower the last step is than the start; > 0.
        three_phase: fall back to the start in as many steps as it rose, and only then to the end.
        begin: the first epoch at which it moves the rate; whole, >= 0.
        end: the epoch from which on it leaves the rate; whole, > begin. In a config it is by default that of the run.
        last_step: -1; for resuming, in theirs.
        by_epoch: whether it steps, and begin and end count, epochs; False counts updates.
        verbose: left alone.
        updates_per_epoch: updates of an epoch; whole, >= 1. Needed with by_epoch.
        convert_to_iter_based: as of a config: epochs are made updates, and it moves at each of them.

    Raises:
        ScheduleError: a number is out of its range, pct_start is no float, or updates_per_epoch is missing. Theirs
            divides by zero where pct_start T is 1.

    Theirs:
        Where the window goes on after T steps it goes beyond its end, upwards or (linear) to a negative rate, and then
        raises; ours is held. It overwrites the base rate of those listed after it: see ``together``.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, OneCycleParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.mmengine.OneCycleLR(0.1, eta_max=1.0, total_steps=100, by_epoch=False)
    >>> s(0), s(29), s(99), s(100)
    (0.04, 1.0, 4e-06, 4e-06)
    """
    span = Span(begin, end, last_step, by_epoch, updates_per_epoch, convert_to_iter_based)
    return alone(
        "OneCycleLR",
        lr,
        span,
        eta_max=eta_max,
        total_steps=total_steps,
        pct_start=pct_start,
        anneal_strategy=anneal_strategy,
        div_factor=div_factor,
        final_div_factor=final_div_factor,
        three_phase=three_phase,
    )


def ReduceOnPlateauLR(lr: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """Lower each time a metric has stopped to improve: no schedule, but a policy, ``stepsize.adaptive.plateau``.

    First update lr; peak at 0; last update as the metric has it; after the end as the metric has it.

    Args:
        lr: the base rate of the group.
        args: theirs: monitor, rule, factor, patience, and so on.
        kwargs: theirs.

    Raises:
        ScheduleError: always. ``stepsize.adaptive.plateau`` is what to take.

    Source:
        mmengine/optim/scheduler/param_scheduler.py, ReduceOnPlateauParamScheduler; release 0.10.7.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.mmengine.ReduceOnPlateauLR(0.1, patience=5)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    stepsize.errors.ScheduleError: twins.mmengine.ReduceOnPlateauLR: the rate answers to a metric, ...
    """
    refuse("twins.mmengine.ReduceOnPlateauLR", (lr, *args, kwargs) if kwargs else (lr, *args))
