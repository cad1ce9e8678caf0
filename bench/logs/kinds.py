"""Kinds of curves under their different names, so that only what is another curve counts as one."""

NEAR = 0.01


def family(kind: str) -> str:
    """The name without its numbers, and one name for the same curve.

    A linear ramp is a power of 1. Exponential decay is the tail ``exponential`` as long as it lasts, and a geometric
    ramp between the same two rates. The inverse square root is the tail ``power_law`` with exponent 1/2.
    """
    name, numbers = _taken_apart(kind)
    if name == "power" and abs(numbers[0] - 1) < 1e-9:
        return "linear"
    if name == "exponential":
        return "geometric"
    if name == "power_law" and abs(numbers[1] - 0.5) <= NEAR / 2:
        return "inverse_sqrt"
    return name


def same(a: str, b: str) -> bool:
    """Whether two kinds are one: the same family, and its exponents or bounds within 1%."""
    if family(a) != family(b):
        return False
    if family(a) not in ("power", "tanh"):
        return True
    xs, ys = _taken_apart(a)[1], _taken_apart(b)[1]
    return len(xs) == len(ys) and all(abs(x - y) <= NEAR * abs(x) for x, y in zip(xs, ys, strict=True))


def _taken_apart(kind: str) -> tuple[str, list[float]]:
    """A name and its numbers; "timescale=100" is one of them."""
    name, _, rest = kind.rstrip(")").partition("(")
    return name, [float(word.rpartition("=")[2]) for word in rest.split(",") if word.strip()]
