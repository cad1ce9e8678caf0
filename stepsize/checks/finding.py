"""One thing that a check has found: what, where, why it matters, and what mends it."""

from typing import Any

from stepsize._accept import Number
from stepsize._value import Value

SEVERITIES = ("note", "warning", "error")  # in rising order


class Finding(Value):
    """What one rule says of one schedule.

    Args:
        code: the stable name of the rule, such as "warmup-short".
        severity: "note", what one should know; "warning", what is probably not meant; "error", what cannot be meant.
        what: what was found, one sentence with its numbers.
        at: the position where it is; None where it concerns the whole run.
        rate: the rate there.
        why: why it matters, one or two sentences.
        source: who says so: a paper down to its section, an issue, a measurement.
        remedy: what to do.
        spelling: the schedule that mends it, as one spells it; None where no schedule does.
    """

    code: str
    severity: str
    what: str
    at: Number | None
    rate: float | None
    why: str
    source: str
    remedy: str
    spelling: str | None = None

    def __str__(self) -> str:
        return f"{self.severity} {self.code}: {self.what}"

    def __repr__(self) -> str:
        named = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._fields)
        return f"Finding({named})"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {name: self.__dict__[name] for name in self._fields}
