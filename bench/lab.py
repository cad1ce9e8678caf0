"""What the lab costs beside a bare loop, and how busy a race keeps two cores: python -m bench.lab."""

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch.nn.functional import cross_entropy

import stepsize as ss
from stepsize.lab import gpt
from stepsize.lab.make import make
from stepsize.lab.plan import plan
from stepsize.lab.race import race

STEPS, TURNS = 150, 7
OVERHEAD, BUSY = 0.01, 0.90  # budgets


def bare(schedule: ss.Schedule, seed: int) -> float:
    """The same training without the lab: seconds. It validates as often."""
    problem = gpt.problem(seed)
    model, optimizer = problem.model, problem.optimizer
    measured = {STEPS * part // 8 for part in range(1, 9)}
    losses = []
    start = perf_counter()
    for step in range(STEPS):
        inputs, targets = problem.batch()
        optimizer.zero_grad()
        loss = cross_entropy(model(inputs).flatten(0, -2), targets.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = schedule(step)
        optimizer.step()
        losses.append(loss.item())
        if step + 1 in measured:
            with torch.no_grad():
                model.eval()
                cross_entropy(model(problem.held_out[0]).flatten(0, -2), problem.held_out[1].flatten()).item()
                model.train()
    return perf_counter() - start


def logging(steps: int = 100_000) -> float:
    """Seconds of one call of ``run.log``, with a watched optimizer."""
    from stepsize.lab.trial import Trial

    schedule = ss.warmup_cosine(4e-3, steps, warmup="5%")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.0)
    run = Trial(schedule, 0, steps, Path())
    run.watch(optimizer)
    start = perf_counter()
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = schedule(step)
    before = perf_counter() - start
    start = perf_counter()
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = schedule(step)
        run.log(step, 1.0)
    return (perf_counter() - start - before) / steps


def main() -> None:
    """Print ratios, and fail where a budget is missed."""
    torch.set_num_threads(1)
    schedule = ss.warmup_cosine(4e-3, STEPS, warmup="5%")
    with tempfile.TemporaryDirectory() as folder:
        (one,) = plan("gpt", {"cosine": schedule}, seeds=1, steps=STEPS, out=Path(folder))
        pairs = [(bare(schedule, 100), make(one).seconds) for _ in range(TURNS + 1)][1:]
        ratio = median(lab / own for own, lab in pairs)
        update = median(own for own, _ in pairs) / STEPS
        call = logging()
        print(
            f"a run of {STEPS} updates of the GPT, lab / bare loop: {ratio:.4f}, median of {TURNS} in turns"
        )
        print(
            f"a call of run.log: {call * 1e6:.1f} us, {call / update:.3%} of an update of {update * 1e3:.1f} ms"
        )
        planned = plan(
            "gpt", {"cosine": schedule, "hold": ss.hold(1e-3)}, seeds=8, steps=4 * STEPS, out=Path(folder)
        )
        start = perf_counter()
        runs = race(planned, jobs=2)
        wall = perf_counter() - start
        busy = sum(run.seconds for run in runs) / (2 * wall)
        print(
            f"a race of {len(runs)} runs in two processes: {busy:.1%} of two cores' time in training, {wall:.0f} s"
        )
    missed = [
        name for name, bad in (("overhead", call / update > OVERHEAD), ("core use", busy < BUSY)) if bad
    ]
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
