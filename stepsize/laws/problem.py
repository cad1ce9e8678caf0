"""What is minimised in a fit: residuals of the logarithm of the loss, and the pull of the prior."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from stepsize.laws.curve import Curve
from stepsize.laws.effective import EffectiveRate
from stepsize.laws.forms import Form, Options, Prior
from stepsize.laws.path import path

_SMALLEST = 1e-12  # of a linear parameter at the start, for its logarithm must be finite
_POINTS = 400  # of a curve that are fitted, about
_ENDS = 300.0  # of the logarithm of a parameter, on both sides of 0, beyond which it is no other number
_NONE, _FAR = 1e-300, 1e3  # a loss that is none, and a residual of what cannot be computed


class Problem(NamedTuple):
    """Features of each curve at its steps, the logarithms of its losses, and the prior with its unit.

    Attributes:
        noise: what one standard deviation of the prior weighs: as much as one residual of this size.
    """

    form: Form
    features: tuple[Any, ...]
    logs: tuple[Any, ...]
    prior: Prior
    noise: float = 1e-3

    @property
    def rows(self) -> int:
        """How many losses are fitted."""
        return sum(len(one) for one in self.logs)

    def residuals(self, x: Any) -> Any:
        """Predicted minus measured, as logarithms; then the pull of the prior."""
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # a step of the search that is too long does not fit
            values = values_of(x)
            found = [np.log(np.maximum(self.form.losses(f, values), _NONE)) - y for f, y in self._each()]
        pulls = [self.noise / deviation * (x[k] - np.log(centre)) for k, centre, deviation in self._pulls()]
        return np.concatenate([*(np.nan_to_num(one, nan=_FAR, posinf=_FAR) for one in found), pulls])

    def jacobian(self, x: Any) -> Any:
        """The derivatives of the residuals."""
        values, found = values_of(x), []
        with np.errstate(over="ignore", invalid="ignore"):
            for features, _ in self._each():
                losses = np.maximum(self.form.losses(features, values), _NONE)[:, None]
                slopes = np.where(losses > _NONE, self.form.slopes(features, values) / losses, 0.0)
                found.append(np.nan_to_num(slopes, posinf=0.0, neginf=0.0))
        pulls = [self.noise / deviation * np.eye(len(x))[k] for k, _, deviation in self._pulls()]
        return np.concatenate([*found, *([pulls] if pulls else [])])

    def start(self, shape: tuple[float, ...]) -> Any:
        """Logarithms of parameters: this shape, with the linear ones that fit best."""
        many = [np.stack(self.form.columns(f, shape), axis=-1) for f in self.features]
        signed = np.concatenate(many) * np.array(list(self.form.linear.values()))
        losses = np.exp(np.concatenate(self.logs))
        size = np.abs(signed / losses[:, None]).max(axis=0) + _NONE
        linear = nnls(signed / losses[:, None] / size, np.ones(len(losses)))[0] / size
        return np.log([*np.maximum(linear, _SMALLEST / size), *shape])

    def _each(self) -> Iterable[tuple[Any, Any]]:
        return zip(self.features, self.logs, strict=True)

    def _pulls(self) -> list[tuple[int, float, float]]:
        names = self.form.parameters
        return [(names.index(name), centre, deviation) for name, (centre, deviation) in self.prior.items()]


def values_of(x: Any) -> tuple[Any, ...]:
    """The parameters; one that the losses do not tell may go any far, and stays a number."""
    return tuple(np.exp(np.clip(x, -_ENDS, _ENDS)))


def problem(
    curves: Sequence[Curve], form: Form, options: Options, effective: EffectiveRate | None, prior: Prior
) -> Problem:
    """Prepare curves for a fit."""
    features, logs = [], []
    for curve in curves:
        own = path(curve.rates, curve.warmup or 0, effective=effective, counts_warmup=options.counts_warmup)
        rows = _thinned(np.flatnonzero(curve.counts))
        features.append(form.prepare(own, curve.steps[rows], options))
        logs.append(np.log(curve.losses[rows]))
    return Problem(form, tuple(features), tuple(logs), prior)


def _thinned(rows: Any) -> Any:
    """Of a long log, about so many rows, evenly."""
    return rows[:: max(1, round(len(rows) / _POINTS))]
