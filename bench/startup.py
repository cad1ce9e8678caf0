"""What ``import stepsize`` and the command cost: time in fresh interpreters, and the modules that they load."""

import json
import os
import subprocess
import sys
import tempfile
from statistics import median
from time import perf_counter

from bench import Report

ROUNDS = 25
BUDGET = 30.0  # milliseconds
BUDGET_SHOW = 300.0  # with Python's own start, for that is what one waits for
HEAVY = (
    "numpy", "torch", "jax", "optax", "transformers", "scipy", "sklearn", "matplotlib", "rich", "typer", "mpmath",
    "hypothesis",
)  # fmt: skip


class Fresh:
    """Fresh interpreters that keep compiled code, as installed ones do, whatever the environment says."""

    def __init__(self, cache: str) -> None:
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        self.environment = {**kept, "PYTHONPYCACHEPREFIX": cache}

    def run(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=self.environment
        )
        return done.stdout

    def seconds(self, code: str) -> float:
        start = perf_counter()
        self.run(code)
        return perf_counter() - start

    def loaded(self, code: str) -> set[str]:
        """The modules that it holds after this."""
        return set(json.loads(self.run(f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))")))


def measure(report: Report, fresh: Fresh) -> None:
    call = "import stepsize as ss; ss.warmup_cosine(3e-4, 10_000, warmup=1_000)(500)"
    jobs = ("pass", "import stepsize", call)
    times: dict[str, list[float]] = {job: [] for job in jobs}
    for job in jobs:
        fresh.run(job)  # compile it first
    for _ in range(ROUNDS):  # in turn, so that noise hits all alike
        for job in jobs:
            times[job].append(fresh.seconds(job) * 1e3)
    best, middle = ({job: of(times[job]) - of(times["pass"]) for job in jobs} for of in (min, median))
    for what, job, budget in (("import stepsize", jobs[1], BUDGET), ("import, build and call", call, None)):
        detail = f"above a bare interpreter, best of {ROUNDS}; median {middle[job]:.1f} ms"
        report.row(what, best[job], budget, detail, unit="ms")

    command = "from stepsize.cli import main; main({!r})"
    show = command.format(["show", "0 -> 3e-4 in 5%; -> 3e-5 cosine", "--steps", "10000"])
    for what, job, budget in (
        ("stepsize show, Python's start included", show, BUDGET_SHOW),
        ("stepsize --help, Python's start included", command.format(["--help"]), None),
    ):
        fresh.run(job)
        waits = [fresh.seconds(job) * 1e3 for _ in range(ROUNDS)]
        report.row(what, min(waits), budget, f"best of {ROUNDS}; median {median(waits):.1f} ms", unit="ms")

    modules = fresh.loaded(call) - fresh.loaded("pass")
    heavy = sorted({name.partition(".")[0] for name in modules} & set(HEAVY))
    ours = sum(name.startswith("stepsize") for name in modules)
    detail = f"{', '.join(heavy) or 'none'}, of {len(modules)} modules ({ours} ours)"
    report.row("frameworks and numpy loaded", len(heavy), 0, detail, unit="")


def main() -> None:
    report = Report()
    with tempfile.TemporaryDirectory() as cache:
        measure(report, Fresh(cache))
    report.end()


if __name__ == "__main__":
    main()
