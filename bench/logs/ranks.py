"""The two processes of accelerate: ``python -m bench.logs.ranks``, called by ``accelerate_runs``."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator, DataLoaderConfiguration, debug_launcher

from bench.logs import planning
from bench.logs.accelerate_runs import PROCESSES
from bench.logs.plan import Plan


def applied(plan: Plan) -> list[float]:
    """The rates of all updates of a plan, on this process."""
    split = plan.made.call.startswith("split_batches=True") and plan.each == 1
    accelerator = Accelerator(cpu=True, dataloader_config=DataLoaderConfiguration(split_batches=split))
    assert accelerator.num_processes == PROCESSES
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=plan.made.settings.peak)
    optimizer, scheduler = accelerator.prepare(optimizer, plan.made.build(optimizer))
    rates = []
    for _ in range(int(max(plan.positions(life).max(initial=0) for life in plan.lives)) + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def rank(seed: int, numbers: Sequence[int], folder: str) -> None:
    """One process; the first writes down what it applied."""
    for number in numbers:
        rates = applied(planning.plan(seed, number, "accelerate"))
        if torch.distributed.get_rank() == 0:
            np.save(Path(folder) / f"{number}.npy", np.array(rates))


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    debug_launcher(rank, (told["seed"], told["numbers"], told["folder"]), PROCESSES)
