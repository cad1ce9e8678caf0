"""Planned against logged: every way to leave a plan is planted in a formula, and named with its step, share and numbers."""

import json
import math

import numpy as np
import pytest

import stepsize as ss
from stepsize.errors import ScheduleError, ScheduleTypeError
from stepsize.logs import audit
from stepsize.records import Trace
from tests.logs.formulas import ROUNDINGS, logged, phases, significant, warmup_then

PLANS = {
    "linear": "0 -> 3e-4 in 500; -> 3e-5 in 9500",
    "cosine": "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500",
    "one_minus_sqrt": "0 -> 3e-4 in 500; -> 3e-5 one_minus_sqrt in 9500",
}
RATES = {kind: phases(*warmup_then(kind)) for kind in PLANS}
FROM_0, FROM_1 = range(0, 10_000, 50), range(50, 10_001, 50)
NONE_OF_THEM = "The rates are not those of this schedule, nor of one that was shifted, stretched or scaled."

every_plan = pytest.mark.parametrize("kind", PLANS)
some_of_both = pytest.mark.parametrize(
    ("kind", "rounding"),
    [("cosine", "full"), ("cosine", "3 digits"), ("linear", "3 digits"), ("one_minus_sqrt", "float32")],
)
every_rounding = pytest.mark.parametrize("rounding", ["full", "3 digits", "float32"])


def held(rate, kind="cosine", steps=FROM_0, rounding="full", **log):
    """A log of these rates against the plan of a kind."""
    return audit(logged(rate, steps, rounding=ROUNDINGS[rounding], **log), ss.parse(PLANS[kind]))


def from_row(step, steps=FROM_0):
    """The share of the run that the row of a step and all after it stand for: they own it from half a gap before."""
    return (steps[-1] - step + 25) / (steps[-1] - steps[0])


# As planned


@every_plan
@every_rounding
@pytest.mark.parametrize(("steps", "offset"), [(FROM_0, 0), (FROM_1, -1)])
def test_an_honest_log_is_as_planned(kind, rounding, steps, offset):
    told = held(RATES[kind], kind, steps, rounding, offset=offset)
    assert told.as_planned
    assert told.to_dict() == {
        "kind": "as planned", "what": "All 200 rates are as planned.", "departure": None, "planned": None,
        "logged": None, "share": 0.0, "offset": offset, "amount": None, "notes": [],
    }  # fmt: skip


def test_rows_that_were_written_again_are_as_planned_too():
    told = held(RATES["cosine"], steps=[*range(0, 4300, 50), *range(4000, 10_000, 50)])
    assert (told.kind, told.what) == ("as planned", "All 200 rates are as planned.")


def test_what_was_given_up_at_a_resume_is_not_held_against_the_plan():
    """The rates of 4,000 to 4,250 were wrong, and made again rightly."""
    rate, life = RATES["cosine"], iter([1.0] * 80 + [9.0] * 6 + [1.0] * 120)
    told = held(lambda t: next(life) * rate(t), steps=[*range(0, 4300, 50), *range(4000, 10_000, 50)])
    assert told.kind == "as planned"


@pytest.mark.parametrize(("drift", "kind"), [(1e-10, "as planned"), (1e-8, "scaled")])
def test_what_64_bits_drift_is_no_departure(drift, kind):
    assert held(lambda t: RATES["cosine"](t) * (1 + drift)).kind == kind


@pytest.mark.parametrize("units", [0, 2, -2, 5])
def test_a_row_departs_where_its_last_digit_cannot_be_rounding(units):
    """2.72e-4 at step 1,500: two units more are 2.74e-4, and more than half a unit off, and than one and a half."""
    rate, three = RATES["linear"], significant(3)
    told = held(lambda t: three(rate(t)) + units * 1e-6 * (t == 1500), "linear", rounding="3 digits")
    assert told.kind == ("another schedule" if units else "as planned")  # one row is no other horizon
    assert (told.departure, told.share) == ((None, 0.0) if not units else (1500, pytest.approx(50 / 9950)))


# Departures


