"""What a schedule comes to, against every update asked, and against areas in 30 digits."""

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import stepsize as ss
from stepsize.schedule import summary as module
from stepsize.schedule.picture import horizon
from stepsize.schedule.summary import Extreme, summary
from stepsize.schedule.sums import integral
from tests.strategies import trees
from tests.zoo import ZOO

MEAN = 1e-6  # relative to the highest rate, where a summary is exact
LONG = {
    "cycles": ss.sgdr(1.0, 10, cycles=10_000),
    "shrinking cycles": ss.sgdr(1.0, 10, cycles=10_000, peak_decay=0.999, end=0.1),
    "growing cycles": ss.sgdr(1.0, 3, growth=1.5, cycles=25),
    "fractional cycles": ss.cosine(1.0, 0.1, 2.25).repeat(5000),
    "cycles of half updates": ss.triangular(0.1, 1.0, 1.25, cycles=4000, decay=0.9999),
    "cycles within cycles": ss.sgdr(1.0, 7, cycles=20).repeat(10, growth=2),
    "cycles in a chain": ss.linear(0.0, 1.0, 2.5)
    >> ss.sgdr(0.9, 13, cycles=3000, end=0.1)
    >> ss.hold(0.01, 500),
    "cut cycles": ss.sgdr(1.0, 11, cycles=5000, peak_decay=0.9998)[7:50_003],
    "clipped cycles": ss.sgdr(1.0, 50, cycles=1000).clip(0.2, 0.7),
    "clipped table": ss.table(np.sin(np.arange(30_000))).clip(-0.4, 0.9),
    "staircase": ss.inverse_sqrt(1.0, 100).staircase(7)[:100_000],
    "staircase of cycles": ss.sgdr(1.0, 20_000, cycles=2).staircase(3),
    "fractional staircase": ss.cosine(1.0, 0.0, 30_000).staircase(2.5),
    "table": ss.table(np.cos(np.arange(20_000)), each=2),
    "fractional table": ss.table(np.cos(np.arange(20_000)), each=1.5),
    "power law": ss.decay(1.0, "power_law(3, 0.5)", 1_000_000),
    "warm restarts": ss.linear(0.0, 1.0, 1000) >> ss.hold(0.0, 1),
    "still factor": ss.hold(0.5, 3) * ss.sgdr(1.0, 10, cycles=3000),
    "still term": ss.linear(0.0, 1.0, 10) + ss.sgdr(1.0, 10, cycles=3000),
}


def asked(s, count):
    """Every update."""
    rates = np.asarray(s(np.arange(count)), dtype=float) * np.ones(count)
    return rates.min(), rates.max(), math.fsum(rates) / count


def agree(found, s):
    count = math.ceil(found.until)
    low, high, mean = asked(s, count)
    size = max(abs(low), abs(high))
    assert found.first == float(s(0))
    assert found.last == float(s(count - 1))
    assert found.mean == pytest.approx(mean, rel=0, abs=(MEAN if found.exact else 0.02) * size)
    near = 1e-9 if found.exact else 0.01
    for extreme, rate in ((found.lowest, low), (found.highest, high)):
        assert extreme.rate == pytest.approx(rate, rel=0, abs=near * size)
        assert extreme.rate == pytest.approx(float(s(extreme.at)), rel=0, abs=1e-12 * size)


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("until", [None, 1, 7, 100.5, 20_011])
def test_it_is_what_every_update_says(name, until, monkeypatch):
    s = ZOO[name]._bare
    if until is None and horizon(s) > 10**6:
        return
    agree(summary(s, until), s)
    monkeypatch.setattr(module, "_FEW", 0)  # measured even where every update could be asked
    agree(summary(s, until), s)


@pytest.mark.parametrize("name", ZOO)
def test_long_runs_are_measured_and_not_asked(name):
    s = ZOO[name]._bare
    if 0 < s.length < 2000:
        agree(summary(s.stretch(7919)), s.stretch(7919))


@pytest.mark.parametrize("name", LONG)
def test_cycles_tables_and_stairs(name):
    found = summary(LONG[name])
    assert found.until > 2000 or name == "warm restarts"
    agree(found, LONG[name])
    assert found.exact


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees())
def test_any_schedule(s):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", 0)
        found = summary(s)
        if found.until < 100_000:
            agree(found, s)


def test_what_is_too_much_to_measure_is_sampled_and_says_so():
    for s in (
        ss.sgdr(1.0, 100, cycles=1000) * ss.cosine(1.0, 0.1, 100_000),
        ss.sgdr(1.0, 3, growth=1.01, cycles=400),
    ):
        found = summary(s)
        assert not found.exact
        agree(found, s)


# On another clock it speaks of the curve


def area(s, end):
    """The area below s in 30 digits, edge by edge."""
    edges = sorted({0, end, *(edge for edge in s.edges if edge < end)})
    with mpmath.workdps(30):
        whole = mpmath.quad(lambda t: float(s(float(t))), [mpmath.mpf(edge) for edge in edges], maxdegree=9)
    return float(whole)


