"""Logs that others wrote: the curves of two papers, whose schedules stand in their names and configurations.

``STEPSIZE_CURVES`` names a folder with ``MultiPowerLaw/loss_curve_repo`` (github thu-yao-01-luo/MultiPowerLaw) and
``lr-scheduling/data`` (github fabian-sp/lr-scheduling, one run a JSON file).
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.logs import tables
from bench.logs.curves import Curve, hold, row, value
from bench.logs.judged import Against
from bench.logs.scoring import Result
from stepsize.errors import ScheduleError
from stepsize.logs.identifying.identify import identify
from stepsize.logs.reading import read
from stepsize.records.trace import Trace

_PEAK, _WARMUP = 3e-4, 2160  # of all curves of MultiPowerLaw
_DROPS = {"3": 3e-5, "9": 9e-5, "18": 1.8e-4}


def power_law_curves(name: str) -> list[Curve]:
    """The schedule that the name of a file of MultiPowerLaw says."""
    word, *numbers = name.split("_")
    warmup: tuple[str, float, float, float] = ("linear", _WARMUP, 0.0, _PEAK)
    end = 0.1 * _PEAK
    if word == "constant":
        return [*row(warmup), hold(_WARMUP, _PEAK)]
    if word == "wsdcon":
        return [*row(warmup), hold(_WARMUP, _PEAK, 8000), hold(8000, _DROPS[numbers[0]])]
    start, stop = (_WARMUP, int(numbers[0])) if word == "cosine" else map(int, numbers)
    kind = {"cosine": "cosine", "wsd": "geometric", "wsdld": "linear"}[word]
    fall = (kind, stop - start, _PEAK, end)
    return [*row(warmup, ("hold", start - _WARMUP, _PEAK, _PEAK), fall), hold(stop, end)]


def configured(told: dict[str, Any]) -> list[Curve]:
    """The schedule of a configuration of lr-scheduling; its cosine is the OneCycleLR of torch."""
    n, w, peak = told["iterations"], told["warmup_steps"], told["lr"]
    if told["scheduler"] == "cos":
        end = told["cos_final_lr"] if told["cos_final_lr"] >= 0 else 0.1 * peak
        return row(
            ("cosine", w - 1, peak / 100, peak), ("cosine", n - w, peak, end), ("cosine", n, end, peak)
        )
    decay = int(n * told["wsd_fract_decay"])
    kind = {"linear": "linear", "sqrt": "one_minus_sqrt"}[told["decay_type"]]
    rise, stay = ("linear", w, peak / 100, peak), ("hold", n - w - decay, peak, peak)
    return row(rise, stay, (kind, decay, peak, 0.0), ("hold", np.inf, 0.0, 0.0))


def seen(curves: list[Curve], steps: Any) -> list[dict[str, Any]]:
    """The phases of which the log has rows; one that had begun before is known from the first row on."""
    phases = []
    for curve in curves:
        inside = steps[(steps >= curve.start) & (steps < curve.stop)]
        if not len(inside):
            continue
        told = {
            "kind": curve.kind,
            "start": curve.start,
            "stop": curve.stop,
            "first": curve.first,
            "last": curve.last,
        }
        told |= {"points": len(inside)}
        late, unfinished = curve.start < steps[0], curve.stop > steps[-1] + 2 * (steps[-1] - steps[-2])
        if curve.kind == "hold" and (late or unfinished):
            told |= {"open": True, "stop": min(curve.stop, steps[-1] + 1), "begun": late}
        elif unfinished:
            told |= {"cut": True, "seen_until": steps[-1]}
        elif late:
            first = float(curve.at(steps[:1])[0])
            told |= {"start": steps[0], "first": first, "begun": True}
        phases.append(told)
    return phases


def logs(folder: Path) -> Iterator[tuple[str, str, list[Curve], Callable[[], Trace]]]:
    """Each real log: its set, its name, its schedule, and what reads it."""
    for path in sorted(folder.glob("MultiPowerLaw/loss_curve_repo/csv_*/**/*.csv")):
        name = f"{path.parent.name}/{path.name}"
        yield f"MultiPowerLaw {path.stem.split('_')[0]}", name, power_law_curves(path.stem), _reader(path)
    for path in sorted(folder.glob("lr-scheduling/data/*.json")):
        told = json.loads(path.read_text())
        which = f"lr-scheduling {told['config']['scheduler']} {told['config']['decay_type']}"
        yield which, path.name, configured(told["config"]), _given(path.name, told["train"])


def _reader(path: Path) -> Callable[[], Trace]:
    return lambda: read(path)


def _given(name: str, train: dict[str, Any]) -> Callable[[], Trace]:
    return lambda: Trace(name, train["iter"], train["lr"], train["loss"])


def judged(name: str, curves: list[Curve], reader: Callable[[], Trace]) -> Result:
    """One log, held against what its authors said they did."""
    truth: dict[str, Any] = {"log": name, "call": "", "every": 0, "offset": 0, "faults": [], "stopped": False}
    truth |= {"rounding": {"kind": "full", "digits": 0}, "phases": []}
    try:
        trace = reader()
        steps = np.unique(trace.steps)
        truth |= {"every": float(np.median(np.diff(steps))), "phases": seen(curves, steps)}
        truth |= {"steps": steps[-1]}
        off = float(np.abs(value(curves, trace.steps) - trace.rates).max() / trace.rates.max())
        truth |= {"call": f"rates are within {off:.1g} of the peak of what they say"}
        found = identify(trace)
    except ScheduleError as error:
        return Result(truth, failed=f"refused: {error}")
    said = f"{found.schedule}, offset {found.offset}"
    suspicions = tuple(sorted({suspicion.kind for suspicion in found.suspicions}))
    return Result(truth, Against(truth, found, steps).judge(), suspicions, said=said)


def main() -> None:
    """The table of the real logs, and those that are not identified."""
    given = os.environ.get("STEPSIZE_CURVES")
    if not given:
        print("\nreal logs of others: skipped, for STEPSIZE_CURVES names no folder of them")
        return
    results: dict[str, list[Result]] = {}
    for group, name, curves, reader in logs(Path(given)):
        results.setdefault(group, []).append(judged(name, curves, reader))
    print("\nreal logs of others: identified")
    for group, mine in results.items():
        tables.share(group, (result.right for result in mine))
    every = [result for mine in results.values() for result in mine]
    tables.share("all", (result.right for result in every))
    tables.share("with a suspicion", (result.suspicions for result in every))
    tables.failures(every, len(every))
