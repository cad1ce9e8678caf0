"""timm: its own factory, given the same arguments as a namespace, driven as train.py does it, rate for rate."""

import argparse
import sys

import pytest
import torch
import yaml

from stepsize import configs
from stepsize.errors import HorizonNeeded, ScheduleError
from stepsize.training import Training
from tests.twins.test_timm import peer
from tests.twins.whole import agree

factory = sys.modules[peer.create_scheduler_v2.__module__]

DEFAULTS = {  # of train.py
    "sched": "cosine", "sched_on_updates": False, "lr": None, "lr_base": 0.1, "lr_base_size": 256, "lr_base_scale": "",
    "lr_noise": None, "lr_noise_pct": 0.67, "lr_noise_std": 1.0, "lr_cycle_mul": 1.0, "lr_cycle_decay": 0.5,
    "lr_cycle_limit": 1, "lr_k_decay": 1.0, "warmup_lr": 1e-5, "min_lr": 0, "epochs": 300, "decay_milestones": [90, 180, 270],
    "decay_epochs": None, "warmup_epochs": 5, "warmup_prefix": False, "cooldown_epochs": 0, "patience_epochs": 10,
    "decay_rate": 0.1, "opt": "sgd", "batch_size": 128, "grad_accum_steps": 1, "seed": 42, "eval_metric": "top1",
}  # fmt: skip


def applied(each, **values):
    """The rates of every update, as train.py steps: after each update, and after each epoch; and its epochs."""
    args = argparse.Namespace(**DEFAULTS | values)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=args.lr)
    schedule, epochs = factory.create_scheduler_v2(
        optimizer, **factory.scheduler_kwargs(args), updates_per_epoch=each
    )
    rates = []
    for epoch in range(epochs):
        for _ in range(each):
            rates.append(optimizer.param_groups[0]["lr"])
            schedule.step_update(len(rates))
        schedule.step(epoch + 1)
    return rates


CASES = [
    {"lr": 0.4, "epochs": 15, "warmup_epochs": 3},
    {"lr": 0.4, "epochs": 15, "warmup_epochs": 3, "warmup_prefix": True, "cooldown_epochs": 4, "min_lr": 0.01},
    {"lr": 1e-3, "epochs": 6, "warmup_epochs": 1, "lr_cycle_limit": 3, "lr_cycle_mul": 2.0, "lr_cycle_decay": 0.3},
    {"lr": 0.016, "sched": "step", "epochs": 20, "decay_epochs": 2.4, "decay_rate": 0.97, "warmup_lr": 1e-6},
    {"lr": 0.1, "sched": "multistep", "epochs": 20, "decay_milestones": [6, 13], "warmup_epochs": 2},
    {"lr": 0.1, "sched": "tanh", "epochs": 12, "warmup_epochs": 2},
    {"lr": 0.1, "sched": "poly", "epochs": 12, "warmup_epochs": 2, "decay_rate": 1.5, "lr_k_decay": 1.0},
    {"lr": 0.1, "sched": "constant", "epochs": 12, "warmup_epochs": 2},
    {"lr": 0.1, "sched": "wsd", "epochs": 20, "warmup_epochs": 2, "decay_epochs": 6.0},
    {"lr": 0.1, "sched": "rsqrt", "epochs": 20, "warmup_epochs": 2, "min_lr": 1e-4},
]  # fmt: skip


def names(values):
    return values.get("sched", "cosine")


@pytest.mark.parametrize("on_updates", [False, True])
@pytest.mark.parametrize("values", CASES, ids=names)
def test_an_args_yaml(values, on_updates):
    values = {**values, "sched_on_updates": on_updates}
    text = yaml.safe_dump(DEFAULTS | values)
    found = configs.read(text, training=Training.of(steps_per_epoch=7))
    theirs = applied(7, **values)
    agree(found.schedule, theirs)
    assert (found.format, found.training.steps) == ("timm", len(theirs))


@pytest.mark.parametrize("values", CASES, ids=names)
def test_flags(values):
    words = [f"--{name.replace('_', '-')} {' '.join(map(str, v)) if isinstance(v, list) else v}" for name, v in values.items()
             if v is not True]  # fmt: skip
    words += [f"--{name.replace('_', '-')}" for name, v in values.items() if v is True]
    text = f"./distributed_train.sh 8 /data --model x -b 64 --sched cosine {' '.join(words)} --amp -j 8"
    found = configs.read(text, format="timm", training=Training.of(steps_per_epoch=7))
    agree(found.schedule, applied(7, **values))


def test_noise():
    values = {"lr": 0.1, "epochs": 12, "lr_noise": [0.4, 0.9], "warmup_epochs": 0}
    found = configs.read(yaml.safe_dump(DEFAULTS | values), training=Training.of(steps_per_epoch=5))
    agree(found.schedule, applied(5, **values))


