"""What a schedule comes to: first, last, lowest, highest and mean rate, without asking it for every update."""

import math
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any, NamedTuple

from stepsize._accept import Number, whole
from stepsize.schedule.picture import horizon
from stepsize.schedule.stretches import Stretch, cuts, stretches
from stepsize.schedule.sums import added, total
from stepsize.schedule.value import Schedule

_FEW = 2000  # so many updates are simply asked, one by one
_APART = 50  # cycles
_LOOKS = 256  # at a rate that may rise and fall
_MOST = 1000  # stretches; a schedule of more is sampled


class Extreme(NamedTuple):
    """The lowest or highest rate and where it is first; one that is not ``reached`` is its limit just before."""

    rate: float
    at: Number
    reached: bool = True


class Summary(NamedTuple):
    """What a schedule comes to.

    On the clock "steps" it speaks of the rates that updates use, s(0), s(1), ...; on any other clock, of the curve.
    """

    until: Number
    first: float
    last: float
    held: float | None  # after the end; None where it goes on
    lowest: Extreme
    highest: Extreme
    mean: float
    exact: bool  # to about 1e-6 of the mean; else lowest, highest and mean are taken from samples


def summary(s: Schedule, until: Any = None) -> Summary:
    """First, last, lowest, highest and mean rate of s.

    Args:
        s: any schedule.
        until: the position where to stop, > 0; by default as far as :func:`~stepsize.schedule.picture.horizon`.

    Raises:
        ScheduleError: ``until`` is no such position.

    >>> import stepsize as ss
    >>> found = summary(ss.linear(0.0, 1.0, 10))
    >>> found.last, found.held, found.mean, found.highest
    (0.9, 1.0, 0.45, Extreme(rate=0.9, at=9, reached=True))
    """
    end, updates = horizon(s, until), s.clock == "steps"
    held = s._final if s.length <= end else None
    last = float(s(math.ceil(end) - 1)) if updates else s._limit(end)
    found = _asked(s, math.ceil(end)) if updates and end <= _FEW else _measured(s, end, updates)
    return Summary(end, float(s(0)), last, held, *found)


def _asked(s: Schedule, count: int) -> tuple[Extreme, Extreme, float, bool]:
    """Every update asked."""
    rates = [float(s(k)) for k in range(count)]
    lowest, highest = min(rates), max(rates)
    mean = added(rates) / count
    return Extreme(lowest, rates.index(lowest)), Extreme(highest, rates.index(highest)), mean, True


def _measured(s: Schedule, end: Number, updates: bool) -> tuple[Extreme, Extreme, float, bool]:
    """Each stretch measured."""
    found = list(islice(stretches(s, 0, end, float(updates), _APART), _MOST + 1))
    if len(found) > _MOST:
        found = [Stretch(s, 0, end, rough=True)]
    most = max(8, _LOOKS // len(found))
    looks = [look for stretch in found for look in _looks(s, stretch, updates, most)]
    lowest = min(looks, key=lambda look: (look.rate, not look.reached, look.at))
    highest = min(looks, key=lambda look: (-look.rate, not look.reached, look.at))
    mean = added([total(stretch, updates) for stretch in found]) / (math.ceil(end) if updates else end)
    return lowest, highest, mean, all(_known(stretch, updates) for stretch in found)


def _known(stretch: Stretch, updates: bool) -> bool:
    """Whether nothing of it is guessed."""
    few = updates and len(_updates(stretch, stretch.a, stretch.b)) <= _LOOKS
    return not (stretch.rough or stretch.loose) and (stretch.monotone or few)


def _updates(stretch: Stretch, a: Number, b: Number) -> range:
    return range(math.ceil(stretch.at(a)), math.ceil(stretch.at(b)))


def _looks(s: Schedule, stretch: Stretch, updates: bool, most: int) -> Iterator[Extreme]:
    """The rates among which its lowest and highest are."""
    own = _updates(stretch, stretch.a, stretch.b) if updates else range(0)
    if own and not stretch.monotone and len(own) <= _LOOKS:
        yield from (Extreme(stretch.rate(stretch.back(k)), k) for k in own)
        return
    for a, b in pairwise(cuts(stretch, most)):
        if updates:
            ends = _updates(stretch, a, b)
            yield from (Extreme(stretch.rate(stretch.back(k)), k) for k in {*ends[:1], *ends[-1:]})
        else:
            at, left = whole(stretch.at(b)), stretch.limit(b)
            yield Extreme(stretch.rate(a), whole(stretch.at(a)))
            yield Extreme(left, at, left == float(s(at)))