@some_of_both
@pytest.mark.parametrize("lag", [1, 2, 5, -1, -2, -5])
def test_a_lag(kind, rounding, lag):
    """The first row shows a rate ahead; behind the plan it is 0 as it should be, and the next one departs."""
    told = held(lambda t: RATES[kind](max(t + lag, 0)), kind, rounding=rounding)
    many = "1 update" if abs(lag) == 1 else f"{abs(lag)} updates"
    side = "ahead of" if lag > 0 else "behind"
    assert (told.kind, told.amount) == ("lag", lag)
    assert told.what == f"The rates run {many} {side} the plan."
    assert (told.departure, told.offset) == (0 if lag > 0 else 50, 0)
    if (
        rounding != "3 digits"
    ):  # of which many rows are the same, an update later; of float32, those of a flat end
        assert told.share == pytest.approx(
            1.0 if lag > 0 else from_row(50), abs=0 if rounding == "full" else 0.01
        )


@pytest.mark.parametrize("lag", [-1, -2, -4])
def test_a_lag_of_rows_that_count_from_1(lag):
    told = held(
        lambda t: RATES["cosine"](max(t + lag, 0)), steps=range(1, 600), rounding="3 digits", offset=-1
    )
    assert told.kind == "lag"
    assert told.offset + told.amount == lag - 1  # step n has the rate of update n - 1 + lag, by both together


@some_of_both
@pytest.mark.parametrize("times", [2, 3, 4, 8, 16])
def test_stepped_several_times_an_update(kind, rounding, times):
    told = held(lambda t: RATES[kind](times * t), kind, rounding=rounding)
    assert (told.kind, told.amount, told.departure) == ("doubled", times, 50)
    assert told.what == f"The schedule was stepped {times} times an update."
    assert told.share == pytest.approx(
        from_row(50), abs=0.02
    )  # it may meet the plan in a row where they cross
    assert told.planned == pytest.approx(3e-5)
    assert told.logged == pytest.approx(RATES[kind](50 * times), rel=0.01)


@some_of_both
@pytest.mark.parametrize("every", [2, 3, 4, 8, 16])
def test_stepped_once_in_several_updates(kind, rounding, every):
    told = held(lambda t: RATES[kind](t / every), kind, rounding=rounding)
    assert (told.kind, told.amount, told.departure) == ("doubled", 1 / every, 50)
    assert told.what == f"The schedule was stepped once in {every} updates."


FAULTS = {
    "doubled": (lambda rate, t: rate(2 * t), 2),
    "halved": (lambda rate, t: rate(t / 2), 0.5),
    "scaled": (lambda rate, t: 0.5 * rate(t), 0.5),
    "other horizon": (lambda rate, t: rate(t / 1.5), 1.5),
    "lag": (lambda rate, t: rate(max(t - 3, 0)), -3),
}


@every_plan
@pytest.mark.parametrize("rounding", ["full", "3 digits"])
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_in_a_trainers_log(kind, rounding, fault):
    """Its step n is the n-th update."""
    wrong, amount = FAULTS[fault]
    told = held(lambda t: wrong(RATES[kind], t), kind, FROM_1, rounding, offset=-1, format="trainer")
    assert (told.kind, told.offset) == ("doubled" if fault == "halved" else fault, -1)
    assert told.amount == pytest.approx(amount, rel=0.01)


@some_of_both
@pytest.mark.parametrize(("factor", "spoken"), [(0.5, "0.5"), (8.0, "8"), (0.1, "0.1"), (1.25, "1.25")])
def test_scaled(kind, rounding, factor, spoken):
    told = held(lambda t: factor * RATES[kind](t), kind, rounding=rounding)
    assert (told.kind, told.departure) == ("scaled", 50)
    assert told.amount == pytest.approx(factor, rel=1e-9)
    assert told.what == f"The rates are {spoken} of the planned ones."
    assert told.share == pytest.approx(from_row(50))
    assert (told.planned, told.logged) == (pytest.approx(3e-5), pytest.approx(factor * 3e-5))


@some_of_both
@pytest.mark.parametrize("place", [4000, 4020, 9000])
@pytest.mark.parametrize(("steps", "offset"), [(FROM_0, 0), (FROM_1, -1)])
def test_reset_at_resume(kind, rounding, place, steps, offset):
    """From row n0 on the rate is that of update n - n0, less one where rows count from 1."""
    rate = RATES[kind]
    told = held(lambda t: rate(t if t < place else t - place), kind, steps, rounding, offset=offset)
    first = next(n for n in steps if n + offset >= place)
    assert (told.kind, told.departure, told.offset) == ("reset at resume", first, offset)
    assert told.share == pytest.approx(from_row(first, steps))
    assert told.logged == pytest.approx(rate(first + offset - place), rel=0.01)
    assert told.planned == pytest.approx(rate(first + offset))
    assert told.amount == place
    assert told.what == f"From step {place:,} on the schedule ran again from its first update."


