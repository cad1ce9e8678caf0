"""The commands of ``stepsize``, each a function in a file of its own."""

from collections.abc import Sequence
from typing import cast

import typer

from stepsize.cli.race import race
from stepsize.errors import ScheduleError

app = typer.Typer(help="Learning-rate schedules as values.", pretty_exceptions_enable=False)
app.command()(race)

# The family of all that typer says about arguments; some releases carry their own click, others import it.
_UsageError = cast(type[typer.BadParameter], typer.BadParameter.__mro__[1])


@app.callback(invoke_without_command=True)
def _start(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: Sequence[str] | None) -> int:
    """Run one command and return its exit code.

    Raises:
        ScheduleError: wrong input, also what typer finds wrong with the arguments.
    """
    command = typer.main.get_command(app)
    try:
        return command.main(arguments, prog_name="stepsize", standalone_mode=False) or 0
    except _UsageError as error:
        raise ScheduleError(error.format_message()) from None
