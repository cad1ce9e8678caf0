"""The command ``stepsize``.

    app         the commands; the place where the next one is added
    race        stepsize race
    screen      what a race shows while it runs, and its tables

Exit codes: 0 good, 1 some runs failed, 2 wrong usage, 130 stopped by Ctrl-C. What goes wrong is one line on
standard error. Importing this loads neither typer nor PyTorch.
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
