"""``stepsize predict``, ``advise`` and ``optimise``: what they say, their JSON and files, and bad input."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.laws.plainly import VALUES, annealing, rates

STEPS = range(60, 600, 10)
PLAN = "0 -> 3e-4 in 50; hold for 430; -> 0 in 120"


def log(name, kind, peak=3e-4, first=0):
    """A table of rates and losses of the annealing law; its memory is 100 updates."""
    eta = rates(kind=kind, peak=peak)
    rows = [
        f"{t},{eta[t]:.6e},{annealing(eta, t, **VALUES['annealing'], warmup=50, memory=100.0):.6f}\n"
        for t in range(first, 600, 10)
        if t
    ]
    Path(name).write_text("step,lr,loss\n" + "".join(rows))
    return name


@pytest.fixture
def runs():
    return [
        "--runs",
        log("held.csv", "held"),
        log("cosine.csv", "cosine"),
        "--law",
        "annealing",
        "--memory",
        "100",
    ]


def test_a_prediction_and_its_sentence(stepsize, runs):
    code, out, err = stepsize("predict", *runs, "--for", PLAN, "3e-4", "--steps", "600")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith(
        "held.csv: 59 losses to update 590, peak 0.0003, rates of 0 -> 3e-4 in 50; hold"
    )
    true = annealing(rates(kind="cooled"), 599, **VALUES["annealing"], warmup=50, memory=100.0)
    told = next(line for line in lines if PLAN[:20] in line and line.startswith("  "))
    assert float(told.split()[0]) == pytest.approx(true, rel=0.01)
    assert lines[-2].startswith(f"The best is {PLAN[:20]}")


def test_one_schedule_alone(stepsize, runs):
    out = stepsize("predict", *runs, "--for", PLAN).out
    assert out.splitlines()[-1].startswith("It would end at ")


def test_json_curves_and_picture(stepsize, runs):
    code, out, _ = stepsize("predict", *runs, "--for", PLAN, "--json", "--curves", "c.csv", "--save", "p.png")
    told = json.loads(out, parse_constant=pytest.fail)
    (one,) = told["predictions"]
    assert (code, one["schedule"], one["steps"]) == (0, PLAN, 600)
    assert one["low"] < one["loss"] < one["high"]
    rows = list(csv.DictReader(Path("c.csv").read_text().splitlines()))
    assert set(rows[0]) == {"schedule", "step", "lr", "loss", "low", "high"}
    assert float(rows[-1]["loss"]) == pytest.approx(one["loss"], rel=1e-5)
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")


def test_a_warmup_that_was_not_logged_is_said(stepsize):
    log("held.csv", "held", first=100)
    log("cosine.csv", "cosine", first=100)
    out = stepsize("predict", "--runs", "held.csv", "cosine.csv", "--memory", "100", "--for", PLAN).out
    assert "after a warmup of 100, of which the log has no row" in " ".join(out.split())


def test_advice(stepsize, runs):
    code, out, err = stepsize("advise", *runs, "--steps", "2000")
    assert (code, err) == (0, "")
    assert "cooldown    predicted loss, 95%" in out
    assert "2 / (1 - beta2): Ma and Yarats 2019" in out
    told = json.loads(stepsize("advise", *runs, "--steps", "2000", "--json").out)
    losses = [one["loss"] for one in told["cooldown"]["choices"]]
    assert losses == sorted(losses)
    assert told["cooldown"]["best"] == told["cooldown"]["choices"][0]["name"]


def test_advice_on_the_peak_across_peaks(stepsize):
    files = [log(f"{kind}{peak}.csv", kind, peak) for peak in (2e-3, 4e-3) for kind in ("held", "cosine")]
    words = [
        "advise",
        "--runs",
        *files,
        "--law",
        "annealing",
        "--memory",
        "100",
        "--effective-rate",
        "0.1",
        "--steps",
        "600",
    ]
    told = json.loads(stepsize(*words, "--json").out)
    assert len(told["peak"]["choices"]) == 13


def test_advice_on_making_a_run_longer(stepsize, runs):
    words = ["advise", *runs, "--extends", PLAN, "--checkpoint", "480", "--steps", "900"]
    told = json.loads(stepsize(*words, "--json").out)["extension"]
    steps = {one["name"]: one["steps"] for one in told["choices"]}
    assert steps["go on at the last rate"] == steps["warm up again"] == 300
    assert (steps["back before the cooldown"], steps["begin anew"]) == (420, 900)
    out = " ".join(stepsize(*words).out.split())
    assert "updates to make" in out
    assert f"Take {told['best']}" in out


@pytest.mark.parametrize("command", ["advise", "optimise"])
def test_pictures_of_advice_and_optimum(stepsize, runs, command):
    code, _, err = stepsize(command, *runs, "--steps", "600", "--save", "p.svg")
    assert (code, err) == (0, "")
    drawn = Path("p.svg").read_text()
    assert "held.csv" in drawn
    assert drawn.count("predicted: ") == 2


def test_rules_without_runs(stepsize):
    code, out, _ = stepsize("advise", "--steps", "10000", "--beta2", "0.999")
    assert code == 0
    assert "  2,000            2 / (1 - beta2)" in out


def test_the_optimum(stepsize, runs):
    code, out, err = stepsize("optimise", *runs, "--steps", "600")
    assert (code, err) == (0, "")
    assert "below the best simple one" in " ".join(out.split())
    told = json.loads(stepsize("optimise", *runs, "--steps", "600", "--free", "--json").out)
    assert told["loss"] <= told["simple_loss"]
    assert np.isfinite(told["gain"]["gain"])


@pytest.mark.parametrize(("words", "said"), [
    (["predict", "--runs", "held.csv", "--for", PLAN], "fit: what a falling rate gives shows in a run whose rate falls"),
    (["predict", "--runs", "held.csv", "none.csv", "--for", PLAN], "none.csv: must be a log that can be read"),
    (["predict", "--runs", "held.csv", "cosine.csv", "--for", "3e-4"], "--steps: an endless schedule needs it; got '3e-4'."),
    (["predict", "--runs", "held.csv", "cosine.csv", "--for", "1e-3", "--steps", "9"], "predict: this law knows peaks from 0.0003"),
    (["predict", "--runs", "held.csv", "cosine.csv", "--for", PLAN, "--law", "mlp"], "law: must be one of"),
    (["predict", "--runs", "held.csv", "cosine.csv", "--for", PLAN, "--save", "p.txt"], "--save: must end in .png or .svg"),
    (["predict", "--runs", "held.csv", "cosine.csv", "--for", PLAN, "--memory", "x"], "--memory: must be a number >= 0; got 'x'"),
    (["predict", "--runs", "empty.csv", "--for", PLAN], "empty.csv: must be a log; got 'an empty file'."),
    (["predict", "--runs", "short.csv", "--for", PLAN], "short.csv: a law needs 10 losses of a run, at least; got 3."),
    (["optimise", "--runs", "held.csv", "cosine.csv", "--steps", "600", "--save", "p.txt"], "--save: must end in .png or .svg"),
    (["advise", "--steps", "600", "--save", "p.png"], "--runs: must name a run; got None. Only the rules need none."),
    (["advise", "--runs", "held.csv", "cosine.csv", "--steps", "500", "--extends", PLAN], "--steps: must be more than the run has made that it extends; got '500"),
    (["advise", "--runs", "held.csv", "cosine.csv", "--steps", "500", "--extends", "3e-4"], "--extends: must be a schedule that ends; got '3e-4'."),
    (["advise", "--steps", "0"], "--steps: must be at least 1; got '0'."),
    (["optimise", "--runs", "held.csv", "cosine.csv", "--steps", "10"], "optimise.warmup: must leave 60 of 10 updates"),
    (["predict", "--for", PLAN], "Missing option '--runs'"),
])  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(stepsize, runs, words, said):
    Path("empty.csv").write_text("")
    Path("short.csv").write_text("step,lr,loss\n1,0.1,3\n2,0.1,2.9\n3,0.05,2.8\n")
    code, out, err = stepsize(*words)
    assert (code, out) == (2, "")
    assert said in err


def test_errors_name_options(stepsize):
    held, other = log("held.csv", "held"), log("high.csv", "cosine", peak=6e-4)
    _, _, err = stepsize("predict", "--runs", held, "--for", PLAN, "--law", "annealing")
    assert "or fit --law area." in err
    _, _, err = stepsize("predict", "--runs", other, log("cosine.csv", "cosine"), "--for", PLAN)
    assert "Give --effective-rate, such as the weight decay." in err


def test_a_run_much_longer_than_those_that_were_fitted_is_warned_of(stepsize, runs):
    for command in (["predict", "--for", "3e-4"], ["advise"], ["optimise"]):
        _, out, _ = stepsize(*command, *runs, "--steps", "6000")
        said = " ".join(out.split())
        assert (
            "6,000 updates are 10 times as long as the longest run: laws have been tested up to 3 times"
            in said
        )
        _, out, _ = stepsize(*command, *runs, "--steps", "1200")
        assert "times as long" not in out
