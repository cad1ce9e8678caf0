"""Real training in every host, killed with SIGKILL at random moments, 10 times; ``make soak`` takes 100."""

import os
import sys
from pathlib import Path

import pytest
from transformers.trainer_utils import get_last_checkpoint

from tests.hosts.kills import compare, ended, survive
from tests.hosts.lives import FORKS, HOSTS, Case
from tests.hosts.lives_trainer import newest

CASES = [
    (Case("TorchSchedule", "digits", "sgdr", "progress"), 2),
    (Case("attach", "gpt", "warmup_cosine", "tokens"), 1),
    (Case("engine", "digits", "triangular"), 1),
    (Case("Trainer", "digits", "one_cycle"), 1),
    (Case("Accelerate", "digits", "cosine"), 1),
    (Case("Lightning", "digits", "step_decay"), 1),
    (Case("Keras", "digits", "sgdr"), 1),
    (Case("optax", "digits", "one_cycle"), 1),
    (Case("NumPy", "digits", "sgdr"), 1),
]


@pytest.mark.parametrize(("case", "kills"), CASES, ids=[case.host for case, _ in CASES])
def test_a_killed_run_is_the_run_that_was_never_stopped(case, kills):
    survived = survive(case, kills, seed=kills)
    assert case.updates >= 200
    assert survived.kills == kills
    assert max(survived.began) > 0  # something was resumed
    assert survived.ended[-1] == case.updates


def test_each_host_is_killed():
    assert [case.host for case, _ in CASES] == list(HOSTS)
    assert sum(kills for _, kills in CASES) == 10


def one_off(life, schedule):
    schedule.position += 1


def schedule_forgotten(life, schedule):
    schedule.position = 0


def one_off_in_keras(life, schedule):
    schedule.at += 1


def counted_anew(life, schedule):
    life.done = 0


@pytest.mark.parametrize(("host", "fault"), [
    *((drive, fault) for drive in ("TorchSchedule", "attach") for fault in (one_off, schedule_forgotten, counted_anew)),
    ("engine", one_off), ("Trainer", schedule_forgotten), ("Accelerate", schedule_forgotten), ("Lightning", one_off),
    ("Keras", one_off_in_keras), ("NumPy", counted_anew),
])  # fmt: skip
def test_a_planted_fault_is_found(host, fault):
    with pytest.raises(AssertionError, match="life 1 made"):
        survive(Case(host, "digits", "sgdr", fault=fault, short=42), 1, seed=0)


def test_a_torn_folder_of_trainer_is_passed_over(tmp_path):
    states = {7: '{"global_step": 7}', 14: '{"global_step": 14}', 28: '{"glob', 35: None}
    for updates, state in states.items():
        checkpoint = tmp_path / f"checkpoint-{updates}"
        checkpoint.mkdir()
        if state:
            (checkpoint / "trainer_state.json").write_text(state)
    assert newest(tmp_path) == str(tmp_path / "checkpoint-14")
    assert get_last_checkpoint(tmp_path).endswith("checkpoint-35")  # which is why we look for ourselves
    assert newest(tmp_path / "checkpoint-7") is None


def forked():
    """Of the server that this process was forked from: its threads, and what it had imported."""
    threads = list(Path(f"/proc/{os.getppid()}/task").iterdir())
    assert len(threads) == 1
    assert {"transformers", "accelerate", "lightning", "keras", "optax"} <= set(sys.modules)


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_processes_are_forked_from_one_without_threads():
    child = FORKS.Process(target=forked)
    child.start()
    ended(child, 0)


RUN = [[0, [0.1], 2.0], [1, [0.2], 1.5], [2, "weights"]]


@pytest.mark.parametrize(("lives", "rule"), [
    ([RUN[:2]], "all lives made 2 of 3"),
    ([RUN[:1], RUN[2:]], "life 1 begins at update 2, and there were 1 before"),
    ([RUN[:2], [*RUN[1:2], [2, "others"]]], "life 1 made .*others"),
    ([RUN[:1], [[1, [0.2000000001], 1.5], RUN[2]]], "life 1 made .*0.2000000001"),
])  # fmt: skip
def test_what_is_compared(lives, rule):
    compare([RUN[:1], [], RUN[:2], RUN[1:]], RUN)
    with pytest.raises(AssertionError, match=rule):
        compare(lives, RUN)
