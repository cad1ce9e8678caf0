"""Whole runs compared at once: long ones as an array, and the worst update noted, not every one."""

import numpy as np

from tests.twins.driving import TOLERANCE, note


def agree(ours, theirs, at=None, peak=0.0):
    """Ours gives the rates that a peer applied: of updates 0, 1, ..., or ``at`` these. The peak is that of these rates, or ``peak``.

    Raises:
        AssertionError: it does not, by more than the tolerance of the peak; the first update that differs is named.
    """
    rates = np.asarray(theirs, dtype=float)
    updates = np.arange(len(rates)) if at is None else np.asarray(at)
    found = np.asarray(ours(updates) if len(rates) > 200 else [ours(int(k)) for k in updates])
    errors = np.abs(found - rates) / (np.max(np.abs(rates), initial=peak) or 1.0)
    bad = np.flatnonzero(~(errors <= TOLERANCE))
    if bad.size:
        k = bad[0]
        raise AssertionError(
            f"update {updates[k]}: the peer applies {rates[k]!r}, {str(ours)[:200]} gives {found[k]!r}"
        )
    worst = int(np.argmax(errors))
    note(float(errors[worst]), ours, int(updates[worst]))
