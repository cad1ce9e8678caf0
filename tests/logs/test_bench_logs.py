"""The bench of identification: its truth is true, its faults are there, and its score tells right from wrong."""

import json
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from bench.logs import corpus, faults, real, rounding, tables, torch_runs
from bench.logs.curves import Curve, row, steps, value
from bench.logs.judged import Against
from bench.logs.kinds import same
from bench.logs.plan import Life, Plan
from bench.logs.scoring import one
from bench.logs.settings import Settings
from stepsize.logs import Identified, Part, Suspicion
from stepsize.spelling import parse

PLAIN = Settings(steps=100, peak=0.1, warmup=10, end=0.01, seed=(1, 2, 3))
FULL = rounding.Rounding("full")


def planned(recipe=torch_runs.cosine, settings=PLAIN, **told):
    made = recipe(settings)
    usual = {
        "steps": settings.steps,
        "lives": (Life(0, settings.steps),),
        "every": 1,
        "base": 0,
        "rounding": FULL,
    }
    return Plan(made, **{**usual, **told})


def test_the_curves_are_those_of_the_table_of_shapes():
    t = np.array([0.0, 4.0, 8.0])
    found = {
        kind: Curve(kind, 0, 16, 1.0, 0.0).at(t).tolist()
        for kind in ("linear", "cosine", "power(2)", "one_minus_sqrt")
    }
    assert found["linear"] == [1.0, 0.75, 0.5]
    assert found["cosine"] == pytest.approx([1.0, (2 + 2**0.5) / 4, 0.5])
    assert found["power(2)"] == [1.0, 0.5625, 0.25]
    assert found["one_minus_sqrt"] == pytest.approx([1.0, 0.5, 1 - 0.5**0.5])
    assert Curve("geometric", 0, 16, 1.0, 1e-4).at(t) == pytest.approx([1.0, 0.1, 0.01])
    assert Curve("inverse_sqrt", 0, np.inf, 1.0, 0.0, scale=8 / 3).at(t) == pytest.approx(
        [1.0, 0.4**0.5, 0.5]
    )
    assert value(steps([3.0, 2.0, 1.0], [4, 8]), t).tolist() == [3.0, 2.0, 1.0]
    assert row(("power(1)", 4, 0.0, 1.0))[0].kind == "linear"


@pytest.mark.parametrize("way", ["torch", "transformers", "timm"])
def test_libraries_apply_what_the_formulas_say(way):
    for k, recipe in enumerate(dict.fromkeys(import_module(f"bench.logs.{way}_runs").RECIPES)):
        for settings in (
            PLAIN,
            Settings(137, 3e-4, 0, 0.0, (4, k, 2)),
            Settings(400, 0.27, 33, 0.011, (5, k, 2)),
        ):
            plan = planned(recipe, settings)
            assert len(plan.applied()) == plan.steps


def test_a_truth_that_is_none_is_noticed():
    plan = planned()
    wrong = [
        replace(curve, last=curve.last * 0.99) if curve.kind == "cosine" else curve
        for curve in plan.made.curves
    ]
    with pytest.raises(AssertionError, match=r"CosineAnnealingLR.*row \d+ has .*, by the formula"):
        replace(plan, made=replace(plan.made, curves=wrong)).applied()


def test_rows_and_phases_by_hand():
    """Warmup of 10 updates and a wave of 90, logged after every tenth update with a count from 1."""
    plan = planned(every=10, base=1)
    assert plan.seen().tolist() == list(range(10, 101, 10))
    assert plan.offset == -1
    rise, wave = plan.phases(plan.seen())
    assert [rise[word] for word in ("kind", "start", "stop", "last", "points")] == ["linear", 0, 10, 0.1, 1]
    assert [wave[word] for word in ("kind", "start", "stop", "first", "last", "points")] == [
        "cosine",
        10,
        100,
        0.1,
        0.01,
        9,
    ]
    assert "cut" not in wave


def test_a_log_that_ends_early_cuts_its_phase():
    plan = planned(steps=50, lives=(Life(0, 50),))
    assert plan.phases(plan.seen())[-1] | {"points": 40} == {
        "kind": "cosine", "start": 10.0, "stop": 100.0, "first": 0.1, "last": 0.01, "points": 40, "cut": True, "seen_until": 49.0,
    }  # fmt: skip


def planted(kind, plan, **told):
    remake = lambda horizon: replace(plan, made=torch_runs.cosine(PLAIN.over(horizon)))  # noqa: E731
    return faults.plant((kind,), plan, remake, True, np.random.default_rng(told.get("seed", 0)))


def test_a_schedule_stepped_twice_is_over_at_half_of_the_run():
    rates = planted(faults.TWICE, planned()).applied()
    assert rates[5] == pytest.approx(0.1)
    assert rates[50] == pytest.approx(0.01)
    assert rates[75] > 0.02  # torch's wave rises again


