"""What can be trained in a race: a task, built in or a function of a user."""

import hashlib
import inspect
import platform
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.lab.schedules import WARMED, Makes
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


def of_a_function(name: str) -> Task:
    """A task of a user, as "package.module:function".

    Its file counts as its code, so that runs of another version are not mixed with these.

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
        if train is not None:
            raise ScheduleError(message("--train", "must name a function", f"{name}: {type(train).__name__}"))
        near = did_you_mean(attribute, [one for one in vars(module) if not one.startswith("_")])
        raise ScheduleError(message("--train", f"must be a function of {where}", attribute, near))
    file = getattr(module, "__file__", None)
    said = (inspect.getdoc(train) or f"The function {name}.").split("\n\n")[0].replace("\n", " ")
    imported = set(_IMPORTED.findall(Path(file).read_text(encoding="utf-8"))) if file else set()
    used = tuple(package for package in _FRAMEWORKS if package in imported)
    return Task(
        said, 0, 0.0, WARMED, tuple(WARMED)[:6], train, _data, True, used,
        (Path(file),) if file else (),
    )  # fmt: skip


def _data(text: Path | None) -> str:
    """What a task of a user learns from is its own; a text that it is given is known by its digest."""
    if text is None:
        return "of the task"
    try:
        return f"of the task, and {hashlib.sha256(text.read_bytes()).hexdigest()[:12]}"
    except OSError as error:
        raise ScheduleError(message(f"text {text}", "must be a readable file", error.strerror)) from None


def folder_of(task: str) -> str:
    """The name of the folder of its runs."""
    return re.sub(r"[^\w.-]+", ".", task)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # such as this project itself, in a checkout that is not installed
        return MISSING
