"""Which proposal comes nearest, and where it still differs: every update of the run is compared."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from stepsize.configs.outline import Outline, places
from stepsize.errors import ScheduleError
from stepsize.schedule import Schedule

SAME = 1e-9
"""Differences up to this share of the peak are none: it is far below what float32, in which most trainers keep a
rate, can tell apart."""

_NOT = (0.0, 0.0)  # apart
_FEW = 3000  # updates at which all proposals are compared
_FINALISTS = 8  # of which all updates are
_LISTED = 5  # stretches that are told
_GAP = 0.01  # of the run: stretches that are nearer together are told as one


class Near(NamedTuple):
    """A proposal, the schedule that it amounts to, and its largest difference as a share of the peak."""

    made: Any
    schedule: Schedule
    worst: float


def nearest(o: Outline, made: Iterator[tuple[Any, Schedule]]) -> Near | None:
    """The first proposal with the same rates, else the nearest in its worst update; of those as near, on average.

    None where there is no proposal.
    """
    few = places(o.schedule, o.steps, _FEW)
    meant = o.schedule(few)
    rough = []
    for proposal, s in made:
        if s.clock != "steps":
            continue
        key = _apart(s(few), meant, o.peak)
        if key == _NOT and _whole(o, proposal, s)[0] == _NOT:
            return _whole(o, proposal, s)[1]
        rough.append((*key, proposal, s))
    rough.sort(key=lambda one: one[:2])
    found = [_whole(o, proposal, s) for _, _, proposal, s in rough[:_FINALISTS]]
    return min(found, key=lambda one: one[0])[1] if found else None


def _whole(o: Outline, proposal: Any, s: Schedule) -> tuple[tuple[float, float], Near]:
    """A proposal compared over the whole run, and how far it is from it."""
    rates = s(o.at)
    return _apart(rates, o.rates, o.peak), Near(proposal, s, float(abs(rates - o.rates).max()) / o.peak)


def _apart(rates: Any, meant: Any, peak: float) -> tuple[float, float]:
    """The largest difference in two digits, and the mean one; both 0 where none can be told."""
    apart = abs(rates - meant) / peak
    worst = float(apart.max())
    return (float(f"{worst:.1e}"), float(apart.mean())) if worst > SAME else _NOT


def made(calls: Iterator[Any]) -> Iterator[tuple[Any, Schedule]]:
    """Proposals with their schedules; those that a library refuses are left out."""
    for one in calls:
        with suppress(ScheduleError):
            yield one, one.made()


def differences(o: Outline, given: Schedule) -> tuple[str, ...]:
    """Where a schedule gives other rates, a sentence a stretch, worst first."""
    import numpy as np

    rates = np.asarray(given(o.at), float)
    apart = np.abs(rates - o.rates) / o.peak
    found = np.flatnonzero(apart > SAME)
    if not found.size:
        return ()
    breaks = np.flatnonzero(np.diff(o.at[found]) > max(1, _GAP * o.steps))
    stretches = np.split(found, breaks + 1)
    stretches.sort(key=lambda own: -float(apart[own].max()))
    told = [_told(o, rates, apart, own) for own in stretches[:_LISTED]]
    more = len(stretches) - len(told)
    return (
        *told,
        *([f"and in {more} more {'stretch' if more == 1 else 'stretches'}, by less"] if more else []),
    )


def _told(o: Outline, rates: Any, apart: Any, own: Any) -> str:
    k = own[apart[own].argmax()]
    first, last, worst = int(o.at[own[0]]), int(o.at[own[-1]]), int(o.at[k])
    where = f"update {first:,}" if first == last else f"updates {first:,} to {last:,}"
    return (
        f"{where}: up to {100 * float(apart[k]):.3g}% of the peak, "
        f"at {worst:,} {float(rates[k]):.6g} for {float(o.rates[k]):.6g}"
    )
