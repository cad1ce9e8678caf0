"""What peers really apply, and how far our twins are from it."""

import os
from collections.abc import Callable, Sequence

LENGTHS = (1, 2, 3, 10, 100, 12345)
RATES = (0.3, 0.04)  # the base rates of two groups
TOLERANCE = 1e-12  # of the peak

WORST: dict[str, tuple[float, str]] = {}
"""The largest error of each peer, as a share of the peak, and where it was found; ``python -m tests.twins`` prints it."""


def same(
    ours: Callable[[int], float], theirs: Sequence[float], tolerance: float = TOLERANCE, first: int = 0
) -> None:
    """Ours gives, update for update from ``first`` on, the rates that a peer applied; the first that differs is named.

    Raises:
        AssertionError: it does not, by more than ``tolerance`` of the peak.
    """
    peak = max(map(abs, theirs)) or 1.0
    for k, rate in enumerate(theirs, start=first):
        error = abs(ours(k) - rate) / peak
        assert error <= tolerance, f"update {k}: the peer applies {rate!r}, {ours!r} gives {ours(k)!r}"
        note(error, ours, k)


def note(error: float, ours: Callable[[int], float], k: int) -> None:
    """Remember the worst error of the peer whose test is running."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "tests/twins/test_none.py::")
    peer = test.split("::")[0].rsplit("test_", 1)[-1].removesuffix(".py")
    if error > WORST.get(peer, (-1.0, ""))[0]:
        WORST[peer] = error, f"{str(ours)[:200]} at {k}"
