"""The horizon: updates of a run, counted as a loop counts them, and lengths resolved once."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stepsize as ss


def counted(dataset_size, batch, accumulation, world_size, epochs, drop_last, flush_tail):
    """Updates as a training loop applies them, batch by batch."""
    updates = 0
    for _ in range(epochs):
        left, waiting = dataset_size, 0
        while left > 0:
            full = left >= batch * world_size
            left -= batch * world_size
            if not full and drop_last:
                break
            waiting += 1
            if waiting == accumulation:
                updates, waiting = updates + 1, 0
        updates += flush_tail and waiting > 0
    return updates


@pytest.mark.parametrize(("flush_tail", "updates"), [(True, 9), (False, 6)])
def test_case_9_accumulation_plan(flush_tail, updates):
    """9 examples, batch 2, accumulation 2, 3 epochs: 5 micro-batches, 3 updates an epoch with the tail flushed, else 2."""
    run = ss.Horizon(epochs=3, dataset_size=9, batch=2, accumulation=2, flush_tail=flush_tail)
    assert run.steps == updates == counted(9, 2, 2, 1, 3, False, flush_tail)
    s = ss.parse("1 -> 0", run)
    assert s.length == updates
    assert s(updates - 1) == pytest.approx(1 / updates, rel=1e-15)
    run.check(updates)
    with pytest.raises(
        ss.ScheduleError,
        match=rf"^Horizon: {updates} updates were planned, and as many must be applied; got {updates - 1}\.",
    ):
        run.check(updates - 1)


def test_case_9_micro_batches_are_no_updates():
    assert ss.Horizon(epochs=1, dataset_size=160, batch=1, accumulation=10).steps == 16


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 200),
    st.integers(1, 9),
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
)
def test_the_plan_is_what_a_loop_counts(size, batch, accumulation, world, epochs, drop_last, flush_tail):
    updates = counted(size, batch, accumulation, world, epochs, drop_last, flush_tail)
    given = {"dataset_size": size, "batch": batch, "accumulation": accumulation, "world_size": world}
    if updates == 0:
        with pytest.raises(ss.ScheduleError, match="an epoch must hold at least one update"):
            ss.Horizon(epochs=epochs, drop_last=drop_last, flush_tail=flush_tail, **given)
        return
    run = ss.Horizon(epochs=epochs, drop_last=drop_last, flush_tail=flush_tail, **given)
    assert (run.steps, run.steps_per_epoch) == (updates, updates // epochs)
    assert run.samples_per_step == batch * accumulation * world


def test_tokens_and_epochs():
    assert ss.Horizon(tokens=2e9, tokens_per_step=500_000).steps == 4000
    assert ss.Horizon(tokens="300B", tokens_per_step="3.2M") == ss.Horizon(93_750, tokens_per_step=3_200_000)
    assert ss.Horizon(epochs=2.5, steps_per_epoch=100).steps == 250
    assert ss.Horizon("10k").steps == ss.Horizon("10k steps").steps == 10_000
    assert ss.Horizon(tokens=5, tokens_per_step=2).steps == 2  # 2.5: ties go to even
    assert ss.Horizon(tokens=7, tokens_per_step=2).steps == 4


def test_lengths_in_updates():
    run = ss.Horizon(10_000, steps_per_epoch=150, tokens_per_step="4M", samples_per_step=1000)
    assert [run.updates(x) for x in ("5%", "3 epochs", "2B tokens", "10k steps", "250k samples", "1.5ep", 7, 2.5)] == [
        500, 450, 500, 10_000, 250, 225, 7, 2.5]  # fmt: skip
    assert ss.Horizon(1010).updates("5%") == 50  # 50.5: ties go to even


@settings(max_examples=500, deadline=None)
@given(st.lists(st.integers(1, 100), min_size=1, max_size=9), st.integers(1, 10**7))
def test_shares_add_up(weights, steps):
    """Whatever the shares of a run, their updates are the run; each is within one update of what it says."""
    total = sum(weights)
    percents = [round(100 * w / total, 6) for w in weights[:-1]]
    percents.append(round(100 - sum(percents), 6))
    lengths = ss.Horizon(steps).lengths(*(f"{p:.6f}%" for p in percents))
    assert sum(lengths) == steps
    for length, percent in zip(lengths, percents, strict=True):
        assert abs(length - Fraction(percent) * steps / 100) <= 1 + 1e-6


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 10**6))
def test_an_explicit_share_stays_what_it_says_beside_the_rest(first, last, steps):
    a, rest, b = ss.Horizon(steps).lengths(f"{first}%", None, f"{last}%")
    said = round(Fraction(first * steps, 100)), round(Fraction(last * steps, 100))
    assert a + rest + b == steps
    assert rest >= 0
    assert (a, b) == said if sum(said) <= steps else a == said[0]  # 50% and 50% of 3 cannot both be 2


def test_numbers_stay_and_the_rest_takes_what_is_left():
    assert ss.Horizon(1000).lengths(100, "10%", None, 2.5) == (100, 100, 797.5, 2.5)
    assert ss.Horizon(10).lengths(None) == (10,)


def test_a_horizon_is_a_value():
    run = ss.Horizon(epochs=3, dataset_size=9, batch=2, accumulation=2)
    assert repr(run) == "Horizon(steps=9, steps_per_epoch=3, samples_per_step=4)"
    assert eval(repr(run), {"Horizon": ss.Horizon}) == run
    assert hash(run) == hash(ss.Horizon(9, steps_per_epoch=3, samples_per_step=4))
    with pytest.raises(AttributeError):
        run.steps = 5


WRONG = {
    "nothing": (lambda: ss.Horizon(), "Horizon: needs steps, epochs or tokens; got 'nothing'."),
    "two": (lambda: ss.Horizon(10, epochs=2), "Horizon: one of steps, epochs and tokens says how long the run is; got 'steps, epochs'."),
    "epochs": (lambda: ss.Horizon(epochs=2), "Horizon: to know epochs it needs steps_per_epoch, or dataset_size and batch; got Horizon()."),
    "tokens": (lambda: ss.Horizon(tokens=200).updates("50%"), "Horizon: to count updates it needs tokens_per_step; got Horizon(tokens=200)."),
    "too many shares": (lambda: ss.Horizon(10).lengths("60%", "60%"), "Horizon.lengths: shares of the run may add up to 100%; got '120%'."),
    "no batch": (lambda: ss.Horizon(epochs=1, dataset_size=9), "Horizon: needs batch beside dataset_size; got None. Give batch=."),
    "twice": (lambda: ss.Horizon(1, dataset_size=9, batch=2, steps_per_epoch=3),
        "Horizon: dataset_size says steps_per_epoch already; got 3. Leave one out."),
    "empty epoch": (lambda: ss.Horizon(epochs=1, dataset_size=3, batch=4, drop_last=True),
        "Horizon: an epoch must hold at least one update; it holds less than one full batch; got 3. Keep the last one, or take smaller batches."),
    "zero": (lambda: ss.Horizon(0), "Horizon.steps: must be a whole number >= 1; got 0."),
    "half": (lambda: ss.Horizon(10.5), "Horizon.steps: must be a whole number >= 1; got 10.5."),
    "nan": (lambda: ss.Horizon(epochs=math.nan, steps_per_epoch=3), "Horizon.epochs: must be a finite number > 0; got nan."),
    "word": (lambda: ss.Horizon("ten"), "Horizon.steps: must be a number, such as 500 or 10k; got 'ten'."),
    "comma": (lambda: ss.Horizon("10,000"), "Horizon.steps: must be a number, such as 500 or 10k; got '10,000'. Write 10000, or 10k."),
    "unit": (lambda: ss.Horizon("10 epochs"), "Horizon.steps: must be a number without a unit; got '10 epochs'."),
    "unknown epochs": (lambda: ss.Horizon(10).updates("3 epochs"),
        "Horizon: to know epochs it needs steps_per_epoch, or dataset_size and batch; got Horizon(steps=10)."),
    "unknown run": (lambda: ss.Horizon(steps_per_epoch=10).updates("5%"),
        "Horizon: to know shares of the run it needs steps, epochs or tokens; got Horizon(steps_per_epoch=10)."),
    "half updates": (lambda: ss.Horizon(10).updates("0.5"), 'Horizon.updates: less than one needs a unit; got 0.5. For a share write "50%", else "0.5 steps".'),
    "time": (lambda: ss.Horizon(10).updates("2h"), "Horizon.updates: seconds cannot be counted on the clock steps; got '7200 seconds'. A schedule has one clock."),
    "too much": (lambda: ss.Horizon(10).lengths(20, None), "Horizon.lengths: the other phases must fit into the run of 10 steps; got 20. Shorten one, or lengthen the run."),
    "two rests": (lambda: ss.Horizon(10).lengths(None, None), "Horizon.lengths: only one phase may take the rest of the run; got 2."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    build, said = WRONG[name]
    with pytest.raises(ss.ScheduleError) as caught:
        build()
    assert str(caught.value) == said
