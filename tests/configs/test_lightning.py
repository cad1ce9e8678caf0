"""Lightning: classes instantiated by their paths as its command line does it, and its own Trainer, rate for rate."""

import importlib
import json

import pytest
import torch

from stepsize import configs
from stepsize.errors import HorizonNeeded, ScheduleError
from stepsize.training import Training
from tests.twins.whole import agree


def instantiated(node, optimizer):
    """lightning/pytorch/cli.py, instantiate_class: import the path, give it the optimizer and its arguments."""
    module, _, name = node["class_path"].rpartition(".")
    arguments = dict(node.get("init_args", {}))
    if "schedulers" in arguments:
        arguments["schedulers"] = [instantiated(one, optimizer) for one in arguments["schedulers"]]
    return getattr(importlib.import_module(module), name)(optimizer, **arguments)


def applied(lr, node, updates, each=1):
    """The rates of all updates, the schedule stepped after so many."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=lr)
    schedule = instantiated(node, optimizer)
    rates = []
    for k in range(updates):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (k + 1) % each == 0:
            schedule.step()
    return rates


def of(name, **arguments):
    return {"class_path": f"torch.optim.lr_scheduler.{name}", "init_args": arguments}


def text(scheduler, lr=0.1, **more):
    optimizer = {
        "class_path": "torch.optim.AdamW",
        "init_args": {"lr": lr, "betas": [0.9, 0.95], "weight_decay": 0.1},
    }
    return json.dumps(
        {"trainer": {"max_epochs": 9}, "optimizer": optimizer, "lr_scheduler": scheduler, **more}
    )


NODES = [
    of("CosineAnnealingLR", T_max=60, eta_min=0.01), of("StepLR", step_size=9, gamma=0.5),
    of("MultiStepLR", milestones=[20, 40], gamma=0.1), of("OneCycleLR", max_lr=0.3, total_steps=60, pct_start=0.3),
    of("CosineAnnealingWarmRestarts", T_0=10, T_mult=2), of("LinearLR", start_factor=0.1, total_iters=30),
    of("PolynomialLR", total_iters=60, power=2.0), of("ExponentialLR", gamma=0.95),
    of("CyclicLR", base_lr=0.01, max_lr=0.2, step_size_up=11, cycle_momentum=False),
    of("SequentialLR", schedulers=[of("LinearLR", start_factor=0.01, total_iters=10), of("CosineAnnealingLR", T_max=50)],
       milestones=[10]),
    of("SequentialLR", schedulers=[of("ConstantLR", factor=0.5, total_iters=5), of("LinearLR", start_factor=0.1, total_iters=5),
                                   of("StepLR", step_size=7, gamma=0.3)], milestones=[5, 15]),
]  # fmt: skip


@pytest.mark.parametrize("node", NODES, ids=lambda node: node["class_path"].rpartition(".")[2])
def test_stepped_after_each_update(node):
    found = configs.read(text({"scheduler": node, "interval": "step", "frequency": 1}))
    agree(found.schedule, applied(0.1, node, 60))
    assert found.format == "lightning"


@pytest.mark.parametrize("node", NODES[:3], ids=lambda node: node["class_path"].rpartition(".")[2])
@pytest.mark.parametrize("frequency", [1, 3])
def test_stepped_after_each_epoch(node, frequency):
    """The trap: what its command line does unless told otherwise."""
    found = configs.read(
        text({"scheduler": node, "frequency": frequency}), training=Training.of(steps_per_epoch=5)
    )
    agree(found.schedule, applied(0.1, node, 300, 5 * frequency))
    plain = configs.read(text(node), training=Training.of(steps_per_epoch=5))
    agree(plain.schedule, applied(0.1, node, 300, 5))
    assert 'interval is not given: the default, "epoch".' in plain.notes
    with pytest.raises(
        HorizonNeeded,
        match=r"moves once an epoch, .*; got None. Add --steps-per-epoch, or write interval: step",
    ):
        configs.read(text(node))


def test_the_trap_is_noted():
    found = configs.read(text(NODES[0]), training=Training.of(steps_per_epoch=5))
    assert "T_max=60 is counted in epochs, for the schedule is stepped once an epoch." in found.notes


@pytest.mark.parametrize(("interval", "accumulate"), [("step", 1), ("step", 2), ("epoch", 1), ("epoch", 2)])
def test_its_own_trainer(interval, accumulate, tmp_path):
    """A real fit of 4 epochs of 6 batches: the rates at which Lightning updates."""
    import lightning

    rates = []
    node = of("CosineAnnealingLR", T_max=24)

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch, index):
            return self.layer(batch).mean()

        def configure_optimizers(self):
            optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
            return {
                "optimizer": optimizer,
                "lr_scheduler": {"scheduler": instantiated(node, optimizer), "interval": interval},
            }

        def on_before_optimizer_step(self, optimizer):
            rates.append(optimizer.param_groups[0]["lr"])

    trainer = lightning.Trainer(
        max_epochs=4, accumulate_grad_batches=accumulate, logger=False, enable_checkpointing=False, accelerator="cpu",
        enable_progress_bar=False, enable_model_summary=False, default_root_dir=tmp_path, devices=1,
    )  # fmt: skip
    loader = torch.utils.data.DataLoader(torch.zeros(6, 1), batch_size=1)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about workers of the loader
        trainer.fit(Module(), loader)
    more = {"trainer": {"max_epochs": 4, "accumulate_grad_batches": accumulate, "limit_train_batches": 6}}
    found = configs.read(text({"scheduler": node, "interval": interval}, **more))
    assert (found.training.steps, found.training.steps_per_epoch) == (len(rates), 6 // accumulate)
    agree(found.schedule, rates)


def test_where_else_it_stands():
    """Inside the model, by Hydra's names, with pointers; and the dictionary of configure_optimizers alone."""
    inside = {
        "model": {"class_path": "x.Y", "init_args": json.loads(text(NODES[0]))},
        "trainer": {"max_epochs": 3},
    }
    known = Training.of(steps_per_epoch=5)
    assert configs.read(json.dumps(inside), training=known).training.steps == 15
    hydra = """
trainer: {max_epochs: 30}
model:
  optimizer: {_target_: torch.optim.Adam, _partial_: true, lr: 0.1}
  scheduler:
    _target_: torch.optim.lr_scheduler.CosineAnnealingLR
    _partial_: true
    T_max: ${trainer.max_epochs}
"""
    agree(
        configs.read(hydra, training=known).schedule, applied(0.1, of("CosineAnnealingLR", T_max=30), 150, 5)
    )
    alone = {"optimizer": {"lr": 0.1}, "scheduler": NODES[1], "interval": "step"}
    agree(configs.read(json.dumps(alone)).schedule, applied(0.1, NODES[1], 60))


