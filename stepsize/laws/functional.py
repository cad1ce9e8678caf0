"""The Functional Scaling Law: drops lower the noise in intrinsic time, the sum of the rates."""

from typing import Any, NamedTuple

import numpy as np

from stepsize.laws.forms import Form, Options
from stepsize.laws.path import Drops, Path


class _Seen(NamedTuple):
    one: Any
    area: Any
    drops: Drops
    log_area: Any  # of each drop
    since: Any


def _prepare(path: Path, steps: Any, options: Options) -> _Seen:
    area, drops = path.area[steps], path.grouped(options.groups)
    since = np.maximum(area[:, None] - drops.area, 0.0)
    first = path.area[path.area > 0].min(initial=np.inf)
    log_area = np.log(np.maximum(drops.area, first))
    return _Seen(np.ones(len(area)), area, drops, log_area, since)


def _kernel(seen: _Seen, shape: tuple[float, ...]) -> tuple[Any, Any, Any, Any]:
    """What a drop is worth, c4 times the time since, its logarithm with 1, and what is left."""
    s, c3, c4, g = shape
    scaled = c4 * seen.since
    logged = np.log1p(scaled)
    return seen.drops.size * (c3 + np.exp(-s * seen.log_area)), scaled, logged, np.exp(-g * logged)


def _columns(seen: _Seen, shape: tuple[float, ...]) -> list[Any]:
    worth, _, _, left = _kernel(seen, shape)
    return [seen.one, seen.area ** -shape[0], (1 - left) @ worth]


def _derivatives(seen: _Seen, shape: tuple[float, ...], linear: tuple[float, ...]) -> list[Any]:
    s, c3, _, g = shape
    _, c1, c2 = linear
    worth, scaled, logged, left = _kernel(seen, shape)
    fading = np.exp(-s * seen.log_area) * seen.log_area * seen.drops.size
    return [
        -s * np.log(seen.area) * c1 * seen.area**-s + c2 * s * ((1 - left) @ fading),
        -c2 * c3 * ((1 - left) @ seen.drops.size),
        -c2 * g * ((left * scaled / (1 + scaled)) @ worth),
        -c2 * g * ((logged * left) @ worth),
    ]


FUNCTIONAL = Form(
    "functional", "Functional Scaling Law", {"L0": 1, "c1": 1, "c2": -1}, ("s", "c3", "c4", "g"),
    _prepare, _columns, _derivatives,
    ((0.3, 1.0, 10.0, 0.5), (0.5, 1.0, 10.0, 0.5), (0.8, 1.0, 10.0, 0.5), (0.5, 0.1, 1.0, 1.0)),
    {"c3": (1.0, 1.0), "c4": (10.0, 1.0), "g": (0.5, 0.3)},
)  # fmt: skip
