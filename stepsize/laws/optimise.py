"""The schedule that a law likes best: of the family that holds and cools down, and of all that never rise."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from stepsize.errors import ScheduleError, message
from stepsize.laws.law import Gain
from stepsize.laws.together import Predicts
from stepsize.recipes import warmup_cosine, warmup_linear, wsd
from stepsize.schedule import Schedule, linear
from stepsize.shapes import power as power_shape

FAMILIES = ("wsd", "free")
_FRACTIONS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
_POWERS = (1.0, 1.5, 2.0)
_KNOTS = 60  # of a free schedule
_DIGITS = 6


class Optimised(NamedTuple):
    """A schedule, its predicted loss, and what it gains over the best simple one.

    Attributes:
        schedule: an ordinary schedule, with a spelling.
        loss: that the law predicts.
        simple: the best simple family, by name, and its loss: linear, cosine to 0, a held rate with 20% of cooldown.
        over: the schedule of that family.
        gain: over that, with a 95% interval.
    """

    schedule: Schedule
    loss: float
    simple: tuple[str, float]
    over: Schedule
    gain: Gain


def optimise(law: Predicts, peak: float, steps: int, *, warmup: int = 0, family: str = "wsd") -> Optimised:
    """The schedule with the lowest predicted loss.

    Args:
        law: as :func:`fit` gives it.
        peak: highest rate, that the law knows.
        steps: updates.
        warmup: updates of the warmup; the rest is optimised.
        family: "wsd", which is a held rate and a cooldown of any length and power to 0; or "free", any rates that never
            rise, between 60 knots.

    Raises:
        ScheduleError: there is no such family, or no room after the warmup.
    """
    if family not in FAMILIES:
        raise ScheduleError(message("optimise.family", f"must be one of {', '.join(FAMILIES)}", family))
    if not 0 <= warmup < steps - _KNOTS:
        raise ScheduleError(
            message("optimise.warmup", f"must leave {_KNOTS} of {steps:,} updates, at least", warmup)
        )
    found = _cooled(law, peak, steps, warmup)
    if family == "free":
        found = _free(law, peak, steps, warmup, found)
    simple = {
        "linear": warmup_linear(peak, steps, warmup=warmup),
        "cosine": warmup_cosine(peak, steps, warmup=warmup),
        "20% cooldown": wsd(peak, steps, warmup=warmup, decay="20%"),
    }
    losses = {name: law.final(s, steps).loss for name, s in simple.items()}
    best = min(losses, key=lambda name: losses[name])
    over, loss = simple[best], law.final(found, steps).loss
    return Optimised(found, loss, (best, losses[best]), over, law.gain(found, over, steps))


def _cooled(law: Predicts, peak: float, steps: int, warmup: int) -> Schedule:
    """The best of a grid, then the best near it."""

    def made(fraction: float, power: float) -> Schedule:
        down = min(max(1, round(fraction * steps)), steps - warmup)
        shape = "linear" if round(power, 2) == 1 else power_shape(round(power, 2))
        return wsd(peak, steps, warmup=warmup, decay=down, shape=shape)

    def loss(x: tuple[float, float]) -> float:
        fraction, power = np.exp(x)
        schedule = made(min(float(fraction), 1.0), min(max(float(power), 0.5), 5.0))
        return float(law.predict(schedule, steps, [steps - 1])[0])

    grid = [(np.log(f), np.log(p)) for f in _FRACTIONS for p in _POWERS]
    start = min(grid, key=loss)
    found = minimize(
        loss, start, method="Nelder-Mead", options={"maxfev": 60, "xatol": 0.02, "fatol": 1e-6}
    ).x
    fraction, power = np.exp(found)
    return made(min(float(fraction), 1.0), min(max(float(power), 0.5), 5.0))


def _free(law: Predicts, peak: float, steps: int, warmup: int, start: Schedule) -> Schedule:
    """Knots whose distances are shares of the peak, the shares those of a softmax; begun at another schedule."""
    edges = _knots(steps, warmup)

    def rates(x: np.ndarray) -> np.ndarray:
        shares = np.exp(x - x.max())
        return peak * (1 - np.cumsum(shares / shares.sum()))

    def curve(x: np.ndarray) -> np.ndarray:
        rise = peak * np.arange(warmup) / max(warmup, 1)
        return np.concatenate([rise, np.interp(np.arange(warmup, steps), edges, [peak, *rates(x)])])

    last = [steps - 1]
    told = np.array([float(start(edge)) for edge in edges[1:]])
    falls = np.maximum(-np.diff([peak, *told]), 1e-5 * peak)
    found = minimize(
        lambda x: float(law.predict(curve(x), at=last)[0]),
        np.log(falls / peak),
        method="L-BFGS-B",
        options={"maxiter": 60},
    ).x
    return _chained([peak, *rates(found)], edges, warmup)


def _knots(steps: int, warmup: int) -> list[int]:
    """Where a free schedule has its knots: denser towards the end, where it falls."""
    u = np.arange(_KNOTS + 1) / _KNOTS
    return [int(one) for one in np.unique(np.rint(warmup + (steps - warmup) * (1 - (1 - u) ** 1.5)))]


def _chained(rates: list[float], edges: list[int], warmup: int) -> Schedule:
    plain = [float(f"{max(rate, 0.0):.{_DIGITS}g}") for rate in rates]
    ramps = [
        linear(a, b, end - begin)
        for a, b, begin, end in zip(plain, plain[1:], edges, edges[1:], strict=False)
    ]
    found = linear(0.0, plain[0], warmup) if warmup else ramps.pop(0)
    for ramp in ramps:
        found = found >> ramp
    return found
