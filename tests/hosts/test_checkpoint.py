"""Checkpoints of torch are read safely: what is in them is found, and nothing in them is executed."""

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

import stepsize as ss
from stepsize.hosts.checkpoint import saved
from stepsize.hosts.torch import Stopwatch, attach
from tests.hosts.recording import sgd

S = ss.warmup_cosine(1.0, 100, warmup=10)
STATE = attach(sgd(1.0), S, at=50).state_dict()


class Foreign:
    """Something that a safe reader does not build."""


def stored(tmp_path, content, **options):
    torch.save(content, tmp_path / "run.pt", **options)
    return tmp_path / "run.pt"


@pytest.mark.parametrize("zipped", [True, False])
def test_wherever_it_stands(tmp_path, zipped):
    content = {"w": torch.ones(9), "runs": [(1, {"s": STATE}), STATE]}
    found = saved(stored(tmp_path, content, _use_new_zipfile_serialization=zipped))
    assert [one.where for one in found] == ["runs[0][1].s", "runs[1]"]
    assert {one[1:] for one in found} == {(S, S, 0, 50, 50)}


@pytest.mark.parametrize(("clock", "options", "elapsed"), [
    ("tokens", {"per_update": 8}, 400),
    ("progress", {"steps": 200}, 0.25),
    ("seconds", {"seconds": Stopwatch(before=7.5)}, 7.5),
])  # fmt: skip
def test_where_its_clock_stands(tmp_path, clock, options, elapsed):
    handle = attach(sgd(1.0), S.on(clock), at=50, **options)
    (one,) = saved(stored(tmp_path, handle.state_dict()))
    assert (one.updates, one.elapsed) == (50, elapsed)
    assert one.schedule(one.elapsed) == handle.get_lr()[0]


def test_of_an_accelerator_with_two_schedules(tmp_path):
    for name, at in (("scheduler.bin", 5), ("scheduler_1.bin", 6)):
        torch.save({**STATE, "position": at}, tmp_path / name)
    assert [(one.where, one.updates) for one in saved(tmp_path)] == [
        ("scheduler.bin", 5),
        ("scheduler_1.bin", 6),
    ]


@pytest.mark.parametrize(("content", "rule"), [
    ({"w": 1}, "must hold a schedule of stepsize; got 'none'"),
    ({"s": CosineAnnealingLR(sgd(), 100, last_epoch=-1).state_dict()}, "must hold .*; got 'the state of a torch scheduler, s'. .*--at 0"),
    ({"s": STATE, "x": Foreign()}, "must be safe to load; got '.*GLOBAL tests.hosts"),
    ({**STATE, "clock": ["tokens"]}, ".*counts the clock \"tokens\" only; got 'steps'"),
    ({**STATE, "clock": None}, "its clock must be a name, .*; got None"),
    ({**STATE, "clock": ["progress", 0], "schedules": [str(S.on("progress"))]}, "its clock must be .*; got \\['progress', 0\\]"),
    ({**STATE, "clock": ["tokens", "many"], "schedules": [str(S.on("tokens"))]}, "its clock must be .*'many'"),
    ({**STATE, "position": -1}, "position: must be a whole number"),
    ({**STATE, "schedules": ["0 ->"]}, "parse: expected a rate"),
    ({**STATE, "amendments": [3]}, "amendments must be"),
])  # fmt: skip
def test_another_one_is_one_clear_error(tmp_path, content, rule):
    with pytest.raises(ss.CheckpointError, match=f"^.*run.pt: {rule}"):
        saved(stored(tmp_path, content))


def test_files_that_are_torn_or_no_checkpoints(tmp_path):
    whole = stored(tmp_path, {"w": torch.ones(1000), "s": STATE}).read_bytes()
    for content in (
        b"",
        b"hello",
        b"\x80",
        b"PK\x03\x04",
        b"\x00" * 100,
        whole[:-100],
        whole[: len(whole) // 2],
    ):
        (tmp_path / "run.pt").write_bytes(content)
        with pytest.raises(ss.CheckpointError, match=r"run\.pt: must be "):
            saved(tmp_path / "run.pt")
    with pytest.raises(ss.CheckpointError, match=r"a folder must have scheduler\.pt or"):
        saved(tmp_path)
    with pytest.raises(ss.CheckpointError, match="must be a readable file; got 'No such file"):
        saved(tmp_path / "none.pt")
