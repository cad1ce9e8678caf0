"""Several processes: update k uses s(k) in each of them, accumulated or not, and after a checkpoint of either kind."""

import pytest

from tests.hosts.ranks import Job, train

UPDATES = 20  # four after the end of the schedule
STOP = 9  # where a checkpoint is saved: neither on an edge of the schedule nor in the middle

kinds = pytest.mark.parametrize("kind", ["DDP", "FSDP"])
drives = pytest.mark.parametrize("drive", ["TorchSchedule", "attach"])


def follow(ranks, s, first=0):
    """All processes used the rates of the schedule, from update ``first`` on, on weights that they share."""
    expected = [[s(k), s(k) / 2] for k in range(first, UPDATES)]
    for rank, told in enumerate(ranks):
        assert told.rates == expected, f"rank {rank}"
        assert told.position == UPDATES
    assert len({told.weights for told in ranks}) == 1


@drives
@kinds
def test_processes_follow_one_schedule_before_and_after_a_checkpoint(kind, drive, tmp_path):
    stored = tmp_path / "stored"
    job = Job(kind, drive, UPDATES, keep=(STOP, stored))
    whole = train(job, tmp_path / "whole")
    rest = train(Job(kind, drive, UPDATES, start=stored), tmp_path / "rest")
    follow(whole, job.schedule)
    follow(rest, job.schedule, STOP)
    assert [told.losses for told in rest] == [told.losses[STOP:] for told in whole]
    assert rest[0].weights == whole[0].weights
    assert whole[0].losses != whole[1].losses  # each had batches of its own


@kinds
def test_another_number_of_processes_changes_no_rate(kind, tmp_path):
    stored = tmp_path / "stored"
    train(Job(kind, "attach", STOP, keep=(STOP, stored)), tmp_path / "two")
    job = Job(kind, "attach", UPDATES, start=stored)
    follow(train(job, tmp_path / "one", ranks=1), job.schedule, STOP)


@drives
@pytest.mark.parametrize("forgetful", [0, 1])
def test_a_process_that_begins_anew_is_found(forgetful, drive, tmp_path):
    stored = tmp_path / "stored"
    train(Job("DDP", drive, STOP, keep=(STOP, stored)), tmp_path / "two")
    job = Job("DDP", drive, UPDATES, start=stored, forgetful=forgetful)
    with pytest.raises(AssertionError, match=f"rank {forgetful}"):
        follow(train(job, tmp_path / "rest"), job.schedule, STOP)
