"""What pictures draw: the curves are read back, from the characters of a terminal and from the SVG of a notebook."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import stepsize as ss
from stepsize.schedule.picture import horizon
from stepsize.schedule.summary import summary
from stepsize.schedule.terminal import drawn
from tests.zoo import ZOO

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
DRAWN = {name: s for name, s in ZOO.items() if horizon(s) > 0}
WIDTHS = (20, 80, 200)


def read(text):
    """The rates at the tick labels by row, and for each column of characters the highest and lowest dot, in rows."""
    ticks, columns = {}, {}
    rows = [line for line in text.splitlines() if len(line) > 9 and line[9] in "┤│"]
    for k, line in enumerate(rows):
        if line[9] == "┤":
            ticks[k] = float(line[:8])
        for c, sign in enumerate(line[10:]):
            dots = ord(sign) - 0x2800
            if 0 < dots < 256:
                lit = [k + (r + 0.5) / 4 for r in range(4) if dots & (DOTS[r][0] | DOTS[r][1])]
                high, low = columns.get(c, (lit[0], lit[-1]))
                columns[c] = min(high, lit[0]), max(low, lit[-1])
    return ticks, columns


def around(s, t, apart, end):
    """The lowest and highest rate near a position: updates are drawn as stairs, and jumps as upright lines."""
    near = np.clip(np.linspace(t - apart, t + apart, 401), 0, end)
    edges = [edge for edge in s.edges if abs(edge - t) <= apart]
    rates = [
        *np.asarray(s(near), dtype=float),
        *(s._limit(edge) for edge in edges if edge > 0),
        *(s(edge) for edge in edges),
    ]
    return min(rates), max(rates)


@pytest.mark.parametrize("name", DRAWN)
def test_the_curve_can_be_read_back_from_the_characters(name):
    s, width = DRAWN[name], 80
    end = float(horizon(s))
    ticks, columns = read(drawn([("", s)], width=width))
    (top, high), (bottom, low) = min(ticks.items()), max(ticks.items())
    each = (high - low) / (bottom - top) if high != low else max(abs(high), 1e-12)
    assert len(columns) >= 0.9 * (width - 10)
    for c, (upper, lower) in columns.items():
        t = end * c / (width - 11)
        apart = 1.6 * end / (width - 11) + (1.0 if s.clock == "steps" else 0.0)  # a stair is one update wide
        least, most = around(s, t, apart, end)
        drawn_high, drawn_low = (high - (row - top - 0.5) * each for row in (upper, lower))
        assert least - 1.01 * each <= drawn_low, f"column {c}, position {t}: {drawn_low} below {least}"
        assert drawn_high <= most + 1.01 * each, f"column {c}, position {t}: {drawn_high} above {most}"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", DRAWN)
def test_no_line_is_wider_than_the_terminal(name, width):
    text = drawn([("", DRAWN[name])], width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text


def test_the_highest_rate_is_on_the_page_however_short_it_lasts():
    s = ss.hold(0.1, 10_000) >> ss.hold(1.0, 1) >> ss.hold(0.1, 10_000)
    ticks, columns = read(drawn([("", s)]))
    assert (
        min(upper for upper, _ in columns.values())
        < min(row for row, rate in ticks.items() if rate == 1.0) + 1
    )


def test_many_cycles_are_an_envelope_and_not_a_pattern():
    _, columns = read(drawn([("", ss.sgdr(1.0, 100, cycles=500))]))
    assert all(lower - upper > 10 for upper, lower in columns.values())


def test_several_have_letters_and_colours_that_are_closed():
    five = [
        (f"published:{name}", getattr(ss.published, name)(steps=1000))
        for name in ("gpt3", "bert", "t5_11b", "deepseek_v3", "kimi_k2")
    ]
    plain, coloured = drawn(five), drawn(five, colour=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert coloured.count("\x1b[0m") == len(re.findall(r"\x1b\[38;5;\d+m", coloured))
    plot, words = plain.split(" updates ")
    for letter, (name, _) in zip("abcde", five, strict=True):
        assert letter in plot
        assert f"\n{letter} {name}" in words


def test_a_logarithmic_axis_makes_equal_ratios_straight():
    ticks, columns = read(drawn([("", ss.exponential(1.0, 1e-4, 1000))], log=True, height=21))
    assert {1.0, 0.1, 0.01, 1e-3, 1e-4} <= set(ticks.values())
    middles = [columns[c][0] for c in sorted(columns)]
    line = np.polyfit(range(len(middles)), middles, 1)
    assert np.abs(np.polyval(line, range(len(middles))) - middles).max() < 0.6  # of a row


def test_positions_of_billions_are_labelled_with_letters():
    text = drawn([("", ss.warmup_cosine(1.0, 10 * 10**9, warmup="5%").on("tokens"))])
    foot = next(line for line in text.splitlines() if line.startswith("  tokens"))
    assert "10B" in foot
    assert "500M" in text


@pytest.mark.parametrize("name", DRAWN)
def test_the_numbers_below_are_those_of_every_update(name):
    s = DRAWN[name]
    found = summary(s)
    if s.clock != "steps" or found.until > 200_000:
        return
    rates = np.array([s(k) for k in range(int(np.ceil(found.until)))])
    assert (found.first, found.last) == (rates[0], rates[-1])
    assert found.lowest.rate == pytest.approx(rates.min(), rel=1e-9, abs=1e-15)
    assert found.highest.rate == pytest.approx(rates.max(), rel=1e-9)
    assert found.mean == pytest.approx(rates.mean(), rel=1e-6)


@pytest.mark.parametrize("s", [
    ss.warmup_cosine(3e-4, 50_000, warmup="5%", end=3e-5), ss.wsd(1.0, 30_000, warmup=100, decay="20%", shape="one_minus_sqrt"),
    ss.sgdr(1.0, 700, growth=1.5, cycles=9, end=0.1, peak_decay=0.7), ss.triangular(0.1, 1.0, 333, cycles=40, decay=0.9),
    ss.inverse_sqrt(1.0, 4000)[:60_000], ss.table(list(np.linspace(1, 2, 5000))), ss.cosine(1.0, 0.0, 20_000).staircase(7),
    ss.linear(0.0, 1.0, 9000) * ss.sgdr(1.0, 1000, end=0.1, cycles=12), ss.cosine(1.0, 0.0, 30_000).clip(0.2, 0.8),
    ss.warmup_cosine(1.0, 12_345, warmup=1234.5)[1:],
])  # fmt: skip
def test_and_of_long_runs_without_asking_every_update(s):
    found = summary(s)
    rates = s(np.arange(int(np.ceil(found.until))))
    assert found.mean == pytest.approx(rates.mean(), rel=1e-5)
    assert found.highest.rate == pytest.approx(rates.max(), rel=1e-6)
    assert found.lowest.rate == pytest.approx(rates.min(), rel=1e-6, abs=1e-6)


def svg_of(s):
    """The curve of a notebook's picture in positions and rates, read by the labels of its axes."""
    root = ET.fromstring(s._repr_svg_())
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text
    texts = [
        (float(e.get("x")), float(e.get("y")), e.get("text-anchor"), e.text)
        for e in root.iter(f"{space}text")
    ]
    ticks = [(y - 4, float(text)) for x, y, anchor, text in texts if x == 54.0 and anchor == "end"]
    (y0, low), (y1, high) = ticks[0], ticks[-1]
    (path,) = (e for e in root.iter(f"{space}path") if e.get("stroke-width") == "2")
    numbers = np.array(re.findall(r"-?\d+\.?\d*", path.get("d")), dtype=float).reshape(-1, 2)
    x = (numbers[:, 0] - 60.0) / 480.0 * float(horizon(s))
    return x, low + (numbers[:, 1] - y0) * (high - low) / (y1 - y0)


