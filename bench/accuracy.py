"""The worst error of every phase, shape and recipe against the 120-digit formulas of tests/reference.py.

In units in the last place of the rate itself: float64 at whole and at real positions (scalar, NumPy and Torch, the
worst of the three), and float32 under JAX with jit, at whole positions up to 2^31 - 1. Edges and the floats beside them
are among the positions. A column for where the rate rises and one for where it falls.
"""

import math
import sys
from collections import defaultdict

import jax
import numpy as np
import torch

import stepsize as ss
from tests.reference import CASES, LONG_CASES, REAL_PERIODS, Case, float32_ulps, ulps

POSITIONS = 400  # drawn a case, half of them whole; most recipes have several cases
COLUMNS = ("whole", "real", "jax")


class Worst:
    """The worst of one row and column, and how much of the budget it takes."""

    off = part = 0.0
    where = ""

    def add(self, off: float, budget: float, c: Case, t: float) -> None:
        self.off = max(self.off, off)
        if off / budget > self.part:
            self.part, self.where = off / budget, f"{c.text} at {t!r}"


Table = dict[str, dict[tuple[str, str], Worst]]


def direction(s: ss.Schedule, t: float) -> str:
    return "rises" if s(t + 0.25) > s(t) else "falls"  # held counts as falling


def row(c: Case) -> str:
    return f"{c.function} {c.shape}".strip()


def in_64_bits(c: Case, table: Table) -> None:
    s, positions = c.built(ss), c.positions(POSITIONS, seed=1)
    t = np.array([float(t) for t in positions])
    kinds = [s(p) for p in positions], s(t).tolist(), s(torch.from_numpy(t)).tolist()
    for p, *rates in zip(positions, *kinds, strict=True):
        expected = c.at(p)
        worst = table[row(c)][direction(s, p), "whole" if p == int(p) else "real"]
        worst.add(max(ulps(rate, expected) for rate in rates), c.budget(p), c, p)


def in_32_bits(c: Case, table: Table) -> None:
    s, positions = c.built(ss), c.whole_positions(POSITIONS, seed=2)
    rates = np.asarray(jax.jit(s)(np.array(positions, dtype=np.int32))).tolist()
    for p, rate in zip(positions, rates, strict=True):
        worst = table[row(c)][direction(s, p), "jax"]
        worst.add(float32_ulps(rate, c.at(p)), c.budget_in_32_bits, c, p)


def show(table: Table) -> int:
    """Print the table; how many budgets were missed."""
    print(f"{'':28}{'where it rises':^24}{'where it falls, or is held':^28}  part of")
    print(f"{'ulp off, at worst':28}{'whole    real     jax':>24}{'whole    real     jax':>28}  the budget")
    missed = 0
    for name, cells in table.items():
        numbers = [cells[way, column].off for way in ("rises", "falls") for column in COLUMNS]
        text = [f"{number:8.1f}" for number in numbers]
        worst = max(cells.values(), key=lambda cell: cell.part)
        missed += worst.part > 1
        verdict = f"{worst.part:6.0%}  {'reached' if worst.part <= 1 else 'MISSED: ' + worst.where}"
        print(f"{name:28}{''.join(text[:3])}    {''.join(text[3:])}  {verdict}")
    return missed


def main() -> None:
    table: Table = defaultdict(lambda: defaultdict(Worst))
    for c in [*CASES, *REAL_PERIODS]:
        in_64_bits(c, table)
    for c in [*CASES, *LONG_CASES]:
        in_32_bits(c, table)
    missed = show(table)
    all_cells = [cell for cells in table.values() for cell in cells.values()]
    worst = max(all_cells, key=lambda cell: cell.part)
    print(
        "\nBudgets: 6 ulp in float64, 16 in float32. Wider: tanh 32 and 48; a power p > 2 at real positions 2.2 p."
    )
    print(f"Nearest to its budget: {worst.where}, {worst.off:.1f} ulp at worst.")
    if missed or not math.isfinite(worst.off):
        sys.exit(f"missed: {missed} of {len(table)} rows")


if __name__ == "__main__":
    main()
