"""Every phase and recipe does what its formula says: at edges, beside them, outside, for lengths 0, 1, 2, 3 and real ones.

The formulas stand, written by hand, in tests/reference.py. How accurate they are in between, and in arrays, is
for test_accuracy.py; here every update of short schedules is looked at, and where the cycles of SGDR begin.
"""

import math
import random
from fractions import Fraction

import pytest

import stepsize as ss
from tests import reference
from tests.reference import CASES, case

INF = math.inf
LENGTHS = (0, 1, 2, 3, 2.5, 7.25)
ENDS = ((0.1, 0.0), (0.0, 0.1), (0.1, 1e-3), (1e-3, 0.1))
SAME_SIDE = ((0.1, 1e-3), (1e-3, 0.1))
SHAPES = (
    "linear",
    "cosine",
    "power(0.5)",
    "power(2.0)",
    "one_minus_sqrt",
    "square",
    "smoothstep",
    "tanh(-3.0, 3.0)",
)


def agrees(c, positions):
    """The rates of a case are those of its formula, within 6 units in the last place of the rate."""
    s = c.built(ss)
    for t in positions:
        expected, got = c.at(t), s(t)
        off = reference.ulps(got, expected)
        assert off <= 6, f"{c.text} at {t!r}: expected {float(expected)!r}, got {got!r}, {off:.1f} ulp off"


def around(last, *edges):
    """Every half update from before 0 to after the end, and the floats beside each edge."""
    beside = [math.nextafter(e, side) for e in (*edges, last) if 0 < e < INF for side in (-INF, INF)]
    halves = [k / 2 for k in range(-4, 2 * math.ceil(last) + 8)]
    return [*halves, *beside, *edges, last, 10 * last + 100, 10**12, -(10**12)]


@pytest.mark.parametrize("c", CASES, ids=lambda c: c.text)
def test_at_edges_and_one_step_either_side(c):
    agrees(c, [t for e in c.edges for t in (e - 1, e - 0.5, e, e + 0.5, e + 1)])


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize(("start", "end"), ENDS)
def test_short_phases(start, end, n):
    for c in (
        case("linear", start, end, n),
        case("cosine", start, end, n),
        case("polynomial", start, end, n, 2),
        case("polynomial", start, end, n, power=0.5),
        *(case("ramp", start, end, n, shape) for shape in SHAPES),
        *(case("exponential", a, b, n) for a, b in SAME_SIDE),
        *(case("ramp", a, b, n, "harmonic") for a, b in SAME_SIDE),
        case("hold", 0.1, n),
        case("decay", 0.1, "power_law(3, 0.5)", n),
        case("decay", 0.1, "exponential(0.5, 2.5)", n),
    ):
        agrees(c, around(n))


@pytest.mark.parametrize("n", LENGTHS)
def test_short_recipes(n):
    for c in (
        case("linear_warmup", 0.1, n),
        case("linear_warmup", 0.1, n, start=0.3),
        case("cosine_annealing", 0.1, n, end=1e-3),
        case("one_cycle", 0.1, n, rise=n / 2),
        case("one_cycle", 0.1, n, rise=0),
        case("one_cycle", 0.1, n, rise=n),
        case("wsd", 0.1, n),
        case("wsd", 0.1, n, decay=n, end=1e-3),
        case("d2z", 0.1, n, warmup=0),
        case("power_decay", 0.1, n, beta=1.5),
    ):
        agrees(c, around(n))


