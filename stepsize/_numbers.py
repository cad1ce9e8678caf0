"""The few operations a formula needs, for Python numbers, NumPy, JAX (traced too) and Torch.

A formula is written once, against ``xp``. Positions are subtracted before they are divided; a kind of number that
could not hold a long position exactly (JAX in 32 bits) hands out :class:`stepsize._split.Split` positions,
whose differences are exact. No library is imported here unless the caller already holds one of its values.

``select`` is the heart: ``edges`` cut the line of positions, ``parts[k]`` is the rate, a function of t, that speaks
between ``edges[k - 1]`` and ``edges[k]``, and on an edge the later part speaks.
"""

import math
import sys
from bisect import bisect_right
from collections.abc import Callable
from importlib import import_module
from typing import Any

from stepsize.errors import ScheduleTypeError, message


class Python:
    """Python's own numbers: module ``math``. The fast path; everything else is measured against it."""

    sin, sqrt, exp, expm1, log1p, pow = (
        math.sin, math.sqrt, math.exp, math.expm1, math.log1p, math.pow,
    )  # fmt: skip
    whole_power = staticmethod(math.pow)
    wrap = staticmethod(divmod)
    minimum, maximum = staticmethod(min), staticmethod(max)

    @staticmethod
    def where(condition: bool, yes: Any, no: Any) -> Any:
        """``yes`` where the condition holds, else ``no``."""
        return yes if condition else no

    @staticmethod
    def quotient(dividend: Any, divisor: Any) -> Any:
        """The quotient of two numbers >= 0, infinite where the divisor is 0, as it is for arrays."""
        return dividend / divisor if divisor else math.inf

    @staticmethod
    def full(t: Any, value: float) -> Any:
        """The same value everywhere; nan where there is no position."""
        return value if t == t else t

    @staticmethod
    def search(edges: Any, t: Any) -> int:
        """Index of the interval of ``edges`` that holds t."""
        return bisect_right(edges, t) - 1

    @staticmethod
    def take(values: Any, index: Any) -> Any:
        """``values[index]``, the index held inside."""
        return values[min(max(int(index), 0), len(values) - 1)]

    @staticmethod
    def select(t: Any, edges: Any, parts: Any) -> Any:
        """The rate of the part that owns t."""
        return parts[bisect_right(edges, t)](t)


class Arrays:
    """What NumPy, JAX and Torch share; a subclass gives ``lib`` and the names that differ."""

    def __init__(self, lib: Any) -> None:
        self.lib = lib
        for name in ("sin", "sqrt", "exp", "expm1", "log1p", "pow", "where", "minimum", "maximum"):
            if not hasattr(type(self), name):
                setattr(self, name, getattr(lib, name))

    def quotient(self, dividend: Any, divisor: Any) -> Any:
        """The quotient of two arrays >= 0, infinite where the divisor is 0."""
        return dividend / divisor

    def full(self, t: Any, value: float) -> Any:
        """The same value everywhere: arrays broadcast it."""
        return value

    def whole_power(self, base: float, times: Any) -> Any:
        """``base`` to a whole power."""
        return self.pow(base, times)  # type: ignore[attr-defined]

    def wrap(self, t: Any, period: Any) -> tuple[Any, Any]:
        """How many whole periods lie in t >= 0, and the rest; ``fmod`` is exact."""
        rest = self.lib.fmod(t, period)
        return self.lib.round((t - rest) / period), rest

    def select(self, t: Any, edges: Any, parts: Any) -> Any:
        """Every part on its own positions. Elsewhere it gets its middle, so that no gradient meets a pole."""
        chosen = parts[-1](t)
        for k in reversed(range(len(edges))):
            inside = t if k == 0 else self.within(t, edges[k - 1], edges[k])
            chosen = self.where(t < edges[k], parts[k](inside), chosen)  # type: ignore[attr-defined]
        return chosen

    def within(self, t: Any, start: Any, stop: Any) -> Any:
        """T where it lies in [start, stop), and a point inside elsewhere."""
        middle = start + 1 if isinstance(stop, float) and math.isinf(stop) else (start + stop) / 2
        return self.where((t >= start) & (t < stop), t, middle)  # type: ignore[attr-defined]


def curve(schedule: Any, t: Any) -> Any:
    """Evaluate a schedule at positions that are not plain Python numbers; kind and shape come back."""
    for library, module, is_ours in _LIBRARIES:
        loaded = sys.modules.get(library)
        if loaded is not None and is_ours(loaded, t):
            return import_module(module).curve(schedule, t)
    try:
        plain = None if isinstance(t, (str, bytes)) else float(t)
    except OverflowError:
        plain = math.inf if t > 0 else -math.inf
    except Exception:
        plain = None
    if plain is None:
        remedy = "Wrap a list in numpy.asarray." if isinstance(t, (list, tuple, range)) else ""
        raise ScheduleTypeError(
            message("schedule(t)", "t must be a real number or an array of them", t, remedy)
        )
    return schedule(plain)


_LIBRARIES: tuple[tuple[str, str, Callable[[Any, Any], bool]], ...] = (
    ("numpy", "stepsize._numbers_numpy", lambda np, t: isinstance(t, (np.ndarray, np.generic))),
    ("jax", "stepsize._numbers_jax", lambda jax, t: isinstance(t, jax.Array)),
    ("torch", "stepsize._numbers_torch", lambda torch, t: isinstance(t, torch.Tensor)),
)
