"""Wrong input: one clear error, when it is built, whole and in words."""

import math
from importlib import import_module

import numpy as np
import pytest

import stepsize as ss

LINEAR = ss.linear(0.0, 1.0, 10)

REFUSED = {
    "negative steps": (lambda: ss.linear(0, 1, -5),
        "linear.steps: must be a finite number of updates >= 0; got -5."),
    "endless ramp": (lambda: ss.cosine(1, 0, math.inf),
        "cosine.steps: must be a finite number of updates >= 0; got inf. Give it a length in updates."),
    "nan rate": (lambda: ss.hold(math.nan), "hold.value: must be a finite number; got nan."),
    "text rate": (lambda: ss.hold("3e-4"),
        "hold.value: must be a finite number; got '3e-4'. "
        "That is text, as YAML makes of 3e-4: write 3.0e-4, without quotes."),
    "truth": (lambda: ss.hold(True), "hold.value: must be a finite number; got True."),
    "peak": (lambda: ss.warmup_cosine(0, 10), "warmup_cosine.peak: must be a finite number > 0; got 0."),
    "end": (lambda: ss.warmup_cosine(1, 10, end=-1), "warmup_cosine.end: must be a finite number >= 0; got -1."),
    "long warmup": (lambda: ss.warmup_cosine(1, 10, warmup=11),
        "warmup_cosine.warmup: must not exceed steps (10); got 11. Shorten it, or raise steps."),
    "both": (lambda: ss.wsd(1, 100, warmup=80, decay=40),
        "wsd: warmup + decay must not exceed steps (100); got 120. Shorten one, or raise steps."),
    "share": (lambda: ss.warmup_cosine(1, 10, warmup="5 epochs"),
        "warmup_cosine.warmup: must be a number of updates or a share such as \"5%\"; got '5 epochs'. "
     'A horizon makes updates of other lengths: Horizon(...).updates("3 epochs").'),
    "share as a number": (lambda: ss.warmup_cosine(1, 1000, warmup=0.1),
        "warmup_cosine.warmup: must be 0, or at least 1 update of 1000; got 0.1. For a share of steps write \"10%\"."),
    "share of nothing": (lambda: ss.inverse_sqrt(1, "5%"),
        "inverse_sqrt.warmup: must be a finite number of updates >= 0; got '5%'. No share is taken here: give it as a number."),
    "shape of the literature": (lambda: ss.wsd(1, 100, decay=10, shape="1-sqrt"),
        "wsd.shape: must be a shape, one of linear, cosine, one_minus_sqrt, square, geometric, smoothstep, harmonic, "
        "power, tanh; got '1-sqrt'. Did you mean \"one_minus_sqrt\"?"),
    "share of the endless": (lambda: ss.wsd(1, math.inf, warmup="5%"),
        "wsd.warmup: a share needs a finite number of steps; got '5%'. Give it as a number of updates."),
    "decay of the endless": (lambda: ss.wsd(1, math.inf, decay=5),
        "wsd.decay: a decay at the end needs a finite number of steps; got 5. "
        "Leave decay out, and append one when the end is known."),
    "geometric to zero": (lambda: ss.exponential(1, 0, 10),
        "exponential: start and end must lie on the same side of zero, and neither be zero; got (1.0, 0.0). "
        "A geometric ramp never reaches zero: end at a small rate, or take another shape."),
    "after the endless": (lambda: ss.hold(1.0) >> ss.hold(2.0),
        "phase 0 of a chain: never ends, so nothing can follow it; got hold(1.0). Give it a length, or cut it: s[:n] >> next."),
    "a number in a chain": (lambda: LINEAR >> 3,
        "schedule >> other: the right side must be a schedule; got 3. Wrap a number in hold(value, steps)."),
    "index": (lambda: LINEAR[3],
        "schedule[a:b]: takes a range; got 3. For the rate at a position, call it: s(t)."),
    "negative cut": (lambda: LINEAR[-3:],
        "schedule[a:b], a: must be a finite number of updates >= 0; got -3."),
    "stepped cut": (lambda: LINEAR[::2],
        "schedule[a:b]: takes no step; got 2. Stretch it instead: s.stretch(factor)."),
    "backward cut": (lambda: LINEAR[5:3], "schedule[a:b]: needs a <= b; got (5, 3)."),
    "shape unknown": (lambda: ss.ramp(1, 0, 10, "cosin"),
        "ramp.shape: must be a shape, one of linear, cosine, one_minus_sqrt, square, geometric, smoothstep, harmonic, "
        "power, tanh; got 'cosin'. Did you mean \"cosine\"?"),
    "empty table": (lambda: ss.table([]), "table.values: must hold at least one rate; got []."),
    "bad table": (lambda: ss.table([1, math.nan]), "table.values[1]: must be a finite number; got nan."),
    "cycles": (lambda: LINEAR.repeat(0), "repeat.cycles: must be a whole number >= 1; got 0."),
    "endless cycle": (lambda: ss.hold(1.0).repeat(),
        "repeat: a cycle must last more than 0 updates, and end; got inf."),
    "shrinking for ever": (lambda: LINEAR.repeat(growth=0.5),
        "repeat.growth: must be >= 1 where it goes on for ever; got 0.5. Give cycles."),
    "first cycle": (lambda: ss.sgdr(1, 0), "sgdr.first: must round to at least 1 update; got 0."),
    "division": (lambda: LINEAR / 0, "schedule / divisor: must not be zero; got 0."),
    "milestones": (lambda: ss.multi_step(1, [30, 20]),
        "multi_step.milestones: must be a sequence of rising positions > 0; got [30, 20]."),
    "list of positions": (lambda: LINEAR([1, 2]),
        "schedule(t): t must be a real number or an array of them; got [1, 2]. Wrap a list in numpy.asarray."),
    "complex": (lambda: LINEAR(1j), "schedule(t): t must be a real number or an array of them; got 1j."),
    "text array": (lambda: LINEAR(np.array(["a"])),
        "schedule(t): positions must be real numbers; got 'an array of <U1'."),
    "huge integer": (lambda: ss.hold(10**400), "hold.value: must be a finite number; got 'an integer beyond the largest float'."),
    "stretch": (lambda: LINEAR.stretch(), "stretch: takes either factor or steps; got (None, None)."),
    "clip": (lambda: LINEAR.clip(2, 1), "clip: needs low <= high; got (2.0, 1.0)."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_input_is_refused_in_these_words(case):
    build, words = REFUSED[case]
    with pytest.raises(ss.ScheduleError) as caught:
        build()
    assert str(caught.value) == words


def test_a_phase_where_a_shape_belongs_is_told_apart():
    with pytest.raises(ss.ScheduleTypeError, match=r'That is a phase; the shape is spelled "cosine"\.$'):
        ss.ramp(1, 0, 10, shape=ss.cosine)


@pytest.mark.parametrize("array", [np.ones(3), np.ones((2, 2)), [1, 2]])
def test_an_array_times_a_schedule_is_not_an_array_of_objects(array):
    with pytest.raises(ss.ScheduleTypeError, match=r"schedule \* factor: must be a finite number; got"):
        array * LINEAR


def test_numpy_numbers_are_numbers():
    assert np.float64(2.0) * LINEAR == LINEAR * 2
    assert ss.linear(np.float32(0), np.int64(1), np.int32(10)) == LINEAR
    assert ss.hold(np.array(0.5)) == ss.hold(0.5)


def test_a_traced_parameter_is_refused_with_the_way_out():
    jax = import_module("jax")
    with pytest.raises(ss.ScheduleTypeError, match=r"multiply the rate, p \* s\(t\)\."):
        jax.vmap(lambda peak: ss.linear(0.0, peak, 10)(3))(jax.numpy.ones(3))


def test_long_lengths_are_refused_under_jax_in_32_bits():
    jax = import_module("jax")
    with pytest.raises(
        ss.ScheduleError, match=r"under JAX: without x64, lengths must be below 2\^31 updates; got"
    ):
        jax.jit(ss.linear(0.0, 1.0, 2**31))(3)


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("warmup", [0, 1, 2, 3])
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_tiny_runs_are_refused_or_right(steps, warmup, end):
    """Total 0, 1, 2 with any warmup: an error that names the argument, or rates within [end, peak]."""
    if warmup > steps:
        with pytest.raises(ss.ScheduleError, match=r"warmup_cosine.warmup: must not exceed steps"):
            ss.warmup_cosine(1.0, steps, warmup=warmup, end=end)
        return
    s = ss.warmup_cosine(1.0, steps, warmup=warmup, end=end)
    assert all(0.0 <= s(t) <= 1.0 for t in range(-2, 6))
    assert s(steps) == end
