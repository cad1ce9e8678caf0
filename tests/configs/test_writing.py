"""Written configurations: what is read back from each is the twin that was chosen, and the differences are the true ones."""

import json

import numpy as np
import pytest
import yaml

import stepsize as ss
from stepsize import configs
from stepsize.configs.nearest import SAME, differences
from stepsize.configs.outline import outline
from stepsize.errors import HorizonNeeded, ScheduleError
from stepsize.training import Training
from tests.configs.test_real import DEEPSPEED, TIMM, TITAN, TRAINER
from tests.zoo import RECIPES

EPOCH = Training.of(steps_per_epoch=10)
FALLS = {
    "warmup cosine": ss.warmup_cosine(3e-4, 1000, warmup=50, end=3e-5),
    "warmup linear": ss.warmup_linear(3e-4, 1000, warmup=50),
    "wsd": ss.wsd(1e-3, 1000, warmup=50, decay=200),
    "wsd 1-sqrt": ss.wsd(1e-3, 1000, warmup=50, decay=200, shape="one_minus_sqrt"),
    "polynomial": ss.polynomial_decay(1.0, 1000, power=2),
    "inverse sqrt": ss.inverse_sqrt(1e-3, warmup=50)[:1000],
    "step": ss.step_decay(0.1, 300)[:1000],
    "multi step": ss.multi_step(0.1, [300, 600])[:1000],
    "one cycle": ss.one_cycle(1.0, 1000),
    "sgdr": ss.sgdr(1.0, 100, growth=2, end=0.01, cycles=3),
    "triangular": ss.triangular(0.1, 1.0, 100)[:1000],
    "constant": ss.hold(1e-3, 500),
}
NATIVE = {  # the libraries that can say it exactly, by their documentation
    "warmup cosine": {"trainer", "megatron", "timm", "lightning", "torch", "optax"},
    "warmup linear": {"trainer", "megatron", "timm", "lightning", "torch", "optax", "deepspeed"},
    "wsd": {"trainer", "megatron", "timm", "lightning", "torch", "optax"},
    "wsd 1-sqrt": {"trainer", "megatron", "timm"},
    "polynomial": {"trainer", "timm", "lightning", "torch", "optax"},
    "inverse sqrt": {"trainer", "megatron"},
    "step": {"timm", "lightning", "torch", "optax"},
    "multi step": {"timm", "lightning", "torch", "optax"},
    "one cycle": {"optax"},
    "sgdr": {"lightning", "torch", "optax"},
    "triangular": {"lightning", "torch", "optax"},
    "constant": {"trainer", "megatron", "timm", "torchtitan", "lightning", "torch", "optax", "deepspeed"},
}


@pytest.mark.parametrize("name", FALLS)
@pytest.mark.parametrize("format", [*configs.FORMATS, *configs.CODE])
def test_what_is_exact_and_what_is_not(name, format):
    s = FALLS[name]
    found = configs.write(s, format, EPOCH)
    assert found.same == (format in NATIVE[name]), found.differences
    at = np.arange(int(min(s.length, 1000)))
    apart = np.abs(np.asarray(found.schedule(at)) - np.asarray(s(at))).max() / np.asarray(s(at)).max()
    assert found.worst == pytest.approx(apart, rel=1e-9, abs=1e-15)
    assert (found.worst <= SAME) == found.same
    assert ss.parse(found.call) == found.schedule


@pytest.mark.parametrize("format", configs.FORMATS)
@pytest.mark.parametrize("name", FALLS)
def test_reading_it_back_gives_the_twin_that_was_chosen(name, format):
    found = configs.write(FALLS[name], format, EPOCH)
    assert configs.detect(found.text) == format
    back = configs.read(
        found.text, training=Training.of(steps=int(min(FALLS[name].length, 1000)), steps_per_epoch=10)
    )
    assert (back.call, back.schedule) == (found.call, found.schedule)
    assert back.training.steps == min(FALLS[name].length, 1000)
    said = configs.commented(format, found.text, ["The same rates.", *found.differences])
    assert (
        configs.read(said, training=Training.of(steps=back.training.steps, steps_per_epoch=10)).call
        == found.call
    )


