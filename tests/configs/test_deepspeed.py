"""DeepSpeed: every rate held against its engine, told step by step as its source has it."""

import json

import pytest

from stepsize import configs
from stepsize.errors import HorizonNeeded, ScheduleError
from stepsize.training import Training
from tests.twins.test_deepspeed import one_cycle, range_test, warmup_cosine_lr, warmup_lr
from tests.twins.whole import agree


def text(kind, optimizer=None, **params):
    own = {"type": "AdamW", "params": {"lr": 0.3, **(optimizer or {})}}
    return json.dumps({"optimizer": own, "scheduler": {"type": kind, "params": params}})


@pytest.mark.parametrize("form", ["linear", "log"])
def test_warmups(form):
    warm = {"warmup_num_steps": 10, "warmup_type": form}
    agree(configs.read(text("WarmupLR", **warm)).schedule, warmup_lr(60, 0.0, 0.3, 10, form))
    found = configs.read(text("WarmupLR", warmup_min_lr=0.01, warmup_max_lr=0.2, **warm))
    agree(found.schedule, warmup_lr(60, 0.01, 0.2, 10, form))
    assert "warmup_max_lr, 0.2, takes the place of the optimizer's lr, 0.3." in found.notes
    found = configs.read(text("WarmupDecayLR", total_num_steps=50, **warm))
    agree(found.schedule, warmup_lr(60, 0.0, 0.001, 10, form, 50))
    assert (
        "warmup_max_lr is not given: the peak is its default, 0.001, whatever the optimizer says."
        in found.notes
    )
    found = configs.read(text("WarmupCosineLR", total_num_steps=50, cos_min_ratio=0.1, **warm))
    agree(found.schedule, warmup_cosine_lr(60, 0.3, 50, 0.0, 10, 0.1, form))


def test_its_default_warmup_is_a_logarithm_of_a_thousand_updates():
    found = configs.read(text("WarmupLR"))
    agree(found.schedule, warmup_lr(1200, 0.0, 0.3, 1000, "log"))
    assert found.notes == (
        "warmup_num_steps is not given: the default, 1000.",
        'warmup_type is not given: the default, "log".',
    )


def test_cycle_and_range_test():
    params = {"cycle_min_lr": 0.004, "cycle_max_lr": 0.015, "cycle_first_step_size": 30, "decay_step_size": 20,
              "decay_lr_rate": 0.5}  # fmt: skip
    found = configs.read(text("OneCycle", **params))
    agree(found.schedule, one_cycle(120, 0.004, 0.015, 30, None, fade=0.5, every=20))
    assert "OneCycle replaces both betas of Adam, unless cycle_momentum is false." in found.notes
    params = {"lr_range_test_min_lr": 0.001, "lr_range_test_step_size": 20, "lr_range_test_step_rate": 2.0}
    found = configs.read(text("LRRangeTest", **params), training=Training.of(steps=90))
    agree(found.schedule, range_test(90, 0.001, 20, 2.0, False))
    with pytest.raises(HorizonNeeded, match=r"Add --steps: a range test has no length of its own"):
        configs.read(text("LRRangeTest", **params))


def test_a_rate_for_each_group():
    found = configs.read(
        text("WarmupLR", warmup_max_lr=[0.03, 0.0002], warmup_num_steps=10, warmup_type="linear")
    )
    agree(found.schedule, warmup_lr(40, 0.0, 0.03, 10, "linear"))
    assert found.training.groups == (0.03, 0.0002)


def test_what_is_for_resuming_is_noted():
    found = configs.read(text("WarmupLR", warmup_num_steps=10, warmup_type="linear", last_batch_iteration=5))
    agree(found.schedule, warmup_lr(40, 0.0, 0.3, 10, "linear"))
    assert found.notes == ("last_batch_iteration is for resuming: the schedule is the whole one.",)


def test_auto_is_what_the_trainer_would_fill_in():
    auto = {
        "warmup_min_lr": "auto",
        "warmup_max_lr": "auto",
        "total_num_steps": "auto",
        "warmup_num_steps": 10,
    }
    given = text("WarmupDecayLR", warmup_type="linear", **auto)
    agree(
        configs.read(given, training=Training.of(steps=50)).schedule,
        warmup_lr(60, 0.0, 0.3, 10, "linear", 50),
    )
    with pytest.raises(
        HorizonNeeded, match=r"scheduler.params.total_num_steps: the length of the run must be known"
    ):
        configs.read(given)
    with pytest.raises(
        ScheduleError, match=r"scheduler.params.warmup_num_steps: must be a number; got 'auto'. The Tr"
    ):
        configs.read(text("WarmupLR", warmup_num_steps="auto"))
    with pytest.raises(ScheduleError, match=r"optimizer.params.lr: must be a number; got 'auto'"):
        configs.read(text("WarmupLR", {"lr": "auto"}, warmup_max_lr="auto"))


def test_what_it_says_of_the_run():
    document = json.loads(text("WarmupLR", {"betas": [0.8, 0.95], "weight_decay": 0.1}))
    document |= {
        "train_batch_size": 512,
        "train_micro_batch_size_per_gpu": 4,
        "gradient_accumulation_steps": 8,
    }
    document |= {"bf16": {"enabled": True}}
    found = configs.read(json.dumps(document)).training
    assert (found.optimizer, found.beta1, found.beta2, found.weight_decay) == ("adamw", 0.8, 0.95, 0.1)
    assert (found.told("world_size"), found.told("accumulation"), found.horizon.samples_per_step) == (
        16,
        8,
        512,
    )
    assert found.precision == "float32"
    document["train_batch_size"] = 513
    with pytest.raises(
        ScheduleError, match=r"train_batch_size: must be train_micro_batch_size_per_gpu x .*; got 513."
    ):
        configs.read(json.dumps(document))
    plain = configs.read(text("WarmupLR", {"type": "Adam"}))
    assert plain.training.optimizer == "adamw"


@pytest.mark.parametrize(("given", "error"), [
    ('{"zero_optimization": {}, "train_batch_size": 8}', r"scheduler.type: must be one of WarmupLR, .*; got None. The Trainer's own"),
    (text("WarmupCosinLR"), r'must be one of .*; got \'WarmupCosinLR\'. Did you mean "WarmupCosineLR"?'),
    (text("OneCycle", cycle_min_lr=0.1), r"scheduler.params.cycle_max_lr: must be given; got None."),
    (text("WarmupLR", warmup_type="cubic"), r'must be "log" or "linear"; got \'cubic\'.'),
    (text("WarmupLR", warmup_num_steps=3.5), r"warmup_num_steps: must be a whole number >= 0; got 3.5."),
    ('{"scheduler": 3, "train_batch_size": 8, "zero_optimization": {}}', r"deepspeed: scheduler: must hold keys and values; got 3."),
])  # fmt: skip
def test_what_is_wrong(given, error):
    with pytest.raises(ScheduleError, match=error):
        configs.read(given, format="deepspeed")
