"""The command ``stepsize``.

    app         the commands; the place where the next one is added
    show        stepsize show       schedules drawn in the terminal, or their rates at given positions
    table       stepsize table      positions and rates; rows says which positions
    listing     stepsize list       the recipes, and the schedules of published models
    document    stepsize json       a spelling as JSON, and back
    diff        stepsize diff       where two schedules differ, and why
    peers       stepsize peers      the same words in every library
    replan      stepsize replan     a change of course; running, policies and compared are its parts
    check       stepsize check      rules over schedules; checked is what it shows
    convert     stepsize convert    a schedule as a configuration of another trainer
    identify    stepsize identify   which schedule a log follows
    audit       stepsize audit      a log held against its plan
    plot        stepsize plot       logs drawn; logs is how they are read, for all three
    race        stepsize race       training for real; screen is what it shows
    source      where a schedule comes from: a spelling, a call, a file, standard input
    contents    texts from outside, read with care
    horizon     the options that say what a run is, and positions along it
    extent      how far schedules are shown, and on which clock
    options     words that several commands take
    wording     messages of the library in the words of the command line
    completion  what the shell offers for a half-typed schedule
    terminal    colours, width, and a reader that goes away

Exit codes: 0 good, 1 the answer is no, 2 wrong usage, 130 stopped by Ctrl-C. What goes wrong is told on
standard error. Importing this loads neither typer nor PyTorch, and a command loads its rooms when it runs.
"""

import sys
from collections.abc import Sequence

from stepsize.errors import ScheduleError, message


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; ``arguments`` are by default those of the process."""
    try:
        from stepsize.cli.app import run

        return run(arguments)
    except ScheduleError as error:
        return _complain(str(error))
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("typer", "rich"):
            raise
        remedy = 'Install "stepsize[cli]".'
        return _complain(message("the command line", "needs typer and rich", str(error), remedy))
    except KeyboardInterrupt:
        print("\nstepsize: stopped.", file=sys.stderr)
        return 130


def _complain(text: str) -> int:
    print(f"stepsize: {text}", file=sys.stderr)
    return 2
