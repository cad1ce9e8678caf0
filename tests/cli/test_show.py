"""``stepsize show``: what is drawn, exact rates, colours, and files."""

import os
import pty
import re
import sys

import pytest

import stepsize as ss
from stepsize.plots.schedules import picture
from stepsize.schedule.terminal import drawn

PLAN = "0 -> 3e-4 in 5%; -> 3e-5 cosine"
S = ss.warmup_cosine(3e-4, 10_000, warmup=500, end=3e-5)
CODE = re.compile(r"\x1b\[[0-9;]*m")


def test_a_whole_picture(stepsize):
    """The room draws; this command hands over the schedule, the end and the width."""
    assert stepsize("show", PLAN, "--steps", "10k") == (0, drawn({"": S}, 10_000, width=80) + "\n", "")


def test_what_is_said_below(stepsize):
    lines = stepsize("show", PLAN, "--steps", "10k").out.splitlines()
    assert lines[0] == "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"
    assert lines[-3:] == [
        "    0 to 500     linear  0 -> 3e-4",
        "  500 to 10,000  cosine  3e-4 -> 3e-5",
        "  first 0   last 3e-5   highest 3e-4 at 500   lowest 0 at 0   mean 1.642e-4",
    ]


def test_several_are_drawn_over_one_another(stepsize, tmp_path):
    (tmp_path / "plan.txt").write_text("0.5 -> 0 in 3000")
    out = stepsize("show", "1 for 2000", "plan.txt", "published:bert", "--steps", "4k").out
    named = [
        ("", ss.hold(1.0, 2000)),
        ("plan.txt", ss.linear(0.5, 0.0, 3000)),
        ("published:bert", ss.published.bert(4000)),
    ]
    assert out == drawn(named, 4000, width=80) + "\n"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--until", "2k"], {"until": 2000}),
        (["--steps", "20k"], {"until": 20_000}),
        (["--steps", "500"], {"until": 500}),
        (["--steps", "20k", "--until", "50%"], {"until": 10_000}),
        (["--epochs", "3", "--steps-per-epoch", "100"], {"until": 300}),
        (["--log"], {"log": True}),
        (["--width", "50", "--height", "4"], {"width": 50, "height": 4}),
    ],
)
def test_options_reach_the_picture(stepsize, words, wanted):
    done = stepsize("show", repr(S), *words)
    assert done == (0, drawn({"": S}, **({"until": 10_000, "width": 80} | wanted)) + "\n", "")


def test_the_run_is_the_end_on_any_clock(stepsize):
    done = stepsize("show", "0 -> 1 in 1M on tokens", "--steps", "10", "--tokens-per-step", "1k")
    assert done.out == drawn({"": ss.linear(0, 1, 10**6).on("tokens")}, 10_000, width=80) + "\n"
    timed = stepsize("show", "0 -> 1 in 1h", "--steps", "10")
    assert timed.out == drawn({"": ss.linear(0, 1, 3600).on("seconds")}, width=80) + "\n"


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["--at", "0,1000,9999"], f"   0  0.0\n1000  {S(1000)!r}\n9999  {S(9999)!r}\n"),
        (["--at", "10k"], "10000  3e-05\n"),
        (["--at", " 1k , 50% "], f"1000  {S(1000)!r}\n5000  {S(5000)!r}\n"),
        (
            ["3e-4", "--at", "0,500"],
            "  0  0.0                       0.0003\n500  0.0003                    0.0003\n",
        ),
    ],
)
def test_rates_at_positions_are_exact(stepsize, words, out):
    assert stepsize("show", PLAN, "--steps", "10k", *words) == (0, out, "")


LENGTHS = 'must be a number, such as 500 or 10k, or a length, such as "5%", "3 epochs", "2B tokens" or "2h"'
WRONG = [
    (["--at", ""], f"--at: {LENGTHS}; got ''."),
    (["--at", "1,,2"], f"--at: {LENGTHS}; got ''."),
    (["--at", "-1"], f"--at: {LENGTHS}; got '-1'."),
    (["--at", "0.5"], '--at: less than one needs a unit; got 0.5. For a share write "50%", else "0.5 steps".'),
    (["--at", "5%"], "--at: shares of the run need to know the run; got '5%'. Add --steps, --epochs or --tokens."),
    (["--until", "0"], "--until: must be > 0; got '0'."),
    (["--width", "5"], "--width: must be a whole number >= 20; got 5."),
    (["--height", "2"], "--height: must be a whole number >= 3; got 2."),
    (["0 -> 1 in 5 on tokens"],
     "SCHEDULE: schedules that are shown together must count on one clock; got 'steps, tokens'. Show them one by one."),
    (["0 -> 1 in 5 on tokens", "--at", "1"],
     "SCHEDULE: schedules that are shown together must count on one clock; got 'steps, tokens'. Show them one by one."),
    (["--save", "curve.gif"], "--save: must end in .png or .svg; got 'curve.gif'."),
    (["--save", "missing/curve.svg"], "missing/curve.svg: must be writable; got 'No such file or directory'. Make its folder first: missing."),
]  # fmt: skip


