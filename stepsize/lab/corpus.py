"""The text that the small GPT reads, as bytes: Python's own manual, or any file."""

import hashlib
from pathlib import Path

from stepsize.errors import ScheduleError, message

SHORTEST = 10_000  # bytes; a tenth is held out, and must still fill many windows of the model
LONGEST = 100_000_000  # bytes; what fits into memory, several times over


def read(path: Path | None = None) -> bytes:
    """The bytes of ``path``; without one, the topics of Python's ``help()``, which every CPython carries.

    Raises:
        ScheduleError: ``path`` is not a readable file, or its size is outside [SHORTEST, LONGEST].
    """
    if path is None:
        from pydoc_data.topics import topics

        return "".join(topics[name] for name in sorted(topics)).encode()
    text = _content(path)
    if not SHORTEST <= len(text) <= LONGEST:
        size = f"{len(text)} bytes" if len(text) < SHORTEST else "more"
        raise ScheduleError(message(f"text {path}", f"must be {SHORTEST} to {LONGEST} bytes long", size))
    return text


def fingerprint(path: Path | None = None) -> str:
    """A digest of the text: runs on different texts must not be compared."""
    return "sha256:" + hashlib.sha256(read(path)).hexdigest()


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # a device could be read for ever
            raise ScheduleError(message(f"text {path}", "must be a file", "a folder or a device"))
        with path.open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise ScheduleError(message(f"text {path}", "must be a readable file", error.strerror)) from None
