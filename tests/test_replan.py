"""Changes of course: each is what it says, leaves the past as it was, and shows what it does."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stepsize as ss
from stepsize import replan
from tests.strategies import trees
from tests.zoo import ZOO

HUNDRED = ss.cosine(1.0, 0.0, 100)
TRUNK = ss.wsd(1.0, math.inf, warmup=100)


class TestCaseOne:
    """Cosine 100 -> 0, stopped after 50 updates, resumed with a total of 200."""

    def test_keep(self):
        s = replan.keep(HUNDRED, 50)
        assert s(50) == pytest.approx(0.5, rel=1e-15)
        assert s(99) == HUNDRED(99)
        assert [s(t) for t in (100, 150, 200)] == [0.0] * 3

    def test_rescale(self):
        assert replan.rescale(HUNDRED, 50, 200)(50) == pytest.approx(0.8535533905932737, rel=1e-15)

    @pytest.mark.parametrize("shape", ["cosine", "linear"])
    def test_continue_from_here(self, shape):
        s = replan.extend(HUNDRED, 50, 200, shape=shape)
        assert s(50) == pytest.approx(0.5, rel=1e-15)
        assert s(125) == pytest.approx(0.25, rel=1e-15)
        assert s(200) == 0.0
        rates = s(np.arange(201))
        assert (np.diff(rates) <= 0).all()

    def test_what_is_shown_of_it(self):
        shown = str(replan.explain(HUNDRED, replan.rescale(HUNDRED, 50, 200), 50))
        assert "old  1 -> 0 cosine in 100\nnew  1 -> 0 cosine in 200\n" in shown
        assert "this update                   50           0.5      0.853553" in shown
        assert "the new end                  200             0             0" in shown
        assert "at 50 the rate jumps to 1.707 of what it was going to be" in shown
        kept = replan.explain(HUNDRED, replan.extend(HUNDRED, 50, 200), 50)
        assert kept.jump == 1.0
        assert "at 50 the rate goes on without a jump" in str(kept)
        assert "⠒" in shown  # and a picture


CHANGES = {
    "keep": lambda s, at: replan.keep(s, at),
    "extend": lambda s, at: replan.extend(s, at, at + 37, end=0.01),
    "cooldown": lambda s, at: replan.cooldown(s, at, 11, shape="one_minus_sqrt"),
    "rewarm": lambda s, at: replan.rewarm(s, at, at + 50, peak=max(0.5, s(at)), warmup="10%"),
    "truncate": lambda s, at: replan.truncate(s, at),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ZOO)
def test_the_past_stays_and_the_rate_goes_on_from_where_it_is(change, name):
    s = ZOO[name]
    at = 1 if s.length >= 1 else 0
    new = CHANGES[change](s, at)
    assert new.clock == s.clock
    assert new(0) == s(0)
    assert new(at / 2) == s(at / 2)
    if change != "truncate":  # what is cut off holds the limit from the left
        assert new(at) == pytest.approx(s(at), rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(trees(2), st.integers(0, 60), st.integers(0, 60))
def test_extending_random_trees_reaches_the_end_in_time(s, at, left):
    new = replan.extend(s, at, at + left, end=0.125)
    assert new.length == at + left
    assert new(at + left) == 0.125
    assert [new(t) for t in range(at)] == pytest.approx([s(t) for t in range(at)], rel=1e-12)


def test_extend_keeps_the_end_of_the_schedule_by_default():
    s = ss.warmup_cosine(3e-4, 1000, warmup=100, end=3e-5)
    assert replan.extend(s, 400, 3000)(3000) == 3e-5


def test_cooldown_is_the_tail_of_wsd():
    """Cooling a trunk down is the schedule that had been planned so from the start."""
    assert replan.cooldown(TRUNK, 800, 200) == ss.wsd(1.0, 1000, warmup=100, decay=200)
    assert replan.cooldown(TRUNK, 800, 200, shape="one_minus_sqrt", end=0.1) == ss.wsd(
        1.0, 1000, warmup=100, decay=200, shape="one_minus_sqrt", end=0.1
    )


def test_append_and_rewarm():
    assert replan.append(HUNDRED, ss.hold(0.1, 5)) == HUNDRED >> ss.hold(0.1, 5)
    s = replan.rewarm(HUNDRED, 100, 200, peak=0.5, warmup=10, end=0.05)
    assert s == HUNDRED >> ss.warmup_cosine(0.5, 100, warmup=10, end=0.05)


@pytest.mark.parametrize(("rule", "scale"), [("linear", 4.0), ("sqrt", 2.0), ("none", 1.0)])
def test_a_change_of_batch_sees_the_same_data(rule, scale):
    """4 times the batch from update 40 on: a quarter of the updates, the same samples, the rate by its rule."""
    s = ss.warmup_linear(1.0, 100, warmup=10)
    new = replan.change_batch(s, 40, 4, rule=rule)
    assert new.length == 40 + 60 / 4
    samples = [(t if t < 40 else 40 + (t - 40) * 4, new(t)) for t in (0, 5, 39, 40, 41, 50, 54)]
    for old, rate in samples:
        assert rate == pytest.approx(s(old) * (scale if old >= 40 else 1.0), rel=1e-13)


def test_a_change_of_batch_of_an_endless_schedule():
    new = replan.change_batch(ss.inverse_sqrt(1.0, 10), 40, 2, rule="none")
    assert new(40 + 30) == pytest.approx(ss.inverse_sqrt(1.0, 10)(100), rel=1e-13)


def test_branches_of_one_trunk():
    found = replan.branches(TRUNK, at=[1000, 2500, 333], fraction=0.2)
    assert [(b.resume, b.end) for b in found] == [(800, 1000), (2000, 2500), (266, 333)]
    for branch in found:
        assert branch.schedule == ss.wsd(1.0, branch.end, warmup=100, decay=branch.end - branch.resume)
    decaying = replan.branches(ss.inverse_sqrt(1.0, 100), at=[1000], fraction=0.5)[0].schedule
    assert decaying(500) == pytest.approx(ss.inverse_sqrt(1.0, 100)(500), rel=1e-15)
    assert decaying(1000) == 0.0


def test_other_clocks_are_kept():
    s = ss.linear(0.0, 1.0, 100).on("tokens")
    assert replan.cooldown(s, 50, 10).clock == replan.rewarm(s, 50, 90, peak=1.0, warmup=5).clock == "tokens"


WRONG = {
    "no schedule": (lambda: replan.keep(3e-4), "replan.keep: changes a schedule; got 0.0003."),
    "before zero": (lambda: replan.cooldown(HUNDRED, -1, 5), "replan.cooldown.at: must be a finite number of updates >= 0; got -1."),
    "the past": (lambda: replan.extend(HUNDRED, 50, 40), "replan.extend.steps: must not be less than the 50 updates that are applied already; got 40."),
    "endless": (lambda: replan.extend(ss.hold(1.0), 50, 100), "replan.extend: a schedule that never ends has no end to extend to; got hold(1.0). Give end=."),
    "rule": (lambda: replan.change_batch(HUNDRED, 5, 2, rule="cubic"), "replan.change_batch.rule: must be one of linear, sqrt, none; got 'cubic'."),
    "clock": (lambda: replan.change_batch(HUNDRED.on("tokens"), 5, 2),
        "replan.change_batch: is for the clock \"steps\"; got 'tokens'. On tokens only the rate may change: s[:at] >> s[at:] * factor."),
    "fraction": (lambda: replan.branches(TRUNK, at=[5], fraction=1.5), "replan.branches.fraction: must be in (0, 1]; got 1.5."),
    "branch end": (lambda: replan.branches(TRUNK, at=[5, 0]), "replan.branches.at[1]: must be a whole number >= 1; got 0."),
    "two clocks": (lambda: replan.explain(HUNDRED, HUNDRED.on("tokens"), 5), "replan.explain: both must be on one clock; got ('steps', 'tokens')."),
    "peak": (lambda: replan.rewarm(HUNDRED, 5, 50, peak=0, warmup=3), "replan.rewarm.peak: must be a finite number > 0; got 0."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    change, said = WRONG[name]
    with pytest.raises(ss.ScheduleError) as caught:
        change()
    assert str(caught.value) == said
