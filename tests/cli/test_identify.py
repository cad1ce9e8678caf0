"""``stepsize identify``: what it says of a log, its JSON, its exit codes, and bad input."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

import stepsize as ss
from tests.logs.formulas import phases, warmup_then

RATE = phases(*warmup_then("cosine"))  # 0 -> 3e-4 in 500; -> 3e-5 cosine in 9500


def log(rate, steps=range(0, 10_000, 50)):
    """Write a table of rates with 5 digits into the folder of this test."""
    rows = "".join(f"{step},{rate(step):.4e},2.5\n" for step in steps)
    Path("run.csv").write_text(f"step,lr,loss\n{rows}")
    return "run.csv"


WHOLE = """\
run.csv: 200 rows, 200 with a rate
  format: csv
  step: column 'step'
  rate: column 'lr'
  loss: column 'loss'

0 -> 3e-4 in 500; -> 3e-5 cosine in 9500

  0..500       linear  0 -> 3e-4     10 rows
  500..10,000  cosine  3e-4 -> 3e-5  190 rows

Residual: 0.0016% of the highest rate at most, rounding 0.0017%; as near as the
log is written.
Step n of the log has the rate of update n, counted from 0.
What gives every logged rate:
"""


def test_the_whole_output(stepsize):
    code, out, err = stepsize("identify", log(RATE))
    assert (code, err) == (0, "")
    before, peers = out[: len(WHOLE)], out[len(WHOLE) :].splitlines()
    assert before == WHOLE
    assert len(peers) == 7
    assert peers[0] == "  twin:transformers.cosine_with_min_lr(0.0003, 500, 10000, min_lr=3e-05)"
    assert "  twin:optax.warmup_cosine_decay_schedule(0, 0.0003, 500, 10000, 3e-05)" in peers
    assert peers[-1].startswith("  and those of ")


def test_what_is_odd_is_said_and_is_exit_code_1(stepsize):
    code, out, err = stepsize("identify", log(lambda step: RATE(2 * step)))
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert "0 -> 3e-4 in 250; -> 3e-5 cosine in 4750; hold" in lines
    assert "  5,000..10,000  hold    3e-5          100 rows  at least 4,950 updates" in lines
    assert lines[-3:] == [
        "",
        "stepped twice: The schedule is over at 5,000 of 9,951 updates, 1/2 of the run:",
        "  it was stepped twice an update.",
    ]


def test_kinds_are_yellow_where_colours_are(stepsize, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = stepsize("identify", log(lambda step: RATE(2 * step))).out
    assert "\x1b[33mstepped twice\x1b[0m: The schedule" in out


def test_what_no_library_gives(stepsize):
    wave = phases(("hold", 0, 3000, 1e-4, 1e-4), ("linear", 3000, 10_000, 3e-4, 2e-4))
    out = stepsize("identify", log(wave)).out
    assert "No schedule of another library that we know gives these rates." in out.splitlines()
    assert "What gives" not in out


def test_rates_that_are_not_explained_are_not_hidden(stepsize):
    """Sixty rates that jump at every row are no schedule of few phases; what is left of them is said."""
    code, out, _ = stepsize("identify", log(lambda step: 1e-3 + 1e-4 * math.sin(step**2), steps=range(60)))
    assert "more phases: --json has them all" in out
    words = " ".join(out.split())
    assert (code, "These rates follow no schedule that we know. What comes nearest:" in words) == (1, True)
    assert "What gives every logged rate" not in words


@pytest.mark.parametrize(("shift", "said"), [
    (0, "Step n of the log has the rate of update n, counted from 0."),
    (-1, "Step n of the log has the rate of the n-th update."),
    (1, "Step n of the log has the rate of update n + 1, counted from 0."),
])  # fmt: skip
def test_which_update_a_row_shows(stepsize, shift, said):
    steps = range(1, 10_001) if shift == -1 else range(9_999)
    done = stepsize("identify", log(lambda step: RATE(step + shift), steps=steps))
    assert said in done.out.splitlines()
    assert done.code == (1 if shift == 1 else 0)


def by_epochs(name="epochs.csv"):
    """Ninety epochs, as Keras' CSVLogger writes them: 0.1, and a tenth from each 30th on."""
    rows = "".join(f"{k},{0.1 * 0.1 ** (k // 30)!r},2.5\n" for k in range(90))
    Path(name).write_text(f"epoch,learning_rate,loss\n{rows}")
    return name


def test_a_log_of_epochs_counts_epochs_and_says_so(stepsize):
    code, out, err = stepsize("identify", by_epochs())
    assert (code, err) == (0, "")
    assert "positions are epochs, not updates: --steps-per-epoch makes updates of them" in out
    assert "  30..60  hold  0.01  30 rows" in out
    assert "Epoch n of the log has the rate of epoch n, counted from 0." in out


def test_epochs_become_updates(stepsize):
    told = json.loads(stepsize("identify", by_epochs(), "--steps-per-epoch", "391", "--json").out)
    assert (told["counts"], told["rows"], told["rates"]) == ("steps", 90, 90)
    assert [part["stop"] for part in told["parts"][:2]] == [11_730, 23_460]
    assert "epochs of 391 updates became steps" in told["notes"]


@pytest.mark.parametrize(("many", "said"), [
    ("0", "--steps-per-epoch: must be"), ("many", "--steps-per-epoch: must be"), ("-3", "--steps-per-epoch: must be"),
])  # fmt: skip
def test_epochs_of_no_updates_are_one_line(stepsize, many, said):
    code, out, err = stepsize("identify", by_epochs(), f"--steps-per-epoch={many}")
    assert (code, out) == (2, "")
    assert said in err


