"""A file as text: read once, in chunks, so that its size does not matter; compressed by gzip or not."""

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stepsize.errors import ScheduleError, message

Progress = Callable[[int, int], None]
"""Told now and then how many bytes of how many are read."""

_CHUNK = 1 << 18  # bytes
_LONGEST = 1 << 20  # signs of a line; a longer one is left out
_PATIENCE = 64 << 20  # bytes without a rate, after which a file is given up
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UNREADABLE = 0.1  # of the signs of the head; a text in an old encoding has fewer outside ASCII
_HEAD = 1 << 16  # signs
_SEEN = 40  # names that an error may list


class Source:
    """One file of a log, and what is known of it while it is read.

    Attributes:
        found: set by whoever reads it, as soon as a rate was seen; without, the file is given up after 64 MiB.
        notes: what was left out.
        seen: the first names of columns, for an error to list.
        tail: what stands after the last end of a line, once all lines are read: a line that may be torn.
    """

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.path, self.name = path, str(path)
        self.found = False
        self.notes: list[str] = []
        self.seen: dict[str, None] = {}
        self.tail = ""
        self._progress = progress
        self._broken = False

    def head(self) -> str:
        """The first 64 KiB, as text.

        Raises:
            ScheduleError: the file is missing, empty, binary or cannot be read.
        """
        text = next(Source(self.path).texts(), "")[:_HEAD]
        if not text.strip():
            raise ScheduleError(message(self.name, "must be a log", "an empty file"))
        text = text.replace("\0", "")
        odd = sum(sign == "\ufffd" or (sign < " " and sign not in "\t\n\r\x1b\b\f") for sign in text)
        if odd >= _UNREADABLE * len(text):
            remedy = "Name a trainer_state.json, a CSV, JSON lines, TensorBoard's events or a text."
            raise ScheduleError(message(self.name, "must be a log that is text", "binary data", remedy))
        return text

    def lines(self) -> Iterator[str]:
        """Every line that has its end, without it; a carriage return ends one too, as progress bars write it."""
        rest, dropping = "", False
        for text in self.texts():
            lines = (rest + text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
            rest = lines.pop()
            if lines and dropping:
                del lines[0]
                dropping = False
            yield from lines
            if len(rest) > _LONGEST:
                self.note("lines longer than a million signs were left out")
                rest, dropping = "", True
        self.tail = "" if dropping else rest

    def texts(self) -> Iterator[str]:
        """The text in chunks. What cannot be decoded is marked, and zeros, as a crash leaves them, are left out.

        Raises:
            ScheduleError: the file cannot be read, or is given up.
        """
        decoder, read = None, 0
        for chunk in self._chunks():
            if decoder is None:
                encoding = next((name for mark, name in _MARKS if chunk.startswith(mark)), "utf-8")
                decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
            text = decoder.decode(chunk)
            yield text.replace("\0", "") if read else text
            read += len(chunk)
            if read > _PATIENCE and not self.found:
                raise no_rate(self, f"the first {_PATIENCE >> 20} MiB")

    def _chunks(self) -> Iterator[bytes]:
        with opened(self.path) as raw:
            total = self.path.stat().st_size
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            file: Any = gzip.open(raw) if packed else raw  # noqa: SIM115  raw is closed above
            while chunk := self._read(file):
                yield chunk
                if self._progress is not None:
                    self._progress(min(raw.tell(), total), total)

    def _read(self, file: Any) -> bytes:
        try:
            data: bytes = b"" if self._broken else file.read(_CHUNK)
            return data
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self._broken = True
            self.note("the compressed file breaks off; what comes after is unknown")
            return b""

    def note(self, text: str) -> None:
        """Keep a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def saw(self, name: str) -> None:
        """Keep the name of a column, for an error to list."""
        if len(self.seen) < _SEEN:
            self.seen[name] = None


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A file to read bytes from; what the system says against it is one clear error."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        rule = "must be a log that can be read"
        raise ScheduleError(message(str(path), rule, error.strerror or str(error))) from None
    except ValueError as error:  # a name that no file can have
        raise ScheduleError(message("log", "must be the name of a file", str(error))) from None


def no_rate(source: Source, where: str = "it") -> ScheduleError:
    """The error of a log that holds no rate: what columns there are, and how to name one."""
    shown = list(source.seen)[: _SEEN // 2]
    remedy = 'A line needs something like "step 100 lr 3e-4", a table a column such as lr or learning_rate.'
    if shown:
        more = ", ..." if len(source.seen) > len(shown) else ""
        remedy = f"There are {', '.join(shown)}{more}. Where one is the rate, name it."
    return ScheduleError(message(source.name, "must hold learning rates", f"none in {where}", remedy))
