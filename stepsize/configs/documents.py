"""From a text to plain values: JSON, YAML, TOML, and the flags of a command line; bounded, and nothing is run.

What cannot be read is one clear error. A YAML file whose aliases would unfold to more than fits in memory is refused
before it is unfolded.
"""

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any

from stepsize.configs import flags
from stepsize.errors import MissingExtra, ScheduleError, message

MOST_CHARACTERS = 200_000  # a large script of flags has a tenth of it
_MOST_VALUES = 100_000
_MOST_LEVELS = 50
_ASSIGNED = re.compile(r"[\w.]+ = .+")
_KEY = re.compile(r"[\w\"'.-]+:(?:\s|$)")
_TABLE = re.compile(r"\[{1,2}[\w.-]+\]{1,2}")
_POINTER = re.compile(r"\$\{([\w.]{1,100})\}")
_WHERE = "the configuration"


def read(text: str, where: str = _WHERE) -> dict[str, Any]:
    r"""The mapping that a text holds, in whichever of the four syntaxes.

    Args:
        text: at most 200,000 characters.
        where: what a message calls it.

    Returns:
        Its values by their keys; flags under their names without dashes, ``lr_decay_style``.

    Raises:
        ScheduleError: it is empty, too long, cut off, nested too deep, or no mapping.

    >>> read("learning_rate: 3e-4"), read("[optimizer]\nlr = 3e-4"), read("python train.py --lr 3e-4")["lr"]
    ({'learning_rate': '3e-4'}, {'optimizer': {'lr': 0.0003}}, '3e-4')
    """
    if not isinstance(text, str):
        raise ScheduleError(message(where, "must be a text", text))
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ScheduleError(message(where, "must hold a configuration", "nothing"))
    if len(text) > MOST_CHARACTERS or "\0" in text:
        got = f"{len(text):,} characters" if "\0" not in text else "a zero byte"
        raise ScheduleError(message(where, f"must be a text of at most {MOST_CHARACTERS:,} characters", got))
    syntax, reader = _syntax(text)
    try:
        found = reader(text)
    except RecursionError:
        raise ScheduleError(message(where, "is nested too deep", syntax)) from None
    except ScheduleError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise ScheduleError(message(where, f"must be readable as {syntax}", _first_line(error))) from None
    if not isinstance(found, dict):
        raise ScheduleError(message(where, "must hold keys and values", type(found).__name__))
    _bounded(where, found)
    return _followed(found, found) if "${" in text and syntax == "YAML" else found


def _followed(found: Any, whole: Any) -> Any:
    """Values with those they point at, ``${trainer.max_epochs}``, as OmegaConf has it, where that is plain."""
    if isinstance(found, dict):
        return {name: _followed(value, whole) for name, value in found.items()}
    if isinstance(found, list):
        return [_followed(value, whole) for value in found]
    for _ in range(8):
        path = _POINTER.fullmatch(found) if isinstance(found, str) else None
        if path is None:
            break
        target = whole
        for name in path[1].split("."):
            target = target.get(name) if isinstance(target, dict) else None
        if target is None or isinstance(target, (dict, list)):
            break
        found = target
    return found


def _syntax(text: str) -> tuple[str, Callable[[str], Any]]:
    """How a text is written, by its first line that says something."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    first = next((line for line in lines if line and line != "---"), "")
    if _TABLE.fullmatch(first) or _ASSIGNED.fullmatch(first):
        return "TOML", tomllib.loads
    if first[:1] in ("{", "["):
        return "JSON", json.loads
    if not _KEY.match(first) and flags.any_of(text):
        return "flags", flags.read
    return "YAML", _yaml


def _yaml(text: str) -> Any:
    try:
        import yaml  # where somebody has such a file
    except ImportError:
        rule, remedy = "YAML is read by pyyaml, which is not installed", 'Install the extra "cli".'
        raise MissingExtra(message(_WHERE, rule, None, remedy)) from None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        _weighed(node, {}, 0)
        return loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        raise ValueError(_first_line(error)) from None


def _weighed(node: Any, known: dict[int, int], level: int) -> int:
    """How many values a node of YAML unfolds to, aliases counted each time."""
    if id(node) in known:
        return known[id(node)]
    if level > _MOST_LEVELS:
        raise RecursionError
    known[id(node)] = _MOST_VALUES  # until it is known: one that holds itself is endless
    inside = node.value if isinstance(getattr(node, "value", None), list) else []
    parts = [part for item in inside for part in (item if isinstance(item, tuple) else (item,))]
    known[id(node)] = total = 1 + sum(_weighed(part, known, level + 1) for part in parts)
    if total > _MOST_VALUES:
        raise ValueError("its aliases unfold to too many values")
    return total


def _bounded(where: str, found: Any, level: int = 0) -> None:
    if level > _MOST_LEVELS:
        raise ScheduleError(message(where, f"may have {_MOST_LEVELS} levels", "more"))
    inside = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    for value in inside:
        _bounded(where, value, level + 1)


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
