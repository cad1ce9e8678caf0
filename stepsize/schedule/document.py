"""A schedule as plain data, and as the Python that builds it again.

    {"stepsize": 1, "clock": "steps", "schedule": {"type": "ramp", "start": 0.0, ...}}

Infinity, which JSON lacks, is the text "inf"; a shape or a tail is its spelling. Reading trusts nothing: unknown
or missing fields, wrong types, and documents too deep or too large are refused, and every number passes the
same door as one that a user types.
"""

import math
from collections.abc import Callable
from typing import Any

from stepsize._spelled import Spelled
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule.chain import Chain, chain
from stepsize.schedule.clock import On, on
from stepsize.schedule.cut import Slice, cut_to
from stepsize.schedule.phases import Decay, Hold, Ramp, Table, door
from stepsize.schedule.pointwise import Clip, Product, Sum
from stepsize.schedule.repeat import Repeat, Staircase
from stepsize.schedule.value import MOST_LEVELS, MOST_NODES, Schedule
from stepsize.shapes import power

VERSION = 1
_TYPES = {kind.__name__.lower(): kind for kind in (
    Hold, Ramp, Decay, Table, Chain, Sum, Product, Clip, Repeat, Slice, Staircase,
)}  # fmt: skip


def to_dict(s: Schedule) -> dict[str, Any]:
    """The schedule as plain, versioned JSON values."""
    return {"stepsize": VERSION, "clock": s.clock, "schedule": _node(s._bare)}


def _node(s: Schedule) -> dict[str, Any]:
    return {"type": type(s).__name__.lower(), **{name: _plain(getattr(s, name)) for name in s._fields}}


def _plain(value: Any) -> Any:
    if isinstance(value, Schedule):
        return _node(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Spelled):
        return str(value)
    return "inf" if value == math.inf else value


def from_dict(document: Any) -> Schedule:
    """Build the schedule that :meth:`Schedule.to_dict` wrote.

    Args:
        document: the dictionary, as ``json.loads`` gives it.

    Raises:
        ScheduleError: it is not ours, of another version, or does not describe a valid schedule.

    >>> import json, stepsize as ss
    >>> s = ss.warmup_cosine(3e-4, 1000, warmup=100)
    >>> ss.from_dict(json.loads(json.dumps(s.to_dict()))) == s
    True
    """
    _fields("from_dict", document, ("stepsize", "clock", "schedule"))
    if document["stepsize"] != VERSION or isinstance(document["stepsize"], bool):
        rule = f"this release reads version {VERSION}"
        raise ScheduleError(message('from_dict["stepsize"]', rule, document["stepsize"]))
    return on(_read("schedule", document["schedule"], MOST_LEVELS, [MOST_NODES]), document["clock"])


def from_json(text: str) -> Schedule:
    """Build the schedule that a text of JSON describes: :func:`from_dict`, from a file that nobody vouches for.

    Raises:
        ScheduleError: it is no JSON, more than Python reads, or no schedule.
    """
    import json  # when there is some, and not whenever stepsize is imported

    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{error.msg}, line {error.lineno}, column {error.colno}"
        raise ScheduleError(message("from_json", "must be JSON", where)) from None
    except (RecursionError, ValueError) as error:  # nested thousands deep, or a number of thousands of digits
        raise ScheduleError(message("from_json", "must be JSON of a schedule", str(error))) from None
    return from_dict(document)


def _fields(where: str, given: Any, wanted: tuple[str, ...]) -> None:
    if not isinstance(given, dict):
        raise ScheduleTypeError(message(where, "must be a dictionary", given))
    if set(given) != set(wanted):
        rule = f"must have exactly the fields {', '.join(wanted)}"
        unexpected = sorted(repr(key)[:40] for key in set(given) ^ set(wanted))
        raise ScheduleError(
            message(where, rule, list(given)[:20], f"Missing or unknown: {', '.join(unexpected[:5])}.")
        )


