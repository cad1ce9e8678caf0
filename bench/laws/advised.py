"""V4 to V7: laws on the grid of 124 million parameters, from two of its curves, or four, to all the others."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import kendalltau

from bench.laws.curves import Grid, grid, losses
from stepsize.laws import EffectiveRate, Law, fit

HORIZONS = (15_000, 25_000, 35_000, 50_000)


class Judged(NamedTuple):
    """How a law did on runs that it was not fitted on."""

    error: float  # mean absolute, of the loss after the last update
    tau: float  # Kendall's, of the order of the runs
    regret: float  # mean, of the linear cooldown fraction that it would choose at each horizon
    usual: float  # the regret of a fixed 20%
    covered: float  # share of intervals that hold the truth
    r2: float  # of whole validation curves
    errors: tuple[float, ...]


def run(
    kind: str, peak: float, steps: int, *, fraction: float = 0.0, shape: str = "linear", end: float = 0.0
) -> Grid:
    """The run of these settings."""
    wanted = (kind, peak, steps, fraction, end)
    return next(
        one for one in grid()
        if (one.kind, one.peak, one.steps, one.fraction, one.end) == wanted and (kind != "wsd" or one.shape == shape)
    )  # fmt: skip


def cooldowns(peak: float, least: int = 0) -> list[Grid]:
    """The runs that hold and cool down at a peak."""
    return [one for one in grid() if one.kind == "wsd" and one.peak == peak and one.steps >= least]


def cosines(peak: float, least: int = 0) -> list[Grid]:
    """Those along a cosine."""
    return [one for one in grid() if one.kind == "cosine" and one.peak == peak and one.steps >= least]


def held_and_cosine(peak: float) -> list[Grid]:
    """What the laws are fitted on: one run that is held, and one along a cosine to 0, both of 50,000 updates."""
    return [run("stable", peak, 50_000), run("cosine", peak, 50_000)]


def fitted(trained: Sequence[Grid], law: str, effective: EffectiveRate | float | None = None) -> Law:
    """The law of some runs."""
    return fit([losses(one) for one in trained], law, effective_rate=effective)


def judged(law: Law, trained: Sequence[Grid], asked: Sequence[Grid]) -> Judged:
    """Hold the predictions against what was measured.

    The last losses were measured on another part of the validation set, and lie a constant above; the constant is that
    of the runs that were fitted.
    """
    above = float(np.mean([one.final - float(law.predict(one.rates)[-1]) for one in trained[:1]]))
    finals = [law.final(one.rates) for one in asked]
    truth = np.array([one.final - above for one in asked])
    said = np.array([final.loss for final in finals])
    held = [final.low <= true <= final.high for final, true in zip(finals, truth, strict=True)]
    chosen, usual = regrets(asked, said)
    return Judged(
        float(np.abs(said - truth).mean()), float(kendalltau(said, truth)[0]), chosen, usual, float(np.mean(held)),
        float(np.mean([_r2(law, one) for one in asked])), tuple((said - truth).tolist()),
    )  # fmt: skip


def _r2(law: Law, one: Grid) -> float:
    curve = losses(one)
    rows = curve.steps >= 1000
    y = curve.losses[rows]
    off = law.predict(curve.rates, at=curve.steps[rows]) - y
    return 1 - float((off**2).sum() / ((y - y.mean()) ** 2).sum())


def regrets(asked: Sequence[Grid], said: np.ndarray) -> tuple[float, float]:
    """How much worse the chosen linear cooldown was than the best one, and how much worse 20% was."""
    mine, usual = [], []
    for steps in {one.steps for one in asked}:
        rows = [
            k for k, one in enumerate(asked) if (one.kind, one.shape, one.steps) == ("wsd", "linear", steps)
        ]
        if len(rows) > 2:
            best = min(asked[k].final for k in rows)
            mine.append(asked[min(rows, key=lambda k: said[k])].final - best)
            usual.append(next(asked[k].final for k in rows if asked[k].fraction == 0.2) - best)
    return float(np.mean(mine)), float(np.mean(usual))
