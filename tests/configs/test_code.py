"""Written code: run, driven by torch or by optax itself, and every rate held against the twin that it claims to be."""

import warnings

import jax
import numpy as np
import pytest
import torch

import stepsize as ss
from stepsize import configs
from stepsize.training import Training
from tests.configs.test_writing import FALLS
from tests.zoo import RECIPES

MORE = {  # what torch joins from pieces of all kinds
    "from a hold": ss.hold(0.5, 20) >> ss.linear(0.5, 1.0, 30) >> ss.cosine(1.0, 0.2, 50),
    "exponential": ss.linear(0.1, 1.0, 20) >> ss.exponential(1.0, 0.01, 80),
    "to zero and on": ss.linear(0.0, 1.0, 10) >> ss.linear(1.0, 0.0, 40) >> ss.hold(0.0, 50),
    "power": ss.linear(0.0, 1.0, 10) >> ss.polynomial(1.0, 0.0, 90, power=3),
    "cosine twice": ss.linear(0.0, 1.0, 10) >> ss.cosine(1.0, 0.1, 40) >> ss.cosine(1.0, 0.1, 50),
    "one update": ss.hold(0.1, 1),
    "two updates": ss.linear(0.0, 1.0, 2),
}


def by_torch(code, lr, updates):
    """The rates that the written scheduler applies, stepped after each update."""
    names = {}
    exec(code, names)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=lr)
    scheduler = names["make_scheduler"](optimizer)
    rates = []
    for _ in range(updates):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SequentialLR warns of a call of its own
            scheduler.step()
    return rates


def by_optax(code, updates):
    """The rates of the written schedule, at each count of updates."""
    names = {}
    exec(code, names)
    return [float(names["schedule"](k)) for k in range(updates)]


@pytest.mark.parametrize("s", [*FALLS.values(), *MORE.values()], ids=[*FALLS, *MORE])
def test_torch(s):
    steps = min(int(s.length), 1000)
    found = configs.write(s, "torch", Training.of(steps=steps))
    peak = max(s(k) for k in range(steps))
    rates = by_torch(found.text, peak, steps)
    assert np.abs(np.asarray(rates) - found.schedule(np.arange(steps))).max() <= 1e-9 * peak
    assert "LambdaLR" not in found.text
    assert found.same or s not in MORE.values()


@pytest.mark.parametrize("s", [*FALLS.values(), *MORE.values()], ids=[*FALLS, *MORE])
def test_optax(s):
    steps = min(int(s.length), 1000)
    found = configs.write(s, "optax", Training.of(steps=steps))
    assert found.same or s not in MORE.values()
    peak = max(s(k) for k in range(steps))
    with jax.enable_x64(True):
        rates = by_optax(found.text, steps)
    assert np.abs(np.asarray(rates) - found.schedule(np.arange(steps))).max() <= 1e-6 * peak


def test_optax_takes_lengths_between_updates():
    s = ss.linear(0.0, 1.0, 2.5) >> ss.cosine(1.0, 0.1, 37.25) >> ss.hold(0.1, 20.25)
    found = configs.write(s, "optax")
    assert found.same
    with jax.enable_x64(True):
        rates = by_optax(found.text, 60)
    assert np.abs(np.asarray(rates) - s(np.arange(60))).max() <= 1e-6


@pytest.mark.parametrize("name", ["warmup_cosine 100 of 1000", "sgdr 2", "wsd", "one_cycle 100"])
def test_recipes(name):
    s = RECIPES[name]
    steps = min(int(min(s.length, 400)), 400)
    found = configs.write(s, "torch", Training.of(steps=steps))
    peak = max(s(k) for k in range(steps))
    rates = by_torch(found.text, peak, steps)
    assert np.abs(np.asarray(rates) - found.schedule(np.arange(steps))).max() <= 1e-9 * peak


def test_the_code_is_laid_out():
    found = configs.write(FALLS["warmup cosine"], "torch")
    assert (
        found.text
        == '''"""Step it after each optimizer.step(). The optimizer must have lr=0.0003."""

from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def make_scheduler(optimizer):
    return SequentialLR(
        optimizer,
        schedulers=[
            LinearLR(optimizer, start_factor=1e-10, end_factor=1.0, total_iters=50),
            CosineAnnealingLR(optimizer, T_max=950, eta_min=3e-05),
        ],
        milestones=[50],
    )
'''
    )
    assert found.notes == ("LinearLR refuses to start at 0, and starts at 1e-10 of the rate.",)
