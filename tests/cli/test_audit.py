"""``stepsize audit``: a log against its plan, in words and as JSON; exit codes; plans of every kind; bad input."""

import json
from pathlib import Path

import pytest

from tests.cli.test_identify import ERRORS, FILES, log
from tests.logs.formulas import phases, warmup_then

RATE = phases(*warmup_then("cosine"))
SHARES, WRITTEN = "0 -> 3e-4 in 5%; -> 3e-5 cosine", "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"
PLAN = ["--schedule", SHARES, "--steps", "10000"]

HEAD = f"""\
planned  {WRITTEN}
logged   run.csv, 200 rows
         format: csv
         step: column 'step'
         rate: column 'lr'
         loss: column 'loss'

"""


def test_as_planned(stepsize):
    said = f"{HEAD}as planned: All 200 rates are as planned.\n"
    assert stepsize("audit", log(RATE), *PLAN) == (0, said, "")


def test_a_departure(stepsize):
    """All rows but the first depart: it stands for 25 of 9,950 updates."""
    said = (
        f"{HEAD}doubled: The schedule was stepped 2 times an update.\n"
        "It first departs at step 50: planned 3e-5, logged 6e-5. 100% of the logged run\nis not as planned.\n"
    )
    assert stepsize("audit", log(lambda step: RATE(2 * step)), *PLAN) == (1, said, "")


def test_a_reset_with_its_share(stepsize):
    """From 8,000 of 9,950 on: (9,950 - 7,975) / 9,950 = 19.8%."""
    code, out, err = stepsize("audit", log(lambda step: RATE(step if step < 8000 else step - 8000)), *PLAN)
    assert (code, err) == (1, "")
    told = " ".join(out.removeprefix(HEAD).split())
    assert told.startswith(
        "reset at resume: From step 8,000 on the schedule ran again from its first update. "
    )
    assert told.endswith("logged 0. 20% of the logged run is not as planned.")
    assert "It first departs at step 8,000: planned 5.8466e-5, logged 0." in told
    assert RATE(8000) == pytest.approx(5.8466e-5, abs=5e-10)


def test_quiet_says_it_by_its_exit_code(stepsize):
    assert stepsize("audit", log(RATE), *PLAN, "--quiet") == (0, "", "")
    assert stepsize("audit", log(lambda step: RATE(2 * step)), *PLAN, "--quiet") == (1, "", "")


def test_json_is_strict(stepsize):
    code, out, err = stepsize("audit", log(RATE), *PLAN, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out, parse_constant=pytest.fail) == {
        "log": "run.csv", "schedule": WRITTEN, "kind": "as planned", "what": "All 200 rates are as planned.",
        "departure": None, "planned": None, "logged": None, "share": 0.0, "offset": 0, "amount": None,
        "notes": [],
    }  # fmt: skip
    code, out, err = stepsize("audit", log(lambda step: 0.5 * RATE(step)), *PLAN, "--json")
    assert (code, err) == (1, "")
    assert json.loads(out, parse_constant=pytest.fail) == {
        "log": "run.csv", "schedule": WRITTEN, "kind": "scaled", "what": "The rates are 0.5 of the planned ones.",
        "departure": 50, "planned": pytest.approx(3e-5), "logged": 1.5e-5, "share": pytest.approx(9925 / 9950),
        "offset": 0, "amount": 0.5, "notes": [],
    }  # fmt: skip


def test_another_schedule_is_strict_json_too(stepsize):
    code, out, _ = stepsize("audit", log(lambda step: 1e-4), *PLAN, "--json")
    told = json.loads(out, parse_constant=pytest.fail)
    assert (code, told["kind"], told["amount"], told["departure"]) == (1, "another schedule", None, 0)