@pytest.mark.parametrize(
    "name", [n for n, s in ZOO.items() if not any(word in n for word in ("stair", "table", "clip"))]
)
def test_the_curve_on_another_clock(name):
    s = ZOO[name]._bare.on("tokens")
    found = summary(s)
    assert found.mean == pytest.approx(area(s, found.until) / float(found.until), rel=1e-5)
    limits = [rate for phase in s.phases(found.until) for rate in phase[3:] if phase.kind != "held"] or [
        found.first
    ]
    if found.exact:
        assert found.lowest.rate == pytest.approx(min(limits), abs=1e-12)
        assert found.highest.rate == pytest.approx(max(limits), abs=1e-12)
    for extreme in (found.lowest, found.highest):
        sides = [float(s(extreme.at)), s._limit(extreme.at)]
        assert min(abs(extreme.rate - side) for side in sides) < 1e-9


def test_the_curve_of_stairs_tables_and_clips():
    assert summary(ss.table([0.3, 0.1, 0.2], each=2.5).on("tokens")).mean == pytest.approx(0.2, rel=1e-12)
    assert summary(ss.linear(0.0, 1.0, 1000).clip(0.25, None).on("tokens")).mean == pytest.approx(
        0.53125, rel=1e-6
    )
    assert summary(ss.linear(0.0, 1.0, 1000).staircase(250).on("tokens")).mean == pytest.approx(
        0.375, rel=1e-9
    )
    assert summary(ss.sgdr(1.0, 2.5, cycles=10**7).on("tokens")).mean == pytest.approx(0.5, rel=1e-9)


def test_an_extreme_that_is_only_approached():
    found = summary((ss.linear(0.0, 1.0, 10) >> ss.hold(0.5, 10)).on("tokens"))
    assert found.highest == Extreme(1.0, 10, reached=False)
    assert found.lowest == Extreme(0.0, 0)
    assert summary((ss.linear(0.0, 1.0, 10) >> ss.hold(1.0, 10)).on("tokens")).highest == Extreme(1.0, 10)
    assert summary(ss.linear(0.0, 1.0, 10).on("tokens")).highest == Extreme(1.0, 10)


def test_on_steps_only_updates_count():
    found = summary(ss.sgdr(1.0, 10, cycles=10_000))
    assert found.lowest.rate == ss.sgdr(1.0, 10)(9)  # 0, which is only approached, is no update's rate
    assert found.lowest.at % 10 == 9
    assert found.mean == pytest.approx(np.mean(ss.sgdr(1.0, 10)(np.arange(10))), rel=1e-12)


def test_last_and_held():
    found = summary(ss.linear(0.0, 1.0, 100))
    assert (found.last, found.held) == (0.99, 1.0)
    assert summary(ss.linear(0.0, 1.0, 100), 50).held is None
    assert summary(ss.linear(0.0, 1.0, 100), 200).last == 1.0
    assert summary(ss.hold(0.1)).held is None
    assert summary(ss.linear(0.0, 1.0, 100).on("tokens")).last == 1.0


def test_an_update_on_an_edge_is_not_lost_to_rounding(monkeypatch):
    monkeypatch.setattr(module, "_FEW", 0)
    cycle = ss.hold(1.0, 4.625).repeat(cycles=1, growth=2.0)
    agree(summary(cycle[4.625:5] >> ss.hold(1.0, 0.625)), cycle[4.625:5] >> ss.hold(1.0, 0.625))
    thirds = ss.linear(0.0, 1.0, 3).repeat(12, growth=1.1)
    agree(summary(thirds), thirds)


def test_positions_beyond_the_floats():
    found = summary(ss.sgdr(1.0, 2**50, cycles=1000))
    assert found.until == 1000 * 2**50
    assert found.mean == pytest.approx(0.5, rel=1e-9)


def test_how_far():
    assert horizon(ss.hold(0.1)) == 1000
    assert horizon(ss.hold(0.1, 0)) == 1
    assert horizon(ss.sgdr(1.0, 10, growth=2)) == 30
    assert horizon(ss.linear(0.0, 1.0, 50) >> ss.hold(1.0)) == 200
    assert horizon(ss.linear(0.0, 1.0, 50) >> ss.sgdr(1.0, 10)) == 70
    assert horizon(ss.linear(0.0, 1.0, 50) >> ss.sgdr(1.0, 10, cycles=10**7) >> ss.hold(0.1)) == 4 * (
        50 + 10**8
    )
    assert horizon(ss.linear(0.0, 1.0, 50), 7) == 7


@pytest.mark.parametrize(
    ("f", "low", "high"),
    [
        (math.sqrt, 0, 1),
        (lambda x: x**0.01, 0, 1),
        (lambda x: 1 / (1 + x), 0, 1e9),
        (lambda x: abs(x - 0.3), 0, 1),
        (math.exp, -50, 1),
    ],
)
def test_areas(f, low, high):
    exact = {math.sqrt: 2 / 3, math.exp: math.e - math.exp(-50)}.get(f)
    if exact is None:
        with mpmath.workdps(30):
            cuts = [low, 0.3, 1e-3, 1e3, high]
            parts = pairwise(sorted({mpmath.mpf(cut) for cut in cuts if low <= cut <= high}))
            exact = float(sum(mpmath.quad(f, part) for part in parts))
    assert integral(f, low, high) == pytest.approx(exact, rel=1e-7)
