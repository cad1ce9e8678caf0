"""The laws of the language, on random trees and on cases that once were somebody's bug."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stepsize as ss
from stepsize.testing import positions
from tests.strategies import finite_leaves, grown, trees

quick = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
finite = st.one_of(finite_leaves, grown(finite_leaves))


@quick
@given(a=finite, b=finite, c=trees(depth=1))
def test_chaining_is_associative(a, b, c):
    assert (a >> b) >> c == a >> (b >> c)


@quick
@given(a=finite, b=finite)
def test_a_chain_is_its_parts_one_after_the_other(a, b):
    joined = a >> b
    assert math.isclose(joined.length, a.length + b.length)
    for t in (0, 0.25, 0.5, 1):
        assert joined(a.length + t) == pytest.approx(b(t), rel=1e-9, abs=1e-12)
        if t < a.length:
            assert joined(t) == pytest.approx(a(t), rel=1e-12, abs=1e-15)


@quick
@given(s=trees(depth=2))
def test_phases_of_no_length_vanish(s):
    nothing = ss.hold(0.7, 0) >> ss.linear(0.2, 0.9, 0)
    assert nothing >> s == s
    assert ss.hold(0.7, 0) >> (ss.cosine(1, 0, 0) >> s) == s


@quick
@given(a=finite, b=finite, c=finite)
def test_sums_and_products_do_not_mind_brackets(a, b, c):
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    t = 3
    assert (a + b)(t) == pytest.approx(a(t) + b(t), rel=1e-12)
    assert (a * b)(t) == pytest.approx(a(t) * b(t), rel=1e-12)


@quick
@given(s=trees(depth=2), a=st.integers(0, 9), b=st.integers(0, 9))
def test_a_cut_of_a_cut_is_one_cut(s, a, b):
    once, twice = s[a + b :], s[a:][b:]
    for t in (0, 1, 2.5, 40):
        assert twice(t) == pytest.approx(once(t), rel=1e-9, abs=1e-12)


@quick
@given(s=finite, c=st.floats(0.001, 1000))
def test_scaling_moves_into_the_rates(s, c):
    for t in positions(s)[:40]:
        assert (c * s)(t) == pytest.approx(c * s(t), rel=1e-9, abs=1e-300)


def test_wrapping_is_transparent_at_any_depth():
    flat = ss.hold(0.05, 2) >> ss.hold(0.02, 10)
    nested = ss.hold(0.05, 2) >> (ss.hold(0.02, 4) >> (ss.hold(0.02, 3) >> ss.hold(0.02, 3)))
    assert [flat(k) for k in range(5)] == [nested(k) for k in range(5)] == [0.05, 0.05, 0.02, 0.02, 0.02]


def test_a_peak_divided_by_itself_is_one():
    for peak in (49.0, 0.1, 3e-4, 1 / 3):
        assert (ss.warmup_cosine(peak, 100, warmup=10) / peak)(10) == 1.0


@pytest.mark.parametrize("growth", [1, 2, 3, 10, 1.5, 1.1, 2.5])
@pytest.mark.parametrize("first", [1, 2, 5, 10, 15])
def test_cycles_last_the_rounded_power_exactly(first, growth):
    s = ss.sgdr(1.0, first, growth=growth, cycles=12)
    edges = [0]
    for k in range(12):
        edges.append(edges[-1] + round(Fraction(first) * Fraction(growth) ** k))
    assert s.edges == tuple(sorted(set(edges)))
    assert all(s(edge) == 1.0 for edge in edges[:-1])
    assert s(edges[-1]) == 0.0


def test_a_restart_far_away_is_a_restart():
    """First cycle 10, ratio 3: a floor of a logarithm gives the minimum at 1210 where the peak belongs."""
    assert ss.sgdr(1.0, 10, growth=3, end=0.1)(1210) == 1.0
    assert ss.sgdr(1.0, 10, growth=10, end=0.1)(1110) == 1.0
    assert ss.sgdr(1.0, 1, growth=3)(121) == 1.0
    assert [ss.sgdr(1.0, 10, growth=2)(t) for t in (10, 30, 70, 150)] == [1.0] * 4


def test_cycles_that_need_too_many_steps_to_grow_are_refused():
    with pytest.raises(ss.ScheduleError, match=r"repeat.growth: needs more than 20000 cycles"):
        ss.sgdr(1.0, 1, growth=1.0000001)


def test_growth_of_a_real_first_cycle_rounds_it_too():
    assert ss.sgdr(1.0, 2.5, growth=2, cycles=3).edges == (0, 2, 7, 17)
    assert ss.sgdr(1.0, 2.5, cycles=2).edges == (0, 2, 4)


def test_inclusive_conventions_are_algebra():
    warm = ss.linear(0.0, 1.0, 4)
    assert [warm[1:](k) for k in range(4)] == [0.25, 0.5, 0.75, 1.0]
    cycles = (ss.cosine(0.1, 1e-3, 9) >> ss.hold(1e-3, 1)).repeat()
    rates = cycles(np.arange(30))
    assert rates.min() == 1e-3
    assert (rates[[0, 10, 20]] == 0.1).all()
    assert ss.sgdr(0.1, 10, end=1e-3)(np.arange(30)).min() == pytest.approx(0.0034227, rel=1e-4)


def test_a_sum_holds_the_shorter_one():
    s = ss.linear(0.0, 1.0, 2) + ss.hold(1.0, 5)
    assert [s(t) for t in (0, 1, 2, 4, 9)] == [1.0, 1.5, 2.0, 2.0, 2.0]
    assert s.length == 5


def test_stretching_is_exact():
    s = ss.warmup_cosine(1.0, 1000, warmup=50).stretch(steps=333)
    assert s.edges == (0, 16.65, 333)
    assert ss.table([1, 2]).stretch(2.5).edges == (0, 5)
    assert ss.inverse_sqrt(1.0, 100).stretch(2)(800) == 0.5


def test_an_endless_cycle_at_infinity_gives_its_floor():
    assert ss.sgdr(1.0, 10, end=0.2)(math.inf) == 0.2
    assert ss.triangular(0.3, 1.0, 5)(math.inf) == 0.3
    assert ss.step_decay(1.0, 10)(math.inf) == 0.0


def test_clocks_stay_outermost_and_apart():
    tokens = ss.linear(0.0, 1.0, 10).on("tokens")
    assert (tokens >> ss.hold(1.0, 5).on("tokens")).clock == "tokens"
    assert (tokens * 0.5)[2:].clip(0.1).clock == "tokens"
    assert tokens != ss.linear(0.0, 1.0, 10)
    assert tokens.on("steps") == ss.linear(0.0, 1.0, 10)
    with pytest.raises(
        ss.ScheduleError, match=r"schedule >> other: both must be on one clock; got \('tokens', 'steps'\)"
    ):
        tokens >> ss.hold(1.0)
    with pytest.raises(
        ss.ScheduleError, match=r'on: the clock must be one of .*; got \'token\'. Did you mean "tokens"\?'
    ):
        ss.hold(1.0).on("token")


def test_a_sum_in_growing_cycles_keeps_its_terms_together():
    """Many cycles in one array: each is stretched by its own length."""
    s = (ss.linear(0.0, 1.0, 4) + ss.hold(1.0, 2)).repeat(5, growth=2)
    t = np.arange(130)
    np.testing.assert_allclose(s(t), [s(int(k)) for k in t], rtol=1e-13)
    assert s(4 + 7) == pytest.approx(1 + 7 / 8)


def test_a_cut_that_is_scaled_to_nothing_is_a_hold():
    """So that what is equal in rates, by repr, is equal as a value."""
    s = ss.linear(0.0, 1.0, 8)[1:] * 0.0
    assert s == ss.hold(0.0, 7) == eval(repr(s), vars(ss))


@pytest.mark.parametrize("steps", [1002, 1563, 50_495])
def test_rounded_shares_still_add_up_to_the_run(steps):
    s = ss.wsd(1.0, steps, warmup="5%", decay="20%")
    assert s.length == steps
    assert s.phases()[-1][1:] == (steps, "linear", 1.0, 0.0)


def test_a_position_that_rounds_to_the_end_of_a_cycle_has_a_rate():
    """Found by random trees: just below 2, the cut's own position is 3.0, where the cycle ends."""
    s = ss.polynomial(0.0, 1.0, 1, power=0.5).repeat(cycles=2, growth=2.0)[1:3]
    below = math.nextafter(2.0, 0.0)
    assert s(below) == 1.0
    assert s(np.array([below]))[0] == 1.0


@pytest.mark.parametrize("each", [0.1, 0.7, 1.1])
def test_the_length_of_a_table_may_be_rounded_up(each):
    """3 times 0.1 is a little more than 0.3, so that its end lies on a fourth tread, which is not there."""
    (phase,) = ss.table([0.0] * 3, each=each).phases()
    assert phase == (0, 3 * each, "table", 0.0, 0.0)
    assert ss.table([0.1, 0.2, 0.3], each=each).phases()[0].last == 0.3