def test_a_restart_begins_anew_at_the_resume():
    plan = planted(faults.RESTARTED, planned())
    at = plan.lives[1].start
    rates, seen = plan.applied(), plan.seen()
    assert rates[np.flatnonzero(seen == at)[-1]] == rates[0]
    assert [phase["start"] for phase in plan.phases(seen) if phase["kind"] == "linear"] == [0, at]


def test_a_horizon_that_is_too_long_leaves_the_decay_unfinished():
    plan = planted(faults.LONG, planned(), seed=3)
    assert plan.applied()[-1] > 0.013
    assert plan.phases(plan.seen())[-1]["cut"]


def test_late_is_planted_only_where_no_convention_says_the_same():
    assert planted(faults.LATE, planned()) is None  # its warmup starts at a share of the peak
    cold = replace(PLAIN, warmup=0)
    plan = faults.plant(
        (faults.LATE,), planned(settings=cold), lambda _: None, True, np.random.default_rng(0)
    )
    assert plan.applied()[0] < planned(settings=cold).applied()[0] == 0.1


def test_a_fault_that_could_not_be_seen_is_not_planted():
    constant = planned(settings=replace(PLAIN, warmup=0), rounding=rounding.Rounding("significant", 3))
    flat = replace(
        constant, made=replace(constant.made, curves=[Curve("hold", 0, np.inf, 0.1, 0.1, open=True)])
    )
    for kind in faults.KINDS:
        assert faults.plant((kind,), flat, lambda _: flat, True, np.random.default_rng(0)) is None


def test_a_plateau_that_begins_anew_shows_no_restart():
    plan = planned(torch_runs.multi_step, replace(PLAIN, warmup=0, seed=(1, 2, 0)))  # drops at 30 and at 60
    seen = [planted(faults.RESTARTED, plan, seed=seed) for seed in range(40)]
    drop = plan.made.curves[0].stop
    assert {one.lives[1].start >= drop for one in seen if one} == {True}
    assert None in seen


def test_rates_are_printed_as_logs_print_them():
    rate = 2.7182818e-4
    said = {
        ("significant", 3): "2.72e-04",
        ("decimals", 6): "0.000272",
        ("float32", 0): "0.00027182818",
        ("full", 0): "0.00027182818",
    }
    assert {key: rounding.Rounding(*key).text(rate) for key in said} == said
    assert rounding.Rounding("significant", 3).unit(np.array([rate])) == pytest.approx(1e-6)


def test_a_corpus_is_the_same_again(tmp_path):
    for name in "ab":
        corpus.make(tmp_path / name, 60, 5, "timm")
    truths = [(tmp_path / name / "truth.jsonl").read_text() for name in "ab"]
    assert truths[0] == truths[1]
    for line in truths[0].splitlines():
        log = json.loads(line)["log"]
        assert (tmp_path / "a" / log).is_dir() or (tmp_path / "a" / log).read_bytes() == (
            tmp_path / "b" / log
        ).read_bytes()


# What was identified, made by hand: a warmup and a wave.


def part(kind, start, stop, first, last, points=50, near=0.0):
    around = [(x - near * abs(x), x + near * abs(x)) for x in (start, stop, first, last, stop - start)]
    return Part(kind, start, stop, first, last, points, *around)


def judged(*parts, offset=0, spelled="0.001 -> 0.1 in 10; -> 0.01 cosine in 90", plan=None):
    plan = plan or planned()
    found = Identified(parse(spelled), offset, parts, (), 0.0, 0.0)
    truth = corpus.truth("0.csv", "torch", 1, 1, plan, plan.seen())
    return Against(truth, found, plan.seen()).judge()


RISE = part("linear", 0, 10, 0.001, 0.1)


def wave(**told):
    said = {"kind": "cosine", "start": 10, "stop": 100, "first": 0.1, "last": 0.01} | told
    return part(*said.values())


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, ()),
        ({"stop": 100.8}, ()),
        ({"stop": 101}, ("length 91, not 90",)),
        ({"start": 12, "stop": 102}, ()),
        ({"start": 12.5, "stop": 102.5}, ("starts at 12.5, not 10",)),
        ({"kind": "linear"}, ("linear, not cosine",)),
        ({"first": 0.0991}, ()),
        ({"first": 0.0989}, ("first 0.0989, not 0.1",)),
        ({"last": 0.0102}, ("last 0.0102, not 0.01",)),
    ],
)
def test_a_phase_is_right_within_one_percent(said, wrong):
    one = judged(RISE, wave(**said))[1]
    assert (one.counted, one.wrong) == (True, wrong)


def test_an_offset_moves_the_positions_and_nothing_else():
    assert judged(part("linear", 5, 15, 0.001, 0.1), wave(start=15, stop=105), offset=5)[1].wrong == ()


def test_what_was_overlooked_is_wrong():
    assert judged(RISE)[1].wrong == ("no such phase",)


