"""The rates of a run as the laws see them: areas, and drops in groups."""

from typing import Any, NamedTuple

import numpy as np

from stepsize.laws.effective import EffectiveRate

GROUPS = 768  # of drops, about; twice as many change a prediction by less than 1e-5 of it, see docs/laws.md


class Drops(NamedTuple):
    """Falls of the rate, in groups of neighbours.

    Attributes:
        size: how much the rate falls in a group; negative where it rises.
        rate: the rate after it, mean of the group by size.
        area: the sum of all rates before it, the same mean.
    """

    size: Any
    rate: Any
    area: Any


class Path(NamedTuple):
    """The rates of every update, and what all laws need of them.

    Attributes:
        rates: of update 0, 1, ..., after the effective rate, where one is asked for.
        area: of update k, the sum of the rates of updates 0 to k, warmup included.
        drops: eta_{k-1} - eta_k, of update k.
    """

    rates: Any
    area: Any
    drops: Any

    def grouped(self, groups: int | None = GROUPS) -> Drops:
        """The drops that are none of 0, in about so many groups of one sign each; all of them where that is None."""
        at = np.flatnonzero(self.drops)
        size, rate = self.drops[at], self.rates[at]
        before = self.area[at] - self.rates[at]
        if groups is None or len(at) <= groups:
            return Drops(size, rate, before)
        many = -(-len(at) // groups)
        label = np.arange(len(at)) // many + (len(at) + 1) * np.cumsum(np.r_[0, np.diff(np.sign(size)) != 0])
        edges = np.flatnonzero(np.r_[True, np.diff(label) != 0])
        whole = np.add.reduceat(size, edges)
        return Drops(
            whole, np.add.reduceat(size * rate, edges) / whole, np.add.reduceat(size * before, edges) / whole
        )


def path(
    rates: Any, warmup: int, *, effective: EffectiveRate | None = None, counts_warmup: bool = False
) -> Path:
    """Prepare the rates of a run.

    Args:
        rates: of every update; >= 0.
        warmup: updates of the warmup. What the rate rises within them is no negative drop.
        effective: what the rates are divided by, if anything.
        counts_warmup: the rise of the warmup is a drop all the same, a negative one, as in the code of the Multi-Power
            Law's authors.
    """
    seen = rates if effective is None else effective(rates)
    drops = np.r_[0.0, seen[:-1] - seen[1:]]
    if not counts_warmup:
        drops[: warmup + 1] = np.maximum(drops[: warmup + 1], 0.0)
    area = np.cumsum(seen)
    return Path(
        seen, np.maximum(area, area[area > 0][0]), drops
    )  # before the first update that moves, as after it
