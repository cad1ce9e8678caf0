"""Megatron-LM: its count of samples, stepped by a batch after each update, and rates that were measured of it."""

import math

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same
from tests.twins.whole import agree

STYLES = ("constant", "linear", "cosine", "inverse-square-root")
WSD = ("linear", "cosine", "exponential", "minus_sqrt")


def rate_at(n, init, top, low, warmup, total, style, last=None, wsd=None):
    """What is set after n samples: its questions in its order."""
    if warmup > 0 and n <= warmup:
        return init + (top - init) * n / warmup
    if style == "constant":
        return top
    if n > total:
        return low
    if style == "inverse-square-root":
        return max(low, top * max(warmup, 1) ** 0.5 / max(n, 1) ** 0.5)
    gone = (n - warmup) / (total - warmup)
    if style == "linear":
        left = 1.0 - gone
    elif style == "cosine":
        left = 0.5 * (math.cos(math.pi * gone) + 1.0)
    elif n <= total - last:
        left = 1.0
    else:
        gone = (n - (total - last)) / last
        left = {
            "linear": 1.0 - gone,
            "cosine": 0.5 * (math.cos(math.pi * gone) + 1.0),
            "exponential": 2.0 * math.pow(0.5, gone) - 1.0,
            "minus_sqrt": 1.0 - math.sqrt(gone),
        }[wsd]
    return low + left * (top - low)


def applied(updates, batch, *arguments):
    """Update by update: the rate is that of the samples so far, and an update adds its batch."""
    samples, rates = 0, []
    for _ in range(updates):
        rates.append(rate_at(samples, *arguments))
        samples += batch
    return rates


def twin(init, top, low, warmup, total, style, last=None, wsd=None, **more):
    return twins.megatron.OptimizerParamScheduler(
        init, top, low, warmup, total, style, wsd_decay_steps=last, lr_wsd_decay_style=wsd, **more
    )


