"""The rates of a log as one series: what a resumed run wrote again counts once, resumes are remembered, errors are clear."""

import math
import re

import numpy as np
import pytest

from stepsize.errors import ScheduleError
from stepsize.logs import audit, identify
from stepsize.logs.identifying.series import series
from stepsize.records import Trace
from stepsize.spelling import parse
from tests.logs.formulas import logged, phases, warmup_then

NAN = math.nan


def of(steps, rates=None):
    """The series of a log; where no rates are given, its k-th row has the rate k + 1."""
    rates = np.arange(1.0, len(steps) + 1) if rates is None else rates
    found = series(Trace("run.log", steps, rates, [NAN] * len(steps)))
    return found.t.tolist(), found.r.tolist(), found.resumed


@pytest.mark.parametrize(("steps", "t", "rows", "resumed"), [
    ([0, 10, 20, 30], [0, 10, 20, 30], [1, 2, 3, 4], ()),
    ([0, 10, 20, 30, 20, 30, 40], [0, 10, 20, 30, 40], [1, 2, 5, 6, 7], (20,)),
    ([0, 10, 20, 15, 25, 35], [0, 10, 15, 25, 35], [1, 2, 4, 5, 6], (15,)),  # 20 was given up, and not made again
    ([0, 10, 20, 30, 0, 10, 20], [0, 10, 20], [5, 6, 7], (0,)),
    ([0, 10, 20, 10, 20, 30, 20, 30], [0, 10, 20, 30], [1, 4, 7, 8], (10, 20)),
    ([0, 10, 20, 30, 20, 30, 10, 20, 50], [0, 10, 20, 50], [1, 7, 8, 9], (10, 20)),  # the second went back further
    ([0, 10, 20, 10, 20, 10, 20], [0, 10, 20], [1, 6, 7], (10,)),  # twice from one checkpoint
    ([0, 10, 10, 20, 20, 20, 30], [0, 10, 20, 30], [1, 3, 6, 7], ()),  # a step written twice is no resume
    ([0, 0.25, 0.5, 1.5], [0, 0.25, 0.5, 1.5], [1, 2, 3, 4], ()),
    ([3, 2, 1, 2, 3], [1, 2, 3], [3, 4, 5], (1, 2)),
])  # fmt: skip
def test_what_was_written_last_counts(steps, t, rows, resumed):
    assert of(steps) == (t, rows, resumed)


def test_rows_without_a_rate_are_left_out():
    assert of([0, 10, 20, 30, 40], [1.0, NAN, 2.0, math.inf, 3.0]) == ([0, 20, 40], [1, 2, 3], ())


def test_a_row_without_a_rate_gives_up_nothing():
    """A step that was made again, but not logged again, keeps its rate, unless the run went back before it."""
    assert of([0, 10, 20, 20, 30], [1.0, 2.0, 3.0, NAN, 5.0]) == ([0, 10, 20, 30], [1, 2, 3, 5], ())


def test_a_lone_rate_of_the_life_before_is_given_up():
    assert of([0, 10, 20, 30, 10, 20, 40], [1.0, 2.0, 3.0, 4.0, 5.0, NAN, 7.0]) == (
        [0, 10, 40],
        [1, 5, 7],
        (10,),
    )


def test_how_far_each_rate_may_be_off_goes_with_its_row():
    """Of rates with 3 digits, 9.87e-5 is known ten times as well as 3.21e-4."""
    steps, rates = [0, 10, 20, 10, 20, 30], [1.23e-4, 3.21e-4, 9.99e-4, 9.87e-5, 4.56e-4, 6.54e-5]
    found = series(Trace("run.log", steps, rates, [NAN] * 6))
    assert found.r.tolist() == [1.23e-4, 9.87e-5, 4.56e-4, 6.54e-5]
    assert found.q == pytest.approx([5e-7, 5e-8, 5e-7, 5e-8], rel=0.03)


@pytest.mark.parametrize(("steps", "gap"), [
    (range(0, 100, 5), 5), ([0, 10, 20, 900, 910], 10), ([0, 0.5, 1.0], 0.5), ([0, 1, 2, 3, 0, 7, 14, 21], 7),
])  # fmt: skip
def test_the_gap_is_the_usual_distance(steps, gap):
    assert series(Trace("run.log", list(steps), np.arange(len(steps)), [NAN] * len(steps))).gap == gap