def test_transformers_functions():
    node = {"class_path": "transformers.get_cosine_schedule_with_warmup",
            "init_args": {"num_warmup_steps": 10, "num_training_steps": 60}}  # fmt: skip
    found = configs.read(text({"scheduler": node, "interval": "step"}))
    agree(found.schedule, applied(0.1, node, 60))


def test_what_it_says_of_the_run():
    trainer = {
        "max_steps": 500,
        "accumulate_grad_batches": 4,
        "devices": 2,
        "num_nodes": 3,
        "precision": "bf16-true",
    }
    node = {"scheduler": NODES[0], "interval": "step"}
    run = configs.read(
        text(node, trainer=trainer, data={"class_path": "x.D", "init_args": {"batch_size": 8}})
    ).training
    assert (run.steps, run.told("accumulation"), run.told("world_size"), run.told("batch")) == (500, 4, 6, 8)
    assert (run.optimizer, run.beta2, run.weight_decay, run.precision) == ("adamw", 0.95, 0.1, "bfloat16")


@pytest.mark.parametrize(("scheduler", "error"), [
    (of("CosinAnnealingLR", T_max=3), r'must name a schedule; got \'CosinAnnealingLR\'. Did you mean "CosineAnnealingLR"?'),
    ({"class_path": "ReduceLROnPlateau", "init_args": {"patience": 3}}, r"the rate answers to a metric"),
    (of("LambdaLR"), r"lightning: lr_scheduler: it takes a function, which no configuration holds"),
    ({"class_path": "my.code.Cosine"}, r"must be one of torch.optim.lr_scheduler or transformers.optimization; got 'my.code.Cosine'."),
    ({"scheduler": of("StepLR", step_size=3), "interval": "batch"}, r'interval: must be "step" or "epoch"; got \'batch\'.'),
    ({"scheduler": of("StepLR", step_size=3), "interval": "step", "frequency": 2}, r"frequency: must be 1 where interval is step"),
    (of("SequentialLR", schedulers=3, milestones=[1]), r"schedulers: must be a list of schedules; got 3."),
    (of("StepLR", step_size="x"), r"lr_scheduler.init_args.step_size: must be a text|must be an? .*number"),
    (of("StepLR", **{"a)>>hold(1": 3}), r"must have names of arguments; got 'a\)>>hold\(1'."),
])  # fmt: skip
def test_what_is_wrong(scheduler, error):
    with pytest.raises(ScheduleError, match=error):
        configs.read(text(scheduler), format="lightning", training=Training.of(steps_per_epoch=3))
    with pytest.raises(ScheduleError, match=r"lightning: must name a schedule: lr_scheduler with class_path"):
        configs.read("trainer: {max_epochs: 3}", format="lightning")