@pytest.mark.parametrize(
    ("opt", "scale", "ratio"),
    [("sgd", "", 4.0), ("adamw", "", 2.0), ("adamw", "linear", 4.0), ("lamb", "", 2.0)],
)
def test_the_rate_of_a_batch(opt, scale, ratio):
    """train.py: lr_base x (batch x processes x accumulation / lr_base_size), or its root where the optimizer adapts."""
    values = {"opt": opt, "lr_base_scale": scale, "grad_accum_steps": 2}
    known = Training.of(steps_per_epoch=3, world_size=4)
    found = configs.read(yaml.safe_dump(DEFAULTS | values), training=known)
    assert found.schedule(15) / applied(3, lr=1.0)[15] == pytest.approx(0.1 * ratio, rel=1e-12)
    alone = configs.read(yaml.safe_dump(DEFAULTS), training=Training.of(steps_per_epoch=3))
    assert "lr is made of lr_base and the batch: one process is assumed. Add --world-size." in alone.notes


def test_updates_of_an_epoch():
    """The last batch that is not full is left out, and updates are rounded up."""
    text = "--sched cosine --lr 0.1 --epochs 10 --grad-accum-steps 4 -b 32"
    found = configs.read(text, training=Training.of(dataset_size=1000, batch=32, world_size=2))
    assert found.training.steps_per_epoch == -(-(1000 // 64) // 4)
    found = configs.read(
        text.replace(" --grad-accum-steps 4", ""), training=Training.of(dataset_size=1000, batch=32)
    )
    assert found.training.steps_per_epoch == 1000 // 32
    assert configs.read(text, training=Training.of(steps=70)).training.steps_per_epoch == 7
    with pytest.raises(HorizonNeeded, match=r"timm: lengths are epochs, .*; got None. Add --steps-per-epoch"):
        configs.read(text)
    with pytest.raises(ScheduleError, match=r"10 epochs must come to whole updates each; got 7.5"):
        configs.read(text, training=Training.of(steps=75))


def test_its_defaults():
    found = configs.read(
        "--sched cosine --lr 0.1 --epochs 6 --lr-cycle-limit 3", training=Training.of(steps_per_epoch=2)
    )
    agree(found.schedule, applied(2, lr=0.1, epochs=6, lr_cycle_limit=3))
    found = configs.read("--sched cosine --lr 0.1", training=Training.of(steps_per_epoch=1))
    agree(found.schedule, applied(1, lr=0.1))


def test_flags_that_are_cut_short():
    text = "--sched cosine --epochs 20 --lr 3e-3 --warmup-lr 1e-6 --warmup-epoch 3 --min-lr 1e-5 --dr 0.2"
    found = configs.read(text, training=Training.of(steps_per_epoch=2))
    agree(found.schedule, applied(2, lr=3e-3, epochs=20, warmup_lr=1e-6, warmup_epochs=3, min_lr=1e-5))


@pytest.mark.parametrize(("text", "error"), [
    ("--sched cosin --lr 1", r'sched: must name a schedule; got \'cosin\'. Did you mean "cosine"?'),
    ("--sched plateau --lr 1", r"the rate answers to a metric"),
    ("--sched cosine --lr 1 --epochs 0", r"timm: --epochs: must be a whole number >= 1; got 0."),
    ("--sched wsd --lr 1 --epochs 10 --decay-epochs 30", r"decay_epochs: must leave a decay of 1 to"),
    ("sched: cosine\nlr: 0.1\nsched_on_updates: perhaps", r"timm: sched_on_updates: must be true or false; got 'perhaps'."),
])  # fmt: skip
def test_what_is_wrong(text, error):
    with pytest.raises(ScheduleError, match=error):
        configs.read(text, training=Training.of(steps_per_epoch=3))


def test_what_it_says_of_the_run():
    known = Training.of(steps_per_epoch=3)
    run = configs.read(
        "sched: cosine\nlr: 0.1\nopt: AdamW\nopt_betas: [0.9, 0.98]\nweight_decay: 0.05\n", training=known
    ).training
    assert (run.optimizer, run.beta1, run.beta2, run.weight_decay) == ("adamw", 0.9, 0.98, 0.05)
    run = configs.read("sched: cosine\nlr: 0.1\nmomentum: 0.95\n", training=known).training
    assert (run.optimizer, run.beta1, run.beta2, run.weight_decay) == ("sgd", 0.95, None, 2e-5)
    told = Training.of(steps_per_epoch=3, optimizer="lion", beta2=0.99)  # where the file is silent
    assert configs.read("sched: cosine\nlr: 0.1\n", training=told).training.optimizer == "lion"
    with pytest.raises(
        ScheduleError,
        match=r"the file says 'adamw' for optimizer, and it must not be contradicted; got 'lion'.",
    ):
        configs.read("sched: cosine\nlr: 0.1\nopt: adamw\n", training=told)
