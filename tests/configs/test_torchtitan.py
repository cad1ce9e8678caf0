"""torchtitan: every rate held against its builder, told step by step as its source has it."""

import pytest

from stepsize import configs
from stepsize.errors import ScheduleError
from stepsize.training import Training
from tests.twins.test_torchtitan import applied
from tests.twins.whole import agree

TEXT = """
[job]
description = "a test"
[optimizer]
name = "AdamW"
lr = 8e-4
[lr_scheduler]
warmup_steps = 20
%s
[training]
local_batch_size = 8
seq_len = 2048
steps = 100
"""


@pytest.mark.parametrize("kind", ["linear", "sqrt", "cosine"])
@pytest.mark.parametrize("ratio", [None, 0.0, 0.2, 0.8])
def test_every_rate(kind, ratio):
    own = f'decay_type = "{kind}"\nmin_lr_factor = 0.1\n' + (
        f"decay_ratio = {ratio}" if ratio is not None else ""
    )
    found = configs.read(TEXT % own)
    agree(found.schedule, applied(8e-4, 100, 100, 20, ratio, kind, 0.1))
    assert (found.format, found.training.steps, found.training.optimizer) == ("torchtitan", 100, "adamw")
    assert (found.training.beta2, found.training.weight_decay) == (0.95, 0.1)


def test_its_defaults_and_its_older_names():
    found = configs.read("[lr_scheduler]\nlr_min = 0.2\n[training]\nbatch_size = 1\n[optimizer]\n")
    agree(found.schedule, applied(8e-4, 10_000, 10_000, low=0.2))
    assert found.notes == (
        "training.steps is not given: the default, 10,000.",
        "lr is not given: the default, 0.0008.",
        "warmup_steps is not given: the default, 200.",
    )
    assert found.training.told("batch") == 1


def test_the_batch():
    more = "\nglobal_batch_size = 128\n[parallelism]\ndata_parallel_shard_degree = 4\n"
    run = configs.read(TEXT % "" + more).training
    assert (run.told("world_size"), run.told("accumulation"), run.horizon.tokens_per_step) == (
        4,
        4,
        128 * 2048,
    )
    with pytest.raises(
        ScheduleError, match=r"global_batch_size: must be a multiple of 8 examples on 4 processes; got 100."
    ):
        configs.read(TEXT % "" + more.replace("128", "100"))
    assert configs.read(TEXT % "" + "dtype = 'bfloat16'").training.precision == "bfloat16"


def test_a_schedule_that_is_shorter_than_the_run_is_noted():
    found = configs.read(TEXT % "total_steps = 50")
    assert found.notes == (
        "total_steps, 50, is less than the run of 100: behind it theirs turns negative or rises.",
    )


@pytest.mark.parametrize(("own", "error"), [
    ('decay_type = "cubic"', r"decay_type: must be one of linear, sqrt, cosine; got 'cubic'."),
    ("min_lr_factor = 2", r"min_lr_factor: must be in \[0, 1\]; got 2."),
    ("total_steps = 0", r"torchtitan: lr_scheduler.total_steps: must be a whole number >= 1; got 0."),
    ("decay_ratio = [1]", r"torchtitan: lr_scheduler.decay_ratio: must be a number; got \[1\]."),
])  # fmt: skip
def test_what_is_wrong(own, error):
    with pytest.raises(ScheduleError, match=error):
        configs.read(TEXT % own)
    with pytest.raises(ScheduleError, match=r"the file says 100 for steps"):
        configs.read(TEXT % "", training=Training.of(steps=7))
