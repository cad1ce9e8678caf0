"""pytorch_warmup, live: our twin gives the rate that its damper leaves to each update, in each group."""

import math

import pytest
import pytorch_warmup as peer
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR

import stepsize as ss
from stepsize.twins import pytorch_warmup as ours
from tests.twins.driving import LENGTHS, RATES
from tests.twins.whole import agree

BETAS = [(0.9, 0.999), (0.9, 0.99), (0.9, 0.7)]


def applied(damper, updates, wrapped=None, betas=BETAS[0]):
    """The rates of each group: update, then the scheduler's step inside the damper's context."""
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr, "betas": betas} for lr in RATES]
    optimizer = torch.optim.AdamW(groups)
    scheduler = wrapped and wrapped(optimizer)
    warmup, rates = damper(optimizer), []
    for _ in range(updates):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        with warmup.dampening():
            if scheduler:
                scheduler.step()
    return list(zip(*rates, strict=True))


@pytest.mark.parametrize("period", LENGTHS)
@pytest.mark.parametrize("name", ["LinearWarmup", "ExponentialWarmup"])
@pytest.mark.parametrize("last", [-1, 4])
def test_of_a_base_rate(name, period, last):
    theirs = applied(lambda o: getattr(peer, name)(o, period, last), min(period, 2000) + 7)
    for lr, rates in zip(RATES, theirs, strict=True):
        agree(getattr(ours, name)(lr, period, last), rates)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("period", [1, 2, 10, 20000])
@pytest.mark.parametrize("name", ["LinearWarmup", "ExponentialWarmup"])
def test_of_a_schedule(name, period, n):
    """The wrapped scheduler runs during the warmup, however long this is."""
    n = min(n, 2000)
    unit = ss.cosine(1.0, 0.1, n)
    theirs = applied(lambda o: getattr(peer, name)(o, period), n, lambda o: LambdaLR(o, unit))
    for lr, rates in zip(RATES, theirs, strict=True):
        twin = getattr(ours, name)(unit * lr, period)
        agree(twin, rates, peak=lr)  # which a long warmup keeps far away
        assert twin(n + 10**6) == pytest.approx(twin(n), abs=1e-15) or period > n


@pytest.mark.parametrize("betas", BETAS)
@pytest.mark.parametrize("name", ["UntunedLinearWarmup", "UntunedExponentialWarmup", "RAdamWarmup"])
@pytest.mark.parametrize("n", [1, 10, 2500])
def test_those_that_read_the_betas(name, betas, n):
    unit = ss.linear(1.0, 0.5, n)
    more = {"steps": n} if name == "RAdamWarmup" else {}
    for wrapped, made in ((None, hold), (lambda o: LambdaLR(o, unit), unit.__mul__)):
        theirs = applied(getattr(peer, name), n, wrapped, betas)
        for lr, rates in zip(RATES, theirs, strict=True):
            agree(getattr(ours, name)(made(lr), betas=betas, **more), rates)
    theirs = applied(lambda o: getattr(peer, name)(o, 4), n, None, betas)
    agree(getattr(ours, name)(RATES[0], 4, betas=betas, **more), theirs[0])


def hold(lr):
    return lr


def test_golden():
    """The row of the table of peers: with torch's cosine over 100; what comes after the end rises there."""
    s = ours.LinearWarmup(ss.cosine(1.0, 0.1, 100), 10)
    golden = {0: 0.1, 1: 0.199956, 9: 0.982132, 10: 0.977975, 98: 0.100888, 99: 0.100222, 100: 0.1, 110: 0.1}
    assert {t: round(s(t), 6) for t in golden} == golden
    theirs = applied(lambda o: peer.LinearWarmup(o, 10), 100, lambda o: CosineAnnealingLR(o, 100, 0.03))
    agree(ours.LinearWarmup(ss.cosine(0.3, 0.03, 100), 10), theirs[0])
    assert round(ours.ExponentialWarmup(1.0, 10)(9), 6) == round(1 - math.exp(-1), 6)


def test_it_prints_short():
    assert str(ours.LinearWarmup(0.1, 1)) == "0.1 for 0 steps" or ours.LinearWarmup(0.1, 1)(0) == 0.1
    assert ours.LinearWarmup(ss.cosine(1.0, 0.0, 10), 1) == ss.cosine(1.0, 0.0, 10)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda m, o: m.LinearWarmup(o, 0),
            r"LinearWarmup.warmup_period: must be a whole number >= 1; got 0",
        ),
        (
            lambda m, o: m.ExponentialWarmup(o, -1),
            r"ExponentialWarmup.warmup_period: must be a whole number >= 1",
        ),
        (lambda m, o: m.LinearWarmup(o, 10.0), r"LinearWarmup.warmup_period: must be an int; got 10.0"),
        (
            lambda m, o: m.LinearWarmup(o, [10, 20, 30]),
            r"LinearWarmup.warmup_period: must be an int.*each has a twin",
        ),
    ],
)
def test_both_refuse(call, said):
    with pytest.raises(ss.ScheduleError, match=r"^twins.pytorch_warmup." + said):
        call(ours, 0.1)
    with pytest.raises((ValueError, TypeError)):
        call(peer, torch.optim.AdamW([torch.zeros(1, requires_grad=True)]))


def test_betas_that_both_refuse():
    for betas in ((0.9, 0.6), (0.9, 0.1)):
        with pytest.raises(
            ss.ScheduleError, match=r"^twins.pytorch_warmup.RAdamWarmup.betas: the second must be > 0.6"
        ):
            ours.RAdamWarmup(0.1, steps=10, betas=betas)
        with pytest.raises(ValueError, match="beta2"):
            applied(peer.RAdamWarmup, 1, None, betas)
    with pytest.raises(
        ss.ScheduleError, match=r"UntunedLinearWarmup.betas: must be two numbers, the second in \[0, 1\)"
    ):
        ours.UntunedLinearWarmup(0.1, betas=(0.9, 1.0))
    with pytest.raises(
        ss.ScheduleError, match=r"^twins.pytorch_warmup.LinearWarmup.lr: must be a finite number > 0"
    ):
        ours.LinearWarmup(0.0, 10)


def test_the_comparison_sees_one_update_of_difference():
    with pytest.raises(AssertionError, match=r"^update 0: "):
        agree(ss.linear(0.0, 0.3, 10), applied(lambda o: peer.LinearWarmup(o, 10), 20)[0])
