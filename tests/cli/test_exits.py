"""How the command ends: its codes, one clear error, never a traceback."""

import fcntl
import os
import random
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

import stepsize as ss
from stepsize.cli import main

COMMANDS = [
    "show", "table", "list", "json", "diff", "peers", "replan", "check", "convert", "identify", "audit", "plot", "predict",
    "advise", "optimise", "race", "report", "find", "why-warmup",
]  # fmt: skip
PLAN = "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"


def test_version(stepsize):
    assert stepsize("--version") == (0, f"stepsize {ss.__version__}\n", "")


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(stepsize, words):
    done = stepsize(*words)
    assert (done.code, done.err) == (0, "")
    commands = done.out[done.out.index("Commands:") :].splitlines()[1:]
    assert [line.split()[0] for line in commands] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(stepsize, command):
    done = stepsize(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: stepsize {command} [OPTIONS]")
    assert max(map(len, done.out.splitlines())) <= 80


def test_help_and_errors_load_nothing_heavy():
    code = (
        "import sys, stepsize.cli as c\n"
        "for words in (['--help'], ['race', '--help'], ['show', 'x'], ['show', '3e-4'], ['table', '3e-4'], ['list']):\n"
        "    c.main(words)\n"
        "heavy = {'numpy', 'torch', 'rich', 'matplotlib', 'scipy', 'sklearn', 'yaml'} & set(sys.modules)\n"
        "heavy |= {name for name in sys.modules if name.startswith(('stepsize.configs', 'stepsize.checks', 'stepsize.logs'))}\n"
        "print(heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "set()"


@pytest.mark.parametrize(
    "words", [["rase"], ["--colour"], ["show"], ["show", "--colour", "3e-4"], ["list", "x"]]
)
def test_what_typer_refuses_is_one_line(stepsize, words):
    code, out, err = stepsize(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("stepsize: ")


def interruptible(*words):
    """The command in a process that Ctrl-C stops, even where a shell has started these tests in the background."""
    code = "import signal, sys, stepsize.cli as c\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    words = [sys.executable, "-c", f"{code}sys.exit(c.main(sys.argv[1:]))", *words]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(words, **pipes)


def test_ctrl_c_is_one_line_and_130():
    with interruptible("table", PLAN, "--every", "1", "--until", "1T") as process:
        process.stdout.readline()  # it is under way
        process.send_signal(signal.SIGINT)
        while process.stdout.read(1 << 20):
            pass
        assert (process.wait(timeout=30), process.stderr.read()) == (130, b"\nstepsize: stopped.\n")


def test_ctrl_c_while_standard_input_is_awaited():
    with interruptible("show", "-") as process:
        process.stdin.write(b"3e-4")
        process.stdin.flush()
        while fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4)) != bytes(4):
            time.sleep(0.01)  # until it has read that, and waits for more
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"\nstepsize: stopped.\n")


RACE = ["race", "--task", "quadratic", "--steps", "5", "--for", "0.1", "--seeds", "1"]


@pytest.mark.parametrize("words", [["show", PLAN], ["table", PLAN], ["list"], ["json", PLAN], RACE])
@pytest.mark.parametrize("unbuffered", ["", "1"])  # without it, Python writes once more at its end
def test_a_full_disk_is_told(tmp_path, words, unbuffered):
    how = os.environ | {"PYTHONUNBUFFERED": unbuffered, "PYTHONPATH": str(Path(__file__).parents[2])}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "stepsize", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            env=how,
            cwd=tmp_path,
        )
    wanted = b"stepsize: standard output: must be writable; got 'No space left on device'.\n"
    assert (done.returncode, done.stderr) == (2, wanted)


@pytest.mark.parametrize("words", [["show", PLAN], ["table", PLAN], ["list"], ["json", PLAN], ["--help"]])
def test_a_reader_that_never_reads_is_no_error(words):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "stepsize", *words], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("words", [["show", PLAN], ["list"], ["list", "--published"]])
def test_an_encoding_without_our_signs_is_no_error(words):
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-m", "stepsize", *words], env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_names_that_are_no_text_are_no_traceback():
    for command in ("show", "table", "json"):
        words = [sys.executable, "-m", "stepsize", command, b"\xff\xfe.json"]
        done = subprocess.run(words, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "stepsize: '\\udcff\\udcfe.json': must be a readable file; got 'No such file or directory'.\n"
        )


WORDS = [
    "show", "table", "list", "json", "--steps", "--at", "--until", "--every", "--rows", "--csv", "--log", "--published",
    "--tokens", "--tokens-per-step", "--epochs", "--batch", "--dataset-size", "--width", "--height", "--to", "--save",
    "10k", "0", "-1", "5%", "1e400", "inf", "nan", "", " ", "-", "--", "->", "0->1", "3e-4", PLAN, "0 -> 1 in 5%; -> 0",
    "1,2,,3", "published:gpt3", "published:", "wsd(1,10)", "wsd(", "a/b", ".json", "\x1b[31m", "é→⣿", "x" * 5000,
    "0 -> 1 in 1e300", "(0 -> 1 in 1) repeat 1e9", "1e999", "9" * 400, "hold(1,0)", "0 -> 1 in 2h", "progress",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(200))
def test_no_words_make_a_traceback(stepsize, seed):
    """Random words: an exit code, and one error where it is 2. An exception would fail the test."""
    draw = random.Random(seed)
    command = draw.choice(["show", "table", "list", "json"])
    words = [command, *draw.choices(WORDS, k=draw.randint(0, 5))]
    code, out, err = stepsize(*words, given=draw.choice([b"", b"3e-4", b"{}", b"\xff", b"0 -> 1 in 5%"]))
    assert code in (0, 2), words
    assert (out == "") if code == 2 else (err == ""), words
    assert code == 0 or err.startswith("stepsize: "), words


ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "{package}":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import stepsize.cli
sys.exit(stepsize.cli.main({words!r}))
"""
NO_TYPER = (
    """the command line: needs typer and rich; got "No module named 'typer'". Install "stepsize[cli]"."""
)
NO_PLOTS = """stepsize.plots: needs matplotlib; got ModuleNotFoundError("No module named 'matplotlib'")."""


@pytest.mark.parametrize("package", ["typer", "rich", "matplotlib"])
@pytest.mark.parametrize(
    "words",
    [
        ["show", PLAN],
        ["table", PLAN],
        ["list"],
        ["json", PLAN],
        ["--help"],
        ["show", PLAN, "--save", "x.svg"],
    ],
)
def test_without_an_extra_it_says_what_to_install(package, words):
    """In an interpreter where the package is missing; most commands do without rich and matplotlib."""
    code = ABSENT.format(package=package, words=words)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if package == "typer":
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"stepsize: {NO_TYPER}\n")
    elif package == "matplotlib" and "--save" in words:
        wanted = f'stepsize: {NO_PLOTS} Write: pip install "stepsize[plot]"\n'
        assert (done.returncode, done.stdout, done.stderr) == (2, "", wanted)
    else:
        assert (done.returncode, done.stderr) == (0, "")


def test_an_error_of_ours_is_not_hidden(monkeypatch):
    """A fault of the program is a traceback, and not taken for the user's."""

    def fault(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr("stepsize.cli.document.read", fault)
    with pytest.raises(ZeroDivisionError):
        main(["json", "3e-4"])
