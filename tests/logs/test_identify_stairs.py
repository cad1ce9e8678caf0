"""A scheduler that was stepped once an epoch, in a log that has many rows of each: a staircase with equal treads."""

import math

import pytest

import stepsize as ss
from stepsize.logs import identify
from tests.logs.formulas import ROUNDINGS, logged, phases, warmup_then

EPOCHS, EACH = 90, 390


def once_an_epoch(curve, each=EACH):
    """The rate of update t: that of its epoch, counted from 0."""
    return lambda t: curve(t // each)


def cosine(epoch):
    return 0.05 * (1 + math.cos(math.pi * epoch / EPOCHS))


@pytest.mark.parametrize("rounding", ["full", "4 digits", "float32"])
@pytest.mark.parametrize("gap", [1, 10, 50])
def test_a_cosine_of_epochs(gap, rounding):
    steps = range(0, EPOCHS * EACH, gap)
    found = identify(logged(once_an_epoch(cosine), steps, rounding=ROUNDINGS[rounding]))
    assert str(found.schedule) == "cosine(0.1, 0.0, 35100).staircase(every=390)"
    assert (found.each, found.offset, found.fits) == (EACH, 0, True)
    assert [part.points for part in found.parts] == [len(steps)]
    assert found.suspicions == ()
    for peer in found.peers:  # they count epochs
        assert ss.parse(peer.call)(45) == pytest.approx(cosine(45), rel=1e-6)
    assert any("CosineAnnealingLR(0.1, 90" in peer.call for peer in found.peers)


def test_rows_that_count_from_1():
    found = identify(logged(once_an_epoch(cosine), range(1, EPOCHS * EACH + 1), offset=-1))
    assert str(found.schedule) == "cosine(0.1, 0.0, 35100).staircase(every=390)"
    assert found.offset == -1


def test_a_warmup_and_a_restart_in_epochs():
    """Resumed after 40 of 90 epochs with a scheduler that began anew."""
    whole = phases(*warmup_then("cosine", warmup=5, steps=90, peak=0.1, end=0.0))
    lives = once_an_epoch(lambda epoch: whole(epoch if epoch < 40 else epoch - 40))
    found = identify(logged(lives, range(0, EPOCHS * EACH, 30)))
    assert [(one.kind, one.at) for one in found.suspicions] == [("restarted on resume", 40 * EACH)]
    assert [(part.kind, part.start, part.stop) for part in found.parts] == [
        ("linear", 0, 5 * EACH),
        ("cosine", 5 * EACH, 90 * EACH),
    ]


def test_a_schedule_in_epochs_that_was_stepped_twice():
    short = once_an_epoch(lambda epoch: cosine(min(2 * epoch, EPOCHS)))
    found = identify(logged(short, range(0, EPOCHS * EACH, 30), rounding=ROUNDINGS["4 digits"]))
    assert [one.kind for one in found.suspicions] == ["stepped twice"]


@pytest.mark.parametrize("digits", [3, 4])
def test_a_line_that_is_rounded_to_equal_treads_is_none(digits):
    """3e-4 to 0 in 9,000 updates: with three digits the rate changes every 30 updates, for a while."""
    line = phases(("linear", 0, 9000, 3e-4, 0.0))
    found = identify(logged(line, range(9000), rounding=ROUNDINGS[f"{digits} digits"]))
    assert str(found.schedule) == "3e-4 -> 0 in 9000"
    assert found.each == 1


def test_a_few_drops_are_a_staircase_of_holds():
    drops = once_an_epoch(lambda epoch: 0.1 * 0.1 ** (epoch // 30))
    found = identify(logged(drops, range(0, EPOCHS * EACH, 30)))
    assert found.each == 1
    assert [part.kind for part in found.parts] == ["hold"] * 3
