"""The schedules of other libraries that give the logged rates: guessed from the phases, then held against every row."""

import math
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from stepsize.errors import ScheduleError
from stepsize.logs.identified import Part, Peer
from stepsize.logs.identifying.round import roundest
from stepsize.logs.identifying.series import Series
from stepsize.spelling import parse
from stepsize.twins.same_words import Words, calls

_SHIFTS = (0, -1, 1)  # updates by which a library's own numbers may differ from the positions of the phases
_FITS = 1.25  # units of the rounding, within which a peer fits
_MOST = 12  # peers that are told


def peers(seen: Series, parts: tuple[Part, ...], offset: int) -> tuple[Peer, ...]:
    """The peers that give every logged rate, the best first; of each library only its best call.

    Args:
        seen: the series of the log, in its steps.
        parts: the phases that were found.
        offset: of the rows.
    """
    top = float(np.abs(seen.r).max()) or 1.0
    found: dict[str, tuple[float, int, Peer]] = {}
    for place, (name, call) in enumerate(dict.fromkeys(_candidates(parts, float(seen.t[-1]) + 1))):
        library = name.partition(",")[0]
        with suppress(ScheduleError, OverflowError, ZeroDivisionError):
            schedule = parse(call)
            for o in sorted({offset, 0, -1}, key=lambda one: one != offset):
                if seen.t[0] + o < 0:
                    continue
                off = np.abs(np.asarray(schedule(seen.t + o), float) - seen.r)
                far = float((off / seen.q).max())
                if far <= _FITS:
                    told = (round(far, 1), place, Peer(library, call, o, float(off.max()) / top))
                    found[library] = min(found.get(library, told), told)
                    break
    return tuple(peer for _, _, peer in sorted(found.values())[:_MOST])


def _candidates(parts: tuple[Part, ...], run: float) -> Iterator[tuple[str, str]]:
    """Calls that may give these phases, the plainest numbers first."""
    for numbers, body in _readings(parts, run):
        for shift in _SHIFTS:
            moved = _shifted(numbers, shift)
            forms = _formed(moved, body)
            told = _told(moved, body) if body in ("cosine", "linear") else iter(())
            yield from chain(told, forms) if moved["W"] else chain(forms, told)


def _told(moved: dict[str, Any], body: str) -> Iterator[tuple[str, str]]:
    """Warmup, and a fall: what one types for that in each library."""
    if 0 <= moved["W"] < moved["T"] and moved["P"] > 0:
        with suppress(ScheduleError):
            words = Words(int(moved["W"]), int(moved["T"]), body, float(moved["m"]), float(moved["P"]))
            yield from calls(words).items()


def _formed(moved: dict[str, Any], body: str) -> Iterator[tuple[str, str]]:
    """The calls of ``peers.toml``."""
    for name, form in _forms()[body].items():
        with suppress(KeyError):
            yield name, form.format(**{key: _short(value) for key, value in moved.items()})


@cache
def _forms() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("peers.toml").read_text("utf-8"))


def _readings(parts: tuple[Part, ...], run: float) -> Iterator[tuple[dict[str, Any], str]]:
    """What the phases are in the words of peers: their numbers, and the kind of what follows the warmup."""
    body = list(parts)
    warmup = (
        body.pop(0) if len(body) > 1 and body[0].kind == "linear" and body[0].last > body[0].first else None
    )
    while (
        len(body) > 1
        and body[-1].kind == "hold"
        and abs(body[-1].first - body[-2].last) <= 1e-9 * abs(body[0].first)
    ):
        body.pop()  # what is held after the end
    first, last = body[0], body[-1]
    peak = first.first
    before = (
        warmup.first if warmup else 0.0 if first.start > 0 else peak
    )  # a warmup that was not logged is guessed
    numbers: dict[str, Any] = {
        "P": peak, "s": before, "S": before / (peak or 1.0), "m": last.last, "r": last.last / (peak or 1.0),
        "W": round(warmup.stop if warmup else first.start),
        "D": round(last.stop - last.start), "H": 0, "T": round(last.stop), "N": math.ceil(run),
    }  # fmt: skip
    kinds = [part.kind.partition("(")[0] for part in body]
    if len(body) == 1:
        yield from _alone(first, numbers, kinds[0])
    if kinds in (["hold", "linear"], ["hold", "cosine"], ["hold", "one_minus_sqrt"]):
        held = round(first.stop - first.start)
        yield numbers | {"H": held, "d": numbers["D"] / max(numbers["T"], 1)}, f"wsd_{kinds[1]}"
    if set(kinds) == {"hold"} and len(body) > 1:
        yield _steps(body, numbers), "steps"
    if set(kinds) == {"cosine"} and len(body) > 1 and all(part.last < part.first for part in body):
        yield _cycles(body, numbers), "cycles_cosine"
    if len(parts) >= 2 and parts[0].last > parts[0].first > 0 and parts[1].last < parts[1].first:
        yield from _up_and_down(parts, numbers)


