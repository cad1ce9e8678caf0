"""Acceptance cases: what users of other schedulers suffered, each with the numbers of the report.

Case n is that of the project's list; where a case asks for a flag, the algebra answers.
"""

import json
import math
import pickle
import random
import time
from importlib import import_module

import numpy as np
import pytest

import stepsize as ss


def test_case_5_nesting_is_transparent():
    inner = ss.hold(0.5, 2) >> ss.hold(0.2, 10)
    rates = ss.hold(1.0, 0) >> (inner >> ss.hold(0.2))
    assert [0.1 * rates(k) for k in range(5)] == pytest.approx([0.05, 0.05, 0.02, 0.02, 0.02], rel=1e-15)


def test_case_6_phases_of_no_length_vanish():
    for s in (ss.warmup_cosine(1.0, 10), ss.hold(1, 0) >> ss.linear(0, 1, 0) >> ss.cosine(1.0, 0.0, 10)):
        assert s == ss.cosine(1.0, 0.0, 10)
        assert [s(k) for k in range(3)] == pytest.approx(
            [1.0, 0.9755282581475768, 0.9045084971874737], rel=1e-14
        )


def test_case_7_the_path_does_not_matter():
    s = ss.sgdr(1.0, 10, growth=1.5, end=0.1, peak_decay=0.9)
    straight = [s(k) for k in range(500)]
    shuffled = list(range(500))
    random.Random(0).shuffle(shuffled)
    assert {k: s(k) for k in shuffled} == dict(enumerate(straight))
    np.testing.assert_allclose(s(np.arange(500)), straight, rtol=1e-14)


def test_case_12_after_the_end_the_rate_is_held():
    s = ss.warmup_cosine(1.0, 10, warmup=4, end=0.05)
    assert [s(k) for k in range(10, 16)] == [0.05] * 6
    assert [ss.one_cycle(1.0, 10)(k) for k in range(10, 13)] == [4e-6] * 3


def test_case_13_end_points():
    s = ss.warmup_cosine(1.0, 10, warmup=4)
    expected = [0, 0.25, 0.5, 0.75, 1, 0.9330127, 0.75, 0.5, 0.25, 0.0669873, 0]
    assert [s(k) for k in range(11)] == pytest.approx(expected, rel=1e-7, abs=1e-15)
    assert s[1:](9) == 0.0
    compatible = ss.sgdr(0.1, 10, end=1e-3)(np.arange(10))
    assert compatible.min() == pytest.approx(0.0034227, rel=1e-4)


def test_case_14_a_horizon_in_updates_is_exact():
    s = ss.cosine_annealing(1.0, 1000 * 250)
    assert s(1000) == pytest.approx(0.9999605, rel=1e-7)
    assert s(250) == pytest.approx(0.9999975, rel=1e-7)
    assert ss.warmup_cosine(1.0, 100 * 250, warmup="5%").edges == (0, 1250, 25_000)


def test_case_19_a_schedule_is_plain_data():
    s = ss.warmup_cosine(3e-4, 1000, warmup="10%", end=3e-5) >> ss.sgdr(1e-4, 10, growth=2)
    document = json.loads(json.dumps(s.to_dict(), allow_nan=False))
    again = ss.from_dict(document)
    assert again == s
    assert [again(k) for k in range(2000)] == [s(k) for k in range(2000)]
    assert pickle.loads(pickle.dumps(s)) == s
    changed = {**document, "schedule": {**document["schedule"], "extra": 1}}
    with pytest.raises(ss.ScheduleError, match=r"Missing or unknown: 'extra'\."):
        ss.from_dict(changed)


def test_case_20_extremes_take_no_time():
    for s in (
        ss.sgdr(1.0, 1),
        ss.sgdr(1.0, 1, growth=2),
        ss.sgdr(1.0, 1, growth=1.5),
        ss.triangular(0, 1, 1),
    ):
        s(7_000_000)
        start = time.perf_counter()
        for _ in range(100):
            s(7_000_000)
        assert (time.perf_counter() - start) / 100 < 1e-3
        assert all(math.isfinite(s(t)) for t in (7_000_000, 10**15, 2**62))


@pytest.mark.parametrize(("micro", "every", "epochs", "flush", "updates"), [
    (5, 2, 3, True, 9),
    (5, 2, 3, False, 6),
    (160, 10, 1, True, 16),
])  # fmt: skip
def test_case_9_accumulation_counts_applied_updates(micro, every, epochs, flush, updates):
    """The clock ticks once an applied update, not once a micro-batch, and the last one uses the last rate."""
    torch = import_module("torch")
    host = import_module("stepsize.hosts.torch")
    weight = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    s = ss.linear(1.0, 0.1, updates)[1:]
    schedule, used = host.TorchSchedule(optimizer, s), []
    for _ in range(epochs):
        for k in range(1, micro + 1):
            weight.sum().backward()
            if k % every == 0 or (flush and k == micro):
                used.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
    assert schedule.position == len(used) == updates
    assert used == [s(k) for k in range(updates)]
    assert used[-1] == 0.1
