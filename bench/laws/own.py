"""Fresh curves of our own: two runs of the race's small GPT predict the last loss of four other schedules."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

import stepsize as ss
from bench.laws.rows import Row
from stepsize.laws import Curve, Together, fit
from stepsize.schedule import Schedule

STEPS, WARMUP, SEEDS, EVERY = 600, 60, (11, 12), 30
MEMORY = 100.0


def schedules(peak: float) -> dict[str, Schedule]:
    """Two to fit, four to predict."""
    return {
        "constant": ss.wsd(peak, STEPS, warmup=WARMUP),
        "cosine": ss.warmup_cosine(peak, STEPS, warmup=WARMUP),
        "linear": ss.warmup_linear(peak, STEPS, warmup=WARMUP),
        "wsd 20%": ss.wsd(peak, STEPS, warmup=WARMUP, decay="20%"),
        "wsd 50%": ss.wsd(peak, STEPS, warmup=WARMUP, decay="50%"),
        "1-sqrt 20%": ss.wsd(peak, STEPS, warmup=WARMUP, decay="20%", shape="one_minus_sqrt"),
    }


def trained(job: tuple[Schedule, int]) -> list[tuple[int, float]]:
    """Train, and validate now and then."""
    import torch
    from torch.nn.functional import cross_entropy

    from stepsize.lab.gpt import problem
    from stepsize.lab.train import validate

    torch.set_num_threads(1)
    schedule, seed = job
    task, found = problem(seed), []
    for step in range(STEPS):
        inputs, targets = task.batch()
        task.optimizer.zero_grad()
        cross_entropy(task.model(inputs).flatten(0, -2), targets.flatten()).backward()
        torch.nn.utils.clip_grad_norm_(task.model.parameters(), 1.0)
        for group in task.optimizer.param_groups:
            group["lr"] = schedule(step)
        task.optimizer.step()
        if step % EVERY == EVERY - 1:
            found.append((step, validate(task)))
    return found


def own(peak: float = 3e-3) -> Iterator[Row]:
    """The mean of two laws, fitted to means over two seeds; the error beside what seeds differ by."""
    made = schedules(peak)
    jobs = [(schedule, seed) for schedule in made.values() for seed in SEEDS]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        runs = np.array(list(pool.map(trained, jobs))).reshape(len(made), len(SEEDS), -1, 2)
    curves = {
        name: Curve(schedule, runs[k, 0, :, 0], runs[k, :, :, 1].mean(axis=0), WARMUP, name)
        for k, (name, schedule) in enumerate(made.items())
    }
    noise = float(runs[:, :, -1, 1].std(axis=1, ddof=1).mean()) / len(SEEDS) ** 0.5
    law = Together(
        tuple(
            fit([curves["constant"], curves["cosine"]], name, memory=MEMORY)
            for name in ("annealing", "multi_power")
        )
    )
    for name in list(made)[2:]:
        told, true = law.final(made[name], STEPS), curves[name].final
        what = f"GPT, {name}: {true:.4f} measured, {told.loss:.4f} +- {told.high - told.loss:.4f} told; error"
        yield Row("own", what, abs(told.loss - true), told.high - told.loss)
    yield Row("own", "GPT: of seeds, the standard error of such a mean", noise, noise)
