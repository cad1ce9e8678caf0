"""DeepSpeed: its engine told step by step, for each schedule as its source does it, and rates that were measured of it.

The twins were held against the file itself, deepspeed/runtime/lr_schedules.py, too, loaded with a stub of its logger.
"""

import math

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same
from tests.twins.whole import agree


def driven(first, rate_at, updates):
    """The engine: the schedule sets ``first`` when it is made; behind each update its last iteration, from -1, is one more."""
    now, last, rates = first, -1, []
    for _ in range(updates):
        rates.append(now)
        last += 1
        now = rate_at(last)
    return rates


def warmed(last, warmup, kind):
    return math.log(last + 1) / math.log(warmup) if kind == "log" else last / warmup


def warmup_lr(updates, low, high, warmup, kind, total=None):
    """WarmupLR, and with a total WarmupDecayLR."""
    warmup = max(2, warmup)

    def gamma(last):
        if last < warmup:
            return warmed(last, warmup, kind)
        return 1.0 if total is None else max(0.0, (total - last) / max(1.0, total - warmup))

    return driven(low, lambda last: low + (high - low) * gamma(last), updates)


def warmup_cosine_lr(updates, lr, total, start, warmup, low, kind):
    warmup = max(2, warmup)

    def ratio(last):
        if last < warmup:
            return start + warmed(last, warmup, kind) * (1.0 - start)
        gone = min(1.0, (last - warmup + 1) / max(1, total - warmup))
        return max(0.0, low + (1.0 - low) * (1 + math.cos(math.pi * gone)) / 2)

    return driven(0.0, lambda last: lr * ratio(last), updates)


