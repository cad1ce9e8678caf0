"""Cycles that the run cuts in their middle, or lets begin too late."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from stepsize._accept import Number
from stepsize.checks import jumps, mend
from stepsize.checks.case import Case
from stepsize.checks.rule import Found, rule
from stepsize.schedule import Chain, Repeat

_ALMOST = 0.02  # of a cycle: so near to its start or its end it is whole
_UNUSED = 0.01  # of the peak
_HIGH = 0.1  # of the way from the lowest to the highest rate: below, the cycle has as good as ended


class Cut(NamedTuple):
    """The cycle that the end of the run cuts: its number from 0, and how much of it is run."""

    number: int
    done: float

    @property
    def whole(self) -> int:
        """As many whole cycles as come nearest."""
        return max(self.number + round(self.done), 1)


def cut(case: Case) -> Cut | None:
    """The cycle in which the run ends, where it ends in one."""
    run, start = case.told, Fraction(0)
    bare = case.schedule._bare
    for phase in bare.joined if isinstance(bare, Chain) else (bare,):
        if run is None or run <= start:
            return None
        inside = Fraction(run) - start
        if isinstance(phase, Repeat) and inside < phase.length:
            return _within(phase, inside)
        if phase.length == math.inf:
            return None
        start += Fraction(phase.length)
    return None


def _within(cycles: Repeat, place: Fraction) -> Cut:
    k, number = 0, place
    if cycles.growth == 1.0:
        k = int(place / Fraction(cycles.schedule.length))
        return Cut(k, float(place / Fraction(cycles.schedule.length) - k))
    while number >= cycles._lengths[k]:
        number -= cycles._lengths[k]
        k += 1
    return Cut(k, float(number / cycles._lengths[k]))


@rule(
    "cycle-cut",
    "warning",
    why="A cycle gives its result at its end; cut in its middle, the run ends at a rate that is far from "
    "low.",
    source="Loshchilov and Hutter, arXiv 1608.03983; huggingface/transformers#35942",
    remedy="Let whole cycles fill the run.",
    asks=("run",),
)
def cycle_cut(case: Case) -> Iterator[Found]:
    """The run ends within a cycle, at a rate that is not low: more than 10% of the way up from its lowest rate."""
    found, run = cut(case), case.told
    if found is None or run is None or jumps.late_restart(case) or not _ALMOST < found.done < 1 - _ALMOST:
        return
    rate, low, high = case.rate(_last(case, run)), case.lowest.rate, case.peak
    if rate - low <= _HIGH * (high - low):
        return
    what = f"The run ends at {case.share(found.done)} of cycle {found.number + 1}, at a rate of {case.shown(rate)}."
    mended = mend.whole_cycles(case.schedule, found.whole, run)
    yield Found(what, _last(case, run), mend=mended)


def _last(case: Case, run: Number) -> Number:
    return run if case.last is None else case.last


@rule(
    "restart-late",
    "warning",
    why="A restart undoes what the fall before it has gained, and what is left of the run is too short to "
    "gain it again.",
    source="Loshchilov and Hutter, arXiv 1608.03983: results are read at the end of a cycle, not after it",
    remedy="Leave the last restart out, or let the cycles fill the run.",
)
def restart_late(case: Case) -> Iterator[Found]:
    """The last restart is in the last 10% of the run, and its cycle gets less than half of the one before."""
    late = jumps.late_restart(case)
    if late is not None and case.run:
        left = case.run - late.at
        what = f"The rate restarts {case.counted(left)} before the run ends, after {case.counted(late.at)}."
        found = cut(case)
        yield Found(what, late.at, mend=found and mend.whole_cycles(case.schedule, found.whole, case.run))


@rule(
    "minimum-unused",
    "note",
    why="A cycle that falls to its minimum over n updates has it only at its end, where the next one "
    "begins: short cycles never come near it.",
    source="pytorch/pytorch#47560: from 0.1, CosineAnnealingWarmRestarts(T_0=10, eta_min=1e-3) uses no "
    "rate below 3.4e-3",
    remedy="Let the last update of each cycle be at its minimum.",
)
def minimum_unused(case: Case) -> Iterator[Found]:
    """The lowest rate that an update uses is more than 1% of the peak above the rate at which cycles end."""
    bare = case.schedule._bare
    last = bare.joined[-1] if isinstance(bare, Chain) else bare
    if case.schedule.clock != "steps" or not isinstance(last, Repeat) or case.peak <= 0:
        return
    end, used = last.schedule._final, case.lowest.rate
    if used - end > _UNUSED * case.peak and last.schedule.length <= case.end:
        what = f"No update is applied at {case.shown(end)}, where cycles end: the lowest used is {case.shown(used)}."
        yield Found(what, case.lowest.at, mend=mend.ending_included(case.schedule))
