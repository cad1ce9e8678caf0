"""Rates as logs print them: so many figures, so many decimals, 32 bits, or all there is."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rounding:
    """``kind`` is "significant", "decimals", "float32" or "full"; ``digits`` counts for the first two."""

    kind: str
    digits: int = 0
    style: str = "e"

    def text(self, rate: float) -> str:
        """The rate as it is printed."""
        match self.kind:
            case "significant":
                return f"{rate:.{self.digits - 1}e}" if self.style == "e" else f"{rate:.{self.digits}g}"
            case "decimals":
                return f"{rate:.{self.digits}f}"
            case "float32":
                return str(np.float32(rate))
        return repr(float(rate))

    def unit(self, rates: "np.ndarray") -> "np.ndarray":
        """One unit of the last digit printed, at each rate; of the seventh where all are."""
        if self.kind == "decimals":
            return np.full(rates.shape, 10.0**-self.digits)
        digits = self.digits or 7  # what 32 bits hold, for many a reader keeps no more
        size = np.maximum(np.abs(rates), 1e-300)
        return np.asarray(10.0 ** (np.floor(np.log10(size)) - digits + 1))


def draw(rng: np.random.Generator, peak: float) -> Rounding:
    """Mostly some figures; fixed decimals only where the peak keeps three of them."""
    kind = str(rng.choice(["significant", "decimals", "float32", "full"], p=[0.5, 0.15, 0.1, 0.25]))
    decimals = [digits for digits in (6, 7, 8) if peak * 10**digits >= 100]
    if kind == "decimals" and decimals:
        return Rounding(kind, int(rng.choice(decimals)))
    if kind in ("float32", "full"):
        return Rounding(kind)
    return Rounding("significant", int(rng.integers(3, 7)), str(rng.choice(["e", "e", "g"])))
