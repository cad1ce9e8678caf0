"""A run on disk: it comes back as it was, and no other file is taken for one."""

import json
import math
import os
from dataclasses import asdict, replace

import numpy as np
import pytest

from stepsize import records
from stepsize.errors import ScheduleError
from stepsize.records import FORMAT, Run, Trace, load, save

RUN = Run(
    task="gpt",
    name="warmup_cosine",
    schedule={"type": "hold", "steps": "inf"},
    seed=2,
    steps=3,
    rates=(0.0, 0.1, 1 / 3),
    losses=(5.5, 4.25, 0.1 + 0.2),
    evaluations=((0, 6.0), (3, 4.0)),
    seconds=1.5,
    data="sha256:0",
    versions={"torch": "2.13.0"},
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.json"


def stored(**other):
    """The JSON of RUN, with other fields."""
    return {"format": FORMAT} | json.loads(json.dumps(asdict(RUN))) | other


def test_a_run_comes_back_bit_for_bit(path):
    save(RUN, path)
    assert load(path) == RUN
    assert list(path.parent.iterdir()) == [path]  # nothing is left aside


def test_a_diverged_run_comes_back_and_its_file_is_strict_json(path):
    run = replace(RUN, losses=(1.0, math.inf, math.nan), evaluations=((3, -math.inf),))
    save(run, path)
    assert load(path).losses[:2] == (1.0, math.inf)
    assert math.isnan(load(path).losses[2])
    assert load(path).final == -math.inf
    assert json.loads(path.read_text(), parse_constant=pytest.fail)["losses"] == [1.0, "inf", "nan"]


@pytest.mark.parametrize(
    ("losses", "final", "diverged"),
    [((1.0, 1.0), 1.0, False), ((1.0, math.nan), 1.0, True), ((1.0, 1.0), math.inf, True)],
)
def test_diverged_means_a_loss_that_is_not_finite(losses, final, diverged):
    run = replace(RUN, steps=2, rates=(0.1, 0.1), losses=losses, evaluations=((2, final),))
    assert run.diverged is diverged


def test_an_old_file_survives_a_failing_write(path, monkeypatch):
    save(RUN, path)
    monkeypatch.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(replace(RUN, seed=3), path)
    assert load(path) == RUN
    assert list(path.parent.iterdir()) == [path]


FIELDS = [
    ("task", 1, "Run.task: must be text; got 1."),
    ("name", None, "Run.name: must be text; got None."),
    ("data", [], "Run.data: must be text; got []."),
    ("schedule", "hold", "Run.schedule: must be a dict; got 'hold'."),
    ("versions", {"torch": 2}, "Run.versions: must be a dict of texts; got {'torch': 2}."),
    ("seed", True, "Run.seed: must be a whole number >= 0; got True."),
    ("seed", -1, "Run.seed: must be a whole number >= 0; got -1."),
    ("steps", 3.0, "Run.steps: must be a whole number >= 1; got 3.0."),
    ("steps", 0, "Run.steps: must be a whole number >= 1; got 0."),
    ("steps", 4, "Run.rates: must be one float an update; got (0.0, 0.1, 0.3333333333333333)."),
    ("rates", [0.0, 0.1, 1], "Run.rates: must be one float an update; got (0.0, 0.1, 1)."),
    ("rates", [0.0, 0.1, "nan"], "Run.rates: must be finite; got (0.0, 0.1, nan)."),
    ("rates", [0.0, [], {}], "Run.rates: must be one float an update; got (0.0, [], {})."),
    ("losses", [0.0, 0.1], "Run.losses: must be one float for each update of at; got (0.0, 0.1)."),
    ("losses", {"0": 1.0}, "Run.losses: must be one float for each update of at; got {'0': 1.0}."),
    ("losses", [0.0, 0.1, "1"], "Run.losses: must be one float for each update of at; got (0.0, 0.1, '1')."),
    ("seconds", -1.0, "Run.seconds: must be a finite float >= 0; got -1.0."),
    ("seconds", "inf", "Run.seconds: must be a finite float >= 0; got 'inf'."),
]


@pytest.mark.parametrize(("field", "value", "text"), FIELDS)
def test_every_field_has_its_rule(path, field, value, text):
    path.write_text(json.dumps(stored(**{field: value})))
    with pytest.raises(ScheduleError, match=r"run\.json: Run\.") as caught:
        load(path)
    assert str(caught.value) == f"{path}: {text}"


@pytest.mark.parametrize(
    "pairs", [[], None, [[3]], [[3, 1]], [3, 1.0], [["3", 1.0]], [[2, 1.0]], [[3, 1.0], [3, 1.0]],
              [[2, 1.0], [1, 1.0], [3, 1.0]], [[-1, 1.0], [3, 1.0]], [[0, 1.0], [4, 1.0]], [[True, 1.0], [3, 1.0]]],
)  # fmt: skip
def test_evaluations_rise_to_the_last_update(path, pairs):
    path.write_text(json.dumps(stored(evaluations=pairs)))
    rule = r"Run.evaluations: must be pairs \(updates, float\), rising, the last after all updates; got "
    with pytest.raises(ScheduleError, match=rule):
        load(path)


FILES = [
    (b"", "file: must be one strict JSON document; got 'Expecting value: line 1 column 1 (char 0)'."),
    (b"\xff\xfe\x00", "file: must be one strict JSON document; got \"'utf-8' codec can't decode byte 0xff"),
    (b'{"format": 1, ', "file: must be one strict JSON document; got 'Expecting property name"),
    (b"[" * 200_000, "file: must be one strict JSON document; got "),
    (b'{"format": NaN}', "file: must be one strict JSON document; got 'NaN is not a finite number'."),
    (b'{"format": 1e999}', "file: must be one strict JSON document; got '1e999 is not a finite number'."),
    (b"1" * 5000, "file: must be one strict JSON document; got 'Exceeds the limit"),
    (b"[]", "file: must be a JSON object with \"format\"; got []."),
    (b"{}", "file: must be a JSON object with \"format\"; got {}."),
    (b'{"format": 1}', "format: must be 2; got 1. Another version wrote it."),
    (b'{"format": true}', "format: must be 2; got True. Another version wrote it."),
    (b'{"format": 2}', "file: must have the fields of a run, no more and no less; got ['at', 'data'"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "text"), FILES)
def test_what_is_not_a_run_is_refused(path, content, text):
    path.write_bytes(content)
    with pytest.raises(ScheduleError, match=r"run\.json: ") as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {text}")
    assert len(str(caught.value)) < len(str(path)) + 250


def test_a_run_cut_anywhere_is_refused(path):
    save(RUN, path)
    whole = path.read_bytes()
    for length in range(len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ScheduleError, match="must be one strict JSON document"):
            load(path)


def test_an_extra_field_is_refused(path):
    path.write_text(json.dumps(stored(colour="red")))
    with pytest.raises(ScheduleError, match=r"no more and no less; got \['colour'\]\."):
        load(path)


def test_a_file_too_large_is_refused(path, monkeypatch):
    monkeypatch.setattr(records.run, "LARGEST_FILE", 100)
    save(RUN, path)
    with pytest.raises(ScheduleError, match=r"run\.json: file: must be at most 100 bytes; got 'more'\."):
        load(path)


def test_a_missing_file_and_a_folder_are_refused(path):
    with pytest.raises(
        ScheduleError, match=r"run\.json: must be a readable file; got 'No such file or directory'\."
    ):
        load(path)
    path.mkdir()
    with pytest.raises(ScheduleError, match=r"run\.json: must be a readable file; got 'Is a directory'\."):
        load(path)


# Logs that count epochs


def by_epochs(epochs):
    return Trace("log.csv", epochs, np.ones(len(epochs)), np.full(len(epochs), np.nan), counts="epochs")


def test_whole_epochs_are_whole_updates():
    found = by_epochs([0, 1, 2, 90]).in_updates(391)
    assert (found.steps.tolist(), found.counts) == ([0, 391, 782, 35_190], "steps")
    assert found.notes[-1] == "epochs of 391 updates became steps"


@pytest.mark.parametrize("per_epoch", [391, 1237, 50])
@pytest.mark.parametrize("decimals", [2, 3, 6])
def test_rounded_epochs_are_evenly_spread(per_epoch, decimals):
    """As Trainer prints them: every 10th update, two decimals of an epoch."""
    steps = np.arange(10, 3000, 10)
    found = by_epochs([round(step / per_epoch, decimals) for step in steps]).in_updates(per_epoch)
    assert found.steps.tolist() == steps.tolist()


def test_uneven_epochs_say_how_far_they_may_be_off():
    found = by_epochs([0.0, 0.13, 0.5, 0.99]).in_updates(1000)
    assert found.steps.tolist() == [0, 130, 500, 990]
    assert (
        by_epochs([0.0, 0.13, 0.5, 0.99])
        .in_updates(1237)
        .notes[-1]
        .endswith("each off by 6 at most, for epochs are rounded")
    )


@pytest.mark.parametrize(("counts", "per_epoch", "text"), [
    ("steps", 10, r"must be of a log that counts epochs; got 'steps'"),
    ("epochs", 0, r"an epoch must have updates, more than 0; got 0"),
    ("epochs", float("nan"), r"an epoch must have updates, more than 0; got nan"),
    ("epochs", float("inf"), r"an epoch must have updates, more than 0; got inf"),
])  # fmt: skip
def test_what_has_no_epochs_is_refused(counts, per_epoch, text):
    log = Trace("log.csv", [0, 1], [0.1, 0.1], [1, 1], counts=counts)
    with pytest.raises(ScheduleError, match=rf"Trace\.in_updates: {text}"):
        log.in_updates(per_epoch)
