"""The numbers of the table, against scipy, against hand, and against planted differences."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import stdtrit
from scipy.stats import ttest_1samp

from stepsize.lab.verdict import comparable, interval, paired, rows
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


def at(name, seed, peak, final, ended=""):
    told = () if ended else ((1, final),)
    return Run("gpt", name, {}, seed, 1, (0.1,), (2.0,), told, 1.0, "", {}, peak=peak, ended=ended)


def test_each_seed_counts_at_the_peak_that_is_best_on_the_others():
    """Seed 2 of a is lucky at the peak 0.2, which the others do not choose: that luck does not count."""
    a = {0.1: (1.0, 1.1, 1.2), 0.2: (2.0, 2.1, 0.1)}
    b = {0.1: (1.5, 1.6, 1.7), 0.2: (9.0, 9.0, 9.0)}
    runs = [
        at(name, k, peak, own[k])
        for name, of in (("a", a), ("b", b))
        for peak, own in of.items()
        for k in range(3)
    ]
    best, other = rows(runs)
    # a: seeds 0 and 1 choose by means (1.15, 1.1) and (1.1, 1.05) of the others: 0.2 wins for both; seed 2 chooses 0.1
    assert (best.name, other.name) == ("b", "a")
    assert best.mean == pytest.approx((1.5 + 1.6 + 1.7) / 3)
    assert other.mean == pytest.approx((2.0 + 2.1 + 1.2) / 3)
    assert other.peaks == (0.2, 0.1)
    assert best.peaks == (0.1,)


def test_a_peak_that_diverged_or_was_stopped_is_not_chosen():
    runs = [at("a", k, 0.1, 1.0 + k) for k in range(2)] + [at("b", k, 0.1, 2.0 + k) for k in range(2)]
    runs += [at("a", k, 0.9, math.nan) for k in range(2)] + [
        at("b", k, 0.9, 0.0, "stopped") for k in range(2)
    ]
    assert [(row.name, row.mean, row.peaks) for row in rows(runs)] == [("a", 1.5, (0.1,)), ("b", 2.5, (0.1,))]
    only = [at("a", k, 0.1, 1.0 + k) for k in range(2)] + [at("b", k, 0.9, 0.0, "stopped") for k in range(2)]
    assert rows(only)[1].verdict == "stopped early"


def test_verdicts_are_corrected_for_all_comparisons_and_say_what_would_settle_them():
    """One difference whose own P is 0.03: worse alone, and not among five."""
    d = np.array([0.05, 0.2, 0.1, 0.25])
    own = ttest_1samp(d, 0).pvalue
    assert 0.01 < own < 0.05
    base = [1.0, 1.3, 1.1, 1.2]
    alone = [at("a", k, None, base[k]) for k in range(4)] + [
        at("b", k, None, base[k] + d[k]) for k in range(4)
    ]
    assert rows(alone)[1].verdict == "worse"
    assert rows(alone)[1].p == pytest.approx(own)
    draw = np.random.default_rng(0)
    many = [at(f"c{j}", k, None, base[k] + 0.2 + draw.normal()) for j in range(4) for k in range(4)]
    many = [at(one.name, one.seed, None, max(one.final, 1.31)) for one in many]
    row = next(row for row in rows(alone + many) if row.name == "b")
    assert row.verdict == "cannot tell"
    assert row.p == pytest.approx(5 * own)
    n = row.settled_by
    deviation = d.std(ddof=1)
    assert (
        stdtrit(n - 1, 1 - 0.05 / 10) * deviation / n**0.5
        < d.mean()
        < stdtrit(n - 2, 1 - 0.05 / 10) * deviation / (n - 1) ** 0.5
    )


def test_a_seed_counts_where_every_schedule_has_finished_at_each_of_its_peaks():
    runs = [replace(run("a", seed, 1.0), peak=peak) for seed in range(3) for peak in (0.1, 0.2)]
    runs += [replace(run("b", seed, 2.0), peak=0.1) for seed in range(3)]
    assert paired(runs) == [0, 1, 2]
    assert paired(runs[:5] + runs[6:]) == [0, 1]
    assert paired([]) == []


def test_runs_that_differ_in_length_data_or_software_are_parted_and_none_is_lost():
    whole = replace(run("a", 0, 1.0), versions={"torch": "2.12", "lab": "x"}, data="text")
    assert comparable([whole, replace(whole, seed=1)]) == {"gpt": [whole, replace(whole, seed=1)]}
    other = [
        replace(whole, versions={"torch": "2.13", "lab": "x"}),
        replace(whole, data="another"),
        replace(whole, steps=2, rates=(0.1, 0.1), losses=(2.0, 2.0), evaluations=((2, 1.0),)),
    ]
    found = comparable([whole, *other])
    assert [own for (own,) in found.values()] == [whole, *other]
    assert "gpt, updates 1, data text, torch 2.13" in found
    assert "gpt, updates 2, data text, torch 2.12" in found


def test_a_run_that_ended_early_stays_with_those_it_could_have_become():
    long = replace(run("a", 0, 1.0), steps=3, rates=(0.1,) * 3, losses=(2.0,) * 3, evaluations=((3, 1.0),))
    short = replace(run("b", 0, 1.0), ended="stopped at update 1", evaluations=())
    assert comparable([long, short]) == {"gpt": [long, short]}
