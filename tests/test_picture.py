"""Pictures are decoded, and what they show is compared with the schedule, never with a stored picture."""

import math
import re
import subprocess
import sys
import time
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings

import stepsize as ss
from stepsize.schedule.axes import axis, places, position
from stepsize.schedule.picture import Curve, curve, horizon
from stepsize.schedule.svg import svg
from stepsize.schedule.terminal import drawn, small
from tests.strategies import trees
from tests.zoo import ZOO

MARGIN = 10
BITS = {(x, y): bit for y, row in enumerate([(0, 3), (1, 4), (2, 5), (6, 7)]) for x, bit in enumerate(row)}
CODE = re.compile(r"\x1b\[[0-9;]*m")
FEW = 40
BIG = {
    "tokens": (
        ss.warmup_cosine(6e-5, 260_000_000_000, warmup=375_000_000, end=6e-6) >> ss.hold(6e-6, 40 * 10**9)
    ).on("tokens"),
    "cycles": ss.sgdr(0.1, 10, cycles=500, peak_decay=0.998, end=0.01),
    "ten thousand cycles": ss.sgdr(1.0, 100, cycles=10_000, peak_decay=0.9999),
    "growing cycles": ss.linear(0.0, 1.0, 1000) >> ss.sgdr(1.0, 5, growth=1.01, cycles=700),
    "spike": ss.hold(0.1, 5000) >> ss.hold(1.0, 1) >> ss.hold(0.1, 4999),
    "table": ss.table([1 + (7 * k) % 13 for k in range(9999)]),
    "warm restarts": ss.linear(0.0, 1.0, 100) * ss.sgdr(1.0, 10, cycles=2000),
    "many phases": ss.multi_step(1.0, range(10, 5000, 10), factor=0.995),
    "negative": ss.linear(-0.001, -0.003, 500),
    "zero": ss.hold(0.0, 300),
    "huge": ss.linear(0.0, 1e300, 1000),
    "tiny": ss.linear(5e-320, 0.0, 1000),
}
ALL = {**ZOO, **BIG}


def rows_of(text):
    """The dots of the plot by column of dots (rows count down), the labels by row, and the other lines."""
    lines = CODE.sub("", text).split("\n")
    plot = [line for line in lines if line[MARGIN - 1 : MARGIN] in ("│", "┤")]
    dots: dict[int, set[int]] = {}
    for row, line in enumerate(plot):
        for column, sign in enumerate(line[MARGIN:]):
            for (x, y), bit in BITS.items():
                if ord(sign) - 0x2800 >> bit & 1 and ord(sign) >= 0x2800:
                    dots.setdefault(2 * column + x, set()).add(4 * row + y)
    labels = {row: line[: MARGIN - 1].strip() for row, line in enumerate(plot) if line[MARGIN - 1] == "┤"}
    return dots, labels, lines


def scale(labels, log):
    """From a rate to a row of dots, as a fraction: read from the labels alone."""
    of = (lambda rate: math.log10(rate)) if log else (lambda rate: rate)
    if log:
        slope, start = np.polyfit([of(float(label)) for label in labels.values()], list(labels), 1)
        return lambda rate: 4 * (start + slope * of(rate)) + 2
    (high, top), (low, bottom) = min(labels.items()), max(labels.items())
    slope = (high - low) / (of(float(top)) - of(float(bottom)))
    return lambda rate: 4 * (low + slope * (of(rate) - of(float(bottom)))) + 2