def _alone(part: Part, numbers: dict[str, Any], kind: str) -> Iterator[tuple[dict[str, Any], str]]:
    if kind == "power":
        yield numbers | {"p": part.p}, kind
    elif kind == "geometric" and part.first > 0:
        ratio = part.last / part.first
        factor = ratio ** (1 / max(numbers["D"], 1))
        yield (
            numbers | {"g": roundest((factor * (1 - 1e-9), factor * (1 + 1e-9)), factor).value, "G": ratio},
            kind,
        )
    elif kind == "inverse_sqrt" and part.first > part.last > 0:
        tau = (part.stop - part.start) / ((part.first / part.last) ** 2 - 1)
        yield numbers | {"tau": round(tau)}, kind
    elif kind in ("cosine", "linear", "hold"):
        yield numbers, kind


def _steps(body: list[Part], numbers: dict[str, Any]) -> dict[str, Any]:
    edges = [round(part.start) for part in body[1:]]
    drop = body[1].first / (body[0].first or 1.0)
    return numbers | {
        "edges": edges, "after": [edge - numbers["W"] for edge in edges], "before": [edge - 1 for edge in edges],
        "values": [part.first for part in body], "drop": roundest((drop * 0.999, drop * 1.001), drop).value,
        "L": edges[0] - numbers["W"],
    }  # fmt: skip


def _cycles(body: list[Part], numbers: dict[str, Any]) -> dict[str, Any]:
    lengths = [part.stop - part.start for part in body]
    return numbers | {
        "L": round(lengths[0]), "mult": round(lengths[1] / lengths[0]) or 1, "c": len(body), "T": round(body[-1].stop),
    }  # fmt: skip


def _up_and_down(parts: tuple[Part, ...], numbers: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    up, down = parts[0], parts[1]
    whole = round(down.stop)
    share = up.stop / whole
    told = numbers | {
        "P": up.last, "s": up.first, "T": whole, "W": round(up.stop), "D": round(down.stop - down.start),
        "pct": roundest((share * 0.98, share * 1.02), share).value, "div": _near(up.last / up.first),
    }  # fmt: skip
    if up.kind == down.kind == "linear" and abs(down.last - up.first) <= 1e-3 * up.last:
        yield told, "triangles"
    if down.last > 0:
        told["final"] = _near(up.first / down.last)
    else:
        told["final"] = 1e4
    if up.kind == down.kind == "cosine":
        yield told, "one_cycle"
    if up.kind == down.kind == "linear":
        yield told, "one_cycle_linear"


def _near(value: float) -> float:
    return roundest((value * 0.999, value * 1.001), value).value


def _shifted(numbers: dict[str, Any], shift: int) -> dict[str, Any]:
    """The same, where the library counts one more or one less."""
    moved = dict(numbers)
    if moved["W"]:
        moved["W"] += shift
    else:
        moved["D"] += shift
    moved["T"] += shift
    moved["M"] = moved["W"] + moved["H"]
    return moved


def _short(value: Any) -> Any:
    """A number as one types it."""
    if isinstance(value, list):
        return "[" + ", ".join(str(_short(one)) for one in value) + "]"
    return float(f"{value:.12g}") if isinstance(value, float) else value
