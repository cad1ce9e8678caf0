"""Texts from outside, read with care: bounded, decoded, and refused with one clear error."""

import sys

from stepsize.errors import ScheduleError, message

MOST_BYTES = 10_000_000


def of_a_file(path: str) -> str:
    """The text of a file, whatever kind of file: of a pipe too.

    Raises:
        ScheduleError: it cannot be read, or is no text.
    """
    try:
        with open(path, "rb") as file:
            return _text(shown(path), file.read(MOST_BYTES + 1))
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        if isinstance(error, ScheduleError):
            raise
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ScheduleError(message(shown(path), "must be a readable file", why)) from None


def of_standard_input() -> str:
    """The text of standard input, up to its end.

    Raises:
        ScheduleError: there is none, or it is no text.
    """
    if sys.stdin is None:
        raise ScheduleError(message("standard input", "must be readable", "none"))
    return _text("standard input", sys.stdin.buffer.read(MOST_BYTES + 1))


def _text(name: str, data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise ScheduleError(message(name, f"must hold at most {MOST_BYTES:,} bytes", "more"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x} at position {error.start}"
        raise ScheduleError(message(name, "must be text in UTF-8", found)) from None
    if "\0" in text:
        raise ScheduleError(message(name, "must be text", f"a zero byte at position {text.index(chr(0))}"))
    return text


def shown(name: str) -> str:
    """A file's name as a message may show it."""
    name = name if name.isprintable() else ascii(name)
    return name if len(name) <= 80 else f"{name[:40]}...{name[-37:]}"
