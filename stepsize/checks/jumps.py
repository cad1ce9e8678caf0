"""Jumps where phases meet, and restarts, which are jumps on purpose."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from stepsize._accept import Number
from stepsize.checks import mend
from stepsize.checks.case import Case
from stepsize.checks.rule import Found, rule
from stepsize.schedule.stretches import Stretch

_JUMP = 0.1  # of the peak
_UNUSED = 0.01  # of the peak, as for "peak-unused"
_SAME = 1e-6  # of a rate: to come back to it
_LATE = 0.9  # of the run
_HALF = 0.5  # of the cycle before


class Jump(NamedTuple):
    """Where the rate jumps from one phase to the next: up, back up to where it was, or down."""

    at: Number
    before: float
    after: float
    restarts: bool  # up, but not above what was there before
    meant: bool  # down between constant rates, as step decay, or up at the start, as a constant warmup


def jumps(case: Case) -> Iterator[Jump]:
    """The jumps of more than 10% of the peak; those within a table or a staircase are its own."""
    top, still = case.rate(0), True
    for a, b in pairwise(case.stretches):
        before, after = a.limit(a.b), b.rate(b.a)
        top, still = max(top, a.rate(a.a), before), still and _flat(a)
        if abs(after - before) > _JUMP * max(abs(case.peak), abs(case.lowest.rate)):
            meant = still if after > before else _flat(a) and _flat(b)
            back = after > before and after <= top * (1 + _SAME)
            yield Jump(b.at(b.a), before, after, back, meant)


def _flat(stretch: Stretch) -> bool:
    return stretch.rate(stretch.a) == stretch.limit(stretch.b)


@rule(
    "jump",
    "warning",
    why="Where phases do not meet, one of them was given another rate, length or start than was meant.",
    source="huggingface/transformers PR#4940; NeMo's holds and square roots, the WSD of transformers: "
    "docs/peers.md",
    remedy="Let each phase begin where the one before ends.",
)
def jump(case: Case) -> Iterator[Found]:
    """Between two phases the rate jumps by more than 10% of the peak: up, or down where one of them moves. Restarts,
    steps down between constant rates, and a constant warmup are meant.
    """
    for found in jumps(case):
        unused = found.before > case.peak / (1 - _UNUSED)  # then "peak-unused" says so
        if not (found.restarts or found.meant or unused):
            what = f"The rate jumps from {case.shown(found.before)} to {case.shown(found.after)}."
            yield Found(what, found.at, mend=mend.meeting(case.schedule, found.at))
            return


def late_restart(case: Case) -> Jump | None:
    """The restart that comes too late, where there is one."""
    restarts = [found for found in jumps(case) if found.restarts]
    if not restarts or not case.run or restarts[-1].at < _LATE * case.run:
        return None
    before = restarts[-2].at if restarts[1:] else 0
    return restarts[-1] if case.run - restarts[-1].at < _HALF * (restarts[-1].at - before) else None
