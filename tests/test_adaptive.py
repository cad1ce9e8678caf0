"""Rules that answer to a metric: equal to the peers they are taken from, pure, resumable, and joined to any schedule."""

import json
import math
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ReduceLROnPlateau
from transformers.optimization import GreedyLR

import stepsize as ss
from stepsize import adaptive

metrics = st.lists(
    st.one_of(st.floats(-2, 2), st.sampled_from([0.5, 0.5, 0.4999, math.nan, math.inf])),
    min_size=1,
    max_size=80,
)

# Sums of these are exact: theirs runs, ours is taken anew.
whole = st.lists(st.integers(-2048, 2048).map(lambda n: n / 1024), min_size=1, max_size=80)


def optimizer(rate):
    return torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=rate)


def driven(rule, values):
    state, found = rule.start(), []
    for value in values:
        state, multiplier = rule(state, value)
        found.append(multiplier)
    return found


@settings(max_examples=400, deadline=None)
@given(metrics, st.sampled_from([0.1, 0.5, 0.9]), st.integers(0, 3), st.sampled_from(adaptive.MODES),
       st.sampled_from([0.0, 1e-4, 0.1]), st.sampled_from(adaptive.THRESHOLDS), st.integers(0, 3), st.sampled_from([0.0, 0.05]))  # fmt: skip
def test_plateau_is_torchs(values, factor, patience, mode, threshold, relative, cooldown, floor):
    rate = 0.3
    theirs = optimizer(rate)
    peer = ReduceLROnPlateau(theirs, mode=mode, factor=factor, patience=patience, threshold=threshold,
                             threshold_mode=relative, cooldown=cooldown, min_lr=floor * rate, eps=1e-8)  # fmt: skip
    rule = adaptive.plateau(factor, patience, mode, threshold, relative, cooldown, floor, least=1e-8 / rate)
    state = rule.start()
    for value in values:
        peer.step(value)
        state, multiplier = rule(state, value)
        assert rate * multiplier == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12)


@settings(max_examples=400, deadline=None)
@given(whole, st.sampled_from([0.5, 0.9]), st.integers(0, 2), st.sampled_from(adaptive.MODES), st.sampled_from([0.0, 0.1]),
       st.sampled_from(adaptive.THRESHOLDS), st.integers(0, 2), st.integers(0, 2), st.integers(1, 3), st.sampled_from([1, 3]))  # fmt: skip
def test_greedy_is_that_of_transformers(
    values, factor, patience, mode, threshold, relative, cooldown, warmup, reset, window
):
    rate = 0.3
    theirs = optimizer(rate)
    peer = GreedyLR(theirs, mode=mode, factor=factor, patience=patience, threshold=threshold, threshold_mode=relative,
                    cooldown=cooldown, warmup=warmup, min_lr=0.2 * rate, max_lr=2.0 * rate, eps=1e-8,
                    smooth=window > 1, window_size=window, reset_start=reset)  # fmt: skip
    rule = adaptive.greedy(
        factor, patience, mode, threshold, relative, cooldown, 0.2, 1e-8 / rate, 2.0, warmup, reset, window
    )
    state = rule.start()
    for value in values:
        peer.step(value)
        state, multiplier = rule(state, value)
        assert rate * multiplier == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12)


@pytest.mark.parametrize(
    "rule",
    [adaptive.plateau(patience=1, cooldown=2), adaptive.greedy(patience=1, window=3, cooldown=1, warmup=1)],
)
def test_a_state_is_json_and_goes_on_where_it_was(rule):
    rng = random.Random(0)
    values = [rng.random() for _ in range(60)]
    whole = driven(rule, values)
    state = rule.start()
    for k, value in enumerate(values):
        state = adaptive.State(**json.loads(json.dumps(state._asdict())))
        before = state
        state, multiplier = rule(state, value)
        assert multiplier == whole[k]
        assert rule(before, value) == (state, multiplier)  # pure: the same again


def test_warmup_then_plateau_is_an_ordinary_schedule():
    s = ss.linear_warmup(1.0, 10)
    rule, state, changes = adaptive.plateau(patience=2, factor=0.5), adaptive.State(), []
    used = []
    for update in range(100):
        used.append(s(update) * state.multiplier)
        if update % 5 == 4:
            before = state.multiplier
            state, multiplier = rule(
                state, max(1.0, 3.0 - update / 10)
            )  # better until update 20, and then no more
            if multiplier != before:
                changes.append((update + 1, multiplier))
    run = adaptive.applied(s, changes)
    assert used == [run(k) for k in range(100)]
    assert len(changes) >= 3
    assert ss.parse(str(run)) == run
    assert adaptive.applied(s, []) == s
    assert adaptive.applied(s.on("tokens"), changes).clock == "tokens"


WRONG = {
    "factor": (lambda: adaptive.plateau(factor=1.0), "plateau.factor: must be in (0, 1); got 1.0."),
    "mode": (lambda: adaptive.plateau(mode="lower"), "plateau.mode: must be one of min, max; got 'lower'."),
    "relative": (lambda: adaptive.greedy(relative="percent"), "greedy.relative: must be one of rel, abs; got 'percent'."),
    "patience": (lambda: adaptive.plateau(patience=-1), "plateau.patience: must be a whole number >= 0; got -1."),
    "ceiling": (lambda: adaptive.greedy(ceiling=0.5), "greedy.ceiling: must be a finite number >= 1; got 0.5."),
    "window": (lambda: adaptive.greedy(window=0), "greedy.window: must be a whole number >= 1; got 0."),
    "state": (lambda: adaptive.plateau()({}, 1.0), "plateau(state, metric): the state is what start() gives; got {}."),
    "metric": (lambda: adaptive.plateau()(adaptive.State(), "1"), "plateau(state, metric): the metric must be a number; got '1'."),
    "order": (lambda: adaptive.applied(ss.hold(1.0), [(5, 0.1), (3, 0.01)]), "adaptive.applied.changes: positions must rise; got [5, 3]."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    build, said = WRONG[name]
    with pytest.raises(ss.ScheduleError) as caught:
        build()
    assert str(caught.value).startswith(said.removesuffix("."))