@pytest.mark.parametrize("warmup", [0, 1, 2, 1.25])
@pytest.mark.parametrize("n", [2, 3, 3.5])
def test_short_recipes_with_a_warmup(n, warmup):
    rest = n - warmup
    for c in (
        case("warmup_cosine", 0.1, n, warmup=warmup, end=1e-3, start=0.01),
        case("warmup_linear", 0.1, n, warmup=warmup, end=1e-3, start=0.2),
        case("polynomial_decay", 0.1, n, warmup=warmup, end=1e-3, power=2),
        case("power_decay", 0.1, n, warmup=warmup, beta=1.25),
        case("d2z", 0.1, n, warmup=warmup),
        *(case("wsd", 0.1, n, warmup=warmup, decay=d, end=1e-3, shape=shape)
          for d in (0, rest / 2, rest) for shape in ("linear", "cosine", "one_minus_sqrt")),
        *(case("minicpm", 0.1, n, warmup=warmup, decay=d, half_life=1.5) for d in (0, rest / 2, rest)),
        *(case("infinite", 0.1, n, constant=0.05, end=1e-3, warmup=warmup, cooldown=f, decay=rest - f)
          for f in (0, rest / 2, rest)),
        *(case("power", 0.1, n, warmup=warmup or n / 2, decay=d, end=1e-3) for d in (0, (n - (warmup or n / 2)) / 2)),
        case("inverse_sqrt", 0.1, warmup or n, start=1e-3),
        *([case("wsd_s", 0.1, (n, 2 * n), warmup=warmup, decay=rest, end=1e-3)] if rest else []),
    ):  # fmt: skip
        agrees(c, around(2 * n, warmup, n))


@pytest.mark.parametrize("half", [1, 2, 3, 2.5, 0.125])
@pytest.mark.parametrize("cycles", [None, 1, 2, 3])
def test_short_cycles(half, cycles):
    edges = [half * k for k in range(1, 9)]
    for c in (
        case("triangular", 1e-3, 0.1, half, cycles=cycles),
        case("triangular", 0.0, 0.1, half, cycles=cycles, decay=0.5),
        case("step_decay", 0.1, half, factor=0.5),
        case("table", (0.3, 0.1, 0.2), each=half),
        case("multi_step", 0.1, edges[::2], factor=0.3),
    ):
        agrees(c, around(8 * half, *edges))


@pytest.mark.parametrize("c", CASES, ids=lambda c: c.text)
def test_far_away_a_finite_schedule_is_held_and_an_endless_one_comes_to_its_limit(c):
    s = c.built(ss)
    limit = c.at(10**30 if s.length < INF else INF)
    for t in (1e300, 10**400, INF) if s.length < INF else (INF,):
        assert reference.ulps(s(t), limit) <= 6, f"at {t!r:.9}: expected {float(limit)}, got {s(t)}"
    for t in (-1e300, -(10**400), -INF):
        assert s(t) == s(0)


# SGDR: the length of cycle k is round(first * growth^k), ties to even, in exact arithmetic


def lengths(first, growth, cycles):
    return [round(Fraction(first) * Fraction(growth) ** k) for k in range(cycles)]


FIRST = (1, 2, 3, 10, 100, 10.4, 2.5, 3.5, 0.75)


@pytest.mark.parametrize("growth", [1, 2, 1.5, 1.1, 3, 10])
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("endless", [False, True])
def test_sgdr_restarts_on_its_edges(first, growth, endless):
    cycles = 12
    exact = lengths(round(Fraction(first)) if growth == 1 else first, growth, cycles)
    s = ss.sgdr(0.1, first, growth=growth, cycles=None if endless else cycles, end=1e-3)
    c = case("sgdr", 0.1, first, growth=growth, cycles=None if endless else cycles, end=1e-3)
    start = 0
    for n in exact:
        assert s(start) == 0.1, f"restart at {start}: expected the peak, got {s(start)}"
        assert s(float(start)) == 0.1, f"restart at {start}, as a float"
        middle = start + n // 2
        agrees(
            c,
            [
                max(start - 1, 0),
                math.nextafter(start, 0.0),
                start + 1,
                middle,
                middle + 0.5,
                start + n - 0.25,
            ],
        )
        start += n
    if endless:
        assert s.length == INF
        assert s(start) == 0.1, "an endless one goes on"
        assert s(INF) == 1e-3
    else:
        assert s.length == start == sum(exact)
        assert s(start) == s(start + 1) == s(10**15) == 1e-3
    assert s.edges[:3] == (0, exact[0], exact[0] + exact[1])


