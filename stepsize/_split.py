"""A position in 32 bits without loss: a whole part as an integer, and what is left as a float.

JAX computes in float32 by default, which counts to 16 million and then skips. Differences between a position and
an edge are taken on the integers first, and rounded once, when a formula asks for a real number.
"""

import math
from fractions import Fraction
from typing import Any

from stepsize.errors import ScheduleError, message

_LIMIT = 2**31


class Split:
    """The position ``whole + part``: an int32 array, and a float32 array (or 0.0) added to it."""

    __slots__ = ("jnp", "part", "whole")

    def __init__(self, jnp: Any, whole: Any, part: Any) -> None:
        self.jnp, self.whole, self.part = jnp, whole, part

    def real(self) -> Any:
        """The position as a float32 array, rounded once."""
        return self.whole.astype(self.jnp.float32) + self.part

    def _less(self, other: Any, sign: int) -> Any:
        """``self - other``, or ``other - self`` for sign -1; exact where the other is exact."""
        if isinstance(other, float) and math.isinf(other):
            return -sign * other + self.real() * 0
        if isinstance(other, Split):
            return Split(self.jnp, sign * (self.whole - other.whole), sign * (self.part - other.part))
        if isinstance(other, (int, float)):
            i, f = pieces(other)
            return Split(self.jnp, sign * (self.whole - i), sign * (self.part - f))
        if self.jnp.issubdtype(other.dtype, self.jnp.integer):
            return Split(self.jnp, sign * (self.whole - other), sign * self.part)
        return sign * (self.real() - other)

    def __sub__(self, other: Any) -> Any:
        return self._less(other, 1)

    def __rsub__(self, other: Any) -> Any:
        return self._less(other, -1)

    def __add__(self, other: Any) -> Any:
        return real(self) + other

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        return self.real() * other

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self.real() / real(other)

    def __rtruediv__(self, other: Any) -> Any:
        return other / self.real()

    def __lt__(self, other: Any) -> Any:
        return real(self - other) < 0

    def __ge__(self, other: Any) -> Any:
        return real(self - other) >= 0

    def floor(self) -> Any:
        """The whole part of the position, as int32."""
        return self.whole + self.jnp.floor(self.part).astype(self.jnp.int32)

    def wrap(self, period: float) -> tuple[Any, "Split"]:
        """How many whole periods lie in it, and the exact rest.

        A period p = n/d is dealt with in two steps: n steps hold d whole periods, and n is a whole number.
        """
        n, d = Fraction(period).as_integer_ratio()
        if d > 1024 or n >= _LIMIT:
            rule = "without x64, a cycle must be a multiple of 1/1024 of an update, below 2^31"
            raise ScheduleError(message("under JAX", rule, period, _REMEDY))
        whole = self.floor()
        within = Split(self.jnp, whole % n, self.part + (self.whole - whole))
        k = self.jnp.floor(within.real() / period).astype(self.jnp.int32)
        k = k + _sign(within - self._times(k, n, d))
        k = k + _sign(within - self._times(k, n, d))
        k = self.jnp.clip(k + (real(within - self._times(k + 1, n, d)) >= 0), 0, d - 1)
        return whole // n * d + k, within - self._times(k, n, d)

    def _times(self, k: Any, n: int, d: int) -> "Split":
        """K * n / d, exactly: k < d <= 1024, and n/d is split before it is multiplied."""
        i, rest = divmod(n, d)
        return Split(self.jnp, k * i + k * rest // d, (k * rest % d) / d)


def _sign(difference: Any) -> Any:
    """-1 where the difference is negative, else 0: one step back for a period counted too many."""
    return -(real(difference) < 0).astype(difference.whole.dtype)


def real(value: Any) -> Any:
    """A Split as one float32 array; anything else as it is."""
    return value.real() if isinstance(value, Split) else value


def pieces(value: float) -> tuple[int, float]:
    """A plain number as a whole number below 2^31 and a rest in [0, 1)."""
    i = math.floor(value)
    if abs(i) >= _LIMIT:
        raise ScheduleError(
            message("under JAX", "without x64, lengths must be below 2^31 updates", value, _REMEDY)
        )
    return i, float(value - i)


_REMEDY = 'Switch on 64 bits, jax.config.update("jax_enable_x64", True), or count in larger units.'
