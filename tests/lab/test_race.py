"""Races: what is kept, what is made anew, and what a dying process costs."""

import multiprocessing
import os
import signal

import pytest

import stepsize as ss
from stepsize import records
from stepsize.lab.make import make
from stepsize.lab.race import race


def told(events, *kinds):
    return {(event.planned.name, event.what) for event in events if not kinds or event.what in kinds}


def test_a_race_makes_what_is_missing_and_names_what_it_makes_anew(small):
    """One race over files of every kind: whole, broken, made otherwise, missing, and impossible to write."""
    names = ("whole", "broken", "otherwise", "missing", "blocked")
    planned = small({name: ss.hold(0.1) for name in names})
    whole, broken, otherwise, missing, blocked = planned
    records.save(make(whole), whole.path)
    broken.path.write_text('{"format": 1, "task"')
    foreign = small({"otherwise": ss.hold(0.2)})[0]
    records.save(make(foreign), otherwise.path)
    blocked.path.mkdir()
    before, was = whole.path.read_bytes(), records.load(otherwise.path)

    events = []
    runs = race(planned, events.append)

    assert [run.name for run in runs] == ["whole", "broken", "otherwise", "missing"]  # in the planned order
    assert whole.path.read_bytes() == before
    assert told(events, "kept", "finished", "failed") == {
        ("whole", "kept"),
        ("broken", "finished"),
        ("otherwise", "finished"),
        ("missing", "finished"),
        ("blocked", "failed"),
    }
    reasons = {event.planned.name: event.text for event in events if event.what in ("refused", "failed")}
    assert reasons.keys() == {"broken", "otherwise", "blocked"}
    assert reasons["broken"].startswith(f"{broken.path}: file: must be one strict JSON document; got ")
    now = f"it is now {otherwise.path.name}.1"
    assert reasons["otherwise"] == f"{otherwise.path}: it was made under another schedule; {now}"
    assert records.load(otherwise.path.with_name(f"{otherwise.path.name}.1")) == was  # nothing is lost
    assert reasons["blocked"].startswith("IsADirectoryError: ")
    for one, run in zip((whole, broken, otherwise, missing), runs, strict=True):
        assert run == records.load(one.path)
        assert one.fault(run) == ""

    again = []
    assert race(planned[:4], again.append) == runs
    assert {event.what for event in again} == {"kept"}


def test_a_worker_gives_the_same_bits_as_this_process(small):
    planned = small(task="gpt", steps=3, schedules={"cosine": ss.warmup_cosine(0.004, 3, warmup=1)})
    here, there = make(planned[0]), race(planned)[0]
    assert (here.rates, here.losses, here.evaluations) == (there.rates, there.losses, there.evaluations)


def test_a_killed_process_costs_only_its_own_run(small):
    planned = small({"first": ss.hold(0.1), "second": ss.hold(0.1), "third": ss.hold(0.1)}, steps=200)
    events = []

    def kill_the_first(event):
        events.append(event)
        if event.what == "step" and event.planned.name == "first" and event.step:
            for process in multiprocessing.active_children():
                os.kill(process.pid, signal.SIGKILL)

    runs = race(planned, kill_the_first, jobs=1)
    assert [run.name for run in runs] == ["second", "third"]
    failed = [(event.planned.name, event.text) for event in events if event.what == "failed"]
    assert failed == [("first", "its process ended: killed by SIGKILL")]
    assert not planned[0].path.exists()
    assert not multiprocessing.active_children()


def test_an_exception_while_telling_ends_the_processes(small):
    def break_off(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        race(small(steps=100_000), break_off)
    assert not multiprocessing.active_children()


def test_a_text_that_changes_during_the_race_is_noticed(small, text):
    planned = small({"constant": ss.hold(0.001)}, task="gpt", steps=2, text=text)
    text.write_bytes(b"another text " * 1000)
    events = []
    assert race(planned, events.append) == []
    assert events[-1].what == "failed"
    assert events[-1].text == f"{planned[0].path}: it was made on another text"


def test_a_race_of_nothing_is_over(small):
    assert race([]) == []
