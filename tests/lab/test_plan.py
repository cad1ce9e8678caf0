"""Which runs a race needs, and which stored ones it takes."""

import pytest

import stepsize as ss
from stepsize.errors import MissingExtra, ScheduleError
from stepsize.lab import corpus, task
from stepsize.lab.make import make
from stepsize.lab.plan import plan
from stepsize.lab.tasks import TASKS, find


def test_all_schedules_of_a_seed_come_before_the_next_seed(small, tmp_path):
    planned = small(seeds=2)
    assert [str(one.path.relative_to(tmp_path)) for one in planned] == [
        "runs/digits/constant-seed100.json",
        "runs/digits/cosine-seed100.json",
        "runs/digits/constant-seed101.json",
        "runs/digits/cosine-seed101.json",
    ]


def test_a_run_made_as_planned_is_taken(small, text):
    for planned in (*small(), *small(task="gpt", steps=2), *small(task="gpt", steps=2, text=text)):
        assert planned.fault(make(planned)) == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"schedules": {"constant": ss.hold(0.2)}}, "it was made under another schedule"),
        ({"steps": 13}, "it was made with another number of steps"),
        ({"schedules": {"other": ss.hold(0.1)}}, "it was made under another name"),
        ({"task": "gpt"}, "it was made on another task"),
    ],
)
def test_a_run_made_otherwise_is_refused(small, change, fault):
    run = make(small()[0])
    assert small(**change)[0].fault(run) == fault


def test_a_run_from_another_seed_is_refused(small):
    first, *_, last = small(seeds=2, schedules={"constant": ss.hold(0.1)})
    assert last.fault(make(first)) == "it was made from another seed"


def test_a_run_on_another_text_is_refused(small, text):
    run = make(small(task="gpt", steps=2)[0])
    assert small(task="gpt", steps=2, text=text)[0].fault(run) == "it was made on another text"


def test_a_run_by_other_software_is_refused(small, monkeypatch):
    run = make(small()[0])
    monkeypatch.setattr(task, "_version", lambda name: "1.0")
    assert small()[0].fault(run) == "it was made by other versions of the software"


def test_a_run_whose_rates_are_not_those_of_its_schedule_is_refused(small):
    planned = small()[0]
    run = make(planned)
    object.__setattr__(run, "rates", (*run.rates[:-1], 0.1000000000000001))
    assert planned.fault(run) == "its rates are not those of its schedule"


def test_the_code_of_a_task_is_part_of_the_software():
    assert all(task.versions()["lab"] for task in TASKS.values())
    assert find("gpt").versions()["lab"] != find("digits").versions()["lab"]


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 7, 100, 1400])
@pytest.mark.parametrize("task", TASKS)
def test_every_schedule_can_be_made_for_any_number_of_steps(task, steps):
    made = {name: build(steps, 0.1) for name, build in find(task).schedules.items()}
    rates = [schedule(step) for schedule in made.values() for step in range(steps)]
    assert all(0 <= rate <= made["constant"](0) for rate in rates)


@pytest.mark.parametrize("task", TASKS)
def test_decays_end_with_the_run_and_peaks_are_equal(task):
    steps = find(task).steps
    for name, build in find(task).schedules.items():
        schedule = build(steps, find(task).peak)
        rates = [schedule(step) for step in range(steps)]
        assert max(rates) == pytest.approx(find(task).peak, rel=3e-3)
        if name not in ("constant", "warmup_constant"):
            assert rates[-1] < 0.11 * find(task).peak


WRONG = [
    (
        {"task": "gtp"},
        "task: must be one of gpt, digits, digits_mlp, tabular, quadratic; got 'gtp'. Did you mean \"gpt\"?",
    ),
    (
        {"task": "iris"},
        "task: must be one of gpt, digits, digits_mlp, tabular, quadratic; got 'iris'. Did you mean \"digits\"?",
    ),
    ({"task": "x"}, "task: must be one of gpt, digits, digits_mlp, tabular, quadratic; got 'x'."),
    ({"steps": 0}, "steps: must be a whole number from 1 to 1000000; got 0."),
    ({"steps": 10**30}, "steps: must be a whole number from 1 to 1000000; got 1" + "0" * 30 + "."),
    ({"steps": 2.0}, "steps: must be a whole number from 1 to 1000000; got 2.0."),
    ({"seeds": 0}, "seeds: must be a whole number from 1 to 1000; got 0."),
    (
        {"schedules": {"../x": ss.hold(1)}},
        "schedules: must have names made of letters, digits and _.+-; got '../x'.",
    ),
    ({"schedules": {"": ss.hold(1)}}, "schedules: must have names made of letters, digits and _.+-; got ''."),
]


@pytest.mark.parametrize(("change", "text"), WRONG)
def test_wrong_plans_are_refused(small, change, text):
    with pytest.raises(ScheduleError, match="must") as caught:
        small(**change)
    assert str(caught.value) == text


def test_a_text_for_a_task_that_reads_none_is_refused(small):
    with pytest.raises(
        ScheduleError, match=r"^text: must be left out, for the task digits reads none; got 'a\.txt'\.$"
    ):
        small(text="a.txt")


def test_texts_that_cannot_be_learned_from_are_refused(tmp_path, text, monkeypatch):
    assert corpus.read(text) == text.read_bytes()
    with pytest.raises(
        ScheduleError, match=r"none\.txt: must be a readable file; got 'No such file or directory'\."
    ):
        corpus.read(tmp_path / "none.txt")
    with pytest.raises(ScheduleError, match="must be a file; got 'a folder or a device'"):
        corpus.read(tmp_path)
    text.write_bytes(b"short")
    with pytest.raises(ScheduleError, match="must be 10000 to 100000000 bytes long; got '5 bytes'"):
        corpus.read(text)
    monkeypatch.setattr(corpus, "SHORTEST", 1)
    monkeypatch.setattr(corpus, "LONGEST", 4)
    with pytest.raises(ScheduleError, match="must be 1 to 4 bytes long; got 'more'"):
        corpus.read(text)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(ScheduleError, match="must be a folder to write to; got 'Not a directory'"):
        plan("digits", {}, seeds=1, steps=1, out=tmp_path / "runs")


def test_a_package_that_is_missing_is_named(small, monkeypatch):
    monkeypatch.setattr(task, "_version", lambda name: task.MISSING)
    with pytest.raises(
        MissingExtra, match=r"^task digits: needs its packages; got 'no torch and no scikit-learn'\."
    ):
        small()
