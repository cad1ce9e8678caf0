"""The numbers of the table, against scipy, against hand, and against planted differences."""

import math
import random

import pytest
from scipy import stats

from stepsize.lab.verdict import interval, rows
from stepsize.records import Run


def run(name, seed, final):
    return Run("gpt", name, {}, seed, 1, (0.1,), (2.0,), ((1, final),), 1.0, "", {})


def table(**finals):
    """Rows by name, from final losses by name; None is a run that is missing."""
    made = rows(
        run(name, seed, final)
        for name, of in finals.items()
        for seed, final in enumerate(of)
        if final is not None
    )
    return {row.name: row for row in made}


@pytest.mark.parametrize("count", [2, 3, 10])
def test_the_interval_is_students(count):
    draw = random.Random(count)
    values = [draw.gauss(2, 1) for _ in range(count)]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert interval(values) == pytest.approx(tuple(expected), rel=1e-12)


def test_the_interval_by_hand():
    # mean 2, deviation 1, three values: t(0.975, 2) = 4.302653 times 1 / sqrt(3)
    assert interval([1.0, 2.0, 3.0]) == pytest.approx((2 - 2.484138, 2 + 2.484138), abs=1e-6)


def test_differences_are_taken_seed_by_seed():
    row = table(a=[1.0, 2.0, 3.0], b=[1.1, 2.12, 3.11])["b"]
    expected = stats.ttest_rel([1.1, 2.12, 3.11], [1.0, 2.0, 3.0]).confidence_interval(0.95)
    assert row.difference == pytest.approx(0.11)
    assert (row.difference_low, row.difference_high) == pytest.approx(tuple(expected), rel=1e-9)
    assert row.verdict == "worse"  # though the intervals of the two means overlap almost wholly
    assert row.low < 2 < row.high


def test_a_difference_that_could_be_luck_is_not_told():
    row = table(a=[1.0, 1.0, 1.0], b=[1.2, 0.9, 1.1])["b"]
    assert row.difference_low < 0 < row.difference_high
    assert row.verdict == "cannot tell"


def test_the_best_is_first_and_differs_by_nothing():
    first = next(iter(table(b=[2.0, 2.1], a=[1.0, 1.1]).values()))
    assert (first.name, first.verdict, first.difference) == ("a", "best", 0.0)
    assert (first.difference_low, first.difference_high) == (None, None)


def test_the_same_losses_cannot_be_told_apart():
    assert [row.verdict for row in table(a=[1.0, 2.0], b=[1.0, 2.0]).values()] == ["best", "cannot tell"]


def test_one_seed_tells_nothing():
    for row in table(a=[1.0], b=[9.0]).values():
        assert row.verdict == "one seed: cannot tell"
        assert (row.low, row.high, row.difference_low, row.difference_high) == (None,) * 4


def test_a_diverged_run_is_a_result():
    rows = table(lost=[0.1, math.nan, math.inf], held=[1.0, 1.1, 1.2])
    assert list(rows) == ["held", "lost"]  # however low the run that survived
    assert (rows["lost"].verdict, rows["lost"].diverged, rows["lost"].mean) == ("diverged in 2 of 3", 2, None)
    assert rows["held"].verdict == "best"


def test_where_all_diverged_none_is_best():
    assert [row.verdict for row in table(a=[math.nan], b=[math.inf]).values()] == ["diverged in 1 of 1"] * 2


def test_a_missing_run_favours_nobody():
    rows = table(a=[1.0, 1.0, 9.0], b=[1.5, 1.5, None])  # without seed 2, a is the better one
    assert {name: (row.seeds, row.verdict) for name, row in rows.items()} == {
        "a": (2, "best"),
        "b": (2, "worse"),
    }


def test_without_a_common_seed_there_is_no_comparison():
    rows = table(a=[1.0, None], b=[None, 2.0])
    assert {row.verdict for row in rows.values()} == {"no seed in common"}
    assert {row.seeds for row in rows.values()} == {0}


def test_no_runs_no_rows():
    assert rows([]) == ()


def test_equal_schedules_are_called_worse_at_most_as_often_as_said():
    """A planted absence of difference: the error of a 95% interval that looks one way is 2.5%."""
    draw = random.Random(0)
    pairs = [table(a=[0.0] * 3, b=[draw.gauss(0, 1) for _ in range(3)])["b"] for _ in range(2000)]
    worse = sum(row.verdict == "worse" for row in pairs)
    assert 25 <= worse <= 75  # 2.5% of 2000 are 50, with a deviation of 7
