"""From a document, or a call, to the text that people keep: YAML, JSON, TOML, flags, and code."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from stepsize.configs.call import Call
from stepsize.configs.config import Document

_CODE = {
    "torch": '"""Step it after each optimizer.step(). The optimizer must have lr={lr!r}."""\n\n'
    "from torch.optim.lr_scheduler import {names}\n\n\n"
    "def make_scheduler(optimizer):\n    return {call}\n",
    "optax": "import optax\n\nschedule = {call}\n",
}


def text(format: str, document: Document) -> str:
    """A document in the syntax of its format."""
    document = _given(document)
    if format == "deepspeed":
        return json.dumps(document, indent=2) + "\n"
    if format == "megatron":
        return "".join(f"--{name.replace('_', '-')} {_plain(value)}\n" for name, value in document.items())
    if format == "torchtitan":
        return "\n".join(_table(name, part) for name, part in document.items())
    return _yaml(document)


def code(format: str, made: Call) -> str:
    """A call as code that runs."""
    if format == "optax":
        return _CODE["optax"].format(call=made.code("optax."))
    names = ", ".join(sorted(_names(made)))
    return _CODE["torch"].format(lr=made.given[0], names=names, call=made.code("", "optimizer", 4))


def commented(format: str, document: str, lines: Iterable[str]) -> str:
    """A text with lines behind it as its comments, to be kept in one file; JSON has them under a key."""
    said = [" ".join(line.split()) for line in lines]
    if format == "deepspeed":
        return json.dumps({**json.loads(document), "_comment": said}, indent=2) + "\n"
    return document + "".join(f"# {line}\n" for line in said)


def of_lightning(made: Call) -> Document:
    """A call of torch as Lightning names it: class_path and init_args."""
    given = {name: _lightning(value) for name, value in made.named}
    return {"class_path": f"torch.optim.lr_scheduler.{made.name}", "init_args": given}


def _lightning(value: Any) -> Any:
    if isinstance(value, list):
        return [_lightning(one) for one in value]
    return of_lightning(value) if isinstance(value, Call) else value


def _names(made: Call) -> set[str]:
    inside = [one for _, value in made.named for one in (value if isinstance(value, list) else [value])]
    return {made.name}.union(*(_names(one) for one in inside if isinstance(one, Call)))


def _given(document: Any) -> Any:
    """A document without what it leaves open."""
    if isinstance(document, Mapping):
        return {name: _given(value) for name, value in document.items() if value is not None}
    return [_given(value) for value in document] if isinstance(document, list) else document


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _table(name: str, part: Mapping[str, Any]) -> str:
    rows = (f"{key} = {json.dumps(value)}\n" for key, value in part.items())
    return f"[{name}]\n{''.join(rows)}"


def _yaml(value: Any, indent: int = 0) -> str:
    """Plain YAML; a number is written so that YAML 1.1 reads it as one."""
    lines = []
    for name, own in value.items():
        if isinstance(own, Mapping) and own:
            lines.append(f"{' ' * indent}{name}:\n{_yaml(own, indent + 2)}")
        elif isinstance(own, list) and own and isinstance(own[0], Mapping):
            items = (_yaml(one, indent + 4) for one in own)
            lines.append(
                f"{' ' * indent}{name}:\n"
                + "".join(f"{item[: indent + 2]}- {item[indent + 4 :]}" for item in items)
            )
        else:
            lines.append(f"{' ' * indent}{name}: {_scalar(own)}\n")
    return "".join(lines)


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        shown = repr(value)
        return shown if "." in shown or "e" not in shown else shown.replace("e", ".0e")
    if isinstance(value, str):
        return json.dumps(value)
    return json.dumps(value)
