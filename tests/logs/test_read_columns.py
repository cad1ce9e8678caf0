"""Which column is which: the names that programs give, and those that only look alike."""

import pytest

from stepsize.logs.readers._columns import role

RATES = [
    "learning_rate", "lr", "LR", "Learning Rate", "learningRate", "train/lr", "train/learning_rate", "lr-AdamW",
    "lr-AdamW/pg1", "optim/learning_rate_group0", "lr/group0", "lr/pg0", "lr0", "training/lr", "epoch_learning_rate",
    "lr-DecoupledAdamW/group0", "brisk-sun-7 - train/learning_rate", "lrs", "optim/LR (group 0)",
]  # fmt: skip
LOSSES = [
    "loss",
    "train_loss",
    "Training Loss",
    "train/loss",
    "train_loss_step",
    "lm loss",
    "total_loss",
    "CrossEntropyLoss",
    "val_loss",
]
STEPS = {
    "step": "steps", "global_step": "steps", "trainer/global_step": "steps", "_step": "steps", "Step": "steps",
    "iteration": "steps", "iter": "steps", "num_updates": "steps", "train/step": "steps", "epoch": "epochs",
    "train/epoch": "epochs", "tokens": "tokens", "throughput/total_tokens": "tokens", "consumed samples": "samples",
}  # fmt: skip
NOTHING = [
    "lr_scheduler_last_epoch", "lr-AdamW-momentum", "lr-AdamW-weight_decay", "base_lr", "max_lr", "decoupled learning rate",
    "lr_ratio", "run - train/lr__MIN", "run - train/lr__MAX", "loss scale", "loss_scale", "best_loss", "steps_per_second",
    "train_steps_per_second", "max_steps", "step_time", "number of skipped iterations", "validate step", "gradient_norm",
    "_runtime", "", "x" * 500, "color", "already", "epochs_per_second",
]  # fmt: skip


@pytest.mark.parametrize("name", RATES)
def test_rates(name):
    assert role(name).what == "rate"


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    assert role(name).what == "loss"


@pytest.mark.parametrize("name", STEPS)
def test_steps(name):
    assert (role(name).what, role(name).counts) == ("step", STEPS[name])


@pytest.mark.parametrize("name", NOTHING)
def test_names_that_only_look_alike(name):
    assert role(name) is None


@pytest.mark.parametrize("names", [
    ["learning_rate", "train/lr", "lr-AdamW/pg1"],
    ["loss", "train_loss", "lm loss", "loss_cls", "val_loss"],
    ["global_step", "num_updates", "step", "iteration", "iter", "batch", "_step", "tokens", "consumed samples", "epoch"],
], ids=["rate", "loss", "step"])  # fmt: skip
def test_what_is_taken_before_what(names):
    ranks = [role(name).rank for name in names]
    assert ranks == sorted(ranks)
    assert len({*ranks}) == len(ranks)
