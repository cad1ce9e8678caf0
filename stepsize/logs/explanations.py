"""What may have happened to a schedule that was planned: each explanation, and how much of a log it explains."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from stepsize.logs.explanation import Told, explains, off_plan
from stepsize.logs.identifying.round import roundest, whole
from stepsize.logs.identifying.series import Series
from stepsize.logs.paces import paces
from stepsize.schedule import Schedule

_LAGS = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5)
_GRID = 400


def explained(
    seen: Series,
    schedule: Schedule,
    plan: Callable[[Any], Any],
    o: int,
    off: Any,
    per_epoch: float | None,
) -> Iterator[Told]:
    """Every explanation that is tried, the plainest first: of two that are as good, that one is taken."""
    t = seen.t + o
    for lag in _LAGS:
        many, side = "update" if abs(lag) == 1 else "updates", "ahead of" if lag > 0 else "behind"
        what = f"The rates run {abs(lag)} {many} {side} the plan."
        left = off_plan(seen, plan(t + lag))
        yield Told("lag", what, lag, 0.0 if left[~off].any() else 1.0 - float(left[off].mean()))
    yield from paces(seen, plan, o, off, per_epoch)
    yield from _scaled(seen, plan(t), off)
    yield from _reset(seen, plan, o, off)
    yield from _stretched(seen, schedule, t, off)


def _scaled(seen: Series, planned: Any, off: Any) -> Iterator[Told]:
    known = np.abs(planned) > 10 * seen.q
    if known.any():
        weight = np.abs(planned[known]) >= np.abs(planned[known]).max() / 2
        ratios = (seen.r[known] / planned[known])[weight]
        slack = float((seen.q[known] / np.abs(planned[known]))[weight].min())
        ratio = float(np.median(ratios))
        factor = roundest((ratio - slack, ratio + slack), ratio).value
        if factor > 0 and abs(factor - 1) > slack:
            what = f"The rates are {factor:g} of the planned ones."
            yield Told("scaled", what, factor, explains(seen, off, factor * planned))


def _reset(seen: Series, plan: Callable[[Any], Any], o: int, off: Any) -> Iterator[Told]:
    """The schedule began anew about where the rates first depart."""
    first = int(off.argmax())
    rows = np.zeros_like(off)
    rows[first:] = True
    low = float(seen.t[first - 1]) if first else float(seen.t[0]) - seen.gap
    high = math.floor(float(seen.t[first])) + 1
    grid = np.linspace(math.floor(low), high, min(high - math.floor(low), _GRID) + 1)
    if not first:
        return
    told = [1.0 - float(off_plan(seen, plan(np.maximum(seen.t + o - here, 0)))[rows].mean()) for here in grid]
    best = int(np.argmax(told))
    good = grid[np.asarray(told) >= told[best]]
    here = whole((float(good[0]), float(good[-1])), float(grid[best])).value
    what = f"From step {here:,.0f} on the schedule ran again from its first update."
    yield Told("reset at resume", what, here, told[best])


def _stretched(seen: Series, schedule: Schedule, t: Any, off: Any) -> Iterator[Told]:
    """Another horizon: the phases after the warmup take longer or shorter, by one factor, which is searched for."""
    bare = schedule if schedule.clock == "steps" else schedule._bare
    phases = [phase for phase in bare.phases() if phase.stop > phase.start]
    if not math.isfinite(bare.length) or not phases:
        return
    rising = phases[0].last > phases[0].first and len(phases) > 1
    for warmup in {phases[0].stop if rising else 0, 0}:
        rest = bare[warmup:] if warmup else bare

        def rates(factor: float, warmup: Any = warmup, rest: Schedule = rest) -> Any:
            return np.where(t < warmup, bare(t), rest((t - warmup) / factor))

        def apart(factor: float, rates: Callable[[float], Any] = rates) -> float:
            return float(np.log1p(np.abs(rates(factor) - seen.r)[off] / seen.q[off]).mean())

        best = _least(apart)
        exact = (round(warmup + best * float(rest.length)) - warmup) / float(rest.length)
        best = max((exact, best), key=lambda factor: explains(seen, off, rates(factor)))
        length = warmup + best * float(rest.length)
        what = (
            f"The horizon is another one: {length:,.0f} updates, and {float(bare.length):,.0f} were planned."
        )
        yield Told("other horizon", what, length / float(bare.length), explains(seen, off, rates(best)))


def _least(apart: Callable[[float], float]) -> float:
    """The factor from 1/20 to 20 that is nearest: on a grid first, then ever finer about its best."""
    grid = np.geomspace(1 / 20, 20, 600)
    for _ in range(7):
        told = [apart(float(factor)) for factor in grid]
        k = int(np.argmin(told))
        best = float(grid[k])
        grid = np.linspace(grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)], 25)
    return best
