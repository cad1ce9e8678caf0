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
    assert out.startswith("4 runs, kept in runs.")
    assert Path("runs/tests.lab.work.good/tuning/peaks.db").is_file()
    assert len(list(Path("runs/tests.lab.work.good/tuning").glob("*-seed0.json"))) == 8


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
    (["race", *TASK, "--peaks", "0.1", "--tune", "3"], "--between: must be two rates, between which the peaks are sought; got None."),
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
    (["find", "--train", "tests.lab.work:raises", "--seeds", "1"], "find: a test must end; got 'RuntimeError: out of memory'."),
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
