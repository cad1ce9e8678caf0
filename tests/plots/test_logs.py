"""Logs in a picture: the data by value, then what the terminal and the files show of it."""

from io import BytesIO
from math import inf, nan
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

from stepsize.errors import ScheduleError
from stepsize.plots.logs import Band, logs
from stepsize.plots.logs_file import picture, save
from stepsize.plots.logs_terminal import drawn
from stepsize.plots.schedules import COLOURS
from stepsize.plots.thinning import Line
from stepsize.records.trace import Trace


def trace(rates, losses=None, steps=None, name="run.csv", counts="steps"):
    steps = range(0, 10 * len(rates), 10) if steps is None else steps
    return Trace(name, [*steps], rates, losses if losses is not None else [nan] * len(rates), counts)


RISING = trace([0.0, 0.5, 1.0, 0.5, 0.0], [4.0, 3.0, 2.5, 2.25, 2.0])


# What is shown


def test_a_log_by_value():
    shown = logs([RISING], [[Band(0, 20, "linear"), Band(20, 90, "cosine")]])
    (one,) = shown.logs
    assert one.rates == Line((0, 10, 20, 30, 40), (0.0, 0.5, 1.0, 0.5, 0.0))
    assert one.losses == Line((0, 10, 20, 30, 40), (4.0, 3.0, 2.5, 2.25, 2.0))
    assert one.bands == (Band(0, 20, "linear"), Band(20, 40, "cosine"))
    assert (one.given_up, one.each) == ((), 1)
    assert (shown.until, shown.unit) == (40, "updates")
    assert shown.losses.low < 2.0 < 3.0 < shown.losses.high


def test_rows_without_a_rate_or_a_loss():
    (one,) = logs([trace([0.1, nan, 0.3, nan], [nan, 2.0, inf, 1.0])]).logs
    assert one.rates == Line((0, 20), (0.1, 0.3))
    assert one.losses == Line((10, 30), (2.0, 1.0))


def test_no_losses():
    assert logs([RISING], losses=False).losses is None
    assert logs([trace([0.1, 0.2])]).losses is None


def test_after_a_resume_the_curve_is_what_was_done_last():
    resumed = trace(
        [0.1, 0.2, 0.3, 0.4, 0.7, 0.8, 0.9],
        steps=[0, 10, 20, 30, 20, 30, 40],
        losses=[7, 6, 5, 4, 5.5, 4.5, 3.5],
    )
    (one,) = logs([resumed]).logs
    assert one.rates == Line((0, 10, 20, 30, 40), (0.1, 0.2, 0.7, 0.8, 0.9))
    assert one.given_up == (Line((20, 30), (0.3, 0.4)),)
    assert one.losses.y == (7, 6, 5.5, 4.5, 3.5)


def test_a_rate_that_is_logged_twice_is_no_resume():
    assert logs([trace([0.1, 0.2, 0.2, 0.3], steps=[0, 10, 10, 20])]).logs[0].given_up == ()


def test_a_long_log_is_drawn_in_few_points_and_keeps_its_jumps():
    rates = np.linspace(0, 1, 100_000)
    rates[60_000:] = 0.25
    (one,) = logs([trace(rates, losses=np.linspace(5, 1, 100_000), steps=range(100_000))]).logs
    assert len(one.rates.x) <= 400
    assert {(59_999.0, rates[59_999]), (60_000.0, 0.25)} <= {*zip(one.rates.x, one.rates.y, strict=True)}
    assert (len(one.losses.x), one.each) == (200, 500)
    assert one.losses.x[0] == 249.5
    assert one.losses.y[0] == pytest.approx(np.linspace(5, 1, 100_000)[:500].mean())


