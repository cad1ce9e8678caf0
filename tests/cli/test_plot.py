"""``stepsize plot``: what is drawn of a log, what is said below it, files, and what goes wrong."""

import sys
from importlib import import_module

import pytest

from stepsize.cli.logs import Progress
from stepsize.cli.plot import bands
from stepsize.errors import ScheduleError
from stepsize.logs.reading import read
from stepsize.plots.logs import logs
from stepsize.plots.logs_file import picture
from stepsize.plots.logs_terminal import drawn

LOG = "step,lr,loss,other_lr\n" + "".join(
    f"{k},{0.01 * min(k, 20) if k < 50 else 0.2 * (100 - k) / 50},{3 - k / 50},0.5\n" for k in range(100)
)


@pytest.fixture
def log(tmp_path):
    (tmp_path / "run.csv").write_text(LOG)
    return "run.csv"


def test_rates_losses_and_phases(stepsize, log):
    code, out, err = stepsize("plot", log)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["run.csv", "learning rate"]
    assert lines[13] == "loss"
    (names,) = (line for line in lines if "hold" in line and "┤" not in line and "->" not in line)
    assert names.split() == ["linear", "hold", "linear"]
    assert lines[-1] == str(import_module("stepsize.logs.identifying.identify").identify(read(log)).schedule)


@pytest.mark.parametrize(
    ("words", "shown", "look"),
    [
        (["--no-loss"], {"losses": False}, {}),
        (["--log"], {}, {"log": True}),
        (["--width", "50", "--height", "6"], {}, {"width": 50, "height": 6}),
    ],
)
def test_options_reach_the_picture(stepsize, log, words, shown, look):
    out = stepsize("plot", log, log, *words).out
    assert out == "\n".join(drawn(logs([read(log)] * 2, **shown), **{"width": 80} | look)) + "\n"


def test_columns_by_name(stepsize, log):
    out = stepsize(
        "plot", log, log, "--rate", "other_lr", "--loss", "lr", "--step", "step", "--format", "csv"
    ).out
    assert out == "\n".join(drawn(logs([read(log, rate="other_lr", loss="lr")] * 2), width=80)) + "\n"


@pytest.mark.parametrize("name", ["run.svg", "run.PNG"])
def test_a_file_is_written_too(stepsize, log, tmp_path, name):
    done = stepsize("plot", log, log, "--save", name)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"Saved: {name}"
    assert (tmp_path / name).read_bytes() == picture(logs([read(log)] * 2), name[-3:].lower())


def test_phases_begin_anew_where_the_schedule_did(stepsize, tmp_path):
    """A warmup of 20 and a line to 0 at 220 of the run; after 100 updates it was resumed from its first one."""
    rates = [0.01 * k if k < 20 else 0.2 * (220 - k) / 200 for k in range(100)]
    rows = "".join(f"{k},{rate:.6f}\n" for k, rate in enumerate(rates * 2))
    (tmp_path / "resumed.csv").write_text(f"step,lr\n{rows}")
    found = import_module("stepsize.logs.identifying.identify").identify(read("resumed.csv"))
    assert [(band.start, band.stop, band.kind) for band in bands(found)] == [
        (0, 20, "linear"), (20, 100, "linear"), (100, 120, "linear"), (120, found.parts[-1].stop + 100, "linear"),
    ]  # fmt: skip
    axis = stepsize("plot", "resumed.csv", "--width", "90").out.splitlines()[-4]
    assert axis.count("┴") + axis.count("┼") == 3  # edges at 20, 100 and 120


def test_without_phases_it_is_said_why(stepsize, log, monkeypatch):
    identify = import_module("stepsize.logs.identifying.identify")

    def refuse(trace):
        raise ScheduleError("run.csv: it has too few rates; got 3.")

    monkeypatch.setattr(identify, "identify", refuse)
    code, out, _ = stepsize("plot", log)
    assert code == 0
    assert out.splitlines()[-1] == "Without phases: run.csv: it has too few rates; got 3."


@pytest.mark.parametrize(("words", "error"), [
    (["none.csv"], "none.csv: must be a log that can be read; got 'No such file or directory'."),
    (["run.csv", "--save", "run.gif"], "--save: must end in .png or .svg; got 'run.gif'."),
    (["run.csv", "--rate", "lrs"], "run.csv: must have the column that was named; got 'lrs'. Did you mean \"lr\"?"),
    (["run.csv", "--width", "3"], "--width: must be a whole number >= 20; got 3."),
    (["run.csv", "--height", "2"], "--height: must be a whole number >= 3; got 2."),
    (["run.csv", "--format", "xml"], "--format: must be one of trainer, csv, jsonl, json, events, mlflow, text; got 'xml'."),
    ([], "Missing argument 'LOG'."),
])  # fmt: skip
def test_what_is_wrong(stepsize, log, words, error):
    code, out, err = stepsize("plot", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"stepsize: {error}")
    assert err.count("\n") == 1


class Terminal:
    """A standard error that is a terminal."""

    def __init__(self):
        self.written = ""

    def isatty(self):
        return True

    def write(self, text):
        self.written += text

    def flush(self):
        pass


def test_progress_is_shown_in_a_terminal_when_it_takes_long(monkeypatch):
    terminal, now = Terminal(), [0.0]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    progress = Progress("run.csv")
    progress.tell(1, 200_000_000)
    assert terminal.written == ""
    now[0] = 0.6
    progress.tell(100_000_000, 200_000_000)
    progress.tell(110_000_000, 200_000_000)
    assert terminal.written == "\rreading run.csv: 50% of 200 MB"
    progress.clear()
    assert terminal.written.endswith("\r" + " " * 30 + "\r")


def test_progress_is_not_shown_elsewhere(monkeypatch, capsys):
    monkeypatch.setattr("time.monotonic", iter([0.0, 9.0]).__next__)
    progress = Progress("run.csv")
    progress.tell(1, 2)
    progress.clear()
    assert capsys.readouterr().err == ""
