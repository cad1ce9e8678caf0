"""Real small training in torch, with the rates recorded inside the optimizer's update."""

from itertools import islice

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

RATE = 3e-4


class Recorded:
    """Notes the rates of all groups each time the optimizer updates, by torch's own hook on its step."""

    def __init__(self, optimizer):
        self.rates = []
        optimizer.register_step_pre_hook(self._note)

    def _note(self, optimizer, args, kwargs):
        self.rates.append([float(group["lr"]) for group in optimizer.param_groups])

    @property
    def first(self):
        """The rates of the first group."""
        return [rates[0] for rates in self.rates]


class Told(Optimizer):
    """Gradient descent that notes, inside its update, the rate with which it moves each parameter."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})
        self.used = []

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                before = p.item()
                p.add_(p.grad, alpha=-float(group["lr"]))
                self.used.append((before - p.item()) / p.grad.item())


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))


def batches(count):
    """Inputs and targets of a function worth learning."""
    generator = torch.Generator().manual_seed(1)
    for _ in range(count):
        x = torch.randn(16, 6, generator=generator)
        yield x, (x[:, :1] - 2 * x[:, 1:2]).tanh()


def train(net, optimizer, schedule, updates, first=0):
    """Make updates ``first`` to ``updates`` as every loop does, clipping included, and give the losses."""
    losses = []
    for x, y in islice(batches(updates), first, None):
        optimizer.zero_grad()
        loss = (net(x) - y).square().mean()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def sgd(lr=RATE):
    """An optimizer of one parameter, for tests in which nothing is learned."""
    return SGD([torch.ones(1, requires_grad=True)], lr=lr)


def adamw(lr=RATE):
    return AdamW([torch.ones(1, requires_grad=True)], lr=lr)


def spin(optimizer, schedule, updates):
    """Update with gradient one, and give the rates that the updates used."""
    recorded = Recorded(optimizer)
    for _ in range(updates):
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = torch.ones_like(p)
        optimizer.step()
        schedule.step()
    return recorded


def float32(value):
    """The number of single precision that is nearest."""
    return torch.tensor(value, dtype=torch.float32).item()
