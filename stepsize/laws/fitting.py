"""Least squares of which large residuals count less, with a prior that weighs what the noise of the losses lets it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import least_squares

from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.laws.annealing import ANNEALING, AREA
from stepsize.laws.convex import CONVEX
from stepsize.laws.forms import Form, Prior
from stepsize.laws.functional import FUNCTIONAL
from stepsize.laws.multi_power import MULTI_POWER
from stepsize.laws.problem import Problem

FORMS = {form.name: form for form in (AREA, ANNEALING, MULTI_POWER, FUNCTIONAL, CONVEX)}
_ALSO = {"mpl": MULTI_POWER, "fsl": FUNCTIONAL, "momentum": ANNEALING}
HUBER = (
    1e-3  # of the logarithm of the loss, from which on a residual counts by its size and not by its square
)
_WIDE = 7.0  # of the logarithm of a shape parameter, on both sides of 0: none is beyond a thousand
_TRIES = 80
_WIDER = 2.5  # the law's own prior on effective rates
_PASSES = 2  # of which the first tells the noise that the second weighs the prior by


class Fitted(NamedTuple):
    """Where a fit ended: logarithms of the parameters, what is left, how sharp the minimum is, and the prior's unit."""

    x: Any
    cost: float
    residuals: Any
    jacobian: Any
    noise: float


def solved(asked: Problem, starts: Sequence[Any]) -> Fitted:
    """The minimum that is found from the likeliest start; without a prior, from each of them, for there are several."""
    cost = [_cost(asked, start) for start in starts]
    tried = [starts[int(np.argmin(cost))]] if asked.prior or len(starts) == 1 else starts
    best = min((_from(asked, start) for start in tried), key=lambda one: float(one.cost))
    for _ in range(1, _PASSES if asked.prior else 1):
        asked = asked._replace(noise=noise(asked.residuals(best.x)[: asked.rows]))
        best = _from(asked, best.x)
    return Fitted(best.x, float(best.cost), asked.residuals(best.x), asked.jacobian(best.x), asked.noise)


def noise(r: Any) -> float:
    """The standard deviation that residuals stand for, by their median, neighbours that are alike counting as one."""
    return float(1.4826 * np.median(np.abs(r)) * np.sqrt(alike(r))) or 1e-12


def alike(r: Any) -> float:
    """How many neighbouring residuals say what one would: (1 + rho) / (1 - rho) of the lag 1."""
    if len(r) < 3 or not r.any():
        return 1.0
    rho = min(max(float((r[1:] * r[:-1]).sum() / (r**2).sum()), 0.0), 0.98)
    return (1 + rho) / (1 - rho)


def _from(asked: Problem, start: Any) -> Any:
    wide = np.where(np.arange(len(start)) < len(asked.form.linear), np.inf, _WIDE)
    return least_squares(
        asked.residuals, np.clip(start, -wide, wide), asked.jacobian, (-wide, wide),
        loss=_huber(asked.rows), f_scale=HUBER, x_scale="jac", max_nfev=_TRIES,
    )  # fmt: skip


def _huber(rows: int) -> Any:
    """Of the losses: squares near 0, sizes beyond; of the prior: squares. In the form that scipy asks for."""

    def rho(z: Any) -> Any:
        root = np.sqrt(np.maximum(z, 1.0))
        told = np.array([np.where(z <= 1, z, 2 * root - 1), 1 / root, np.where(z <= 1, 0.0, -0.5 / root**3)])
        told[:, rows:] = z[rows:], np.ones(len(z) - rows), np.zeros(len(z) - rows)
        return told

    return rho


def _cost(asked: Problem, x: Any) -> float:
    """What least squares minimises."""
    z = (asked.residuals(x) / HUBER) ** 2
    return float(_huber(asked.rows)(z)[0].sum())


def named(law: str) -> Form:
    """A law by its name.

    Raises:
        ScheduleError: there is none of this name.
    """
    known = {**FORMS, **_ALSO}
    if law not in known:
        rule = f"must be one of {', '.join(FORMS)}"
        raise ScheduleError(message("law", rule, law, did_you_mean(str(law), known)))
    return known[law]


def priors(form: Form, prior: bool | Mapping[str, tuple[float, float]], *, effective: bool) -> Prior:
    """The prior of a fit: that of the law, wider on effective rates, whose unit is another one; none; or one's own.

    Raises:
        ScheduleError: it speaks of a parameter that the law has not, or a number is not above 0.
    """
    if isinstance(prior, bool):
        wider = _WIDER if effective else 1.0
        return {name: (centre, wider * own) for name, (centre, own) in form.prior.items()} if prior else {}
    for name, (centre, deviation) in prior.items():
        if name not in form.parameters or not (centre > 0 and deviation > 0):
            rule = f"must give a centre and a deviation above 0 of {', '.join(form.parameters)}"
            raise ScheduleError(message("prior", rule, {name: (centre, deviation)}))
    return dict(prior)
