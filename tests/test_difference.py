"""Two schedules compared: where they differ first and most, and the reason, for every kind of difference that peers show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stepsize as ss
from stepsize.difference import compare
from tests.strategies import trees

S = ss.warmup_cosine(1.0, 100, warmup=10, end=0.1)
RISE, FALL = ss.linear(0.0, 1.0, 10), ss.cosine(1.0, 0.1, 90)

REASONS = {
    "scaled": (S * 0.5, 1, 10, ["scaled: the second is 0.5 of the first"]),
    "one update earlier": (S[1:], 0, 0, ["shifted: update k of the second is update k + 1 of the first"]),
    "a lag of two": (ss.hold(0.0, 2) >> S, 1, 2, ["shifted: update k of the second is update k - 2 of the first"]),
    "another start": (ss.linear(0.2, 1.0, 10) >> FALL, 0, 0, ["another warmup start: from 0 and from 0.2, with the peak at 10"]),
    "another warmup": (ss.ramp(0.0, 1.0, 10, "cosine") >> FALL, 1, 2, [
        "another curve of the warmup: linear from 0 to 1 in 10 and cosine from 0 to 1 in 10"]),
    "warmup from 1/W": (RISE[1:] >> ss.hold(1.0, 1) >> FALL, 0, 0, [
        "in the warmup shifted: update k of the second is update k + 1 of the first"]),
    "a later decay": (RISE >> ss.hold(1.0, 5) >> FALL, 11, 57, [
        "after the warmup shifted: update k of the second is update k - 5 of the first"]),
    "another end": (ss.warmup_cosine(1.0, 100, warmup=10, end=0.0), 11, 99, [
        "another end point: 0.1 and 0", "another behaviour after the end: 0.1 and 0 at 101"]),
    "another horizon": (ss.warmup_cosine(1.0, 200, warmup=10, end=0.1), 11, 87, ["another horizon: 100 and 200"]),
    "another shape": (ss.warmup_linear(1.0, 100, warmup=10, end=0.1), 11, 30, [
        "another curve after the warmup: cosine from 1 to 0.1 in 90 and linear from 1 to 0.1 in 90"]),
    "a decay that began before": (RISE >> ss.cosine(1.0, 0.1, 100)[10:], 10, 39, [
        "another peak: 1 at 10, and 0.977975 at 10",
        "another curve after the warmup: cosine from 1 to 0.1 in 90 and cosine from 0.977975 to 0.1 in 90"]),
    "another peak": (ss.linear(0.0, 2.0, 10) >> ss.cosine(2.0, 0.1, 90), 1, 10, [
        "another peak: 1 at 10, and 2 at 10", "in the warmup scaled: the second is 2 of the first",
        "another curve after the warmup: cosine from 1 to 0.1 in 90 and cosine from 2 to 0.1 in 90"]),
    "after the end": (S >> ss.hold(0.5, 1), 100, 100, ["another behaviour after the end: 0.1 and 0.5 at 102"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REASONS)
def test_the_reason(name):
    other, first, most, reasons = REASONS[name]
    found = compare(S, other)
    assert (found.first, found.most, list(found.reasons)) == (first, most, reasons)
    assert not found.same
    assert str(found).startswith(f"First at {first}: ")


@settings(max_examples=100, deadline=None)
@given(trees(2))
def test_a_schedule_is_the_same_as_itself(s):
    found = compare(s, s)
    assert found.same
    assert (found.first, found.most) == (None, None)
    assert str(found).startswith("The same, in ")


@settings(max_examples=50, deadline=None)
@given(trees(2), trees(2), st.integers(1, 200))
def test_first_and_most_are_those_of_a_loop(a, b, steps):
    found = compare(a, b, steps)
    apart = [abs(a(np.float64(k)) - b(np.float64(k))) for k in range(steps)]
    peak = max(max(abs(a(k)), abs(b(k))) for k in range(steps))
    differing = [k for k, gap in enumerate(apart) if gap > 2e-12 * peak]
    if differing:
        assert found.first <= differing[0]
        assert apart[found.most] == pytest.approx(max(apart), rel=1e-9)
        assert not found.same


def test_one_that_is_held_while_the_other_still_goes_on():
    found = compare(ss.exponential(0.5, 1.0, 1), ss.exponential(0.5, 1.0, 2), 2)
    assert (found.first, found.reasons) == (1, ("another horizon: 1 and 2",))


def test_a_small_difference_counts_unless_it_is_allowed():
    other = ss.warmup_cosine(1.0 + 1e-9, 100, warmup=10, end=0.1)
    assert not compare(S, other).same
    assert compare(S, other, tolerance=1e-8).same


def test_runs_too_long_to_look_at_each_update():
    """The edges and their neighbours are looked at all the same: one update of a billion."""
    s = ss.linear(1.0, 0.0, 10**9)
    found = compare(s, s[:123_456_789] >> ss.hold(0.0, 1) >> s[123_456_790:])
    assert (found.first, found.most) == (123_456_789, 123_456_789)
    assert compare(s.on("tokens"), (s * 3).on("tokens")).reasons == ("scaled: the second is 3 of the first",)


def test_progress_is_compared_between_whole_numbers():
    s = ss.linear(1.0, 0.0, 1).on("progress")
    assert compare(s, s * 2).reasons == ("scaled: the second is 2 of the first",)


@pytest.mark.parametrize(("a", "b", "options", "rule"), [
    (S, 3, {}, "takes two schedules; got 3"),
    (S, S.on("tokens"), {}, r"both must be on one clock; got \('steps', 'tokens'\)"),
    (S, S, {"steps": 0}, "until: must be a position > 0"),
    (S, S, {"tolerance": -1}, "tolerance: must be"),
])  # fmt: skip
def test_what_cannot_be_compared(a, b, options, rule):
    with pytest.raises(ss.ScheduleError, match=rule):
        compare(a, b, **options)
