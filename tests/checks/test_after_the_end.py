"""What libraries do after their end: the table, against the docstrings of the twins, and against the live libraries."""

import re
from inspect import cleandoc

import pytest
import torch
import transformers

from stepsize.checks.after_the_end import AFTER, name_of
from stepsize.twins._names import library

WORDS = {
    "rises again": "rises", "raises an error": "raises", "turns negative": "below zero",
    "rises again or turns negative": "turn negative", "begins a new cycle": "a new one begins after the run",
}  # fmt: skip


@pytest.mark.parametrize("name", AFTER)
def test_the_docstring_of_the_twin_says_so(name):
    peer, called = name.split(".")
    twin = library(peer)(called)
    assert twin.__name__ == called
    text = " ".join(cleandoc(twin.__doc__).split())
    assert re.search(WORDS[AFTER[name]], text), text


def applied(make, steps):
    """The rates that torch's optimizer is given, update for update."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


RISING = {
    "torch.CosineAnnealingLR": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=20),
    "transformers.get_cosine_schedule_with_warmup": lambda o: transformers.get_cosine_schedule_with_warmup(
        o, 2, 20
    ),
    "transformers.get_cosine_with_min_lr_schedule_with_warmup": lambda o: (
        transformers.get_cosine_with_min_lr_schedule_with_warmup(o, 2, 20, min_lr=0.01)
    ),
    "transformers.get_cosine_with_min_lr_schedule_with_warmup_lr_rate": lambda o: transformers.get_scheduler(
        "cosine_warmup_with_min_lr", o, 2, 20, {"min_lr": 0.01}
    ),
}


@pytest.mark.parametrize("name", RISING)
def test_it_rises_again_live(name):
    assert AFTER[name] == "rises again"
    rates = applied(RISING[name], 30)
    assert rates[29] > 2 * rates[21] > 0


def test_one_cycle_raises_live():
    assert AFTER["torch.OneCycleLR"] == "raises an error"
    with pytest.raises(ValueError, match="Tried to step"):
        applied(lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=20), 25)


def test_linear_does_not_rise_live_and_is_not_listed():
    rates = applied(lambda o: transformers.get_linear_schedule_with_warmup(o, 2, 20), 30)
    assert rates[29] == rates[21] == 0.0
    assert "transformers.get_linear_schedule_with_warmup" not in AFTER


@pytest.mark.parametrize(("call", "name"), [
    ("twin:torch.CosineAnnealingLR(0.1, T_max=20)", ("torch", "CosineAnnealingLR")),
    ("twins.torch.LambdaLR(f(1), (2, 3))", ("torch", "LambdaLR")),
    ("twin:torch.CosineAnnealingLR(0.1, T_max=20) >> hold(2)", None),
    ("twin:torch.CosineAnnealingLR(0.1, T_max=20", None),
    ("0 -> 1 in 5", None),
])  # fmt: skip
def test_a_call_is_one_twin_or_none(call, name):
    assert name_of(call) == name
