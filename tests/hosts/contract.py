"""The contract of a host, as its tests see it: what a host can do, and what came of it."""

from dataclasses import dataclass, field
from typing import Any

import stepsize as ss

PEAK = 1e-2
STANDARD = ss.warmup_cosine(PEAK, 40, warmup=6, end=PEAK / 10)
OTHER = ss.warmup_linear(PEAK, 50, warmup=5)


@dataclass
class Ran:
    """A run that was made: the rate inside each of its updates, its losses, and a checkpoint of its end."""

    rates: list[float]
    losses: list[float] = field(default_factory=list)
    checkpoint: Any = None  # whatever the host needs to go on


class Host:
    """One way to train: real updates of a small model, under a schedule, and from a checkpoint of its own.

    A host's file in this folder inherits from this, and its name stands in ``HOSTS`` of ``test_contract.py``.
    """

    name = ""
    precision = 0.0  # relative: 0 where rates are float64, else that of the framework's rates
    deterministic = True  # whether a resumed run has the same losses bit for bit

    def train(self, s, until, *, start=None, on_change="error") -> Ran:
        """Apply updates until ``until`` are applied in all, from the beginning or from the checkpoint ``start``.

        The checkpoint goes through a file, as a user's does. ``on_change`` is the policy for a checkpoint of
        another schedule: "error", "mine" or "saved".
        """
        raise NotImplementedError