@pytest.mark.parametrize("name", DRAWN)
def test_a_notebook_shows_the_curve(name):
    s = DRAWN[name]
    x, rates = svg_of(s)
    end = float(horizon(s))
    assert (np.diff(x) >= 0).all()
    assert (x.min(), x.max()) == pytest.approx((0.0, end), abs=end / 400)
    span = np.ptp(rates) or abs(rates).max() or 1.0
    for t, rate in zip(x, rates, strict=True):
        least, most = around(s, t, end / 300 + (1.0 if s.clock == "steps" else 0.0), end)
        assert least - 0.02 * span <= rate <= most + 0.02 * span


def test_show_prints_what_is_drawn(capsys):
    s = ss.sgdr(0.1, 10, growth=2)
    s.show(70, width=60, height=9)
    assert capsys.readouterr().out == drawn([("", s)], 70, width=60, height=9) + "\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"width": 5}, "width"),
        ({"height": 2}, "height"),
        ({"until": 0}, "until"),
        ({"until": -3}, "until"),
        ({"width": 10**6}, "width"),
    ],
)
def test_a_size_that_cannot_be_is_refused(options, said):
    with pytest.raises(ss.ScheduleError, match=said):
        ss.hold(0.1, 5).show(**options)


def test_a_logarithm_of_nothing_is_refused():
    with pytest.raises(ss.ScheduleError, match="log"):
        ss.hold(0.0, 5).show(log=True)
