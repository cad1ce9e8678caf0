"""Tasks of users: what a good one records, and how each fault of a bad one is named and costs its own run alone."""

import time

import pytest

import stepsize as ss
from stepsize.errors import ScheduleError
from stepsize.lab.plan import plan
from stepsize.lab.race import race
from stepsize.lab.tasks import find
from tests.lab.said import said

HERE = "tests.lab.work"
SCHEDULE = {"linear": ss.linear(0.1, 0.0, 20)}


def raced(tmp_path, name, steps=20, schedules=SCHEDULE, seeds=1, **options):
    events = []
    planned = plan(f"{HERE}:{name}", schedules, seeds=seeds, steps=steps, out=tmp_path)
    runs = race(planned, events.append, **options)
    return runs, said(events, "failed"), planned


def test_a_good_one_is_recorded_whole(tmp_path):
    (run,), failed, (planned,) = raced(tmp_path, "good")
    x, expected = 1.0 + 100 % 3, []
    for step in range(20):
        expected.append(x * x)
        x -= SCHEDULE["linear"](step) * 2 * x
    assert not failed
    assert run.losses == tuple(expected)
    assert run.rates == tuple(SCHEDULE["linear"](step) for step in range(20))
    assert run.final == x * x
    assert [step for step, _ in run.metrics["distance"]] == list(range(20))
    assert planned.path == tmp_path / "tests.lab.work.good" / "linear-seed100.json"
    assert not planned.folder.exists()  # nothing was left in it


def test_a_log_now_and_then_is_enough(tmp_path):
    (run,), failed, _ = raced(tmp_path, "sparse")
    assert not failed
    assert run.at == (0, 10)
    assert run.evaluations == ((20, 1 / 11),)  # the training loss now stands for the validation


def test_the_rate_of_a_torch_optimizer_is_seen(tmp_path):
    runs, failed, _ = raced(tmp_path, "with_torch")
    assert (len(runs), failed) == (1, [])


def test_the_frameworks_that_its_file_imports_count_whether_they_are_loaded_or_not():
    """The process that plans and the one that trains must agree, and only one of them has loaded torch."""
    assert find(f"{HERE}:good").packages == ("torch",)


WRONG = {
    "forgets_the_rate": "TaskError: task: update 0 must use the rate of the schedule, 0.1; got '0.25'. Set it before the update, and log after it, before a scheduler steps.",
    "forgets_in_torch": "TaskError: task: update 0 must use the rate of the schedule, 0.1; got '0.5'. Set it before the update, and log after it, before a scheduler steps.",
    "never_logs": "TaskError: task: must call run.log(step, loss); got 'no call'.",
    "stops_short": "TaskError: task: must make all 20 updates, and log to the end; got 'update 9 as the last one'.",
    "goes_backwards": "TaskError: log: steps must rise, within 0 .. 19; got '2 after 3'. Log each update once, with the number of updates before it.",
    "logs_words": "TaskError: log.loss: must be a number, or a tensor of one; got 'str'.",
    "raises": "RuntimeError: out of memory (work.py, line #)",
    "leaves": "SystemExit: 3 (work.py, line #)",
    "dies": "its process ended: killed by SIGKILL",
    "forgets_to_validate_last": "TaskError: task: must log validation= with the last update, as it does before; got 'the last one after 4 of 20'.",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_fault_is_named_and_costs_its_own_run(tmp_path, name):
    both = plan(f"{HERE}:{name}", SCHEDULE, seeds=1, steps=20, out=tmp_path)
    both += plan(f"{HERE}:good", SCHEDULE, seeds=1, steps=20, out=tmp_path)
    events = []
    runs = race(both, events.append, jobs=1)
    assert [run.task for run in runs] == [f"{HERE}:good"]
    assert said(events, "failed") == [WRONG[name]]


def test_one_that_hangs_is_ended(tmp_path):
    start = time.monotonic()
    runs, failed, _ = raced(tmp_path, "hangs", silence=1.0)
    assert (runs, failed) == ([], ["it logged nothing for 1 seconds, and was ended"])
    assert time.monotonic() - start < 60


@pytest.mark.parametrize(("name", "step"), [("logs_nan", 5), ("catches_everything", 4)])
def test_a_loss_that_is_no_number_ends_the_run_there_and_is_a_result(tmp_path, name, step):
    (run,), failed, _ = raced(tmp_path, name)
    assert not failed
    assert run.diverged
    assert run.steps == len(run.losses) == step + 1
    assert run.ended.startswith(f"diverged: the loss of update {step} is ")
    (again,), failed, _ = raced(tmp_path, name)  # and is kept
    assert again == run or again.ended == run.ended


def test_checkpoints_stay_where_they_are(tmp_path):
    *_, (planned,) = raced(tmp_path, "slow", steps=5)
    assert (planned.folder / "model.pt").read_text() == "4"


@pytest.mark.parametrize(("name", "text"), [
    ("no.such.module:train", "--train: must name a module that can be imported, and a function, as package.module:train; got "),
    (f"{HERE}:god", '--train: must be a function of tests.lab.work; got \'god\'. Did you mean "good"?'),
    (f"{HERE}:not_a_function", f"--train: must name a function; got '{HERE}:not_a_function: int'."),
])  # fmt: skip
def test_what_cannot_be_called_is_refused(name, text):
    with pytest.raises(ScheduleError) as caught:
        find(name)
    assert str(caught.value).startswith(text)
