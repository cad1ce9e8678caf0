"""JAX positions, traced or not: float64 where x64 is on, else float32 with exact positions."""

from typing import Any

import jax.numpy as jnp

from stepsize._numbers import Arrays
from stepsize._split import Split, pieces, real
from stepsize.errors import ScheduleTypeError, message

_LARGEST = 2147483520.0  # the largest float32 below 2^31
_DIGIT = 1024  # whole powers are read off tables, ten bits of the exponent at a time


class Jax(Arrays):
    """JAX's operations, and those that differ where a position is a :class:`Split`."""

    def search(self, edges: Any, t: Any) -> Any:
        """Index of the interval of the whole ``edges`` that holds each t."""
        if not isinstance(t, Split):
            return jnp.searchsorted(jnp.asarray(edges, dtype=t.dtype), t, side="right") - 1
        held = [edge for edge in edges if edge < 2**31]
        return jnp.searchsorted(jnp.asarray(held, dtype=jnp.int32), t.floor(), side="right") - 1

    def take(self, values: Any, index: Any) -> Any:
        """``values[index]``, the index held inside; a tuple of whole numbers gives exact positions."""
        index = jnp.clip(index, 0, len(values) - 1).astype(jnp.int32)
        if not isinstance(values, tuple):
            return jnp.asarray(values)[index]
        if not _is_32_bit():
            return jnp.asarray(values, dtype=jnp.float64)[index]
        whole = [
            min(value, 2**31 - 1) for value in values
        ]  # the last cycle may end beyond what an int32 holds
        rest = [value - held for value, held in zip(values, whole, strict=True)]
        return Split(
            jnp, jnp.asarray(whole, dtype=jnp.int32)[index], jnp.asarray(rest, dtype=jnp.float32)[index]
        )

    def wrap(self, t: Any, period: Any) -> tuple[Any, Any]:
        """How many whole periods lie in t >= 0, and the rest."""
        if isinstance(t, Split) and isinstance(period, (int, float)):
            return t.wrap(period)
        return super().wrap(real(t), period)

    def whole_power(self, base: float, times: Any) -> Any:
        """``base`` to a whole power; in float32 as a product of float64 values, rounded once each."""
        if not _is_32_bit():
            return jnp.pow(base, times)
        times = jnp.clip(jnp.asarray(times).astype(jnp.int32), 0, 2**31 - 1)
        power: Any = 1.0
        for place in (1, _DIGIT, _DIGIT**2, _DIGIT**3):
            digits = [base ** (place * digit) for digit in range(_DIGIT if place < _DIGIT**3 else 2)]
            power = power * jnp.asarray(digits, dtype=jnp.float32)[times // place % _DIGIT]
        return power

    def within(self, t: Any, start: Any, stop: Any) -> Any:
        """T where it lies in [start, stop), and a point inside elsewhere."""
        if not isinstance(t, Split):
            return super().within(t, start, stop)
        own = (t >= start) & (t < stop)
        i, f = _parts(start)
        j, g = (i + 2, f) if isinstance(stop, float) and stop == float("inf") else _parts(stop)
        middle, rest = i + (j - i) // 2, (f + g) / 2 + (j - i) % 2 / 2
        return Split(jnp, jnp.where(own, t.whole, middle), jnp.where(own, t.part, rest))


JAX = Jax(jnp)


def _is_32_bit() -> bool:
    return bool(jnp.result_type(float) == jnp.float32)


def _parts(edge: Any) -> tuple[Any, Any]:
    """A position as a whole number and a rest: exactly, but for what a float32 array has rounded already."""
    if isinstance(edge, Split):
        return edge.whole, edge.part
    if isinstance(edge, (int, float)):
        return pieces(edge)
    whole = jnp.floor(edge)
    return whole.astype(jnp.int32), edge - whole


def _exact(t: Any) -> Any:
    """The position as the formulas want it: a float64 array, or a Split, held at 0 and below 2^31."""
    if not _is_32_bit():
        return t.astype(jnp.float64)
    if not jnp.issubdtype(t.dtype, jnp.floating):
        held = jnp.minimum(t, 2**31 - 1) if t.dtype == jnp.uint32 else t
        return Split(jnp, jnp.maximum(held.astype(jnp.int32), 0), 0.0)
    held = jnp.clip(t.astype(jnp.float32), 0.0, _LARGEST)
    whole = jnp.floor(held)
    return Split(jnp, whole.astype(jnp.int32), held - whole)


def curve(schedule: Any, t: Any) -> Any:
    """Rates in JAX's default float, in the shape of t."""
    kinds = (jnp.floating, jnp.integer, jnp.bool_)
    if not any(jnp.issubdtype(t.dtype, kind) for kind in kinds):
        raise ScheduleTypeError(
            message("schedule(t)", "positions must be real numbers", f"an array of {t.dtype}")
        )
    dtype = jnp.result_type(float)
    rates = jnp.broadcast_to(jnp.asarray(schedule._select(_exact(t), JAX), dtype=dtype), t.shape)
    if jnp.issubdtype(t.dtype, jnp.floating):
        rates = jnp.where(jnp.isposinf(t), jnp.asarray(schedule._final, dtype=dtype), rates)
        rates = jnp.where(jnp.isnan(t), jnp.nan, rates)
    return rates
