"""DeepSpeed's cycle and its range test; these two do not lag."""

import math
from itertools import groupby
from typing import Any

from stepsize import _accept, tails
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, decay, hold, linear, table
from stepsize.schedule.chain import chain
from stepsize.twins._tables import listed

_MOST_STAIRS = 1000


def OneCycle(
    lr: Any,
    cycle_min_lr: Any,
    cycle_max_lr: Any,
    decay_lr_rate: Any = 0.0,
    cycle_first_step_size: Any = 2000,
    cycle_second_step_size: Any = None,
    cycle_first_stair_count: Any = 0,
    cycle_second_stair_count: Any = None,
    decay_step_size: Any = 0,
    cycle_momentum: Any = True,
    cycle_min_mom: Any = 0.8,
    cycle_max_mom: Any = 0.9,
    decay_mom_rate: Any = 0.0,
) -> Schedule:
    """Up in a line and down in a line, in stairs if so wished, and then a slow fade from the lower rate.

    With F = cycle_first_step_size, S = cycle_second_step_size, lo = cycle_min_lr, hi = cycle_max_lr, and c stairs in
    the half, x falling to floor(c x) / c where c > 0:
        t <= F            lo + (hi - lo) x, x = t / F
        F < t < F + S     lo + (hi - lo) x, x = (F + S - t) / S
        F + S <= t        lo / (1 + decay_lr_rate (t - F - S) / decay_step_size)

    First update lo; peak at F; last update on the fade; after the end it goes on fading.

    Args:
        lr: the base rate of the group, which theirs replaces by cycle_min_lr; >= 0.
        cycle_min_lr: the lower rate, absolute; >= 0.
        cycle_max_lr: the upper rate, absolute; >= 0.
        decay_lr_rate: how fast it fades, >= 0; with 0 it stays at lo.
        cycle_first_step_size: updates up, F; whole, >= 1.
        cycle_second_step_size: updates down, S; whole, >= 0. None takes F.
        cycle_first_stair_count: stairs on the way up; whole, >= 0; 0 is a line.
        cycle_second_stair_count: stairs on the way down. None takes those of the way up.
        decay_step_size: updates in which the fade takes decay_lr_rate, >= 0; with 0 it stays at lo.
        cycle_momentum: taken, and without meaning here, as are the next three: a twin gives the rate.
        cycle_min_mom: see cycle_momentum.
        cycle_max_mom: see cycle_momentum.
        decay_mom_rate: see cycle_momentum.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        With cycle_momentum it replaces both betas of Adam, and its decay raises the first above 1. Sizes that are not
        whole begin a second cycle for one update; ours refuses them.

    Source:
        deepspeed/runtime/lr_schedules.py, OneCycle; release 0.19.8.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.deepspeed.OneCycle(0.1, 0.01, 0.1, decay_lr_rate=1.0, cycle_first_step_size=10, decay_step_size=50)
    linear(0.01, 0.1, 10) >> linear(0.1, 0.01, 10) >> decay(0.01, 'power_law(50, 1)')
    """
    where = "twins.deepspeed.OneCycle"
    _accept.rate(f"{where}.lr", lr, least=0.0)
    low = _accept.rate(f"{where}.cycle_min_lr", cycle_min_lr, least=0.0)
    high = _accept.rate(f"{where}.cycle_max_lr", cycle_max_lr, least=0.0)
    up = _accept.count(f"{where}.cycle_first_step_size", cycle_first_step_size)
    second = up if cycle_second_step_size is None else cycle_second_step_size
    down = _accept.count(f"{where}.cycle_second_step_size", second, 0)
    stairs = _accept.count(f"{where}.cycle_first_stair_count", cycle_first_stair_count, 0)
    second = stairs if cycle_second_stair_count is None else cycle_second_stair_count
    stairs_down = _accept.count(f"{where}.cycle_second_stair_count", second, 0)
    fade = _accept.rate(f"{where}.decay_lr_rate", decay_lr_rate, least=0.0)
    every = _accept.rate(f"{where}.decay_step_size", decay_step_size, least=0.0)
    rise = (
        _stairs(low, high, [t * stairs // up for t in range(listed(where, up))], stairs) if stairs else None
    )
    levels = [(down - t) * stairs_down // down for t in range(listed(where, down))] if stairs_down else []
    fall = _stairs(low, high, levels, stairs_down) if stairs_down and down else None
    rest = decay(low, tails.power_law(every / fade, 1.0)) if low and fade and every else hold(low)
    return (rise or linear(low, high, up)) >> (fall or linear(high, low, down)) >> rest


def _stairs(low: float, high: float, levels: list[int], count: int) -> Schedule:
    """The stair that each update stands on, those of one height together."""
    heights = [(low + (high - low) * (level / count), len(list(same))) for level, same in groupby(levels)]
    if len(heights) <= _MOST_STAIRS:
        return chain(*(hold(height, steps) for height, steps in heights))
    return table([height for height, steps in heights for _ in range(steps)])


def LRRangeTest(
    lr: Any,
    lr_range_test_min_lr: Any = 1e-3,
    lr_range_test_step_size: Any = 2000,
    lr_range_test_step_rate: Any = 1.0,
    lr_range_test_staircase: Any = False,
    *,
    steps: Any,
) -> Schedule:
    """A line that rises as long as the test runs, or stairs.

    With lo = lr_range_test_min_lr, S = lr_range_test_step_size:
        t < steps     lo (1 + lr_range_test_step_rate x), x = t / S, or floor(t / S) with stairs
        steps <= t    held

    First update lo; peak at the end; last update lo (1 + lr_range_test_step_rate (steps - 1) / S); after the end
    held (theirs rises without end).

    Args:
        lr: the base rate of the group, which theirs replaces by lr_range_test_min_lr; >= 0.
        lr_range_test_min_lr: the first rate, absolute; >= 0.
        lr_range_test_step_size: updates in which it grows by the first rate, an int >= 1.
        lr_range_test_step_rate: times that growth; >= 0.
        lr_range_test_staircase: whether it moves only every S updates.
        steps: updates of the test; whole, >= 1. Theirs is not told.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        deepspeed/runtime/lr_schedules.py, LRRangeTest; release 0.19.8.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.deepspeed.LRRangeTest(0.1, 1.0, 100, 5.0, steps=1000)
    >>> s
    linear(1.0, 51.0, 1000)
    """
    where = "twins.deepspeed.LRRangeTest"
    _accept.rate(f"{where}.lr", lr, least=0.0)
    low = _accept.rate(f"{where}.lr_range_test_min_lr", lr_range_test_min_lr, least=0.0)
    growth = _accept.rate(f"{where}.lr_range_test_step_rate", lr_range_test_step_rate, least=0.0)
    size = lr_range_test_step_size
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ScheduleError(message(f"{where}.lr_range_test_step_size", "must be an int >= 1", size))
    length = _accept.count(f"{where}.steps", steps)
    if lr_range_test_staircase:
        count = math.ceil(length / size)
        return linear(low, low * (1.0 + growth * count), count * size).staircase(size)
    return linear(low, low * (1.0 + growth * length / size), length)
