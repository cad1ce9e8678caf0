"""``stepsize list``: every recipe, every published schedule, and lines that fit."""

import re

import pytest

import stepsize as ss
from stepsize import recipes
from stepsize.cli.listing import RECIPES
from stepsize.published import MODELS

BRAILLE = re.compile("[\u2801-\u28ff]")


def test_every_recipe_is_listed_in_the_order_of_the_room():
    known = [name for name, made in vars(recipes).items() if callable(made)]
    assert sorted(call.partition("(")[0] for call in RECIPES) == sorted(known)


@pytest.mark.parametrize("call", RECIPES)
def test_each_call_is_a_schedule_that_can_be_typed(stepsize, call):
    out = stepsize("list").out
    assert call.replace(" ", "") in re.sub(r"\s|[\u2800-\u28ff]", "", out)  # a long one is wrapped
    assert ss.parse(call)(0) >= 0


def test_an_entry(stepsize):
    lines = stepsize("list").out.splitlines()
    at = next(k for k, line in enumerate(lines) if "warmup_cosine(" in line)
    assert lines[at][18:] == "warmup_cosine(3e-4, 10000, warmup=5%, end=3e-5)"
    assert lines[at + 1][18:] == "Rise in a straight line, then fall along half a cosine wave:"
    assert lines[at + 2] == "\u2800" * 16 + "  the standard recipe."
    assert BRAILLE.search(lines[at][:16])
    assert BRAILLE.search(lines[at + 1][:16])


def test_what_ends_early_is_drawn_as_held(stepsize):
    first = stepsize("list").out.splitlines()[0]
    assert first[2:16] == "⠉" * 14  # linear_warmup(3e-4, 1000) has come up after a tenth, and stays


def test_help_is_plain_text(stepsize):
    assert "``" not in stepsize("list").out


def test_published_schedules_are_drawn_and_the_others_named(stepsize):
    done = stepsize("list", "--published")
    assert (done.code, done.err) == (0, "")
    drawn, _, hidden = done.out.partition(
        "No schedule, because sources do not disclose it, or contradict each other:\n"
    )
    for name, model in MODELS.items():
        if model.schedule is None:
            assert re.search(rf"^  {name}: ", hidden, re.M)
        else:
            at = drawn.index(f"published:{name}\n")
            assert f"  {model.model}, " in drawn[at : at + 200]
    assert "GPT-3 175B, peak 6e-5, 300B tokens\n" in drawn
    assert "nanochat, a multiplier, for a run of any length\n" in drawn


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("words", [[], ["--published"]])
def test_lines_fit(stepsize, monkeypatch, columns, words):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = stepsize("list", *words).out
    assert max(map(len, out.splitlines())) <= columns
