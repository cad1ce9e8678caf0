"""The public curves, with the rates of every update rebuilt from what their names and settings say."""

import csv
import json
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stepsize.laws import Curve

WHERE = "github thu-yao-01-luo/MultiPowerLaw as MultiPowerLaw/, and github fabian-sp/lr-scheduling as lr-scheduling/"
SIZES = (25, 100, 400)
WARMUP, PEAK, FLOOR = 2160, 3e-4, 3e-5
TRAINED = ("constant_24000", "cosine_24000", "wsdcon_9")
HELD = ("constant_72000", "cosine_72000", "wsd_20000_24000", "wsdld_20000_24000", "wsdcon_3", "wsdcon_18")


def folder() -> Path | None:
    """Where the curves are, if anywhere."""
    given = os.environ.get("STEPSIZE_CURVES")
    return Path(given) if given and Path(given).is_dir() else None


@cache
def mpl(size: int, name: str) -> Curve:
    """A curve of the Multi-Power Law's authors: Llama-2-like models of 25, 100 and 400 million parameters."""
    rates = mpl_rates(name)
    with (folder() / "MultiPowerLaw" / "loss_curve_repo" / f"csv_{size}" / f"{name}.csv").open() as file:
        rows = [(int(row["step"]), float(row["loss"])) for row in csv.DictReader(file)]
    steps, losses = zip(*(row for row in rows if row[0] < len(rates)), strict=True)
    return Curve(rates, steps, losses, WARMUP, f"{size}M {name}")


def mpl_rates(name: str) -> np.ndarray:
    """The schedule by its name: 0-based, the warmup a line from 0 to the peak in 2,160 updates, both reached."""
    kind, *numbers = name.split("_")
    whole = int(numbers[-1]) if kind != "wsdcon" else 16_000
    t = np.arange(whole - WARMUP)
    body = np.full(len(t), PEAK)
    if kind == "cosine":
        body = FLOOR + (PEAK - FLOOR) * (1 + np.cos(np.pi * t / (whole - WARMUP))) / 2
    elif kind == "wsdcon":
        body[8000 - WARMUP :] = int(numbers[0]) * 1e-5
    elif kind in ("wsd", "wsdld"):
        u = np.maximum(t + WARMUP - int(numbers[0]), 0) / (whole - int(numbers[0]))
        body = PEAK * (FLOOR / PEAK) ** u if kind == "wsd" else PEAK + (FLOOR - PEAK) * u
    return np.concatenate([np.linspace(0, PEAK, WARMUP), body])


class Grid(NamedTuple):
    """A run of the grid of 124 million parameters: its settings, and the loss after its last update."""

    kind: str  # "wsd", "cosine" or "stable"
    peak: float
    steps: int
    fraction: float  # of the cooldown
    shape: str
    end: float  # of a cosine, as a share of the peak
    final: float
    file: str

    @property
    def rates(self) -> np.ndarray:
        """Warmup in 300 updates from a hundredth of the peak, of a cosine as a cosine; then what the settings say."""
        t = np.arange(self.steps)
        rise = np.minimum(0.01 + 0.99 * t / 300, 1.0)
        if self.kind == "cosine":
            rise = 0.01 + 0.99 * (1 - np.cos(np.pi * t / 300)) / 2
            u = np.clip((t - 300) / (self.steps - 300), 0, 1)
            return self.peak * np.where(
                t < 300, rise, self.end + (1 - self.end) * (1 + np.cos(np.pi * u)) / 2
            )
        begin = self.steps - int(self.fraction * self.steps) if self.kind == "wsd" else self.steps
        u = np.maximum(t - begin, 0) / max(self.steps - begin, 1)
        return self.peak * rise * (1 - (np.sqrt(u) if self.shape == "sqrt" else u))


@cache
def grid() -> tuple[Grid, ...]:
    """All runs of it."""
    with (folder() / "lr-scheduling" / "index.csv").open() as file:
        return tuple(_grid(row) for row in csv.DictReader(file))


def _grid(row: dict[str, str]) -> Grid:
    name = Path(row["file"]).name
    kind = "stable" if name.startswith("stable") else "cosine" if name.startswith("cos") else "wsd"
    return Grid(
        kind, float(row["peak_lr"]), int(row["iterations"]), float(row["decay_frac"]), row["decay_type"],
        0.1 if name.startswith("cos-10") else 0.0, float(row["final_val"]), row["file"],
    )  # fmt: skip


def losses(run: Grid) -> Curve:
    """Its validation losses; of a run that went on from the stable one of its peak, those of that one before."""
    steps, values = _validated(run)
    if run.kind == "wsd" and steps[0] > 1000:
        before = next(one for one in grid() if one.kind == "stable" and one.peak == run.peak)
        early = [(s, v) for s, v in zip(*_validated(before), strict=True) if s < steps[0]]
        steps, values = [s for s, _ in early] + steps, [v for _, v in early] + values
    rows = [(s, v) for s, v in zip(steps, values, strict=True) if 0 < s < run.steps]
    return Curve(run.rates, *zip(*rows, strict=True), 300, run.file)


def _validated(run: Grid) -> tuple[list[int], list[float]]:
    told = json.loads((folder() / "lr-scheduling" / run.file).read_text())["val"]
    rows = dict(zip(told["iter"], told["loss"], strict=True))  # of a step that is there twice, the last
    return sorted(rows), [rows[step] for step in sorted(rows)]
