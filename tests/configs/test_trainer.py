"""Trainer: the same values given to Transformers itself, and every rate of its own schedule compared."""

import json
import math

import pytest
import torch
from transformers import TrainingArguments, get_scheduler

from stepsize import configs
from stepsize.errors import HorizonNeeded, ScheduleError
from stepsize.training import Training
from tests.twins.whole import agree


def applied(steps, **values):
    """What the Trainer makes of its arguments: the schedule it builds, stepped after each update."""
    args = TrainingArguments(output_dir="unused", use_cpu=True, **values)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=args.learning_rate)
    schedule = get_scheduler(
        args.lr_scheduler_type, optimizer, args.get_warmup_steps(steps), steps, args.lr_scheduler_kwargs
    )
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


CASES = [
    {},
    {"lr_scheduler_type": "cosine", "warmup_steps": 17},
    {"lr_scheduler_type": "cosine", "warmup_steps": 0.03},
    {"lr_scheduler_type": "constant"},
    {"lr_scheduler_type": "constant_with_warmup", "warmup_steps": 0.1, "learning_rate": 3e-4},
    {"lr_scheduler_type": "inverse_sqrt", "warmup_steps": 20, "learning_rate": 1e-3},
    {"lr_scheduler_type": "inverse_sqrt", "warmup_steps": 20, "lr_scheduler_kwargs": {"timescale": 7}},
    {"lr_scheduler_type": "polynomial", "warmup_steps": 5, "lr_scheduler_kwargs": {"power": 2.0, "lr_end": 1e-6}},
    {"lr_scheduler_type": "cosine_with_restarts", "warmup_steps": 5, "lr_scheduler_kwargs": {"num_cycles": 3}},
    {"lr_scheduler_type": "cosine_with_min_lr", "warmup_steps": 9, "lr_scheduler_kwargs": {"min_lr": 1e-6}},
    {"lr_scheduler_type": "cosine_warmup_with_min_lr", "warmup_steps": 9, "lr_scheduler_kwargs": {"min_lr_rate": 0.1}},
    {"lr_scheduler_type": "warmup_stable_decay", "warmup_steps": 9,
     "lr_scheduler_kwargs": {"num_decay_steps": 31, "decay_type": "1-sqrt", "min_lr_ratio": 0.1}},
]  # fmt: skip


@pytest.mark.parametrize("steps", [1, 2, 47, 333])
@pytest.mark.parametrize("values", CASES, ids=lambda values: values.get("lr_scheduler_type", "defaults"))
def test_every_rate_is_that_of_the_trainer(values, steps):
    if steps < 40 and values.get("lr_scheduler_type") in ("polynomial", "warmup_stable_decay"):
        steps += 40  # theirs divides by zero, or has no room for its decay
    found = configs.read(
        json.dumps({"max_steps": steps, "gradient_accumulation_steps": 2, **values}), format="trainer"
    )
    assert (found.format, found.training.steps, found.training.told("accumulation")) == ("trainer", steps, 2)
    agree(found.schedule, applied(steps, max_steps=steps, **values))


@pytest.mark.parametrize("values", CASES, ids=lambda values: values.get("lr_scheduler_type", "defaults"))
def test_what_transformers_writes_itself(values):
    """The arguments as they are saved beside a run, every field of them."""
    args = TrainingArguments(output_dir="unused", use_cpu=True, max_steps=90, **values)
    found = configs.read(args.to_json_string())
    assert (found.format, found.notes) == ("trainer", ())
    agree(found.schedule, applied(90, max_steps=90, **values))


def test_its_defaults_are_those_of_the_release():
    """Whatever a newer Transformers changes is seen here."""
    args = TrainingArguments(output_dir="unused", use_cpu=True)
    found = configs.read('{"learning_rate": 5e-5, "max_steps": 10}').training
    theirs = (args.adam_beta1, args.adam_beta2, args.weight_decay, args.per_device_train_batch_size)
    assert (found.beta1, found.beta2, found.weight_decay, found.told("batch")) == theirs
    assert (args.learning_rate, args.lr_scheduler_type.value, args.num_train_epochs) == (5e-5, "linear", 3.0)
    assert (args.warmup_steps, args.optim.value.startswith(found.optimizer)) == (0, True)
    assert not hasattr(args, "warmup_ratio")  # so the note on it is true


