"""What is odd about a log, planted and named with its step; and honest logs of the same kinds, of which nothing is said."""

import pytest

from stepsize.logs import identify
from tests.logs.formulas import ROUNDINGS, logged, phases, restarts, row, steps, warmup_then

EVERY = range(0, 10_000, 50)
KINDS = ["linear", "cosine", "one_minus_sqrt", "power(2)", "geometric"]
FALLING = [kind for kind in KINDS if kind != "geometric"]  # of which one sees that they are not over
ROUNDED = ["full", "3 digits", "float32"]


def odd(found):
    return [(one.kind, one.at) for one in found.suspicions]


def said(found, kind):
    assert [one.kind for one in found.suspicions] == [kind]
    return found.suspicions[0].what


@pytest.mark.parametrize("rounding", ROUNDED)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_odd_about_an_honest_log(kind, rounding):
    for end in (3e-5, 0.0) if kind != "geometric" else (3e-5,):
        log = logged(warmup_then(kind, end=end), EVERY, rounding=ROUNDINGS[rounding])
        assert odd(identify(log)) == []


@pytest.mark.parametrize("times", [2, 4, 8])
@pytest.mark.parametrize("kind", KINDS)
def test_stepped_several_times_an_update(kind, times):
    once = phases(*warmup_then(kind))
    found = identify(logged(lambda t: once(times * t), EVERY, rounding=ROUNDINGS["4 digits"]))
    often = {2: "twice", 4: "4 times", 8: "8 times"}[times]
    what = said(found, "stepped twice")
    assert (
        what
        == f"The schedule is over at {10_000 // times:,} of 9,951 updates, 1/{times} of the run: it was stepped {often} an update."
    )
    assert found.suspicions[0].at == pytest.approx(10_000 // times, abs=2)


def test_stepped_twice_where_the_wave_rises_again():
    """As transformers' and torch's cosines do after their end."""
    wave = row("linear", "cosine", "cosine", edges=[0, 250, 5000, 9750], rates=[0.0, 3e-4, 0.0, 3e-4])
    found = identify(
        logged(
            [*wave, ("hold", 9750, 10_000, 3e-4, 3e-4)], range(0, 9750, 50), rounding=ROUNDINGS["4 digits"]
        )
    )
    what = "The rate falls until 5,000 of 9,701 updates and then rises again: the schedule was stepped twice an update."
    assert said(found, "stepped twice") == what
    assert found.suspicions[0].at == 5000


@pytest.mark.parametrize("rounding", ROUNDED)
@pytest.mark.parametrize("kind", KINDS)
def test_a_restart_is_named_with_its_step(kind, rounding):
    whole = phases(*warmup_then(kind))
    found = identify(
        logged(lambda t: whole(t if t < 4000 else t - 4000), EVERY, rounding=ROUNDINGS[rounding])
    )
    what = said(found, "restarted on resume")
    assert (
        what
        == "From step 4,000 on the schedule runs again from its first update: its position was not restored."
    )
    assert odd(found) == [("restarted on resume", 4000)]
    assert [part.kind for part in found.parts] == ["linear", kind]  # the schedule itself, once
    assert found.parts[0].stop == pytest.approx(500, abs=5)


def test_two_restarts_and_rows_that_were_written_again():
    """Resumed at 4,000, though 4,300 was logged; and again at 7,000."""
    whole = phases(*warmup_then("cosine"))
    log = [*range(0, 4300, 50), *range(4000, 7000, 50), *range(7000, 10_000, 50)]
    lives = [0] * 86 + [4000] * 60 + [7000] * 60
    life = iter(lives)
    found = identify(logged(lambda t: whole(t - next(life)), log))
    assert odd(found) == [("restarted on resume", 4000), ("restarted on resume", 7000)]


def test_a_resume_that_kept_its_position_is_no_restart():
    log = [*range(0, 4300, 50), *range(4000, 10_000, 50)]
    found = identify(logged(warmup_then("cosine"), log, rounding=ROUNDINGS["4 digits"]))
    assert odd(found) == []
    assert str(found.schedule) == "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"


@pytest.mark.parametrize("rounding", ROUNDED)
@pytest.mark.parametrize("kind", FALLING)
def test_a_horizon_that_is_too_long(kind, rounding):
    """The log ends at 40% of the schedule."""
    found = identify(logged(warmup_then(kind, end=0.0), range(0, 4000, 20), rounding=ROUNDINGS[rounding]))
    assert [(one.kind, round(one.at, -2)) for one in found.suspicions] == [("horizon too long", 4000)]
    what = found.suspicions[0].what
    assert what.endswith("too long a horizon, or a run cut short.")
    if kind in ("cosine", "power(2)"):
        assert what.startswith("The log stops at 40% of the schedule, which ends at ")
    else:
        share = {"linear": 63, "one_minus_sqrt": 39}[kind]
        assert what.startswith(f"The log stops at {share}% of the peak; the decay would come to 0 at ")


@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_logged_one_late(kind):
    """Written after scheduler.step(): row n has the rate of update n + 1."""
    late = logged(warmup_then(kind, end=0.0), range(0, 9999), offset=1)
    found = identify(late)
    assert odd(found) == [("logged one late", None)]
    assert found.offset == 1
    what = said(found, "logged one late")
    assert what.startswith(
        "Step n of the log has the rate of update n + 1: it was written after scheduler.step()"
    )


@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_rows_that_count_from_one_are_no_suspicion(kind):
    """The n-th row is of the n-th update, counted from 1: it has the rate of update n - 1."""
    log = logged(warmup_then(kind, end=0.0), range(1, 10_001), offset=-1, format="trainer")
    found = identify(log)
    assert (found.offset, odd(found)) == (-1, [])


HONEST = {
    "restarts of a cosine": (restarts([0, 1000, 2000, 3000, 4000], 1e-3, 1e-5), range(0, 4000, 10)),
    "restarts that grow": (restarts([0, 1000, 3000, 7000], 1e-3, 0.0), range(0, 7000, 10)),
    "triangles": (row(*["linear"] * 6, edges=[*range(0, 700, 100)], rates=[*[1e-3, 6e-3] * 3, 1e-3]), range(0, 600, 2)),
    "steps": (steps([0, 300, 600, 900], [0.1, 0.01, 0.001]), range(0, 900)),
    "a rate that is held": ([("hold", 0, 1000, 3e-4, 3e-4)], range(0, 1000, 10)),
    "a short hold at the end": (row("linear", "cosine", "hold", edges=[0, 500, 9000, 10_000], rates=[0.0, 3e-4, 3e-5, 3e-5]), EVERY),
    "one cycle": (row("cosine", "cosine", edges=[0, 300, 1000], rates=[4e-5, 1e-3, 4e-9]), range(0, 1000, 5)),
    "wsd": (row("linear", "hold", "one_minus_sqrt", edges=[0, 500, 8000, 10_000], rates=[0.0, 1e-3, 1e-3, 0.0]), EVERY),
}  # fmt: skip


@pytest.mark.parametrize("rounding", ["full", "4 digits"])
@pytest.mark.parametrize("name", HONEST)
def test_what_is_meant_to_go_up_and_down_is_not_odd(name, rounding):
    told, log = HONEST[name]
    assert odd(identify(logged(told, log, rounding=ROUNDINGS[rounding]))) == []


def test_a_restart_and_a_horizon_may_both_be_named():
    """Resumed from its first update at 4,000 of 8,000, so that a horizon of 8,000 is half unused."""
    whole = phases(*warmup_then("cosine", steps=8000, end=0.0))
    found = identify(logged(lambda t: whole(t if t < 4000 else t - 4000), range(0, 8000, 25)))
    assert ("restarted on resume", 4000) in odd(found)
    assert {kind for kind, _ in odd(found)} <= {"restarted on resume", "horizon too long"}
