"""V1, V2, V3, V9: the curves of the Multi-Power Law's authors, by their parameters and by fits."""

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from bench.laws.curves import HELD, PEAK, SIZES, TRAINED, WARMUP, mpl
from bench.laws.rows import Row
from stepsize.laws import EffectiveRate, Law, fit, optimise
from stepsize.laws.fitting import FORMS
from stepsize.laws.forms import Options
from stepsize.laws.law import Final

MPL = FORMS["multi_power"]
PARAMETERS = {  # arXiv 2503.12811, the authors' repository: L0, A, B, alpha, C, beta, gamma
    25: (3.0405, 0.5247, 363.79, 0.5079, 2.0656, 0.5828, 0.6414),
    100: (2.6514, 0.6012, 437.95, 0.4530, 2.1325, 0.5979, 0.6552),
    400: (2.3747, 0.6542, 523.42, 0.4288, 2.0246, 0.5935, 0.6347),
}
README = {  # R2, MAE, RMSE, PredE, WorstE, means over six curves
    25: (0.99880, 0.00376, 0.00465, 0.00110, 0.00409),
    100: (0.99830, 0.00435, 0.00592, 0.00142, 0.00583),
    400: (0.99776, 0.00484, 0.00730, 0.00168, 0.00995),
}
NAMES = ("R2", "MAE", "RMSE", "PredE", "WorstE", "final")
OPTIMAL = {25: 3.14968, 100: 2.79414, 400: 2.53322}  # of their 10,000 steps of Adam


def theirs(size: int, *, counts_warmup: bool = True) -> Law:
    """The law with the published parameters; no run was fitted, so it is asked for any peak."""
    return Law(
        MPL, dict(zip(MPL.parameters, PARAMETERS[size], strict=True)), Options(counts_warmup=counts_warmup)
    )


def metrics(law: Any, size: int) -> Any:
    """As in their table: for each curve that was held out, then the mean."""
    found = []
    for name in HELD:
        curve = mpl(size, name)
        y = curve.losses
        e = law.predict(curve.rates, at=curve.steps) - y
        r2 = 1 - (e**2).sum() / ((y - y.mean()) ** 2).sum()
        a = np.abs(e)
        found.append((r2, a.mean(), np.sqrt((e**2).mean()), (a / y).mean(), (a / y).max(), a[-1]))
    return np.mean(found, axis=0)


def v1() -> Iterator[Row]:
    """The table of their README: the parameters have five digits, of which the last moves these by up to 0.00005."""
    for size in SIZES:
        ours = metrics(theirs(size), size)
        for name, mine, told in zip(NAMES, ours, README[size], strict=False):
            yield Row(
                "V1", f"{size}M, published parameters, {name}: {told:.5f}, off by", abs(mine - told), 0.00005
            )


def fits(trained: Sequence[str], effective: EffectiveRate | None = None) -> tuple[Any, float, float]:
    """Mean metrics over sizes, the share of final losses within their interval, and the longest fit in seconds."""
    found, held, seconds = [], [], []
    for size in SIZES:
        runs = [mpl(size, name) for name in trained]
        start = perf_counter()
        law = fit(runs, "multi_power", effective_rate=effective)
        seconds.append(perf_counter() - start)
        found.append(metrics(law, size))
        finals: list[tuple[Final, float]] = [
            (law.final(mpl(size, n).rates), mpl(size, n).final) for n in HELD
        ]
        held += [final.low <= true <= final.high for final, true in finals]
    return np.mean(found, axis=0), float(np.mean(held)), max(seconds)


def v2() -> Iterator[Row]:
    """Fitted on three curves, as they do."""
    (r2, mae, rmse, _, worst, final), held, seconds = fits(TRAINED)
    yield from [
        Row("V2", "three curves: R2", r2, 0.9977, True),
        Row("V2", "three curves: MAE", mae, 0.0045),
        Row("V2", "three curves: RMSE", rmse, 0.0058),
        Row("V2", "three curves: WorstE", worst, 0.0050),
        Row("V2", "three curves: error of the final loss", final, 0.0105),
        Row("V2", "three curves: share of final losses within 95% intervals", held, 0.90, True, 3),
        Row("V2", "three curves: seconds of a fit, with its curves left out", seconds, 4.0, digits=2),
    ]
    (r2, mae, *_), _, _ = fits(TRAINED, EffectiveRate(0.1))
    yield Row("V2", "stretch, effective rate with n0 = 0.001: MAE", mae, 0.0040)
    yield Row("V2", "stretch, effective rate with n0 = 0.001: R2", r2, 0.9987, True)


def v3() -> Iterator[Row]:
    """Fitted on a held run and a cosine."""
    (_, mae, *_), held, seconds = fits(TRAINED[:2])
    yield Row("V3", "two curves: MAE", mae, 0.0047)
    yield Row("V3", "two curves: share of final losses within 95% intervals", held, 0.90, True, 3)
    yield Row("V3", "two curves: seconds of a fit", seconds, 1.0, digits=2)
    (_, mae, *_), _, _ = fits(TRAINED[:2], EffectiveRate(0.1))
    yield Row("V3", "stretch, effective rate with n0 = 0.001: MAE", mae, 0.0042)


def v9() -> Iterator[Row]:
    """Optimise under the published parameters; their optimum does not count the warmup's rise."""
    for size in SIZES:
        law, start = theirs(size, counts_warmup=False), perf_counter()
        free = optimise(law, PEAK, 24_000, warmup=WARMUP, family="free")
        seconds = perf_counter() - start
        yield Row(
            "V9",
            f"{size}M, free: predicted loss, of {free.simple[0]} {free.simple[1]:.5f}",
            free.loss,
            OPTIMAL[size] + 2e-4,
        )
        yield Row("V9", f"{size}M, stretch: below the repository's", free.loss, OPTIMAL[size])
        yield Row("V9", f"{size}M: seconds", seconds, 5.0, digits=2)
        plain = optimise(law, PEAK, 24_000, warmup=WARMUP)
        yield Row("V9", f"{size}M, held and cooled: {plain.schedule}"[:62], plain.loss, OPTIMAL[size] + 2e-4)
