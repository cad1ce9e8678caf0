"""Pictures in files: decoded again, pixel by pixel or point by point."""

import math
import os
import re
import subprocess
import sys
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

import stepsize as ss
from stepsize.plots.schedules import COLOURS, picture, save

SVG = "{http://www.w3.org/2000/svg}"
COSINE = ss.warmup_cosine(3e-4, 10_000, warmup=1000, end=3e-5)
CURVES = {
    "cosine": COSINE,
    "ten": ss.warmup_cosine(3e-4, 10, warmup=2, end=3e-5),
    "tokens": (ss.linear(0.0, 6e-5, 375 * 10**6) >> ss.cosine(6e-5, 6e-6, 10**10)).on("tokens"),
    "cycles": ss.sgdr(0.1, 1000, growth=2, cycles=4),
    "progress": ss.wsd(1.0, 1.0, warmup=0.125, decay=0.25).on("progress"),
    "negative": ss.linear(-1.0, 1.0, 500),
    "between ticks": ss.warmup_linear(3.7e-4, 1000, warmup=100),
}


def rgb(colour):
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255


def pixels(png):
    return imread(BytesIO(png), format="png")[:, :, :3]


def painted(image, colour):
    """Rows and columns whose pixels have this colour."""
    return np.nonzero(np.abs(image - rgb(colour)).max(axis=2) < 0.02)


def paths(svg, colour):
    """The polylines of a colour within the axes, in points of the drawing, and the height of it."""
    root = ElementTree.fromstring(svg)
    found = []
    for group in root.iter(f"{SVG}g"):
        if group.get("id", "").startswith("line2d"):
            for path in group.findall(f"{SVG}path"):
                if f"stroke: {colour}" in path.get("style", ""):
                    numbers = re.findall(r"[ML] (-?[\d.]+) (-?[\d.]+)", path.get("d"))
                    found.append([(float(x), float(y)) for x, y in numbers])
    return found


def ticks(svg, axis):
    """Position of each tick of an axis, and the number that it is labelled with."""
    root, marks = ElementTree.fromstring(svg), []
    for group in root.iter(f"{SVG}g"):
        if re.fullmatch(rf"{axis}tick_\d+", group.get("id", "")):
            text = next(group.iter(f"{SVG}text")).text
            mark = next(group.iter(f"{SVG}use")).get("x") if axis == "x" else grid_line(group)
            size = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(text[-1], 1)
            marks.append((float(mark), float(text.rstrip("kMBT")) * size))
    return marks


def grid_line(group):
    return re.match(r"M [-\d.]+ ([-\d.]+)", next(group.iter(f"{SVG}path")).get("d"))[1]


def mapping(marks, log=False):
    (a, low), (b, high) = marks[0], marks[-1]
    of = math.log10 if log else float
    return lambda place: of(low) + (place - a) / (b - a) * (of(high) - of(low))


@pytest.mark.parametrize("name", CURVES)
def test_the_svg_has_the_rates_at_its_ticks(name):
    s = CURVES[name]
    svg = picture({name: s}, "svg").decode()
    to_place, to_rate = mapping(ticks(svg, "x")), mapping(ticks(svg, "y"))
    line = max(paths(svg, COLOURS[0]), key=len)
    end = s.length
    assert to_place(line[0][0]) == pytest.approx(0, abs=1e-3 * end)
    assert to_place(line[-1][0]) == pytest.approx(end, rel=1e-3)
    size = max(abs(to_rate(y)) for _, y in line)
    for x, y in line:
        at = min(max(to_place(x), 0), end)
        near = [s(min(max(at + k * end / 1000, 0), end)) for k in (-2, -1, 0, 1, 2)]
        if name == "ten":
            near = [s(max(math.floor(at + k * 1e-3), 0)) for k in (-1, 1)]
        assert min(near) - 2e-3 * size <= to_rate(y) <= max(near) + 2e-3 * size, (at, to_rate(y), near)
    frame = re.search(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg)
    left, top, width, height = map(float, frame.groups())
    assert all(left - 0.1 <= x <= left + width + 0.1 and top <= y <= top + height + 0.1 for x, y in line)
    unit = s.clock if s.clock != "steps" else "updates"
    assert {unit, "learning rate", name} <= {e.text for e in ElementTree.fromstring(svg).iter(f"{SVG}text")}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("dark", [False, True])
