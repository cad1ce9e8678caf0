"""What the shell offers for a half-typed schedule: recipes and phases by name, published schedules, and twins.

Where nothing here fits, the shell completes the names of files.
"""

import os
from collections.abc import Callable
from textwrap import shorten

from stepsize.spelling.calls import known

_HELP = 60  # characters: a longer line would be broken into two


def schedules(incomplete: str) -> list[tuple[str, str]]:
    """The words that go on from what is typed, each with a line of help."""
    if (offers := _before_the_colon()) is not None:
        return _fitting(offers(), incomplete)
    words = _calls()
    for prefix, offers in _PREFIXES.items():
        if incomplete and (prefix.startswith(incomplete) or incomplete.startswith(prefix)):
            words |= {prefix + name: text for name, text in offers().items()}
    return _fitting(words, incomplete)


def _fitting(words: dict[str, str], incomplete: str) -> list[tuple[str, str]]:
    fitting = {word: text for word, text in words.items() if word.startswith(incomplete)}
    return [(word, shorten(text, _HELP, placeholder="…")) for word, text in fitting.items()]


def _calls() -> dict[str, str]:
    """Recipes and phases, each with the first line of its docstring."""
    return {name: first_line(made) for name, made in known().items()}


def first_line(made: object) -> str:
    """The first line of a docstring, as plain text."""
    return (made.__doc__ or "").partition("\n")[0].replace("``", "")


def _published() -> dict[str, str]:
    from stepsize.published import MODELS

    return {name: model.model for name, model in MODELS.items() if model.schedule is not None}


def _twins() -> dict[str, str]:
    """Every schedule of every library, as it is called behind ``twin:``."""
    from importlib import import_module

    from stepsize.twins._names import PEERS, names

    found: dict[str, str] = {}
    for peer in PEERS:
        module = import_module(f"stepsize.twins.{peer}")
        found |= {f"{peer}.{name}": first_line(getattr(module, name)) for name in names(module.__name__)}
    return found


_PREFIXES = {"published:": _published, "twin:": _twins}


# Bash cuts words at colons: of "published:gpt" it completes "gpt" alone, and of "published:" the colon.


def asked() -> bool:
    """Whether a shell has called for completions."""
    return "_STEPSIZE_COMPLETE" in os.environ


def behind_the_colon() -> None:
    """Where bash asks for what goes on from a colon, have it ask for the word behind it."""
    if _typed()[-1:] == [":"]:
        os.environ["COMP_CWORD"] = str(len(_typed()))


def _before_the_colon() -> Callable[[], dict[str, str]] | None:
    """What may follow the colon that bash has cut the word at."""
    typed = _typed()
    for prefix, offers in _PREFIXES.items():
        if [prefix[:-1], ":"] in (typed[-2:], typed[-3:-1]):
            return offers
    return None


def _typed() -> list[str]:
    """The words up to the one that bash asks about."""
    last = os.environ.get("COMP_CWORD", "")
    return os.environ.get("COMP_WORDS", "").split()[: int(last) + 1 if last.isdecimal() else 0]
