"""V10: a small network on scikit-learn's digits: two curves predict thirteen others. All runs are one program."""

from collections.abc import Iterator
from time import perf_counter

import numpy as np
from scipy.special import logsumexp
from scipy.stats import kendalltau
from sklearn.datasets import load_digits

import stepsize as ss
from bench.laws.rows import Row
from stepsize.laws import Curve, fit
from stepsize.schedule import Schedule

PEAK, WARMUP, BATCH, NOISE, FLIPPED, SEEDS = 0.05, 100, 16, 0.35, 0.1, 4
MEMORY = 100.0  # updates, of the annealing law: runs are 25 times shorter than those it was found on
EVERY = 20


def schedules() -> dict[str, tuple[Schedule, int]]:
    """Two to fit, thirteen to predict, and their lengths."""
    made = {"constant": (ss.wsd(PEAK, 2000, warmup=WARMUP), 2000)}
    made["cosine"] = (ss.warmup_cosine(PEAK, 2000, warmup=WARMUP), 2000)
    for steps in (2000, 3000, 4000):
        for share in (0.1, 0.2, 0.5):
            made[f"wsd {share:.0%} {steps}"] = (
                ss.wsd(PEAK, steps, warmup=WARMUP, decay=round(share * steps)),
                steps,
            )
    made["linear 2000"] = (ss.warmup_linear(PEAK, 2000, warmup=WARMUP), 2000)
    made["linear 4000"] = (ss.warmup_linear(PEAK, 4000, warmup=WARMUP), 4000)
    made["cosine 4000"] = (ss.warmup_cosine(PEAK, 4000, warmup=WARMUP), 4000)
    made["1-sqrt 20% 2000"] = (ss.wsd(PEAK, 2000, warmup=WARMUP, decay="20%", shape="one_minus_sqrt"), 2000)
    return made


def trained(rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Train every schedule with every seed; the losses on held-out images at some steps, means of the seeds.

    A 64-128-10 network with ReLU, SGD with momentum 0.9, batches of 16 with Gaussian noise and a tenth of the labels
    wrong, both drawn anew each time; the loss is the expected one, on 397 images with four draws of noise.
    """
    x, y, held, target = _data()
    runs, steps = rates.shape
    r = np.random.default_rng(0)
    weights = [
        np.repeat(r.normal(0, s, (1, SEEDS, *shape)), runs, axis=0)
        for s, shape in ((0.18, (64, 128)), (0.12, (128, 10)))
    ]
    parts = [*weights, np.zeros((runs, SEEDS, 1, 128)), np.zeros((runs, SEEDS, 1, 10))]
    parts = [part.astype(np.float32) for part in parts]
    moving = [np.zeros_like(part) for part in parts]
    at, losses = [], []
    for k in range(steps):
        rows = r.integers(0, len(x), (SEEDS, BATCH))
        seen = x[rows] + NOISE * r.normal(size=(SEEDS, BATCH, 64))
        wrong = r.random((SEEDS, BATCH, 1)) < FLIPPED
        told = np.where(wrong, np.eye(10)[r.integers(0, 10, (SEEDS, BATCH))], y[rows])
        for part, move, slope in zip(
            parts,
            moving,
            _slopes(parts, seen[None].astype(np.float32), told[None].astype(np.float32)),
            strict=True,
        ):
            move *= 0.9
            move += slope
            part -= rates[:, k, None, None, None].astype(np.float32) * move
        if k % EVERY == EVERY - 1 or k == steps - 1:
            at.append(k)
            losses.append(_loss(parts, held, target))
    return np.array(at), np.array(losses)


def _data() -> tuple[np.ndarray, ...]:
    images, labels = load_digits(return_X_y=True)
    r = np.random.default_rng(1)
    order = r.permutation(len(images))
    x, y = images[order] / 16, np.eye(10)[labels[order]]
    held = x[:397][None] + NOISE * r.normal(size=(4, 397, 64))
    expected = (1 - FLIPPED) * y[:397] + FLIPPED / 10
    return (
        x[397:],
        y[397:],
        held.reshape(1, 1, -1, 64).astype(np.float32),
        np.tile(expected, (4, 1))[None, None],
    )


def _forward(parts: list[np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    hidden = np.maximum(x @ parts[0] + parts[2], 0)
    logits = hidden @ parts[1] + parts[3]
    return hidden, logits - logsumexp(logits, axis=-1, keepdims=True)


def _slopes(parts: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    hidden, logs = _forward(parts, x)
    out = (np.exp(logs) - y) / BATCH
    back = (out @ parts[1].swapaxes(-1, -2)) * (hidden > 0)
    first, second = x.swapaxes(-1, -2) @ back, hidden.swapaxes(-1, -2) @ out
    return [first, second, back.sum(-2, keepdims=True), out.sum(-2, keepdims=True)]


def _loss(parts: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return -(y * _forward(parts, x)[1]).sum(-1).mean((-1, -2))


def v10() -> Iterator[Row]:
    """Fit a held run and a cosine of 2,000 updates, predict the rest."""
    start, made = perf_counter(), schedules()
    finals: dict[str, float] = {}
    curves: dict[str, Curve] = {}
    for steps in sorted({length for _, length in made.values()}):
        names = [name for name, (_, length) in made.items() if length == steps]
        at, losses = trained(np.stack([np.asarray(made[name][0](np.arange(steps))) for name in names]))
        for k, name in enumerate(names):
            finals[name] = float(losses[-1, k])
            curves[name] = Curve(made[name][0], at, losses[:, k], WARMUP, name)
    others = [name for name in made if name not in ("constant", "cosine")]
    truth = np.array([finals[name] for name in others])
    for law in ("annealing", "multi_power", "functional"):
        told = fit([curves["constant"], curves["cosine"]], law, memory=MEMORY)
        said = np.array([told.final(*made[name]).loss for name in others])
        yield Row(
            "V10",
            f"digits, {law}: mean error of {len(others)} final losses",
            float(np.abs(said - truth).mean()),
            0.008,
        )
        yield Row("V10", f"digits, {law}: Kendall's tau", float(kendalltau(said, truth)[0]), 0.7, True, 2)
    yield Row(
        "V10",
        f"digits: spread of the true losses {np.ptp(truth):.3f}; seconds",
        perf_counter() - start,
        60.0,
        digits=1,
    )