def test_the_png_has_the_curve_where_the_svg_has_it(name, dark):
    image = pixels(picture({name: CURVES[name]}, "png", dark=dark))
    line = max(paths(picture({name: CURVES[name]}, "svg").decode(), COLOURS[0]), key=len)
    rows, columns = painted(image, COLOURS[0])
    own = set(
        zip((columns * 72 / 200).round().astype(int), (rows * 72 / 200).round().astype(int), strict=True)
    )
    for x, y in line[5:-5:11]:
        assert any((round(x) + i, round(y) + j) in own for i in (-1, 0, 1) for j in (-1, 0, 1)), (x, y)
    low, high = min(x for x, _ in line) - 3, max(x for x, _ in line) + 3
    assert all(low <= x <= high for x, _ in own)


@pytest.mark.parametrize(("dark", "ground"), [(False, "#ffffff"), (True, "#111418")])
def test_a_png_has_a_ground_and_everything_on_it_can_be_read(dark, ground):
    image = pixels(picture(CURVES | {"tokens": COSINE, "progress": COSINE}, "png", dark=dark))
    assert image.shape == (900, 1600, 3)
    assert np.allclose(image[0, 0], rgb(ground), atol=0.01)
    ink = "#c8c8c8" if dark else "#404040"
    assert contrast(ink, ground) > 7
    assert len(painted(image, ink)[0]) > 500


def luminance(colour):
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_an_svg_is_transparent_and_readable_on_light_and_dark():
    svg = picture(dict.fromkeys("abcdef", COSINE), "svg").decode()
    colours = set(re.findall(r"#[0-9a-f]{6}", svg))
    assert colours == {*COLOURS, "#808080"}
    for colour in colours:
        assert min(contrast(colour, ground) for ground in ("#ffffff", "#000000", "#1e1e1e")) > 3
    assert not re.search(r"fill: (#ffffff|white)", svg)


