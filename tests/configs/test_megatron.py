"""Megatron-LM: scripts and flags, and every rate held against its count of samples, told as its source has it."""

import pytest

from stepsize import configs
from stepsize.errors import HorizonNeeded, ScheduleError
from stepsize.training import Training
from tests.twins.test_megatron import applied, rate_at
from tests.twins.whole import agree

SCRIPT = """#!/bin/bash
TRAIN_ITERS=500   # of the run
LR="3e-4"
export MIN_LR=${MIN_LR:-3e-5}
TRAINING_ARGS=(
    --micro-batch-size 2
    --global-batch-size 16   # 8 processes
    --lr $LR --min-lr ${MIN_LR}
    --lr-decay-style %s
    # --lr 1.0
    --train-iters ${TRAIN_ITERS}
    --adam-beta1 0.9 --adam-beta2 0.95 --weight-decay 1e-1
    --seq-length 1024
    --bf16
    %s
)
torchrun pretrain_gpt.py ${TRAINING_ARGS[@]} 2>&1 | tee log.txt
"""


@pytest.mark.parametrize("style", ["cosine", "linear", "constant", "inverse-square-root"])
def test_a_script(style):
    found = configs.read(SCRIPT % (style, "--lr-warmup-iters 50 \\\n --lr-decay-iters 400"))
    agree(found.schedule, applied(500, 16, 0.0, 3e-4, 3e-5, 50 * 16, 400 * 16, style))
    run = found.training
    assert (found.format, run.steps, run.beta2, run.weight_decay, run.optimizer) == (
        "megatron",
        500,
        0.95,
        0.1,
        "adamw",
    )
    assert (run.horizon.samples_per_step, run.horizon.tokens_per_step) == (16, 16 * 1024)


@pytest.mark.parametrize("style", ["linear", "cosine", "exponential", "minus_sqrt"])
def test_warmup_stable_decay(style):
    more = f"--lr-warmup-fraction 0.1 --lr-wsd-decay-style {style} --lr-wsd-decay-iters 100 --lr-warmup-init 1e-5"
    found = configs.read(SCRIPT % ("WSD", more))
    agree(found.schedule, applied(500, 16, 1e-5, 3e-4, 3e-5, 800, 8000, "WSD", 1600, style))


def test_its_defaults():
    found = configs.read("--lr 1e-3 --train-iters 100 --global-batch-size 4")
    agree(found.schedule, applied(100, 4, 0.0, 1e-3, 0.0, 0, 400, "linear"))
    assert (found.training.beta2, found.training.weight_decay) == (0.999, 0.01)
    assert "min_lr is not given: the default, 0." in found.notes


def test_samples():
    """The rate of sample n, where the batch grows; and updates, where it does not."""
    flags = (
        "--lr 6e-5 --min-lr 6e-6 --lr-decay-style cosine --lr-warmup-samples 183 --lr-decay-samples 20_000 "
    )
    found = configs.read(
        f"{flags} --train-samples 22000 --rampup-batch-size 192 16 9_765 --global-batch-size 2048"
    )
    assert (found.schedule.clock, found.training.batch_changes, found.training.steps) == (
        "samples",
        True,
        None,
    )
    meant = [rate_at(n, 0.0, 6e-5, 6e-6, 183, 20_000, "cosine") for n in range(22_000)]
    agree(found.schedule, meant)
    found = configs.read(f"{flags} --train-samples 22000 --global-batch-size 8")
    agree(found.schedule, applied(2750, 8, 0.0, 6e-5, 6e-6, 183, 20_000, "cosine"))
    assert found.training.steps == 2750


def test_what_the_caller_adds():
    flags = "--lr 1e-3 --lr-decay-style cosine --lr-warmup-iters 5"
    with pytest.raises(
        HorizonNeeded, match=r"megatron: the length of the run must be known; .*or add --steps"
    ):
        configs.read(flags)
    found = configs.read(flags, training=Training.of(steps=50))
    agree(found.schedule, applied(50, 1, 0.0, 1e-3, 0.0, 5, 50, "cosine"))
    assert "--global-batch-size is not given: lengths are counted in iterations." in found.notes


@pytest.mark.parametrize(("flags", "error"), [
    ("--lr 1e-3 --train-iters $((8 * 100))", r"megatron: --train-iters: must be a number; got '\$'. It is computed elsewhere"),
    ("--lr ${RATE} --train-iters 10", r"megatron: --lr: must be a number; got '\$\{RATE\}'. It is computed"),
    ("N=1\nN=2\n--lr $N --train-iters 10", r"megatron: --lr: must be a number; got '\$N'"),
    ("--lr --train-iters 10", r"megatron: --lr: must have a value; got 'none'."),
    ("--min-lr 1e-4 --train-iters 10", r"megatron: --lr: must be given; got None."),
    ("--lr 1 --train-iters 10 --lr-decay-samples 10", r"lengths must all be iterations, or all samples; got '--train-iters, --lr-decay-samples'."),
    ("--lr 1 --train-iters 10 --rampup-batch-size 1 1 9", r"a batch that changes needs lengths in samples"),
    ("--lr 1 --train-iters 10 --lr-warmup-fraction 0.1 --lr-warmup-iters 2", r"--lr-warmup-fraction: must not be given beside --lr-warmup-iters; got 0.1."),
    ("--lr 1 --train-iters 10 --lr-warmup-fraction 1.5", r"--lr-warmup-fraction: must be in \[0, 1\); got 1.5."),
    ("--lr 1 --train-iters 10 --lr-decay-style cosin", r'must be one of .*; got \'cosin\'. Did you mean "cosine"?'),
    ("--lr 1 --train-iters 10 --min-lr 2", r"max_lr: must be a finite number >= 2; got 1"),
])  # fmt: skip
def test_what_is_wrong(flags, error):
    with pytest.raises(ScheduleError, match=error):
        configs.read(flags, format="megatron")


def test_a_flag_that_is_given_twice():
    found = configs.read("--lr 1 --train-iters 10 --lr 2 --min-lr=0.5")
    assert found.schedule(0) == 2.0
    assert "--lr is given more than once: the last counts, as theirs has it." in found.notes
