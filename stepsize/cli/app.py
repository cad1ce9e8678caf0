"""The commands of ``stepsize``, each a function in a file of its own."""

import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from stepsize.cli import completion, terminal
from stepsize.cli.advise import advise
from stepsize.cli.audit import audit
from stepsize.cli.check import check
from stepsize.cli.convert import convert
from stepsize.cli.diff import diff
from stepsize.cli.document import json
from stepsize.cli.find import find
from stepsize.cli.identify import identify
from stepsize.cli.listing import list_
from stepsize.cli.optimise import optimise
from stepsize.cli.peers import peers
from stepsize.cli.plot import plot
from stepsize.cli.predict import predict
from stepsize.cli.race import race
from stepsize.cli.replan import replan
from stepsize.cli.report import report
from stepsize.cli.show import show
from stepsize.cli.table import table
from stepsize.cli.why_warmup import why_warmup
from stepsize.errors import ScheduleError


class _Commands(TyperGroup):
    """The commands, in the order of this file."""

    def invoke(self, ctx: Any) -> Any:
        """Run one; a reader that goes away, as ``head`` does, is no error, and Ctrl-C is told in one line."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            terminal.hush()
            return 0
        except KeyboardInterrupt:
            terminal.hush()
            print("\nstepsize: stopped.", file=sys.stderr)
            return 130


# Help is plain text: with markup, typer would load rich for it, which takes longer than all the rest.
app = typer.Typer(
    cls=_Commands,
    help="Learning-rate schedules as values.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(show)
app.command()(table)
app.command("list")(list_)
app.command()(json)
app.command()(diff)
app.command()(peers)
app.command()(replan)
app.command()(check)
app.command()(convert)
app.command()(identify)
app.command()(audit)
app.command()(plot)
app.command()(predict)
app.command()(advise)
app.command()(optimise)
app.command()(race)
app.command()(report)
app.command()(find)
app.command()(why_warmup)

_SEVERAL = (
    "--runs",
    "--for",
    "--peaks",
    "--between",
    "--warmups",
)  # options that take all words up to the next option
_SPELLING = re.compile(r"->|-[\d.]\S*\s")  # a word that begins like an option, and is a schedule

# The family of all that typer says about arguments; some releases carry their own click, others import it.
_UsageError = cast(type[typer.BadParameter], typer.BadParameter.__mro__[1])


def _version(wanted: bool) -> None:
    if wanted:
        from stepsize import __version__

        typer.echo(f"stepsize {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _each(words: Sequence[str]) -> list[str]:
    """Of an option that takes several values, ``--runs a b``, one option a value, which is what typer reads."""
    made: list[str] = []
    option = ""
    for word in words:
        if word.startswith("-") and word != "-":
            option = word if word in _SEVERAL else ""
        elif option and made[-1] != option:
            made.append(option)
        made.append(word)
    return made


def run(arguments: Sequence[str] | None) -> int:
    """Run one command and return its exit code.

    Raises:
        ScheduleError: wrong input, also what typer finds wrong with the arguments.
    """
    terminal.tolerant()
    words = sys.argv[1:] if arguments is None else arguments
    words = _each([f" {word}" if _SPELLING.match(word) else word for word in words])
    command = typer.main.get_command(app)
    try:
        completion.behind_the_colon()
        return command.main(words, prog_name="stepsize", standalone_mode=False) or 0
    except _UsageError as error:
        raise ScheduleError(error.format_message()) from None
    except SystemExit as stop:  # after completions; and where nobody reads the help
        return int(stop.code or 0) if completion.asked() else 0
    except Exception:
        if completion.asked():  # a shell shows nothing rather than an error while one types
            return 1
        raise
