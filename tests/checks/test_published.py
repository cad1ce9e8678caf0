"""The published schedules are the false alarms that the rules must not give: what fires on one has a written reason."""

import pytest

import stepsize as ss
from stepsize import checks, published
from stepsize.checks.case import Case
from stepsize.checks.optimizer import PUBLISHED
from stepsize.training import Training
from tests.checks.published import MODELS, TABLE, firings, runs

REASONS = {
    (name, firing["code"]): firing["reason"] for firing in TABLE["firing"] for name in firing["models"]
}


def test_what_fires_on_a_published_schedule_is_listed_with_a_reason():
    assert firings() == set(REASONS)
    assert all(len(reason) > 60 for reason in REASONS.values())


def test_no_error_fires_and_only_three_rules_warn():
    found = [one for name in MODELS for run in runs(name) for one in checks.check(*run)]
    assert {one.severity for one in found} == {"note", "warning"}
    assert {one.code for one in found if one.severity == "warning"} == {"batch-unruled", "restart-late"}


def test_every_published_schedule_is_checked_with_its_facts():
    assert MODELS.keys() == TABLE["facts"].keys()
    assert all(TABLE["facts"][name].get("optimizer") for name in MODELS)
    clocks = {name: {s.clock for s, _ in runs(name)} for name in MODELS}
    assert clocks["gpt3"] == {"tokens", "steps"}
    assert clocks["modded_nanogpt"] == {"progress", "steps"}


def test_the_peaks_by_size_are_those_of_the_published_schedules():
    assert {name: peak for name, (_, peak) in PUBLISHED.items()} == {
        name: published.MODELS[name].peak for name in PUBLISHED
    }
    assert all(
        PUBLISHED[name][0] == facts["parameters"]
        for name, facts in TABLE["facts"].items()
        if name in PUBLISHED
    )


def test_no_published_warmup_takes_more_than_the_rule_says():
    shares = [case.warmup / case.run for name in MODELS for run in runs(name) if (case := Case(*run)).warmup]
    assert f"at most {max(shares):.0%} of the run" in checks.RULES["warmup-long"].source


N = 10_000
RECIPES = {
    "warmup_cosine": ss.warmup_cosine(3e-4, N, warmup="5%", end=3e-5),
    "warmup_linear": ss.warmup_linear(3e-4, N, warmup="5%"),
    "d2z": ss.d2z(3e-4, N),
    "cosine_annealing": ss.cosine_annealing(0.1, N),
    "polynomial_decay": ss.polynomial_decay(3e-4, N, power=2, warmup=500),
    "power_decay": ss.power_decay(3e-4, N, beta=1.2, warmup=500),
    "sgdr": ss.sgdr(0.1, 1000, cycles=10),
    "one_cycle": ss.one_cycle(0.1, N),
    "triangular": ss.triangular(0.01, 0.1, 1000),
    "wsd": ss.wsd(3e-4, N, warmup="5%", decay="20%"),
    "minicpm": ss.minicpm(3e-4, N, warmup=500, decay=1000, half_life=500),
    "infinite": ss.infinite(3e-4, N, constant=1.5e-4, end=3e-5, warmup=500, cooldown=2000, decay=1500),
    "step_decay": ss.step_decay(0.1, 3000),
    "multi_step": ss.multi_step(0.1, [5000, 7500]),
    "inverse_sqrt": ss.inverse_sqrt(7e-4, 1000),
    "power": ss.power(3e-4, N, warmup=500, decay=1500),
}


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_with_ordinary_arguments_give_nothing_but_the_zero_at_their_start(name):
    adam = RECIPES[name](0) < 1e-3
    known = (
        {"optimizer": "adamw", "beta2": 0.95, "weight_decay": 0.1, "parameters": 124e6}
        if adam
        else {"optimizer": "sgd"}
    )
    for run in (None, Training.of(steps=N), Training.of(steps=N, **known)):
        assert {found.code for found in checks.check(RECIPES[name], run)} <= {"first-zero"}