def test_reset_where_the_log_goes_back():
    """Resumed at 4,000 although 4,250 was logged, and from update 0."""
    rate, life = RATES["cosine"], iter([0] * 86 + [4000] * 120)
    told = held(lambda t: rate(t - next(life)), steps=[*range(0, 4300, 50), *range(4000, 10_000, 50)])
    assert (told.kind, told.amount, told.departure) == ("reset at resume", 4000, 4000)


@every_plan
@pytest.mark.parametrize(("steps", "offset"), [(FROM_0, 0), (FROM_1, -1)])
@pytest.mark.parametrize("total", [7000, 20_000])
def test_another_horizon_after_the_same_warmup(kind, steps, offset, total):
    told = held(phases(*warmup_then(kind, steps=total)), kind, steps, offset=offset)
    first = next(n for n in steps if n + offset > 500)
    assert (told.kind, told.departure, told.offset) == ("other horizon", first, offset)
    assert told.amount == pytest.approx(total / 10_000, rel=1e-9)
    assert told.what == f"The horizon is another one: {total:,} updates, and 10,000 were planned."
    assert told.share == pytest.approx(from_row(first, steps))


@pytest.mark.parametrize("rounding", ["3 digits", "float32"])
@every_plan
@pytest.mark.parametrize("total", [7000, 20_000])
def test_another_horizon_from_rounded_rates(kind, rounding, total):
    told = held(phases(*warmup_then(kind, steps=total)), kind, rounding=rounding)
    assert told.kind == "other horizon"
    assert told.amount == pytest.approx(total / 10_000, rel=0.01)


@every_plan
def test_another_horizon_of_the_whole(kind):
    """Warmup and all: a run of which a third more was planned for than there is."""
    told = held(lambda t: RATES[kind](t / 1.5), kind)
    assert (told.kind, told.departure) == ("other horizon", 50)
    assert told.amount == pytest.approx(1.5, rel=1e-6)


@pytest.mark.parametrize("stop", [5250, 10_000])
def test_another_horizon_with_a_hold(stop):
    """Hold and cooldown take half as long as planned; then the last rate is held."""
    rate = phases(
        ("linear", 0, 500, 0.0, 3e-4), ("hold", 500, 4250, 3e-4, 3e-4), ("linear", 4250, 5250, 3e-4, 0.0)
    )
    told = audit(logged(rate, range(0, stop, 50)), ss.parse("0 -> 3e-4 in 500; hold for 7500; -> 0 in 2000"))
    assert (told.kind, told.departure) == ("other horizon", 4300)
    assert told.amount == pytest.approx(0.525, rel=1e-6)
    assert told.planned == 3e-4
    assert told.logged == pytest.approx(3e-4 * 0.95)


@every_rounding
@pytest.mark.parametrize(("steps", "offset"), [(FROM_0, 0), (FROM_1, -1)])
def test_another_schedule(rounding, steps, offset):
    """A line instead of a cosine: at step 550 it is a 210th lower, which 3 digits show."""
    told = held(RATES["linear"], "cosine", steps, rounding, offset=offset)
    first = next(n for n in steps if n + offset > 500)
    assert (told.kind, told.what, told.amount) == ("another schedule", NONE_OF_THEM, None)
    assert (told.departure, told.offset) == (first, offset)
    assert told.share == pytest.approx(from_row(first, steps), abs=0.03)  # they cross, half way
    assert told.planned == pytest.approx(RATES["cosine"](first + offset))
    assert told.logged == pytest.approx(RATES["linear"](first + offset), rel=0.01)


def test_a_dip_in_the_middle_covers_only_its_rows():
    rate = RATES["cosine"]
    told = held(lambda t: 0.0 if 5000 <= t < 5500 else rate(t))
    assert (told.kind, told.departure, told.logged) == ("another schedule", 5000, 0.0)
    assert told.planned == pytest.approx(rate(5000), rel=1e-12)
    assert told.share == pytest.approx(500 / 9950)  # ten rows


# Clocks and errors


def trace_of_tokens(rate):
    steps = np.arange(0, 10_000, 50.0)
    return Trace("run.log", steps, [rate(t) for t in steps], np.full(200, np.nan), counts="tokens")