@pytest.mark.parametrize("growth", [1, 2, 1.5, 3, 10])
def test_sgdr_every_update(growth):
    for c in (
        case("sgdr", 0.1, 10, growth=growth, end=1e-3),
        case("sgdr", 0.1, 10, growth=growth, cycles=3, end=0.0, peak_decay=0.7),
    ):
        agrees(c, range(-2, 250))


def test_sgdr_where_the_floor_of_a_logarithm_is_wrong():
    for first, growth, restart in ((10, 3, 1210), (1, 3, 121), (10, 10, 1110), (1, 10, 111)):
        s = ss.sgdr(1.0, first, growth=growth)
        assert s(restart) == 1.0, f"first {first}, growth {growth}: {restart} is a restart"
        assert s(math.nextafter(restart, 0)) < 1e-20, "the float before is the end of a cycle"
        assert 0 < s(restart - 1) < 0.01


def test_sgdr_ties_go_to_even():
    assert ss.sgdr(1.0, 2.5, growth=3, cycles=2).edges == (0, 2, 2 + 8)  # 2.5 and 7.5
    assert ss.sgdr(1.0, 3, growth=1.5, cycles=3).edges == (0, 3, 3 + 4, 3 + 4 + 7)  # 3, 4.5, 6.75
    assert ss.sgdr(1.0, 2.5, cycles=2).edges == (0, 2, 4)
    with pytest.raises(ss.ScheduleError, match=r"^sgdr\.first: must round to at least 1 update; got 0\.5"):
        ss.sgdr(1.0, 0.5, growth=2)


def test_sgdr_long_products_are_exact():
    """1.1 is not eleven tenths: after 300 cycles the difference shows, and floats would have lost it long before."""
    exact = lengths(10, 1.1, 300)
    s = ss.sgdr(1.0, 10, growth=1.1, cycles=300)
    assert s.length == sum(exact)
    assert s.length != sum(round(10 * Fraction(11, 10) ** k) for k in range(300))
    at = 0
    for n in exact:
        assert at >= 2**53 or s(at) == 1.0, f"restart at {at}"
        at += n


@pytest.mark.parametrize("c", [
    case("warmup_cosine", 0.1, 1000, warmup="5%", edges=(50, 1000)),
    case("wsd", 0.1, 1000, warmup="10%", decay="20%", end=1e-3, edges=(100, 800, 1000)),
    case("d2z", 0.1, 10, warmup="5%", edges=(0.5, 10)),
    case("one_cycle", 0.1, 10, rise="25%", edges=(2.5, 10)),
    case("infinite", 0.1, 1000, constant=0.05, end=1e-3, warmup="10%", cooldown="20%", decay="40%",
         edges=(100, 300, 600, 1000)),
], ids=lambda c: c.text)  # fmt: skip
def test_a_share_is_exact(c):
    assert c.built(ss).edges == c.edges
    agrees(c, around(c.edges[-1], *c.edges))


def test_a_run_of_whole_steps_ends_on_its_last_one_whatever_the_shares():
    """Shares are mostly no whole numbers, nor what floats hold; that they make up the run is exact all the same."""
    draw = random.Random(0)
    for _ in range(300):
        n = draw.randint(1, 100_000)
        a, b, c = (f"{draw.randint(1, 330) / 10}%" for _ in range(3))
        for s, steps, end in (
            (ss.warmup_cosine(0.1, n, warmup=a, end=1e-3), n, 1e-3),
            (ss.one_cycle(0.1, n, rise=a, end=1e-3), n, 1e-3),
            (ss.wsd(0.1, n, warmup=a, decay=b, shape="cosine"), n, 0.0),
            (ss.infinite(0.1, n, constant=0.05, end=1e-3, warmup=a, cooldown=b, decay=c), n, 1e-3),
            (ss.power(0.1, n, warmup=a, decay=b, end=1e-3), n, 1e-3),
            (ss.wsd_s(0.1, [n, 2 * n, 3 * n], warmup=a, decay=b, end=1e-3), 3 * n, 1e-3),
        ):
            assert s.length == steps, f"{s}: expected {steps} updates, got {s.length!r}"
            assert s(steps) == end, f"{s} at {steps}: expected {end}, got {s(steps)!r}"
