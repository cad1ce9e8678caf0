"""The cooldowns of one trunk run."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.replan.changes import cooldown
from stepsize.schedule import Schedule


class Branch(NamedTuple):
    """One cooldown of a trunk: resume the trunk at ``resume``, follow ``schedule``, and be done at ``end``."""

    resume: int
    end: int
    schedule: Schedule


def branches(
    trunk: Schedule, *, at: Sequence[Any], fraction: Any = 0.2, end: Any = 0.0, shape: Any = "linear"
) -> tuple[Branch, ...]:
    """The cooldowns of one trunk run: a finished model at each of ``at``, for the price of its last part.

    Args:
        trunk: a schedule that goes on, such as ``wsd(peak, inf, warmup=...)`` or ``inverse_sqrt(...)``.
        at: where each branch ends; whole updates >= 1.
        fraction: the share of each branch that is cooldown; in (0, 1]. It is rounded to whole updates.
        end: the rate at its end.
        shape: any of :mod:`stepsize.shapes`.

    Returns:
        For each end where the trunk is resumed, and the schedule of the whole branch.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        Haegele et al., Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations, 2024 (arXiv
        2405.18392), section 4.

    >>> import stepsize as ss
    >>> trunk = ss.wsd(1.0, float("inf"), warmup=100)
    >>> [(b.resume, b.schedule(b.end)) for b in ss.replan.branches(trunk, at=[1000, 2000])]
    [(800, 0.0), (1600, 0.0)]
    """
    part = _accept.rate("replan.branches.fraction", fraction, above=0.0)
    if part > 1.0:
        raise ScheduleError(message("replan.branches.fraction", "must be in (0, 1]", fraction))
    ends = [_accept.count(f"replan.branches.at[{k}]", given) for k, given in enumerate(at)]
    starts = [stop - round(stop * part) for stop in ends]
    return tuple(
        Branch(start, stop, cooldown(trunk, start, stop - start, end=end, shape=shape))
        for start, stop in zip(starts, ends, strict=True)
    )
