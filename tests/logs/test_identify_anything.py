"""Logs of anything at all: a schedule or one clear error, in strict JSON, soon; and none that claims more than it shows."""

import json
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stepsize as ss
from stepsize.errors import ScheduleError
from stepsize.logs import Identified, identify
from stepsize.records import Trace
from tests.logs.expected import intervals_hold, phases_are
from tests.logs.formulas import ROUNDINGS, logged, phases, steps, warmup_then

COSINE = phases(*warmup_then("cosine"))
SPELLED = "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"
EVERY = range(0, 10_000, 50)


def of(steps, rates, **more):
    return Trace("run.log", steps, rates, [math.nan] * len(steps), **more)


def is_sound(found, trace):
    """What is told of a log holds: the residual, by its own schedule; phases in a row; strict JSON that parses again."""
    assert isinstance(found, Identified)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert set(told) == {
        "schedule",
        "fits",
        "offset",
        "parts",
        "peers",
        "residual",
        "rounding",
        "suspicions",
        "notes",
        "each",
    }
    again = ss.parse(told["schedule"])
    for step in trace.steps[:: max(1, len(trace) // 20)].tolist():
        assert again(step + found.offset) == found.schedule(step + found.offset)
    assert found.parts
    assert 0 <= found.residual < math.inf
    assert found.rounding > 0
    for part in found.parts:
        assert part.start <= part.stop
        for end in ("start", "stop", "first", "last", "length"):
            low, high = getattr(part, f"{end}_between")
            assert low <= high, end
    return found


def differs(found, trace):
    """The largest difference to a logged rate, as a share of the highest one, row by row."""
    pairs = zip(trace.steps.tolist(), trace.rates.tolist(), strict=True)
    off = max(abs(found.schedule(step + found.offset) - rate) for step, rate in pairs)
    return off / max(abs(rate) for rate in trace.rates.tolist())


def told_or_refused(trace):
    """A schedule that is sound; or an error of the log itself, and not of something within."""
    try:
        is_sound(identify(trace), trace)
    except ScheduleError as error:
        assert str(error).startswith("run.log: ")
        return str(error)


anything = st.floats(allow_nan=False, allow_infinity=False)
digits = st.floats(1e-8, 1.0).map(lambda rate: float(f"{rate:.3g}"))
places = st.integers(0, 10**9).map(lambda thousandths: thousandths / 1000)
rows = {
    "anything": st.tuples(anything, anything),
    "positive": st.tuples(st.floats(0, 1e300), st.floats(0, 1e300)),
    "rates": st.tuples(places, st.floats(0, 1)),
    "three rates": st.tuples(places, st.sampled_from([0.0, 1e-4, 1e-3])),
    "3 digits": st.tuples(st.integers(0, 2000), digits),
}


@pytest.mark.parametrize("kind", rows)
def test_any_rows_are_a_schedule_or_one_clear_error(kind):
    @settings(max_examples=40, derandomize=True, deadline=None, database=None)
    @given(st.lists(rows[kind], max_size=12))
    def told(log):
        told_or_refused(of([step for step, _ in log], [rate for _, rate in log]))

    told()


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(st.lists(digits, min_size=3, max_size=12), st.integers(0, 1000), st.sampled_from([1, 7, 0.5]))
def test_any_rates_in_order_are_never_refused(rates, begin, gap):
    trace = of([begin + gap * k for k in range(len(rates))], rates)
    assert told_or_refused(trace) is None


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(st.lists(st.sampled_from([1.0, 0.5, 0.25]), min_size=3, max_size=20))
def test_the_residual_is_the_one_there_is(rates):
    trace = of(range(len(rates)), rates)
    found = identify(trace)
    if not any(odd.kind == "restarted on resume" for odd in found.suspicions):  # from there it counts anew
        assert found.residual == pytest.approx(differs(found, trace), abs=1e-12)
    assert found.residual <= 1.5 * found.rounding or not found.fits


@pytest.mark.parametrize("rate", [3e-4, 1.0, 1e-12, 0.1 + 0.2, 123456.0])
@pytest.mark.parametrize("begin", [0, 1, 50_000])
def test_a_rate_that_never_changes(rate, begin):
    trace = logged(lambda step: rate, range(begin, begin + 1000, 10))
    found = is_sound(identify(trace), trace)
    assert [(part.kind, part.points) for part in found.parts] == [("hold", 100)]
    assert found.schedule(begin + 500) == pytest.approx(rate, rel=1e-9)
    assert (found.fits, found.suspicions) == (True, ())


def test_all_zero():
    trace = logged(lambda step: 0.0, EVERY)
    found = is_sound(identify(trace), trace)
    assert (str(found.schedule), found.fits, found.residual) == ("0", True, 0.0)


def test_a_random_walk_is_not_explained():
    """A hundred rates in full: whatever is told of them must own how far off it is, and in seconds."""
    walk = 1e-3 + 1e-5 * np.cumsum(np.random.default_rng(0).normal(size=100))
    trace, start = of(range(100), walk), time.perf_counter()
    found = is_sound(identify(trace), trace)
    assert time.perf_counter() - start < 20
    assert found.residual == pytest.approx(differs(found, trace))
    assert not found.fits
    assert found.residual > found.rounding


@pytest.mark.parametrize("seed", range(3))
def test_noise_of_3_digits_is_sound(seed):
    draw = np.random.default_rng(seed).uniform(size=60)
    trace = of(range(60), [float(f"{rate:.3g}") for rate in draw])
    found = is_sound(identify(trace), trace)
    assert found.residual == pytest.approx(differs(found, trace))


def test_noise_upon_a_schedule_is_owned():
    """A percent of noise, in full digits, leaves a residual."""
    noise = np.random.default_rng(0).normal(size=80)
    trace = logged(lambda step: COSINE(step) + 3e-6 * noise[step // 125], range(0, 10_000, 125))
    found = is_sound(identify(trace), trace)
    assert found.residual == pytest.approx(differs(found, trace))
    assert found.residual <= 1.5 * found.rounding or not found.fits


def test_200_000_rows():
    told = warmup_then("cosine", steps=200_000)
    trace, start = logged(told, range(200_000), rounding=ROUNDINGS["4 digits"]), time.perf_counter()
    found = is_sound(identify(trace), trace)
    assert time.perf_counter() - start < 20
    phases_are(found, told)
    intervals_hold(found, told)
    assert sum(part.points for part in found.parts) == 200_000
    assert found.fits


@pytest.mark.parametrize("rounding", ["full", "4 digits"])
def test_steps_in_epochs(rounding):
    """A thousand updates an epoch, logged 20 times in each."""
    told = warmup_then("cosine", warmup=0.5, steps=10.0)
    trace = logged(told, [k / 1000 for k in EVERY], rounding=ROUNDINGS[rounding])
    found = is_sound(identify(trace), trace)
    phases_are(found, told)
    intervals_hold(found, told)
    assert found.fits


@pytest.mark.parametrize("scale", [10**6, 10**8, 10**10])
def test_steps_in_tokens(scale):
    told = [
        (kind, start * scale, stop * scale, first, last)
        for kind, start, stop, first, last in warmup_then("cosine")
    ]
    trace = logged(told, [step * scale for step in EVERY], rounding=ROUNDINGS["4 digits"])
    found = is_sound(identify(trace), trace)
    phases_are(found, told)
    assert found.fits


def test_a_restart_in_billions_of_tokens():
    """A row each 5 billion: not every place between two rows can be looked at."""
    steps = np.arange(0, 10_000, 50)
    rates = [COSINE(t if t < 4000 else t - 4000) for t in steps]
    trace = of(1e8 * steps, rates, counts="tokens")
    found = is_sound(identify(trace), trace)
    assert [odd.kind for odd in found.suspicions] == ["restarted on resume"]
    assert found.suspicions[0].at == pytest.approx(4000e8, abs=50e8)
    phases_are(found, [("linear", 0, 500e8, 0.0, 3e-4), ("cosine", 500e8, 10_000e8, 3e-4, 3e-5)])


def test_steps_that_are_too_many_are_one_clear_error():
    with pytest.raises(
        ScheduleError, match=r"^run\.log: steps must be numbers from 0 to 1e\+15; got '9\.95e\+303'"
    ):
        identify(logged(lambda step: COSINE(step / 1e300), [step * 1e300 for step in EVERY]))


@pytest.mark.parametrize("rounding", ["full", "4 digits"])
def test_of_steps_written_twice_the_last_counts(rounding):
    """The first of each two rows has five times the rate."""
    wrong = iter([5.0, 1.0] * 200)
    trace = logged(
        lambda step: next(wrong) * COSINE(step),
        [step for step in EVERY for _ in "ab"],
        rounding=ROUNDINGS[rounding],
    )
    found = identify(trace)
    assert str(found.schedule) == SPELLED
    assert found.fits


@pytest.mark.parametrize("rounding", ["full", "4 digits"])
def test_a_cosine_that_the_log_joins_late(rounding):
    """From the middle of its fall on: its end, and the rates that there are, are right all the same."""
    rate = phases(*warmup_then("cosine", steps=100_000))
    trace = logged(rate, range(50_000, 100_000, 500), rounding=ROUNDINGS[rounding])
    found = is_sound(identify(trace), trace)
    assert [part.kind for part in found.parts] == ["cosine"]
    assert found.parts[0].stop == pytest.approx(100_000, rel=0.01)
    assert found.fits
    for step in (50_000, 77_777, 99_900):
        assert found.schedule(step + found.offset) == pytest.approx(rate(step), abs=1e-3 * 3e-4)


@pytest.mark.parametrize("rounding", ["full", "4 digits"])
def test_a_log_that_ends_within_its_warmup(rounding):
    trace = logged(lambda step: 3e-6 * step, range(100), rounding=ROUNDINGS[rounding])
    found = is_sound(identify(trace), trace)
    assert [part.kind for part in found.parts] == ["linear"]
    assert found.schedule(50) == pytest.approx(1.5e-4)
    assert found.fits


def test_a_line_that_comes_from_below_zero_is_refused():
    with pytest.raises(ScheduleError, match=r"^run\.log: learning rates must be >= 0, .* got '-0\.001'"):
        identify(logged(lambda step: 1e-3 * (step - 1), range(100)))


@pytest.mark.parametrize("rounding", ["full", "4 digits"])
def test_a_line_that_the_log_joins_late(rounding):
    """From step 50,000 on: where it began cannot be told, but that it is one line, and where it goes."""
    rate = phases(*warmup_then("linear", steps=100_000, end=0.0))
    trace = logged(rate, range(50_000, 100_000, 100), rounding=ROUNDINGS[rounding])
    found = is_sound(identify(trace), trace)
    assert [part.kind for part in found.parts] == ["linear"]
    assert found.parts[0].stop == pytest.approx(100_000, rel=0.01)
    assert found.fits
    for step in (50_000, 77_777, 99_900):
        assert found.schedule(step + found.offset) == pytest.approx(rate(step), abs=1e-3 * 3e-4)


def test_rates_that_are_missing_here_and_there():
    """A row with a loss alone has no rate."""
    trace = logged(COSINE, EVERY)
    rates = np.where(np.arange(200) % 3 == 1, np.nan, trace.rates)
    found = identify(of(trace.steps, rates))
    assert str(found.schedule) == SPELLED
    assert sum(part.points for part in found.parts) == 133


@pytest.mark.parametrize("rows", [3, 4, 5])
def test_very_few_rows(rows):
    trace = logged(COSINE, range(1000, 1000 + 500 * rows, 500), rounding=ROUNDINGS["3 digits"])
    found = is_sound(identify(trace), trace)
    assert found.residual == pytest.approx(differs(found, trace))


# What is no schedule


def test_noise_is_no_schedule_and_nothing_is_odd_about_it():
    """Of rounded noise, a piece for every few rows comes near; that is none."""
    draw = np.random.default_rng(3).uniform(size=60)
    found = identify(of(range(60), [float(f"{rate:.3g}") for rate in draw]))
    assert (found.fits, found.suspicions) == (False, ())


def test_many_steps_with_rows_enough_are_a_schedule():
    edges = [0, 90, 170, 300, 410, 480, 600, 750, 830, 900, 1000, 1090, 1200, 1320, 1390, 1500, 2000]
    rates = [0.1 * (1 + 7 * k % 20 / 20) for k in range(16)]
    found = identify(logged(steps(edges, rates), range(0, 2000, 10)))
    assert len(found.parts) == 16
    assert found.fits


# What comes before the first row


@pytest.mark.parametrize(("formula", "call"), [
    (warmup_then("cosine"), "twin:transformers.cosine_with_min_lr(0.0003, 500, 10000, min_lr=3e-05)"),
    (warmup_then("linear", end=0.0), "twin:transformers.linear(0.0003, 500, 10000)"),
])  # fmt: skip
def test_a_warmup_before_the_first_row_is_taken_to_begin_at_0(formula, call):
    """That is what libraries do where they are asked for one; no row of the log says otherwise."""
    found = identify(logged(formula, range(500, 10_000, 50)))
    assert call in [peer.call for peer in found.peers]


def test_a_plain_line_is_the_plain_call_of_torch():
    found = identify(logged([("linear", 0, 1000, 0.1, 0.01)], range(0, 1000, 10)))
    calls = [peer.call for peer in found.peers if peer.call.startswith("twin:torch.")]
    assert calls[0].startswith("twin:torch.LinearLR(")
