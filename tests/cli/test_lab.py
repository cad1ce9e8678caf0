"""``race`` on a task of one's own, ``report``, ``find`` and ``why-warmup`` from end to end, and their bad input."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

TASK = ["--train", "tests.lab.work:good", "--steps", "20"]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def test_a_race_of_schedules_of_ones_own_at_two_peaks_and_its_report_again(stepsize):
    words = [
        "race",
        *TASK,
        "--for",
        "0.1",
        "0 -> 0.2 in 5; -> 0 in 15",
        "--peaks",
        "0.05",
        "0.2",
        "--seeds",
        "2",
    ]
    code, out, err = stepsize(*words)
    assert (code, err) == (0, "")
    assert out.startswith("8 runs, kept in runs.")
    assert "0-0.2-in-5-0-in-15" in out
    assert ", peak 0.2" in out
    page = Path("report.html").read_text()
    assert "Sensitivity to the peak" in page
    assert "stepsize race --train tests.lab.work:good --steps 20 --seeds 2 --for 0.1" in page
    Path("report.html").unlink()
    code, again, err = stepsize("report", "runs", "--report", "again.html")
    assert (code, err) == (0, "")
    assert again.splitlines()[:-1] == out.splitlines()[10:-1]
    made = Path("again.html").read_text()
    assert made.split("<time>")[1].split("</time>")[1] == page.split("<time>")[1].split("</time>")[1]


def test_a_broken_run_is_named_and_left_out_of_the_report(stepsize):
    stepsize("race", *TASK, "--for", "0.1", "0.2", "--seeds", "2")
    Path("runs/tests.lab.work.good/0.1-seed100.json").write_text("{")
    code, out, _ = stepsize("report", "runs")
    assert code == 1
    assert (
        "left out: runs/tests.lab.work.good/0.1-seed100.json: file: must be one strict JSON document" in out
    )


def test_faults_of_a_task_are_named_and_the_exit_code_is_1(stepsize):
    code, out, err = stepsize(
        "race",
        "--train",
        "tests.lab.work:forgets_the_rate",
        "--steps",
        "5",
        "--peaks",
        "0.1",
        "--schedules",
        "constant",
        "--seeds",
        "1",
    )
    assert code == 1
    assert "FAILED: TaskError: task: update 0 must use the rate of the schedule, 0.1; got '0.25'." in out
    assert err.endswith("1 of 1 runs failed, named above; the same command tries them again.\n")


def test_tuned_peaks(stepsize):
    code, out, err = stepsize(
        "race",
        *TASK,
        "--schedules",
        "constant,wsd",
        "--tune",
        "4",
        "--between",
        "0.01",
        "0.45",
        "--seeds",
        "2",
    )
    assert (code, err) == (0, "")
    assert "\n4 runs, kept in runs." in out
    assert out.count("tuning tests.lab.work:good: ") == 8
    assert Path("runs/tests.lab.work.good/tuning/peaks.db").is_file()
    assert len(list(Path("runs/tests.lab.work.good/tuning").glob("*-seed0.json"))) == 8


def test_runs_of_another_length_are_a_table_of_their_own(stepsize):
    race = ["race", "--train", "tests.lab.work:good", "--seeds", "2"]
    stepsize(*race, "--steps", "20", "--for", "0.1", "0.2")
    stepsize(*race, "--steps", "30", "--for", "0.3")
    _, out, _ = stepsize("report", "runs")
    assert "tests.lab.work:good, updates 20: final validation loss" in out
    assert "tests.lab.work:good, updates 30: final validation loss" in out
    assert out.count(" best ") == 2


def test_one_that_has_finished_nowhere_has_a_row(stepsize):
    words = [
        "race",
        "--train",
        "tests.lab.work:likes_low_rates",
        "--steps",
        "5",
        "--seeds",
        "2",
        "--for",
        "0.1",
        "9.0",
    ]
    code, out, _ = stepsize(*words)
    assert code == 1
    assert "no run has finished" in out
    assert "RuntimeError: too high (work.py, line " in out


def test_a_missing_run_moves_no_peak(stepsize):
    """Its seed is left out, for all; before, the peak with more runs was taken for the better one."""
    stepsize("race", *TASK, "--for", "1", "--peaks", "0.05", "0.2", "--seeds", "3")
    Path("runs/tests.lab.work.good/1-peak0.2-seed102.json").unlink()
    _, out, _ = stepsize("report", "runs")
    assert "1, peak 0.2" in out
    assert "on 2 paired seeds" in out
    assert "Seed 102 is left out: not every schedule has finished there, at each of its peaks." in out


def test_a_task_is_called_by_its_name(stepsize):
    """And by no picture: between colons some names are one to Rich."""
    Path("mine").mkdir()
    Path("mine/training.py").write_text("from tests.lab.work import good as train\n")
    _, out, _ = stepsize(
        "race", "--train", "mine.training:train", "--steps", "5", "--for", "0.1", "--seeds", "1"
    )
    assert "mine.training:train: final validation loss" in out


def test_that_a_rate_is_not_known_is_said_once(stepsize):
    _, out, _ = stepsize(
        "race", "--train", "tests.lab.work:sparse", "--steps", "20", "--for", "0.1", "--seeds", "2"
    )
    assert (
        out.count("tests.lab.work:sparse: the rate that it used is not known, and not checked: log lr=, or")
        == 1
    )
    _, out, _ = stepsize("race", *TASK, "--for", "0.1", "--seeds", "2")
    assert "not checked" not in out


def test_a_trial_that_fails_says_why(stepsize):
    words = ["race", "--train", "tests.lab.work:raises", "--steps", "5", "--schedules", "wsd", "--tune", "1"]
    code, _, err = stepsize(*words, "--between", "0.1", "0.2")
    assert code == 2
    assert "A trial failed: RuntimeError: out of memory (work.py, line " in err


def test_a_test_of_rates_that_are_too_low_recommends_none(stepsize):
    code, out, _ = stepsize("find", *TASK, "--between", "1e-9", "1e-8", "--steps", "60")
    assert code == 0
    assert "The loss hardly fell, by " in out
    assert "race them" not in out


def test_a_rule_that_says_a_rate_at_which_nothing_had_begun_is_left_out(stepsize):
    _, out, _ = stepsize("find", *TASK, "--between", "1e-6", "0.3", "--steps", "60")
    assert "Below that, the loss had not begun to fall." in out
    assert "The loss had not exploded at 0.3" in out


def test_the_range_test(stepsize):
    code, out, err = stepsize(
        "find", "--train", "tests.lab.work:good", "--between", "1e-4", "9", "--steps", "60", "--save", "f.png"
    )
    assert (code, err) == (0, "")
    assert out.startswith("tests.lab.work:good: 3 tests, losses up to the rate ")
    assert Path("f.png").read_bytes().startswith(b"\x89PNG")
    told = json.loads(
        stepsize(
            "find", "--train", "tests.lab.work:good", "--between", "1e-4", "9", "--steps", "60", "--json"
        ).out
    )
    assert [one["rule"] for one in told["suggestions"]] == [
        "lowest / 10",
        "steepest",
        "valley",
        "Lightning",
        "Smith",
    ]


def test_why_warmup(stepsize):
    words = [
        "why-warmup",
        "--train",
        "tests.lab.work:with_torch",
        "--steps",
        "20",
        "--peaks",
        "0.1",
        "0.4",
        "--warmups",
        "0",
        "5",
        "--seeds",
        "1",
    ]
    code, out, err = stepsize(*words, "--save", "w.svg")
    assert (code, err) == (0, "")
    assert "Warmup of 0: root mean squares over all weights, v bias-corrected" in out
    assert "2 / (1 - beta2): Ma and Yarats 2019" in out
    assert "largest stable peak" in Path("w.svg").read_text()
    told = json.loads(stepsize(*words, "--json").out, parse_constant=pytest.fail)
    assert [one["warmup"] for one in told["stable"]] == [0, 5]
    assert len(told["moments"]["0"]) == 20


@pytest.mark.parametrize(("words", "said"), [
    (["race", "--train", "nowhere"], "--train: must be package.module:function; got 'nowhere'."),
    (["race", "--train", "nowhere:f"], "--train: must name a module that can be imported, and a function, as package.module:train; got"),
    (["race", "--train", "tests.lab.work:good"], "--steps: must say how many updates, for a task of yours; got None."),
    (["race", *TASK], "--peaks: must say the highest rate of the schedules, for a task of yours; got None. Or give schedules: --for."),
    (["race", *TASK, "--for", "0.1", "--schedules", "wsd"], "--for: cannot be given with --schedules; got '0.1'. Leave one out."),
    (["race", *TASK, "--for", "0 -> 3e-4 in"], "expected a length"),
    (["race", *TASK, "--for", "0", "--peaks", "0.1"], "--peaks: needs schedules with a rate above 0; got '0'."),
    (["race", *TASK, "--peaks", "0.1", "--tune", "3"], "--peaks: cannot be given with --tune; got [0.1]. Leave one out."),
    (["race", *TASK, "--peaks", "0.1", "--text", "none.txt"], "text none.txt: must be a readable file; got 'No such file or directory'."),
    (["find", *TASK, "--task", "gpt"], "--task: cannot be given with --train; got 'gpt'. Leave one out."),
    (["race", *TASK, "--schedules", "wsd", "--tune", "3"], "--between: must be two rates, between which the peaks are sought; got None."),
    (["race", *TASK, "--peaks", "0.1", "--engine", "slurm"], "--engine: must be local, ray or vectorised; got 'slurm'."),
    (["race", *TASK, "--peaks", "0.1", "--address", "auto"], "--address: is for --engine ray; got 'auto'."),
    (["race", *TASK, "--peaks", "0.1", "--jobs", "0"], "--jobs: must be at least 1; got 0."),
    (["race", *TASK, "--peaks", "0.1", "--silence", "0"], "--silence: must be above 0; got 0.0."),
    (["race", *TASK, "--peaks", "0.1", "--engine", "vectorised", "--stop-hopeless"], "--stop-hopeless: is for runs that are made one by one; got '--engine vectorised'. Leave one out."),
    (["race", *TASK, "--peaks", "0.1", "--engine", "ray", "--device", "cuda:0,cuda:1"], "--device: must be one, for --engine ray; got 'cuda:0,cuda:1'."),
    (["race", *TASK, "--peaks", "0.1", "--law", "annealing"], "--law: forecasts for --stop-hopeless; got 'annealing'. Give both."),
    (["race", *TASK, "--peaks", "0.1", "--law", "moore", "--stop-hopeless"], "law: must be one of area, annealing, multi_power, functional, convex; got 'moore'."),
    (["report", "nowhere"], "nowhere: must be a folder of runs; got 'none'."),
    (["report", "."], ".: must hold a run; got 'none'."),
    (["find", "--between", "1", "0.1"], "range_test: rates must rise from above 0; got (1.0, 0.1)."),
    (["find", "--steps", "3"], "range_test.steps: must be at least 10; got 3."),
    (["find", "--save", "x.gif"], "--save: must end in .png or .svg; got 'x.gif'."),
    (["find", "--train", "tests.lab.work:raises", "--seeds", "1"], "find: a test must end; got 'RuntimeError: out of memory (work.py, line "),
    (["why-warmup", "--task", "digits", "--steps", "9", "--warmups", "0", "--peaks", "0.1", "--seeds", "1"], "why_warmup: must watch an Adam or AdamW of torch"),
    (["why-warmup", "--warmups", "500"], "--warmups: must be in [0, 400); got [500]."),
    (["why-warmup", "--train", "tests.lab.work:good"], "--peaks: must say which peaks are tried, for a task of yours; got None."),
])  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(stepsize, words, said):
    code, out, err = stepsize(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"stepsize: {said}")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine; .ci/run installs it")
def test_the_report_in_a_real_browser(stepsize, tmp_path):
    """It needs nothing from outside, has no error in its console, and shows what it should."""
    stepsize("race", "--task", "quadratic", "--steps", "40", "--peaks", "0.1", "1", "--seeds", "2")
    page = Path("report.html").resolve().as_uri()
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
    ]
    flags += [f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--v=0"]
    seen = subprocess.run([BROWSER, *flags, "--dump-dom", page], capture_output=True, text=True, timeout=120)
    assert seen.stdout.count("<svg") == 8  # six panels, the differences, the sensitivity
    assert "CONSOLE" not in seen.stderr
    shot = tmp_path / "page.png"
    subprocess.run(
        [BROWSER, *flags, f"--screenshot={shot}", "--window-size=1200,2600", page],
        capture_output=True,
        timeout=120,
    )
    assert shot.stat().st_size > 50_000  # an empty page has less
