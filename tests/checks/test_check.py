"""What holds for every schedule in every run: nothing is raised, what mends does, and what is wrong is said once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stepsize as ss
from stepsize import checks
from stepsize.checks.finding import SEVERITIES
from stepsize.errors import ScheduleError, ScheduleTypeError
from stepsize.training import Training
from tests import strategies
from tests.checks.rules import FIRES

OPTIMIZERS = st.sampled_from(["adamw", "sgd", "muon", "lion", "adafactor", "something"])
SHARES = st.sampled_from([0.0, 0.9, 0.95, 0.98, 0.999, 0.99999])


@st.composite
def trainings(draw):
    """What may be known of a run, each or not."""
    told = {}
    length = draw(st.sampled_from(["steps", "epochs", "tokens", "nothing"]))
    if length != "nothing":
        told[length] = draw(st.integers(1, 3000))
    if length == "epochs" or draw(st.booleans()):
        told["steps_per_epoch"] = draw(st.integers(1, 100))
    if draw(st.booleans()):
        told["tokens_per_step"] = draw(st.integers(1, 100))
    for name, values in {
        "accumulation": st.integers(1, 8),
        "world_size": st.integers(1, 8),
        "optimizer": OPTIMIZERS,
        "beta2": SHARES,
        "weight_decay": st.floats(0, 1e6),
        "parameters": st.floats(1, 1e15),
        "groups": st.lists(st.floats(0, 1), max_size=3).map(tuple),
        "precision": st.sampled_from(["float32", "bfloat16", "float16"]),
        "batch_changes": st.booleans(),
    }.items():
        if draw(st.booleans()):
            told[name] = draw(values)
    return Training.of(**told)


schedules = st.one_of(
    strategies.trees(),
    st.builds(
        lambda s, clock: s.on(clock),
        strategies.trees(2),
        st.sampled_from(["tokens", "samples", "seconds", "progress"]),
    ),
    st.builds(lambda s, c: s * c, strategies.trees(2), st.sampled_from([-1.0, 1e-300, 1e300])),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schedules, trainings())
def test_any_schedule_in_any_run_is_checked_and_what_mends_does(s, training):
    found = checks.check(s, training)
    checks.not_asked(s, training)
    loud = {one.code for one in found if one.severity != "note"}
    for one in found:
        assert one.code in checks.RULES
        assert one.what.endswith(".")
        if one.spelling is not None:
            again = checks.check(ss.parse(one.spelling), training)
            assert one.code not in {other.code for other in again}
            assert {other.code for other in again if other.severity != "note"} <= loud


def test_findings_come_errors_first_and_then_by_position():
    s = ss.parse("0 -> 3e-4 in 20; -> 0.9 cosine in 100; -> -0.1 in 100; 0 for 5")
    found = checks.check(s, Training.of(steps=400, optimizer="adamw", weight_decay=0.1, accumulation=8))
    ranks = [-SEVERITIES.index(one.severity) for one in found]
    assert ranks == sorted(ranks)
    for severity in SEVERITIES:
        places = [one.at for one in found if one.severity == severity and one.at is not None]
        assert places == sorted(places)
    assert len({one.severity for one in found}) == 3


def test_a_finding_is_plain_json_and_says_where_it_is():
    [found] = checks.check(ss.parse("1e-3 -> -1e-4 in 100"))
    said = found.to_dict()
    assert list(said) == ["code", "severity", "what", "at", "rate", "why", "source", "remedy", "spelling"]
    assert said["rate"] == pytest.approx(1e-3 - 99 * 1.1e-5)
    assert str(found) == "error negative: The rate is below 0, down to -8.9e-5."
    assert eval(repr(found), {"Finding": checks.Finding}) == found


def test_ignored_rules_are_not_asked():
    s = ss.parse("0 -> 1e-3 in 10; -> 0 cosine in 90")
    assert [one.code for one in checks.check(s)] == ["first-zero"]
    assert checks.check(s, ignore=["first-zero"]) == ()
    assert checks.check(s, ignore="first-zero") == ()
    with pytest.raises(
        ScheduleError, match=r"ignore: must name a rule; got 'first-zeroes'. Did you mean \"first-zeros\"\?"
    ):
        checks.check(s, ignore=["first-zeroes"])


def test_what_is_not_told_is_not_asked_and_named():
    s = ss.warmup_cosine(3e-4, 100, warmup=10, end=1e-5)
    everything = (
        "beta2",
        "steps_per_epoch",
        "accumulation",
        "world_size",
        "parameters",
        "groups",
        "weight_decay",
        "precision",
    )
    assert checks.not_asked(s) == ("optimizer", "run", *everything)
    assert checks.not_asked(s, Training.of(steps=100, optimizer="adamw")) == everything
    told = Training.of(epochs=1, steps_per_epoch=100, accumulation=1, world_size=1, optimizer="adamw", beta2=0.95,
                       parameters=1e8, groups=(3e-4,), weight_decay=0.1, precision="float32")  # fmt: skip
    assert checks.not_asked(s, told) == ()
    assert checks.not_asked(s, told, ignore=["warmup-short"]) == ()
    assert "groups" not in checks.not_asked(s, ignore=["group-below-end"])


def test_a_clock_that_no_horizon_counts_is_no_obstacle():
    s = ss.parse("0 -> 1e-3 in 100; -> 0 cosine in 900 on seconds")
    assert [one.code for one in checks.check(s, Training.of(steps=10, optimizer="adamw"))] == ["first-zero"]


def test_tokens_are_converted_where_the_run_says_what_an_update_takes():
    s = ss.parse("1e-6 -> 3e-4 in 40k; -> 0 cosine in 960k on tokens")
    run = Training.of(tokens="1M", tokens_per_step=1000, optimizer="adamw")
    [found] = checks.check(s, run)
    assert (found.code, found.at) == ("warmup-short", 40_000)
    assert found.what == "The warmup takes 40,000 tokens, which are 40 updates; 5% of the run are 50."
    assert found.spelling == "1e-6 -> 3e-4 in 50000; -> 0 cosine in 950000 on tokens"
    assert checks.check(s, Training.of(tokens="1M", optimizer="adamw")) == ()


def test_shares_of_the_progress_are_converted_too():
    s = ss.parse("1e-6 -> 3e-4 in 0.3; -> 0 cosine in 0.7 on progress")
    [found] = checks.check(s, Training.of(steps=1000))
    assert found.what == "The warmup takes 30% of the run."


@pytest.mark.parametrize(("s", "training", "error"), [
    ("0 -> 1 in 5", None, "check: takes a schedule; got '0 -> 1 in 5'."),
    (ss.hold(1.0), {"steps": 5}, r"check.training: must be a Training; got {'steps': 5}. Write Training.of\(...\)."),
])  # fmt: skip
def test_what_is_no_schedule_or_no_training(s, training, error):
    with pytest.raises(ScheduleTypeError, match=error):
        checks.check(s, training)


def test_a_schedule_that_mends_is_offered_only_if_it_does(monkeypatch):
    """A fault in what mends: the warmup is lengthened by less than was asked for."""
    row = next(row for row in FIRES if row.code == "warmup-short")
    training = Training.of(**row.told)
    [found] = checks.check(ss.parse(row.schedule), training)
    assert found.spelling == row.spelling
    monkeypatch.setattr(checks.warmup.mend, "warmed", lambda s, steps: ss.parse(row.schedule))
    [found] = checks.check(ss.parse(row.schedule), training)
    assert found.spelling is None
