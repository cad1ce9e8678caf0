"""The effective rate: what a rate means once the weights have grown under it."""

from itertools import pairwise
from typing import Any

import numpy as np

from stepsize._accept import Number
from stepsize._value import Value
from stepsize.errors import ScheduleError, message

_LARGEST = 300.0  # of an exponent; beyond it the sum is taken up anew
N0 = 1e-3  # what the public curves look like; see docs/laws.md


class EffectiveRate(Value):
    """Rates divided by the norm that the weights have by then, under AdamW with decoupled decay.

        n_0      = n0
        n_{k+1}  = (1 - eta_k * weight_decay)^2 * n_k + eta_k^2
        rate_k   = eta_k / sqrt(n_k)

    A law on these rates carries over to other peaks, for what a rate does depends on the norm of what it moves.

    Args:
        weight_decay: of AdamW, in [0, 1]; it is multiplied by the rate, as in PyTorch.
        n0: squared norm of the weights at the start, in units of the squared norm of one update at rate 1, > 0. With
            initial weights of standard deviation std and updates of root mean square u it is (std / u)^2: 0.02 and 0.2
            to 1 give 4e-4 to 1e-2.

    Raises:
        ScheduleError: a number is out of its range.

    >>> EffectiveRate(0.1, 1e-3)(np.array([0.0, 3e-4, 3e-4])).round(6).tolist()
    [0.0, 0.009487, 0.009487]

    Source: the norm of weights under decay, 2006.08419 section 3; laws on the effective rate, docs/laws.md.
    """

    weight_decay: float
    n0: float = N0

    def __post_init__(self) -> None:
        if not 0 <= self.weight_decay <= 1:
            raise ScheduleError(message("EffectiveRate.weight_decay", "must be in [0, 1]", self.weight_decay))
        if not 0 < self.n0 < np.inf:
            raise ScheduleError(message("EffectiveRate.n0", "must be above 0", self.n0))

    @classmethod
    def of(cls, weight_decay: Number, std: Number = 0.02, update: Number = 0.6) -> "EffectiveRate":
        """The same from the initial standard deviation and the root mean square of an update at rate 1.

        >>> round(EffectiveRate.of(0.1, std=0.02, update=0.4).n0, 5)
        0.0025
        """
        return cls(float(weight_decay), (float(std) / float(update)) ** 2)

    def __call__(self, rates: Any) -> Any:
        """The effective rate of every update; as many as there are rates."""
        return rates / np.sqrt(self.norms(rates))

    def norms(self, rates: Any) -> Any:
        """n_k before every update: P_k (n_0 + sum_{j<k} eta_j^2 / P_{j+1}), P_k the product of the first k factors."""
        found, n = np.empty(len(rates)), float(self.n0)
        fades = 2 * np.log1p(-np.minimum(rates * self.weight_decay, 0.5))
        for a, b in _pieces(fades):
            shrunk = np.cumsum(fades[a:b])
            after = np.exp(shrunk) * (n + np.cumsum(rates[a:b] ** 2 * np.exp(-shrunk)))
            found[a], found[a + 1 : b] = n, after[:-1]
            n = float(after[-1])
        return found


def _pieces(fades: Any) -> list[tuple[int, int]]:
    """Where the product is begun anew, so that none of its inverses is too large."""
    place = (np.cumsum(-fades) / _LARGEST).astype(int)
    edges = [0, *(np.flatnonzero(np.diff(place)) + 1).tolist(), len(fades)]
    return list(pairwise(edges))
