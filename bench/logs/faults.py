"""Faults, planted one or two at a time, and only where the log shows them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.logs.curves import value
from bench.logs.plan import Life, Plan

TWICE, RESTARTED, LONG, LATE = KINDS = (
    "stepped twice", "restarted on resume", "horizon too long", "logged one late",
)  # fmt: skip

WHY = {
    TWICE: "the schedule is over at half of the run",
    RESTARTED: "from the resume on, the rates begin anew while the steps go on",
    LONG: "the run stops in the middle of the decay",
    LATE: "the row of an update shows the rate of the next one",
}

PAIRS = ((LONG, RESTARTED), (LONG, LATE), (RESTARTED, LATE), (TWICE, LATE))

Remake = Callable[[int], Plan]


def plant(
    kinds: tuple[str, ...], honest: Plan, remake: Remake, repeats: bool, rng: np.random.Generator
) -> Plan | None:
    """The plan with its faults, or None where one of them could not be seen.

    ``remake(horizon)`` is the honest plan under the same words with another horizon; with ``repeats``, rows may be
    written again after a resume.
    """
    plan = honest
    for kind in kinds:
        faulty = _PLANTED[kind](plan, remake, rng)
        if faulty is not None and not repeats:
            lives = faulty.lives
            stops = [*(life.start for life in lives[1:]), lives[-1].stop]
            lives = tuple(replace(life, stop=stop) for life, stop in zip(lives, stops, strict=True))
            faulty = replace(faulty, lives=lives)
        if faulty is None or not differs(faulty, plan):
            return None
        plan = replace(faulty, faults=(*plan.faults, kind))
    return plan


def differs(faulty: Plan, honest: Plan) -> bool:
    """Whether at least five rows differ by more than a unit of the last digit."""
    if len(faulty.seen()) != len(
        honest.seen()
    ):  # a resume that repeats rows: hold it against one that does honestly
        honest = replace(honest, lives=tuple(replace(life, shift=0) for life in faulty.lives))
    honest = replace(honest, base=faulty.base)
    here, there = faulty.expected(), honest.expected()
    unit = faulty.rounding.unit(np.maximum(np.abs(here), np.abs(there)))
    return int((np.abs(here - there) > 1.5 * unit).sum()) >= 5


def _twice(plan: Plan, remake: Remake, rng: np.random.Generator) -> Plan | None:
    made = plan.made
    if made.ends is None or 2 * plan.steps + 2 > made.limit or made.ends > 1.02 * plan.steps:
        return None
    return replace(plan, each=2)


def _restarted(plan: Plan, remake: Remake, rng: np.random.Generator) -> Plan | None:
    """At an update between 20% and 80%; half of the times some rows after the checkpoint are written again."""
    if len(plan.lives) > 1:
        return None
    at = int(plan.steps * rng.uniform(0.2, 0.8))
    again = int(plan.steps * rng.uniform(0.0, 0.1)) if rng.random() < 0.5 else 0
    restarted = replace(plan, lives=(Life(0, at + again), Life(at, plan.steps, at)))
    return restarted if _leaps(restarted) else None


def _leaps(plan: Plan) -> bool:
    """Whether two of the first four rows of the second life are off the last rate before it by 2% of the peak.

    A plateau that begins anew is only a longer one, and a warmup between two rows is not logged.
    """
    curves, (_, second) = plan.made.curves, plan.lives
    before = value(curves, np.array([second.start - 1.0]))[0]
    after = value(curves, plan.positions(second)[:4])
    return int((np.abs(after - before) > 0.02 * max(curve.first for curve in curves)).sum()) >= 2


def _long(plan: Plan, remake: Remake, rng: np.random.Generator) -> Plan | None:
    if plan.made.ends is None:
        return None
    factor = float(rng.choice([1.15, 1.25, 1.5, 2, 2, 3, 4, 4, 5]))
    longer = remake(round(plan.steps * factor))
    if longer.made.ends is None:
        return None
    curve = next((c for c in longer.made.curves if c.start <= plan.steps < c.stop), None)
    if curve is None or curve.kind == "hold" or curve.last >= curve.first:
        return None
    share = (plan.steps - curve.start) / (curve.stop - curve.start)
    left = float(curve.at(np.array([float(plan.steps)]))[0]) - curve.last
    ours = left > 0.03 * curve.first and share > 0.15
    return replace(plan, made=longer.made) if ours else None


def _late(plan: Plan, remake: Remake, rng: np.random.Generator) -> Plan | None:
    """Only of schedules that begin at exactly 0 or at their peak, else another convention would be the same.

    An exponential that is shifted is one from another peak.
    """
    if not (plan.made.from_zero and plan.made.smooth) or plan.made.curves[0].kind in ("hold", "geometric"):
        return None
    return replace(plan, base=0, late=1)


_PLANTED = {TWICE: _twice, RESTARTED: _restarted, LONG: _long, LATE: _late}
