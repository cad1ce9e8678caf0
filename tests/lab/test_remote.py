"""Runs in a second folder: taken from there, and brought there, whole."""

import pytest

import stepsize as ss
from stepsize.errors import ScheduleError
from stepsize.lab import remote
from stepsize.lab.plan import plan
from stepsize.lab.race import race


def planned(out):
    return plan("tests.lab.work:good", {"a": ss.hold(0.1), "b": ss.hold(0.2)}, seeds=1, steps=5, out=out)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_runs_made_on_one_machine_are_kept_on_another(tmp_path, kind):
    url = "memory://bucket/runs" if kind == "memory" else f"file://{tmp_path}/bucket"
    here, there = planned(tmp_path / "here"), planned(tmp_path / "there")
    runs = race(here)
    remote.bring(here, tmp_path / "here", url)
    there[0].path.write_text("mine")
    remote.fetch(there, tmp_path / "there", url)
    assert there[0].path.read_text() == "mine"  # what is here is not touched
    assert there[1].path.read_bytes() == here[1].path.read_bytes()
    events = []
    assert race(there, events.append)[1] == runs[1]
    assert [event.what for event in events][:2] == ["refused", "kept"]


def test_a_folder_that_cannot_be_reached_is_named(tmp_path):
    with pytest.raises(
        ScheduleError, match=r"^--remote: must be a folder that can be reached, .*; got 'nowhere://x'\.$"
    ):
        remote.fetch(planned(tmp_path), tmp_path, "nowhere://x")
