"""The training loop, top to bottom. Copy it: a schedule needs one line in a loop of your own."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


@dataclass(frozen=True)
class Problem:
    """What there is to train.

    Args:
        model: maps inputs to scores of the classes, which are its last dimension.
        optimizer: of the model's parameters; its rates are set by the loop.
        batch: gives the next inputs and target classes; the same ones in the same order for the same seed.
        held_out: inputs and target classes that are never trained on.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    batch: Callable[[], tuple[Tensor, Tensor]]
    held_out: tuple[Tensor, Tensor]


@dataclass(frozen=True)
class History:
    """What a training left behind; the fields are those of :class:`stepsize.records.Run`."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    evaluations: tuple[tuple[int, float], ...]


def train(
    problem: Problem,
    schedule: Callable[[int], float],
    steps: int,
    tell: Callable[[int], None] = lambda step: None,
) -> History:
    """Train ``problem`` for ``steps`` updates, update k at the rate ``schedule(k)``.

    Args:
        problem: it is changed: afterwards its model is trained.
        schedule: from the number of updates already applied to a rate.
        steps: number of updates; an int >= 1.
        tell: is called before each update with the number of updates already applied.
    """
    model, optimizer = problem.model, problem.optimizer
    measured = {steps * eighth // 8 for eighth in range(8)}
    rates, losses, evaluations = [], [], []

    for step in range(steps):
        tell(step)
        if step in measured:
            evaluations.append((step, validate(problem)))

        inputs, targets = problem.batch()
        optimizer.zero_grad()
        loss = cross_entropy(model(inputs).flatten(0, -2), targets.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = schedule(step)
        optimizer.step()

        losses.append(loss.item())
        rates.append(optimizer.param_groups[0]["lr"])

    evaluations.append((steps, validate(problem)))
    return History(tuple(rates), tuple(losses), tuple(evaluations))


@torch.no_grad()
def validate(problem: Problem) -> float:
    """Mean loss of the model on the data that it is not trained on, in nats."""
    inputs, targets = problem.held_out
    problem.model.eval()
    loss = cross_entropy(problem.model(inputs).flatten(0, -2), targets.flatten())
    problem.model.train()
    return loss.item()
