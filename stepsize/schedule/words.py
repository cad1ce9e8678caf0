"""What a picture of a schedule says in words: its name, its phases, and its rates."""

import math
from collections.abc import Iterator
from itertools import islice
from unicodedata import east_asian_width

from stepsize._accept import Number
from stepsize.schedule import arrows
from stepsize.schedule.axes import position
from stepsize.schedule.stretches import Stretch, stretches
from stepsize.schedule.summary import Extreme, summary
from stepsize.schedule.value import Schedule

_TAIL = 2  # phases at the end that are shown of a long list
_MOST = 10**6


def rate(value: float, digits: int = 6) -> str:
    """A rate in so many digits at most: 0.01, 3e-4."""
    return arrows.rate(float(f"{value:.{digits}g}")) if math.isfinite(value) else str(value)


def phases(s: Schedule, end: Number, most: int) -> list[str]:
    """The phases up to ``end``, a line each; of more than ``most`` the first and the last."""
    last = list(islice(stretches(s, 0, end), _MOST))
    more = sum(stretch.pieces for stretch in last) - most
    if more <= 0:
        return _table([_row(s, stretch, end) for stretch in stretches(s, 0, end, apart=most)])
    first = list(islice(stretches(s, 0, end, apart=_MOST), most - _TAIL - 1))
    rows = _table([_row(s, stretch, end) for stretch in (*first, *last[-_TAIL:])])
    return [*rows[:-_TAIL], f"  ... {more + 1:,} more phases ...", *rows[-_TAIL:]]


def _row(s: Schedule, stretch: Stretch, end: Number) -> tuple[str, str, str, str]:
    start, stop = stretch.at(stretch.a), stretch.at(stretch.b)
    on = "..." if stop >= end and s.length > end else ""
    kind = "held" if start >= s.length else _kind(stretch)
    first, last = rate(stretch.rate(stretch.a)), rate(stretch.limit(stretch.b))
    return position(start), position(stop) + on, kind, first if first == last else f"{first} -> {last}"


def _kind(stretch: Stretch) -> str:
    name = type(stretch.leaf).__name__.lower()
    if stretch.rough:
        return name
    return next((kind for _, stop, kind in stretch.leaf._pieces(stretch.b) if stop > stretch.a), name)


def _table(rows: list[tuple[str, str, str, str]]) -> list[str]:
    starts, stops, kinds = (max(len(row[k]) for row in rows) for k in range(3))
    return [
        f"  {start:>{starts}} to {stop:<{stops}}  {kind:<{kinds}}  {ends}" for start, stop, kind, ends in rows
    ]


def rates(s: Schedule, end: Number) -> list[str]:
    """First, last, highest, lowest and mean rate, and what comes after the end."""
    found = summary(s, end)
    last, held = rate(found.last), found.held if found.held is None else rate(found.held)
    about = "" if found.exact else "~"
    return [
        f"first {rate(found.first)}",
        f"last {last}" + (f", then {held}" if held not in (None, last) else ""),
        f"highest {about}{_where(found.highest)}",
        f"lowest {about}{_where(found.lowest)}",
        f"mean {about}{rate(found.mean, 4)}",
        *_beyond(s.length, end),
    ]


def _where(extreme: Extreme) -> str:
    return f"{rate(extreme.rate)} {'at' if extreme.reached else 'just before'} {position(extreme.at)}"


def _beyond(length: Number, end: Number) -> Iterator[str]:
    if length < end:
        yield f"over at {position(length)}"
    elif length > end:
        yield "goes on for ever" if length == math.inf else f"goes on to {position(length)}"


def wrapped(items: list[str], width: int, indent: str = "  ", gap: str = "   ") -> list[str]:
    """The items in lines, as many in each as fit."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(gap) + len(item) <= width:
            lines[-1] += gap + item
        else:
            lines.append(indent + item)
    return lines


def fitted(text: str, width: int) -> str:
    """The text in one line of at most ``width`` columns, with what a terminal would obey taken out."""
    kept = "".join(c if c.isprintable() else "\ufffd" for c in text[: width + 1])
    if columns(kept) <= width:
        return kept
    while columns(kept) >= width:
        kept = kept[:-1]
    return kept + "…"


def columns(text: str) -> int:
    """How many columns a terminal gives to a text."""
    return len(text) if text.isascii() else sum(1 + (east_asian_width(c) in "WF") for c in text)
