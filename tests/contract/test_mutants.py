"""Planted faults: each must be caught, and by the check that is meant for it."""

import math

import pytest

import stepsize as ss
from stepsize import shapes, testing
from stepsize.schedule import Chain, Hold, Ramp
from stepsize.schedule.repeat import Repeat

RAMP = ss.linear(0.0, 1.0, 4)
CHAIN = RAMP >> ss.cosine(1.0, 0.1, 8)
CYCLES = ss.cosine(1.0, 0.1, 4).repeat(3)


def rises_after_the_end(patch):
    patch.setattr(Ramp, "_final", property(lambda self: 1.5))
    return Ramp(0.0, 1.0, 4)


def holds_the_wrong_end(patch):
    patch.setattr(Chain, "_final", property(lambda self: self.joined[0]._final))
    return ss.linear(0.0, 1.0, 4) >> ss.cosine(1.0, 0.1, 8)


def gives_its_edge_to_the_earlier_phase(patch):
    patch.setattr("stepsize.schedule.value.bisect_right", __import__("bisect").bisect_left)
    return ss.hold(1.0, 4) >> ss.hold(0.5, 4)


def is_off_by_one_in_arrays(patch):
    from stepsize._numbers_numpy import NUMPY

    right = NUMPY.select
    patch.setattr(NUMPY, "select", lambda t, edges, parts: right(t + 1, edges, parts))
    return CHAIN


def wraps_to_the_start_at_the_end(patch):
    patch.setattr(Repeat, "_final", property(lambda self: 1.0))
    return ss.linear(1.0, 0.1, 4).repeat(2)


def forgets_a_parameter_when_printed(patch):
    patch.setattr("stepsize.schedule.document._SPELLERS", {
        **__import__("stepsize.schedule.document", fromlist=["_"])._SPELLERS,
        Hold: lambda s: (f"hold({s.value!r})", 3),
    })  # fmt: skip
    return ss.hold(1.0, 10)


def forgets_a_parameter_in_json(patch):
    patch.setattr(
        "stepsize.schedule.document._plain", lambda value: 1.0 if isinstance(value, float) else str(value)
    )
    return ss.linear(0.25, 0.75, 4)


def gives_nan_in_the_middle(patch):
    patch.setattr(type(shapes.linear), "end_weight", lambda self, zero, one, xp: lambda t: math.nan)
    return ss.linear(0.0, 1.0, 4)


def is_not_scaled(patch):
    patch.setattr(Hold, "_scaled", lambda self, factor: self)
    return ss.hold(1.0, 4)


def is_cut_one_late(patch):
    from stepsize.schedule.cut import Slice

    patch.setattr(Ramp, "_cut", lambda self, a, b: Slice(self, a + 1e-3 if a else a, b))
    return ss.linear(0.0, 1.0, 100)


def is_stretched_in_its_rates(patch):
    patch.setattr(Ramp, "_stretched", lambda self, factor: Ramp(self.start, 0.5, self.steps * 2, self.shape))
    return ss.linear(0.0, 1.0, 4)


def lists_an_edge_outside(patch):
    patch.setattr(Ramp, "_pieces", lambda self, until: iter([(0, self.steps + 1, "linear")]))
    return ss.linear(0.0, 1.0, 4)


def changes_when_read(patch):
    calls = iter(range(10**9))
    patch.setattr(Hold, "_at", lambda self, t, a, b, xp: 1.0 + next(calls))
    return ss.hold(1.0, 4)


CAUGHT_BY = {
    rises_after_the_end: testing.owns_its_edges,
    holds_the_wrong_end: testing.hits_its_ends,
    gives_its_edge_to_the_earlier_phase: testing.owns_its_edges,
    is_off_by_one_in_arrays: testing.maps_numpy_arrays,
    wraps_to_the_start_at_the_end: testing.hits_its_ends,
    forgets_a_parameter_when_printed: testing.is_a_value,
    forgets_a_parameter_in_json: testing.is_a_value,
    gives_nan_in_the_middle: testing.gives_finite_floats,
    is_not_scaled: testing.scales_with_its_rates,
    is_cut_one_late: testing.can_be_cut,
    is_stretched_in_its_rates: testing.can_be_stretched,
    lists_an_edge_outside: testing.has_edges_inside,
    changes_when_read: testing.answers_the_same_twice,
}


@pytest.mark.parametrize("plant", CAUGHT_BY, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_caught(plant, monkeypatch):
    schedule = plant(monkeypatch)
    with pytest.raises((AssertionError, ss.ScheduleError)):
        CAUGHT_BY[plant](schedule)


@pytest.mark.parametrize("schedule", [RAMP, CHAIN, CYCLES], ids=repr)
def test_what_is_sound_passes(schedule):
    testing.check_schedule(schedule)
    assert len(testing.grid([schedule])) == len(testing.CHECKS)
