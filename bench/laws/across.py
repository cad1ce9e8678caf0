"""V4 to V8: the grid of 124 million parameters by two curves, by short ones, and across peaks; and the convex bound."""

from collections.abc import Iterator, Sequence
from time import perf_counter

import numpy as np

import stepsize as ss
from bench.laws.advised import Judged, cooldowns, cosines, fitted, held_and_cosine, judged, run
from bench.laws.curves import Grid
from bench.laws.rows import Row
from stepsize.laws import Together, omega
from stepsize.schedule import Schedule

LAWS = ("annealing", "multi_power")
V4 = {5e-4: (0.011, 0.001), 1e-3: (0.011, 0.001), 2e-3: (0.015, 0.006)}
V6 = {1e-3: 0.014, 2e-3: 0.012}
V7 = {2e-3: (5e-4, 1e-3, 0.045), 1e-3: (5e-4, 2e-3, 0.015), 5e-4: (1e-3, 2e-3, 0.015)}
OMEGA = {  # the table of the convex bound, at T = 100, 400, 4000: best scale, and bound
    "constant": ((0.04023, 0.24854), (0.01818, 0.13754), (0.00503, 0.04968)),
    "wsd linear 0.2": ((0.04954, 0.22303), (0.02537, 0.10932), (0.00812, 0.03421)),
    "wsd linear 0.6": ((0.06892, 0.20580), (0.03510, 0.10157), (0.01119, 0.03192)),
    "wsd 1-sqrt 0.2": ((0.05243, 0.21871), (0.02685, 0.10729), (0.00857, 0.03366)),
    "cosine to 0": ((0.09469, 0.20911), (0.04824, 0.10339), (0.01534, 0.03259)),
    "linear to 0": ((0.09726, 0.20361), (0.04956, 0.10063), (0.01579, 0.03165)),
}


def both(trained: Sequence[Grid], asked: Sequence[Grid]) -> dict[str, Judged]:
    """Each of the two laws, and their mean."""
    laws = {name: fitted(trained, name) for name in LAWS}
    every = {**laws, "together": Together(tuple(laws.values()))}
    return {name: judged(law, trained, asked) for name, law in every.items()}


def v4() -> Iterator[Row]:
    """V4 and V5: a held run and a cosine of 50,000 updates, to 26 runs that hold and cool down."""
    for peak, (error, regret) in V4.items():
        for name, found in both(held_and_cosine(peak), cooldowns(peak)).items():
            yield Row(
                "V4", f"peak {peak:g}, {name}: mean error of the final loss", found.error, error, digits=4
            )
            yield Row("V4", f"peak {peak:g}, {name}: Kendall's tau", found.tau, 0.78, True, 2)
            yield Row(
                "V4", f"peak {peak:g}, {name}: share within 95% intervals", found.covered, 0.90, True, 2
            )
            what = f"peak {peak:g}, {name}: regret, of a fixed 20% {found.usual:.4f}"
            yield Row("V5", what, found.regret, regret, digits=3)
            if name == "together":
                yield Row(
                    "V4",
                    f"peak {peak:g}, stretch: mean error of the final loss",
                    found.error,
                    0.008,
                    digits=4,
                )


def v6() -> Iterator[Row]:
    """A cosine and a cooldown of 15,000 updates, to all runs of 25,000 and more."""
    for peak, error in V6.items():
        trained = [run("wsd", peak, 15_000, fraction=0.2), run("cosine", peak, 15_000, end=0.1)]
        for name, found in both(trained, cooldowns(peak, 25_000) + cosines(peak, 25_000)).items():
            yield Row(
                "V6", f"peak {peak:g}, {name}: mean error of the final loss", found.error, error, digits=4
            )
            yield Row(
                "V6", f"peak {peak:g}, {name}: share within 95% intervals", found.covered, 0.90, True, 2
            )


def v7() -> Iterator[Row]:
    """Four runs at two peaks, to all runs at a third; on the effective rate, its n0 by the fit alone."""
    for peak, (first, second, error) in V7.items():
        trained, start = held_and_cosine(first) + held_and_cosine(second), perf_counter()
        law = fitted(trained, "multi_power", 0.1)
        seconds = perf_counter() - start
        found = judged(law, trained, cooldowns(peak) + cosines(peak))
        what = f"{first:g} and {second:g} to {peak:g}"
        yield Row(
            "V7",
            f"{what}, n0 {law.effective.n0:.1g}: mean error of the final loss",
            found.error,
            error,
            digits=4,
        )
        yield Row("V7", f"{what}: R2 of whole curves", found.r2, 0.98, True, 4)
        yield Row("V7", f"{what}: share within 95% intervals", found.covered, 0.90, True, 2)
        yield Row("V7", f"{what}: seconds of the fit, n0 sought", seconds, 15.0, digits=1)
        if peak == 2e-3:
            yield Row("V7", f"{what}, stretch: mean error of the final loss", found.error, 0.02, digits=4)


def v8() -> Iterator[Row]:
    """The bound on the last iterate, where T + 1 rates end at 0."""
    off = []
    for k, steps in enumerate((100, 400, 4000)):
        for name, schedule in bounded(steps).items():
            found = omega(schedule)
            off += [abs(found.scale - OMEGA[name][k][0]), abs(found.omega - OMEGA[name][k][1])]
        found = omega(1 / np.sqrt(np.arange(1, steps + 1)))
        told = ((0.23875, 0.22531), (0.21209, 0.12226), (0.18367, 0.04354))[k]
        off += [abs(found.scale - told[0]), abs(found.omega - told[1])]
    yield Row("V8", f"{len(off)} figures of the convex bound, largest difference", max(off), 5.1e-6, digits=7)


def bounded(steps: int) -> dict[str, Schedule]:
    """The schedules of the table."""
    fifth, most = round(0.2 * steps), round(0.6 * steps)
    return {
        "constant": ss.hold(1.0, steps),
        "wsd linear 0.2": ss.hold(1.0, steps - fifth) >> ss.linear(1.0, 0.0, fifth),
        "wsd linear 0.6": ss.hold(1.0, steps - most) >> ss.linear(1.0, 0.0, most),
        "wsd 1-sqrt 0.2": ss.hold(1.0, steps - fifth) >> ss.ramp(1.0, 0.0, fifth, "one_minus_sqrt"),
        "cosine to 0": ss.cosine(1.0, 0.0, steps),
        "linear to 0": ss.linear(1.0, 0.0, steps),
    }
