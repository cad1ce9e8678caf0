"""Immutable values: what shapes, tails and schedules are made of.

A dataclass would do the same, but importing :mod:`dataclasses` and building thirty of them takes longer than all
the rest of ``import stepsize``.
"""

from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(frozen_default=True)
class Value:
    """An immutable value. Its fields are the annotations of its class, in order; it is equal when they are.

    After the fields are set, ``__post_init__`` may check them and put plainer ones in ``self.__dict__``.
    """

    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = (name for name in cls.__annotations__ if not name.startswith("_"))
        cls._fields += tuple(name for name in own if name not in cls._fields)

    def __init__(self, *args: Any, **named: Any) -> None:
        given = dict(zip(self._fields, args, strict=False)) | named
        if (
            len(args) > len(self._fields)
            or len(given) < len(args) + len(named)
            or not given.keys() <= {*self._fields}
        ):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self._fields)}, each once")
        for name in self._fields:
            if name not in given and not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} needs {name}")
            self.__dict__[name] = given[name] if name in given else getattr(type(self), name)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check the fields; by default there is nothing to check."""

    def _values(self) -> tuple[Any, ...]:
        return tuple(self.__dict__[name] for name in self._fields)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Value) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is a value and cannot be changed; build another one")

    __delattr__ = __setattr__  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the fields and what was noted when they were checked, never the functions prepared from them."""
        kept = {*self._fields, "_size"}
        return {name: value for name, value in self.__dict__.items() if name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
