"""A fitted law: what any other schedule would have given, and how sure that is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from stepsize.errors import ScheduleError, message
from stepsize.laws.curve import Curve, rates_of
from stepsize.laws.effective import EffectiveRate
from stepsize.laws.forms import DEFAULT, Form, Options
from stepsize.laws.path import path

_LARGE = 4_000_000  # numbers that a block of steps may take
_BEYOND = 1.05  # of the highest fitted peak, and over the lowest one, that a law still speaks of
_FARTHER = 2.5  # times its own error that a law errs more, a doubling beyond the fitted peaks: the grid of docs/laws.md
_EIGHTHS = 8  # of a fitted run, in whose means its noise is small
_Z = 1.96  # of a normal distribution, for 95%


class Final(NamedTuple):
    """The predicted loss after the last update, and the 95% interval around it."""

    loss: float
    low: float
    high: float


class Gain(NamedTuple):
    """How much lower the loss of one schedule is than that of another one, and the 95% interval around it."""

    gain: float
    low: float
    high: float

    @property
    def meaningful(self) -> bool:
        """Whether the law can tell them apart."""
        return self.low > 0 or self.high < 0


class HeldOut(NamedTuple):
    """A curve that was left out of the fit: its last loss, and what the law of the others predicts."""

    name: str
    loss: float
    predicted: float

    @property
    def error(self) -> float:
        """Predicted minus measured."""
        return self.predicted - self.loss


@dataclass(frozen=True, eq=False)
class Law:
    """A law with its parameters; ``fit`` makes one from runs, and published parameters make one as well.

    Args:
        form: which law; ``laws.fitting.FORMS`` has them by name.
        parameters: the value of each, > 0, by the names in ``form.parameters``.
        options: memory of the annealing law, and how many groups of drops.
        effective: what the rates are divided by, if anything.
        peaks: the lowest and the highest peak that were fitted; None allows any.
        spread: covariance of the logarithms of the parameters; None where it is not known.
        error: the law's own error of a final loss, as a share of it.
        apart: the same of the difference of two final losses.
        curves: that were fitted.
        residuals: predicted minus measured, as a share of the loss, of each fitted curve.
        left_out: the curves, each predicted by the law of all others; there are none of fewer than three.

    >>> from stepsize.laws.fitting import FORMS
    >>> from stepsize.laws.forms import Options
    >>> published = dict(L0=2.6514, A=0.6012, B=437.95, alpha=0.4530, C=2.1325, beta=0.5979, gamma=0.6552)
    >>> law = Law(FORMS["multi_power"], published, Options(counts_warmup=True))
    >>> import stepsize as ss
    >>> round(law.final(ss.warmup_cosine(3e-4, 24_000, warmup=2160, end=3e-5)).loss, 3)
    2.99
    """

    form: Form
    parameters: Mapping[str, float]
    options: Options = DEFAULT
    effective: EffectiveRate | None = None
    peaks: tuple[float, float] | None = None
    spread: Any = None
    error: float = 0.0
    apart: float = 0.0
    curves: tuple[Curve, ...] = ()
    residuals: tuple[Any, ...] = ()
    left_out: tuple[HeldOut, ...] = ()

    def predict(self, rates: Any, steps: int | None = None, at: Any = None) -> Any:
        """The loss under any rates.

        Args:
            rates: of every update, an array or a schedule.
            steps: updates of the run, where the schedule has no end, or another one is meant.
            at: the updates after which the loss is asked, from 0; default: each of them.

        Returns:
            The losses, as many as ``at`` has.

        Raises:
            ScheduleError: the rates are none, their peak is outside of those fitted, or a step is outside of the run.
        """
        known, where = self._known(rates, steps, at)
        own = self._path(known)
        block = max(1, _LARGE // (self.options.groups or len(known)))
        parts = [
            self.form.losses(self._features(own, where[k : k + block]), self.values)
            for k in range(0, len(where), block)
        ]
        return np.concatenate(parts)

    def band(self, rates: Any, steps: int | None = None, at: Any = None) -> tuple[Any, Any, Any]:
        """The losses as :meth:`predict` gives them, and the lower and upper end of their 95% intervals."""
        losses = self.predict(rates, steps, at)
        known, where = self._known(rates, steps, at)
        slopes = self.form.slopes(self._features(self._path(known), where), self.values) / losses[:, None]
        half = _Z * losses * np.hypot(self._uncertain(slopes), self.own_error * self._farther(known))
        return losses, losses - half, losses + half

    def final(self, rates: Any, steps: int | None = None) -> Final:
        """The loss after the last update, with its 95% interval: of the fit, and of the law's own error."""
        known, _ = self._known(rates, steps, [0])
        return Final(*(float(one[0]) for one in self.band(known, at=[len(known) - 1])))

    def gain(self, rates: Any, over: Any, steps: int | None = None) -> Gain:
        """How much lower the last loss of ``rates`` is than that of ``over``, with its 95% interval.

        Errors that both share cancel, of the fit exactly, of the law as far as public curves show.
        """
        (mine, own, far), (other, its, too) = self._at_end(rates, steps), self._at_end(over, steps)
        error = max(self.apart, self.misfit) * max(far, too) * (mine + other) / 2
        half = _Z * float(np.hypot(self._uncertain(mine * own - other * its), error))
        return Gain(other - mine, other - mine - half, other - mine + half)

    def _at_end(self, rates: Any, steps: int | None) -> tuple[float, Any, float]:
        """The last loss, the derivatives of its logarithm by those of the parameters, and the factor of the errors."""
        known, _ = self._known(rates, steps, [0])
        features = self._features(self._path(known), np.array([len(known) - 1]))
        loss = float(self.form.losses(features, self.values)[0])
        return loss, self.form.slopes(features, self.values)[0] / loss, self._farther(known)

    def _uncertain(self, slopes: Any) -> Any:
        """The standard deviation that the fit leaves to what has these derivatives; a row of them each."""
        if self.spread is None:
            return np.zeros(slopes.shape[:-1])
        return np.sqrt(np.maximum(np.einsum("...i,ij,...j", slopes, self.spread, slopes), 0.0))

    @property
    def values(self) -> tuple[float, ...]:
        """The parameters in the order of the form."""
        return tuple(float(self.parameters[name]) for name in self.form.parameters)

    @cached_property
    def own_error(self) -> float:
        """The law's own error: the most of what is known of it, and what its fit and the curves left out show."""
        return max(
            self.error, self.misfit, _root_mean_square([one.error / one.loss for one in self.left_out])
        )

    @cached_property
    def misfit(self) -> float:
        """How far the law is off the run that it fits worst, on the average over eighths of it, as a share."""
        eighths = [[part.mean() for part in np.array_split(r, _EIGHTHS) if len(part)] for r in self.residuals]
        return max(map(_root_mean_square, eighths), default=0.0)

    def _farther(self, rates: Any) -> float:
        """How many times the law's own error is larger, for a peak beyond those that were fitted."""
        if self.peaks is None:
            return 1.0
        peak, (low, high) = float(rates.max()), self.peaks
        return 1.0 + _FARTHER * max(math.log2(peak / high), math.log2(low / peak), 0.0)

    def _path(self, rates: Any) -> Any:
        return path(
            rates, int(rates.argmax()), effective=self.effective, counts_warmup=self.options.counts_warmup
        )

    def _features(self, own: Any, at: Any) -> Any:
        return self.form.prepare(own, at, self.options)

    def _known(self, rates: Any, steps: int | None, at: Any) -> tuple[Any, Any]:
        known = rates_of("predict", rates, steps)
        self._must_be_known(float(known.max()))
        where = np.arange(len(known)) if at is None else np.asarray(at)
        if where.ndim != 1 or (where < 0).any() or (where >= len(known)).any():
            raise ScheduleError(message("predict", f"steps must be in 0 .. {len(known) - 1:,}", at))
        return known, where.astype(np.int64)

    def _must_be_known(self, peak: float) -> None:
        """A law on plain rates speaks of the peaks it was fitted on, and of no others."""
        if self.effective is not None or self.peaks is None:
            return
        low, high = self.peaks
        if not low / _BEYOND <= peak <= high * _BEYOND:
            rule = f"this law knows peaks from {low:g} to {high:g}, for its parameters depend on the unit of the rate"
            raise ScheduleError(
                message("predict", rule, peak, "Fit with effective_rate=, or on runs of that peak.")
            )


def _root_mean_square(shares: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(shares)))) if shares else 0.0
