"""torchtitan: a LambdaLR stepped after each update, its factor told step by step, and rates that were measured of it."""

import math

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same
from tests.twins.whole import agree


def applied(lr, updates, total, warmup=200, ratio=None, kind="linear", low=0.0):
    """What its builder makes of the lengths, and then update by update its factor times the base rate."""
    warmup = min(int(warmup), total)
    fall = total - warmup
    if ratio is not None:
        fall = round(total * ratio)
        if warmup + fall > total:
            fall = total - warmup
    flat = total + 1 - warmup - fall
    rates = []
    for done in range(updates):
        if done < warmup:
            factor = (done + 1) / warmup
        elif done < warmup + flat:
            factor = 1.0
        else:
            gone = (done + 1 - warmup - flat) / fall
            left = {
                "linear": 1 - gone,
                "sqrt": 1 - math.sqrt(gone),
                "cosine": 0.5 * (1 + math.cos(math.pi * gone)),
            }[kind]
            factor = low + (1 - low) * left
        rates.append(lr * factor)
    return rates


@pytest.mark.parametrize("kind", ["linear", "sqrt", "cosine"])
@pytest.mark.parametrize("n", LENGTHS)
def test_in_the_run(n, kind):
    """Warmups from none to beyond the end, and decays of each share."""
    for lr in RATES:
        for warmup in {0, 1, 2, n // 2, n - 1, n, n + 5}:
            for ratio in (None, 0.0, 0.2, 0.5, 1.0, 1.7):
                low = 0.1 if warmup % 2 else 0.0
                s = twins.torchtitan.LRSchedulersContainer(
                    lr, warmup_steps=warmup, total_steps=n, decay_ratio=ratio, decay_type=kind, min_lr_factor=low
                )  # fmt: skip
                agree(s, applied(lr, n, n, warmup, ratio, kind, low))


def test_the_table():
    """Rates that were measured of it; behind the run ours is held."""
    s = twins.torchtitan.LRSchedulersContainer(
        1.0, warmup_steps=10, total_steps=100, decay_type="cosine", min_lr_factor=0.1
    )
    golden = {0: 0.1, 1: 0.2, 9: 1.0, 10: 1.0, 98: 0.101096, 99: 0.100274, 100: 0.1, 110: 0.1}
    for k, rate in golden.items():
        assert s(k) == pytest.approx(rate, abs=5e-7)
    same(s, applied(1.0, 101, 100, 10, None, "cosine", 0.1))
    down = twins.torchtitan.LRSchedulersContainer(1.0, warmup_steps=10, total_steps=100)
    assert down(99) == pytest.approx(1 / 90)
    assert (
        twins.torchtitan.LRSchedulersContainer(1.0, warmup_steps=10, total_steps=100, decay_ratio=0.2)(99)
        == 0.05
    )


def test_behind_the_end_it_is_held():
    """Where theirs goes below zero, and up again."""
    assert applied(1.0, 120, 50, 5)[100] < 0 < applied(1.0, 120, 50, 5, kind="cosine")[100]
    for kind in ("linear", "sqrt", "cosine"):
        s = twins.torchtitan.LRSchedulersContainer(1.0, warmup_steps=5, total_steps=50, decay_type=kind)
        assert s(100) == s(50) == 0.0


def test_the_length_of_the_run():
    """total_steps comes before training_steps; without both it is not known."""
    made = twins.torchtitan.LRSchedulersContainer
    assert made(1.0, training_steps=1000) == made(1.0, total_steps=1000, training_steps=7)
    with pytest.raises(
        ss.HorizonNeeded, match=r"^twins.torchtitan.LRSchedulersContainer.total_steps: must be given"
    ):
        made(1.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"total_steps": 0}, "total_steps: must be a whole number >= 1; got 0"),
        ({"training_steps": 1.5}, "training_steps: must be a whole number >= 1; got 1.5"),
        ({"total_steps": 9, "warmup_steps": -1}, "warmup_steps: must be a finite number of updates >= 0; got -1"),
        ({"total_steps": 9, "decay_ratio": -0.1}, "decay_ratio: must be a finite number >= 0; got -0.1"),
        ({"total_steps": 9, "min_lr_factor": 1.1}, r"min_lr_factor: must be in \[0, 1\]; got 1.1"),
        ({"total_steps": 9, "decay_type": "cosin"}, "decay_type: must be one of linear, sqrt, cosine; got 'cosin'. Did you"),
        ({"total_steps": 9, "lr": -1.0}, "lr: must be a finite number >= 0; got -1.0"),
    ],
)  # fmt: skip
def test_it_refuses(arguments, said):
    with pytest.raises(ss.ScheduleError, match="^twins.torchtitan.LRSchedulersContainer." + said):
        twins.torchtitan.LRSchedulersContainer(**{"lr": 0.1} | arguments)
