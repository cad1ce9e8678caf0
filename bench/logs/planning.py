"""From a seed and a number to what is logged: the way, the settings, the rows, and a fault for a third of all."""

import math
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module

import numpy as np

from bench.logs import faults
from bench.logs.made import Recipe
from bench.logs.plan import Life, Plan
from bench.logs.rounding import Rounding
from bench.logs.rounding import draw as draw_rounding
from bench.logs.settings import Settings, draw
from bench.logs.ways import WAYS, Way

_EVERY = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500)
_MOST_ROWS = 3000
_FAULTY = 0.42  # are tried; those that could not be seen stay honest


def way_of(seed: int, number: int) -> str:
    """By which way a log is made."""
    shares = [way.share for way in WAYS.values()]
    return str(np.random.default_rng([seed, number, 0]).choice(list(WAYS), p=shares))


def plan(seed: int, number: int, name: str) -> Plan:
    """One run, honest or not."""
    way, rng = WAYS[name], np.random.default_rng([seed, number, 1])
    settings = draw(rng, (seed, number, 2), way.longest)
    known: Sequence[Recipe] = import_module(f"bench.logs.{name}_runs").RECIPES
    recipe = known[int(rng.integers(len(known)))]

    def honest(horizon: int) -> Plan:
        return _honest(settings, recipe, horizon, way, np.random.default_rng([seed, number, 3]))

    base = honest(settings.steps)
    if rng.random() < _FAULTY:
        for _ in range(3):
            kinds = _kinds(way, rng)
            if faulty := faults.plant(kinds, base, honest, way.repeats, rng):
                return faulty
    return _with_a_life(base, way, rng)


def _kinds(way: Way, rng: np.random.Generator) -> tuple[str, ...]:
    pairs = [pair for pair in faults.PAIRS if set(pair) <= set(way.faults)]
    if pairs and rng.random() < 0.1:
        return pairs[int(rng.integers(len(pairs)))]
    return (str(rng.choice(way.faults)),)


def _honest(settings: Settings, recipe: Recipe, horizon: int, way: Way, rng: np.random.Generator) -> Plan:
    """The run has the length of the settings, whatever horizon its schedule has."""
    made, steps = recipe(settings.over(horizon)), settings.steps
    epochs = made.counts == "epochs"
    every = 1 if epochs else every_of(steps, rng)
    rounding = Rounding("full") if way.full else draw_rounding(rng, settings.peak)
    base = int(rng.random() < 0.5) if way.base is None else way.base
    rest = every - 1 if way.last_of_every else 0
    return Plan(made, steps, (Life(0, steps),), every, 0 if epochs else base, rounding, rest)


def every_of(steps: int, rng: np.random.Generator) -> int:
    """So many updates between two rows that there are 24 to 3,000 of them."""
    possible = [n for n in _EVERY if steps / _MOST_ROWS <= n <= steps / 24] or [max(1, steps // 24)]
    every = int(rng.choice(possible))
    return max(1, round(every * rng.uniform(0.6, 1.0))) if rng.random() < 0.1 else every


def _with_a_life(plan: Plan, way: Way, rng: np.random.Generator) -> Plan:
    """Some runs crash and go on from a checkpoint, some stop for good."""
    chance = rng.random()
    if chance < 0.15 and way.resumes:
        at = int(plan.steps * rng.uniform(0.1, 0.9))
        crash = min(plan.steps, at + int(plan.steps * rng.uniform(0.0, 0.1) * way.repeats))
        return replace(plan, lives=(Life(0, crash), Life(at, plan.steps)))
    if 0.15 <= chance < 0.22 and plan.made.counts == "steps":
        stop = math.ceil(plan.steps * rng.uniform(0.4, 0.95))
        if stop / plan.every >= 20:
            return replace(plan, steps=stop, lives=(Life(0, stop),), stopped=True)
    return plan
