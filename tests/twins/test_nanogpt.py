"""nanoGPT: the rate that its loop sets before each update, told as the loop goes, and rates that were measured of it."""

import math

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same
from tests.twins.whole import agree


def applied(learning_rate, warmup_iters, lr_decay_iters, min_lr, updates):
    """The loop: the rate is found from the number of updates so far, and then the update is made."""
    rates, iter_num = [], 0
    while len(rates) < updates:
        if iter_num < warmup_iters:
            rate = learning_rate * (iter_num + 1) / (warmup_iters + 1)
        elif iter_num > lr_decay_iters:
            rate = min_lr
        else:
            gone = (iter_num - warmup_iters) / (lr_decay_iters - warmup_iters)
            rate = min_lr + 0.5 * (1.0 + math.cos(math.pi * gone)) * (learning_rate - min_lr)
        rates.append(rate)
        iter_num += 1
    return rates


@pytest.mark.parametrize("lr", RATES)
@pytest.mark.parametrize("n", LENGTHS)
def test_get_lr(n, lr):
    """Warmups from none to beyond the end; the loop makes n + 1 updates, and then it is held."""
    for warmup in {0, 1, n // 2, n - 1, n + 1, 2 * n + 3} - {n}:
        for low in (0.0, 0.1 * lr, lr, 2 * lr):
            agree(twins.nanogpt.get_lr(lr, warmup, n, low), applied(lr, warmup, n, low, n + 5))


def test_the_table():
    """Rates that were measured of it."""
    s = twins.nanogpt.get_lr(1.0, 10, 100, 0.1)
    golden = {0: 0.0909, 1: 0.1818, 9: 0.9091, 10: 1.0, 98: 0.101096, 99: 0.100274, 100: 0.1, 110: 0.1}
    for k, rate in golden.items():
        assert s(k) == pytest.approx(rate, abs=5e-5 if k < 10 else 5e-7)
    same(s, applied(1.0, 10, 100, 0.1, 130))
    assert str(s).endswith("-> 1 in 10; -> 0.1 cosine in 90")


def test_defaults():
    assert twins.nanogpt.get_lr().edges == (0, 2000, 600_000)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0.1, 10, 10, 0.0), "lr_decay_iters: must differ from warmup_iters, for theirs divides by their difference; got 10"),
        ((-0.1, 1, 10, 0.0), "learning_rate: must be a finite number >= 0; got -0.1"),
        ((0.1, -1, 10, 0.0), "warmup_iters: must be a whole number >= 0; got -1"),
        ((0.1, 1, 10.5, 0.0), "lr_decay_iters: must be a whole number >= 0; got 10.5"),
        ((0.1, 1, 10, -1e-5), "min_lr: must be a finite number >= 0"),
    ],
)  # fmt: skip
def test_get_lr_refuses(arguments, said):
    with pytest.raises(ss.ScheduleError, match="^twins.nanogpt.get_lr." + said):
        twins.nanogpt.get_lr(*arguments)
