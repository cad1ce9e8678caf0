"""One phase of the truth held against what was identified: its family, its length, its ends, and the intervals.

A phase counts where at least eight rows lie in it and the log does not break it off. It is right where

- its curve is the same: the same name, or another name of exactly the same curve (``kinds``);
- its length is within 1%. An edge at which the rate jumps between two rows may lie anywhere between them, and so may
  one beside a phase of less than two rows; that much is allowed there. What nothing ends, such as a hold at the end of
  the log, has no length;
- it starts where it should, within 1% of the run and the gap between the two rows there;
- its first and its last rate are within 1% of their own value, or of the peak where they are below 1% of it, or within
  half a unit of the last digit that the log shows. What nothing ends is held against its last row instead; and what
  begins before the first row of the log, or is said to where no row can tell, is judged from that row on.

Elsewhere, and of it too, the intervals are to hold the truth. Nothing is asked of a phase whose first row is the last
one of the log: that row is also the end of the phase before, and what it begins nobody can see.

Where a schedule began anew at a resume, and that is named, what follows is right also where the schedule is said once.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.logs.curves import Array
from bench.logs.faults import RESTARTED
from bench.logs.kinds import NEAR, same
from bench.logs.phase import Gaps, around, curve, moved
from stepsize.logs import Identified, Part

NONE: Gaps = (0.0, 0.0)
LEAST = 8


@dataclass(frozen=True)
class Judged:
    """``wrong`` says what is; ``strict`` the same without what is allowed at jumps; ``held`` by which interval."""

    phase: dict[str, Any]
    found: str
    counted: bool
    wrong: tuple[str, ...]
    strict: bool
    held: dict[str, bool]
    width: float | None  # of the interval of the length, as a share of the length


class Against:
    """One log: the truth of it, what was found, and the steps that it shows."""

    def __init__(self, truth: dict[str, Any], found: Identified, steps: Array) -> None:
        self.truth, self.found = truth, found
        self.updates = steps + truth["offset"]
        self.lag = found.offset - truth["offset"]  # from updates of the truth to those that were found
        self.peak = max(max(phase["first"], phase["last"]) for phase in truth["phases"])
        decimals = truth["rounding"]["kind"] == "decimals"
        self.half = 0.5 * 10.0 ** -truth["rounding"]["digits"] if decimals else 0.0

    def judge(self) -> list[Judged]:
        """All phases that have a row; those after a restart that was named may be said once, as before it."""
        again = self._again()
        judged = []
        for k, phase in enumerate(self.truth["phases"]):
            if phase["points"]:
                one = self._one(k, phase)
                if one.wrong and again and phase["start"] >= self.truth["resumed_at"]:
                    one = again._one(k, again.truth["phases"][k])
                judged.append(one)
        return judged

    def _again(self) -> "Against | None":
        """The same with its second life moved to where the schedule begins, where a restart is there and was named."""
        named = any(one.kind == RESTARTED for one in self.found.suspicions)
        if not named or RESTARTED not in self.truth["faults"]:
            return None
        at = self.truth["resumed_at"]
        phases = [moved(phase, -at) for phase in self.truth["phases"]]
        again = Against(self.truth | {"phases": phases}, self.found, self.updates - self.truth["offset"])
        again.updates = again.updates - at
        return again

    def _one(self, k: int, phase: dict[str, Any]) -> Judged:
        counted = phase["points"] >= LEAST and not phase.get("cut")
        part = self._part(phase)
        if part is None:
            return Judged(phase, "none", counted, ("no such phase",), False, {}, None)
        wrong = [] if same(phase["kind"], part.kind) else [f"{part.kind}, not {phase['kind']}"]
        wrong += self._place(phase, part)
        told = (*wrong, *self._length(phase, part, gaps := self._gaps(k)), *self._rates(phase, part, gaps))
        strict = not wrong and not self._length(phase, part, NONE) and not self._rates(phase, part, NONE)
        return Judged(phase, part.kind, counted, told, strict, self._held(phase, part), _width(part))

    def _part(self, phase: dict[str, Any]) -> Part | None:
        """The one that shares most updates with a phase, as far as they are seen."""
        low, high = phase["start"] + self.lag, phase["stop"] + self.lag
        high = min(high, phase.get("seen_until", math.inf) + self.lag)
        parts = self.found.parts
        shared = [(min(part.stop, high) - max(part.start, low), -k) for k, part in enumerate(parts)]
        most, k = max(shared, default=(0.0, 0))
        return parts[-k] if most > 0 or (shared and high <= low) else None

    def _begun(self, phase: dict[str, Any], part: Part) -> bool:
        """Whether it had begun before the log, or is said to have where no row would show what was there."""
        begun = bool(phase.get("begun")) or 0 < phase["start"] < self.updates.min()
        return begun or part.start - self.lag < phase["start"] <= self.updates.min()

    def _starts(self, phase: dict[str, Any]) -> list[tuple[float, float]]:
        """Where the curve starts, and from which rate; where only its rest is seen, either may be said."""
        own = [(phase["start"], phase["first"])]
        return own + ([tuple(phase["whole"])] if "whole" in phase else [])

    def _place(self, phase: dict[str, Any], part: Part) -> list[str]:
        allowed = NEAR * self.truth["steps"] + max(self._gap(phase["start"]), 1.0)
        starts = [start + self.lag for start, _ in self._starts(phase)]
        right = self._begun(phase, part) or any(abs(part.start - start) <= allowed for start in starts)
        return [] if right else [f"starts at {part.start - self.lag:g}, not {phase['start']:g}"]

    def _length(self, phase: dict[str, Any], part: Part, gaps: Gaps) -> list[str]:
        if phase.get("open"):
            return []
        start, truths = part.start, [phase["stop"] - start for start, _ in self._starts(phase)]
        if self._begun(phase, part):  # where from is not asked, only where to
            first = max(float(self.updates.min()), phase["start"])
            start, truths = first + self.lag, [phase["stop"] - first]
        length = part.stop - start
        right = any(abs(length - true) <= NEAR * true + sum(gaps) for true in truths)
        return [] if right else [f"length {length:g}, not {truths[0]:g}"]

    def _gaps(self, k: int) -> Gaps:
        """How many updates lie between the rows around the start and around the stop, where the rate jumps there."""
        phases = self.truth["phases"]
        before, after = phases[max(0, k - 1) : k + 1], phases[k : k + 2]
        return self._jump(before), self._jump(after)

    def _jump(self, pair: list[dict[str, Any]]) -> float:
        if len(pair) < 2 or not (
            pair[0].get("cut")
            or abs(pair[0]["last"] - pair[1]["first"]) > 1e-9 * self.peak
            or min(one["points"] for one in pair) < 2
        ):
            return 0.0
        return self._gap(pair[1]["start"])

    def _gap(self, edge: float) -> float:
        """How many updates lie between the rows around an edge."""
        before, after = self.updates[self.updates < edge], self.updates[self.updates >= edge]
        return float(after.min() - before.max()) if len(before) and len(after) else 0.0

    def _near(self, rate: float, true: float, allowed: float = 0.0) -> bool:
        near = NEAR * (abs(true) if abs(true) >= NEAR * self.peak else self.peak)
        return abs(rate - true) <= max(near, self.half) + allowed

    def _rates(self, phase: dict[str, Any], part: Part, gaps: Gaps) -> list[str]:
        near, firsts = around(phase, gaps), [first for _, first in self._starts(phase)]
        first, (last, true) = part.first, (part.last, phase["last"])
        if self._begun(phase, part):
            at = max(float(self.updates.min()), phase["start"])
            first, firsts = (
                float(self.found.schedule(at + self.lag)),
                [float(curve(phase).at(np.array([at]))[0])],
            )
        if phase.get("open"):
            last, true = self._at_the_last_row(phase)
        right = any(self._near(first, one, near[0]) for one in firsts)
        wrong = [] if right else [f"first {first:g}, not {firsts[0]:g}"]
        return wrong if self._near(last, true, near[1]) else [*wrong, f"last {last:g}, not {true:g}"]

    def _at_the_last_row(self, phase: dict[str, Any]) -> tuple[float, float]:
        """The rate that was found there, and the true one."""
        inside = self.updates[(self.updates >= phase["start"]) & (self.updates < phase["stop"])].max(
            keepdims=True
        )
        return float(self.found.schedule(float(inside[0]) + self.lag)), float(curve(phase).at(inside)[0])

    def _held(self, phase: dict[str, Any], part: Part) -> dict[str, bool]:
        """Whether the intervals hold the truth."""
        held: dict[str, bool] = {}
        if not self._begun(phase, part):
            held["first"] = any(_in(first, part.first_between, self.peak) for _, first in self._starts(phase))
        if not phase.get("open"):
            held["last"] = _in(phase["last"], part.last_between, self.peak)
        if not phase.get("open") and not self._begun(phase, part):
            held["length"] = any(
                _in(phase["stop"] - start, part.length_between, phase["stop"])
                for start, _ in self._starts(phase)
            )
        return held


def _in(x: float, interval: tuple[float, float], size: float) -> bool:
    """Whether an interval holds a number, up to the last digits of arithmetic in 64 bits."""
    return bool(interval[0] - 1e-9 * abs(size) <= x <= interval[1] + 1e-9 * abs(size))


def _width(part: Part) -> float | None:
    low, high = part.length_between
    length = part.stop - part.start
    return (high - low) / length if math.isfinite(high) and 0 < length < math.inf else None
