"""The tasks of a race by name. The next built-in one is one more entry of ``TASKS``.

Nothing is tuned for one schedule: within a task all have the same peak.
"""

from collections.abc import Mapping
from pathlib import Path

from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.lab import corpus
from stepsize.lab.schedules import CYCLED, WARMED
from stepsize.lab.task import Task, of_a_function
from stepsize.lab.trial import Trial


def find(name: str) -> Task:
    """The built-in task of that name, or the function of a module, as "package.module:function".

    Raises:
        ScheduleError: there is none; the text names the nearest.

    >>> find("gpt").steps
    1400
    """
    if ":" in name:
        return of_a_function(name)
    if name not in TASKS:
        raise ScheduleError(unknown("task", name, TASKS))
    return TASKS[name]


def unknown(kind: str, name: str, known: Mapping[str, object]) -> str:
    """The message for a name that is not among ``known``, with the nearest one that is."""
    return message(kind, f"must be one of {', '.join(known)}", name, did_you_mean(name, known))


def _gpt(run: Trial) -> None:
    from stepsize.lab import gpt, train  # here and below: PyTorch is loaded when a run starts, not before

    train.train(gpt.problem(run.seed, run.text), run)


def _digits(run: Trial) -> None:
    from stepsize.lab import digits, train

    train.train(digits.problem(run.seed), run)


def _digits_mlp(run: Trial) -> None:
    from stepsize.lab import digits, train

    train.train(digits.problem(run.seed, convolutional=False), run)


def _tabular(run: Trial) -> None:
    from stepsize.lab import tabular, train

    train.train(tabular.problem(run.seed), run)


def _quadratic(run: Trial) -> None:
    from stepsize.lab import quadratic, train

    train.train(quadratic.problem(run.seed), run)


def _code(*names: str) -> tuple[Path, ...]:
    return tuple(Path(__file__).parent / name for name in ("train.py", *names))


TASKS: Mapping[str, Task] = {
    "gpt": Task(
        description="A small GPT (120,000 weights) learns to predict the next byte of Python's manual, or of a "
        "text of yours. AdamW, gradient norm clipped at 1. Loss in nats per byte, on the last tenth of the text.",
        steps=1400,
        # Warmup + cosine, the standard recipe, ended on seed 0, which no race uses, at 2.02, 1.84, 1.74, 2.03 and 2.06
        # for the peaks 1e-3, 2e-3, 4e-3, 6e-3 and 8e-3. The third is everyone's peak.
        peak=4e-3,
        schedules=WARMED,
        usual=("constant", "warmup_constant", "warmup_cosine", "sgdr", "polynomial", "wsd"),
        train=_gpt,
        data=corpus.fingerprint,
        reads_text=True,
        packages=("torch",),
        code=_code("gpt.py", "corpus.py"),
    ),
    "digits": Task(
        description="A small CNN (6,000 weights) learns to read scikit-learn's handwritten digits. SGD with "
        "Nesterov momentum 0.9, gradient norm clipped at 1. Loss in nats per image, on 450 held-out images.",
        steps=1400,
        # The rate that SGD with momentum has been used with on images since residual networks (He et al., 2016).
        peak=0.1,
        schedules=CYCLED,
        usual=("constant", "step_decay", "triangular", "one_cycle", "cosine", "sgdr"),
        train=_digits,
        data=lambda text: "scikit-learn digits",
        reads_text=False,
        packages=("torch", "scikit-learn"),
        code=_code("digits.py"),
    ),
    "digits_mlp": Task(
        description="A network of two layers (9,600 weights) learns to read scikit-learn's handwritten digits, with "
        "the optimizer of the task digits.",
        steps=1400,
        peak=0.1,
        schedules=CYCLED,
        usual=("constant", "step_decay", "triangular", "one_cycle", "cosine", "sgdr"),
        train=_digits_mlp,
        data=lambda text: "scikit-learn digits",
        reads_text=False,
        packages=("torch", "scikit-learn"),
        code=_code("digits.py"),
    ),
    "tabular": Task(
        description="A network of three layers (5,000 weights) predicts the course of diabetes from ten numbers, on "
        "scikit-learn's 442 patients. AdamW, gradient norm clipped at 1. Squared error in variances, on 142 held out.",
        steps=400,
        peak=3e-3,
        schedules=WARMED,
        usual=("constant", "warmup_constant", "warmup_cosine", "sgdr", "polynomial", "wsd"),
        train=_tabular,
        data=lambda text: "scikit-learn diabetes",
        reads_text=False,
        packages=("torch", "scikit-learn"),
        code=_code("tabular.py"),
    ),
    "quadratic": Task(
        description="A noisy quadratic in 256 directions of curvature 1/i, whose optimum is known. SGD, gradient norm "
        "clipped at 1. The excess of the expected loss over the optimum.",
        steps=1000,
        peak=1.0,
        schedules=WARMED,
        usual=("constant", "warmup_constant", "warmup_cosine", "sgdr", "polynomial", "wsd"),
        train=_quadratic,
        data=lambda text: "noise of the seed",
        reads_text=False,
        packages=("torch",),
        code=_code("quadratic.py"),
    ),
}
USUAL = ("gpt", "digits")  # that are raced where nothing else is asked
