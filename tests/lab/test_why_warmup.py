"""Why warmup: the moments against a by-hand Adam, stable peaks, and tasks without an Adam."""

import math
from pathlib import Path

import pytest
import torch

import stepsize as ss
from stepsize.errors import ScheduleError
from stepsize.lab.tasks import find
from stepsize.lab.why_warmup import grid, measure, recommended, stable
from stepsize.records import Run


def test_moments_are_those_of_adam_by_hand(tmp_path):
    """The quadratic of tests/lab/work.py: x^2 from 1, AdamW with its defaults."""
    own = measure(find("tests.lab.work:with_torch"), ss.hold(0.1), 5, 0, tmp_path)
    x, m, v = torch.tensor(1.0), 0.0, 0.0
    for k, told in enumerate(own):
        g = 2 * float(x)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        first, second = m / (1 - 0.9 ** (k + 1)), v / (1 - 0.999 ** (k + 1))
        assert told.step == k
        assert told.gradient == pytest.approx(abs(g), rel=1e-5)
        assert told.first == pytest.approx(abs(first), rel=1e-5)
        assert told.second == pytest.approx(math.sqrt(second), rel=1e-4)
        assert told.update == told.largest == pytest.approx(abs(first) / math.sqrt(second), rel=1e-4)
        assert told.moved == pytest.approx(0.1 * told.update)
        assert told.loss == pytest.approx(float(x) ** 2, rel=1e-5)
        x = x * (1 - 0.1 * 0.01) - 0.1 * first / (math.sqrt(second) + 1e-8)


@pytest.mark.parametrize(("task", "text"), [
    ("digits", "why_warmup: must watch an Adam or AdamW of torch, by run.watch(optimizer); got 'SGD'."),
    ("tests.lab.work:good", "why_warmup: must watch its optimizer, by run.watch(optimizer), and log its updates; got 'none'."),
])  # fmt: skip
def test_without_an_adam_it_says_so(task, text, tmp_path):
    with pytest.raises(ScheduleError) as caught:
        measure(find(task), ss.hold(0.1), 3, 0, tmp_path)
    assert str(caught.value) == text


def run(length, peak, final, seed=100):
    return Run("gpt", f"warmup{length}", {}, seed, 1, (0.1,), (1.0,), ((1, final),), 1.0, "", {}, peak=peak)


def test_the_largest_stable_peak_and_the_shortest_warmup_that_allows_it():
    runs = [
        run(0, 0.1, 2.0),
        run(0, 0.2, 3.0),
        run(10, 0.1, 2.0),
        run(10, 0.2, 2.1),
        run(50, 0.1, 2.2),
        run(50, 0.2, 2.15),
    ]
    runs += [run(50, 0.4, math.inf)]
    found = stable(runs)
    assert [(one.warmup, one.largest) for one in found] == [(0, 0.1), (10, 0.2), (50, 0.2)]
    assert found[2].losses == {0.1: 2.2, 0.2: 2.15, 0.4: math.inf}
    assert recommended(found).warmup == 10
    assert recommended([]) is None


def test_the_grid_holds_after_the_warmup(tmp_path):
    planned = grid("tabular", [0, 4], [0.1, 0.2], steps=8, seeds=2, out=tmp_path)
    assert len({one.path for one in planned}) == len(planned) == 8
    rates = {(one.name, one.peak): one.rates(8) for one in planned}
    assert rates["warmup0", 0.1] == (0.1,) * 8
    assert rates["warmup4", 0.2] == pytest.approx((0, 0.05, 0.1, 0.15, 0.2, 0.2, 0.2, 0.2))
    assert all(one.path.is_relative_to(Path(tmp_path)) for one in planned)
