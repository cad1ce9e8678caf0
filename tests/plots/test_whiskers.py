import pytest

from stepsize.plots.spans import Span
from stepsize.plots.whiskers import Whisker, whiskers


def test_rows_by_value(row):
    best = row("best", difference=0.0, difference_low=None, difference_high=None, verdict="best")
    worse = row("worse", difference=1.0, difference_low=0.5, difference_high=1.5, verdict="worse")
    shown = whiskers([best, worse])
    assert shown.rows == (
        Whisker("best", "best", 0.0, 0.0, 0.0),
        Whisker("worse", "worse", 1.0, 0.5, 1.5),
    )
    assert shown.span == Span(pytest.approx(-0.12), pytest.approx(1.62))


def test_a_diverged_row_has_a_name_only(lost):
    assert whiskers([lost("a")]).rows == (Whisker("a", "diverged in 3 of 3"),)


def test_a_wide_interval_is_cut_and_marked(row):
    wide = row("wide", difference=1.0, difference_low=-50.0, difference_high=52.0)
    assert whiskers([wide]).rows == (Whisker("wide", "cannot tell", 1.0, -10.0, 10.0, True, True),)


def test_a_huge_difference_does_not_flatten_the_others(row):
    rows = [
        row("a", difference=1.0, difference_low=0.5, difference_high=1.5),
        row("b", difference=2.0, difference_low=1.5, difference_high=2.5),
        row("huge", difference=1e20, difference_low=0.9e20, difference_high=1.1e20),
    ]
    shown = whiskers(rows)
    assert shown.rows[2] == Whisker("huge", "cannot tell", None, 200.0, 200.0, False, True)
    assert shown.span.high < 250


@pytest.mark.parametrize("count", [0, 1, 3])
def test_no_difference_at_all_gives_some_axis(row, count):
    same = row(difference=0.0, difference_low=0.0, difference_high=0.0)
    assert whiskers([same] * count).span == Span(-1.0, 1.0)