def test_a_jump_may_lie_anywhere_between_its_rows():
    plan = planned(torch_runs.multi_step, replace(PLAIN, warmup=0), every=5)
    edges = [phase["start"] for phase in plan.phases(plan.seen())]
    shifted = [part("hold", a, b, 0.1, 0.1) for a, b in [(0, edges[1] - 4), (edges[1] - 4, 100)]]
    one = judged(*shifted, spelled="0.1", plan=plan)[0]
    assert (one.wrong, one.strict) == ((), False)


def test_intervals_hold_the_truth_or_they_do_not():
    wide = part("cosine", 10, 101.5, 0.101, 0.0101, near=0.02)
    assert judged(RISE, wide)[1].held == {"first": True, "last": True, "length": True}
    assert judged(RISE, wave(stop=101.5))[1].held == {"first": True, "last": True, "length": False}


def test_names_of_the_same_curve():
    for a, b in [
        ("power(1)", "linear"),
        ("geometric", "exponential(0.9, 10)"),
        ("inverse_sqrt", "power_law(100, 0.5)"),
    ]:
        assert same(a, b)
    assert same("power(0.9)", "power(0.905)")
    assert not same("power(0.9)", "power(1)")
    assert not same("inverse_sqrt", "power_law(100, 1.0)")


def test_an_empty_log_is_a_failure_and_no_traceback(tmp_path):
    (tmp_path / "0.csv").write_text("")
    truth = corpus.truth("0.csv", "torch", 1, 1, planned(), planned().seen())
    assert one(tmp_path, truth).failed.startswith("refused: ")
    assert not one(tmp_path, truth).right


def test_the_interval_of_wilson():
    """The example of Brown, Cai and DasGupta, 2001: 8 of 10."""
    assert tables.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_at_a_jump_the_rate_may_be_any_that_the_curve_has_between_the_rows():
    """Two triangles cut by a restart; its second life starts somewhere between updates 50 and 60."""
    plan = planned(every=10, lives=(Life(0, 57), Life(57, 100, 57)))
    rise = part("linear", 60, 67, 0.001 + 3 * 0.0099, 0.1)
    truth = corpus.truth("0.csv", "torch", 1, 1, plan, plan.seen())
    truth["phases"][2] |= {"points": 8}  # so that it counts
    found = Identified(parse("0.1"), 0, (RISE, wave(stop=60), rise), (), 0.0, 0.0)
    one = Against(truth, found, plan.seen()).judge()[2]
    assert (one.phase["start"], one.wrong, one.strict) == (57, (), False)


def test_the_schedules_of_the_real_logs_are_those_of_their_files():
    """Rows of MultiPowerLaw's csv files, and of the grid of lr-scheduling, as they were published."""
    published = {
        ("cosine_72000", 2288): 0.00029999776223850705, ("wsd_20000_24000", 23904): 3.170452527640976e-05,
        ("wsdld_20000_24000", 23904): 3.648e-05, ("wsdcon_3", 14144): 3e-05, ("constant_24000", 23936): 3e-4,
    }  # fmt: skip
    for (name, step), rate in published.items():
        assert value(real.power_law_curves(name), np.array([float(step)]))[0] == pytest.approx(
            rate, rel=1e-12
        )
    grid = {
        "lr": 1e-4,
        "iterations": 25000,
        "warmup_steps": 300,
        "wsd_fract_decay": 0.2,
        "decay_type": "sqrt",
    }
    cooldown = real.configured(grid | {"scheduler": "wsd"})
    assert value(cooldown, np.array([24950.0]))[0] == pytest.approx(5.012562893380035e-07, rel=1e-12)
    cosine = real.configured(grid | {"scheduler": "cos", "cos_final_lr": -1})
    assert value(cosine, np.array([50.0]))[0] == pytest.approx(7.67514959027941e-06, rel=1e-12)


def test_without_real_logs_it_says_what_is_skipped(monkeypatch, capsys):
    monkeypatch.delenv("STEPSIZE_CURVES", raising=False)
    real.main()
    assert (
        capsys.readouterr().out
        == "\nreal logs of others: skipped, for STEPSIZE_CURVES names no folder of them\n"
    )


def test_a_schedule_that_begins_anew_may_be_said_once_where_the_restart_is_named():
    plan = planned(lives=(Life(0, 30), Life(30, 150, 30)), steps=150, faults=(faults.RESTARTED,))
    truth = corpus.truth("0.csv", "torch", 1, 1, plan, plan.seen())
    named = (Suspicion(faults.RESTARTED, "the rates begin anew", 30),)
    for suspicions, wrong in ((named, [True, True]), ((), [False, False])):
        found = Identified(
            parse("0.001 -> 0.1 in 10; -> 0.01 cosine in 90"), 0, (RISE, wave()), (), 0.0, 0.0, suspicions
        )
        judged = Against(truth, found, np.unique(plan.seen())).judge()[2:4]
        assert [not one.wrong for one in judged] == wrong