def test_bands_lie_in_order_side_by_side():
    found = [Band(10, 90, "cosine"), Band(-5, 10, "linear"), Band(30, 35, "hold"), Band(60, 70, "out")]
    (one,) = logs([RISING], [found]).logs
    assert one.bands == (Band(0, 10, "linear"), Band(10, 30, "cosine"), Band(30, 35, "hold"))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["a/b/c.csv"], ["b/c.csv"]),
        (["c.csv"], ["c.csv"]),
        (["a/x.csv", "a/y.csv"], ["x.csv", "y.csv"]),
        (["a/1/log.csv", "a/2/log.csv"], ["1/log.csv", "2/log.csv"]),
        (["a/x.csv", "a/x.csv"], ["x.csv", "x.csv"]),
        (["x.csv", "a/x.csv"], ["x.csv", "a/x.csv"]),
    ],
)
def test_names_are_as_long_as_they_must_be(given, names):
    assert [one.name for one in logs([trace([0.1, 0.2], name=name) for name in given]).logs] == names


@pytest.mark.parametrize(
    ("traces", "said"),
    [
        ([], "plot: 1 to 26 logs can be drawn together; got 0."),
        ([RISING] * 27, "plot: 1 to 26 logs can be drawn together; got 27."),
        ([RISING, trace([0.1], counts="epochs")], "plot: logs drawn together must count the same; got 'steps, epochs'. Draw them one by one."),
        ([trace([nan, nan])], "plot: a log must have a rate that is a finite number; got 'run.csv'."),
    ],
)  # fmt: skip
def test_what_cannot_be_shown(traces, said):
    with pytest.raises(ScheduleError) as caught:
        logs(traces)
    assert str(caught.value) == said


# In the terminal


def test_the_whole_picture():
    shown = logs([RISING], [[Band(0, 20, "linear"), Band(20, 40, "cosine")]])
    lines = drawn(shown, width=42, height=5)
    assert lines[:2] == ["run.csv", "learning rate"]
    assert [line[:10] for line in lines[2:7]] == [
        "       1 ┤",
        "    0.75 ┤",
        "     0.5 ┤",
        "    0.25 ┤",
        "       0 ┤",
    ]
    peak = [k for k in range(10, 42) if lines[2][k] != "\u2800"]
    assert peak == [25, 26, 27]  # around the middle of 10 to 41
    assert lines[7] == "loss"
    assert [line[:10].strip() for line in lines[8:11]] == ["3.05 ┤", "2.5 ┤", "1.95 ┤"]
    assert lines[11] == "         └┬───────┬───────┼──────┬───────┬"
    assert lines[12].split() == ["updates", "0", "10", "20", "30", "40"]
    assert lines[13] == " " * 10 + "     linear          cosine"
    assert lines[14:] == ["  losses up to 4, of the start, are beyon…"]


def test_names_that_have_no_room_are_cut_or_left_out():
    found = [Band(0, 1, "linear"), Band(1, 15, "one_minus_sqrt"), Band(15, 40, "hold")]
    assert drawn(logs([RISING], [found]), width=42, height=3)[-2].split() == ["one_minus…", "hold"]


def test_several_logs_have_letters():
    lines = drawn(logs([RISING, trace([0.25, 0.25, 0.25], name="other.csv")]), width=60, height=6)
    assert lines[:2] == ["a run.csv", "b other.csv"]
    plot = "".join(lines[3:9])
    assert "a" in plot
    assert "b" in plot
    assert "\x1b[" in drawn(logs([RISING, RISING]), colour=True)[0]


def test_what_a_reader_must_know():
    resumed = trace([0.1, 0.2, 0.3, 0.2, 0.3], steps=[0, 10, 20, 10, 20], losses=[1, 2, 3, 2, 3])
    assert drawn(logs([resumed]))[-1] == "  made again, and shown as it was last: 10 to 20"
    long = trace([0.1] * 1000, [1.0] * 1000)
    assert drawn(logs([long]))[-1] == "  a point of the losses is the mean of 5 in a row"
    apart = logs([trace([0.1, 0.2]), trace([1e-4, 2e-4])])
    said = "  the highest rates differ 1,000-fold: a logarithmic axis shows them all"
    assert said in drawn(apart)
    assert said not in drawn(apart, log=True)


