"""A row of the validation table: what was reached, the target, and whether that is enough."""

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One figure against its target; ``least`` where more is better."""

    id: str
    what: str
    ours: float
    target: float
    least: bool = False
    digits: int = 5

    @property
    def reached(self) -> bool:
        """Whether it is, as far as it is printed."""
        ours, target = round(self.ours, self.digits), round(self.target, self.digits)
        return ours >= target if self.least else ours <= target


def shown(rows: Sequence[Row]) -> None:
    """Print them."""
    for row in rows:
        sign = ">=" if row.least else "<="
        told = "reached" if row.reached else "NOT REACHED"
        print(
            f"{row.id:4} {row.what:62} {row.ours:10.{row.digits}f}  {sign} {row.target:.{row.digits}f}  {told}",
            flush=True,
        )
