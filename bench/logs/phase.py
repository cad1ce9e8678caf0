"""A phase of the truth as ``truth.jsonl`` holds it: words and numbers."""

from typing import Any

import numpy as np

from bench.logs.curves import Curve

Gaps = tuple[float, float]
"""Updates between the rows around the start of a phase and around its stop, where the rate jumps there."""


def moved(phase: dict[str, Any], by: float) -> dict[str, Any]:
    """The same, so many updates later."""
    later = phase | {word: phase[word] + by for word in ("start", "stop", "seen_until") if word in phase}
    return later | ({"whole": (phase["whole"][0] + by, phase["whole"][1])} if "whole" in phase else {})


def curve(phase: dict[str, Any]) -> Curve:
    """Its formula."""
    words = ("kind", "start", "stop", "first", "last")
    whole = tuple(phase["whole"]) if "whole" in phase else None
    return Curve(*(phase[word] for word in words), scale=phase.get("scale"), whole=whole)


def around(phase: dict[str, Any], gaps: Gaps) -> tuple[float, float]:
    """What the curve does next to its two edges, in as many updates as the edges may be off."""
    start, stop = phase["start"], phase["stop"]
    at = np.array([min(start + gaps[0], stop), max(stop - gaps[1], start)])
    first, last = curve(phase).at(at)
    return (abs(first - phase["first"]) if gaps[0] else 0.0), (abs(last - phase["last"]) if gaps[1] else 0.0)