@pytest.mark.parametrize(("size", "batch", "accumulation", "processes", "epochs"), [
    (1000, 8, 1, 1, 3), (1001, 8, 4, 2, 3), (17, 4, 3, 1, 1), (100, 7, 2, 1, 0.5), (100, 7, 2, 1, 1.3),
])  # fmt: skip
def test_epochs_become_updates_as_the_trainer_counts_them(size, batch, accumulation, processes, epochs):
    """transformers/trainer.py, set_initial_training_values: batches, then updates, both rounded up."""
    batches = math.ceil(size / (batch * processes))
    updates = math.ceil(epochs * max(1, batches // accumulation + (batches % accumulation > 0)))
    text = json.dumps({
        "num_train_epochs": epochs, "per_device_train_batch_size": batch, "lr_scheduler_type": "linear",
        "gradient_accumulation_steps": accumulation,
    })  # fmt: skip
    known = Training.of(dataset_size=size, batch=batch, world_size=processes)
    found = configs.read(text, training=known)
    assert found.training.steps == updates
    assert found.schedule.length == updates


def test_what_the_caller_adds_and_what_it_may_not():
    text = "learning_rate: 1.0e-4\nlr_scheduler_type: cosine\nnum_train_epochs: 3\nadam_beta2: 0.95\n"
    with pytest.raises(
        HorizonNeeded, match=r"trainer: 3 epochs need the updates of an epoch; .*--steps-per-epoch"
    ):
        configs.read(text)
    found = configs.read(text, training=Training.of(steps_per_epoch=100, weight_decay=0.1, parameters=7e9))
    assert (found.training.steps, found.training.weight_decay, found.training.parameters) == (300, 0.1, 7e9)
    assert found.training.told("epochs") == 3
    assert configs.read(text, training=Training.of(steps=500)).training.steps == 500
    with pytest.raises(
        ScheduleError, match=r"the file says 0.95 for beta2, and it must not be contradicted; got 0.9."
    ):
        configs.read(text, training=Training.of(steps=500, beta2=0.9))
    with pytest.raises(
        ScheduleError, match=r"3 epochs of 100 updates are 300, and it must not be contradicted; got 500"
    ):
        configs.read(text, training=Training.of(steps=500, steps_per_epoch=100))


def test_what_is_noted():
    text = "learning_rate: 3e-4\nwarmup_ratio: 0.1\nmax_steps: 100\nlr_schedular_type: cosine\ndeepspeed: ds.json\n"
    assert configs.read(text).notes == (
        'lr_scheduler_type is not given: the default, "linear".',
        "trainer: learning_rate is the text '3e-4', as YAML reads it: taken as 0.0003.",
        "warmup_ratio: Transformers 5 does not know it any more: warmup_steps below 1 is the same.",
        "deepspeed: a scheduler in that file takes the place of this one.",
        'trainer: lr_schedular_type is not understood. Did you mean "lr_scheduler_type"?',
    )
    both = configs.read("learning_rate: 1.0\nwarmup_ratio: 0.5\nwarmup_steps: 7\nmax_steps: 100")
    assert both.schedule.edges[1] == 7
    assert "warmup_ratio: warmup_steps goes before it." in both.notes


@pytest.mark.parametrize(("text", "error"), [
    ("max_steps: 10\nlearning_rate: fast", r"trainer: learning_rate: must be a number; got 'fast'."),
    ("max_steps: 10\nlearning_rate: auto", r"trainer: learning_rate: must be a number; got 'auto'. The Trainer"),
    ("max_steps: 10\nlearning_rate: true", r"trainer: learning_rate: must be a number; got True."),
    ("max_steps: 10\nlearning_rate: [1]", r"trainer: learning_rate: must be a number; got \[1\]."),
    ("max_steps: 10\nlearning_rate: .nan", r"trainer: learning_rate: must be a finite number; got nan."),
    ("max_steps: 10\nlearning_rate: -1.0", r"lr: must be a finite number >= 0; got -1."),
    ("max_steps: 1.5\nlearning_rate: 1.0", r"trainer: max_steps: must be a whole number >= 1; got 1.5."),
    ("max_steps: 10\nwarmup_steps: -2", r"trainer: warmup_steps: must be >= 0, and a ratio <= 1; got -2."),
    ("max_steps: 10\nlr_scheduler_type: cosin", r'must name a schedule; got \'cosin\'. Did you mean "cosine"?'),
    ("max_steps: 10\nlr_scheduler_type: 3", r"trainer: lr_scheduler_type: must be a text; got 3."),
    ("max_steps: 10\nlr_scheduler_type: reduce_lr_on_plateau", r"the rate answers to a metric"),
    ("max_steps: 10\nlr_scheduler_type: cosine\nlr_scheduler_kwargs: {nom: 3}", r"must be called as its peer is"),
    ("max_steps: 10\nlr_scheduler_type: cosine\nlr_scheduler_kwargs: {'a) >> hold(1': 3}", r"must have names of arguments"),
    ("max_steps: 10\nlr_scheduler_type: cosine\nlr_scheduler_kwargs: '{'", r"must hold keys and values"),
    ("max_steps: 10\nlr_scheduler: cosine\ncosine_min_lr_ratio: 0.1", r"cosine_min_lr_ratio: changes the schedule in a way of its own"),
])  # fmt: skip
def test_what_is_wrong(text, error):
    with pytest.raises(ScheduleError, match=error):
        configs.read(text, format="trainer")


@pytest.mark.parametrize("epochs", ["1.0e+308", "1.0e+30", "-3.0"])
def test_epochs_beyond_all_counting(epochs):
    with pytest.raises(ScheduleError, match=r"^trainer: epochs: must be "):
        configs.read(
            f"learning_rate: 1.0\nlr_scheduler_type: cosine\nnum_train_epochs: {epochs}",
            training=Training.of(steps_per_epoch=1000),
        )
