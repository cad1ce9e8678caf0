"""What is trained in a race, and under which schedules. The next task is one more entry of ``TASKS``.

Nothing is tuned for one schedule: within a task all have the same peak, and decays end at zero.
"""

import hashlib
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from stepsize.errors import ScheduleError, message
from stepsize.lab import corpus
from stepsize.recipes import (
    cosine_annealing,
    linear_warmup,
    one_cycle,
    polynomial_decay,
    sgdr,
    step_decay,
    triangular,
    warmup_cosine,
    wsd,
)
from stepsize.schedule import Schedule, hold

if TYPE_CHECKING:
    from stepsize.lab.train import Problem

MISSING = "not installed"


@dataclass(frozen=True)
class Task:
    """One thing to train.

    Args:
        description: for a reader who has never seen it.
        steps: updates of a run where nothing else is asked; an int >= 1.
        schedules: by name, a function from the number of updates to the schedule.
        problem: gives what there is to train, from a seed and a text (None for the task's own data).
        data: names the data, from a text or None; runs on other data are not comparable.
        reads_text: whether another text can be given.
        packages: that a run needs, by the name they are installed and reported under.
        code: files of this folder that decide what a run gives.
    """

    description: str
    steps: int
    schedules: Mapping[str, Callable[[int], Schedule]]
    problem: Callable[[int, Path | None], "Problem"]
    data: Callable[[Path | None], str]
    reads_text: bool
    packages: tuple[str, ...]
    code: tuple[str, ...]

    def versions(self) -> dict[str, str]:
        """The software that decides what a run gives, down to a digest of the code in this folder."""
        folder = Path(__file__).parent
        code = b"".join((folder / name).read_bytes() for name in self.code)
        installed = {name: _version(name) for name in ("stepsize", *self.packages)}
        return (
            {"python": platform.python_version()} | installed | {"lab": hashlib.sha256(code).hexdigest()[:12]}
        )


def find(name: str) -> Task:
    """The task of that name.

    Raises:
        ScheduleError: there is none; the text names the nearest.

    >>> find("gpt").steps
    1400
    """
    if name not in TASKS:
        raise ScheduleError(unknown("task", name, TASKS))
    return TASKS[name]


def unknown(kind: str, name: str, known: Mapping[str, object]) -> str:
    """The message for a name that is not among ``known``, with the nearest one that is."""
    near = get_close_matches(name, known, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else ""
    return message(kind, f"must be one of {', '.join(known)}", name, remedy)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # such as this project itself, in a checkout that is not installed
        return MISSING


def _gpt(seed: int, text: Path | None) -> "Problem":
    from stepsize.lab import gpt  # here and below: PyTorch is loaded when a run starts, not before

    return gpt.problem(seed, text)


def _digits(seed: int, text: Path | None) -> "Problem":
    from stepsize.lab import digits

    return digits.problem(seed)


# Warmup + cosine, the standard recipe, ended on seed 0, which no race uses, at 2.02, 1.84, 1.74, 2.03 and 2.06 for
# the peaks 1e-3, 2e-3, 4e-3, 6e-3 and 8e-3. The third is everyone's peak: nothing is tuned for any other schedule.
_GPT_PEAK = 4e-3

# 0.1 is the rate that SGD with momentum has been used with on images since residual networks (He et al., 2016).
_DIGITS_PEAK = 0.1

_GPT_SCHEDULES: Mapping[str, Callable[[int], Schedule]] = {
    # All but the first rise over 5% of the run: 70 updates, more than the 2 / (1 - beta2) = 40 that Adam needs.
    "constant": lambda steps: hold(_GPT_PEAK),
    "warmup_constant": lambda steps: linear_warmup(_GPT_PEAK, steps / 20),
    "warmup_cosine": lambda steps: warmup_cosine(_GPT_PEAK, steps, warmup="5%"),
    # Cycles of 1, 2 and 4 parts fill what the warmup leaves: the last one ends with the run.
    "sgdr": lambda steps: (
        linear_warmup(_GPT_PEAK, steps / 20)
        >> sgdr(_GPT_PEAK, max(1, (steps - steps / 20) / 7), growth=2, cycles=3)
    ),
    "polynomial": lambda steps: polynomial_decay(_GPT_PEAK, steps, power=2, warmup="5%"),
    "wsd": lambda steps: wsd(_GPT_PEAK, steps, warmup="5%", decay="20%"),
}

_DIGITS_SCHEDULES: Mapping[str, Callable[[int], Schedule]] = {
    "constant": lambda steps: hold(_DIGITS_PEAK),
    "step_decay": lambda steps: step_decay(_DIGITS_PEAK, steps / 3),
    "triangular": lambda steps: triangular(_DIGITS_PEAK / 10, _DIGITS_PEAK, steps / 8, cycles=4),
    "one_cycle": lambda steps: one_cycle(_DIGITS_PEAK, steps),
    "cosine": lambda steps: cosine_annealing(_DIGITS_PEAK, steps),
    "sgdr": lambda steps: sgdr(_DIGITS_PEAK, max(1, steps / 7), growth=2, cycles=3),
}

TASKS: Mapping[str, Task] = {
    "gpt": Task(
        description="A small GPT (120,000 weights) learns to predict the next byte of Python's manual, or of a "
        "text of yours. AdamW, gradient norm clipped at 1. Loss in nats per byte, on the last tenth of the text.",
        steps=1400,
        schedules=_GPT_SCHEDULES,
        problem=_gpt,
        data=corpus.fingerprint,
        reads_text=True,
        packages=("torch",),
        code=("train.py", "gpt.py", "corpus.py"),
    ),
    "digits": Task(
        description="A small CNN (6,000 weights) learns to read scikit-learn's handwritten digits. SGD with "
        "Nesterov momentum 0.9, gradient norm clipped at 1. Loss in nats per image, on 450 held-out images.",
        steps=1400,
        schedules=_DIGITS_SCHEDULES,
        problem=_digits,
        data=lambda text: "scikit-learn digits",
        reads_text=False,
        packages=("torch", "scikit-learn"),
        code=("train.py", "digits.py"),
    ),
}