@pytest.mark.parametrize("name", [name for name, r in ss.published.MODELS.items() if r.schedule is not None])
@pytest.mark.parametrize("format", configs.FORMATS)
def test_published_schedules(name, format):
    """Laid over a run of 2000 updates, each is written, read back, and said to be exact only where it is."""
    s = ss.published.MODELS[name](steps=2000)
    found = configs.write(s, format, Training.of(steps=2000, steps_per_epoch=10))
    back = configs.read(found.text, training=Training.of(steps=2000, steps_per_epoch=10))
    assert back.schedule == found.schedule
    at = np.arange(2000)
    apart = np.abs(found.schedule(at) - s._bare(at)).max() / s._bare(at).max()
    assert (apart <= SAME) == found.same


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_written_or_refused_in_one_error(name):
    s = RECIPES[name]
    for format in (*configs.FORMATS, *configs.CODE):
        try:
            found = configs.write(s, format, Training.of(steps_per_epoch=1))
        except ScheduleError as error:
            assert str(error).startswith("convert: ")
        else:
            assert found.same == (found.worst <= SAME)


def test_differences_are_told_worst_first():
    s = ss.wsd(1e-3, 1000, warmup=100, decay=200)
    found = configs.write(s, "deepspeed")
    told = [float(line.split("up to ")[1].split("%")[0]) for line in found.differences if "up to" in line]
    assert told == sorted(told, reverse=True)
    assert told[0] == pytest.approx(100 * found.worst, rel=0.01)
    assert found.notes == ("A host of stepsize gives it exactly: stepsize.hosts.torch.",)
    where = found.differences[0].split(": ")[0].replace(",", "").split()
    first, last = int(where[1]), int(where[-1])
    inside = [k for k in range(1000) if abs(found.schedule(k) - s(k)) > SAME * 1e-3]
    assert first in inside
    assert last in inside


def test_a_table_is_known_for_the_curve_that_it_holds():
    rates = [ss.cosine(1.0, 0.0, 300)(k) for k in range(300)]
    assert configs.write(ss.table(rates), "optax").call == "twin:optax.cosine_decay_schedule(1.0, 300, 0.0)"


def test_a_difference_in_one_update_is_seen():
    """Faults are planted: some rates of a table are others."""
    rates = [ss.cosine(1.0, 0.0, 300)(k) for k in range(300)]
    assert differences(outline(ss.table(rates), None), ss.cosine(1.0, 0.0, 300)) == ()
    rates[137] *= 1.001
    (told,) = differences(outline(ss.table(rates), None), ss.cosine(1.0, 0.0, 300))
    assert told == "update 137: up to 0.0568% of the peak, at 137 0.567858 for 0.568426"
    rates[0] *= 1.5
    told = differences(outline(ss.table(rates), None), ss.cosine(1.0, 0.0, 300))
    assert [line.split(":")[0] for line in told] == ["update 0", "update 137"]


def test_a_run_of_another_length():
    s = ss.inverse_sqrt(1e-3, warmup=100)
    assert configs.write(s, "trainer", Training.of(steps=5000)).text.count("max_steps: 5000") == 1
    long = ss.warmup_cosine(3e-4, 2_000_000, warmup=2000, end=3e-5)
    for format in ("trainer", "megatron", "optax"):
        assert configs.write(long, format).same


def test_a_warmup_that_ends_between_two_updates_is_a_share_in_megatron():
    s = ss.warmup_cosine(3e-4, 1000, warmup=12.5, end=3e-5)
    found = configs.write(s, "megatron")
    assert found.same
    assert "--lr-warmup-fraction 0.0125\n" in found.text
    assert not configs.write(s, "trainer").same


