"""Several runs on a device: they take the devices in turn, and what does not fit beside others is made again."""

import pytest

import stepsize as ss
from stepsize.lab import workers
from stepsize.lab.plan import plan
from stepsize.lab.race import race
from tests.lab.said import said


def raced(tmp_path, task, device, seeds=6, jobs=4):
    planned = plan(
        f"tests.lab.work:{task}", {"a": ss.hold(0.1)}, seeds=seeds, steps=10, out=tmp_path, device=device
    )
    events = []
    return race(planned, events.append, jobs), events


def test_what_does_not_fit_is_made_again_with_fewer_on_its_device(tmp_path):
    runs, events = raced(tmp_path, "fills_its_device", "gpu:0, gpu:1")
    assert [run.seed for run in runs] == [100, 101, 102, 103, 104, 105]
    assert {run.metrics["device"][0][1] for run in runs} == {0.0, 1.0}
    again = said(events, "again")
    text = "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB. (work.py, line #)"
    assert sorted(again) == [f"with fewer on gpu:0: {text}", f"with fewer on gpu:1: {text}"]
    assert not [event for event in events if event.what == "failed"]


@pytest.mark.parametrize("device", ["gpu:0", "gpu:0,gpu:1"])
def test_what_does_not_fit_alone_has_failed(tmp_path, device):
    runs, events = raced(tmp_path, "never_fits", device, seeds=3, jobs=3)
    assert not runs
    assert said(events, "failed") == ["MemoryError: RESOURCE_EXHAUSTED: Out of memory (work.py, line #)"] * 3


def test_memory_of_the_machine_is_nobodys_device(tmp_path):
    _, events = raced(tmp_path, "raises", "cpu", seeds=2, jobs=2)
    assert [event.what for event in events if event.text] == ["failed", "failed"]


def test_runs_at_a_time(monkeypatch):
    monkeypatch.setattr(workers, "cores", lambda: 16)
    assert [workers.at_once(device) for device in ("cpu", "cuda", "cuda:0,cuda:1")] == [16, 4, 8]
    monkeypatch.setattr(workers, "cores", lambda: 6)
    assert [workers.at_once(device) for device in ("cpu", "cuda", "cuda:0,cuda:1")] == [6, 4, 6]