def test_several_have_their_own_colours_and_names():
    named = {f"schedule {k}": ss.linear(k / 10, 1.0, 1000) for k in range(8)}
    svg = picture(named, "svg").decode()
    texts = [e.text for e in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert [text for text in texts if text in named] == list(named)
    for colour in COLOURS:
        assert paths(svg, colour)
    assert "stroke-dasharray" in svg  # where the colours come again


def test_names_are_taken_as_they_are():
    hostile = ["名前", "$x^2$", "_hidden", "<b>&amp;", "a\nb", "\x07bell", "n" * 300]
    svg = picture([(name, COSINE) for name in hostile], "svg").decode()
    texts = [e.text for e in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert texts[-7:] == ["名前", "$x^2$", "_hidden", "<b>&amp;", "a b", "\ufffdbell", "n" * 59 + "…"]


def test_a_single_one_without_a_name_shows_its_spelling_and_its_edges():
    svg = picture({"": COSINE}, "svg").decode()
    assert str(COSINE) in [e.text for e in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    to_place = mapping(ticks(svg, "x"))
    edges = [line for line in paths(svg, "#808080") if len(line) == 2 and line[0][0] == line[1][0]]
    assert [
        round(to_place(line[0][0]))
        for line in edges
        if 0 < round(to_place(line[0][0])) < 10_000 and abs(line[0][1] - line[1][1]) > 50
    ][-1] == 1000


def test_the_logarithmic_axis():
    s = ss.linear(0.0, 1.0, 100) >> ss.cosine(1.0, 1e-3, 900)
    svg = picture({"": s}, "svg", log=True).decode()
    to_place, to_rate = mapping(ticks(svg, "x")), mapping(ticks(svg, "y"), log=True)
    line = max(paths(svg, COLOURS[0]), key=len)
    inside = [(to_place(x), to_rate(y)) for x, y in line if 110 < to_place(x) < 990]
    assert len(inside) > 20
    for at, rate in inside:
        assert rate == pytest.approx(math.log10(s(at)), abs=0.02)
    with pytest.raises(ss.ScheduleError, match=r"^log: a logarithmic axis needs a rate above 0; got"):
        picture({"": ss.hold(0.0, 5)}, "svg", log=True)


def test_until_cuts_and_extends():
    for until in (500, 20_000):
        svg = picture({"": COSINE}, "svg", until).decode()
        line = max(paths(svg, COLOURS[0]), key=len)
        assert mapping(ticks(svg, "x"))(line[-1][0]) == pytest.approx(until, rel=1e-3)


# Files


@pytest.mark.parametrize("kind", ["png", "svg", "PNG", "Svg"])
def test_it_is_saved_as_its_name_ends(kind, tmp_path):
    path = tmp_path / f"picture.{kind}"
    save({"": COSINE}, str(path))
    assert path.read_bytes() == picture({"": COSINE}, kind.lower())
    assert path.read_bytes()[:4] in (b"\x89PNG", b"<?xm")
    assert os.listdir(tmp_path) == [path.name]


def test_the_same_schedule_gives_the_same_bytes():
    for kind in ("svg", "png"):
        assert picture({"a": CURVES["cycles"]}, kind) == picture({"a": CURVES["cycles"]}, kind)


@pytest.mark.parametrize("name", ["picture.pdf", "picture", "picture.png.txt", ".svg"])
def test_any_other_ending_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ss.ScheduleError, match=r"^save\.path: must end in \.png or \.svg; got '.*'\.$"):
        save({"": COSINE}, name)
    assert not os.listdir(tmp_path)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(
        ss.ScheduleError,
        match=r"picture\.svg: must be writable; got 'No such file or directory'\. Make its folder first: .*nowhere\.$",
    ):
        save({"": COSINE}, tmp_path / "nowhere" / "picture.svg")


def test_a_name_that_no_file_can_have():
    with pytest.raises(
        ss.ScheduleError, match=r"^save\.path: must be the name of a file; got 'embedded null byte'\.$"
    ):
        save({"": COSINE}, "a\0b.svg")


def test_a_folder_of_that_name_is_no_file(tmp_path):
    (tmp_path / "picture.svg").mkdir()
    with pytest.raises(ss.ScheduleError, match=r"picture\.svg: must be writable; got 'Is a directory'\.$"):
        save({"": COSINE}, tmp_path / "picture.svg")
    assert os.listdir(tmp_path) == ["picture.svg"]


@pytest.mark.parametrize("fails", ["open", "replace"])
def test_a_write_that_fails_keeps_the_old_picture(fails, tmp_path, monkeypatch):
    path = tmp_path / "picture.svg"
    path.write_text("old")

    def full(self, *arguments, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, fails, full)
    with pytest.raises(ss.ScheduleError, match=r"must be writable; got 'No space left on device'\.$"):
        save({"": COSINE}, path)
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["picture.svg"]


@pytest.mark.parametrize("wrong", [{}, {"a": COSINE, "b": COSINE.on("tokens")}])
def test_one_clock_or_an_error(wrong, tmp_path):
    with pytest.raises(
        ss.ScheduleError, match=r"^save\.schedules: must be one or more, on one clock; got \["
    ):
        save(wrong, tmp_path / "picture.png")
    assert not os.listdir(tmp_path)


def test_without_matplotlib_it_says_what_to_install():
    code = "import sys; sys.modules['matplotlib'] = None\nimport stepsize.plots.schedules"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr
    assert "MissingExtra" in told
    assert 'Write: pip install "stepsize[plot]"' in told


def test_settings_of_the_user_change_nothing(tmp_path):
    from matplotlib import rc_context

    plain = picture({"": COSINE}, "svg")
    with rc_context({"lines.linewidth": 20, "axes.grid": True, "font.size": 30}):
        assert picture({"": COSINE}, "svg") == plain


def test_curves_never_go_back():
    for kind in CURVES.values():
        line = max(paths(picture({"": kind}, "svg").decode(), COLOURS[0]), key=len)
        assert all(a[0] <= b[0] + 1e-3 for a, b in pairwise(line))
