"""The command line: races from end to end, wrong input, and how it stops."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stepsize.cli import main
from stepsize.lab.make import make
from stepsize.lab.tasks import TASKS
from stepsize.lab.worker import Event

RACE = ["race", "--task", "digits", "--schedules", "constant,cosine"]
SLOW = ["race", "--train", "tests.lab.work:slow", "--steps", "20", "--for", "0.1", "0.2"]
RUNS = "runs/tests.lab.work.slow"


def start(folder, *words):
    """``python -m stepsize`` in a process group of its own, as a terminal starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "stepsize", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},  # where the slow task is found
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # a shell's background jobs ignore it
    )


def wait_for(what, seconds=60):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def group_is_gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_race_prints_a_table_and_writes_a_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = [*RACE, "--steps", "5", "--seeds", "2"]
    assert main(words) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    lines = printed.out.splitlines()
    assert lines.pop(1).startswith(
        "With 2 seeds and 1 comparison, a difference is found with 80% power from "
    )
    assert lines[0] == "4 runs, kept in runs. Ctrl-C stops, the same command continues."
    finished = [re.sub(r"\d+\.\d+", "#", line) for line in sorted(lines[1:5])]
    assert finished == [
        "digits   constant         seed 100     #   # s",
        "digits   constant         seed 101     #   # s",
        "digits   cosine           seed 100     #   # s",
        "digits   cosine           seed 101     #   # s",
    ]
    assert "digits: final validation loss" in printed.out
    assert "Differences are to the best, on 2 paired seeds." in printed.out
    assert lines[-1] == "Report: report.html"
    page = (tmp_path / "report.html").read_text()
    again = "--task digits --steps 5 --seeds 2 --schedules constant,cosine --out runs --report report.html"
    assert f"stepsize race {again}" in page

    assert main(words) == 0  # nothing is left to do
    assert [line[-4:] for line in capsys.readouterr().out.splitlines()[2:6]] == ["kept"] * 4


