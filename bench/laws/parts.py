"""The parts of the table by name, made one by one or side by side."""

from collections.abc import Callable, Iterator

from bench.laws import across, digits, own, published, speed
from bench.laws.rows import Row

PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "V1": published.v1, "V2": published.v2, "V3": published.v3, "V4": across.v4, "V6": across.v6, "V7": across.v7,
    "V8": across.v8, "V9": published.v9, "V10": digits.v10, "time": speed.speed, "own": own.own,
}  # fmt: skip
PUBLIC = ("V1", "V2", "V3", "V4", "V6", "V7")
ALONE = ("time", "own")  # whose time is told, or who take both cores


def made(name: str) -> list[Row]:
    """The rows of a part."""
    return list(PARTS[name]())