@pytest.mark.parametrize(("steps", "rates", "error"), [
    ([], [], "a schedule shows in 3 rows with a rate, at least; got 0."),
    ([0, 1], [1.0, 2.0], "a schedule shows in 3 rows with a rate, at least; got 2."),
    ([0, 1, 2, 3], [1.0, NAN, 2.0, NAN], "a schedule shows in 3 rows with a rate, at least; got 2."),
    ([0, 1, 2], [NAN, math.inf, -math.inf], "a schedule shows in 3 rows with a rate, at least; got 0."),
    ([5, 5, 5, 5], [1.0, 2.0, 3.0, 4.0], "must have 3 different steps, at least; got 1."),
    ([5, 6, 5, 6], [1.0, 2.0, 3.0, 4.0], "must have 3 different steps, at least; got 2."),
    ([5, 6, 7, 1, 2], [1.0, 2.0, 3.0, 4.0, 5.0], "must have 3 different steps, at least; got 2."),  # after the resume
])  # fmt: skip
@pytest.mark.parametrize(
    "asked", [identify, lambda trace: audit(trace, parse("3e-4"))], ids=["identify", "audit"]
)
def test_too_few_rows(asked, steps, rates, error):
    trace = Trace("run.log", steps, rates, [NAN] * len(steps))
    with pytest.raises(ScheduleError, match=f"^run\\.log: {re.escape(error)}"):
        asked(trace)


@pytest.mark.parametrize(("steps", "rates", "error"), [
    ([-1, 0, 1], [1.0, 2.0, 3.0], "steps must be numbers from 0 to 1e+15; got '-1'. Name the column: --step."),
    ([0, 1, 1.1e15], [1.0, 2.0, 3.0], "steps must be numbers from 0 to 1e+15; got '1.1e+15'."),
    ([0, 1, 2], [1e-3, -1e-3, 1e-3], "learning rates must be >= 0, the highest one from 1e-15 to 1e+09; got '-0.001'. Name the column: --rate."),
    ([0, 1, 2], [1.0, 2.0, 1e30], "learning rates must be >= 0, the highest one from 1e-15 to 1e+09; got '1e+30'."),
    ([0, 1, 2], [0.0, 5e-324, 0.0], "learning rates must be >= 0, the highest one from 1e-15 to 1e+09; got '4.94066e-324'."),
])  # fmt: skip
@pytest.mark.parametrize(
    "asked", [identify, lambda trace: audit(trace, parse("3e-4"))], ids=["identify", "audit"]
)
def test_what_no_schedule_can_have_made(asked, steps, rates, error):
    with pytest.raises(ScheduleError, match=f"^run\\.log: {re.escape(error)}"):
        asked(Trace("run.log", steps, rates, [NAN] * 3))


def test_what_was_given_up_may_be_anything():
    """A crash wrote a negative rate; the run went on from the row before."""
    assert of([0, 10, 20, 10, 20], [1.0, 2.0, -7.0, 4.0, 5.0]) == ([0, 10, 20], [1, 4, 5], (10,))


def test_a_resumed_log_is_identified_as_if_it_had_run_through():
    """The rates that were given up are of another schedule altogether."""
    right, life = phases(*warmup_then("cosine")), iter([1.0] * 80 + [7.0] * 6 + [1.0] * 120)
    rows = [*range(0, 4300, 50), *range(4000, 10_000, 50)]
    found = identify(logged(lambda t: next(life) * right(t), rows))
    assert str(found.schedule) == "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"
    assert found.fits


# What is said of the order


def notes(steps, rates=None):
    rates = np.arange(1.0, len(steps) + 1) if rates is None else rates
    return series(Trace("run.log", steps, rates, [NAN] * len(steps))).notes


def test_what_a_resume_made_again_is_said():
    once = "the steps go back from 30 to 20: of rows that were made again 2 are left out, and the later ones count"
    assert notes([0, 10, 20, 30, 20, 30, 40]) == (once,)
    (often,) = notes([0, 10, 20, 30, 20, 30, 10, 20, 50])
    assert often.startswith("the steps go back 2 times, first from 30 to 20: ")
    assert notes([0, 10, 20, 20, 30]) == ()


def test_rows_in_no_order_are_sorted():
    """A table that a query gave back, or that was sorted by the loss."""
    steps = np.random.default_rng(0).permutation(200) * 50
    rate = phases(*warmup_then("cosine"))
    trace = Trace("run.log", steps, [rate(t) for t in steps], [NAN] * 200)
    found = identify(trace)
    assert (str(found.schedule), found.fits) == ("0 -> 3e-4 in 500; -> 3e-5 cosine in 9500", True)
    assert "the steps are in no order: the rows were sorted by them" in found.notes


def test_two_runs_in_no_order_are_refused():
    """Two runs that wrote into one file at once."""
    steps = np.repeat(np.arange(100) * 10, 2)
    rates = np.where(np.arange(200) % 2, 1e-3, 3e-4)
    order = np.random.default_rng(0).permutation(200)
    wanted = r"^run\.log: must be the log of one run, in the order of its steps; got 'rates \S+ and \S+ at step \d+, in no order'"
    with pytest.raises(ScheduleError, match=wanted):
        series(Trace("run.log", steps[order], rates[order], [NAN] * 200))
