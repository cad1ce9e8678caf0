"""Which schedule a log follows, for every family: kinds, lengths and ends, in our spelling, as the formulas have them."""

import math

import pytest

from stepsize.logs import identify
from tests.logs.expected import intervals_hold, numbers, phases_are
from tests.logs.formulas import ROUNDINGS, logged, restarts, row, steps, warmup_then

RISE = ("linear", 0, 500, 0.0, 3e-4)
PEAK = (RISE, ("hold", 500, 8000, 3e-4, 3e-4))

FAMILIES = {
    "linear": (warmup_then("linear"), "0 -> 3e-4 in 500; -> 3e-5 in 9500"),
    "cosine": (warmup_then("cosine"), "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"),
    "one_minus_sqrt": (warmup_then("one_minus_sqrt"), "0 -> 3e-4 in 500; -> 3e-5 one_minus_sqrt in 9500"),
    "power": (warmup_then("power(2)"), "0 -> 3e-4 in 500; -> 3e-5 power(2) in 9500"),
    "root": (warmup_then("power(0.5)"), "0 -> 3e-4 in 500; -> 3e-5 power(0.5) in 9500"),
    "geometric": (warmup_then("geometric"), "0 -> 3e-4 in 500; -> 3e-5 geometric in 9500"),
    "harmonic": (warmup_then("harmonic"), "0 -> 3e-4 in 500; -> 3e-5 harmonic in 9500"),
    "inverse_sqrt": (
        row("linear", "inverse_sqrt", edges=[0, 500, 10_000], rates=[0.0, 3e-4, 3e-4 / 20**0.5]),
        "0 -> 3e-4 in 500; decay power_law(timescale=500, exponent=0.5) for 9500",
    ),
    "no warmup": (warmup_then("cosine", 0), "3e-4 -> 3e-5 cosine in 10000"),
    "hold": ([RISE, ("hold", 500, 10_000, 3e-4, 3e-4)], "0 -> 3e-4 in 500; hold"),
    "wsd": ([*PEAK, ("linear", 8000, 10_000, 3e-4, 0.0)], "0 -> 3e-4 in 500; hold for 7500; -> 0 in 2000"),
    "wsd, cosine": ([*PEAK, ("cosine", 8000, 10_000, 3e-4, 0.0)], "0 -> 3e-4 in 500; hold for 7500; -> 0 cosine in 2000"),
    "wsd, root": (
        [*PEAK, ("one_minus_sqrt", 8000, 10_000, 3e-4, 0.0)],
        "0 -> 3e-4 in 500; hold for 7500; -> 0 one_minus_sqrt in 2000",
    ),
    "wsd, geometric": (
        [*PEAK, ("geometric", 8000, 10_000, 3e-4, 3e-6)], "0 -> 3e-4 in 500; hold for 7500; -> 3e-6 geometric in 2000",
    ),
    "held after its end": (
        row("linear", "cosine", "hold", edges=[0, 500, 8000, 10_000], rates=[0.0, 3e-4, 3e-5, 3e-5]),
        "0 -> 3e-4 in 500; -> 3e-5 cosine in 7500; hold",
    ),
    "steps": (
        steps([0, 3000, 6000, 9000, 10_000], [0.1, 0.01, 0.001, 0.0001]),
        "0.1 for 3000; 0.01 for 3000; 1e-3 for 3000; 1e-4",
    ),
    "restarts": (restarts([0, 1000, 3000, 7000, 15_000], 1e-3, 1e-5), "cycle(1000, grow=2): 1e-3 -> 1e-5 cosine"),
    "one cycle": (
        row("cosine", "cosine", edges=[0, 3000, 10_000], rates=[4e-5, 1e-3, 4e-9]),
        "4e-5 -> 1e-3 cosine in 3000; -> 4e-9 cosine in 7000",
    ),
    "triangles": (
        row(*["linear"] * 6, edges=[*range(0, 700, 100)], rates=[*[1e-3, 6e-3] * 3, 1e-3]),
        "1e-3 -> 6e-3 in 100; -> 1e-3 in 100; -> 6e-3 in 100; -> 1e-3 in 100; -> 6e-3 in 100; -> 1e-3 in 100",
    ),
}  # fmt: skip


def every(told, gap):
    """The steps at which a run of these phases is logged; a short one has as many rows as a long one."""
    return range(0, told[-1][2], max(1, gap * told[-1][2] // 10_000))


@pytest.mark.parametrize("family", FAMILIES)
def test_written_in_full_it_is_exactly_this(family):
    told, spelled = FAMILIES[family]
    found = identify(logged(told, every(told, 25)))
    assert [phase[1:3] for phase in numbers(found)] == [phase[1:3] for phase in told]
    phases_are(found, told, near=1e-9)
    intervals_hold(found, told)
    assert found.fits
    assert found.residual < 1e-9
    if family != "restarts":
        assert str(found.schedule) == spelled


@pytest.mark.parametrize("rounding", ["3 digits", "float32", "8 decimals"])
@pytest.mark.parametrize("family", FAMILIES)
def test_rounded_it_is_within_a_percent(family, rounding):
    told, _ = FAMILIES[family]
    if family in ("wsd, geometric", "one cycle") and rounding == "8 decimals":
        return  # their last rates have not a digit left
    found = identify(logged(told, every(told, 50), rounding=ROUNDINGS[rounding]))
    phases_are(found, told)
    intervals_hold(found, told)
    assert found.fits


@pytest.mark.parametrize("gap", [1, 7, 500])
@pytest.mark.parametrize("rounding", ["full", "3 digits"])
@pytest.mark.parametrize(
    "family", ["linear", "cosine", "one_minus_sqrt", "power", "geometric", "hold", "wsd"]
)
def test_logged_often_or_seldom(family, rounding, gap):
    """At every 500th update the warmup has one row, and the cooldown three, which tell a line, and no curve."""
    told, _ = FAMILIES[family]
    found = identify(logged(told, range(0, 10_000, gap), rounding=ROUNDINGS[rounding]))
    if gap < 500:
        phases_are(found, told)
    intervals_hold(found, told)
    assert found.fits


def test_a_curve_with_a_floor():
    """1e-5 + 9.9e-4 e^(-t / 300): five time constants."""
    found = identify(logged(lambda t: 1e-5 + 9.9e-4 * math.exp(-t / 300), range(0, 1500, 5)))
    assert [part.kind for part in found.parts] == ["faded"]
    assert found.fits
    assert found.parts[0].stop == 1500
    for t in (0, 1, 300, 777, 1499):
        assert found.schedule(t) == pytest.approx(1e-5 + 9.9e-4 * math.exp(-t / 300), rel=1e-8)
    assert (
        str(found.schedule)
        == "hold(1e-05, 1500) + decay(0.00099, 'exponential(0.006737946999085467, 1500)', 1500)"
    )


def test_a_hyperbolic_tangent():
    """tanh from -6 to 3, as timm's TanhLRScheduler."""
    found = identify(logged(lambda t: 1.5e-4 * (1 - math.tanh(-6 + 9 * t / 1000)), range(0, 1000, 5)))
    assert str(found.schedule).endswith("tanh(-6, 3) in 1000")
    assert found.fits
