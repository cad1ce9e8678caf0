"""Scaling: a factor that may be a division, so that peak / peak is exactly 1."""


class Inverse(float):
    """A factor 1/d that divides by d, so that the quotient is rounded once."""

    def __new__(cls, value: float, divisor: float) -> "Inverse":
        self = super().__new__(cls, value)
        self.divisor = divisor
        return self

    divisor: float


def times(value: float, factor: float) -> float:
    """A rate times a factor; a division where the factor is the inverse of a divisor."""
    return value / factor.divisor if isinstance(factor, Inverse) else value * factor
