"""Live schedulers as our values: of Keras, timm and Accelerate, and what is refused. Torch and Transformers: test_of_torch."""

import sys
import types
from importlib import import_module
from importlib.util import find_spec

import keras
import pytest
import torch
from accelerate import Accelerator

import stepsize as ss
from stepsize import twins
from stepsize.hosts.torch import attach


def sgd(*rates):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in rates]
    return torch.optim.SGD(groups, lr=rates[0])


class TestKeras:
    def test_a_schedule(self):
        held = keras.optimizers.schedules.CosineDecay(0.0, 90, 0.1, warmup_target=1.0, warmup_steps=10)
        found = twins.of(held, at=7)
        assert found.position == 7
        assert found.schedule == twins.keras.CosineDecay(0.0, 90, 0.1, warmup_target=1.0, warmup_steps=10)

    def test_an_optimizer_knows_its_updates(self):
        weight = keras.Variable([1.0])
        optimizer = keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5))
        for _ in range(3):
            optimizer.apply([keras.ops.ones(1)], [weight])
        found = twins.of(optimizer)
        assert found.position == 3
        assert found.schedule(10) == pytest.approx(0.05, rel=1e-12)

    @pytest.mark.parametrize("rate", [0.1, lambda: 0.1])
    def test_others_are_refused(self, rate):
        with pytest.raises(ss.ScheduleError, match=r"^twins.of: must be a schedule of keras"):
            twins.of(keras.optimizers.SGD(rate))


@pytest.fixture(scope="module")
def timm():
    """Its schedulers alone: the rest of it wants torchvision."""
    if "timm" not in sys.modules:
        stub = types.ModuleType("timm")
        stub.__path__ = list(find_spec("timm").submodule_search_locations)
        sys.modules["timm"] = stub
    return import_module("timm.scheduler")


class TestTimm:
    def test_one_that_counts_updates(self, timm):
        optimizer = sgd(0.3, 0.04)
        scheduler = timm.CosineLRScheduler(optimizer, 100, 0.01, warmup_t=10, t_in_epochs=False)
        found = twins.of(scheduler, at=40)
        for _ in range(41):
            optimizer.step()
        scheduler.step_update(40)
        assert [s(40) for s in found.schedules] == pytest.approx(
            [group["lr"] for group in optimizer.param_groups], rel=1e-12
        )
        with pytest.raises(ss.ScheduleError, match=r"^twins.of.at: a timm scheduler does not know"):
            twins.of(scheduler)

    def test_stable_then_decay_and_a_scale_of_a_group(self, timm):
        optimizer = sgd(0.3, 0.3)
        optimizer.param_groups[1]["lr_scale"] = 0.5
        scheduler = timm.WSDLRScheduler(optimizer, 100, 20, 0.01, warmup_t=10, t_in_epochs=False)
        found = twins.of(scheduler, at=85)
        scheduler.step_update(85)
        rates = [group["lr"] for group in optimizer.param_groups]
        assert [s(85) for s in found.schedules] == pytest.approx(rates, rel=1e-12)
        assert rates[1] == rates[0] / 2

    def test_one_that_counts_epochs(self, timm):
        scheduler = timm.StepLRScheduler(sgd(0.3), 30, 0.1)
        found = twins.of(scheduler, at=0, updates_per_epoch=5)
        assert found.schedule(149) == 0.3
        assert found.schedule(150) == pytest.approx(0.03, rel=1e-12)


def test_as_accelerate_wraps_it():
    optimizer = sgd(0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)
    optimizer, wrapped = Accelerator(cpu=True).prepare(optimizer, scheduler)
    for _ in range(5):
        optimizer.step()
        wrapped.step()
    assert twins.of(wrapped) == twins.of(scheduler) == ((ss.cosine(0.1, 0.0, 100),), 5)


def test_a_running_project_changes_over_in_one_line():
    optimizer = sgd(0.3, 0.04)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    for _ in range(25):
        optimizer.step()
        scheduler.step()
    found = twins.of(scheduler)
    handle = attach(optimizer, found.schedule, at=found.position, base_lr=0.3)
    assert handle.get_last_lr() == pytest.approx([s(25) for s in found.schedules], rel=1e-12)


def test_groups_of_other_curves_are_said():
    """An absolute floor is another curve for each group."""
    found = twins.of(torch.optim.lr_scheduler.CosineAnnealingLR(sgd(0.3, 0.04), 100, eta_min=0.02))
    assert len(found.schedules) == 2
    with pytest.raises(ss.ScheduleError, match=r"must be one for all groups.*per_group"):
        _ = found.schedule


@pytest.mark.parametrize("other", [3, None, "cosine", ss.hold(1.0), lambda k: 1.0, sgd(0.1)])
def test_what_is_none_is_refused(other):
    with pytest.raises(ss.ScheduleError, match=r"^twins.of: "):
        twins.of(other)
