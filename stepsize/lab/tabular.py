"""The task "tabular": a small network that predicts the course of diabetes from ten numbers, with AdamW."""

from functools import cache

import torch
from sklearn.datasets import load_diabetes
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from stepsize.lab.train import Problem

BATCH = 32
HELD_OUT = 142  # of the 442 patients; the same ones for every seed
WIDTH = 64


def problem(seed: int) -> Problem:
    """A new model and its batches; the loss is the squared error, in variances of what is predicted."""
    rows, targets = data()
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(10, WIDTH), nn.ReLU(), nn.Dropout(0.2), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1)
    )  # fmt: skip
    order = torch.Generator().manual_seed(seed)

    def batch() -> tuple[Tensor, Tensor]:
        chosen = HELD_OUT + torch.randint(len(rows) - HELD_OUT, (BATCH,), generator=order)
        return rows[chosen], targets[chosen]

    optimizer = torch.optim.AdamW(model.parameters(), lr=0.0, weight_decay=0.1)  # the loop sets the rate
    return Problem(model, optimizer, batch, (rows[:HELD_OUT], targets[:HELD_OUT]), loss=mse_loss)


@cache
def data() -> tuple[Tensor, Tensor]:
    """All rows, of shape (442, 10), and targets, (442, 1), each with mean 0 and variance 1, in one shuffled order."""
    stored = load_diabetes(scaled=False)
    shuffled = torch.randperm(len(stored.target), generator=torch.Generator().manual_seed(0))
    rows = torch.tensor(stored.data, dtype=torch.float32)[shuffled]
    targets = torch.tensor(stored.target, dtype=torch.float32)[shuffled, None]
    seen_rows, seen = rows[HELD_OUT:], targets[HELD_OUT:]  # what is held out does not scale what is seen
    return (rows - seen_rows.mean(0)) / seen_rows.std(0), (targets - seen.mean()) / seen.std()
