"""Two laws on sums: the power law of the area, and the annealing law, which counts how long a drop has lasted."""

from typing import Any, NamedTuple

import numpy as np
from scipy.signal import lfilter

from stepsize.laws.forms import Form, Options
from stepsize.laws.path import Path


class _Sums(NamedTuple):
    one: Any
    area: Any
    annealed: Any


def _prepare(path: Path, steps: Any, options: Options) -> _Sums:
    area = path.area[steps]
    fade = 1 - 1 / options.memory
    momentum = lfilter([1.0], [1.0, -fade], path.drops)
    return _Sums(np.ones(len(area)), area, np.cumsum(momentum)[steps])


def _power(sums: _Sums, shape: tuple[float, ...]) -> Any:
    return sums.area ** -shape[0]


def _area_columns(sums: _Sums, shape: tuple[float, ...]) -> list[Any]:
    return [sums.one, _power(sums, shape)]


def _columns(sums: _Sums, shape: tuple[float, ...]) -> list[Any]:
    return [sums.one, _power(sums, shape), sums.annealed]


def _derivatives(sums: _Sums, shape: tuple[float, ...], linear: tuple[float, ...]) -> list[Any]:
    return [-shape[0] * np.log(sums.area) * linear[1] * _power(sums, shape)]


_STARTS = ((0.3,), (0.5,), (0.8,))

AREA = Form(
    "area", "power law of the area", {"L0": 1, "A": 1}, ("alpha",), _prepare, _area_columns, _derivatives, _STARTS, {}
)  # fmt: skip
ANNEALING = Form(
    "annealing", "annealing law", {"L0": 1, "A": 1, "C": -1}, ("alpha",), _prepare, _columns, _derivatives, _STARTS, {}
)  # fmt: skip
