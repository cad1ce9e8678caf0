"""The laws as formulas: the loss and its derivatives, for the logarithms of their parameters, all of them above 0.

A form prepares what a run is to it once, for the steps that are asked, and then gives losses for any parameters. All
of its parameters but the shape are linear: ``columns`` gives what they multiply, and a sign.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from stepsize.laws.path import GROUPS, Path

Prior = Mapping[
    str, tuple[float, float]
]  # of a parameter: its centre, and the strength of the pull on its logarithm


class Form(NamedTuple):
    """A law before it is fitted.

    Attributes:
        name: such as "multi_power".
        title: such as "Multi-Power Law".
        linear: names of the parameters that multiply a column, with the sign of it.
        shape: names of the others.
        prepare: what a path is at some steps; ``(path, steps, options) -> features``.
        columns: ``(features, shape) -> columns``, one a linear parameter.
        derivatives: ``(features, shape, linear) -> columns``, of the loss by the logarithm of each shape parameter.
        starts: where to begin a fit: values of the shape.
        prior: on by default.
        counts_warmup: as its authors do, by default.
    """

    name: str
    title: str
    linear: Mapping[str, int]
    shape: tuple[str, ...]
    prepare: Callable[[Path, Any, "Options"], Any]
    columns: Callable[[Any, tuple[float, ...]], list[Any]]
    derivatives: Callable[[Any, tuple[float, ...], tuple[float, ...]], list[Any]]
    starts: tuple[tuple[float, ...], ...]
    prior: Prior
    counts_warmup: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """Their names: the linear ones first."""
        return (*self.linear, *self.shape)

    def losses(self, features: Any, values: tuple[float, ...]) -> Any:
        """The loss at the steps that were prepared."""
        many = len(self.linear)
        columns = self.columns(features, values[many:])
        signed = zip(self.linear.values(), values[:many], columns, strict=True)
        return sum(sign * value * column for sign, value, column in signed)

    def slopes(self, features: Any, values: tuple[float, ...]) -> Any:
        """The derivative of each loss by the logarithm of each parameter; shape (steps, parameters)."""
        many = len(self.linear)
        linear, shape = values[:many], values[many:]
        columns = self.columns(features, shape)
        signed = zip(self.linear.values(), linear, columns, strict=True)
        own = [sign * value * column for sign, value, column in signed]
        return np.stack([*own, *self.derivatives(features, shape, linear)], axis=-1)


class Options(NamedTuple):
    """How a form looks at a run.

    Attributes:
        memory: of the annealing law, in updates: 1 / (1 - lambda).
        groups: of drops, about; None takes each by itself.
        counts_warmup: the rise of the warmup is a negative drop.
    """

    memory: float = 1000.0
    groups: int | None = GROUPS
    counts_warmup: bool = False


DEFAULT = Options()
