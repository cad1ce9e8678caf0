"""``python -m bench.laws``: print the validation table."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import perf_counter

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[threads] = "1"  # a fit is said to take so long on one core, and there are two processes

from bench.laws import parts  # noqa: E402
from bench.laws.curves import WHERE, folder  # noqa: E402
from bench.laws.rows import shown  # noqa: E402


def main() -> int:
    """Print the rows that were asked for."""
    options = argparse.ArgumentParser(prog="python -m bench.laws", description=__doc__)
    options.add_argument(
        "parts", nargs="*", choices=[*parts.PARTS, []], help="default: all; V5 comes with V4"
    )
    asked, start = options.parse_args().parts or list(parts.PARTS), perf_counter()
    for name in [name for name in asked if name in parts.PUBLIC and folder() is None]:
        print(f"{name:4} skipped: STEPSIZE_CURVES names no folder with the public curves, {WHERE}")
        asked.remove(name)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for rows in pool.map(parts.made, [name for name in asked if name not in parts.ALONE]):
            shown(rows)
    for name in [name for name in asked if name in parts.ALONE]:
        shown(parts.made(name))
    print(f"{perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