def test_a_run_that_fails_is_named_and_the_rest_is_reported(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def race(planned, tell, jobs, **options):
        tell(Event(planned[0], "refused", text="runs/[x].json: it is broken"))
        tell(Event(planned[0], "failed", text="OSError: [Errno 28] No space left"))
        tell(Event(planned[1], "kept", run=make(planned[1])))
        return [make(planned[1])]

    monkeypatch.setattr("stepsize.lab.race.race", race)
    assert main([*RACE, "--steps", "1", "--seeds", "1"]) == 1
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[1] == "digits   constant         seed 100   made anew: runs/[x].json: it is broken"
    assert lines[2] == "digits   constant         seed 100   FAILED: OSError: [Errno 28] No space left"
    assert "one seed: cannot tell" in printed.out
    assert printed.err == "stepsize: 1 of 2 runs failed, named above; the same command tries them again.\n"
    assert (tmp_path / "report.html").exists()


LIST = "constant, step_decay, triangular, one_cycle, cosine, sgdr, warmup_cosine, wsd, polynomial"
GPT = "constant, warmup_constant, warmup_cosine, sgdr, polynomial, wsd, warmup_linear, wsd_sqrt, one_cycle"
WRONG = [
    (["race", "--task", "dgits"], "task: must be one of gpt, digits, digits_mlp, tabular, quadratic; got 'dgits'. Did you mean \"digits\"?"),
    (["race", "--task", "digits", "--schedules", "cosin"], f"schedule: must be one of {LIST}; got 'cosin'. Did you mean \"cosine\"?"),
    (["race", "--task", "gpt", "--schedules", "constant,,wsd"], f"schedule: must be one of {GPT}; got ''."),
    (["race", "--steps", "0"], "steps: must be a whole number from 1 to 1000000; got 0."),
    (["race", "--seeds", "-1"], "seeds: must be a whole number from 1 to 1000; got -1."),
    (["race", "--task", "gpt", "--text", "none"], "text none: must be a readable file; got 'No such file or directory'."),
    (["race", "--task", "gpt", "--text", "."], "text .: must be a file; got 'a folder or a device'."),
    (["race", "--task", "gpt", "--text", "short"], "text short: must be 10000 to 100000000 bytes long; got '5 bytes'."),
    (["race", "--task", "digits", "--text", "short"], "--text: must be left out, for digits reads none; got 'short'."),
    (["race", "--out", "short"], "short/gpt: must be a folder to write to; got 'Not a directory'."),
    (["race", "--report", "short/report.html"], "short: must be a folder to write to; got 'File exists'."),
    (["race", "--report", "."], ".: must be a file for the report; got 'a folder'."),
    (["rase"], "No such command 'rase'. Did you mean 'race', 'advise'?"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "text"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_wrong_input_is_one_line_and_exit_2(tmp_path, monkeypatch, capsys, words, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short").write_text("short")
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"stepsize: {text}\n"
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (["race", "--steps", "many"], "Invalid value for '--steps': "),
        (["race", "--colour"], "No such option: --colour"),
    ],
)
def test_what_typer_refuses_is_one_line_and_exit_2(capsys, words, start):
    assert main(words) == 2
    assert re.fullmatch(
        f"stepsize: {start}.*\n", capsys.readouterr().err
    )  # the rest of the wording is its own


@pytest.mark.parametrize("words", [[], ["--help"], ["race", "--help"]])
def test_help(capsys, words):
    assert main(words) == 0
    assert "Usage: stepsize" in capsys.readouterr().out


def test_the_help_names_every_task(capsys):
    main(["race", "--help"])
    assert ", ".join(TASKS) in capsys.readouterr().out


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_continues(tmp_path):
    words = [*SLOW, "--seeds", "3"]
    process = start(tmp_path, *words)
    folder = tmp_path / RUNS
    wait_for(lambda: any(folder.glob("*.json")) or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    stopped = time.monotonic()
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - stopped < 10
    assert process.returncode == 130
    kept = len(list(folder.glob("*.json")))
    assert 1 <= kept < 6
    words_said = re.fullmatch(
        r"\s*stepsize: stopped. (\d) of 6 runs are finished and kept in runs; the same command continues.\n",
        err,
    )
    assert words_said, err
    assert int(words_said[1]) in (kept, kept - 1)  # one may have been stored at that very moment
    wait_for(lambda: group_is_gone(process.pid), 10)

    out, err = start(tmp_path, *words).communicate(timeout=120)
    assert err == ""
    assert out.count("kept\n") == kept
    assert len(list(folder.glob("*.json"))) == 6


def test_a_race_that_is_killed_goes_on(tmp_path):
    words = [*SLOW, "--seeds", "2"]
    process = start(tmp_path, *words)
    folder = tmp_path / RUNS
    wait_for(lambda: any(folder.glob("*.json")) or process.poll() is not None)
    process.kill()
    process.communicate()
    wait_for(lambda: group_is_gone(process.pid), 90)
    before = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    out, err = start(tmp_path, *words).communicate(timeout=120)
    assert err == ""
    assert out.count("kept\n") == len(before) >= 1
    assert len(list(folder.glob("*.json"))) == 4
    assert all((folder / name).read_bytes() == content for name, content in before.items())
    assert not list(folder.glob(".*.partial"))


def test_workers_do_not_outlive_the_command(tmp_path):
    process = start(tmp_path, *SLOW, "--seeds", "1000")
    wait_for(lambda: (tmp_path / RUNS).exists() or process.poll() is not None)
    time.sleep(1)  # the workers are starting
    process.kill()
    process.communicate()
    wait_for(lambda: group_is_gone(process.pid), 90)


def test_importing_it_loads_neither_torch_nor_typer():
    code = "import sys, stepsize.cli; print({'torch', 'typer', 'rich', 'numpy'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


def test_wrong_input_is_told_without_loading_torch():
    code = "import sys, stepsize.cli as c; c.main(['race', '--steps', '0']); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "{package}":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import stepsize.cli
sys.exit(stepsize.cli.main(["race"]))
"""


@pytest.mark.parametrize(
    ("package", "text"),
    [
        (
            "typer",
            """the command line: needs typer and rich; got "No module named 'typer'". Install "stepsize[cli]".""",
        ),
        (
            "rich",
            """the command line: needs typer and rich; got "No module named 'rich'". Install "stepsize[cli]".""",
        ),
        (
            "scipy",
            """stepsize.lab.verdict: needs SciPy; got "No module named 'scipy'". Install "stepsize[lab]".""",
        ),
    ],
)
def test_without_an_extra_it_says_what_to_install(package, text):
    code = ABSENT.format(package=package)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"stepsize: {text}\n")


def test_a_report_that_cannot_be_written_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stepsize.lab.race.race", lambda planned, *more, **options: [])
    monkeypatch.setattr("stepsize.plots.report.write", full)
    assert main([*RACE, "--steps", "1", "--seeds", "1"]) == 2
    assert capsys.readouterr().err == (
        "stepsize: report.html: must be writable; got 'No space left on device'. "
        "The runs are kept in runs: the same command writes the report again.\n"
    )
