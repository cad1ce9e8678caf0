"""Real training killed with SIGKILL at random moments, 10 times; ``make soak`` takes 100."""

import pytest

from tests.hosts.kills import compare, survive
from tests.hosts.lives import Case, resume


@pytest.mark.parametrize(("case", "kills"), [
    (Case("digits", "TorchSchedule", "sgdr"), 3),
    (Case("digits", "attach", "one_cycle", "progress"), 3),
    (Case("gpt", "TorchSchedule", "wsd"), 2),
    (Case("gpt", "attach", "warmup_cosine", "tokens"), 2),
], ids=lambda value: f"{value.model}-{value.drive}-{value.clock}" if isinstance(value, Case) else f"{value} kills")  # fmt: skip
def test_a_killed_run_is_the_run_that_was_never_stopped(case, kills):
    survived = survive(case, kills, seed=kills)
    assert max(survived.began) > 0  # something was resumed
    assert survived.ended[-1] == case.updates


def one_off(saved, model, optimizer, schedule):
    updates = resume(saved, model, optimizer, schedule)
    schedule.position += 1
    return updates


def schedule_forgotten(saved, model, optimizer, schedule):
    model.load_state_dict(saved["parts"][0])
    optimizer.load_state_dict(saved["parts"][1])
    return saved["updates"]


def counted_anew(saved, model, optimizer, schedule):
    resume(saved, model, optimizer, schedule)
    return 0


@pytest.mark.parametrize("drive", ["TorchSchedule", "attach"])
@pytest.mark.parametrize("fault", [one_off, schedule_forgotten, counted_anew])
def test_a_planted_fault_is_found(fault, drive):
    with pytest.raises(AssertionError, match="life 1 made"):
        survive(Case("digits", drive, "sgdr", updates=40, resume=fault), 1, seed=0)


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