@pytest.mark.parametrize("batch", [1, 3, 32])
@pytest.mark.parametrize("n", LENGTHS)
def test_decays(n, batch):
    """Each style in updates, with warmups up to one short of the end, and past it, where all stay."""
    for top in RATES:
        for warmup in {0, min(1, n - 1), n // 2, n - 1}:
            for style in STYLES:
                for init, low in ((0.0, 0.1 * top), (0.01, 0.0)):
                    given = (init, top, low, warmup * batch, n * batch, style)
                    agree(twin(*given, global_batch_size=batch), applied(n + 8, batch, *given))


@pytest.mark.parametrize("wsd", WSD)
@pytest.mark.parametrize("n", LENGTHS)
def test_stable(n, wsd):
    """Decays of all lengths: none, within the run, from within the warmup on, and longer than all."""
    for top in RATES:
        for warmup in {0, n // 2, n - 1}:
            for last in {0, 1, n // 5, n // 2, n, n + 3}:
                given = (0.0, top, 0.1 * top, warmup * 4, n * 4, "WSD", last * 4, wsd)
                agree(twin(*given, global_batch_size=4), applied(n + 8, 4, *given))
                agree(twin(*given)._bare, [rate_at(k, *given) for k in range(min(4 * n, 400) + 9)])


def test_warmups_of_no_whole_sample():
    """A share of the run may end between two samples."""
    for warmup in (0.4, 2.5, 7.1):
        for style in STYLES:
            given = (0.0, 0.3, 0.03, warmup, 20, style)
            agree(twin(*given)._bare, [rate_at(k, *given) for k in range(30)])


def test_the_tables():
    """Rates that were measured of it."""
    rows = {
        ("cosine",): {0: 0.0, 1: 0.1, 9: 0.9, 10: 1.0, 98: 0.101096, 99: 0.100274, 100: 0.1, 110: 0.1},
        ("linear",): {9: 0.9, 10: 1.0, 99: 0.11, 100: 0.1, 101: 0.1},
        ("inverse-square-root",): {9: 0.9, 10: 1.0, 99: 0.3178, 100: 0.3162, 101: 0.1},
        ("WSD", 20, "linear"): {99: 0.145, 100: 0.1},
        ("WSD", 20, "cosine"): {99: 0.1055, 100: 0.1},
        ("WSD", 20, "exponential"): {99: 0.1317, 100: 0.1, 500: 0.1},
        ("WSD", 20, "minus_sqrt"): {99: 0.1228, 100: 0.1},
    }
    for style, row in rows.items():
        s = twin(0.0, 1.0, 0.1, 10, 100, *style)
        assert s.clock == "samples"
        for k, rate in row.items():
            assert s(k) == pytest.approx(rate, abs=5e-7 if style == ("cosine",) else 6e-5)
    assert twin(0.0, 1.0, 0.1, 50, 100, "WSD", 80, "linear")(51) == pytest.approx(1 - 0.9 * 31 / 80)
    same(twin(0.0, 1.0, 0.1, 10, 100, "cosine"), applied(120, 1, 0.0, 1.0, 0.1, 10, 100, "cosine"))


def test_it_is_short():
    assert (
        str(twin(0, 3e-4, 3e-5, 500, 10_000, "cosine"))
        == "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500 on samples"
    )
    stable = twin(0, 3e-4, 3e-5, 5000, 100_000, "WSD", 20_000, "minus_sqrt", global_batch_size=10)
    assert str(stable) == "0 -> 3e-4 in 500; hold for 7500; -> 3e-5 one_minus_sqrt in 2000"


@pytest.mark.parametrize("style", ["linear", "cosine"])
@pytest.mark.parametrize("n", [1, 2, 3, 10, 100])
def test_weight_decay(n, style):
    for batch in (1, 8):
        s = twins.megatron.get_wd(0.01, 0.1, n * batch, style, global_batch_size=batch)
        theirs = []
        for k in range(n + 3):
            gone = min(1.0, k / n)
            theirs.append(
                0.01 + 0.09 * (gone if style == "linear" else 0.5 * (math.cos(math.pi * (1 - gone)) + 1))
            )
        agree(s, theirs)
    assert twins.megatron.get_wd(0.1, 0.1, 5, "constant")(3) == 0.1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0.0, 0.1, -0.1, 1, 10, "cosine"), "min_lr: must be a finite number >= 0; got -0.1"),
        ((0.0, 0.1, 0.2, 1, 10, "cosine"), "max_lr: must be a finite number >= 0.2; got 0.1"),
        ((0.2, 0.1, 0.0, 1, 10, "cosine"), r"init_lr: must not exceed max_lr \(0.1\); got 0.2"),
        ((0.0, 0.1, 0.0, 10, 10, "cosine"), r"lr_warmup_steps: must be less than lr_decay_steps \(10\); got 10"),
        ((0.0, 0.1, 0.0, 0, 0, "cosine"), r"lr_warmup_steps: must be less than lr_decay_steps \(0\); got 0"),
        ((0.0, 0.1, 0.0, 1, 10, "cosin"), "lr_decay_style: must be one of constant, .*; got 'cosin'. Did you mean"),
        ((0.0, 0.1, 0.0, 1, 10, "WSD", 5), "lr_wsd_decay_style: must be one of linear, .*; got None"),
        ((0.0, 0.1, 0.0, 1, 10, "WSD", None, "linear"), "wsd_decay_steps: must be a finite number"),
    ],
)  # fmt: skip
def test_it_refuses(arguments, said):
    with pytest.raises(ss.ScheduleError, match="^twins.megatron.OptimizerParamScheduler." + said):
        twin(*arguments)


def test_weight_decay_refuses():
    for arguments, said in (
        ((-0.1, 0.1, 5, "linear"), "start_wd: must be a finite number >= 0; got -0.1"),
        ((0.2, 0.1, 5, "linear"), "end_wd: must be a finite number >= 0.2; got 0.1"),
        ((0.0, 0.1, 5, "constant"), r"end_wd: must equal start_wd \(0\); got 0.1"),
        ((0.0, 0.1, 0, "cosine"), "wd_incr_steps: must be > 0; got 0. Theirs divides by it"),
        ((0.0, 0.1, 5, "sine"), "wd_incr_style: must be one of constant, linear, cosine; got 'sine'"),
    ):
        with pytest.raises(ss.ScheduleError, match="^twins.megatron.get_wd." + said):
            twins.megatron.get_wd(*arguments)
    with pytest.raises(ss.ScheduleError, match="override_opt_param_scheduler: needs use_checkpoint"):
        twin(0.0, 0.1, 0.0, 1, 10, "linear", override_opt_param_scheduler=True)
