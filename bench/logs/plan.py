"""What is logged of one run: which updates, in which lives, under which schedule; and what is true of it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bench.logs.curves import Array, Curve, value
from bench.logs.made import Made
from bench.logs.rounding import Rounding

_IN_32_BITS = 1e-6  # a slack above it is that of such numbers


@dataclass(frozen=True)
class Life:
    """A process that ran the updates [start, stop); its schedule had its position 0 at update ``shift``."""

    start: int
    stop: int
    shift: int = 0


@dataclass(frozen=True)
class Plan:
    """One log to be written: the steps n with n % every == rest.

    Row n is of update n - ``base``, base 1 where rows count from 1, and shows the rate of ``late`` updates later.
    """

    made: Made
    steps: int
    lives: tuple[Life, ...]
    every: int
    base: int
    rounding: Rounding
    rest: int = 0
    each: int = 1
    late: int = 0
    faults: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def offset(self) -> int:
        """Row n has the rate of update n + offset."""
        return self.late - self.base

    def rows(self, life: Life) -> Array:
        """The steps of a life that are logged."""
        steps = np.arange(life.start, life.stop, dtype=float) + self.base
        return steps[steps % self.every == self.rest]

    def positions(self, life: Life) -> Array:
        """The updates of its schedule whose rates these rows show."""
        return self.rows(life) + self.offset - life.shift

    def expected(self, before: int = 0) -> Array:
        """The rates of all rows by the formulas, or those of so many updates before."""
        curves = [curve.moved(0, self.each) for curve in self.made.curves]
        return np.concatenate([value(curves, self.positions(life) - before) for life in self.lives])

    def applied(self) -> Array:
        """The rates of all rows as the library applied them, held against the formulas."""
        rates = np.concatenate([self.made.drive(self.positions(life), self.each) for life in self.lives])
        self.hold(rates)
        return rates

    def hold(self, rates: Array) -> None:
        """Hold rates against the formulas.

        Raises:
            AssertionError: they are not those; then the truth would be a lie.
        """
        off = np.abs(rates - self.expected())
        if (
            self.made.slack > _IN_32_BITS
        ):  # in 32 bits a quotient can miss the whole number at which a rate drops
            off = np.minimum(off, np.abs(rates - self.expected(before=1)))
        worst = int(off.argmax())
        peak = max(curve.first for curve in self.made.curves)
        assert off[worst] <= self.made.slack * peak, (
            f"{self.made.call}: row {worst} has {rates[worst]!r}, by the formula {self.expected()[worst]!r}"
        )

    def seen(self) -> Array:
        """The steps of all rows, in the order of the log."""
        return np.concatenate([self.rows(life) for life in self.lives])

    def phases(self, steps: Array) -> list[dict[str, Any]]:
        """The truth, in update positions, for the ``steps`` that are left in the log."""
        found = []
        ends = [life.start for life in self.lives[1:]] + [self.steps]
        lives = [life for life in self.lives if life.stop > life.start]
        if (
            len({life.shift for life in lives}) == 1
        ):  # the same schedule goes on: one life, as far as it can be seen
            lives, ends = [replace(lives[0], stop=self.steps)], [self.steps]
        for life, end in zip(lives, ends, strict=True):
            updates = np.unique(steps + self.offset)
            updates = updates[(updates >= life.start) & (updates < end + self.late)]
            for curve in self.made.curves:
                there = curve.moved(life.shift, self.each)
                if there.start < end and there.stop > life.start:
                    found.append(_told(there, updates, end))
        return found


def _told(curve: Curve, updates: Array, end: int) -> dict[str, Any]:
    """One phase as the file of truths has it; what nothing ends, ends with its life."""
    inside = updates[(updates >= curve.start) & (updates < curve.stop)]
    unbounded = curve.open or (
        curve.kind == "hold" and curve.stop > end
    )  # where a hold would stop is not to be seen
    cut = curve.stop > end and not unbounded
    stop = min(curve.stop, end) if unbounded else curve.stop
    last = float(curve.at(np.array([float(stop)]))[0]) if unbounded else curve.last
    told = {"kind": curve.kind, "start": curve.start, "stop": stop, "first": curve.first, "last": last}
    told |= {"points": len(inside)}
    if cut:
        told |= {"cut": True, "seen_until": float(inside[-1]) if len(inside) else curve.start}
    if unbounded:
        told |= {"open": True}
    if curve.scale:
        told |= {"scale": curve.scale}
    if curve.whole:
        told |= {"whole": list(curve.whole)}
    return told
