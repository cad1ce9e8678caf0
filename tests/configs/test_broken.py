"""Broken input: configurations that were cut, changed and stuffed give a configuration, or one error of ours."""

import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepsize import configs
from stepsize.errors import ScheduleError
from stepsize.training import Training
from tests.configs import test_real as real
from tests.configs.test_lightning import NODES
from tests.configs.test_lightning import text as lightning

KNOWN = Training.of(steps_per_epoch=10)
TEXTS = [
    text
    for part in (real.TRAINER, real.DEEPSPEED, real.TITAN, real.MEGATRON, real.TIMM)
    for text, _ in part.values()
]
TEXTS += [lightning(node) for node in NODES]
DOCUMENTS = [yaml.safe_load(text) for text, _ in real.TRAINER.values()]
DOCUMENTS += [json.loads(text) for text, _ in real.DEEPSPEED.values()] + [
    json.loads(lightning(node)) for node in NODES
]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=20), st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3), st.sampled_from(["auto", "3e-4", "1e999", "$X", "${a.b}", "nan", ")", '"']),
)  # fmt: skip
QUIET = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def one_answer(text, format=None):
    """A configuration, or one error of ours in a few lines: nothing else."""
    try:
        found = configs.read(text, "a.cfg", format, training=KNOWN)
    except ScheduleError as error:
        assert len(str(error)) < 2000
        assert str(error)
    else:
        assert isinstance(found, configs.Config)
        assert found.schedule(0) == found.schedule(0)


@QUIET
@given(st.data())
def test_texts_that_are_cut_and_changed(data):
    text = data.draw(st.sampled_from(TEXTS))
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    new = data.draw(
        st.one_of(
            st.text(max_size=10), st.sampled_from(["{", "}", "[", "\n", "--", "*a", "&a ", "- ", "9" * 30])
        )
    )
    changed = text[:start] + new + text[stop:]
    assert configs.detect(changed) in (None, *configs.FORMATS)
    one_answer(changed)


@QUIET
@given(st.data())
def test_values_of_wrong_types(data):
    """Any key, at any depth, has any value."""
    document = json.loads(json.dumps(data.draw(st.sampled_from(DOCUMENTS))))
    for _ in range(data.draw(st.integers(1, 3))):
        node = document
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if isinstance(node[key], (dict, list)) and node[key] and data.draw(st.booleans()):
                node = node[key]
                continue
            node[key] = data.draw(VALUES)
            break
    one_answer(json.dumps(document))
    one_answer(json.dumps(document), data.draw(st.sampled_from(configs.FORMATS)))


@QUIET
@given(st.text(max_size=60), st.sampled_from([None, *configs.FORMATS]))
def test_any_text(text, format):
    one_answer(text, format)


@QUIET
@given(st.lists(st.tuples(st.sampled_from([
    "--lr", "--min-lr", "--train-iters", "--lr-decay-style", "--lr-warmup-iters", "--lr-warmup-fraction", "--lr-decay-iters", "--sched",
    "--epochs", "--warmup-epochs", "--global-batch-size", "--lr-noise", "--decay-milestones", "--lr-wsd-decay-iters", "--warmup-prefix",
]), st.sampled_from(["", "0.1", "3", "WSD", "cosine", "step", "multistep", "-1", "1e9", "0.5 0.9", "$X", "2 1", "nan", "inf", "1e400"])), max_size=8))  # fmt: skip
def test_any_flags(words):
    text = " ".join(f"{flag} {value}" for flag, value in words)
    one_answer(text)
    one_answer(text, "megatron")
    one_answer(text, "timm")


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_beginning(text):
    for stop in range(0, len(text), max(1, len(text) // 25)):
        one_answer(text[:stop])
