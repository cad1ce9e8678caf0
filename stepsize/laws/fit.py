"""From runs to a law."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.laws.curve import Curve
from stepsize.laws.effective import EffectiveRate
from stepsize.laws.fitting import HUBER, Fitted, alike, named, priors, solved
from stepsize.laws.forms import Form, Options
from stepsize.laws.law import HeldOut, Law
from stepsize.laws.path import GROUPS
from stepsize.laws.problem import Problem, problem, values_of

_ELSE = "Nats and bits differ by a factor of 1.44. Or no law describes runs so short, or so noisy."
_SAME = 1.05  # of two peaks, within which they are one
_APART = 0.05  # of the loss, by which a curve may be off on the average
_FALLS = 0.01  # of the peak, by which the rate of one run must fall at least
_ERRORS = {
    "area": (0.031, 0.023), "annealing": (0.0039, 0.0030), "multi_power": (0.0039, 0.0032),
    "functional": (0.0036, 0.0036), "convex": (0.022, 0.025),
}  # fmt: skip
"""Of a final loss, and of the difference of two: root mean squares, as shares, on the curves of MultiPowerLaw."""
_N0, _COARSE = (
    (5e-5, 5e-2),
    128,
)  # between which it is sought where two peaks can tell, with so many groups of drops


def fit(
    curves: Sequence[Curve],
    law: str = "multi_power",
    *,
    prior: bool | Mapping[str, tuple[float, float]] = True,
    effective_rate: EffectiveRate | float | None = None,
    counts_warmup: bool | None = None,
    memory: float = 1000.0,
    groups: int | None = GROUPS,
) -> Law:
    """Fit a law to the curves of runs of one model on one set of data.

    The parameters minimise sum huber(log predicted - log measured), huber turning from square to straight at 1e-3, plus
    1/2 sum (noise / deviation * (log parameter - log centre))^2 of the prior, in which the noise is the standard
    deviation of what the first fit leaves, and neighbours that are alike count as one.

    Args:
        curves: of one run, or better two: one that is held and one that decays, long enough to show what a decay gives.
        law: "area", "annealing", "multi_power", "functional" or "convex"; docs/laws.md has their formulas.
        prior: True takes the law's own, which is stated in ``form.prior``; False none; or a centre and a deviation of
            the logarithm by parameter, as {"C": (1.0, 0.05)}.
        effective_rate: fit on the rates divided by the norm of the weights, so that the law carries over to other
            peaks. A number is the weight decay; n0 is then the one that fits best, if the runs have two peaks,
            else 1e-3.
        counts_warmup: the rise of the warmup is a negative drop, or counts in the area alone; by default as the law's
            authors do: the Multi-Power Law counts it.
        memory: of the annealing law, in updates: 1 / (1 - lambda).
        groups: of drops, about; None takes each by itself, exactly.

    Raises:
        ScheduleError: no run falls, the peaks differ without an effective rate, or the curves do not follow one law.

    Source: least squares on the logarithm, 2503.12811 section 4; the formulas' sources are in docs/laws.md.
    """
    form, runs = named(law), _must_be_curves(curves)
    _must_tell(form, runs, effective_rate)
    options = Options(memory, groups, form.counts_warmup if counts_warmup is None else counts_warmup)
    if not 1 <= memory < np.inf:
        raise ScheduleError(message("fit.memory", "must be at least one update", memory))
    pull = priors(form, prior, effective=effective_rate is not None)

    def asked(some: Sequence[Curve], rate: EffectiveRate | None, many: int | None = groups) -> Problem:
        return problem(some, form, options._replace(groups=many), rate, pull)

    effective, found = _best(runs, asked, effective_rate)
    whole = asked(runs, effective)
    made = Law(
        form, _parameters(form, found.x), options, effective,
        (min(c.peak for c in runs), max(c.peak for c in runs)), _spread(found, whole.rows),
        *_ERRORS[form.name],
        runs, _by_curve(whole, found),
    )  # fmt: skip
    _must_be_one_law(made)
    if len(runs) < 3:
        return made
    return replace(made, left_out=tuple(_left_out(made, k, asked, found.x) for k in range(len(runs))))


def usual_memory(curves: Sequence[Curve]) -> float:
    """The memory of the annealing law where none is said: 1,000 updates, or a tenth of the longest run if less."""
    return max(1.0, min(1000.0, max((len(curve.rates) for curve in curves), default=1) / 10))


def _best(
    runs: Sequence[Curve], asked: Any, rate: EffectiveRate | float | None
) -> tuple[EffectiveRate | None, Fitted]:
    """The fit; of an effective rate whose n0 is open, over some of them, if the runs have two peaks."""
    if rate is None or isinstance(rate, EffectiveRate):
        whole = asked(runs, rate)
        return rate, solved(whole, [whole.start(shape) for shape in whole.form.starts])
    if not _several_peaks(runs):
        return _best(runs, asked, EffectiveRate(rate))

    def cost(log_n0: float) -> float:
        whole = asked(runs, EffectiveRate(rate, float(np.exp(log_n0))), _COARSE)
        return solved(whole, [whole.start(shape) for shape in whole.form.starts]).cost

    n0 = minimize_scalar(cost, bounds=np.log(_N0), method="bounded", options={"xatol": 0.2}).x
    return _best(runs, asked, EffectiveRate(rate, float(np.exp(n0))))


def _parameters(form: Form, x: Any) -> dict[str, float]:
    return dict(zip(form.parameters, map(float, values_of(x)), strict=True))


def _spread(found: Fitted, rows: int) -> Any:
    """The covariance of the logarithms of the parameters: Huber's, for residuals of which neighbours are alike.

    Of residuals r with psi = r within 1e-3 and 1e-3 beyond, the variance is mean(psi^2) / mean(psi')^2; the prior adds
    what it knows.
    """
    r, slopes, pulls = found.residuals[:rows], found.jacobian[:rows], found.jacobian[rows:]
    psi, inside = np.clip(r, -HUBER, HUBER), max(float(np.mean(np.abs(r) <= HUBER)), 0.1)
    free = max(rows - alike(r) * slopes.shape[1], 1.0)
    variance = alike(r) * float((psi**2).sum()) / free / inside**2
    known = slopes.T @ slopes / max(variance, 1e-300) + pulls.T @ pulls / found.noise**2
    return np.linalg.pinv(known, rcond=1e-14, hermitian=True)


def _by_curve(asked: Problem, found: Fitted) -> tuple[Any, ...]:
    edges = np.cumsum([len(one) for one in asked.logs])
    return tuple(np.split(found.residuals[: edges[-1]], edges[:-1]))


def _left_out(made: Law, k: int, asked: Any, x: Any) -> HeldOut:
    """One curve predicted by the law of all others."""
    others, own = [*made.curves[:k], *made.curves[k + 1 :]], made.curves[k]
    found = solved(asked(others, made.effective), [x])
    law = replace(made, parameters=_parameters(made.form, found.x), peaks=None)
    return HeldOut(own.name, own.final, float(law.predict(own.rates, at=[own.steps[-1]])[0]))


def _several_peaks(runs: Sequence[Curve]) -> bool:
    peaks = [run.peak for run in runs]
    return max(peaks) > _SAME * min(peaks)


def _must_be_curves(curves: Sequence[Curve]) -> tuple[Curve, ...]:
    if isinstance(curves, Curve):
        curves = [curves]
    for curve in curves:
        if not isinstance(curve, Curve):
            raise ScheduleTypeError(message("fit", "must be given curves", type(curve).__name__))
    if not curves:
        raise ScheduleError(message("fit", "needs a curve, or better two", "none"))
    return tuple(curves)


def _must_tell(form: Form, runs: Sequence[Curve], rate: object) -> None:
    """What a fall of the rate gives must show in a run, and peaks that differ need the effective rate."""
    if form.name in ("annealing", "multi_power", "functional") and max(map(_fall, runs)) < _FALLS:
        rule = "what a falling rate gives shows in a run whose rate falls"
        raise ScheduleError(
            message("fit", rule, "held rates only", 'Add a run that decays, or fit law="area".')
        )
    if rate is None and _several_peaks(runs):
        peaks = ", ".join(f"{peak:g}" for peak in sorted({run.peak for run in runs}))
        rule = "a law on plain rates needs runs of one peak"
        raise ScheduleError(message("fit", rule, peaks, "Give effective_rate=, such as the weight decay."))


def _fall(run: Curve) -> float:
    return 1.0 - float(run.rates[run.rates.argmax() :].min()) / run.peak


def _must_be_one_law(made: Law) -> None:
    for curve, left in zip(made.curves, made.residuals, strict=True):
        off = float(np.mean(left))
        if abs(off) > _APART:
            rule = "the runs must be of one model on one set of data, with losses in one unit"
            much = f"{abs(off):.0%}" if abs(off) < 1 else "far"
            got = f"{curve.name}, {much} {'below' if off > 0 else 'above'} what the law of all gives"
            raise ScheduleError(message("fit", rule, got, _ELSE))
