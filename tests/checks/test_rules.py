"""Each rule says what it must where it must, and is silent on its nearest neighbour; a shifted threshold is noticed."""

import pytest

from stepsize import checks
from stepsize.checks import (
    cooldown,
    cycles,
    first_and_last,
    jumps,
    length,
    optimizer,
    precision,
    units,
    warmup,
)
from tests.checks.rules import FIRES, SILENT, asked, wrong


@pytest.mark.parametrize("row", FIRES, ids=lambda row: f"{row.code}: {row.schedule}")
def test_it_fires(row):
    [found] = [one for one in asked(row.schedule, row.told) if one.code == row.code]
    assert (found.severity, found.at, found.what, found.spelling) == (
        row.severity,
        row.at,
        row.what,
        row.spelling,
    )


@pytest.mark.parametrize("row", SILENT, ids=lambda row: f"{row.code}: {row.schedule}")
def test_it_is_silent(row):
    assert row.code not in [one.code for one in asked(row.schedule, row.told)]


def test_every_rule_stands_in_both_tables():
    assert {row.code for row in FIRES} == set(checks.RULES)
    assert {row.code for row in SILENT} == set(checks.RULES)


@pytest.mark.parametrize("code", checks.RULES)
def test_every_rule_is_explained(code):
    rule = checks.RULES[code]
    assert rule.severity in ("note", "warning", "error")
    for text in (rule.says, rule.why, rule.source, rule.remedy):
        assert len(text) > 12, text
    for text in (rule.says, rule.why, rule.remedy):
        assert text.endswith("."), text


FAULTS = [
    (warmup, "LONGEST", 0.21), (warmup, "LONGEST", 0.19), (warmup, "SHARE", 0.051), (warmup, "SHARE", 0.049), (warmup, "ENOUGH", 1001),
    (warmup, "ENOUGH", 999), (warmup, "UNUSED", 0.02), (warmup, "UNUSED", 0.005), (warmup, "_ONE_CYCLE", 0.2),
    (units, "_NEAR", 0.03), (units, "_NEAR", 0.005), (units, "_FEW_EPOCHS", 31), (units, "_FEW_EPOCHS", 4), (units, "_SHORT_WARMUP", 1e-5), (units, "_SHORT_WARMUP", 0.003),
    (length, "_NEARLY", 0.995), (length, "_NEARLY", 0.985), (length, "_TAIL", 0.09), (length, "_TAIL", 0.11),
    (jumps, "_JUMP", 0.08), (jumps, "_JUMP", 0.12), (jumps, "_LATE", 0.95), (jumps, "_LATE", 0.89), (jumps, "_HALF", 0.3),
    (cycles, "_HIGH", 0.05), (cycles, "_HIGH", 0.6), (cycles, "_UNUSED", 0.005), (cycles, "_UNUSED", 0.03),
    (cooldown, "LEAST", ((1e-3, 0.41), (5e-4, 0.2), (0.0, 0.1))), (cooldown, "LEAST", ((1e-3, 0.4), (5e-4, 0.19), (0.0, 0.1))), (cooldown, "LEAST", ((1e-3, 0.4), (5e-4, 0.2), (0.0, 0.11))),
    (cooldown, "MEASURED", 4e-4), (cooldown, "MEASURED", 6e-4), (cooldown, "_TENTH", (0.05, 0.2)),
    (optimizer, "HIGH", 2.9), (optimizer, "HIGH", 3.5), (optimizer, "LOW", 900), (optimizer, "LOW", 2000), (optimizer, "HIGHEST", {"sgd": 11.0, "adam": 0.03}), (optimizer, "HIGHEST", {"sgd": 10.0, "adam": 0.02}),
    (optimizer, "_AT_ONCE", 9), (optimizer, "_AT_ONCE", 11), (optimizer, "_NEVER", 9), (optimizer, "_NEVER", 11),
    (precision, "COUNTED", 2**24 + 1), (precision, "_WEIGHT", 2.0**-7), (precision, "_WEIGHT", 2.0**-5), (precision, "DIGITS", {"float32": 11, "bfloat16": 8, "float16": 11}),
    (first_and_last, "_MOST", 1),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "name", "value"), FAULTS, ids=lambda x: getattr(x, "__name__", str(x)))
def test_another_threshold_is_noticed(monkeypatch, subject, name, value):
    assert value != getattr(subject, name)
    monkeypatch.setattr(subject, name, value)
    assert wrong()
