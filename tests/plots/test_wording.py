from math import nan

from stepsize.plots import wording
from stepsize.plots.curves import curves, panel
from stepsize.plots.whiskers import whiskers


def test_rates(run):
    assert wording.rates(panel("a", [run(losses=(1.0,) * 3, rates=(1e-5, 0.003, 3e-4))], 1)) == (
        "Rate 1e-5 first, 0.003 highest, 0.0003 last"
    )
    assert wording.rates(panel("a", [run(rates=(0.1,) * 4)], 1)) == "Rate 0.1 throughout"


def test_a_panel_in_words(run):
    held = run(seed=0, losses=(3.0, 2.0), evaluations=((1, 3.0), (2, 2.0)))
    lost = run(seed=4, losses=(3.0, nan), evaluations=((1, 3.0), (2, nan)))
    assert wording.seen(panel("a", [held, lost], 1)) == (
        "a: Rate 0.1 throughout. validation loss 3 first, 2 last, on average "
        "(last over the seeds: 2 to 2). Seed 4 diverged at update 1."
    )
    assert wording.seen(panel("a", [lost], 1)) == (
        "a: Rate 0.1 throughout. no validation loss of a run that held. Seed 4 diverged at update 1."
    )


def test_what_may_be_concluded(row, lost):
    many = wording.honest([row(seeds=3), row("b", seeds=3)])
    assert many.startswith(
        "Means over 3 seeds, those that every schedule has finished at each of its peaks. An interval is"
    )
    assert "“worse” means that P, corrected for all comparisons by Holm’s method, is below 0.05" in many
    assert wording.honest([row(seeds=2), row("b", seeds=3)]).startswith("Means over 2 to 3 seeds, ")
    assert wording.honest([row(seeds=1)]).startswith("One seed: no interval can be given")
    nothing = "No comparison yet: there is no seed that every schedule has finished."
    assert wording.honest([]) == wording.honest([row(seeds=0)]) == nothing


def test_the_picture_of_differences(row, lost):
    rows = [row("a", difference=0.0, verdict="best"), row("b"), lost("c")]
    assert wording.compared(rows) == (
        "Difference to the best, a row a schedule: a 0, best; b 0.1, cannot tell; c –, diverged in 3 of 3"
    )
    assert wording.scale(whiskers(rows)) == "in validation loss, lower is better"
    assert wording.scale(whiskers([row(difference_high=9.0)])).endswith("an arrow: the interval goes on")


def test_how_the_panels_were_made(run, race):
    one = wording.drawn(curves(race([run()])))
    assert "The thick line is the one run of the schedule. Training loss is drawn as it was." in one
    assert "grey" not in one
    lost = run("b", losses=(3.0,) * 159 + (nan,), evaluations=((160, nan),))
    many = wording.drawn(
        curves(race([lost, *(run("a", seed, losses=(2.0,) * 80 + (0.1,) * 80) for seed in (0, 1))]))
    )
    assert "each point is the mean of 2 updates in a row" in many
    assert "the thin grey lines are the other schedules" in many
    assert "The axis of training loss is logarithmic." in many
    assert "A run that diverged is dashed" in many


def test_versions_that_differ_are_all_named(run):
    runs = [
        run(versions={"torch": "2.13.0", "python": "3.11"}),
        run(versions={"torch": "2.12.0", "python": "3.11"}),
    ]
    assert wording.versions(runs) == "python 3.11, torch 2.13.0 and 2.12.0"
