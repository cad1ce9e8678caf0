"""What is trained in a race. The next built-in task is one more entry of ``TASKS``; a task of yours is a function.

Nothing is tuned for one schedule: within a task all have the same peak.
"""

import hashlib
import inspect
import platform
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from stepsize.errors import ScheduleError, message
from stepsize.lab import corpus
from stepsize.lab.schedules import CYCLED, WARMED, Makes
from stepsize.lab.trial import Trial

MISSING = "not installed"
_FRAMEWORKS = (
    "torch",
    "transformers",
    "lightning",
    "accelerate",
    "keras",
    "jax",
    "optax",
    "flax",
    "tensorflow",
)
_IMPORTED = re.compile(
    r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE
)  # at the top of a file, or within a function


@dataclass(frozen=True)
class Task:
    """One thing to train.

    Args:
        description: for a reader who has never seen it.
        steps: updates of a run where nothing else is asked; an int >= 1.
        peak: of its schedules where nothing else is asked.
        schedules: by name, functions from the number of updates and the peak to the schedule.
        usual: names of those that are raced where nothing else is asked.
        train: trains as a :class:`Trial` says, and tells it the losses.
        data: names the data, from a text or None; runs on other data are not comparable.
        reads_text: whether another text can be given.
        packages: that a run needs, by the name they are installed and reported under.
        code: files that decide what a run gives.
    """

    description: str
    steps: int
    peak: float
    schedules: Makes
    usual: tuple[str, ...]
    train: Callable[[Trial], None]
    data: Callable[[Path | None], str]
    reads_text: bool
    packages: tuple[str, ...]
    code: tuple[Path, ...]

    def versions(self) -> dict[str, str]:
        """The software that decides what a run gives, down to a digest of the task's own code."""
        code = b"".join(path.read_bytes() for path in self.code)
        installed = {name: _version(name) for name in ("stepsize", *self.packages)}
        return (
            {"python": platform.python_version()} | installed | {"lab": hashlib.sha256(code).hexdigest()[:12]}
        )


def find(name: str) -> Task:
    """The built-in task of that name, or the function of a module, as "package.module:function".

    Raises:
        ScheduleError: there is none; the text names the nearest.

    >>> find("gpt").steps
    1400
    """
    if ":" in name:
        return _of_a_function(name)
    if name not in TASKS:
        raise ScheduleError(unknown("task", name, TASKS))
    return TASKS[name]


def _of_a_function(name: str) -> Task:
    """A task of a user. Its file counts as its code, so that runs of another version are not mixed with these.

    Raises:
        ScheduleError: the module cannot be imported, or has no such function.
    """
    where, _, attribute = name.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        module = import_module(where)
    except Exception as error:
        rule = "must name a module that can be imported, and a function, as package.module:train"
        raise ScheduleError(message("--train", rule, f"{name}: {type(error).__name__}: {error}")) from None
    train = getattr(module, attribute, None)
    if not callable(train):
        raise ScheduleError(
            message("--train", f"must be a function of {where}", attribute, _near(attribute, module))
        )
    file = getattr(module, "__file__", None)
    said = (inspect.getdoc(train) or f"The function {name}.").split("\n\n")[0].replace("\n", " ")
    imported = set(_IMPORTED.findall(Path(file).read_text(encoding="utf-8"))) if file else set()
    used = tuple(package for package in _FRAMEWORKS if package in imported)
    return Task(
        said, 0, 0.0, WARMED, tuple(WARMED)[:6], train, lambda text: "of the task", True, used,
        (Path(file),) if file else (),
    )  # fmt: skip


def _near(attribute: str, module: object) -> str:
    near = get_close_matches(attribute, [name for name in vars(module) if not name.startswith("_")], n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def folder_of(task: str) -> str:
    """The name of the folder of its runs."""
    return re.sub(r"[^\w.-]+", ".", task)


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