def one_cycle(updates, low, high, up, down, stairs=0, stairs_down=None, fade=0.0, every=0):
    down = up if down is None else down
    stairs_down = stairs if stairs_down is None else stairs_down
    total = up + down

    def rate_at(last):
        if last >= total:
            gone = last - total + 1
            return low if fade == 0 or every == 0 else low / (1 + fade * gone / every)
        into = (last + 1) % total
        rising = into <= up
        count, part = (stairs, into / up) if rising else (stairs_down, (total - into) / down)
        if count:
            part = (into * count // up if rising else (total - into) * count // down) / count
        return low + (high - low) * part

    return driven(low, rate_at, updates)


def range_test(updates, low, size, growth, stairs):
    def rate_at(last):
        return low * (1 + growth * (math.floor((last + 1) / size) if stairs else (last + 1) / size))

    return driven(low, rate_at, updates)


@pytest.mark.parametrize("kind", ["log", "linear"])
@pytest.mark.parametrize("n", LENGTHS)
def test_warmups(n, kind):
    """Warmups from one update, of which theirs makes two, to beyond the end."""
    for lr in RATES:
        for warmup in {1, 2, 3, max(1, n // 2), n, n + 7}:
            room = twins.deepspeed
            given = {"warmup_num_steps": warmup, "warmup_type": kind}
            agree(room.WarmupLR(lr, **given), warmup_lr(n + 9, 0.0, lr, warmup, kind))
            agree(room.WarmupLR(lr, 0.001, 0.2, **given), warmup_lr(n + 9, 0.001, 0.2, warmup, kind))
            agree(room.WarmupDecayLR(lr, n, 0.001, lr, **given), warmup_lr(n + 9, 0.001, lr, warmup, kind, n))
            agree(room.WarmupDecayLR(lr, n, **given), warmup_lr(n + 9, 0.0, 0.001, warmup, kind, n))
            for start, low in ((0.0, 0.0001), (0.2, 0.1)):
                s = room.WarmupCosineLR(lr, n, start, warmup, low, kind)
                agree(s, warmup_cosine_lr(n + 9, lr, n, start, warmup, low, kind))


def test_defaults():
    """A thousand updates of warmup, along a logarithm; the decay and the cycle forget the base rate."""
    for lr in RATES:
        agree(twins.deepspeed.WarmupLR(lr), warmup_lr(1200, 0.0, lr, 1000, "log"))
        agree(twins.deepspeed.WarmupDecayLR(lr, 2000), warmup_lr(2100, 0.0, 0.001, 1000, "log", 2000))
        agree(
            twins.deepspeed.WarmupCosineLR(lr, 2000), warmup_cosine_lr(2100, lr, 2000, 0, 1000, 0.0001, "log")
        )
        agree(twins.deepspeed.OneCycle(lr, 0.01, 0.1), one_cycle(4100, 0.01, 0.1, 2000, None))
        agree(twins.deepspeed.LRRangeTest(lr, steps=4100), range_test(4100, 0.001, 2000, 1.0, False))


@pytest.mark.parametrize("up", [1, 2, 3, 10, 37])
def test_one_cycle(up):
    """Halves of all sizes, stairs that fit and such that do not, with a fade and without."""
    for down in (None, 0, 1, 5, 30):
        for stairs, stairs_down in ((0, None), (1, None), (3, 0), (7, 4), (0, 4), (50, None)):
            for fade, every in ((0.0, 0), (2.0, 10), (2.0, 0), (0.0, 10)):
                s = twins.deepspeed.OneCycle(
                    0.3, 0.01, 0.1, fade, up, down, stairs, stairs_down, every, cycle_momentum=False
                )
                agree(s, one_cycle(100, 0.01, 0.1, up, down, stairs, stairs_down, fade, every))


def test_long_cycles():
    for stairs in (0, 7, 3000):
        s = twins.deepspeed.OneCycle(0.3, 0.01, 0.1, 0.1, 6000, 4000, stairs, decay_step_size=10)
        agree(s, one_cycle(12345, 0.01, 0.1, 6000, 4000, stairs, None, 0.1, 10))
    assert twins.deepspeed.OneCycle(0.3, 0.1, 0.4, 0, 10, 10, 3).edges[:4] == (0, 4, 7, 10)


@pytest.mark.parametrize("stairs", [False, True])
@pytest.mark.parametrize("n", LENGTHS)
def test_range_test(n, stairs):
    for low in RATES:
        for size in (1, 7, 50, n):
            s = twins.deepspeed.LRRangeTest(0.5, low, size, 3.0, stairs, steps=n)
            agree(s, range_test(n, low, size, 3.0, stairs))
            assert s(n + 1000) <= s(n) * (1 + 1e-12)


def test_the_tables():
    """Rates that were measured of it."""
    cosine = twins.deepspeed.WarmupCosineLR(1.0, 100, 0.0, 10, 0.1, "linear")
    rows = [
        (
            cosine,
            {
                0: 0,
                1: 0,
                2: 0.1,
                9: 0.8,
                10: 0.9,
                11: 0.999726,
                98: 0.101096,
                99: 0.100274,
                100: 0.1,
                110: 0.1,
            },
        ),
        (twins.deepspeed.WarmupLR(1.0, 0.0, 1.0, 10), {0: 0, 1: 0, 2: 0.301, 10: 1.0, 99: 1.0}),
        (twins.deepspeed.WarmupLR(1.0, 0.0, 1.0, 10, "linear"), {2: 0.1, 10: 0.9, 11: 1.0}),
        (twins.deepspeed.WarmupDecayLR(1.0, 100, 0.0, 1.0, 10), {2: 0.301, 99: 0.0222, 101: 0.0, 110: 0.0}),
        (
            twins.deepspeed.OneCycle(1.0, 0.1, 1.0, cycle_first_step_size=10),
            {0: 0.1, 1: 0.19, 2: 0.28, 10: 1.0},
        ),
        (twins.deepspeed.WarmupCosineLR(1.0, 100, 0.2, 10), {0: 0.0, 1: 0.2}),
    ]
    for s, row in rows:
        for k, rate in row.items():
            assert s(k) == pytest.approx(rate, abs=5e-7 if s is cosine else 5e-5)
    same(cosine, warmup_cosine_lr(120, 1.0, 100, 0.0, 10, 0.1, "linear"))


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("WarmupLR", {"warmup_num_steps": 0}, "warmup_num_steps: must be an int >= 1; got 0"),
        ("WarmupLR", {"warmup_num_steps": 10.0}, "warmup_num_steps: must be an int >= 1; got 10.0"),
        ("WarmupLR", {"warmup_type": "logs"}, "warmup_type: must be \"log\" or \"linear\"; got 'logs'. Did you"),
        ("WarmupLR", {"warmup_max_lr": -1.0}, "warmup_max_lr: must be a finite number >= 0; got -1.0"),
        ("WarmupLR", {"lr": -1.0}, "lr: must be a finite number >= 0; got -1.0"),
        ("WarmupDecayLR", {"total_num_steps": 1.5}, "total_num_steps: must be a whole number >= 0; got 1.5"),
        ("WarmupDecayLR", {"total_num_steps": 9, "warmup_min_lr": -1.0}, "warmup_min_lr: must be a finite number >= 0"),
        ("WarmupCosineLR", {"total_num_steps": 9, "cos_min_ratio": -1.0}, "cos_min_ratio: must be a finite number >= 0"),
        ("OneCycle", {"cycle_first_step_size": 0}, "cycle_first_step_size: must be a whole number >= 1; got 0"),
        ("OneCycle", {"cycle_second_step_size": -1}, "cycle_second_step_size: must be a whole number >= 0; got -1"),
        ("OneCycle", {"decay_lr_rate": -1.0}, "decay_lr_rate: must be a finite number >= 0; got -1.0"),
        ("LRRangeTest", {"lr_range_test_step_size": 0, "steps": 5}, "lr_range_test_step_size: must be an int >= 1; got 0"),
        ("LRRangeTest", {"steps": 0}, "steps: must be a whole number >= 1; got 0"),
    ],
)  # fmt: skip
def test_they_refuse(name, arguments, said):
    base = {"lr": 0.1} | ({"cycle_min_lr": 0.01, "cycle_max_lr": 0.1} if name == "OneCycle" else {})
    with pytest.raises(ss.ScheduleError, match=f"^twins.deepspeed.{name}.{said}"):
        getattr(twins.deepspeed, name)(**base | arguments)
