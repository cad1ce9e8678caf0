"""The Multi-Power Law: each drop of the rate lowers the loss, the sooner the higher the rate goes on."""

from typing import Any, NamedTuple

import numpy as np

from stepsize.laws.forms import Form, Options
from stepsize.laws.path import Drops, Path

_MOST = 690.0  # of a logarithm, whose exponential is a number


class _Seen(NamedTuple):
    one: Any
    area: Any
    drops: Drops
    log_rate: Any
    since: Any  # by step and drop: the area from the drop on, 0 before it


def _prepare(path: Path, steps: Any, options: Options) -> _Seen:
    area, drops = path.area[steps], path.grouped(options.groups)
    since = np.maximum(area[:, None] - drops.area, 0.0)
    positive = drops.rate > 0
    lowest = drops.rate[positive].min(initial=1.0) * 1e-3
    return _Seen(np.ones(len(area)), area, drops, np.log(np.maximum(drops.rate, lowest)), since)


def _faded(seen: _Seen, shape: tuple[float, ...]) -> tuple[Any, Any, Any]:
    """C x, log(1 + C x) and (1 + C x)^-beta, of x = rate^-gamma times the area since."""
    _, c, beta, gamma = shape
    steep = np.minimum(-gamma * seen.log_rate, _MOST)  # a gamma that is not told may be any
    scaled = seen.since * (c * np.exp(steep))
    logged = np.log1p(scaled)
    return scaled, logged, np.exp(-beta * logged)


def _columns(seen: _Seen, shape: tuple[float, ...]) -> list[Any]:
    _, _, left = _faded(seen, shape)
    return [seen.one, seen.area ** -shape[0], (1 - left) @ seen.drops.size]


def _derivatives(seen: _Seen, shape: tuple[float, ...], linear: tuple[float, ...]) -> list[Any]:
    alpha, _, beta, gamma = shape
    _, a, b = linear
    scaled, logged, left = _faded(seen, shape)
    by_c = beta * left * scaled / (1 + scaled)
    size = seen.drops.size
    return [
        -alpha * np.log(seen.area) * a * seen.area**-alpha,
        -b * (by_c @ size),
        -b * beta * ((logged * left) @ size),
        b * gamma * (by_c @ (size * seen.log_rate)),
    ]


MULTI_POWER = Form(
    "multi_power", "Multi-Power Law", {"L0": 1, "A": 1, "B": -1}, ("alpha", "C", "beta", "gamma"),
    _prepare, _columns, _derivatives, ((0.3, 1.0, 0.5, 0.5), (0.5, 1.0, 0.5, 0.5), (0.8, 1.0, 0.5, 0.5)),
    {"C": (1.0, 0.02), "beta": (0.5, 0.02), "gamma": (0.5, 0.02)}, counts_warmup=True,
)  # fmt: skip
