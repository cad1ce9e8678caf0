from math import inf, nan

import pytest

from stepsize.plots.curves import Band, Broken, band, broke_at, curves, names, panel
from stepsize.plots.thinning import Line


def test_a_band_is_mean_and_extremes_over_the_seeds():
    lines = [Line((10, 20), (1.0, 4.0)), Line((10, 20), (2.0, 4.0)), Line((10, 20), (6.0, 7.0))]
    assert band(lines) == Band((10, 20), (3.0, 5.0), (1.0, 4.0), (6.0, 7.0))


def test_a_band_stands_where_every_seed_was_measured():
    assert band([Line((10, 20), (1.0, 4.0)), Line((20, 30), (2.0, 6.0))]) == Band(
        (20,), (3.0,), (2.0,), (4.0,)
    )


def test_no_lines_no_band():
    assert band([]) == Band()


def test_a_mean_does_not_overflow():
    assert band([Line((1,), (1.7e308,)), Line((1,), (1.7e308,))]).mean == (1.7e308,)


@pytest.mark.parametrize(
    ("losses", "evaluations", "at"),
    [
        ((3.0, 2.0, 1.0), ((3, 1.0),), None),
        ((3.0, nan, 1.0), ((3, 1.0),), 1.0),
        ((3.0, 2.0, inf), ((1, nan), (3, nan)), 1.0),
        ((3.0, 2.0, 1.0), ((3, nan),), 3.0),
        ((nan, nan, nan), ((3, nan),), 0.0),
        ((3.0, 2.0, 1.0), ((1, nan), (3, 1.0)), None),
    ],
)
def test_where_a_run_broke(run, losses, evaluations, at):
    assert broke_at(run(losses=losses, evaluations=evaluations)) == at


def test_a_panel_by_value(run):
    runs = [
        run(seed=0, losses=(4.0, 2.0), evaluations=((1, 3.0), (2, 2.0)), rates=(0.1, 0.2)),
        run(seed=1, losses=(6.0, 2.0), evaluations=((1, 5.0), (2, 4.0)), rates=(0.1, 0.2)),
    ]
    shown = panel("cosine", runs, smoothing=1)
    assert shown.rates == (Line((0.0, 1.0), (0.1, 0.2)),)
    assert shown.validation == Band((1.0, 2.0), (4.0, 3.0), (3.0, 2.0), (5.0, 4.0))
    assert shown.training == Band((0.0, 1.0), (5.0, 2.0), (4.0, 2.0), (6.0, 2.0))
    assert (shown.seeds, shown.broken) == (2, ())


def test_a_diverged_run_is_a_line_of_its_own(run):
    held = run(seed=0, losses=(4.0, 2.0, 1.0), evaluations=((1, 3.0), (3, 2.0)))
    lost = run(seed=7, losses=(4.0, 99.0, nan), evaluations=((1, 50.0), (3, nan)))
    shown = panel("cosine", [held, lost], smoothing=1)
    assert shown.validation == Band((1.0, 3.0), (3.0, 2.0), (3.0, 2.0), (3.0, 2.0))
    assert shown.broken == (Broken(7, 2.0, Line((1.0,), (50.0,)), Line((0.0, 1.0), (4.0, 99.0))),)


def test_a_run_that_recovered_is_not_drawn_beyond_the_break(run):
    lost = run(losses=(4.0, nan, 2.0), evaluations=((1, 3.0), (3, 2.0)))
    assert panel("cosine", [lost], smoothing=1).broken == (
        Broken(0, 1.0, Line((), ()), Line((0.0,), (4.0,))),
    )


def test_seeds_with_other_rates_have_lines_of_their_own(run):
    runs = [
        run(seed=0, losses=(1.0, 1.0), rates=(0.1, 0.2)),
        run(seed=1, losses=(1.0, 1.0), rates=(0.1, 0.3)),
        run(seed=2, losses=(nan,), rates=(0.1,)),
    ]
    assert [line.y for line in panel("adaptive", runs, smoothing=1).rates] == [(0.1, 0.2), (0.1, 0.3)]


def test_names_follow_the_table_then_the_runs(run, row, race):
    shown = race([run("c"), run("a"), run("b"), run("a", seed=1)], [row("b"), row("a"), row("unrun")])
    assert names(shown) == ["b", "a", "c"]


def test_axes_ignore_runs_that_diverged(run, race):
    held = run("held", losses=(2.0,) * 10)
    lost = run("lost", losses=(2.0,) * 5 + (1e30,) * 4 + (nan,), evaluations=((5, 1e30), (10, nan)))
    shown = curves(race([held, lost]))
    assert shown.validation.high < 3
    assert shown.training.high < 3
    assert [len(panel.broken) for panel in shown.panels] == [0, 1]


def test_axes_fall_back_to_diverged_runs(run, race):
    lost = run("lost", losses=(5.0, 6.0, nan), evaluations=((1, 5.0), (3, nan)))
    shown = curves(race([lost]))
    assert shown.validation.low < 5.0 < shown.validation.high


def test_smoothing_is_the_same_for_all_panels(run, race):
    shown = curves(race([run("a", losses=(2.0,) * 800), run("b", losses=(2.0,) * 100)]))
    assert shown.smoothing == 10
    assert [len(panel.training.x) for panel in shown.panels] == [80, 10]


def test_a_race_without_runs(race):
    assert curves(race([])).panels == ()
