"""How long a prediction takes: 1,000 points of a run of a million updates, on one core."""

from collections.abc import Iterator
from time import perf_counter

import numpy as np

import stepsize as ss
from bench.laws.rows import Row
from stepsize.laws import Law
from stepsize.laws.fitting import FORMS

MANY = 1_000_000
VALUES = {
    "area": (2.6, 0.6, 0.4), "annealing": (2.6, 0.6, 0.5, 0.4), "multi_power": (2.6, 0.6, 438.0, 0.45, 2.1, 0.6, 0.65),
    "functional": (2.6, 0.6, 60.0, 0.4, 9.0, 80.0, 0.5), "convex": (2.6, 0.8, 120.0),
}  # fmt: skip


def speed() -> Iterator[Row]:
    """Each law."""
    rates = np.asarray(ss.warmup_cosine(3e-4, MANY, warmup=2000)(np.arange(MANY)))
    at = np.linspace(2000, MANY - 1, 1000).astype(int)
    for name, values in VALUES.items():
        law = Law(FORMS[name], dict(zip(FORMS[name].parameters, values, strict=True)))
        start = perf_counter()
        law.predict(rates, at=at)
        yield Row(
            "time",
            f"{name}: seconds for 1,000 points of a million updates",
            perf_counter() - start,
            0.3,
            digits=3,
        )
