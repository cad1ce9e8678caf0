"""A call of a twin that has not been made yet: it can be typed, made, and written in the language of its peer."""

from typing import Any

from stepsize._value import Value
from stepsize.schedule import Schedule
from stepsize.spelling import parse

_WIDE = 96  # columns of a line of code


class Call(Value):
    """The call of a twin: its library, its name, its arguments as they are given.

    >>> s = Call("torch", "CosineAnnealingLR", (0.1,), (("T_max", 100),))
    >>> print(s)
    twin:torch.CosineAnnealingLR(0.1, T_max=100)
    >>> s.made()
    cosine(0.1, 0.0, 100)
    """

    peer: str
    name: str
    given: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()

    def made(self) -> Schedule:
        """The schedule.

        Raises:
            ScheduleError: the twin refuses it.
        """
        return parse(str(self))

    def __str__(self) -> str:
        words = [typed(value) for value in self.given]
        words += [f"{name}={typed(value)}" for name, value in self.named]
        return f"twin:{self.peer}.{self.name}({', '.join(words)})"

    def code(self, prefix: str, first: str = "", indent: int = 0) -> str:
        """The call in Python, as its own library takes it.

        Args:
            prefix: what stands before the name, such as "optax.".
            first: what the first argument is replaced by, such as "optimizer"; nothing leaves it.
            indent: columns that stand before it.
        """
        given = list(self.given[1:] if first else self.given)
        words = [first] * bool(first) + [_code(value, prefix, first, indent + 4) for value in given]
        words += [f"{name}={_code(value, prefix, first, indent + 4)}" for name, value in self.named]
        return _laid(f"{prefix}{self.name}(", words, ")", indent)


def call(peer: str, name: str, *given: Any, **named: Any) -> Call:
    """A call with its arguments; those that are None are left out."""
    kept = tuple((key, value) for key, value in named.items() if value is not None)
    return Call(peer, name, given, kept)


def typed(value: Any) -> str:
    """An argument as one types it in a spelling."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(typed, value))}]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "").replace('"', "") + '"'
    return str(value) if isinstance(value, Call) else repr(value)


def _code(value: Any, prefix: str, first: str, indent: int) -> str:
    if isinstance(value, Call):
        return value.code(prefix, first, indent)
    if isinstance(value, (list, tuple)):
        return _laid("[", [_code(one, prefix, first, indent + 4) for one in value], "]", indent)
    return repr(value)


def _laid(start: str, words: list[str], end: str, indent: int) -> str:
    """On one line where it fits, else one argument a line."""
    line = f"{start}{', '.join(words)}{end}"
    if "\n" not in line and indent + len(line) <= _WIDE:
        return line
    inner = " " * (indent + 4)
    return "\n".join([start, *(f"{inner}{word}," for word in words), " " * indent + end])
