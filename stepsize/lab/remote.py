"""Runs in a second folder, anywhere that fsspec reaches: taken from there before a race, brought there after."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stepsize import _aside
from stepsize.errors import MissingExtra, ScheduleError, message
from stepsize.lab.plan import Planned


def fetch(planned: Sequence[Planned], out: Path, url: str) -> None:
    """Take the planned runs from there that are not here.

    Raises:
        MissingExtra: fsspec, or what it needs for this kind of folder, is not installed.
        ScheduleError: the folder cannot be reached.
    """
    system, root = _opened(url)
    for one in planned:
        there = f"{root}/{one.path.relative_to(out).as_posix()}"
        if not one.path.exists() and system.exists(there):
            _aside.write(one.path, system.cat_file(there))


def bring(planned: Sequence[Planned], out: Path, url: str) -> None:
    """Bring the runs there; each is whole or not there at all, under its name."""
    system, root = _opened(url)
    for one in planned:
        there = f"{root}/{one.path.relative_to(out).as_posix()}"
        if one.path.is_file():
            system.makedirs(there.rpartition("/")[0], exist_ok=True)
            system.pipe_file(f"{there}.partial", one.path.read_bytes())
            system.mv(f"{there}.partial", there)


def _opened(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtra(
            message("--remote", "needs fsspec", str(error), 'Install "stepsize[ray]".')
        ) from None
    try:
        system, root = fsspec.url_to_fs(url)
    except ImportError as error:
        raise MissingExtra(message("--remote", "needs another package", str(error))) from None
    except (ValueError, OSError) as error:
        raise ScheduleError(
            message("--remote", f"must be a folder that can be reached, {error}", url)
        ) from None
    return system, str(root).rstrip("/")
