"""The public surface: what ``import stepsize`` offers, what it loads, and that all of it is explained."""

import inspect
import subprocess
import sys

import pytest

import stepsize as ss

PUBLIC = {
    "adaptive", "CheckpointError", "Horizon", "HorizonNeeded", "MissingExtra", "Phase", "Schedule", "ScheduleError", "ScheduleTypeError", "compare", "cosine",
    "cosine_annealing", "d2z", "decay", "exponential", "from_dict", "hold", "infinite", "inverse_sqrt", "linear",
    "linear_warmup", "minicpm", "multi_step", "needs_horizon", "one_cycle", "parse", "polynomial", "polynomial_decay",
    "power", "power_decay", "published", "ramp", "replan", "sgdr", "shapes", "step_decay", "table", "tails", "triangular", "twins", "warmup_cosine", "warmup_linear", "wsd", "wsd_s",
}  # fmt: skip


def test_the_public_names_are_these():
    modules = {
        "clocks",
        "difference",
        "errors",
        "horizon",
        "recipes",
        "schedule",
        "spelling",
        "testing",
        "records",
        "hosts",
        "lab",
        "plots",
        "cli",
        "training",
        "configs",
        "checks",
        "logs",
        "laws",
    }
    assert {name for name in vars(ss) if not name.startswith("_")} - modules == PUBLIC


def test_importing_loads_no_framework_and_no_numpy():
    code = "import sys, stepsize; s = stepsize.warmup_cosine(1, 10, warmup=2); s(3); repr(s); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {
        "numpy",
        "torch",
        "jax",
        "keras",
        "transformers",
        "matplotlib",
        "scipy",
        "typer",
        "rich",
        "sklearn",
    }
    assert not heavy & {name.split(".")[0] for name in loaded}


@pytest.mark.parametrize(
    "name", sorted(PUBLIC - {"shapes", "tails", "published", "replan", "adaptive", "twins"})
)
def test_everything_public_is_explained(name):
    thing = getattr(ss, name)
    text = inspect.getdoc(thing)
    assert text
    if inspect.isfunction(thing) and name != "from_dict":
        for section in ("Args:", "Raises:", ">>> import stepsize as ss"):
            assert section in text, f"{name}: no {section}"
        for parameter in inspect.signature(thing).parameters:
            assert f"{parameter}:" in text or f"{parameter}, " in text, (
                f"{name}: {parameter} is not explained"
            )


@pytest.mark.parametrize(
    "name", sorted(PUBLIC - {"shapes", "tails", "published", "replan", "adaptive", "twins"})
)
def test_recipes_name_their_source(name):
    thing = getattr(ss, name)
    if inspect.isfunction(thing) and thing.__module__.startswith("stepsize.recipes"):
        assert "Source:" in thing.__doc__
