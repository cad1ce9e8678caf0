"""The learning-rate schedules of published models, with their sources: ``ss.published.gpt3()``.

A schedule is on the model's own clock, as the report has it, or laid over a run of yours, ``gpt3(steps=10_000)``.
What a report does not disclose is not filled in: calling it raises, and says what is missing.

The rows stand in ``published.toml``, which is read when the first of them is asked for.

>>> import stepsize as ss
>>> ss.published.gpt3()
(linear(0.0, 6e-05, 375000000) >> cosine(6e-05, 6e-06, 259625000000) >> hold(6e-06, 40000000000)).on('tokens')
>>> ss.published.gpt3(steps=10_000)(9_999)
6e-06
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from stepsize.errors import ScheduleError, did_you_mean, message

if TYPE_CHECKING:
    from stepsize.published.recipe import Recipe

    MODELS: Mapping[str, Recipe]


class UnknownModel(ScheduleError, AttributeError):
    """No schedule is known under this name."""


@cache
def _models() -> "Mapping[str, Recipe]":
    import tomllib
    from pathlib import Path
    from types import MappingProxyType

    from stepsize.published.recipe import Recipe  # spellings, which in turn know published schedules

    rows = tomllib.loads(Path(__file__).with_name("published.toml").read_text("utf-8"))
    return MappingProxyType({name: Recipe(name=name, **_plain(row)) for name, row in rows.items()})


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def __getattr__(name: str) -> Any:
    if name.startswith("_"):  # asked for by Python and its tools
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "MODELS":
        return _models()
    try:
        return _models()[name]
    except KeyError:
        remedy = did_you_mean(name, _models()) or f"There are {', '.join(_models())}."
        raise UnknownModel(message("published", "must name a published schedule", name, remedy)) from None


def __dir__() -> list[str]:
    return ["MODELS", "UnknownModel", *_models()]
