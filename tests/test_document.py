"""Plain data: whatever is read is ours or refused, and never more than that."""

import copy
import json
import random

import pytest

import stepsize as ss
from tests.zoo import ZOO

GROUND = [ZOO[name].to_dict() for name in sorted(ZOO)]
JUNK = [None, True, False, 0, -1, 1, 2, 0.5, 1e308, -1e-320, 10**400, float("nan"), float("inf"), -float("inf"),
        "", "inf", "nan", "linear", "power(2)", "power(", "tanh(1e999)", "\x00", "x" * 10_000, [], {}, [[]], [None] * 50,
        {"type": "hold"}, {"type": "chain", "joined": []}, {"type": ["hold"]}, "tokens", "on"]  # fmt: skip


def spots(value, found):
    """Every container in a document with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found.append((value, key))
        spots(value[key], found)
    return found


def mutate(document, rng):
    document = copy.deepcopy(document)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = spots(document, [])
        if not places:
            break
        holder, key = rng.choice(places)
        action = rng.random()
        if action < 0.15:
            del holder[key]
        elif action < 0.25 and isinstance(holder, dict):
            holder[rng.choice(["type", "steps", "surprise", "clock"])] = copy.deepcopy(rng.choice(JUNK))
        elif action < 0.4:
            other, name = rng.choice(spots(rng.choice(GROUND), []))
            holder[key] = copy.deepcopy(other[name])
        else:
            holder[key] = copy.deepcopy(rng.choice(JUNK))
    return document


def test_100_000_hostile_documents_raise_nothing_but_ours():
    rng = random.Random(20260)
    read = refused = 0
    for _ in range(100_000):
        document = mutate(rng.choice(GROUND), rng)
        try:
            s = ss.from_dict(document)
        except ss.ScheduleError as error:
            refused += 1
            assert len(str(error)) < 1000
        else:
            read += 1
            s(3), s(1e9)
    assert read > 1_000
    assert refused > 50_000


@pytest.mark.parametrize(
    "junk", [*JUNK, object(), b"bytes", (1,), {1: 2}, ss.hold(1.0)], ids=lambda junk: type(junk).__name__
)
def test_anything_else_is_refused(junk):
    with pytest.raises(ss.ScheduleError, match=r"^from_dict"):
        ss.from_dict(junk)


def nested(levels, build):
    node = {"type": "hold", "value": 1.0, "steps": 10}
    for _ in range(levels):
        node = build(node)
    return {"stepsize": 1, "clock": "steps", "schedule": node}


def test_a_document_too_deep_is_refused():
    deep = nested(100_000, lambda node: {"type": "clip", "schedule": node, "low": None, "high": None})
    with pytest.raises(ss.ScheduleError, match=r"at most 64 levels and 10000 nodes; got 'more'\."):
        ss.from_dict(deep)


def test_a_document_too_wide_is_refused():
    wide = nested(1, lambda node: {"type": "sum", "terms": [node] * 20_000})
    with pytest.raises(ss.ScheduleError, match=r"at most 64 levels and 10000 nodes"):
        ss.from_dict(wide)


def test_a_tree_too_deep_cannot_be_built():
    s = ss.linear(0.0, 1.0, 10)
    with pytest.raises(
        ss.ScheduleError, match=r"schedule: a schedule may have 64 levels and 10000 nodes; got \(65, 65\)"
    ):
        for _ in range(100):
            s = s.clip(0.0)


def test_the_document_is_strict_json():
    for name, s in ZOO.items():
        text = json.dumps(s.to_dict(), allow_nan=False)
        assert ss.from_dict(json.loads(text)) == s, name


def test_the_format_is_this():
    s = ss.linear(0.0, 1.0, 10) >> ss.hold(1.0)
    assert s.to_dict() == {
        "stepsize": 1,
        "clock": "steps",
        "schedule": {
            "type": "chain",
            "joined": [
                {"type": "ramp", "start": 0.0, "end": 1.0, "steps": 10, "shape": "linear"},
                {"type": "hold", "value": 1.0, "steps": "inf"},
            ],
        },
    }


def test_another_version_is_refused():
    with pytest.raises(
        ss.ScheduleError, match=r'from_dict\["stepsize"\]: this release reads version 1; got 2\.'
    ):
        ss.from_dict({**ss.hold(1.0).to_dict(), "stepsize": 2})