@pytest.mark.parametrize(("words", "text"), WRONG)
def test_wrong_input(stepsize, words, text):
    assert stepsize("show", "0 -> 1 in 500", *words) == (2, "", f"stepsize: {text}\n")


@pytest.mark.parametrize("name", ["curve.svg", "curve.png", "CURVE.PNG"])
@pytest.mark.parametrize("words", [[], ["--dark"], ["--log", "--until", "200"]])
def test_a_file_is_written_too(stepsize, tmp_path, name, words):
    done = stepsize("show", "1 -> 1e-3 in 500", "published:bert", "--save", name, *words)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"Saved: {name}"
    end = 200 if words and words[0] == "--log" else 10**6
    named = [("", ss.linear(1.0, 1e-3, 500)), ("published:bert", ss.published.bert())]
    wanted = picture(named, name[-3:].lower(), end, log="--log" in words, dark="--dark" in words)
    assert (tmp_path / name).read_bytes() == wanted


def test_a_file_that_cannot_be_written_leaves_nothing_behind(stepsize, tmp_path):
    (tmp_path / "curve.svg").mkdir()
    code, out, err = stepsize("show", "3e-4", "--save", "curve.svg")
    assert (code, out) == (2, "")
    assert err == "stepsize: curve.svg: must be writable; got 'Is a directory'.\n"
    assert [file.name for file in tmp_path.iterdir()] == ["curve.svg"]


def test_a_logarithmic_axis_needs_a_rate(stepsize):
    code, out, err = stepsize("show", "0", "--log")
    assert (code, out) == (2, "")
    assert err.startswith("stepsize: --log: a logarithmic axis needs a rate above 0; ")


# Colours and width


def in_a_terminal(columns, *words, **variables):
    """What the command writes to a terminal of so many columns."""
    import fcntl
    import struct
    import termios

    process, terminal = pty.fork()
    if process == 0:
        code = f"import os, sys, stepsize.cli as c\nos.read(0, 1)\nsys.exit(c.main({list(words)!r}))"
        os.execve(sys.executable, [sys.executable, "-c", code], os.environ | {"TERM": "xterm"} | variables)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    os.write(terminal, b"\n")  # it waits until the terminal has its size
    written = b""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # it has ended
            data = b""
        if not data:
            break
        written += data
    os.close(terminal)
    assert os.waitpid(process, 0)[1] == 0
    return written.decode().replace("\r\n", "\n").removeprefix("\n")


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_a_terminal_gives_its_width_and_gets_colours(columns):
    out = in_a_terminal(columns, "show", "1 -> 0 in 500")
    assert out == drawn({"": ss.linear(1.0, 0.0, 500)}, width=columns, colour=True) + "\n"
    assert CODE.search(out)


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours(variables):
    assert not CODE.search(in_a_terminal(80, "show", "1 -> 0 in 500", **variables))


def test_a_pipe_has_no_colours_unless_forced(stepsize, monkeypatch):
    assert not CODE.search(stepsize("show", "1 -> 0 in 500").out)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert CODE.search(stepsize("show", "1 -> 0 in 500").out)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not CODE.search(stepsize("show", "1 -> 0 in 500").out)


def test_rates_at_positions_and_a_picture_are_both_given(stepsize, tmp_path):
    done = stepsize("show", PLAN, "--steps", "10k", "--at", "500", "--save", "curve.svg")
    assert done == (0, "500  0.0003\n", "")
    assert (tmp_path / "curve.svg").read_bytes() == picture([("", S)], "svg", 10_000)


def test_a_run_of_tokens_needs_no_updates(stepsize):
    done = stepsize(
        "show", "0 -> 6e-4 in 2B; -> 6e-5 cosine on tokens", "--tokens", "300B", "--at", "2B,300B"
    )
    assert done == (0, "  2000000000  0.0006\n300000000000  6e-05\n", "")