def test_updates_need_no_epochs(stepsize):
    code, out, err = stepsize("identify", log(RATE), "--steps-per-epoch", "391")
    assert (code, out) == (2, "")
    assert "--steps-per-epoch: must be of a log that counts epochs; got 'steps'" in err


@pytest.mark.parametrize("often", [1, 2])
def test_json_is_strict_and_its_schedule_gives_the_rates(stepsize, often):
    code, out, err = stepsize("identify", log(lambda step: RATE(often * step)), "--json")
    assert (code, err) == (0 if often == 1 else 1, "")
    told = json.loads(out, parse_constant=pytest.fail)  # which NaN and Infinity would call
    assert told["log"] == "run.csv"
    assert [odd["kind"] for odd in told["suspicions"]] == ["stepped twice"] * (often == 2)
    assert [part["kind"] for part in told["parts"]] == ["linear", "cosine", "hold"][: 1 + often]
    assert told["parts"][-1]["stop_between"][1] is None if often == 2 else told["parts"][-1]["stop"] == 10_000
    schedule = ss.parse(told["schedule"])
    for step in (0, 1, 249, 250, 777, 4999, 5000, 9999):
        assert schedule(step + told["offset"]) == pytest.approx(RATE(often * step), abs=2e-8)


def test_columns_and_format_by_name(stepsize, tmp_path):
    rows = "".join(f"{k},0.5,{RATE(k)!r},{k // 2}\n" for k in range(0, 10_000, 50))
    (tmp_path / "odd.txt").write_text(f"it,lr,speed,n\n{rows}")
    words = ["identify", "odd.txt", "--format", "csv", "--step", "it", "--rate", "speed", "--json"]
    assert json.loads(stepsize(*words).out)["schedule"] == "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"
    assert json.loads(stepsize(*words[:-3], "--json").out)["schedule"] == "0.5"


# Bad input

FILES = {
    "empty.csv": b"",
    "noise.csv": bytes(range(256)) * 40,
    "norate.csv": b"step,acc\n" + b"".join(b"%d,1\n" % k for k in range(9)),
    "nan.csv": b"step,lr\n" + b"".join(b"%d,nan\n" % k for k in range(9)),
    "two.csv": b"step,lr\n0,0.1\n1,0.2\n",
    "same.csv": b"step,lr\n7,0.1\n7,0.2\n7,0.3\n",
    "words.log": b"nothing to be seen here\n" * 9,
    "zip.gz": b"\x1f\x8b\x08\x00\x00",
}
ERRORS = [
    ("none.csv", "none.csv: must be a log that can be read; got 'No such file or directory'."),
    ("empty.csv", "empty.csv: must be a log; got 'an empty file'."),
    ("noise.csv", "noise.csv: must be a log that is text; got 'binary data'."),
    ("norate.csv", "norate.csv: must hold learning rates; got 'none in it'. There are step, acc. Where one is the rate, name it: --rate NAME."),
    ("nan.csv", "nan.csv: must hold a rate that is a finite number; got 'nan or none in each row of lr'."),
    ("two.csv", "two.csv: a schedule shows in 3 rows with a rate, at least; got 2. Log more often, or name the column: --rate."),
    ("same.csv", "same.csv: must have 3 different steps, at least; got 1."),
    ("words.log", "words.log: "),
    ("zip.gz", "zip.gz: "),
    ("folder", "folder: "),
]  # fmt: skip


@pytest.mark.parametrize(("name", "error"), ERRORS)
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_bad_input_is_one_line_and_exit_code_2(stepsize, tmp_path, name, error, more):
    for file, data in FILES.items():
        (tmp_path / file).write_bytes(data)
    (tmp_path / "folder").mkdir()
    code, out, err = stepsize("identify", name, *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"stepsize: {error}")


@pytest.mark.parametrize(("words", "error"), [
    ([], "Missing argument 'LOG'."),
    (["run.csv", "--rate", "lrs"], "run.csv: must have the column that was named; got 'lrs'. Did you mean \"lr\"?"),
    (["run.csv", "--format", "cvs"], "--format: must be one of trainer, csv, jsonl, json, events, mlflow, text; got 'cvs'. Did you mean \"csv\"?"),
])  # fmt: skip
def test_what_is_wrong_with_the_words(stepsize, words, error):
    log(RATE)
    code, out, err = stepsize("identify", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"stepsize: {error}")


def test_in_a_process_of_its_own_there_is_no_traceback(fresh, tmp_path):
    (tmp_path / "noise.csv").write_bytes(FILES["noise.csv"])
    code, out, err = fresh("identify", "noise.csv")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("stepsize: noise.csv: must be a log that is text")


def piped(text, *words):
    return subprocess.run(
        [sys.executable, "-m", "stepsize", *words], input=text, capture_output=True, text=True, check=False
    )


def test_a_log_that_comes_through_a_pipe():
    text = Path(log(RATE)).read_text()
    done = piped(text, "identify", "-")
    assert done.stdout.startswith("-: 200 rows, 200 with a rate\n")
    assert "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500" in done.stdout
    assert piped(text, "identify", "/dev/stdin").stdout.splitlines()[1:] == done.stdout.splitlines()[1:]
    wrong = piped("hello\n" * 9, "identify", "-")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("stepsize: -: must hold learning rates;")