@pytest.mark.parametrize(
    "rates", [[0.0, 0.0], [0.1], [-1.0, 1.0], [1e308, 0.0], [5e-324, 0.0], [1e-9, 1e9]], ids=str
)
@pytest.mark.parametrize(
    "losses", [[2.0, 2.0], [0.0, 0.0], [-1.0, 1e300], [1e300, 1e-300], [nan, 1.0]], ids=str
)
def test_extreme_numbers_fit(rates, losses):
    shown = logs([trace(rates, losses[: len(rates)], name="学习率\x1b[31m.csv")])
    for line in drawn(shown, width=40):
        assert len(line) <= 40
        assert line.isprintable()
    assert picture(shown, "svg")


def test_a_logarithmic_axis_needs_a_rate():
    with pytest.raises(ScheduleError, match="log: a logarithmic axis needs a rate above 0"):
        drawn(logs([trace([0.0, 0.0])]), log=True)


# In files

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def curves(svg, colour=COLOURS[0]):
    """The curves of a colour: the number of their points, and how opaque they are."""
    found = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if group.get("id", "").startswith("line2d"):
            for path in group.findall(f"{SVG}path"):
                style = path.get("style", "")
                if f"stroke: {colour}" in style:
                    found.append((path.get("d").count("L") + 1, "stroke-opacity" in style))
    return found


def test_both_panels_and_the_names_of_the_phases():
    svg = picture(logs([RISING], [[Band(0, 20, "linear"), Band(20, 40, "cosine")]]), "svg")
    said = texts(svg)
    for word in ("learning rate", "loss", "updates", "run.csv", "linear", "cosine"):
        assert said.count(word) == 1
    assert curves(svg) == [(5, False), (5, False)]
    assert svg.count(b'style="fill: #808080; opacity: 0.05"') == 2
    assert svg.count(b'style="fill: #808080; opacity: 0.14"') == 2


def test_without_losses_there_is_one_panel():
    svg = picture(logs([RISING], losses=False), "svg")
    assert "loss" not in texts(svg)
    assert curves(svg) == [(5, False)]


def test_what_was_given_up_is_faint():
    resumed = trace([0.1, 0.2, 0.3, 0.2, 0.4, 0.5], steps=[0, 10, 20, 10, 20, 30])
    assert curves(picture(logs([resumed]), "svg")) == [(2, True), (4, False)]


def test_several_logs_have_a_legend_and_colours():
    svg = picture(logs([RISING, trace([0.25] * 3, name="$a_b$.csv")], [[Band(0, 20, "linear")]]), "svg")
    assert {"run.csv", "$a_b$.csv"} <= {*texts(svg)}
    assert "linear" not in texts(svg)
    assert len(curves(svg, COLOURS[0])) >= 2
    assert len(curves(svg, COLOURS[1])) >= 1


@pytest.mark.parametrize(("dark", "ground"), [(False, (255, 255, 255)), (True, (17, 20, 24))])
def test_a_png_has_its_ground(tmp_path, dark, ground):
    save(logs([RISING]), tmp_path / "run.png", dark=dark)
    image = imread(BytesIO((tmp_path / "run.png").read_bytes()), format="png")
    assert tuple(np.round(image[0, 0, :3] * 255).astype(int)) == ground
    assert picture(logs([RISING]), "png", dark=dark) == (tmp_path / "run.png").read_bytes()


def test_files_that_cannot_be_written(tmp_path):
    with pytest.raises(ScheduleError, match=r"save\.path: must end in \.png or \.svg; got 'run\.gif'\."):
        save(logs([RISING]), "run.gif")
    with pytest.raises(
        ScheduleError, match=r"must be writable; got 'No such file or directory'\. Make its folder first"
    ):
        save(logs([RISING]), tmp_path / "none/run.svg")
