"""A cooldown on request: a running job is told to come down, by a file, a signal or a call."""

import os
import signal as signals
import warnings
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import distributed

from stepsize import _accept, replan
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.hosts._torch_driver import Driver


class CooldownOnRequest:
    """Begins the cooldown of a run at the next update after somebody asks for it; call :meth:`poll` once an update.

    Who asks: a file that appears, a signal that arrives, or :meth:`ask`. Where torch.distributed runs, one rank that
    was asked is enough, and all ranks begin at the same update. It begins once; the checkpoint of the driver carries
    it, so that a run that is stopped in the middle of its cooldown goes on in it.

    Args:
        driver: what ``attach`` or ``TorchSchedule`` gave.
        over: updates of the cooldown; >= 0.
        end: rate at its end.
        shape: any of :mod:`stepsize.shapes`.
        file: a path; the request is made when it exists. One that lies there before the first update is an earlier
            run's: that is said, and it counts only when it is touched again.
        signal: a signal's number, such as ``signal.SIGUSR1``; only in the main thread. A handler that was there is
            called, too.
        every: updates between looks; at each the ranks agree, which costs a small collective. Whole, >= 1.

    Raises:
        ScheduleError: an argument is not as said above.

    >>> import stepsize as ss, torch
    >>> from stepsize.hosts.torch import CooldownOnRequest, attach
    >>> weight = torch.ones(1, requires_grad=True)
    >>> optimizer = torch.optim.SGD([weight], lr=1.0)
    >>> handle = attach(optimizer, ss.wsd(1.0, float("inf"), warmup=10))
    >>> request = CooldownOnRequest(handle, over=20, file="cooldown-now")
    >>> for update in range(100):
    ...     if update == 50:
    ...         request.ask()
    ...     begun = request.poll()
    ...     weight.sum().backward()
    ...     optimizer.step()
    >>> handle.schedule
    linear(0.0, 1.0, 10) >> hold(1.0, 40) >> linear(1.0, 0.0, 20)
    """

    def __init__(
        self,
        driver: Any,
        over: int,
        *,
        end: float = 0.0,
        shape: str = "linear",
        file: str | os.PathLike[str] | None = None,
        signal: int | None = None,
        every: int = 1,
    ) -> None:
        if not isinstance(driver, Driver):
            rule = "drives what attach or TorchSchedule gave"
            raise ScheduleTypeError(message("CooldownOnRequest", rule, driver))
        self._driver = driver
        self._over = _accept.length("CooldownOnRequest.over", over)
        self._end, self._shape = end, shape
        self._file = None if file is None else Path(file)
        self._every = _accept.count("CooldownOnRequest.every", every)
        self._stale: float | None = None  # when a file was written that lay there before the run began
        self._looks = 0
        self._asked = False
        replan.cooldown(driver.schedule, driver.position, self._over, end=end, shape=shape)  # refuse it now
        if signal is not None:
            self._listen(signal)

    @property
    def begun(self) -> bool:
        """Whether the cooldown has begun, in this process or before a checkpoint that was loaded."""
        return bool(self._driver.amendments)

    def ask(self) -> None:
        """Ask for the cooldown: it begins at the next :meth:`poll` that looks."""
        self._asked = True

    def poll(self) -> bool:
        """Look whether the cooldown was asked for, and begin it; True where it began just now. Before each update."""
        self._looks += 1
        if self._looks % self._every or self.begun:
            return False
        if not _agreed(self._asked or self._file_asks(), self._driver):
            return False
        self._driver.cooldown(self._over, end=self._end, shape=self._shape)
        return True

    def _file_asks(self) -> bool:
        """Whether the file is there, and was not left by a run before this one."""
        try:
            written = self._file.stat().st_mtime if self._file is not None else None
        except OSError:
            written = None
        if written is not None and written != self._stale and self._driver.position == 0:
            self._stale = written
            rule = f"{self._file} lies there before the first update, and is taken for an earlier run's"
            warnings.warn(f"CooldownOnRequest: {rule}. Remove it; touch it to ask again.", stacklevel=3)
        return written is not None and written != self._stale

    def _listen(self, number: int) -> None:
        before = signals.getsignal(number)

        def heard(number: int, frame: FrameType | None) -> None:
            self.ask()
            if callable(before):
                before(number, frame)

        try:
            signals.signal(number, heard)
        except (ValueError, OSError) as error:
            rule = "must be a signal that this thread can receive"
            raise ScheduleError(message("CooldownOnRequest.signal", rule, number, str(error))) from None


def _agreed(asked: bool, driver: Driver) -> bool:
    """Whether any rank was asked."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return asked
    parameter = next(p for group in driver.optimizer.param_groups for p in group["params"])
    flag = torch.tensor(float(asked), device=parameter.device)
    distributed.all_reduce(flag, op=distributed.ReduceOp.MAX)
    return bool(flag.item())
