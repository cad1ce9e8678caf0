"""A folder of logs and, beside them, ``truth.jsonl``, a line a log.

The row of step n shows the rate of update n + ``offset``. Each of ``phases`` owns the updates [start, stop) and goes
from ``first`` to ``last``; ``points`` rows are in it. "cut": the log ends before it does, and ``seen_until`` is its
last row; "open": nothing scheduled its stop, and stop and last are those of the log; "whole": where the curve starts
of which only the rest is applied; "scale": the timescale of an inverse square root. ``stopped`` is an honest run that
ended early.
"""

import csv
import json
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bench.logs import planning, written
from bench.logs.faults import WHY
from bench.logs.plan import Plan
from bench.logs.rounding import Rounding

OWN = ("trainer", "lightning", "keras_fit")  # write their logs themselves


def make(folder: Path, count: int, seed: int, only: str | None = None) -> None:
    """Write so many logs; with ``only``, those of one way among them."""
    folder.mkdir(parents=True, exist_ok=True)
    start = perf_counter()
    numbers: dict[str, list[int]] = {}
    for number in range(count):
        numbers.setdefault(planning.way_of(seed, number), []).append(number)
    truths: list[dict[str, Any]] = []
    for way in numbers if only is None else [only]:
        began = perf_counter()
        truths += _by(way, folder, seed, numbers[way])
        _say(f"{way}: {len(numbers[way])} logs in {perf_counter() - began:.0f} s")
    truths.sort(key=lambda truth: int(truth["number"]))
    text = "\n".join(json.dumps(truth) for truth in truths)
    (folder / "truth.jsonl").write_text(text + "\n")
    _say(f"{len(truths)} logs in {perf_counter() - start:.0f} s: {folder}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _by(way: str, folder: Path, seed: int, numbers: list[int]) -> list[dict[str, Any]]:
    plans = [planning.plan(seed, number, way) for number in numbers]
    if way == "accelerate":
        import_module("bench.logs.accelerate_runs").run(seed, numbers)
    make_one = _run if way in OWN else _written
    return [make_one(folder, way, seed, number, plan) for number, plan in zip(numbers, plans, strict=True)]


def _run(folder: Path, way: str, seed: int, number: int, plan: Plan) -> dict[str, Any]:
    """A log that the trainer itself writes; its rates are held against the formulas when they are written."""
    path = import_module(f"bench.logs.{way}_runs").write(plan, folder / f"{number:04}")
    steps, rates = itself(path)
    plan.hold(rates)
    assert np.array_equal(steps, plan.seen()), f"{path}: its rows are {steps}, not {plan.seen()}"
    return truth(path.relative_to(folder), way, seed, number, plan, steps)


def itself(path: Path) -> tuple[Any, Any]:
    """Steps and rates of what a trainer wrote."""
    if path.suffix == ".json":
        rows = [row for row in json.loads(path.read_text())["log_history"] if "learning_rate" in row]
        return np.array([row["step"] for row in rows]), np.array([row["learning_rate"] for row in rows])
    step, rate = ("epoch", "learning_rate") if path.name == "training.csv" else ("step", "lr-SGD")
    with path.open(newline="") as file:
        found = [(int(row[step]), float(row[rate])) for row in csv.DictReader(file) if row[rate]]
    return tuple(np.array(column) for column in zip(*found, strict=True))  # type: ignore[return-value]


def _written(folder: Path, way: str, seed: int, number: int, plan: Plan) -> dict[str, Any]:
    rng = np.random.default_rng([seed, number, 4])
    steps, rates = damaged(plan.seen(), plan.applied(), rng)
    name, plan = _format(plan, rng)
    write = written.summary if name == "summary" else written.WRITERS[name][0]
    printed = [plan.rounding.text(rate) for rate in rates]
    rows = list(zip(map(int, steps), printed, written.losses(steps, rng).tolist(), strict=True))
    path = write(folder / f"{number:04}", rows, rng)
    return truth(path.relative_to(folder), way, seed, number, plan, steps)


def _format(plan: Plan, rng: np.random.Generator) -> tuple[str, Plan]:
    """The kind of file, and the plan with the rounding that goes with it."""
    if plan.made.counts == "epochs":
        return "summary", plan
    shares = np.array([share for _, share in written.WRITERS.values()])
    name = str(rng.choice(list(written.WRITERS), p=shares / shares.sum()))
    if name == "state" and (plan.base == 0 or plan.late):
        name = "lines"
    if name == "events":
        plan = replace(plan, rounding=Rounding("float32"))
    return name, plan


def damaged(steps: Any, rates: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Some logs lose rows, one by one or a block of them, and some have rows twice; 20 are left."""
    keep = np.ones(len(steps), bool)
    if rng.random() < 0.15:
        keep &= rng.random(len(steps)) > rng.uniform(0.05, 0.3)
    if rng.random() < 0.1:
        start = int(rng.integers(len(steps)))
        keep[start : start + int(len(steps) * rng.uniform(0.02, 0.15))] = False
    if keep.sum() < 20:
        keep[:] = True
    again = np.where(keep, 1, 0)
    if rng.random() < 0.1:
        again[keep & (rng.random(len(steps)) < 0.1)] = 2
    return np.repeat(steps, again), np.repeat(rates, again)


def truth(log: Path, way: str, seed: int, number: int, plan: Plan, steps: Any) -> dict[str, Any]:
    """What is true of a log, as a line of the file has it."""
    rounding = {"kind": plan.rounding.kind, "digits": plan.rounding.digits}
    told = {
        "number": number,
        "log": str(log),
        "by": way,
        "library": plan.made.library,
        "call": plan.made.call,
    }
    told |= {"offset": plan.offset, "every": plan.every, "rounding": rounding, "steps": plan.steps}
    told |= {"counts": plan.made.counts, "rows": len(steps), "stopped": plan.stopped}
    told |= {"faults": list(plan.faults), "why": {fault: WHY[fault] for fault in plan.faults}}
    if len(plan.lives) > 1:
        told |= {"resumed_at": plan.lives[1].start}
    return told | {"phases": plan.phases(steps), "seed": seed}
