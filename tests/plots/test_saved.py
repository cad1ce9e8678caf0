"""Pictures in files: the curve is where it should be, names end how they should, and nothing is lost when writing fails."""

import re
import xml.etree.ElementTree as ET
from io import BytesIO

import numpy as np
import pytest
from matplotlib import colors, image

import stepsize as ss
from stepsize.plots import schedules
from stepsize.plots.schedules import COLOURS, picture, save

S = ss.warmup_cosine(3e-4, 10_000, warmup=2000, end=3e-5)


def pixels(content, colour):
    """Where a PNG has a colour: columns and rows, from the left and from the bottom, as parts of the picture."""
    found = image.imread(BytesIO(content))[:, :, :3]
    near = np.abs(found - np.array(colors.to_rgb(colour))).max(axis=2) < 0.08
    rows, columns = np.nonzero(near)
    return columns / found.shape[1], 1 - rows / found.shape[0]


@pytest.mark.parametrize("dark", [False, True])
def test_a_png_has_the_curve_where_the_rates_are(dark):
    x, y = pixels(picture([("", S)], "png", dark=dark), COLOURS[0])
    assert np.ptp(x) > 0.8
    t = (x - x.min()) / np.ptp(x) * 10_000
    expected = y.min() + np.ptp(y) * S(t) / 3e-4
    assert np.abs(y - expected)[t > 100].max() < 0.05  # the line is two points wide, and steep at its start
    assert image.imread(BytesIO(picture([("", S)], "png", dark=dark)))[2, 2, :3].mean() == pytest.approx(
        0.08 if dark else 1.0, abs=0.02
    )


def test_an_svg_has_the_curve_where_the_rates_are():
    root = ET.fromstring(picture([("", S)], "svg"))
    paths = [e for e in root.iter("{http://www.w3.org/2000/svg}path") if COLOURS[0] in (e.get("style") or "")]
    numbers = np.array(re.findall(r"-?\d+\.\d+|-?\d+", paths[0].get("d")), dtype=float).reshape(-1, 2)
    x, y = numbers[:, 0], -numbers[:, 1]
    t = (x - x.min()) / np.ptp(x) * 10_000
    assert y.min() + np.ptp(y) * S(t) / 3e-4 == pytest.approx(y, abs=np.ptp(y) / 200)


def test_an_svg_has_no_ground_and_keeps_its_letters():
    text = picture([("", S)], "svg").decode()
    assert "0 -&gt; 3e-4 in 2000; -&gt; 3e-5 cosine in 8000" in text
    assert not re.search(r'id="patch_1".{0,200}fill: #fff', text, re.S)


def test_several_have_colours_and_names_of_their_own():
    five = [(f"number {k}", S * (k + 1)) for k in range(5)]
    content = picture(five, "png")
    assert all(len(pixels(content, COLOURS[k])[0]) > 500 for k in range(5))
    text = picture(five, "svg").decode()
    assert all(f"number {k}" in text for k in range(5))


def test_the_same_picture_has_the_same_bytes():
    assert picture([("", S)], "svg") == picture([("", S)], "svg")
    assert picture([("", S)], "png") == picture([("", S)], "png")


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "s",
    [ss.hold(0.1, 10), ss.published.gpt3(), ss.sgdr(1.0, 10, end=0.01, cycles=500), ss.linear(0.0, 1.0, 3)],
)
def test_all_sorts_are_drawn(s, log, tmp_path):
    save({"name with $mathematics_{$ and <signs>": s}, tmp_path / "a.svg", log=log)
    save({"": s}, tmp_path / "a.PNG", log=log)
    ET.parse(tmp_path / "a.svg")
    assert image.imread(tmp_path / "a.PNG").shape[1] == 1600


def test_a_failing_write_keeps_the_old_file_and_leaves_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "a.svg"
    path.write_text("old")
    monkeypatch.setattr(
        schedules.Path, "replace", lambda *a: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(ss.ScheduleError, match="must be writable; got 'No space left on device'"):
        save({"": S}, path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]
    assert path.read_text() == "old"


def test_what_cannot_be_is_refused(tmp_path):
    for path, said in (
        ("a.pdf", r"save.path: must end in .png or .svg"),
        ("a", "must end in"),
        (tmp_path / "no" / "a.svg", "Make its folder first"),
    ):
        with pytest.raises(ss.ScheduleError, match=said):
            save({"": S}, path)
    with pytest.raises(ss.ScheduleError, match="on one clock"):
        save({"a": S, "b": S.on("tokens")}, tmp_path / "a.svg")
    with pytest.raises(ss.ScheduleError, match="on one clock"):
        save({}, tmp_path / "a.svg")
