"""A schedule of a library, built from settings: how it is driven, and what its formula says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.logs.curves import Array, Curve
from bench.logs.settings import Settings


@dataclass(frozen=True)
class Made:
    """One built schedule.

    ``drive(updates, each)`` gives the rates that the library itself applies at these updates, its scheduler stepped
    ``each`` times an update. ``curves`` reach as far as ``limit``. ``ends`` is the position of its end, None where it
    has none; ``smooth`` says that it moves between edges, and ``from_zero`` that it starts at exactly 0 or at its peak.
    """

    library: str
    call: str
    curves: list[Curve]
    drive: Callable[[Array, int], Array]
    ends: float | None = None
    limit: float = np.inf
    smooth: bool = True
    from_zero: bool = True
    slack: float = 1e-9  # how far the library may be from the formula, as a share of the peak
    counts: str = "steps"
    settings: Any = None  # from which it was made, of a scheduler of torch
    build: Callable[[Any], Any] | None = None  # and what makes it, given an optimizer


Recipe = Callable[[Settings], Made]


def sequential(
    start: Callable[[], tuple[Callable[[], float], Callable[[], object]]],
) -> Callable[[Array, int], Array]:
    """Drive what only goes forward: ``start()`` gives what reads the rate and what makes one step."""

    def drive(updates: Array, each: int) -> Array:
        read, step = start()
        last = int(updates.max())
        rates = np.empty(last + 1)
        for k in range(last + 1):
            rates[k] = read()
            for _ in range(each if k < last else 0):
                step()
        return rates[updates.astype(int)]

    return drive
