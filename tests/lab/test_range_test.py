"""The range test: its rates, its end, what rules read off it, and that nothing of a model is changed."""

import random

import numpy as np
import pytest
import torch

from stepsize.errors import ScheduleError
from stepsize.lab.range_rules import suggestions
from stepsize.lab.restoring import checksum, restored
from stepsize.lab.rising import Curve, of_runs, range_test, schedule
from stepsize.records import Run


def parabola():
    x = [1.0]

    def update(step, rate):
        loss = x[0] ** 2
        x[0] -= rate * 2 * x[0]
        return loss

    return update


def test_rates_rise_at_equal_ratios_or_distances():
    s = schedule(1e-4, 1.0, 101)
    assert (s(0), s(100)) == (pytest.approx(1e-4), pytest.approx(1.0))
    assert s(51) / s(50) == pytest.approx(1e4 ** (1 / 100))
    line = schedule(1e-4, 1.0, 101, exponential=False)
    assert line(50) == pytest.approx((1 + 1e-4) / 2)


def test_it_ends_where_the_loss_explodes():
    curve = range_test(parabola(), lowest=1e-3, highest=10, steps=200)
    assert 50 < len(curve.tried) < 200
    assert curve.tried[-1] > 1.0  # a parabola is stable below 1
    assert np.isnan(curve.losses[0, len(curve.tried) :]).all()
    assert len(range_test(lambda step, rate: float("nan") if step == 20 else 1.0, steps=50).tried) == 20


def test_rules_against_a_curve_of_which_all_is_known():
    """Flat, then a straight fall in log rate from 1e-4 to 1e-2, then a rise."""
    rates = np.geomspace(1e-6, 1, 601)
    decades = np.log10(rates)
    losses = np.where(
        decades < -4, 2.0, np.where(decades < -2, 2.0 - (decades + 4) / 2, 1 + (decades + 2) ** 2)
    )
    found = {one.rule: one.peak for one in suggestions(Curve(rates, losses[None]))}
    assert 1e-3 < found["lowest / 10"] < 3e-3  # smoothing is late by up to 50 of the 100 updates of a decade
    for rule in ("steepest", "valley", "Lightning", "Smith"):
        assert 1e-4 < found[rule] < 2e-2, rule
    assert found["valley"] < found["Smith"]


def test_seeds_are_cut_at_the_first_that_explodes():
    steps, rates = 60, tuple(np.geomspace(1e-4, 1, 60))

    def run(seed, losses, ended=""):
        n = len(losses)
        told = () if ended else ((n, losses[-1]),)
        return Run("t", "e", {}, seed, n, rates[:n], tuple(losses), told, 1.0, "", {}, ended=ended)

    calm = [2.0 - k / 60 for k in range(steps)]
    wild = [2.0] * 30 + [99.0] * 30
    curve = of_runs([run(0, calm), run(1, wild), run(2, [*calm[:40], float("nan")], "diverged")])
    assert curve.losses.shape == (3, 60)
    assert np.isfinite(curve.losses).sum(axis=1).tolist() == [60, 30, 40]
    assert len(curve.tried) == 30


@pytest.mark.parametrize(("change", "text"), [
    ({"lowest": 1.0, "highest": 0.1}, "range_test: rates must rise from above 0; got "),
    ({"lowest": 0.0}, "range_test: rates must rise from above 0; got "),
    ({"steps": 9}, "range_test.steps: must be at least 10; got 9."),
])  # fmt: skip
def test_bad_input(change, text):
    with pytest.raises(ScheduleError) as caught:
        range_test(lambda step, rate: 1.0, **change)
    assert str(caught.value).startswith(text)
    with pytest.raises(ScheduleError, match="must try 10 rates before the loss explodes; got 3"):
        suggestions(Curve(np.arange(1.0, 4), np.ones((1, 3))))


def test_model_optimizer_generators_and_loader_are_as_before():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 3), torch.nn.BatchNorm1d(3), torch.nn.Dropout(0.5), torch.nn.Linear(3, 1)
    )
    order = torch.Generator().manual_seed(1)
    for warmed in (False, True):
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        if warmed:
            step(model, optimizer, order, 1e-3)
            optimizer.zero_grad(set_to_none=True)
        before = checksum(model, optimizer, order)
        with restored(model, optimizer, order):
            range_test(lambda k, rate, o=optimizer: step(model, o, order, rate), steps=20)
            random.random()
            np.random.rand()
            assert checksum(model, optimizer, order) != before
        assert checksum(model, optimizer, order) == before


def step(model, optimizer, order, rate):
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad()
    loss = model(torch.randn(8, 3, generator=order)).square().mean()
    loss.backward()
    optimizer.step()
    return loss.item()


def test_a_state_that_cannot_be_put_back_is_told():
    class Stubborn:
        count = 0

        def state_dict(self):
            return {"count": self.count}

        def load_state_dict(self, state):
            pass

    model, stubborn = torch.nn.Linear(1, 1), Stubborn()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(RuntimeError, match="is not that before it"), restored(model, optimizer, stubborn):
        stubborn.count = 1
