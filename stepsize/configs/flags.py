"""Flags as people keep them: a command, a shell script with arrays and variables, or a file of arguments.

Comments and continuations are understood, and a variable that is set plainly in the same text. The shell itself is
not: a flag whose value must be computed keeps its text, and whoever asks for its number is told so.
"""

import re
from typing import Any

_FLAG = re.compile(r"(?:^|(?<=[\s\"'(,]))--([A-Za-z][\w-]*)")
_SHORT = re.compile(r"-[A-Za-z]\w?")
_SET = re.compile(
    r"^[ \t]*(?:export[ \t]+|local[ \t]+|declare[ \t]+)?([A-Za-z_]\w*)="
    r"(\"[^\"\n]*\"|'[^'\n]*'|[^\s#;()]*)[ \t]*(?:#.*|;.*)?$",
    re.MULTILINE,
)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?[-=]([^{}$]*))?\})")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_NUMBER = re.compile(r"[-+]?(?:\d|\.\d)[\w.+-]*")
_ELSEWHERE = re.compile(r"\d?[<>].*")  # output that goes to a file
_SIGNS = re.compile(r"[\"'\\,()\[\];`|&]|\n")
_MOST = 100  # values of a flag
_MARK = "__flags__"  # no flag can have that name


def any_of(text: str) -> bool:
    """Whether a text is written in flags: a document of YAML or TOML has none at the start of a word."""
    return bool(_FLAG.search(_COMMENT.sub("", text)))


def read(text: str) -> dict[str, Any]:
    r"""The flags of a text by their names, ``lr_decay_style``: their first value, a list of several numbers, or True.

    A flag that is given twice has its last value, as their parsers have it. ``__flags__`` is there always, and lists
    those that were given with other values before.

    >>> found = read("LR=3e-4\ntorchrun train.py --lr $LR --bf16 --decay-milestones 30 60  # --min-lr 1")
    >>> found["lr"], found["bf16"], found["decay_milestones"], "min_lr" in found
    ('3e-4', True, ['30', '60'], False)
    """
    known: dict[str, str | None] = {}
    for set_ in _SET.finditer(text):
        name, value = set_[1], set_[2].strip("\"'")
        own = _VARIABLE.fullmatch(value)
        if own and own[2] == name and own[3] is not None:  # LR=${LR:-3e-4}
            value = own[3]
        known[name] = value if known.get(name, value) == value else None  # set twice: it hangs on the shell
    words = _SIGNS.sub(" ", _COMMENT.sub("", text)).split()
    found: dict[str, Any] = {}
    twice: list[str] = []
    for k, word in enumerate(words):
        if not re.fullmatch(r"--[A-Za-z][\w-]*(=.*)?", word) and word != "-b":
            continue
        flag, equals, value = word.lstrip("-").partition("=")
        name = {"b": "batch_size"}.get(flag, flag.replace("-", "_"))
        given = _values([value] if equals else words[k + 1 : k + 1 + _MOST], known)
        if name in found and found[name] != given:
            twice.append(name)
        found[name] = given
    return found | {_MARK: sorted(set(twice))}


def _values(behind: list[str], known: dict[str, str | None]) -> Any:
    """What stands behind a flag, up to the next one."""
    found: list[str] = []
    for word in behind:
        if word.startswith("--") or _SHORT.fullmatch(word) or _ELSEWHERE.fullmatch(word):
            break
        found.append(_resolved(word, known))
        if not _NUMBER.fullmatch(found[-1]):
            break
    if not found:
        return True
    numbers = [word for word in found if _NUMBER.fullmatch(word)]
    return found[0] if len(numbers) < 2 else numbers


def _resolved(word: str, known: dict[str, str | None]) -> str:
    """A word with its variables, as far as they are set plainly; ten deep at most."""
    for _ in range(10):
        replaced = _VARIABLE.sub(lambda found: _one(found, known), word)
        if replaced == word or len(replaced) > 1000:
            break
        word = replaced
    return word


def _one(found: re.Match[str], known: dict[str, str | None]) -> str:
    name = found[1] or found[2]
    value = known.get(name, found[3])
    return found[0] if value is None else value


def twice(document: dict[str, Any]) -> list[str]:
    """The flags that were given twice, with other values."""
    return list(document.get(_MARK, []))


def flagged(document: dict[str, Any]) -> bool:
    """Whether a document was read from flags."""
    return _MARK in document
