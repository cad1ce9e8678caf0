"""A log cut into stretches, each one curve: the cheapest way to explain all rows within their rounding."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from stepsize.logs.identifying.curves import BEGUN, CURVED, PLAIN, Family
from stepsize.logs.identifying.fits import NEAR

_BESIDE = (-1, 0, 1, 2)  # rows beside a joint of plain stretches, where a curved one may begin
_LATE = 0.02  # of the log: how much of it must be missing before a row for a curve to have begun long before
_HOLE = 8  # usual distances of two rows: the same
_MANY = (
    4  # joints of plain stretches within a curve, from which on it explains them, and nothing begins at them
)


class Stretch(NamedTuple):
    """Rows [a, b] that lie on one curve of the family."""

    a: int
    b: int
    family: str


def late(t: Any) -> Any:
    """The rows before which much of a log is missing, so that a curve may have begun there long before."""
    gaps = np.diff(t)
    hole = max(_LATE * (t[-1] - t[0]), _HOLE * float(np.median(gaps))) if len(gaps) else np.inf
    after = np.flatnonzero(gaps > hole) + 1
    return np.concatenate([[0], after]) if t[0] > _LATE * (t[-1] - t[0]) else after


def stretches(t: Any, r: Any, q: Any, begun: list[int]) -> list[Stretch]:
    """Cut rows into stretches, so that the costs of their families add up to the least.

    Curved families are tried only from where a cut into plain ones has its joints: that is where curves begin; and not
    within a curve that explains several of them. At the rows ``begun`` a wave may have begun long before.
    """
    n = len(t)
    reach = {family: _reach(family, t, r, q, range(n)) for family in PLAIN}
    found = _cheapest(reach, n)
    joints = [stretch.a for stretch in found]
    stops = [
        one.a - 1 for one in found if one.family == "hold" and one.b - one.a >= 2
    ]  # where a curve may have ended
    reach |= {family: {} for family in CURVED}
    reach[BEGUN] = _reach(BEGUN, t, r, q, begun, stops)
    explained = -1
    for k, joint in enumerate(joints):
        starts = {max(joint + beside, 0) for beside in _BESIDE}
        for a in sorted(start for start in starts if start > explained - 2):
            for family in CURVED:
                reach[family] |= _reach(family, t, r, q, [a], stops)
        last = max(reach[family].get(a, -1) for family in CURVED for a in starts)
        if sum(joint < other < last - 1 for other in joints[k:]) >= _MANY:
            explained = max(explained, last)
    return _cheapest(reach, n)


def _cheapest(reach: dict[Family, dict[int, int]], n: int) -> list[Stretch]:
    cost = np.full(n + 1, np.inf)
    cost[0] = 0.0
    came: list[Stretch | None] = [None] * (n + 1)
    for a in range(n):
        for family, last in reach.items():
            for b in range(a + family.least - 1, last.get(a, -1) + 1):
                # Of ways that cost the same, the one with the longest stretch
                total = cost[a] + family.cost - 1e-6 * ((b - a) / n) ** 2
                if total < cost[b + 1]:
                    cost[b + 1], came[b + 1] = total, Stretch(a, b, family.name)
    found: list[Stretch] = []
    end = n
    while end > 0 and (last_one := came[end]) is not None:
        found.append(last_one)
        end = last_one.a
    return found[::-1]


def _reach(
    family: Family, t: Any, r: Any, q: Any, starts: Iterable[int], stops: Iterable[int] = ()
) -> dict[int, int]:
    """For each start, the last row that lies on one curve with it and all rows between; none where too few do."""
    n, b = len(t), 0
    found = {}
    for a in starts:
        shortest = a + family.least - 1
        end = _one_way_until(r, q, a)  # a row or two of it may belong to what follows
        stop = next((one for one in stops if one > shortest), end)
        likely = (b,) if family in PLAIN else (b, stop, end, end - 1, end - 2)
        b = max(
            (end for end in likely if end > shortest and _fits(family, t, r, q, a, end)), default=shortest
        )
        if b == shortest and not _fits(family, t, r, q, a, b):
            continue
        step = 1
        while b + step < n and _fits(family, t, r, q, a, b + step):
            b, step = b + step, step * 2
        bad = min(b + step, n)
        while bad - b > 1:
            middle = (b + bad) // 2
            b, bad = (middle, bad) if _fits(family, t, r, q, a, middle) else (b, middle)
        found[a] = b
    return found


def _one_way_until(r: Any, q: Any, a: int) -> int:
    """The last row to which the rates rise, or fall, all the way from row a."""
    steps, slack = np.diff(r[a:]), q[a + 1 :] + q[a:-1]
    ends = [int(bad.argmax()) if bad.any() else len(steps) for bad in (steps > slack, steps < -slack)]
    return a + max(ends)


def _fits(family: Family, t: Any, r: Any, q: Any, a: int, b: int) -> bool:
    if b >= len(t):
        return False
    inside = t[a : b + 1] - t[a]
    return family.best(inside / (inside[-1] or 1.0), r[a : b + 1], q[a : b + 1])[0] <= NEAR
