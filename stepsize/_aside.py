"""Files that are whole whenever they are seen."""

import os
from pathlib import Path

from stepsize.errors import ScheduleError, message


def write(path: Path, content: bytes) -> None:
    """Write a file aside, force it to the disk, then rename it over ``path``.

    Raises:
        OSError: the folder is missing, full or not writable.
        ValueError: no file can have that name.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_for_a_user(path: Path, content: bytes) -> None:
    """The same for a file that a user named; what is wrong with the name is one clear error.

    Raises:
        ScheduleError: it cannot be written.
    """
    try:
        write(path, content)
    except OSError as error:
        remedy = "" if path.parent.is_dir() else f"Make its folder first: {path.parent}."
        raise ScheduleError(message(str(path), "must be writable", error.strerror, remedy)) from None
    except ValueError as error:
        raise ScheduleError(message("save.path", "must be the name of a file", str(error))) from None
