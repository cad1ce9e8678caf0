"""Messages of the library in the words of the command line: options, where they name arguments."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from stepsize.errors import ScheduleError

_ARGUMENTS = (
    "steps_per_epoch", "steps", "epochs", "dataset_size", "batch", "accumulation", "world_size", "drop_last",
    "flush_tail", "tokens_per_step", "tokens", "samples_per_step",
)  # fmt: skip
_ARGUMENT = re.compile(rf"(?<!know )(?<!full )\b({'|'.join(_ARGUMENTS)})\b=?")

_OF_AN_ARGUMENT = re.compile(r"^(?:replan\.\w+|Horizon|Training|read|audit)\.(\w+)(?=[:\[])")


def on_the_command_line(text: str) -> str:
    """A message about a run or a picture, with the options in place of arguments."""
    first, *rest = text.split("\n", 1)  # what follows shows a spelling, and stays as it is
    first = first.removeprefix("parse: ")
    first = re.sub(
        r"need a horizon; (.*) Give one that knows (.*): Horizon\(\.\.\.\)\.$",
        lambda found: f"need to know the run; {found[1]} Add {_options(found[2])}.",
        first,
    )
    first = re.sub(r"Write published\.\w+\(steps=\.\.\.\)\.$", "Add --steps.", first)
    first = _OF_AN_ARGUMENT.sub(lambda found: spelled(found[1]), first)
    first = re.sub(r"^(?:show\.)?(width|height|log):", r"--\1:", first)
    first = first.replace("Trace.in_updates: ", "--steps-per-epoch: ")
    first = first.replace("Where one is the rate, name it.", "Where one is the rate, name it: --rate NAME.")
    first = re.sub(r'\blaw="(\w+)"', r"--law \1", first).replace("effective_rate=", "--effective-rate")
    if first.startswith("Horizon: "):
        first = _options(f"the run: {first.removeprefix('Horizon: ')}")
        first = re.sub(r"; got Horizon\(.*\)\.$", "; got none.", first)
    return "\n".join([first, *rest])


def worded(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command whose errors are in the words of the command line."""

    @wraps(command)
    def in_its_words(**given: Any) -> Any:
        try:
            return command(**given)
        except ScheduleError as error:
            raise type(error)(on_the_command_line(str(error))) from None

    return in_its_words


def spelled(name: str) -> str:
    """The option that stands for an argument."""
    return "--" + name.replace("_", "-")


def _options(text: str) -> str:
    return _ARGUMENT.sub(lambda found: spelled(found[1]), text)
