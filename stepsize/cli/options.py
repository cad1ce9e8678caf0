"""Words that several commands take: schedules, the last position; and how an option is written down."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from stepsize.cli import completion

_SCHEDULE: Any = typer.Argument(
    help="A spelling, a call, published:NAME, a file of JSON or of a spelling, or - for standard input.",
    metavar="SCHEDULE",
    autocompletion=completion.schedules,
    show_default=False,
)
ONE = Annotated[str, _SCHEDULE]
SEVERAL = Annotated[list[str], _SCHEDULE]


def option(metavar: str, text: str, offers: Callable[[], list[str]] | None = None) -> Any:
    """An option with a value. Its help says the default, where that is not what it shows."""
    return typer.Option(help=text, metavar=metavar, show_default=False, autocompletion=offers)


def flag(name: str, text: str) -> Any:
    """An option that is given or not."""
    return typer.Option(name, help=text, show_default=False)


UNTIL = Annotated[
    str | None, option("N", "Last position. Default: the end of the run, else of the schedule.")
]
