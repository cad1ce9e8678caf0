"""How a number is written for a reader: few digits, no needless zeros, the same in pictures and tables."""

import math


def number(value: float | None, digits: int = 3) -> str:
    """A value in ``digits`` significant digits: ``0.003``, ``3e-5``, ``12,000``; a dash for none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    rounded = float(f"{value:.{digits}g}") + 0.0  # -0.0 becomes 0.0
    if rounded == 0 or 1e-4 < abs(rounded) < 1e6:
        return _signs(_bare(f"{rounded:,.10f}"))
    mantissa, exponent = f"{rounded:.{digits - 1}e}".split("e")
    return f"{_signs(_bare(mantissa))}e{int(exponent)}"


def fixed(value: float | None, places: int) -> str:
    """A value with ``places`` decimals, so that a column of them lines up; a dash where there is none."""
    if value is None or not math.isfinite(value) or abs(value) >= 1e6:
        return number(value)
    return _signs(f"{round(value, places) + 0.0:.{places}f}")


def signed(value: float | None, places: int) -> str:
    """A difference, with its sign: ``+0.012``; an exact zero has none."""
    text = fixed(value, places)
    return f"+{text}" if value is not None and value > 0 else text


def places(values: list[float], digits: int = 3) -> int:
    """How many decimals show ``digits`` significant digits of the typical (median) one of ``values``."""
    sizes = sorted(abs(value) for value in values if math.isfinite(value) and value != 0)
    if not sizes:
        return digits
    typical = sizes[len(sizes) // 2]
    return min(8, max(0, digits - 1 - math.floor(math.log10(typical))))


def updates(count: float) -> str:
    """A count of updates on an axis: ``300``, ``20k``, ``1.5M``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if count >= size:
            return f"{count / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{count:g}"


def _bare(text: str) -> str:
    """Decimals without the zeros at their end."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _signs(text: str) -> str:
    """A minus as wide as a plus, so that columns line up."""
    return text.replace("-", "−")