DEEPSPEED = {
    "optimizer": {"type": "AdamW", "params": {"lr": 3e-4}},
    "scheduler": {"type": "WarmupCosineLR", "params": {
        "total_num_steps": 10_000, "warmup_num_steps": 500, "cos_min_ratio": 0.1, "warmup_type": "linear",
    }},
}  # fmt: skip
PLANS = {
    "a spelling": WRITTEN,
    "a call": "linear(0, 3e-4, 500) >> cosine(3e-4, 3e-5, 9500)",
    "a twin": "twin:optax.warmup_cosine_decay_schedule(0, 3e-4, 500, 10000, 3e-5)",
    "a file": "plan.txt",
}


@pytest.mark.parametrize("kind", PLANS)
def test_plans_of_every_kind(stepsize, kind):
    Path("plan.txt").write_text(f"{WRITTEN}\n")
    code, out, err = stepsize("audit", log(RATE), "--schedule", PLANS[kind])
    assert (code, out.splitlines()[-1], err) == (0, "as planned: All 200 rates are as planned.", "")


def test_the_plan_of_a_trainers_configuration(stepsize):
    """DeepSpeed's warmup is one update late, and its cosine is not."""
    Path("ds.json").write_text(json.dumps(DEEPSPEED))
    late = log(lambda step: RATE(max(step - 1, 0)) if step <= 500 else RATE(step))
    code, out, err = stepsize("audit", late, "--schedule", "ds.json")
    assert (code, out.splitlines()[-1], err) == (0, "as planned: All 200 rates are as planned.", "")
    code, out, err = stepsize("audit", log(RATE), "--schedule", "ds.json")
    assert (code, err) == (1, "")
    assert (
        "It first departs at step 50: planned 2.94e-5, logged 3e-5. 5% of the logged run is not as planned."
        in " ".join(out.split())
    )


def test_columns_by_name(stepsize, tmp_path):
    rows = "".join(f"{k},0.5,{RATE(k)!r}\n" for k in range(0, 10_000, 50))
    (tmp_path / "odd.txt").write_text(f"it,lr,speed\n{rows}")
    words = ["audit", "odd.txt", *PLAN, "--format", "csv", "--step", "it", "--quiet"]
    assert stepsize(*words).code == 1
    assert stepsize(*words, "--rate", "speed").code == 0


# Bad input


@pytest.mark.parametrize(("name", "error"), ERRORS)
def test_bad_logs_are_one_line_and_exit_code_2(stepsize, tmp_path, name, error):
    for file, data in FILES.items():
        (tmp_path / file).write_bytes(data)
    (tmp_path / "folder").mkdir()
    code, out, err = stepsize("audit", name, *PLAN)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"stepsize: {error}")


@pytest.mark.parametrize(("words", "error"), [
    (["--schedule", "1 on tokens"], "--schedule: a schedule on tokens cannot be held against a log that counts steps; got '1 on tokens'. Give it in updates.\n"),
    (["--schedule", SHARES], "shares of the run need to know the run; got '5%'. Add --steps, --epochs or --tokens.\n"),
    (["--schedule", "0 ->"], "expected a rate, such as 3e-4; got 'the end'.\n"),
    (["--schedule", "none.json"], "none.json: must be a readable file; got 'No such file or directory'.\n"),
    (["--schedule", "published:gpt33"], 'must be the name of a published schedule; got \'gpt33\'. Did you mean "gpt3"?\n'),
    (["--schedule", "3e-4", "--rate", "lrs"], "run.csv: must have the column that was named; got 'lrs'. Did you mean \"lr\"?"),
    ([], "Missing option '--schedule'.\n"),
])  # fmt: skip
def test_what_is_wrong(stepsize, words, error):
    code, out, err = stepsize("audit", log(RATE), *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"stepsize: {error}")
    assert "Traceback" not in err


def test_in_a_process_of_its_own(fresh):
    assert fresh("audit", log(lambda step: RATE(2 * step)), *PLAN, "--quiet") == (1, "", "")
    code, out, err = fresh("audit", "none.csv", *PLAN)
    assert (code, out) == (2, "")
    assert err == "stepsize: none.csv: must be a log that can be read; got 'No such file or directory'.\n"
