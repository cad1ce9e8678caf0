"""The published schedules in their own runs: what the rules say of them."""

import tomllib
from pathlib import Path

from stepsize import checks, published
from stepsize.training import Training

TABLE = tomllib.loads((Path(__file__).parents[2] / "docs" / "checks.toml").read_text())
MODELS = {name: model for name, model in published.MODELS.items() if model.schedule is not None}


def runs(name):
    """The schedule with its run, on its own clock; and laid over as many updates as its run has."""
    facts = dict(TABLE["facts"][name])
    model, steps = MODELS[name], facts.pop("steps", None)
    if model.needs_steps:
        yield model(steps=steps), Training.of(steps=steps, **facts)
        return
    own = model()
    if own.clock == "progress":
        yield own, Training.of(steps=steps, **facts)
        yield model(steps=steps), Training.of(steps=steps, **facts)
    elif own.clock == "steps":
        yield own, Training.of(steps=-(-own.length // 1), **facts)
    else:
        yield own, Training.of(tokens=own.length, **facts)
        updates = round(own.length / facts["tokens_per_step"])
        yield model(steps=updates), Training.of(steps=updates, **facts)


def firings():
    """The pairs of a model and a rule that fires on it, on either clock."""
    return {(name, found.code) for name in MODELS for run in runs(name) for found in checks.check(*run)}
