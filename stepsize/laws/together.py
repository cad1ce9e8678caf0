"""Two laws, or more, as one: their mean, and how far they are apart."""

from typing import Any, NamedTuple

import numpy as np

from stepsize.laws.law import Final, Gain, Law


class Together(NamedTuple):
    """The mean of several laws of the same runs; where they disagree, the interval is wider.

    On the public grid the annealing law and the Multi-Power Law err to different sides: see docs/laws.md.

    Attributes:
        laws: that were fitted to the same curves.
    """

    laws: tuple[Law, ...]

    def predict(self, rates: Any, steps: int | None = None, at: Any = None) -> Any:
        """The mean of their losses, as :meth:`Law.predict` gives each."""
        return np.mean([law.predict(rates, steps, at) for law in self.laws], axis=0)

    def band(self, rates: Any, steps: int | None = None, at: Any = None) -> tuple[Any, Any, Any]:
        """The mean, and the ends of its interval: that of the mean law, and half of how far the laws are apart."""
        told = [law.band(rates, steps, at) for law in self.laws]
        loss, half = _mean([one[0] for one in told], [one[2] - one[0] for one in told])
        return loss, loss - half, loss + half

    def final(self, rates: Any, steps: int | None = None) -> Final:
        """The mean of their last losses, with that interval."""
        told = [law.final(rates, steps) for law in self.laws]
        loss, half = _mean([one.loss for one in told], [one.high - one.loss for one in told])
        return Final(float(loss), float(loss - half), float(loss + half))

    def gain(self, rates: Any, over: Any, steps: int | None = None) -> Gain:
        """The mean of their gains, with the same interval."""
        told = [law.gain(rates, over, steps) for law in self.laws]
        gain, half = _mean([one.gain for one in told], [one.high - one.gain for one in told])
        return Gain(float(gain), float(gain - half), float(gain + half))


Predicts = Law | Together


def _mean(values: list[Any], halves: list[Any]) -> tuple[Any, Any]:
    apart = (np.max(values, axis=0) - np.min(values, axis=0)) / 2
    return np.mean(values, axis=0), np.hypot(np.mean(halves, axis=0), apart)