def test_tokens_and_samples():
    s = ss.warmup_cosine(3e-4, 1e9, warmup=1e8).on("tokens")
    with pytest.raises(
        HorizonNeeded, match=r"convert: the schedule counts tokens, .*; got None. Add --tokens-per-step."
    ):
        configs.write(s, "trainer")
    found = configs.write(s, "trainer", Training.of(tokens_per_step=1_000_000))
    assert ss.compare(found.schedule, ss.warmup_cosine(3e-4, 1000, warmup=100)).same
    with pytest.raises(ScheduleError, match=r"a configuration counts updates; got 'seconds'."):
        configs.write(s._bare.on("seconds"), "trainer")
    progress = ss.warmup_cosine(1.0, 1.0, warmup=0.125).on("progress")
    assert configs.write(progress, "optax", Training.of(steps=800)).same


def test_what_else_of_the_run_is_carried():
    run = Training.of(
        steps=1000, batch=4, accumulation=2, optimizer="adamw", beta1=0.9, beta2=0.95, weight_decay=0.1
    )
    s = ss.warmup_cosine(3e-4, 1000, warmup=50)
    for format in configs.FORMATS:
        if format != "timm":
            back = configs.read(configs.write(s, format, run).text).training
            assert (back.beta1, back.beta2, back.weight_decay, back.optimizer) == (0.9, 0.95, 0.1, "adamw")
    document = json.loads(configs.write(s, "deepspeed", run).text)
    assert (document["train_micro_batch_size_per_gpu"], document["gradient_accumulation_steps"]) == (4, 2)


def test_from_one_trainer_to_another():
    deepspeed = json.dumps({"scheduler": {"type": "WarmupDecayLR", "params": {
        "total_num_steps": 1000, "warmup_max_lr": 1e-4, "warmup_num_steps": 100, "warmup_type": "linear"}}})  # fmt: skip
    read = configs.read(deepspeed)
    megatron = configs.write(read.schedule, "megatron", Training.of(steps=1001))
    assert 0 < megatron.worst < 0.02  # one update behind, in a warmup of 100
    assert configs.write(read.schedule, "deepspeed", Training.of(steps=1001)).same
    assert configs.write(read.schedule, "optax", Training.of(steps=1001)).same


@pytest.mark.parametrize(("s", "format", "known", "error"), [
    (ss.hold(1.0, 10), "trainr", None, r'format: must be one of .*; got \'trainr\'. Did you mean "trainer"?'),
    (ss.hold(0.0, 10), "trainer", None, r"convert: a configuration has rates >= 0, and some above; got \(0.0, 0.0\)."),
    (ss.linear(-1.0, 1.0, 10), "optax", None, r"convert: a configuration has rates >= 0, and some above; got \(-1.0, 0.8\)."),
    (ss.hold(1.0, 10), "timm", None, r"convert: timm counts epochs, .*; got None. Add --steps-per-epoch."),
    (ss.hold(1.0, 10), "timm", Training.of(steps_per_epoch=3), r"convert: timm trains whole epochs of 3 updates; got 10."),
])  # fmt: skip
def test_what_is_wrong(s, format, known, error):
    with pytest.raises(ScheduleError, match=error):
        configs.write(s, format, known)


@pytest.mark.parametrize("text", [text for text, _ in (*DEEPSPEED.values(), *TITAN.values(), *TRAINER.values(), *TIMM.values())
                                  if "OneCycle" not in text])  # fmt: skip
def test_what_was_read_is_written_again_as_it_was(text):
    """A configuration, written in its own format, gives the same rates: none of its conventions is lost on the way."""
    known = Training.of(steps_per_epoch=10)
    read = configs.read(text, training=known)
    again = configs.write(read.schedule, read.format, read.training)
    if (
        "--sched step" not in text
    ):  # whose drops of 2.4 epochs fall on no whole epochs, and so are no even drops
        assert again.same, again.differences


def test_numbers_are_numbers_in_yaml():
    """YAML 1.1 reads 3e-05 as text: it is written as 3.0e-05."""
    found = configs.write(ss.warmup_cosine(5e-5, 1000, warmup=50, end=3e-6), "trainer")
    document = yaml.safe_load(found.text)
    assert (document["learning_rate"], document["lr_scheduler_kwargs"]["min_lr"]) == (5e-5, 3e-6)
    assert configs.read(found.text).notes == ()
