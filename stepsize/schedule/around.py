"""What has one schedule inside and is as long: clips, stairs, clocks."""

from collections.abc import Iterator

from stepsize._accept import Number
from stepsize.schedule.value import Schedule


class Around(Schedule):
    """A schedule seen through something that leaves its lengths as they are."""

    schedule: Schedule

    @property
    def _children(self) -> tuple[Schedule, ...]:
        return (self.schedule,)

    @property
    def length(self) -> Number:
        return self.schedule.length

    @property
    def _extent(self) -> Number:
        return self.schedule._extent

    def _pieces(self, until: Number) -> Iterator[tuple[Number, Number, str]]:
        return self.schedule._pieces(until)