def test_a_plan_on_tokens_against_a_log_of_tokens():
    plan = ss.parse("(0 -> 3e-4 in 500; -> 3e-5 in 9500) on tokens")
    assert audit(trace_of_tokens(RATES["linear"]), plan).as_planned
    told = audit(trace_of_tokens(lambda t: RATES["linear"](2 * t)), plan)
    assert (told.kind, told.amount) == ("doubled", 2)


def test_a_reset_in_billions_of_tokens():
    """A row each 5 billion: no place between two rows may be left out, and not all be looked at."""
    rate, steps = RATES["linear"], np.arange(0, 10_000, 50)
    rates = [rate(t if t < 4000 else t - 4000) for t in steps]
    trace = Trace("run.log", 1e8 * steps, rates, np.full(200, np.nan), counts="tokens")
    told = audit(trace, ss.parse("(0 -> 3e-4 in 500e8; -> 3e-5 in 9500e8) on tokens"))
    assert (told.kind, told.departure) == ("reset at resume", 4000 * 10**8)
    assert told.amount == pytest.approx(4000e8, abs=50e8)


def test_a_plan_on_tokens_cannot_be_held_against_updates():
    wanted = r"^audit\.schedule: a schedule on tokens cannot be held against a log that counts steps; got '3e-4 on tokens'\. Give it in updates\.$"
    with pytest.raises(ScheduleError, match=wanted):
        audit(logged(RATES["cosine"], FROM_0), ss.parse("3e-4 on tokens"))


def test_what_is_no_schedule():
    with pytest.raises(ScheduleTypeError, match=r"^audit\.schedule: must be a schedule; got '3e-4'\.$"):
        audit(logged(RATES["cosine"], FROM_0), "3e-4")


def test_a_log_that_is_too_short():
    with pytest.raises(
        ScheduleError, match=r"^run\.log: a schedule shows in 3 rows with a rate, at least; got 2\."
    ):
        audit(logged(RATES["cosine"], [0, 50]), ss.parse("3e-4"))


@pytest.mark.parametrize("rate", [RATES["cosine"], lambda t: RATES["cosine"](2 * t), RATES["linear"]])
def test_it_is_strict_json(rate):
    told = held(rate)
    again = json.loads(json.dumps(told.to_dict(), allow_nan=False))
    assert again == told.to_dict()
    assert set(again) == {
        "kind",
        "what",
        "departure",
        "planned",
        "logged",
        "share",
        "offset",
        "amount",
        "notes",
    }
    assert type(told.departure) in (int, type(None))
    assert math.isfinite(told.share)


# Epochs taken for updates, and updates taken for epochs


PER_EPOCH = phases(("linear", 0, 5, 0.0, 0.1), ("cosine", 5, 90, 0.1, 0.0))  # on epochs


def test_a_plan_in_epochs_that_was_stepped_once_an_update():
    """The cosine of 90 epochs is over after 90 updates."""
    trace = logged(lambda t: PER_EPOCH(min(t, 90)), range(0, 391 * 90, 100))
    told = audit(trace, ss.parse("0 -> 0.1 in 1955; -> 0 cosine in 33235; hold"), per_epoch=391)
    assert (told.kind, told.amount) == ("once an update", 391)
    assert told.what == "The schedule was stepped once an update, and it counts epochs."


@pytest.mark.parametrize("per_epoch", [None, 391])
@pytest.mark.parametrize("rounding", ["full", "3 digits"])
def test_a_plan_in_updates_that_was_stepped_once_an_epoch(per_epoch, rounding):
    """After 90 epochs it is at update 89 of 35,190; the treads of the log tell the epoch, where nobody says it."""
    trace = logged(lambda t: RATES["cosine"](t // 391), range(0, 391 * 90, 10), rounding=ROUNDINGS[rounding])
    told = audit(trace, ss.parse(PLANS["cosine"]), per_epoch)
    assert (told.kind, told.departure) == ("once an epoch", 10)
    assert told.amount == pytest.approx(391, rel=1e-9 if per_epoch else 0.03)


def test_a_plan_by_epochs_that_was_stepped_so_is_as_planned():
    plan = ss.parse("0 -> 0.1 in 5; -> 0 cosine in 85")
    trace = Trace(
        "run.log", range(90), [PER_EPOCH(k) for k in range(90)], np.full(90, np.nan), counts="epochs"
    )
    assert audit(trace.in_updates(1), plan).as_planned
