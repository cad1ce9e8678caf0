"""An engine as DeepSpeed and Megatron are: it updates by itself, never calls ``optimizer.step``, and steps the schedule."""

import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from stepsize.hosts.torch import TorchSchedule
from tests.hosts.lives_process import Life
from tests.hosts.lives_torch import backward, load, save


class Engine:
    """Momentum on flat buffers of its own; of the optimizer it reads the groups and their rates only."""

    def __init__(self, optimizer):
        self.groups = optimizer.param_groups
        self.weights = [parameters_to_vector(group["params"]).detach() for group in self.groups]
        self.speeds = [torch.zeros_like(flat) for flat in self.weights]
        for group, flat in zip(self.groups, self.weights, strict=True):
            vector_to_parameters(flat, group["params"])  # from now on they are views of it

    def step(self) -> list[float]:
        """One update; the rates that it used."""
        rates = [group["lr"] for group in self.groups]
        for group, rate, flat, speed in zip(self.groups, rates, self.weights, self.speeds, strict=True):
            speed.mul_(0.9).add_(parameters_to_vector(p.grad for p in group["params"]))
            flat.sub_(rate * speed)
        return rates

    def state_dict(self):
        return {"weights": self.weights, "speeds": self.speeds}

    def load_state_dict(self, state):
        for mine, saved in zip(self.weights + self.speeds, state["weights"] + state["speeds"], strict=True):
            mine.copy_(saved)


def train(life: Life) -> None:
    case, stored = life.case, life.folder / "run.pt"
    model, _ = case.problem()
    optimizer = case.optimizer(model)
    parts = engine, schedule = Engine(optimizer), TorchSchedule(optimizer, case.schedule)
    load(life, stored, *parts)
    _, batches = case.problem(life.done)

    def update(k):
        loss = backward(model, optimizer, *next(batches))
        rates = engine.step()
        schedule.step()
        return rates, loss

    life.loop(update, lambda updates: save(stored, updates, *parts))
    life.end(schedule.position, model.parameters())
