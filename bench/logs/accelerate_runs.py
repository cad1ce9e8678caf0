"""Schedulers of torch and transformers, prepared by accelerate on two processes.

Accelerate steps a prepared scheduler once for each process. Honest runs say ``split_batches``, or count the schedule in
steps of all processes; the known fault is to do neither.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.logs import torch_runs, transformers_runs
from bench.logs.curves import Array
from bench.logs.made import Made, Recipe
from bench.logs.settings import Settings

PROCESSES = 2
APPLIED: dict[tuple[Settings, int], Array] = {}
"""What the processes applied, by settings and steps an update; :func:`run` fills it."""


def _prepared(recipe: Recipe) -> Recipe:
    def made(s: Settings) -> Made:
        split = bool(s.rng.random() < 0.5)
        twice = Settings(PROCESSES * s.steps, s.peak, PROCESSES * s.warmup, s.end, s.seed)
        inner = recipe(s if split else twice)

        def drive(updates: Array, each: int) -> Array:
            return APPLIED[s, each][updates.astype(int)]

        if split:
            return replace(inner, call=f"split_batches=True: {inner.call}", drive=drive, settings=s)
        return replace(
            inner,
            call=f"split_batches=False: {inner.call}",
            drive=drive,
            settings=s,
            curves=[curve.moved(0, PROCESSES) for curve in inner.curves],
            ends=inner.ends and inner.ends / PROCESSES,
            limit=min(inner.limit / PROCESSES, 1.5 * s.steps),
        )

    return made


RECIPES: tuple[Recipe, ...] = tuple(map(_prepared, (*torch_runs.RECIPES, *transformers_runs.RECIPES)))


def run(seed: int, numbers: Sequence[int]) -> None:
    """Drive the plans of these numbers on two processes, forked from a fresh interpreter that has no threads."""
    with TemporaryDirectory() as folder:
        told = json.dumps({"seed": seed, "numbers": list(numbers), "folder": folder})
        subprocess.run([sys.executable, "-m", "bench.logs.ranks", told], check=True)
        from bench.logs import planning

        for number in numbers:
            plan = planning.plan(seed, number, "accelerate")
            APPLIED[plan.made.settings, plan.each] = np.load(Path(folder) / f"{number}.npy")
