"""The schedules that a race can have by name, each for a number of updates and a peak.

Nothing is tuned for one of them: all have the same peak, and decays end at zero.
"""

from collections.abc import Callable, Mapping

from stepsize.recipes import (
    cosine_annealing,
    linear_warmup,
    one_cycle,
    polynomial_decay,
    sgdr,
    step_decay,
    triangular,
    warmup_cosine,
    warmup_linear,
    wsd,
)
from stepsize.schedule import Schedule, hold

Makes = Mapping[str, Callable[[int, float], Schedule]]

WARMED: Makes = {
    # All but the first rise over 5% of the run.
    "constant": lambda steps, peak: hold(peak),
    "warmup_constant": lambda steps, peak: linear_warmup(peak, steps / 20),
    "warmup_cosine": lambda steps, peak: warmup_cosine(peak, steps, warmup="5%"),
    # Cycles of 1, 2 and 4 parts fill what the warmup leaves: the last one ends with the run.
    "sgdr": lambda steps, peak: (
        linear_warmup(peak, steps / 20) >> sgdr(peak, max(1, (steps - steps / 20) / 7), growth=2, cycles=3)
    ),
    "polynomial": lambda steps, peak: polynomial_decay(peak, steps, power=2, warmup="5%"),
    "wsd": lambda steps, peak: wsd(peak, steps, warmup="5%", decay="20%"),
    "warmup_linear": lambda steps, peak: warmup_linear(peak, steps, warmup="5%"),
    "wsd_sqrt": lambda steps, peak: wsd(peak, steps, warmup="5%", decay="20%", shape="one_minus_sqrt"),
    "one_cycle": lambda steps, peak: one_cycle(peak, steps),
}
"""For language models and the like."""

CYCLED: Makes = {
    "constant": lambda steps, peak: hold(peak),
    "step_decay": lambda steps, peak: step_decay(peak, steps / 3),
    "triangular": lambda steps, peak: triangular(peak / 10, peak, steps / 8, cycles=4),
    "one_cycle": lambda steps, peak: one_cycle(peak, steps),
    "cosine": lambda steps, peak: cosine_annealing(peak, steps),
    "sgdr": lambda steps, peak: sgdr(peak, max(1, steps / 7), growth=2, cycles=3),
    "warmup_cosine": lambda steps, peak: warmup_cosine(peak, steps, warmup="5%"),
    "wsd": lambda steps, peak: wsd(peak, steps, warmup="5%", decay="20%"),
    "polynomial": lambda steps, peak: polynomial_decay(peak, steps, power=2),
}
"""For images: those that use cycles, and none that must warm up."""
