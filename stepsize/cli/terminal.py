"""The terminal: its width, its colours, and a reader that goes away in the middle of a page."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from stepsize.errors import ScheduleError, message

_CHUNK = 1000  # lines written at once: a million of them must not be a million system calls


def width() -> int:
    """Columns of the terminal, or of ``COLUMNS``; 80 where the output goes elsewhere."""
    return shutil.get_terminal_size((80, 24)).columns


def wide() -> int:
    """The same, as wide as a picture can be."""
    return min(max(width(), 40), 1000)


def coloured() -> bool:
    """Whether to write colours: to a terminal, unless ``NO_COLOR`` or ``FORCE_COLOR`` says otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def put(lines: Iterable[str]) -> None:
    """Write lines as they come.

    Raises:
        BrokenPipeError: nobody reads them any more.
        ScheduleError: they cannot be written, for a full disk, say.
    """
    waiting: list[str] = []
    for line in lines:
        waiting.append(line)
        if len(waiting) == _CHUNK:
            _write(waiting)
            waiting.clear()
    _write(waiting)


def _write(lines: list[str]) -> None:
    with told():
        print("".join(f"{line}\n" for line in lines), end="", flush=True)


@contextmanager
def told() -> Iterator[None]:
    """Say in one line where standard output cannot be written.

    Raises:
        BrokenPipeError: nobody reads it any more.
        ScheduleError: it cannot be written, for a full disk, say.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        hush()
        raise ScheduleError(message("standard output", "must be writable", error.strerror)) from None


def tolerant() -> None:
    """Let signs that the terminal's encoding lacks become question marks, and not an error."""
    with suppress(AttributeError, ValueError):  # a stream of another kind, as in a test, stays as it is
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]


def hush() -> None:
    """Send what is still kept back nowhere: nobody reads it, and Python's own end must not complain."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
