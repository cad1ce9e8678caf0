"""What a log leaves out or writes short: curves seen from their middle, two digits, waves that turn, resumes in cycles."""

import numpy as np
import pytest

from stepsize.logs import identify
from stepsize.records import Trace
from tests.logs.expected import phases_are
from tests.logs.formulas import decimals, logged, phases, restarts, row, significant, warmup_then

ONE_CYCLE = row("cosine", "cosine", edges=[0, 700, 2250], rates=[2.4e-6, 6e-5, 2.4e-10])


@pytest.mark.parametrize("rounding", [significant(2), decimals(5)], ids=["2 digits", "5 decimals"])
@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_two_digits_are_enough(kind, rounding):
    told = warmup_then(kind, end=0.0)
    phases_are(identify(logged(told, range(0, 10_000, 50), rounding=rounding)), told, near=0.05)


@pytest.mark.parametrize("digits", [5, 6])
def test_a_wave_whose_beginning_was_not_logged(digits):
    log = logged(ONE_CYCLE, range(180, 2240, 20), rounding=significant(digits))
    phases_are(identify(log), ONE_CYCLE)


def test_a_wave_whose_beginning_lies_in_a_gap():
    told = restarts([0, 3000, 10_000, 24_000], 0.06, 0.0)
    seen = [*range(0, 9500, 50), *range(13_500, 24_000, 50)]
    phases_are(identify(logged(told, seen, rounding=decimals(6))), told)


@pytest.mark.parametrize("gap", [2, 20])
def test_a_wave_that_turns_shortly_before_the_end(gap):
    told = row(
        "linear", "cosine", "cosine", "cosine", edges=[0, 80, 4000, 7920, 11_840], rates=[0, 0.07, 0, 0.07, 0]
    )
    found = identify(logged(told, range(0, 8000, gap), rounding=significant(6)))
    assert [part.kind for part in found.parts][:3] == [
        "linear",
        "cosine",
        "cosine",
    ]  # the rest is too short to tell
    rising = found.parts[2]
    assert (rising.start, rising.stop, rising.last) == pytest.approx((4000, 7920, 0.07), rel=1e-3)
    assert [one.kind for one in found.suspicions] == ["stepped twice"]


def test_a_resume_in_the_middle_of_cycles_is_no_restart():
    """The run went back 40 updates and on; the next cycle begins three rows later."""
    cycles = restarts([0, 330, 660, 990, 1320], 0.015, 0.0)
    steps = [*range(0, 300, 20), *range(280, 1320, 20)]
    found = identify(logged(cycles, steps, rounding=decimals(6)))
    assert found.suspicions == ()
    assert len(found.parts) == 4


def test_a_triangle_with_rows_missing_at_its_foot_is_no_restart():
    edges = [0, 41, 82, 123, 164, 205, 246]
    told = row(*["linear"] * 6, edges=edges, rates=[1e-3, 0.1] * 3 + [1e-3])
    steps = [step for step in range(10, 240, 10) if step not in (100, 110, 170, 190)]
    assert "restarted on resume" not in [one.kind for one in identify(logged(told, steps)).suspicions]


def test_a_rise_that_begins_anew_is_a_restart_also_where_it_had_just_ended():
    rate = phases(*row("cosine", "cosine", edges=[0, 999, 4000], rates=[8e-4, 0.02, 8e-8]))
    log = logged(lambda t: rate(t if t < 986 else t - 986), range(0, 3990, 10), rounding=significant(6))
    assert [one.kind for one in identify(log).suspicions][:1] == ["restarted on resume"]


def test_an_inverse_root_of_which_no_warmup_was_logged_begins_at_a_rate_that_can_be():
    log = logged(lambda t: 0.0025 * (17 / t) ** 0.5, range(19, 569, 20), rounding=significant(3))
    found = identify(log)
    assert [part.kind for part in found.parts] == ["inverse_sqrt"]
    assert float(found.schedule(100)) == pytest.approx(0.0025 * (17 / 100) ** 0.5, rel=0.01)
    assert 0 < found.parts[0].first < 1.0


def test_a_curve_that_no_family_has_is_no_internal_error():
    k = np.arange(0, 8001, 50)
    rates = 1e-3 * np.minimum(1, k / 300) * (0.6 + 0.4 * np.sin(k / 400)) * np.exp(-k / 5000)
    log = Trace("run.log", k.astype(float), [float(f"{rate:.6e}") for rate in rates], np.full(len(k), np.nan))
    identify(log)