def _read(where: str, node: Any, levels: int, budget: list[int]) -> Schedule:
    budget[0] -= 1
    if levels == 0 or budget[0] < 0:
        raise ScheduleError(message(where, f"at most {MOST_LEVELS} levels and {MOST_NODES} nodes", "more"))
    name = node.get("type") if isinstance(node, dict) else None
    kind = _TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ScheduleError(message(where, f"type must be one of {', '.join(_TYPES)}", node))
    names = kind._fields
    _fields(f"{where} ({name})", node, ("type", *names))
    values = {n: _value(f"{where}.{n}", n, node[n], levels, budget) for n in names}
    if kind is Chain:
        return chain(*values["joined"])
    built: Schedule = kind(**values)
    return cut_to(built.schedule, built.start, built.stop) if isinstance(built, Slice) else built


def _value(where: str, name: str, value: Any, levels: int, budget: list[int]) -> Any:
    if name == "schedule":
        return _read(where, value, levels - 1, budget)
    if name in ("joined", "terms"):
        if not isinstance(value, list) or not value:
            raise ScheduleTypeError(message(where, "must be a list of schedules", value))
        return tuple(_read(f"{where}[{k}]", item, levels - 1, budget) for k, item in enumerate(value))
    if name in ("steps", "stop") and value == "inf":
        return math.inf
    return value


# Python that builds it again

_BELOW_SUM, _BELOW_PRODUCT, _ATOM = 1, 2, 3


def spelled(s: Schedule) -> str:
    """Python that builds the schedule again from stepsize's public names."""
    text, _ = _SPELLERS[type(s)](s)
    return text


def _call(name: str, *arguments: Any, **named: Any) -> tuple[str, int]:
    return (
        f"{name}({', '.join([repr(a) for a in arguments] + [f'{k}={v!r}' for k, v in named.items()])})",
        _ATOM,
    )


def _wrapped(s: Schedule, level: int) -> str:
    text, own = _SPELLERS[type(s)](s)
    return text if own >= level else f"({text})"


def _joined(sign: str, parts: tuple[Schedule, ...], level: int) -> tuple[str, int]:
    return sign.join(_wrapped(part, level + 1) for part in parts), level


def _hold(s: Hold) -> tuple[str, int]:
    return _call("hold", s.value) if math.isinf(s.steps) else _call("hold", s.value, s.steps)


def _ramp(s: Ramp) -> tuple[str, int]:
    name = door(s.shape)
    if isinstance(s.shape, power):
        return _call(name, s.start, s.end, s.steps, power=s.shape.exponent)
    return _call(name, s.start, s.end, s.steps, **({"shape": str(s.shape)} if name == "ramp" else {}))


def _decay(s: Decay) -> tuple[str, int]:
    return _call("decay", s.start, str(s.tail), *(() if math.isinf(s.steps) else (s.steps,)))


def _table(s: Table) -> tuple[str, int]:
    return _call("table", s.values, **({} if s.each == 1 else {"each": s.each}))


def _verb(s: Any, name: str, **named: Any) -> tuple[str, int]:
    return f"{_wrapped(s.schedule, _ATOM)}.{_call(name, **named)[0]}", _ATOM


def _repeat(s: Repeat) -> tuple[str, int]:
    named = {"cycles": (s.cycles, None), "growth": (s.growth, 1.0), "decay": (s.decay, 1.0),
             "floor": (s.floor, s.schedule._final)}  # fmt: skip
    return _verb(s, "repeat", **{name: value for name, (value, usual) in named.items() if value != usual})


def _clip(s: Clip) -> tuple[str, int]:
    return _verb(s, "clip", **{n: v for n, v in (("low", s.low), ("high", s.high)) if v is not None})


def _slice(s: Slice) -> tuple[str, int]:
    stop = "" if math.isinf(s.stop) else s.stop
    return f"{_wrapped(s.schedule, _ATOM)}[{s.start}:{stop}]", _ATOM


_SPELLERS: dict[type, Callable[[Any], tuple[str, int]]] = {
    Hold: _hold,
    Ramp: _ramp,
    Decay: _decay,
    Table: _table,
    Chain: lambda s: _joined(" >> ", s.joined, 0),
    Sum: lambda s: _joined(" + ", s.terms, _BELOW_SUM),
    Product: lambda s: _joined(" * ", s.terms, _BELOW_PRODUCT),
    Clip: _clip,
    Repeat: _repeat,
    Slice: _slice,
    Staircase: lambda s: _verb(s, "staircase", every=s.every),
    On: lambda s: (f"{_wrapped(s.schedule, _ATOM)}.on({s.counts!r})", _ATOM),
}