def rates_on(s, low, high):
    """All that the rate does on [low, high): samples, and both sides of every edge that it has there."""
    few = s.clock == "steps" and horizon(s) <= FEW
    places = np.linspace(low, high, 300, endpoint=False)
    rates = [float(rate) for rate in s(np.floor(places + 1e-9) if few else places)]
    if not few and high <= s.length:
        rates += [s._limit(high)] if high > 0 else []
    return rates


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("columns", [38, 80, 121])
def test_the_dots_are_the_rates(name, columns):
    s = ALL[name]
    dots, labels, _ = rows_of(drawn({"": s}, width=columns))
    to_row, end, right = scale(labels, False), horizon(s), 2 * (columns - MARGIN) - 1
    for x in range(0, right, 1 + right // 30):
        wide = rates_on(s, max(x - 1, 0) * end / right, min(x + 2, right) * end / right)
        allowed = to_row(max(wide)) - 1.01, to_row(min(wide)) + 1.01
        assert dots[x], f"column {x} is empty"
        assert allowed[0] <= min(dots[x]) <= max(dots[x]) <= allowed[1], (x, dots[x], allowed)
        at = float(s(math.floor(x * end / right) if s.clock == "steps" and end <= FEW else x * end / right))
        near = dots[x] | dots.get(x + 1, set()) | dots.get(x - 1, set())
        assert min(abs(to_row(at) - dot) for dot in near) <= 1.01, (x, at)


@pytest.mark.parametrize("name", ["cycles", "ten thousand cycles", "table", "warm restarts", "many phases"])
def test_nothing_between_two_columns_is_lost(name):
    """Two columns of dots reach from the lowest to the highest rate of all updates that fall into the first."""
    s = BIG[name]
    dots, labels, _ = rows_of(drawn({"": s}))
    to_row, right, end = scale(labels, False), 2 * 70 - 1, horizon(s)
    rates = s(np.arange(end))
    for x in range(1, right):
        inside = rates[math.ceil(x * end / right) : math.ceil((x + 1) * end / right)]
        near = dots[x] | dots[x + 1]
        assert min(near) <= to_row(inside.max()) + 1.01
        assert max(near) >= to_row(inside.min()) - 1.01


def test_a_peak_of_one_update_is_drawn_and_labelled():
    s = BIG["spike"]
    dots, labels, lines = rows_of(drawn({"": s}))
    assert any(min(rows) <= scale(labels, False)(1.0) + 1 for rows in dots.values())
    assert "highest 1 at 5,000" in lines[-1]
    assert any("5,000 to 5,001   hold  1" in line for line in lines)


def test_the_last_column_is_the_limit_at_the_end():
    s = ss.linear(0.0, 1.0, 1000) >> ss.hold(0.25, 0)
    dots, labels, _ = rows_of(drawn({"": s}))
    assert dots[139] == {round(scale(labels, False)(1.0))}


def test_a_few_updates_are_treads():
    s = ss.linear(0.0, 1.0, 4)
    dots, labels, _ = rows_of(drawn({"": s}, width=50))
    to_row = scale(labels, False)
    for update, column in ((0, 5), (1, 30), (2, 50), (3, 70)):
        assert dots[column] == {round(to_row(s(update)))}
    heights = [round(to_row(s(update))) for update in (0, 1)]
    assert any(rows >= set(range(heights[1], heights[0] + 1)) for x, rows in dots.items() if 18 <= x <= 22)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("log", [False, True])
def test_labels_are_round_and_rise_evenly(name, log):
    s = ALL[name]
    if log and max(rate for _, rate in curve(s).points) <= 0:
        return
    _, labels, _ = rows_of(drawn({"": s}, log=log))
    values = [float(labels[row]) for row in sorted(labels, reverse=True)]
    assert len(values) >= 2
    assert values == sorted(values)
    assert all(len(re.sub(r"e.*|[-.]", "", label).strip("0")) <= 3 for label in labels.values())
    if not log:
        to_row = scale(labels, False)
        for row, label in labels.items():
            assert abs(to_row(float(label)) - (4 * row + 2)) < 0.05
        assert 0.0 in values
    else:
        to_row = scale(labels, True)
        for row, label in labels.items():
            assert abs(to_row(float(label)) - (4 * row + 2)) < 1.01


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [20, 33, 80, 200])
def test_ticks_stand_where_their_labels_say(name, width):
    s, columns = ALL[name], width - MARGIN
    lines = rows_of(drawn({"": s}, width=width))[2]
    line = next(k for k, text in enumerate(lines) if text[MARGIN - 1 : MARGIN] == "└")
    ticks = [k - MARGIN for k, sign in enumerate(lines[line]) if sign in "┬┼"]
    unit, *labels = lines[line + 1].split()
    assert unit == (s.clock if s.clock != "steps" else "updates")
    assert len(labels) == len(ticks)
    for tick, label in zip(ticks, labels, strict=True):
        value = float(label.rstrip("kMBT")) * {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(label[-1], 1)
        assert abs(value / horizon(s) * (2 * columns - 1) / 2 - tick) <= 1.01


def test_edges_are_marked_on_the_axis():
    s = ss.linear(0.0, 1.0, 500) >> ss.cosine(1.0, 0.0, 9500)
    line = next(text for text in rows_of(drawn({"": s}))[2] if "└" in text)
    assert [k - MARGIN for k, sign in enumerate(line) if sign in "┴┼"] == [round(500 / 10_000 * 139) // 2]


CROWD = {name: ZOO[name] for name in ("chain", "sum", "repeat", "wsd", "sgdr 2")}


@pytest.mark.parametrize("width", range(20, 201, 9))
@pytest.mark.parametrize("log", [False, True])
def test_no_line_is_wider_and_colours_are_balanced(width, log):
    for schedules in (
        CROWD,
        {"": BIG["tokens"]},
        {"": BIG["cycles"]},
        {"名前" * 60: ss.hold(1.0, 3), "b": ss.hold(2.0, 10**12)},
    ):
        plain = drawn(schedules, width=width, log=log)
        coloured = drawn(schedules, width=width, log=log, colour=True)
        assert "\x1b" not in plain
        assert CODE.sub("", coloured) == plain
        for line in coloured.split("\n"):
            codes = CODE.findall(line)
            assert all(re.fullmatch(r"\x1b\[38;5;\d+m", code) for code in codes[::2])
            assert all(code == "\x1b[0m" for code in codes[1::2])
            assert len(codes) % 2 == 0
        assert (
            max(sum(1 + (ord(c) in range(0x4E00, 0x9FFF)) for c in line) for line in plain.split("\n"))
            <= width
        )


@pytest.mark.parametrize("colour", [False, True])
def test_letters_tell_curves_apart(colour):
    s = {"up": ss.linear(0.0, 1.0, 1000), "down": ss.linear(1.0, 0.0, 1000), "flat": ss.hold(0.7, 1000)}
    text = drawn(s, colour=colour)
    _, labels, lines = rows_of(text)
    to_row, seen = scale(labels, False), set()
    for row, line in enumerate(line for line in lines if line[MARGIN - 1 : MARGIN] in ("│", "┤")):
        for column, sign in enumerate(line[MARGIN:]):
            if sign.isalpha() and sign.isascii():
                name = list(s)["abc".index(sign)]
                at = [to_row(s[name](1000 * x / 139)) / 4 for x in (2 * column - 1, 2 * column + 2)]
                assert min(at) - 0.6 <= row + 0.5 <= max(at) + 0.6 or (row <= max(at) and row + 1 >= min(at))
                seen.add(sign)
    assert seen == {"a", "b", "c"}
    assert [line for line in lines if line[:2] in ("a ", "b ", "c ")] == [
        "a up: 0 -> 1 in 1000", "b down: 1 -> 0 in 1000", "c flat: 0.7 for 1000"]  # fmt: skip
    if colour:
        own = [re.search(rf"(\x1b\[38;5;\d+m){letter} ", text)[1] for letter in "abc"]
        assert len(set(own)) == 3
        for letter, code in zip("abc", own, strict=True):
            for part in re.finditer(r"(\x1b\[38;5;\d+m)([^\x1b]*)\x1b", text):
                assert letter not in part[2] or part[1] == code or len(part[2]) > 40 or " " in part[2]


def test_every_dot_has_the_colour_of_its_curve():
    s = [ss.linear(0.0, 1.0, 1000), ss.linear(1.0, 0.0, 1000), ss.hold(0.7, 1000)]
    text = drawn([(str(k), one) for k, one in enumerate(s)], colour=True)
    own = [re.search(rf"(\x1b\[38;5;\d+m){letter} ", text)[1] for letter in "abc"]
    to_row, seen = scale(rows_of(text)[1], False), set()
    plot = [line for line in text.split("\n") if line[MARGIN - 1 : MARGIN] in ("│", "┤")]
    for row, line in enumerate(plot):
        column, parts = 0, re.split(r"(\x1b\[[0-9;]*m)", "\x1b[0m" + line[MARGIN:])
        for code, signs in zip(parts[1::2], parts[2::2], strict=True):
            for sign in signs:
                if ord(sign) > 0x2800:
                    rates = [
                        float(s[own.index(code)](1000 * x / 139)) for x in (2 * column - 1, 2 * column + 2)
                    ]
                    assert to_row(max(rates)) - 1 <= 4 * row + 3
                    assert to_row(min(rates)) + 1 >= 4 * row
                    seen.add(code)
                column += 1
    assert seen == set(own)


def test_curves_that_coincide_show_both_letters():
    text = drawn([("one", ss.linear(0.0, 1.0, 1000)), ("other", ss.linear(0.0, 1.0, 1000))])
    plot = "".join(line[MARGIN:] for line in text.split("\n") if line[MARGIN - 1 : MARGIN] in ("│", "┤"))
    assert plot.count("a") >= 2
    assert plot.count("b") >= 2


def test_each_of_several_speaks_of_its_own_run():
    text = drawn({"short": ss.linear(0.0, 1.0, 100), "long": ss.linear(0.0, 1.0, 1000)})
    assert "over at" not in text
    assert text.count("mean 0.495") == 1
    assert "over at 100" in drawn({"short": ss.linear(0.0, 1.0, 100)}, 300)


@pytest.mark.parametrize(
    "name", ["geometric falls", "chain", "warmup_linear", "sgdr", "half life", "power endless", "tokens"]
)
def test_the_logarithmic_axis_shows_the_rates(name):
    s = ALL[name]
    text = drawn({"": s}, log=True)
    dots, labels, _ = rows_of(text)
    to_row, end = scale(labels, True), horizon(s)
    lowest = float(labels[max(labels)])
    few = s.clock == "steps" and end <= FEW
    for x in range(1, 138):
        rate = float(s(math.floor(x * end / 139) if few else x * end / 139))
        near = dots.get(x, set()) | dots.get(x + 1, set()) | dots.get(x - 1, set())
        if rate >= lowest:
            assert min(abs(to_row(rate) - dot) for dot in near) <= 1.51, (x, rate)
    rates = [rate for _, rate in curve(s).points]
    assert ("have no place on this axis" in text) == (min(rates) < lowest * 0.999)


@pytest.mark.parametrize("rows", [3, 7, 13, 40])
@pytest.mark.parametrize("low", [1.0, 1.3, 2e-5, 6.7e-4, 9.9e-3])
@pytest.mark.parametrize("times", [1.01, 3.0, 12.0, 150.0, 2e5, 1e12])
def test_logarithmic_ticks_stand_on_rows(rows, low, times):
    rule = axis([Curve(((0, low), (1, low * times)), (), 1, "tokens")], rows, log=True)
    assert rule.height(low) >= -1e-6
    assert rule.height(low * times) <= rows - 0.5
    assert len(rule.ticks) >= 1 + (rows > 3)
    for tick in rule.ticks:
        assert f"{tick:e}"[0] in "125"
        assert abs(rule.height(tick) - round(rule.height(tick))) < 0.25


def test_zero_on_a_logarithmic_axis_is_left_out_and_said():
    text = drawn({"": ss.hold(0.0, 500) >> ss.hold(1e-3, 500)}, log=True)
    dots, _, lines = rows_of(text)
    assert not any(dots.get(x) for x in range(0, 69))
    assert all(dots.get(x) for x in range(70, 140))
    assert any(
        re.fullmatch(r"  rates below 1e-5, 0 among them, have no place on this axis", line) for line in lines
    )


def test_a_logarithmic_axis_ends_twelve_decades_down():
    labels = rows_of(drawn({"": ss.exponential(1.0, 1e-200, 1000)}, log=True))[1]
    assert float(labels[max(labels)]) == 1e-12
    assert float(labels[min(labels)]) == 1.0


PHRASES = {
    "10,000": 10_000, "1,234,567,890,123": 1_234_567_890_123, "375M": 375 * 10**6, "259.625B": 259_625 * 10**6,
    "1M": 10**6, "999,999": 999_999, "0.125": 0.125, "3,702.5": 3702.5, "0": 0, "1.5T": 15 * 10**11,
    "9,223,372,036,854,775,807": 2**63 - 1, "1,234,567.5": 1234567.5, "500": 500.0,
}  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES)
def test_positions_are_written_whole(phrase):
    assert position(PHRASES[phrase]) == phrase


@pytest.mark.parametrize(
    "until", [1, 2, 3, 7, 10, 99, 1000, 10_000, 12_345, 10**7, 3 * 10**11, 2**62, 0.3, 1e-9]
)
@pytest.mark.parametrize("most", [1, 2, 5, 10])
def test_places_are_round_and_within(until, most):
    marks = places(until, "updates" if until >= 1 else "progress", most)
    assert [mark for mark, _ in marks] == sorted({mark for mark, _ in marks})
    assert marks[0] == (0, "0")
    assert marks[-1][0] <= until
    assert len(marks) <= most + 1
    if most > 2:
        assert len(marks) >= 2
    if until >= 1:
        assert all(isinstance(mark, int) for mark, _ in marks)
    for mark, label in marks:
        size = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(label[-1], 1)
        assert float(label.rstrip("kMBT")) * size == pytest.approx(mark, rel=1e-9)


def test_phases_are_listed_and_the_rest_is_counted():
    lines = drawn({"": BIG["cycles"]}).split("\n")
    rows = [line for line in lines if " to " in line]
    assert len(rows) == 11
    assert rows[0].split() == ["0", "to", "10", "cosine", "0.1", "->", "0.01"]
    assert rows[-1].split()[:4] == ["4,990", "to", "5,000", "cosine"]
    assert "  ... 489 more phases ..." in lines
    assert "  ... 9,989 more phases ..." in drawn({"": BIG["ten thousand cycles"]})


@pytest.mark.parametrize("name", ALL)
def test_the_phases_are_those_of_the_schedule(name):
    s = ALL[name]
    if len(s.phases() if s.length < math.inf else s.phases(horizon(s))) > 12 or name == "warm restarts":
        return
    rows = [
        line.split()
        for line in drawn({"": s}, width=200).split("\n")
        if re.match(r"  +[\d,.]+[MBT]? to ", line)
    ]
    found = [(position(p.start), position(p.stop)) for p in s.phases(horizon(s)) if p.start < p.stop]
    shown = [(row[0], row[2].removesuffix("...")) for row in rows]
    held = [row for row in rows if row[3] == "held"]
    assert shown == found or held


def test_a_title_is_cut_and_made_harmless():
    long = ss.multi_step(1.0, range(10, 5000, 10))
    title = drawn({"\x1b[31mred\n\x07": long}, width=60).split("\n")[0]
    assert title.startswith("\ufffd[31mred\ufffd\ufffd: 1 for 10; 0.1 for 10")
    assert title.endswith("…")
    assert len(title) == 60


@pytest.mark.parametrize("name", ALL)
def test_show_prints_it(name, capsys):
    ALL[name].show()
    assert capsys.readouterr().out == drawn([("", ALL[name])]) + "\n"


WRONG = {
    "narrow": (lambda s: s.show(width=19), r"^show\.width: must be a whole number >= 20; got 19\.$"),
    "nan": (lambda s: s.show(width=math.nan), r"^show\.width: must be a whole number >= 20; got nan\.$"),
    "wide": (lambda s: s.show(width=1001), r"^show\.width: must be at most 1000; got 1001\.$"),
    "flat": (lambda s: s.show(height=2), r"^show\.height: must be a whole number >= 3; got 2\.$"),
    "nowhere": (lambda s: s.show(0), r"^until: must be a position > 0; got 0\.$"),
    "negative": (lambda s: s.show(-5), r"^until: must be a finite number of updates >= 0; got -5\.$"),
    "endless": (lambda s: s.show(math.inf), r"^until: must be a finite number of updates >= 0; got inf\."),
    "log of zero": (lambda s: (s * 0).show(log=True), r"^log: a logarithmic axis needs a rate above 0; got 'a highest rate of 0'\. Draw it without log\.$"),
    "none": (lambda s: drawn({}), r"^show: 1 to 26 schedules can be drawn together; got 0\. Draw them in groups\.$"),
    "many": (lambda s: drawn([("", s)] * 27), r"^show: 1 to 26 schedules can be drawn together; got 27\."),
    "clocks": (lambda s: drawn({"a": s, "b": s.on("tokens")}), r"^show: schedules drawn together must be on one clock; got \['steps', 'tokens'\]\. Draw them one by one\.$"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_drawn_is_refused(case):
    ask, words = WRONG[case]
    with pytest.raises(ss.ScheduleError, match=words):
        ask(ss.linear(0.0, 1.0, 10))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_small_curve(rows):
    lines = small(ss.linear(0.0, 1.0, 1000), columns=10, rows=rows)
    assert [len(line) for line in lines] == [10] * rows
    heights = []
    for x in range(20):
        cells = [(row, ord(line[x // 2]) - 0x2800) for row, line in enumerate(lines)]
        heights.append(
            min(4 * row + y for row, cell in cells for y in range(4) if cell >> BITS[x % 2, y] & 1)
        )
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == 4 * rows - 2
    assert heights[-1] == 0


# The picture of a notebook


def shapes_of(text):
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    line = root.findall(f"{space}path")[-1]
    points = [tuple(map(float, point.split())) for point in re.split("[ML]", line.get("d"))[1:]]
    texts = [
        (float(e.get("x")), float(e.get("y")), e.text, e.get("text-anchor"))
        for e in root.iter(f"{space}text")
    ]
    return root, points, texts


@pytest.mark.parametrize("name", ALL)
def test_the_svg_shows_the_rates(name):
    s = ALL[name]
    root, points, texts = shapes_of(s._repr_svg_())
    rates = [(y - 4, float(label)) for x, y, label, anchor in texts if anchor == "end" and x == 54]
    marks = [(x, label) for x, y, label, anchor in texts if anchor == "middle"]
    (y0, low), (y1, high) = rates[0], rates[-1]
    end, few = horizon(s), s.clock == "steps" and horizon(s) <= FEW
    assert points[0][0] == 60
    assert points[-1][0] == 540
    assert all(a[0] <= b[0] for a, b in pairwise(points))
    per_pixel = (high - low) / (y0 - y1)
    for x, y in points[:: 1 + len(points) // 200]:
        shown = low + (y0 - y) * per_pixel
        at = (x - 60) / 480 * end
        wide = rates_on(s, max(at - end / 240, 0), min(at + end / 240, end) or end)
        wide += [float(s(math.floor(at + 1e-9) - k)) for k in (0, 1)] if few else []
        assert min(wide) - abs(per_pixel) <= shown <= max(wide) + abs(per_pixel), (x, shown)
    for x, label in marks:
        value = float(label.rstrip("kMBT")) * {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(label[-1], 1)
        assert x == pytest.approx(60 + 480 * value / end, abs=0.06)
    assert root.get("fill") == "currentColor"


def test_the_svg_has_a_title_and_harms_no_page():
    s = ss.linear(0.0, 1.0, 500) >> ss.cosine(1.0, 0.0, 500)
    root, _, texts = shapes_of(s._repr_svg_())
    assert root[0].text == str(s) == texts[0][2]
    assert ">" not in s._repr_svg_().split("<title>")[1].split("</title>")[0]
    assert not re.search(r'id="|<style|<script', s._repr_svg_())
    assert s._repr_svg_().count("stroke-dasharray") == 1  # where its phases meet


def test_the_svg_of_many_phases_stays_small():
    assert len(BIG["ten thousand cycles"]._repr_svg_()) < 40_000
    assert len(BIG["many phases"]._repr_svg_()) < 40_000


# The curve itself


@settings(max_examples=40, deadline=None)
@given(trees())
def test_any_schedule_can_be_drawn(s):
    points = curve(s, columns=50).points
    assert all(a[0] <= b[0] for a, b in pairwise(points))
    assert max(map(len, drawn({"": s}, width=50).split("\n"))) <= 50
    ElementTree.fromstring(svg(s))


@settings(max_examples=40, deadline=None)
@given(trees())
def test_every_point_of_a_curve_is_a_rate(s):
    s = s.on("tokens")  # which are never drawn as treads
    for place, rate in curve(s, columns=50).points:
        sides = [s._limit(place), *(float(s(place + k * 1e-9 * (1 + place))) for k in (-1, 0, 1))]
        assert min(sides) - 1e-6 <= rate <= max(sides) + 1e-6


def test_a_tread_is_level_up_to_its_end():
    points = curve(ss.table([1.0, 3.0, 2.0]).on("tokens"), columns=6).points
    assert points == (
        (0, 1.0),
        (0.5, 1.0),
        (1, 1.0),
        (1, 3.0),
        (1.5, 3.0),
        (2, 3.0),
        (2, 2.0),
        (2.5, 2.0),
        (3, 2.0),
    )


def test_rates_too_large_to_add_are_drawn():
    huge = ss.linear(0.0, 1e308, 100)
    assert "highest" in drawn({"": huge + huge})
    assert "highest" in drawn({"": (huge * huge)})


def test_pictures_are_fast_and_loaded_late():
    code = "import sys, stepsize as ss; ss.linear(0, 1, 10); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    names = ("picture", "axes", "stretches", "sums", "summary", "words", "terminal", "svg")
    assert not {f"stepsize.schedule.{name}" for name in names} & set(loaded)
    best = {}
    for name in ("ordinary", "ten thousand cycles"):
        s = BIG.get(name, ss.warmup_cosine(3e-4, 10_000, warmup=500))
        times = []
        for _ in range(5):
            start = time.perf_counter()
            drawn({"": s})
            times.append(time.perf_counter() - start)
        best[name] = min(times)
    assert best["ordinary"] < 0.1  # 5 ms where it was written
    assert best["ten thousand cycles"] < 0.3  # 20 ms where it was written
