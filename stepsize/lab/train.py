"""The training loop, top to bottom. Copy it: a schedule needs one line in a loop of your own."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from stepsize.lab.trial import Trial

_VALIDATIONS = 8  # of a run, evenly, the last one at its end


def scores(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean cross entropy in nats of scores whose last dimension are the classes."""
    return cross_entropy(outputs.flatten(0, -2), targets.flatten())


@dataclass(frozen=True)
class Problem:
    """What there is to train.

    Args:
        model: maps inputs to outputs.
        optimizer: of the model's parameters; its rates are set by the loop.
        batch: gives the next inputs and targets; the same ones in the same order for the same seed.
        held_out: inputs and targets that are never trained on.
        loss: of outputs and targets; by default cross entropy.
        judge: the loss on what is held out, where that is another one.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    batch: Callable[[], tuple[Tensor, Tensor]]
    held_out: tuple[Tensor, Tensor]
    loss: Callable[[Tensor, Tensor], Tensor] = scores
    judge: Callable[[Tensor, Tensor], Tensor] | None = None


def train(problem: Problem, run: Trial) -> None:
    """Train ``problem`` for ``run.steps`` updates, update k at the rate ``run.schedule(k)``.

    Args:
        problem: it is changed: afterwards its model is trained.
        run: gives the schedule, and is told the losses.
    """
    model, optimizer = problem.model.to(run.device), problem.optimizer  # which has the same weights
    run.watch(optimizer)  # the rate of each update is held against the schedule's
    measured = {run.steps * part // _VALIDATIONS for part in range(1, _VALIDATIONS + 1)}

    for step in range(run.steps):
        inputs, targets = (part.to(run.device) for part in problem.batch())
        optimizer.zero_grad()
        loss = problem.loss(model(inputs), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = run.schedule(step)
        optimizer.step()

        judged = {"validation": validate(problem, run.device)} if step + 1 in measured else {}
        run.log(step, loss.item(), **judged)


@torch.no_grad()
def validate(problem: Problem, device: str = "cpu") -> float:
    """Mean loss of the model on the data that it is not trained on."""
    inputs, targets = (part.to(device) for part in problem.held_out)
    problem.model.eval()
    loss = (problem.judge or problem.loss)(problem.model(inputs), targets)
    problem.model.train()
    return loss.item()
