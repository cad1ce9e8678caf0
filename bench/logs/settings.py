"""What people write: lengths, peaks, warmups and ends, mostly round, some odd."""

import math
from dataclasses import dataclass, replace

import numpy as np

_ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)


@dataclass(frozen=True)
class Settings:
    """One schedule to be built: ``steps`` is its horizon; ``seed`` gives whatever else a library wants to know."""

    steps: int
    peak: float
    warmup: int
    end: float
    seed: tuple[int, ...]

    @property
    def rng(self) -> np.random.Generator:
        """The same choices each time that it is asked."""
        return np.random.default_rng(self.seed)

    def over(self, steps: int) -> "Settings":
        """The same words with another horizon; the warmup stays, for it was written as a number of updates."""
        return replace(self, steps=steps)


def rounded(x: float, rng: np.random.Generator, odd: float = 0.2) -> float:
    """A number near x as people write it: one figure or so; with the share ``odd`` three figures."""
    power = 10.0 ** math.floor(math.log10(x))
    if rng.random() < odd:
        return float(f"{x:.2e}")
    return float(f"{min(_ROUND, key=lambda r: abs(r - x / power)) * power:.6g}")


def draw(rng: np.random.Generator, seed: tuple[int, ...], most: int = 60_000) -> Settings:
    """Lengths of 60 updates and more, peaks from 1e-5 to 1, warmups up to 20%, ends at 0, 1%, 10% or odd."""
    steps = max(60, round(rounded(math.exp(rng.uniform(math.log(60), math.log(most))), rng)))
    if rng.random() < 0.15:
        steps = max(60, round(steps * rng.uniform(0.7, 1.0)))
    peak = rounded(10 ** rng.uniform(-5, 0), rng)
    share = float(rng.choice([0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2], p=[0.25, 0.05, 0.1, 0.1, 0.2, 0.2, 0.1]))
    warmup = share * steps
    if warmup and rng.random() < 0.4:
        warmup = rounded(min(warmup, 0.2 * steps), rng)
    odd = float(f"{peak * rng.uniform(0.005, 0.3):.2g}")
    end = float(rng.choice([0.0, 0.1 * peak, 0.01 * peak, odd], p=[0.4, 0.3, 0.15, 0.15]))
    return Settings(min(steps, most), peak, min(round(warmup), steps // 4), float(f"{end:.12g}"), seed)
